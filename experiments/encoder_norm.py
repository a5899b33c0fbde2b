"""Layer normalization, batch normalization or none, in a Transformer encoder that classifies.

Question: A small encoder is to tell positive from negative sentences of film reviews. How many
points of accuracy do batch normalization, and no normalization, differ from layer normalization,
with one encoder block and with three?

Metric: `test`, the share of right answers on test texts; `validation`, the same on other texts;
`loss`, the mean loss of the last 50 training steps, in nats. Texts: the snippets of
`movie_snippets` with a mean rating at least 0.5 away from 0, each once, cut after 32 words; 60 %
for training, 20 % for validation, 20 % for the test, drawn once. The 2,998 most frequent words of
the training texts, all others one unknown word. Width 32, two heads, 64 hidden units, learned
positions, mean over the words, no dropout; 200 steps of Adam on batches of 32 at a constant rate,
without a warm-up. Batch normalization counts true words only, not padding, and averages with
momentum 0.9.

Selection: For each normalization and each number of blocks, the rate among three that is best in
mean on validation texts over the seeds. Rates, steps and sizes were fixed before the first run,
after a few trials that were looked at on validation texts. The test texts choose nothing.

Interval: 95 %, Student's t over seeds, which draw the weights and the order of training; the texts
of training, validation and test are always the same. Differences paired by seed.
"""

import functools

import numpy as np

LENGTH, VOCABULARY = 32, 3000
STEPS, BATCH_SIZE = 200, 32
NORMALIZATIONS = ("layer", "batch", "none")
BLOCKS = (1, 3)
RATES = (0.001, 0.003, 0.01)
GRID = [
    {"blocks": blocks, "normalization": normalization, "rate": rate}
    for blocks in BLOCKS
    for normalization in NORMALIZATIONS
    for rate in RATES
]
SEEDS = range(5)
TOY = {"blocks": 1, "normalization": "batch", "rate": 0.003}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("movie_snippets",)
METRICS = {
    "test": "share of right answers on test texts",
    "validation": "share of right answers on validation texts",
    "loss": "mean training loss of the last 50 steps, in nats",
}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one encoder and test it.

    Args:
        config: blocks, their number; normalization, one of `NORMALIZATIONS`; rate, the learning
            rate.
        seed: Draws weights and the order of training.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    import keras

    from utils import models

    model = compiled_network(config["blocks"], config["normalization"])
    keras.utils.set_random_seed(seed)
    models.renew(model, keras.models.clone_model(model).get_weights())  # drawn anew
    model.optimizer.learning_rate = config["rate"]
    found = texts()
    losses = train(model, *found["training"], seed)
    return {
        "test": accuracy(model, *found["test"]),
        "validation": accuracy(model, *found["validation"]),
        "loss": float(np.mean(losses[-50:])),
    }


@functools.cache
def compiled_network(blocks: int, normalization: str):
    """One network of a kind, compiled once, to which each run gives new weights.

    Args:
        blocks: Number of encoder blocks.
        normalization: One of `NORMALIZATIONS`.

    Returns:
        A compiled Keras model of integers of shape (B, T), with logits of shape (B, 2).
    """
    import keras

    from utils import models

    model = models.text_encoder(
        VOCABULARY, LENGTH, classes=2, blocks=blocks, normalization=normalization
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(), loss, jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


@functools.cache
def sentences() -> tuple[list[list[str]], np.ndarray]:
    """The clearly rated snippets, each once, in the order of the data set.

    Returns:
        The words of each, at most `LENGTH`, and the labels, 1 for positive and 0 for negative,
        shape (texts,).
    """
    from utils import data
    from utils.reference import text

    raw = data.load_arrays("movie_snippets", "train", as_dict=True)
    labels = {}
    for snippet, score in zip(raw["text"], raw["score"], strict=True):
        if abs(score) >= 0.5:
            labels.setdefault(text.standardize(str(snippet)), int(score > 0))
    return [text.tokenize_words(t)[:LENGTH] for t in labels], np.array(list(labels.values()))


def splits() -> dict[str, np.ndarray]:
    """Which snippets serve for what.

    Returns:
        The numbers of the snippets for "training", "validation" and "test".
    """
    order = np.random.default_rng(0).permutation(len(sentences()[0]))
    ends = [len(order) * 6 // 10, len(order) * 8 // 10]
    return dict(zip(("training", "validation", "test"), np.split(order, ends), strict=True))


def vocabulary() -> list[str]:
    """The words that the network knows.

    Returns:
        Padding, the unknown word, and the most frequent words of the training texts.
    """
    from utils.reference import text

    words, _ = sentences()
    return text.build_vocabulary((words[i] for i in splits()["training"]), VOCABULARY)


@functools.cache
def texts() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The texts as numbers.

    Returns:
        For "training", "validation" and "test" the words, int32 of shape (B, `LENGTH`), padded
        with 0 at the end, and the labels, shape (B,).
    """
    words, labels = sentences()
    places = {word: place for place, word in enumerate(vocabulary())}
    x = np.zeros((len(words), LENGTH), "int32")  # (B, T)
    for row, sentence in zip(x, words, strict=True):
        row[: len(sentence)] = [places.get(word, 1) for word in sentence]
    return {name: (x[rows], labels[rows]) for name, rows in splits().items()}


def train(model, x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """Train a network, in place.

    Args:
        model: A compiled network.
        x: Texts, shape (B, T).
        y: Labels, shape (B,).
        seed: Draws the order of training.

    Returns:
        The loss of each step on its own batch, shape (`STEPS`,).
    """
    import keras

    rng = np.random.default_rng(seed)
    passes = -(-STEPS * BATCH_SIZE // len(x))
    order = np.concatenate([rng.permutation(len(x)) for _ in range(passes)])
    order = order[: STEPS * BATCH_SIZE]
    means = []  # Keras gives the mean over the steps so far
    note = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda step, logs: means.append(logs["loss"])
    )
    model.fit(x[order], y[order], BATCH_SIZE, shuffle=False, verbose=0, callbacks=[note])
    return np.diff(np.array(means) * np.arange(1, len(means) + 1), prepend=0.0)


def accuracy(model, x: np.ndarray, y: np.ndarray) -> float:
    """Share of right answers.

    Args:
        model: A network that gives logits.
        x: Texts, shape (B, T).
        y: Labels, shape (B,).

    Returns:
        The share, from 0 to 1.
    """
    logits = np.array(model(x, training=False))  # (B, 2)
    return float(np.mean(logits.argmax(axis=1) == y))
