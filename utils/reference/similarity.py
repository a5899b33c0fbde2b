"""How alike two vectors are: dot product, cosine, scaled dot product, and the softmax of scores.

Axis letters in the comments: Q queries, K keys, D dimensions.
"""

import numpy as np


def dot_products(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Dot product of every query with every key.

    Args:
        queries: Shape (..., Q, D), floating point or integer.
        keys: Shape (..., K, D); leading axes broadcast against those of `queries`.

    Returns:
        Scores, shape (..., Q, K).

    Raises:
        ValueError: If a vector has no axis of its own, or the dimensions differ.

    Source:
        Section 6.1.
    """
    queries, keys = np.asarray(queries), np.asarray(keys)
    if min(queries.ndim, keys.ndim) < 2 or queries.shape[-1] != keys.shape[-1]:
        raise ValueError(
            "queries and keys must have shapes (..., Q, D) and (..., K, D). "
            f"Received: {queries.shape} and {keys.shape}"
        )
    return queries @ keys.swapaxes(-1, -2)


def cosine_similarities(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Cosine of the angle between every query and every key.

    Args:
        queries: As for `dot_products`. No vector may be zero: it has no direction.
        keys: As for `dot_products`, not zero either.

    Returns:
        Scores between -1 and 1, shape (..., Q, K).

    Raises:
        ValueError: If the shapes do not fit, or a vector is zero.

    Source:
        Salton, Wong and Yang, A vector space model for automatic indexing (1975),
        doi:10.1145/361219.361220; section 6.1.
    """
    scores = dot_products(queries, keys)
    norms = [np.linalg.norm(vectors, axis=-1) for vectors in (queries, keys)]
    for name, norm in zip(("queries", "keys"), norms, strict=True):
        if not np.all(norm > 0):
            raise ValueError(
                f"{name} must not hold a zero vector, which has no direction. "
                f"Received: {np.sum(norm == 0)} of them"
            )
    return scores / (norms[0][..., :, np.newaxis] * norms[1][..., np.newaxis, :])


def scaled_dot_products(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Dot product of every query with every key, divided by the root of the dimension.

    Args:
        queries: As for `dot_products`.
        keys: As for `dot_products`.

    Returns:
        Scores, shape (..., Q, K).

    Raises:
        ValueError: If the shapes do not fit.

    Source:
        Vaswani et al., Attention is all you need (2017), arXiv:1706.03762, section 3.2.1;
        section 6.1.
    """
    return dot_products(queries, keys) / np.shape(keys)[-1] ** 0.5


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn scores into weights that are positive and add up to 1 along the last axis.

    Args:
        scores: Shape (..., K), floating point. A score of minus infinity gets the weight 0; a row
            of nothing else has no weights and gives NaN.

    Returns:
        Weights, the same shape and dtype. A constant added to all scores of a row changes nothing.

    Source:
        Section 6.1.
    """
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def softmax_gradient(weights: np.ndarray, weight_gradient: np.ndarray) -> np.ndarray:
    """Gradient of a loss by the scores, from its gradient by their softmax.

    Args:
        weights: The softmax of the scores, shape (..., K).
        weight_gradient: Gradient of the loss by the weights, the same shape.

    Returns:
        Gradient by the scores, the same shape; it adds up to 0 along the last axis.

    Source:
        The derivative of weight i by score j is w_i (1 if i = j else 0) - w_i w_j; section 6.1.
    """
    mean = np.sum(weights * weight_gradient, axis=-1, keepdims=True)
    return weights * (weight_gradient - mean)
