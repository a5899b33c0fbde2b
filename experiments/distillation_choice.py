"""Temperature and weight of each way to teach a student, chosen before `distillation` runs.

Question: Which settings suit each method of the study `distillation`? For label smoothing that is
the share that it moves; for the others the temperature and the weight of the labels beside the
teacher. With one setting for all, a comparison would measure how well that setting fits.

Metric: `validation`, the share of 5,000 held-out training pictures that get their own label after
the last step. Networks, pictures and training are those of the study `distillation`.

Selection: `distillation` takes, for each method and setting, the values with the highest mean
validation accuracy. The candidates are shares of 0.05, 0.1, 0.2, 0.4, 0.6 and 0.8, and temperatures
of 1, 2, 4 and 8 with weights of 0.1, 0.5 and 0.9. A first version had one seed, shares up to 0.4
and weights up to 0.5. Choices fell on these largest values, so larger ones were added, and seeds.

Interval: 95 %, Student's t over the seeds, none of which `distillation` reports. Candidates beside
the best one often lie within it: the choice is coarse.
"""

from utils import experiments

distillation = experiments.open_study("distillation")

SMOOTHING = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
TEMPERATURES = (1.0, 2.0, 4.0, 8.0)
WEIGHTS = (0.1, 0.5, 0.9)
TAUGHT = ("distilled", "exchanged in class", "no T²", "reversed")
LESSONS = (
    *(("label smoothing", share, 1.0) for share in SMOOTHING),
    *((kind, t, weight) for kind in TAUGHT for t in TEMPERATURES for weight in WEIGHTS),
)
GRID = [
    {
        "setting": setting,
        "method": method,
        "value": value,
        "student_loss_weight": weight,
        "steps": distillation.STEPS,
    }
    for setting in distillation.SETTINGS
    for method, value, weight in LESSONS
]
SEEDS = range(100, 105)
TOY = GRID[0] | {"steps": 6}
PACKAGES = distillation.PACKAGES
DATA = distillation.DATA
METRICS = {"validation": "share of 5,000 held-out training pictures with their own label"}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train the students of one setting with all candidates and validate one of them.

    Args:
        config: setting and steps, as in the study `distillation`; method, value and
            student_loss_weight, together one of `LESSONS`.
        seed: As in the study `distillation`.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the candidate is unknown.
    """
    lesson = config["method"], config["value"], config["student_loss_weight"]
    if lesson not in LESSONS:
        raise ValueError(f"a candidate must be one of LESSONS. Received: {lesson}")
    students = distillation.train(config["setting"], config["steps"], seed, LESSONS)
    weights = [part[LESSONS.index(lesson)] for part in students]
    images, labels = (part[-distillation.HELD_OUT :] for part in distillation.pictures("train"))
    right, _, _ = distillation.measured(distillation.answers(weights, images), labels)
    return {"validation": right}
