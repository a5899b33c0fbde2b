"""Students taught by labels, by a teacher, and by teachers that are wrong in a known way.

Question: Does a small student answer more test pictures of Fashion-MNIST when it learns from a
teacher's soft targets than when it learns from labels alone, or from smoothed labels? If so, is it
because the targets belong to the picture? A control exchanges the teacher's targets among pictures
of one class: each class keeps its mean target and its confidences, and no picture has its own. A
second control exchanges them among all pictures. And what do three faults do that published
listings have: a missing T², the two distributions of the divergence exchanged, and the loss that
Keras 3.15.1 computes by default, which takes logits for probabilities?

Metric: `test`, the share of the 10,000 test pictures that get their own label after the last step;
`test_loss`, the cross-entropy of their labels in nats; `confidence`, the mean of the largest
probability, which a calibrated network has equal to `test`; `training` and `training_loss`, the
same on the training pictures, against their labels whatever the student learned from; `teacher`,
the teacher's share on the test pictures. The student has one hidden layer of 32 units, the teacher
two convolutions and a dense layer. Three settings: "small", 1,000 pictures for both; "full",
20,000 pictures for both; "lent", a student with 1,000 pictures and a teacher that saw these and
19,000 others. All students take 1,500 steps of Adam with batches of 100 and a rate that falls from
0.002 to 0 along a cosine, teachers 750 steps with 20,000 pictures and 300 with 1,000. The teacher's
logits are computed once, without dropout.

Selection: Each method's settings are those with the highest mean validation accuracy in the study
`distillation_choice`, whose seeds are others: the share of label smoothing; temperature and
weight for the others. Methods marked "as distilled" take what was chosen for distillation instead,
as does the exchange among all pictures; those marked "as listed" take temperature 10 and weight 0.1
from the example that Keras published in 2020, which lacks T². Test pictures choose nothing. The
exchange within a class "as distilled" was added when the rows of the other methods had been seen.

Interval: 95 %, Student's t over the seeds; differences paired by seed. A seed draws the pictures,
their order, the exchange, and the weights of teacher and student; the students of one seed and
setting share all of these. The intervals do not cover other test pictures. Fifteen differences
are looked at in each setting, and no interval is corrected for their number.
"""

import functools

import numpy as np

SETTINGS = {"small": (1000, 1000), "full": (20_000, 20_000), "lent": (1000, 20_000)}
LISTED = (10.0, 0.1)  # temperature and weight of the labels in Keras's example of 2020
METHODS = {  # name: (what it learns from, whose chosen settings it takes, or these)
    "alone": ("alone", (1.0, 1.0)),
    "label smoothing": ("label smoothing", "label smoothing"),
    "distilled": ("distilled", "distilled"),
    "exchanged in class": ("exchanged in class", "exchanged in class"),
    "exchanged, as distilled": ("exchanged in class", "distilled"),
    "exchanged among all": ("exchanged among all", "distilled"),
    "with T², as listed": ("distilled", LISTED),
    "no T², as listed": ("no T²", LISTED),
    "no T²": ("no T²", "no T²"),
    "reversed, as distilled": ("reversed", "distilled"),
    "reversed": ("reversed", "reversed"),
    "Keras's default, as distilled": ("Keras's default", "distilled"),
}
STEPS = 1500
GRID = [
    {"setting": setting, "method": method, "steps": STEPS}
    for setting in SETTINGS
    for method in METHODS
]
SEEDS = range(5)
TOY = {"setting": "small", "method": "distilled", "steps": 6}
PACKAGES = ("torch", "numpy")
DATA = ("fashion_mnist",)
METRICS = {
    "test": "share of the 10,000 test pictures with their own label",
    "test_loss": "cross-entropy of their labels, in nats",
    "confidence": "mean over the test pictures of the largest probability",
    "training": "share of the training pictures with their own label",
    "training_loss": "cross-entropy of their labels, in nats",
    "teacher": "share of the test pictures that the teacher gives their own label",
}

HELD_OUT = 5000
UNITS = 32
BATCH_SIZE = 100
RATE = 0.002


def run(config: dict, seed: int) -> dict[str, float]:
    """Train the students of one setting and measure one of them.

    Args:
        config: setting, one of `SETTINGS`; method, one of `METHODS`; steps of the student.
        seed: Draws pictures, order, exchange and weights.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the setting or the method is unknown.
    """
    for key, known in (("setting", SETTINGS), ("method", METHODS)):
        if config[key] not in known:
            raise ValueError(f"{key} must be one of {list(known)}. Received: {key}={config[key]!r}")
    lessons = tuple(
        (kind, *(taken if isinstance(taken, tuple) else chosen()[config["setting"], taken]))
        for kind, taken in METHODS.values()
    )
    students = train(config["setting"], config["steps"], seed, lessons)
    weights = [part[list(METHODS).index(config["method"])] for part in students]
    images, labels, _ = lesson_pictures(config["setting"], config["steps"], seed)
    test, loss, confidence = measured(answers(weights, *pictures("test")[:1]), pictures("test")[1])
    training, training_loss, _ = measured(answers(weights, images), labels)
    return {
        "test": test,
        "test_loss": loss,
        "confidence": confidence,
        "training": training,
        "training_loss": training_loss,
        "teacher": taught(SETTINGS[config["setting"]][1], config["steps"], seed)[1],
    }


@functools.lru_cache(maxsize=len(SETTINGS))
def train(setting: str, steps: int, seed: int, lessons: tuple) -> tuple:
    """Train one student for each lesson, side by side on the same batches.

    Their losses are added. Each depends on one student's weights only and Adam treats every number
    by itself, so the students are those that would come out one by one.

    Args:
        setting: One of `SETTINGS`.
        steps: Steps of Adam.
        seed: As in `run`.
        lessons: One tuple a student: what it learns from; temperature, or the share of label
            smoothing; weight of the labels.

    Returns:
        Four tensors, of shape (students, 784, 32), (students, 1, 32), (students, 32, 10) and
        (students, 1, 10).
    """
    import torch
    from torch.nn.functional import one_hot

    torch.set_num_threads(1)  # so small that a second thread costs more than it brings
    images, labels, logits = lesson_pictures(setting, steps, seed)
    rng = np.random.default_rng(seed)
    kinds, first, second = zip(*lessons, strict=True)
    smooths = [kind == "label smoothing" for kind in kinds]
    smoothing = np.where(smooths, first, 0.0).tolist()
    temperature = np.where(smooths, 1.0, first).tolist()
    share, t, weight = (
        torch.tensor(column).float()[:, None, None] for column in (smoothing, temperature, second)
    )
    exchanged = {
        "exchanged in class": logits[exchange(labels, rng)],
        "exchanged among all": logits[torch.from_numpy(rng.permutation(len(labels)))],
    }
    teachers = torch.stack([exchanged.get(kind, logits) for kind in kinds])  # (K, N, C)
    hard = one_hot(labels, 10).float()  # (N, C)
    scale = torch.where(torch.tensor([kind == "no T²" for kind in kinds])[:, None, None], 1, t**2)
    turned = torch.tensor([kind == "reversed" for kind in kinds])[:, None, None]
    raw = torch.tensor([kind == "Keras's default" for kind in kinds])[:, None, None]

    torch.manual_seed(seed)
    count = len(lessons)
    weights = []
    for inputs, outputs in ((784, UNITS), (UNITS, 10)):
        limit = (6 / (inputs + outputs)) ** 0.5  # Glorot and Bengio's, as in Keras
        kernel = (2 * torch.rand(1, inputs, outputs) - 1) * limit
        weights += [kernel.repeat(count, 1, 1), torch.zeros(count, 1, outputs)]
    for part in weights:
        part.requires_grad_()
    optimizer = torch.optim.Adam(weights, RATE, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for batch in batches(len(labels), steps, rng):
        z = answers(weights, images[batch])  # (K, B, C)
        v = teachers[:, batch]  # (K, B, C)
        targets = (1 - share) * hard[batch] + share / 10
        from_labels = -(targets * z.log_softmax(-1)).sum(-1)  # (K, B)
        log_q, log_p = (z / t).log_softmax(-1), (v / t).log_softmax(-1)
        forward = (log_p.exp() * (log_p - log_q)).sum(-1)
        backward = (log_q.exp() * (log_q - log_p)).sum(-1)
        from_teacher = scale[..., 0] * torch.where(turned[..., 0], backward, forward)
        if raw.any():
            from_teacher = torch.where(raw[..., 0], raw_divergence(z / t, v / t), from_teacher)
        w = weight[..., 0]
        loss = (w * from_labels + (1 - w) * from_teacher).mean(1).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return tuple(part.detach() for part in weights)


def raw_divergence(z, v):
    """What `keras.distillation.LogitsDistillation` of Keras 3.15.1 computes by default.

    Args:
        z: The student's logits, divided by the temperature, shape (..., C).
        v: The teacher's, same shape.

    Returns:
        Tensor of shape (...): a divergence of logits, cut off at 1e-7 and 1, without T².
    """
    p, q = v.clip(1e-7, 1), z.clip(1e-7, 1)
    return (p * (p / q).log()).sum(-1)


@functools.lru_cache(maxsize=2)
def taught(count: int, steps: int, seed: int) -> tuple:
    """Train a teacher.

    Args:
        count: Training pictures, the first of those that the seed draws.
        steps: Steps of the student: half as many with 20,000 pictures, otherwise a fifth.
        seed: As in `run`.

    Returns:
        Its logits for its own training pictures, shape (count, 10), and its share of right answers
        on the test pictures.
    """
    import torch
    from torch import nn

    torch.set_num_threads(1)
    images, labels = drawn(count, seed)
    steps = steps // 2 if count == 20_000 else steps // 5
    torch.manual_seed(seed + 1000)
    rng = np.random.default_rng(seed + 1000)
    network = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(32 * 7 * 7, 128),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(128, 10),
    )
    optimizer = torch.optim.Adam(network.parameters(), RATE, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for batch in batches(count, steps, rng):
        loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    network.eval()
    with torch.no_grad():
        logits = torch.cat([network(part) for part in images.split(1000)])
        test_images, test_labels = pictures("test")
        found = torch.cat([network(part) for part in test_images.split(1000)])
    return logits, measured(found, test_labels)[0]


def lesson_pictures(setting: str, steps: int, seed: int) -> tuple:
    """A student's training pictures and what its teacher says of them.

    Args:
        setting: One of `SETTINGS`.
        steps: Steps of the student.
        seed: As in `run`.

    Returns:
        Images, shape (N, 784), labels, and the teacher's logits, shape (N, 10).
    """
    own, of_teacher = SETTINGS[setting]
    images, labels = drawn(own, seed)
    return images, labels, taught(of_teacher, steps, seed)[0][:own]


def exchange(labels, rng: np.random.Generator):
    """An order that moves examples only among those of their own class.

    Args:
        labels: Integer tensor, shape (N,).
        rng: Draws the order.

    Returns:
        Integer tensor, shape (N,), in which every place stands once.
    """
    import torch

    labels = labels.numpy()
    order = np.arange(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        order[members] = rng.permutation(members)
    return torch.from_numpy(order)


def answers(weights, images):
    """Logits of one student, or of several at once.

    Args:
        weights: Four tensors, as `train` returns, or one student's part of each.
        images: Tensor of shape (N, 784).

    Returns:
        Tensor of shape (N, 10), or (students, N, 10).
    """
    kernel, bias, last, last_bias = weights
    return (images @ kernel + bias).relu() @ last + last_bias


def measured(logits, labels) -> tuple[float, float, float]:
    """How good and how sure answers are.

    Args:
        logits: Tensor of shape (N, 10).
        labels: Integer tensor, shape (N,).

    Returns:
        Share of right answers, cross-entropy of the labels in nats, mean largest probability.
    """
    log_q = logits.double().log_softmax(-1)
    right = (logits.argmax(-1) == labels).double().mean()
    loss = -log_q.gather(1, labels[:, None]).mean()
    return right.item(), loss.item(), log_q.max(-1).values.exp().mean().item()


def batches(count: int, steps: int, rng: np.random.Generator):
    """Batches of shuffled epochs.

    Args:
        count: Number of examples, a multiple of the batch size.
        steps: Number of batches.
        rng: Draws each epoch's order.

    Yields:
        Integer tensors of shape (100,).
    """
    import torch

    epochs = -(-steps * BATCH_SIZE // count)
    order = np.concatenate([rng.permutation(count) for _ in range(epochs)])
    yield from torch.from_numpy(order[: steps * BATCH_SIZE]).split(BATCH_SIZE)


def drawn(count: int, seed: int) -> tuple:
    """The first pictures of those that a seed draws; fewer are the beginning of more.

    Args:
        count: How many.
        seed: As in `run`.

    Returns:
        Images, shape (count, 784), from 0 to 1, and labels.
    """
    images, labels = pictures("train")
    chosen = np.random.default_rng(seed).permutation(len(labels) - HELD_OUT)[:count]
    return images[chosen], labels[chosen]


@functools.cache
def pictures(split: str) -> tuple:
    """Fashion-MNIST for PyTorch.

    Args:
        split: "train", whose last 5,000 are for validation, or "test".

    Returns:
        Images, float32, shape (N, 784), from 0 to 1, and labels, int64.
    """
    import torch

    from utils import data

    images, labels = data.load_arrays("fashion_mnist", split)
    scaled = images.reshape(len(images), 784).astype("float32") / 255
    return torch.from_numpy(scaled), torch.from_numpy(labels.astype("int64"))


@functools.cache
def chosen() -> dict[tuple[str, str], tuple[float, float]]:
    """The best settings of each method by the rows of the study `distillation_choice`.

    Returns:
        By (setting, method): temperature, or the share of label smoothing, and weight of the
        labels, of the highest mean validation accuracy.
    """
    from utils import experiments

    table = experiments.load("distillation_choice")
    columns = ["setting", "method", "value", "student_loss_weight"]
    means = experiments.summary(table, "validation", columns)
    best = means.loc[means.groupby(["setting", "method"])["mean"].idxmax()]
    return {
        (row.setting, row.method): (row.value, row.student_loss_weight) for row in best.itertuples()
    }
