"""Checks of Part 3, CNN arithmetic."""

from collections.abc import Callable

import numpy as np

from utils import counting
from utils.checks._exercise import exercise, function, number, numbers


@exercise(number)
def layer_weights(answer: int) -> str | None:
    """3.1, exercise 1: weights of 16 filters of 5×5 on an RGB picture, biases included."""
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


@exercise()
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


@exercise()
def keras_kernel(answer: np.ndarray) -> str | None:
    """3.1, exercise 3: `np.arange(16 * 3 * 5 * 5).reshape(16, 3, 5, 5)` in Keras's layout."""
    pytorch = np.arange(16 * 3 * 5 * 5).reshape(16, 3, 5, 5)
    try:
        kernel = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return "Expected an array of numbers."
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


@exercise(number)
def last_height(answer: int) -> str | None:
    """3.2, exercise 1: 160 pixels through three convolutions and three poolings."""
    hints = {
        7: "The window also stands at the start: add 1 after each division.",
        8: "floor(35 / 2) counts steps, not starts: add 1.",
        10: "Nothing is padded: every quotient is rounded down, that of pooling too.",
        18: "The last convolution gives 18, and a pooling follows. Or is its stride missing?",
        36: "The last convolution has a stride of 2, and a pooling follows.",
        38: "Two layers are missing: a convolution with a stride of 2 and a pooling.",
    }
    if answer == 9:
        return None
    return hints.get(answer, "Write the six sizes in a row; the first is 160 - 3 + 1 = 158.")


@exercise()
def shortcut(answer: dict) -> str | None:
    """3.2, exercise 2: arguments of a Conv2D from (25, 25, 32) to (12, 12, 64)."""
    if not isinstance(answer, dict):
        return "Expected a dict such as dict(filters=..., kernel_size=..., strides=..., ...)."
    known = {"filters", "kernel_size", "strides", "padding"}
    if "filters" not in answer or "kernel_size" not in answer or not set(answer) <= known:
        return f"Expected the keys {', '.join(sorted(known))}. Received: {answer!r}."
    try:
        shape = counting.conv2d((25, 25, 32), **answer).output_shape
    except (TypeError, ValueError) as error:
        return f"Conv2D would refuse this: {error}"
    if shape == (12, 12, 64):
        return None
    if shape[2] != 64:
        return f"It has {shape[2]} channels and the block 64: filters are output channels."
    if shape[:2] == (13, 13):
        return "It gives 13×13, which rounds up, and the pooling rounds down. Try another kernel."
    if shape[0] == 1 or shape[1] == 1:
        return f"It gives {shape}, and the sum would be broadcast: it runs and is not meant."
    return f"It gives {shape}. What does the block give?"


@exercise(numbers("left, right, top, bottom"))
def torch_zeros(answer: tuple[int, int, int, int]) -> str | None:
    """3.2, exercise 3: zeros of `same` on 224×225 pixels, as (left, right, top, bottom)."""
    hints = {
        (1, 1, 1, 1): "That is PyTorch's padding=1. With 224 rows it centers on other pixels.",
        (0, 1, 1, 1): "Height and width are swapped: left and right come first.",
        (0, 1, 0, 1): "That is right for even sizes. The width is 225.",
        (1, 1, 1, 0): "Keras puts the zero that is left over below, not above.",
        (1, 1, 0, 0): "The last of 112 windows ends one row below the picture.",
        (0, 0, 0, 0): "Without zeros the last windows would be missing.",
    }
    if answer == (1, 1, 0, 1):
        return None
    return hints.get(answer, "Where do the last of ceil(224 / 2) and ceil(225 / 2) windows end?")


@exercise(number)
def convolutions_needed(answer: int) -> str | None:
    """3.2, exercise 4: 3×3 convolutions behind conv, pool, conv, pool to see 60 pixels."""
    hints = {
        6: "Six reach 58 pixels.",
        8: "One too many: seven already reach 60.",
        25: "After two poolings neighbors lie 4 pixels apart, so a layer adds more than 2 pixels.",
        13: "There are two poolings, so the jump is 4 and not 2.",
        9: "The two convolutions before count, and they are there already. How many further ones?",
    }
    if answer == 7:
        return None
    return hints.get(answer, "What are size and jump after conv, pool, conv, pool?")


@exercise(numbers("weights, MACs"))
def pointwise_counts(answer: tuple[int, int]) -> str | None:
    """3.3, exercise 1: weights and MACs of a 1×1 convolution, 14×14×512 to 128 filters."""
    weights, macs = answer
    right = (512 + 1) * 128, 14 * 14 * 128 * 512
    if answer == right:
        return None
    if (macs, weights) == right:
        return "The two are swapped: weights first."
    of_weights = {
        512 * 128: "Weights: each filter also has a bias.",
        512 * 128 + 512: "Weights: a filter has one bias, an input plane has none.",
        512 + 1: "Weights: that is one filter. The layer has 128.",
        128 + 128: "Weights: one filter spans all 512 planes.",
        right[0] * 14 * 14: "Weights: they are the same at every place, and counted once.",
    }
    of_macs = {
        2 * right[1]: "MACs: those are FLOPs. A MAC is a multiplication and an addition.",
        14 * 14 * right[0]: "MACs: adding a bias is not counted as one.",
        512 * 128: "MACs: that is the work at one place of the map.",
        14 * 14 * 512: "MACs: that is one filter. The layer has 128.",
        14 * 14 * 128: "MACs: that is how many numbers come out. Each is a sum of products.",
    }
    if weights != right[0]:
        return of_weights.get(weights, "Weights: count one filter first, then all 128.")
    return of_macs.get(macs, "MACs: numbers that come out, times the products in each.")


@exercise(number)
def vgg19_weights(answer: int) -> str | None:
    """3.3, exercise 2: weights of VGG19, counted from those of VGG16."""
    vgg16 = 138_357_544
    small, large = (9 * 256 + 1) * 256, (9 * 512 + 1) * 512
    hints = {
        small + 2 * large: "That is what VGG19 has more. Add what VGG16 has.",
        vgg16 + small + 2 * large - 256 - 512 - 512: "Each filter of the new layers has a bias.",
        vgg16 + small + large: "Blocks 4 and 5 get one layer each.",
        vgg16 + (9 * 128 + 1) * 256 + (9 * 256 + 1) * 512 + large: (
            "The new layers stand at the end of their blocks: as many planes come in as go out."
        ),
        vgg16 + (256 + 1) * 256 + 2 * (512 + 1) * 512: "The new layers are 3×3, not 1×1.",
        vgg16 + 10 * 256 + 2 * 10 * 512: "One filter spans all planes of its input.",
    }
    if answer == vgg16 + small + 2 * large:
        return None
    return hints.get(answer, "Each new layer: (3·3·planes + 1)·filters. Three of them are added.")


@exercise(function)
def bottleneck(answer: Callable[[int, int], int]) -> str | None:
    """3.3, exercise 3: a function (channels, squeezed) to the weights of a bottleneck."""
    hints = {
        lambda c, s: c * s + 9 * s * s + s * c: "Each filter has a bias, in all three layers.",
        lambda c, s: (c + 1) * s + 10 * s + (s + 1) * c: (
            "A filter of the 3×3 layer spans all `squeezed` planes."
        ),
        lambda c, s: (c + 1) * s + (9 * c + 1) * s + (s + 1) * c: (
            "The 3×3 layer receives `squeezed` planes: the first layer has squeezed them."
        ),
        lambda c, s: (c + 1) * s + (9 * s + 1) * s: "The way back to `channels` planes is missing.",
        lambda c, s: 2 * (c + 1) * s + (9 * s + 1) * s: (
            "The last layer has `channels` filters, and each of them a bias."
        ),
        lambda c, s: (c + 1) * s + (s + 1) * s + (s + 1) * c: "The layer in the middle is 3×3.",
    }
    cases = [(256, 64), (64, 16), (5, 3), (1, 1)]
    given = [answer(*case) for case in cases]
    if given == [(c + 1) * s + (9 * s + 1) * s + (s + 1) * c for c, s in cases]:
        return None
    for wrong, hint in hints.items():
        if given == [wrong(*case) for case in cases]:
            return hint
    return f"For channels=5, squeezed=3 your function gives {given[2]!r}; count that by hand."


@exercise()
def pooled_twin(answer: np.ndarray) -> str | None:
    """3.3, exercise 4: a 2×2 map with the mean of [[0, 0], [0, 4]] and other numbers."""
    try:
        plane = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return "Expected a 2×2 array of numbers."
    if plane.shape != (2, 2):
        return f"Expected an array of shape (2, 2). Received: shape={plane.shape}."
    if sorted(plane.ravel()) == [0, 0, 0, 4]:
        return "These are the same four numbers in other places. Find other numbers."
    if plane.sum() == 1:
        return "The numbers add up to 1. Their mean is to be 1."
    if plane.max() == 4 and plane.mean() != 1:
        return "The largest number is the same. Pooling here takes the mean."
    if not np.isclose(plane.mean(), 1):
        return f"The mean of these numbers is {plane.mean():g}, not 1."
    return None


@exercise(numbers("ordinary, separable"))
def separable_weights(answer: tuple[int, int]) -> str | None:
    """3.4, exercise 1: weights of 3×3, 16 planes in, 128 filters, no bias, both ways."""
    ordinary, separable = answer
    right = (3 * 3 * 16 * 128, 3 * 3 * 16 + 16 * 128)
    if answer == right:
        return None
    if (separable, ordinary) == right:
        return "Both numbers are right and stand in the wrong order: the ordinary one comes first."
    if ordinary != right[0]:
        if ordinary == 3 * 3 * 128:
            return "Ordinary: one filter spans all 16 planes."
        if ordinary == right[0] + 128:
            return "Ordinary: there is no bias here."
        return "Ordinary: 3·3 weights for each plane, in each of the 128 filters."
    hints = {
        3 * 3 * 16: "Separable: that is the depthwise step. The 1×1 is missing.",
        16 * 128: "Separable: that is the 1×1. The depthwise step is missing.",
        3 * 3 * 128 + 16 * 128: "Separable: the depthwise step has a 3×3 filter for each plane "
        "that comes in, not for each that goes out.",
        3 * 3 + 16 * 128: "Separable: every one of the 16 planes has a 3×3 filter of its own.",
        3 * 3 * 16 * 16 * 128: "Separable: the steps come one after the other, so their weights "
        "are added.",
        3 * 3 * 16 + 17 * 128: "Separable: there is no bias here.",
    }
    return hints.get(separable, "Separable: count the depthwise step and the 1×1, and add them.")


@exercise(number)
def filters_for_a_fifth(answer: int) -> str | None:
    """3.4, exercise 2: filters for which 3×3 separable does less than a fifth of the MACs."""
    if answer == 12:
        return None
    hints = {
        11: "With 11 filters it is 1/11 + 1/9 = 0.202, still more than a fifth.",
        11.25: "11.25 is the limit, and filters come whole.",
        5: "1/F alone is a fifth there. The depthwise step adds 1/9.",
        6: "1/F alone is below a fifth there. The depthwise step adds 1/9.",
    }
    if answer in hints:
        return hints[answer]
    if answer > 12:
        return "It is less than a fifth there, and with fewer filters too."
    return "The ratio is 1/F + 1/9. When is it below 1/5?"


@exercise()
def composed_kernel(answer: np.ndarray) -> str | None:
    """3.4, exercise 3: one kernel from (3, 3, 4, 2) depthwise and (8, 6) pointwise weights."""
    depthwise = np.arange(3 * 3 * 4 * 2).reshape(3, 3, 4, 2)
    pointwise = np.arange(8 * 6).reshape(8, 6)
    try:
        kernel = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return "Expected an array of numbers, of shape (3, 3, 4, 6)."
    if kernel.shape == (3, 3, 8, 6):
        return (
            "That kernel is for 8 planes. Both filters of a plane see the same plane: add them up."
        )
    if kernel.shape != (3, 3, 4, 6):
        return f"Expected an array of shape (3, 3, 4, 6). Received: shape={kernel.shape}."
    if np.array_equal(kernel, np.einsum("uvcm,cmf->uvcf", depthwise, pointwise.reshape(4, 2, 6))):
        return None
    if np.array_equal(kernel, np.einsum("uvcm,mcf->uvcf", depthwise, pointwise.reshape(2, 4, 6))):
        return (
            "Rows 0 and 1 of the 1×1 belong to the first plane, rows 2 and 3 to the second. You "
            "took rows 0 to 3 for the first filters of the four planes."
        )
    for m in (0, 1):
        if np.array_equal(kernel, np.einsum("uvc,cf->uvcf", depthwise[..., m], pointwise[m::2])):
            return "That uses one of the two filters of each plane. Add the other's share."
    return "The shape is right. One weight is the sum over m of depthwise[u, v, c, m] times what?"


@exercise(number)
def depthwise_intensity(answer: float) -> str | None:
    """3.4, exercise 4: FLOPs a byte of a depthwise 5×5 convolution in float16."""
    if abs(answer - 12.5) < 1e-6:
        return None
    hints = {
        6.25: "A MAC is two FLOPs; or did you take 4 bytes a number?",
        25.0: "One number is read and one is written; or did you take 1 byte a number?",
        3.125: "A MAC is two FLOPs, and a number has 2 bytes here.",
        50.0: "That is FLOPs for a number. How many bytes are read and written for it?",
        2.25: "That is 3×3 with 4 bytes a number. Here it is 5×5 with 2.",
        4.5: "That is 3×3. Here the window has 25 places.",
        2.5: "A 5×5 window has 25 places, not 5.",
    }
    return hints.get(
        round(float(answer), 3),
        "Take one number of the output: FLOPs for it, bytes read for it, bytes written.",
    )
