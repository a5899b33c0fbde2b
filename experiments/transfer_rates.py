"""The learning rate and number of steps of each method of `transfer`, chosen before it runs.

Question: With which of three learning rates and two numbers of steps does each method of the study
`transfer` answer best? A method compared at another one's setting measures how well that fits.

Metric: `validation`, the mean over the eight groups of the share of the 199 validation pictures
that get their own group after the last step. Methods, pictures and training are those of the study
`transfer`.

Selection: `transfer` takes for each method and number of examples the setting with the highest
accuracy. The settings were fixed before this study ran, after the trial that `transfer` tells of.

Interval: None: one seed, which `transfer` does not report. Enough to choose coarsely, no more.
"""

from utils import experiments

transfer = experiments.open_study("transfer")

GRID = [
    config | {"rate": rate, "steps": steps}
    for config in transfer.GRID
    for rate in transfer.SETTINGS[config["method"]][0]
    for steps in transfer.SETTINGS[config["method"]][1]
]
SEEDS = (100,)
TOY = transfer.TOY | {"rate": 0.001, "steps": 50}
PACKAGES = transfer.PACKAGES
DATA = transfer.DATA
METRICS = {
    "validation": "mean over the groups of the share of validation pictures with their own group"
}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one method at one setting and validate it.

    Args:
        config: method and examples, as in the study `transfer`; rate and steps, the setting.
        seed: As in the study `transfer`.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the method is unknown or a group has fewer examples.
    """
    found = transfer.accuracy(config, config["rate"], config["steps"], seed, "validation")
    return {"validation": found}
