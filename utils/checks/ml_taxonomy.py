"""Checks of Part 1, what machine learning is."""

from collections.abc import Callable
from numbers import Number

import numpy as np

from utils.checks._exercise import exercise, function, hint_near, number, numbers


@exercise(numbers("5 standardized, 9 standardized, 5 by min-max, 9 by min-max"))
def scaling_by_hand(answer: tuple[float, float, float, float]) -> str | None:
    """1.4, exercise 1: 5 and 9, standardized and by min-max; the training values are 1, 1, 5, 5."""
    if np.allclose(answer, (1, 3, 1, 2)):
        return None
    if np.allclose(answer[:2], (-1, 1)) or np.allclose(answer[2:], (0, 1)):
        return "These come from the test examples' own statistics. Use those of the training set."
    if np.allclose(answer, (1, 3, 1, 1)):
        return "Do not cut off: 9 lies outside the training range, and its scaled value may too."
    if np.allclose(answer[:2], (0.866, 2.598), atol=0.002):
        return "That divides by n - 1. For scaling, divide the sum of squares by n."
    if np.allclose(answer[:2], (0.5, 1.5)):
        return "That divides by the variance. Divide by its root, the standard deviation."
    if np.allclose(answer[:2], (2, 6)):
        return "The mean is subtracted. Now divide by the standard deviation."
    if np.allclose(answer, (1, 1, 3, 2)):
        return "The order is: standardized 5 and 9, then min-max 5 and 9."
    if np.allclose(answer[:2], (1, 3)):
        return "Standardizing is right. Min-max: subtract the minimum, divide by the range."
    return "Training mean 3. How far is every training value from it? Then the same for min-max."


@exercise(function)
def standardize_new(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """1.4, exercise 2: a function that standardizes new examples with training statistics."""
    training = np.array([[1.0, 70.0, 7.0], [1.0, 10.0, 7.0], [5.0, 10.0, 7.0], [5.0, 30.0, 7.0]])
    new = np.array([[9.0, 20.0, 7.0], [3.0, 54.0, 8.0]])
    before = training.copy(), new.copy()
    with np.errstate(all="ignore"):
        many = np.asarray(answer(training, new), dtype=float)
        single = np.asarray(answer(training, new[:1]), dtype=float)
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


@exercise(number)
def needed_sentences(answer: int) -> str | None:
    """1.4, exercise 3: test items for ± 2 points at an accuracy of 80 %."""
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
    for wrong, margin, hint in hints:
        if abs(answer - wrong) <= margin:
            return hint
    return "Solve 0.02 = 1.96 √(p (1 - p) / n) for n, with p = 0.8."


@exercise(numbers("kept, last"))
def stopping_epochs(answer: tuple[int, int]) -> str | None:
    """1.4, exercise 4: epoch kept and last epoch, with a patience of 2."""
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
    if answer == (5, 7):
        return None
    return hints.get(answer, "Go through the losses and note each new minimum.")


@exercise(number)
def network_weights(answer: int) -> str | None:
    """1.3, exercise 1: numbers that a dense network 49 → 32 → 16 → 10 learns."""
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


@exercise(numbers("w1, w2, b"))
def nand_neuron(answer: tuple[float, float, float]) -> str | None:
    """1.3, exercise 2: weights and bias of a neuron with a threshold that computes NAND."""
    w1, w2, bias = answer
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


@exercise()
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


@exercise()
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


@exercise(number)
def adam_bytes(answer: int) -> str | None:
    """1.1, exercise 1: bytes of Adam's averages for a dense network 100 → 50 → 10, float32."""
    numbers = 100 * 50 + 50 + 50 * 10 + 10
    hints = {
        4 * numbers: "That is one average for each weight. Adam keeps two.",
        2 * numbers: "That counts numbers. A float32 has 4 bytes.",
        numbers: "That counts weights and biases. How many numbers does Adam keep for each?",
        8 * (numbers - 60): "Biases are trained too, so they have averages.",
        8 * (numbers - 10): "The 10 outputs have biases too.",
        12 * numbers: "Adam keeps two averages; weights or gradients do not count here.",
        16 * numbers: "That is all four: weights, gradients and two averages. Only the averages.",
        8 * numbers + 12: "Leave out the step counter and the learning rate.",
        16 * numbers + 12: "float32 has 4 bytes, not 8.",
    }
    if answer == 8 * numbers:
        return None
    return hints.get(answer, "Count weights and biases; two numbers for each; 4 bytes a number.")


@exercise(function)
def chain_of_steps(answer: Callable) -> str | None:
    """1.1, exercise 2: a function that feeds a step's answer back into it."""
    calls = []

    def step(state, item):
        calls.append((state, item))
        return 10 * state + item

    inputs = [3, 1, 2]
    states = answer(step, 7, inputs)
    states = list(states) if states is not None else None
    if states is None:
        return "It returns nothing. Return the list of states."
    if inputs != [3, 1, 2]:
        return "It changes the list that it is given."
    if states == [73, 731, 7312]:
        return None if len(calls) == 3 else f"3 steps are enough. Received: {len(calls)} calls."
    if states == [7, 73, 731, 7312]:
        return "The start is no step's answer: leave it out."
    if states == [73, 71, 72]:
        return "Every step begins at the start. Feed the last state back."
    if states == [7312]:
        return "That is the last state only. Return all of them."
    if states == [72, 721, 7213]:
        return "It takes the inputs in the wrong order."
    if states == [73, 731]:
        return "The last item is missing."
    if not calls:
        return "It never calls step."
    return (
        f"For step(s, i) = 10 s + i, start 7 and [3, 1, 2], expected 73 first. Received: {states}."
    )


@exercise()
def wrong_claim(answer: tuple) -> str | None:
    """1.1, exercise 3: the claim that is wrong, and the factor that the run shows."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return 'Expected a pair ("letter", factor).'
    letter, factor = answer
    letter = str(letter).strip().upper()
    right = {
        "A": "A holds: inference multiplies weights and inputs; no gradient takes part.",
        "C": "C holds: 8 bits are one byte, and float32 has four.",
        "D": "D holds: evaluate compares answers. Compare get_weights() before and after.",
    }
    if letter in right:
        return right[letter]
    if letter != "B":
        return f"Expected A, B, C or D. Received: {answer[0]!r}."
    if isinstance(factor, bool) or not isinstance(factor, Number):
        return f"Expected a number as the factor. Received: {factor!r}."
    if factor == 2:
        return "B it is. But 2 is what the claim says; measure the state with two batch sizes."
    if abs(factor - 1) < 0.01:
        return None
    return "B it is. Sum the bytes of optimizer.variables for two batch sizes, and divide."


@exercise(numbers("after the first, after the second"))
def q_updates(answer: tuple[float, float]) -> str | None:
    """1.2, exercise 1: Q(s, a) after a step inside an episode and after one that ends it."""
    first, second = answer
    hints = {
        0.72: "0.72 is the target. Go only half of the way from 0.5 to it.",
        0.65: "The next state comes one move later: multiply its value by 0.9.",
        0.86: "Move toward the target, by half of the difference; do not add half of the target.",
        0.25: "The reward is 0, but the next state is worth something: 0.9 · 0.8.",
    }
    if hint := hint_near(first, hints, abs_tol=0.002):
        return hint
    if abs(first - 0.61) > 0.002:
        return "The first target is 0 + 0.9 · 0.8. Go half of the way from 0.5 to it."
    if abs(second - 0.805) < 0.002:
        return None
    if abs(second - 1.165) < 0.002:
        return "The first is right. After the end of an episode nothing follows: the target is 1."
    if abs(second - 0.75) < 0.002:
        return "The first is right. The second update starts from it, not from 0.5."
    if abs(second - 1) < 0.002:
        return "The first is right. 1 is the target of the second; go half of the way."
    return "The first is right. The second target is the reward alone, 1."


@exercise(number)
def pay_to_stay(answer: float) -> str | None:
    """1.2, exercise 2: the pay a move from which it is better never to arrive."""
    hints = {
        1 / 6: "That is 1 shared among six moves. Staying has no end: sum the discounted pay.",
        1 / 5: "That is 1 shared among five moves. Staying has no end: sum the discounted pay.",
        20: "That is how many times the pay staying is worth. Set pay · 20 equal to 1.",
        0.95: "0.95 is the discount. Staying for ever is worth pay / (1 - 0.95).",
        1: "Paid 1 a move, staying would be worth 20. The bound is lower.",
        0.95**5: "That is what arriving is worth at the start without pay.",
        0.95**5 / 20: "On the way to the goal moves are paid too. Compare beside the goal.",
    }
    if abs(answer - 0.05) < 1e-6:
        return None
    return (
        hint_near(answer, hints, abs_tol=0.002)
        or "Beside the goal: arriving is worth 1. What is staying for ever worth?"
    )


@exercise()
def signal_sources(answer: dict) -> str | None:
    """1.2, exercise 3: where the training signal of four methods comes from."""
    hints = {
        "mail that users marked as spam": ("people", "Users said of each mail whether it is spam."),
        "next word of a text": ("data", "Nobody labels the next word: it stands in the text."),
        "k-means on customers": ("data", "k-means reads no answer and no reward."),
        "profit of each trade": (
            "reward",
            "A profit says how good a trade was, not which was right.",
        ),
    }
    if not isinstance(answer, dict) or set(answer) != set(hints):
        return f"Expected a dict with the keys {', '.join(hints)}."
    for key, (right, hint) in hints.items():
        given = str(answer[key]).strip().lower()
        if given not in ("people", "reward", "data"):
            return f"Expected people, reward or data. Received: {answer[key]!r}."
        if given != right:
            return hint
    return None
