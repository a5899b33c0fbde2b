"""What may come next: cutting a distribution before a token is drawn from it.

Temperature, which reshapes the whole distribution, is `utils.reference.distillation.softmax`.
"""

import numpy as np

from utils.reference import positive_integer


def top_k(probabilities: np.ndarray, k: int) -> np.ndarray:
    """Keep the k most probable tokens.

    Args:
        probabilities: Shape (V,), adding up to 1.
        k: How many to keep; all if there are no more. Of equal ones the first are kept.

    Returns:
        Shape (V,), adding up to 1: zero for the other tokens.

    Raises:
        ValueError: If `k` is not a positive integer.

    Source:
        Fan, Lewis and Dauphin, Hierarchical neural story generation (2018), arXiv:1805.04833;
        section 6.5.
    """
    order = np.argsort(-probabilities, kind="stable")
    return _only(probabilities, order[: positive_integer("k", k)])


def top_p(probabilities: np.ndarray, p: float) -> np.ndarray:
    """Keep the fewest most probable tokens that have together at least the probability p.

    Args:
        probabilities: Shape (V,), adding up to 1.
        p: From 0 to 1, without 0. Of equal tokens the first are kept.

    Returns:
        Shape (V,), adding up to 1: zero for the other tokens.

    Raises:
        ValueError: If `p` is out of range.

    Source:
        Holtzman et al., The curious case of neural text degeneration (2019), arXiv:1904.09751;
        section 6.5.
    """
    if not 0 < p <= 1:
        raise ValueError(f"p must be within 0 to 1, without 0. Received: p={p}")
    order = np.argsort(-probabilities, kind="stable")
    before = np.cumsum(probabilities[order]) - probabilities[order]  # mass of the better ones
    return _only(probabilities, order[before < p])


def _only(probabilities, kept):
    found = np.zeros_like(probabilities)
    found[kept] = probabilities[kept]
    return found / found.sum()
