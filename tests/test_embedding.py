"""NumPy's look-up equals Keras and PyTorch, and a dense layer on one-hot rows, both ways."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import experiments
from utils.reference.embedding import look_up, look_up_gradient, nearest, one_hot
from utils.reference.similarity import cosine_similarities

thorough = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def cases(draw):
    """A table, indices with 1 to 3 axes, many of them equal, and the gradient of the outputs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, columns = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    shape = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)))
    indices = rng.integers(rows, size=shape)
    return rng.normal(size=(rows, columns)), indices, rng.normal(size=(*shape, columns))


def gradient_of(layer, weight, inputs, output_gradient):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(inputs) * output_gradient)
    return tape.gradient(loss, weight.value)


@given(cases())
@thorough
def test_embedding_of_keras_forward_and_backward(case):
    table, indices, output_gradient = case
    layer = keras.layers.Embedding(*table.shape, dtype="float64")
    layer.build()
    layer.embeddings.assign(table)
    np.testing.assert_array_equal(layer(indices).numpy(), look_up(table, indices))
    sparse = gradient_of(layer, layer.embeddings, indices, output_gradient)
    assert isinstance(sparse, tf.IndexedSlices)
    found = look_up_gradient(indices, output_gradient, len(table))
    np.testing.assert_allclose(tf.convert_to_tensor(sparse), found, rtol=1e-12, atol=1e-12)


@given(cases())
@thorough
def test_dense_layer_on_one_hot_rows_forward_and_backward(case):
    table, indices, output_gradient = case
    rows = one_hot(indices, len(table))
    np.testing.assert_array_equal(keras.ops.one_hot(indices, len(table)), rows)
    layer = keras.layers.Dense(table.shape[1], use_bias=False, dtype="float64")
    layer.build(rows.shape)
    layer.kernel.assign(table)
    np.testing.assert_allclose(layer(rows).numpy(), look_up(table, indices), rtol=1e-12)
    gradient = gradient_of(layer, layer.kernel, rows, output_gradient)
    found = look_up_gradient(indices, output_gradient, len(table))
    np.testing.assert_allclose(gradient, found, rtol=1e-12, atol=1e-12)


@given(cases(), st.booleans(), st.booleans())
@thorough
def test_embedding_of_torch_forward_and_backward(case, sparse, padded):
    table, indices, output_gradient = case
    padding = len(table) - 1 if padded else None
    layer = torch.nn.Embedding.from_pretrained(
        torch.tensor(table), freeze=False, padding_idx=padding, sparse=sparse
    )
    outputs = layer(torch.tensor(indices))
    np.testing.assert_array_equal(outputs.detach().numpy(), look_up(table, indices))
    (outputs * torch.tensor(output_gradient)).sum().backward()
    gradient = layer.weight.grad
    assert gradient.is_sparse == sparse
    found = look_up_gradient(indices, output_gradient, len(table), padding)
    in_torch = gradient.to_dense() if sparse else gradient
    np.testing.assert_allclose(in_torch.numpy(), found, rtol=1e-12, atol=1e-12)


@given(cases())
@thorough
def test_gradient_is_that_of_finite_differences(case):
    table, indices, output_gradient = case

    def loss(values):
        return np.sum(look_up(values, indices) * output_gradient)

    found = look_up_gradient(indices, output_gradient, len(table))
    for place in np.ndindex(table.shape):
        step = np.zeros_like(table)
        step[place] = 0.5  # the loss is linear in the table
        np.testing.assert_allclose(loss(table + step) - loss(table - step), found[place], atol=1e-9)


@given(cases())
@thorough
def test_neighbors_are_those_of_all_cosines(case):
    table = np.concatenate([case[0], case[0][:1] + 0.1])
    index, count = len(table) - 1, len(table) - 1
    neighbors, cosines = nearest(table, index, count)
    expected = cosine_similarities(table[[index]], table)[0]
    np.testing.assert_allclose(cosines, expected[neighbors], atol=1e-12)
    assert sorted(neighbors) == list(range(index))
    assert np.all(np.diff(cosines) <= 0)


def test_by_hand():
    table = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert look_up(table, np.array([2, 0, 2])).tolist() == [[5, 6], [1, 2], [5, 6]]
    gradient = look_up_gradient(np.array([2, 0, 2]), np.array([[1, 1], [2, 2], [10, 20]]), 3)
    assert gradient.tolist() == [[2, 2], [0, 0], [11, 21]]
    assert one_hot(np.array([1]), 3).tolist() == [[0, 1, 0]]
    assert nearest(table, 0, 1)[0].tolist() == [1]


def test_dtype_is_kept():
    table = np.ones((3, 2), "float32")
    assert look_up(table, np.array([0])).dtype == np.float32
    assert look_up_gradient(np.array([0]), np.ones((1, 2), "float16"), 3).dtype == np.float16


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: look_up(np.ones(3), [0]), r"table must have shape \(V, D\)\. .*\(3,\)"),
        (lambda: look_up(np.ones((3, 2)), [0.0]), r"indices must be integers\. .*float64"),
        (lambda: look_up(np.ones((3, 2)), [3]), r"within 0 to 2\. .*from 3 to 3"),
        (lambda: look_up(np.ones((3, 2)), [-1]), r"within 0 to 2\. .*from -1 to -1"),
        (lambda: one_hot([0], 0), r"num_classes must be a positive integer"),
        (lambda: look_up_gradient([0, 1], np.ones((3, 2)), 3), r"\(2, 'D'\)\. .*\(3, 2\)"),
        (lambda: look_up_gradient([0], np.ones((1, 2)), 0), r"input_dim must be a positive"),
        (lambda: look_up_gradient([0], np.ones((1, 2)), 3, 3), r"within 0 to 2"),
        (lambda: nearest(np.ones((3, 2)), 0, 3), r"count must be below 3\. .*count=3"),
        (lambda: nearest(np.eye(3, 2), 0, 1), r"zero row, .* 1 of them"),
    ],
)
def test_invalid_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_study_tests_no_review_twice(monkeypatch):
    study = experiments.open_study("embeddings")
    reviews = [np.array([place, 100 + place % 7]) for place in range(3000)]
    monkeypatch.setattr(study, "corpus", lambda: (reviews, None, None))
    tested = []
    for seed in study.SEEDS:
        training, validation, test = study.split("all", seed)
        parts = np.concatenate([training, validation, test])
        assert sorted(parts) == list(range(3000)) and len(validation) == study.VALIDATION
        few, same, _ = study.split(200, seed)
        assert len(few) == 200 and set(few) <= set(training)
        np.testing.assert_array_equal(same, validation)
        tested.extend(test)
    assert sorted(tested) == list(range(3000))


def test_the_study_draws_random_vectors_like_the_pretrained_ones():
    study = experiments.open_study("embeddings")
    pretrained = np.random.default_rng(0).normal([1, -2], [0.1, 3], (4000, 2)).astype("float32")
    assert study.table("pretrained", pretrained, 0) is pretrained
    drawn = study.table("random", pretrained, 0)
    assert drawn.dtype == np.float32 and not np.array_equal(drawn, pretrained)
    np.testing.assert_allclose(drawn.mean(axis=0), [1, -2], atol=0.2)
    np.testing.assert_allclose(drawn.std(axis=0), [0.1, 3], rtol=0.1)
    with pytest.raises(ValueError, match=r"kind must be one of .*'glove'"):
        study.table("glove", pretrained, 0)
    with pytest.raises(ValueError, match=r"vectors must be one of .*'frozen'"):
        study.run({"size": 200, "table": "random", "vectors": "frozen"}, 0)
