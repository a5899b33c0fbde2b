"""Positions shift by a rotation; a recurrent layer is Keras's and PyTorch's."""

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.reference.positions import (
    frequencies,
    rotate,
    shift_matrix,
    sinusoidal_positions,
)
from utils.reference.recurrent import simple_rnn

thorough = settings(max_examples=60, deadline=None, derandomize=True)
widths = st.integers(1, 24).map(lambda half: 2 * half)


def test_formula_of_the_paper():
    positions = sinusoidal_positions(50, 16)
    for place, pair in ((0, 0), (7, 3), (49, 7)):
        angle = place / 10_000 ** (2 * pair / 16)
        assert positions[place, 2 * pair] == pytest.approx(np.sin(angle))
        assert positions[place, 2 * pair + 1] == pytest.approx(np.cos(angle))
    assert frequencies(16)[0] == 1


@given(widths, st.integers(0, 500), st.integers(-200, 200))
@thorough
def test_a_shift_is_one_rotation_for_all_places(width, first, offset):
    positions = sinusoidal_positions(1200, width)[200:]  # so that places before exist
    matrix = shift_matrix(offset, width)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(width), atol=1e-12)
    later = sinusoidal_positions(1200, width)[200 + offset :][:10]
    np.testing.assert_allclose(positions[:10] @ matrix, later, atol=1e-9)
    pair = positions[first] @ positions[first + 7]
    assert pair == pytest.approx(positions[0] @ positions[7])
    assert pair == pytest.approx(np.cos(7 * frequencies(width)).sum())


@given(widths, st.integers(0, 10_000), st.integers(0, 2**32 - 1))
@thorough
def test_rotary_scores_depend_on_the_distance_only(width, shift, seed):
    rng = np.random.default_rng(seed)
    q, k = rng.normal(size=(2, 6, width))
    places = np.arange(6)
    scores = rotate(q, places) @ rotate(k, places).T
    moved = rotate(q, places + shift) @ rotate(k, places + shift).T
    np.testing.assert_allclose(moved, scores, atol=1e-7)
    np.testing.assert_allclose(np.diag(scores), np.sum(q * k, axis=1), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(rotate(q, places), axis=1), np.linalg.norm(q, axis=1))
    if width > 2:
        assert not np.allclose(scores, q @ k.T)


@given(st.integers(1, 4), st.integers(1, 7), st.integers(1, 5), st.integers(1, 6))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_recurrent_layer_is_that_of_keras_and_pytorch(batch, length, width, units):
    rng = np.random.default_rng(batch + 10 * length + 100 * width)
    inputs = rng.normal(size=(batch, length, width))
    parameters = [rng.normal(size=shape) for shape in ((width, units), (units, units), (units,))]
    ours = simple_rnn(inputs, parameters)
    layer = keras.layers.SimpleRNN(units, return_sequences=True, dtype="float64")
    layer.build(inputs.shape)
    layer.set_weights(parameters)
    np.testing.assert_allclose(ours, layer(inputs), rtol=1e-9, atol=1e-12)
    in_torch = torch.nn.RNN(width, units, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        in_torch.weight_ih_l0.copy_(torch.tensor(parameters[0].T))
        in_torch.weight_hh_l0.copy_(torch.tensor(parameters[1].T))
        in_torch.bias_ih_l0.copy_(torch.tensor(parameters[2]))
        in_torch.bias_hh_l0.zero_()
        np.testing.assert_allclose(ours, in_torch(torch.tensor(inputs))[0], rtol=1e-9, atol=1e-12)
    first = simple_rnn(inputs[:, :1], parameters)
    if length > 1:
        rest = simple_rnn(inputs[:, 1:], parameters, first[:, 0])
        np.testing.assert_allclose(np.concatenate([first, rest], axis=1), ours)


@pytest.mark.parametrize("width", [0, 3, -2])
def test_width_must_be_even(width):
    with pytest.raises(ValueError, match=f"positive even number. Received: width={width}"):
        sinusoidal_positions(4, width)
