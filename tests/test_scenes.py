"""Scenes: what is composed is what the masks say, and no emoji serves training and test."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from utils import data, scenes


@pytest.fixture(scope="module")
def cutouts():
    return scenes.select(data.load_arrays("emoji", "train", as_dict=True))


def disk(color, alpha=255):
    """A disk of one color on nothing, (96, 96, 4)."""
    rows, columns = np.indices((96, 96)) - 47.5
    picture = np.zeros((96, 96, 4), "uint8")
    picture[np.hypot(rows, columns) < 46] = (*color, alpha)
    return picture


DISKS = np.stack([disk((255, 0, 0)), disk((0, 255, 0)), disk((0, 0, 255))])
LABELS = np.array([1, 2, 3])


def test_selection_is_that_of_the_subgroups(cutouts):
    images, labels, names = cutouts
    assert images.shape == (264, 96, 96, 4) and images.dtype == np.uint8
    assert np.bincount(labels).tolist() == [0, 89, 91, 84]
    assert {"grinning face", "panda", "red apple"} <= set(names)
    assert not set(scenes.PARTS) & set(names)
    first = {scenes.CLASSES[label]: names[labels == label].tolist() for label in (1, 2, 3)}
    assert "panda" in first["animal"] and "red apple" in first["food"]


def test_families_join_words_and_keep_faces_apart():
    names = ["cat", "black cat", "bird", "black bird", "fox", "cat face", "grinning face",
             "grinning face with sweat", "ear of corn", "pot of food"]  # fmt: skip
    labels = [2, 2, 2, 2, 2, 2, 1, 1, 3, 3]
    family = scenes.families(names, labels)
    assert len(set(family[[0, 1, 2, 3, 5]])) == 1
    assert len(set(family)) == 6


def test_split_keeps_families_whole_and_shares_nearly(cutouts):
    _, labels, names = cutouts
    part, family = scenes.split(names, labels), scenes.families(names, labels)
    for number in np.unique(family):
        assert len(set(part[family == number])) == 1
    for label in (1, 2, 3):
        shares = np.bincount(part[labels == label], minlength=3) / np.sum(labels == label)
        np.testing.assert_allclose(shares, (0.6, 0.15, 0.25), atol=0.03)
    assert (scenes.split(names, labels, seed=1) != part).any()


def test_the_split_is_the_same_in_every_process(cutouts):
    """The words of a name are a set, whose order differs from process to process."""
    _, labels, names = cutouts
    code = (
        "import json, sys\n"
        "from utils import scenes\n"
        "print(scenes.split(*json.load(sys.stdin)).tolist())"
    )
    for seed in "0123":
        said = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps([names.tolist(), labels.tolist()]),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert json.loads(said) == scenes.split(names, labels).tolist()


def test_a_family_has_the_number_of_its_first_member():
    names, labels = ["black cat", "cat", "black bird", "bird house", "fox"], [2] * 5
    assert scenes.families(names, labels).tolist() == [0, 0, 0, 0, 4]
    assert scenes.families(names[::-1], labels).tolist() == [0, 1, 1, 1, 1]


def test_shrinking_averages_color_times_alpha():
    rng = np.random.default_rng(0)
    emoji = rng.integers(0, 256, size=(6, 6, 4), dtype="uint8")
    color, alpha = scenes.shrink(emoji, 3)
    assert color.shape == (2, 2, 3) and alpha.shape == (2, 2, 1)
    block = emoji[3:6, 0:3] / 255
    np.testing.assert_allclose(alpha[1, 0, 0], block[..., 3].mean())
    expected = (block[..., :3] * block[..., 3:]).mean(axis=(0, 1))
    np.testing.assert_allclose(color[1, 0], expected)


def test_masks_are_those_of_the_objects():
    for seed in range(20):
        scene = scenes.compose_scene(np.random.default_rng(seed), DISKS, LABELS)
        assert scene.image.shape == (64, 64, 3) and scene.image.dtype == np.uint8
        assert scene.classes.shape == scene.instances.shape == (64, 64)
        assert 1 <= len(scene.labels) <= 4
        assert scene.instances.max() == len(scene.labels)
        for number, label in enumerate(scene.labels, 1):
            own = scene.instances == number
            assert own.sum() > 100  # at least two thirds of a disk of 23 pixels, less another
            assert (scene.classes[own] == label).all()
            middle = own & (scene.image.max(axis=2) > 250) & (scene.image.min(axis=2) < 5)
            assert middle.sum() > 0.7 * own.sum()
            assert (scene.image[middle].argmax(axis=1) == label - 1).all()
        assert (scene.classes[scene.instances == 0] == 0).all()


def test_half_transparent_objects_let_the_background_through():
    pale = np.stack([disk((255, 255, 255), alpha=128)])
    rng = np.random.default_rng(3)
    scene = scenes.compose_scene(rng, pale, np.array([1]), objects=(1, 1))
    behind = scenes.background(np.random.default_rng(3))
    own = scene.instances == 1
    inner = own & np.roll(own, 2, 0) & np.roll(own, -2, 0) & np.roll(own, 2, 1)
    inner &= np.roll(own, -2, 1)
    expected = 255 * np.clip(behind * (1 - 128 / 255) + 128 / 255, 0, 1)
    np.testing.assert_allclose(scene.image[inner], expected[inner], atol=1)


def test_no_object_covers_much_of_another():
    """With two equal disks, the one behind keeps at least two thirds."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        scene = scenes.compose_scene(rng, DISKS[:1], LABELS[:1], objects=(2, 2))
        if len(scene.labels) == 2:
            smallest = np.sum(scenes.shrink(DISKS[0], 4)[1] >= 0.5)
            assert np.sum(scene.instances == 1) >= 2 / 3 * smallest


def test_seeds_and_stack():
    first = scenes.compose_scenes(6, 5, DISKS, LABELS)
    second = scenes.compose_scenes(6, 5, DISKS, LABELS)
    other = scenes.compose_scenes(6, 6, DISKS, LABELS)
    images, classes = scenes.stack(first)
    assert images.shape == (6, 64, 64, 3) and images.dtype == np.float32
    assert classes.shape == (6, 64, 64) and 0 <= images.min() and images.max() <= 1
    np.testing.assert_array_equal(images, scenes.stack(second)[0])
    assert (images != scenes.stack(other)[0]).any(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(classes[2], first[2].classes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: scenes.compose_scenes(0, 0, DISKS, LABELS),
            "number must be a positive integer. Received: number=0",
        ),
        (
            lambda: scenes.compose_scenes(1, 0, DISKS, LABELS, objects=(3, 2)),
            "objects must be (fewest, most), from 1 up. Received: objects=(3, 2)",
        ),
        (
            lambda: scenes.shrink(DISKS[0], 5),
            "factor must divide height and width, 96 and 96. Received: factor=5",
        ),
        (
            lambda: scenes.split(["a"], [1], shares=(0.5, 0.4, 0.2)),
            "shares must be positive and add up to 1. Received: shares=(0.5, 0.4, 0.2)",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
