"""The parts of a variational autoencoder's loss, in nats.

The latent distribution of a sample is a Gaussian with a diagonal covariance, given by means and
logarithms of variances; the prior is a standard Gaussian; each pixel is a Bernoulli variable.
Axis letters in the comments: B samples, D pixels, L latent dimensions, S draws.
"""

import numpy as np

from utils.reference import positive_integer


def sample(mean: np.ndarray, log_var: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Turn standard Gaussian noise into draws from given Gaussians: the reparameterization.

    Args:
        mean: Means, any shape, any real dtype.
        log_var: Natural logarithms of the variances, likewise.
        noise: Draws from the standard Gaussian, likewise.

    Returns:
        mean + standard deviation · noise, in the common shape, float64.

    Raises:
        ValueError: If the shapes do not fit together or a value is no finite real number.

    Source:
        Kingma and Welling, Auto-encoding variational Bayes (2014), arXiv:1312.6114, section 2.4;
        section 2.3.
    """
    mean, log_var, noise = _check(mean=mean, log_var=log_var, noise=noise)
    return mean + np.exp(log_var / 2) * noise


def kl_divergence(mean: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    """KL divergence from Gaussians to the standard Gaussian, summed over the last axis.

    Args:
        mean: Means, shape (..., latent_dim), any real dtype.
        log_var: Natural logarithms of the variances, likewise.

    Returns:
        Nats for each sample, shape (...), float64; never negative.

    Raises:
        ValueError: If the shapes do not fit together or a value is no finite real number.

    Source:
        Kingma and Welling (2014), arXiv:1312.6114, appendix B; section 2.3.
    """
    mean, log_var = _check(mean=mean, log_var=log_var)
    return np.sum((mean**2 + np.expm1(log_var) - log_var) / 2, axis=-1)  # (B, L) -> (B,)


def kl_monte_carlo(
    mean: np.ndarray, log_var: np.ndarray, draws: int, seed: int
) -> tuple[float, float]:
    """The same divergence for one Gaussian, estimated from draws.

    It averages log q(z) - log p(z) over draws z from q.

    Args:
        mean: Means, shape (latent_dim,), any real dtype.
        log_var: Natural logarithms of the variances, likewise.
        draws: Number of draws, at least 2.
        seed: Seed of the draws.

    Returns:
        The estimate and its standard error, in nats.

    Raises:
        ValueError: If a shape or value is wrong.

    Source:
        Kingma and Welling (2014), arXiv:1312.6114, section 2.3; section 2.3.
    """
    mean, log_var = _check(mean=mean, log_var=log_var)
    draws = positive_integer("draws", draws)
    if mean.ndim != 1 or draws < 2:
        raise ValueError(
            "mean must have one axis and draws be at least 2. "
            f"Received: mean of shape {mean.shape}, draws={draws}"
        )
    noise = np.random.default_rng(seed).normal(size=(draws, len(mean)))  # (S, L)
    z = mean + np.exp(log_var / 2) * noise
    # Both densities have the same constant, which cancels.
    log_ratio = np.sum((z**2 - noise**2 - log_var) / 2, axis=1)  # (S,)
    return float(log_ratio.mean()), float(log_ratio.std(ddof=1) / draws**0.5)


def reconstruction_loss(images: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Binary cross-entropy between pixels and predicted pixels, summed over the pixels.

    Args:
        images: Pixels from 0 to 1, shape (batch, ...), any real dtype.
        logits: Logits of the predicted pixels, likewise.

    Returns:
        Nats for each picture, shape (batch,), float64.

    Raises:
        ValueError: If the shapes differ, a value is no finite real number or a pixel lies outside
            0 to 1.

    Source:
        Kingma and Welling (2014), arXiv:1312.6114, appendix C.1; section 2.3.
    """
    images, logits = _check(images=images, logits=logits)
    if images.ndim < 2:
        raise ValueError(f"images must have a batch axis. Received: shape={images.shape}")
    if images.min() < 0 or images.max() > 1:
        raise ValueError(
            f"images must lie in 0 to 1. Received: {images.min():g} to {images.max():g}"
        )
    # -x log s - (1 - x) log(1 - s) with s = sigmoid(logits), without overflow.
    pixels = np.maximum(logits, 0) - images * logits + np.log1p(np.exp(-np.abs(logits)))
    return pixels.reshape(len(images), -1).sum(axis=1)  # (B, D) -> (B,)


def active_units(means: np.ndarray, threshold: float = 0.01) -> int:
    """Number of latent dimensions whose mean depends on the sample.

    Args:
        means: Means of the latent distributions of many samples, shape (samples, latent_dim).
        threshold: A dimension is active if the variance of its mean over the samples is larger.

    Returns:
        The number of active dimensions.

    Raises:
        ValueError: If `means` is no array of two axes with at least two samples.

    Source:
        Burda, Grosse and Salakhutdinov, Importance weighted autoencoders (2016),
        arXiv:1509.00519, section 5; section 2.3.
    """
    (means,) = _check(means=means)
    if means.ndim != 2 or len(means) < 2:
        raise ValueError(
            "means must have shape (samples, latent_dim) with at least 2 samples. "
            f"Received: shape={means.shape}"
        )
    return int(np.sum(means.var(axis=0) > threshold))


def _check(**arrays):
    arrays = {name: np.asarray(values) for name, values in arrays.items()}
    first = next(iter(arrays))
    for name, values in arrays.items():
        if values.dtype.kind not in "buif" or values.size == 0 or values.ndim == 0:
            raise ValueError(
                f"{name} must be an array of real numbers. "
                f"Received: shape={values.shape}, dtype={values.dtype}"
            )
        if values.shape != arrays[first].shape:
            raise ValueError(
                f"{name} must have the shape of {first}, {arrays[first].shape}. "
                f"Received: shape={values.shape}"
            )
        if not np.isfinite(values).all():
            raise ValueError(f"{name} must be finite. Received: {name} with NaN or infinity")
    return [values.astype(np.float64) for values in arrays.values()]
