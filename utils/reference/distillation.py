"""Knowledge distillation: soft targets, their cross-entropy and its gradient.

Axis letters in the comments: B batch, C classes.
"""

from numbers import Real

import numpy as np

from utils.reference import similarity


def log_softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Logarithm of the softmax of logits that were divided by a temperature.

    Args:
        logits: Scores, shape (..., C), real numbers.
        temperature: Positive; 1 leaves the logits as they are.

    Returns:
        Natural logarithms, same shape, floating point; none overflows.

    Raises:
        ValueError: If `temperature` is not a positive number.

    Source:
        Section 7.3.
    """
    scaled = _divided(logits, temperature)
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    return scaled - np.log(np.exp(scaled).sum(axis=-1, keepdims=True))


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities from logits at a temperature.

    Args:
        logits: Scores, shape (..., C), real numbers.
        temperature: Positive; above 1 the probabilities come closer to each other, below 1 the
            largest takes more.

    Returns:
        Probabilities, same shape, floating point; over C they add up to 1.

    Raises:
        ValueError: If `temperature` is not a positive number.

    Source:
        Hinton, Vinyals and Dean, Distilling the knowledge in a neural network (2015),
        arXiv:1503.02531, equation 1; section 7.3.
    """
    return similarity.softmax(_divided(logits, temperature))


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Entropy of probabilities, in nats.

    Args:
        probabilities: Shape (..., C), from 0 to 1; over C they add up to 1.

    Returns:
        Shape (...), from 0, where one class has it all, to log C, where all have the same.

    Source:
        Section 7.3.
    """
    return -_times_log(probabilities, probabilities).sum(axis=-1)


def cross_entropy(targets: np.ndarray, logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Cross-entropy of the softmax of logits against targets, in nats.

    Args:
        targets: One-hot or soft targets, shape (..., C).
        logits: Scores, same shape.
        temperature: Positive; divides the logits, and leaves the targets as they are.

    Returns:
        Shape (...), one number an example.

    Raises:
        ValueError: If shapes differ or `temperature` is not a positive number.

    Source:
        Section 7.3.
    """
    _same_shape("targets", targets, "logits", logits)
    return -(np.asarray(targets) * log_softmax(logits, temperature)).sum(axis=-1)


def kl_divergence(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Kullback-Leibler divergence: cross-entropy less what the targets' own entropy makes it.

    Args:
        targets: Probabilities, shape (..., C); a class of target 0 adds 0.
        probabilities: Probabilities above 0, same shape.

    Returns:
        Shape (...), in nats; 0 where both are equal, otherwise positive.

    Raises:
        ValueError: If shapes differ.

    Source:
        Kullback and Leibler, On information and sufficiency (1951), doi:10.1214/aoms/1177729694;
        section 7.3.
    """
    _same_shape("targets", targets, "probabilities", probabilities)
    return -_times_log(targets, probabilities).sum(axis=-1) - entropy(targets)


def smooth_labels(one_hot: np.ndarray, label_smoothing: float) -> np.ndarray:
    """Move a share of each target from its class to all classes alike.

    Args:
        one_hot: Targets, shape (..., C).
        label_smoothing: The share, from 0 to 1.

    Returns:
        Targets, same shape.

    Raises:
        ValueError: If `label_smoothing` is not from 0 to 1.

    Source:
        Szegedy and others, Rethinking the Inception architecture (2015), arXiv:1512.00567,
        section 7; section 7.3.
    """
    _share("label_smoothing", label_smoothing)
    one_hot = np.asarray(one_hot)
    return (1 - label_smoothing) * one_hot + label_smoothing / one_hot.shape[-1]


def distillation_loss(
    one_hot: np.ndarray,
    teacher_logits: np.ndarray,
    student_logits: np.ndarray,
    temperature: float,
    student_loss_weight: float,
) -> float:
    """Loss of a student that learns from labels and from a teacher.

    Args:
        one_hot: Labels, shape (B, C).
        teacher_logits: Shape (B, C).
        student_logits: Shape (B, C).
        temperature: Positive; divides both logits in the teacher's part.
        student_loss_weight: Weight of the labels' part, from 0 to 1; the teacher's has the rest.

    Returns:
        w · CE(labels, student) + (1 − w) · T² · KL(teacher at T, student at T), in nats, the mean
        over the batch.

    Raises:
        ValueError: If an argument has another shape or value.

    Source:
        Hinton, Vinyals and Dean (2015), arXiv:1503.02531, section 2; section 7.3.
    """
    _share("student_loss_weight", student_loss_weight)
    _same_shape("teacher_logits", teacher_logits, "student_logits", student_logits)
    hard = cross_entropy(one_hot, student_logits)  # (B,)
    teacher = softmax(teacher_logits, temperature)  # (B, C)
    soft = cross_entropy(teacher, student_logits, temperature) - entropy(teacher)  # (B,)
    mixed = student_loss_weight * hard + (1 - student_loss_weight) * temperature**2 * soft
    return float(mixed.mean())


def distillation_gradient(
    one_hot: np.ndarray,
    teacher_logits: np.ndarray,
    student_logits: np.ndarray,
    temperature: float,
    student_loss_weight: float,
) -> np.ndarray:
    """Gradient of `distillation_loss` with respect to the student's logits.

    Args:
        one_hot: Labels, shape (B, C).
        teacher_logits: Shape (B, C).
        student_logits: Shape (B, C).
        temperature: Positive.
        student_loss_weight: Weight of the labels' part, from 0 to 1.

    Returns:
        (w (q₁ − y) + (1 − w) T (q_T − p_T)) / B, shape (B, C); over C it adds up to 0.

    Raises:
        ValueError: If an argument has another shape or value.

    Source:
        Hinton, Vinyals and Dean (2015), arXiv:1503.02531, equation 2; section 7.3.
    """
    _share("student_loss_weight", student_loss_weight)
    _same_shape("one_hot", one_hot, "student_logits", student_logits)
    _same_shape("teacher_logits", teacher_logits, "student_logits", student_logits)
    hard = softmax(student_logits) - one_hot  # (B, C)
    soft = softmax(student_logits, temperature) - softmax(teacher_logits, temperature)  # (B, C)
    mixed = student_loss_weight * hard + (1 - student_loss_weight) * temperature * soft
    return mixed / len(mixed)


def matching_gradient(teacher_logits: np.ndarray, student_logits: np.ndarray) -> np.ndarray:
    """What the teacher's part of `distillation_gradient` becomes at an infinite temperature.

    It is the gradient of half the mean squared difference of the logits, each less its mean.

    Args:
        teacher_logits: Shape (B, C).
        student_logits: Shape (B, C).

    Returns:
        ((z − mean z) − (v − mean v)) / (C B), shape (B, C), for student's z and teacher's v.

    Raises:
        ValueError: If shapes differ.

    Source:
        Hinton, Vinyals and Dean (2015), arXiv:1503.02531, equation 4; section 7.3.
    """
    _same_shape("teacher_logits", teacher_logits, "student_logits", student_logits)
    difference = np.asarray(student_logits) - np.asarray(teacher_logits)  # (B, C)
    return (difference - difference.mean(axis=-1, keepdims=True)) / difference.size


def _divided(logits, temperature):
    """Logits over a temperature, which must be a positive number."""
    if isinstance(temperature, bool) or not isinstance(temperature, Real) or not temperature > 0:
        raise ValueError(
            f"temperature must be a positive number. Received: temperature={temperature!r}"
        )
    return np.asarray(logits) / temperature


def _times_log(weights, probabilities):
    """Weights times logarithms, with 0 wherever the weight is 0."""
    weights, probabilities = np.asarray(weights), np.asarray(probabilities)
    return weights * np.log(np.where(weights == 0, 1, probabilities))


def _same_shape(name, value, other, reference):
    if np.shape(value) != np.shape(reference):
        raise ValueError(
            f"{name} must have the shape of {other}. "
            f"Received: shapes {np.shape(value)} and {np.shape(reference)}"
        )


def _share(name, value):
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value <= 1:
        raise ValueError(f"{name} must be a number from 0 to 1. Received: {name}={value!r}")
