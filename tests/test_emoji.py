"""Families of emoji, their sides, and the white background."""

import numpy as np
import pytest

from utils import data, emoji


@pytest.mark.parametrize(
    ("subgroup", "name", "expected"),
    [
        ("person-role", "woman firefighter", "person-role firefighter"),
        ("person-role", "firefighter", "person-role firefighter"),
        ("person", "woman: curly hair", "person person"),
        ("person", "old man", "person person"),
        ("family", "family: man, woman, boy, boy", "family family"),
        ("heart", "blue heart", "heart heart"),
        ("time", "one-thirty", "time thirty"),
        ("face-smiling", "grinning face", "face-smiling grinning face"),
    ],
)
def test_variants_are_one_family(subgroup, name, expected):
    assert emoji.family(subgroup, name) == expected


def test_a_family_has_one_side_whatever_stands_beside_it():
    families = [f"family {number}" for number in range(4000)]
    sides = emoji.sides(families)
    assert emoji.sides(families[::-1]).tolist() == sides[::-1].tolist()
    assert emoji.sides(["heart heart", "family 0", "heart heart"]).tolist() == [
        "training",
        sides[0],
        "training",
    ]
    shares = {side: np.mean(sides == side) for side in emoji.SIDES}
    assert shares == pytest.approx({"training": 0.55, "validation": 0.15, "test": 0.3}, abs=0.03)


def test_no_family_belongs_to_two_groups():
    stored = data.load_arrays("emoji", "train", as_dict=True)
    names = zip(stored["subgroup"], stored["name"], strict=True)
    families = np.array([emoji.family(*pair) for pair in names])
    for family in set(families):
        assert len(set(stored["group"][families == family])) == 1


def test_on_white():
    image = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 100, 255, 51]]], "uint8")
    found = emoji.on_white(image)
    assert found.dtype == np.float32 and found.shape == (1, 3, 3)
    expected = [[[10, 20, 30], [255, 255, 255], [204, 224, 255]]]  # a fifth opaque
    np.testing.assert_allclose(found, expected, atol=1e-4)
