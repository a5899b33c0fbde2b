"""A network that is compiled once: new weights, an optimizer that forgot, and the same training."""

import keras
import numpy as np
import pytest

from utils import models

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(64, 5)).astype("float32"), rng.integers(3, size=64)
UNITS = {"small": 4, "large": 8}


def network(kind):
    inputs = keras.Input((5,))
    x = keras.layers.Dense(UNITS[kind], activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(3)(x))


def train(model):
    model.fit(X, Y, batch_size=16, shuffle=False, verbose=0)
    return model.get_weights()


def test_renewed_networks_train_as_new_ones_at_their_own_rate():
    def compiled():
        model = network("small")
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(0.03), loss, jit_compile=False)
        model.optimizer.build(model.trainable_variables)
        return model

    keras.utils.set_random_seed(1)
    used, new = compiled(), compiled()
    start = new.get_weights()
    train(used)
    models.renew(used, start)
    assert float(used.optimizer.learning_rate) == pytest.approx(0.03)
    assert int(used.optimizer.iterations) == 0
    for one, other in zip(train(used), train(new), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    for one, other in zip(new.get_weights(), start, strict=True):
        assert np.abs(one - other).max() > 0.01  # it trained


def test_without_forgetting_the_second_training_is_another_one():
    model = models.untrained(network, "small", seed=0, rate=0.1, steps=40)
    start = model.get_weights()
    first = train(model)
    model.set_weights(start)
    assert np.abs(first[0] - train(model)[0]).max() > 1e-3
    again = models.untrained(network, "small", seed=0, rate=0.1, steps=40)
    for one, other in zip(first, train(again), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_untrained_compiles_once_for_each_kind_rate_and_number_of_steps():
    keras.utils.set_random_seed(7)
    drawn = network("small").get_weights()
    model = models.untrained(network, "small", seed=7, rate=0.1, steps=40)
    for one, other in zip(model.get_weights(), drawn, strict=True):
        np.testing.assert_array_equal(one, other)
    assert models.untrained(network, "small", seed=8, rate=0.1, steps=40) is model
    assert np.any(model.get_weights()[0] != drawn[0])
    others = {"kind": "large", "rate": 0.2, "steps": 50}
    for name, value in others.items():
        settings = {"kind": "small", "rate": 0.1, "steps": 40} | {name: value}
        assert models.untrained(network, seed=7, **settings) is not model


def test_the_rate_rises_for_a_tenth_and_falls_to_nothing():
    model = models.untrained(network, "small", seed=0, rate=0.1, steps=50)
    schedule = model.optimizer._learning_rate
    rates = [float(schedule(step)) for step in range(51)]
    np.testing.assert_allclose(rates[:6], np.linspace(0, 0.1, 6), atol=1e-6)
    cosine = 0.05 * (1 + np.cos(np.pi * np.arange(46) / 45))
    np.testing.assert_allclose(rates[5:], cosine, atol=1e-6)
    assert model.steps_per_execution == 5
