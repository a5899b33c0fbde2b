"""Segmentation with and without skip connections, at boundaries and away from them.

Question: An encoder halves the map three times, a decoder doubles it three times. How much do skip
connections from encoder to decoder gain, is it more than what as many weights gain without them,
and do they gain at the boundaries only?

Metric: `iou`, the mean over the four classes of intersection over union, on 300 test scenes of
emoji that are in no training scene. `boundary`, `inside` and `background`: the share of right
pixels among those with another class next to them (8 neighbors), among the other pixels of objects,
and among the other pixels of the background. 1,200 training scenes of 64×64 pixels, batches of 32,
5 epochs, Adam with a rate that falls from 0.01 along a cosine to 0, batch normalization with
momentum 0.9. "all" joins the encoder's maps of 16×16 and 32×32 and the picture itself to the
decoder; "none" joins nothing; "none, wider" joins nothing and has a wider decoder, so that it has
as many weights as "all".

Selection: None. Layout, epochs and rate were tried for "all" and "none" on seed 100, which is not
reported. Whether those trials were judged on validation scenes or on the test scenes was not noted.
No other rate was tried for either, and another may suit one of them better.

Interval: 95 %, Student's t over the seeds; differences between the kinds of network paired by seed.
A seed draws the kernels, the training scenes and their order; all configurations with the same seed
share the scenes and the order. The test scenes are the same for all, so the intervals say
nothing about other emoji.
"""

import numpy as np

DECODERS = {"all": (32, 16, 8), "none": (32, 16, 8), "none, wider": (45, 20, 10)}
GRID = [{"skips": skips, "scenes": 1200, "epochs": 5} for skips in DECODERS]
SEEDS = range(5)
TOY = {"skips": "all", "scenes": 32, "epochs": 1}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("emoji",)
METRICS = {
    "iou": "mean intersection over union of 4 classes on 300 test scenes",
    "boundary": "share of right pixels among test pixels with another class next to them",
    "inside": "share of right pixels among the other test pixels of objects",
    "background": "share of right pixels among the other test pixels of the background",
    "weights": "number of weights",
}

BATCH_SIZE, LEARNING_RATE = 32, 0.01
ENCODER = (16, 32, 64)


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one network and measure it.

    Args:
        config: skips, one of `DECODERS`; scenes, the number of training scenes; epochs.
        seed: Draws kernels, training scenes and their order.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    import keras

    from utils.reference import segmentation

    images, classes = pictures(0, config["scenes"], seed)
    keras.utils.set_random_seed(seed)
    model = network(config["skips"])
    steps = config["epochs"] * -(-len(images) // BATCH_SIZE)
    model.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    rng = np.random.default_rng(seed)
    for _ in range(config["epochs"]):
        order = rng.permutation(len(images))
        model.fit(images[order], classes[order], BATCH_SIZE, shuffle=False, verbose=0)

    images, classes = pictures(2, 300, 1002)
    answers = model.predict(images, batch_size=100, verbose=0).argmax(axis=-1)
    right, near = answers == classes, segmentation.boundary(classes)
    matrix = segmentation.confusion_matrix(classes, answers, 4)
    return {
        "iou": float(np.nanmean(segmentation.iou(matrix))),
        "boundary": float(right[near].mean()),
        "inside": float(right[~near & (classes > 0)].mean()),
        "background": float(right[~near & (classes == 0)].mean()),
        "weights": model.count_params(),
    }


def network(skips: str):
    """The network, not compiled.

    Args:
        skips: One of `DECODERS`.

    Returns:
        A Keras model from pictures (64, 64, 3) to scores (64, 64, 4).

    Raises:
        ValueError: If `skips` is unknown.
    """
    import keras
    from keras import layers

    if skips not in DECODERS:
        raise ValueError(f"skips must be one of {list(DECODERS)}. Received: skips={skips!r}")

    def block(x, filters, strides=1):
        x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        return layers.ReLU()(x)

    pictures = x = keras.Input((64, 64, 3))
    kept = []
    for filters in ENCODER:
        kept.append(x)
        x = block(x, filters, strides=2)
    x = block(x, ENCODER[-1])
    for filters, earlier in zip(DECODERS[skips], reversed(kept), strict=True):
        x = layers.UpSampling2D()(x)
        if skips == "all":
            x = layers.Concatenate()([x, earlier])
        x = block(x, filters)
    return keras.Model(pictures, layers.Conv2D(4, 1)(x))


def pictures(part: int, number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scenes of one part of the emoji.

    Args:
        part: 0 for training, 1 for validation, 2 for test.
        number: How many scenes.
        seed: Seed of the scenes.

    Returns:
        Pictures, float32, shape (number, 64, 64, 3), and classes, uint8, shape (number, 64, 64).
    """
    from utils import data, scenes

    emoji, labels, names = scenes.select(data.load_arrays("emoji", "train", as_dict=True))
    chosen = scenes.split(names, labels) == part
    return scenes.stack(scenes.compose_scenes(number, seed, emoji[chosen], labels[chosen]))
