"""Checks of Part 4, modern convnet architectures."""

import math
from collections.abc import Callable
from numbers import Number

import numpy as np

from utils.checks._exercise import exercise


@exercise
def expectation(answer: float) -> str | None:
    """4.4, exercise 1: 60, then 80 and 90 arrive, beta = 0.9."""
    if not isinstance(answer, Number):
        return f"Expected a number. Received: {answer!r}."
    hints = {
        62: "That is after the first value. 90 comes as well.",
        88.8: "You kept a tenth of the old expectation. β = 0.9 keeps nine tenths.",
        63.8: "80 comes first, and 90 second: the latest value counts most.",
        76.67: "That is the plain mean of the three numbers.",
        63: "The second step starts from what the first one gave, 62.",
        82.5: "That is β = 0.5.",
    }
    for wrong, hint in hints.items():
        if math.isclose(answer, wrong, abs_tol=0.01):
            return hint
    if math.isclose(answer, 64.8, abs_tol=0.001):
        return None
    return "First 0.9 · 60 + 0.1 · 80, then the same step from there with 90."


@exercise
def normalization_numbers(answer: tuple[int, int]) -> str | None:
    """4.4, exercise 2: numbers held and trained by a normalization of 48 planes."""
    try:
        held, trained = answer
        numbers = isinstance(held, Number) and isinstance(trained, Number)
    except (TypeError, ValueError):
        numbers = False
    if not numbers:
        return f"Expected two numbers (held, trained). Received: {answer!r}."
    if (held, trained) == (192, 96):
        return None
    if (held, trained) == (96, 192):
        return "The two are swapped: those held come first."
    of_held = {
        96: "Held: a moving mean and a moving variance for each plane as well.",
        48: "Held: there are four numbers for each plane.",
        4: "Held: four for each plane, and there are 48 planes.",
        4 * 32: "Held: 48 planes leave the convolution, and they are normalized.",
        9 * 32 * 48: "Held: that is the convolution's kernel. The question is about the layer "
        "behind it.",
        9 * 32 * 48 + 192: "Held: the convolution's kernel is not part of it.",
    }
    of_trained = {
        192: "Trained: the moving averages are updated in the forward pass, not by gradient.",
        48: "Trained: γ and β, one each for a plane.",
        0: "Trained: γ and β get gradients.",
        2: "Trained: two for each plane.",
    }
    if held != 192:
        return of_held.get(held, "Held: what does the layer store for one plane?")
    return of_trained.get(trained, "Trained: which of the four does a gradient reach?")


@exercise
def steps_to_settle(answer: int) -> str | None:
    """4.4, exercise 3: steps until a moving mean of momentum 0.99 has 95 % of the true mean."""
    if not isinstance(answer, Number):
        return f"Expected a number. Received: {answer!r}."
    hints = {
        5: "After 5 steps 95 % of the *start* are left, and the start is 0.",
        6: "After 6 steps 94 % of the *start* are left, and the start is 0.",
        69: "That is the half-life: 50 %.",
        100: "That is the effective window, 1/(1 − β). After 100 steps it has 63 %.",
        298: "Just too early: 1 − 0.99²⁹⁸ is 0.94997.",
        300: "Close. 299 is enough.",
        29: "That is for PyTorch's default, which keeps 0.9.",
        95: "After 95 steps it has 62 %: each step takes 1 % of the *distance that is left*.",
    }
    if answer == 299:
        return None
    if answer in hints:
        return hints[answer]
    if isinstance(answer, float) and 298 < answer < 299:
        return "That is where it crosses. Steps come whole."
    return "After k steps it has 1 − 0.99^k of the true mean. When is that 0.95?"


@exercise
def scale_and_shift(answer: Callable) -> str | None:
    """4.4, exercise 4: batch normalization in inference mode as scale * x + shift."""
    if not callable(answer):
        return f"Expected the function, without calling it. Received: {answer!r}."
    rng = np.random.default_rng(0)
    gamma, beta, mean = rng.normal(size=(3, 5))
    variance, epsilon = rng.uniform(0.1, 2, size=5), 0.3
    try:
        scale, shift = answer(gamma, beta, mean, variance, epsilon)
        scale, shift = np.asarray(scale, dtype=float), np.asarray(shift, dtype=float)
    except Exception as error:
        return f"Your function stopped with {type(error).__name__}: {error}"
    if scale.shape != (5,) or shift.shape != (5,):
        return (
            "With five channels both must have shape (5,). "
            f"Received: shapes {scale.shape} and {shift.shape}."
        )
    right = gamma / np.sqrt(variance + epsilon)
    scales = {
        "The scale lacks epsilon: it is added to the variance.": gamma / np.sqrt(variance),
        "Epsilon belongs under the root.": gamma / (np.sqrt(variance) + epsilon),
        "Divide by the root of the variance.": gamma / (variance + epsilon),
        "The scale lacks gamma.": 1 / np.sqrt(variance + epsilon),
    }
    if not np.allclose(scale, right):
        for hint, wrong in scales.items():
            if np.allclose(scale, wrong):
                return hint
        return "The scale is what x is multiplied by. Start from γ·(x − μ)/√(σ² + ε) + β."
    shifts = {
        "The mean is subtracted too: it belongs into the shift.": beta,
        "The mean is multiplied by the scale before it is subtracted.": beta - mean,
        "The sign of the mean is turned: it is subtracted.": beta + scale * mean,
        "The shift lacks beta.": -scale * mean,
        "Beta is added at the end, and not scaled.": scale * (beta - mean),
    }
    if np.allclose(shift, beta - right * mean):
        return None
    for hint, wrong in shifts.items():
        if np.allclose(shift, wrong):
            return hint
    return "The scale is right. The shift is the output for x = 0."


@exercise
def steps_in_an_epoch(answer: tuple) -> str | None:
    """4.1, exercise 1: batches of 32 from 1,281 pictures, with and without the remainder."""
    try:
        numbers = tuple(int(number) for number in answer)
    except (TypeError, ValueError):
        return "Expected three numbers."
    if len(numbers) != 3:
        return f"Expected three numbers. Received: {len(numbers)}."
    if numbers == (41, 1, 40):
        return None
    if numbers[0] == 40:
        return "40 batches hold 1,280 pictures. One picture is left, and it makes a batch too."
    if numbers == (41, 32, 40):
        return "The last batch is not full: 40 batches of 32 leave a single picture."
    if numbers == (41, 1, 41):
        return "`drop_remainder=True` drops the batch that is not full."
    if numbers == (41, 31, 40):
        return "31 are missing in the last batch. How many are in it?"
    if numbers == (40, 1, 41):
        return "The order is: batches, pictures in the last, batches with drop_remainder=True."
    return "Divide 1,281 by 32: the quotient counts full batches, the remainder fills the last."


@exercise
def batches_of_one_class(answer: int) -> str | None:
    """4.1, exercise 2: batches of 100 certain to hold class 0 only, with a buffer of 1,000."""
    if isinstance(answer, bool) or not isinstance(answer, Number):
        return f"Expected a number. Received: {answer!r}."
    hints = {
        60: "That is without a shuffle. The buffer lets pictures come out earlier than they stand.",
        59: "A picture can come out up to 999 places early, which is nearly ten batches.",
        10: "That is the length of the buffer in batches. How many pictures of class 0 are there?",
        0: "The first picture of class 1 is number 6,000. When does it enter the buffer?",
        51: "Count whole batches: places 5,000 to 5,099 are no longer all certain.",
        49: "Places 4,900 to 4,999 are certain too: they receive picture 5,998 at most.",
        70: "The buffer brings later pictures forward. It does not hold class 1 back.",
    }
    if answer == 50:
        return None
    return hints.get(answer, "Place p, counted from 0, receives picture p + 999 at most.")


@exercise
def pipeline_order(answer: list) -> str | None:
    """4.1, exercise 3: the order of the six steps of a training pipeline."""
    steps = {"augment", "batch", "cache", "decode", "prefetch", "shuffle"}
    if isinstance(answer, str) or not isinstance(answer, list | tuple):
        return f"Expected a list of six names. Received: {answer!r}."
    if len(answer) != 6 or {str(step).strip().lower() for step in answer} != steps:
        return f"Expected each of {', '.join(sorted(steps))} once. Received: {answer!r}."
    place = {str(step).strip().lower(): number for number, step in enumerate(answer)}
    rules = [
        ("decode", "augment", "There is nothing to augment before the picture is decoded."),
        ("cache", "augment", "The cache would freeze the augmentation: each epoch sees the same."),
        ("cache", "shuffle", "The cache would freeze the order: each epoch sees the same."),
        ("decode", "cache", "Decoding is always the same: before the cache it is done once."),
        ("shuffle", "batch", "After batch, shuffle mixes whole batches; their members stay."),
        ("batch", "prefetch", "Prefetch stands last, so that whole batches wait ready."),
        ("augment", "prefetch", "Prefetch stands last, so that augmentation runs ahead as well."),
    ]
    for first, second, hint in rules:
        if place[first] > place[second]:
            return hint
    return None


@exercise
def folder_label(answer: int) -> str | None:
    """4.1, exercise 4: label of the folder "2" among "1" to "12"."""
    if isinstance(answer, bool) or not isinstance(answer, Number):
        return f"Expected a number. Received: {answer!r}."
    hints = {
        1: "Folder names are texts, sorted letter by letter: what follows '1'?",
        2: "The label is the place in the sorted list of names, not the name.",
        5: "Labels count from 0.",
        3: "There is also a folder '12' before it.",
    }
    if answer == 4:
        return None
    return hints.get(answer, "Sort the twelve names as texts and count from 0.")
