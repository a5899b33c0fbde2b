"""Each idea of the book in NumPy, one idea a file, held equal to Keras and PyTorch by tests.

This file holds the checks of arguments that the references share with `utils.counting`, so that
the same mistake gets the same message everywhere. It needs nothing but Python.
"""

from operator import index


def _is_integer(value, at_least: int) -> bool:
    try:
        return not isinstance(value, bool) and index(value) >= at_least
    except TypeError:
        return False


def _is_pair(value, at_least: int) -> bool:
    return (
        isinstance(value, tuple | list)
        and len(value) == 2
        and all(_is_integer(number, at_least) for number in value)
    )


def positive_integer(name: str, value: int) -> int:
    """Check an argument that counts something.

    Args:
        name: Name of the argument, for the message.
        value: What the caller passed.

    Returns:
        `value` as a Python int.

    Raises:
        ValueError: If `value` is not an integer of at least 1.
    """
    if not _is_integer(value, at_least=1):
        raise ValueError(f"{name} must be a positive integer. Received: {name}={value!r}")
    return index(value)


def positive_pair(name: str, value: int | tuple[int, int]) -> tuple[int, int]:
    """Check an argument that has a number for each of the two axes of an image.

    Args:
        name: Name of the argument, for the message.
        value: A pair (vertical, horizontal), or one integer that serves for both.

    Returns:
        The pair, as Python ints.

    Raises:
        ValueError: If `value` is neither a positive integer nor a pair of them.
    """
    if _is_integer(value, at_least=1):
        value = (value, value)
    if not _is_pair(value, at_least=1):
        raise ValueError(
            f"{name} must be a positive integer or a pair of them. Received: {name}={value!r}"
        )
    return index(value[0]), index(value[1])


def axis_padding(padding: str | tuple[int, int]) -> str | tuple[int, int]:
    """Check the padding of one axis.

    Args:
        padding: "valid", "same" or (before, after), in zeros.

    Returns:
        "same", or the pair (before, after) as Python ints: "valid" is (0, 0).

    Raises:
        ValueError: If `padding` is anything else.
    """
    if isinstance(padding, str) and padding in ("valid", "same"):
        return (0, 0) if padding == "valid" else "same"
    if not _is_pair(padding, at_least=0):
        raise ValueError(
            'padding must be "valid", "same" or (before, after), integers not below 0. '
            f"Received: padding={padding!r}"
        )
    return index(padding[0]), index(padding[1])


def image_padding(padding: str | tuple) -> tuple[str | tuple[int, int], str | tuple[int, int]]:
    """Check the padding of both axes of an image.

    Args:
        padding: "valid", "same" or ((top, bottom), (left, right)), in zeros.

    Returns:
        The padding of the height and that of the width, each as from `axis_padding`.

    Raises:
        ValueError: If `padding` is anything else.
    """
    if isinstance(padding, str) and padding in ("valid", "same"):
        return axis_padding(padding), axis_padding(padding)
    if (
        not isinstance(padding, tuple | list)
        or len(padding) != 2
        or not all(_is_pair(axis, at_least=0) for axis in padding)
    ):
        raise ValueError(
            'padding must be "valid", "same" or ((top, bottom), (left, right)), integers not '
            f"below 0. Received: padding={padding!r}"
        )
    return axis_padding(padding[0]), axis_padding(padding[1])


def named_padding(padding: str) -> str:
    """Check the padding of an operation that knows no explicit one, such as pooling.

    Args:
        padding: "valid" or "same".

    Returns:
        `padding`.

    Raises:
        ValueError: If `padding` is anything else.
    """
    if not isinstance(padding, str) or padding not in ("valid", "same"):
        raise ValueError(f'padding must be "valid" or "same". Received: padding={padding!r}')
    return padding


def fitting_pool(pool_size: tuple[int, int], image_size: tuple[int, int]) -> None:
    """Check that a window without padding is no larger than the image.

    Args:
        pool_size: Height and width of the window, in pixels.
        image_size: Height and width of the image, in pixels.

    Raises:
        ValueError: If the window is larger than the image, along either axis.
    """
    if pool_size[0] > image_size[0] or pool_size[1] > image_size[1]:
        raise ValueError(
            'pool_size must be no larger than the image if padding is "valid". '
            f"Received: pool_size={pool_size}, an image of {image_size}"
        )


def fitting_span(kernel_size: int, dilation_rate: int, padded_size: int) -> int:
    """Length of the stretch of input from a kernel's first weight to its last, along one axis.

    Args:
        kernel_size: Number of weights along the axis.
        dilation_rate: Distance between neighboring weights, in pixels.
        padded_size: Input length with its padding, in pixels.

    Returns:
        The span, in pixels.

    Raises:
        ValueError: If the span is longer than the padded input.
    """
    span = dilation_rate * (kernel_size - 1) + 1
    if span > padded_size:
        raise ValueError(
            "kernel must span no more than the padded input. Received: "
            f"kernel_size={kernel_size}, dilation_rate={dilation_rate}, which span {span}, "
            f"and a padded input of {padded_size}"
        )
    return span


def check_groups(groups: int, channels: int, filters: int) -> int:
    """Check that channels and filters can be dealt out to groups evenly.

    Args:
        groups: Number of groups.
        channels: Number of input channels.
        filters: Number of filters, which are output channels.

    Returns:
        `groups` as a Python int.

    Raises:
        ValueError: If `groups` is not a positive integer or does not divide both numbers.
    """
    groups = positive_integer("groups", groups)
    if channels % groups or filters % groups:
        raise ValueError(
            "groups must divide both channels and filters. "
            f"Received: groups={groups}, channels={channels}, filters={filters}"
        )
    return groups
