"""NumPy's batch normalization equals Keras and PyTorch in both modes, forward and backward."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import experiments
from utils.reference.convolution import conv2d
from utils.reference.normalization import (
    batch_normalization,
    batch_normalization_gradients,
    batch_statistics,
    fold,
    normalize,
)

thorough = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def cases(draw):
    """Inputs with 2 to 4 axes, gamma and beta or None, gradient of the outputs, and epsilon."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    axes = draw(st.integers(0, 2))
    channels = draw(st.integers(1, 4))
    shape = (draw(st.integers(2, 6)), *(draw(st.integers(1, 4)) for _ in range(axes)), channels)
    inputs = rng.normal(rng.normal(0, 3), rng.uniform(0.5, 3), size=shape)
    gamma = rng.normal(size=channels) if draw(st.booleans()) else None
    beta = rng.normal(size=channels) if draw(st.booleans()) else None
    epsilon = draw(st.sampled_from([1e-5, 1e-3, 1.0]))
    return inputs, gamma, beta, rng.normal(size=shape), epsilon


def keras_layer(shape, gamma, beta, epsilon, momentum=0.9):
    layer = keras.layers.BatchNormalization(
        epsilon=epsilon,
        momentum=momentum,
        scale=gamma is not None,
        center=beta is not None,
        dtype="float64",
    )
    layer.build(shape)
    for weight, value in ((layer.gamma, gamma), (layer.beta, beta)):
        if value is not None:
            weight.assign(value)
    return layer


@given(cases())
@thorough
def test_training_mode_is_keras_forward_and_backward(case):
    inputs, gamma, beta, output_gradient, epsilon = case
    layer = keras_layer(inputs.shape, gamma, beta, epsilon)
    variable = tf.Variable(inputs)
    with tf.GradientTape() as tape:
        outputs = layer(variable, training=True)
        loss = tf.reduce_sum(outputs * output_gradient)
    trained = [w.value for w in (layer.gamma, layer.beta) if w is not None]
    expected = [gradient.numpy() for gradient in tape.gradient(loss, [variable, *trained])]

    found, mean, variance = batch_normalization(inputs, gamma, beta, epsilon)
    np.testing.assert_allclose(found, outputs.numpy(), rtol=1e-8, atol=1e-8)
    moving = 0.1 * mean, 0.9 + 0.1 * variance
    for weight, value in zip((layer.moving_mean, layer.moving_variance), moving, strict=True):
        np.testing.assert_allclose(weight.numpy(), value, rtol=1e-8, atol=1e-8)

    gradients = batch_normalization_gradients(inputs, gamma, output_gradient, epsilon)
    used = [gradients[0]]
    used += [gradients[1]] if gamma is not None else []
    used += [gradients[2]] if beta is not None else []
    for one, other in zip(used, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


@given(cases())
@thorough
def test_inference_mode_is_keras_and_torch(case):
    inputs, gamma, beta, other, epsilon = case
    mean, variance = batch_statistics(other)
    found = normalize(inputs, mean, variance, gamma, beta, epsilon)

    layer = keras_layer(inputs.shape, gamma, beta, epsilon)
    layer.moving_mean.assign(mean)
    layer.moving_variance.assign(variance)
    np.testing.assert_allclose(layer(inputs, training=False).numpy(), found, rtol=1e-8, atol=1e-8)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), mean)

    def tensor(array):
        return None if array is None else torch.from_numpy(array)

    channels_second = tensor(np.moveaxis(inputs, -1, 1).copy())
    in_torch = torch.nn.functional.batch_norm(
        channels_second, tensor(mean), tensor(variance), tensor(gamma), tensor(beta), eps=epsilon
    )
    in_torch = np.moveaxis(in_torch.numpy(), 1, -1)
    np.testing.assert_allclose(in_torch, found, rtol=1e-8, atol=1e-8)


@given(cases())
@thorough
def test_training_mode_is_torch_forward_and_backward(case):
    inputs, gamma, beta, output_gradient, epsilon = case
    leaves = [torch.tensor(np.moveaxis(inputs, -1, 1).copy(), requires_grad=True)]
    for array, otherwise in ((gamma, np.ones), (beta, np.zeros)):
        array = otherwise(inputs.shape[-1]) if array is None else array
        leaves.append(torch.tensor(array, requires_grad=True))
    outputs = torch.nn.functional.batch_norm(
        leaves[0], None, None, leaves[1], leaves[2], training=True, eps=epsilon
    )
    outputs.backward(torch.from_numpy(np.moveaxis(output_gradient, -1, 1).copy()))
    found, _, _ = batch_normalization(inputs, gamma, beta, epsilon)
    in_torch = np.moveaxis(outputs.detach().numpy(), 1, -1)
    np.testing.assert_allclose(in_torch, found, rtol=1e-8, atol=1e-8)
    gradients = batch_normalization_gradients(inputs, gamma, output_gradient, epsilon)
    expected = [np.moveaxis(leaves[0].grad.numpy(), 1, -1)]
    expected += [leaf.grad.numpy() for leaf in leaves[1:]]
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


def test_by_hand():
    inputs = np.array([[1.0, 5.0], [3.0, 5.0]])
    mean, variance = batch_statistics(inputs)
    assert mean.tolist() == [2, 5] and variance.tolist() == [1, 0]
    outputs, _, _ = batch_normalization(inputs, epsilon=0.21)
    np.testing.assert_allclose(outputs, [[-1 / 1.1, 0], [1 / 1.1, 0]], rtol=1e-12)


@pytest.mark.parametrize("bias", [None, np.array([0.5, -2.0, 1.0, 3.0])])
@pytest.mark.parametrize("scaled", [True, False])
def test_fold_leaves_the_outputs_as_they_were(bias, scaled):
    rng = np.random.default_rng(0)
    inputs, kernel = rng.normal(size=(2, 6, 5, 3)), rng.normal(size=(3, 3, 3, 4))
    mean, variance = rng.normal(size=4), rng.uniform(0.1, 3, size=4)
    gamma, beta = rng.normal(size=(2, 4)) if scaled else (None, None)
    expected = normalize(conv2d(inputs, kernel, bias), mean, variance, gamma, beta)
    folded = conv2d(inputs, *fold(kernel, bias, mean, variance, gamma, beta))
    np.testing.assert_allclose(folded, expected, rtol=1e-10, atol=1e-10)


def test_float32_stays_float32():
    inputs = np.ones((4, 3), "float32")
    outputs, mean, variance = batch_normalization(inputs, np.ones(3, "f4"), np.ones(3, "f4"))
    assert {outputs.dtype, mean.dtype, variance.dtype} == {np.dtype("float32")}


X = np.ones((2, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: batch_statistics(np.ones(3)), r"shape \(batch, \.\.\., channels\) .*\(3,\)"),
        (lambda: batch_statistics(np.ones((0, 3))), r"hold values\. .* shape=\(0, 3\)"),
        (lambda: normalize(X, 0, np.ones(3)), r"mean must have shape \(3,\), .* shape=\(\)"),
        (lambda: normalize(X, np.ones(3), np.ones(2)), r"variance must have .* shape=\(2,\)"),
        (lambda: batch_normalization(X, np.ones(2)), r"gamma must have shape \(3,\), .*\(2,\)"),
        (lambda: batch_normalization(X, beta=np.ones(1)), r"beta must have shape \(3,\), .*\(1,\)"),
        (lambda: batch_normalization(X, epsilon=-1), r"epsilon must not be negative\. .*=-1"),
        (
            lambda: batch_normalization_gradients(X, None, np.ones((3, 2))),
            r"shape of the inputs, \(2, 3\)\. .* shape=\(3, 2\)",
        ),
        (
            lambda: fold(np.ones((3, 3, 1, 2)), np.ones(3), np.ones(2), np.ones(2)),
            r"bias must have shape \(2,\), .* shape=\(3,\)",
        ),
        (
            lambda: fold(np.ones((3, 3, 1, 2)), None, np.ones(2), np.ones(3)),
            r"variance must have shape \(2,\), .* shape=\(3,\)",
        ),
    ],
)
def test_invalid_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_study_of_orders_starts_all_its_networks_alike():
    study = experiments.open_study("norm_order")
    kernels = []
    for normalization in study.NORMALIZATIONS:
        keras.utils.set_random_seed(3)
        kernels.append([w for w in study.network(normalization).get_weights() if w.ndim > 1])
    for others in kernels[1:]:
        for one, other in zip(kernels[0], others, strict=True):
            np.testing.assert_array_equal(one, other)
    kinds = [type(layer).__name__ for layer in study.network("before ReLU").layers[:3]]
    assert kinds == ["Conv2D", "BatchNormalization", "ReLU"]
    with pytest.raises(ValueError, match=r"normalization must be one of none, .*'batch'"):
        study.network("batch")
