"""The exponential moving average is pandas's, and the one inside Keras's and PyTorch's layers."""

import keras
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.reference.averaging import (
    exponential_moving_average,
    half_life,
    update,
    weights_of_past,
)

thorough = settings(max_examples=100, deadline=None, derandomize=True)
betas = st.floats(0, 1)


@st.composite
def series(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.normal(size=(draw(st.integers(1, 30)), 3))


def test_scores():
    """A student expected at 50 scores 100, and again 100."""
    assert exponential_moving_average([100, 100, 100], 0.5, 50).tolist() == [75, 87.5, 93.75]
    assert exponential_moving_average([100, 100], 1, 50).tolist() == [50, 50]
    assert exponential_moving_average([100, 90], 0, 50).tolist() == [100, 90]


@given(series(), betas, st.floats(-3, 3))
@thorough
def test_is_repeated_updating_and_a_weighted_sum(values, beta, start):
    averages = exponential_moving_average(values, beta, start)
    average = start
    for t, value in enumerate(values):
        average = update(average, value, beta)
        np.testing.assert_array_equal(averages[t], average)
    weights = weights_of_past(beta, len(values))
    assert weights.sum() == pytest.approx(1)
    with_start = np.concatenate([np.full((1, 3), start), values])
    np.testing.assert_allclose(averages[-1], weights @ with_start, rtol=1e-9, atol=1e-9)


@given(series(), st.floats(0, 0.999))
@thorough
def test_is_that_of_pandas(values, beta):
    """Pandas starts at the first value; with adjust=True it divides by the sum of the weights."""
    frame = pd.DataFrame(values)
    plain = frame.ewm(alpha=1 - beta, adjust=False).mean().to_numpy()
    found = exponential_moving_average(values, beta, values[0])
    np.testing.assert_allclose(found, plain, rtol=1e-9, atol=1e-9)
    adjusted = frame.ewm(alpha=1 - beta, adjust=True).mean().to_numpy()
    found = exponential_moving_average(values, beta, correct=True)
    np.testing.assert_allclose(found, adjusted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.99, 1.0])
def test_is_that_of_batch_normalization_in_both_libraries(beta):
    rng = np.random.default_rng(0)
    batches = rng.normal(3, 2, size=(20, 8, 5)).astype("float32")
    in_keras = keras.layers.BatchNormalization(momentum=beta)
    in_torch = torch.nn.BatchNorm1d(5, momentum=1 - beta)
    for batch in batches:
        in_keras(batch, training=True)
        in_torch(torch.from_numpy(batch))
    expected = exponential_moving_average(batches.mean(axis=1), beta)[-1]
    found = keras.ops.convert_to_numpy(in_keras.moving_mean)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(in_torch.running_mean.numpy(), expected, rtol=1e-4, atol=1e-5)
    biased = exponential_moving_average(batches.var(axis=1), beta, 1)[-1]
    found = keras.ops.convert_to_numpy(in_keras.moving_variance)
    np.testing.assert_allclose(found, biased, rtol=1e-4)
    unbiased = exponential_moving_average(batches.var(axis=1, ddof=1), beta, 1)[-1]
    np.testing.assert_allclose(in_torch.running_var.numpy(), unbiased, rtol=1e-4)


def test_half_life():
    assert half_life(0.5) == 1
    assert half_life(0.99) == pytest.approx(68.97, abs=0.01)
    for beta in (0.1, 0.9, 0.999):
        assert beta ** half_life(beta) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: update(0, 1, 1.5), r"beta must lie within 0 to 1\. Received: beta=1\.5"),
        (lambda: exponential_moving_average([1], -0.1), r"beta must lie within 0 to 1\. .*-0\.1"),
        (lambda: exponential_moving_average([], 0.9), r"at least one value\. .* shape=\(0,\)"),
        (lambda: exponential_moving_average(3, 0.9), r"at least one value\. .* shape=\(\)"),
        (
            lambda: exponential_moving_average([1], 0.9, 5, correct=True),
            r"correct=True must come with start=0 .* Received: start=5, beta=0\.9",
        ),
        (
            lambda: exponential_moving_average([1], 1, correct=True),
            r"correct=True must come with start=0 .* Received: start=0\.0, beta=1",
        ),
        (lambda: weights_of_past(0.9, 0), r"steps must be a positive integer\. Received: steps=0"),
        (lambda: weights_of_past(2, 1), r"beta must lie within 0 to 1\. Received: beta=2"),
        (lambda: half_life(1), r"beta must lie between 0 and 1\. Received: beta=1"),
        (lambda: half_life(0), r"beta must lie between 0 and 1\. Received: beta=0"),
    ],
)
def test_invalid_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
