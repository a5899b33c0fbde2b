"""The closed forms equal what Keras and PyTorch do, and say what is wrong with arguments."""

import math
from dataclasses import FrozenInstanceError
from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_arguments import axes, image_layers, message, not_positive, thorough
from torch.utils.flop_counter import FlopCounterMode

from utils import counting, pretrained
from utils.counting import Count, conv2d, conv_output_size
from utils.reference import convolution

LARGE = 5, 4, 30  # kernel, strides and more input than the kernel needs, at most


@st.composite
def layers(draw, paddings, dilated_strides=True):
    """Arguments of `conv2d` for a valid layer.

    `dilated_strides=False` leaves out strides together with dilation, which Keras refuses.
    """
    size, arguments = draw(image_layers(paddings, dilated_strides, LARGE))
    groups = draw(st.integers(1, 4))
    return arguments | {
        "input_shape": (*size, groups * draw(st.integers(1, 4))),
        "filters": groups * draw(st.integers(1, 4)),
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


@st.composite
def keras_layers(draw):
    """A Keras layer, the function that counts it, the function's arguments and input shapes."""
    layers = keras.layers
    size, around = draw(image_layers(["valid", "same"], both=False, most=LARGE))
    small = st.integers(1, 5)
    image = (*size, draw(small))
    vectors = tuple(draw(st.lists(small, min_size=1, max_size=3)))
    use_bias = around["use_bias"] = draw(st.booleans())
    pool = {
        "pool_size": around["kernel_size"],
        "strides": draw(st.sampled_from([None, around["strides"]])),
        "padding": around["padding"],
    }
    if pool["padding"] == "valid":
        pool["pool_size"] = tuple(map(min, pool["pool_size"], size))
    trained = {"center": draw(st.booleans()), "scale": draw(st.booleans())}
    output_padding = draw(st.sampled_from([None, tuple(step - 1 for step in around["strides"])]))
    axis = draw(st.integers(-len(vectors), -1))
    kinds = [
        (
            layers.DepthwiseConv2D,
            counting.depthwise_conv2d,
            around | {"depth_multiplier": draw(small)},
            image,
        ),
        (
            layers.SeparableConv2D,
            counting.separable_conv2d,
            around | {"filters": draw(small), "depth_multiplier": draw(small)},
            image,
        ),
        (
            layers.Conv2DTranspose,
            counting.conv2d_transpose,
            around | {"filters": draw(small), "output_padding": output_padding},
            (image[0] + 1, image[1] + 1, image[2]),  # Keras's rule may leave nothing of one pixel
        ),
        (layers.MaxPooling2D, counting.pooling2d, pool, image),
        (layers.AveragePooling2D, counting.pooling2d, pool, image),
        (
            layers.GlobalAveragePooling2D,
            counting.global_average_pooling2d,
            {"keepdims": draw(st.booleans())},
            image,
        ),
        (layers.Flatten, counting.flatten, {}, vectors),
        (layers.Dense, counting.dense, {"units": draw(small), "use_bias": use_bias}, vectors),
        (
            layers.BatchNormalization,
            counting.batch_normalization,
            trained | {"axis": axis},
            vectors,
        ),
        (
            layers.LayerNormalization,
            counting.layer_normalization,
            trained | {"axis": list(range(axis, 0))},
            vectors,
        ),
        (
            layers.Embedding,
            counting.embedding,
            {"input_dim": draw(small), "output_dim": draw(small)},
            vectors,
        ),
    ]
    return draw(st.sampled_from(kinds))


@settings(thorough, max_examples=600)
@given(keras_layers())
def test_layers_equal_keras(case):
    kind, function, arguments, input_shape = case
    count = function(input_shape, **arguments)
    layer = kind(**arguments)
    layer.build((None, *input_shape))
    # Keras gives a list for a transposed convolution, a tuple for the others.
    assert (None, *count.output_shape) == tuple(layer.compute_output_shape((None, *input_shape)))
    assert count.weights == layer.count_params()
    assert count.activation_bytes == 4 * math.prod(count.output_shape)


@settings(thorough, max_examples=100)
@given(
    lengths=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    features=st.tuples(*[st.integers(1, 4)] * 3),
    num_heads=st.integers(1, 3),
    key_dim=st.integers(1, 4),
    value_dim=st.none() | st.integers(1, 4),
    output_shape=st.none() | st.integers(1, 5),
    use_bias=st.booleans(),
)
def test_attention_equals_keras(lengths, features, **arguments):
    shapes = {
        "query_shape": (lengths[0], features[0]),
        "value_shape": (lengths[1], features[1]),
        "key_shape": (lengths[1], features[2]),
    }
    count = counting.multi_head_attention(**shapes, **arguments)
    layer = keras.layers.MultiHeadAttention(**arguments)
    batch = {name: (None, *shape) for name, shape in shapes.items()}
    layer.build(**batch)
    assert (None, *count.output_shape) == layer.compute_output_shape(**batch)
    assert count.weights == layer.count_params()


def test_attention_by_hand():
    # BERT's base layer: 12 heads of 64 on 768 features, four projections of 768 x 768 + 768.
    count = counting.multi_head_attention((128, 768), num_heads=12, key_dim=64)
    projections, pairs = 4 * 128 * 768 * 768, 12 * 128 * 128
    assert count == Count(
        output_shape=(128, 768),
        weights=2_362_368,
        macs=projections + pairs * (64 + 64),
        activation_bytes=393_216,
    )


@st.composite
def torch_layers(draw):
    """A PyTorch function of an image, its input shape in NHWC, and the count of the same."""
    vertical, horizontal = (draw(axes("valid", True, True, LARGE)) for _ in range(2))
    kernel_size, strides, dilation_rate, _ = zip(vertical[1:], horizontal[1:], strict=True)
    filters, multiplier, channels = (draw(st.integers(1, 4)) for _ in range(3))
    use_bias = draw(st.booleans())
    shape = (vertical[0], horizontal[0], channels)
    meta = {"bias": use_bias, "device": "meta"}
    steps = {"stride": strides, "dilation": dilation_rate}
    around = {"kernel_size": kernel_size, "strides": strides, "dilation_rate": dilation_rate}
    planes = channels * multiplier
    depthwise = torch.nn.Conv2d(channels, planes, kernel_size, **steps, groups=channels, **meta)
    pointwise = torch.nn.Conv2d(planes, filters, 1, **meta)
    added = tuple(draw(st.integers(0, step - 1)) for step in strides)
    transposed = torch.nn.ConvTranspose2d(
        channels, filters, kernel_size, **steps, output_padding=added, **meta
    )
    depthwise_count = counting.depthwise_conv2d(
        shape, **around, depth_multiplier=multiplier, use_bias=use_bias
    )
    separable_count = counting.separable_conv2d(
        shape, filters, **around, depth_multiplier=multiplier, use_bias=use_bias
    )
    transposed_count = counting.conv2d_transpose(
        shape, filters, **around, output_padding=added, use_bias=use_bias
    )
    # In Keras only the second convolution of a separable one has a bias.
    extra = planes if use_bias else 0
    return shape, draw(
        st.sampled_from(
            [
                (depthwise, depthwise_count, 0),
                (torch.nn.Sequential(depthwise, pointwise), separable_count, extra),
                (transposed, transposed_count, 0),
            ]
        )
    )


@thorough
@given(torch_layers())
def test_shapes_weights_and_macs_equal_torch(case):
    (height, width, channels), (layer, count, extra_biases) = case
    images = torch.empty(1, channels, height, width, device="meta")
    with FlopCounterMode(display=False) as counter:
        outputs = layer(images)
    assert count.output_shape == tuple(outputs.permute(0, 2, 3, 1).shape[1:])
    assert count.weights + extra_biases == sum(weight.numel() for weight in layer.parameters())
    assert count.macs * 2 == counter.get_total_flops()


@settings(thorough, max_examples=100)
@given(
    input_size=st.integers(1, 6),
    kernel_size=st.integers(1, 5),
    strides=st.integers(1, 4),
    dilation_rate=st.integers(1, 3),
    channels=st.integers(1, 3),
    filters=st.integers(1, 3),
)
def test_macs_of_transposed_are_the_products_that_a_library_sums(
    input_size, kernel_size, strides, dilation_rate, channels, filters
):
    count = counting.conv2d_transpose(
        (1, input_size, channels), filters, (1, kernel_size), strides, dilation_rate=dilation_rate
    )
    outputs = torch.nn.functional.conv_transpose1d(
        torch.ones(1, channels, input_size),
        torch.ones(channels, filters, kernel_size),
        stride=strides,
        dilation=dilation_rate,
    )
    assert count.macs == outputs.sum().item()


@settings(thorough, max_examples=100)
@given(
    batch=st.lists(st.integers(1, 4), max_size=2),
    features=st.integers(1, 5),
    units=st.integers(1, 5),
    use_bias=st.booleans(),
)
def test_dense_equals_torch(batch, features, units, use_bias):
    layer = torch.nn.Linear(features, units, bias=use_bias, device="meta")
    with FlopCounterMode(display=False) as counter:
        outputs = layer(torch.empty(1, *batch, features, device="meta"))
    count = counting.dense((*batch, features), units, use_bias)
    assert (1, *count.output_shape) == outputs.shape
    assert count.macs * 2 == counter.get_total_flops()


def test_macs_of_attention_equal_torch():
    # `need_weights` keeps PyTorch from its fused attention on inputs of the device "meta".
    layer = torch.nn.MultiheadAttention(24, 4, kdim=10, vdim=7, batch_first=True, device="meta")
    query, key, value = (
        torch.empty(1, *shape, device="meta") for shape in ((5, 24), (9, 10), (9, 7))
    )
    with FlopCounterMode(display=False) as counter:
        outputs, _ = layer(query, key, value, need_weights=True)
    count = counting.multi_head_attention(
        (5, 24), num_heads=4, key_dim=6, value_shape=(9, 7), key_shape=(9, 10)
    )
    assert (1, *count.output_shape) == outputs.shape
    assert count.weights == sum(weight.numel() for weight in layer.parameters())
    assert count.macs * 2 == counter.get_total_flops()


def test_macs_of_attention_with_longer_values():
    # PyTorch's layer has values as long as keys; here 2 heads have keys of 3 and values of 5.
    query, key, value = (
        torch.nn.Linear(features, 2 * length, device="meta")(
            torch.empty(positions, features, device="meta")
        ).unflatten(1, (2, length))  # (T, heads, length)
        for positions, features, length in ((4, 8, 3), (9, 7, 3), (9, 6, 5))
    )
    layer = torch.nn.Linear(10, 8, device="meta")
    with FlopCounterMode(display=False) as counter:
        scores = query.transpose(0, 1) @ key.permute(1, 2, 0)  # (heads, 4, 9)
        mixed = scores.softmax(-1) @ value.transpose(0, 1)  # (heads, 4, 5)
        layer(mixed.transpose(0, 1).flatten(1))
    projections = 4 * 8 * 6 + 9 * 7 * 6 + 9 * 6 * 10
    count = counting.multi_head_attention(
        (4, 8), num_heads=2, key_dim=3, value_dim=5, value_shape=(9, 6), key_shape=(9, 7)
    )
    assert count.macs * 2 == counter.get_total_flops() + 2 * projections


def test_separable_against_plain():
    arguments = {"kernel_size": 3, "padding": "same", "use_bias": False}
    for channels, separable, plain in [(64, 4_672, 36_864), (4, 52, 144)]:
        shape = (14, 14, channels)
        assert counting.separable_conv2d(shape, channels, **arguments).weights == separable
        assert conv2d(shape, channels, **arguments).weights == plain
        ratio = Fraction(
            counting.separable_conv2d(shape, channels, **arguments).macs,
            conv2d(shape, channels, **arguments).macs,
        )
        assert ratio == Fraction(1, channels) + Fraction(1, 9)
    # One 3x3 filter for each of 5 planes; each of 3 filters has 5 weights and 1 bias.
    assert counting.separable_conv2d((8, 8, 5), 3, 3).weights == 5 * 9 + 3 * (5 + 1)


def test_global_average_pooling_against_flatten():
    maps = (7, 7, 512)
    assert counting.dense(counting.flatten(maps).output_shape, 10).weights == 250_890
    assert counting.dense(counting.global_average_pooling2d(maps).output_shape, 10).weights == 5_130


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((4, 3), 6),
        ((4, 3, 2), 9),
        ((4, 3, 2, "same"), 8),
        ((4, 2, 3), 12),  # strides beyond the kernel: the gap is added
        ((4, 3, 2, "valid", 2), 11),
        ((4, 3, 2, "same", 1, 0), 7),
        ((4, 3, 2, "same", 1, 1), 8),
        ((4, 3, 2, "valid", 1, 1), 10),
    ],
)
def test_conv_transpose_output_size_by_hand(arguments, expected):
    assert counting.conv_transpose_output_size(*arguments) == expected


@pytest.mark.parametrize(("padding", "size"), [("valid", 12), ("same", 13)])
def test_25_becomes_12_or_13(padding, size):
    assert counting.pooling2d((25, 25, 3), padding=padding).output_shape == (size, size, 3)
    assert conv2d((25, 25, 3), 3, 1, strides=2, padding=padding).output_shape == (13, 13, 3)


@st.composite
def stacks(draw):
    """One axis of a stack of convolutions, and an input that is long enough for it."""
    layers = []
    for _ in range(draw(st.integers(1, 4))):
        strides = draw(st.integers(1, 3))
        # Keras refuses strides together with dilation.
        dilation_rate = draw(st.integers(1, 3)) if strides == 1 else 1
        padding = draw(
            st.sampled_from(["valid", "same"]) | st.tuples(st.integers(0, 3), st.integers(0, 3))
        )
        layers.append((draw(st.integers(1, 4)), strides, dilation_rate, padding))
    return layers, counting.receptive_field(layers, 10**6).size + draw(st.integers(0, 40))


def pixels_seen(layers, input_size, position):
    """The input pixels that have an effect on an output pixel, and the number of that pixel."""
    inputs = tf.Variable(np.ones((1, input_size, 1)))
    with tf.GradientTape() as tape:
        outputs = tf.convert_to_tensor(inputs)
        for kernel_size, strides, dilation_rate, padding in layers:
            if isinstance(padding, tuple):
                outputs, padding = tf.pad(outputs, [(0, 0), padding, (0, 0)]), "valid"
            outputs = keras.ops.conv(
                outputs, np.ones((kernel_size, 1, 1)), strides, padding, dilation_rate=dilation_rate
            )
        position %= outputs.shape[1]
        output = outputs[0, position, 0]
    return np.flatnonzero(tape.gradient(output, inputs)[0, :, 0]), position


@thorough
@given(stacks(), st.integers(0, 1000))
def test_receptive_field_is_where_the_gradient_is_not_zero(case, position):
    layers, input_size = case
    seen, position = pixels_seen(layers, input_size, position)
    field = counting.receptive_field(layers, input_size)
    first = field.start + field.jump * position
    last = first + field.size - 1
    if first >= 0 and last < input_size:
        assert (seen[0], seen[-1]) == (first, last)
        assert seen.mean() == field.center + field.jump * position  # it is symmetric
        if all(kernel >= strides and rate == 1 for kernel, strides, rate, _ in layers):
            assert len(seen) == field.size  # no holes
    else:  # part of it is padding
        assert all(first <= pixel <= last for pixel in seen)


def test_near_the_edge_less_is_seen():
    # Five pixels make two pairs: "valid" drops pixel 4. The last output pixel, whose stretch goes
    # from 2 to 5, sees the second pair and a zero of the padding.
    layers = [(2, 2, 1, "valid"), (2, 1, 1, "same")]
    assert counting.receptive_field(layers, 5) == counting.ReceptiveField(size=4, jump=2, start=0)
    assert pixels_seen(layers, 5, position=1)[0].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], (1, 1, 0)),
        ([(3,)], (3, 1, 0)),
        ([(3,), (3,)], (5, 1, 0)),  # two 3x3 see as much as one 5x5
        ([(5,)], (5, 1, 0)),
        ([(3, 2, 1, (1, 1)), (3, 2, 1, (1, 1))], (7, 4, -3)),
        ([(2, 2)] * 3, (8, 8, 0)),
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)], (15, 1, 0)),
    ],
)
def test_receptive_field_by_hand(layers, expected):
    assert counting.receptive_field(layers) == counting.ReceptiveField(*expected)


def test_receptive_field_of_vgg16():
    convolution, pool = (3, 1, 1, "same"), (2, 2)
    blocks = [2, 2, 3, 3, 3]
    layers = [layer for number in blocks for layer in [convolution] * number + [pool]]
    field = counting.receptive_field(layers, 224)
    assert field == counting.ReceptiveField(size=212, jump=32, start=-90)
    assert field.center == 15.5


def every_kind():
    """A model of all kinds of layers that have a closed form, nested and used twice."""
    layers = keras.layers
    inner_image = keras.Input((6, 6, 4))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise")(inner_image)
    x = layers.BatchNormalization(name="normalization")(x)
    inner = keras.Model(inner_image, layers.Conv2D(4, 1, name="conv")(x), name="inner")
    head = keras.Sequential([keras.Input((2,)), layers.Dense(3, name="dense")], name="head")

    image = keras.Input((14, 14, 3), name="image")
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    shared = layers.Conv2D(4, 3, padding="same", groups=2, name="shared")
    x = layers.Rescaling(1 / 255, name="rescaling")(image)
    x = layers.ZeroPadding2D(1, name="padding")(x)
    x = layers.SeparableConv2D(4, 3, strides=3, activation="relu", name="separable")(x)
    x = layers.Conv2DTranspose(4, 2, strides=2, use_bias=False, name="transposed")(x)
    x = layers.AveragePooling2D(2, padding="same", name="average")(x)
    x = layers.Conv2DTranspose(4, 2, name="transposed_again")(x)
    y = shared(x)
    x = layers.Add(name="add")([x, shared(layers.ReLU(name="relu")(y))])
    x = layers.Concatenate(name="concatenate")(
        [inner(x), layers.Activation("tanh", name="tanh")(y)]
    )
    x = layers.MaxPooling2D(name="maximum")(x)
    row = layers.Flatten(name="flatten")(x)
    x = layers.GlobalAveragePooling2D(name="global")(x)
    t = layers.Embedding(11, 8, name="embedding")(tokens)
    t = layers.LayerNormalization(name="layer_normalization")(t)
    t = layers.MultiHeadAttention(2, 3, output_shape=2, name="attention")(t, t)
    t = layers.Reshape((10,), name="reshape")(t)
    x = layers.Concatenate(name="join")([x, t, layers.Dropout(0.5, name="dropout")(row)])
    return keras.Model([image, tokens], head(layers.Dense(2, name="dense")(x)), name="every_kind")


def test_model_table_of_every_kind():
    model = every_kind()
    table = counting.model_table(model)
    assert table.total.weights == model.count_params()
    assert table.total.macs == sum(row.macs for row in table.rows)
    assert not set(counting.tables.COUNTED) - {row.kind for row in table.rows}
    for row in table.rows:
        bytes_per_value = 4
        assert row.activation_bytes == bytes_per_value * math.prod(row.output_shape), row.name

    rows = {row.name: row for row in table.rows}
    assert rows["inner/depthwise"] == counting.Row(
        "inner/depthwise", "DepthwiseConv2D", (6, 6, 8), 80, 6 * 6 * 8 * 9, 1152
    )
    assert rows["head/dense"].macs == 6
    first, second = (row for row in table.rows if row.name == "shared")
    assert (first.weights, second.weights) == (4 * (2 * 9 + 1), 0)
    assert first.macs == second.macs == 6 * 6 * 4 * 2 * 9
    assert [row.name for row in table.rows if row.kind == "InputLayer"] == ["image", "tokens"]


def test_model_table_prints():
    keras_model = keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            keras.layers.Conv2D(32, 3, name="a_layer_with_a_name_that_is_far_too_long_to_show"),
            keras.layers.BatchNormalization(name="normalization"),
            keras.layers.MaxPooling2D(name="pool"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(10, dtype="float16", name="logits"),
        ]
    )
    table = counting.model_table(keras_model)
    assert str(table).splitlines() == [
        "layer                              kind          output shape  weights     MACs    bytes",
        "----------------------------------------------------------------------------------------",
        "image                              InputLayer     (28, 28, 1)        0        0    3,136",
        "a_layer_with_a_name_that_is_far_…  Conv2D        (26, 26, 32)      320  194,688   86,528",
        "normalization                      BatchNormal…  (26, 26, 32)      128        0   86,528",
        "pool                               MaxPooling2D  (13, 13, 32)        0        0   21,632",
        "flatten                            Flatten            (5408,)        0        0   21,632",
        "logits                             Dense                (10,)   54,090   54,080       20",
        "----------------------------------------------------------------------------------------",
        "total                                                           54,538  248,768  219,476",
    ]
    assert table.total.weights == keras_model.count_params()


def test_vgg16():
    without_top = keras.applications.VGG16(
        weights=None, include_top=False, input_shape=(224,) * 2 + (3,)
    )
    assert counting.model_table(without_top).total.weights == 14_714_688
    del without_top
    model = keras.applications.VGG16(weights=None)
    table = counting.model_table(model)
    assert table.total.weights == model.count_params() == 138_357_544
    assert table.total.macs == 15_470_264_320
    assert max(map(len, str(table).splitlines())) <= 88

    rows = {row.name: row for row in table.rows}
    # The weights sit in the dense layers, nearly all in the first; the work is in the convolutions.
    assert rows["fc1"].weights == 25_088 * 4_096 + 4_096 == 102_764_544
    assert sum(row.weights for row in table.rows if row.kind == "Dense") == 123_642_856
    assert sum(row.macs for row in table.rows if row.kind == "Dense") == 123_633_664
    assert sum(row.macs for row in table.rows if row.kind == "Conv2D") == 15_346_630_656

    # PyTorch's counter, on the same network without numbers in it.
    blocks, channels, layers = [64] * 2 + [0] + [128] * 2 + [0], 3, []
    blocks += [256] * 3 + [0] + [512] * 3 + [0] + [512] * 3 + [0]
    for filters in blocks:
        if filters:
            layers += [torch.nn.Conv2d(channels, filters, 3, padding=1, device="meta")]
            channels = filters
        else:
            layers += [torch.nn.MaxPool2d(2)]
    layers += [torch.nn.Flatten()]
    for features, units in [(25_088, 4_096), (4_096, 4_096), (4_096, 1_000)]:
        layers += [torch.nn.Linear(features, units, device="meta")]
    with FlopCounterMode(display=False) as counter:
        torch.nn.Sequential(*layers)(torch.empty(1, 3, 224, 224, device="meta"))
    assert counter.get_total_flops() == 2 * table.total.macs


def profile(model):
    """FLOPs of each operation of TensorFlow, counted by TensorFlow's profiler in one forward pass.

    What the profiler does not know counts 0 there: ReLU, padding, reshaping, einsum.
    """
    inputs = tf.TensorSpec((1, *model.input.shape[1:]))
    function = tf.function(lambda inputs: model(inputs, training=False))
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    node = tf.compat.v1.profiler.profile(
        function.get_concrete_function(inputs).graph, cmd="op", options=options
    )
    flops = {}
    while node.children:  # each operation is listed as the child of the one before
        (node,) = node.children
        if node.float_ops:
            flops[node.name] = node.float_ops
    return flops


def test_mobilenet_v2_against_the_profiler_of_tensorflow():
    model = pretrained.mobilenet_v2()
    table = counting.model_table(model)
    assert max(map(len, str(table).splitlines())) <= 88

    normalizations = [row for row in table.rows if row.kind == "BatchNormalization"]
    moving_averages = sum(row.weights for row in normalizations) // 2
    assert table.total.weights == model.count_params() == 3_538_984
    assert table.total.weights - moving_averages == 3_504_872
    assert table.total.macs == 300_774_272

    flops = profile(model)
    products = flops.pop("Conv2D") + flops.pop("DepthwiseConv2dNative") + flops.pop("MatMul")
    assert products == 2 * table.total.macs

    # The profiler counts what is no MAC as well. Batch normalization takes, for a channel,
    # 1 / sqrt(variance + epsilon), which counts 1 + 2, two products and a difference, and for each
    # number a product and a sum.
    channels = moving_averages // 2
    normalized = sum(math.prod(row.output_shape) for row in normalizations)
    added = sum(math.prod(row.output_shape) for row in table.rows if row.kind == "Add")
    assert flops == {
        "Rsqrt": 2 * channels,
        "Sub": channels,
        "Mul": 2 * channels + normalized,
        "AddV2": channels + normalized + added,
        "Mean": 7 * 7 * 1280,  # global average pooling: sums, and one division a plane
        "BiasAdd": 1000,  # only the last layer has biases
    }
    assert (channels, normalized, added) == (17_056, 6_678_112, 216_384)
    assert products + sum(flops.values()) == 615_287_208


def test_other_layers_against_the_profiler_of_tensorflow():
    layers = keras.layers
    image = keras.Input((8, 8, 4))
    x = layers.SeparableConv2D(6, 3, name="separable")(image)
    x = layers.Conv2DTranspose(5, 3, strides=2, padding="same", name="same")(x)
    x = layers.Conv2DTranspose(5, 3, strides=2, padding="valid", name="valid")(x)
    x = layers.MaxPooling2D(3, name="maximum")(x)
    x = layers.AveragePooling2D(2, padding="same", name="average")(x)
    x = layers.Reshape((16, 5))(x)
    x = layers.MultiHeadAttention(2, 3, name="attention")(x, x)
    model = keras.Model(image, layers.Dense(3, name="dense")(layers.Flatten()(x)))
    table = counting.model_table(model)
    macs = {row.name: row.macs for row in table.rows if row.macs}
    flops = profile(model)

    assert flops["DepthwiseConv2dNative"] + flops["Conv2D"] == 2 * macs["separable"]
    assert flops["MatMul"] == 2 * macs["dense"]
    # Queries times keys and attention times values are an einsum, which the profiler leaves out.
    pairs = 2 * 16 * 16
    assert flops["BatchMatMulV2"] == 2 * (macs["attention"] - pairs * (3 + 3))
    # For transposed convolutions it takes output size / strides, in each axis, for the input size:
    # right for "same", (25 / 2)² instead of 12² for "valid" here.
    assert table.rows[3].output_shape == (25, 25, 5)
    per_position = 3 * 3 * 5 * 5
    assert macs["valid"] == 12 * 12 * per_position
    assert flops["Conv2DBackpropInput"] == 2 * macs["same"] + 2 * 25 * 25 * per_position // 4
    # Comparisons and additions of pooling are no MACs.
    assert flops["MaxPool"] == 8 * 8 * 5 * 9
    assert flops["AvgPool"] == 4 * 4 * 5 * 4


def not_counted():
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    lora = layers.Dense(4, name="lora")
    models = [
        keras.Model(image, layers.Conv3D(2, 1, name="volume")(layers.Reshape((8, 8, 3, 1))(image))),
        keras.Model(image, layers.Dot(1, name="dot")([image, image])),
        keras.Model(image, lora(image)),
    ]
    lora.enable_lora(2)
    sizes = keras.Input((None, None, 3), name="any_size")
    fully = keras.Model(sizes, layers.Conv2D(2, 3)(sizes), name="fully")
    first = keras.layers.Conv2D(2, 3, data_format="channels_first", name="first")
    return [
        (models[0], "layer volume: kind must be one that utils.counting knows. Received: Conv3D"),
        (models[1], "layer dot: kind must be one that utils.counting knows. Received: Dot"),
        (models[2], "layer lora: a Dense must hold 16 weights. Received: 30"),
        (
            fully,
            "layer any_size: all sizes but the batch's must be known. "
            "Received: (None, None, None, 3)",
        ),
        (
            keras.Model(image, fully(image)),
            "layer fully: all sizes but the batch's must be known. Received: (None, None, None, 3)",
        ),
        (
            keras.Model(image, first(image)),
            "layer first: data_format must be channels_last. Received: data_format=channels_first",
        ),
    ]


def test_message_on_models_that_cannot_be_counted():
    for model, expected in not_counted():
        assert message(counting.model_table, model) == expected


@pytest.mark.parametrize(
    "model", [keras.Sequential([keras.layers.Dense(3)]), keras.layers.ReLU(), 3]
)
def test_message_on_what_is_no_model(model):
    with pytest.raises(TypeError) as caught:
        counting.model_table(model)
    assert str(caught.value) == (
        "model must be a functional or a built Sequential Keras model. "
        f"Received: {type(model).__name__}"
    )


none_positive = not_positive | st.none()
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
    value=st.one_of(none_positive, st.tuples(st.integers(1, 3), st.integers(1, 3))),
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
    value=st.one_of(none_positive, st.tuples(none_positive, st.integers(1, 3)), st.just((1, 1, 1))),
)
def test_message_on_pairs(name, value):
    arguments = {"input_shape": (9, 9, 3), "filters": 4, "kernel_size": 3, name: value}
    assert message(conv2d, **arguments) == (
        f"{name} must be a positive integer or a pair of them. Received: {name}={value!r}"
    )


@thorough
@given(name=st.sampled_from(["filters", "groups", "bytes_per_value"]), value=none_positive)
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


shape_of_image = "input_shape must be three positive integers (height, width, channels). Received: "


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (
            counting.depthwise_conv2d,
            {"input_shape": (9, 9), "kernel_size": 3},
            shape_of_image + "input_shape=(9, 9)",
        ),
        (
            counting.depthwise_conv2d,
            {"input_shape": (9, 9, 3), "kernel_size": 3, "depth_multiplier": 0},
            "depth_multiplier must be a positive integer. Received: depth_multiplier=0",
        ),
        (
            counting.separable_conv2d,
            {"input_shape": (9, 9, 3), "filters": 2.0, "kernel_size": 3},
            "filters must be a positive integer. Received: filters=2.0",
        ),
        (
            counting.separable_conv2d,
            {"input_shape": (2, 9, 3), "filters": 2, "kernel_size": 3},
            "kernel must span no more than the padded input. Received: kernel_size=3, "
            "dilation_rate=1, which span 3, and a padded input of 2",
        ),
        (
            counting.conv2d_transpose,
            {"input_shape": (9, 9, 3), "filters": 2, "kernel_size": 3, "padding": ((1, 1), (1, 1))},
            'padding must be "valid" or "same". Received: padding=((1, 1), (1, 1))',
        ),
        (
            counting.conv2d_transpose,
            {"input_shape": (9, 9, 3), "filters": 2, "kernel_size": 3, "output_padding": 1},
            "output_padding must be an integer from 0 to strides - 1, or None. "
            "Received: output_padding=1, strides=1",
        ),
        (
            counting.conv2d_transpose,
            {"input_shape": (9, 9, 3), "filters": 2, "kernel_size": 3, "output_padding": (0,)},
            "output_padding must be a pair, one integer or None. Received: output_padding=(0,)",
        ),
        (
            counting.conv_transpose_output_size,
            {"input_size": 1, "kernel_size": 2, "padding": "same", "output_padding": 0},
            "output_padding must leave an output of at least one pixel. "
            "Received: output_padding=0, input_size=1, kernel_size=2",
        ),
        (
            counting.pooling2d,
            {"input_shape": (9, 9, 3), "pool_size": (2, 0)},
            "pool_size must be a positive integer or a pair of them. Received: pool_size=(2, 0)",
        ),
        (
            counting.pooling2d,
            {"input_shape": (9, 9, 3), "strides": 0},
            "strides must be a positive integer or a pair of them. Received: strides=0",
        ),
        (
            counting.pooling2d,
            {"input_shape": (2, 9, 3), "pool_size": 3},
            'pool_size must be no larger than the image if padding is "valid". '
            "Received: pool_size=(3, 3), an image of (2, 9)",
        ),
        (
            counting.global_average_pooling2d,
            {"input_shape": (None, None, 3)},
            shape_of_image + "input_shape=(None, None, 3)",
        ),
        (
            counting.flatten,
            {"input_shape": (2, 0)},
            "input_shape must be positive integers. Received: input_shape=(2, 0)",
        ),
        (
            counting.dense,
            {"input_shape": (), "units": 3},
            "input_shape must be positive integers, at least one. Received: input_shape=()",
        ),
        (
            counting.dense,
            {"input_shape": (3,), "units": -1},
            "units must be a positive integer. Received: units=-1",
        ),
        (
            counting.batch_normalization,
            {"input_shape": (4, 5), "axis": 0},
            "axis must be from 1 to 2 or from -2 to -1. Received: axis=0",
        ),
        (
            counting.layer_normalization,
            {"input_shape": (4, 5), "axis": (-1, 3)},
            "axis must be from 1 to 2 or from -2 to -1. Received: axis=3",
        ),
        (
            counting.embedding,
            {"input_shape": (4,), "input_dim": 0, "output_dim": 3},
            "input_dim must be a positive integer. Received: input_dim=0",
        ),
        (
            counting.multi_head_attention,
            {"query_shape": (4,), "num_heads": 2, "key_dim": 3},
            "query_shape must be two positive integers (length, features). "
            "Received: query_shape=(4,)",
        ),
        (
            counting.multi_head_attention,
            {
                "query_shape": (4, 2),
                "num_heads": 2,
                "key_dim": 3,
                "value_shape": (5, 2),
                "key_shape": (6, 2),
            },
            "key_shape and value_shape must have the same length. "
            "Received: key_shape=(6, 2), value_shape=(5, 2)",
        ),
        (
            counting.receptive_field,
            {"layers": [(3, 1), 3]},
            "layers must hold tuples (kernel_size, strides, dilation_rate, padding). Received: 3",
        ),
        (
            counting.receptive_field,
            {"layers": [(3, 1, 1, "same")]},
            'input_size must be known if a padding is "same". Received: input_size=None',
        ),
        (
            counting.receptive_field,
            {"layers": [(3, 1, 1, "full")]},
            'padding must be "valid", "same" or (before, after), integers not below 0. '
            "Received: padding='full'",
        ),
        (
            counting.receptive_field,
            {"layers": [(2, 2), (4,)], "input_size": 7},
            "kernel must span no more than the padded input. Received: kernel_size=4, "
            "dilation_rate=1, which span 4, and a padded input of 3",
        ),
    ],
)
def test_message_of_other_functions(function, arguments, expected):
    assert message(function, **arguments) == expected


@thorough
@given(
    name=st.sampled_from(["num_heads", "key_dim", "value_dim", "output_shape", "bytes_per_value"]),
    value=not_positive,
)
def test_message_on_integers_of_attention(name, value):
    arguments = {"query_shape": (4, 2), "num_heads": 2, "key_dim": 3, name: value}
    assert message(counting.multi_head_attention, **arguments) == (
        f"{name} must be a positive integer. Received: {name}={value!r}"
    )
