"""Attention: one head, several heads, and masks.

Axis letters in the comments: B batch, H heads, T tokens that ask, S tokens that are asked (S = T in
self-attention), D width of the model, K width of a head.
"""

from collections.abc import Sequence

import numpy as np

from utils.reference.similarity import scaled_dot_products, softmax


def attention(
    queries: np.ndarray, keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Scaled dot-product attention: each query's weighted mean of the values.

    Args:
        queries: Shape (..., T, K), floating point.
        keys: Shape (..., S, K).
        values: Shape (..., S, V).
        mask: Boolean, broadcast against (..., T, S): True where a query may look. By default
            everywhere.

    Returns:
        Outputs, shape (..., T, V), and weights, shape (..., T, S), whose rows add up to 1.

    Raises:
        ValueError: If the shapes do not fit, the mask is not boolean, or it leaves a query nothing
            to look at: there is no mean of nothing.

    Source:
        Vaswani et al., Attention is all you need (2017), arXiv:1706.03762, equation 1;
        section 6.2.
    """
    scores = scaled_dot_products(queries, keys)  # (..., T, S)
    if np.shape(values)[-2] != scores.shape[-1]:
        raise ValueError(
            f"values must be as many as the keys, {scores.shape[-1]}. "
            f"Received: {np.shape(values)[-2]}"
        )
    if mask is not None:
        mask = np.asarray(mask)
        if mask.dtype != bool:
            raise ValueError(f"mask must be boolean. Received: dtype={mask.dtype}")
        if not mask.any(axis=-1).all():
            raise ValueError(
                "mask must leave every query something to look at. "
                f"Received: {np.sum(~mask.any(axis=-1))} rows without True"
            )
        scores = np.where(mask, scores, -np.inf)
    weights = softmax(scores)
    return weights @ values, weights


def multi_head_attention(
    query: np.ndarray,
    value: np.ndarray,
    parameters: Sequence[np.ndarray],
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Several heads side by side, each with projections of its own, and their mixture.

    Args:
        query: Tokens that ask, shape (B, T, D).
        value: Tokens that are asked, shape (B, S, D); `query` itself in self-attention.
        parameters: Eight arrays, in the order of Keras's `MultiHeadAttention.get_weights()`: kernel
            (D, H, K) and bias (H, K) of the queries, of the keys and of the values, then kernel
            (H, K, D) and bias (D,) of the output.
        mask: Boolean, broadcast against (B, T, S), the same for all heads: True where a token may
            look.

    Returns:
        Outputs, shape (B, T, D), and weights, shape (B, H, T, S).

    Raises:
        ValueError: If the mask does not fit, as in `attention`.

    Source:
        Vaswani et al. (2017), section 3.2.2; section 6.2.
    """
    (query_kernel, query_bias, key_kernel, key_bias) = parameters[:4]
    (value_kernel, value_bias, output_kernel, output_bias) = parameters[4:]

    def heads(tokens, kernel, bias):
        return np.einsum("btd,dhk->bhtk", tokens, kernel) + bias[:, np.newaxis]  # (B, H, T, K)

    outputs, weights = attention(
        heads(query, query_kernel, query_bias),
        heads(value, key_kernel, key_bias),
        heads(value, value_kernel, value_bias),
        None if mask is None else np.expand_dims(mask, -3),
    )
    return np.einsum("bhtk,hkd->btd", outputs, output_kernel) + output_bias, weights


def causal_mask(length: int) -> np.ndarray:
    """Each token may look at itself and at those before it.

    Args:
        length: Number of tokens.

    Returns:
        Boolean array, shape (length, length): True on and below the diagonal.

    Source:
        Section 6.2.
    """
    return np.tril(np.ones((length, length), dtype=bool))


def padding_mask(lengths: Sequence[int], length: int) -> np.ndarray:
    """No token may look at padding.

    Args:
        lengths: Number of true tokens of each text, at least 1 and at most `length`.
        length: Number of tokens with padding, which stands at the end.

    Returns:
        Boolean array, shape (len(lengths), 1, length), which broadcasts against (B, T, S).

    Raises:
        ValueError: If a text has no token or more than `length`.

    Source:
        Section 6.2.
    """
    lengths = np.asarray(lengths)
    if not np.all((lengths >= 1) & (lengths <= length)):
        raise ValueError(f"lengths must lie between 1 and {length}. Received: {lengths.tolist()}")
    return np.arange(length) < lengths[:, np.newaxis, np.newaxis]
