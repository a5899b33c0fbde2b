"""What a layer holds and does, in closed form: weights, multiplications, memory, sizes.

Each layer has a function named after it. It takes the shape of one input without its batch axis
and the arguments of the Keras layer, and returns a `Count`.
"""

from dataclasses import dataclass

from utils.reference import (
    axis_padding,
    check_groups,
    fitting_span,
    image_padding,
    positive_integer,
    positive_pair,
)


@dataclass(frozen=True)
class Count:
    """What one layer costs for one input.

    Attributes:
        output_shape: Shape of the output, without its batch axis.
        weights: Numbers that the layer holds, biases included: what `count_params()` returns.
        macs: Multiply-accumulates, each a multiplication and an addition: 1 MAC = 2 FLOPs.
            Multiplications by the zeros of a padding are counted; adding a bias is not.
        activation_bytes: Memory of the output, in bytes.
    """

    output_shape: tuple[int, ...]
    weights: int
    macs: int
    activation_bytes: int


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
    height, width, channels = _image_shape(input_shape)
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


def _image_shape(input_shape):
    try:
        height, width, channels = input_shape
        return (
            positive_integer("height", height),
            positive_integer("width", width),
            positive_integer("channels", channels),
        )
    except (TypeError, ValueError):
        raise ValueError(
            "input_shape must be three positive integers (height, width, channels). "
            f"Received: input_shape={input_shape!r}"
        ) from None
