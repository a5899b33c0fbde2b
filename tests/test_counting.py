"""The closed forms equal what Keras and PyTorch do, and say what is wrong with arguments."""

import subprocess
import sys
from dataclasses import FrozenInstanceError

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.counting import Count, conv2d, conv_output_size
from utils.reference import convolution

# A few examples come up twice; at least 300 are different.
thorough = settings(max_examples=330, deadline=None, derandomize=True)


@st.composite
def axes(draw, padding, strided, dilated):
    """One axis: input size, kernel size, strides, dilation and explicit zeros that fit."""
    kernel_size = draw(st.integers(1, 5))
    strides = draw(st.integers(1, 4)) if strided else 1
    dilation_rate = draw(st.integers(1, 3)) if dilated else 1
    zeros = (draw(st.integers(0, 3)), draw(st.integers(0, 3))) if padding == "explicit" else (0, 0)
    span = dilation_rate * (kernel_size - 1) + 1
    smallest = 1 if padding == "same" else max(1, span - sum(zeros))
    return draw(st.integers(smallest, smallest + 30)), kernel_size, strides, dilation_rate, zeros


@st.composite
def layers(draw, paddings, dilated_strides=True):
    """Arguments of `conv2d` for a valid layer.

    `dilated_strides=False` leaves out strides together with dilation, which Keras refuses.
    """
    padding = draw(st.sampled_from(paddings))
    strided, dilated = True, True
    if not dilated_strides:
        strided, dilated = draw(st.sampled_from([(True, False), (False, True)]))
    vertical, horizontal = (draw(axes(padding, strided, dilated)) for _ in range(2))
    kernel_size, strides, dilation_rate, zeros = zip(vertical[1:], horizontal[1:], strict=True)
    groups = draw(st.integers(1, 4))
    return {
        "input_shape": (vertical[0], horizontal[0], groups * draw(st.integers(1, 4))),
        "filters": groups * draw(st.integers(1, 4)),
        "kernel_size": kernel_size,
        "strides": strides,
        "padding": zeros if padding == "explicit" else padding,
        "dilation_rate": dilation_rate,
        "groups": groups,
        "use_bias": draw(st.booleans()),
    }


@thorough
@given(layers(["valid", "same"], dilated_strides=False))
def test_equals_keras(arguments):
    count = conv2d(**arguments)
    input_shape = arguments.pop("input_shape")
    layer = keras.layers.Conv2D(**arguments)
    layer.build((None, *input_shape))
    assert (None, *count.output_shape) == layer.compute_output_shape((None, *input_shape))
    assert count.weights == layer.count_params()


@thorough
@given(layers(["valid", "explicit"]), st.sampled_from([torch.float16, torch.float32]))
def test_equals_torch(arguments, dtype):
    count = conv2d(**arguments, bytes_per_value=dtype.itemsize)
    height, width, channels = arguments["input_shape"]
    (top, bottom), (left, right) = (
        ((0, 0), (0, 0)) if arguments["padding"] == "valid" else arguments["padding"]
    )
    # A tensor on the device "meta" has a shape and no numbers.
    images = torch.empty(1, channels, height, width, dtype=dtype, device="meta")
    images = torch.nn.functional.pad(images, (left, right, top, bottom))
    layer = torch.nn.Conv2d(
        channels,
        arguments["filters"],
        arguments["kernel_size"],
        arguments["strides"],
        dilation=arguments["dilation_rate"],
        groups=arguments["groups"],
        bias=arguments["use_bias"],
        dtype=dtype,
        device="meta",
    )
    outputs = layer(images)
    assert count.output_shape == tuple(outputs.permute(0, 2, 3, 1).shape[1:])
    assert count.weights == sum(parameter.numel() for parameter in layer.parameters())
    assert count.activation_bytes == outputs.nbytes


@thorough
@given(layers(["valid", "same", "explicit"]))
def test_macs_are_the_products_that_a_library_sums(arguments):
    # All inputs, zeros of the padding and weights are put to 1. Then each product is 1, and the
    # outputs add up to the number of products.
    count = conv2d(**arguments)
    channels, filters, groups = (
        arguments["input_shape"][2],
        arguments["filters"],
        arguments["groups"],
    )
    height, width, _ = convolution.pad_inputs(
        np.ones((1, *arguments["input_shape"])),
        arguments["kernel_size"],
        arguments["strides"],
        arguments["padding"],
        arguments["dilation_rate"],
    ).shape[1:]
    outputs = torch.nn.functional.conv2d(
        torch.ones(1, channels, height, width, dtype=torch.float64),
        torch.ones(filters, channels // groups, *arguments["kernel_size"], dtype=torch.float64),
        stride=arguments["strides"],
        dilation=arguments["dilation_rate"],
        groups=groups,
    )
    assert count.macs == outputs.sum().item()


@thorough
@given(
    input_size=st.integers(1, 40),
    kernel_size=st.integers(1, 7),
    strides=st.integers(1, 5),
    zeros=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    dilation_rate=st.integers(1, 4),
)
def test_output_size_counts_the_positions(input_size, kernel_size, strides, zeros, dilation_rate):
    # Put the kernel down at the start and move it until its last weight leaves the input.
    positions, start = 0, 0
    while start + dilation_rate * (kernel_size - 1) < input_size + sum(zeros):
        positions, start = positions + 1, start + strides
    if positions == 0:
        with pytest.raises(ValueError, match="kernel must span no more than the padded input"):
            conv_output_size(input_size, kernel_size, strides, zeros, dilation_rate)
    else:
        size = conv_output_size(input_size, kernel_size, strides, zeros, dilation_rate)
        assert size == positions


@thorough
@given(
    input_size=st.integers(1, 200),
    kernel_size=st.integers(1, 9),
    strides=st.integers(1, 9),
    dilation_rate=st.integers(1, 9),
)
def test_same_is_the_padding_of_the_reference(input_size, kernel_size, strides, dilation_rate):
    zeros = convolution.same_padding(input_size, kernel_size, strides, dilation_rate)
    assert conv_output_size(
        input_size, kernel_size, strides, "same", dilation_rate
    ) == conv_output_size(input_size, kernel_size, strides, zeros, dilation_rate)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((28, 3), 26),
        ((28, 3, 1, "same"), 28),
        ((25, 2, 2), 12),
        ((25, 1, 2), 13),
        ((25, 3, 2, "same"), 13),
        ((7, 3, 1, "valid", 2), 3),
        ((224, 7, 2, (3, 3)), 112),
    ],
)
def test_conv_output_size_by_hand(arguments, expected):
    assert conv_output_size(*arguments) == expected


def test_first_layer_of_vgg16():
    assert conv2d((224, 224, 3), 64, 3, padding="same") == Count(
        output_shape=(224, 224, 64),
        weights=1_792,
        macs=86_704_128,
        activation_bytes=12_845_056,
    )


def test_plain_against_grouped():
    assert conv2d((8, 8, 64), 64, 3, use_bias=False).weights == 36_864
    depthwise = conv2d((8, 8, 64), 64, 3, groups=64, use_bias=False)
    pointwise = conv2d((6, 6, 64), 64, 1, use_bias=False)
    assert depthwise.weights + pointwise.weights == 4_672
    assert conv2d((8, 8, 32), 64, 1).weights == 64 * (32 + 1)


def test_numpy_integers_come_out_as_python_integers():
    count = conv2d(tuple(np.array([5, 5, 2])), np.int64(4), np.int32(3), [np.int64(1), 2])
    assert count == conv2d((5, 5, 2), 4, 3, (1, 2))
    numbers = [*count.output_shape, count.weights, count.macs, count.activation_bytes]
    assert {type(number) for number in numbers} == {int}


def test_count_is_frozen():
    with pytest.raises(FrozenInstanceError):
        conv2d((5, 5, 2), 4, 3).weights = 0


def message(function, *arguments, **keywords):
    with pytest.raises(ValueError) as caught:
        function(*arguments, **keywords)
    return str(caught.value)


not_positive = st.one_of(
    st.integers(max_value=0), st.floats(), st.booleans(), st.none(), st.text(max_size=3)
)
not_zeros = st.one_of(
    st.text(max_size=5).filter(lambda name: name not in ("valid", "same")),
    st.sampled_from(["SAME", "Valid", "causal", "full"]),
    st.integers(),
    st.none(),
    st.tuples(st.integers(0, 3), st.integers(max_value=-1)),
    st.tuples(st.floats(), st.integers(0, 3)),
    st.lists(st.integers(0, 3)).filter(lambda numbers: len(numbers) != 2),
)


@thorough
@given(
    name=st.sampled_from(["input_size", "kernel_size", "strides", "dilation_rate"]),
    value=st.one_of(not_positive, st.tuples(st.integers(1, 3), st.integers(1, 3))),
)
def test_message_of_conv_output_size(name, value):
    assert message(conv_output_size, **{"input_size": 9, "kernel_size": 3, name: value}) == (
        f"{name} must be a positive integer. Received: {name}={value!r}"
    )


@thorough
@given(padding=not_zeros)
def test_message_on_padding_of_conv_output_size(padding):
    assert message(conv_output_size, 9, 3, padding=padding) == (
        'padding must be "valid", "same" or (before, after), integers not below 0. '
        f"Received: padding={padding!r}"
    )


@thorough
@given(
    name=st.sampled_from(["kernel_size", "strides", "dilation_rate"]),
    value=st.one_of(not_positive, st.tuples(not_positive, st.integers(1, 3)), st.just((1, 1, 1))),
)
def test_message_on_pairs(name, value):
    arguments = {"input_shape": (9, 9, 3), "filters": 4, "kernel_size": 3, name: value}
    assert message(conv2d, **arguments) == (
        f"{name} must be a positive integer or a pair of them. Received: {name}={value!r}"
    )


@thorough
@given(name=st.sampled_from(["filters", "groups", "bytes_per_value"]), value=not_positive)
def test_message_on_integers(name, value):
    arguments = {"input_shape": (9, 9, 3), "filters": 4, "kernel_size": 3, name: value}
    assert message(conv2d, **arguments) == (
        f"{name} must be a positive integer. Received: {name}={value!r}"
    )


@pytest.mark.parametrize(
    "input_shape",
    [
        (28, 28),
        (None, 28, 28, 3),
        (0, 28, 3),
        (28, -1, 3),
        (28, 28, 3.0),
        (28, 28, None),
        28,
        "abc",
    ],
)
def test_message_on_input_shape(input_shape):
    assert message(conv2d, input_shape, 4, 3) == (
        "input_shape must be three positive integers (height, width, channels). "
        f"Received: input_shape={input_shape!r}"
    )


@pytest.mark.parametrize("padding", ["full", "SAME", 1, (1, 1), ((1, 1), (1, -1)), None])
def test_message_on_padding(padding):
    assert message(conv2d, (9, 9, 3), 4, 3, padding=padding) == (
        'padding must be "valid", "same" or ((top, bottom), (left, right)), integers not below 0. '
        f"Received: padding={padding!r}"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"strides": 0},
        {"strides": (1, 2, 3)},
        {"dilation_rate": 1.5},
        {"padding": "full"},
        {"padding": ((1, 1), 1)},
        {"groups": 0},
        {"groups": 3},
        {"dilation_rate": 4},
        {"dilation_rate": (1, 9), "padding": ((0, 0), (2, 3))},
    ],
)
def test_message_is_that_of_the_reference(wrong):
    counted = message(conv2d, (7, 8, 4), 8, 3, **wrong)
    computed = message(convolution.conv2d, np.zeros((1, 7, 8, 4)), np.zeros((3, 3, 4, 8)), **wrong)
    assert counted == computed


def test_message_on_kernel_that_does_not_fit():
    assert message(conv_output_size, 6, 3, 2, (1, 0), 4) == (
        "kernel must span no more than the padded input. Received: kernel_size=3, "
        "dilation_rate=4, which span 9, and a padded input of 7"
    )


def test_counting_is_pure_python():
    script = """
import sys
before = set(sys.modules)
import utils.counting
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(new - set(sys.stdlib_module_names)))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "['utils']\n"
