"""The study of section 4.7: its examples, its head, and what each way of fine-tuning changes."""

import keras
import numpy as np
import pytest
from keras import layers

from utils import experiments
from utils.models import mobilenet_v2

transfer = experiments.open_study("transfer")


@pytest.fixture(scope="module")
def random_maps():
    """In place of ImageNet's: an upper part with random weights on random maps."""
    base = mobilenet_v2(include_top=False, input_shape=(96, 96, 3))
    upper = keras.Model(base.get_layer("block_16_add").output, base.output)
    transfer.randomize(upper, 5)
    maps = np.random.default_rng(0).normal(size=(1601, 3, 3, 160)).astype("float32")
    features = upper.predict(maps, batch_size=64, verbose=0).mean(axis=(1, 2))
    return {"upper": upper, "maps": maps, "features": features}


@pytest.fixture(autouse=True)
def no_imagenet(monkeypatch, random_maps):
    monkeypatch.setattr(transfer, "imagenet", lambda: random_maps)


def train(method, rate, steps=5, seed=0):
    examples = transfer.draw(5, seed)
    maps = transfer.imagenet()["maps"]
    return transfer.trained(method, maps, examples, rate, steps, seed)


def test_draws_are_of_the_training_side_and_nested():
    groups, sides = transfer.pictures()["groups"], transfer.pictures()["sides"]
    few, more = transfer.draw(5, 3), transfer.draw(45, 3)
    assert set(few) < set(more) and len(set(more)) == 8 * 45
    assert set(sides[more]) == {"training"}
    assert np.bincount(groups[more]).tolist() == [45] * 8
    assert set(transfer.draw(5, 4)) != set(few)
    assert np.bincount(groups[sides == "training"]).min() == 53


def test_the_mean_weighs_groups_and_not_pictures():
    groups = np.array([0] * 9 + list(range(1, 8)))
    always_0 = np.tile(np.eye(8)[0], (16, 1))
    assert transfer.mean_of_groups(always_0, groups) == 1 / 8
    assert transfer.mean_of_groups(np.eye(8)[groups], groups) == 1
    assert transfer.mean_of_groups(np.full((16, 8), np.nan), groups) == 1 / 8


def test_the_head_folds_the_standardization():
    rng = np.random.default_rng(0)
    columns = rng.normal(5, 3, size=(40, 6)) * np.arange(1, 7)
    groups = np.arange(40) % 8
    kernel, bias = transfer.train_head(columns, groups, rate=0.01, steps=200)
    scaled = transfer.train_head(columns * 7 + 2, groups, rate=0.01, steps=200)
    scores = columns @ kernel + bias
    np.testing.assert_allclose((columns * 7 + 2) @ scaled[0] + scaled[1], scores, atol=1e-3)
    np.testing.assert_allclose(transfer.train_head(columns, groups, 0.01, 0)[0], 0)

    def loss(count):
        kernel, bias = transfer.train_head(columns, groups, rate=0.01, steps=count)
        scores = columns @ kernel + bias
        scores = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return -scores[np.arange(40), groups].mean()

    assert loss(0) == pytest.approx(np.log(8)) and loss(0) > loss(20) > loss(200)


def test_fine_tuning_at_rate_0_is_the_head_on_the_frozen_features(random_maps):
    examples, groups = transfer.draw(5, 0), transfer.pictures()["groups"]
    features = random_maps["features"]
    head = transfer.train_head(features[examples], groups[examples], **transfer.HEAD_FIRST)
    model = train("fine-tuned", rate=0.0)
    found = model.predict(random_maps["maps"][:50], verbose=0)
    np.testing.assert_allclose(found, features[:50] @ head[0] + head[1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("method", "changed"),
    [
        ("fine-tuned", {"kernel", "bias"}),
        ("at once", {"kernel", "bias"}),
        (
            "BN unfrozen",
            {"kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance"},
        ),
    ],
)
def test_what_a_method_changes(method, changed, random_maps):
    model = train(method, rate=0.001)
    before = [*random_maps["upper"].get_weights(), None, None]  # the head's start is another
    found = {
        weight.name
        for weight, start in zip(model.weights, before, strict=True)
        if start is None or not np.array_equal(weight.numpy(), start)
    }
    assert found == changed


def test_from_scratch_is_a_small_network_of_three_blocks():
    model, _ = transfer.network("small")
    assert model.input_shape == (None, 24, 24, 3) and model.output_shape == (None, 8)
    kernels = 3 * 9 * 16 + 16 * 9 * 32 + 32 * 9 * 64
    assert model.count_params() == kernels + 4 * (16 + 32 + 64) + 64 * 8 + 8


def test_a_run_does_not_depend_on_the_runs_before_it():
    first = train("fine-tuned", rate=0.001).get_weights()
    train("at once", rate=0.01, seed=1)
    again = train("fine-tuned", rate=0.001).get_weights()
    for one, other in zip(first, again, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_randomize_keeps_the_size_of_a_signal():
    model = keras.Sequential(
        [layers.Input((8, 8, 64)), layers.DepthwiseConv2D(3), layers.ReLU(), layers.Conv2D(256, 3)]
    )
    transfer.randomize(model, 0)
    x = np.random.default_rng(0).normal(size=(20, 8, 8, 64)).astype("float32")
    assert 1.2 < float(np.std(model(x))) < 2.8  # doubled, halved by the ReLU, doubled
    before = [weight.numpy() for weight in model.weights]
    transfer.randomize(model, 0)
    for weight, start in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), start)


def test_the_settings_are_the_best_on_validation_pictures():
    chosen = transfer.chosen_settings()
    assert set(chosen) == {(c["method"], c["examples"]) for c in transfer.GRID}
    table = experiments.load("transfer_rates")
    for (method, examples), (rate, steps) in chosen.items():
        rates, numbers = transfer.SETTINGS[method]
        assert rate in rates and steps in numbers
        own = table[(table["method"] == method) & (table["examples"] == examples)]
        mine = own[(own["rate"] == rate) & (own["steps"] == steps)]
        assert mine["validation"].item() == own["validation"].max()


def test_the_rate_rises_and_falls():
    shares = [transfer.schedule(step, 40) for step in range(40)]
    assert shares[0] == 1 / 8 and shares[7] == 1 and shares[8] == 1
    assert shares[24] == pytest.approx(0.5) and 0 < shares[39] < 0.01
    assert np.all(np.diff(shares[:8]) > 0) and np.all(np.diff(shares[8:]) < 0)
    assert [transfer.schedule(step, 1) for step in range(1)] == [1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "magic"}, "method must be one of .* Received: method='magic'"),
        ({"examples": 54}, "examples must be from 1 to 53.* Received: examples=54"),
    ],
)
def test_an_unknown_configuration_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        transfer.run(transfer.TOY | change, 0)
