"""Ways to adapt a pretrained Transformer to a task, compared on snippets that chose nothing.

Question: all-MiniLM-L6-v2 is to tell positive from negative sentences of film reviews. How many
points of accuracy do LoRA at a usual rate, LoRA at the rate that suits it, LoRA with what else the
study `adapters_search` found useful, and DoRA differ from full fine-tuning? And where are a linear
head on the frozen network, and a classifier without any network?

Metric: `test`, the share of a seed's 500 test snippets that get their own class after the last
step; `trained`, weights that are trained; `processor_seconds`, what the cores together worked in
training. Snippets are those of `movie_snippets` with a mean rating at least 0.5 away from 0 and at
most 24 tokens, so that nothing is cut off; of snippets that share all words but stop words only the
first is kept. Training: 480 snippets, two passes, batches of 16 snippets of similar length, AdamW
without weight decay, a rate that rises for a tenth of the steps and falls to 0 along a line, no
dropout. A snippet's vector is the mean of its tokens' last hidden states; a linear head of 770
weights gives two scores. The frozen network with a head, and tf-idf of words and pairs of words,
use logistic regression, which is trained to its end. "LoRA, usual rate" changes query and value
with rank 8 at the rate 3e-4, one of those that the LoRA paper lists for networks of this kind.

Selection: Fixed before the first run. `recipes` takes what `adapters_search` found best on the
validation snippets with another seed, by the rule in its docstring; the usual rate was set before
any run. Test snippets choose nothing: each is answered once by each method.

Interval: 95 %, Student's t over the seeds; differences to full fine-tuning paired by seed. A seed
draws the training snippets, their order and the first weights, and it has test snippets of its own,
so the intervals cover the choice of test snippets too. Training snippets of two seeds overlap.
"""

import functools
import re
import time

import numpy as np

MAX_TOKENS = 24
BATCH_SIZE = 16
TEST, VALIDATION, SNIPPETS = 500, 500, 480
PLACES = {
    "query, value": ["query", "value"],
    "attention": ["query", "key", "value", "attention.output.dense"],
    "all linear": ["query", "key", "value", "dense"],
}
METHODS = (
    "full",
    "LoRA, usual rate",
    "LoRA, query and value",
    "LoRA, changed",
    "DoRA",
    "head",
    "tf-idf",
)
USUAL_RATE = 3e-4
GRID = [{"method": method, "snippets": SNIPPETS} for method in METHODS]
SEEDS = range(5)
TOY = {"method": "LoRA, query and value", "snippets": 16}
PACKAGES = ("torch", "transformers", "peft", "scikit-learn", "numpy")
DATA = ("movie_snippets",)
METRICS = {
    "test": "share of 500 test snippets with their own class",
    "trained": "weights that are trained",
    "processor_seconds": "seconds that all cores together worked in training",
}


def run(config: dict, seed: int) -> dict[str, float]:
    """Adapt the network by one method and test it.

    Args:
        config: method, one of `METHODS`; snippets, the number of training snippets.
        seed: Draws training snippets, order and first weights; selects the test snippets.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    parts = {"test": split()[f"test {seed}"]}
    return adapt(recipes()[config["method"]], config["snippets"], seed, parts)


@functools.cache
def recipes() -> dict[str, dict]:
    """How each method trains, by the rows of the study `adapters_search` and its rule.

    Returns:
        A recipe for `adapt` by method.
    """
    from utils import experiments

    table = experiments.load("adapters_search")
    table = table.sort_values(["validation", "rate", "trained"], ascending=[False, True, True])

    def best(**fixed):
        rows = table[np.logical_and.reduce([table[key] == value for key, value in fixed.items()])]
        return rows.iloc[0]

    def recipe(row, **changes):
        return {key: row[key] for key in ("kind", "place", "rank", "rate", "passes")} | changes

    first = best(kind="lora", place="query, value", rank=8, passes=2)
    changed = recipe(best(kind="lora", rank=8, passes=2))
    other = best(kind="lora", place="query, value", passes=2)
    if other["validation"] >= first["validation"] + 0.01:
        changed["rank"] = other["rank"]
    found = {kind: recipe(best(kind=kind)) for kind in ("full", "head", "tf-idf")}
    return found | {
        "LoRA, usual rate": recipe(first, rate=USUAL_RATE),
        "LoRA, query and value": recipe(first),
        "LoRA, changed": changed,
        "DoRA": changed | {"kind": "dora"},
    }


def adapt(recipe: dict, snippets: int, seed: int, parts: dict) -> dict[str, float]:
    """Train by a recipe and measure.

    Args:
        recipe: kind, one of full, lora, dora, head, tf-idf; place, a key of `PLACES`; rank; rate,
            the highest learning rate, or the inverse regularization C of a logistic regression;
            passes over the training snippets.
        snippets: Number of training snippets.
        seed: Draws training snippets, order and first weights.
        parts: Numbers of the snippets to answer, by name.

    Returns:
        The share of right answers by part, `trained` and `processor_seconds`.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(split()["training"])[:snippets]
    labels = corpus()[1]
    if recipe["kind"] in ("head", "tf-idf"):
        start = time.process_time()
        answer, trained = regression(recipe, chosen)
        seconds = time.process_time() - start
    else:
        model = build(recipe, seed)
        trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
        start = time.process_time()
        train(model, chosen, labels, recipe["rate"], recipe["passes"], rng)
        seconds = time.process_time() - start
        answer = functools.partial(predict, model)
    shares = {name: float(np.mean(answer(part) == labels[part])) for name, part in parts.items()}
    return shares | {"trained": trained, "processor_seconds": round(seconds, 2)}


def build(recipe: dict, seed: int):
    """The pretrained network with a new head, and what the recipe adds to it.

    Args:
        recipe: As in `adapt`; kind is full, lora or dora.
        seed: Draws the head and the adapters.

    Returns:
        A PyTorch module from `input_ids` and `attention_mask`, each (B, T), to scores (B, 2), in
        evaluation mode. What is trained has `requires_grad`.
    """
    import peft
    import torch

    from utils import pretrained

    class Classifier(torch.nn.Module):
        def __init__(self, encoder):
            super().__init__()
            self.encoder = encoder
            self.head = torch.nn.Linear(encoder.config.hidden_size, 2)

        def forward(self, input_ids, attention_mask):
            hidden = self.encoder(input_ids, attention_mask).last_hidden_state  # (B, T, 384)
            kept = attention_mask[..., None]  # (B, T, 1)
            return self.head((hidden * kept).sum(dim=1) / kept.sum(dim=1))  # (B, 2)

    torch.manual_seed(seed)
    encoder = pretrained.minilm()[1]
    encoder.pooler = None  # the mean takes its place
    model = Classifier(encoder)
    if recipe["kind"] != "full":
        settings = peft.LoraConfig(
            r=recipe["rank"],
            lora_alpha=8 * (recipe["rank"] / 8) ** 0.5,
            target_modules=PLACES[recipe["place"]],
            modules_to_save=["head"],
            use_dora=recipe["kind"] == "dora",
        )
        model = peft.get_peft_model(model, settings)
    return model.eval()


def train(model, chosen: np.ndarray, labels: np.ndarray, rate: float, passes: int, rng) -> None:
    """Train what has `requires_grad`, in place.

    Args:
        model: As from `build`.
        chosen: Numbers of the training snippets.
        labels: Class of every snippet.
        rate: The highest learning rate.
        passes: How often each snippet is used.
        rng: NumPy generator that draws the order.
    """
    import torch

    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0, fused=True)
    steps = passes * -(-len(chosen) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / (0.1 * steps), (steps - step) / (0.9 * steps), 1),
    )
    for _ in range(passes):
        for batch in batches(rng.permutation(chosen), rng):
            scores = model(**tokens(batch))
            loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels[batch]))
            loss.backward()
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()


def predict(model, part: np.ndarray) -> np.ndarray:
    """Answers of a network.

    Args:
        model: As from `build`.
        part: Numbers of the snippets.

    Returns:
        A class for each, in the order of `part`.
    """
    import torch

    answers = {}
    for batch in batches(part):
        with torch.inference_mode():
            answers |= dict(zip(batch, model(**tokens(batch)).argmax(dim=1).tolist(), strict=True))
    return np.array([answers[number] for number in part])


def regression(recipe: dict, chosen: np.ndarray):
    """Logistic regression on the frozen network's vectors or on tf-idf.

    Args:
        recipe: As in `adapt`; kind is head or tf-idf, rate is C.
        chosen: Numbers of the training snippets.

    Returns:
        A function from numbers of snippets to classes, and the number of trained weights.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    texts, labels = corpus()[:2]
    if recipe["kind"] == "head":
        first, inputs = StandardScaler(), vectors
    else:
        first, inputs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), texts.__getitem__
    model = make_pipeline(first, LogisticRegression(C=recipe["rate"], max_iter=2000))
    model.fit(inputs(chosen), labels[chosen])
    return lambda part: model.predict(inputs(part)), model[-1].coef_.size + 1


def vectors(part: np.ndarray) -> np.ndarray:
    """What the frozen network makes of snippets.

    Args:
        part: Numbers of the snippets.

    Returns:
        The mean of each snippet's last hidden states, shape (len(part), 384).
    """
    import torch

    model = build({"kind": "full"}, seed=0)
    model.head = torch.nn.Identity()
    found = {}
    for batch in batches(part):
        with torch.inference_mode():
            found |= dict(zip(batch, model(**tokens(batch)).numpy(), strict=True))
    return np.stack([found[number] for number in part])


def batches(numbers: np.ndarray, rng=None) -> list[np.ndarray]:
    """Put snippets of similar length together.

    Args:
        numbers: Numbers of the snippets.
        rng: NumPy generator that mixes the batches; by default the shortest come first.

    Returns:
        Arrays of at most `BATCH_SIZE` numbers.
    """
    lengths = corpus()[2]
    order = numbers[np.argsort([len(lengths[number]) for number in numbers], kind="stable")]
    parts = [order[start : start + BATCH_SIZE] for start in range(0, len(order), BATCH_SIZE)]
    return parts if rng is None else [parts[place] for place in rng.permutation(len(parts))]


def tokens(batch: np.ndarray) -> dict:
    """A batch as the network takes it.

    Args:
        batch: Numbers of the snippets.

    Returns:
        `input_ids` and `attention_mask`, integer tensors (B, T), padded at the end by 0.
    """
    import torch

    rows = [torch.tensor(corpus()[2][number]) for number in batch]
    input_ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    return {"input_ids": input_ids, "attention_mask": (input_ids != 0).long()}


@functools.cache
def corpus() -> tuple[np.ndarray, np.ndarray, list[list[int]], np.ndarray]:
    """The snippets of the task, without near-duplicates, in the source's order.

    Returns:
        Texts; classes, 1 where the mean rating is positive; tokens of each, at most `MAX_TOKENS`;
        mean ratings, from -4 to 4.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    from utils import data, pretrained

    arrays = data.load_arrays("movie_snippets", "train")
    order = np.argsort(arrays["id"])
    texts, scores = arrays["text"][order], arrays["score"][order]
    found = pretrained.minilm()[0](list(texts))["input_ids"]
    known, kept = set(), []
    for number, text in enumerate(texts):
        words = frozenset(re.findall(r"\w+", text.lower())) - ENGLISH_STOP_WORDS
        if len(found[number]) <= MAX_TOKENS and abs(scores[number]) >= 0.5 and words not in known:
            kept.append(number)
            known.add(words)
    texts, scores = texts[kept], scores[kept]
    return texts, (scores > 0).astype(int), [found[number] for number in kept], scores


@functools.cache
def split() -> dict[str, np.ndarray]:
    """Which snippet is used for what.

    Returns:
        Numbers of snippets by part: "test 0" to "test 4", "validation" and "training".
    """
    order = np.random.default_rng(0).permutation(len(corpus()[0]))
    ends = [*range(TEST, TEST * len(SEEDS) + 1, TEST), TEST * len(SEEDS) + VALIDATION]
    parts = np.split(order, ends)
    names = [*(f"test {seed}" for seed in SEEDS), "validation", "training"]
    return dict(zip(names, parts, strict=True))
