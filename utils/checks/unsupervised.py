"""Checks of Part 2, unsupervised learning."""

from collections.abc import Callable
from numbers import Number

import numpy as np

from utils.checks._exercise import exercise, function, hint_alike, hint_near, number, numbers
from utils.reference.kmeans import squared_distances


@exercise(numbers("first center, second center"))
def final_centers(answer: tuple[float, float]) -> str | None:
    """2.1, exercise 1: k-means by hand on 1, 2, 4, 9, 10 from the centers 1 and 2."""
    pair = sorted(answer)
    wrong = {
        "That is one round. Assign again: which point changes its center?": (1, 25 / 4),
        "That is two rounds. The border is now at 4.58: where does 4 belong?": (1.5, 23 / 3),
        "2 is the median of 1, 2 and 4. A center moves to the mean.": (2, 9.5),
        "A center moves to the mean of its points, not to the middle of its range.": (2.5, 9.5),
        "That is the start. Assign, move, and go on until nothing changes.": (1, 2),
        "Those are sums. A mean is the sum divided by the number of points.": (7, 19),
    }
    if np.allclose(pair, (7 / 3, 9.5), atol=0.04):
        return None
    return (
        hint_alike(pair, wrong, atol=0.04)
        or "Write down both groups in each round, then their means, until no point changes."
    )


@exercise(number)
def stored_numbers(answer: int) -> str | None:
    """2.1, exercise 2: numbers that a k-means model of 10 clusters on 28×28 pictures stores."""
    hints = {
        784: "That is one center. There are ten.",
        280: "A picture of 28×28 has 28·28 numbers.",
        10: "A center is a whole picture, not one number.",
        7850: "A center has no bias.",
        7850 - 784: "Each of the ten clusters has a center.",
        60_000 * 784: "The training pictures are not needed: a new one is compared with centers.",
        60_000 * 784 + 7840: "The training pictures are not needed any more.",
        60_000: "The training pictures' clusters are not needed for a new picture.",
        67_840: "The training pictures' clusters are not needed for a new picture.",
    }
    if answer == 7840:
        return None
    return hints.get(answer, "What is a new picture compared with? Count the numbers in that.")


@exercise(function)
def next_center(answer: Callable) -> str | None:
    """2.1, exercise 3: the probabilities with which k-means++ draws the next center."""
    rng = np.random.default_rng(5)
    points, centers = rng.normal(size=(6, 2)), rng.normal(size=(3, 2))
    given = np.asarray(answer(points.copy(), centers.copy()), dtype=float)
    if given.shape != (6,):
        return f"Expected one probability a point, shape (6,). Received: shape={given.shape}."
    squared = squared_distances(points, centers)  # (6, 3)
    nearest = squared.min(axis=1)
    if np.allclose(given, nearest / nearest.sum()):
        return None
    hints = {
        "These do not add up to 1: divide by their sum.": nearest,
        "The probability goes with the squared distance.": np.sqrt(nearest),
        "Only the nearest of the centers so far counts, not their sum.": squared.sum(axis=1),
        "The nearest center counts, not the farthest.": squared.max(axis=1),
        "All centers so far count, not only the one drawn last.": squared[:, -1],
        "All centers so far count, not only the first.": squared[:, 0],
        "Every point is as likely as any other here: that is the random start.": np.ones(6),
        "Far points are to be likely, not near ones.": 1 / nearest,
    }
    for hint, weights in hints.items():
        if np.allclose(given, weights) or np.allclose(given, weights / weights.sum()):
            return hint
    return "For each point: the squared distance to its nearest center, divided by their sum."


@exercise(number)
def pca_numbers(answer: int) -> str | None:
    """2.2, exercise 1: numbers that turn 28×28 pictures into 20 PCA coordinates, and back."""
    hints = {
        20: "That is the code of one picture. What makes the code?",
        20 * 784: "The mean is missing: it is subtracted first and added last.",
        20 * 28: "A direction has a number for each pixel, and there are 28 · 28 of them.",
        20 * 28 + 28: "A direction has a number for each pixel, and there are 28 · 28 of them.",
        20 * 784 + 1: "The mean has a number for each pixel, not one for all.",
        20 * 784 + 20: "The mean is a picture, so it has 784 numbers, not one a component.",
        2 * 20 * 784: "The way back uses the same directions, transposed. And the mean?",
        2 * 20 * 784 + 784: "The way back uses the same directions, transposed.",
        2 * (20 * 784 + 784): "The way back uses the same directions and the same mean.",
        784 * 784: "Only 20 of the 784 directions are needed, and the mean.",
        784 * 784 + 784: "Only 20 of the 784 directions are needed.",
    }
    if answer == 20 * 784 + 784:
        return None
    return hints.get(answer, "Count the numbers in one direction, then in 20, then in the mean.")


@exercise(function)
def enough_components(answer: Callable[[np.ndarray, float], int]) -> str | None:
    """2.2, exercise 2: the smallest number of components that keeps at least a share."""
    variances = np.array([8.0, 4.0, 2.0, 1.0, 1.0])  # shares kept: 1/2, 3/4, 7/8, 15/16, 1
    found = [answer(variances, share) for share in (0.5, 0.6, 0.75, 0.9, 1.0)]
    if not all(isinstance(count, Number) for count in found):
        return f"Expected a number of components. Received: {found[0]!r}."
    if found == [1, 2, 2, 4, 5]:
        return None
    if found == [0, 1, 1, 3, 4]:
        return "One too few: places are counted from 0, components from 1."
    if found[1] == 2 and found[0] == 2:
        return "With exactly the share reached, that is enough: at least, not more than."
    if found == [0, 1, 2, 3, 5] or found == [1, 1, 2, 3, 5]:
        return "One too few: these components keep less than the share, or just reach it."
    if found[0] == found[-1]:
        return "Shares of 0.5 and 1 get the same answer: add the variances up from the first."
    return (
        "For variances 8, 4, 2, 1, 1 and a share of 0.6, two components keep 12/16 = 0.75. "
        f"Received: {found[1]}."
    )


@exercise(function)
def pca_codes(answer: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """2.2, exercise 3: coordinates of new samples from the training mean and components."""
    rng = np.random.default_rng(5)
    mean, inputs = rng.normal(size=6), rng.normal(size=(5, 6)) + 2
    components = np.linalg.qr(rng.normal(size=(6, 2)))[0].T  # (2, 6)
    right = (inputs - mean) @ components.T  # (5, 2)
    try:
        codes = np.asarray(answer(inputs, mean, components), dtype=float)
    except Exception as error:
        return (
            "Inputs have shape (samples, features) and components (n_components, features). "
            f"Your function stopped with {type(error).__name__}: {error}"
        )
    if codes.shape != right.shape:
        return f"Expected shape (samples, n_components) = (5, 2). Received: shape={codes.shape}."
    if np.allclose(codes, right):
        return None
    if np.allclose(codes, inputs @ components.T):
        return "The mean is missing: coordinates start at the mean of the training set."
    if np.allclose(codes, (inputs - inputs.mean(axis=0)) @ components.T):
        return "This subtracts the mean of the new samples. A single sample would always get 0."
    if np.allclose(codes, (inputs - inputs.mean(axis=1, keepdims=True)) @ components.T):
        return "This subtracts the mean of each sample. Use the training mean of each feature."
    if np.allclose(codes, (inputs + mean) @ components.T):
        return "The mean is subtracted on the way to the codes and added on the way back."
    if np.allclose(codes, -right):
        return "The signs are those of other components: use the ones that you were given."
    return "Subtract the mean, then take the dot product with each component."


@exercise(number)
def face_decoder_weights(answer: int) -> str | None:
    """2.4, exercise 1: weights of a dense decoder 12 -> 128 -> 64 -> 32·32, biases included."""
    right = 13 * 128 + 129 * 64 + 65 * 1024
    hints = {
        12 * 128 + 128 * 64 + 64 * 1024: "Each unit also has a bias.",
        12 * 128 + 128 * 64 + 64 * 1024 + 3: "A layer has a bias for each unit, not one in all.",
        13 * 128 + 129 * 64: "The last layer is missing: it makes the pixels.",
        129 * 64 + 65 * 1024: "The first layer is missing: it takes the 12 latent numbers.",
        13 * 128 + 129 * 64 + 65 * 32: "A picture of 32×32 has 32 · 32 pixels.",
        2 * right: "That is the number of bytes in float16.",
        12
        + 128
        + 64
        + 1024: "Those are the units. A weight joins a unit with one of the layer before.",
    }
    if answer == right:
        return None
    return hints.get(answer, "Each layer: (numbers that come in + 1) · units. Add the three.")


@exercise(numbers("first coordinate, second coordinate"))
def moved_code(answer: tuple[float, float]) -> str | None:
    """2.4, exercise 2: a direction from two groups of codes by hand, and a code moved along it."""
    wrong = {
        "That is the direction. Now move the code along it.": (2, 1),
        "That is the direction times 1.5. Add it to the code.": (3, 1.5),
        "That is strength 1. Take 1.5 times the direction.": (2, 2),
        "The sign is turned: smiling minus not smiling.": (-3, -0.5),
        "Divide each sum by the number of faces in its group.": (6, 4),
        "Subtract the mean of the faces that do not smile.": (4.5, 4),
        "That is the mean of the smiling faces. Subtract the other mean, then move the code.": (
            3,
            2,
        ),
    }
    if np.allclose(answer, (3, 2.5)):
        return None
    return (
        hint_alike(answer, wrong)
        or "Mean of one group minus mean of the other; 1.5 times that, added to the code."
    )


@exercise(function)
def balanced_direction(answer: Callable) -> str | None:
    """2.4, exercise 3: a smile vector that does not carry glasses along."""
    rng = np.random.default_rng(5)
    smiles = np.repeat([True, True, False, False], [9, 3, 2, 6])
    glasses = np.repeat([True, False, True, False], [9, 3, 2, 6])
    codes = rng.normal(size=(20, 3)) + np.outer(glasses, [5, 0, 0]) + np.outer(smiles, [0, 2, 0])
    given = np.asarray(answer(codes.copy(), smiles.copy(), glasses.copy()), dtype=float)
    if given.shape != (3,):
        return f"Expected a vector of the shape of one code, (3,). Received: shape={given.shape}."

    def difference(of, also):
        return codes[of & also].mean(axis=0) - codes[~of & also].mean(axis=0)

    each = [difference(smiles, also) for also in (glasses, ~glasses)]
    if np.allclose(given, np.mean(each, axis=0)):
        return None
    if np.allclose(given, difference(smiles, smiles | ~smiles)):
        return "This is the plain difference: more smiling faces wear glasses, and it shows."
    if np.allclose(given, -np.mean(each, axis=0)):
        return "The sign is turned: smiling minus not smiling."
    if np.allclose(given, np.sum(each, axis=0)):
        return "That is the sum of two differences. Take their mean."
    if np.allclose(given, each[0]) or np.allclose(given, each[1]):
        return "That is one half of the faces, with glasses or without. Use both."
    if np.allclose(given, np.mean([difference(glasses, also) for also in (smiles, ~smiles)], 0)):
        return "That is a glasses vector: the two labels have changed places."
    return (
        "Among faces with glasses, take smiling minus not smiling; likewise among those without; "
        "then the mean of both."
    )


@exercise(number)
def latent_kl(answer: float) -> str | None:
    """2.3, exercise 1: KL divergence of means (2, 0) and variances (1, e) to the prior, in nats."""
    right = 2 + (np.e - 2) / 2
    hints = {
        right / 2: "That is the mean over the two dimensions. A divergence adds them.",
        2 * right: "The factor 1/2 is missing.",
        2: "That is the first dimension. The second has mean 0, but its variance is not 1.",
        4 + (np.e - 2) / 2: "The square of the mean is divided by 2 as well.",
        (np.e - 2) / 2: "That is the second dimension. The first has variance 1, but mean 2.",
        2 + np.e / 2: "The variance e also brings - 1 and - ln e.",
        2 + (np.e - 1) / 2: "One of - 1 and - ln e is missing in the second dimension.",
        2 + (np.e**2 - 3) / 2: "e is the variance itself, not the standard deviation.",
        right / np.log(2): "Those are bits. Nats use the natural logarithm.",
        1 + (np.e - 2) / 2: "The mean enters as its square.",
    }
    if np.isclose(answer, right, atol=0.006):
        return None
    return (
        hint_near(answer, hints, abs_tol=0.006)
        or "For each dimension: (mean² + variance - 1 - ln variance) / 2. Then add them."
    )


@exercise(number)
def encoder_weights(answer: int) -> str | None:
    """2.3, exercise 2: weights of an encoder 784-512-256 with 16 latent dimensions."""
    hidden = 785 * 512 + 513 * 256
    hints = {
        hidden + 257 * 16: "The last layer gives means and logarithms of variances.",
        hidden + 257 * 2 * 2: "That is the encoder of this section, with 2 latent dimensions.",
        784 * 512 + 512 * 256 + 256 * 32: "The biases are missing.",
        hidden: "That is without the layers that give mean and log_var.",
        hidden + 257 * 17: "There is one log_var for each latent dimension.",
        hidden + 257 * 16 * 17: "The covariance is diagonal: one log_var for each dimension.",
        hidden
        + 257 * (16 + 16 * 16): "The covariance is diagonal: one log_var for each dimension.",
        hidden + 257 * 48: "The latent draw has no weights.",
    }
    if answer == hidden + 257 * 32:
        return None
    return hints.get(answer, "Each Dense layer: (inputs + 1) · units. Which layers come last?")


@exercise(number)
def accidental_beta(answer: float) -> str | None:
    """2.3, exercise 3: beta of a loss with a mean over 784 pixels and over 32 dimensions."""
    hints = {
        1: "Both are means, but over 784 and over 32 numbers.",
        32 / 784: "Upside down: multiply the loss by 784, so that the pixels are summed.",
        784: "The KL term is divided by 32 as well.",
        1 / 32: "The reconstruction is divided by 784 as well.",
        1 / 784: "Multiply the loss by 784, so that the pixels are summed.",
        784 * 32: "The mean over dimensions makes the KL term smaller, not larger.",
    }
    if np.isclose(answer, 24.5, rtol=1e-3):
        return None
    return (
        hint_near(answer, hints, rel_tol=1e-3)
        or "Write both means as sums, divided by a number. Then multiply the whole loss by 784."
    )


@exercise(function)
def latent_sample(answer: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """2.3, exercise 4: latent points from mean, log_var and standard Gaussian noise."""
    rng = np.random.default_rng(5)
    mean, log_var, noise = rng.normal(size=(3, 6, 2))
    given = np.asarray(answer(mean, log_var, noise), dtype=float)
    if given.shape != (6, 2):
        return f"Expected one point a row, shape (6, 2). Received: shape={given.shape}."
    if np.allclose(given, mean + np.exp(log_var / 2) * noise):
        return None
    hints = {
        "exp(log_var) is the variance. Noise is multiplied by the standard deviation.": (
            mean + np.exp(log_var) * noise
        ),
        "log_var is a logarithm: it can be negative, a standard deviation cannot.": (
            mean + log_var * noise
        ),
        "Half of a logarithm is still a logarithm.": mean + log_var / 2 * noise,
        "The noise does not enter: this is always the same point.": mean,
        "The mean is missing.": np.exp(log_var / 2) * noise,
        "The noise is multiplied by the standard deviation, not added to it.": (
            mean + np.exp(log_var / 2) + noise
        ),
        "The wrong sign: a large log_var means a large spread.": mean
        + np.exp(-log_var / 2) * noise,
    }
    return (
        hint_alike(given, hints)
        or "Mean plus standard deviation times noise, where log_var is ln(standard deviation²)."
    )
