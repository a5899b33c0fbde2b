"""How much of the input an output pixel sees."""

from collections.abc import Sequence
from dataclasses import dataclass

from utils.counting.convolution import conv_output_size
from utils.reference import axis_padding, positive_integer


@dataclass(frozen=True)
class ReceptiveField:
    """The stretch of input that one output pixel depends on, along one axis.

    Output pixel number n sees the `size` input pixels from `start + n * jump` on. Dilation and
    strides may leave holes between the first and the last of them. A stretch that reaches beyond
    the input goes over padding; there an output pixel sees less, and sometimes not even all of the
    part inside, because zeros that pad a later layer depend on no input pixel.

    Attributes:
        size: Length of the stretch, in input pixels.
        jump: Distance between the stretches of neighboring output pixels, in input pixels.
        start: First input pixel of the stretch of output pixel 0; negative if it is padding.
    """

    size: int
    jump: int
    start: int

    @property
    def center(self) -> float:
        """Center of the stretch of output pixel 0, in input pixels; x.5 is between two pixels."""
        return self.start + (self.size - 1) / 2


def receptive_field(layers: Sequence[tuple], input_size: int | None = None) -> ReceptiveField:
    """Receptive field of a stack of convolutions or poolings, along one axis.

    Args:
        layers: For each layer, from the input on, (kernel_size, strides, dilation_rate, padding).
            What is left out at the end of a tuple is 1, 1 and "valid"; padding is as for
            `conv_output_size`.
        input_size: Input length, in pixels. Only "same" needs it, because the zeros that it adds
            depend on it.

    Returns:
        The receptive field of the last layer's output pixels in the first layer's input.

    Raises:
        ValueError: If an argument has the wrong type or range, or a kernel does not fit its input.

    Source:
        Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks (2019),
        DOI 10.23915/distill.00021; section 3.2.
    """
    size, jump, start = 1, 1, 0  # without layers, an output pixel is an input pixel
    length = None if input_size is None else positive_integer("input_size", input_size)
    for layer in layers:
        kernel_size, strides, dilation_rate, padding = _layer(layer)
        span = dilation_rate * (kernel_size - 1) + 1
        if padding == "same":
            if length is None:
                raise ValueError(
                    'input_size must be known if a padding is "same". '
                    f"Received: input_size={input_size}"
                )
            output_length = conv_output_size(length, kernel_size, strides, padding, dilation_rate)
            zeros_before = max(0, strides * (output_length - 1) + span - length) // 2
        else:
            zeros_before = padding[0]
        if length is not None:
            length = conv_output_size(length, kernel_size, strides, padding, dilation_rate)
        size += (span - 1) * jump
        start -= zeros_before * jump
        jump *= strides
    return ReceptiveField(size, jump, start)


def _layer(layer):
    if not isinstance(layer, tuple | list) or not 1 <= len(layer) <= 4:
        raise ValueError(
            "layers must hold tuples (kernel_size, strides, dilation_rate, padding). "
            f"Received: {layer!r}"
        )
    defaults = (None, 1, 1, "valid")
    kernel_size, strides, dilation_rate, padding = (*layer, *defaults[len(layer) :])
    return (
        positive_integer("kernel_size", kernel_size),
        positive_integer("strides", strides),
        positive_integer("dilation_rate", dilation_rate),
        axis_padding(padding),
    )
