"""What augmentation brings when training pictures are few.

Question: With 500 training pictures, by how many points does augmentation raise the accuracy on
new pictures, how does a transformation that fits the data compare with one that does not, and how
does either compare with 500 further real pictures? Handwritten digits and Fashion-MNIST, one small
convolutional network, 900 steps of 50 pictures each in every case. The ways: "none"; "shift", by
-2 to 2 whole pixels in each direction, black coming in at the border; "flip", left to right for
half of the pictures; "double", 1,000 real pictures without augmentation.

Metric: Accuracy in percent on test pictures, which are never transformed: Fashion-MNIST's 10,000
and the last 2,000 digits. `accuracy` after all 900 steps is the answer; `accuracy_early`, after
300, tells whether the answer depends on the length of training. `training_accuracy` is measured on
the first 500 training pictures as they are.

Selection: None. The weights of the last step count. Learning rate, steps and the size of the shift
were fixed on validation pictures with other seeds before the run.

Interval: 95 %, Student's t over differences paired by seed. A seed draws the training pictures
(those of "none" are the first half of those of "double"), the first weights, the batches and the
transformations. The interval covers all of these, not other networks or data sets.
"""

import numpy as np

WAYS = ("none", "shift", "flip", "double")
GRID = [{"dataset": name, "way": way} for name in ("digits10k", "fashion_mnist") for way in WAYS]
SEEDS = range(5)
TOY = {"dataset": "digits10k", "way": "none"}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("digits10k", "fashion_mnist")
METRICS = {
    "accuracy": "percent of the test pictures, after 900 steps",
    "accuracy_early": "percent of the test pictures, after 300 steps",
    "training_accuracy": "percent of 500 training pictures, after 900 steps",
}

PICTURES = 500
BATCH = 50
STEPS = (300, 600)
SHIFT = 2
SPLITS = {  # training pictures are drawn from the first, test pictures are the second
    "digits10k": ("train[:70%]", "train[80%:]"),
    "fashion_mnist": ("train[:90%]", "test"),
}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one network and test it.

    Args:
        config: dataset, a bundled one with a line in `SPLITS`; way, one of `WAYS`.
        seed: Draws pictures, weights, batches and transformations.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the data set or the way is unknown.
    """
    import keras

    from utils import data

    if config["dataset"] not in SPLITS:
        raise ValueError(
            f"dataset must be one of {list(SPLITS)}. Received: dataset={config['dataset']!r}"
        )
    if config["way"] not in WAYS:
        raise ValueError(f"way must be one of {WAYS}. Received: way={config['way']!r}")
    (pool, pool_labels), (test, test_labels) = data.load_arrays(
        config["dataset"], list(SPLITS[config["dataset"]])
    )
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(pool))[: 2 * PICTURES]
    chosen = drawn if config["way"] == "double" else drawn[:PICTURES]
    images, labels = pool[chosen].astype("float32") / 255, pool_labels[chosen]
    test = test.astype("float32") / 255

    keras.utils.set_random_seed(seed)
    model = network()
    accuracies = []
    for steps in STEPS:
        order = batches(len(images), steps * BATCH, rng)
        model.fit(
            transform(images[order], config["way"], rng),
            labels[order],
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
        )
        accuracies.append(percent_right(model, test, test_labels))
    return {
        "accuracy": accuracies[1],
        "accuracy_early": accuracies[0],
        "training_accuracy": percent_right(model, images[:PICTURES], labels[:PICTURES]),
    }


def network():
    """A small convolutional network for 28×28 gray pictures, compiled.

    Returns:
        A `keras.Model` from (B, 28, 28, 1) to the logits of 10 classes, 12,810 weights.
    """
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(3e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return model


def batches(pictures: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of `length` pictures, epoch after epoch, each in an order of its own.

    Args:
        pictures: Number of pictures of an epoch.
        length: Number of indices.
        rng: Draws the orders.

    Returns:
        Integers, shape (length,).
    """
    epochs = -(-length // pictures)
    return np.concatenate([rng.permutation(pictures) for _ in range(epochs)])[:length]


def transform(images: np.ndarray, way: str, rng: np.random.Generator) -> np.ndarray:
    """Augment pictures, each by a transformation of its own.

    Args:
        images: Float32 array, shape (N, height, width, channels), 0 is the background.
        way: One of `WAYS`; "none" and "double" leave the pictures as they are.
        rng: Draws the transformations.

    Returns:
        A new array of the same shape.
    """
    images = images.copy()
    if way == "flip":
        turned = rng.random(len(images)) < 0.5
        images[turned] = images[turned, :, ::-1]
    if way == "shift":
        height, width = images.shape[1:3]
        padded = np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)))
        for index, (down, right) in enumerate(rng.integers(0, 2 * SHIFT + 1, (len(images), 2))):
            images[index] = padded[index, down : down + height, right : right + width]
    return images


def percent_right(model, images: np.ndarray, labels: np.ndarray) -> float:
    """Accuracy in percent.

    Args:
        model: Gives a logit for each class.
        images: Shape (N, height, width, channels).
        labels: Integers, shape (N,).

    Returns:
        Percent of the pictures whose largest logit is the label's.
    """
    logits = model.predict(images, batch_size=500, verbose=0)
    return 100 * float(np.mean(logits.argmax(axis=-1) == labels))
