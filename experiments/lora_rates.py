"""The learning rate of each method of the study `lora_placement`, chosen before that study runs.

Question: Which of five learning rates suits each placement and rank of LoRA, the head alone, and
full training? With one rate for all, the comparison would measure how well that rate fits.

Metric: `validation`, the share of 2,000 validation pictures that get their own label after the
last step. Encoder, pictures and training are those of the study `lora_placement`.

Selection: `lora_placement` takes for each method and rank the rate with the highest accuracy. The
five rates are a factor of 4 apart.

Interval: None: one seed, which `lora_placement` does not report. Enough to choose coarsely.
"""

from utils import experiments

placement = experiments.open_study("lora_placement")

RATES = (0.0008, 0.003, 0.012, 0.048, 0.2)
GRID = [
    config | {"rate": rate}
    for config in placement.GRID
    if config["method"] != "full, cut"
    for rate in RATES
]
SEEDS = (100,)
TOY = placement.TOY | {"rate": 0.012}
PACKAGES = placement.PACKAGES
DATA = placement.DATA
METRICS = {"validation": "share of validation pictures with their own label"}


def run(config: dict, seed: int) -> dict[str, float]:
    """Adapt the encoder at one rate and validate it.

    Args:
        config: method, rank and pictures, as in the study `lora_placement`; rate, the highest
            learning rate.
        seed: As in the study `lora_placement`.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    method, rank, pictures, rate = (config[key] for key in ("method", "rank", "pictures", "rate"))
    if method == "full":
        _, after = placement.full(pictures, rate, seed)
    else:
        ranks = placement.RANKS if rank else (0,)
        together = tuple((method, r, one) for r in ranks for one in RATES)
        _, after = placement.side_by_side(together, pictures, seed)[method, rank, rate]
    return {"validation": placement.accuracy(after, *placement.clothes("validation"))}
