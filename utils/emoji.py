"""The bundled emoji as a task: drawn on white, related ones in one family, families on one side.

Many emoji are variants of one drawing, as "man running" and "woman running" are. Where one of them
trains a network and the other one tests it, the test asks for memory. So whole families are set
aside, and a family's side follows from its name alone: every study that asks gets the same answer.
"""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

PEOPLE = {"adult", "boy", "child", "girl", "man", "men", "people", "person", "woman", "women"}
SIDES = {"training": range(11), "validation": range(11, 14), "test": range(14, 20)}  # of 20


def family(subgroup: str, name: str) -> str:
    """What an emoji shares with its variants: the subgroup and the last word of the name.

    Args:
        subgroup: Such as "person-role".
        name: Such as "woman firefighter"; what follows a colon is left out.

    Returns:
        Such as "person-role firefighter". All words for a person are one; a face keeps its name.
    """
    last = re.split("[ -]", name.split(":")[0])[-1]
    if last == "face":
        last = name
    return f"{subgroup} {'person' if last in PEOPLE else last}"


def sides(families: Sequence[str]) -> np.ndarray:
    """The side of each family: 55 % of all families train, 15 % validate, 30 % test.

    Args:
        families: Names of families, as from `family`.

    Returns:
        Array of strings, shape (N,): "training", "validation" or "test". Equal families are on
        one side.
    """
    twentieths = [int(hashlib.sha256(name.encode()).hexdigest(), 16) % 20 for name in families]
    side_of = {twentieth: side for side, those in SIDES.items() for twentieth in those}
    return np.array([side_of[twentieth] for twentieth in twentieths])


def on_white(images: np.ndarray) -> np.ndarray:
    """Drawings with a transparent background, on white.

    Args:
        images: Array of shape (..., 4), red, green, blue and opacity, from 0 to 255.

    Returns:
        Red, green and blue from 0 to 255, float32, shape (..., 3).
    """
    images = images.astype("float32")
    opaque = images[..., 3:] / 255
    return opaque * images[..., :3] + (1 - opaque) * 255
