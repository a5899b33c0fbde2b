"""NumPy's PCA equals scikit-learn up to sign, keeps its promises, and names wrong arguments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import subspace_angles
from sklearn import decomposition
from sklearn.datasets import load_digits, load_wine

from utils.reference import pca as reference

thorough = settings(max_examples=330, deadline=None, derandomize=True)


@st.composite
def cases(draw):
    """Samples whose variances along hidden axes are well apart, and a number of components."""
    samples, features = draw(st.integers(3, 30)), draw(st.integers(1, 12))
    n_components = draw(st.integers(1, min(samples - 1, features)))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    turn, _ = np.linalg.qr(rng.normal(size=(features, features)))
    scales = 2.0 ** -np.arange(features) * 10.0 ** draw(st.integers(-2, 3))
    inputs = rng.normal(size=(samples, features)) * scales @ turn + draw(st.integers(-50, 50))
    return inputs, n_components


@thorough
@given(cases())
def test_equals_scikit_learn_up_to_sign(case):
    inputs, n_components = case
    ours = reference.fit(inputs, n_components)
    theirs = decomposition.PCA(n_components, svd_solver="full").fit(inputs)
    np.testing.assert_allclose(ours.mean, theirs.mean_, rtol=1e-12, atol=1e-12)
    scale = theirs.explained_variance_[0]
    np.testing.assert_allclose(
        ours.explained_variance, theirs.explained_variance_, rtol=1e-9, atol=1e-12 * scale
    )
    np.testing.assert_allclose(
        ours.explained_variance_ratio, theirs.explained_variance_ratio_, rtol=1e-9, atol=1e-12
    )
    # Directions are determined as far as their variances are apart.
    every = reference.fit(inputs).explained_variance[: n_components + 1]
    following = [*every[1:], 0.0][:n_components]
    if (every[:n_components] - following > 1e-3 * every[:n_components]).all():
        signs = np.sign(np.sum(ours.components * theirs.components_, axis=1))
        np.testing.assert_allclose(
            ours.components, signs[:, None] * theirs.components_, rtol=0, atol=1e-6
        )
        np.testing.assert_allclose(
            reference.transform(inputs, ours),
            theirs.transform(inputs) * signs,
            atol=1e-5 * scale**0.5,
        )
    rebuilt = reference.inverse_transform(reference.transform(inputs, ours), ours)
    np.testing.assert_allclose(
        rebuilt, theirs.inverse_transform(theirs.transform(inputs)), atol=1e-6 * scale**0.5
    )


@pytest.mark.parametrize("load", [load_digits, load_wine])
def test_equals_scikit_learn_on_real_tables_and_on_new_samples(load):
    table = load().data
    train, new = table[::2], table[1::2]
    ours = reference.fit(train, 5)
    theirs = decomposition.PCA(5, svd_solver="full").fit(train)
    signs = np.sign(np.sum(ours.components * theirs.components_, axis=1))
    assert set(signs) == {1.0}  # the same convention for signs
    np.testing.assert_allclose(ours.components, theirs.components_, atol=1e-9)
    np.testing.assert_allclose(reference.transform(new, ours), theirs.transform(new), atol=1e-8)
    codes = theirs.transform(new)
    np.testing.assert_allclose(
        reference.inverse_transform(codes, ours), theirs.inverse_transform(codes), atol=1e-8
    )


@thorough
@given(cases())
def test_promises(case):
    inputs, n_components = case
    pca = reference.fit(inputs, n_components)
    np.testing.assert_allclose(pca.components @ pca.components.T, np.eye(n_components), atol=1e-10)
    assert (np.diff(pca.explained_variance) <= 1e-12 * pca.explained_variance[0]).all()
    codes = reference.transform(inputs, pca)
    scale = pca.explained_variance[0]
    covariance = np.atleast_2d(np.cov(codes, rowvar=False))
    np.testing.assert_allclose(covariance, np.diag(pca.explained_variance), atol=1e-9 * scale)
    # A projection can only shorten distances.
    in_truth = np.linalg.norm(inputs[:, None] - inputs[None], axis=-1)
    on_map = np.linalg.norm(codes[:, None] - codes[None], axis=-1)
    assert (on_map <= in_truth * (1 + 1e-9) + 1e-9 * scale**0.5).all()
    # What is lost is the variance of the directions left out.
    lost = np.sum((inputs - reference.inverse_transform(codes, pca)) ** 2) / (len(inputs) - 1)
    total = np.sum(np.var(inputs, axis=0, ddof=1))
    np.testing.assert_allclose(lost, total - pca.explained_variance.sum(), atol=1e-9 * total)


@thorough
@given(cases(), st.integers(0, 1000))
def test_no_other_subspace_keeps_more(case, seed):
    inputs, n_components = case
    pca = reference.fit(inputs, n_components)
    other = np.random.default_rng(seed).normal(size=(inputs.shape[1], n_components))
    other, _ = np.linalg.qr(other)
    kept = np.var((inputs - pca.mean) @ other, axis=0, ddof=1).sum()
    assert kept <= pca.explained_variance.sum() * (1 + 1e-9)


def test_all_components_rebuild_the_samples():
    inputs = np.random.default_rng(0).normal(size=(20, 7)) + 3
    pca = reference.fit(inputs)
    assert pca.components.shape == (7, 7)
    rebuilt = reference.inverse_transform(reference.transform(inputs, pca), pca)
    np.testing.assert_allclose(rebuilt, inputs, atol=1e-12)
    assert pca.explained_variance_ratio.sum() == pytest.approx(1)


def test_a_case_by_hand():
    """Four points on a cross: along (1, 1) the variance is 2·(8 + 0)/3, across it 2·2/3."""
    pca = reference.fit(np.array([[3, 3], [-1, -1], [2, 0], [0, 2]]))
    np.testing.assert_allclose(pca.mean, [1, 1])
    np.testing.assert_allclose(pca.components[0], [0.5**0.5, 0.5**0.5])
    np.testing.assert_allclose(pca.explained_variance, [16 / 3, 4 / 3])
    np.testing.assert_allclose(pca.explained_variance_ratio, [0.8, 0.2])


@thorough
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10_000), st.integers(-9, 0))
def test_principal_angles_equal_scipy(first, second, seed, exponent):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(first, 9))
    b = rng.normal(size=(second, 9))
    shared = min(first, second)
    b[:shared] = a[:shared] + 10.0**exponent * b[:shared]  # small angles too
    ours = reference.principal_angles(a, b)
    np.testing.assert_allclose(ours, np.degrees(subspace_angles(a.T, b.T)), rtol=1e-6, atol=1e-10)


def test_principal_angles_by_hand():
    flat = np.array([[1, 0, 0], [0, 1, 0]])
    tilted = np.array([[1, 0, 0], [0, 1, 1]])
    np.testing.assert_allclose(reference.principal_angles(flat, tilted), [45, 0], atol=1e-12)
    np.testing.assert_allclose(reference.principal_angles(flat, [[0, 0, 5]]), [90])
    np.testing.assert_allclose(reference.principal_angles(flat, [[3, 4, 0]]), [0], atol=1e-12)


FITTED = reference.fit(np.array([[0.0, 1, 2], [1, 0, 4], [5, 1, 1]]), 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: reference.principal_angles(np.eye(3)[:2], np.array([[1, 2, 0], [2, 4, 0]])),
            "second must hold linearly independent vectors. "
            "Received: 2 vectors that span 1 dimensions",
        ),
        (
            lambda: reference.fit(np.ones(3)),
            "inputs must be real numbers of shape (samples, features). "
            "Received: shape=(3,), dtype=float64",
        ),
        (
            lambda: reference.fit(np.array([["a"]])),
            "inputs must be real numbers of shape (samples, features). "
            "Received: shape=(1, 1), dtype=<U1",
        ),
        (
            lambda: reference.fit(np.ones((1, 3))),
            "inputs must have at least 2 samples. Received: shape=(1, 3)",
        ),
        (
            lambda: reference.fit(np.eye(3), 0),
            "n_components must be a positive integer. Received: n_components=0",
        ),
        (
            lambda: reference.fit(np.eye(3), 4),
            "n_components must be no larger than samples and features. "
            "Received: n_components=4, inputs of shape (3, 3)",
        ),
        (
            lambda: reference.fit(np.ones((4, 2))),
            "inputs must not all be equal: they have no direction of variance.",
        ),
        (
            lambda: reference.fit(np.array([[1.0, np.nan], [0, 1]])),
            "inputs must be finite. Received: inputs with NaN or infinity",
        ),
        (
            lambda: reference.transform(np.ones((2, 4)), FITTED),
            "inputs must have 3 numbers a row. Received: shape=(2, 4)",
        ),
        (
            lambda: reference.inverse_transform(np.ones((2, 3)), FITTED),
            "codes must have 2 numbers a row. Received: shape=(2, 3)",
        ),
        (
            lambda: reference.principal_angles(np.ones((1, 4)), np.ones((1, 3))),
            "second must have 4 numbers a row. Received: shape=(1, 3)",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
