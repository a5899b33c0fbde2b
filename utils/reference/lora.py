"""LoRA on a dense layer: a frozen kernel plus a product of two thin matrices that are trained.

The product is written as Keras writes a dense layer, inputs @ kernel, so A comes first. The paper
and PEFT multiply from the left: their B A is the transpose of this A B, their A is (rank, inputs).

Letters in the comments: ... any axes, the first of them the batch; M inputs, N outputs, R rank.
"""

import numpy as np

from utils.reference import positive_integer


def scaling(rank: int, lora_alpha: float | None = None) -> float:
    """The factor of the product A B.

    Args:
        rank: Columns of A, rows of B.
        lora_alpha: Numerator; None for `rank`, which makes the factor 1 as Keras does by default.

    Returns:
        lora_alpha / rank.

    Raises:
        ValueError: If `rank` is not a positive integer.

    Source:
        Hu and others, LoRA (2021), arXiv:2106.09685, section 4.1; section 7.1.
    """
    rank = positive_integer("rank", rank)
    return 1.0 if lora_alpha is None else lora_alpha / rank


def difference(a: np.ndarray, b: np.ndarray, lora_alpha: float | None = None) -> np.ndarray:
    """What LoRA adds to the kernel.

    Args:
        a: Shape (inputs, rank), floating point.
        b: Shape (rank, outputs), floating point.
        lora_alpha: As in `scaling`.

    Returns:
        lora_alpha / rank · A B, shape (inputs, outputs), of rank `rank` at most.

    Raises:
        ValueError: If the shapes do not fit.

    Source:
        Hu and others, LoRA (2021), arXiv:2106.09685, section 4.1; section 7.1.
    """
    a, b = _factors(a, b)
    return scaling(a.shape[1], lora_alpha) * (a @ b)


def lora_dense(
    inputs: np.ndarray,
    kernel: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    lora_alpha: float | None = None,
    bias: np.ndarray | None = None,
) -> np.ndarray:
    """A dense layer with LoRA, without activation, by two thin products.

    Args:
        inputs: Shape (..., inputs), floating point.
        kernel: The frozen weights, shape (inputs, outputs).
        a: As in `difference`.
        b: As in `difference`.
        lora_alpha: As in `scaling`.
        bias: Shape (outputs,), or None for zeros.

    Returns:
        inputs kernel + lora_alpha / rank · (inputs A) B + bias, shape (..., outputs).

    Raises:
        ValueError: If the shapes do not fit.

    Source:
        Hu and others, LoRA (2021), arXiv:2106.09685, equation 3; section 7.1.
    """
    kernel, a, b = _fitting(kernel, a, b)
    inputs = np.asarray(inputs)
    outputs = inputs @ kernel + scaling(a.shape[1], lora_alpha) * (inputs @ a @ b)  # (..., N)
    return outputs if bias is None else outputs + bias


def lora_gradients(
    inputs: np.ndarray,
    kernel: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    output_gradient: np.ndarray,
    lora_alpha: float | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of a loss by the inputs and by the two matrices that are trained.

    Args:
        inputs: As in `lora_dense`.
        kernel: As in `lora_dense`.
        a: As in `difference`.
        b: As in `difference`.
        output_gradient: Gradient of the loss by the outputs, shape (..., outputs).
        lora_alpha: As in `scaling`.

    Returns:
        The gradients by inputs, A and B, each in the shape of what it belongs to. With B = 0 that
        by A is 0; with A = 0 that by B is 0.

    Raises:
        ValueError: If the shapes do not fit.

    Source:
        Section 7.1.
    """
    kernel, a, b = _fitting(kernel, a, b)
    inputs, output_gradient = np.asarray(inputs), np.asarray(output_gradient)
    if output_gradient.shape != (*inputs.shape[:-1], kernel.shape[1]):
        raise ValueError(
            f"output_gradient must have shape {(*inputs.shape[:-1], kernel.shape[1])}. "
            f"Received: output_gradient with shape={output_gradient.shape}"
        )
    scale = scaling(a.shape[1], lora_alpha)
    x = inputs.reshape(-1, kernel.shape[0])  # (B, M)
    g = output_gradient.reshape(-1, kernel.shape[1])  # (B, N)
    by_inputs = g @ kernel.T + scale * (g @ b.T @ a.T)  # (B, M)
    by_a = scale * x.T @ (g @ b.T)  # (M, R)
    by_b = scale * (x @ a).T @ g  # (R, N)
    return by_inputs.reshape(inputs.shape), by_a, by_b


def merge(
    kernel: np.ndarray, a: np.ndarray, b: np.ndarray, lora_alpha: float | None = None
) -> np.ndarray:
    """One kernel that does what the kernel and the two matrices did.

    Args:
        kernel: As in `lora_dense`.
        a: As in `difference`.
        b: As in `difference`.
        lora_alpha: As in `scaling`; its negative takes a merged difference out again.

    Returns:
        kernel + lora_alpha / rank · A B, shape (inputs, outputs).

    Raises:
        ValueError: If the shapes do not fit.

    Source:
        Hu and others, LoRA (2021), arXiv:2106.09685, section 4.1; section 7.1.
    """
    kernel, a, b = _fitting(kernel, a, b)
    return kernel + difference(a, b, lora_alpha)


def trained_weights(inputs: int, outputs: int, rank: int) -> int:
    """How many weights LoRA trains for one kernel.

    Args:
        inputs: Rows of the kernel.
        outputs: Columns of the kernel.
        rank: Columns of A, rows of B.

    Returns:
        rank · (inputs + outputs).

    Raises:
        ValueError: If an argument is not a positive integer.

    Source:
        Hu and others, LoRA (2021), arXiv:2106.09685, section 4.2; section 7.1.
    """
    inputs, outputs = positive_integer("inputs", inputs), positive_integer("outputs", outputs)
    return positive_integer("rank", rank) * (inputs + outputs)


def low_rank(matrix: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """The product of two thin matrices that is closest to a matrix.

    Args:
        matrix: Shape (inputs, outputs), floating point.
        rank: At most the smaller of the two.

    Returns:
        A of shape (inputs, rank) and B of shape (rank, outputs). Among all products of this rank
        A B has the smallest sum of squared distances to `matrix`. Both share the singular values
        evenly: each is scaled by their roots.

    Raises:
        ValueError: If `matrix` is not two-dimensional, or `rank` is not from 1 to its smaller
            side.

    Source:
        Eckart and Young, The approximation of one matrix by another of lower rank (1936),
        doi:10.1007/BF02288367; section 7.1.
    """
    matrix = _matrix("matrix", matrix)
    rank = positive_integer("rank", rank)
    if rank > min(matrix.shape):
        raise ValueError(
            f"rank must be at most {min(matrix.shape)} for a matrix of {matrix.shape}. "
            f"Received: rank={rank}"
        )
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    root = np.sqrt(values[:rank])  # (R,)
    return left[:, :rank] * root, root[:, None] * right[:rank]


def kept_energy(matrix: np.ndarray) -> np.ndarray:
    """Share of a matrix's sum of squares that its best approximation of each rank keeps.

    Args:
        matrix: As in `low_rank`, not all zero.

    Returns:
        The shares for rank 1, 2, ... up to the matrix's smaller side; the last is 1.

    Raises:
        ValueError: If `matrix` is not two-dimensional or holds nothing but zeros.

    Source:
        Section 7.1.
    """
    matrix = _matrix("matrix", matrix)
    squares = np.linalg.svd(matrix, compute_uv=False) ** 2
    if not squares.sum() > 0:
        raise ValueError("matrix must not be all zero. Received: a matrix of zeros")
    return np.cumsum(squares) / squares.sum()


def _matrix(name, values):
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(f"{name} must have two axes. Received: {name} with shape={values.shape}")
    return values


def _factors(a, b):
    a, b = _matrix("a", a), _matrix("b", b)
    if a.shape[1] != b.shape[0]:
        raise ValueError(
            "a must have as many columns as b has rows, the rank. "
            f"Received: a with shape={a.shape}, b with shape={b.shape}"
        )
    return a, b


def _fitting(kernel, a, b):
    kernel, (a, b) = _matrix("kernel", kernel), _factors(a, b)
    if kernel.shape != (a.shape[0], b.shape[1]):
        raise ValueError(
            f"kernel must have the shape of A B, {(a.shape[0], b.shape[1])}. "
            f"Received: kernel with shape={kernel.shape}"
        )
    return kernel, a, b
