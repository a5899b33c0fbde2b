"""Similarities and softmax are scikit-learn's, SciPy's, Keras's and PyTorch's."""

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from sklearn.metrics import pairwise

from utils.reference.similarity import (
    cosine_similarities,
    dot_products,
    scaled_dot_products,
    softmax,
    softmax_gradient,
)

thorough = settings(max_examples=100, deadline=None, derandomize=True)


@st.composite
def queries_and_keys(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, 20))
    scale = 10.0 ** draw(st.integers(-3, 3))
    return scale * rng.normal(size=(draw(st.integers(1, 6)), d)), rng.normal(
        size=(draw(st.integers(1, 6)), d)
    )


@given(queries_and_keys())
@thorough
def test_equal_scikit_learn_and_pytorch(pair):
    q, k = pair
    np.testing.assert_allclose(
        cosine_similarities(q, k), pairwise.cosine_similarity(q, k), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(
        cosine_similarities(q, k),
        torch.nn.functional.cosine_similarity(
            torch.tensor(q)[:, None], torch.tensor(k)[None], dim=-1, eps=1e-30
        ),
        rtol=1e-9,
        atol=1e-12,
    )
    np.testing.assert_allclose(dot_products(q, k), pairwise.linear_kernel(q, k), rtol=1e-9)
    weights = torch.nn.functional.scaled_dot_product_attention(
        torch.tensor(q), torch.tensor(k), torch.eye(len(k), dtype=torch.float64)
    )
    np.testing.assert_allclose(softmax(scaled_dot_products(q, k)), weights, rtol=1e-9, atol=1e-12)


@given(queries_and_keys(), st.floats(-1e3, 1e3))
@thorough
def test_softmax_and_its_gradient(pair, constant):
    scores, g = pair[0], np.random.default_rng(0).normal(size=pair[0].shape)
    weights = softmax(scores)
    np.testing.assert_allclose(weights, special.softmax(scores, axis=-1), rtol=1e-12)
    np.testing.assert_allclose(weights, keras.ops.softmax(scores), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(softmax(scores + constant), weights, rtol=1e-9, atol=1e-15)
    in_torch = torch.tensor(scores, requires_grad=True)
    torch.softmax(in_torch, dim=-1).backward(torch.tensor(g))
    ours = softmax_gradient(weights, g)
    np.testing.assert_allclose(ours, in_torch.grad, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(ours.sum(axis=-1), 0, atol=1e-12)


@given(queries_and_keys(), st.floats(0.01, 100))
@thorough
def test_what_each_measure_cannot_see(pair, factor):
    q, k = pair
    np.testing.assert_allclose(cosine_similarities(factor * q, k), cosine_similarities(q, k))
    np.testing.assert_allclose(dot_products(factor * q, k), factor * dot_products(q, k))
    assert np.all(np.abs(cosine_similarities(q, k)) <= 1 + 1e-12)
    wider = [np.pad(x, ((0, 0), (0, 3 * x.shape[1]))) for x in (q, k)]  # 4 times the dimension
    np.testing.assert_allclose(scaled_dot_products(*wider), scaled_dot_products(q, k) / 2)


def test_four_and_five_are_one_direction():
    points, others = [[0.0, 4.0], [0.0, 5.0]], [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    cosines = cosine_similarities(points, others)
    np.testing.assert_allclose(cosines[0], cosines[1])
    assert dot_products(points, others).tolist() == [[4, 0, 4], [5, 0, 5]]


def test_keeps_single_precision():
    x = np.ones((2, 3), "float32")
    for scores in (dot_products(x, x), cosine_similarities(x, x), scaled_dot_products(x, x)):
        assert scores.dtype == softmax(scores).dtype == np.float32


def test_a_masked_score_has_no_weight():
    assert softmax(np.array([0.0, -np.inf, 0.0])).tolist() == [0.5, 0, 0.5]


def test_leading_axes_broadcast():
    rng = np.random.default_rng(0)
    q, k = rng.normal(size=(2, 1, 3, 5)), rng.normal(size=(4, 6, 5))
    for measure in (dot_products, cosine_similarities, scaled_dot_products):
        found = measure(q, k)
        assert found.shape == (2, 4, 3, 6)
        np.testing.assert_allclose(found[1, 2], measure(q[1, 0], k[2]))


@pytest.mark.parametrize(
    ("measure", "q", "k", "message"),
    [
        (dot_products, [1, 2], [[1, 2]], r"must have shapes .* Received: \(2,\) and \(1, 2\)"),
        (scaled_dot_products, [[1, 2]], [[1, 2, 3]], r"Received: \(1, 2\) and \(1, 3\)"),
        (cosine_similarities, [[0, 0]], [[1, 2]], r"queries must not hold a zero .* 1 of them"),
        (cosine_similarities, [[1, 2]], [[0, 0]] * 2, r"keys must not hold a zero .* 2 of them"),
    ],
)
def test_errors_say_what_was_expected(measure, q, k, message):
    with pytest.raises(ValueError, match=message):
        measure(q, k)
