"""The variational autoencoder of section 2.3."""

import math

import keras
import tensorflow as tf
from keras import layers, ops


class VariationalAutoencoder(keras.Model):
    """A variational autoencoder of pictures, trained on the negative ELBO in nats.

    The latent distribution of a picture is a Gaussian with a diagonal covariance, the prior a
    standard Gaussian, and each pixel a Bernoulli variable whose mean is the pixel's value.
    Both terms of the loss are summed over dimensions and averaged over the batch. In training and
    in `evaluate` one latent point is drawn for each picture.

    Axis letters in the comments: B batch, L latent dimensions.

    Args:
        encoder: Maps pictures of shape (batch, ...) to `[mean, log_var]`, each of shape
            (batch, latent_dim).
        decoder: Maps latent points (batch, latent_dim) to logits of the shape of the pictures.
        beta: Weight of the KL divergence in `loss`; 1 gives the negative ELBO.
        seed: Seed of the latent draws, for this model alone; None takes one from Keras's global
            random state.
        **kwargs: Passed to `keras.Model`.

    Raises:
        ValueError: If `beta` is no finite number of at least 0.

    Source:
        Kingma and Welling, Auto-encoding variational Bayes (2014), arXiv:1312.6114;
        Higgins et al., beta-VAE (2017), for `beta`; section 2.3.
    """

    def __init__(self, encoder, decoder, beta=1.0, seed=None, **kwargs):
        """See the class."""
        super().__init__(**kwargs)
        if not (isinstance(beta, (int, float)) and 0 <= beta < math.inf):
            raise ValueError(f"beta must be a finite number of at least 0. Received: beta={beta!r}")
        self.encoder = encoder
        self.decoder = decoder
        self.beta = float(beta)
        self.seeds = keras.random.SeedGenerator(seed)
        self.trackers = {
            name: keras.metrics.Mean(name=name) for name in ("loss", "reconstruction", "kl")
        }
        self.built = True  # both parts have their weights already

    @property
    def metrics(self):
        """Means over the pictures so far: loss, reconstruction and kl, in nats a picture."""
        return list(self.trackers.values())

    def call(self, images):
        """Reconstruct pictures from the means of their latent distributions.

        Args:
            images: Pictures, shape (batch, ...), values in [0, 1].

        Returns:
            Logits of the pixels, in the shape of `images`; their sigmoid is the picture.
        """
        return self.decoder(self.encoder(images)[0])

    def sample(self, mean, log_var):
        """Draw a latent point as a function of its distribution, so that gradients pass.

        Args:
            mean: Means, shape (batch, latent_dim).
            log_var: Logarithms of the variances, likewise.

        Returns:
            Latent points, likewise.
        """
        noise = keras.random.normal(ops.shape(mean), seed=self.seeds)  # (B, L)
        return mean + ops.exp(log_var / 2) * noise

    def losses_of(self, images):
        """Both terms of the loss, with one latent draw for each picture.

        Args:
            images: Pictures, shape (batch, ...), values in [0, 1].

        Returns:
            Reconstruction and KL divergence, in nats, each of shape (batch,).
        """
        mean, log_var = self.encoder(images)  # (B, L)
        logits = self.decoder(self.sample(mean, log_var))  # (B, ...)
        pixels = ops.binary_crossentropy(images, logits, from_logits=True)  # (B, ...)
        reconstruction = ops.sum(pixels, axis=tuple(range(1, len(pixels.shape))))  # (B,)
        kl = ops.sum((mean**2 + ops.exp(log_var) - 1 - log_var) / 2, axis=-1)  # (B,)
        return reconstruction, kl

    def train_step(self, data):
        """One step of gradient descent on a batch.

        Args:
            data: What `fit` passes on: pictures, or a tuple that begins with them.

        Returns:
            The metrics so far, by name.
        """
        images = _first(data)
        with tf.GradientTape() as tape:
            reconstruction, kl = self.losses_of(images)
            loss = ops.mean(reconstruction) + self.beta * ops.mean(kl)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply(gradients, self.trainable_weights)
        return self._track(reconstruction, kl)

    def test_step(self, data):
        """Both terms on a batch, without training.

        Args:
            data: What `evaluate` passes on: pictures, or a tuple that begins with them.

        Returns:
            The metrics so far, by name.
        """
        return self._track(*self.losses_of(_first(data)))

    def _track(self, reconstruction, kl):
        values = {"loss": reconstruction + self.beta * kl, "reconstruction": reconstruction}
        for name, value in (values | {"kl": kl}).items():
            self.trackers[name].update_state(value)
        return {name: tracker.result() for name, tracker in self.trackers.items()}


def dense_encoder(input_shape, latent_dim, units=(512, 256)):
    """Dense layers from a picture to its latent distribution.

    Args:
        input_shape: Shape of a picture, such as (28, 28, 1) or (784,).
        latent_dim: Number of latent dimensions.
        units: Units of the hidden layers, in order; their activation is ReLU.

    Returns:
        A model that maps (batch, *input_shape) to `[mean, log_var]`, each (batch, latent_dim).

    Source:
        Kingma and Welling (2014), arXiv:1312.6114, appendix C; section 2.3.
    """
    images = keras.Input(input_shape)
    x = layers.Flatten()(images)
    for width in units:
        x = layers.Dense(width, activation="relu")(x)
    mean = layers.Dense(latent_dim, name="mean")(x)
    log_var = layers.Dense(latent_dim, name="log_var")(x)
    return keras.Model(images, [mean, log_var], name="encoder")


def dense_decoder(output_shape, latent_dim, units=(256, 512)):
    """Dense layers from a latent point to the logits of a picture.

    Args:
        output_shape: Shape of a picture, such as (28, 28, 1) or (784,).
        latent_dim: Number of latent dimensions.
        units: Units of the hidden layers, in order; their activation is ReLU.

    Returns:
        A model that maps (batch, latent_dim) to logits of shape (batch, *output_shape).

    Source:
        Kingma and Welling (2014), arXiv:1312.6114, appendix C; section 2.3.
    """
    latent = keras.Input((latent_dim,))
    x = latent
    for width in units:
        x = layers.Dense(width, activation="relu")(x)
    logits = layers.Dense(math.prod(output_shape))(x)
    return keras.Model(latent, layers.Reshape(output_shape)(logits), name="decoder")


def _first(data):
    return data[0] if isinstance(data, (tuple, list)) else data
