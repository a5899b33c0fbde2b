"""NumPy's pooling equals Keras and PyTorch, and says what is wrong with arguments."""

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_arguments import message, not_pairs, not_positive, thorough

from utils.reference.convolution import same_padding
from utils.reference.pooling import (
    average_pooling2d,
    average_pooling2d_loops,
    global_average_pooling2d,
    max_pooling2d,
    max_pooling2d_loops,
)

maxima = pytest.mark.parametrize("pool", [max_pooling2d_loops, max_pooling2d])
averages = pytest.mark.parametrize("pool", [average_pooling2d_loops, average_pooling2d])
poolings = pytest.mark.parametrize(
    "pool", [max_pooling2d_loops, max_pooling2d, average_pooling2d_loops, average_pooling2d]
)


@st.composite
def cases(draw):
    """Images and arguments of a valid pooling."""
    padding = draw(st.sampled_from(["valid", "same"]))
    pool_size = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    smallest = (1, 1) if padding == "same" else pool_size
    height, width = (draw(st.integers(least, least + 6)) for least in smallest)
    strides = draw(st.none() | st.tuples(st.integers(1, 5), st.integers(1, 5)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    shape = (draw(st.integers(1, 2)), height, width, draw(st.integers(1, 3)))
    # All below 0, so that a padding of zeros that counted would show.
    inputs = -np.random.default_rng(0).uniform(1, 2, size=shape).astype(dtype)
    return inputs, {"pool_size": pool_size, "strides": strides, "padding": padding}


def run_torch(function, inputs, arguments):
    """Pool with PyTorch, which knows no "same": the padding of Keras is put in by hand.

    Its maximum pads with -inf. Its mean leaves out its own padding with `count_include_pad=False`;
    it can pad both sides equally only, and by at most half of the window. Elsewhere the mean is
    the sum of a window, by `divisor_override=1`, over the number of its pixels.
    """
    pool_size = arguments["pool_size"]
    strides = arguments["strides"] or pool_size
    images = torch.from_numpy(inputs.transpose(0, 3, 1, 2).copy())  # (B, C, H, W)
    zeros = [(0, 0), (0, 0)]
    if arguments["padding"] == "same":
        zeros = [
            same_padding(*axis) for axis in zip(inputs.shape[1:3], pool_size, strides, strict=True)
        ]
    (top, bottom), (left, right) = zeros

    def padded(images, value):
        return torch.nn.functional.pad(images, (left, right, top, bottom), value=value)

    if function == "max":
        outputs = torch.nn.functional.max_pool2d(padded(images, -np.inf), pool_size, strides)
    elif (top, left) == (bottom, right) and 2 * top <= pool_size[0] and 2 * left <= pool_size[1]:
        outputs = torch.nn.functional.avg_pool2d(
            images, pool_size, strides, padding=(top, left), count_include_pad=False
        )
    else:
        sums, pixels = (
            torch.nn.functional.avg_pool2d(
                padded(values, 0.0), pool_size, strides, divisor_override=1
            )
            for values in (images, torch.ones_like(images))
        )
        outputs = sums / pixels
    return outputs.numpy().transpose(0, 2, 3, 1)  # (B, OH, OW, C)


def assert_same_means(actual, expected, arguments):
    """Assert that two results differ by no more than rounding can explain.

    Each is a sum of n numbers, rounded n times at most, its division included, by half of eps
    relative to the sum of magnitudes. All inputs have the same sign, so that sum is the result.
    """
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype
    terms = np.prod(arguments["pool_size"])
    bound = terms * np.finfo(actual.dtype).eps * np.abs(expected)
    assert np.all(np.abs(actual - expected) <= bound)


def run_keras(function, inputs, arguments):
    kind = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}[function]
    return keras.ops.convert_to_numpy(kind(**arguments, dtype=inputs.dtype.name)(inputs))


both = pytest.mark.parametrize("run", [run_keras, run_torch])


@both
@thorough
@given(cases())
def test_max_equals_both(run, case):
    inputs, arguments = case
    expected = run("max", inputs, arguments)
    for pool in (max_pooling2d_loops, max_pooling2d):
        actual = pool(inputs, **arguments)
        assert actual.dtype == expected.dtype
        np.testing.assert_array_equal(actual, expected)


@both
@thorough
@given(cases())
def test_average_equals_both(run, case):
    inputs, arguments = case
    expected = run("average", inputs, arguments)
    for pool in (average_pooling2d_loops, average_pooling2d):
        assert_same_means(pool(inputs, **arguments), expected, arguments)


@settings(thorough, max_examples=100)
@given(cases(), st.booleans())
def test_global_average_equals_keras_and_torch(case, keepdims):
    inputs, _ = case
    actual = global_average_pooling2d(inputs, keepdims)
    layer = keras.layers.GlobalAveragePooling2D(keepdims=keepdims, dtype=inputs.dtype.name)
    arguments = {"pool_size": inputs.shape[1:3]}
    assert_same_means(actual, keras.ops.convert_to_numpy(layer(inputs)), arguments)
    images = torch.from_numpy(inputs.transpose(0, 3, 1, 2).copy())
    averages = torch.nn.functional.adaptive_avg_pool2d(images, 1).numpy().transpose(0, 2, 3, 1)
    assert_same_means(actual, averages.reshape(actual.shape), arguments)


row = np.array([5, 1, 4, 2, 3]).reshape(1, 1, 5, 1)


@maxima
def test_max_by_hand(pool):
    assert pool(row, (1, 2)).ravel().tolist() == [5, 4]
    assert pool(row, (1, 2), padding="same").ravel().tolist() == [5, 4, 3]
    assert pool(row, (1, 3), strides=1).ravel().tolist() == [5, 4, 4]
    assert pool(row, (1, 1), strides=(1, 2)).ravel().tolist() == [5, 4, 3]


@averages
def test_average_by_hand(pool):
    assert pool(row, (1, 2)).ravel().tolist() == [3, 3]
    assert pool(row, (1, 2), padding="same").ravel().tolist() == [3, 3, 3]  # the last: 3 / 1
    assert pool(row, (1, 3), strides=(1, 2), padding="same").ravel().tolist() == [3, 7 / 3, 2.5]


@poolings
def test_25_becomes_12_or_13(pool):
    images = np.zeros((1, 25, 25, 1))
    assert pool(images).shape == (1, 12, 12, 1)
    assert pool(images, padding="same").shape == (1, 13, 13, 1)


@poolings
def test_channels_stay_apart(pool):
    inputs = np.stack([np.full((2, 2), value) for value in (1.0, -2.0, 30.0)], axis=-1)[None]
    assert pool(inputs).ravel().tolist() == [1, -2, 30]


@maxima
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int64", "float16", "float64"])
def test_smallest_number_wins_over_padding(pool, dtype):
    if dtype == "bool":
        smallest = False
    else:
        smallest = np.iinfo(dtype).min if "int" in dtype else -np.inf
    outputs = pool(np.full((1, 3, 3, 1), smallest, dtype), padding="same")
    assert outputs.dtype == dtype
    assert outputs.ravel().tolist() == [smallest] * 4


@averages
@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("bool", "float64"), ("uint8", "float64"), ("float16", "float16"), ("float32", "float32")],
)
def test_dtype_of_averages(pool, dtype, expected):
    inputs = np.ones((1, 2, 2, 3), dtype)
    assert pool(inputs).dtype == global_average_pooling2d(inputs).dtype == expected
    assert pool(inputs).ravel().tolist() == global_average_pooling2d(inputs)[0].tolist() == [1] * 3


@averages
def test_float16_is_summed_in_float32(pool):
    inputs = np.full((1, 2, 2, 1), 60_000, np.float16)  # the sum exceeds the largest, 65504
    assert pool(inputs).item() == global_average_pooling2d(inputs).item() == np.float16(60_000)


@poolings
def test_empty_batch_and_no_change_of_arguments(pool):
    assert pool(np.zeros((0, 5, 5, 3))).shape == (0, 2, 2, 3)
    inputs = np.ones((1, 3, 3, 1))
    pool(inputs, padding="same")
    assert (inputs == 1).all()


def test_global_average_forgets_positions():
    left, right = np.zeros((2, 1, 4, 4, 1))
    left[0, :, 0], right[0, 3, :] = 1, 1
    assert not np.array_equal(left, right)
    assert global_average_pooling2d(left) == global_average_pooling2d(right) == 0.25


not_positive_pairs = not_pairs(not_positive)


@poolings
@settings(thorough, max_examples=100)
@given(name=st.sampled_from(["pool_size", "strides"]), value=not_positive_pairs)
def test_message_on_pairs(pool, name, value):
    assert message(pool, np.zeros((1, 6, 7, 2)), **{name: value}) == (
        f"{name} must be a positive integer or a pair of them. Received: {name}={value!r}"
    )


@poolings
@pytest.mark.parametrize("padding", ["SAME", "full", "", 0, None, (1, 1), ((0, 0), (0, 0)), True])
def test_message_on_padding(pool, padding):
    assert message(pool, np.zeros((1, 6, 7, 2)), padding=padding) == (
        f'padding must be "valid" or "same". Received: padding={padding!r}'
    )


@poolings
@settings(thorough, max_examples=100)
@given(
    size=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    missing=st.sampled_from([(0, 1), (1, 0), (2, 3)]),
)
def test_message_on_window_that_does_not_fit(pool, size, missing):
    pool_size = size[0] + missing[0], size[1] + missing[1]
    assert message(pool, np.zeros((1, *size, 1)), pool_size, strides=1) == (
        'pool_size must be no larger than the image if padding is "valid". '
        f"Received: pool_size={pool_size}, an image of {size}"
    )
    assert pool(np.zeros((1, *size, 1)), pool_size, 1, "same").shape == (1, *size, 1)


@pytest.mark.parametrize(
    "pool",
    [
        max_pooling2d_loops,
        max_pooling2d,
        average_pooling2d_loops,
        average_pooling2d,
        global_average_pooling2d,
    ],
)
def test_message_on_inputs(pool):
    assert message(pool, np.zeros((6, 7, 2))) == (
        "inputs must have shape (batch, height, width, channels). Received: inputs.shape=(6, 7, 2)"
    )
    assert message(pool, np.zeros((1, 6, 7, 2), complex)) == (
        "inputs must hold real numbers. Received: inputs.dtype=complex128"
    )


def test_message_on_images_without_pixels():
    assert message(global_average_pooling2d, np.zeros((1, 0, 7, 2))) == (
        "inputs must have at least one pixel. Received: inputs.shape=(1, 0, 7, 2)"
    )
    for pool in (max_pooling2d_loops, max_pooling2d, average_pooling2d_loops, average_pooling2d):
        assert message(pool, np.zeros((1, 0, 7, 2)), padding="same") == (
            "input_size must be a positive integer. Received: input_size=0"
        )
