"""The residual block has the right shortcut in each of its three cases."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from utils import models
from utils.reference.convolution import conv2d
from utils.reference.pooling import max_pooling2d


def make(shape, filters, pooling):
    keras.utils.set_random_seed(3)
    inputs = keras.Input(shape)
    model = keras.Model(inputs, models.residual_block(inputs, filters, pooling))
    rng = np.random.default_rng(1)
    for weight in model.weights:  # biases too, so that a lost one shows
        weight.assign(rng.normal(scale=0.3, size=weight.shape))
    return model


def of_kind(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def in_numpy(x, model):
    """The block by the book's reference functions, read off the layers of the model."""
    arrays = [layer.get_weights() for layer in of_kind(model, layers.Conv2D)]
    f = np.maximum(conv2d(x, *arrays[0], padding="same"), 0)
    f = np.maximum(conv2d(f, *arrays[1], padding="same"), 0)
    pooling = bool(of_kind(model, layers.MaxPooling2D))
    if pooling:
        f = max_pooling2d(f, 2, padding="same")
    if len(arrays) == 3:
        x = conv2d(x, *arrays[2], strides=2 if pooling else 1)
    return f + x


@pytest.mark.parametrize("size", [(8, 8), (7, 5), (1, 2)])
@pytest.mark.parametrize(
    "filters, pooling, strides",
    [(4, False, []), (6, False, [(1, 1)]), (3, False, [(1, 1)]), (4, True, [(2, 2)]),
     (6, True, [(2, 2)])],
)  # fmt: skip
def test_shapes_weights_and_outputs(size, filters, pooling, strides):
    model = make((*size, 4), filters, pooling)
    halved = tuple((length + 1) // 2 for length in size) if pooling else size
    assert model.output_shape == (None, *halved, filters)
    shortcuts = [la for la in of_kind(model, layers.Conv2D) if la.kernel_size == (1, 1)]
    assert [layer.strides for layer in shortcuts] == strides
    by_hand = (9 * 4 + 1) * filters + (9 * filters + 1) * filters + len(strides) * 5 * filters
    assert model.count_params() == by_hand
    x = np.random.default_rng(0).normal(size=(2, *size, 4)).astype("float32")
    np.testing.assert_allclose(model(x), in_numpy(x, model), rtol=1e-4, atol=1e-4)


def test_without_its_convolutions_the_block_is_the_identity():
    model = make((6, 6, 4), 4, False)
    for weight in model.weights:
        weight.assign(weight * 0)
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 4)).astype("float32")
    np.testing.assert_array_equal(model(x), x)


def test_the_shortcut_is_linear_and_the_branch_is_not():
    """Nothing but the two 3×3 convolutions has an activation."""
    model = make((6, 6, 4), 6, True)
    names = [(layer.kernel_size[0], layer.activation.__name__) for layer in
             of_kind(model, layers.Conv2D)]  # fmt: skip
    assert names == [(3, "relu"), (3, "relu"), (1, "linear")]


def test_gradients_reach_every_weight_and_the_input():
    model = make((6, 6, 4), 6, True)
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 6, 6, 4)).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(model(x) ** 2)
    for gradient in tape.gradient(loss, [x, *model.trainable_weights]):
        assert np.abs(gradient).max() > 0


def test_the_add_receives_the_branch_first_and_the_shortcut_second():
    model = make((6, 6, 4), 6, True)
    (add,) = of_kind(model, layers.Add)
    branch, shortcut = (tensor._keras_history.operation for tensor in add.input)
    assert isinstance(branch, layers.MaxPooling2D)
    assert isinstance(shortcut, layers.Conv2D) and shortcut.strides == (2, 2)
    (add,) = of_kind(make((6, 6, 4), 4, False), layers.Add)
    assert isinstance(add.input[1]._keras_history.operation, layers.InputLayer)


def test_sizes_may_be_unknown():
    inputs = keras.Input((None, None, 4))
    model = keras.Model(inputs, models.residual_block(inputs, 6, pooling=True))
    assert model(np.zeros((1, 7, 10, 4), "float32")).shape == (1, 4, 5, 6)


@pytest.mark.parametrize("filters", [0, -2, 2.0, True, None, "3"])
def test_wrong_filters_are_named(filters):
    message = r"filters must be a positive integer. Received: filters="
    with pytest.raises(ValueError, match=message):
        models.residual_block(keras.Input((6, 6, 4)), filters)


def test_a_wrong_rank_is_named():
    message = r"x must have four axes .* Received: x of shape \(None, 6, 4\)"
    with pytest.raises(ValueError, match=message):
        models.residual_block(keras.Input((6, 4)), 4)
