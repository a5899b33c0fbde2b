"""A task that only the order of words can solve, for attention with and without positions.

Question: A network gets twelve words of a film review, either as they were written or reordered.
How often does it tell which? With attention without positions, with sinusoidal and with learned
positions, and with a recurrent layer (GRU) in its place. Two ways to reorder: the twelve words
backwards, and in an order drawn at random for each text.

Metric: `test`, the share of right answers on held-out texts, each of which stands there twice, as
written and reordered; `validation`, the same on other texts. Texts: the first twelve words of the
movie snippets that have as many, 60 % for training, 20 % for validation, 20 % for the test, drawn
once. The 1,999 most frequent words of the training texts, all others one unknown word. Width 32,
two heads, one layer; 312 steps of Adam on batches of 256.

Selection: For each network and each way to reorder, the rate among two that is best in mean on
validation texts over the seeds. The test texts choose nothing.

Interval: 95 %, Student's t over seeds, which draw the weights, the random orders and the order of
training; differences paired by seed.
"""

import functools
import re
from collections import Counter

import numpy as np

LENGTH = 12
VOCABULARY = 2000
WIDTH = 32
STEPS, BATCH_SIZE = 312, 256
RATES = (0.001, 0.004)
NETWORKS = ("none", "sinusoidal", "learned", "recurrent")
ORDERS = ("backwards", "random")
GRID = [
    {"network": network, "order": order, "rate": rate}
    for order in ORDERS
    for network in NETWORKS
    for rate in (RATES[1:] if network == "none" else RATES)
]
SEEDS = range(5)
TOY = {"network": "sinusoidal", "order": "random", "rate": 0.004}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("movie_snippets",)
METRICS = {
    "test": "share of right answers on test texts",
    "validation": "share of right answers on validation texts",
}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one network and test it.

    Args:
        config: network, one of `NETWORKS`; order, one of `ORDERS`; rate, the learning rate.
        seed: Draws weights, random orders and the order of training.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the network or the order is unknown.
    """
    import keras

    training, validation, test = texts()
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    model = network(config["network"])
    train(model, training, config["order"], config["rate"], seed)
    return {
        "test": accuracy(model, *task(test, config["order"], seed)),
        "validation": accuracy(model, *task(validation, config["order"], seed)),
    }


@functools.cache
def texts() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Texts of twelve words, as numbers.

    Returns:
        Training, validation and test texts, each an integer array of shape (B, 12); 0 is a word
        that is not among the most frequent ones.
    """
    from utils import data

    raw = data.load_arrays("movie_snippets", "train", as_dict=True)["text"]
    words = [re.findall(r"[a-z']+", str(text).lower())[:LENGTH] for text in raw]
    words = np.array([text for text in words if len(text) == LENGTH])
    words = words[np.random.default_rng(0).permutation(len(words))]
    ends = [len(words) * 6 // 10, len(words) * 8 // 10]
    counts = Counter(words[: ends[0]].ravel().tolist()).most_common(VOCABULARY - 1)
    index = {word: number for number, (word, _) in enumerate(counts, start=1)}
    numbers = np.array([[index.get(word, 0) for word in text] for text in words.tolist()])
    return tuple(np.split(numbers, ends))


def task(written: np.ndarray, order: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Each text twice, as written and reordered.

    Args:
        written: Integer array, shape (B, T).
        order: One of `ORDERS`.
        seed: Draws the random orders.

    Returns:
        Texts, shape (2 B, T), and labels, shape (2 B,): 1 for a text as written, 0 for a reordered
        one.

    Raises:
        ValueError: If the order is unknown.
    """
    if order not in ORDERS:
        raise ValueError(f"order must be one of {ORDERS}. Received: order={order!r}")
    if order == "backwards":
        reordered = written[:, ::-1]
    else:
        reordered = np.random.default_rng(seed).permuted(written, axis=1)
    return np.concatenate([written, reordered]), np.repeat([1, 0], len(written))


def network(kind: str):
    """A network that gives a score to twelve words: positive for "as written".

    Args:
        kind: One of `NETWORKS`.

    Returns:
        A Keras model of integers of shape (B, 12), with outputs of shape (B, 1).

    Raises:
        ValueError: If `kind` is unknown.
    """
    from keras import Model, initializers, layers

    from utils import models
    from utils.reference.positions import sinusoidal_positions

    if kind not in NETWORKS:
        raise ValueError(f"kind must be one of {NETWORKS}. Received: kind={kind!r}")
    normal = initializers.RandomNormal(stddev=1.0)
    inputs = layers.Input((LENGTH,), dtype="int32")
    x = layers.Embedding(VOCABULARY, WIDTH, embeddings_initializer=normal)(inputs)  # (B, T, D)
    if kind == "recurrent":
        x = layers.GRU(WIDTH)(x)  # (B, D)
        return Model(inputs, layers.Dense(1)(x))
    if kind == "sinusoidal":
        x = x + sinusoidal_positions(LENGTH, WIDTH).astype("float32")
    elif kind == "learned":
        x = models.LearnedPositions(LENGTH, stddev=1.0)(x)
    x = x + layers.MultiHeadAttention(num_heads=2, key_dim=WIDTH // 2)(x, x)
    x = layers.Dense(2 * WIDTH, activation="relu")(x)  # the same for each word
    return Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling1D()(x)))


def train(model, written: np.ndarray, order: str, rate: float, seed: int) -> None:
    """Train a network, in place.

    Args:
        model: A network from `network`.
        written: Training texts, shape (B, 12).
        order: One of `ORDERS`.
        rate: Learning rate.
        seed: Draws the random orders and the order of training.
    """
    import keras

    x, y = task(written, order, seed)
    chosen = np.random.default_rng(seed).integers(len(x), size=STEPS * BATCH_SIZE)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    model.fit(x[chosen], y[chosen], BATCH_SIZE, shuffle=False, verbose=0)


def accuracy(model, x: np.ndarray, y: np.ndarray) -> float:
    """Share of right answers.

    Args:
        model: A network from `network`.
        x: Texts, shape (B, 12).
        y: Labels, 0 or 1, shape (B,).

    Returns:
        The share, from 0 to 1.
    """
    scores = np.array(model(x, training=False))[:, 0]
    return float(np.mean((scores > 0) == y))
