"""The picture map widget before any script has run. `picture_map.js` is the rest of it."""

from base64 import b64decode, b64encode

import numpy as np

from utils.widgets._still import ACCENT, NEGATIVE, _drawing

WIDTH, MARGIN = 600, 24  # of the drawing
TILE = 44  # a picture's side in the still drawing
MOST = 400  # pictures


def start(
    *,
    images: np.ndarray,
    places: np.ndarray,
    kinds: np.ndarray,
    names: list[str],
    chosen: int | None = None,
) -> dict:
    """Check the pictures and find each one's nearest neighbors.

    Args:
        images: Gray pictures, shape (pictures, height, width) or (pictures, height, width, 1),
            uint8. At least 2 and at most 400. The page shows 16 levels of gray; distances are
            those of the pictures as they come.
        places: Where each lies on the map, shape (pictures, 2); rounded to two digits.
        kinds: Index into `names` for each picture, shape (pictures,), integers.
        names: What the kinds are called.
        chosen: Index of the picture shown first. By default the one whose nearest neighbor on the
            map is farther away, among all pixels, than its nearest there, by the largest margin.

    Returns:
        The state, ready for JSON. `near` holds for each picture the indices of its nearest
        neighbors, on the map and among all pixels, the lower index in a tie; `apart` their
        distances from it among all pixels, which count from 0 to 1.

    Raises:
        ValueError: If an argument has the wrong shape, type or range.
    """
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 3 or images.dtype != np.uint8 or images.size == 0:
        raise ValueError(
            "images must be uint8 of shape (pictures, height, width) or (pictures, height, width, "
            f"1). Received: shape={images.shape}, dtype={images.dtype}"
        )
    count = len(images)
    if not 2 <= count <= MOST:
        raise ValueError(f"images must be 2 to {MOST} pictures. Received: {count} pictures")
    places = np.asarray(places, dtype=np.float64)
    if places.shape != (count, 2) or not np.isfinite(places).all():
        raise ValueError(
            f"places must be finite numbers of shape ({count}, 2). Received: shape={places.shape}"
        )
    if (places == places[0]).all(axis=0).any():
        raise ValueError("places must differ along both axes. Received: one value for all pictures")
    kinds = np.asarray(kinds)
    if kinds.shape != (count,) or kinds.dtype.kind not in "iu":
        raise ValueError(
            f"kinds must be integers of shape ({count},). "
            f"Received: shape={kinds.shape}, dtype={kinds.dtype}"
        )
    if kinds.min() < 0 or kinds.max() >= len(names):
        raise ValueError(
            f"kinds must be indices into the {len(names)} names. "
            f"Received: values from {kinds.min()} to {kinds.max()}"
        )
    if chosen is not None and chosen not in range(count):
        raise ValueError(f"chosen must be one of 0 to {count - 1}. Received: chosen={chosen!r}")

    # Whole numbers, so that every machine finds the same neighbors.
    on_map = _squares(np.rint(places * 100).astype(np.int64))
    in_all = _squares(images.reshape(count, -1).astype(np.int64))
    near = np.stack([on_map.argmin(axis=1), in_all.argmin(axis=1)], axis=1)  # (N, 2)
    apart = np.sqrt(np.take_along_axis(in_all, near, axis=1)) / 255  # (N, 2)
    if chosen is None:
        chosen = (apart[:, 0] - apart[:, 1]).argmax()
    return {
        "size": list(images.shape[1:]),
        "pixels": b64encode(_packed(images)).decode("ascii"),
        "places": [[round(float(value), 2) for value in place] for place in places],
        "kinds": kinds.tolist(),
        "names": list(names),
        "near": near.tolist(),
        "apart": apart.round(2).tolist(),
        "chosen": int(chosen),
    }


def still(state: dict) -> tuple[str, str]:
    """Draw where the pictures lie, some of them, and two neighbors of one.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    places, kinds, near = state["places"], state["kinds"], state["near"]
    left, top = min(x for x, _ in places), max(y for _, y in places)
    scale = (WIDTH - 2 * MARGIN) / (max(x for x, _ in places) - left)
    height = round(scale * (top - min(y for _, y in places))) + 2 * MARGIN
    drawn = [(round(MARGIN + scale * (x - left)), round(MARGIN + scale * (top - y)))
             for x, y in places]  # fmt: skip
    one = state["chosen"]
    on_map, in_all = near[one]

    shown = [one, *dict.fromkeys([on_map, in_all])]
    for index, (x, y) in enumerate(drawn):
        if all(max(abs(x - drawn[i][0]), abs(y - drawn[i][1])) > TILE for i in shown):
            shown.append(index)
    dots = "".join(f"M{x} {y}h0" for x, y in drawn)
    half = TILE // 2
    parts = [
        f'<path d="{dots}" stroke="currentColor" stroke-opacity="45%" stroke-width="6" '
        'stroke-linecap="round"/>'
    ]
    for index in reversed(shown):
        x, y = drawn[index]
        parts.append(
            f'<image x="{x - half}" y="{y - half}" width="{TILE}" height="{TILE}" '
            f'href="data:image/bmp;base64,{_bitmap(state, index)}"/>'
        )
    for index, color in ((in_all, NEGATIVE), (on_map, ACCENT), (one, ACCENT)):
        x, y = drawn[index]
        x0, y0 = drawn[one]
        parts.append(
            f'<path d="M{x0} {y0}L{x} {y}" style="stroke:{color}" stroke-width="3"/>'
            f'<rect x="{x - half}" y="{y - half}" width="{TILE}" height="{TILE}" fill="none" '
            f'style="stroke:{color}" stroke-width="3"/>'
        )

    def named(index):
        return state["names"][kinds[index]]

    rows, columns = state["size"]
    sentence = (
        f"A map of {len(places)} pictures. Of one, {named(one)}, the nearest on the map is "
        f"{named(on_map)} and the nearest in all {rows * columns} dimensions {named(in_all)}."
    )
    more = "With JavaScript you can zoom and look at each picture here."
    picture = _drawing(parts, sentence, WIDTH, height, more=more)
    return picture, sentence


def _squares(points):
    """Squared distances between all points, with the distance to itself out of reach."""
    lengths = np.sum(points**2, axis=1)
    squares = lengths[:, np.newaxis] + lengths - 2 * points @ points.T
    np.fill_diagonal(squares, np.iinfo(np.int64).max)
    return squares


def _packed(images):
    """Pixels with 16 levels of gray, two a byte, the first in the upper half."""
    levels = (images.reshape(-1).astype(np.uint16) * 15 + 127) // 255
    levels = np.append(levels, [0] * (len(levels) % 2)).astype(np.uint8)
    return (levels[::2] << 4 | levels[1::2]).tobytes()


def _levels(state, index):
    """Pixels of one picture of the state, 0 to 15, shape (height, width)."""
    data = np.frombuffer(b64decode(state["pixels"]), dtype=np.uint8)
    levels = np.stack([data >> 4, data & 15], axis=1).reshape(-1)
    rows, columns = state["size"]
    return levels[index * rows * columns :][: rows * columns].reshape(rows, columns)


def _bitmap(state, index):
    """One picture as an uncompressed bitmap file in base64: the same bytes on every machine."""
    rows, columns = state["size"]
    stride = -(-columns // 8) * 4  # rows are filled up to four bytes
    levels = np.zeros((rows, 2 * stride), dtype=np.uint8)
    levels[:, :columns] = _levels(state, index)[::-1]  # from the bottom up
    body = levels[:, ::2] << 4 | levels[:, 1::2]
    palette = b"".join(bytes([17 * level] * 3 + [0]) for level in range(16))
    header = 14 + 40 + len(palette)
    fields = [(header + body.size, 4), (0, 4), (header, 4),  # size of the file, -, where pixels are
              (40, 4), (columns, 4), (rows, 4), (1, 2), (4, 2),  # one plane, four bits a pixel
              (0, 4), (body.size, 4), (2835, 4), (2835, 4), (16, 4), (0, 4)]  # fmt: skip
    packed = b"".join(value.to_bytes(size, "little") for value, size in fields)
    return b64encode(b"BM" + packed + palette + body.tobytes()).decode("ascii")
