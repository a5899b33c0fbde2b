"""Which digits border on which in the two-dimensional latent space of a VAE.

Question: A VAE with two latent dimensions learns 8,000 digits without labels. Which digits have a
common border in its plane, which pairs are joined by a straight path that meets no third digit, and
does this return with other seeds?

Metric: A classifier, trained with labels on the same 8,000 digits and independent of the VAE, names
the decodings of a grid of 81×81 points, -3 to 3 on both axes. The border of two digits is the
number of neighboring grid points, side by side or one above the other, of which one has either
name. A pair is `direct` for the share of 100 pairs of held-out images, drawn anew with replacement,
on whose straight path, at 21 points, the decodings get both names and no third. Weights are rounded
to float16 before anything is measured.

Selection: None. Every row of the grid is kept.

Interval: 95 %, Student's t over the seeds; for the share of seeds in which a border exists, its
count. A seed draws the initial weights, batches and noise of both networks, and the pairs; the
images and their split stay the same.
"""

import time
from itertools import combinations
from pathlib import Path

import numpy as np

from utils import data

LATENT_DIM = 2
PAIRS = list(combinations(range(10), 2))
GRID = [{"images": 8000, "epochs": 20}]
SEEDS = range(8)
TOY = {"images": 200, "epochs": 1}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("digits10k",)
WEIGHTS = Path(__file__).parent / "results" / "digit_latent.safetensors"
LIMIT, POINTS = 3.0, 81  # of the grid
METRICS = {
    "seconds_training": "seconds of training the VAE",
    "loss": "negative ELBO on held-out images, nats an image",
    "accuracy": "share of 2,000 held-out images that the classifier names right",
    "accuracy_decoded": "the same for their reconstructions",
    "bordering": "number of pairs of digits with a border of at least 5, of 45",
    **{f"border_{a}{b}": f"length of the border of {a} and {b}, in grid steps" for a, b in PAIRS},
    **{f"direct_{a}{b}": f"share of paths from {a} to {b} without a third digit" for a, b in PAIRS},
}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train and measure; the first seed also stores its weights.

    Args:
        config: images, how many to train on; epochs.
        seed: Seed of everything that is drawn.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    import keras

    from utils.models import VariationalAutoencoder
    from utils.pretrained import save_float16

    keras.utils.set_random_seed(seed)
    images, labels = data.load_arrays("digits10k", "train")
    images, labels = images[: config["images"]] / np.float32(255), labels[: config["images"]]
    models = new_models()
    vae = VariationalAutoencoder(models["encoder"], models["decoder"])
    seconds = _fit(vae, images, None, config["epochs"], 64)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    _fit(models["classifier"], images, labels, max(1, config["epochs"] // 4), 32, loss)
    for model in models.values():
        model.set_weights([w.astype("float16").astype("float32") for w in model.get_weights()])
    if config == GRID[0] and seed == SEEDS[0]:
        save_float16(models, WEIGHTS)
    return {"seconds_training": seconds, **measure(models, seed)}


def new_models() -> dict:
    """The three networks, untrained.

    Returns:
        Keras models by name: encoder, from images in [0, 1] to [mean, log_var]; decoder, from
        (batch, 2) to logits of pixels; classifier, from images to logits of the ten digits.
    """
    import keras
    from keras import layers

    from utils.models import dense_decoder, dense_encoder

    classifier = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(12, 5, strides=2, activation="relu"),
            layers.Conv2D(24, 5, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.25),
            layers.Dense(10),
        ]
    )
    return {
        "encoder": dense_encoder((28, 28, 1), LATENT_DIM, (64, 32)),
        "decoder": dense_decoder((28, 28, 1), LATENT_DIM, (64, 48)),
        "classifier": classifier,
    }


def _fit(model, inputs, targets, epochs, batch_size, loss=None):
    import keras

    steps = epochs * -(-len(inputs) // batch_size)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    start = time.perf_counter()
    model.fit(inputs, targets, batch_size=batch_size, epochs=epochs, verbose=0)
    return time.perf_counter() - start


def encode(models: dict, images: np.ndarray) -> np.ndarray:
    """Mean codes of images.

    Args:
        models: Networks by name.
        images: Gray from 0 to 1, shape (N, 28, 28, 1).

    Returns:
        Codes, float32, shape (N, 2).
    """
    return np.asarray(models["encoder"](images.astype("float32"))[0])


def decode(models: dict, codes: np.ndarray) -> np.ndarray:
    """Images of codes.

    Args:
        models: Networks by name.
        codes: Latent points, shape (N, 2).

    Returns:
        Gray from 0 to 1, float32, shape (N, 28, 28, 1).
    """
    return 1 / (1 + np.exp(-np.asarray(models["decoder"](codes.astype("float32")))))


def classify(models: dict, images: np.ndarray) -> np.ndarray:
    """The classifier's names of images.

    Args:
        models: Networks by name.
        images: Gray from 0 to 1, shape (N, 28, 28, 1).

    Returns:
        Digits, int64, shape (N,).
    """
    return np.asarray(models["classifier"](images.astype("float32"))).argmax(axis=1)


def plane(models: dict) -> np.ndarray:
    """Names of the decodings of the grid.

    Args:
        models: Networks by name.

    Returns:
        Digits, shape (81, 81): the row is the second coordinate, the column the first, both
        rising from -3 to 3.
    """
    ticks = np.linspace(-LIMIT, LIMIT, POINTS)
    points = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    return classify(models, decode(models, points)).reshape(POINTS, POINTS)


def borders(names: np.ndarray) -> np.ndarray:
    """Lengths of the borders between the regions of a map.

    Args:
        names: Digits, shape (rows, columns).

    Returns:
        Number of neighbors with the names a and b, shape (10, 10), symmetric, its diagonal 0.
    """
    lengths = np.zeros((10, 10), int)
    for one, other in [(names[:, 1:], names[:, :-1]), (names[1:], names[:-1])]:
        np.add.at(lengths, (one.ravel(), other.ravel()), 1)
    lengths = lengths + lengths.T
    np.fill_diagonal(lengths, 0)
    return lengths


def direct(models: dict, starts: np.ndarray, ends: np.ndarray, a: int, b: int) -> np.ndarray:
    """Which straight paths meet both digits and no third.

    Args:
        models: Networks by name.
        starts: Codes, shape (N, 2).
        ends: Codes, shape (N, 2).
        a: The digit of the starts.
        b: The digit of the ends.

    Returns:
        Booleans, shape (N,).
    """
    way = np.linspace(0, 1, 21)[:, np.newaxis, np.newaxis]
    points = (1 - way) * starts + way * ends  # (21, N, 2)
    names = classify(models, decode(models, points.reshape(-1, 2))).reshape(21, -1)
    no_third = ((names == a) | (names == b)).all(axis=0)
    return no_third & (names == a).any(axis=0) & (names == b).any(axis=0)


def measure(models: dict, seed: int) -> dict[str, float]:
    """All metrics but the seconds.

    Args:
        models: encoder, decoder and classifier, trained.
        seed: Draws latent noise and pairs.

    Returns:
        Metrics by name.
    """
    rng = np.random.default_rng(seed)
    images, labels = data.load_arrays("digits10k", "train[80%:]")
    images = images / np.float32(255)
    mean, log_var = (np.asarray(v) for v in models["encoder"](images))
    drawn = decode(models, mean + np.exp(log_var / 2) * rng.normal(size=mean.shape))
    p = np.clip(drawn, 1e-7, 1 - 1e-7)
    nats = -(images * np.log(p) + (1 - images) * np.log(1 - p)).sum(axis=(1, 2, 3))
    kl = ((mean**2 + np.exp(log_var) - 1 - log_var) / 2).sum(axis=1)
    lengths = borders(plane(models))
    metrics = {
        "loss": (nats + kl).mean(),
        "accuracy": (classify(models, images) == labels).mean(),
        "accuracy_decoded": (classify(models, decode(models, mean)) == labels).mean(),
        "bordering": sum(lengths[pair] >= 5 for pair in PAIRS),
    }
    of = [np.flatnonzero(labels == digit) for digit in range(10)]
    for a, b in PAIRS:
        metrics[f"border_{a}{b}"] = lengths[a, b]
        starts, ends = mean[rng.choice(of[a], 100)], mean[rng.choice(of[b], 100)]
        metrics[f"direct_{a}{b}"] = direct(models, starts, ends, a, b).mean()
    return metrics


def load(path: Path = WEIGHTS) -> dict:
    """The networks of the first seed.

    Args:
        path: The safetensors file.

    Returns:
        Keras models by name, as from `new_models`, with their trained weights.
    """
    from utils.pretrained import load_float16

    models = new_models()
    load_float16(models, path)
    return models
