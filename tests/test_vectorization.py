"""NumPy's vectors of texts equal Keras's in every mode and scikit-learn's under every option."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from utils.reference import text
from utils.reference import vectorization as v

WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9)
CORPORA = st.lists(WORDS, min_size=1, max_size=8)
thorough = settings(max_examples=100, deadline=None, derandomize=True)
some = settings(max_examples=6, deadline=None, derandomize=True)

TRAINING = [["the", "cat", "sat", "the"], ["the", "dog"], ["a", "cat", "a"]]
VOCABULARY = text.build_vocabulary(TRAINING)


@some
@given(CORPORA, CORPORA, st.sampled_from([None, 5]))
def test_equal_to_keras_in_every_mode(training, new, max_tokens):
    from keras import layers

    lines = [[" ".join(tokens) for tokens in lists] for lists in (training, new)]
    for mode in v.MODES:
        limit = max_tokens and max_tokens - (mode != "int")  # padding counts in mode "int" only
        layer = layers.TextVectorization(max_tokens=limit, output_mode=mode)
        layer.adapt(lines[0])
        vocabulary = text.build_vocabulary(training, max_tokens)
        assert layer.get_vocabulary() == vocabulary[mode != "int" :]
        idf = v.idf_weights(v.count_matrix(training, vocabulary))
        made = v.vectorize(new, vocabulary, mode, idf)
        np.testing.assert_allclose(np.array(layer(lines[1])), made, rtol=1e-5)


def test_length_of_rows_is_that_of_keras():
    from keras import layers

    for length in (2, 6):
        layer = layers.TextVectorization(
            output_sequence_length=length, vocabulary=VOCABULARY[2:], standardize=None
        )
        lines = [" ".join(tokens) for tokens in [*TRAINING, ["bird"], []]]
        made = v.index_matrix([line.split() for line in lines], VOCABULARY, length)
        np.testing.assert_array_equal(np.array(layer(lines)), made)


@thorough
@given(CORPORA, CORPORA)
def test_counts_are_those_of_scikit_learn(training, new):
    vocabulary = text.build_vocabulary(training)
    for binary in (False, True):
        theirs = CountVectorizer(
            analyzer=lambda tokens: tokens, vocabulary=vocabulary[2:], binary=binary
        ).transform(new)
        mine = v.vectorize(new, vocabulary, "multi_hot" if binary else "count")
        np.testing.assert_array_equal(theirs.toarray(), mine[:, 1:])
    unknown = [sum(token not in vocabulary for token in tokens) for tokens in new]
    np.testing.assert_array_equal(v.count_matrix(new, vocabulary)[:, 0], unknown)


@thorough
@given(CORPORA, CORPORA, st.booleans(), st.booleans(), st.sampled_from([None, "l1", "l2"]))
def test_tf_idf_is_that_of_scikit_learn(training, new, smooth, sublinear, norm):
    vocabulary = text.build_vocabulary(training)
    counts = v.count_matrix(training, vocabulary)
    fresh = v.count_matrix(new, vocabulary)[:, 1:]
    transformer = TfidfTransformer(smooth_idf=smooth, sublinear_tf=sublinear, norm=norm)
    transformer.fit(counts[:, 1:])
    idf = v.idf_weights(counts, "scikit-learn" if smooth else "unsmoothed")
    np.testing.assert_allclose(idf[1:], transformer.idf_, rtol=1e-12)
    theirs = transformer.transform(fresh).toarray()
    np.testing.assert_allclose(v.tf_idf(fresh, idf[1:], sublinear, norm), theirs, atol=1e-12)


@given(st.integers(1, 1000), st.data())
def test_gap_between_the_formulas(n, draw):
    d = draw.draw(st.integers(1, n))
    keras, sklearn = (v.inverse_document_frequency(d, n, f) for f in ("keras", "scikit-learn"))
    assert sklearn - keras == pytest.approx(1 - np.log(1 + d / (1 + n)))
    assert v.inverse_document_frequency(n, n, "textbook") == 0
    assert v.inverse_document_frequency(n, n, "unsmoothed") == 1


def test_by_hand():
    counts = v.count_matrix([["the", "the", "bird"]], VOCABULARY)
    assert VOCABULARY[2:4] == ["the", "cat"] and counts[0].tolist()[:3] == [1, 2, 0]
    idf = v.idf_weights(v.count_matrix(TRAINING, VOCABULARY))
    assert idf[1] == pytest.approx(np.log(1 + 3 / 3))
    assert idf[0] == pytest.approx(idf[1:].mean())
    assert v.vectorize([[], ["dog"]], VOCABULARY).tolist() == [[0], [VOCABULARY.index("dog")]]
    assert v.tf_idf(np.zeros((1, 2)), np.ones(2), norm="l2").tolist() == [[0, 0]]


@thorough
@given(st.integers(0, 2**32 - 1))
def test_masked_mean(seed):
    rng = np.random.default_rng(seed)
    vectors, indices = rng.normal(size=(5, 6, 3)), rng.integers(0, 3, size=(5, 6))
    indices[0] = 0
    made = v.masked_mean(vectors, indices)
    assert made[0].tolist() == [0, 0, 0]
    for row in range(1, 5):
        if indices[row].any():
            np.testing.assert_allclose(made[row], vectors[row][indices[row] != 0].mean(axis=0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: v.index_matrix([["a"]], ["a"]),
            """vocabulary must begin with "" and "[UNK]". Received: ['a']""",
        ),
        (
            lambda: v.index_matrix([["a"]], VOCABULARY, 0),
            "output_sequence_length must be a positive integer. Received: output_sequence_length=0",
        ),
        (
            lambda: v.inverse_document_frequency([1], 2, "okapi"),
            "formula must be one of ['keras', 'scikit-learn', 'unsmoothed', 'textbook']. "
            "Received: formula='okapi'",
        ),
        (
            lambda: v.inverse_document_frequency([0, 1], 2, "textbook"),
            "document_counts must lie within 1 to 2. Received: counts from 0 to 1",
        ),
        (
            lambda: v.inverse_document_frequency([3], 2),
            "document_counts must lie within 0 to 2. Received: counts from 3 to 3",
        ),
        (
            lambda: v.tf_idf([[1]], [1], norm="max"),
            """norm must be None, "l1" or "l2". Received: norm='max'""",
        ),
        (
            lambda: v.vectorize([["a"]], VOCABULARY, "one_hot"),
            "output_mode must be one of ['int', 'multi_hot', 'count', 'tf_idf']. "
            "Received: output_mode='one_hot'",
        ),
        (
            lambda: v.vectorize([["a"]], VOCABULARY, "tf_idf"),
            'idf must be given if output_mode is "tf_idf". Received: idf=None',
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
