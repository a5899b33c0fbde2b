"""Principal component analysis by the singular value decomposition.

Axis letters in the comments: N samples, D features (dimensions of a sample), K components.
"""

from typing import NamedTuple

import numpy as np

from utils.reference import positive_integer


class PCA(NamedTuple):
    """What PCA learns from data.

    Attributes:
        mean: Mean of the training samples, shape (features,), float64.
        components: Directions of largest variance, one a row, of length 1 and orthogonal to each
            other, by falling variance; shape (n_components, features), float64.
        explained_variance: Variance of the training samples along each direction, divisor n - 1,
            in squared units of the features; shape (n_components,), float64.
        explained_variance_ratio: Each variance as a share of the variance of all features
            together; shape (n_components,), float64.
    """

    mean: np.ndarray
    components: np.ndarray
    explained_variance: np.ndarray
    explained_variance_ratio: np.ndarray


def fit(inputs: np.ndarray, n_components: int | None = None) -> PCA:
    """Find the orthogonal directions along which the data vary most.

    A direction's sign is arbitrary. Here its entry of largest magnitude is positive, as in
    scikit-learn; where entries tie, rounding decides.

    Args:
        inputs: Samples, shape (samples, features), any real dtype. At least two samples.
        n_components: Number of directions to keep; None for min(samples, features).

    Returns:
        Mean, directions and variances.

    Raises:
        ValueError: If an argument has the wrong shape, type or range, or all samples are equal.

    Source:
        Pearson, On lines and planes of closest fit to systems of points in space (1901),
        doi:10.1080/14786440109462720; section 2.2.
    """
    inputs = _check_samples("inputs", inputs)  # (N, D)
    samples, features = inputs.shape
    if samples < 2:
        raise ValueError(f"inputs must have at least 2 samples. Received: shape={inputs.shape}")
    most = min(samples, features)
    n_components = most if n_components is None else positive_integer("n_components", n_components)
    if n_components > most:
        raise ValueError(
            "n_components must be no larger than samples and features. "
            f"Received: n_components={n_components}, inputs of shape {inputs.shape}"
        )
    if (inputs == inputs[0]).all():
        raise ValueError("inputs must not all be equal: they have no direction of variance.")
    mean = inputs.mean(axis=0)  # (D,)
    _, lengths, directions = np.linalg.svd(inputs - mean, full_matrices=False)
    variance = lengths**2 / (samples - 1)
    return PCA(
        mean,
        _fix_signs(directions[:n_components]),  # (K, D)
        variance[:n_components],  # (K,)
        (variance / variance.sum())[:n_components],  # (K,)
    )


def transform(inputs: np.ndarray, pca: PCA) -> np.ndarray:
    """Coordinates of samples along the directions of a fitted PCA.

    Args:
        inputs: Samples, shape (samples, features), any real dtype.
        pca: What `fit` returned. Its mean is subtracted, not that of `inputs`.

    Returns:
        Coordinates, shape (samples, n_components), float64, in units of the features.

    Raises:
        ValueError: If `inputs` has the wrong shape or type.

    Source:
        Pearson (1901), doi:10.1080/14786440109462720; section 2.2.
    """
    inputs = _check_samples("inputs", inputs, len(pca.mean))  # (N, D)
    return (inputs - pca.mean) @ pca.components.T  # (N, K)


def inverse_transform(codes: np.ndarray, pca: PCA) -> np.ndarray:
    """Samples that have these coordinates: the mean plus a sum of directions.

    Args:
        codes: Coordinates, shape (samples, n_components), any real dtype.
        pca: What `fit` returned.

    Returns:
        Samples, shape (samples, features), float64.

    Raises:
        ValueError: If `codes` has the wrong shape or type.

    Source:
        Pearson (1901), doi:10.1080/14786440109462720; section 2.2.
    """
    codes = _check_samples("codes", codes, len(pca.components))  # (N, K)
    return codes @ pca.components + pca.mean  # (N, D)


def principal_angles(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angles between two subspaces, each given by vectors that span it.

    The largest angle is 0 if and only if the smaller subspace lies within the other.

    Args:
        first: Vectors, one a row, linearly independent; shape (vectors, features), any real dtype.
        second: Likewise; its number of vectors may differ.

    Returns:
        Angles in degrees, from 0 to 90, falling; shape (smaller number of vectors,), float64.

    Raises:
        ValueError: If an argument has the wrong shape or type, or its vectors are dependent.

    Source:
        Björck and Golub, Numerical methods for computing angles between linear subspaces (1973),
        doi:10.1090/S0025-5718-1973-0348991-3; section 2.2.
    """
    first = _check_samples("first", first)
    second = _check_samples("second", second, first.shape[1])
    for name, vectors in (("first", first), ("second", second)):
        rank = np.linalg.matrix_rank(vectors)
        if rank < len(vectors):
            raise ValueError(
                f"{name} must hold linearly independent vectors. "
                f"Received: {len(vectors)} vectors that span {rank} dimensions"
            )
    if len(first) > len(second):
        first, second = second, first
    a, b = np.linalg.qr(first.T)[0], np.linalg.qr(second.T)[0]  # orthonormal columns
    cosines = np.linalg.svd(b.T @ a, compute_uv=False)  # falling
    sines = np.linalg.svd(a - b @ (b.T @ a), compute_uv=False)[::-1]  # rising
    # The arc cosine is exact for large angles only, the arc sine for small ones only.
    small = sines**2 < 0.5
    angles = np.where(small, np.arcsin(np.clip(sines, 0, 1)), np.arccos(np.clip(cosines, 0, 1)))
    return np.degrees(angles)[::-1]


def _fix_signs(directions):
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    return directions * signs[:, np.newaxis]


def _check_samples(name, values, features=None):
    values = np.asarray(values)
    if values.ndim != 2 or values.size == 0 or values.dtype.kind not in "buif":
        raise ValueError(
            f"{name} must be real numbers of shape (samples, features). "
            f"Received: shape={values.shape}, dtype={values.dtype}"
        )
    if features is not None and values.shape[1] != features:
        raise ValueError(
            f"{name} must have {features} numbers a row. Received: shape={values.shape}"
        )
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite. Received: {name} with NaN or infinity")
    return values
