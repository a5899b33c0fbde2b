"""Checks of Part 1, what machine learning is."""

from collections.abc import Callable
from numbers import Number

import numpy as np

from utils.checks._exercise import exercise


@exercise
def scaling_by_hand(answer: tuple) -> str | None:
    """1.4, exercise 1: 5 and 9, standardized and by min-max; the training values are 1, 1, 5, 5."""
    try:
        values = tuple(float(number) for number in answer)
    except (TypeError, ValueError):
        return "Expected four numbers."
    if len(values) != 4:
        return f"Expected four numbers. Received: {len(values)}."
    if np.allclose(values, (1, 3, 1, 2)):
        return None
    if np.allclose(values[:2], (-1, 1)) or np.allclose(values[2:], (0, 1)):
        return "These come from the test examples' own statistics. Use those of the training set."
    if np.allclose(values, (1, 3, 1, 1)):
        return "Do not cut off: 9 lies outside the training range, and its scaled value may too."
    if np.allclose(values[:2], (0.866, 2.598), atol=0.002):
        return "That divides by n - 1. For scaling, divide the sum of squares by n."
    if np.allclose(values[:2], (0.5, 1.5)):
        return "That divides by the variance. Divide by its root, the standard deviation."
    if np.allclose(values[:2], (2, 6)):
        return "The mean is subtracted. Now divide by the standard deviation."
    if np.allclose(values, (1, 1, 3, 2)):
        return "The order is: standardized 5 and 9, then min-max 5 and 9."
    if np.allclose(values[:2], (1, 3)):
        return "Standardizing is right. Min-max: subtract the minimum, divide by the range."
    return "Training mean 3. How far is every training value from it? Then the same for min-max."


@exercise
def standardize_new(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """1.4, exercise 2: a function that standardizes new examples with training statistics."""
    if not callable(answer):
        return "Expected a function of two arrays, training and new."
    training = np.array([[1.0, 70.0, 7.0], [1.0, 10.0, 7.0], [5.0, 10.0, 7.0], [5.0, 30.0, 7.0]])
    new = np.array([[9.0, 20.0, 7.0], [3.0, 54.0, 8.0]])
    before = training.copy(), new.copy()
    try:
        with np.errstate(all="ignore"):
            many = np.asarray(answer(training, new), dtype=float)
            single = np.asarray(answer(training, new[:1]), dtype=float)
    except Exception as error:
        return f"It ends with {type(error).__name__}: {error}"
    if not all(np.array_equal(a, b) for a, b in zip(before, (training, new), strict=True)):
        return "It changes the arrays that it is given. Compute a new array."
    if many.shape != new.shape:
        return f"Expected an array of shape {new.shape}, like new. Received: shape={many.shape}."
    mean, deviation = training.mean(axis=0), training.std(axis=0)
    deviation[2] = 1
    if np.allclose(many, (new - mean) / deviation) and np.allclose(single, many[:1]):
        return None
    if not np.allclose(single, many[:1], equal_nan=True):
        return "An example gets other values alone than beside another: new's own statistics."
    if not np.isfinite(many).all():
        return (
            "A feature that was constant in training has standard deviation 0: divide by 1 there."
        )
    if np.allclose(many[:, :2], ((new - mean) / training.std(axis=0, ddof=1).clip(1))[:, :2]):
        return "That divides by n - 1. For scaling, divide the sum of squares by n."
    if np.allclose(many, (new - training.mean()) / training.std()):
        return "That is one mean for all features. Each feature has its own: axis=0."
    if np.allclose(many[:, :2], ((new - mean) / training.var(axis=0).clip(1e-9))[:, :2]):
        return "That divides by the variance. Divide by its root, the standard deviation."
    return "Subtract the training mean of each feature, divide by its training standard deviation."


@exercise
def needed_sentences(answer: int) -> str | None:
    """1.4, exercise 3: test items for ± 2 points at an accuracy of 80 %."""
    if isinstance(answer, bool) or not isinstance(answer, Number):
        return f"Expected a number. Received: {answer!r}."
    if 1536 <= answer <= 1537:
        return None
    hints = [
        (400, 1, "That is one standard error. A 95 % interval is 1.96 of them wide on each side."),
        (2401, 1, "That is the worst case, p = 0.5. Here p is about 0.8."),
        (6147, 2, "± 2 points: half of the interval is 0.02, not all of it."),
        (385, 1, "± 2 points: half of the interval is 0.02, not 0.04."),
        (784, 1, "The 1.96 is squared too."),
        (1600, 0.5, "Use 1.96, not 2."),
        (1082, 1, "That is a 90 % interval."),
        (0.16, 0.01, "2 points are 0.02, and p is 0.8."),
    ]
    for number, margin, hint in hints:
        if abs(answer - number) <= margin:
            return hint
    return "Solve 0.02 = 1.96 √(p (1 - p) / n) for n, with p = 0.8."


@exercise
def stopping_epochs(answer: tuple) -> str | None:
    """1.4, exercise 4: epoch kept and last epoch, with a patience of 2."""
    try:
        epochs = tuple(int(number) for number in answer)
    except (TypeError, ValueError):
        return "Expected two numbers (kept, last)."
    if len(epochs) != 2:
        return f"Expected two numbers (kept, last). Received: {len(epochs)}."
    hints = {
        (8, 9): "The 0.57 of epoch 8 is the smallest, and training has stopped before it.",
        (8, 8): "The 0.57 of epoch 8 is the smallest, and training has stopped before it.",
        (3, 4): "That is a patience of 1.",
        (3, 5): "Epoch 5 brings a new minimum, so the waiting starts again.",
        (4, 6): "Count epochs from 1.",
        (7, 7): "The best weights are kept, not the last.",
        (7, 5): "The order is: kept, last.",
        (5, 6): "A patience of 2 endures two epochs without a new minimum.",
        (5, 8): "After epoch 7 two epochs in a row brought no new minimum.",
    }
    if epochs == (5, 7):
        return None
    return hints.get(epochs, "Go through the losses and note each new minimum.")


@exercise
def network_weights(answer: int) -> str | None:
    """1.3, exercise 1: numbers that a dense network 49 → 32 → 16 → 10 learns."""
    if not isinstance(answer, Number):
        return f"Expected a number. Received: {answer!r}."
    hints = {
        49 * 32 + 32 * 16 + 16 * 10: "Each unit also has a bias.",
        49 * 32 + 32 * 16 + 16 * 10 + 3: "Each unit has a bias of its own, not one for the layer.",
        49 * 32 + 32 + 32 * 16 + 16: "The 10 outputs are units too, with weights and biases.",
        50 * 32 + 33 * 16 + 17 * 10 + 49: "The 49 inputs are numbers, not units: no bias there.",
        49 + 32 + 16 + 10: "That counts inputs and units. Every unit has a weight for each input.",
        49 * 32 * 16 * 10: "Layers follow one another: add their weights.",
    }
    if answer == 50 * 32 + 33 * 16 + 17 * 10:
        return None
    return hints.get(answer, "Count one unit of each layer: its inputs, and one bias.")


@exercise
def nand_neuron(answer: tuple) -> str | None:
    """1.3, exercise 2: weights and bias of a neuron with a threshold that computes NAND."""
    try:
        w1, w2, bias = (float(number) for number in answer)
    except (TypeError, ValueError):
        return "Expected three numbers, (w1, w2, b)."
    sums = bias, w2 + bias, w1 + bias, w1 + w2 + bias
    gate = tuple(int(total > 0) for total in sums)
    names = {
        (0, 0, 0, 1): "That is AND: turn every sign.",
        (0, 1, 1, 1): "That is OR. NAND is 1 for two zeros, so the bias alone must be above 0.",
        (1, 0, 0, 0): "That is NOR: one 1 already pulls the sum down. Raise the bias.",
        (1, 1, 1, 1): "Always 1: both weights together must pull the sum down to 0 or below.",
        (0, 0, 0, 0): "Always 0. With two zeros only the bias is left: it must be above 0.",
    }
    if gate == (1, 1, 1, 0):
        return None
    shown = ", ".join(str(bit) for bit in gate)
    return names.get(gate, f"For 00, 01, 10, 11 this answers {shown}; NAND answers 1, 1, 1, 0.")


@exercise
def collapse(answer: tuple) -> str | None:
    """1.3, exercise 3: the one linear layer that replaces two."""
    first, first_bias = np.array([[1, 2], [0, 1]]), np.array([1, -1])
    second, second_bias = np.array([[2, 0], [1, 3]]), np.array([5, 4])
    try:
        kernel, bias = (np.asarray(array, dtype=float) for array in answer)
    except (TypeError, ValueError):
        return "Expected a pair, (kernel, bias)."
    if kernel.shape != (2, 2) or bias.shape != (2,):
        return (
            "Expected a kernel of shape (2, 2) and a bias of shape (2,). "
            f"Received: {kernel.shape} and {bias.shape}."
        )
    if np.allclose(kernel, second @ first):
        return "The kernels are in the wrong order: the input meets W1 first, x @ W1 @ W2."
    if np.allclose(kernel, first * second):
        return "`*` multiplies place by place. Layers follow one another by the matrix product, @."
    if np.allclose(kernel, first + second):
        return "Kernels multiply, they do not add: put the first layer into the second."
    if not np.allclose(kernel, first @ second):
        return "Write x W1 W2 and read off what stands to the right of x."
    if np.allclose(bias, first_bias + second_bias):
        return "The kernel is right. The first bias passes through the second kernel too."
    if np.allclose(bias, second_bias):
        return "The kernel is right. The first bias is missing."
    if np.allclose(bias, first_bias @ second):
        return "The kernel is right. The second bias is missing."
    if np.allclose(bias, first_bias @ second + second_bias):
        return None
    return "The kernel is right. For the bias, set x = 0 and follow it through both layers."


@exercise
def smallest_set(answer: dict) -> str | None:
    """1.3, exercise 4: the smallest of ML, ANN and DNN that contains a method, in Korean."""
    ml, ann, dnn = "머신러닝", "인공신경망", "심층신경망"
    right = {"PCA": ml, "k-means": ml, "one neuron": ann, "3 hidden layers": dnn}
    if not isinstance(answer, dict) or set(answer) != set(right):
        return f"Expected a dict with the keys {', '.join(right)}."
    given = {key: str(word).replace(" ", "") for key, word in answer.items()}
    given = {key: ml if word == "기계학습" else word for key, word in given.items()}
    unknown = [answer[key] for key, word in given.items() if word not in (ml, ann, dnn)]
    if unknown:
        return f"Expected 머신러닝, 인공 신경망 or 심층 신경망. Received: {unknown[0]!r}."
    for key in ("PCA", "k-means"):
        if given[key] != ml:
            return f"{key} learns from data and has no neuron, so it is no network."
    if given["one neuron"] == dnn:
        return "One neuron has no hidden layer, so it is not deep."
    if given["one neuron"] == ml:
        return "One neuron is a network already, the smallest: which smaller set holds it?"
    if given["3 hidden layers"] != dnn:
        return "Three hidden layers are more than one: there is a smaller set that holds them."
    return None
