"""Learned positions are added place by place, trained, and saved."""

import keras
import numpy as np
import pytest

from utils.models import LearnedPositions


def test_adds_the_vector_of_each_place_and_learns_it():
    layer = LearnedPositions(5, stddev=1.0)
    tokens = np.zeros((2, 3, 4), "float32")
    added = np.array(layer(tokens))
    table = layer.get_weights()[0]
    assert table.shape == (5, 4)
    np.testing.assert_array_equal(added, [table[:3]] * 2)
    assert len(layer.trainable_weights) == 1


def test_is_saved_with_a_model(tmp_path):
    inputs = keras.layers.Input((None, 4))
    model = keras.Model(inputs, LearnedPositions(6)(inputs))
    model.save(tmp_path / "model.keras")
    objects = {"LearnedPositions": LearnedPositions}
    again = keras.models.load_model(tmp_path / "model.keras", custom_objects=objects)
    tokens = np.random.default_rng(0).normal(size=(1, 6, 4)).astype("float32")
    np.testing.assert_array_equal(model(tokens), again(tokens))


def test_a_text_that_is_too_long():
    with pytest.raises(ValueError, match=r"tokens must be at most 5. Received: 6"):
        LearnedPositions(5)(np.zeros((1, 6, 4), "float32"))
