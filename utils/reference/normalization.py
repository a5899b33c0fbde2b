"""Batch normalization, in both modes, backward and folded into a convolution; layer normalization.

Axis letters in the comments: ... any axes, the first of them the batch; C channels, always last.
"""

import numpy as np


def batch_statistics(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each channel, over all other axes.

    Args:
        inputs: Shape (batch, ..., channels), floating point.

    Returns:
        Means and variances, shape (channels,) each. The variance divides by the number of values,
        not by one less.

    Raises:
        ValueError: If `inputs` has fewer than two axes or no value.

    Source:
        Ioffe and Szegedy, Batch normalization (2015), arXiv:1502.03167; section 4.4.
    """
    inputs = np.asarray(inputs)
    if inputs.ndim < 2 or inputs.size == 0:
        raise ValueError(
            "inputs must have shape (batch, ..., channels) and hold values. "
            f"Received: inputs with shape={inputs.shape}"
        )
    axes = tuple(range(inputs.ndim - 1))
    return inputs.mean(axis=axes), inputs.var(axis=axes)


def normalize(
    inputs: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    gamma: np.ndarray | None = None,
    beta: np.ndarray | None = None,
    epsilon: float = 1e-3,
) -> np.ndarray:
    """Normalize each channel by given statistics, then scale it and shift it.

    With moving averages this is batch normalization in inference mode; with the batch's own
    statistics it is training mode.

    Args:
        inputs: Shape (batch, ..., channels), floating point.
        mean: Shape (channels,), in the inputs' unit.
        variance: Shape (channels,), not negative, in the square of the inputs' unit.
        gamma: Scales, shape (channels,); None for ones.
        beta: Shifts, shape (channels,); None for zeros.
        epsilon: Added to the variance. 0.001 is Keras's default, 0.00001 PyTorch's.

    Returns:
        gamma · (inputs - mean) / sqrt(variance + epsilon) + beta, shape of `inputs`.

    Raises:
        ValueError: If `epsilon` is negative or an array does not have one number a channel.

    Source:
        Ioffe and Szegedy, Batch normalization (2015), arXiv:1502.03167; section 4.4.
    """
    inputs = np.asarray(inputs)
    if not epsilon >= 0:
        raise ValueError(f"epsilon must not be negative. Received: epsilon={epsilon}")
    channels = inputs.shape[-1]
    mean = _of_channels("mean", mean, channels)
    variance = _of_channels("variance", variance, channels)
    outputs = (inputs - mean) / np.sqrt(variance + epsilon)
    if gamma is not None:
        outputs = outputs * _of_channels("gamma", gamma, channels)
    if beta is not None:
        outputs = outputs + _of_channels("beta", beta, channels)
    return outputs


def batch_normalization(
    inputs: np.ndarray,
    gamma: np.ndarray | None = None,
    beta: np.ndarray | None = None,
    epsilon: float = 1e-3,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Batch normalization in training mode: each channel by the statistics of this batch.

    Args:
        inputs: Shape (batch, ..., channels), floating point.
        gamma: As in `normalize`.
        beta: As in `normalize`.
        epsilon: As in `normalize`.

    Returns:
        Outputs, shape of `inputs`; means and variances of the batch, shape (channels,) each, from
        which the moving averages are made.

    Raises:
        ValueError: As `batch_statistics` and `normalize`.

    Source:
        Ioffe and Szegedy, Batch normalization (2015), arXiv:1502.03167; section 4.4.
    """
    mean, variance = batch_statistics(inputs)
    return normalize(inputs, mean, variance, gamma, beta, epsilon), mean, variance


def batch_normalization_gradients(
    inputs: np.ndarray,
    gamma: np.ndarray | None,
    output_gradient: np.ndarray,
    epsilon: float = 1e-3,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of a loss by everything that went into `batch_normalization`.

    Args:
        inputs: As in `batch_normalization`.
        gamma: As in `batch_normalization`.
        output_gradient: Gradient of the loss by the outputs, shape of `inputs`.
        epsilon: As in `batch_normalization`.

    Returns:
        The gradients by inputs, shape of `inputs`, by gamma and by beta, shape (channels,) each.

    Raises:
        ValueError: As `batch_normalization`, or if `output_gradient` has another shape.

    Source:
        Ioffe and Szegedy, Batch normalization (2015), arXiv:1502.03167, section 3; section 4.4.
    """
    inputs, output_gradient = np.asarray(inputs), np.asarray(output_gradient)
    normalized, _, variance = batch_normalization(inputs, epsilon=epsilon)  # (..., C)
    if output_gradient.shape != inputs.shape:
        raise ValueError(
            f"output_gradient must have the shape of the inputs, {inputs.shape}. "
            f"Received: output_gradient with shape={output_gradient.shape}"
        )
    axes = tuple(range(inputs.ndim - 1))
    gamma_gradient = (output_gradient * normalized).sum(axis=axes)  # (C,)
    beta_gradient = output_gradient.sum(axis=axes)  # (C,)
    by_normalized = output_gradient
    if gamma is not None:
        by_normalized = output_gradient * _of_channels("gamma", gamma, inputs.shape[-1])
    along = (by_normalized * normalized).mean(axis=axes)  # (C,)
    centered = by_normalized - by_normalized.mean(axis=axes) - normalized * along
    return centered / np.sqrt(variance + epsilon), gamma_gradient, beta_gradient


def layer_normalization(
    inputs: np.ndarray,
    gamma: np.ndarray | None = None,
    beta: np.ndarray | None = None,
    epsilon: float = 1e-5,
) -> np.ndarray:
    """Normalize each token by its own mean and variance, then scale and shift each channel.

    Args:
        inputs: Shape (..., channels), floating point.
        gamma: Scales, shape (channels,); None for ones.
        beta: Shifts, shape (channels,); None for zeros.
        epsilon: Added to the variance. 0.00001 is PyTorch's default, 0.001 Keras's.

    Returns:
        Outputs, shape of `inputs`. No entry depends on another token.

    Raises:
        ValueError: If `epsilon` is negative or an array does not have one number a channel.

    Source:
        Ba, Kiros and Hinton, Layer normalization (2016), arXiv:1607.06450; section 6.4.
    """
    inputs = np.asarray(inputs)
    if not epsilon >= 0:
        raise ValueError(f"epsilon must not be negative. Received: epsilon={epsilon}")
    mean = inputs.mean(axis=-1, keepdims=True)
    variance = inputs.var(axis=-1, keepdims=True)
    outputs = (inputs - mean) / np.sqrt(variance + epsilon)
    if gamma is not None:
        outputs = outputs * _of_channels("gamma", gamma, inputs.shape[-1])
    if beta is not None:
        outputs = outputs + _of_channels("beta", beta, inputs.shape[-1])
    return outputs


def fold(
    kernel: np.ndarray,
    bias: np.ndarray | None,
    mean: np.ndarray,
    variance: np.ndarray,
    gamma: np.ndarray | None = None,
    beta: np.ndarray | None = None,
    epsilon: float = 1e-3,
) -> tuple[np.ndarray, np.ndarray]:
    """Put a normalization in inference mode into the convolution or dense layer before it.

    Args:
        kernel: Weights, shape (..., filters), as Keras keeps them.
        bias: Shape (filters,), or None for zeros.
        mean: As in `normalize`, one a filter, as are the rest.
        variance: As in `normalize`.
        gamma: As in `normalize`.
        beta: As in `normalize`.
        epsilon: As in `normalize`.

    Returns:
        Kernel and bias of one layer that does what both did.

    Raises:
        ValueError: As `normalize`.

    Source:
        Section 4.4.
    """
    kernel = np.asarray(kernel)
    bias = np.zeros(kernel.shape[-1]) if bias is None else bias
    bias = _of_channels("bias", bias, kernel.shape[-1])
    new_bias = normalize(bias, mean, variance, gamma, beta, epsilon)  # (C,)
    scale = 1 / np.sqrt(np.asarray(variance) + epsilon)  # (C,)
    return kernel * (scale if gamma is None else scale * gamma), new_bias


def _of_channels(name, values, channels):
    values = np.asarray(values)
    if values.shape != (channels,):
        raise ValueError(
            f"{name} must have shape ({channels},), one number a channel. "
            f"Received: {name} with shape={values.shape}"
        )
    return values
