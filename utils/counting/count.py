"""The count itself, and the checks of shapes that the counting functions share."""

from dataclasses import dataclass

from utils.reference import positive_integer


@dataclass(frozen=True)
class Count:
    """What one layer costs for one input.

    Attributes:
        output_shape: Shape of the output, without its batch axis.
        weights: Numbers that the layer holds, biases included: what `count_params()` returns.
        macs: Multiply-accumulates, each a multiplication and an addition: 1 MAC = 2 FLOPs.
            Counted are the products that a layer sums up: in convolutions, dense layers and
            attention, those with the zeros of a padding included. Not counted is what happens to
            each number by itself (biases, activations, normalization, scaling) and what only adds
            or compares (pooling, merging).
        activation_bytes: Memory of the output, in bytes.
    """

    output_shape: tuple[int, ...]
    weights: int
    macs: int
    activation_bytes: int


def image_shape(input_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Check the shape of one image.

    Args:
        input_shape: (height, width, channels).

    Returns:
        The three numbers, as Python ints.

    Raises:
        ValueError: If `input_shape` is not three positive integers.
    """
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


def any_shape(name: str, shape: tuple[int, ...], may_be_empty: bool = False) -> tuple[int, ...]:
    """Check a shape that may have any number of axes.

    Args:
        name: Name of the argument, for the message.
        shape: Sizes of the axes, the batch axis left out.
        may_be_empty: Whether there may be no axis, for an input that is a single number.

    Returns:
        The sizes, as Python ints.

    Raises:
        ValueError: If `shape` is not made of positive integers, or is empty and may not be.
    """
    try:
        sizes = tuple(positive_integer(name, size) for size in shape)
        if sizes or may_be_empty:
            return sizes
    except (TypeError, ValueError):
        pass
    some = "" if may_be_empty else ", at least one"
    raise ValueError(f"{name} must be positive integers{some}. Received: {name}={shape!r}")
