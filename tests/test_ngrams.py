"""n-grams: probabilities that add up to 1, by hand, and as a plain count would have it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.reference.ngrams import NgramModel, bits

settings.register_profile("ngrams", max_examples=60, deadline=None, derandomize=True)
thorough = settings.get_profile("ngrams")


@st.composite
def problems(draw):
    """A model, the text it learned from, and another text."""
    size = draw(st.integers(1, 6))
    token = st.integers(0, size - 1)
    text = draw(st.lists(token, max_size=40))
    n, discount = draw(st.integers(1, 5)), draw(st.floats(0.05, 1))
    return NgramModel(text, size, n, discount), text, draw(st.lists(token, max_size=12))


@given(problems())
@thorough
def test_the_probabilities_of_all_tokens_add_up_to_1(problem):
    model, _, context = problem
    found = model.distribution(context)
    assert found.shape == (model.vocabulary_size,)
    assert found.sum() == pytest.approx(1)
    assert np.all(found > 0) or model.discount == pytest.approx(1) or found.min() >= 0


@given(problems())
@thorough
def test_a_text_gets_what_the_distributions_give_its_tokens(problem):
    model, _, text = problem
    one_by_one = [model.distribution(text[:place])[token] for place, token in enumerate(text)]
    np.testing.assert_allclose(model.probabilities(text), one_by_one, rtol=1e-12)


@given(problems())
@thorough
def test_is_the_formula_counted_in_dictionaries(problem):
    model, text, other = problem
    runs = Counter(tuple(text[i : i + k]) for k in range(1, 6) for i in range(len(text) - k + 1))

    def probability(token, context):
        shorter = probability(token, context[1:]) if context else 1 / model.vocabulary_size
        followers = [runs[(*context, t)] for t in range(model.vocabulary_size)]
        if not sum(followers):
            return shorter
        different = sum(count > 0 for count in followers)
        kept = max(runs[(*context, token)] - model.discount, 0)
        return (kept + model.discount * different * shorter) / sum(followers)

    expected = [
        probability(token, tuple(other[max(0, place - model.n + 1) : place]))
        for place, token in enumerate(other)
    ]
    np.testing.assert_allclose(model.probabilities(other), expected, rtol=1e-9)


@given(problems())
@thorough
def test_shorter_is_the_model_that_counts_anew(problem):
    model, text, other = problem
    for n in range(1, model.n + 1):
        anew = NgramModel(text, model.vocabulary_size, n, model.discount)
        shorter = model.shorter(n)
        np.testing.assert_array_equal(shorter.probabilities(other), anew.probabilities(other))
        np.testing.assert_array_equal(shorter.distribution(other), anew.distribution(other))


def test_shorter_leaves_the_longer_model_alone():
    model = NgramModel([0, 1, 0, 1, 0, 2], vocabulary_size=3, n=3)
    before = model.probabilities([0, 1, 0])
    assert model.shorter(1).n == 1 and model.n == 3
    np.testing.assert_array_equal(model.probabilities([0, 1, 0]), before)


@pytest.mark.parametrize("n", [0, 4, 1.5])
def test_shorter_than_nothing_or_longer_than_counted(n):
    with pytest.raises(ValueError, match="n must be"):
        NgramModel([0, 1], vocabulary_size=2, n=3).shorter(n)


def test_a_bigram_by_hand():
    model = NgramModel([0, 1, 0, 1, 0, 2], vocabulary_size=3, n=2, discount=0.5)
    unigram = (np.array([3, 2, 1]) - 0.5) / 6 + 0.5 * 3 / 6 / 3
    expected = (np.array([0, 1.5, 0.5]) + 0.5 * 2 * unigram) / 3  # after 0: twice 1, once 2
    np.testing.assert_allclose(model.distribution([2, 0]), expected)
    np.testing.assert_allclose(model.distribution([2]), unigram)  # nothing followed 2


def test_bits_of_a_text():
    assert bits(np.array([0.5, 0.25, 1.0])) == 3


def test_more_context_helps_on_a_text_that_repeats():
    text = np.tile([0, 1, 2, 1, 3], 50)
    needed = [bits(NgramModel(text, 4, n).probabilities(text)) for n in (1, 2, 3)]
    assert needed == sorted(needed, reverse=True)
    assert needed[2] < 0.1 * needed[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, r"n must be a positive integer. Received: n=0"),
        ({"discount": 0}, r"discount must be within 0 to 1, without 0. Received: 0"),
        ({"discount": 1.5}, r"without 0. Received: 1.5"),
        ({"n": 40}, r"vocabulary_size \*\* n must be below 2 \*\* 63. Received: 3 \*\* 40"),
        ({"tokens": [0, 3]}, r"within 0 to 2. Received: tokens from 0 to 3"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        NgramModel(**{"tokens": [0, 1], "vocabulary_size": 3, "n": 2} | arguments)
