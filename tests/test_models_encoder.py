"""The encoder block is NumPy's and PyTorch's; padding reaches neither attention nor the mean."""

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import experiments
from utils.models import EncoderBlock, LearnedPositions, attention_maps, text_encoder
from utils.reference import encoder
from utils.reference.normalization import layer_normalization

settings.register_profile("encoder", max_examples=10, deadline=None, derandomize=True)
thorough = settings.get_profile("encoder")


@st.composite
def problems(draw):
    """Tokens, which of them are no padding, heads, hidden units, and a block's sixteen arrays."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    batch, length = draw(st.integers(1, 3)), draw(st.integers(2, 5))
    heads, width, hidden = draw(st.integers(1, 3)), draw(st.integers(2, 4)), draw(st.integers(1, 6))
    d = heads * width
    mask = np.arange(length) < rng.integers(1, length + 1, size=(batch, 1))
    shapes = 3 * [(d, heads, width), (heads, width)] + [(heads, width, d), (d,)]
    shapes += [(d,), (d,), (d, hidden), (hidden,), (hidden, d), (d,), (d,), (d,)]
    inputs = rng.normal(size=(batch, length, d))
    return inputs, mask, heads, hidden, [rng.normal(size=shape) for shape in shapes]


@given(problems())
@thorough
def test_the_block_is_that_of_numpy(problem):
    inputs, mask, heads, hidden, parameters = problem
    block = EncoderBlock(heads, hidden, dtype="float64")
    block.build(inputs.shape)
    block.set_weights(parameters)
    theirs, their_weights = block(inputs, mask=mask, return_attention_scores=True)
    ours, weights = encoder.encoder_block(inputs, parameters, mask)
    # Keras rounds 1 / √K to single precision, in a double precision layer too.
    np.testing.assert_allclose(np.array(theirs)[mask], ours[mask], rtol=1e-4, atol=1e-4)
    of_tokens = np.broadcast_to(mask[:, np.newaxis, :, np.newaxis], weights.shape)
    np.testing.assert_allclose(np.array(their_weights)[of_tokens], weights[of_tokens], atol=1e-5)
    np.testing.assert_array_equal(theirs, block(inputs, mask=mask))


@given(problems())
@thorough
def test_the_block_is_that_of_pytorch(problem):
    inputs, mask, heads, hidden, parameters = problem
    d = inputs.shape[-1]
    layer = torch.nn.TransformerEncoderLayer(
        d, heads, hidden, dropout=0.0, batch_first=True, dtype=torch.float64
    )
    layer.load_state_dict(torch_weights(parameters))
    theirs = layer(torch.tensor(inputs), src_key_padding_mask=torch.tensor(~mask))
    ours, _ = encoder.encoder_block(inputs, parameters, mask)
    np.testing.assert_allclose(ours[mask], theirs.detach().numpy()[mask], rtol=1e-9, atol=1e-9)


def torch_weights(parameters):
    """The names and the transposed matrices that PyTorch's layer wants."""
    d = parameters[0].shape[0]
    named = {
        "self_attn.in_proj_weight": np.concatenate([w.reshape(d, d).T for w in parameters[0:6:2]]),
        "self_attn.in_proj_bias": np.concatenate([b.reshape(d) for b in parameters[1:6:2]]),
        "self_attn.out_proj.weight": parameters[6].reshape(d, d).T,
        "self_attn.out_proj.bias": parameters[7],
        "norm1.weight": parameters[8],
        "norm1.bias": parameters[9],
        "linear1.weight": parameters[10].T,
        "linear1.bias": parameters[11],
        "linear2.weight": parameters[12].T,
        "linear2.bias": parameters[13],
        "norm2.weight": parameters[14],
        "norm2.bias": parameters[15],
    }
    return {name: torch.tensor(np.ascontiguousarray(array)) for name, array in named.items()}


@pytest.mark.parametrize("normalization", ["layer", "batch", "none"])
@pytest.mark.parametrize("training", [False, True])
def test_padding_changes_nothing(normalization, training):
    keras.utils.set_random_seed(0)
    model = text_encoder(20, 12, classes=3, blocks=2, normalization=normalization)
    texts = np.array([[3, 4, 5, 6], [7, 8, 0, 0], [9, 0, 0, 0]])
    longer = np.pad(texts, ((0, 0), (0, 5)))
    short, padded = (np.array(model(x, training=training)) for x in (texts, longer))
    assert np.ptp(short, axis=0).min() > 1e-4
    np.testing.assert_allclose(short, padded, rtol=1e-4, atol=1e-5)
    assert not np.allclose(short[1], np.array(model(texts + (texts == 0)))[1], atol=1e-4)


def test_attention_looks_at_no_padding():
    model = text_encoder(20, 6, classes=2, blocks=2, heads=4)
    texts = np.array([[3, 4, 5, 0, 0], [7, 8, 9, 10, 11]])
    maps = attention_maps(model, texts)
    assert [weights.shape for weights in maps] == [(2, 4, 5, 5)] * 2
    for weights in maps:
        assert np.all(weights[0, :, :3, 3:] == 0)
        np.testing.assert_allclose(weights[0, :, :3].sum(axis=-1), 1, rtol=1e-5)
        np.testing.assert_allclose(weights[1].sum(axis=-1), 1, rtol=1e-5)


def test_causal_outputs_do_not_depend_on_later_tokens():
    inputs = np.random.default_rng(0).normal(size=(1, 4, 6)).astype("float32")
    changed = inputs.copy()
    changed[:, -1] += 1
    for causal in (True, False):
        block = EncoderBlock(2, 8, use_causal_mask=causal)
        before, after = np.array(block(inputs)), np.array(block(changed))
        assert np.allclose(before[:, :-1], after[:, :-1], atol=1e-5) == causal


@pytest.mark.parametrize("normalization", ["layer", "batch", "none"])
def test_only_batch_normalization_sees_the_neighbors(normalization):
    inputs = np.random.default_rng(0).normal(size=(3, 4, 6)).astype("float32")
    block = EncoderBlock(2, 8, normalization=normalization)
    together = np.array(block(inputs, training=True))[0]
    alone = np.array(block(inputs[:1], training=True))[0]
    assert np.allclose(together, alone, atol=1e-5) == (normalization != "batch")


def test_dropout_in_training_only():
    keras.utils.set_random_seed(0)
    inputs = np.ones((1, 4, 6), "float32")
    block = EncoderBlock(2, 8, dropout=0.5)
    np.testing.assert_array_equal(block(inputs), block(inputs))
    assert not np.allclose(block(inputs, training=True), block(inputs, training=True))


def test_the_count_of_weights():
    d, f = 12, 20
    for normalization, more in (("layer", 4 * d), ("batch", 8 * d), ("none", 0)):
        block = EncoderBlock(3, f, normalization=normalization)
        block.build((None, None, d))
        assert block.count_params() == 4 * (d * d + d) + 2 * d * f + f + d + more


@pytest.mark.parametrize("normalization", ["layer", "batch", "none"])
def test_is_saved_with_a_model(tmp_path, normalization):
    model = text_encoder(20, 6, classes=2, normalization=normalization)
    model.save(tmp_path / "model.keras")
    objects = {"EncoderBlock": EncoderBlock, "LearnedPositions": LearnedPositions}
    again = keras.models.load_model(tmp_path / "model.keras", custom_objects=objects)
    texts = np.array([[3, 4, 5, 0, 0]])
    np.testing.assert_array_equal(model(texts), again(texts))


def test_positions_are_what_tells_orders_apart():
    texts = np.array([[3, 4, 5, 6], [6, 5, 4, 3]])
    for positions in (True, False):
        keras.utils.set_random_seed(0)
        one, other = np.array(text_encoder(20, 6, classes=2, positions=positions)(texts))
        assert np.allclose(one, other, rtol=1e-4, atol=1e-5) != positions


@given(problems())
@thorough
def test_layer_normalization_is_that_of_both_libraries(problem):
    inputs, _, _, _, parameters = problem
    gamma, beta = parameters[8:10]
    ours = layer_normalization(inputs, gamma, beta)
    layer = keras.layers.LayerNormalization(epsilon=1e-5, dtype="float64")
    layer.build(inputs.shape)
    layer.set_weights([gamma, beta])
    np.testing.assert_allclose(ours, layer(inputs), rtol=1e-6, atol=1e-6)
    theirs = torch.nn.functional.layer_norm(
        torch.tensor(inputs), gamma.shape, torch.tensor(gamma), torch.tensor(beta)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@given(problems(), st.floats(0.5, 4), st.floats(-3, 3))
@thorough
def test_layer_normalization_forgets_scale_and_offset_of_each_token(problem, scale, offset):
    inputs = problem[0]
    plain = layer_normalization(inputs, epsilon=0)
    np.testing.assert_allclose(
        layer_normalization(scale * inputs + offset, epsilon=0), plain, atol=1e-6
    )
    np.testing.assert_allclose(plain.mean(axis=-1), 0, atol=1e-9)
    np.testing.assert_allclose(plain.std(axis=-1), 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"heads": 0}, "heads must be a positive integer"),
        ({"hidden": 1.5}, "hidden must be a positive integer"),
        ({"normalization": "group"}, "normalization must be one of .* Received: .*'group'"),
    ],
)
def test_arguments_that_do_not_fit(wrong, message):
    with pytest.raises(ValueError, match=message):
        EncoderBlock(**({"heads": 2, "hidden": 8} | wrong))


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match=r"heads must divide the width 7. Received: heads=2"):
        EncoderBlock(2, 8)(np.zeros((1, 3, 7), "float32"))


@pytest.mark.parametrize("wrong", [{"epsilon": -1.0}, {"gamma": np.ones(3)}, {"beta": np.ones(3)}])
def test_layer_normalization_refuses(wrong):
    with pytest.raises(ValueError, match="must"):
        layer_normalization(np.ones((2, 4)), **wrong)


def test_the_study_keeps_its_texts_apart():
    study = experiments.open_study("encoder_norm")
    words, labels = study.sentences()
    splits = study.splits()
    together = np.concatenate(list(splits.values()))
    assert sorted(together.tolist()) == list(range(len(words)))
    assert set(np.unique(labels)) == {0, 1}
    known = {word for row in splits["training"] for word in words[row]}
    assert set(study.vocabulary()[2:]) <= known
    for x, y in study.texts().values():
        assert x.shape == (len(y), study.LENGTH)
        assert np.all((x > 0).any(axis=1))
        assert np.all(np.diff(x > 0, axis=1).sum(axis=1) <= 1)
