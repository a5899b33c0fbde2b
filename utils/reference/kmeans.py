"""k-means: Lloyd's algorithm, two ways to start it, and what becomes of an empty cluster.

Axis letters in the comments: N points, D features, K clusters.
"""

from dataclasses import dataclass

import numpy as np

from utils.reference import positive_integer


@dataclass(frozen=True)
class Clustering:
    """What `kmeans` found.

    Attributes:
        centers: Mean of each cluster, shape (n_clusters, features), float64.
        labels: Cluster of each point, shape (points,), int64, from 0.
        inertia: Sum of the squared distances from the points to their centers, in the square of
            the features' unit.
        iterations: Number of times that points were assigned and centers moved.
        converged: Whether the last assignment changed nothing.
    """

    centers: np.ndarray
    labels: np.ndarray
    inertia: float
    iterations: int
    converged: bool


def squared_distances(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Squared Euclidean distance from every point to every center.

    Args:
        points: Shape (points, features), any real dtype.
        centers: Shape (n_clusters, features), any real dtype.

    Returns:
        Shape (points, n_clusters), float64, in the square of the features' unit.

    Raises:
        ValueError: If an argument has the wrong shape or holds a number that is not finite.
    """
    points, centers = _check_both(points, centers)  # (N, D), (K, D)
    columns = [((points - center) ** 2).sum(axis=1) for center in centers]  # (N,) each
    return np.stack(columns, axis=1)  # (N, K)


def assign(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Give every point to its nearest center.

    Args:
        points: Shape (points, features), any real dtype.
        centers: Shape (n_clusters, features), any real dtype.

    Returns:
        Labels, shape (points,), int64: the index of the nearest center, the lowest one in a tie.

    Raises:
        ValueError: If an argument has the wrong shape or holds a number that is not finite.
    """
    return squared_distances(points, centers).argmin(axis=1)  # (N,)


def inertia(points: np.ndarray, centers: np.ndarray, labels: np.ndarray) -> float:
    """Sum of the squared distances from the points to the centers that their labels name.

    Args:
        points: Shape (points, features), any real dtype.
        centers: Shape (n_clusters, features), any real dtype.
        labels: Shape (points,), integers from 0 to n_clusters - 1.

    Returns:
        The inertia, in the square of the features' unit.

    Raises:
        ValueError: If an argument has the wrong shape, type or range.
    """
    points, centers = _check_both(points, centers)
    labels = _check_labels(labels, len(points), len(centers))
    return float(((points - centers[labels]) ** 2).sum())


def move(points: np.ndarray, centers: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Move every center to the mean of its points.

    A center without points has no mean. It goes to the point that lies farthest from its own
    center, and that point no longer counts for the cluster it comes from. With several empty
    clusters, the one with the lowest index takes the farthest point. A point that is alone in its
    cluster stays there. This is scikit-learn's rule, except for the last sentence (scikit-learn
    empties such a cluster) and for equally far points (here the first, there any).

    Args:
        points: Shape (points, features), any real dtype.
        centers: Centers before the move, shape (n_clusters, features), any real dtype.
        labels: Cluster of each point, shape (points,), integers from 0 to n_clusters - 1.

    Returns:
        Centers after the move, shape (n_clusters, features), float64.

    Raises:
        ValueError: If an argument has the wrong shape, type or range.
    """
    points, centers = _check_both(points, centers)
    labels = _check_labels(labels, len(points), len(centers)).copy()
    counts = np.bincount(labels, minlength=len(centers))  # (K,)
    distances = ((points - centers[labels]) ** 2).sum(axis=1)  # (N,)
    farthest = iter(np.argsort(-distances, kind="stable"))
    for empty in np.flatnonzero(counts == 0):
        point = next((n for n in farthest if counts[labels[n]] > 1), None)
        if point is None:  # fewer points than centers
            break
        counts[labels[point]] -= 1
        counts[empty] += 1
        labels[point] = empty
    means = [
        points[labels == k].mean(axis=0) if counts[k] else centers[k] for k in range(len(centers))
    ]
    return np.array(means)  # (K, D)


def random_centers(
    points: np.ndarray, n_clusters: int, rng: np.random.Generator | int
) -> np.ndarray:
    """Start from points drawn at random, all equally likely, none of them twice.

    Args:
        points: Shape (points, features), any real dtype.
        n_clusters: Number of centers, at most the number of points.
        rng: NumPy's generator, or a seed for one.

    Returns:
        Centers, shape (n_clusters, features), float64.

    Raises:
        ValueError: If an argument has the wrong shape, type or range.
    """
    points, n_clusters = _check_start(points, n_clusters)
    rng = np.random.default_rng(rng)
    return points[rng.choice(len(points), n_clusters, replace=False)]


def plus_plus_centers(
    points: np.ndarray, n_clusters: int, rng: np.random.Generator | int
) -> np.ndarray:
    """Start from points that lie far from one another: k-means++.

    The first center is a point drawn at random. Each further one is a point drawn with a
    probability in proportion to its squared distance from the nearest center so far. One random
    number a center is drawn. (scikit-learn draws several candidates for each and keeps the best.)

    Args:
        points: Shape (points, features), any real dtype.
        n_clusters: Number of centers, at most the number of points.
        rng: NumPy's generator, or a seed for one.

    Returns:
        Centers, shape (n_clusters, features), float64.

    Raises:
        ValueError: If an argument has the wrong shape, type or range.

    Source:
        Arthur and Vassilvitskii, k-means++: the advantages of careful seeding (2007), section 2.2.
    """
    points, n_clusters = _check_start(points, n_clusters)
    rng = np.random.default_rng(rng)
    centers = [points[int(rng.random() * len(points))]]
    nearest = np.full(len(points), np.inf)  # (N,)
    while len(centers) < n_clusters:
        nearest = np.minimum(nearest, ((points - centers[-1]) ** 2).sum(axis=1))
        if not nearest.any():  # every point is a center already
            nearest = np.ones(len(points))
        ends = np.cumsum(nearest)  # (N,): where the stretch of each point ends
        chosen = np.searchsorted(ends, rng.random() * ends[-1], side="right")
        centers.append(points[chosen])
    return np.array(centers)  # (K, D)


def kmeans(points: np.ndarray, centers: np.ndarray, max_iterations: int = 300) -> Clustering:
    """Assign and move in turn, until an assignment changes nothing.

    Args:
        points: Shape (points, features), any real dtype.
        centers: Where to start, shape (n_clusters, features), any real dtype.
        max_iterations: Largest number of iterations.

    Returns:
        Centers, labels, inertia and the number of iterations.

    Raises:
        ValueError: If an argument has the wrong shape, type or range.

    Source:
        Lloyd, Least squares quantization in PCM (1982), doi:10.1109/TIT.1982.1056489; section 2.1.
    """
    points, centers = _check_both(points, centers)
    max_iterations = positive_integer("max_iterations", max_iterations)
    labels = assign(points, centers)
    iterations, converged = 0, False
    while not converged and iterations < max_iterations:
        centers = move(points, centers, labels)
        before, labels = labels, assign(points, centers)
        iterations, converged = iterations + 1, np.array_equal(before, labels)
    return Clustering(centers, labels, inertia(points, centers, labels), iterations, converged)


def _check_points(name, points):
    points = np.asarray(points)
    if points.ndim != 2 or points.size == 0:
        raise ValueError(
            f"{name} must have shape (number, features), neither of them 0. "
            f"Received: {name}.shape={points.shape}"
        )
    if points.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be real numbers. Received: {name}.dtype={points.dtype}")
    points = points.astype(np.float64)
    if not np.isfinite(points).all():
        raise ValueError(
            f"{name} must be finite. Received: {name} with "
            f"{np.count_nonzero(~np.isfinite(points))} numbers that are not"
        )
    return points


def _check_both(points, centers):
    points, centers = _check_points("points", points), _check_points("centers", centers)
    if points.shape[1] != centers.shape[1]:
        raise ValueError(
            "points and centers must have equally many features. Received: "
            f"points.shape={points.shape}, centers.shape={centers.shape}"
        )
    return points, centers


def _check_labels(labels, length, n_clusters):
    labels = np.asarray(labels)
    if labels.shape != (length,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be integers of shape ({length},). "
            f"Received: labels.shape={labels.shape}, labels.dtype={labels.dtype}"
        )
    if labels.min() < 0 or labels.max() >= n_clusters:
        raise ValueError(
            f"labels must lie between 0 and {n_clusters - 1}. "
            f"Received: {labels.min()} to {labels.max()}"
        )
    return labels


def _check_start(points, n_clusters):
    points = _check_points("points", points)
    n_clusters = positive_integer("n_clusters", n_clusters)
    if n_clusters > len(points):
        raise ValueError(
            f"n_clusters must be at most the number of points, {len(points)}. "
            f"Received: n_clusters={n_clusters}"
        )
    return points, n_clusters
