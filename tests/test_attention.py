"""Attention is Keras's and PyTorch's, with one head and with several, with and without masks."""

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.reference.attention import (
    attention,
    causal_mask,
    multi_head_attention,
    padding_mask,
)

settings.register_profile("attention", max_examples=40, deadline=None, derandomize=True)
thorough = settings.get_profile("attention")


@st.composite
def problems(draw):
    """Tokens that ask and are asked, heads, their width, and a mask or none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    batch, asking, asked = draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.integers(2, 5))
    # Keras adds the bias of heads of width 1 along the wrong axis where there are as many tokens.
    heads, width = draw(st.integers(1, 4)), draw(st.integers(2, 6))
    d = heads * width
    mask = None
    if draw(st.booleans()):
        mask = rng.random((batch, asking, asked)) < 0.6
        mask[..., 0] |= ~mask.any(axis=-1)
    query, value = rng.normal(size=(batch, asking, d)), rng.normal(size=(batch, asked, d))
    shapes = 3 * [(d, heads, width), (heads, width)] + [(heads, width, d), (d,)]
    return query, value, [rng.normal(size=shape) for shape in shapes], mask


@given(problems())
@thorough
def test_multi_head_attention_is_that_of_keras(problem):
    query, value, parameters, mask = problem
    _, heads, width = parameters[0].shape
    layer = keras.layers.MultiHeadAttention(heads, width, dtype="float64")
    layer.build(query.shape, value.shape)
    layer.set_weights(parameters)
    theirs, weights = layer(query, value, attention_mask=mask, return_attention_scores=True)
    ours, our_weights = multi_head_attention(query, value, parameters, mask)
    # Keras rounds 1 / √K to single precision, in a double precision layer too.
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(our_weights, weights, rtol=1e-5, atol=1e-6)


@given(problems())
@thorough
def test_multi_head_attention_is_that_of_pytorch(problem):
    query, value, parameters, mask = problem
    d, heads, _ = parameters[0].shape
    layer = torch.nn.MultiheadAttention(d, heads, batch_first=True, dtype=torch.float64)
    kernels = [kernel.reshape(d, d).T for kernel in parameters[0:6:2]]
    biases = [bias.reshape(d) for bias in parameters[1:6:2]]
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.tensor(np.concatenate(kernels)))
        layer.in_proj_bias.copy_(torch.tensor(np.concatenate(biases)))
        layer.out_proj.weight.copy_(torch.tensor(parameters[6].reshape(d, d).T))
        layer.out_proj.bias.copy_(torch.tensor(parameters[7]))
        hidden = None if mask is None else torch.tensor(np.repeat(~mask, heads, axis=0))
        theirs, weights = layer(
            *(torch.tensor(tokens) for tokens in (query, value, value)),
            attn_mask=hidden,
            average_attn_weights=False,
        )
    ours, our_weights = multi_head_attention(query, value, parameters, mask)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(our_weights, weights, rtol=1e-9, atol=1e-12)


@given(problems(), st.randoms(use_true_random=False))
@thorough
def test_equivariant_without_a_mask_only(problem, random):
    tokens, _, parameters, _ = problem
    order = list(range(tokens.shape[1]))
    random.shuffle(order)
    plain, _ = multi_head_attention(tokens, tokens, parameters)
    permuted, _ = multi_head_attention(tokens[:, order], tokens[:, order], parameters)
    np.testing.assert_allclose(permuted, plain[:, order], rtol=1e-9, atol=1e-9)


@given(problems())
@thorough
def test_causal_outputs_do_not_depend_on_later_tokens(problem):
    tokens, _, parameters, _ = problem
    mask = causal_mask(tokens.shape[1])
    before, weights = multi_head_attention(tokens, tokens, parameters, mask)
    assert np.all(np.triu(weights, k=1) == 0)
    changed = tokens.copy()
    changed[:, -1] += 1
    after, _ = multi_head_attention(changed, changed, parameters, mask)
    np.testing.assert_allclose(after[:, :-1], before[:, :-1])
    assert not np.allclose(after[:, -1], before[:, -1])


@given(problems(), st.integers(1, 4))
@thorough
def test_masked_padding_changes_nothing(problem, more):
    tokens, _, parameters, _ = problem
    batch, length, width = tokens.shape
    padded = np.concatenate([tokens, np.full((batch, more, width), 9.0)], axis=1)
    mask = padding_mask([length] * batch, length + more)
    assert mask.shape == (batch, 1, length + more)
    ours, _ = multi_head_attention(padded, padded, parameters, mask)
    plain, _ = multi_head_attention(tokens, tokens, parameters)
    np.testing.assert_allclose(ours[:, :length], plain, rtol=1e-9, atol=1e-9)


def test_one_head_by_hand():
    queries = np.array([[np.sqrt(2) * np.log(3), 0.0]])
    outputs, weights = attention(queries, np.eye(2), np.array([[4.0], [8.0]]))
    np.testing.assert_allclose(weights, [[0.75, 0.25]])
    np.testing.assert_allclose(outputs, [[5.0]])


def test_the_masks():
    assert causal_mask(3).astype(int).tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert padding_mask([1, 3], 3).astype(int).tolist() == [[[1, 0, 0]], [[1, 1, 1]]]


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((2, 3)), "mask must be boolean. Received: dtype=float64"),
        (np.array([[True, True, True], [False] * 3]), "Received: 1 rows without True"),
    ],
)
def test_a_mask_that_does_not_fit(mask, message):
    with pytest.raises(ValueError, match=message):
        attention(np.ones((2, 4)), np.ones((3, 4)), np.ones((3, 4)), mask)


def test_as_many_values_as_keys():
    with pytest.raises(ValueError, match=r"as many as the keys, 3. Received: 2"):
        attention(np.ones((2, 4)), np.ones((3, 4)), np.ones((2, 4)))


@pytest.mark.parametrize("lengths", [[0, 2], [4]])
def test_lengths_of_padding(lengths):
    with pytest.raises(ValueError, match=r"lengths must lie between 1 and 3"):
        padding_mask(lengths, 3)
