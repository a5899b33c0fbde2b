"""The exponential moving average, and what it remembers.

Axis letters in the comments: T values in time, oldest first.
"""

import math

import numpy as np

from utils.reference import positive_integer


def update(average: np.ndarray, value: np.ndarray, beta: float) -> np.ndarray:
    """Move an average towards a new value.

    Args:
        average: The average so far, any shape, in the values' unit.
        value: The new value, a shape that fits `average`.
        beta: Share of the old average that is kept, from 0 to 1.

    Returns:
        beta · average + (1 - beta) · value.

    Raises:
        ValueError: If `beta` is not within 0 to 1.

    Source:
        Section 4.4.
    """
    beta = _checked(beta)
    return beta * average + (1 - beta) * value


def exponential_moving_average(
    values: np.ndarray, beta: float, start: float | np.ndarray = 0.0, correct: bool = False
) -> np.ndarray:
    """The average after each value.

    Args:
        values: Shape (T, ...), oldest first, any real dtype.
        beta: Share of the old average that is kept, from 0 to 1.
        start: The average before the first value, a number or an array of one value's shape.
        correct: Whether to divide by 1 - beta**t, which takes out a start at 0, as Adam does.

    Returns:
        Averages, shape (T, ...), float64, in the values' unit.

    Raises:
        ValueError: If `beta` is not within 0 to 1, there is no value, or `correct` is asked for
            with a start other than 0 or with beta = 1.

    Source:
        Kingma and Ba, Adam: a method for stochastic optimization (2014), arXiv:1412.6980, for the
        correction; section 4.4.
    """
    beta = _checked(beta)
    values = np.asarray(values, dtype=float)
    if values.ndim == 0 or len(values) == 0:
        raise ValueError(
            f"values must hold at least one value. Received: values with shape={values.shape}"
        )
    if correct and (np.any(start) or beta == 1):
        raise ValueError(
            "correct=True must come with start=0 and a beta below 1. "
            f"Received: start={start}, beta={beta}"
        )
    average = np.broadcast_to(np.asarray(start, dtype=float), values.shape[1:])
    averages = np.empty_like(values)
    for t, value in enumerate(values):
        average = beta * average + (1 - beta) * value
        averages[t] = average / (1 - beta ** (t + 1)) if correct else average
    return averages


def weights_of_past(beta: float, steps: int) -> np.ndarray:
    """How much each value, and the start, count in the average after some steps.

    Args:
        beta: Share of the old average that is kept, from 0 to 1.
        steps: Number of values seen so far.

    Returns:
        Weights, shape (1 + steps,), float64: that of the start, then those of the values, oldest
        first. They add up to 1.

    Raises:
        ValueError: If `beta` is not within 0 to 1, or `steps` is not a positive integer.

    Source:
        Section 4.4.
    """
    beta, steps = _checked(beta), positive_integer("steps", steps)
    ages = np.arange(steps - 1, -1, -1)  # (T,): 0 for the newest
    return np.concatenate([[beta**steps], (1 - beta) * beta**ages])


def half_life(beta: float) -> float:
    """Steps until what has been forgotten is one half.

    Args:
        beta: Share of the old average that is kept, between 0 and 1, both excluded.

    Returns:
        The number of steps n with beta**n = 1/2, not rounded.

    Raises:
        ValueError: If `beta` is not between 0 and 1.

    Source:
        Section 4.4.
    """
    if not 0 < beta < 1:
        raise ValueError(f"beta must lie between 0 and 1. Received: beta={beta}")
    return math.log(0.5) / math.log(beta)


def _checked(beta):
    if not 0 <= beta <= 1:
        raise ValueError(f"beta must lie within 0 to 1. Received: beta={beta}")
    return float(beta)
