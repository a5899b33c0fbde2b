"""Two-dimensional pooling, first with loops, then without.

Pooling looks at each channel by itself and has no weights. Padding only makes room for windows that
stick out over the edge: its values never count.

Axis letters in the comments: B batch, H height, W width, C channels, KH and KW height and width of
the window, OH and OW height and width of the output. PH and PW are height and width of the input
with its padding.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from utils.reference import fitting_pool, named_padding, positive_pair
from utils.reference.convolution import check_inputs, same_padding


def max_pooling2d_loops(
    inputs: np.ndarray,
    pool_size: int | tuple[int, int] = 2,
    strides: int | tuple[int, int] | None = None,
    padding: str = "valid",
) -> np.ndarray:
    """Largest number of each window, one window at a time.

    Slow, and meant to be read; `max_pooling2d` takes the same arguments and gives the same numbers.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.
        pool_size: Height and width of the window, or one integer for both.
        strides: Vertical and horizontal step, in pixels, one integer for both, or None for
            `pool_size`.
        padding: "valid" (windows lie inside the image; what is left over at its end is dropped) or
            "same" (as in Keras: windows may stick out, see `utils.reference.convolution`).

    Returns:
        Largest numbers, shape (batch, output_height, output_width, channels), dtype of `inputs`.

    Raises:
        ValueError: If an argument has the wrong shape, type or range, or a "valid" window is larger
            than the image.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285, chapter 3; section 3.2.
    """
    inputs = check_inputs(inputs)  # (B, H, W, C)
    rows, columns = _stretches(inputs, pool_size, strides, padding)
    batch, _, _, channels = inputs.shape
    outputs = np.zeros((batch, len(rows), len(columns), channels), inputs.dtype)  # (B, OH, OW, C)
    for row, vertical in enumerate(rows):
        for column, horizontal in enumerate(columns):
            window = inputs[:, vertical, horizontal]  # (B, KH, KW, C), smaller at the edge
            outputs[:, row, column] = window.max(axis=(1, 2))  # (B, C)
    return outputs


def max_pooling2d(
    inputs: np.ndarray,
    pool_size: int | tuple[int, int] = 2,
    strides: int | tuple[int, int] | None = None,
    padding: str = "valid",
) -> np.ndarray:
    """Largest number of each window, all windows at once.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.
        pool_size: Height and width of the window, or one integer for both.
        strides: Vertical and horizontal step, in pixels, one integer for both, or None for
            `pool_size`.
        padding: "valid" or "same".

    Returns:
        Largest numbers, shape (batch, output_height, output_width, channels), dtype of `inputs`.
        `max_pooling2d_loops` says more on every argument.

    Raises:
        ValueError: If an argument has the wrong shape, type or range, or a "valid" window is larger
            than the image.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285, chapter 3; section 3.2.
    """
    inputs = check_inputs(inputs)  # (B, H, W, C)
    # The smallest value that the dtype has can only win where the image holds the same.
    if inputs.dtype.kind == "f":
        smallest = -np.inf
    else:
        smallest = False if inputs.dtype == bool else np.iinfo(inputs.dtype).min
    windows = _windows(inputs, pool_size, strides, padding, smallest)
    return windows.max(axis=(4, 5))  # (B, OH, OW, C)


def average_pooling2d_loops(
    inputs: np.ndarray,
    pool_size: int | tuple[int, int] = 2,
    strides: int | tuple[int, int] | None = None,
    padding: str = "valid",
) -> np.ndarray:
    """Mean of each window, one window at a time.

    Slow, and meant to be read; `average_pooling2d` takes the same arguments and gives the same
    numbers.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.
        pool_size: Height and width of the window, or one integer for both.
        strides: Vertical and horizontal step, in pixels, one integer for both, or None for
            `pool_size`.
        padding: "valid" or "same". A window that sticks out is the mean of its pixels inside the
            image. PyTorch divides by the whole window, unless `count_include_pad=False`.

    Returns:
        Means, shape (batch, output_height, output_width, channels), in the dtype that `np.mean`
        gives: that of `inputs`, and float64 for integers.

    Raises:
        ValueError: If an argument has the wrong shape, type or range, or a "valid" window is larger
            than the image.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285, chapter 3; section 3.2.
    """
    inputs = check_inputs(inputs)  # (B, H, W, C)
    rows, columns = _stretches(inputs, pool_size, strides, padding)
    batch, _, _, channels = inputs.shape
    outputs = np.zeros(
        (batch, len(rows), len(columns), channels), _mean_dtype(inputs)
    )  # (B, OH, OW, C)
    for row, vertical in enumerate(rows):
        for column, horizontal in enumerate(columns):
            window = inputs[:, vertical, horizontal]  # (B, KH, KW, C), smaller at the edge
            outputs[:, row, column] = window.mean(axis=(1, 2))  # (B, C)
    return outputs


def average_pooling2d(
    inputs: np.ndarray,
    pool_size: int | tuple[int, int] = 2,
    strides: int | tuple[int, int] | None = None,
    padding: str = "valid",
) -> np.ndarray:
    """Mean of each window, all windows at once.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.
        pool_size: Height and width of the window, or one integer for both.
        strides: Vertical and horizontal step, in pixels, one integer for both, or None for
            `pool_size`.
        padding: "valid" or "same".

    Returns:
        Means, shape (batch, output_height, output_width, channels), dtype as from
        `average_pooling2d_loops`, which says more on every argument.

    Raises:
        ValueError: If an argument has the wrong shape, type or range, or a "valid" window is larger
            than the image.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285, chapter 3; section 3.2.
    """
    inputs = check_inputs(inputs)  # (B, H, W, C)
    dtype = _mean_dtype(inputs)
    sum_dtype = np.float32 if dtype == np.float16 else dtype
    ones = np.ones((1, *inputs.shape[1:3], 1), sum_dtype)  # (1, H, W, 1)
    windows = _windows(inputs.astype(sum_dtype), pool_size, strides, padding, 0)
    pixels = _windows(ones, pool_size, strides, padding, 0)  # 1 in the image, 0 in the padding
    means = windows.sum(axis=(4, 5)) / pixels.sum(axis=(4, 5))  # (B, OH, OW, C)
    return means.astype(dtype)


def global_average_pooling2d(inputs: np.ndarray, keepdims: bool = False) -> np.ndarray:
    """Mean of each plane: one number a channel, whatever the image's size.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.
        keepdims: Whether height and width stay, as axes of size 1.

    Returns:
        Means, shape (batch, channels) or (batch, 1, 1, channels), in the dtype that `np.mean`
        gives: that of `inputs`, and float64 for integers.

    Raises:
        ValueError: If `inputs` does not have four axes of real numbers, or an image has no pixels.

    Source:
        Lin, Chen and Yan, Network In Network (2013), arXiv:1312.4400; section 3.3.
    """
    inputs = check_inputs(inputs)  # (B, H, W, C)
    if 0 in inputs.shape[1:3]:
        raise ValueError(
            f"inputs must have at least one pixel. Received: inputs.shape={inputs.shape}"
        )
    return inputs.mean(axis=(1, 2), keepdims=keepdims)  # (B, C) or (B, 1, 1, C)


def _mean_dtype(inputs):
    return inputs.dtype if inputs.dtype.kind == "f" else np.float64


def _check_arguments(inputs, pool_size, strides, padding):
    """Return window, strides and, for each axis of the image, the padding (before, after)."""
    pool_size = positive_pair("pool_size", pool_size)
    strides = pool_size if strides is None else positive_pair("strides", strides)
    image_size = inputs.shape[1:3]
    if named_padding(padding) == "valid":
        fitting_pool(pool_size, image_size)
        return pool_size, strides, ((0, 0), (0, 0))
    zeros = tuple(same_padding(*axis) for axis in zip(image_size, pool_size, strides, strict=True))
    return pool_size, strides, zeros


def _stretches(inputs, pool_size, strides, padding):
    """The rows of each window and the columns of each, as slices, cut off at the image's edge."""
    pool_size, strides, padding = _check_arguments(inputs, pool_size, strides, padding)
    stretches = []
    for length, pool, stride, (before, after) in zip(
        inputs.shape[1:3], pool_size, strides, padding, strict=True
    ):
        starts = range(-before, length + after - pool + 1, stride)
        stretches.append([slice(max(0, start), min(start + pool, length)) for start in starts])
    return stretches


def _windows(inputs, pool_size, strides, padding, fill):
    """All windows, shape (B, OH, OW, C, KH, KW), with `fill` where they stick out."""
    pool_size, strides, padding = _check_arguments(inputs, pool_size, strides, padding)
    padded = np.pad(inputs, ((0, 0), *padding, (0, 0)), constant_values=fill)  # (B, PH, PW, C)
    windows = sliding_window_view(padded, pool_size, axis=(1, 2))
    return windows[:, :: strides[0], :: strides[1]]  # (B, OH, OW, C, KH, KW)
