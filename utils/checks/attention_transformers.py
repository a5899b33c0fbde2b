"""Checks of the exercises of Part 6, attention and Transformers."""

import math
from collections.abc import Callable
from numbers import Number

import numpy as np

from utils.checks._exercise import exercise


def _numbers(answer, count):
    """The answer as floats, or None if it is not `count` numbers."""
    try:
        found = tuple(answer)
    except TypeError:
        return None
    fits = len(found) == count and all(
        isinstance(number, Number) and not isinstance(number, bool) for number in found
    )
    return tuple(float(number) for number in found) if fits else None


@exercise
def three_similarities(answer: tuple[float, float, float]) -> str | None:
    """6.1, exercise 1: dot product, cosine and scaled dot product of (3, 4) and (4, 3)."""
    numbers = _numbers(answer, 3)
    if numbers is None:
        return f"Expected three numbers (dot, cosine, scaled). Received: {answer!r}."
    dot, cosine, scaled = numbers
    if not math.isclose(dot, 24):
        return {
            25.0: "Dot: that is the squared length of either vector. Multiply 3 by 4 and 4 by 3.",
            144.0: "Dot: add the two products.",
            7.0: "Dot: that is 3 + 4. Multiply component by component first.",
        }.get(dot, "Dot: multiply component by component and add.")
    if not math.isclose(cosine, 0.96, abs_tol=0.006):
        if math.isclose(cosine, 24 / 5, abs_tol=0.01):
            return "Cosine: divide by both lengths, not by one."
        if math.isclose(cosine, math.acos(0.96), abs_tol=0.006):
            return "Cosine: that is the angle. The cosine itself is asked."
        return "Cosine: the dot product divided by both lengths, which are 5 and 5."
    if math.isclose(scaled, 24 / math.sqrt(2), abs_tol=0.01):
        return None
    if math.isclose(scaled, 12):
        return "Scaled: divide by the root of the dimension, not by the dimension."
    if math.isclose(scaled, 24 / 5, abs_tol=0.01):
        return "Scaled: √d has the dimension 2 in it, not the length 5 of a vector."
    return "Scaled: divide the dot product by √2."


@exercise
def spread_of_scores(answer: tuple[float, float, float]) -> str | None:
    """6.1, exercise 2: deviation of dot products in a head of 256 dimensions."""
    numbers = _numbers(answer, 3)
    if numbers is None:
        return (
            f"Expected three numbers (dot, scaled, scaled with deviation 2). Received: {answer!r}."
        )
    dot, scaled, doubled = numbers
    if dot != 16:
        if dot == 256:
            return "256 is the variance. The standard deviation is its root."
        return "The variance of the dot product is the dimension. Take its root."
    if scaled != 1:
        if scaled == 1 / 16:
            return "Scaled: divide by √256, not by 256."
        return "Scaled: divide the first answer by √256."
    if doubled == 4:
        return None
    if doubled == 2:
        return "The queries are twice as large, and the keys too: the factors multiply."
    if doubled == 16:
        return "That is the factor of the variance, 4 · 4. Its root is asked."
    return "Each product of a query's and a key's component has the deviation 2 · 2."


@exercise
def blind_spots(answer: Callable) -> str | None:
    """6.1, exercise 3: vectors that the cosine, or one dot product, cannot tell from v."""
    if not callable(answer):
        return f"Expected the function, without calling it. Received: {answer!r}."
    for v in (np.array([3.0, 1.0]), np.array([-2.0, 5.0]), np.array([1.0, 2.0])):
        try:
            same_cosine, same_dot = (np.asarray(w, dtype=float) for w in answer(v.copy()))
        except Exception as error:
            return f"Your function stopped with {type(error).__name__}: {error}"
        for name, w in (("same_cosine", same_cosine), ("same_dot", same_dot)):
            if w.shape != (2,):
                return f"Expected {name} of shape (2,). Received: shape={w.shape}."
            if np.allclose(w, v):
                return f"For v = {v}, {name} is v itself."
        cross = v[0] * same_cosine[1] - v[1] * same_cosine[0]
        if not np.isclose(cross, 0):
            return f"For v = {v}, same_cosine points another way: a cosine sees the direction."
        if same_cosine @ v <= 0:
            return f"For v = {v}, same_cosine points the opposite way: its cosines change sign."
        if not np.isclose(same_dot @ [1, 2], v @ [1, 2]):
            return f"For v = {v}, the dot product with (1, 2) changes: add what (1, 2) cannot see."
        if np.isclose(v[0] * same_dot[1] - v[1] * same_dot[0], 0):
            return f"For v = {v}, same_dot has the direction of v."
    return None


@exercise
def word_in_context(answer: Callable) -> str | None:
    """6.1, exercise 4: score, softmax, weighted mean, with the scaled dot product."""
    if not callable(answer):
        return f"Expected the function, without calling it. Received: {answer!r}."
    word, context = np.array([2.0, 1.0, 0.5]), np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]])

    def place(scores, points):
        powers = np.exp(scores - scores.max())
        return powers / powers.sum() @ points

    everyone = np.vstack([word, context])
    dots = everyone @ word
    try:
        found = np.asarray(answer(word.copy(), context.copy()), dtype=float)
        large = np.asarray(answer(20 * word, 20 * context), dtype=float)
    except Exception as error:
        return f"Your function stopped with {type(error).__name__}: {error}"
    if found.shape != (3,):
        return f"Expected shape (3,). Received: shape={found.shape}."
    lengths = np.linalg.norm(everyone, axis=1) * np.linalg.norm(word)
    wrong = {
        "Divide the scores by the root of the dimension.": place(dots, everyone),
        "Divide by the root of the dimension, not by the dimension.": place(dots / 3, everyone),
        "Those are cosines: divide by √D, not by the lengths.": place(dots / lengths, everyone),
        "The word counts itself: it belongs to those that are averaged.": place(
            dots[1:] / np.sqrt(3), context
        ),
        "The scores need a softmax; so far they are only divided by their sum.": dots
        / dots.sum()
        @ everyone,
    }
    if not np.allclose(found, place(dots / np.sqrt(3), everyone)):
        for hint, place_of_it in wrong.items():
            if np.allclose(found, place_of_it):
                return hint
        return "Score the word against itself and the context, take the softmax, then the mean."
    if not np.allclose(large, place(400 * dots / np.sqrt(3), 20 * everyone)):
        return "Large scores overflow: subtract the largest one before the exponential."
    return None


@exercise
def attention_counts(answer: tuple[int, int]) -> str | None:
    """6.2, exercise 1: weights and multiplications of 8 heads, width 256, 100 tokens."""
    numbers = _numbers(answer, 2)
    if numbers is None:
        return f"Expected two numbers (weights, multiplications). Received: {answer!r}."
    weights, multiplications = numbers
    matrices = 4 * 256**2
    if weights != matrices + 4 * 256:
        return {
            matrices: "Weights: each of the four projections has a bias too.",
            3 * (256**2 + 256): "Weights: the heads' outputs are mixed by a fourth projection.",
            8 * (matrices + 4 * 256): "Weights: a head is 32 wide, so eight of them make 256.",
            matrices + 4 * 32: "Weights: each bias has 256 numbers, 32 for each of 8 heads.",
        }.get(weights, "Weights: four matrices of 256 by 256, and four biases.")
    projections, table = 100 * matrices, 100**2 * 256
    if multiplications == projections + 2 * table:
        return None
    return {
        projections: "Multiplications: the scores and the weighted means are missing.",
        projections + table: "Multiplications: scores and weighted means cost T² D each.",
        2 * table: "Multiplications: the four projections are missing.",
        projections
        + 16 * table: "Multiplications: a head is 32 wide; all eight together cost T² D.",
        matrices + 2 * table: "Multiplications: each of the 100 tokens is projected.",
    }.get(multiplications, "Multiplications: 4 T D² for the projections, 2 T² D for the rest.")


@exercise
def one_row(answer: tuple[float, float, float, float]) -> str | None:
    """6.2, exercise 2: softmax of 0, 0, ln 2, and the mean of the values 4, 8, 2."""
    numbers = _numbers(answer, 4)
    if numbers is None:
        return f"Expected three weights and the output. Received: {answer!r}."
    weights, output = np.array(numbers[:3]), numbers[3]
    if not math.isclose(weights.sum(), 1, abs_tol=0.02):
        return f"The weights must add up to 1. Yours add up to {weights.sum():g}."
    if not np.allclose(weights, [0.25, 0.25, 0.5], atol=0.006):
        if np.allclose(weights, [0, 0, 1], atol=0.006):
            return "Divide the exponentials, not the scores themselves: e to the power 0 is 1."
        return "The exponentials are 1, 1 and 2. Divide each by their sum."
    if math.isclose(output, 4, abs_tol=0.03):
        return None
    if math.isclose(output, 14 / 3, abs_tol=0.03):
        return "That is the plain mean of the values. Weight them."
    if math.isclose(output, 16, abs_tol=0.03):
        return "Use the weights, which add up to 1, not the exponentials."
    return "The output is the sum of weight times value."


@exercise
def window_mask(answer: Callable) -> str | None:
    """6.2, exercise 3: each token looks at itself and at `window` tokens before it."""
    if not callable(answer):
        return f"Expected the function, without calling it. Received: {answer!r}."
    for length, window in ((5, 2), (4, 0), (3, 7)):
        try:
            found = np.asarray(answer(length, window))
        except Exception as error:
            return f"Your function stopped with {type(error).__name__}: {error}"
        if found.shape != (length, length) or found.dtype != bool:
            return (
                f"Expected a boolean mask of shape ({length}, {length}). "
                f"Received: shape={found.shape}, dtype={found.dtype}."
            )
        distance = np.arange(length)[:, np.newaxis] - np.arange(length)
        right = (distance >= 0) & (distance <= window)
        if np.array_equal(found, right):
            continue
        if np.array_equal(found, ~right):
            return "True is for those who may be looked at."
        if np.array_equal(found, right.T):
            return "Rows look, columns are looked at: yours look at what comes after."
        if np.array_equal(found, (distance >= 0) & (distance < window)):
            return f"With window={window} a token sees itself and {window} before it."
        if np.array_equal(found, abs(distance) <= window):
            return "No token may look at those after it."
        if np.array_equal(found, distance >= 0):
            return f"With window={window} the tokens further back are out of reach."
        return f"Wrong for length={length}, window={window}: draw the table on paper."
    return None


@exercise
def told_apart(answer: set[str]) -> str | None:
    """6.2, exercise 4: what a mean over self-attention without positions can distinguish."""
    if not isinstance(answer, set) or not answer <= set("abcd"):
        return f'Expected a set of letters from "a" to "d". Received: {answer!r}.'
    if "a" in answer:
        return "a: both texts have the same words. Does reordering change the mean?"
    if "c" not in answer:
        return "c: the two texts have different words, so the values differ."
    for letter in ("b", "d"):
        if letter in answer:
            return (
                f"{letter}: each word stands there twice as often, so each weight is halved and "
                "counted twice."
            )
    return None


@exercise
def two_places(answer: tuple[list[float], float]) -> str | None:
    """6.3, exercise 1: position 0 of width 4, and the product of place 12 with itself."""
    try:
        vector, product = answer
        vector = np.asarray(vector, dtype=float)
        product = float(product)
    except (TypeError, ValueError):
        return f"Expected (four numbers, dot product). Received: {answer!r}."
    if vector.shape != (4,):
        return f"Expected four numbers for place 0. Received: shape={vector.shape}."
    if not np.allclose(vector, [0, 1, 0, 1]):
        if np.allclose(vector, [0, 0, 1, 1]):
            return "Sine and cosine of a pair stand side by side."
        if np.allclose(vector, [1, 0, 1, 0]):
            return "The sine comes first, and the sine of 0 is 0."
        if np.allclose(vector, 0):
            return "The cosine of 0 is 1."
        return "Every angle is 0 at place 0. What are its sine and its cosine?"
    if math.isclose(product, 2):
        return None
    if math.isclose(product, 4):
        return "A pair gives sin² + cos² = 1. How many pairs has a width of 4?"
    if math.isclose(product, 1):
        return "That is one pair. There are two."
    return "The place does not matter: each pair gives sin² + cos²."


@exercise
def turned_hands(answer: Callable) -> str | None:
    """6.3, exercise 2: the position some words later, without knowing the place."""
    from utils.reference.positions import sinusoidal_positions

    if not callable(answer):
        return f"Expected the function, without calling it. Received: {answer!r}."
    for width, place, offset in ((8, 13, 5), (32, 40, -7), (4, 1, 1)):
        positions = sinusoidal_positions(60, width)
        try:
            found = np.asarray(answer(positions[place].copy(), offset), dtype=float)
        except Exception as error:
            return f"Your function stopped with {type(error).__name__}: {error}"
        if found.shape != (width,):
            return f"Expected shape ({width},). Received: shape={found.shape}."
        if np.allclose(found, positions[place + offset]):
            continue
        if np.allclose(found, positions[place - offset]):
            return "The hands turn the wrong way: yours go back for a positive offset."
        if np.allclose(found, positions[place] + positions[abs(offset)]):
            return "Positions are not added: the sine of a sum is not a sum of sines."
        pairs = found.reshape(-1, 2), positions[place + offset].reshape(-1, 2)
        if np.allclose(pairs[0][0], pairs[1][0]):
            return "Each pair has a speed of its own: only the first one is right."
        return "Use sin(a + b) and cos(a + b) on each pair, with b = offset times its speed."
    return None


@exercise
def where_attention_costs_more(answer: tuple[int, int, int]) -> str | None:
    """6.3, exercise 3: words from which attention multiplies more than a GRU, and the steps."""
    numbers = _numbers(answer, 3)
    if numbers is None:
        return (
            f"Expected three numbers (words, steps of the GRU, of attention). Received: {answer!r}."
        )
    words, recurrent_steps, attention_steps = numbers
    if words != 513:
        return {
            512: "At 512 words both multiply the same. From which number on is it more?",
            1025: "That is where scores and means exceed the projections. Compare with 6 T D².",
            1024: "That is where scores and means equal the projections. Compare with 6 T D².",
        }.get(words, "Solve 4 T D² + 2 T² D > 6 T D² for T.")
    if attention_steps != 1:
        return "Attention computes all words at once."
    if recurrent_steps != 513:
        return "The GRU makes one step for each word."
    return None
