"""What ImageNet's weights are worth for emoji, and how to fine-tune them, as examples grow.

Question: Emoji belong to eight groups. With 5, 15 or 45 examples a group, what answers best: a
network trained from scratch, a linear head on the features of a frozen network that learned from
ImageNet's photographs, or that network fine-tuned? And within fine-tuning: what is it worth to
train the head first, and to freeze batch normalization?

Metric: `test`, the mean over the eight groups of the share of test pictures that get their own
group after the last step; guessing gives 0.125. Pictures are on white; whole families of emoji
stand on one side each, 908 in training, 199 in validation, 494 in test (`utils.emoji`). The
network is MobileNetV2 at 96×96. Its lower part, to block 16, is frozen in all methods, so its maps
are computed once; "fine-tuned" trains its upper part, block 17 and the last convolution, and the
head. The methods are:

- "pixels": a linear head on 16×16 pixels, without any network;
- "random features": a linear head on the features of a MobileNetV2 with random weights, whose batch
  normalizations have the statistics of 40 training pictures;
- "from scratch": a small convolutional network, three blocks of 16, 32 and 64 filters, on 24×24
  pixels. MobileNetV2 itself from random weights would cost more than the whole study;
- "features": a linear head on ImageNet's frozen features;
- "fine-tuned": the head first (100 steps at 0.001, on the frozen features), then upper part and
  head, with batch normalization frozen;
- "BN unfrozen": the same, with batch normalization trained and its averages moving;
- "at once": as "fine-tuned", from a random head.

Linear heads: softmax regression on standardized columns, Adam on all examples at once. Networks:
Adam, batches of 16, a rate that rises for a fifth of the steps and falls to 0 along a cosine. No
augmentation anywhere.

Selection: For each method and number of examples, the rate and the number of steps of `SETTINGS`
with the highest validation accuracy in the study `transfer_rates`, whose seed is another. The
schedule and the two numbers of steps were themselves chosen after a trial on validation pictures
with that seed, in which a constant rate and at most 45 steps left fine-tuning below the frozen
features and still rising. Test pictures choose nothing.

Interval: 95 %, Student's t over the seeds; differences paired by seed. A seed draws the examples,
their order and all random weights; runs of one seed share the examples, and fewer examples are
among the more. The intervals do not cover other test pictures. Of the differences, those to
"features" and those of the last two methods to "fine-tuned" are looked at, 24 in all; none is
corrected for their number.
"""

import functools

import numpy as np

from utils import emoji

SETTINGS = {  # method: the rates and the numbers of steps among which validation chooses
    "pixels": ((0.0001, 0.001, 0.01), (50, 200)),
    "random features": ((0.0001, 0.001, 0.01), (50, 200)),
    "from scratch": ((0.001, 0.003, 0.01), (100, 300)),
    "features": ((0.0001, 0.001, 0.01), (50, 200)),
    "fine-tuned": ((0.0001, 0.0003, 0.001), (40, 120)),
    "BN unfrozen": ((0.0001, 0.0003, 0.001), (40, 120)),
    "at once": ((0.0001, 0.0003, 0.001), (40, 120)),
}
HEADS = ("pixels", "random features", "features")
NETWORKS = {  # the kind of network that each of the other methods trains
    "from scratch": "small",
    "fine-tuned": "BN frozen",
    "BN unfrozen": "BN unfrozen",
    "at once": "BN frozen",
}
EXAMPLES = (5, 15, 45)
GRID = [{"method": method, "examples": examples} for method in SETTINGS for examples in EXAMPLES]
SEEDS = range(5)
TOY = {"method": "pixels", "examples": 5}
PACKAGES = ("tensorflow", "keras", "numpy")
DATA = ("emoji",)
METRICS = {
    "test": "mean over the groups of the share of test pictures with their own group",
    "rate": "highest learning rate",
    "steps": "steps",
}

BATCH_SIZE = 16
HEAD_FIRST = {"rate": 0.001, "steps": 100}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one method at its chosen rate and number of steps, and test it.

    Args:
        config: method, one of `SETTINGS`; examples, how many a group.
        seed: Draws examples, order and random weights.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the method is unknown or a group has fewer examples.
    """
    _check(config)
    rate, steps = chosen_settings()[config["method"], config["examples"]]
    return {"test": accuracy(config, rate, steps, seed, "test"), "rate": rate, "steps": steps}


def accuracy(config: dict, rate: float, steps: int, seed: int, side: str) -> float:
    """Train one method and measure it on one side of the pictures.

    Args:
        config: As for `run`.
        rate: Highest learning rate of the last stage.
        steps: Number of its steps.
        seed: As for `run`.
        side: "validation" or "test".

    Returns:
        The mean of the groups' accuracies, from 0 to 1.

    Raises:
        ValueError: As for `run`.
    """
    _check(config)
    method, examples = config["method"], draw(config["examples"], seed)
    groups, measured = pictures()["groups"], np.flatnonzero(pictures()["sides"] == side)
    if method in HEADS:
        columns = {
            "pixels": lambda: pictures()["pixels"],
            "random features": lambda: random_features(seed, side),
            "features": lambda: imagenet()["features"],
        }[method]()
        kernel, bias = train_head(columns[examples], groups[examples], rate, steps)
        scores = columns[measured] @ kernel + bias
    else:
        inputs = pictures()["small"] if method == "from scratch" else imagenet()["maps"]
        model = trained(method, inputs, examples, rate, steps, seed)
        scores = model.predict(inputs[measured], batch_size=len(measured), verbose=0)
    return mean_of_groups(scores, groups[measured])


def mean_of_groups(scores: np.ndarray, groups: np.ndarray) -> float:
    """Mean over the groups of the share of right answers.

    Args:
        scores: Array of shape (N, 8).
        groups: Right answers, 0 to 7, shape (N,), each at least once.

    Returns:
        The mean, from 0 to 1. Scores that are no numbers answer group 0.
    """
    right = np.nan_to_num(scores).argmax(axis=1) == groups
    return float(np.mean([right[groups == group].mean() for group in range(8)]))


def draw(examples: int, seed: int) -> np.ndarray:
    """Training pictures, equally many of each group.

    Args:
        examples: How many of each group, at most 53.
        seed: Draws them; fewer examples of one seed are among the more.

    Returns:
        Their places, int64, shape (8 · examples,).
    """
    rng = np.random.default_rng(seed)
    groups, training = pictures()["groups"], pictures()["sides"] == "training"
    pools = [np.flatnonzero(training & (groups == group)) for group in range(8)]
    return np.concatenate([rng.permutation(pool)[:examples] for pool in pools])


def train_head(
    columns: np.ndarray, groups: np.ndarray, rate: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Softmax regression on standardized columns, from 0, by Adam on all examples at once.

    Args:
        columns: Features, shape (N, C).
        groups: Right answers, 0 to 7, shape (N,).
        rate: Learning rate.
        steps: Number of steps.

    Returns:
        Kernel, shape (C, 8), and bias, shape (8,), for columns as they are: standardizing is
        folded into both.
    """
    from scipy import special

    columns, target = columns.astype("float64"), np.eye(8)[groups]
    mean, deviation = columns.mean(axis=0), np.sqrt(columns.var(axis=0) + 1e-4)
    x = np.column_stack([(columns - mean) / deviation, np.ones(len(columns))])
    weights = first = second = np.zeros((x.shape[1], 8))
    for step in range(1, steps + 1):
        gradient = x.T @ (special.softmax(x @ weights, axis=1) - target) / len(x)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        size = np.sqrt(second / (1 - 0.999**step)) + 1e-7
        weights = weights - rate * first / (1 - 0.9**step) / size
    kernel = weights[:-1] / deviation[:, np.newaxis]
    return kernel, weights[-1] - mean @ kernel


def trained(
    method: str, inputs: np.ndarray, examples: np.ndarray, rate: float, steps: int, seed: int
):
    """Set a network to the start of its method and train it.

    Args:
        method: One of `NETWORKS`.
        inputs: The network's inputs for all pictures, shape (pictures, height, width, channels).
        examples: Places of the training pictures.
        rate: Highest learning rate.
        steps: Number of steps.
        seed: Draws the random weights and the order.

    Returns:
        The Keras model, which the next call overwrites.
    """
    import keras

    model, fresh = network(NETWORKS[method])
    groups = pictures()["groups"]
    randomize(model, seed)
    if method in ("fine-tuned", "BN unfrozen", "at once"):
        head = model.get_weights()[-2:]
        if method != "at once":
            head = train_head(imagenet()["features"][examples], groups[examples], **HEAD_FIRST)
        model.set_weights([*imagenet()["upper"].get_weights(), *head])
    for variable, value in zip(model.optimizer.variables, fresh, strict=True):
        variable.assign(value)

    def set_rate(step, logs=None):
        model.optimizer.learning_rate.assign(rate * schedule(step, steps))

    rng = np.random.default_rng(seed)
    epochs = -(-steps * BATCH_SIZE // len(examples))
    order = np.concatenate([rng.permutation(examples) for _ in range(epochs)])
    order = order[: steps * BATCH_SIZE]
    callback = keras.callbacks.LambdaCallback(on_train_batch_begin=set_rate)
    model.fit(
        inputs[order], groups[order], BATCH_SIZE, shuffle=False, verbose=0, callbacks=[callback]
    )
    return model


def schedule(step: int, steps: int) -> float:
    """What part of the highest learning rate a step gets.

    Args:
        step: From 0.
        steps: Number of steps.

    Returns:
        Rising to 1 for a fifth of the steps, then falling towards 0 along a cosine.
    """
    rising = max(steps // 5, 1)
    if step < rising:
        return (step + 1) / rising
    return float(1 + np.cos(np.pi * (step - rising) / (steps - rising))) / 2


@functools.cache
def network(kind: str) -> tuple:
    """A network with its head, compiled.

    Args:
        kind: "small" for the network from scratch; "BN frozen" or "BN unfrozen" for MobileNetV2's
            upper part.

    Returns:
        The Keras model, and the values of its optimizer's variables before the first step.
    """
    import keras
    from keras import layers

    if kind == "small":
        inputs = x = keras.Input((24, 24, 3))
        for filters in (16, 32, 64):
            x = layers.Conv2D(filters, kernel_size=3, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.ReLU()(x)
            x = layers.MaxPooling2D(2)(x)
    else:
        body = keras.models.clone_model(imagenet()["upper"])
        for layer in body.layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.trainable = kind == "BN unfrozen"
        inputs, x = body.input, body.output
    pooled = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(8)(pooled))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.001), loss, jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model, [variable.numpy() for variable in model.optimizer.variables]


def randomize(model, seed: int) -> None:
    """Give every layer new weights: He's for kernels, 1 and 0 for normalizations, 0 for biases.

    Args:
        model: A Keras model of convolutions, normalizations and dense layers.
        seed: Draws the weights.
    """
    from keras import layers

    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            ones, zeros = np.ones(layer.gamma.shape), np.zeros(layer.gamma.shape)
            layer.set_weights([ones, zeros, zeros, ones])
        elif layer.weights:
            shape = layer.weights[0].shape
            depthwise = isinstance(layer, layers.DepthwiseConv2D)
            fan_in = np.prod(shape[:2] if depthwise else shape[:-1])
            kernel = rng.normal(0, np.sqrt(2 / fan_in), shape)
            layer.set_weights([kernel, *(np.zeros(bias.shape) for bias in layer.weights[1:])])


@functools.cache
def pictures() -> dict[str, np.ndarray]:
    """All emoji, on white.

    Returns:
        By name: images, uint8, shape (1601, 96, 96, 3); small, from 0 to 1, float32, shape (1601,
        24, 24, 3); pixels, float32, shape (1601, 768); groups, int64, and sides, shape (1601,).
    """
    from utils import data

    stored = data.load_arrays("emoji", "train", as_dict=True)
    white = emoji.on_white(stored["image"])
    families = [
        emoji.family(*pair) for pair in zip(stored["subgroup"], stored["name"], strict=True)
    ]
    small = white.reshape(-1, 24, 4, 24, 4, 3).mean(axis=(2, 4)) / 255
    pixels = white.reshape(-1, 16, 6, 16, 6, 3).mean(axis=(2, 4)) / 255
    return {
        "images": white.round().astype("uint8"),
        "small": small,
        "pixels": pixels.reshape(len(pixels), -1),
        "groups": stored["group"],
        "sides": emoji.sides(families),
    }


@functools.cache
def imagenet() -> dict:
    """What ImageNet's network makes of all emoji, computed once.

    Returns:
        By name: upper, the Keras model from block 16 on; maps, what the lower part gives, float32,
        shape (1601, 3, 3, 160); features, averages over the last maps, shape (1601, 1280).
    """
    import keras

    from utils import pretrained

    base = pretrained.mobilenet_v2(include_top=False, input_shape=(96, 96, 3))
    middle = base.get_layer("block_16_add").output
    lower, upper = keras.Model(base.input, middle), keras.Model(middle, base.output)
    inputs = pretrained.preprocess(pictures()["images"])
    maps = lower.predict(inputs, batch_size=64, verbose=0)
    features = upper.predict(maps, batch_size=64, verbose=0).mean(axis=(1, 2))
    return {"upper": upper, "maps": maps, "features": features}


@functools.lru_cache(maxsize=1)
def random_features(seed: int, side: str) -> np.ndarray:
    """Features by a MobileNetV2 with random weights.

    Args:
        seed: Draws the weights, and the 40 training pictures whose statistics its batch
            normalizations take, so that signals do not fade.
        side: "validation" or "test".

    Returns:
        Averages over the last maps, float32, shape (1601, 1280); 0 for pictures that are neither
        among the seed's examples nor on that side.
    """
    from utils import pretrained
    from utils.models import mobilenet_v2

    model = mobilenet_v2(include_top=False, input_shape=(96, 96, 3))
    randomize(model, seed)
    inputs = pretrained.preprocess(pictures()["images"])
    for layer in model.layers:
        if hasattr(layer, "momentum"):
            layer.momentum = 0.0  # the moving averages become those of the next batch
    model(inputs[draw(5, seed)], training=True)
    measured = np.flatnonzero(pictures()["sides"] == side)
    used = np.concatenate([draw(EXAMPLES[-1], seed), measured])
    features = np.zeros((len(inputs), 1280), "float32")
    features[used] = model.predict(inputs[used], batch_size=64, verbose=0).mean(axis=(1, 2))
    return features


def chosen_settings() -> dict[tuple[str, int], tuple[float, int]]:
    """The best rate and number of steps of each method by the rows of `transfer_rates`.

    Returns:
        Rate and steps with the highest validation accuracy, by (method, examples); of equal ones
        the first in the order of `SETTINGS`.
    """
    from utils import experiments

    table = experiments.load("transfer_rates")
    best = table.loc[table.groupby(["method", "examples"])["validation"].idxmax()]
    return {(row.method, row.examples): (row.rate, row.steps) for row in best.itertuples()}


def _check(config):
    if config["method"] not in SETTINGS:
        raise ValueError(
            f"method must be one of {list(SETTINGS)}. Received: method={config['method']!r}"
        )
    if not 1 <= config["examples"] <= 53:
        raise ValueError(
            f"examples must be from 1 to 53, the smallest group's number of training pictures. "
            f"Received: examples={config['examples']}"
        )
