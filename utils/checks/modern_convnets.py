"""Checks of Part 4, modern convnet architectures."""

import math
from collections.abc import Callable

import numpy as np

from utils.checks._exercise import exercise, function, hint_alike, hint_near, number, numbers


@exercise(number)
def expectation(answer: float) -> str | None:
    """4.4, exercise 1: 60, then 80 and 90 arrive, beta = 0.9."""
    hints = {
        62: "That is after the first value. 90 comes as well.",
        88.8: "You kept a tenth of the old expectation. β = 0.9 keeps nine tenths.",
        63.8: "80 comes first, and 90 second: the latest value counts most.",
        76.67: "That is the plain mean of the three numbers.",
        63: "The second step starts from what the first one gave, 62.",
        82.5: "That is β = 0.5.",
    }
    if hint := hint_near(answer, hints, abs_tol=0.01):
        return hint
    if math.isclose(answer, 64.8, abs_tol=0.001):
        return None
    return "First 0.9 · 60 + 0.1 · 80, then the same step from there with 90."


@exercise(numbers("held, trained"))
def normalization_numbers(answer: tuple[int, int]) -> str | None:
    """4.4, exercise 2: numbers held and trained by a normalization of 48 planes."""
    held, trained = answer
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


@exercise(number)
def steps_to_settle(answer: int) -> str | None:
    """4.4, exercise 3: steps until a moving mean of momentum 0.99 has 95 % of the true mean."""
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


@exercise(function)
def scale_and_shift(answer: Callable) -> str | None:
    """4.4, exercise 4: batch normalization in inference mode as scale * x + shift."""
    rng = np.random.default_rng(0)
    gamma, beta, mean = rng.normal(size=(3, 5))
    variance, epsilon = rng.uniform(0.1, 2, size=5), 0.3
    scale, shift = answer(gamma, beta, mean, variance, epsilon)
    scale, shift = np.asarray(scale, dtype=float), np.asarray(shift, dtype=float)
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
        return (
            hint_alike(scale, scales)
            or "The scale is what x is multiplied by. Start from γ·(x − μ)/√(σ² + ε) + β."
        )
    shifts = {
        "The mean is subtracted too: it belongs into the shift.": beta,
        "The mean is multiplied by the scale before it is subtracted.": beta - mean,
        "The sign of the mean is turned: it is subtracted.": beta + scale * mean,
        "The shift lacks beta.": -scale * mean,
        "Beta is added at the end, and not scaled.": scale * (beta - mean),
    }
    if np.allclose(shift, beta - right * mean):
        return None
    return hint_alike(shift, shifts) or "The scale is right. The shift is the output for x = 0."


@exercise(numbers("batches, pictures in the last, batches with drop_remainder=True"))
def steps_in_an_epoch(answer: tuple[int, int, int]) -> str | None:
    """4.1, exercise 1: batches of 32 from 1,281 pictures, with and without the remainder."""
    if answer == (41, 1, 40):
        return None
    if answer[0] == 40:
        return "40 batches hold 1,280 pictures. One picture is left, and it makes a batch too."
    if answer == (41, 32, 40):
        return "The last batch is not full: 40 batches of 32 leave a single picture."
    if answer == (41, 1, 41):
        return "`drop_remainder=True` drops the batch that is not full."
    if answer == (41, 31, 40):
        return "31 are missing in the last batch. How many are in it?"
    if answer == (40, 1, 41):
        return "The order is: batches, pictures in the last, batches with drop_remainder=True."
    return "Divide 1,281 by 32: the quotient counts full batches, the remainder fills the last."


@exercise(number)
def batches_of_one_class(answer: int) -> str | None:
    """4.1, exercise 2: batches of 100 certain to hold class 0 only, with a buffer of 1,000."""
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


@exercise()
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


@exercise(number)
def folder_label(answer: int) -> str | None:
    """4.1, exercise 4: label of the folder "2" among "1" to "12"."""
    hints = {
        1: "Folder names are texts, sorted letter by letter: what follows '1'?",
        2: "The label is the place in the sorted list of names, not the name.",
        5: "Labels count from 0.",
        3: "There is also a folder '12' before it.",
    }
    if answer == 4:
        return None
    return hints.get(answer, "Sort the twelve names as texts and count from 0.")


@exercise(number)
def block_weights(answer: int) -> str | None:
    """4.2, exercise 1: weights of a block of three 3×3 convolutions, 48 planes in, 96 filters."""
    first, other = (9 * 48 + 1) * 96, (9 * 96 + 1) * 96
    hints = {
        3 * first: "From the second convolution on, 96 planes come in, not 48.",
        3 * other: "The first convolution receives 48 planes.",
        first + other: "That are two convolutions. This block has three.",
        first: "That is the first convolution. Two more follow.",
        first + 2 * other - 3 * 96: "Each filter also has a bias.",
        first + 2 * other - 3 * 96 + 3: "Each filter has a bias of its own.",
        48 * 9 * 96 + 1 + 2 * (96 * 9 * 96 + 1): "Each filter has a bias of its own.",
    }
    if answer == first + 2 * other:
        return None
    if answer in hints:
        return hints[answer]
    if answer > 24 * 24 * 1000:
        return "The size of the map plays no part: the same weights work at every place."
    return "One filter has 3·3 weights for each plane that comes in, and one bias."


@exercise()
def feeding_layers(answer: dict) -> str | None:
    """4.2, exercise 2: who feeds s1, c4 and j, and who receives from c1."""
    right = {
        "s1": {"c3", "c1"},
        "c4": {"photo"},
        "j": {"s1", "c4"},
        "from c1": {"c2", "s1"},
    }
    if not isinstance(answer, dict) or set(answer) != set(right):
        return f"Expected a dictionary with the keys {', '.join(right)}. Received: {answer!r}."
    given = {}
    for key, names in answer.items():
        names = [names] if isinstance(names, str) else names
        try:
            given[key] = {str(name).split("[")[0].strip() for name in names}
        except TypeError:
            return f"{key}: expected a list of names. Received: {names!r}."
    if given["c4"] in ({"s1"}, {"c3"}, {"c2"}):
        return "c4: the row above does not feed it. Read its last column."
    if given["s1"] in ({"c3"}, {"c1"}):
        return "s1: an Add has two inputs, and its row names both."
    if given["from c1"] == {"photo"}:
        return "from c1: that feeds c1. Which rows name c1 in their last column?"
    if given["from c1"] in ({"c2"}, {"s1"}):
        return "from c1: its name stands in the last column of two rows."
    if given["j"] == {"c3", "c4"}:
        return "j: c3 goes into s1 first, and j receives what s1 gives."
    for key, names in right.items():
        if given[key] != names:
            return f"{key}: look for it in the table again. Received: {sorted(given[key])}."
    return None


@exercise(numbers("with the model, with the function"))
def shared_weights(answer: tuple[int, int]) -> str | None:
    """4.2, exercise 3: one encoder called three times, or a function called three times."""
    once, thrice = answer
    dense, smaller = 386, 130  # of 3 · 64 inputs, and of 64
    if answer == (50_000 + dense, 150_000 + dense):
        return None
    if answer == (150_000 + dense, 50_000 + dense):
        return "The two are swapped: calling a model again makes no new weights."
    if once == thrice == 50_000 + dense:
        return "A function makes new layers, with weights of their own, at each call."
    if once == thrice == 150_000 + dense:
        return "A model that is called again uses the same weights: they count once."
    if answer == (50_000, 150_000):
        return "The dense layer has weights too."
    if answer == (50_000 + dense - 2, 150_000 + dense - 2):
        return "The two units of the dense layer have a bias each."
    if answer in (
        (50_000 + smaller, 150_000 + smaller),
        (50_000 + smaller, 150_000 + 3 * smaller),
    ):
        return "The dense layer sees the numbers of all three pictures, 192."
    return "Count the encoder once or three times, and add the dense layer on 3 · 64 numbers."


@exercise(function)
def linear_weight(answer: Callable) -> str | None:
    """4.2, exercise 4: a Keras dense kernel behind Flatten, as a weight of torch.nn.Linear."""
    height, width, planes, units = 2, 3, 4, 5
    kernel = np.arange(height * width * planes * units).reshape(-1, units)
    found = np.asarray(answer(kernel.copy(), height, width, planes))
    axes = kernel.reshape(height, width, planes, units)
    right = axes.transpose(3, 2, 0, 1).reshape(units, -1)
    if found.shape == right.T.shape and np.array_equal(found, right.T):
        return "The rows are in the right order. PyTorch's weight is (out, in): transpose it."
    if found.shape == axes.transpose(3, 2, 0, 1).shape:
        return "Roll planes, height and width up into one axis at the end."
    if found.shape != right.shape:
        return f"Expected shape {right.shape}, (units, inputs). Received: shape {found.shape}."
    wrong = {
        "That is kernel.T: the inputs are still in Keras's order.": kernel.T,
        "Height and width are swapped: PyTorch's order is planes, height, width.": axes.transpose(
            3, 2, 1, 0
        ).reshape(units, -1),
        "`reshape` alone moves no axis: unroll, transpose, roll up.": kernel.reshape(units, -1),
    }
    if np.array_equal(found, right):
        return None
    return (
        hint_alike(found, wrong)
        or "Unroll the inputs into (height, width, planes), then bring them into PyTorch's order."
    )


@exercise(numbers("share of right pixels, IoU"))
def two_scores(answer: tuple[float, float]) -> str | None:
    """4.8, exercise 1: 100 pixels, 16 of an object, 20 marked, 12 of these right."""
    right, iou = answer
    if math.isclose(right, 0.5) and math.isclose(iou, 0.88):
        return "The two are swapped: the share of right pixels comes first."
    shares = {
        0.12: "Right pixels: pixels that are rightly left unmarked count as well.",
        0.92: "Right pixels: the 4 pixels that were missed are wrong too.",
        0.96: "Right pixels: the 8 pixels that were invented are wrong too.",
        0.6: "Right pixels: that is the share among the marked ones.",
        0.75: "Right pixels: that is the share of the object that was found.",
    }
    if not math.isclose(right, 0.88, abs_tol=1e-3):
        return (
            hint_near(right, shares, abs_tol=1e-3)
            or "Right pixels: 100, less those that were missed, less those that were invented."
        )
    ious = {
        0.6: "IoU: that is the share among the marked. Those that were missed count as well.",
        0.75: "IoU: that is the share of the object. Those that were invented count as well.",
        1 / 3: "IoU: 16 + 20 counts the 12 shared pixels twice.",
        2 / 3: "IoU: that is twice the intersection over the sum, known as Dice.",
    }
    if math.isclose(iou, 0.5, abs_tol=1e-3):
        return None
    return (
        hint_near(iou, ious, abs_tol=1e-2)
        or "IoU: the 12 shared pixels, over those that are in at least one of the two sets."
    )


@exercise(numbers("detector, segmentation"))
def numbers_of_an_output(answer: tuple[int, int]) -> str | None:
    """4.8, exercise 2: numbers of a detector and of a segmentation of 448×448 pixels."""
    detector, pixels = answer
    if (detector, pixels) == (448 * 448 * 21, 1470):
        return "The two are swapped: the detector comes first."
    of_detector = {
        7 * 7 * 25: "Detector: each cell predicts two boxes.",
        7 * 7 * 50: "Detector: both boxes of a cell share one set of class scores.",
        7 * 7 * 28: "Detector: each box has its own 'is there an object' besides its four numbers.",
        7 * 7 * 29: "Detector: each box has its own 'is there an object'.",
        7 * 7 * 31: "Detector: background needs no class: 'is there an object' says it.",
        30: "Detector: that is one cell.",
        448 * 448 * 30: "Detector: the numbers are for each cell, not for each pixel.",
    }
    of_pixels = {
        448 * 448: "Segmentation: each pixel has a score for every class.",
        448 * 448 * 20: "Segmentation: background is a class here.",
        448 * 448 * 3 * 21: "Segmentation: the three colors are the input.",
        7 * 7 * 21: "Segmentation: a class for every pixel, not for every cell.",
    }
    if detector != 1470:
        return of_detector.get(detector, "Detector: cells · (2 boxes of 5 numbers + 20 scores).")
    if pixels != 448 * 448 * 21:
        return of_pixels.get(pixels, "Segmentation: pixels · classes, background included.")
    return None


@exercise(function)
def iou_of_boxes(answer: Callable) -> str | None:
    """4.8, exercise 3: intersection over union of two boxes (left, top, right, bottom)."""
    cases = [
        ((0, 0, 10, 10), (5, 5, 15, 15), 25 / 175),
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 4, 2), (1, 0, 3, 6), 4 / 16),
        ((0, 0, 1, 1), (5, 0, 6, 1), 0.0),
        ((0, 0, 1, 1), (5, 5, 7, 7), 0.0),
        ((0, 0, 2, 2), (2, 0, 4, 2), 0.0),
    ]
    found = [float(answer(first, second)) for first, second, _ in cases]
    if np.allclose(found, [right for _, _, right in cases]):
        return None
    if math.isclose(found[0], 36 / 206, abs_tol=1e-6):
        return "The numbers are edges: a box from 0 to 10 is 10 wide, not 11."
    if math.isclose(found[0], 25 / 200, abs_tol=1e-6):
        return "The sum of the areas counts the shared part twice."
    if math.isclose(found[2], 8 / 20, abs_tol=1e-6):
        return "Twice the intersection over the sum is Dice, not IoU."
    if math.isclose(found[0], 25 / 100, abs_tol=1e-6):
        return "Divide by the area of the union, not by that of one box."
    if math.isclose(found[0], 25, abs_tol=1e-6):
        return "That is the shared area. Divide it by the area of the union."
    if not np.allclose(found[:3], [right for _, _, right in cases[:3]]):
        return "The shared part reaches from the larger left to the smaller right edge."
    return "Boxes that do not meet share 0: a width or height below 0 is none."


@exercise()
def least_output(answer: dict) -> str | None:
    """4.8, exercise 4: the cheapest output that answers each of three questions."""
    if not isinstance(answer, dict):
        return f"Expected a dict, an output for each question. Received: {answer!r}."
    right = {"cups": "boxes", "satellite": "classes", "photograph": "instances"}
    hints = {
        ("cups", "classes"): "Cups: two cups that touch are one blot.",
        ("cups", "instances"): "Cups: that would answer it, and something cheaper does too.",
        ("satellite", "boxes"): "Forest: a box does not say how much of it is forest.",
        ("satellite", "instances"): "Forest: no one asks which wood a pixel belongs to.",
        ("photograph", "boxes"): "People: a box holds background too, and part of the neighbor.",
        ("photograph", "classes"): "People: both have the same class. Where does one end?",
    }
    for word, output in right.items():
        given = [value for question, value in answer.items() if word in str(question)]
        if len(given) != 1:
            return "Expected one output for each of the three questions."
        if given[0] != output:
            return hints.get(
                (word, given[0]),
                f'Choose from "boxes", "classes" and "instances". Received: {given[0]!r}.',
            )
    return None


@exercise(number)
def xception_block_weights(answer: int) -> str | None:
    """4.5, exercise 1: weights of block 3, from 64 planes to 128 filters."""
    hints = {
        27072: "The 1×1 of the shortcut is missing: 64·128.",
        34496: "The two normalizations are missing: four numbers a plane.",
        26304: "Normalizations and the 1×1 of the shortcut are missing.",
        9440: "That is block 2, from 32 planes to 64.",
        34880: "A normalization holds four numbers a plane: two are trained, two are averaged.",
        35520: "The first normalization sees what comes in: 64 planes, not 128.",
        35648: "No convolution has a bias here: the normalization behind it would remove it.",
        230144: "That is with ordinary convolutions.",
        18752: "There are two convolutions. Did you count the second, from 128 planes?",
    }
    if answer == 35264:
        return None
    return hints.get(
        answer,
        "Add five layers: 4·64, 9·64 + 64·128, 4·128, 9·128 + 128·128, and the shortcut.",
    )


@exercise(number)
def listing_side(answer: int) -> str | None:
    """4.5, exercise 2: side of the last map of the listing for pictures of 98×98."""
    hints = {
        4: "The 5×5 convolution has no padding: it leaves 94.",
        2: "A padded pooling with strides of 2 rounds up: 47 becomes 24.",
        6: "There are five blocks. That is after four.",
        94: "That is behind the first convolution. Five blocks follow.",
        1: "That is what global average pooling leaves. The map before it?",
        9: "Three and not two dimensions are asked for: give one side.",
    }
    if answer == 3:
        return None
    if isinstance(answer, float) and 2 < answer < 4:
        return "Round up after every block: a map has whole places."
    return hints.get(answer, "98 loses 4 by the 5×5 without padding, then halves five times.")


@exercise(numbers("f, times the MACs"))
def equally_wide(answer: tuple[int, float]) -> str | None:
    """4.5, exercise 3: filters of a plain (f, f, f) network of equal weights, and its work."""
    filters, times = answer
    of_filters = {
        13: "f: that is for filters that double. Here all three blocks have f.",
        17: "f: that is closest in MACs. Compare the weights.",
        31: "f: that is close, but 30 is closer to 50,698.",
        29: "f: take all three parts away, the shortcuts and the normalization too.",
    }
    if filters != 30:
        return of_filters.get(filters, "f: compare `weights` with 50,698 for f from 8 to 60.")
    if 2.9 <= times <= 3.0:
        return None
    if 0.33 <= times <= 0.35:
        return "Times: divide the plain network's MACs by the small Xception's."
    if 0.95 <= times <= 1.05:
        return "Times: that is the ratio of the weights. Divide the MACs."
    return "Times: the plain network's MACs divided by 1,452,000."


@exercise()
def supported_claims(answer: str) -> str | None:
    """4.5, exercise 4: which of the claims A to E the study supports."""
    try:
        letters = {letter.upper() for letter in "".join(answer) if letter.isalpha()}
    except TypeError:
        letters = set()
    if not letters or not letters <= set("ABCDE"):
        return f"Expected letters from A to E, such as 'AB'. Received: {answer!r}."
    wrong = {
        "B": "B: compare with the row that keeps all other parts and has ordinary convolutions.",
        "C": "C: that row answers more than the plain network of the same filters.",
        "E": "E: the study has gray pictures of 28×28 only.",
    }
    missing = {
        "A": "A is missing: look at the interval of that difference.",
        "D": "D is missing: those two networks have the same filters. What differs between them?",
    }
    for letter, hint in wrong.items():
        if letter in letters:
            return hint
    for letter, hint in missing.items():
        if letter not in letters:
            return hint
    return None


@exercise(numbers("plain, residual"))
def chained_gradient(answer: tuple[float, float]) -> str | None:
    """4.3, exercise 1: slopes 0.1, -0.5 and 2 in a row, plain and residual."""
    plain, residual = answer
    if math.isclose(plain, 1.65, abs_tol=1e-6) and math.isclose(residual, -0.1, abs_tol=1e-6):
        return "The two are swapped: plain comes first."
    if not math.isclose(plain, -0.1, abs_tol=1e-6):
        hints = {
            1.6: "Plain: the chain rule multiplies. You added.",
            0.1: "Plain: mind the sign. One of the three slopes is negative.",
            1.65: "Plain: without the Add there is no 1 in the factors.",
        }
        return hint_near(plain, hints, abs_tol=1e-6) or "Plain: multiply the three slopes."
    if math.isclose(residual, 1.65, abs_tol=1e-6):
        return None
    hints = {
        0.9: "Residual: each block has its own 1. You added a single one at the end.",
        4.95: "Residual: 1 + (−0.5) is 0.5, not 1.5.",
        2.6: "Residual: the factors 1 + f' are multiplied. You added.",
        4.6: "Residual: the factors 1 + f' are multiplied. You added.",
        1: "Residual: the shortcut contributes 1 to each factor, and f' is added to it.",
    }
    return (
        hint_near(residual, hints, abs_tol=1e-6) or "Residual: multiply 1 + f' of the three blocks."
    )


@exercise(numbers("first block, second, third, fourth, fifth"))
def shortcut_strides(answer: list[int]) -> str | None:
    """4.3, exercise 2: strides of the shortcut of five blocks that receive 64 channels."""
    strides = tuple(answer)
    if strides == (0, 1, 2, 2, 2):
        return None
    if strides in ((0, 2, 0, 2, 2), (0, 2, 1, 2, 2)):
        return "You matched the strides to the change of filters. They match the pooling."
    if strides[0] != 0:
        return "The first block changes neither size nor filters: its input fits as it is."
    if strides[1] == 2:
        return "The second block does not pool: with strides of 2 its shortcut would be too small."
    if strides[1] == 0:
        return "The second block turns 64 channels into 128: 64 cannot be added to 128."
    if strides[2] in (0, 1):
        return "The third block pools: its input is twice as high and wide as its output."
    if strides[4] in (0, 1):
        return "The fifth block pools too; that it has fewer filters does not matter here."
    return "Ask of each block: does it pool? If not, does it change the number of channels?"


@exercise()
def add_sources(answer: list[str]) -> str | None:
    """4.3, exercise 3: second inputs of the Adds for filters 32, 64, 128, pooling yes, yes, no."""
    if isinstance(answer, str) or not isinstance(answer, list | tuple):
        return f"Expected a list of three names. Received: {answer!r}."
    names = [str(name).strip().lower() for name in answer]
    if len(names) != 3:
        return f"Expected three names, one for each Add. Received: {len(names)}."
    right = ["conv2d_2", "conv2d_5", "conv2d_8"]
    if names == right:
        return None
    if any(name.startswith("max_pooling") for name in names):
        return "The pooling belongs to the first input, what the two convolutions gave."
    if any(name.startswith("add") for name in names):
        return (
            "An earlier Add feeds an Add directly only if the block changes no shape. "
            "The last block does not pool, and it turns 64 channels into 128."
        )
    if any(name.startswith("input") for name in names):
        return "The first block changes the shape: the picture itself cannot be added."
    if names == ["conv2d_3", "conv2d_6", "conv2d_9"]:
        return "The first convolution is called conv2d, without a number: counting starts at 0."
    if names == ["conv2d_1", "conv2d_4", "conv2d_7"]:
        return "That is the second 3×3 convolution of each block: it leads to the first input."
    if names == ["conv2d", "conv2d_3", "conv2d_6"]:
        return "Our function makes the shortcut after the two 3×3 convolutions, not before them."
    if not all(name.startswith("conv2d") for name in names):
        return f"Expected names of layers such as 'conv2d_4'. Received: {answer!r}."
    wrong = next(place for place in range(3) if names[place] != right[place])
    place = ("first", "second", "third")[wrong]
    return f"The {place} Add: each block makes three convolutions. Which of them is the shortcut?"


@exercise(numbers("first block, second, third"))
def shortcut_weights(answer: tuple[int, int, int]) -> str | None:
    """4.3, exercise 4: weights of the shortcuts for filters 32, 64, 128 from 3 channels."""
    if answer == (128, 2112, 8320):
        return None
    hints = {
        (96, 2048, 8192): "The biases are missing, one for each filter.",
        (896, 18496, 73856): "That is for 3×3 kernels. The shortcut's are 1×1.",
        (128, 2112, 0): "The third block does not pool, but 64 channels must become 128.",
        (512, 8448, 8320): "Strides say where the kernel goes, not how many weights it has.",
        (1056, 4160, 16512): "A shortcut receives the block's *input*: 3, 32 and 64 channels.",
    }
    return hints.get(answer, "(1·1·channels that come in + 1) · filters, for each of the three.")


@exercise(numbers("trainings, minutes"))
def sweep_minutes(answer: tuple[int, float]) -> str | None:
    """4.9, exercise 1: trainings and minutes of a sweep."""
    runs, minutes = answer
    of_runs = {
        50: "The base is trained as well: six networks.",
        12: "Each of these is trained once for every seed.",
        30: "There are two data sets.",
        6: "Six networks, on two data sets, with five seeds each.",
    }
    of_minutes = {
        12: "Two run at a time.",
        720: "That is in seconds, one after the other.",
        360: "That is in seconds.",
        3: "Two at a time halve the time once.",
        24: "Two at a time take half of the time, not twice as long.",
    }
    if (runs, minutes) == (6, 60):
        return "The two are swapped: trainings come first."
    if runs != 60:
        return of_runs.get(runs, "Trainings: networks times data sets times seeds.")
    if minutes != 6:
        return of_minutes.get(
            minutes, "Minutes: trainings times 12 seconds, shared by two, in 60s."
        )
    return None


@exercise(number)
def thread_share(answer: int) -> str | None:
    """4.9, exercise 2: 64 cores, eight users, four trainings at a time."""
    hints = {
        8: "Eight cores are your share. Four trainings have to live on them.",
        16: "That divides all cores among your trainings. Seven others want some too.",
        64: "Then four trainings ask for 256 threads on 64 cores.",
        32: "Eight users with four trainings each: how many trainings share 64 cores?",
        4: "Four is the number of your trainings.",
        1: "One is polite, and leaves half of your share unused.",
        0.5: "Divide 64 by what shares it, not the other way round.",
    }
    if answer == 2:
        return None
    return hints.get(answer, "Cores, divided by users, divided by your trainings at a time.")


@exercise()
def what_is_missing(answer: set) -> str | None:
    """4.9, exercise 3: what is open for a team of three with three variations."""
    words = {"team", "variations", "member", "data sets", "results", "network", "models"}
    if isinstance(answer, str) or not isinstance(answer, set | list | tuple):
        return f"Expected a set of words. Received: {answer!r}."
    unknown = {str(word) for word in answer} - words
    if unknown:
        return f"Choose among {', '.join(sorted(words))}. Received: {', '.join(sorted(unknown))}."
    not_open = {
        "team": "'team' is not open: three members are accepted.",
        "data sets": "'data sets' is not open: there are two.",
        "network": "'network' is not open: it is the same on both data sets.",
        "models": "'models' is not open: every training that was done has its model.",
    }
    for word, hint in not_open.items():
        if word in answer:
            return hint
    still_open = {
        "variations": "Count the variations of the team. How many does the assignment ask for?",
        "member": "Look at each member. Has everybody a variation?",
        "results": "Is everything trained on both data sets?",
    }
    for word, hint in still_open.items():
        if word not in answer:
            return hint
    return None


@exercise(function)
def paired_gain(answer: Callable) -> str | None:
    """4.9, exercise 4: mean gain over the seeds that both have."""
    variation = {3: 0.75, 0: 0.5, 7: 0.25, 1: 0.875}
    base = {0: 0.375, 1: 0.5, 2: 0.9375, 3: 0.25}
    try:
        gain = float(answer(dict(variation), dict(base)))
    except KeyError as error:
        return f"Seed {error} is in one of the two only. Use the seeds that both have."
    right = [variation[seed] - base[seed] for seed in (0, 1, 3)]
    together = list(zip(variation.values(), base.values(), strict=True))
    hints = {
        -sum(right) / 3: "The sign is turned: a gain is variation minus base.",
        sum(right): "That is the sum over the seeds. The mean divides by how many there are.",
        sum(right) / 4: "Divide by the number of seeds that both have.",
        sum(mine - other for mine, other in together) / 4: "Each mean has a seed that the other "
        "lacks. Pair by seed first.",
    }
    if math.isclose(gain, sum(right) / 3):
        return None
    return (
        hint_near(gain, hints)
        or "Take the seeds that are in both, the difference for each, and their mean."
    )


@exercise(numbers("with one layer, with two"))
def head_numbers(answer: tuple[int, int]) -> str | None:
    """4.7, exercise 1: numbers of Dense(8), and of Dense(128) and Dense(8), on 1,280 features."""
    one, two = answer
    if answer == (10_248, 165_000):
        return None
    if answer == (165_000, 10_248):
        return "The two are swapped: the single layer comes first."
    of_one = {
        10_240: "One layer: each of the 8 units has a bias as well.",
        10_248 + 2_257_984: "One layer: what is frozen is not trained.",
        11_520: "One layer: there is a bias for each unit, not for each feature.",
    }
    of_two = {
        165_000 - 136: "Two layers: each unit has a bias, 128 and 8 of them.",
        163_968: "Two layers: that is Dense(128) alone. Dense(8) comes after it.",
        163_968 + 10_248: "Two layers: Dense(8) receives 128 numbers here, not 1,280.",
    }
    if one != 10_248:
        return of_one.get(one, "One layer: a weight for each feature and unit, and the biases.")
    return of_two.get(two, "Two layers: 1,280 to 128, then 128 to 8, each with biases.")


@exercise(number)
def sibling_in_training(answer: float) -> str | None:
    """4.7, exercise 2: chance that a test picture has one of two siblings in training."""
    if math.isclose(answer, 15 / 16, abs_tol=1e-3):
        return None
    hints = {
        9 / 16: "That is the chance that both are in training. One is enough.",
        1 / 16: "That is the chance that neither is.",
        3 / 4: "That is the chance for one of them. There are two.",
        63 / 64: "The test picture itself does not count: two others are left.",
        3 / 8: "That is the chance of exactly one. Both would do as well.",
        3 / 2: "Chances of events that can happen together do not add up.",
    }
    return (
        hint_near(answer, hints, abs_tol=1e-3)
        or "How likely is it that both others are missing in training? Take that from 1."
    )


@exercise(function)
def layers_to_train(answer: Callable) -> str | None:
    """4.7, exercise 3: layers from a name on, without batch normalization."""
    bn = "BatchNormalization"
    stack = [("c1", "Conv2D"), ("n1", bn), ("c2", "Conv2D"), ("n2", bn), ("head", "Dense")]
    found = answer(list(stack), "c2")
    from_bn = answer(list(stack), "n1")
    if not isinstance(found, list | tuple):
        return f"Expected a list of names. Received: {found!r}."
    found = list(found)
    if found == ["c2", "head"]:
        if list(from_bn) == ["c2", "head"]:
            return None
        return "`first` may be a normalization itself; it stays frozen, and the rest is trained."
    hints = {
        ("c2", "n2", "head"): "The batch normalizations stay frozen.",
        ("head",): "`first` itself is trained as well.",
        ("n2", "head"): "`first` itself is trained, and the normalizations are not.",
        ("c1", "c2", "head"): "Layers before `first` stay frozen.",
        ("c1",): "Those before `first` stay frozen; train it and what follows.",
        ("c1", "n1"): "Those before `first` stay frozen; train it and what follows.",
        ("n2",): "You kept the normalizations and dropped the others.",
    }
    if found and isinstance(found[0], tuple):
        return "Return the names only, without the kinds."
    return hints.get(tuple(found), f"For first='c2' expected c2 and head. Received: {found}.")


@exercise(numbers("ablation, all combinations"))
def ablation_runs(answer: tuple[int, int]) -> str | None:
    """4.6, exercise 1: runs of an ablation of 6 parts and of all combinations, 5 seeds each."""
    ablation, factorial = answer
    if answer == (40, 320):
        return None
    if answer == (320, 40):
        return "The two are swapped: the ablation comes first."
    of_ablation = {
        30: "Ablation: the whole network and the one without all parts are trained too.",
        35: "Ablation: one network is missing, the whole or the one without all parts.",
        8: "Ablation: each of the 8 networks is trained with 5 seeds.",
        6: "Ablation: whole and none as well, and 5 seeds for each.",
    }
    of_factorial = {
        64: "All combinations: 64 networks, each with 5 seeds.",
        60: "All combinations: each part is there or not, twice as many for each further part.",
        12: "All combinations: each part is there or not, twice as many for each further part.",
        180: "All combinations: 6 parts of 2 states each make 2 to the power 6, not 6 squared.",
        3600: "All combinations: the order of the parts does not matter. Each is there or not.",
    }
    if ablation != 40:
        return of_ablation.get(ablation, "Ablation: whole, six with one part away, all away.")
    return of_factorial.get(factorial, "All combinations: each part is there or not.")


@exercise(number)
def worth_without_a(answer: float) -> str | None:
    """4.6, exercise 2: points that B adds to a network without A."""
    hints = {
        3: "That is what B adds to a network that has A: 90 − 87.",
        1: "That compares the network without B with the one without both: it is A that differs.",
        4: "That is what A and B add together.",
        -2: "The sign: the network with B, minus the one without it.",
        5: "That is the sum of the two single losses.",
        -1: "That is sum and joint loss compared. Which two networks lack A?",
        0: "Both networks in question lack A. One has B.",
    }
    if math.isclose(answer, 2, abs_tol=1e-9):
        return None
    return hint_near(answer, hints, abs_tol=1e-9) or "Which two of the four networks lack A?"


@exercise(function)
def paired_interval(answer: Callable) -> str | None:
    """4.6, exercise 3: mean and interval of differences paired by seed."""
    rng = np.random.default_rng(0)
    whole = rng.normal(80, 3, size=6)
    without = whole - 2 + rng.normal(0, 0.5, size=6)
    t = 2.571
    mean, low, high = (float(number) for number in answer(whole, without, t))
    d = without - whole
    if math.isclose(mean, -d.mean()):
        return "The sign: `without - whole` is negative where the part helps."
    if not math.isclose(mean, d.mean()):
        return "The mean is that of the differences, seed by seed."
    spread = d.std(ddof=1)
    wrong_halves = {
        "Divide the deviation by the root of n: the interval is one of the mean.": t * spread,
        "Divide by the root of n, not by n.": t * spread / 6,
        "The deviation of a sample divides by n − 1: `ddof=1`.": t * d.std() / math.sqrt(6),
        "Use `t` as it is given.": 1.96 * spread / math.sqrt(6),
        "The factor `t` is missing.": spread / math.sqrt(6),
        "That is the interval of unrelated runs. Take the deviation of the *differences*.": t
        * math.sqrt(whole.var(ddof=1) / 6 + without.var(ddof=1) / 6),
    }
    half = t * spread / math.sqrt(6)
    if math.isclose(high - mean, half) and math.isclose(mean - low, half):
        return None
    if math.isclose(mean - high, half):
        return "Low and high are swapped."
    return (
        hint_alike(high - mean, wrong_halves)
        or "The interval reaches t · s / √n to both sides, with s the deviation of the differences."
    )
