"""Synthetic faces: the picture shows what its numbers say, drawn from the ranges documented."""

import re

import numpy as np
import pytest

from utils import faces

PLAIN = {
    "smile": 0.0, "glasses": 0, "hair": 0, "skin": 0.7, "hair_tone": 0.2, "width": 0.57,
    "height": 0.75, "eye_distance": 0.26, "tilt": 0.0, "x": 0.0, "y": 0.0,
}  # fmt: skip


def draw(**changes):
    return faces.render(PLAIN | changes)[0, :, :, 0].astype(int)


def pixel(length):
    """Place of a length, in half sides, among the 32 pixels."""
    return round((length + 1) * 16 - 0.5)


def test_shapes_and_seed():
    pictures, attributes = faces.draw_faces(7, seed=5)
    assert pictures.shape == (7, 32, 32, 1) and pictures.dtype == np.uint8
    assert tuple(attributes) == faces.ATTRIBUTES
    assert {values.shape for values in attributes.values()} == {(7,)}
    again, _ = faces.draw_faces(7, seed=5)
    np.testing.assert_array_equal(pictures, again)
    other, _ = faces.draw_faces(7, seed=6)
    assert (pictures != other).any(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(faces.render(attributes), pictures)


def test_many_faces_are_drawn_as_one_is():
    attributes = faces.sample_attributes(4100, seed=0)
    pictures = faces.render(attributes)
    for place in (0, 1999, 2000, 4099):
        one = faces.render({name: values[place] for name, values in attributes.items()})
        np.testing.assert_array_equal(one[0], pictures[place])


def test_distributions_are_those_documented():
    attributes = faces.sample_attributes(20_000, seed=1)
    for name, (low, high) in faces.RANGES.items():
        values = attributes[name]
        assert low <= values.min() and values.max() <= high
        scaled = (values - low) / (high - low)  # uniform from 0 to 1: mean 1/2, variance 1/12
        assert scaled.mean() == pytest.approx(1 / 2, abs=0.01)
        assert scaled.var() == pytest.approx(1 / 12, abs=0.003)
    for name, choices in faces.CHOICES.items():
        shares = np.bincount(attributes[name]) / 20_000
        np.testing.assert_allclose(shares, 1 / choices, atol=0.015)
    table = np.corrcoef(np.stack(list(attributes.values())))
    assert np.abs(table - np.eye(len(table))).max() < 0.03


def test_the_table_of_the_docstring_names_the_ranges():
    rows = re.findall(r"^\| (`.+`) \| .+ \| (.+) \|$", faces.__doc__, re.M)
    told = {}
    for names, distribution in rows:
        for name in re.findall(r"`(\w+)`", names):
            told[name] = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", distribution)]
    assert set(told) == set(faces.ATTRIBUTES)
    for name, limits in faces.RANGES.items():
        assert tuple(told[name]) == limits


def test_entangled_correlates_glasses_with_the_smile_and_nothing_else():
    free = faces.sample_attributes(20_000, seed=2)
    bound = faces.sample_attributes(20_000, seed=2, entangled=0.8)
    glad = bound["smile"] > 0
    assert bound["glasses"][glad].mean() == pytest.approx(0.9, abs=0.01)
    assert bound["glasses"][~glad].mean() == pytest.approx(0.1, abs=0.01)
    assert np.corrcoef(glad, bound["glasses"])[0, 1] == pytest.approx(0.8, abs=0.02)
    assert bound["glasses"].mean() == pytest.approx(0.5, abs=0.02)
    for name in set(faces.ATTRIBUTES) - {"glasses"}:
        np.testing.assert_array_equal(free[name], bound[name])


@pytest.mark.parametrize("smile", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_the_mouth_bends_as_the_smile_says(smile):
    picture = draw(smile=smile)
    rows = np.arange(32)

    def height_of_mouth(column):
        ink = np.clip(178 - picture[pixel(0.1) :, column], 0, None) * (
            rows[pixel(0.1) :] < pixel(0.72)
        )
        return (ink * rows[pixel(0.1) :]).sum() / ink.sum() / 16

    middle = height_of_mouth(16)
    corner = (height_of_mouth(pixel(0.28)) + height_of_mouth(pixel(-0.28))) / 2
    # The corners lie higher by 0.24 · smile · (0.28 / 0.3)² and rows are counted downwards.
    assert middle - corner == pytest.approx(0.21 * smile, abs=0.06)


def test_each_attribute_changes_its_own_part():
    plain = draw()
    assert plain[0, 0] == 255 and plain[16, pixel(0.45)] == round(255 * 0.7)
    eye = plain[pixel(-0.08) : pixel(-0.08) + 2, pixel(0.26) : pixel(0.26) + 2].min()
    assert eye < 40
    glasses = draw(glasses=1) - plain
    assert (glasses <= 0).all() and glasses.min() < -90
    changed = np.argwhere(glasses)
    assert changed[:, 0].min() >= pixel(-0.36) and changed[:, 0].max() <= pixel(0.2)
    short, long = draw(hair=1), draw(hair=2)
    assert short[pixel(-0.6), 16] == long[pixel(-0.6), 16] == round(255 * 0.2)
    beside = pixel(0.63)
    assert plain[pixel(0.2), beside] == short[pixel(0.2), beside] == 255
    assert long[pixel(0.2), beside] < 100
    np.testing.assert_array_equal(draw(hair_tone=0.4), plain)  # nothing without hair
    wide = (draw(width=0.64) < 255).sum(axis=1).max()
    assert wide - (plain < 255).sum(axis=1).max() in (2, 3)
    tall, low = ((draw(height=height) < 255).sum(axis=0).max() for height in (0.8, 0.7))
    assert tall - low in (2, 4)


def test_a_face_without_tilt_is_symmetric_and_tilt_turns_clockwise():
    plain = draw(smile=0.7, glasses=1, hair=2)
    np.testing.assert_allclose(plain, plain[:, ::-1], atol=1)
    turned = draw(tilt=5.0)
    lean = [np.argwhere(turned[row] < 255).mean() for row in (pixel(-0.6), pixel(0.6))]
    assert lean[0] > 15.9 > lean[1]
    moved = draw(x=0.03)
    assert (moved < 255).nonzero()[1].mean() > 15.6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: faces.draw_faces(0, 0),
            "number must be a positive integer. Received: number=0",
        ),
        (
            lambda: faces.draw_faces(2, 0, entangled=1.5),
            "entangled must be from -1 to 1. Received: entangled=1.5",
        ),
        (
            lambda: draw(smile=1.2),
            "smile must be from -1 to 1. Received: 1.2 to 1.2",
        ),
        (
            lambda: draw(hair=3),
            "hair must be an integer from 0 to 2. Received: [3]",
        ),
        (
            lambda: draw(beard=1),
            "attributes must be smile, glasses, hair, skin, hair_tone, width, height, "
            "eye_distance, tilt, x, y. Received: smile, glasses, hair, skin, hair_tone, width, "
            "height, eye_distance, tilt, x, y, beard",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
