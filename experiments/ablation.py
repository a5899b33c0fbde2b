"""Which part of a small Xception helps: each taken away alone, and all of them together.

Question: A small Xception has four parts that were proposed as improvements: residual connections,
batch normalization, separable convolutions, and augmentation of its training pictures. How many
points of accuracy does it lose without each of them, and without all four? Do the four losses add
up to the loss of all? And what is left of each loss where the network without the part holds as
many weights as the network with it? Fashion-MNIST, and the eight groups of emoji.

Metric: `test`, the share of test pictures that get their own label after the last step;
`training`, the same on the training pictures as they are; `weights`; `rate`, the highest learning
rate. Filters are 16, 32 and 64; in the networks of "equal weights" 18, 36 and 72 without residual
connections, 7, 14 and 28 with ordinary convolutions, which come closest to the whole network's
number of weights. Fashion-MNIST: 2,000 training pictures of 28×28 and 8 epochs, the first 5,000
test pictures. Emoji: reduced to 24×24 on white, 908 training pictures and 16 epochs; families of
emoji, which share subgroup and last word as "man firefighter" and "woman firefighter" do (faces:
the whole name), stand on one side each, 55 % of the families in training, 15 % in validation, 30 %
in test. Batches of 64, Adam, a rate that rises for a fifth of the steps and falls to 0 along a
cosine. Augmentation: a shift by up to 2 pixels in each direction, and a flip, left to right, of
half of the pictures. Dropout of 0.25 stays in all networks.

Selection: For each network and data set the rate among four that is best on validation pictures in
the study `ablation_rates`, whose seeds are others. Test pictures choose nothing.

Interval: 95 %, Student's t over the seeds; differences to the whole network paired by seed. A seed
draws the weights, the order of the pictures, the augmentation and, for Fashion-MNIST, the training
pictures; runs of one seed share order and pictures. The intervals do not cover other test pictures.
Eight differences are looked at for each data set, and no interval is corrected for their number.
"""

import functools

import numpy as np

from utils import emoji

PARTS = ("residual", "batch_normalization", "separable", "augmentation")
NETWORKS = {  # the parts that are away, and the filters of the first block
    "all parts": ((), 16),
    "w/o residual": (("residual",), 16),
    "w/o batch normalization": (("batch_normalization",), 16),
    "w/o separable": (("separable",), 16),
    "w/o augmentation": (("augmentation",), 16),
    "w/o all": (PARTS, 16),
    "w/o residual, equal weights": (("residual",), 18),
    "w/o separable, equal weights": (("separable",), 7),
    "w/o all, equal weights": (PARTS, 7),
}
EPOCHS = {"fashion_mnist": 8, "emoji": 16}
GRID = [
    {"dataset": dataset, "network": network, "pictures": 2000}
    for dataset in EPOCHS
    for network in NETWORKS
]
SEEDS = range(5)
TOY = {"dataset": "emoji", "network": "w/o all, equal weights", "pictures": 64}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("fashion_mnist", "emoji")
METRICS = {
    "test": "share of test pictures with their own label",
    "training": "share of training pictures with their own label",
    "weights": "weights",
    "rate": "highest learning rate",
}

BATCH_SIZE = 64
SHIFT = 2
FASHION = {"training": "train[:55000]", "validation": "train[55000:57000]", "test": "test[:5000]"}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one network at its chosen rate and test it.

    Args:
        config: dataset, one of `EPOCHS`; network, one of `NETWORKS`; pictures, the largest number
            of training pictures.
        seed: Draws weights, order, augmentation and training pictures.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the data set or the network is unknown.
    """
    rate = chosen_rates()[config["dataset"], config["network"]]
    model, images, labels = train(config, rate, seed)
    return {
        "test": accuracy(model, *pictures(config["dataset"], "test")),
        "training": accuracy(model, images, labels),
        "weights": model.count_params(),
        "rate": rate,
    }


def train(config: dict, rate: float, seed: int) -> tuple:
    """Build and train one network.

    Args:
        config: As for `run`.
        rate: The highest learning rate.
        seed: As for `run`.

    Returns:
        The Keras model, its training pictures as they are, and their labels.

    Raises:
        ValueError: If the data set or the network is unknown.
    """
    import keras

    from utils.models import small_xception

    for key, known in (("dataset", EPOCHS), ("network", NETWORKS)):
        if config[key] not in known:
            raise ValueError(f"{key} must be one of {list(known)}. Received: {key}={config[key]!r}")
    away, first = NETWORKS[config["network"]]
    images, labels = pictures(config["dataset"], "training")
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(images))[: config["pictures"]]
    images, labels = images[chosen], labels[chosen]
    epochs = EPOCHS[config["dataset"]]
    order = np.concatenate([rng.permutation(len(images)) for _ in range(epochs)])
    seen = images[order]
    if "augmentation" not in away:
        seen = augmented(seen, background=255 if config["dataset"] == "emoji" else 0, rng=rng)

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    model = small_xception(
        images.shape[1:],
        num_classes=10 if config["dataset"] == "fashion_mnist" else 8,
        filters=(first, 2 * first, 4 * first),
        **{part: part not in away for part in PARTS[:3]},
    )
    steps = -(-len(seen) // BATCH_SIZE)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=rate,
        warmup_steps=steps // 5,
        decay_steps=steps - steps // 5,
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(schedule), loss, jit_compile=False)
    model.fit(seen, labels[order], BATCH_SIZE, shuffle=False, verbose=0)
    return model, images, labels


def augmented(images: np.ndarray, background: int, rng: np.random.Generator) -> np.ndarray:
    """Shift each picture by up to `SHIFT` pixels each way and flip half of them, left to right.

    Args:
        images: Array of shape (N, height, width, channels).
        background: Value of the pixels that come in at the border.
        rng: Draws shifts and flips.

    Returns:
        A new array of the same shape and dtype.
    """
    count, height, width, _ = images.shape
    around = ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0))
    padded = np.pad(images, around, constant_values=background)
    down, right = rng.integers(0, 2 * SHIFT + 1, size=(2, count, 1))
    flipped = rng.random((count, 1)) < 0.5
    rows = down + np.arange(height)  # (N, H)
    columns = right + np.where(flipped, np.arange(width)[::-1], np.arange(width))  # (N, W)
    return padded[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]


def accuracy(model, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of right answers, in inference mode.

    Args:
        model: A Keras model with a score for each class.
        images: Array of shape (N, height, width, channels).
        labels: Integer array, shape (N,).

    Returns:
        The share, from 0 to 1. A network whose weights are no longer numbers answers class 0.
    """
    scores = model.predict(images, batch_size=500, verbose=0)
    return float(np.mean(np.nan_to_num(scores).argmax(axis=1) == labels))


def chosen_rates() -> dict[tuple[str, str], float]:
    """The best rate of each network by the rows of the study `ablation_rates`.

    Returns:
        The rate with the highest mean validation accuracy, by (dataset, network).
    """
    from utils import experiments

    table = experiments.load("ablation_rates")
    means = experiments.summary(table, "validation", ["dataset", "network", "rate"])
    best = means.loc[means.groupby(["dataset", "network"])["mean"].idxmax()]
    keys = zip(best["dataset"], best["network"], strict=True)
    return dict(zip(keys, best["rate"], strict=True))


@functools.cache
def pictures(dataset: str, side: str) -> tuple[np.ndarray, np.ndarray]:
    """All pictures of one side of a data set.

    Args:
        dataset: One of `EPOCHS`.
        side: "training", "validation" or "test".

    Returns:
        Images, uint8, shape (N, 28, 28, 1) or (N, 24, 24, 3), and labels, int64, shape (N,).
    """
    from utils import data

    if dataset == "fashion_mnist":
        images, labels = data.load_arrays(dataset, FASHION[side])
        return images.reshape(-1, 28, 28, 1), labels
    stored = data.load_arrays("emoji", "train", as_dict=True)
    families = [
        emoji.family(*pair) for pair in zip(stored["subgroup"], stored["name"], strict=True)
    ]
    here = emoji.sides(families) == side
    blended = emoji.on_white(stored["image"][here])  # (N, 96, 96, 3)
    small = blended.reshape(-1, 24, 4, 24, 4, 3).mean(axis=(2, 4))  # (N, 24, 24, 3)
    return small.round().astype("uint8"), stored["group"][here]
