"""How hard a mislabeled class is to unlearn, and what is left of it after the repair.

Question: A network is trained while one class of Fashion-MNIST carries the label of another. It is
then fine-tuned on correct labels. How does what it does with that class, after a number of repair
steps, compare with a network that learned correctly all along (equal total number of steps), with
one that never met the class before the repair, with one whose class carried another wrong label,
and with a new one that got the repair steps only? And does the wrong label come back faster when
the network meets it again? The other wrong label is the control of this last question: it also was
a habit, but not this one.

Metric: After 0, 30, 100, 300 and 1,000 steps of repair, each from the same weights: `right` and
`habit`, the shares of the 1,000 test pictures of the class that get their own label and the wrong
one (of the first kind, for every kind); `others`, the share of the 9,000 other test pictures that
are right; `return`, the number of training steps with the wrong label until `habit` is at least one
half. It counts up to 200; a network that needs more has 200. A metric's name says what came
before, the measure, and the number of repair steps. Pictures are averaged to 14×14; network
196 → 64 → 10, ReLU; cross-entropy; Adam, 0.001, whose state is new in each phase; batches of 64,
drawn with replacement from all 60,000 training pictures (without those of the class for "absent");
1,000 steps before the repair, for "anew" none.

Selection: None. Nothing is chosen by a result; the test pictures only measure.

Interval: 95 %, Student's t over the seeds; differences between kinds of training paired by seed. A
seed draws the weights and the batches. All kinds with the same seed start from the same weights
and get the same batches in the repair and in the second exposure.
"""

from collections.abc import Iterator

import numpy as np

from utils import data

CLASSES = {"sandal as bag": (5, 8, 3), "pullover as coat": (2, 4, 6)}  # true, wrong, another
BEFORE = ("mislabeled", "other label", "absent", "right", "anew")
REPAIRS = (0, 30, 100, 300, 1000)
GRID = [{"classes": classes, "steps_before": 1000} for classes in CLASSES]
SEEDS = range(10)
TOY = {"classes": "sandal as bag", "steps_before": 20}
PACKAGES = ("torch", "numpy")
DATA = ("fashion_mnist",)
MEANINGS = {
    "right": "share of the class's test pictures with their own label",
    "habit": "share of the class's test pictures with the wrong label",
    "others": "share of the other test pictures that are right",
    "return": "steps with the wrong label until habit is at least one half, at most 200",
}
METRICS = {
    f"{before}_{name}_{repair}": f"{meaning}; before: {before}; after {repair} steps of repair"
    for before in BEFORE
    for name, meaning in MEANINGS.items()
    for repair in REPAIRS
}

BATCH_SIZE = 64
MOST_RETURN_STEPS = 200


def run(config: dict, seed: int) -> dict[str, float]:
    """Train all kinds side by side, repair them, and expose them to the wrong label again.

    Args:
        config: classes, a key of `CLASSES`; steps_before, the number of steps before the repair.
        seed: Draws weights and batches.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If `classes` is unknown.
    """
    if config["classes"] not in CLASSES:
        raise ValueError(
            f"classes must be one of {', '.join(CLASSES)}. Received: classes={config['classes']!r}"
        )
    true, wrong, another = CLASSES[config["classes"]]
    images, labels = pictures("train")
    test_images, test_labels = pictures("test")
    of_class = test_labels == true
    mislabeled = np.where(labels == true, wrong, labels)
    given = dict.fromkeys(BEFORE, labels)
    given |= {"mislabeled": mislabeled, "other label": np.where(labels == true, another, labels)}

    first = batches(len(labels), config["steps_before"], [seed, 1])
    order = dict.fromkeys(BEFORE, first)
    others = np.flatnonzero(labels != true)
    order["absent"] = others[first % len(others)]
    initial = initial_weights(seed, len(BEFORE))
    start = train(initial, images, list(given.values()), np.stack(list(order.values()), axis=1))
    for weights, before_training in zip(start, initial, strict=True):
        weights[BEFORE.index("anew")] = before_training[BEFORE.index("anew")]

    repair_order = batches(len(labels), max(REPAIRS), [seed, 2])
    return_order = batches(len(labels), MOST_RETURN_STEPS, [seed, 3])
    metrics = {}
    for repair in REPAIRS:
        model = train(start, images, labels, repair_order[:repair])
        answers = forward(model, test_images).argmax(axis=2)  # (kinds, pictures)
        shares = {
            "right": np.mean(answers[:, of_class] == true, axis=1),
            "habit": np.mean(answers[:, of_class] == wrong, axis=1),
            "others": np.mean(answers[:, ~of_class] == test_labels[~of_class], axis=1),
            "return": return_steps(
                model, images, mislabeled, return_order, test_images[of_class], wrong
            ),
        }
        for name, values in shares.items():
            metrics |= {f"{b}_{name}_{repair}": v for b, v in zip(BEFORE, values, strict=True)}
    return metrics


def pictures(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Fashion-MNIST at half its height and width.

    Args:
        split: "train" or "test".

    Returns:
        Images, float32 from 0 to 1, shape (pictures, 196), and labels, int64.
    """
    images, labels = data.load_arrays("fashion_mnist", split)
    images = images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype="float32") / 255
    return images.reshape(-1, 196), labels.astype("int64")


def initial_weights(seed: int, kinds: int) -> list[np.ndarray]:
    """Glorot-uniform kernels and biases of zero, the same for all kinds.

    Args:
        seed: Draws the kernels.
        kinds: Number of networks side by side.

    Returns:
        Kernel (kinds, 196, 64), bias (kinds, 1, 64), kernel (kinds, 64, 10), bias (kinds, 1, 10),
        float32.
    """
    rng = np.random.default_rng([seed, 0])
    weights = []
    for shape in ((196, 64), (64, 10)):
        limit = np.sqrt(6 / sum(shape))
        for array in (rng.uniform(-limit, limit, shape), np.zeros((1, shape[1]))):
            weights.append(np.repeat(array[np.newaxis].astype("float32"), kinds, axis=0))
    return weights


def batches(examples: int, steps: int, seed: list[int]) -> np.ndarray:
    """Which examples each step sees, drawn with replacement.

    Args:
        examples: Number of examples to draw from.
        steps: Number of steps.
        seed: Seed of the generator.

    Returns:
        Indices, shape (steps, `BATCH_SIZE`), int64.
    """
    return np.random.default_rng(seed).integers(0, examples, (steps, BATCH_SIZE))


def forward(weights, images):
    """Scores of networks side by side.

    Args:
        weights: As from `initial_weights`, NumPy arrays or PyTorch tensors.
        images: Float32, shape (pictures, 196), or (kinds, pictures, 196).

    Returns:
        Scores, shape (kinds, pictures, 10), of the same type.
    """
    kernel, bias, last_kernel, last_bias = weights
    return (images @ kernel + bias).clip(0) @ last_kernel + last_bias


def train(weights, images, labels, order) -> list[np.ndarray]:
    """Train networks side by side, each with its own loss, from a new optimizer state.

    Args:
        weights: As from `initial_weights`; they stay as they are.
        images: Float32 array, shape (examples, 196).
        labels: Int64 arrays of shape (examples,), one for each kind, or one for all.
        order: Indices of each step's batch, shape (steps, kinds, batch) or (steps, batch).

    Returns:
        The new weights.
    """
    *_, last = training(weights, images, labels, order)
    return [array.copy() for array in last]


def training(weights, images, labels, order) -> Iterator[list[np.ndarray]]:
    """The weights before the first step, and after each.

    Args:
        weights: As in `train`.
        images: As in `train`.
        labels: As in `train`.
        order: As in `train`.

    Yields:
        The weights; the arrays change with the next step.
    """
    import torch

    weights = [torch.tensor(array, requires_grad=True) for array in weights]
    kinds = len(weights[0])
    labels = np.broadcast_to(labels, (kinds, len(images)))
    optimizer = torch.optim.Adam(weights, lr=1e-3)
    yield [tensor.detach().numpy() for tensor in weights]
    for batch in order:
        batch = np.broadcast_to(batch, (kinds, batch.shape[-1]))
        scores = forward(weights, torch.tensor(images[batch]))
        targets = torch.tensor(np.take_along_axis(labels, batch, axis=1))
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(
            scores.flatten(0, 1), targets.flatten(), reduction="sum"
        )
        (loss / batch.shape[-1]).backward()
        optimizer.step()
        yield [tensor.detach().numpy() for tensor in weights]


def return_steps(weights, images, mislabeled, order, test_images, wrong) -> np.ndarray:
    """Steps with the wrong label until half of the class gets it.

    Args:
        weights: As in `train`.
        images: Float32 array, shape (examples, 196).
        mislabeled: Training labels with the wrong one, shape (examples,), int64.
        order: Indices of each step's batch, shape (steps, batch).
        test_images: Test pictures of the class, shape (pictures, 196), float32.
        wrong: The wrong label.

    Returns:
        The number of steps of each kind; 0 if half of them have it already, the length of `order`
        if they never do.
    """
    steps = np.full(len(weights[0]), len(order))
    for step, now in enumerate(training(weights, images, mislabeled, order)):
        habit = np.mean(forward(now, test_images).argmax(axis=2) == wrong, axis=1)
        steps[habit >= 0.5] = np.minimum(steps, step)[habit >= 0.5]
        if (steps <= step).all():
            break
    return steps
