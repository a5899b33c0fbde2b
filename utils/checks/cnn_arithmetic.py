"""Checks of Part 3, CNN arithmetic."""

from numbers import Number

import numpy as np

from utils.checks._exercise import exercise


@exercise
def layer_weights(answer: int) -> str | None:
    """3.1, exercise 1: weights of 16 filters of 5×5 on an RGB picture, biases included."""
    if not isinstance(answer, Number):
        return f"Expected a number. Received: {answer!r}."
    hints = {
        5 * 5 * 16: "One filter spans all three planes of the picture.",
        5 * 5 * 16 + 16: "One filter spans all three planes of the picture.",
        5 * 5 * 3: "That is one filter, without its bias.",
        5 * 5 * 3 + 1: "That is one filter. The layer has 16.",
        5 * 5 * 3 * 16: "Each filter also has a bias.",
        5 * 5 * 3 * 16 + 1: "Each filter has a bias of its own, not one for the layer.",
        5 * 5 * 3 * 16 + 3 * 16: "A filter has one bias, not one a plane.",
        5 * 3 * 16 + 16: "A 5×5 window has 25 places, not 5.",
    }
    if answer == (5 * 5 * 3 + 1) * 16:
        return None
    return hints.get(answer, "Count one filter first: its window, times the planes it spans.")


@exercise
def shift_kernel(answer: np.ndarray) -> str | None:
    """3.1, exercise 2: a 3×3 kernel that moves a picture one pixel to the right."""
    try:
        kernel = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return "Expected a 3×3 array of numbers."
    if kernel.shape != (3, 3):
        return f"Expected an array of shape (3, 3). Received: shape={kernel.shape}."
    if not kernel.any():
        return "A kernel of zeros answers 0 everywhere."
    picks = {
        (1, 2): "This kernel moves the picture to the left. The output at a place is the input's "
        "pixel under the 1: where must that pixel lie?",
        (0, 1): "This kernel moves the picture down.",
        (2, 1): "This kernel moves the picture up.",
        (1, 1): "This kernel leaves the picture where it is.",
    }
    for place, hint in picks.items():
        only = np.zeros((3, 3))
        only[place] = 1
        if np.array_equal(kernel, only):
            return hint
    right = np.zeros((3, 3))
    right[1, 0] = 1
    if np.array_equal(kernel, right):
        return None
    if np.count_nonzero(kernel) == 1:
        return "One weight is enough. Look at its place and its size: brightness must not change."
    return "Each output pixel is a copy of one input pixel, so all weights but one are 0."


@exercise
def keras_kernel(answer: np.ndarray) -> str | None:
    """3.1, exercise 3: `np.arange(16 * 3 * 5 * 5).reshape(16, 3, 5, 5)` in Keras's layout."""
    pytorch = np.arange(16 * 3 * 5 * 5).reshape(16, 3, 5, 5)
    kernel = np.asarray(answer)
    if kernel.shape != (5, 5, 3, 16):
        return (
            "Keras expects (kernel_height, kernel_width, in_channels, filters). "
            f"Received: shape={kernel.shape}."
        )
    if np.array_equal(kernel, pytorch.transpose(2, 3, 1, 0)):
        return None
    if np.array_equal(kernel, pytorch.reshape(5, 5, 3, 16)):
        return "The shape is right and the numbers are shuffled: reshape does not move axes."
    if np.array_equal(kernel, pytorch.transpose(3, 2, 1, 0)):
        return "Height and width are swapped: every filter is mirrored along its diagonal."
    return "The shape is right, the order of the numbers is not: which old axis is each new one?"
