"""The NumPy k-means equals scikit-learn from the same centers, and names wrong arguments."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning

from utils.reference.kmeans import (
    Clustering,
    assign,
    inertia,
    kmeans,
    move,
    plus_plus_centers,
    random_centers,
    squared_distances,
)

thorough = settings(max_examples=300, deadline=None, derandomize=True)


def in_sklearn(points, centers, max_iterations=300):
    model = KMeans(len(centers), init=centers, n_init=1, tol=0, max_iter=max_iterations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(points)


@st.composite
def cases(draw):
    """Points and centers, some of which are far from every point and start empty."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, features = draw(st.integers(2, 60)), draw(st.integers(1, 4))
    n_clusters = draw(st.integers(1, min(count, 6)))
    groups = rng.normal(scale=draw(st.sampled_from([0, 1, 5])), size=(3, features))
    points = groups[rng.integers(3, size=count)] + rng.normal(size=(count, features))
    centers = random_centers(points, n_clusters, rng)
    empty = draw(st.integers(0, n_clusters - 1))  # up to all but one
    centers[n_clusters - empty :] += 100
    return points, centers


@thorough
@given(cases())
def test_equals_sklearn_from_the_same_centers(case):
    points, centers = case
    ours, theirs = kmeans(points, centers), in_sklearn(points, centers)
    np.testing.assert_array_equal(ours.labels, theirs.labels_)
    np.testing.assert_allclose(ours.centers, theirs.cluster_centers_, rtol=1e-9, atol=1e-9)
    assert ours.inertia == pytest.approx(theirs.inertia_, rel=1e-9, abs=1e-9)
    assert ours.converged


@pytest.mark.parametrize("n_clusters", [2, 3, 10, 30])
@pytest.mark.parametrize("load", [load_iris, load_digits])
def test_equals_sklearn_on_real_data(load, n_clusters):
    points = load().data
    for seed in range(3):
        # Shifted a little: these data have few digits, so points lie exactly half way between two
        # of them, and rounding would decide differently in the two programs.
        rng = np.random.default_rng(seed)
        centers = plus_plus_centers(points, n_clusters, rng)
        centers += rng.normal(scale=1e-3, size=centers.shape)
        ours, theirs = kmeans(points, centers), in_sklearn(points, centers)
        np.testing.assert_array_equal(ours.labels, theirs.labels_)
        assert ours.inertia == pytest.approx(theirs.inertia_, rel=1e-6)


@thorough
@given(cases())
def test_inertia_never_rises_even_when_clusters_are_empty(case):
    points, centers = case
    labels = assign(points, centers)
    value = inertia(points, centers, labels)
    for _ in range(20):
        centers = move(points, centers, labels)
        labels = assign(points, centers)
        before, value = value, inertia(points, centers, labels)
        assert value <= before * (1 + 1e-12)


def test_one_iteration_by_hand():
    points = np.array([[0], [2], [3], [9], [11]])
    labels = assign(points, [[0], [4]])
    np.testing.assert_array_equal(labels, [0, 0, 1, 1, 1])  # the tie goes to the lower index
    np.testing.assert_allclose(move(points, [[0], [4]], labels), [[1], [23 / 3]])
    assert inertia(points, [[0], [4]], labels) == 0 + 4 + 1 + 25 + 49
    np.testing.assert_array_equal(squared_distances(points, [[0], [4]])[2], [9, 1])


def test_empty_cluster_takes_the_farthest_point():
    points = np.array([[0.0], [1.0], [2.0], [9.0]])
    centers = move(points, [[0.0], [50.0]], [0, 0, 0, 0])
    np.testing.assert_allclose(centers, [[1.0], [9.0]])
    # Two empty clusters: the lower index takes the farthest point, the other the next.
    centers = move(points, [[0.0], [50.0], [60.0]], [0, 0, 0, 0])
    np.testing.assert_allclose(centers, [[0.5], [9.0], [2.0]])


def test_a_lone_point_keeps_its_cluster():
    points = np.array([[0.0], [1.0], [9.0]])
    centers = move(points, [[0.0], [3.0], [50.0]], [0, 0, 1])  # point 9 is farthest, and alone
    np.testing.assert_allclose(centers, [[0.0], [9.0], [1.0]])
    # scikit-learn takes it, and puts the center that this empties on that of the largest cluster.
    theirs = in_sklearn(points, np.array([[0.0], [3.0], [50.0]]), max_iterations=1)
    np.testing.assert_allclose(theirs.cluster_centers_, [[0.5], [0.5], [9.0]])


def test_only_ties_part_us_from_sklearn():
    """Flowers measured to a tenth: where the groups differ, a point was half way on the way."""
    points = load_iris().data
    parted = 0
    for seed in range(30):
        centers = random_centers(points, 10, seed)
        theirs, gaps = in_sklearn(points, centers).labels_, []
        for _ in range(kmeans(points, centers).iterations + 1):
            distances = np.sort(squared_distances(points, centers), axis=1)
            gaps.append((distances[:, 1] - distances[:, 0]).min())
            labels = assign(points, centers)
            centers = move(points, centers, labels)
        differ = not np.array_equal(labels, theirs)
        assert not differ or min(gaps) < 1e-12
        parted += differ
    assert parted < 15


def test_more_clusters_than_different_points():
    points = np.array([[1.0, 2.0]] * 3 + [[5.0, 5.0]])
    for start in (random_centers, plus_plus_centers):
        found = kmeans(points, start(points, 4, 0))
        assert found.inertia == 0
        assert np.isfinite(found.centers).all()


def test_iterations_are_counted_and_limited():
    points = np.arange(100.0)[:, np.newaxis] ** 2
    full = kmeans(points, points[:2])
    assert full.converged and full.iterations > 5
    short = kmeans(points, points[:2], max_iterations=3)
    assert (short.iterations, short.converged) == (3, False)
    assert short.inertia > full.inertia
    again = kmeans(points, full.centers)
    assert (again.iterations, again.converged) == (1, True)
    assert isinstance(again, Clustering)


@pytest.mark.parametrize("start", [random_centers, plus_plus_centers])
def test_starts_are_points_and_repeatable(start):
    points = load_iris().data
    first = start(points, 5, 3)
    np.testing.assert_array_equal(first, start(points, 5, np.random.default_rng(3)))
    assert all((points == center).all(axis=1).any() for center in first)
    assert len(np.unique(first, axis=0)) == 5
    assert not np.array_equal(first, start(points, 5, 4))


def test_random_start_is_uniform():
    points = np.arange(4.0)[:, np.newaxis]
    rng = np.random.default_rng(0)
    drawn = np.concatenate([random_centers(points, 2, rng) for _ in range(4000)]).ravel()
    counts = np.bincount(drawn.astype(int))
    np.testing.assert_allclose(counts / counts.sum(), 0.25, atol=0.02)


def test_plus_plus_draws_by_squared_distance():
    points = np.array([[0.0], [1.0], [3.0]])
    rng = np.random.default_rng(0)
    pairs = np.array([plus_plus_centers(points, 2, rng).ravel() for _ in range(6000)])
    first_at_zero = pairs[pairs[:, 0] == 0]
    assert len(first_at_zero) / 6000 == pytest.approx(1 / 3, abs=0.02)
    assert np.mean(first_at_zero[:, 1] == 3) == pytest.approx(9 / 10, abs=0.02)


def test_plus_plus_is_as_good_as_sklearn_with_one_trial():
    """Same distribution: the mean inertia of the starts agrees within four standard errors."""
    points = load_iris().data
    ours, theirs = [], []
    for seed in range(200):
        starts = (
            plus_plus_centers(points, 3, seed),
            kmeans_plusplus(points, 3, random_state=seed, n_local_trials=1)[0],
        )
        for values, centers in zip((ours, theirs), starts, strict=True):
            values.append(inertia(points, centers, assign(points, centers)))
    error = np.hypot(np.std(ours), np.std(theirs)) / 200**0.5
    assert abs(np.mean(ours) - np.mean(theirs)) < 4 * error


POINTS = np.zeros((4, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: assign([1, 2], [[1]]),
            "points must have shape (number, features), neither of them 0. "
            "Received: points.shape=(2,)",
        ),
        (
            lambda: assign(POINTS, np.zeros((0, 2))),
            "centers must have shape (number, features), neither of them 0. "
            "Received: centers.shape=(0, 2)",
        ),
        (
            lambda: kmeans(POINTS, np.zeros((2, 3))),
            "points and centers must have equally many features. "
            "Received: points.shape=(4, 2), centers.shape=(2, 3)",
        ),
        (
            lambda: kmeans([["a", "b"]], np.zeros((2, 2))),
            "points must be real numbers. Received: points.dtype=<U1",
        ),
        (
            lambda: squared_distances([[1.0, np.nan]], np.zeros((2, 2))),
            "points must be finite. Received: points with 1 numbers that are not",
        ),
        (
            lambda: inertia(POINTS, POINTS[:2], [0, 0, 0]),
            "labels must be integers of shape (4,). "
            "Received: labels.shape=(3,), labels.dtype=int64",
        ),
        (
            lambda: move(POINTS, POINTS[:2], [0, 1, 2, 0]),
            "labels must lie between 0 and 1. Received: 0 to 2",
        ),
        (
            lambda: random_centers(POINTS, 0, 0),
            "n_clusters must be a positive integer. Received: n_clusters=0",
        ),
        (
            lambda: plus_plus_centers(POINTS, 5, 0),
            "n_clusters must be at most the number of points, 4. Received: n_clusters=5",
        ),
        (
            lambda: kmeans(POINTS, POINTS[:2], max_iterations=1.5),
            "max_iterations must be a positive integer. Received: max_iterations=1.5",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
