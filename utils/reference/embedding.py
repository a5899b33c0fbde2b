"""An embedding: rows of a table looked up by number, forward and backward.

Axis letters in the comments: ... any axes of the indices; V rows of the table; D its columns.
"""

import numpy as np

from utils.reference import positive_integer


def one_hot(indices: np.ndarray, num_classes: int) -> np.ndarray:
    """A row of zeros with a single one for each index.

    Args:
        indices: Shape (...), integers from 0 to `num_classes` - 1.
        num_classes: Length of a row.

    Returns:
        Shape (..., num_classes), float32, as `keras.ops.one_hot` gives it.

    Raises:
        ValueError: If an index is no integer or out of range, or `num_classes` is not positive.

    Source:
        Section 5.4.
    """
    num_classes = positive_integer("num_classes", num_classes)
    indices = _within(indices, num_classes)
    rows = np.zeros((*indices.shape, num_classes), np.float32)
    np.put_along_axis(rows, indices[..., np.newaxis], 1, axis=-1)
    return rows


def look_up(table: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Take a row of the table for each index; equal to the one-hot rows times the table.

    Args:
        table: Shape (V, D), any dtype.
        indices: Shape (...), integers from 0 to V - 1; a negative one is an error.

    Returns:
        Shape (..., D), the table's dtype.

    Raises:
        ValueError: If the table has another shape, or an index is no integer or out of range.

    Source:
        Bengio et al., A neural probabilistic language model (2003), section 2; section 5.4.
    """
    table = np.asarray(table)
    if table.ndim != 2:
        raise ValueError(f"table must have shape (V, D). Received: shape={table.shape}")
    return table[_within(indices, len(table))]


def look_up_gradient(
    indices: np.ndarray,
    output_gradient: np.ndarray,
    input_dim: int,
    padding_index: int | None = None,
) -> np.ndarray:
    """Gradient of a loss by the table, from its gradient by what was looked up.

    Each row of `output_gradient` is added to the row of the table it came from: a row that was
    looked up twice gets the sum, a row that was not gets zeros.

    Args:
        indices: As for `look_up`, shape (...).
        output_gradient: Gradient of the loss by the rows that were looked up, shape (..., D).
        input_dim: Number of rows of the table, V.
        padding_index: A row that is not trained, so that its gradient is zero; None for none.

    Returns:
        Shape (V, D), the dtype of `output_gradient`.

    Raises:
        ValueError: If the shapes do not fit, or an index is no integer or out of range.

    Source:
        One-hot rows, transposed, times `output_gradient`: the gradient of a dense layer by its
        kernel. `padding_index` is that of `torch.nn.Embedding`; section 5.4.
    """
    input_dim = positive_integer("input_dim", input_dim)
    indices, output_gradient = _within(indices, input_dim), np.asarray(output_gradient)
    if output_gradient.shape[:-1] != indices.shape or output_gradient.ndim == 0:
        raise ValueError(
            f"output_gradient must have shape {(*indices.shape, 'D')}. "
            f"Received: shape={output_gradient.shape}"
        )
    gradient = np.zeros((input_dim, output_gradient.shape[-1]), output_gradient.dtype)
    np.add.at(gradient, indices, output_gradient)
    if padding_index is not None:
        gradient[_within(padding_index, input_dim)] = 0
    return gradient


def nearest(table: np.ndarray, index: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows that point most nearly into the direction of one row.

    Args:
        table: Shape (V, D), floating point. No row may be zero: it has no direction.
        index: The row whose neighbors are sought, from 0 to V - 1.
        count: Number of neighbors, from 1 to V - 1.

    Returns:
        Their indices, the nearest first, and their cosines, shape (count,) each. The row itself is
        not among them.

    Raises:
        ValueError: If `index` or `count` is out of range, or a row is zero.

    Source:
        Section 5.4.
    """
    row = look_up(table, index)
    count = positive_integer("count", count)
    if count >= len(table):
        raise ValueError(f"count must be below {len(table)}. Received: count={count}")
    lengths = np.linalg.norm(table, axis=1)
    if not np.all(lengths > 0):
        raise ValueError(
            "table must not hold a zero row, which has no direction. "
            f"Received: {np.sum(lengths == 0)} of them"
        )
    cosines = table @ row / (lengths * lengths[index])  # (V,)
    order = np.argsort(-cosines, kind="stable")
    order = order[order != index][:count]
    return order, cosines[order]


def _within(indices, size):
    indices = np.asarray(indices)
    if not np.issubdtype(indices.dtype, np.integer):
        raise ValueError(f"indices must be integers. Received: dtype={indices.dtype}")
    if indices.size and not (indices.min() >= 0 and indices.max() < size):
        raise ValueError(
            f"indices must lie within 0 to {size - 1}. "
            f"Received: indices from {indices.min()} to {indices.max()}"
        )
    return indices
