"""The learning rate of each network of the study `ablation`, chosen before that study runs.

Question: Which of four learning rates suits each network of the ablation study? A network without
batch normalization may need a smaller one than the whole network. With one rate for all, an
ablation would measure how well that rate fits.

Metric: `validation`, the share of validation pictures that get their own label after the last step:
2,000 of Fashion-MNIST, and the emoji of 15 % of the families. Networks, pictures and training are
those of the study `ablation`; the rate is the highest of its schedule.

Selection: `ablation` takes for each network and data set the rate with the highest mean accuracy.
The rates are a factor of 4 apart. A first version had one seed and no rate above 0.016, which 13 of
the 18 networks took; so 0.064 and two seeds were added. Networks whose choice changed were trained
anew in `ablation`, and the rows of the others stayed.

Interval: 95 %, Student's t over the seeds, none of which `ablation` reports. With three seeds it is
wide: the choice is coarse.
"""

from utils import experiments

ablation = experiments.open_study("ablation")

RATES = (0.001, 0.004, 0.016, 0.064)
GRID = [config | {"rate": rate} for config in ablation.GRID for rate in RATES]
SEEDS = range(100, 103)
TOY = ablation.TOY | {"rate": 0.004}
PACKAGES = ablation.PACKAGES
DATA = ablation.DATA
METRICS = {"validation": "share of validation pictures with their own label"}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one network at one rate and validate it.

    Args:
        config: dataset, network and pictures, as in the study `ablation`; rate, the highest
            learning rate.
        seed: As in the study `ablation`.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the data set or the network is unknown.
    """
    model, _, _ = ablation.train(config, config["rate"], seed)
    validation = ablation.pictures(config["dataset"], "validation")
    return {"validation": ablation.accuracy(model, *validation)}
