"""The small GPT: causal, equal to Keras's and PyTorch's attention, and the same with its cache."""

import keras
import numpy as np
import pytest
import torch

from utils.models import GPT, CausalSelfAttention
from utils.reference.attention import causal_mask, multi_head_attention

D, H, T = 12, 3, 7


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    made = GPT(20, length=9, width=D, num_layers=2, num_heads=H)
    made(np.zeros((1, 2), "int32"))
    return made


@pytest.fixture(scope="module")
def tokens():
    return np.random.default_rng(1).integers(0, 20, size=(2, 9)).astype("int32")


@pytest.fixture(scope="module")
def attention():
    """The layer, its inputs and its outputs, in double precision."""
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(2, T, D))
    layer = CausalSelfAttention(D, H, dtype="float64")
    layer.query_key_value.dtype_policy = layer.mix.dtype_policy = "float64"
    layer(inputs)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer, inputs, np.array(layer(inputs)[0])


def test_is_the_reference_and_keras(attention):
    layer, inputs, outputs = attention
    joined, bias, mix, mix_bias = layer.get_weights()
    parameters = []
    for kernel, shift in zip(np.split(joined, 3, axis=1), np.split(bias, 3), strict=True):
        parameters += [kernel.reshape(D, H, D // H), shift.reshape(H, D // H)]
    parameters += [mix.reshape(H, D // H, D), mix_bias]
    ours, _ = multi_head_attention(inputs, inputs, parameters, causal_mask(T))
    np.testing.assert_allclose(outputs, ours, rtol=1e-9, atol=1e-9)
    theirs = keras.layers.MultiHeadAttention(H, D // H, dtype="float64")
    theirs.build(inputs.shape, inputs.shape)
    theirs.set_weights(parameters)
    found = theirs(inputs, inputs, use_causal_mask=True)
    np.testing.assert_allclose(outputs, found, rtol=1e-5, atol=1e-5)


def test_is_pytorch(attention):
    layer, inputs, outputs = attention
    joined, bias, mix, mix_bias = (torch.tensor(w) for w in layer.get_weights())
    theirs = torch.nn.MultiheadAttention(D, H, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(joined.T)
        theirs.in_proj_bias.copy_(bias)
        theirs.out_proj.weight.copy_(mix.T)
        theirs.out_proj.bias.copy_(mix_bias)
        x = torch.tensor(inputs)
        found, _ = theirs(x, x, x, attn_mask=torch.tensor(~causal_mask(T)))
    np.testing.assert_allclose(outputs, found, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("changed", range(9))
def test_earlier_logits_do_not_see_a_later_token(model, tokens, changed):
    others = tokens.copy()
    others[:, changed] = (others[:, changed] + 1) % 20
    before, after = np.array(model(tokens)), np.array(model(others))
    np.testing.assert_allclose(after[:, :changed], before[:, :changed], atol=1e-6)
    assert np.abs(after[:, changed:] - before[:, changed:]).max(axis=(0, 2)).min() > 1e-4


@pytest.mark.parametrize("first", [2, 5, 8])
def test_the_cache_changes_nothing(model, tokens, first):
    found, past = model(tokens[:, :first], model.empty_cache(2))
    found = [np.array(found)]
    for place in range(first, 9):
        logits, past = model(tokens[:, place : place + 1], past)
        assert past[1][0].shape == (2, H, place + 1, D // H)
        found.append(np.array(logits))
    np.testing.assert_allclose(np.concatenate(found, axis=1), model(tokens), atol=1e-5)


def test_a_text_that_is_too_long(model, tokens):
    with pytest.raises(ValueError, match=r"tokens must be at most 9. Received: 10"):
        model(np.zeros((1, 10), "int32"))
    _, past = model(tokens, model.empty_cache(2))
    with pytest.raises(ValueError, match=r"tokens must be at most 9. Received: 10"):
        model(tokens[:, :1], past)


def test_heads_that_do_not_divide_the_width():
    with pytest.raises(ValueError, match=r"Received: num_heads=5, width=12"):
        CausalSelfAttention(12, 5)


def test_learns_to_repeat():
    """A text of period 3 is learned within a few steps."""
    keras.utils.set_random_seed(0)
    model = GPT(3, length=6, width=12, num_layers=1, num_heads=2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss, jit_compile=False)
    text = np.tile([0, 1, 2], 30)
    windows = text[np.arange(64)[:, np.newaxis] + np.arange(7)]
    history = model.fit(windows[:, :-1], windows[:, 1:], batch_size=16, epochs=10, verbose=0)
    assert history.history["loss"][-1] < 0.1 < 0.9 < history.history["loss"][0]
