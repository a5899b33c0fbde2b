"""The ablation study of section 4.6: its split, its augmentation and its controls."""

import numpy as np
import pytest

from utils import emoji, experiments
from utils.models import small_xception

ablation = experiments.open_study("ablation")


def test_the_sides_of_the_emoji_share_no_picture():
    sides = {side: ablation.pictures("emoji", side) for side in emoji.SIDES}
    assert [len(images) for images, _ in sides.values()] == [908, 199, 494]
    seen = [{image.tobytes() for image in images} for images, _ in sides.values()]
    assert not seen[0] & seen[2] and not seen[1] & seen[2] and not seen[0] & seen[1]
    for images, groups in sides.values():
        assert images.shape[1:] == (24, 24, 3) and images.dtype == np.uint8
        assert sorted(set(groups)) == list(range(8))


def test_the_sides_of_fashion_mnist_do_not_overlap():
    shapes = {side: ablation.pictures("fashion_mnist", side)[0].shape for side in ablation.FASHION}
    assert shapes["training"] == (55_000, 28, 28, 1)
    assert shapes["validation"] == (2000, 28, 28, 1)
    assert shapes["test"] == (5000, 28, 28, 1)


def test_augmentation_shifts_and_flips():
    image = np.zeros((1, 8, 8, 1), "uint8")
    image[0, 3, 2] = 9
    found = ablation.augmented(np.repeat(image, 2000, axis=0), 5, np.random.default_rng(0))
    assert found.shape == (2000, 8, 8, 1) and found.dtype == np.uint8
    _, rows, columns, _ = np.nonzero(found == 9)
    assert len(rows) == 2000
    assert sorted(set(rows)) == [1, 2, 3, 4, 5]
    assert sorted(set(columns)) == list(range(8))  # 2 ± 2, and flipped 5 ± 2
    assert set(found[rows != 3].ravel()) == {0, 5, 9}
    still = ablation.augmented(np.full((50, 8, 8, 1), 5, "uint8"), 5, np.random.default_rng(0))
    assert np.all(still == 5)


@pytest.mark.parametrize("name", [name for name in ablation.NETWORKS if "equal" in name])
def test_controls_have_the_filters_that_come_closest(name):
    def weights(away, first):
        switches = {part: part not in away for part in ablation.PARTS[:3]}
        filters = (first, 2 * first, 4 * first)
        return small_xception((28, 28, 1), 10, filters=filters, **switches).count_params()

    whole = weights((), 16)
    away, first = ablation.NETWORKS[name]
    distance = {near: abs(weights(away, near) - whole) for near in (first - 1, first, first + 1)}
    assert min(distance, key=distance.get) == first
    assert distance[first] < 0.1 * whole
    assert abs(weights(away, 16) - whole) > 0.15 * whole


@pytest.mark.parametrize("key", ["dataset", "network"])
def test_an_unknown_configuration_is_named(key):
    with pytest.raises(ValueError, match=rf"{key} must be one of .* Received: {key}='other'"):
        ablation.train(ablation.TOY | {key: "other"}, 0.004, 0)
