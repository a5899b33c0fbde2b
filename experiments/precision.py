"""Training in 32 and in 16 bits.

Question: Does a small network that is trained in mixed precision, float16 or bfloat16, answer as
many pictures as one that is trained in float32? What does loss scaling change, and what happens
when the weights themselves have 16 bits?

Metric: `test`, the share of the 10,000 test pictures of Fashion-MNIST that get their own label
after the last step; `validation`, the same on 5,000 training pictures that are held out; `skipped`,
training steps that loss scaling left out; `unmoved`, the share of weights and biases that end at
the value with which they began. Pictures are averaged to 14×14 pixels; 10,000 of them train
196 → 64 → 64 → 10 dense units with ReLU for 5 epochs in batches of 250, by stochastic gradient
descent with momentum 0.9. `loss_weight` multiplies the loss, and the learning rate is divided by
it: in exact arithmetic that changes nothing, and as it is a power of two nothing in float32 either.
A weight of 2^-20 makes gradients as small as those of a loss that is a mean over a million numbers,
such as 16 pictures of 256×256 pixels. Everything else is equal.

Formats: "float32"; "mixed_bfloat16" and "mixed_float16", Keras's policies of these names, which
keep the weights in float32; "mixed_float16, unscaled", the latter without loss scaling;
"bfloat16" and "float16", in which weights and optimizer have 16 bits as well. The loss itself is
computed in float32 in all of them, as Keras does.

Selection: None on the rows: every row is reported. The learning rate 0.1 was fixed beforehand and
is the same for all.

Interval: 95 %, Student's t over the seeds; differences to float32 paired by seed. A seed draws the
weights, the training pictures and their order; runs of one seed share all three, but for the
rounding of the first weights to 16 bits in the last two formats.
"""

import functools

import numpy as np

RATE = 0.1
MOMENTUM = 0.9
BATCH_SIZE = 250
EPOCHS = 5
SMALL = 2.0**-20
FORMATS = (
    "float32",
    "mixed_bfloat16",
    "mixed_float16",
    "mixed_float16, unscaled",
    "bfloat16",
    "float16",
)
GRID = [
    {"format": name, "loss_weight": weight, "pictures": 10_000}
    for weight, names in ((1.0, FORMATS), (SMALL, FORMATS[:4]))
    for name in names
]
SEEDS = range(5)
TOY = {"format": "mixed_float16", "loss_weight": 1.0, "pictures": 250}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("fashion_mnist",)
METRICS = {
    "test": "share of the 10,000 test pictures with their own label",
    "validation": "share of 5,000 held-out training pictures with their own label",
    "skipped": "training steps that loss scaling left out",
    "unmoved": "share of weights and biases that end at the value with which they began",
}

HELD_OUT = 5000


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one network and measure it.

    Args:
        config: format, one of `FORMATS`; loss_weight, by which the loss is multiplied; pictures,
            the number of training pictures.
        seed: Draws weights, pictures and their order.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If `format` is unknown.
    """
    import keras

    images, labels = pictures("train")
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(images) - HELD_OUT)[: config["pictures"]]
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    model = build(config["format"], config["loss_weight"])
    before = numbers(model)
    model.fit(images[chosen], labels[chosen], batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    taken = int(model.optimizer.iterations.numpy())
    return {
        "test": accuracy(model, *pictures("test")),
        "validation": accuracy(model, images[-HELD_OUT:], labels[-HELD_OUT:]),
        "skipped": EPOCHS * -(-len(chosen) // BATCH_SIZE) - taken,
        "unmoved": float(np.mean(numbers(model) == before)),
    }


def build(form: str, loss_weight: float):
    """A compiled network in one format.

    Args:
        form: One of `FORMATS`.
        loss_weight: The loss is multiplied by it, and the learning rate divided.

    Returns:
        A Keras model from pictures (196,) to 10 scores, float32.

    Raises:
        ValueError: If `form` is unknown.
    """
    import keras
    from keras import layers

    if form not in FORMATS:
        raise ValueError(f"format must be one of {FORMATS}. Received: format={form!r}")
    policy, _, unscaled = form.partition(", ")
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = keras.Sequential(
            [
                keras.Input((196,)),
                layers.Dense(64, activation="relu"),
                layers.Dense(64, activation="relu"),
                layers.Dense(10),
                layers.Activation("linear", dtype="float32"),
            ]
        )
        model.compile(
            keras.optimizers.SGD(RATE / loss_weight, momentum=MOMENTUM),
            weighted_loss(loss_weight),
            auto_scale_loss=not unscaled,
            jit_compile=False,
        )
    finally:
        keras.config.set_dtype_policy(usual)
    return model


def weighted_loss(loss_weight: float):
    """Cross-entropy of scores, multiplied by a constant.

    Args:
        loss_weight: The constant.

    Returns:
        A loss function of labels and scores, as `compile` takes it.
    """
    import keras

    def loss(labels, scores):
        return loss_weight * keras.losses.sparse_categorical_crossentropy(
            labels, scores, from_logits=True
        )

    return loss


def accuracy(model, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of right answers; a network whose weights are no longer numbers answers class 0.

    Args:
        model: A Keras model with a score for each class.
        images: Array of shape (pictures, 196).
        labels: Integer array, shape (pictures,).

    Returns:
        The share, from 0 to 1.
    """
    scores = np.nan_to_num(np.asarray(model(images)), posinf=0, neginf=0)
    return float(np.mean(scores.argmax(axis=1) == labels))


def numbers(model) -> np.ndarray:
    """All trained numbers of a model in one array, float32.

    Args:
        model: A Keras model.

    Returns:
        Weights and biases, shape (n,).
    """
    return np.concatenate([w.numpy().astype("float32").ravel() for w in model.trainable_variables])


@functools.cache
def pictures(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Fashion-MNIST, averaged to 14×14 pixels from 0 to 1.

    Args:
        split: "train" or "test".

    Returns:
        Images, float32, shape (pictures, 196), and labels, int32.
    """
    from utils import data

    images, labels = data.load_arrays("fashion_mnist", split)
    smaller = images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype="float32") / 255
    return smaller.reshape(-1, 196), labels.astype("int32")
