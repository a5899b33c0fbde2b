"""How many bits a small GPT needs for a character of a novel that it has not read.

Question: A decoder-only Transformer of 0.4 million weights reads four novels by Jane Austen, for
some minutes on one thread of a processor. How many bits per character does it need for novels that
it has not read, and how does that fall while it is trained?

Metric: `test`, bits per character of the first 100,000 characters of Persuasion, from chapter 1 on:
minus the binary logarithm of the probability of each token, added up and divided by the number of
characters. `validation_...` is the same for Northanger Abbey, after so many of the steps, and
`training` for the training text, which is Sense and Sensibility, Pride and Prejudice, Mansfield
Park and Emma, 3.1 million characters. Lines are joined to paragraphs. Tokens are those of
byte-level byte-pair encoding, learned from the training text: no text has an unknown one. A text
can be cut into tokens in several ways and only one of them is counted, so the bits are an upper
bound of what the model needs. Every token is predicted from at least half a window of tokens before
it, except in the first window; the first token costs log2 of the vocabulary. Weights are rounded to
float16 before the last measurements. Seconds are processor time of one thread, so that other
programs do not count.

Selection: Tokens instead of characters, the batch, the rate and a table of its own at the output
were chosen beforehand, after ten trials of 7 seconds each with seed 0 on 20,000 characters of the
validation text; the width was chosen without a trial. The last weights count. The test text chooses
nothing. The rate falls to 0 along a cosine over all steps, so what is measured on the way is no
finished training of that length; one with a schedule of its own may do better, and the shorter row
of the grid is one.

Interval: 95 %, Student's t over the seeds. A seed draws initial weights and windows of text. The
interval does not cover other texts.
"""

import functools
import re
import time
from pathlib import Path

import numpy as np

from utils import data

VOCABULARY_SIZE = 768
LENGTH, WIDTH, NUM_LAYERS, NUM_HEADS = 64, 96, 2, 4
BATCH_SIZE, RATE = 8, 4e-3
CHECKPOINTS = {"a_16th": 1 / 16, "an_8th": 1 / 8, "a_4th": 1 / 4, "half": 1 / 2, "all": 1}
GRID = [{"steps": steps, "characters": 100_000} for steps in (1500, 6000)]
SEEDS = range(3)
TOY = {"steps": 16, "characters": 2000}
SEQUENTIAL = True
PACKAGES = ("tensorflow", "keras", "numpy", "tokenizers")
DATA = ("austen",)
METRICS = {
    "test": "bits per character of Persuasion",
    **{
        f"validation_{name}": f"bits per character of Northanger Abbey, after {name} of the steps"
        for name in CHECKPOINTS
    },
    **{f"seconds_{name}": f"processor time of {name} of the steps" for name in CHECKPOINTS},
    "training": "bits per character of the training text",
    "characters_read": "characters in the windows of training, repetitions included",
    "weights": "numbers that are trained",
}
WEIGHTS = Path(__file__).parent / "results" / "language_model.safetensors"  # longest, first seed


def run(config: dict, seed: int) -> dict[str, float]:
    """Train and measure; the longest run of the first seed stores its weights.

    Args:
        config: steps; characters, how many of each text are measured.
        seed: Seed of everything that is drawn.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    from utils.pretrained import save_float16

    tokenizer = train_tokenizer(texts()["training"])
    everything = encode(tokenizer, texts()["training"])

    def per_character(model, name):
        text = texts()[name][: config["characters"]]
        return float(bits(model, encode(tokenizer, text)).sum() / len(text))

    metrics, seconds, done = {}, 0.0, 0
    model, inputs, targets = prepare(everything, config["steps"], seed)
    for name, share in CHECKPOINTS.items():
        start = time.process_time()
        part = slice(done * BATCH_SIZE, (done := int(share * config["steps"])) * BATCH_SIZE)
        model.fit(inputs[part], targets[part], BATCH_SIZE, shuffle=False, verbose=0)
        seconds += time.process_time() - start
        metrics[f"seconds_{name}"] = seconds
        if share == 1:
            model.set_weights([w.astype("float16").astype("float32") for w in model.get_weights()])
        metrics[f"validation_{name}"] = per_character(model, "validation")
    if config == GRID[-1] and seed == SEEDS[0]:
        save_float16({"gpt": model}, WEIGHTS)
    return metrics | {
        "test": per_character(model, "test"),
        "training": per_character(model, "training"),
        "characters_read": targets.size * len(texts()["training"]) / len(everything),
        "weights": model.count_params(),
    }


@functools.cache
def texts() -> dict[str, str]:
    """The three texts, lines joined to paragraphs.

    Returns:
        By name: training, four novels; validation and test, each another one, from chapter 1 on.
    """
    records = list(data.load("austen", "train").as_numpy_iterator())

    def read(novels, first):
        text = "".join(
            record["text"].decode()
            for record in records
            if record["novel"] in novels and record["chapter"] >= first
        )
        return re.sub(r"(?<!\n)\n(?!\n)", " ", text)

    return {"training": read(range(4), 0), "validation": read([4], 1), "test": read([5], 1)}


def train_tokenizer(text: str):
    """Learn byte-level byte-pair encoding.

    Args:
        text: Any text.

    Returns:
        A `tokenizers.Tokenizer` of `VOCABULARY_SIZE` tokens, the 256 bytes among them.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text.split("\n\n"), trainer)
    return tokenizer


def encode(tokenizer, text: str) -> np.ndarray:
    """Cut a text into tokens.

    Args:
        tokenizer: As `train_tokenizer` returns it.
        text: Any text.

    Returns:
        Integers, shape (N,), int32.
    """
    return np.array(tokenizer.encode(text).ids, dtype="int32")


def new_model():
    """The network, untrained.

    Returns:
        A `utils.models.GPT`, built.
    """
    from utils.models import GPT

    model = GPT(VOCABULARY_SIZE, LENGTH, WIDTH, NUM_LAYERS, NUM_HEADS)
    model(np.zeros((1, LENGTH), "int32"))
    return model


def prepare(ids: np.ndarray, steps: int, seed: int) -> tuple:
    """A network, compiled, and the random windows of a text that it will read.

    Args:
        ids: Tokens of the text, shape (N,).
        steps: Batches in all.
        seed: Draws initial weights and windows.

    Returns:
        The network, and its inputs and targets, each of shape (steps · batch, length).
    """
    import keras

    keras.utils.set_random_seed(seed)
    model, warm = new_model(), max(1, steps // 20)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm, warmup_target=RATE, warmup_steps=warm
    )
    model.compile(
        optimizer=keras.optimizers.Adam(rate, beta_2=0.98, global_clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    starts = np.random.default_rng(seed).integers(0, len(ids) - LENGTH, steps * BATCH_SIZE)
    windows = ids[starts[:, np.newaxis] + np.arange(LENGTH + 1)]  # (steps · B, T + 1)
    return model, windows[:, :-1], windows[:, 1:]


def bits(model, ids: np.ndarray) -> np.ndarray:
    """Minus the binary logarithm of the probability of each token of a text.

    Args:
        model: Gives logits of the next token at every place of a window of `model.length` tokens.
        ids: Tokens of the text, shape (N,), at least one more than a window.

    Returns:
        Shape (N,).
    """
    import tensorflow as tf

    window = model.length
    last = len(ids) - window - 1
    starts = np.array([*range(0, last, window // 2), last])
    windows = ids[starts[:, np.newaxis] + np.arange(window + 1)]  # (W, T + 1)
    logits = tf.function(model, reduce_retracing=True, autograph=False)
    costs = [
        tf.nn.sparse_softmax_cross_entropy_with_logits(some[:, 1:], logits(some[:, :-1])).numpy()
        for some in np.array_split(windows, -(-len(windows) // 64))
    ]
    found = np.full(len(ids), np.log2(VOCABULARY_SIZE))  # (N,)
    for start, cost in list(zip(starts, np.concatenate(costs), strict=True))[::-1]:
        found[start + 1 : start + window + 1] = cost / np.log(2)  # the longer context is kept
    return found
