"""Counts of pooling. It has no weights, and it adds or compares: 0 MACs."""

from utils.counting.convolution import conv_output_size
from utils.counting.count import Count, image_shape
from utils.reference import fitting_pool, named_padding, positive_integer, positive_pair


def pooling2d(
    input_shape: tuple[int, int, int],
    pool_size: int | tuple[int, int] = 2,
    strides: int | tuple[int, int] | None = None,
    padding: str = "valid",
    bytes_per_value: int = 4,
) -> Count:
    """Count a max pooling or an average pooling.

    Args:
        input_shape: (height, width, channels) of one input.
        pool_size: Height and width of the window, or one integer for both.
        strides: Vertical and horizontal step, in pixels, one integer for both, or None for
            `pool_size`.
        padding: "valid" or "same".
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (output_height, output_width, channels). MACs are 0: a
        maximum compares, a mean adds and divides once.

    Raises:
        ValueError: If an argument has the wrong type or range, or a "valid" window is larger than
            the input.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
        arXiv:1603.07285, chapter 3; section 3.2.
    """
    height, width, channels = image_shape(input_shape)
    pool_height, pool_width = positive_pair("pool_size", pool_size)
    stride_y, stride_x = positive_pair("strides", pool_size if strides is None else strides)
    padding = named_padding(padding)
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)
    if padding == "valid":
        fitting_pool((pool_height, pool_width), (height, width))

    output_height = conv_output_size(height, pool_height, stride_y, padding)
    output_width = conv_output_size(width, pool_width, stride_x, padding)
    return Count(
        output_shape=(output_height, output_width, channels),
        weights=0,
        macs=0,
        activation_bytes=output_height * output_width * channels * bytes_per_value,
    )


def global_average_pooling2d(
    input_shape: tuple[int, int, int], keepdims: bool = False, bytes_per_value: int = 4
) -> Count:
    """Count a global average pooling: one number a plane, its mean.

    Args:
        input_shape: (height, width, channels) of one input.
        keepdims: Whether height and width stay, as axes of size 1.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (channels,) or (1, 1, channels). MACs are 0: a mean adds
        and divides once.

    Raises:
        ValueError: If an argument has the wrong type or range.

    Source:
        Lin, Chen and Yan, Network In Network (2013), arXiv:1312.4400; section 3.3.
    """
    channels = image_shape(input_shape)[2]
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)
    return Count(
        output_shape=(1, 1, channels) if keepdims else (channels,),
        weights=0,
        macs=0,
        activation_bytes=channels * bytes_per_value,
    )
