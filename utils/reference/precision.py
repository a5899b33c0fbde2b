"""Number formats bit by bit, the loss scale of mixed precision, and quantization to integers."""

from dataclasses import dataclass

import numpy as np

from utils.reference import positive_integer


@dataclass(frozen=True)
class FloatFormat:
    """A binary floating-point format: one sign bit, then the exponent, then the fraction.

    Attributes:
        name: Its name.
        exponent_bits: Bits of the exponent.
        fraction_bits: Bits of the fraction, the leading 1 not among them.

    Source:
        IEEE Standard for Floating-Point Arithmetic, IEEE 754-2019; section 7.4.
    """

    name: str
    exponent_bits: int
    fraction_bits: int

    @property
    def bits(self) -> int:
        """Bits of a number."""
        return 1 + self.exponent_bits + self.fraction_bits

    @property
    def bias(self) -> int:
        """What is subtracted from the stored exponent."""
        return 2 ** (self.exponent_bits - 1) - 1

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return (2 - 2.0**-self.fraction_bits) * 2.0**self.bias

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number with all bits of precision."""
        return 2.0 ** (1 - self.bias)

    @property
    def smallest(self) -> float:
        """The smallest positive number, which is subnormal."""
        return self.smallest_normal * 2.0**-self.fraction_bits


FLOAT32 = FloatFormat("float32", exponent_bits=8, fraction_bits=23)
FLOAT16 = FloatFormat("float16", exponent_bits=5, fraction_bits=10)
BFLOAT16 = FloatFormat("bfloat16", exponent_bits=8, fraction_bits=7)


def decode(patterns: np.ndarray, form: FloatFormat) -> np.ndarray:
    """The numbers that bit patterns mean.

    Args:
        patterns: Bit patterns as non-negative integers, any shape; the sign is the highest of
            the format's bits.
        form: The format.

    Returns:
        The numbers, float64, the same shape; infinities and NaN among them.

    Raises:
        ValueError: If a pattern is no integer or has more bits than the format.

    Source:
        IEEE 754-2019, section 3.4; section 7.4.
    """
    patterns = np.asarray(patterns)
    if not np.issubdtype(patterns.dtype, np.integer):
        raise ValueError(f"patterns must be integers. Received: dtype={patterns.dtype}")
    patterns = patterns.astype(np.int64)
    if patterns.size and not 0 <= patterns.min() <= patterns.max() < 2**form.bits:
        raise ValueError(
            f"patterns must lie from 0 to {2**form.bits - 1}. "
            f"Received: values from {patterns.min()} to {patterns.max()}"
        )
    fraction = patterns % 2**form.fraction_bits
    stored = (patterns >> form.fraction_bits) % 2**form.exponent_bits
    negative = patterns >> (form.bits - 1) == 1

    exponent = np.maximum(stored, 1) - form.bias
    significand = (stored > 0) + fraction / 2.0**form.fraction_bits
    magnitude = np.ldexp(significand, exponent)
    special = np.where(fraction == 0, np.inf, np.nan)
    magnitude = np.where(stored == 2**form.exponent_bits - 1, special, magnitude)
    return np.where(negative, -magnitude, magnitude)


def encode(numbers: np.ndarray, form: FloatFormat) -> np.ndarray:
    """The bit patterns of the nearest numbers that a format has; of two equally near, the even one.

    Args:
        numbers: Real numbers, any shape; converted to float64.
        form: The format, which has at most as many bits as float64 in each part.

    Returns:
        Bit patterns, int64, the same shape. Numbers that round beyond the largest become infinite.

    Source:
        IEEE 754-2019, section 4.3.1; section 7.4.
    """
    numbers = np.asarray(numbers, dtype=np.float64)
    magnitude = np.fmin(np.abs(numbers), 2.0 ** (form.bias + 1))  # the pattern of infinity
    steps = np.rint(magnitude / _step(magnitude, form)).astype(np.int64)
    patterns = ((_exponent(magnitude, form) + form.bias - 1) << form.fraction_bits) + steps
    patterns += np.isnan(numbers) * 2 ** (form.fraction_bits - 1)
    return patterns + (np.signbit(numbers).astype(np.int64) << (form.bits - 1))


def round_to(numbers: np.ndarray, form: FloatFormat) -> np.ndarray:
    """Round to the nearest number of a format; of two equally near, to the even one.

    Args:
        numbers: Real numbers, any shape.
        form: The format.

    Returns:
        The rounded numbers as float64, the same shape.

    Source:
        Section 7.4.
    """
    return decode(encode(numbers, form), form)


def spacing(numbers: np.ndarray, form: FloatFormat) -> np.ndarray:
    """Distance from a number's magnitude to the next larger number of a format.

    Args:
        numbers: Real numbers, any shape.
        form: The format.

    Returns:
        Distances, float64, the same shape; NaN where the magnitude is beyond the format's powers
        of two.

    Source:
        Section 7.4.
    """
    magnitude = np.abs(np.asarray(numbers, dtype=np.float64))
    held = magnitude < 2.0 ** (form.bias + 1)
    return np.where(held, _step(np.where(held, magnitude, 0), form), np.nan)


def next_loss_scale(
    scale: float, good_steps: int, finite: bool, growth_steps: int = 2000
) -> tuple[float, int]:
    """One update of a dynamic loss scale.

    Args:
        scale: The factor of the loss in this step.
        good_steps: Steps with finite gradients since the scale last changed.
        finite: Whether this step's gradients are finite; if not, the weights must not be changed.
        growth_steps: After so many good steps the scale is doubled.

    Returns:
        Scale and good steps for the next step.

    Raises:
        ValueError: If `growth_steps` is not a positive integer.

    Source:
        Micikevicius et al., Mixed precision training (2018), arXiv:1710.03740; the defaults are
        those of `keras.optimizers.LossScaleOptimizer`; section 7.4.
    """
    growth_steps = positive_integer("growth_steps", growth_steps)
    if not finite:
        return scale / 2, 0
    if good_steps + 1 == growth_steps:
        return scale * 2, 0
    return scale, good_steps + 1


def quantize_symmetric(
    numbers: np.ndarray, bits: int = 8, channel_axis: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Round to whole multiples of a step; 0 stays 0 and the largest magnitude is at the end.

    Args:
        numbers: Real numbers, any shape.
        bits: Bits of an integer, from 2 to 8.
        channel_axis: The axis each of whose places gets a step of its own; None for one step.

    Returns:
        Integers from -(2^(bits-1) - 1) to 2^(bits-1) - 1, int8, shape of `numbers`, and the steps,
        which broadcast against them. `step * integer` differs from the number by at most half a
        step. Where all numbers are 0 the step is 1.

    Raises:
        ValueError: If `bits` is not from 2 to 8, a number is not finite or there is none.

    Source:
        Krishnamoorthi, Quantizing deep convolutional networks for efficient inference (2018),
        arXiv:1806.08342; section 7.4.
    """
    numbers, axes = _checked(numbers, bits, channel_axis)
    levels = 2 ** (bits - 1) - 1
    step = _nonzero(np.abs(numbers).max(axis=axes, keepdims=True) / levels)
    return np.clip(np.rint(numbers / step), -levels, levels).astype(np.int8), step


def quantize_affine(
    numbers: np.ndarray, bits: int = 8, channel_axis: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Round to whole multiples of a step, counted from an integer that means 0.

    Args:
        numbers: Real numbers, any shape.
        bits: Bits of an integer, from 2 to 8.
        channel_axis: As in `quantize_symmetric`.

    Returns:
        Integers from -2^(bits-1) to 2^(bits-1) - 1, int8, shape of `numbers`; the steps; and the
        zero points, integers. `step * (integer - zero_point)` differs from the number by at most
        half a step, and 0 is met exactly.

    Raises:
        ValueError: As `quantize_symmetric`.

    Source:
        Jacob et al., Quantization and training of neural networks for efficient
        integer-arithmetic-only inference (2018), arXiv:1712.05877; section 7.4.
    """
    numbers, axes = _checked(numbers, bits, channel_axis)
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    low = np.minimum(numbers.min(axis=axes, keepdims=True), 0)
    high = np.maximum(numbers.max(axis=axes, keepdims=True), 0)
    step = _nonzero((high - low) / (highest - lowest))
    zero_point = lowest - np.rint(low / step)
    integers = np.clip(np.rint(numbers / step) + zero_point, lowest, highest)
    return integers.astype(np.int8), step, zero_point.astype(np.int64)


def dequantize(
    integers: np.ndarray, step: np.ndarray, zero_point: np.ndarray | int = 0
) -> np.ndarray:
    """The numbers that quantized integers stand for.

    Args:
        integers: Integers, any shape.
        step: Steps that broadcast against them.
        zero_point: The integers that mean 0; 0 after `quantize_symmetric`.

    Returns:
        `step * (integers - zero_point)`, in the dtype of `step`.

    Source:
        Section 7.4.
    """
    step = np.asarray(step)
    return (step * (np.asarray(integers, dtype=np.int64) - zero_point)).astype(step.dtype)


def pack_int4(integers: np.ndarray) -> np.ndarray:
    """Put two integers of 4 bits into each byte, the first into the lower half.

    Args:
        integers: Integers from -8 to 7, shape (..., n).

    Returns:
        Bytes, int8, shape (..., ceil(n / 2)). With an odd n the last upper half is 0.

    Raises:
        ValueError: If an integer is out of range.

    Source:
        Section 7.4.
    """
    integers = np.asarray(integers)
    if integers.size and not -8 <= integers.min() <= integers.max() <= 7:
        raise ValueError(
            "integers must lie from -8 to 7. "
            f"Received: values from {integers.min()} to {integers.max()}"
        )
    padding = [(0, 0)] * (integers.ndim - 1) + [(0, integers.shape[-1] % 2)]
    halves = np.pad(integers, padding).astype(np.uint8) & 0b1111
    return (halves[..., 0::2] | halves[..., 1::2] << 4).astype(np.uint8).view(np.int8)


def unpack_int4(packed: np.ndarray, length: int) -> np.ndarray:
    """The integers that `pack_int4` put into bytes.

    Args:
        packed: Bytes, int8, shape (..., ceil(length / 2)).
        length: Length of the last axis before packing.

    Returns:
        Integers from -8 to 7, int8, shape (..., length).

    Source:
        Section 7.4.
    """
    packed = np.asarray(packed, dtype=np.int8)
    halves = np.stack([packed << 4 >> 4, packed >> 4], axis=-1)  # >> keeps the sign
    return halves.reshape(*packed.shape[:-1], -1)[..., :length]


def _exponent(magnitude, form):
    """Exponents, no smaller than that of the smallest normal number."""
    _, exponent = np.frexp(magnitude)  # magnitude = m · 2^exponent with 0.5 <= m < 1
    return np.maximum(np.where(magnitude > 0, exponent - 1, -form.bias), 1 - form.bias)


def _step(magnitude, form):
    return np.ldexp(1.0, _exponent(magnitude, form) - form.fraction_bits)


def _checked(numbers, bits, channel_axis):
    numbers = np.asarray(numbers)
    if not np.issubdtype(numbers.dtype, np.floating):
        numbers = numbers.astype(np.float64)
    if type(bits) is not int or not 2 <= bits <= 8:
        raise ValueError(f"bits must be an integer from 2 to 8. Received: bits={bits!r}")
    if numbers.size == 0 or not np.isfinite(numbers).all():
        raise ValueError(
            f"numbers must be finite and at least one. Received: shape={numbers.shape}, "
            f"{np.isfinite(numbers).sum()} of them finite"
        )
    if channel_axis is None:
        return numbers, tuple(range(numbers.ndim))
    if not -numbers.ndim <= channel_axis < numbers.ndim:
        raise ValueError(
            f"channel_axis must be an axis of shape {numbers.shape}. "
            f"Received: channel_axis={channel_axis}"
        )
    return numbers, tuple(a for a in range(numbers.ndim) if a != channel_axis % numbers.ndim)


def _nonzero(step):
    return np.where(step > 0, step, np.ones_like(step))
