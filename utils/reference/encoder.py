"""The encoder block in NumPy.

Axis letters in the comments: B batch, H heads, T tokens, D width of the model, F hidden width.
"""

from collections.abc import Sequence

import numpy as np

from utils.reference.attention import multi_head_attention
from utils.reference.normalization import layer_normalization


def encoder_block(
    inputs: np.ndarray, parameters: Sequence[np.ndarray], mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Self-attention and two dense layers, each added to its input and then normalized.

    Args:
        inputs: Tokens, shape (B, T, D), floating point.
        parameters: Sixteen arrays, in the order of `utils.models.EncoderBlock.get_weights()`:
            eight of attention, as in `multi_head_attention`; gamma and beta (D,) of the first
            layer normalization; kernel (D, F), bias (F,), kernel (F, D) and bias (D,) of the dense
            layers; gamma and beta (D,) of the second layer normalization.
        mask: Boolean, shape (B, T): True where a token is no padding. By default everywhere.

    Returns:
        Tokens, shape (B, T, D), and the weights of attention, shape (B, H, T, T). Those of padding
        mean nothing.

    Raises:
        ValueError: If a text is padding alone.

    Source:
        Vaswani et al., Attention is all you need (2017), arXiv:1706.03762, sections 3.1 and 3.3;
        section 6.4.
    """
    first_gamma, first_beta, expand, expand_bias, contract, contract_bias = parameters[8:14]
    second_gamma, second_beta = parameters[14:]
    look_at = None if mask is None else np.asarray(mask)[:, np.newaxis]  # (B, 1, T)
    mixed, weights = multi_head_attention(inputs, inputs, parameters[:8], look_at)
    x = layer_normalization(inputs + mixed, first_gamma, first_beta)  # (B, T, D)
    hidden = np.maximum(x @ expand + expand_bias, 0)  # (B, T, F)
    y = hidden @ contract + contract_bias  # (B, T, D)
    return layer_normalization(x + y, second_gamma, second_beta), weights
