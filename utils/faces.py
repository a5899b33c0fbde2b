"""Synthetic faces: drawings of 32×32 gray pixels from eleven known numbers each.

No person was photographed and none is depicted. The faces exist so that what a model makes of a
smile can be compared with the smile that was drawn. `draw_faces` draws random faces,
`sample_attributes` only their numbers, and `render` draws faces from given numbers.

Lengths are in half sides of the picture: its middle is (0, 0), its edges lie at -1 and 1, x points
right and y down. Gray is 0 for black and 1 for white. The numbers of a face are independent of each
other, but for what `entangled` asks for:

| attribute | what it sets | distribution |
|---|---|---|
| `smile` | bend of the mouth: -1 corners down, 0 straight, 1 corners up | uniform, -1 to 1 |
| `glasses` | 0 none, 1 a frame around both eyes | 0 or 1, equally likely |
| `hair` | 0 none, 1 short, 2 long | 0, 1 or 2, equally likely |
| `skin` | gray of the head | uniform, 0.55 to 0.85 |
| `hair_tone` | gray of the hair, without effect where there is none | uniform, 0.05 to 0.4 |
| `width` | half the head's width | uniform, 0.5 to 0.64 |
| `height` | half the head's height | uniform, 0.7 to 0.8 |
| `eye_distance` | half the distance between the eyes | uniform, 0.23 to 0.3 |
| `tilt` | turn of the head, in degrees, clockwise | uniform, -5 to 5 |
| `x`, `y` | place of the head's center | uniform, -0.03 to 0.03 |

Fixed are the white background, the eyes (black disks), the nose (a short line), the width and
thickness of the mouth and the frame's thickness. Edges are smoothed over one pixel.
"""

from operator import index

import numpy as np

SIZE = 32  # height and width of a picture, in pixels
RANGES = {
    "smile": (-1.0, 1.0),
    "skin": (0.55, 0.85),
    "hair_tone": (0.05, 0.4),
    "width": (0.5, 0.64),
    "height": (0.7, 0.8),
    "eye_distance": (0.23, 0.3),
    "tilt": (-5.0, 5.0),
    "x": (-0.03, 0.03),
    "y": (-0.03, 0.03),
}
CHOICES = {"glasses": 2, "hair": 3}
ATTRIBUTES = ("smile", "glasses", "hair", *list(RANGES)[1:])


def draw_faces(
    number: int, seed: int, entangled: float = 0.0
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draw random synthetic faces.

    Args:
        number: How many.
        seed: Seed of `np.random.default_rng`; the same seed gives the same faces.
        entangled: Correlation of glasses with the sign of the smile, see `sample_attributes`.

    Returns:
        Pictures, uint8, shape (number, 32, 32, 1), 0 black and 255 white; and their attributes,
        by name, shape (number,) each.

    Raises:
        ValueError: If `number` is not positive or `entangled` not between -1 and 1.
    """
    attributes = sample_attributes(number, seed, entangled)
    return render(attributes), attributes


def sample_attributes(number: int, seed: int, entangled: float = 0.0) -> dict[str, np.ndarray]:
    """Draw the numbers of random faces, without drawing the faces.

    Args:
        number: How many faces.
        seed: Seed of `np.random.default_rng`.
        entangled: Correlation of `glasses` with the sign of `smile`. With 0 they are independent.
            With 0.8, 90 % of the faces with a smile above 0 have glasses, and 10 % of the others.
            In any case half of all faces have glasses, and no other number changes.

    Returns:
        Attributes by name, in the order of `ATTRIBUTES`, shape (number,) each: float64, and int64
        for glasses and hair.

    Raises:
        ValueError: If `number` is not positive or `entangled` not between -1 and 1.
    """
    if index(number) < 1:
        raise ValueError(f"number must be a positive integer. Received: number={number}")
    if not -1 <= entangled <= 1:
        raise ValueError(f"entangled must be from -1 to 1. Received: entangled={entangled}")
    rng = np.random.default_rng(seed)
    drawn = {name: rng.uniform(low, high, number) for name, (low, high) in RANGES.items()}
    drawn["hair"] = rng.integers(0, CHOICES["hair"], number)
    with_glasses = (1 + entangled * np.where(drawn["smile"] > 0, 1, -1)) / 2  # probability
    drawn["glasses"] = (rng.random(number) < with_glasses).astype("int64")
    return {name: drawn[name] for name in ATTRIBUTES}


def render(attributes: dict[str, np.ndarray]) -> np.ndarray:
    """Draw the faces with these attributes.

    Args:
        attributes: Attributes by name, all of `ATTRIBUTES`, numbers or arrays of shape (N,).

    Returns:
        Pictures, uint8, shape (N, 32, 32, 1).

    Raises:
        ValueError: If an attribute is missing, unknown or outside of its range, or the arrays
            differ in length.
    """
    if set(attributes) != set(ATTRIBUTES):
        raise ValueError(
            f"attributes must be {', '.join(ATTRIBUTES)}. Received: {', '.join(attributes)}"
        )
    arrays = np.broadcast_arrays(*(np.atleast_1d(attributes[name]) for name in ATTRIBUTES))
    given = dict(zip(ATTRIBUTES, arrays, strict=True))
    for name, (low, high) in RANGES.items():
        if not (given[name].min() >= low - 1e-9 and given[name].max() <= high + 1e-9):
            raise ValueError(
                f"{name} must be from {low:g} to {high:g}. "
                f"Received: {given[name].min():g} to {given[name].max():g}"
            )
    for name, choices in CHOICES.items():
        if not np.isin(given[name], range(choices)).all():
            raise ValueError(
                f"{name} must be an integer from 0 to {choices - 1}. "
                f"Received: {np.unique(given[name]).tolist()}"
            )
    number = len(arrays[0])
    parts = [
        _draw({name: values[start : start + 2000] for name, values in given.items()})
        for start in range(0, number, 2000)
    ]
    return np.concatenate(parts)


def _draw(attributes):
    """At most a few thousand faces at once, as each layer is an array of all their pixels."""
    a = {name: v[:, np.newaxis, np.newaxis].astype("float32") for name, v in attributes.items()}
    places = ((np.arange(SIZE) + 0.5) * 2 / SIZE - 1).astype("float32")
    right, down = (
        places[np.newaxis, np.newaxis] - a["x"],
        places[np.newaxis, :, np.newaxis] - a["y"],
    )
    angle = np.radians(a["tilt"])
    x = np.cos(angle) * right + np.sin(angle) * down  # in the head's own frame, (N, 32, 32)
    y = np.cos(angle) * down - np.sin(angle) * right

    image = np.ones_like(x)
    width, height = a["width"], a["height"]
    head = _ellipse(x, y, width, height)

    def paint(distance, gray, where=1.0):
        """Cover with gray what lies inside; `distance` is negative there, in half sides."""
        nonlocal image
        cover = where * np.clip(0.5 - distance * SIZE / 2, 0, 1)
        image = image + cover * (gray - image)

    long_hair = np.maximum(_ellipse(x, y, width + 0.13, height + 0.13), y - 0.46)
    paint(long_hair, a["hair_tone"], a["hair"] == 2)
    paint(head, a["skin"])
    fringe = y + 0.42 * height - 0.5 * np.square(x)
    cap = np.maximum(_ellipse(x, y, width + 0.07, height + 0.07), fringe)
    paint(cap, a["hair_tone"], a["hair"] > 0)

    side = np.abs(x)  # the face is symmetric
    eye = np.hypot(side - a["eye_distance"], y + 0.08)
    paint(eye - 0.075, 0.0)
    paint(np.hypot(x, y - np.clip(y, 0.06, 0.18)) - 0.025, 0.7 * a["skin"])
    half = 0.3  # of the mouth
    bend = 0.42 + 0.24 * a["smile"] * (0.5 - np.square(np.minimum(side, half) / half))
    paint(np.hypot(np.maximum(side - half, 0), y - bend) - 0.055, 0.1)

    frame = np.abs(eye - 0.185) - 0.025
    middle = a["eye_distance"]
    bridge = np.maximum(np.abs(y + 0.08) - 0.025, side - middle + 0.185)
    temple = np.maximum(np.abs(y + 0.08) - 0.025, np.maximum(middle + 0.185 - side, head))
    paint(np.minimum(frame, np.minimum(bridge, temple)), 0.1, a["glasses"])
    return np.rint(255 * image).astype("uint8")[..., np.newaxis]


def _ellipse(x, y, width, height):
    """About the distance to an ellipse's edge, negative inside."""
    return (np.hypot(x / width, y / height) - 1) * np.minimum(width, height)
