"""The recipes of the study `adapters`, chosen before that study runs.

Question: LoRA as it was first proposed changes the query and value matrices with rank 8. What
brings it closer to full fine-tuning on validation snippets: another learning rate, other places,
another rank, or more steps? And which rate does full fine-tuning need?

Metric: `validation`, the share of 500 validation snippets that get their own class after the last
step. Snippets, network and training are those of the study `adapters`. The scaling of a rank r is
the square root of 8 / r, as rank-stabilized LoRA has it, so that a rank brings no other step size.

Selection: Fixed beforehand. Learning rates about three times apart are tried: three for full
fine-tuning, four for LoRA on query and value, two for LoRA on all linear layers. Each takes its
best; where that stands at an end of its rates, the next one is tried too. At the best rate of LoRA
on query and value one thing at a time is changed: the place, the rank, or the passes. `adapters`
takes for "LoRA, changed" the place with the highest accuracy, and another rank if it gains a point
at least; the passes stay two for all, so that methods are compared at equal steps. DoRA gets place,
rank and rate of "LoRA, changed". Of equal accuracies the smaller rate, or the fewer weights, wins.
A logistic regression takes its best C of four or five. The rates of LoRA on all linear
layers were set when those of LoRA on query and value were known. Eight passes at 3e-4 came last,
when all else was known; they choose nothing and ask whether steps make up for a low rate.

Interval: None: one seed, which `adapters` does not report. The standard error of one accuracy on
500 snippets is about 1.8 points, so this chooses coarsely and compares nothing.
"""

from utils import experiments

adapters = experiments.open_study("adapters")

BASE = {"kind": "lora", "place": "query, value", "rank": 8, "passes": 2}
FULL = {"kind": "full", "place": "all", "rank": 0, "passes": 2}
RATE = 3e-3  # the best of LoRA on query and value
RECIPES = [
    *(FULL | {"kind": "head", "place": "none", "rate": c} for c in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)),
    *(FULL | {"kind": "tf-idf", "place": "none", "rate": c} for c in (0.1, 1.0, 10.0, 100.0)),
    *(BASE | {"rate": rate} for rate in (3e-4, 1e-3, 3e-3, 1e-2)),
    *(FULL | {"rate": rate} for rate in (3e-5, 1e-4, 3e-4)),
    *(BASE | {"place": "all linear", "rate": rate} for rate in (1e-3, 3e-3, 1e-2)),
    BASE | {"place": "attention", "rate": RATE},
    *(BASE | {"rank": rank, "rate": RATE} for rank in (2, 32)),
    BASE | {"passes": 4, "rate": RATE},
    BASE | {"passes": 8, "rate": 3e-4},
]
GRID = [recipe | {"snippets": adapters.SNIPPETS} for recipe in RECIPES]
SEEDS = (100,)
TOY = BASE | {"rate": 1e-3, "snippets": 16}
PACKAGES = adapters.PACKAGES
DATA = adapters.DATA
METRICS = {
    "validation": "share of 500 validation snippets with their own class",
    "trained": "weights that are trained",
    "processor_seconds": "seconds that all cores together worked in training",
}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train by one recipe and validate.

    Args:
        config: A recipe as in `adapters.adapt`, and snippets, the number of training snippets.
        seed: Draws training snippets, order and first weights.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    parts = {"validation": adapters.split()["validation"]}
    return adapters.adapt(config, config["snippets"], seed, parts)
