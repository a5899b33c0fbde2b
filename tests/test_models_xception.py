"""The small Xception has the layers that section 4.5 counts; each switch takes one part away."""

from itertools import pairwise
from math import ceil

import keras
import numpy as np
import pytest

from utils import counting, models

PARTS = ("residual", "batch_normalization", "separable")
MERGED = {"Add", "BatchNormalization", "SeparableConv2D"}


def make(input_shape=(28, 28, 1), num_classes=10, **kwargs):
    keras.utils.set_random_seed(3)
    return models.small_xception(input_shape, num_classes, **kwargs)


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def pictures(shape=(28, 28, 1), count=6):
    return np.random.default_rng(0).integers(0, 256, size=(count, *shape)).astype("uint8")


def test_weights_by_hand():
    """No convolution has a bias: each is followed by a normalization before the next ReLU."""
    weights = 9 * 1 * 32
    for before, size in ((32, 32), (32, 64), (64, 128)):
        weights += 4 * before + 9 * before + before * size
        weights += 4 * size + 9 * size + size * size
        weights += before * size
    weights += 4 * 128 + 129 * 10
    assert make().count_params() == weights == 50_698


def test_macs_by_hand():
    macs = 14**2 * 9 * 1 * 32
    for side, half, before, size in ((14, 7, 32, 32), (7, 4, 32, 64), (4, 2, 64, 128)):
        macs += side**2 * (9 * before + before * size + 9 * size + size * size)
        macs += half**2 * before * size
    macs += 128 * 10
    assert counting.model_table(make()).total.macs == macs == 1_452_000


@pytest.mark.parametrize("shape", [(28, 28, 1), (28, 28, 3), (48, 48, 3), (25, 31, 4)])
@pytest.mark.parametrize("strides", [1, 2])
def test_shapes(shape, strides):
    model = make(shape, 7, filters=[8, 16], strides=strides)
    assert model(pictures(shape)).shape == (6, 7)
    sides = [ceil(shape[0] / (strides * halved)) for halved in (1, 2, 4)]
    found = [model.get_layer(name).output.shape[1] for name in ("stem", "block1_pool", "end_norm")]
    assert found == sides


def test_order_of_the_layers():
    """Followed from the end back to the beginning, with both inputs of the addition."""
    model = make(filters=(8,))
    chain = ["scores", "dropout", "average", "end_relu", "end_norm", "block1_add"]
    main = ["block1_pool", "block1_2_conv", "block1_2_relu", "block1_2_norm"]
    main += ["block1_1_conv", "block1_1_relu", "block1_1_norm", "stem", "rescaling", "pixels"]
    before = {
        layer.name: [
            tensor._keras_history.operation.name for tensor in keras.tree.flatten(layer.input)
        ]
        for layer in model.layers
        if layer.name != "pixels"
    }
    for path in (chain, main):
        for name, source in pairwise(path):
            assert before[name] == [source]
    assert before["block1_add"] == ["block1_pool", "block1_shortcut"]
    assert before["block1_shortcut"] == ["stem"]
    assert set(kinds(model)) == {
        *("InputLayer", "Rescaling", "Conv2D", "BatchNormalization", "ReLU", "SeparableConv2D"),
        *("MaxPooling2D", "Add", "GlobalAveragePooling2D", "Dropout", "Dense"),
    }


@pytest.mark.parametrize("part", PARTS)
def test_a_switch_takes_its_part_away_and_nothing_else(part):
    whole, without = make(), make(**{part: False})
    lost = {"residual": {"Add"}, "batch_normalization": {"BatchNormalization"}}
    lost = lost.get(part, {"SeparableConv2D"})
    assert set(kinds(whole)) - set(kinds(without)) == lost
    assert set(kinds(without)) <= set(kinds(whole))
    names = [layer.name for layer in whole.layers]
    kept = [layer.name for layer in without.layers]
    gone = [name for name in names if name not in kept]
    assert [name for name in names if name in kept] == kept
    expected = {
        "residual": [f"block{n}_{kind}" for n in (1, 2, 3) for kind in ("shortcut", "add")],
        "batch_normalization": [n for n in names if n.endswith("_norm")],
        "separable": [],
    }
    assert sorted(gone) == sorted(expected[part])
    for name in set(kept) - {"pixels"}:
        assert without.get_layer(name).output.shape == whole.get_layer(name).output.shape


def test_weights_without_each_part():
    whole = make().count_params()
    shortcuts = 32 * 32 + 32 * 64 + 64 * 128
    assert whole - make(residual=False).count_params() == shortcuts
    # four numbers for each normalized plane go, a bias for each plane of a convolution comes
    norms = 4 * (32 + 32 + 32 + 64 + 64 + 128 + 128)
    biases = 32 + 3 * (32 + 64 + 128)
    assert whole - make(batch_normalization=False).count_params() == norms - biases
    pairs = ((32, 32), (32, 32), (32, 64), (64, 64), (64, 128), (128, 128))
    extra = sum(9 * c * f - (9 * c + c * f) for c, f in pairs)
    assert make(separable=False).count_params() - whole == extra


def test_without_all_parts_it_is_a_chain():
    model = make(**dict.fromkeys(PARTS, False))
    assert not MERGED & set(kinds(model))
    x = pictures()
    y = x
    for layer in model.layers[1:]:
        y = layer(y)
    np.testing.assert_allclose(model(x).numpy(), y.numpy(), rtol=1e-5, atol=1e-5)


def test_a_block_adds_its_input():
    """With the second convolution at zero, a block passes on its shortcut alone."""
    model = make(filters=(8,))
    convolution = model.get_layer("block1_2_conv")
    convolution.set_weights([np.zeros_like(w) for w in convolution.get_weights()])
    wanted = [model.get_layer(f"block1_{kind}").output for kind in ("shortcut", "add")]
    shortcut, added = keras.Model(model.input, wanted)(pictures())
    assert np.abs(shortcut.numpy()).max() > 0.1
    np.testing.assert_allclose(added.numpy(), shortcut.numpy(), atol=1e-6)


def test_settings_reach_their_layers():
    model = make(dropout=0.4)
    assert model.get_layer("dropout").rate == 0.4
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    assert len(norms) == 7
    assert {norm.momentum for norm in norms} == {0.9}
    assert model.get_layer("stem").strides == (2, 2)
    assert not model.compiled
    np.testing.assert_allclose(
        model.get_layer("rescaling")(np.array([[0.0, 255.0]])).numpy(), [[0, 1]], rtol=1e-6
    )


def test_same_seed_same_scores_and_no_softmax():
    scores = make()(pictures()).numpy()
    np.testing.assert_allclose(scores, make()(pictures()).numpy(), rtol=1e-5, atol=1e-6)
    assert np.abs(scores.sum(axis=1) - 1).min() > 1e-3


def test_it_can_be_saved_and_loaded(tmp_path):
    model = make(filters=(8, 16))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        again(pictures()).numpy(), model(pictures()).numpy(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("filters", [(), (32, 0), (32, 2.5), ("32",), (-8,), (True,)])
def test_wrong_filters_are_named(filters):
    with pytest.raises(ValueError, match=r"filters must be positive integers\. Received: filters="):
        make(filters=filters)
