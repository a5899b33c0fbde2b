"""A dense layer and its activations, forward and backward.

Axis letters in the comments: B batch, I inputs of the layer, U units, which are its outputs.
"""

import numpy as np


def linear(inputs: np.ndarray) -> np.ndarray:
    """Pass every number as it is.

    Args:
        inputs: Numbers, any shape, any real dtype.

    Returns:
        `inputs`.

    Source:
        Section 1.3.
    """
    return inputs


def relu(inputs: np.ndarray) -> np.ndarray:
    """Set what is negative to 0 and pass the rest.

    Args:
        inputs: Numbers, any shape, any real dtype.

    Returns:
        max(0, inputs), same shape and dtype.

    Source:
        Nair and Hinton, Rectified linear units improve restricted Boltzmann machines (2010);
        section 1.3.
    """
    return np.maximum(inputs, 0)


def sigmoid(inputs: np.ndarray) -> np.ndarray:
    """Squeeze every number between 0 and 1.

    Args:
        inputs: Numbers, any shape, floating point.

    Returns:
        1 / (1 + exp(-inputs)), same shape and dtype; no number overflows.

    Source:
        Rumelhart, Hinton and Williams, Learning representations by back-propagating errors (1986),
        doi:10.1038/323533a0; section 1.3.
    """
    return (1 + np.tanh(inputs / 2)) / 2


def tanh(inputs: np.ndarray) -> np.ndarray:
    """Squeeze every number between -1 and 1.

    Args:
        inputs: Numbers, any shape, floating point.

    Returns:
        The hyperbolic tangent, same shape and dtype.

    Source:
        Section 1.3.
    """
    return np.tanh(inputs)


# name: (function, its slope, from the function's own output)
_ACTIVATIONS = {
    "linear": (linear, np.ones_like),
    "relu": (relu, lambda outputs: (outputs > 0).astype(outputs.dtype)),
    "sigmoid": (sigmoid, lambda outputs: outputs * (1 - outputs)),
    "tanh": (tanh, lambda outputs: 1 - outputs**2),
}


def dense(
    inputs: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    activation: str | None = None,
) -> np.ndarray:
    """Weighted sums, a bias for each, and an activation.

    Args:
        inputs: Examples, shape (batch, inputs), floating point.
        kernel: Weights, shape (inputs, units): a column for each unit.
        bias: One number a unit, shape (units,), or None for zeros.
        activation: "linear", "relu", "sigmoid" or "tanh"; None is "linear".

    Returns:
        Outputs, shape (batch, units), in the dtype that NumPy gives the sum.

    Raises:
        ValueError: If the shapes do not fit or the activation is unknown.

    Source:
        Rosenblatt, The perceptron (1958), doi:10.1037/h0042519, for the weighted sum with a
        threshold; section 1.3.
    """
    inputs, kernel, bias = _checked(inputs, kernel, bias)
    function, _ = _activation(activation)
    return function(inputs @ kernel + bias)  # (B, U)


def dense_gradients(
    inputs: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    output_gradient: np.ndarray,
    activation: str | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of a loss by everything that went into `dense`, from that by its outputs.

    ReLU's slope at 0 counts as 0, as in Keras and PyTorch.

    Args:
        inputs: As in `dense`.
        kernel: As in `dense`.
        bias: As in `dense`.
        output_gradient: Gradient of the loss by the outputs, shape (batch, units).
        activation: As in `dense`.

    Returns:
        The gradients by inputs, shape (batch, inputs), by the kernel, shape (inputs, units), and
        by the bias, shape (units,).

    Raises:
        ValueError: If the shapes do not fit or the activation is unknown.

    Source:
        Rumelhart, Hinton and Williams, Learning representations by back-propagating errors (1986),
        doi:10.1038/323533a0; section 1.3.
    """
    outputs = dense(inputs, kernel, bias, activation)  # (B, U)
    output_gradient = np.asarray(output_gradient)
    if output_gradient.shape != outputs.shape:
        raise ValueError(
            f"output_gradient must have the shape of the outputs, {outputs.shape}. "
            f"Received: output_gradient with shape={output_gradient.shape}"
        )
    _, slope = _activation(activation)
    sum_gradient = output_gradient * slope(outputs)  # (B, U)
    return (
        sum_gradient @ np.asarray(kernel).T,  # (B, I)
        np.asarray(inputs).T @ sum_gradient,  # (I, U)
        sum_gradient.sum(axis=0),  # (U,)
    )


def _activation(name):
    if name is None:
        return _ACTIVATIONS["linear"]
    if name not in _ACTIVATIONS:
        known = ", ".join(f'"{known}"' for known in _ACTIVATIONS)
        raise ValueError(f"activation must be None or one of {known}. Received: {name!r}")
    return _ACTIVATIONS[name]


def _checked(inputs, kernel, bias):
    inputs, kernel = np.asarray(inputs), np.asarray(kernel)
    if inputs.ndim != 2:
        raise ValueError(
            f"inputs must have shape (batch, inputs). Received: inputs with shape={inputs.shape}"
        )
    if kernel.ndim != 2 or kernel.shape[0] != inputs.shape[1]:
        raise ValueError(
            f"kernel must have shape (inputs, units) with {inputs.shape[1]} inputs. "
            f"Received: kernel with shape={kernel.shape}"
        )
    bias = np.zeros(kernel.shape[1], kernel.dtype) if bias is None else np.asarray(bias)
    if bias.shape != (kernel.shape[1],):
        raise ValueError(
            f"bias must have shape ({kernel.shape[1]},), one number a unit. "
            f"Received: bias with shape={bias.shape}"
        )
    return inputs, kernel, bias
