"""The autoencoder networks compute what section 2.3 says, train, and reload."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from utils import models
from utils.reference import vae as reference


def make(shape=(28, 28, 1), latent_dim=3, units=(16, 8), **kwargs):
    keras.utils.set_random_seed(5)
    encoder = models.dense_encoder(shape, latent_dim, units)
    decoder = models.dense_decoder(shape, latent_dim, units[::-1])
    return models.VariationalAutoencoder(encoder, decoder, **kwargs)


def pictures(shape=(28, 28, 1), count=12):
    return np.random.default_rng(0).uniform(size=(count, *shape)).astype("float32")


def test_weights_by_hand():
    vae = make(latent_dim=2, units=(512, 256))
    assert vae.encoder.count_params() == 785 * 512 + 513 * 256 + 2 * 257 * 2
    assert vae.decoder.count_params() == 3 * 256 + 257 * 512 + 513 * 784
    assert vae.count_params() == vae.encoder.count_params() + vae.decoder.count_params()
    assert len(vae.trainable_weights) == 14


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 1), (784,)])
def test_losses_are_the_reference_s_for_every_shape(shape):
    vae, images = make(shape, seed=7), pictures(shape)
    reconstruction, kl = vae.losses_of(images)
    mean, log_var = (np.asarray(output) for output in vae.encoder(images))
    assert mean.shape == log_var.shape == (12, 3)
    noise = keras.random.normal((12, 3), seed=keras.random.SeedGenerator(7))
    logits = vae.decoder(reference.sample(mean, log_var, noise))
    np.testing.assert_allclose(kl, reference.kl_divergence(mean, log_var), rtol=1e-4, atol=1e-6)
    expected = reference.reconstruction_loss(images, logits)
    np.testing.assert_allclose(reconstruction, expected, rtol=1e-4)
    assert vae(images).shape == images.shape
    np.testing.assert_allclose(vae(images), vae.decoder(mean), rtol=1e-5)


@pytest.mark.parametrize("beta", [0, 1.0, 4])
def test_metrics_are_means_over_pictures_of_uneven_batches(beta):
    vae, images = make(beta=beta, seed=1), pictures()
    vae.compile(optimizer="adam")
    result = vae.evaluate(images, batch_size=5, verbose=0, return_dict=True)
    assert set(result) == {"loss", "reconstruction", "kl"}
    assert result["loss"] == pytest.approx(result["reconstruction"] + beta * result["kl"], rel=1e-5)
    kl = reference.kl_divergence(*(np.asarray(output) for output in vae.encoder(images)))
    assert result["kl"] == pytest.approx(kl.mean(), rel=1e-4)


def test_train_step_is_one_gradient_step_on_the_loss():
    images, beta, rate = pictures(), 3.0, 0.001
    vae, twin = make(beta=beta, seed=9), make(beta=beta, seed=9)
    with tf.GradientTape() as tape:
        reconstruction, kl = twin.losses_of(images)
        loss = tf.reduce_mean(reconstruction + beta * kl)
    gradients = tape.gradient(loss, twin.trainable_weights)
    assert all(np.abs(gradient).max() > 0 for gradient in gradients)  # through the sample, too
    vae.compile(optimizer=keras.optimizers.SGD(rate))
    result = vae.train_on_batch(images, return_dict=True)
    assert result["loss"] == pytest.approx(float(loss), rel=1e-5)
    for after, before, gradient in zip(
        vae.get_weights(), twin.get_weights(), gradients, strict=False
    ):
        np.testing.assert_allclose(after, before - rate * gradient, rtol=1e-3, atol=1e-6)


def test_draws_follow_the_seed_and_the_distribution():
    vae = make(seed=2)
    mean, log_var = np.full((40_000, 2), [1.0, -2.0]), np.log(np.full((40_000, 2), [4.0, 0.25]))
    draws = np.asarray(vae.sample(mean.astype("float32"), log_var.astype("float32")))
    np.testing.assert_allclose(draws.mean(axis=0), [1, -2], atol=0.05)
    np.testing.assert_allclose(draws.var(axis=0), [4, 0.25], rtol=0.05)
    again = make(seed=2).sample(mean.astype("float32"), log_var.astype("float32"))
    np.testing.assert_allclose(draws, again, rtol=1e-6)
    assert np.abs(draws - np.asarray(vae.sample(*vae.encoder(pictures())))[0, 0]).max() > 0


@pytest.mark.parametrize("jit_compile", [True, False])
def test_training_lowers_the_loss_and_labels_are_ignored(jit_compile):
    images = np.repeat(pictures(count=4) > 0.5, 16, axis=0).astype("float32")
    vae = make(units=(64, 32), seed=0)
    vae.compile(optimizer=keras.optimizers.Adam(0.003), jit_compile=jit_compile)
    history = vae.fit(images, np.arange(64), batch_size=16, epochs=30, verbose=0).history
    assert set(history) == {"loss", "reconstruction", "kl"}
    assert history["loss"][0] > 784 * np.log(2) * 0.95
    assert history["loss"][-1] < 0.6 * history["loss"][0]


def test_weights_can_be_saved_and_reloaded(tmp_path):
    vae, other = make(seed=1), make(seed=1)
    for weight in other.weights[:14]:
        weight.assign(weight * 0)
    vae.save_weights(tmp_path / "vae.weights.h5")
    other.load_weights(tmp_path / "vae.weights.h5")
    np.testing.assert_array_equal(vae(pictures()), other(pictures()))


@pytest.mark.parametrize("beta", [-1, float("nan"), float("inf"), "1", None])
def test_a_wrong_beta_is_named(beta):
    message = r"beta must be a finite number of at least 0. Received: beta="
    with pytest.raises(ValueError, match=message):
        make(beta=beta)
