"""How many steps batch normalization's moving averages need before inference mode can be trusted.

Question: A small convolutional network is trained with Keras's default momentum, 0.99, and with
0.9. After how many steps is it as good in inference mode, with the moving averages, as in training
mode, with the statistics of the batch at hand?

Metric: The share of 2,000 held-out training pictures of Fashion-MNIST that get their own label
after the last step: `inference` with the moving averages, `training` with the statistics of these
2,000 pictures. Three 3×3 convolutions with 16, 32 and 32 filters and strides of 2, 2 and 1, each
followed by batch normalization and ReLU, then global average pooling and a dense layer; 4,096
training pictures, batches of 64, Adam with 0.01.

Selection: None. Momentum cannot change the weights, which training mode alone decides.

Interval: 95 %, Student's t over the seeds. A seed draws the weights and the order of the pictures.
"""

import functools

import numpy as np

GRID = [
    {"momentum": momentum, "steps": steps}
    for momentum in (0.9, 0.99)
    for steps in (64, 128, 256, 512, 1024)
]
SEEDS = range(5)
TOY = {"momentum": 0.99, "steps": 2}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("fashion_mnist",)
METRICS = {
    "inference": "share of 2,000 held-out pictures, by moving averages",
    "training": "share of 2,000 held-out pictures, by their own statistics",
}

BATCH_SIZE = 64


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one network and measure it in both modes.

    Args:
        config: momentum of the moving averages; steps, the number of training steps.
        seed: Draws the weights and the order of the pictures.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    import keras

    (images, labels), (new, new_labels) = pictures()
    keras.utils.set_random_seed(seed)
    model = network(config["momentum"])
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    rng = np.random.default_rng(seed)
    epochs = -(-config["steps"] * BATCH_SIZE // len(images))
    order = np.concatenate([rng.permutation(len(images)) for _ in range(epochs)])
    order = order[: config["steps"] * BATCH_SIZE]
    model.fit(images[order], labels[order], BATCH_SIZE, shuffle=False, verbose=0)
    return {
        "inference": accuracy(model, new, new_labels, training=False),
        "training": accuracy(model, new, new_labels, training=True),
    }


def network(momentum: float):
    """The network, not compiled.

    Args:
        momentum: Share of the old moving average that is kept, as in Keras.

    Returns:
        A Keras model from pictures (28, 28, 1) to 10 scores.
    """
    from keras import Sequential, layers

    model = Sequential([layers.Input((28, 28, 1))])
    for filters, strides in ((16, 2), (32, 2), (32, 1)):
        model.add(layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False))
        model.add(layers.BatchNormalization(momentum=momentum))
        model.add(layers.ReLU())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10))
    return model


def accuracy(model, images: np.ndarray, labels: np.ndarray, training: bool) -> float:
    """Share of right answers, which leaves the model as it was.

    Args:
        model: A Keras model with a score for each class.
        images: Float32 array, shape (pictures, 28, 28, 1).
        labels: Integer array, shape (pictures,).
        training: Whether the statistics of these pictures are used, or the moving averages.

    Returns:
        The share, from 0 to 1.
    """
    before = model.get_weights()
    scores = np.asarray(model(images, training=training))
    model.set_weights(before)
    return float(np.mean(scores.argmax(axis=1) == labels))


@functools.cache
def pictures() -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and held-out pictures of Fashion-MNIST, from 0 to 1.

    Returns:
        Two pairs of images, float32, shape (pictures, 28, 28, 1), and labels.
    """
    from utils import data

    parts = data.load_arrays("fashion_mnist", ["train[:4096]", "train[-2000:]"])
    return [(images.astype("float32") / 255, labels) for images, labels in parts]
