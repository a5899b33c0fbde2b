"""top-k and top-p keep what they should, as those of transformers do."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.reference.sampling import top_k, top_p

settings.register_profile("sampling", max_examples=60, deadline=None, derandomize=True)
thorough = settings.get_profile("sampling")


@st.composite
def distributions(draw):
    """Logits without ties, and their softmax."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    logits = rng.normal(scale=draw(st.floats(0.1, 4)), size=draw(st.integers(1, 30)))
    powers = np.exp(logits - logits.max())
    return logits, powers / powers.sum()


def warped(warper, logits):
    """What the library leaves of a distribution."""
    kept = warper(None, torch.tensor(logits)[np.newaxis])
    return torch.softmax(kept, dim=-1)[0].numpy()


@given(distributions(), st.integers(1, 40))
@thorough
def test_top_k_is_that_of_transformers(distribution, k):
    from transformers import TopKLogitsWarper

    logits, probabilities = distribution
    ours = top_k(probabilities, k)
    assert np.count_nonzero(ours) == min(k, len(logits))
    np.testing.assert_allclose(ours, warped(TopKLogitsWarper(k), logits), rtol=1e-9, atol=1e-12)


@given(distributions(), st.floats(0.05, 0.99))
@thorough
def test_top_p_is_that_of_transformers(distribution, p):
    from transformers import TopPLogitsWarper

    logits, probabilities = distribution
    ours = top_p(probabilities, p)
    np.testing.assert_allclose(ours, warped(TopPLogitsWarper(p), logits), rtol=1e-9, atol=1e-12)
    kept = np.sort(probabilities[ours > 0])
    assert kept.sum() >= p - 1e-12
    assert kept[1:].sum() < p  # without its least probable token it would not reach p


def test_by_hand():
    probabilities = np.array([0.1, 0.5, 0.15, 0.25])
    np.testing.assert_allclose(top_k(probabilities, 2), [0, 2 / 3, 0, 1 / 3])
    np.testing.assert_allclose(top_p(probabilities, 0.8), [0, 5 / 9, 1 / 6, 5 / 18])
    np.testing.assert_allclose(top_p(probabilities, 0.5), [0, 1, 0, 0])
    np.testing.assert_allclose(top_p(probabilities, 1), probabilities)
    np.testing.assert_allclose(top_k(np.full(4, 0.25), 1), [1, 0, 0, 0])


@pytest.mark.parametrize("p", [0, -0.1, 1.1])
def test_p_out_of_range(p):
    with pytest.raises(ValueError, match=f"without 0. Received: p={p}"):
        top_p(np.array([0.5, 0.5]), p)


def test_k_out_of_range():
    with pytest.raises(ValueError, match=r"k must be a positive integer. Received: k=0"):
        top_k(np.array([0.5, 0.5]), 0)
