"""NumPy's dense layer equals Keras and PyTorch, forward and backward."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.reference.dense import dense, dense_gradients, linear, relu, sigmoid, tanh

ACTIVATIONS = {"linear": linear, "relu": relu, "sigmoid": sigmoid, "tanh": tanh}
thorough = settings(max_examples=330, deadline=None, derandomize=True)


@st.composite
def cases(draw):
    """Inputs, kernel, bias, gradient of the outputs, and the name of an activation."""
    batch, size, units = (draw(st.integers(1, 6)) for _ in range(3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    bias = rng.normal(size=units) if draw(st.booleans()) else None
    activation = draw(st.sampled_from([None, *ACTIVATIONS]))
    inputs, kernel = rng.normal(size=(batch, size)), rng.normal(size=(size, units))
    return inputs, kernel, bias, rng.normal(size=(batch, units)), activation


def in_keras(inputs, kernel, bias, output_gradient, activation):
    layer = keras.layers.Dense(
        kernel.shape[1], activation=activation, use_bias=bias is not None, dtype="float64"
    )
    layer.build(inputs.shape)
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    variable = tf.Variable(inputs)
    with tf.GradientTape() as tape:
        outputs = layer(variable)
        loss = tf.reduce_sum(outputs * output_gradient)
    gradients = tape.gradient(loss, [variable, *(w.value for w in layer.trainable_weights)])
    return [outputs.numpy(), *(gradient.numpy() for gradient in gradients)]


def in_torch(inputs, kernel, bias, output_gradient, activation):
    leaves = [torch.tensor(array, requires_grad=True) for array in (inputs, kernel.T)]
    if bias is not None:
        leaves.append(torch.tensor(bias, requires_grad=True))
    outputs = torch.nn.functional.linear(*leaves)
    if activation not in (None, "linear"):
        outputs = getattr(torch, activation)(outputs)
    outputs.backward(torch.tensor(output_gradient))
    gradients = [leaf.grad.numpy() for leaf in leaves]
    gradients[1] = gradients[1].T
    return [outputs.detach().numpy(), *gradients]


@pytest.mark.parametrize("library", [in_keras, in_torch])
@thorough
@given(case=cases())
def test_equals_the_library(library, case):
    inputs, kernel, bias, output_gradient, activation = case
    ours = [dense(inputs, kernel, bias, activation)]
    ours += dense_gradients(inputs, kernel, bias, output_gradient, activation)
    for mine, theirs in zip(ours, library(*case), strict=bias is not None):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


@thorough
@given(case=cases())
def test_gradients_are_those_of_a_small_step(case):
    """A central difference along a random direction. Sums near ReLU's corner are left out."""
    inputs, kernel, bias, output_gradient, activation = case
    bias = np.zeros(kernel.shape[1]) if bias is None else bias
    sums = inputs @ kernel + bias
    if activation == "relu" and np.abs(sums).min() < 1e-3:
        return
    arguments = inputs, kernel, bias
    rng = np.random.default_rng(0)
    directions = [rng.uniform(-1, 1, size=argument.shape) for argument in arguments]

    def loss(step):
        moved = [a + step * d for a, d in zip(arguments, directions, strict=True)]
        return np.sum(dense(*moved, activation) * output_gradient)

    gradients = dense_gradients(*arguments, output_gradient, activation)
    slope = sum(np.sum(g * d) for g, d in zip(gradients, directions, strict=True))
    np.testing.assert_allclose((loss(1e-5) - loss(-1e-5)) / 2e-5, slope, rtol=1e-5, atol=1e-6)


def test_relu_has_slope_zero_at_zero():
    gradients = dense_gradients(np.ones((1, 1)), np.zeros((1, 1)), None, np.ones((1, 1)), "relu")
    assert [gradient.tolist() for gradient in gradients] == [[[0.0]], [[0.0]], [0.0]]


def test_float32_stays_float32():
    inputs, kernel = np.ones((2, 3), np.float32), np.ones((3, 4), np.float32)
    for activation in ACTIVATIONS:
        assert dense(inputs, kernel, None, activation).dtype == np.float32
        for gradient in dense_gradients(inputs, kernel, None, np.ones((2, 4), "f4"), activation):
            assert gradient.dtype == np.float32


def test_activations_at_known_places():
    places = np.array([-1000.0, -1.0, 0.0, 1.0, 1000.0])
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(linear(places), places)
        np.testing.assert_array_equal(relu(places), [0, 0, 0, 1, 1000])
        np.testing.assert_allclose(sigmoid(places), [0, 0.2689414, 0.5, 0.7310586, 1], atol=1e-7)
        np.testing.assert_allclose(tanh(places), [-1, -0.7615942, 0, 0.7615942, 1], atol=1e-7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": np.ones(3)}, r"inputs must have shape \(batch, inputs\)\. .* shape=\(3,\)"),
        ({"kernel": np.ones((4, 2))}, r"kernel must have .* 3 inputs\. .* shape=\(4, 2\)"),
        ({"kernel": np.ones(3)}, r"kernel must have .* 3 inputs\. .* shape=\(3,\)"),
        ({"bias": np.ones(3)}, r"bias must have shape \(2,\), .* shape=\(3,\)"),
        ({"bias": np.ones(1)}, r"bias must have shape \(2,\), .* shape=\(1,\)"),
        ({"activation": "step"}, r"activation must be None or one of .* Received: 'step'"),
    ],
)
def test_invalid_arguments_are_named(change, message):
    arguments = {"inputs": np.ones((5, 3)), "kernel": np.ones((3, 2)), "bias": None}
    with pytest.raises(ValueError, match=message):
        dense(**(arguments | change))
    with pytest.raises(ValueError, match=message):
        dense_gradients(**(arguments | change), output_gradient=np.ones((5, 2)))


def test_output_gradient_must_have_the_shape_of_the_outputs():
    with pytest.raises(ValueError, match=r"shape of the outputs, \(5, 2\)\. .* shape=\(2, 5\)"):
        dense_gradients(np.ones((5, 3)), np.ones((3, 2)), None, np.ones((2, 5)))
