"""The study of section 5.3: what its models see of the order, and what it draws."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import experiments
from utils.reference import text

study = experiments.open_study("sets_or_sequences")
NETWORKS = ("mean embedding", *study.SEQUENCES)
TOKENS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8)


def network(model: str, seed: int = 0):
    torch.manual_seed(seed)
    return study.network(model, size=20, length=8).eval()


@settings(deadline=None)
@given(st.lists(TOKENS, min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_mixed_words_are_the_same_words(tokens, seed):
    mixed = study.mixed(tokens, np.random.default_rng(seed))
    assert [Counter(words) for words in mixed] == [Counter(words) for words in tokens]
    assert all(type(word) is str for words in mixed for word in words)


@settings(deadline=None)
@given(st.lists(TOKENS, min_size=1, max_size=9))
def test_ratio_is_texts_by_mean_length(tokens):
    words = sum(map(len, tokens))
    assert study.ratio(tokens) == pytest.approx(len(tokens) ** 2 / words)


@settings(deadline=None)
@given(TOKENS)
def test_a_bag_of_bigrams_holds_words_and_pairs(tokens):
    bag = study.words_and_bigrams(tokens)
    assert Counter(bag) == Counter(tokens) + Counter(text.ngrams(tokens, 2))
    assert len(bag) == 2 * len(tokens) - 1


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 19), min_size=1, max_size=8), st.integers(0, 99))
def test_mean_embedding_is_one_number_a_word(places, seed):
    model = network("mean embedding", seed)
    kernel, bias = model.output.weight[0], model.output.bias
    numbers = model.embedding.weight @ kernel  # (V,)
    row = torch.tensor([places])
    torch.testing.assert_close(model(row)[0], numbers[row[0]].mean() + bias[0])
    torch.testing.assert_close(model(row.flip(1)), model(row))


@pytest.mark.parametrize("model", NETWORKS)
def test_padding_changes_nothing_and_order_changes_what_it_should(model):
    asked = network(model)
    row = torch.tensor([[3, 7, 1, 12, 5]])
    padded = torch.tensor([[3, 7, 1, 12, 5, 0, 0, 0], [4, 4, 9, 2, 1, 6, 8, 3]])
    with torch.no_grad():
        torch.testing.assert_close(asked(padded)[:1], asked(row), rtol=1e-4, atol=1e-6)
        moved = abs(asked(row.flip(1)) - asked(row)).item()
    assert moved < 1e-6 if model == "mean embedding" else moved > 1e-4


def test_split_has_disjoint_parts_and_nested_training_sets():
    tokens, labels = study.reviews()
    assert len(tokens) == len(labels) == 10_072
    few, _, _ = study.split(50, 32, seed=3)
    many, validation, test = study.split(7000, 32, seed=3)
    assert few[0] == many[0][:50] and np.array_equal(few[1], many[1][:50])
    sizes = [len(part) for part, _ in (many, validation, test)]
    assert sizes == [7000, 1000, 2072] and sum(sizes) == len(tokens)
    every = Counter(tuple(words) for part, _ in (many, validation, test) for words in part)
    assert every == Counter(map(tuple, tokens))
    cut, _, _ = study.split(50, 4, seed=3)
    assert cut[0] == [words[:4] for words in few[0]]
    other, _, _ = study.split(50, 32, seed=4)
    assert other[0] != few[0]


def test_candidates_keep_their_answers_while_training_goes_on():
    tokens = [["good"], ["bad"], ["good", "film"], ["bad", "film"]] * 5
    labels = np.array([True, False, True, False] * 5)
    found = list(study.candidates("mean embedding", tokens, labels, seed=0))
    assert len(found) == study.PERIODS
    assert study.accuracy(found[-1], tokens, labels) == 1
    first = found[0](tokens)
    found[-1](tokens)
    np.testing.assert_array_equal(found[0](tokens), first)
    assert len(list(study.candidates("bag of words", tokens, labels, 0))) == len(study.STRENGTHS)


def test_unknown_model():
    with pytest.raises(ValueError, match=r"model must be one of .* Received: model='lstm'"):
        study.candidates("lstm", [["a"]], np.array([True]), 0)
