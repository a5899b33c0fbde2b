"""Number formats and quantization equal NumPy, ml_dtypes, PyTorch and Keras."""

import keras
import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from utils import experiments
from utils.reference import precision
from utils.reference.precision import BFLOAT16, FLOAT16, FLOAT32

thorough = settings(max_examples=100, deadline=None, derandomize=True)
OTHERS = {  # format: NumPy's type, the integers of its bits, PyTorch's type
    FLOAT32: (np.float32, np.uint32, torch.float32),
    FLOAT16: (np.float16, np.uint16, torch.float16),
    BFLOAT16: (ml_dtypes.bfloat16, np.uint16, torch.bfloat16),
}
singles = arrays.arrays(np.float32, 20, elements=st.floats(width=32))
kernels = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=2, max_dims=4, max_side=5),
    elements=st.floats(-100, 100, width=32),
)


@pytest.mark.parametrize("form", [FLOAT16, BFLOAT16], ids=lambda form: form.name)
def test_every_pattern_of_16_bits_is_decoded_and_encoded(form):
    kind, integers, in_torch = OTHERS[form]
    patterns = np.arange(2**16)
    with np.errstate(invalid="ignore"):  # NaN
        expected = patterns.astype(integers).view(kind).astype(np.float64)
    found = precision.decode(patterns, form)
    np.testing.assert_array_equal(found, expected)
    tensor = torch.from_numpy(patterns.astype(np.int16)).view(in_torch).double().numpy()
    np.testing.assert_array_equal(found, tensor)
    real = ~np.isnan(expected)
    np.testing.assert_array_equal(precision.encode(expected[real], form), patterns[real])
    assert np.isnan(precision.decode(precision.encode(np.nan, form), form))


@given(singles)
@thorough
def test_rounding_is_that_of_numpy_ml_dtypes_and_torch(numbers):
    for form, (kind, integers, in_torch) in OTHERS.items():
        with np.errstate(over="ignore"):
            expected = numbers.astype(kind)
        found = precision.round_to(numbers, form)
        np.testing.assert_array_equal(found, expected.astype(np.float64))
        tensor = torch.from_numpy(numbers).to(in_torch).double().numpy()
        np.testing.assert_array_equal(found, tensor)
        real = ~np.isnan(numbers)
        patterns = expected.view(integers)[real]
        np.testing.assert_array_equal(precision.encode(numbers, form)[real], patterns)


@given(st.integers(0, 2**32 - 1), st.sampled_from([FLOAT16, BFLOAT16]))
@thorough
def test_rounding_near_ties_goes_to_even(seed, form):
    kind, integers, _ = OTHERS[form]
    lower = np.random.default_rng(seed).integers(0, 2**15 - 2**form.fraction_bits, 50)
    ends = precision.decode(np.stack([lower, lower + 1]), form)
    middles = ends.mean(axis=0)[np.isfinite(ends[1])]
    for numbers in (middles, np.nextafter(middles, 0), np.nextafter(middles, np.inf)):
        if kind is np.float16:  # ml_dtypes rounds float64 twice, by way of float32
            with np.errstate(over="ignore"):
                expected = numbers.astype(kind).view(integers)
            np.testing.assert_array_equal(precision.encode(numbers, form), expected)
        np.testing.assert_array_equal(precision.encode(-numbers, form) % 2**15,
                                      precision.encode(numbers, form))  # fmt: skip
    assert (precision.encode(middles, form) % 2 == 0).all()


@given(singles)
@thorough
def test_spacing_is_numpys(numbers):
    numbers = np.abs(numbers[np.isfinite(numbers)])
    single = numbers[numbers < FLOAT32.largest]
    np.testing.assert_array_equal(precision.spacing(single, FLOAT32), np.spacing(single))
    half = numbers[numbers < FLOAT16.largest].astype(np.float16)
    half = half[half < FLOAT16.largest]
    np.testing.assert_array_equal(precision.spacing(half, FLOAT16), np.spacing(half))


@pytest.mark.parametrize("form", OTHERS, ids=lambda form: form.name)
def test_limits_are_those_of_the_libraries(form):
    kind, _, in_torch = OTHERS[form]
    limits, tensor = ml_dtypes.finfo(kind), torch.finfo(in_torch)
    assert form.bits == limits.bits
    assert form.largest == float(limits.max) == tensor.max
    assert form.smallest_normal == float(limits.smallest_normal) == tensor.smallest_normal
    assert form.smallest == float(limits.smallest_subnormal)
    assert precision.spacing(1.0, form) == float(limits.eps) == tensor.eps


@given(kernels, st.sampled_from([2, 4, 8]), st.booleans(), st.booleans())
@thorough
def test_error_is_at_most_half_a_step(numbers, bits, by_channel, affine):
    axis = -1 if by_channel else None
    if affine:
        integers, step, zero = precision.quantize_affine(numbers, bits, axis)
        lowest = -(2 ** (bits - 1))
    else:
        (integers, step), zero = precision.quantize_symmetric(numbers, bits, axis), 0
        lowest = 1 - 2 ** (bits - 1)
    assert integers.dtype == np.int8
    assert lowest <= integers.min() <= integers.max() < 2 ** (bits - 1)
    assert step.size == (numbers.shape[-1] if by_channel else 1)
    error = np.abs(precision.dequantize(integers, step, zero) - numbers)
    assert (error <= step / 2 * (1 + 1e-4) + 1e-30).all()
    assert (precision.dequantize(integers, step, zero)[numbers == 0] == 0).all()


@given(kernels, st.sampled_from([8, 4]))
@thorough
def test_symmetric_is_keras_apart_from_its_epsilon(numbers, bits):
    axes = tuple(range(numbers.ndim - 1))
    value_range = {8: (-127, 127), 4: (-8, 7)}[bits]
    found, step = precision.quantize_symmetric(numbers, bits, channel_axis=-1)
    quantizer = keras.quantizers.AbsMaxQuantizer(axis=axes, value_range=value_range)
    expected, scale = quantizer(numbers)
    largest = np.abs(numbers).max(axis=axes)
    np.testing.assert_allclose(scale.numpy().ravel(), value_range[1] / (largest + 1e-7), rtol=1e-5)
    places = numbers * np.ones_like(step) / step
    near_a_tie = np.abs(places - np.floor(places) - 0.5) < 1e-2
    clear = ~near_a_tie & (largest > 1e-3)
    np.testing.assert_array_equal(found[clear], expected.numpy()[clear])


@given(kernels)
@thorough
def test_quantization_is_torchs(numbers):
    tensor = torch.from_numpy(numbers)
    integers, step, zero = precision.quantize_affine(numbers)
    in_torch = torch.fake_quantize_per_tensor_affine(
        tensor, float(step.item()), int(zero.item()), -128, 127
    )
    by_channel, steps = precision.quantize_symmetric(numbers, channel_axis=-1)
    steps_1d = torch.from_numpy(steps.ravel())
    channels = torch.fake_quantize_per_channel_affine(
        tensor, steps_1d, torch.zeros_like(steps_1d, dtype=torch.int32), numbers.ndim - 1, -127, 127
    )
    for found, expected, one in [
        (precision.dequantize(integers, step, zero), in_torch.numpy(), step),
        (precision.dequantize(by_channel, steps), channels.numpy(), steps),
    ]:
        places = numbers / one
        clear = np.abs(places - np.floor(places) - 0.5) > 1e-3  # PyTorch multiplies by 1 / step
        np.testing.assert_allclose(found[clear], expected[clear], rtol=1e-5, atol=1e-30)


@given(arrays.arrays(np.int8, (3, 5), elements=st.integers(-8, 7)), st.integers(1, 5))
@thorough
def test_packing_is_keras(integers, length):
    integers = integers[:, :length]
    packed = precision.pack_int4(integers)
    expected, _, _ = keras.quantizers.pack_int4(integers, axis=-1)
    np.testing.assert_array_equal(packed, expected.numpy())
    assert packed.shape == (3, (length + 1) // 2)
    np.testing.assert_array_equal(precision.unpack_int4(packed, length), integers)


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(1, 4))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_loss_scale_is_keras(steps, growth_steps):
    optimizer = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(1.0), initial_scale=8.0, dynamic_growth_steps=growth_steps
    )
    weight = keras.Variable(0.0)
    optimizer.build([weight])
    scale, good, moved = 8.0, 0, 0
    for finite in steps:
        gradient = scale if finite else np.inf
        optimizer.apply([keras.ops.convert_to_tensor(gradient)])
        scale, good = precision.next_loss_scale(scale, good, finite, growth_steps)
        moved -= finite
        assert float(optimizer.dynamic_scale) == scale
        assert int(optimizer.step_counter) == good
        assert float(weight) == moved


def test_by_hand():
    assert precision.decode(0b0_01111_0000000000, FLOAT16) == 1
    assert precision.decode(0b1_10000_1000000000, FLOAT16) == -3
    assert precision.decode(0b0_00000_0000000001, FLOAT16) == 2.0**-24
    assert precision.encode(0.1, BFLOAT16) == 0b0_01111011_1001101
    assert precision.encode([65519.9, 65520.0], FLOAT16).tolist() == [0x7BFF, 0x7C00]
    assert precision.encode([2049, 2051], FLOAT16).tolist() == [0x6800, 0x6802]
    integers, step = precision.quantize_symmetric(np.array([-1.27, 0.005, 0.6]))
    assert integers.tolist() == [-127, 0, 60] and step.item() == pytest.approx(0.01)
    integers, step, zero = precision.quantize_affine(np.array([0.0, 2.55]))
    assert integers.tolist() == [-128, 127] and zero.item() == -128


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: precision.decode(0.5, FLOAT16), r"patterns must be integers\. .*float64"),
        (lambda: precision.decode(2**16, FLOAT16), r"from 0 to 65535\. .* to 65536"),
        (lambda: precision.quantize_symmetric([1.0], 1), r"bits must be .* 2 to 8\. .*bits=1"),
        (lambda: precision.quantize_affine([np.inf]), r"must be finite .* 0 of them"),
        (lambda: precision.quantize_affine([]), r"at least one\. .*shape=\(0,\)"),
        (lambda: precision.quantize_affine([1.0], 8, 1), r"an axis of .* channel_axis=1"),
        (lambda: precision.pack_int4([8]), r"from -8 to 7\. .* to 8"),
        (lambda: precision.next_loss_scale(1, 0, True, 0), r"growth_steps must be .*=0"),
    ],
)
def test_invalid_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_study_scales_the_loss_only_where_it_says():
    study = experiments.open_study("precision")
    found = {form: study.build(form, 1.0) for form in study.FORMATS}
    scaled = {f for f, m in found.items() if hasattr(m.optimizer, "dynamic_growth_steps")}
    assert scaled == {"mixed_float16"}
    weights = {form: model.layers[0].kernel.dtype for form, model in found.items()}
    assert {form for form, dtype in weights.items() if dtype != "float32"} == {
        "float16",
        "bfloat16",
    }
    computed = [model.layers[0].compute_dtype for model in found.values()]
    assert computed == ["float32", "bfloat16", "float16", "float16", "bfloat16", "float16"]
    assert keras.config.dtype_policy().name == "float32"
    with pytest.raises(ValueError, match=r"format must be one of .*'int8'"):
        study.build("int8", 1.0)
