"""Scenes composed from emoji, whose every pixel is known.

Two to four drawings are pasted onto a smooth background of random colors. Since the emoji come with
an alpha channel, it is known which pixel belongs to which object: `classes` says what is seen
there, `instances` says which object it is. Section 4.8 composes them in full view.

This module takes the emoji as arrays, as `data.load_arrays("emoji", "train", as_dict=True)` gives
them.
"""

from typing import NamedTuple

import numpy as np

SIZE = 64  # height and width of a scene, in pixels
CLASSES = ("background", "face", "animal", "food")
SUBGROUPS = {
    "face": (
        "face-smiling", "face-affection", "face-tongue", "face-neutral-skeptical", "face-sleepy",
        "face-unwell", "face-concerned", "face-glasses",
    ),
    "animal": ("animal-mammal", "animal-bird", "animal-reptile"),
    "food": ("food-fruit", "food-vegetable", "food-prepared", "food-sweet"),
}  # fmt: skip
PARTS = ("feather", "paw prints", "pig nose", "wing")  # of animals, and none themselves
FACTORS = (3, 4)  # by which an emoji of 96 pixels is made smaller: to 32 and to 24
OBJECTS = (2, 4)  # fewest and most objects that are drawn for a scene
HIDDEN = 1 / 3  # the largest share of an object that one other may cover
TRIES = 20


class Scene(NamedTuple):
    """A scene and its truth.

    Attributes:
        image: uint8, shape (64, 64, 3), red, green, blue.
        classes: uint8, shape (64, 64); what each pixel shows, a place in `CLASSES`.
        instances: uint8, shape (64, 64); which object it is, 1 to n, and 0 for the background.
        labels: int64, shape (n,); the class of object 1, 2 and so on.
    """

    image: np.ndarray
    classes: np.ndarray
    instances: np.ndarray
    labels: np.ndarray


def select(emoji: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pick the emoji of the three classes.

    Args:
        emoji: The features `image`, `subgroup` and `name` of the data set, by name.

    Returns:
        Pictures, uint8, shape (N, 96, 96, 4); their classes, int64, shape (N,), from 1; and their
        names, shape (N,).
    """
    label_of = {
        subgroup: CLASSES.index(label) for label, group in SUBGROUPS.items() for subgroup in group
    }
    labels = np.array([label_of.get(subgroup, 0) for subgroup in emoji["subgroup"]])
    chosen = (labels > 0) & ~np.isin(emoji["name"].astype(str), PARTS)
    return emoji["image"][chosen], labels[chosen], emoji["name"][chosen]


def families(names, labels) -> np.ndarray:
    """Number the families: animals and foods of a class whose names share a word belong together.

    So "cat", "cat face" and "black cat" are one family, since their drawings are much alike. Faces
    are all drawn on one yellow disk, and each counts as a family of its own.

    Args:
        names: Names, shape (N,).
        labels: Classes, integers, shape (N,).

    Returns:
        A number for each emoji, int64, shape (N,), equal within a family.
    """
    family = np.arange(len(names))
    first_with = {}
    for place, (name, label) in enumerate(zip(names, labels, strict=True)):
        if CLASSES[label] == "face":
            continue
        for word in set(name.split()) - {"face", "of", "on"}:
            other = first_with.setdefault((label, word), place)
            both = family[[place, other]]
            family[np.isin(family, both)] = both.min()  # whatever the order of a set's words
    return family


def split(names, labels, shares=(0.6, 0.15, 0.25), seed: int = 0) -> np.ndarray:
    """Deal whole families out to training, validation and test, class by class.

    Args:
        names: Names, shape (N,).
        labels: Classes, integers, shape (N,).
        shares: Shares of each class's emoji, which add up to 1; families are whole, so a class
            meets them only nearly.
        seed: Seed of `np.random.default_rng`.

    Returns:
        0 for training, 1 for validation and 2 for test, int64, shape (N,).

    Raises:
        ValueError: If the shares are negative or do not add up to 1.
    """
    if min(shares) < 0 or not np.isclose(sum(shares), 1):
        raise ValueError(f"shares must be positive and add up to 1. Received: shares={shares}")
    rng = np.random.default_rng(seed)
    labels, family = np.asarray(labels), families(names, labels)
    part = np.zeros(len(labels), "int64")
    for label in np.unique(labels):
        own = labels == label
        wanted = np.array(shares) * own.sum()
        dealt = np.zeros(len(shares))
        for number in rng.permutation(np.unique(family[own])):
            members = family == number
            place = np.argmax(wanted - dealt)  # the part that lacks most
            part[members] = place
            dealt[place] += members.sum()
    return part


def background(rng: np.random.Generator) -> np.ndarray:
    """A smooth background between four random colors, with a little noise.

    Args:
        rng: Source of the randomness.

    Returns:
        Colors from about 0 to 1, float64, shape (64, 64, 3).
    """
    corners = rng.uniform(size=(2, 2, 3))
    ramp = np.linspace([1, 0], [0, 1], SIZE)  # (64, 2)
    smooth = np.einsum("ia,jb,abc->ijc", ramp, ramp, corners, optimize=True)
    return smooth + rng.normal(scale=0.03, size=smooth.shape)


def shrink(emoji: np.ndarray, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """Average an emoji over blocks of factor × factor pixels.

    Args:
        emoji: uint8, shape (height, width, 4), red, green, blue, alpha.
        factor: Pixels along a block's side; it divides height and width.

    Returns:
        Color times alpha, float64, shape (height / factor, width / factor, 3), and alpha, likewise
        with a last axis of length 1, both from 0 to 1.

    Raises:
        ValueError: If the factor does not divide height and width.
    """
    height, width = emoji.shape[:2]
    if factor < 1 or height % factor or width % factor:
        raise ValueError(
            f"factor must divide height and width, {height} and {width}. Received: factor={factor}"
        )
    pixels = emoji.astype("float64")
    pixels[..., :3] *= pixels[..., 3:] / 255
    blocks = pixels.reshape(height // factor, factor, width // factor, factor, 4)
    small = blocks.sum(axis=1).sum(axis=2) / (255 * factor**2)
    return small[..., :3], small[..., 3:]


def compose_scene(
    rng: np.random.Generator, emoji: np.ndarray, labels: np.ndarray, objects=OBJECTS
) -> Scene:
    """Paste emoji onto a background; what comes later lies in front.

    The class of an object is drawn first, each equally likely, then one of its emoji, its size
    and whether it is mirrored. A place at which it would cover more than a third of another object
    is drawn again; after 20 tries the object is left out.

    Args:
        rng: Source of the randomness.
        emoji: Pictures, uint8, shape (N, 96, 96, 4).
        labels: Their classes, integers, shape (N,), places in `CLASSES`.
        objects: Fewest and most objects that are drawn.

    Returns:
        The scene.

    Raises:
        ValueError: If `objects` is not a pair of which the first is at least 1 and at most the
            second.
    """
    fewest, most = objects
    if not 1 <= fewest <= most:
        raise ValueError(f"objects must be (fewest, most), from 1 up. Received: objects={objects}")
    image = background(rng)
    instances = np.zeros((SIZE, SIZE), "uint8")
    found, areas = [], []
    for _ in range(rng.integers(fewest, most, endpoint=True)):
        label = rng.choice(np.unique(labels))
        chosen = emoji[rng.choice(np.flatnonzero(labels == label))]
        color, alpha = shrink(chosen, rng.choice(FACTORS))
        if rng.random() < 0.5:
            color, alpha = color[:, ::-1], alpha[:, ::-1]
        inside = alpha[..., 0] >= 0.5  # (side, side)
        for _ in range(TRIES):
            top, left = rng.integers(0, SIZE - len(inside), size=2, endpoint=True)
            window = slice(top, top + len(inside)), slice(left, left + len(inside))
            covered = np.bincount(instances[window][inside], minlength=len(found) + 1)[1:]
            if np.all(covered <= HIDDEN * np.array(areas)):
                image[window] = image[window] * (1 - alpha) + color
                found.append(label)
                areas.append(inside.sum())
                instances[window][inside] = len(found)
                break
    labels = np.array(found, "int64")
    classes = np.append(0, labels)[instances].astype("uint8")
    return Scene((255 * np.clip(image, 0, 1)).round().astype("uint8"), classes, instances, labels)


def compose_scenes(
    number: int, seed: int, emoji: np.ndarray, labels: np.ndarray, objects=OBJECTS
) -> list[Scene]:
    """Compose many scenes.

    Args:
        number: How many.
        seed: Seed of `np.random.default_rng`; the same seed gives the same scenes.
        emoji: As in `compose_scene`.
        labels: As in `compose_scene`.
        objects: As in `compose_scene`.

    Returns:
        The scenes.

    Raises:
        ValueError: If `number` is not positive, or as from `compose_scene`.
    """
    if number < 1:
        raise ValueError(f"number must be a positive integer. Received: number={number}")
    rng = np.random.default_rng(seed)
    return [compose_scene(rng, emoji, labels, objects) for _ in range(number)]


def stack(scenes: list[Scene]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and classes of scenes, as a network wants them.

    Args:
        scenes: The scenes.

    Returns:
        Pictures, float32, shape (N, 64, 64, 3), from 0 to 1; classes, uint8, shape (N, 64, 64).
    """
    images = np.stack([scene.image for scene in scenes]).astype("float32") / 255
    return images, np.stack([scene.classes for scene in scenes])
