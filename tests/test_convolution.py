"""The NumPy convolution equals Keras, PyTorch and SciPy, and says what is wrong with arguments."""

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_arguments import image_layers, message, not_pairs, not_positive, thorough
from scipy import signal

from utils.reference.convolution import (
    conv2d,
    conv2d_loops,
    depthwise_conv2d,
    full_kernel,
    pad_inputs,
    same_padding,
    separable_conv2d,
)

both = pytest.mark.parametrize("convolve", [conv2d_loops, conv2d])


@st.composite
def cases(draw, library):
    """Arrays and arguments of a valid convolution that `library` can compute as well."""
    size, arguments = draw(image_layers(["valid", "same", "explicit"], both=library != "keras"))
    kernel_size = arguments.pop("kernel_size")
    # Keras compiles each convolution that has groups, which takes longer than all the rest.
    groups = draw(st.sampled_from([1, 1, 1, 2, 3] if library == "keras" else [1, 2, 3]))
    group_channels, group_filters = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    random = np.random.default_rng(0)
    shape = (draw(st.integers(1, 2)), *size, groups * group_channels)
    filters = groups * group_filters
    inputs = random.normal(size=shape).astype(dtype)
    kernel = random.normal(size=(*kernel_size, group_channels, filters)).astype(dtype)
    bias = random.normal(size=filters).astype(dtype) if draw(st.booleans()) else None
    return inputs, kernel, bias, arguments | {"groups": groups}


def run_keras(inputs, kernel, bias, arguments):
    """Compute the case with `keras.layers.Conv2D`.

    TensorFlow has no grouped convolution on a CPU; Keras compiles these with XLA, which has it.
    """
    arguments = dict(arguments)
    if not isinstance(arguments["padding"], str):
        inputs = keras.layers.ZeroPadding2D(arguments["padding"], dtype=inputs.dtype.name)(inputs)
        arguments["padding"] = "valid"
    layer = keras.layers.Conv2D(
        kernel.shape[3],
        kernel.shape[:2],
        use_bias=bias is not None,
        dtype=kernel.dtype.name,
        **arguments,
    )
    layer.build(inputs.shape)
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    return keras.ops.convert_to_numpy(layer(inputs))


def run_torch(inputs, kernel, bias, arguments):
    """Compute the case with `torch.nn.functional.conv2d`.

    PyTorch knows "same" for strides of 1 only; for others, the zeros of Keras are put in.
    """
    images = torch.from_numpy(inputs.transpose(0, 3, 1, 2).copy())  # (B, C, H, W)
    weight = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())  # (F, C/G, KH, KW)
    strides, padding = arguments["strides"], arguments["padding"]
    if padding == "same" and strides != (1, 1):
        padding = tuple(
            same_padding(*axis)
            for axis in zip(
                inputs.shape[1:3],
                kernel.shape[:2],
                strides,
                arguments["dilation_rate"],
                strict=True,
            )
        )
    if not isinstance(padding, str):
        (top, bottom), (left, right) = padding
        images = torch.nn.functional.pad(images, (left, right, top, bottom))
        padding = "valid"
    outputs = torch.nn.functional.conv2d(
        images,
        weight,
        None if bias is None else torch.from_numpy(bias),
        stride=strides,
        padding=padding,
        dilation=arguments["dilation_rate"],
        groups=arguments["groups"],
    )
    return outputs.numpy().transpose(0, 2, 3, 1)  # (B, OH, OW, F)


def assert_same_sums(actual, expected, inputs, kernel, bias, arguments):
    """Assert that two results differ by no more than rounding can explain.

    However a sum of n products is ordered, rounding moves it by at most n·u·Σ|x·w|, u being half
    of the dtype's eps (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1).
    Both results are rounded, hence 2u = eps. The bias is one more term.
    """
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype == inputs.dtype
    terms = kernel[..., 0].size + 1
    magnitudes = conv2d(
        np.abs(inputs).astype(np.float64),
        np.abs(kernel).astype(np.float64),
        None if bias is None else np.abs(bias).astype(np.float64),
        **arguments,
    )
    bound = terms * np.finfo(inputs.dtype).eps * magnitudes
    assert np.all(np.abs(actual.astype(np.float64) - expected) <= bound)


@thorough
@given(cases("keras"))
def test_equals_keras(case):
    inputs, kernel, bias, arguments = case
    expected = run_keras(*case)
    for convolve in (conv2d_loops, conv2d):
        actual = convolve(inputs, kernel, bias, **arguments)
        assert_same_sums(actual, expected, *case)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@thorough
@given(cases("torch"))
def test_equals_torch(case):
    inputs, kernel, bias, arguments = case
    expected = run_torch(*case)
    for convolve in (conv2d_loops, conv2d):
        actual = convolve(inputs, kernel, bias, **arguments)
        assert_same_sums(actual, expected, *case)


@st.composite
def separable_cases(draw, library):
    """Arrays and arguments of a valid separable convolution that `library` can compute as well."""
    size, arguments = draw(image_layers(["valid", "same", "explicit"], both=library != "keras"))
    kernel_size = arguments.pop("kernel_size")
    if library == "keras":  # TensorFlow computes depthwise convolutions with equal strides only.
        arguments["strides"] = (arguments["strides"][0],) * 2
    channels, depth_multiplier, filters = (draw(st.integers(1, 4)) for _ in range(3))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    random = np.random.default_rng(0)
    inputs = random.normal(size=(draw(st.integers(1, 2)), *size, channels)).astype(dtype)
    depthwise = random.normal(size=(*kernel_size, channels, depth_multiplier)).astype(dtype)
    pointwise = random.normal(size=(1, 1, channels * depth_multiplier, filters)).astype(dtype)
    bias = random.normal(size=filters).astype(dtype) if draw(st.booleans()) else None
    return inputs, depthwise, pointwise, bias, arguments


def grouped(depthwise_kernel):
    """The same weights in the layout of an ordinary convolution with a group a channel."""
    kernel_height, kernel_width, channels, depth_multiplier = depthwise_kernel.shape
    return depthwise_kernel.reshape(kernel_height, kernel_width, 1, channels * depth_multiplier)


def assert_same_separable(actual, expected, case):
    """As `assert_same_sums`, with the terms of both convolutions: n1 + n2 roundings a product."""
    inputs, depthwise, pointwise, bias, arguments = case
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype == inputs.dtype
    terms = depthwise.shape[0] * depthwise.shape[1] + pointwise.shape[2] + 1
    magnitudes = separable_conv2d(
        np.abs(inputs).astype(np.float64),
        np.abs(depthwise).astype(np.float64),
        np.abs(pointwise).astype(np.float64),
        None if bias is None else np.abs(bias).astype(np.float64),
        **arguments,
    )
    bound = terms * np.finfo(inputs.dtype).eps * magnitudes
    assert np.all(np.abs(actual.astype(np.float64) - expected) <= bound)


def padded_for_keras(inputs, arguments):
    arguments = dict(arguments)
    if not isinstance(arguments["padding"], str):
        inputs = keras.layers.ZeroPadding2D(arguments["padding"], dtype=inputs.dtype.name)(inputs)
        arguments["padding"] = "valid"
    return inputs, arguments


@thorough
@given(separable_cases("keras"))
def test_depthwise_and_separable_equal_keras(case):
    inputs, depthwise, pointwise, bias, arguments = case
    images, keras_arguments = padded_for_keras(inputs, arguments)
    keras_arguments |= {"depth_multiplier": depthwise.shape[3], "dtype": inputs.dtype.name}

    layer = keras.layers.DepthwiseConv2D(depthwise.shape[:2], use_bias=False, **keras_arguments)
    layer.build(images.shape)
    layer.set_weights([depthwise])
    expected = keras.ops.convert_to_numpy(layer(images))
    actual = depthwise_conv2d(inputs, depthwise, **arguments)
    assert_same_sums(
        actual, expected, inputs, grouped(depthwise), None, arguments | {"groups": inputs.shape[3]}
    )

    layer = keras.layers.SeparableConv2D(
        pointwise.shape[3], depthwise.shape[:2], use_bias=bias is not None, **keras_arguments
    )
    layer.build(images.shape)
    layer.set_weights([depthwise, pointwise] if bias is None else [depthwise, pointwise, bias])
    expected = keras.ops.convert_to_numpy(layer(images))
    actual = separable_conv2d(inputs, depthwise, pointwise, bias, **arguments)
    assert_same_separable(actual, expected, case)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@thorough
@given(separable_cases("torch"))
def test_depthwise_and_separable_equal_torch(case):
    inputs, depthwise, pointwise, bias, arguments = case
    grouped_case = (
        inputs,
        grouped(depthwise),
        None,
        arguments | {"groups": inputs.shape[3]},
    )
    planes = run_torch(*grouped_case)
    assert_same_sums(depthwise_conv2d(inputs, depthwise, **arguments), planes, *grouped_case)
    plain = {"strides": (1, 1), "padding": "valid", "dilation_rate": 1, "groups": 1}
    expected = run_torch(planes, pointwise, bias, plain)
    actual = separable_conv2d(inputs, depthwise, pointwise, bias, **arguments)
    assert_same_separable(actual, expected, case)


@thorough
@given(separable_cases("torch"))
def test_depthwise_is_grouped_and_separable_is_a_restricted_ordinary_convolution(case):
    inputs, depthwise, pointwise, bias, arguments = case
    grouped_case = (inputs, grouped(depthwise), None, arguments | {"groups": inputs.shape[3]})
    assert_same_sums(
        depthwise_conv2d(inputs, depthwise, **arguments),
        conv2d(inputs, grouped(depthwise), **grouped_case[3]),
        *grouped_case,
    )

    kernel = full_kernel(depthwise, pointwise)
    assert kernel.shape == (*depthwise.shape[:3], pointwise.shape[3])
    assert kernel.dtype == inputs.dtype
    actual = conv2d(inputs, kernel, bias, **arguments)
    expected = separable_conv2d(inputs, depthwise, pointwise, bias, **arguments)
    magnitudes = separable_conv2d(
        *(np.abs(array).astype(np.float64) for array in (inputs, depthwise, pointwise)),
        None if bias is None else np.abs(bias).astype(np.float64),
        **arguments,
    )
    # Roundings of one product on either way, each by half of eps at most.
    in_full = depthwise.shape[3] + kernel[..., 0].size + 1
    in_separable = depthwise[..., 0, 0].size + pointwise.shape[2] + 1
    bound = (in_full + in_separable) * np.finfo(inputs.dtype).eps / 2 * magnitudes
    assert np.all(np.abs(actual.astype(np.float64) - expected) <= bound)


def test_depthwise_by_hand():
    # Two planes of one row, two filters each: side by side, plane by plane, nothing added up.
    inputs = np.array([[1, 100], [2, 200]]).reshape(1, 1, 2, 2)
    kernel = np.array([[1, 2], [3, 4]]).reshape(1, 1, 2, 2)
    outputs = depthwise_conv2d(inputs, kernel, bias=[1, 2, 3, 4])
    assert outputs[0, 0].tolist() == [[2, 4, 303, 404], [3, 6, 603, 804]]


def test_separable_by_hand():
    inputs = np.array([[1, 10], [2, 20]]).reshape(1, 1, 2, 2)
    depthwise = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)  # plane 0: [1, 3], plane 1: [2, 4]
    pointwise = np.array([[1, 0, 5], [0, 1, 7]]).reshape(1, 1, 2, 3)
    outputs = separable_conv2d(inputs, depthwise, pointwise, bias=[0, 0, 1])
    assert outputs[0, 0].tolist() == [[7, 100, 5 * 7 + 7 * 100 + 1]]
    assert full_kernel(depthwise, pointwise)[0].tolist() == [
        [[1, 0, 5], [0, 2, 14]],
        [[3, 0, 15], [0, 4, 28]],
    ]


def test_full_kernel_does_not_overflow():
    kernel = full_kernel(np.full((1, 1, 1, 2), 100, np.int8), np.full((1, 1, 2, 1), 100, np.int8))
    assert kernel.dtype == np.int64
    assert kernel.item() == 20_000


def test_keras_refuses_strides_with_dilation():
    # The reason why test_equals_keras leaves these out; test_equals_torch has them.
    with pytest.raises(ValueError, match="not supported in conjunction"):
        keras.layers.Conv2D(1, 3, strides=2, dilation_rate=2)


@both
def test_strides_with_dilation_by_hand(convolve):
    inputs = np.arange(1, 8).reshape(1, 1, 7, 1)
    kernel = np.array([1, 10]).reshape(1, 2, 1, 1)
    outputs = convolve(inputs, kernel, strides=2, dilation_rate=2)
    assert outputs.ravel().tolist() == [1 + 30, 3 + 50, 5 + 70]


@both
def test_kernel_is_not_flipped(convolve):
    random = np.random.default_rng(0)
    image, kernel = random.normal(size=(6, 7)), random.normal(size=(2, 3))
    actual = convolve(image[None, :, :, None], kernel[:, :, None, None])[0, :, :, 0]
    np.testing.assert_allclose(actual, signal.correlate2d(image, kernel, "valid"), atol=1e-14)
    flipped = signal.convolve2d(image, kernel, "valid")
    assert np.abs(actual - flipped).max() > 1


@both
def test_a_filter_spans_every_channel(convolve):
    inputs = np.array([[1, 20, 300], [2, 40, 600]]).reshape(1, 1, 2, 3)
    outputs = convolve(inputs, np.ones((1, 1, 3, 1), int))
    assert outputs.shape == (1, 1, 2, 1)
    assert outputs.ravel().tolist() == [321, 642]


@both
def test_groups_see_only_their_own_channels(convolve):
    inputs = np.array([1, 10, 100, 1000]).reshape(1, 1, 1, 4)
    kernel = np.array([[1, 2, 3, 4], [1, 1, 1, 1]]).reshape(1, 1, 2, 4)
    outputs = convolve(inputs, kernel, groups=2)
    assert outputs.ravel().tolist() == [11, 12, 1300, 1400]


@both
@pytest.mark.parametrize(
    ("inputs_dtype", "kernel_dtype", "bias_dtype", "expected"),
    [
        ("int32", "int32", None, "int64"),
        ("uint8", "int8", None, "int64"),
        ("uint8", "uint8", None, "uint64"),
        ("bool", "bool", None, "int64"),
        ("uint8", "float32", None, "float32"),
        ("float16", "float16", None, "float16"),
        ("float32", "float32", "float32", "float32"),
        ("float32", "float64", None, "float64"),
        ("float32", "float32", "float64", "float64"),
        ("int64", "float32", None, "float64"),
    ],
)
def test_output_dtype(convolve, inputs_dtype, kernel_dtype, bias_dtype, expected):
    bias = None if bias_dtype is None else np.ones(1, bias_dtype)
    outputs = convolve(
        np.ones((1, 3, 3, 2), inputs_dtype), np.ones((2, 2, 2, 1), kernel_dtype), bias
    )
    assert outputs.dtype == expected
    assert outputs.ravel().tolist() == [8 + (bias is not None)] * 4


@both
def test_small_integers_do_not_overflow(convolve):
    outputs = convolve(np.full((1, 2, 2, 1), 255, np.uint8), np.full((2, 2, 1, 1), 127, np.int8))
    assert outputs.item() == 4 * 255 * 127


@both
def test_float16_is_summed_in_float32(convolve):
    # Alternating signs: each product exceeds the largest float16, 65504, and the sum is 512.
    row = np.array([512, 512, 1], np.float16).reshape(1, 1, 3, 1)
    kernel = np.array([512, -512, 512], np.float16).reshape(1, 3, 1, 1)
    assert convolve(row, kernel).item() == 512


@both
def test_arguments_are_left_alone(convolve):
    arrays = [np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 2)), np.ones(2)]
    convolve(*arrays, padding="same")
    assert all((array == 1).all() for array in arrays)


@both
def test_lists_and_pairs_of_lists(convolve):
    outputs = convolve([[[[1], [2]]]], [[[[1]]]], [1], strides=[1, 2], padding=[[0, 1], (0, 0)])
    assert outputs.tolist() == [[[[2]], [[1]]]]


@both
def test_empty_batch(convolve):
    assert convolve(np.zeros((0, 5, 5, 3)), np.zeros((3, 3, 3, 4))).shape == (0, 3, 3, 4)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((5, 3), (1, 1)),
        ((5, 2), (0, 1)),  # odd: the one left over goes after
        ((6, 3, 2), (0, 1)),  # PyTorch's padding=1 would be (1, 1)
        ((5, 3, 2), (1, 1)),
        ((7, 3, 1, 2), (2, 2)),
        ((4, 1, 3), (0, 0)),  # strides beyond the kernel ask for no zeros
    ],
)
def test_same_padding(arguments, expected):
    assert same_padding(*arguments) == expected


def test_pad_inputs():
    inputs = np.array([[1, 2], [3, 4]], np.int8)[None, :, :, None]
    padded = pad_inputs(inputs, 2, padding=((1, 0), (0, 2)))
    assert padded.dtype == np.int8
    assert padded[0, :, :, 0].tolist() == [[0, 0, 0, 0], [1, 2, 0, 0], [3, 4, 0, 0]]
    assert pad_inputs(inputs, (1, 2), padding="same")[0, :, :, 0].tolist() == [[1, 2, 0], [3, 4, 0]]
    assert pad_inputs(inputs, 2).tolist() == inputs.tolist()


images, weights = np.zeros((2, 6, 7, 4)), np.zeros((3, 3, 4, 8))

inputs_rank = "inputs must have shape (batch, height, width, channels). Received: inputs.shape="
kernel_rank = (
    "kernel must have shape (kernel_height, kernel_width, channels // groups, filters), each at "
    "least 1. Received: kernel.shape="
)


@both
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"inputs": np.zeros((6, 7))}, inputs_rank + "(6, 7)"),
        ({"inputs": np.zeros((6, 7, 4))}, inputs_rank + "(6, 7, 4)"),
        ({"kernel": np.zeros((3, 3))}, kernel_rank + "(3, 3)"),
        ({"kernel": np.zeros((3, 0, 4, 8))}, kernel_rank + "(3, 0, 4, 8)"),
        (
            {"inputs": np.zeros((2, 6, 7, 4), complex)},
            "inputs must hold real numbers. Received: inputs.dtype=complex128",
        ),
        (
            {"kernel": np.full((3, 3, 4, 8), "a")},
            "kernel must hold real numbers. Received: kernel.dtype=<U1",
        ),
        (
            {"bias": [None] * 8},
            "bias must hold real numbers. Received: bias.dtype=object",
        ),
        (
            {"kernel": np.zeros((8, 4, 3, 3))},  # the layout of PyTorch
            "kernel must have channels // groups = 4 planes, its axis 2. Received: "
            "kernel.shape=(8, 4, 3, 3), inputs.shape=(2, 6, 7, 4), groups=1",
        ),
        (
            {"groups": 2},
            "kernel must have channels // groups = 2 planes, its axis 2. Received: "
            "kernel.shape=(3, 3, 4, 8), inputs.shape=(2, 6, 7, 4), groups=2",
        ),
        (
            {"bias": np.zeros(4)},
            "bias must have shape (filters,) = (8,). Received: bias.shape=(4,)",
        ),
        (
            {"bias": 0.0},
            "bias must have shape (filters,) = (8,). Received: bias.shape=()",
        ),
        (
            {"inputs": np.zeros((2, 0, 7, 4)), "padding": "same"},
            "input_size must be a positive integer. Received: input_size=0",
        ),
    ],
)
def test_message_on_arrays(convolve, changed, expected):
    assert message(convolve, **{"inputs": images, "kernel": weights, **changed}) == expected


depthwise_rank = (
    "must have shape (kernel_height, kernel_width, channels, depth_multiplier), each at least 1. "
    "Received: "
)
pointwise_rank = (
    "pointwise_kernel must have shape (1, 1, channels * depth_multiplier, filters) = "
    "(1, 1, 8, filters). Received: pointwise_kernel.shape="
)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"inputs": np.zeros((6, 7))}, inputs_rank + "(6, 7)"),
        (
            {"depthwise_kernel": np.zeros((3, 3, 4))},
            f"depthwise_kernel {depthwise_rank}depthwise_kernel.shape=(3, 3, 4)",
        ),
        (
            {"depthwise_kernel": np.zeros((3, 3, 4, 0))},
            f"depthwise_kernel {depthwise_rank}depthwise_kernel.shape=(3, 3, 4, 0)",
        ),
        (
            {"depthwise_kernel": np.zeros((3, 3, 1, 8))},  # the layout of a grouped convolution
            "depthwise_kernel must have channels = 4 planes, its axis 2. "
            "Received: depthwise_kernel.shape=(3, 3, 1, 8)",
        ),
        (
            {"depthwise_kernel": np.zeros((3, 3, 4, 2), complex)},
            "depthwise_kernel must hold real numbers. Received: depthwise_kernel.dtype=complex128",
        ),
        ({"pointwise_kernel": np.zeros((8, 5))}, pointwise_rank + "(8, 5)"),
        ({"pointwise_kernel": np.zeros((1, 1, 4, 5))}, pointwise_rank + "(1, 1, 4, 5)"),
        ({"pointwise_kernel": np.zeros((3, 3, 8, 5))}, pointwise_rank + "(3, 3, 8, 5)"),
        ({"pointwise_kernel": np.zeros((1, 1, 8, 0))}, pointwise_rank + "(1, 1, 8, 0)"),
        (
            {"pointwise_kernel": np.full((1, 1, 8, 5), "a")},
            "pointwise_kernel must hold real numbers. Received: pointwise_kernel.dtype=<U1",
        ),
        (
            {"bias": np.zeros(4)},
            "bias must have shape (filters,) = (5,). Received: bias.shape=(4,)",
        ),
        (
            {"strides": 0},
            "strides must be a positive integer or a pair of them. Received: strides=0",
        ),
        (
            {"dilation_rate": (1, 4)},
            "kernel must span no more than the padded input. Received: kernel_size=3, "
            "dilation_rate=4, which span 9, and a padded input of 7",
        ),
    ],
)
def test_message_of_separable(changed, expected):
    arguments = {
        "inputs": images,
        "depthwise_kernel": np.zeros((3, 3, 4, 2)),
        "pointwise_kernel": np.zeros((1, 1, 8, 5)),
    }
    assert message(separable_conv2d, **(arguments | changed)) == expected


def test_message_of_depthwise():
    assert message(depthwise_conv2d, images, np.zeros((3, 3, 4))) == (
        f"kernel {depthwise_rank}kernel.shape=(3, 3, 4)"
    )
    assert message(depthwise_conv2d, images, np.zeros((3, 3, 5, 2))) == (
        "kernel must have channels = 4 planes, its axis 2. Received: kernel.shape=(3, 3, 5, 2)"
    )
    assert message(depthwise_conv2d, images, np.zeros((3, 3, 4, 2)), bias=np.zeros(4)) == (
        "bias must have shape (filters,) = (8,). Received: bias.shape=(4,)"
    )


not_positive_pairs = not_pairs(not_positive | st.none())


@both
@thorough
@given(name=st.sampled_from(["strides", "dilation_rate"]), value=not_positive_pairs)
def test_message_on_pairs(convolve, name, value):
    assert message(convolve, images, weights, **{name: value}) == (
        f"{name} must be a positive integer or a pair of them. Received: {name}={value!r}"
    )


@both
@settings(thorough, max_examples=100)
@given(groups=st.one_of(not_positive, st.none(), st.tuples(st.integers(1, 3))))
def test_message_on_groups(convolve, groups):
    assert message(convolve, images, weights, groups=groups) == (
        f"groups must be a positive integer. Received: groups={groups!r}"
    )


@both
@thorough
@given(groups=st.integers(2, 6), channels=st.integers(1, 12), filters=st.integers(1, 12))
def test_message_on_groups_that_do_not_divide(convolve, groups, channels, filters):
    if channels % groups == 0 and filters % groups == 0:
        filters += 1
    kernel = np.zeros((1, 1, max(1, channels // groups), filters))
    assert message(convolve, np.zeros((1, 2, 2, channels)), kernel, groups=groups) == (
        "groups must divide both channels and filters. "
        f"Received: groups={groups}, channels={channels}, filters={filters}"
    )


not_padding = st.one_of(
    st.text(max_size=5).filter(lambda name: name not in ("valid", "same")),
    st.sampled_from(["SAME", "Valid", "causal", "full"]),
    st.integers(),
    st.none(),
    st.tuples(st.integers(), st.integers()),
    st.tuples(st.tuples(st.integers(0, 3), st.integers(max_value=-1)), st.just((0, 0))),
    st.tuples(st.just((1, 1)), st.tuples(st.floats(), st.integers(0, 3))),
    st.tuples(st.just((1, 1)), st.just((1, 1)), st.just((1, 1))),
    st.just(("same", "valid")),
)


@both
@thorough
@given(padding=not_padding)
def test_message_on_padding(convolve, padding):
    assert message(convolve, images, weights, padding=padding) == (
        'padding must be "valid", "same" or ((top, bottom), (left, right)), integers not below 0. '
        f"Received: padding={padding!r}"
    )


@both
@thorough
@given(
    kernel_size=st.integers(2, 5),
    dilation_rate=st.integers(1, 3),
    zeros=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    missing=st.integers(1, 5),
    vertical=st.booleans(),
)
def test_message_on_kernel_that_does_not_fit(
    convolve, kernel_size, dilation_rate, zeros, missing, vertical
):
    span = dilation_rate * (kernel_size - 1) + 1
    size = max(1, span - sum(zeros) - missing)
    padded = size + sum(zeros)
    if padded >= span:
        size, zeros, padded = 1, (0, 0), 1
    shape = (1, size, 20, 1) if vertical else (1, 20, size, 1)
    kernel = np.zeros((kernel_size, 1, 1, 1) if vertical else (1, kernel_size, 1, 1))
    padding = (zeros, (0, 0)) if vertical else ((0, 0), zeros)
    assert message(
        convolve, np.zeros(shape), kernel, padding=padding, dilation_rate=dilation_rate
    ) == (
        "kernel must span no more than the padded input. Received: "
        f"kernel_size={kernel_size}, dilation_rate={dilation_rate}, which span {span}, "
        f"and a padded input of {padded}"
    )


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("value", [0, -1, 2.0, True, None, "3", (1, 1)])
def test_message_of_same_padding(position, value):
    arguments = [5, 3, 1, 1]
    arguments[position] = value
    name = ["input_size", "kernel_size", "strides", "dilation_rate"][position]
    expected = f"{name} must be a positive integer. Received: {name}={value!r}"
    assert message(same_padding, *arguments) == expected
