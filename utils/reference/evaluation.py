"""Intervals of an accuracy and of a mean, feature scaling, and early stopping.

Student's t and the exact binomial interval both come from one function, the regularized incomplete
beta function; nothing beyond the standard library is needed.
"""

import math
from collections.abc import Callable, Sequence
from numbers import Integral
from statistics import NormalDist

import numpy as np

from utils.reference import positive_integer


def normal_interval(
    correct: int, total: int, confidence: float = 0.95, clip: bool = True
) -> tuple[float, float]:
    """Interval of an accuracy by the normal approximation, also called Wald's.

    It is the one that fits on a napkin, and it fails near 0 and 1: without a mistake among the
    answers it has no width.

    Args:
        correct: Right answers.
        total: All answers.
        confidence: Share of intervals that should hold the truth, between 0 and 1.
        clip: Whether to cut off what lies below 0 or above 1.

    Returns:
        Lower and upper end, as fractions.

    Raises:
        ValueError: If `correct` is not within 0 to `total`, or `confidence` not within 0 to 1.

    Source:
        Section 1.4.
    """
    p, z = _share(correct, total), _normal_quantile(confidence)
    half = z * math.sqrt(p * (1 - p) / total)
    low, high = p - half, p + half
    return (max(0.0, low), min(1.0, high)) if clip else (low, high)


def wilson_interval(correct: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of an accuracy, which stays between 0 and 1.

    It holds every p that a test with the standard error of *that* p would not reject.

    Args:
        correct: Right answers.
        total: All answers.
        confidence: Share of intervals that should hold the truth, between 0 and 1.

    Returns:
        Lower and upper end, as fractions.

    Raises:
        ValueError: If `correct` is not within 0 to `total`, or `confidence` not within 0 to 1.

    Source:
        Wilson, Probable inference, the law of succession, and statistical inference (1927);
        section 1.4.
    """
    p, z = _share(correct, total), _normal_quantile(confidence)
    center = (p + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return max(0.0, center - half), min(1.0, center + half)


def clopper_pearson_interval(
    correct: int, total: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Exact binomial interval of an accuracy: it holds the truth at least as often as it says.

    Args:
        correct: Right answers.
        total: All answers.
        confidence: Smallest share of intervals that hold the truth, between 0 and 1.

    Returns:
        Lower and upper end, as fractions.

    Raises:
        ValueError: If `correct` is not within 0 to `total`, or `confidence` not within 0 to 1.

    Source:
        Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of
        the binomial (1934); section 1.4.
    """
    _share(correct, total)
    tail = (1 - _fraction("confidence", confidence)) / 2
    wrong = total - correct
    low = 0.0 if correct == 0 else _beta_quantile(tail, correct, wrong + 1)
    high = 1.0 if wrong == 0 else _beta_quantile(1 - tail, correct + 1, wrong)
    return low, high


def mean_interval(
    values: Sequence[float] | np.ndarray, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Student's interval of a mean.

    For a paired comparison give the differences, one for each seed, fold or test item.

    Args:
        values: Independent measurements, shape (n,), at least two, any real dtype.
        confidence: Share of intervals that should hold the true mean, between 0 and 1.

    Returns:
        Mean, lower end and upper end, in the unit of `values`.

    Raises:
        ValueError: If there are fewer than two values, or `confidence` is not within 0 to 1.

    Source:
        Student, The probable error of a mean (1908); section 1.4.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(
            f"values must have shape (n,) with n of at least 2. Received: shape={values.shape}"
        )
    mean = float(values.mean())
    quantile = student_quantile(1 - (1 - _fraction("confidence", confidence)) / 2, len(values) - 1)
    half = quantile * float(values.std(ddof=1)) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def resampled_interval(
    values: Sequence[float] | np.ndarray,
    training_total: int,
    test_total: int,
    confidence: float = 0.95,
) -> tuple[float, float, float]:
    """Interval of a mean over random splits of one table, after Nadeau and Bengio.

    Splits of the same examples are not independent, so Student's interval is too narrow. The
    variance of the mean is multiplied by 1 / n + test_total / training_total instead of 1 / n.

    Args:
        values: One measurement for each split, shape (n,), at least two, any real dtype.
        training_total: Training examples of a split.
        test_total: Test examples of a split.
        confidence: Share of intervals that should hold the true mean, between 0 and 1.

    Returns:
        Mean, lower end and upper end, in the unit of `values`.

    Raises:
        ValueError: If there are fewer than two values, a total is not a positive integer, or
            `confidence` is not within 0 to 1.

    Source:
        Nadeau and Bengio, Inference for the generalization error (2003); section 1.4.
    """
    training_total = positive_integer("training_total", training_total)
    test_total = positive_integer("test_total", test_total)
    mean, low, high = mean_interval(values, confidence)
    half = (high - low) / 2 * math.sqrt(1 + len(values) * test_total / training_total)
    return mean, mean - half, mean + half


def student_quantile(probability: float, degrees: int) -> float:
    """Quantile of Student's t distribution.

    Args:
        probability: Share of the distribution that lies below the quantile, between 0 and 1.
        degrees: Degrees of freedom, a positive integer.

    Returns:
        The quantile.

    Raises:
        ValueError: If `probability` is not within 0 to 1 or `degrees` is not positive.

    Source:
        Student, The probable error of a mean (1908).
    """
    probability = _fraction("probability", probability)
    degrees = positive_integer("degrees", degrees)
    if probability == 0.5:
        return 0.0
    tail = min(probability, 1 - probability)
    x = _beta_quantile(2 * tail, degrees / 2, 0.5)  # x = degrees / (degrees + t²)
    return math.copysign(math.sqrt(degrees * (1 - x) / x), probability - 0.5)


def needed_total(accuracy: float, half_width: float, confidence: float = 0.95) -> int:
    """Test items that make the normal interval of an accuracy as narrow as asked.

    Args:
        accuracy: Expected accuracy, as a fraction between 0 and 1. 0.5 is the worst case.
        half_width: Distance from the middle of the interval to its ends, as a fraction: 0.01 for
            ± 1 point.
        confidence: Share of intervals that should hold the truth, between 0 and 1.

    Returns:
        Number of test items, rounded up.

    Raises:
        ValueError: If an argument is not between 0 and 1.

    Source:
        Section 1.4.
    """
    accuracy, half_width = _fraction("accuracy", accuracy), _fraction("half_width", half_width)
    needed = _normal_quantile(confidence) ** 2 * accuracy * (1 - accuracy) / half_width**2
    return math.ceil(needed)


def standardization(training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parameters that standardize features: the training set's mean and standard deviation.

    Args:
        training: Training examples, shape (n, features), any real dtype. Only these.

    Returns:
        `offset` and `scale` for `rescale`, both shape (features,), float64: mean and standard
        deviation of each feature (divided by n). A constant feature gets the scale 1.

    Raises:
        ValueError: If `training` has not two axes or no example.

    Source:
        Chollet, Deep Learning with Python, 2nd edition (2021), section 6.2.1; section 1.4.
    """
    training = _examples(training)
    return training.mean(axis=0), _nonzero(training.std(axis=0))


def min_max(training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parameters that bring training features into 0 to 1.

    Args:
        training: Training examples, shape (n, features), any real dtype. Only these.

    Returns:
        `offset` and `scale` for `rescale`, both shape (features,), float64: minimum and range of
        each feature. A constant feature gets the scale 1.

    Raises:
        ValueError: If `training` has not two axes or no example.

    Source:
        Section 1.4.
    """
    training = _examples(training)
    low = training.min(axis=0)
    return low, _nonzero(training.max(axis=0) - low)


def rescale(inputs: np.ndarray, offset: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Scale features with parameters that were found on the training set.

    Args:
        inputs: Examples from anywhere, shape (..., features), any real dtype.
        offset: What to subtract, shape (features,).
        scale: What to divide by then, shape (features,).

    Returns:
        (inputs - offset) / scale, shape of `inputs`, float64.

    Source:
        Section 1.4.
    """
    return (np.asarray(inputs, dtype=float) - offset) / scale


def early_stopping(losses: Sequence[float] | np.ndarray, patience: int) -> tuple[int, int]:
    """When early stopping ends a training, and which epoch's weights it keeps.

    Training stops once `patience` epochs in a row have brought no new smallest validation loss.

    Args:
        losses: Validation loss after each epoch, shape (epochs,).
        patience: Epochs without a new minimum that are endured, a positive integer.

    Returns:
        Best epoch and last epoch, both counted from 1.

    Raises:
        ValueError: If there is no loss or `patience` is not a positive integer.

    Source:
        Prechelt, Early stopping, but when? (1998); `keras.callbacks.EarlyStopping`; section 1.4.
    """
    patience = positive_integer("patience", patience)
    if len(losses) == 0:
        raise ValueError("losses must hold at least one loss. Received: 0 losses")
    best, smallest = 0, math.inf
    for epoch, loss in enumerate(losses, start=1):
        if loss < smallest:
            best, smallest = epoch, loss
        elif epoch - best >= patience:
            return best, epoch
    return best, len(losses)


def _share(correct: int, total: int) -> float:
    total = positive_integer("total", total)
    if isinstance(correct, bool) or not isinstance(correct, Integral) or not 0 <= correct <= total:
        raise ValueError(
            f"correct must be an integer from 0 to total={total}. Received: correct={correct}"
        )
    return int(correct) / total


def _fraction(name: str, value: float) -> float:
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1. Received: {name}={value}")
    return float(value)


def _normal_quantile(confidence: float) -> float:
    return NormalDist().inv_cdf(1 - (1 - _fraction("confidence", confidence)) / 2)


def _examples(training: np.ndarray) -> np.ndarray:
    training = np.asarray(training, dtype=float)
    if training.ndim != 2 or len(training) == 0:
        raise ValueError(
            "training must have shape (n, features) and at least one example. "
            f"Received: shape={training.shape}"
        )
    return training


def _nonzero(scale: np.ndarray) -> np.ndarray:
    return np.where(scale == 0, 1.0, scale)


def _beta_quantile(probability: float, a: float, b: float) -> float:
    """Quantile of the beta distribution, by bisection."""
    return _bisect(lambda x: _incomplete_beta(x, a, b) - probability)


def _bisect(function: Callable[[float], float]) -> float:
    """Zero of an increasing function between 0 and 1."""
    low, high = 0.0, 1.0
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if function(middle) < 0:
            low = middle
        else:
            high = middle


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularized incomplete beta function, by its continued fraction (DLMF 8.17.22)."""
    if x > (a + 1) / (a + b + 2):  # there the fraction converges slowly
        return 1 - _incomplete_beta(1 - x, b, a)
    if x == 0:
        return 0.0
    log_front = a * math.log(x) + b * math.log1p(-x)
    log_front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    tiny = 1e-300
    numerator, denominator = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1), tiny)
    fraction = denominator
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            denominator = 1 / _away_from_zero(1 + term * denominator, tiny)
            numerator = _away_from_zero(1 + term / numerator, tiny)
            step = numerator * denominator
            fraction *= step
        if abs(step - 1) < 1e-15:
            break
    return math.exp(log_front) * fraction / a


def _away_from_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
