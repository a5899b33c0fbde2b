"""Plain and residual networks of growing depth, from several starts.

Question: Does adding each block's input to its output keep deep networks trainable, and why? Blocks
of two dense layers are stacked without and with the addition, and started in ways that differ in
what reaches the last block (`readout`) and in what gradient reaches the first one (`backward`):
"default", in the blocks Keras's; "he"; "normalized", He with batch normalization after each layer;
"identity", where each block computes the identity function at first, plain or not: both kernels of
a plain block are the identity matrix, and the last kernel of a residual block is 0. One more plain
network, "identity, halved", computes what "identity" does and halves the gradient in each block. If
vanishing gradients are what stops a deep network, it must fail as the plain "default" does. If the
addition does more than a good start, then the plain "identity" must be worse than the residual one.

Metric: `test`, the share of 5,000 test pictures with their own label after the last step;
`training`, the same of the pictures that were trained on, and `validation` of 3,000 held-out
training pictures. At the start: `readout`, the share of the held-out pictures that a linear
classifier, fitted on the training pictures, reads off the last block's outputs; `backward`, the
logarithm to base 10 of the gradient's norm before the blocks over that after them, on the first
batch. Pictures of Fashion-MNIST averaged to 14×14; a dense layer of 64 units, `blocks` blocks of 64
units, a dense layer to 10 scores; ReLU after the first layer, after the first layer of a block and
after its sum; no biases. 4,000 training pictures, batches of 50, 5 epochs, SGD with momentum 0.9.
Batch normalization without scale and offset, and with the statistics of what it is given: a batch
in training, all pictures of a measurement together otherwise.

Selection: In each run the same eleven learning rates, `RATES`, are tried for every network, from
the same first weights and in the same order of pictures, and the network with the highest
validation accuracy is kept. The results of an earlier version were known, which tried three rates
for each network, picked on seed 100.

Interval: 95 %, Student's t over the seeds; differences paired by seed. A seed draws the training
pictures, the kernels and the order; networks with the same seed share the pictures.
"""

import functools

import numpy as np

STARTS = ("default", "he", "normalized", "identity", "identity, halved")
RATES = (0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
NETWORKS = (  # (start, blocks): each without and with the addition, but for the last
    ("default", 1),
    ("default", 4),
    ("default", 16),
    ("he", 16),
    ("normalized", 16),
    ("identity", 16),
)
GRID = [
    {"start": start, "residual": residual, "blocks": blocks, "epochs": 5}
    for start, blocks in NETWORKS
    for residual in (False, True)
] + [{"start": "identity, halved", "residual": False, "blocks": 16, "epochs": 5}]
SEEDS = range(5)
TOY = {"start": "identity, halved", "residual": False, "blocks": 16, "epochs": 1}
PACKAGES = ("numpy",)
DATA = ("fashion_mnist",)
METRICS = {
    "test": "share of 5,000 test pictures with their own label",
    "training": "share of the training pictures with their own label",
    "validation": "share of 3,000 held-out training pictures with their own label",
    "rate": "log10 of the learning rate that was kept",
    "readout": "at the start: share of the held-out pictures read off the last block",
    "backward": "at the start: log10 of the gradient's norm before the blocks over that after them",
}

PICTURES = 4000
BATCH_SIZE = 50
UNITS = 64
MOMENTUM = 0.9


def run(config: dict, seed: int) -> dict[str, float]:
    """Measure a network at its start, train it at every rate and measure the best.

    Args:
        config: start, one of `STARTS`; residual; blocks; epochs.
        seed: Draws pictures, kernels and order.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    images, labels = pictures("train[:8000]")
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(5000)[:PICTURES]
    known, held_out = (images[chosen], labels[chosen]), (images[5000:], labels[5000:])
    start, residual, blocks = (config[key] for key in ("start", "residual", "blocks"))
    kind = {"residual": residual, "normalized": start == "normalized"}
    halved = start == "identity, halved"
    weights = first_weights(start, residual, blocks, rng)
    first = rng.permutation(PICTURES)[:BATCH_SIZE]
    _, norms = gradients(weights, known[0][first], known[1][first], halved=halved, **kind)

    order = np.random.default_rng([seed, 1])
    trained = train(weights, *known, RATES, config["epochs"], order, halved=halved, **kind)

    def accuracies(shown, named):
        with np.errstate(all="ignore"):  # a network that has diverged answers class 0
            scores = outputs(trained, shown, **kind)[-1] @ trained[-1]
            return np.mean(np.nan_to_num(scores).argmax(axis=-1) == named, axis=-1)

    validation = accuracies(*held_out)
    best = validation.argmax()
    return {
        "test": float(accuracies(*pictures("test[:5000]"))[best]),
        "training": float(accuracies(*known)[best]),
        "validation": float(validation[best]),
        "rate": np.log10(RATES[best]),
        "readout": readout(weights, *known, *held_out, **kind),
        "backward": np.log10(norms[0] / norms[-1]),
    }


def train(weights, images, labels, rates, epochs, rng, **kind) -> list:
    """SGD with momentum, of one network for each learning rate, side by side.

    Args:
        weights: As from `first_weights`; they stay as they are.
        images: Shape (pictures, 196); the number of pictures is a multiple of `BATCH_SIZE`.
        labels: Shape (pictures,).
        rates: Learning rates.
        epochs: Number of epochs.
        rng: Draws the order, which is the same for all rates.
        **kind: residual, normalized and halved, as in `gradients`.

    Returns:
        The trained weights: arrays of shape (rates, rows, columns).
    """
    weights = [np.repeat(weight[np.newaxis], len(rates), axis=0) for weight in weights]
    velocities = [np.zeros_like(weight) for weight in weights]
    rates = np.array(rates, "float32")[:, np.newaxis, np.newaxis]
    with np.errstate(all="ignore"):  # a network that diverges is a result
        for _ in range(epochs):
            for batch in rng.permutation(len(images)).reshape(-1, BATCH_SIZE):
                slopes, _ = gradients(weights, images[batch], labels[batch], **kind)
                for velocity, weight, slope in zip(velocities, weights, slopes, strict=True):
                    velocity *= MOMENTUM
                    velocity -= rates * slope
                    weight += velocity
    return weights


def first_weights(start: str, residual: bool, blocks: int, rng: np.random.Generator) -> list:
    """The kernels of a network before training.

    Args:
        start: One of `STARTS`.
        residual: Whether each block adds its input to its output.
        blocks: Number of blocks, of two kernels each.
        rng: Draws the kernels.

    Returns:
        Float32 arrays: (196, 64), then two of (64, 64) for each block, then (64, 10).

    Raises:
        ValueError: If `start` is unknown.
    """
    if start not in STARTS:
        raise ValueError(f"start must be one of {', '.join(STARTS)}. Received: start={start!r}")

    def draw(rows, columns, variance=2):
        kernel = rng.normal(scale=np.sqrt(variance / rows), size=(rows, columns))
        return kernel.astype("float32")

    weights = [draw(196, UNITS)]
    for _ in range(blocks):
        kernels = [draw(UNITS, UNITS, 1 if start == "default" else 2) for _ in range(2)]
        if start.startswith("identity") and residual:
            kernels[1] *= 0
        elif start.startswith("identity"):
            kernels = [np.eye(UNITS, dtype="float32") for _ in range(2)]
        weights += kernels
    return [*weights, draw(UNITS, 10, 1)]


def standardize(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Batch normalization without scale and offset.

    Args:
        sums: Shape (..., batch, units).

    Returns:
        The standardized sums, and the standard deviation of each unit.
    """
    deviation = np.sqrt(sums.var(axis=-2, keepdims=True) + 1e-3)
    return (sums - sums.mean(axis=-2, keepdims=True)) / deviation, deviation


def forward(x: np.ndarray, first, last, residual: bool, normalized: bool) -> tuple:
    """One block.

    Args:
        x: What it receives, shape (..., batch, units).
        first: Its first kernel, shape (..., units, units).
        last: Its last kernel, likewise.
        residual: Whether it adds its input to its output.
        normalized: Whether it normalizes after each kernel.

    Returns:
        Its output, and what the way back needs.
    """
    sums, scale = standardize(x @ first) if normalized else (x @ first, None)
    hidden = np.maximum(sums, 0)
    f, scale_f = standardize(hidden @ last) if normalized else (hidden @ last, None)
    y = np.maximum(x + f if residual else f, 0)
    return y, (x, sums, scale, hidden, f, scale_f, y)


def backward(g: np.ndarray, first, last, seen, residual: bool) -> tuple:
    """The way back through one block.

    Args:
        g: Gradient by the block's output, shape (..., batch, units).
        first: Its first kernel.
        last: Its last kernel.
        seen: What `forward` returned.
        residual: Whether the block adds its input to its output.

    Returns:
        The gradients by its input, by its first kernel and by its last kernel.
    """
    x, sums, scale, hidden, f, scale_f, y = seen
    g = shortcut = g * (y > 0)
    g = _through_normalization(g, f, scale_f)
    by_last = hidden.mT @ g
    g = _through_normalization((g @ last.mT) * (hidden > 0), sums, scale)
    by_first = x.mT @ g
    g = g @ first.mT
    return g + shortcut if residual else g, by_first, by_last


def _through_normalization(g, normalized, scale):
    if scale is None:
        return g
    mean = g.mean(axis=-2, keepdims=True)
    return (g - mean - normalized * (g * normalized).mean(axis=-2, keepdims=True)) / scale


def outputs(weights: list, images: np.ndarray, residual: bool, normalized: bool) -> list:
    """What goes into the first block, and what comes out of each.

    Args:
        weights: As from `first_weights`, or as from `train`, a network for each rate.
        images: Shape (pictures, 196).
        residual: Whether blocks add their input.
        normalized: Whether they normalize.

    Returns:
        One array more than there are blocks, each of shape (..., pictures, 64).
    """
    found = [np.maximum(images @ weights[0], 0)]
    for first, last in zip(weights[1:-1:2], weights[2:-1:2], strict=True):
        found.append(forward(found[-1], first, last, residual, normalized)[0])
    return found


def gradients(
    weights: list,
    images: np.ndarray,
    labels: np.ndarray,
    residual: bool,
    normalized: bool,
    halved: bool = False,
) -> tuple[list, list]:
    """Gradients of the mean cross-entropy.

    Args:
        weights: As from `first_weights`, or with one axis more, a network for each rate.
        images: Shape (batch, 196).
        labels: Shape (batch,).
        residual: Whether blocks add their input.
        normalized: Whether they normalize.
        halved: Whether each block halves the gradient on its way back.

    Returns:
        The gradients by the weights, in their order, and for each array that `outputs` returns the
        norm of the gradient by it, for each network.
    """
    x, kept = np.maximum(images @ weights[0], 0), []
    received = x
    kernels = list(zip(weights[1:-1:2], weights[2:-1:2], strict=True))
    for first, last in kernels:
        x, seen = forward(x, first, last, residual, normalized)
        kept.append(seen)
    scores = x @ weights[-1]
    g = np.exp(scores - scores.max(axis=-1, keepdims=True))
    g = g / g.sum(axis=-1, keepdims=True)
    g[..., np.arange(len(labels)), labels] -= 1
    g /= len(labels)
    slopes = [x.mT @ g]
    g = g @ weights[-1].mT
    norms = [np.linalg.norm(g, axis=(-2, -1))]
    for (first, last), seen in zip(kernels[::-1], kept[::-1], strict=True):
        g, by_first, by_last = backward(g / 2 if halved else g, first, last, seen, residual)
        slopes += [by_last, by_first]
        norms.append(np.linalg.norm(g, axis=(-2, -1)))
    slopes.append(images.T @ (g * (received > 0)))
    return slopes[::-1], norms[::-1]


def readout(weights, images, labels, new_images, new_labels, residual, normalized) -> float:
    """What a linear classifier gets out of the last block, by least squares.

    Args:
        weights: As from `first_weights`.
        images: Pictures that it is fitted on, shape (pictures, 196).
        labels: Their labels.
        new_images: Pictures that it names.
        new_labels: Their labels.
        residual: Whether blocks add their input.
        normalized: Whether they normalize, here over both sets together.

    Returns:
        The share of the new pictures that it names rightly.
    """
    both = np.concatenate([images, new_images])
    x = outputs(weights, both, residual, normalized)[-1].astype("float64")
    known, new = x[: len(images)], x[len(images) :]
    mean, deviation = known.mean(axis=0), known.std(axis=0) + 1e-30
    known, new = (known - mean) / deviation, (new - mean) / deviation
    penalty = 0.01 * len(images) * np.eye(UNITS)
    kernel = np.linalg.solve(known.T @ known + penalty, known.T @ (np.eye(10)[labels] - 0.1))
    return np.mean((new @ kernel).argmax(axis=1) == new_labels)


@functools.cache
def pictures(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Fashion-MNIST at half its height and width, from 0 to 1.

    Args:
        split: Such as "train[:8000]".

    Returns:
        Images, float32, shape (pictures, 196), and labels.
    """
    from utils import data

    images, labels = data.load_arrays("fashion_mnist", split)
    images = images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)) / 255
    return images.reshape(-1, 196).astype("float32"), labels.astype("int32")
