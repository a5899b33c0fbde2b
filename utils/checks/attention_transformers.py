"""Checks of the exercises of Part 6, attention and Transformers."""

import math
from collections.abc import Callable

import numpy as np

from utils.checks._exercise import exercise, function, hint_alike, hint_near, numbers


@exercise(numbers("dot, cosine, scaled"))
def three_similarities(answer: tuple[float, float, float]) -> str | None:
    """6.1, exercise 1: dot product, cosine and scaled dot product of (3, 4) and (4, 3)."""
    dot, cosine, scaled = answer
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


@exercise(numbers("dot, scaled, scaled with deviation 2"))
def spread_of_scores(answer: tuple[float, float, float]) -> str | None:
    """6.1, exercise 2: deviation of dot products in a head of 256 dimensions."""
    dot, scaled, doubled = answer
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


@exercise(function)
def blind_spots(answer: Callable) -> str | None:
    """6.1, exercise 3: vectors that the cosine, or one dot product, cannot tell from v."""
    for v in (np.array([3.0, 1.0]), np.array([-2.0, 5.0]), np.array([1.0, 2.0])):
        same_cosine, same_dot = (np.asarray(w, dtype=float) for w in answer(v.copy()))
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


@exercise(function)
def word_in_context(answer: Callable) -> str | None:
    """6.1, exercise 4: score, softmax, weighted mean, with the scaled dot product."""
    word, context = np.array([2.0, 1.0, 0.5]), np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]])

    def place(scores, points):
        powers = np.exp(scores - scores.max())
        return powers / powers.sum() @ points

    everyone = np.vstack([word, context])
    dots = everyone @ word
    found = np.asarray(answer(word.copy(), context.copy()), dtype=float)
    large = np.asarray(answer(20 * word, 20 * context), dtype=float)
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
        return (
            hint_alike(found, wrong)
            or "Score the word against itself and the context, take the softmax, then the mean."
        )
    if not np.allclose(large, place(400 * dots / np.sqrt(3), 20 * everyone)):
        return "Large scores overflow: subtract the largest one before the exponential."
    return None


@exercise(numbers("weights, multiplications"))
def attention_counts(answer: tuple[int, int]) -> str | None:
    """6.2, exercise 1: weights and multiplications of 8 heads, width 256, 100 tokens."""
    weights, multiplications = answer
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


@exercise(numbers("first weight, second, third, output"))
def one_row(answer: tuple[float, float, float, float]) -> str | None:
    """6.2, exercise 2: softmax of 0, 0, ln 2, and the mean of the values 4, 8, 2."""
    weights, output = np.array(answer[:3]), answer[3]
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


@exercise(function)
def window_mask(answer: Callable) -> str | None:
    """6.2, exercise 3: each token looks at itself and at `window` tokens before it."""
    for length, window in ((5, 2), (4, 0), (3, 7)):
        found = np.asarray(answer(length, window))
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


@exercise()
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


@exercise()
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


@exercise(function)
def turned_hands(answer: Callable) -> str | None:
    """6.3, exercise 2: the position some words later, without knowing the place."""
    from utils.reference.positions import sinusoidal_positions

    for width, place, offset in ((8, 13, 5), (32, 40, -7), (4, 1, 1)):
        positions = sinusoidal_positions(60, width)
        found = np.asarray(answer(positions[place].copy(), offset), dtype=float)
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


@exercise(numbers("words, steps of the GRU, of attention"))
def where_attention_costs_more(answer: tuple[int, int, int]) -> str | None:
    """6.3, exercise 3: words from which attention multiplies more than a GRU, and the steps."""
    words, recurrent_steps, attention_steps = answer
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


@exercise(numbers("character, token, bytes"))
def bits_and_perplexity(answer: tuple[float, float, float]) -> str | None:
    """6.5, exercise 1: perplexities of 2 bits a character, and the size of a novel."""
    character, token, size = answer
    if not math.isclose(character, 4, rel_tol=0.01):
        if math.isclose(character, math.exp(2), rel_tol=0.01):
            return "Character: that is e to the power 2. Bits want the base 2."
        return "Character: 2 to the power of the bits."
    if not math.isclose(token, 32, rel_tol=0.01):
        return {
            10.0: "Token: add the bits of its characters, do not multiply the perplexity.",
            4.0: "Token: a token of 2.5 characters costs 2.5 times the bits of one.",
            5.0: "Token: those are its bits. Take 2 to their power.",
        }.get(token, "Token: 2.5 characters of 2 bits each; 2 to the power of that.")
    if math.isclose(size, 100_000, rel_tol=0.01):
        return None
    if math.isclose(size, 800_000, rel_tol=0.01):
        return "Bytes: those are bits. A byte has 8."
    return "Bytes: 400,000 characters of 2 bits each, 8 bits to the byte."


@exercise(numbers("kept, first by top-p, first by top-k"))
def kept_by_top_p(answer: tuple[float, float, float]) -> str | None:
    """6.5, exercise 2: top-p with 0.7 and top-k with 2 of 0.4, 0.25, 0.15, 0.12, 0.08."""
    kept, by_p, by_k = answer
    if kept != 3:
        return {
            2.0: "Kept: 0.4 + 0.25 is only 0.65, below 0.7. The token that crosses p is kept too.",
            4.0: "Kept: three of them have 0.8 already.",
        }.get(kept, "Kept: add from the most probable down until the sum reaches 0.7.")
    if not math.isclose(by_p, 0.5, abs_tol=0.006):
        if math.isclose(by_p, 0.4):
            return "Top-p: what is kept must add up to 1 again."
        if math.isclose(by_p, 0.4 / 0.7, abs_tol=0.006):
            return "Top-p: divide by what is kept, 0.8, and not by p."
        return "Top-p: 0.4 divided by the sum of the kept ones."
    if math.isclose(by_k, 0.4 / 0.65, abs_tol=0.006):
        return None
    if math.isclose(by_k, 0.2):
        return "Top-k: k is a number of tokens, not a divisor."
    return "Top-k: two are kept; divide 0.4 by their sum."


@exercise(function)
def witten_bell(answer: Callable) -> str | None:
    """6.5, exercise 3: (counts + u · shorter) / (total + u), which adds up to 1."""
    shorter = np.array([0.4, 0.3, 0.2, 0.1])
    for counts in (np.array([3, 0, 1, 0]), np.array([0, 0, 5, 0]), np.zeros(4, dtype=int)):
        with np.errstate(all="ignore"):
            found = np.asarray(answer(counts.copy(), shorter.copy()), dtype=float)
        if found.shape != (4,):
            return f"Expected shape (4,). Received: shape={found.shape}."
        total, different = counts.sum(), np.count_nonzero(counts)
        if not total:
            if not np.allclose(found, shorter):
                return "Nothing followed this context: the shorter context decides alone."
            continue
        if np.allclose(found, (counts + different * shorter) / (total + different)):
            continue
        if not np.isclose(found.sum(), 1):
            return f"For the counts {counts.tolist()} yours add up to {found.sum():.3f}, not to 1."
        if np.any(found[counts == 0] == 0):
            return "A token that never followed gets probability 0: infinitely many bits."
        if np.allclose(found, (counts + shorter) / (total + 1)):
            return "Weigh the shorter context by the number of different followers, not by 1."
        if np.allclose(found, (counts + total * shorter) / (2 * total)):
            return "u is the number of different followers, not of all."
        return "It adds up to 1, and is another rule: (counts + u · shorter) / (total + u)."
    return None


@exercise(numbers("numbers, megabytes"))
def cache_size(answer: tuple[float, float]) -> str | None:
    """6.5, exercise 4: the cache of 12 blocks of width 768 after 1,024 tokens."""
    held, megabytes = answer
    right = 2 * 12 * 1024 * 768
    if held != right:
        return {
            right / 2: "Numbers: keys and values.",
            right / 12: "Numbers: every block has keys and values of its own.",
            right * 12: "Numbers: the 12 heads share the width; each is 64 wide.",
            right * 1.5: "Numbers: queries are not kept. No later token asks for them.",
        }.get(held, "Numbers: a key and a value of 768 numbers for each token in each block.")
    if math.isclose(megabytes, right * 2 / 1e6, rel_tol=0.06):
        return None
    if math.isclose(megabytes, right * 4 / 1e6, rel_tol=0.06):
        return "Megabytes: float16 has 2 bytes a number."
    return "Megabytes: 2 bytes for each of the numbers, a million bytes to the megabyte."


@exercise(numbers("tokens, a patch, embedding, positions"))
def patch_numbers(answer: tuple[int, int, int, int]) -> str | None:
    """6.7, exercise 1: tokens, numbers, weights of a picture of 32×32×3 in patches of 8×8."""
    tokens, patch, embedding, positions = answer
    if tokens != 16:
        return {
            4: "Tokens: that is along one side. The picture has as many rows of patches.",
            48: "Tokens: the three colors of a patch belong to one token.",
            1024: "Tokens: that is one for each pixel.",
        }.get(tokens, "Tokens: 32 / 8 patches along each side.")
    if patch != 192:
        return {
            64: "A patch: each of its 64 pixels has three colors.",
            8: "A patch has 8·8 pixels, with three colors each.",
        }.get(patch, "A patch: 8·8 pixels of three colors.")
    if embedding != 192 * 64 + 64:
        return {
            192 * 64: "Embedding: the bias is missing.",
            16 * (192 * 64 + 64): "Embedding: all patches share one matrix.",
            64 * 64 + 64: "Embedding: a patch has 192 numbers.",
        }.get(embedding, "Embedding: a matrix from 192 numbers to 64, and a bias.")
    if positions != 16 * 64:
        return {
            16: "Positions: each token gets a vector as wide as the embedding.",
            16 * 192: "Positions are added after the embedding, so they are 64 wide.",
            17 * 64: "Positions: here is no extra token, so there are 16.",
        }.get(positions, "Positions: a vector of width 64 for each token.")
    return None


@exercise(function)
def joined_patches(answer: Callable) -> str | None:
    """6.7, exercise 2: pictures from their patches."""
    for side, size, channels in ((4, 7, 1), (3, 2, 3)):
        images = np.arange(2 * (side * size) ** 2 * channels, dtype=float)
        images = images.reshape(2, side * size, side * size, channels)
        grid = images.reshape(2, side, size, side, size, channels)
        patches = grid.swapaxes(2, 3).reshape(2, side**2, size * size * channels)
        found = np.asarray(answer(patches.copy(), size, channels))
        if found.shape != images.shape:
            return f"Expected shape {images.shape}. Received: shape={found.shape}."
        if np.array_equal(found, images):
            continue
        if np.array_equal(found, patches.reshape(images.shape)):
            return "A reshape alone keeps the order patch by patch. Two axes have to change places."
        if np.array_equal(found, images.swapaxes(1, 2)):
            return "Rows and columns are exchanged."
        return "The pixels stand in the wrong places. Undo the steps of to_patches in turn."
    return None


@exercise(function)
def bins_of_readings(answer: Callable) -> str | None:
    """6.7, exercise 3: the tokens of readings, and the readings that they stand for."""
    for low, high, bins in ((-2.0, 2.0, 8), (0.0, 1.0, 5)):
        width = (high - low) / bins
        inside = low + width * np.array([0.1, 0.9, 1.3, bins - 0.7])
        readings = np.array([*inside, low, high, low - 1, high + 1])
        right = np.clip(np.floor((readings - low) / width), 0, bins - 1).astype(int)
        middles = low + (right + 0.5) * width
        found = answer(readings.copy(), low, high, bins)
        tokens, restored = (np.asarray(part) for part in found)
        for name, part in (("tokens", tokens), ("restored", restored)):
            if part.shape != readings.shape:
                return f"Expected {name} of shape {readings.shape}. Received: shape={part.shape}."
        if not np.issubdtype(tokens.dtype, np.integer):
            return f"Tokens are integers. Received: dtype={tokens.dtype}."
        if tokens.min() < 0:
            return "A reading below the range belongs to bin 0."
        if tokens.max() == bins:
            return f"{bins} bins have the numbers 0 to {bins - 1}; the upper limit is in the last."
        if tokens.max() > bins:
            return "A reading above the range belongs to the last bin."
        if not np.array_equal(tokens, right):
            steps = (readings - low) / (high - low) * (bins - 1)
            if np.array_equal(tokens, np.clip(np.round(steps), 0, bins - 1).astype(int)):
                return "That rounds to the nearest of the limits. A bin is an interval: round down."
            return f"With bins of width {width:g}, count how many lie wholly below the reading."
        if not np.allclose(restored, middles):
            if np.allclose(restored, low + right * width):
                return "Restored: that is the lower end of the bin. Its middle halves the error."
            return "Restored: the middle of the bin."
    return None


@exercise()
def rules_that_compare(answer: set[str]) -> str | None:
    """6.7, exercise 4: for which placement rules a node's own score is not enough."""
    if not isinstance(answer, set) or not answer <= set("abcd"):
        return f'Expected a set of letters from "a" to "d". Received: {answer!r}.'
    if "a" in answer:
        return "a: a node's score is its free memory. To take the largest score is not to compare."
    if "c" in answer:
        return (
            "c: adding t to one of the loads adds 2·load·t + t² to the sum of squares, and the "
            "mean is the same whichever node gets it. So which node is it?"
        )
    if "b" not in answer:
        return "b: the number of tasks in a zone is known only by looking at all nodes of the zone."
    if "d" not in answer:
        return "d: the mean load is a property of the cluster, not of one node."
    return None


@exercise(numbers("block, model"))
def deeper_encoder(answer: tuple[int, int]) -> str | None:
    """6.6, exercise 1: weights of a block of MiniLM, and of a model with 12 of them."""
    block, whole = answer
    attention, dense, norms = 4 * (384**2 + 384), 2 * 384 * 1536 + 1536 + 384, 2 * 2 * 384
    right = attention + dense + norms
    if block != right:
        return {
            right - norms: "Block: the two layer normalizations are missing.",
            right - norms // 2: "Block: there are two layer normalizations.",
            right
            - attention
            - dense
            + 4 * 384**2
            + 2 * 384 * 1536: "Block: the biases are missing.",
            right - 384**2 - 384: "Block: attention has a fourth projection, of the output.",
            right - 384 * 1536 - 384: "Block: the second dense layer is missing.",
        }.get(block, "Block: four projections, two dense layers, two normalizations.")
    if whole == 22_713_216 + 6 * right:
        return None
    return {
        2 * 22_713_216: "Model: the embedding and the pooler are there once, whatever the depth.",
        22_713_216 + 12 * right: "Model: six blocks are there already.",
        12 * right: "Model: the embedding and the pooler are missing.",
    }.get(whole, "Model: add six more blocks.")


@exercise()
def longest_first(answer: list[list[str]]) -> str | None:
    """6.6, exercise 2: WordPiece by hand, with a word that it cannot cut."""
    words = ("played", "player", "playable", "unaffordable")
    right = [["play", "##ed"], ["play", "##er"], ["play", "##able"], ["[UNK]"]]
    try:
        found = [list(pieces) for pieces in answer]
    except TypeError:
        found = []
    if len(found) != 4 or any(isinstance(pieces, str) for pieces in answer):
        return f"Expected four lists of pieces. Received: {answer!r}."
    for word, pieces, expected in zip(words, found, right, strict=True):
        if pieces == expected:
            continue
        if pieces == ["un", "##afford", "##able"]:
            return "unaffordable: that fits, but una is longer than un, and it is taken first."
        if word == "unaffordable" and pieces[:1] == ["una"]:
            return "unaffordable: what follows una? If nothing fits, the whole word is unknown."
        if pieces == [piece.removeprefix("##") for piece in expected]:
            return f"{word}: a piece inside a word is written with ## in front."
        return (
            f"{word}: take the longest entry that fits, from the left, until the word is used up."
        )
    return None


@exercise(function)
def mean_of_words(answer: Callable) -> str | None:
    """6.6, exercise 3: mean pooling without the first and the last true token."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(3, 7, 5)) + 0.5  # (B, T, D)
    lengths = np.array([7, 4, 3])
    mask = (np.arange(7) < lengths[:, np.newaxis]).astype(int)
    found = np.asarray(answer(hidden.copy(), mask.copy()), dtype=float)
    if found.shape != (3, 5):
        return f"Expected shape (3, 5). Received: shape={found.shape}."

    def pooled(weights):
        means = (hidden * weights[..., np.newaxis]).sum(axis=1)
        means = means / weights.sum(axis=1, keepdims=True)
        return means / np.linalg.norm(means, axis=1, keepdims=True)

    words, no_first, last_place = mask.copy(), mask.copy(), mask.copy()
    no_first[:, 0] = last_place[:, 0] = last_place[:, -1] = 0
    words[:, 0] = 0
    words[np.arange(3), lengths - 1] = 0
    everywhere = np.ones_like(mask)
    everywhere[:, [0, -1]] = 0
    if np.allclose(found, pooled(words)):
        return None
    wrong = {
        "That is the mean of all tokens: [CLS] and [SEP] are still in it.": pooled(mask),
        "[CLS] is out, [SEP] is still in.": pooled(no_first),
        "[SEP] is not at the last place of a padded text: look at the mask.": pooled(last_place),
        "Padding is in the mean: use the mask.": pooled(everywhere),
    }
    if hint := hint_alike(found, wrong):
        return hint
    lengths_found = np.linalg.norm(found, axis=1, keepdims=True)
    if np.allclose(found / lengths_found, pooled(words)):
        return "The direction is right. Divide each vector by its length."
    return "Set the first place and the last true one of the mask to 0, then take the mean."


@exercise(function)
def mean_reciprocal_rank(answer: Callable) -> str | None:
    """6.6, exercise 4: mean of 1 divided by the place of the best right result."""
    scores = np.array(
        [[0.9, 0.1, 0.5, 0.3], [0.2, 0.4, 0.8, 0.6], [-0.5, -0.1, -0.9, -0.2], [0.1, 0.9, 0.7, 0.2]]
    )
    right = np.array([[0, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0]], dtype=bool)
    ranks = np.array([3, 1, 3, 4])
    found = float(answer(scores.copy(), right.copy()))
    if math.isclose(found, np.mean(1 / ranks)):
        return None
    worst_first = np.array([1, 3, 2, 1])
    hints = {
        np.mean(1 / worst_first): "Your best result is the one with the lowest score.",
        ranks.mean(): "That is the mean rank. Average 1 / rank.",
        1 / ranks.mean(): "Take the reciprocals first, then their mean.",
        np.mean(ranks == 1): "That is the share of right first results.",
        np.sum(1 / ranks): "Divide by the number of queries.",
        np.mean(1 / (ranks + 1)): "Places count from 1: the first result has the rank 1.",
        np.mean(1 / (5 - worst_first)): "Take the best right result, not the worst.",
    }
    return (
        hint_near(found, hints)
        or "Sort each row by score, the highest first, and find the place of the first True."
    )


@exercise(numbers("attention, dense layers, block"))
def block_counts(answer: tuple[int, int, int]) -> str | None:
    """6.4, exercise 1: weights of an encoder block of width 256 with 1,024 hidden units."""
    of_attention, dense, block = answer
    if of_attention != 263168:
        return {
            4 * 256**2: "Attention: each of the four projections has a bias too.",
            3 * (256**2 + 256): "Attention: the heads are mixed by a fourth projection.",
            8 * 263168: "Attention: a head is 32 wide, so eight of them are as wide as one of 256.",
        }.get(of_attention, "Attention: four matrices of D × D, with biases.")
    if dense != 525568:
        return {
            2 * 256 * 1024: "Dense layers: the first has F biases, the second D.",
            256 * 1024 + 1024: "Dense layers: a second one brings the token back to D.",
            2 * (256 * 1024 + 1024): "Dense layers: the second has D biases, one a unit.",
        }.get(dense, "Dense layers: D × F and F × D, with biases F and D.")
    if block == 789760:
        return None
    if block == 788736:
        return "Block: the normalizations have weights too."
    if block == 789248:
        return "Block: there are two normalizations."
    return "Block: the two sums, and γ and β of D numbers each for two normalizations."


@exercise(numbers("first channel, second, third, fourth"))
def one_token(answer: tuple[float, float, float, float]) -> str | None:
    """6.4, exercise 2: layer normalization of (1, 1, 5, 5) by hand."""
    if np.allclose(answer, (-1, -2, 4, 5), atol=0.01):
        return None
    wrong = {
        "That is normalized. Then come γ and β, channel by channel.": (-1, -1, 1, 1),
        "β is missing.": (-1, -2, 1, 2),
        "γ is missing: it multiplies before β is added.": (-1, -1, 4, 4),
        "First times γ, then plus β: yours adds β before.": (-1, -2, 4, 8),
        "The variance is 4. Divide by its root.": (-0.5, -1, 3.5, 4),
        "Subtracted, but not divided by the standard deviation.": (-2, -4, 5, 7),
        "The mean goes over the four channels of the token, not over a channel.": (0, 0, 3, 3),
    }
    return (
        hint_alike(answer, wrong, atol=0.01)
        or "The mean is 3, and each channel is 2 away from it. What is the standard deviation?"
    )


@exercise(function)
def statistics_without_padding(answer: Callable) -> str | None:
    """6.4, exercise 3: mean and variance of each channel over the true tokens."""
    rng = np.random.default_rng(0)
    tokens = rng.normal(size=(3, 5, 4))
    mask = np.arange(5) < np.array([[5], [2], [3]])
    true = tokens[mask]
    mean, variance = (np.asarray(part, dtype=float) for part in answer(tokens.copy(), mask.copy()))
    for name, part in (("mean", mean), ("variance", variance)):
        if part.shape != (4,):
            return f"Expected the {name} of shape (4,), one a channel. Received: {part.shape}."
    if np.allclose(mean, tokens.mean(axis=(0, 1))):
        return "Padding is still in the mean."
    if np.allclose(mean, (tokens * mask[..., np.newaxis]).mean(axis=(0, 1))):
        return "Padding became 0, and still counts: divide by the number of true tokens."
    texts = [row[kept].mean(axis=0) for row, kept in zip(tokens, mask, strict=True)]
    if np.allclose(mean, np.mean(texts, axis=0)):
        return "That is the mean of the texts' means. Every token counts once."
    if not np.allclose(mean, true.mean(axis=0)):
        return "The mean is not that of the true tokens."
    if np.allclose(variance, true.var(axis=0)):
        return None
    if np.allclose(variance, true.std(axis=0)):
        return "That is the standard deviation. The variance is asked."
    if np.allclose(variance, true.var(axis=0, ddof=1)):
        return "Divide by the number of true tokens, not by one less."
    return "The mean is right. The variance is the mean of squared distances, true tokens only."


@exercise(function)
def left_out(answer: Callable) -> str | None:
    """6.4, exercise 4: by how much a score falls if a word is left out, for each place."""

    def score(words):
        return sum({"good": 2.0, "bad": -3.0}.get(word, 0.25) for word in words)

    words = ["not", "good", "but", "bad", "good"]
    before = words.copy()
    found = np.asarray(answer(score, words), dtype=float)
    if words != before:
        return "Your function changes the list that it was given."
    if found.shape != (5,):
        return f"Expected a number for each of 5 places. Received: shape={found.shape}."
    falls = np.array([0.25, 2.0, 0.25, -3.0, 2.0])
    if np.allclose(found, falls):
        return None
    if np.allclose(found, -falls):
        return "The sign: a good word left out makes the score fall, so its number is positive."
    if np.allclose(found, score(words) - falls):
        return "That is the score without the word. Subtract it from the score of the whole text."
    if np.allclose(found, [0.25, 4.0, 0.25, -3.0, 4.0]):
        return "“good” stands there twice: leave out one place at a time."
    if np.allclose(found, np.abs(falls)):
        return "Keep the sign: a bad word left out makes the score rise."
    return "For each place: the score of all words minus the score without that one."
