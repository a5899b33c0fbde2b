"""Two-dimensional convolution, first with loops, then without.

As in every deep-learning library the kernel is not flipped; mathematics calls this operation
cross-correlation.

Axis letters in the comments: B batch, H height, W width, C channels, F filters, G groups, M depth
multiplier, KH and KW height and width of the kernel, OH and OW height and width of the output. PH
and PW are height and width of the input with its padding.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from utils.reference import (
    check_groups,
    fitting_span,
    image_padding,
    positive_integer,
    positive_pair,
)


def same_padding(
    input_size: int, kernel_size: int, strides: int = 1, dilation_rate: int = 1
) -> tuple[int, int]:
    """Zeros that `padding="same"` adds to one axis in Keras.

    They make the output ceil(input_size / strides) long. If their number is odd, one more goes
    after than before. PyTorch's `padding=1` puts one on either side whatever the strides are, so
    with `strides=2` the two libraries may look at different pixels.

    Args:
        input_size: Input length, in pixels.
        kernel_size: Number of weights along the axis.
        strides: Step from one position of the kernel to the next, in pixels.
        dilation_rate: Distance between neighboring weights, in pixels.

    Returns:
        The numbers of zeros (before, after).

    Raises:
        ValueError: If an argument is not a positive integer.

    Source:
        TensorFlow, tf.nn, "Notes on padding"; section 3.2.
    """
    input_size = positive_integer("input_size", input_size)
    kernel_size = positive_integer("kernel_size", kernel_size)
    strides = positive_integer("strides", strides)
    dilation_rate = positive_integer("dilation_rate", dilation_rate)

    output_size = -(-input_size // strides)  # rounds up
    last_start = strides * (output_size - 1)
    span = dilation_rate * (kernel_size - 1) + 1
    zeros = max(0, last_start + span - input_size)
    before = zeros // 2
    return before, zeros - before


def pad_inputs(
    inputs: np.ndarray,
    kernel_size: int | tuple[int, int],
    strides: int | tuple[int, int] = 1,
    padding: str | tuple = "valid",
    dilation_rate: int | tuple[int, int] = 1,
) -> np.ndarray:
    """Surround images with the zeros that a convolution asks for.

    Args:
        inputs: Images, shape (batch, height, width, channels), any numeric dtype.
        kernel_size: Height and width of the kernel, or one integer for both.
        strides: Vertical and horizontal step, in pixels, or one integer for both.
        padding: "valid" (no zeros), "same" (as in Keras, see `same_padding`) or
            ((top, bottom), (left, right)), in zeros.
        dilation_rate: Vertical and horizontal distance between neighboring weights, in pixels, or
            one integer for both.

    Returns:
        Images with their padding, shape (batch, top + height + bottom, left + width + right,
        channels), dtype of `inputs`.

    Raises:
        ValueError: If an argument has the wrong shape, type or range.
    """
    inputs = check_inputs(inputs)  # (B, H, W, C)
    kernel_height, kernel_width = positive_pair("kernel_size", kernel_size)
    stride_y, stride_x = positive_pair("strides", strides)
    dilation_y, dilation_x = positive_pair("dilation_rate", dilation_rate)

    _, height, width, _ = inputs.shape
    vertical, horizontal = image_padding(padding)
    if vertical == "same":
        vertical = same_padding(height, kernel_height, stride_y, dilation_y)
    if horizontal == "same":
        horizontal = same_padding(width, kernel_width, stride_x, dilation_x)
    return np.pad(inputs, ((0, 0), vertical, horizontal, (0, 0)))  # (B, PH, PW, C)


def conv2d_loops(
    inputs: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    strides: int | tuple[int, int] = 1,
    padding: str | tuple = "valid",
    dilation_rate: int | tuple[int, int] = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolve images with a kernel, one output number at a time.

    Slow, and meant to be read; `conv2d` takes the same arguments and gives the same numbers.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.
        kernel: Weights, shape (kernel_height, kernel_width, channels // groups, filters), any real
            dtype. This is the layout of Keras; PyTorch's is
            (filters, channels // groups, kernel_height, kernel_width).
        bias: One number for each filter, shape (filters,), or None.
        strides: Vertical and horizontal step, in pixels, or one integer for both.
        padding: "valid" (no zeros), "same" (as in Keras, see `same_padding`) or
            ((top, bottom), (left, right)), in zeros. PyTorch's `padding=1` is ((1, 1), (1, 1)).
        dilation_rate: Vertical and horizontal distance between neighboring weights, in pixels, or
            one integer for both. It combines with any strides, as in PyTorch; Keras wants one of
            the two to be 1.
        groups: Number of groups that channels and filters are dealt out to, in order. A filter
            sees only the channels of its own group.

    Returns:
        Feature maps, shape (batch, output_height, output_width, filters). Their dtype is the one
        that NumPy promotes the arguments to, except that integers are summed in 64 bits, as by
        `np.sum`. float16 is summed in float32 and rounded once.

    Raises:
        ValueError: If an argument has the wrong shape, type or range, or the kernel does not fit
            the padded input.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285; section 3.1.
    """
    inputs, kernel, bias, groups, dtype = _check_arrays(inputs, kernel, bias, groups)
    kernel_height, kernel_width, group_channels, filters = kernel.shape
    stride_y, stride_x = positive_pair("strides", strides)
    dilation_y, dilation_x = positive_pair("dilation_rate", dilation_rate)

    padded = pad_inputs(
        inputs, (kernel_height, kernel_width), strides, padding, dilation_rate
    )  # (B, PH, PW, C)
    batch, padded_height, padded_width, _ = padded.shape
    span_y = fitting_span(kernel_height, dilation_y, padded_height)
    span_x = fitting_span(kernel_width, dilation_x, padded_width)
    output_height = (padded_height - span_y) // stride_y + 1
    output_width = (padded_width - span_x) // stride_x + 1

    outputs = np.zeros(
        (batch, output_height, output_width, filters), padded.dtype
    )  # (B, OH, OW, F)
    for image in range(batch):
        for row in range(output_height):
            for column in range(output_width):
                top, left = row * stride_y, column * stride_x
                window = padded[
                    image, top : top + span_y : dilation_y, left : left + span_x : dilation_x
                ]  # (KH, KW, C)
                for f in range(filters):
                    group = f // (filters // groups)
                    first = group * group_channels
                    seen = window[:, :, first : first + group_channels]  # (KH, KW, C/G)
                    products = seen * kernel[:, :, :, f]  # (KH, KW, C/G)
                    outputs[image, row, column, f] = products.sum() + bias[f]  # one number
    return outputs.astype(dtype)  # (B, OH, OW, F)


def conv2d(
    inputs: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    strides: int | tuple[int, int] = 1,
    padding: str | tuple = "valid",
    dilation_rate: int | tuple[int, int] = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolve images with a kernel, all positions at once.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.
        kernel: Weights, shape (kernel_height, kernel_width, channels // groups, filters), any real
            dtype.
        bias: One number for each filter, shape (filters,), or None.
        strides: Vertical and horizontal step, in pixels, or one integer for both.
        padding: "valid", "same" or ((top, bottom), (left, right)), in zeros.
        dilation_rate: Vertical and horizontal distance between neighboring weights, in pixels, or
            one integer for both.
        groups: Number of groups that channels and filters are dealt out to, in order.

    Returns:
        Feature maps, shape (batch, output_height, output_width, filters), dtype as from
        `conv2d_loops`, which says more on every argument.

    Raises:
        ValueError: If an argument has the wrong shape, type or range, or the kernel does not fit
            the padded input.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285; section 3.1.
    """
    inputs, kernel, bias, groups, dtype = _check_arrays(inputs, kernel, bias, groups)
    kernel_size = kernel.shape[:2]
    stride_y, stride_x = positive_pair("strides", strides)
    dilation_y, dilation_x = positive_pair("dilation_rate", dilation_rate)

    padded = pad_inputs(inputs, kernel_size, strides, padding, dilation_rate)  # (B, PH, PW, C)
    span_y = fitting_span(kernel_size[0], dilation_y, padded.shape[1])
    span_x = fitting_span(kernel_size[1], dilation_x, padded.shape[2])

    windows = sliding_window_view(
        padded, (span_y, span_x), axis=(1, 2)
    )  # (B, PH - span_y + 1, PW - span_x + 1, C, span_y, span_x)
    windows = windows[:, ::stride_y, ::stride_x]  # (B, OH, OW, C, span_y, span_x)
    windows = windows[..., ::dilation_y, ::dilation_x]  # (B, OH, OW, C, KH, KW)

    # One convolution for each group, their feature maps side by side.
    outputs = [
        np.tensordot(group_windows, group_kernel, axes=([3, 4, 5], [2, 0, 1]))  # (B, OH, OW, F/G)
        for group_windows, group_kernel in zip(
            np.split(windows, groups, axis=3),  # (B, OH, OW, C/G, KH, KW) each
            np.split(kernel, groups, axis=3),  # (KH, KW, C/G, F/G) each
            strict=True,
        )
    ]
    outputs = np.concatenate(outputs, axis=3) + bias  # (B, OH, OW, F)
    return outputs.astype(dtype)  # (B, OH, OW, F)


def depthwise_conv2d(
    inputs: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    strides: int | tuple[int, int] = 1,
    padding: str | tuple = "valid",
    dilation_rate: int | tuple[int, int] = 1,
) -> np.ndarray:
    """Convolve each plane by itself and put the results side by side; nothing is added up.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.
        kernel: Weights, shape (kernel_height, kernel_width, channels, depth_multiplier), any real
            dtype: `depth_multiplier` filters for each plane. This is the layout of Keras.
        bias: One number for each filter, shape (channels * depth_multiplier,), or None.
        strides: Vertical and horizontal step, in pixels, or one integer for both.
        padding: "valid", "same" or ((top, bottom), (left, right)), in zeros.
        dilation_rate: Vertical and horizontal distance between neighboring weights, in pixels, or
            one integer for both.

    Returns:
        Feature maps, shape (batch, output_height, output_width, channels * depth_multiplier): all
        those of the first plane, then all those of the second, and so on. Their dtype is as from
        `conv2d_loops`.

    Raises:
        ValueError: If an argument has the wrong shape, type or range, or the kernel does not fit
            the padded input.

    Source:
        Chollet, Xception: Deep Learning with Depthwise Separable Convolutions (2016),
        arXiv:1610.02357; section 3.4.
    """
    inputs = check_inputs(inputs)  # (B, H, W, C)
    channels = inputs.shape[3]
    kernel = _check_depthwise("kernel", kernel, channels)  # (KH, KW, C, M)
    depth_multiplier = kernel.shape[3]
    biases = [None] * channels
    if bias is not None:
        biases = np.split(_check_bias(bias, channels * depth_multiplier), channels)  # (M,) each

    feature_maps = []
    for c in range(channels):
        plane, plane_kernel = inputs[:, :, :, c : c + 1], kernel[:, :, c : c + 1, :]
        feature_maps.append(
            conv2d(plane, plane_kernel, biases[c], strides, padding, dilation_rate)
        )  # (B, OH, OW, M) each
    return np.concatenate(feature_maps, axis=3)  # (B, OH, OW, C * M)


def separable_conv2d(
    inputs: np.ndarray,
    depthwise_kernel: np.ndarray,
    pointwise_kernel: np.ndarray,
    bias: np.ndarray | None = None,
    strides: int | tuple[int, int] = 1,
    padding: str | tuple = "valid",
    dilation_rate: int | tuple[int, int] = 1,
) -> np.ndarray:
    """Depthwise convolution, which looks around in each plane, then 1x1, which mixes the planes.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.
        depthwise_kernel: Weights, shape (kernel_height, kernel_width, channels,
            depth_multiplier), any real dtype.
        pointwise_kernel: Weights, shape (1, 1, channels * depth_multiplier, filters), any real
            dtype.
        bias: One number for each of the `filters`, shape (filters,), or None.
        strides: Vertical and horizontal step of the depthwise kernel, in pixels, or one integer
            for both.
        padding: "valid", "same" or ((top, bottom), (left, right)), in zeros.
        dilation_rate: Vertical and horizontal distance between neighboring weights of the
            depthwise kernel, in pixels, or one integer for both.

    Returns:
        Feature maps, shape (batch, output_height, output_width, filters), dtype as from
        `conv2d_loops`.

    Raises:
        ValueError: If an argument has the wrong shape, type or range, or the kernel does not fit
            the padded input.

    Source:
        Chollet, Xception: Deep Learning with Depthwise Separable Convolutions (2016),
        arXiv:1610.02357; section 3.4.
    """
    inputs = check_inputs(inputs)  # (B, H, W, C)
    depthwise_kernel = _check_depthwise("depthwise_kernel", depthwise_kernel, inputs.shape[3])
    pointwise_kernel = _check_pointwise(pointwise_kernel, depthwise_kernel)
    planes = depthwise_conv2d(
        inputs, depthwise_kernel, None, strides, padding, dilation_rate
    )  # (B, OH, OW, C * M)
    return conv2d(planes, pointwise_kernel, bias)  # (B, OH, OW, F)


def full_kernel(depthwise_kernel: np.ndarray, pointwise_kernel: np.ndarray) -> np.ndarray:
    """The kernel with which an ordinary convolution equals a separable one.

    Each of its planes is a weighted sum of the depthwise filters of that plane. Only few ordinary
    kernels can be written so: a separable convolution is a restricted ordinary one.

    Args:
        depthwise_kernel: Weights, shape (kernel_height, kernel_width, channels,
            depth_multiplier), any real dtype.
        pointwise_kernel: Weights, shape (1, 1, channels * depth_multiplier, filters), any real
            dtype.

    Returns:
        Weights of an ordinary kernel, shape (kernel_height, kernel_width, channels, filters),
        dtype as from `conv2d_loops`.

    Raises:
        ValueError: If a kernel has the wrong shape or holds no real numbers.

    Source:
        Section 3.4.
    """
    depthwise_kernel = _check_depthwise("depthwise_kernel", depthwise_kernel)  # (KH, KW, C, M)
    pointwise_kernel = _check_pointwise(pointwise_kernel, depthwise_kernel)  # (1, 1, C * M, F)
    _, _, channels, depth_multiplier = depthwise_kernel.shape
    mixing = pointwise_kernel.reshape(channels, depth_multiplier, -1)  # (C, M, F)
    return np.einsum(
        "hwcm,cmf->hwcf",
        depthwise_kernel,
        mixing,
        dtype=_output_dtype(depthwise_kernel, pointwise_kernel),
    )  # (KH, KW, C, F)


def check_inputs(inputs: np.ndarray) -> np.ndarray:
    """Check a batch of images.

    Args:
        inputs: Images, shape (batch, height, width, channels), any real dtype.

    Returns:
        `inputs` as an array.

    Raises:
        ValueError: If `inputs` does not have four axes or does not hold real numbers.
    """
    inputs = _check_numbers("inputs", inputs)
    if inputs.ndim != 4:
        raise ValueError(
            "inputs must have shape (batch, height, width, channels). "
            f"Received: inputs.shape={inputs.shape}"
        )
    return inputs


def _check_numbers(name, value):
    array = np.asarray(value)
    if array.dtype.kind not in "buif":  # booleans, unsigned and signed integers, floats
        raise ValueError(f"{name} must hold real numbers. Received: {name}.dtype={array.dtype}")
    return array


def _check_bias(bias, filters):
    bias = _check_numbers("bias", bias)
    if bias.shape != (filters,):
        raise ValueError(
            f"bias must have shape (filters,) = ({filters},). Received: bias.shape={bias.shape}"
        )
    return bias


def _check_depthwise(name, kernel, channels=None):
    kernel = _check_numbers(name, kernel)
    if kernel.ndim != 4 or 0 in kernel.shape:
        raise ValueError(
            f"{name} must have shape (kernel_height, kernel_width, channels, depth_multiplier), "
            f"each at least 1. Received: {name}.shape={kernel.shape}"
        )
    if channels is not None and kernel.shape[2] != channels:
        raise ValueError(
            f"{name} must have channels = {channels} planes, its axis 2. "
            f"Received: {name}.shape={kernel.shape}"
        )
    return kernel


def _check_pointwise(kernel, depthwise_kernel):
    kernel = _check_numbers("pointwise_kernel", kernel)
    planes = depthwise_kernel.shape[2] * depthwise_kernel.shape[3]
    if kernel.ndim != 4 or kernel.shape[:3] != (1, 1, planes) or kernel.shape[3] == 0:
        raise ValueError(
            "pointwise_kernel must have shape (1, 1, channels * depth_multiplier, filters) = "
            f"(1, 1, {planes}, filters). Received: pointwise_kernel.shape={kernel.shape}"
        )
    return kernel


def _output_dtype(*arrays):
    promoted = np.result_type(*arrays)
    return np.zeros(1, promoted).sum().dtype  # integers and booleans: 64 bits


def _check_arrays(inputs, kernel, bias, groups):
    """Return the arrays in the dtype to sum in, a bias of zeros for None, and the output dtype."""
    inputs = check_inputs(inputs)
    kernel = _check_numbers("kernel", kernel)
    if kernel.ndim != 4 or 0 in kernel.shape:
        raise ValueError(
            "kernel must have shape (kernel_height, kernel_width, channels // groups, filters), "
            f"each at least 1. Received: kernel.shape={kernel.shape}"
        )
    channels, filters = inputs.shape[3], kernel.shape[3]
    groups = check_groups(groups, channels, filters)
    if kernel.shape[2] != channels // groups:
        raise ValueError(
            f"kernel must have channels // groups = {channels // groups} planes, its axis 2. "
            f"Received: kernel.shape={kernel.shape}, inputs.shape={inputs.shape}, groups={groups}"
        )
    if bias is None:
        bias = np.zeros(filters, bool)  # bool, because it leaves the others' dtype as it is
    bias = _check_bias(bias, filters)

    dtype = _output_dtype(inputs, kernel, bias)
    sum_dtype = np.float32 if dtype == np.float16 else dtype
    return inputs.astype(sum_dtype), kernel.astype(sum_dtype), bias.astype(sum_dtype), groups, dtype
