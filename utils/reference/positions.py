"""Where a token stands: sinusoidal positions, the rotation that shifts them, and rotary positions.

Axis letters in the comments: T tokens, D width, F frequencies (D / 2).
"""

import numpy as np


def frequencies(width: int, base: float = 10_000.0) -> np.ndarray:
    """Angles, in radians, by which the pairs of a position turn from one token to the next.

    Args:
        width: Width of a position's vector, even.
        base: The slowest pair turns by almost 1 / base.

    Returns:
        Float array, shape (width / 2,), from 1 downwards.

    Raises:
        ValueError: If `width` is not a positive even number.

    Source:
        Vaswani et al., Attention is all you need (2017), arXiv:1706.03762, section 3.5;
        section 6.3.
    """
    if width < 2 or width % 2:
        raise ValueError(f"width must be a positive even number. Received: width={width}")
    return base ** (-np.arange(0, width, 2) / width)


def sinusoidal_positions(length: int, width: int, base: float = 10_000.0) -> np.ndarray:
    """A vector for each place, made of sines and cosines.

    Args:
        length: Number of places.
        width: Width of a vector, even.
        base: As for `frequencies`.

    Returns:
        Float array, shape (length, width): sine and cosine of each pair stand side by side.

    Raises:
        ValueError: If `width` is not a positive even number.

    Source:
        Vaswani et al. (2017), section 3.5; section 6.3.
    """
    angles = np.arange(length)[:, np.newaxis] * frequencies(width, base)  # (T, F)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, width)


def shift_matrix(offset: float, width: int, base: float = 10_000.0) -> np.ndarray:
    """The rotation that turns each position into the one `offset` places later.

    Args:
        offset: Number of places; negative ones lead backwards.
        width: Width of a vector, even.
        base: As for `frequencies`.

    Returns:
        Orthogonal matrix M, shape (width, width), with positions[p] @ M == positions[p + offset]
        for every place p.

    Raises:
        ValueError: If `width` is not a positive even number.

    Source:
        Vaswani et al. (2017), section 3.5; section 6.3.
    """
    matrix = np.zeros((width, width))
    for pair, angle in enumerate(offset * frequencies(width, base)):
        cosine, sine = np.cos(angle), np.sin(angle)
        matrix[2 * pair : 2 * pair + 2, 2 * pair : 2 * pair + 2] = [[cosine, -sine], [sine, cosine]]
    return matrix


def rotate(vectors: np.ndarray, places: np.ndarray, base: float = 10_000.0) -> np.ndarray:
    """Rotary positions: turn each pair of a query or key by an angle that grows with its place.

    Args:
        vectors: Queries or keys, shape (..., T, D), D even, floating point.
        places: Where the tokens stand, shape (T,).
        base: As for `frequencies`.

    Returns:
        The same shape. Dot products of rotated vectors depend on the distance of their places only.

    Raises:
        ValueError: If D is not even.

    Source:
        Su et al., RoFormer (2021), arXiv:2104.09864; section 6.3.
    """
    width = vectors.shape[-1]
    angles = np.asarray(places)[:, np.newaxis] * frequencies(width, base)  # (T, F)
    first, second = vectors[..., 0::2], vectors[..., 1::2]
    turned = [
        first * np.cos(angles) - second * np.sin(angles),
        first * np.sin(angles) + second * np.cos(angles),
    ]
    return np.stack(turned, axis=-1).reshape(vectors.shape)
