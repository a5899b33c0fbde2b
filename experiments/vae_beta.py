"""How the weight of the KL term shapes a variational autoencoder of digits.

Question: What do reconstruction, KL divergence, the number of active latent dimensions and the
share of random latent points that decode to a digit do when the KL term gets another weight (beta),
with 2 and with 16 latent dimensions? Which of this does a plain autoencoder of the same layers
share? Data: digits10k, trained on the first 9,000, measured on the last 1,000. Dense layers
784-512-256-latent and back, 5 epochs; one row more has the 20 epochs chosen for section 2.3. Beta
1/2 with 2 dimensions and 1/16 with 16 are what a mean over latent dimensions in place of a sum
makes of beta 1; 784 is what a mean over pixels makes of it.

Metric: On the 1,000 test digits, with one latent draw each: reconstruction (binary cross-entropy,
summed over pixels), KL divergence, both in nats a digit, and their sum `negative_elbo`, whatever
beta was in training. A latent dimension is active if the variance of its mean over the test digits
exceeds 0.01 (Burda et al. 2016). `*_digits` are shares of 1,000 latent points whose decoding two
judges pass: a convolutional classifier, trained on the first 8,000 real digits, is as sure as it is
for 95 % of 1,000 other real digits; and the nearest of the 8,000 is no farther, in Euclidean
distance, than it is for 95 % of the 1,000. The points come from the standard Gaussian, from a
Gaussian fitted to the codes of the 9,000 digits, and from the box around these codes. `prior_kinds`
is the exponential of the entropy of the classifier's answers for those points from the standard
Gaussian that pass: 10 if it names all ten digits equally often, 1 if only one, 0 if no point
passes. The code of a digit is the mean of its latent distribution. The plain autoencoder (beta 0)
has no distribution: its KL divergence is set to 0 and its reconstruction decodes the code itself.

Selection: None within the study; every row is kept. Batch size, learning rate and the 20 epochs
were chosen before it by the loss on digits 8,000 to 9,000 of a network trained on the first 8,000,
with 2 latent dimensions and beta 1; the 5 epochs only keep the study short.

Interval: 95 %, Student's t over the seeds. A seed draws initial weights, batches and latent noise;
data and judges stay the same, so the interval says nothing about other test digits or judges.
"""

import functools

import keras
import numpy as np
from keras import layers, ops

from utils import data, models
from utils.reference import vae

GRID = [
    {
        "kind": "VAE" if beta else "autoencoder",
        "latent_dim": latent_dim,
        "beta": beta,
        "epochs": 5,
    }
    for latent_dim, betas in [(2, (0, 0.5, 1, 4, 784)), (16, (0, 0.0625, 1, 4, 16))]
    for beta in betas
]
GRID.append({"kind": "VAE", "latent_dim": 2, "beta": 1, "epochs": 20})  # chosen for section 2.3
SEEDS = range(5)
TOY = {"kind": "VAE", "latent_dim": 2, "beta": 1, "epochs": 1}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("digits10k",)
METRICS = {
    "reconstruction": "nats a test digit",
    "kl": "nats a test digit",
    "negative_elbo": "reconstruction + kl, nats a test digit",
    "active_units": "latent dimensions whose mean has a variance above 0.01",
    "prior_digits": "share of points from the standard Gaussian that decode to a digit",
    "fitted_digits": "share of points from a Gaussian fitted to the codes that decode to a digit",
    "box_digits": "share of points from the box around the codes that decode to a digit",
    "prior_kinds": "effective number of kinds among the digits from the standard Gaussian",
}

BATCH_SIZE, RATE, WARM_UP = 64, 3e-3, 100
DRAWS = 1000


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one network and measure it.

    Args:
        config: kind, "VAE" or "autoencoder"; latent_dim; beta; epochs.
        seed: Draws initial weights, batches and latent noise.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the kind is unknown.
    """
    keras.utils.set_random_seed(seed)
    images, test = digits()[:9000], digits()[9000:]
    encoder = models.dense_encoder((28, 28, 1), config["latent_dim"])
    decoder = models.dense_decoder((28, 28, 1), config["latent_dim"])
    if config["kind"] == "VAE":
        network = models.VariationalAutoencoder(encoder, decoder, config["beta"])
        train(network, images, config["epochs"])
        result = network.evaluate(test, batch_size=1000, verbose=0, return_dict=True)
        reconstruction, kl = result["reconstruction"], result["kl"]
    elif config["kind"] == "autoencoder":
        network = keras.Model(encoder.input, decoder(encoder.outputs[0]))
        train(network, (images, images), config["epochs"], loss=reconstruction_loss)
        logits = network.predict(test, batch_size=1000, verbose=0)
        reconstruction, kl = vae.reconstruction_loss(test, logits).mean(), 0.0
    else:
        raise ValueError(f'kind must be "VAE" or "autoencoder". Received: kind={config["kind"]!r}')
    codes = encoder.predict(images, batch_size=1000, verbose=0)[0]  # (9000, L)
    test_codes = encoder.predict(test, batch_size=1000, verbose=0)[0]
    points = random_points(codes, np.random.default_rng(seed))
    found = {name: digits_among(decoder, latent) for name, latent in points.items()}
    return {
        "reconstruction": reconstruction,
        "kl": kl,
        "negative_elbo": reconstruction + kl,
        "active_units": vae.active_units(test_codes),
        **{name: len(kinds) / DRAWS for name, kinds in found.items()},
        "prior_kinds": effective_number(found["prior_digits"]),
    }


def train(network, images, epochs, loss=None):
    """Train with the recipe of section 2.3: Adam, a short rise of the rate, then a cosine."""
    inputs, targets = images if isinstance(images, tuple) else (images, None)
    steps = -(-len(inputs) // BATCH_SIZE) * epochs
    rate = keras.optimizers.schedules.CosineDecay(
        RATE / 10, steps - WARM_UP, warmup_target=RATE, warmup_steps=WARM_UP
    )
    network.compile(optimizer=keras.optimizers.Adam(rate), loss=loss, jit_compile=True)
    network.fit(inputs, targets, batch_size=BATCH_SIZE, epochs=epochs, verbose=0)


def reconstruction_loss(images, logits):
    """Binary cross-entropy in nats, summed over pixels: (batch, 28, 28, 1) to (batch,)."""
    return ops.sum(ops.binary_crossentropy(images, logits, from_logits=True), axis=(1, 2, 3))


def random_points(codes, rng):
    """1,000 latent points of each source, shape (1000, latent_dim), by metric."""
    shape = DRAWS, codes.shape[1]
    # A dimension that collapsed has no spread, so its covariance is singular, and that is fine.
    fitted = rng.multivariate_normal(codes.mean(axis=0), np.cov(codes.T), DRAWS, method="eigh")
    return {
        "prior_digits": rng.normal(size=shape),
        "fitted_digits": fitted,
        "box_digits": rng.uniform(codes.min(axis=0), codes.max(axis=0), size=shape),
    }


def digits_among(decoder, latent):
    """The classifier's answers for those latent points whose decoding both judges pass."""
    logits = decoder.predict(latent.astype("float32"), batch_size=1000, verbose=0)
    answers, confidence, distance = judge(1 / (1 + np.exp(-logits)))
    least, most = thresholds()
    return answers[(confidence >= least) & (distance <= most)]


def effective_number(answers):
    """Exponential of the entropy of the answers' shares; 0 without answers."""
    if not len(answers):
        return 0.0
    shares = np.unique(answers, return_counts=True)[1] / len(answers)
    return np.exp(-np.sum(shares * np.log(shares)))


def judge(images):
    """The classifier's answer, its confidence, and the distance to the nearest real digit."""
    shares = classifier().predict(images, batch_size=1000, verbose=0)  # (N, 10)
    return shares.argmax(axis=1), shares.max(axis=1), nearest_distance(images, digits()[:8000])


def nearest_distance(images, real):
    """Euclidean distance of each picture to the nearest real one, in units of a full pixel."""
    a, b = images.reshape(len(images), -1), real.reshape(len(real), -1)
    squared = np.sum(a**2, axis=1, keepdims=True) + np.sum(b**2, axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squared.min(axis=1), 0))


@functools.cache
def digits():
    """All digits, shape (10000, 28, 28, 1), float32 in [0, 1]."""
    images, _ = data.load_arrays("digits10k", "train")
    return (images / 255).astype("float32")


@functools.cache
def thresholds():
    """Least confidence and largest distance that 95 % of the digits 8,000 to 9,000 keep."""
    _, confidence, distance = judge(digits()[8000:9000])
    return np.quantile(confidence, 0.05), np.quantile(distance, 0.95)


@functools.cache
def classifier():
    """A small convolutional network, trained on the first 8,000 digits, from a fixed seed."""
    _, labels = data.load_arrays("digits10k", "train[:8000]")
    keras.utils.set_random_seed(1000)
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 5, strides=2, activation="relu"),
            layers.Conv2D(64, 5, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    network.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy")
    network.fit(digits()[:8000], labels, batch_size=64, epochs=5, verbose=0)
    return network
