"""NumPy's VAE terms equal Keras, SciPy and Monte Carlo, and name wrong arguments."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from utils.reference import vae as reference

thorough = settings(max_examples=100, deadline=None, derandomize=True)


@st.composite
def gaussians(draw):
    """Means and logarithms of variances of a batch."""
    shape = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    scale = 10.0 ** draw(st.integers(-3, 1))
    return rng.normal(size=shape) * scale, rng.uniform(-4, 3, size=shape)


@thorough
@given(gaussians())
def test_kl_divergence_is_keras_s_formula_and_never_negative(case):
    mean, log_var = case
    expected = keras.ops.sum(-0.5 * (1 + log_var - mean**2 - keras.ops.exp(log_var)), axis=-1)
    ours = reference.kl_divergence(mean, log_var)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)
    assert (ours >= 0).all()


@pytest.mark.parametrize(("mean", "var"), [(0, 1), (1, 1), (0, 0.01), (-2, 3), (0.5, 0.25)])
def test_kl_divergence_is_the_integral_and_the_mean_over_draws(mean, var):
    q, p = stats.norm(mean, var**0.5), stats.norm()

    def integrand(z):
        return q.pdf(z) * (q.logpdf(z) - p.logpdf(z))

    low, high = mean - 12 * var**0.5, mean + 12 * var**0.5
    expected = integrate.quad(integrand, low, high, points=[mean])[0]
    ours = reference.kl_divergence([mean], [np.log(var)])
    assert ours == pytest.approx(expected, abs=1e-8)
    estimate, error = reference.kl_monte_carlo([mean], [np.log(var)], 20_000, seed=3)
    assert abs(estimate - expected) <= 4 * error + 1e-12
    assert error == 0 if (mean, var) == (0, 1) else 0 < error < 0.03


def test_kl_divergence_by_hand_and_near_zero():
    assert reference.kl_divergence([1.0], [0.0]) == 0.5
    assert reference.kl_divergence([1.0, 2.0], [0.0, 0.0]) == 2.5
    assert reference.kl_divergence([0.0], [1e-9]) == pytest.approx(2.5e-19, rel=0.2, abs=1e-17)


def test_kl_monte_carlo_adds_dimensions_and_its_standard_error_holds():
    mean, log_var = [1.0, -0.5], [0.3, -1.0]
    exact = reference.kl_divergence(mean, log_var)
    runs = np.array([reference.kl_monte_carlo(mean, log_var, 200, seed) for seed in range(400)])
    scores = (runs[:, 0] - exact) / runs[:, 1]
    assert abs(scores.mean()) < 0.2
    assert 0.9 < scores.std() < 1.1


@thorough
@given(gaussians())
def test_sample_has_the_moments_and_the_gradients(case):
    mean, log_var = case
    noise = np.random.default_rng(0).normal(size=mean.shape)
    ours = reference.sample(mean, log_var, noise)
    np.testing.assert_allclose((ours - mean) / np.exp(log_var / 2), noise, atol=1e-6)
    inputs = [tf.constant(mean), tf.constant(log_var)]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        z = inputs[0] + tf.exp(inputs[1] / 2) * noise
    by_mean, by_log_var = tape.gradient(z, inputs)
    np.testing.assert_allclose(z, ours, rtol=1e-12)
    np.testing.assert_allclose(by_mean, np.ones_like(mean))
    np.testing.assert_allclose(by_log_var, (ours - mean) / 2, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(3, 28, 28, 1), (2, 8, 4, 1), (5, 7)])
def test_reconstruction_loss_equals_keras(shape):
    rng = np.random.default_rng(1)
    images, logits = rng.uniform(size=shape), rng.normal(size=shape) * 5
    pixels = keras.ops.binary_crossentropy(images, logits, from_logits=True)
    expected = keras.ops.convert_to_numpy(pixels).reshape(shape[0], -1).sum(axis=1)
    np.testing.assert_allclose(reference.reconstruction_loss(images, logits), expected, rtol=1e-5)


def test_reconstruction_loss_by_hand_and_without_overflow():
    half = reference.reconstruction_loss(np.full((1, 784), 0.3), np.zeros((1, 784)))
    assert half == pytest.approx(784 * np.log(2))
    extreme = reference.reconstruction_loss([[0.0, 1.0, 1.0]], [[1e4, -1e4, 1e4]])
    assert extreme == pytest.approx(2e4)


def test_active_units_counts_means_that_move():
    rng = np.random.default_rng(0)
    means = rng.normal(size=(1000, 4)) * [1, 0.2, 0.05, 0] + [0, 5, 5, 5]
    assert reference.active_units(means) == 2
    assert reference.active_units(means, threshold=0.001) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reference.kl_divergence([0, 1], [0]), r"log_var must have the shape of mean, \(2"),
        (lambda: reference.kl_divergence(["a"], [0]), r"mean must be an array of real numbers"),
        (lambda: reference.kl_divergence([0], [np.inf]), r"log_var must be finite"),
        (lambda: reference.kl_divergence(1.0, 2.0), r"mean must be .* Received: shape=\(\)"),
        (lambda: reference.sample([0], [0], [0, 1]), r"noise must have the shape of mean"),
        (lambda: reference.kl_monte_carlo([0], [0], 1, 0), r"draws be at least 2.*draws=1"),
        (lambda: reference.kl_monte_carlo([[0]], [[0]], 9, 0), r"mean must have one axis.*\(1, 1"),
        (lambda: reference.kl_monte_carlo([0], [0], 0.5, 0), r"draws must be a positive integer"),
        (lambda: reference.reconstruction_loss([[2]], [[0]]), r"lie in 0 to 1. Received: 2 to 2"),
        (lambda: reference.reconstruction_loss([1], [0]), r"batch axis. Received: shape=\(1,\)"),
        (lambda: reference.active_units([[1, 2]]), r"at least 2 samples. Received: shape=\(1, 2"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
