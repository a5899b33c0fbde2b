"""Counts of convolutions: ordinary, depthwise, separable, transposed."""

from operator import index

from utils.counting.count import Count, image_shape
from utils.reference import (
    axis_padding,
    check_groups,
    fitting_span,
    image_padding,
    named_padding,
    positive_integer,
    positive_pair,
)


def conv_output_size(
    input_size: int,
    kernel_size: int,
    strides: int = 1,
    padding: str | tuple[int, int] = "valid",
    dilation_rate: int = 1,
) -> int:
    """Length of a convolution's output along one axis.

    Args:
        input_size: Input length, in pixels.
        kernel_size: Number of weights along the axis.
        strides: Step from one position of the kernel to the next, in pixels.
        padding: "valid" (no zeros), "same" (as in Keras) or (before, after), in zeros.
        dilation_rate: Distance between neighboring weights, in pixels.

    Returns:
        Output length, in pixels.

    Raises:
        ValueError: If an argument has the wrong type or range, or the kernel does not fit the
            padded input.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285; section 3.2.
    """
    input_size = positive_integer("input_size", input_size)
    kernel_size = positive_integer("kernel_size", kernel_size)
    strides = positive_integer("strides", strides)
    dilation_rate = positive_integer("dilation_rate", dilation_rate)
    padding = axis_padding(padding)

    if padding == "same":
        return -(-input_size // strides)  # rounds up
    padded_size = input_size + sum(padding)
    span = fitting_span(kernel_size, dilation_rate, padded_size)
    return (padded_size - span) // strides + 1


def conv2d(
    input_shape: tuple[int, int, int],
    filters: int,
    kernel_size: int | tuple[int, int],
    strides: int | tuple[int, int] = 1,
    padding: str | tuple = "valid",
    dilation_rate: int | tuple[int, int] = 1,
    groups: int = 1,
    use_bias: bool = True,
    bytes_per_value: int = 4,
) -> Count:
    """Count a two-dimensional convolution.

    Args:
        input_shape: (height, width, channels) of one input.
        filters: Number of filters, which are output channels.
        kernel_size: Height and width of the kernel, or one integer for both.
        strides: Vertical and horizontal step, in pixels, or one integer for both.
        padding: "valid" (no zeros), "same" (as in Keras) or ((top, bottom), (left, right)), in
            zeros.
        dilation_rate: Vertical and horizontal distance between neighboring weights, in pixels, or
            one integer for both. It combines with any strides, as in PyTorch; Keras wants one of
            the two to be 1.
        groups: Number of groups that channels and filters are dealt out to.
        use_bias: Whether each filter has a bias.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (output_height, output_width, filters).

    Raises:
        ValueError: If an argument has the wrong type or range, or the kernel does not fit the
            padded input.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285; section 3.3.
    """
    height, width, channels = image_shape(input_shape)
    filters = positive_integer("filters", filters)
    kernel_height, kernel_width = positive_pair("kernel_size", kernel_size)
    stride_y, stride_x = positive_pair("strides", strides)
    vertical, horizontal = image_padding(padding)
    dilation_y, dilation_x = positive_pair("dilation_rate", dilation_rate)
    groups = check_groups(groups, channels, filters)
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)

    output_height = conv_output_size(height, kernel_height, stride_y, vertical, dilation_y)
    output_width = conv_output_size(width, kernel_width, stride_x, horizontal, dilation_x)
    output_values = output_height * output_width * filters
    weights_per_filter = kernel_height * kernel_width * (channels // groups)
    return Count(
        output_shape=(output_height, output_width, filters),
        weights=filters * (weights_per_filter + (1 if use_bias else 0)),
        macs=output_values * weights_per_filter,
        activation_bytes=output_values * bytes_per_value,
    )


def depthwise_conv2d(
    input_shape: tuple[int, int, int],
    kernel_size: int | tuple[int, int],
    strides: int | tuple[int, int] = 1,
    padding: str | tuple = "valid",
    depth_multiplier: int = 1,
    dilation_rate: int | tuple[int, int] = 1,
    use_bias: bool = True,
    bytes_per_value: int = 4,
) -> Count:
    """Count a depthwise convolution: each plane has its own filters, which see nothing else.

    Args:
        input_shape: (height, width, channels) of one input.
        kernel_size: Height and width of the kernel, or one integer for both.
        strides: Vertical and horizontal step, in pixels, or one integer for both. Any pair counts;
            TensorFlow computes only equal ones.
        padding: "valid", "same" or ((top, bottom), (left, right)), in zeros.
        depth_multiplier: Number of filters of each plane.
        dilation_rate: Vertical and horizontal distance between neighboring weights, in pixels, or
            one integer for both.
        use_bias: Whether each filter has a bias.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (output_height, output_width,
        channels * depth_multiplier).

    Raises:
        ValueError: If an argument has the wrong type or range, or the kernel does not fit the
            padded input.

    Source:
        Chollet, Xception: Deep Learning with Depthwise Separable Convolutions (2016),
        arXiv:1610.02357; section 3.4.
    """
    channels = image_shape(input_shape)[2]
    depth_multiplier = positive_integer("depth_multiplier", depth_multiplier)
    return conv2d(
        input_shape,
        channels * depth_multiplier,
        kernel_size,
        strides,
        padding,
        dilation_rate,
        groups=channels,
        use_bias=use_bias,
        bytes_per_value=bytes_per_value,
    )


def separable_conv2d(
    input_shape: tuple[int, int, int],
    filters: int,
    kernel_size: int | tuple[int, int],
    strides: int | tuple[int, int] = 1,
    padding: str | tuple = "valid",
    dilation_rate: int | tuple[int, int] = 1,
    depth_multiplier: int = 1,
    use_bias: bool = True,
    bytes_per_value: int = 4,
) -> Count:
    """Count a depthwise separable convolution: a depthwise one, then a 1x1 that mixes the planes.

    Args:
        input_shape: (height, width, channels) of one input.
        filters: Number of filters of the 1x1 convolution, which are output channels.
        kernel_size: Height and width of the depthwise kernel, or one integer for both.
        strides: Vertical and horizontal step of the depthwise kernel, in pixels, or one integer
            for both.
        padding: "valid", "same" or ((top, bottom), (left, right)), in zeros.
        dilation_rate: Vertical and horizontal distance between neighboring weights of the
            depthwise kernel, in pixels, or one integer for both.
        depth_multiplier: Number of depthwise filters of each plane.
        use_bias: Whether each of the `filters` has a bias. As in Keras, the depthwise filters have
            none.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (output_height, output_width, filters). The memory of the
        feature maps between the two convolutions is not in it.

    Raises:
        ValueError: If an argument has the wrong type or range, or the kernel does not fit the
            padded input.

    Source:
        Chollet, Xception: Deep Learning with Depthwise Separable Convolutions (2016),
        arXiv:1610.02357; section 3.4.
    """
    depthwise = depthwise_conv2d(
        input_shape, kernel_size, strides, padding, depth_multiplier, dilation_rate, use_bias=False
    )
    pointwise = conv2d(
        depthwise.output_shape,
        filters,
        kernel_size=1,
        use_bias=use_bias,
        bytes_per_value=bytes_per_value,
    )
    return Count(
        output_shape=pointwise.output_shape,
        weights=depthwise.weights + pointwise.weights,
        macs=depthwise.macs + pointwise.macs,
        activation_bytes=pointwise.activation_bytes,
    )


def conv_transpose_output_size(
    input_size: int,
    kernel_size: int,
    strides: int = 1,
    padding: str = "valid",
    dilation_rate: int = 1,
    output_padding: int | None = None,
) -> int:
    """Length of a transposed convolution's output along one axis, by the rule of Keras.

    Several input lengths of a strided convolution share one output length, so its reverse has a
    choice. Without `output_padding`, "same" gives input_size * strides.

    Args:
        input_size: Input length, in pixels.
        kernel_size: Number of weights along the axis.
        strides: Step from one position of the kernel to the next in the output, in pixels.
        padding: "valid" or "same".
        dilation_rate: Distance between neighboring weights, in pixels.
        output_padding: Pixels added at the end, from 0 to strides - 1, or None.

    Returns:
        Output length, in pixels.

    Raises:
        ValueError: If an argument has the wrong type or range, or no pixel would be left.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285, chapter 4; Keras, `compute_conv_transpose_output_shape`.
    """
    input_size = positive_integer("input_size", input_size)
    kernel_size = positive_integer("kernel_size", kernel_size)
    strides = positive_integer("strides", strides)
    padding = named_padding(padding)
    dilation_rate = positive_integer("dilation_rate", dilation_rate)
    span = dilation_rate * (kernel_size - 1) + 1

    if output_padding is None:
        gap = max(0, strides - span)  # pixels between one position of the kernel and the next
        if padding == "same":
            return input_size * strides
        return strides * (input_size - 1) + span + gap
    output_padding = _output_padding(output_padding, strides)
    end = span if padding == "valid" else span % 2
    output_size = strides * (input_size - 1) + end + output_padding
    if output_size < 1:
        raise ValueError(
            "output_padding must leave an output of at least one pixel. Received: "
            f"output_padding={output_padding}, input_size={input_size}, kernel_size={kernel_size}"
        )
    return output_size


def conv2d_transpose(
    input_shape: tuple[int, int, int],
    filters: int,
    kernel_size: int | tuple[int, int],
    strides: int | tuple[int, int] = 1,
    padding: str = "valid",
    output_padding: int | tuple[int, int] | None = None,
    dilation_rate: int | tuple[int, int] = 1,
    use_bias: bool = True,
    bytes_per_value: int = 4,
) -> Count:
    """Count a transposed convolution: each input number lays down the kernel, times itself.

    Args:
        input_shape: (height, width, channels) of one input.
        filters: Number of filters, which are output channels.
        kernel_size: Height and width of the kernel, or one integer for both.
        strides: Vertical and horizontal step in the output, in pixels, or one integer for both.
        padding: "valid" or "same".
        output_padding: Pixels added at the bottom and at the right, each below its stride, one
            integer for both, or None (see `conv_transpose_output_size`).
        dilation_rate: Vertical and horizontal distance between neighboring weights, in pixels, or
            one integer for both.
        use_bias: Whether each filter has a bias.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (output_height, output_width, filters). Products that
        "same" cuts off at the edge are counted.

    Raises:
        ValueError: If an argument has the wrong type or range.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285, chapter 4.
    """
    height, width, channels = image_shape(input_shape)
    filters = positive_integer("filters", filters)
    kernel_height, kernel_width = positive_pair("kernel_size", kernel_size)
    stride_y, stride_x = positive_pair("strides", strides)
    dilation_y, dilation_x = positive_pair("dilation_rate", dilation_rate)
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)
    if not isinstance(output_padding, tuple | list):
        output_padding = (output_padding, output_padding)
    if len(output_padding) != 2:
        raise ValueError(
            f"output_padding must be a pair, one integer or None. Received: {output_padding=}"
        )

    output_height = conv_transpose_output_size(
        height, kernel_height, stride_y, padding, dilation_y, output_padding[0]
    )
    output_width = conv_transpose_output_size(
        width, kernel_width, stride_x, padding, dilation_x, output_padding[1]
    )
    output_values = output_height * output_width * filters
    products_per_input_value = kernel_height * kernel_width * filters
    return Count(
        output_shape=(output_height, output_width, filters),
        weights=channels * products_per_input_value + (filters if use_bias else 0),
        macs=height * width * channels * products_per_input_value,
        activation_bytes=output_values * bytes_per_value,
    )


def _output_padding(output_padding, strides):
    try:
        if not isinstance(output_padding, bool) and 0 <= index(output_padding) < strides:
            return index(output_padding)
    except TypeError:
        pass
    raise ValueError(
        "output_padding must be an integer from 0 to strides - 1, or None. "
        f"Received: output_padding={output_padding!r}, strides={strides}"
    )
