"""Distillation in NumPy is that of PyTorch and, where it says so, that of Keras."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import experiments
from utils.reference import distillation

study = experiments.open_study("distillation")

thorough = settings(max_examples=60, deadline=None, derandomize=True)
temperatures = st.floats(0.2, 20)
weights = st.floats(0, 1)


@st.composite
def batches(draw):
    """One-hot labels, teacher's logits and student's, (B, C) each."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.integers(1, 6)), draw(st.integers(2, 11))
    spread = draw(st.sampled_from([0.1, 1.0, 8.0]))
    one_hot = np.eye(size[1])[rng.integers(size[1], size=size[0])]
    return one_hot, rng.normal(0, spread, size), rng.normal(0, spread, size)


def in_torch(one_hot, teacher, student, temperature, weight):
    """Loss and gradient by PyTorch's own functions."""
    z = torch.tensor(student, requires_grad=True)
    hard = F.cross_entropy(z, torch.tensor(one_hot))
    soft = F.kl_div(
        F.log_softmax(z / temperature, dim=-1),
        F.softmax(torch.tensor(teacher) / temperature, dim=-1),
        reduction="batchmean",
    )
    loss = weight * hard + (1 - weight) * temperature**2 * soft
    loss.backward()
    return loss.item(), z.grad.numpy()


@given(batches(), temperatures, weights)
@thorough
def test_loss_and_gradient_are_those_of_pytorch(batch, temperature, weight):
    loss, gradient = in_torch(*batch, temperature, weight)
    found = distillation.distillation_loss(*batch, temperature, weight)
    assert found == pytest.approx(loss, rel=1e-9, abs=1e-10)
    found = distillation.distillation_gradient(*batch, temperature, weight)
    np.testing.assert_allclose(found, gradient, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.sum(axis=-1), 0, atol=1e-10)


@given(batches(), temperatures)
@thorough
def test_pieces_are_those_of_pytorch(batch, temperature):
    one_hot, teacher, student = batch
    logits = torch.tensor(student)
    expected = F.log_softmax(logits / temperature, dim=-1)
    np.testing.assert_allclose(
        distillation.log_softmax(student, temperature), expected, rtol=1e-9, atol=1e-10
    )
    q = distillation.softmax(student, temperature)
    np.testing.assert_allclose(q, expected.exp(), rtol=1e-9)
    soft = distillation.softmax(teacher, temperature)
    for targets in (one_hot, soft):
        expected = F.cross_entropy(logits, torch.tensor(targets), reduction="none")
        found = distillation.cross_entropy(targets, student)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)
    expected = F.kl_div(torch.tensor(q).log(), torch.tensor(soft), reduction="none").sum(-1)
    found = distillation.kl_divergence(soft, q)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)
    assert np.all(found > -1e-9)
    expected = torch.distributions.Categorical(probs=torch.tensor(soft)).entropy()
    np.testing.assert_allclose(distillation.entropy(soft), expected, rtol=1e-6, atol=1e-6)


@given(batches(), st.floats(0, 1))
@thorough
def test_label_smoothing_is_that_of_pytorch_and_keras(batch, share):
    one_hot, _, student = batch
    targets = distillation.smooth_labels(one_hot, share)
    found = distillation.cross_entropy(targets, student)
    expected = F.cross_entropy(
        torch.tensor(student), torch.tensor(one_hot), label_smoothing=share, reduction="none"
    )
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=share, reduction=None
    )
    np.testing.assert_allclose(found, loss(one_hot, student), rtol=1e-4, atol=1e-5)


@given(batches(), temperatures)
@thorough
def test_keras_agrees_with_an_instance_of_kl_divergence_only(batch, temperature):
    one_hot, teacher, student = (array.astype("float32") for array in batch)
    expected = distillation.distillation_loss(one_hot, teacher, student, temperature, 0)
    for loss in ("KLDivergence", keras.losses.KLDivergence()):
        theirs = keras.distillation.LogitsDistillation(temperature, loss)
        found = float(theirs.compute_loss(teacher, student))
        # Keras clips probabilities at 1e-7, which the square of the temperature enlarges.
        tolerance = 2e-5 * temperature**2
        clipped = distillation.softmax(student, temperature).min() < 1e-6
        assert clipped or found == pytest.approx(expected, rel=1e-3, abs=tolerance)


def test_keras_takes_raw_logits_by_default():
    """A fault of Keras 3.15.1 that the section shows: when this fails, rewrite the section."""
    teacher = np.array([[4.0, 1.0, -2.0]], "float32")
    student = np.array([[0.5, 0.2, -0.1]], "float32")
    default = keras.distillation.LogitsDistillation(temperature=2.0)
    found = float(default.compute_loss(teacher, student))
    p, q = (np.clip(logits / 2, 1e-7, 1) for logits in (teacher, student))
    assert found == pytest.approx(float((p * np.log(p / q)).sum()), rel=1e-5)
    right = distillation.distillation_loss(np.eye(3)[:1], teacher, student, 2.0, 0.0)
    assert abs(found - right) > 0.3


@given(batches(), temperatures)
@thorough
def test_the_study_trains_with_the_default_loss_of_keras(batch, temperature):
    _, teacher, student = (array.astype("float32") for array in batch)
    z, v = torch.tensor(student, requires_grad=True), torch.tensor(teacher)
    loss = study.raw_divergence(z / temperature, v / temperature).mean()
    theirs = keras.distillation.LogitsDistillation(temperature)
    variable = tf.Variable(student)
    with tf.GradientTape() as tape:
        found = theirs.compute_loss(teacher, variable)
    assert float(found) == pytest.approx(loss.item(), rel=1e-4, abs=1e-4)
    loss.backward()
    np.testing.assert_allclose(z.grad, tape.gradient(found, variable), rtol=1e-3, atol=1e-4)


def test_the_exchange_keeps_the_class():
    labels = torch.tensor([3, 1, 3, 3, 1, 0, 3, 1])
    orders = [study.exchange(labels, np.random.default_rng(seed)) for seed in range(20)]
    for order in orders:
        assert sorted(order.tolist()) == list(range(8))
        assert torch.equal(labels[order], labels)
    assert len({tuple(order.tolist()) for order in orders}) > 5


def test_students_trained_side_by_side_are_those_trained_alone():
    lessons = (
        ("alone", 1.0, 1.0),
        ("label smoothing", 0.2, 1.0),
        ("distilled", 4.0, 0.1),
        ("exchanged in class", 2.0, 0.5),
        ("no T²", 4.0, 0.5),
        ("reversed", 2.0, 0.1),
        ("Keras's default", 4.0, 0.1),
    )
    together = study.train("small", 12, 0, lessons)
    for place, lesson in enumerate(lessons):
        for one, other in zip(study.train("small", 12, 0, (lesson,)), together, strict=True):
            np.testing.assert_allclose(one[0], other[place], atol=2e-5)
    differ = [np.abs(together[0][0] - kernel).max() for kernel in together[0][1:]]
    assert min(differ) > 1e-4


@given(batches())
@thorough
def test_a_high_temperature_matches_centered_logits(batch):
    one_hot, teacher, student = batch
    limit = distillation.matching_gradient(teacher, student)
    found = distillation.distillation_gradient(one_hot, teacher, student, 1e5, 0)
    np.testing.assert_allclose(found, limit, rtol=1e-2, atol=1e-4)

    z = torch.tensor(student, requires_grad=True)
    v = torch.tensor(teacher)
    centered = (z - z.mean(-1, keepdim=True)) - (v - v.mean(-1, keepdim=True))
    (0.5 * (centered**2).mean()).backward()
    np.testing.assert_allclose(limit, z.grad.numpy(), rtol=1e-8, atol=1e-12)


def test_extremes():
    logits = np.array([[3.0, 1.0, -2.0]])
    np.testing.assert_allclose(distillation.softmax(logits, 1e6), 1 / 3, atol=1e-5)
    np.testing.assert_allclose(distillation.softmax(logits, 0.01), [[1, 0, 0]], atol=1e-12)
    assert np.isfinite(distillation.log_softmax(1e4 * logits)).all()
    assert distillation.entropy(np.array([0.0, 1.0, 0.0])) == 0
    assert distillation.entropy(np.full(10, 0.1)) == pytest.approx(np.log(10))
    one_hot = np.array([[0.0, 1.0, 0.0]])
    found = distillation.kl_divergence(one_hot, distillation.softmax(logits))
    np.testing.assert_allclose(found, distillation.cross_entropy(one_hot, logits))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda a: distillation.softmax(a, 0),
            "temperature must be a positive number. Received: temperature=0",
        ),
        (
            lambda a: distillation.softmax(a, "4"),
            "temperature must be a positive number. Received: temperature='4'",
        ),
        (
            lambda a: distillation.smooth_labels(a, 1.5),
            "label_smoothing must be a number from 0 to 1. Received: label_smoothing=1.5",
        ),
        (
            lambda a: distillation.distillation_loss(a, a, a, 2, -1),
            "student_loss_weight must be a number from 0 to 1. Received: student_loss_weight=-1",
        ),
        (
            lambda a: distillation.distillation_gradient(a, a[:, :2], a, 2, 1),
            "teacher_logits must have the shape of student_logits. "
            "Received: shapes (1, 2) and (1, 3)",
        ),
        (
            lambda a: distillation.cross_entropy(a[0], a),
            "targets must have the shape of logits. Received: shapes (3,) and (1, 3)",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call(np.eye(3)[:1])
    assert str(caught.value) == message
