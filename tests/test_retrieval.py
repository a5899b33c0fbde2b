"""Search tasks, ranks of results, and the sentences with words of two meanings."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import label_ranking_average_precision_score

from utils import retrieval, senses


@pytest.mark.parametrize("task", retrieval.TASKS)
def test_tasks_have_texts_that_the_sides_do_not_share(task):
    found = {side: retrieval.texts(task, side) for side in retrieval.SIDES}
    for documents, labels in found.values():
        assert len(documents) == len(labels) > 150
        assert len(np.unique(labels)) > 1
        assert all(isinstance(document, str) and document for document in documents)
    validation, test = (set(found[side][0]) for side in retrieval.SIDES)
    assert len(validation & test) <= (2 if task == "law" else 0)  # boilerplate of the bills


def test_an_unknown_task_or_side_is_named():
    with pytest.raises(ValueError, match="Received: task='halves'"):
        retrieval.texts("halves", "test")
    with pytest.raises(ValueError, match="Received: side='train'"):
        retrieval.texts("emoji", "train")


def test_ranks_by_hand():
    scores = np.array([[9, 1, 2, 3], [1, 9, 3, 2], [2, 3, 9, 1], [3, 2, 1, 9]], float)
    np.testing.assert_array_equal(retrieval.ranks(scores, list("aaab")), [2, 1, 1, 0])
    np.testing.assert_array_equal(retrieval.ranks(scores, list("aabb")), [3, 3, 3, 3])
    with pytest.raises(ValueError, match=r"shape \(3, 3\). Received: shape=\(4, 4\)"):
        retrieval.ranks(scores, list("abc"))


@given(st.integers(0, 10_000), st.integers(3, 12))
def test_reciprocal_ranks_are_those_of_scikit_learn(seed, size):
    """With one right result a query, label ranking average precision is 1 / rank."""
    rng = np.random.default_rng(seed)
    labels = np.append(np.repeat(np.arange(size // 2), 2), [size] * (size % 2))
    scores = rng.permutation(len(labels) ** 2).reshape(len(labels), -1).astype(float)
    ranks = retrieval.ranks(scores, labels)
    asked = ranks > 0
    others = scores.copy()
    np.fill_diagonal(others, -1)
    right = (labels[:, np.newaxis] == labels) & ~np.eye(len(labels), dtype=bool)
    expected = label_ranking_average_precision_score(right[asked], others[asked])
    np.testing.assert_allclose((1 / ranks[asked]).mean(), expected)


def test_ties_are_broken_at_random():
    labels = np.repeat([0, 1], 300)
    ranks = retrieval.ranks(np.zeros((600, 600)), labels)
    assert 0.4 < (ranks == 1).mean() < 0.6


@pytest.mark.parametrize("options", retrieval.TF_IDFS)
def test_tf_idf_gives_cosines(options):
    documents = ["a red apple", "a red bank", "springs", "red apples are ripe"]
    scores = retrieval.tf_idf_scores(documents, options)
    np.testing.assert_allclose(np.diag(scores), 1)
    np.testing.assert_allclose(scores, scores.T)
    assert scores[0, 1] > scores[0, 2]


def test_ten_kinds_of_tf_idf():
    assert len({str(options) for options in retrieval.TF_IDFS}) == 10


def test_each_sentence_holds_its_word_once():
    assert list(senses.SENTENCES) == list(senses.MISLEADING)
    for group, count in ((senses.SENTENCES, 12), (senses.MISLEADING, 2)):
        for word, meanings in group.items():
            assert len(meanings) == 2
            for sentences in meanings.values():
                assert len(set(sentences)) == count
                for sentence in sentences:
                    assert len(re.findall(rf"\b{word}\b", sentence.lower())) == 1
