"""`utils.reference.evaluation` against SciPy, scikit-learn and Keras."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from utils.reference import evaluation

COUNTS = st.integers(1, 3000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)
CONFIDENCE = st.floats(0.5, 0.999)


@settings(deadline=None, max_examples=200)
@given(COUNTS, CONFIDENCE)
def test_wilson_and_clopper_pearson_equal_scipy(counts, confidence):
    result = stats.binomtest(*counts)
    for function, method in [
        (evaluation.wilson_interval, "wilson"),
        (evaluation.clopper_pearson_interval, "exact"),
    ]:
        expected = result.proportion_ci(confidence, method)
        np.testing.assert_allclose(function(*counts, confidence), expected, rtol=1e-8, atol=1e-9)


def test_wilson_of_a_known_case():
    low, high = evaluation.wilson_interval(90, 100)
    assert (round(low, 4), round(high, 4)) == (0.8256, 0.9448)


def test_normal_interval_has_no_width_without_mistakes_and_is_cut_at_one():
    assert evaluation.normal_interval(50, 50) == (1.0, 1.0)
    assert evaluation.normal_interval(49, 50)[1] == 1.0
    assert evaluation.normal_interval(49, 50, clip=False)[1] == pytest.approx(1.018805, abs=1e-6)
    np.testing.assert_allclose(evaluation.normal_interval(90, 100), (0.8412, 0.9588), atol=1e-4)


@settings(deadline=None, max_examples=200)
@given(st.floats(0.0005, 0.9995), st.integers(1, 5000))
def test_student_quantile_equals_scipy(probability, degrees):
    expected = stats.t.ppf(probability, degrees)
    ours = evaluation.student_quantile(probability, degrees)
    np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-9)


def test_mean_interval_equals_scipy():
    values = np.random.default_rng(0).normal(3, 2, size=12)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    mean, low, high = evaluation.mean_interval(values, 0.9)
    np.testing.assert_allclose((mean, low, high), (values.mean(), *expected), rtol=1e-10)


def test_resampled_interval_of_a_known_case():
    # sd 1, Student's quantile for 2 degrees 4.302653, variance factor 1/3 + 1/4
    expected = (2, 2 - 4.302653 * (7 / 12) ** 0.5, 2 + 4.302653 * (7 / 12) ** 0.5)
    np.testing.assert_allclose(
        evaluation.resampled_interval([1.0, 2.0, 3.0], 80, 20), expected, atol=1e-5
    )


def test_resampled_interval_keeps_its_promise_better_than_students():
    """The accuracy of the majority class over random splits of one table, p = 0.7."""
    rng, held = np.random.default_rng(0), []
    for _ in range(300):
        table = rng.random(100) < 0.7
        shares = [rng.permutation(table)[:25].mean() for _ in range(15)]
        held.append(
            [
                low <= 0.7 <= high
                for _, low, high in (
                    evaluation.mean_interval(shares),
                    evaluation.resampled_interval(shares, 75, 25),
                )
            ]
        )
    student, resampled = np.mean(held, axis=0)
    assert student < 0.75
    assert resampled > 0.92


def test_needed_total():
    assert evaluation.needed_total(0.9, 0.01) == 3458
    assert evaluation.needed_total(0.5, 0.01) == 9604
    assert evaluation.needed_total(0.5, 0.005) == 38415


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 5))
def test_scaling_equals_scikit_learn(seed, n, features):
    rng = np.random.default_rng(seed)
    training = rng.normal(5, 3, size=(n, features))
    training[:, 0] = 7.0  # a constant feature
    new = rng.normal(5, 3, size=(4, features))
    for parameters, scaler in [
        (evaluation.standardization, StandardScaler()),
        (evaluation.min_max, MinMaxScaler()),
    ]:
        ours = evaluation.rescale(new, *parameters(training))
        np.testing.assert_allclose(ours, scaler.fit(training).transform(new), atol=1e-9)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=25), st.integers(1, 6))
def test_early_stopping_equals_keras(losses, patience):
    model = keras.Sequential()
    callback = keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience)
    callback.set_model(model)
    callback.on_train_begin()
    model.stop_training = False
    for epoch, loss in enumerate(losses, start=1):
        callback.on_epoch_end(epoch - 1, {"val_loss": float(loss)})
        if model.stop_training:
            break
    assert evaluation.early_stopping(losses, patience) == (callback.best_epoch + 1, epoch)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: evaluation.wilson_interval(11, 10),
            "correct must be an integer from 0 to total=10. Received: correct=11",
        ),
        (
            lambda: evaluation.clopper_pearson_interval(0.9, 10),
            "correct must be an integer from 0 to total=10. Received: correct=0.9",
        ),
        (
            lambda: evaluation.normal_interval(0, 0),
            "total must be a positive integer. Received: total=0",
        ),
        (
            lambda: evaluation.wilson_interval(9, 10, confidence=95),
            "confidence must lie between 0 and 1. Received: confidence=95",
        ),
        (
            lambda: evaluation.mean_interval([1.0]),
            "values must have shape (n,) with n of at least 2. Received: shape=(1,)",
        ),
        (
            lambda: evaluation.resampled_interval([1.0, 2.0], 0, 5),
            "training_total must be a positive integer. Received: training_total=0",
        ),
        (
            lambda: evaluation.student_quantile(0.975, 0),
            "degrees must be a positive integer. Received: degrees=0",
        ),
        (
            lambda: evaluation.needed_total(0.9, 1),
            "half_width must lie between 0 and 1. Received: half_width=1",
        ),
        (
            lambda: evaluation.standardization([1, 2]),
            "training must have shape (n, features) and at least one example. Received: shape=(2,)",
        ),
        (
            lambda: evaluation.early_stopping([], 2),
            "losses must hold at least one loss. Received: 0 losses",
        ),
        (
            lambda: evaluation.early_stopping([1.0], 0),
            "patience must be a positive integer. Received: patience=0",
        ),
    ],
)
def test_invalid_arguments_are_named(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message
