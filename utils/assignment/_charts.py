"""Learning curves as small SVG pictures that take their colors from the page."""

from collections.abc import Sequence
from typing import Any

import numpy as np

WIDTH, HEIGHT = 260, 170
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 8, 30


def learning_curves(plan, rows: Sequence[dict[str, Any]], dataset: str) -> list[dict[str, Any]]:
    """What the report draws for each variation that is done on a data set.

    Args:
        plan: The `Plan`.
        rows: As from `read`.
        dataset: Name of the data set.

    Returns:
        A dict a variation: variation, control, alt (a sentence for those who cannot see it),
        width, height, ticks of both axes, and lines, each with kind ("training", "validation" or
        "control") and the points of an SVG polyline. Curves are means over the seeds, up to the
        last epoch that all of them have.
    """
    curves = {}
    for row in rows:
        if row["dataset"] == dataset:
            curves.setdefault(row["variation"], []).append(row["curves"])
    return [
        _chart(variation, plan.control(variation), curves)
        for variation in plan.variations
        if variation in curves
    ]


def _chart(variation, control, curves):
    means = {
        "training": _mean(curves[variation], "accuracy"),
        "validation": _mean(curves[variation], "val_accuracy"),
    }
    if control in curves:
        means["control"] = _mean(curves[control], "val_accuracy")
    epochs = max(len(mean) for mean in means.values())
    last = means["validation"][-1]
    return {
        "variation": variation,
        "control": control if control in curves else None,
        "alt": f"{variation}: mean validation accuracy {100 * last:.0f} % "
        f"after {len(means['validation'])} epochs"
        + (f"; {control}: {100 * means['control'][-1]:.0f} %." if control in curves else "."),
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "bottom": HEIGHT - BOTTOM,
        "ticks_y": [(f"{100 * share:.0f}", _y(share)) for share in (0, 0.5, 1)],
        "ticks_x": [(str(epoch), _x(epoch, epochs)) for epoch in sorted({1, epochs})],
        "lines": [
            {
                "kind": kind,
                "points": [(_x(epoch, epochs), _y(share)) for epoch, share in enumerate(mean, 1)],
            }
            for kind, mean in means.items()
        ],
    }


def _mean(runs, name):
    """Mean over the runs, for the epochs that all of them have."""
    shortest = min(len(run[name]) for run in runs)
    return np.mean([run[name][:shortest] for run in runs], axis=0)


def _x(epoch, epochs):
    share = (epoch - 1) / (epochs - 1) if epochs > 1 else 0.5
    return round(float(LEFT + share * (WIDTH - LEFT - RIGHT)), 1)


def _y(share):
    return round(float(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)), 1)
