"""The k-means widget before any script has run. `kmeans.js` is the rest of it."""

from utils.widgets._still import ACCENT, BOLD, _drawing, _one_of, _text

# Every second row and column of the white pixels of Noto's emoji "wireless".
SIGN = """
.................................
..........#############..........
.......###################.......
.....########......#########.....
...######..............#######...
.######...................#####..
#####.......................####.
###..........................####
##.........###########........###
........################.........
.......#######.....#######.......
.....######...........#####......
....#####...............####.....
....###..................####....
.....#....................##.....
............########.............
...........###########...........
.........##############..........
........#####.......####.........
.........##..........###.........
.........#............#..........
...............##................
..............#####..............
.............######..............
.............######..............
..............#####..............
..............####...............
""".split()

WIDTH, HEIGHT, MARGIN = 600, 380, 20  # of the drawing


def _iris():
    from sklearn.datasets import load_iris

    return load_iris().data[:, 2:].tolist()


def _wine():
    from sklearn.datasets import load_wine

    table = load_wine()
    chosen = [table.feature_names.index(name) for name in ("flavanoids", "color_intensity")]
    columns = table.data[:, chosen]
    return ((columns - columns.mean(axis=0)) / columns.std(axis=0)).round(2).tolist()


def _sign():
    return [
        [column, -row]
        for row, line in enumerate(SIGN)
        for column, pixel in enumerate(line)
        if pixel == "#"
    ]


# Name: (points, what the axes show).
DATA = {
    "iris petals": (_iris, "150 iris flowers. To the right, length of a petal; up, width; in cm."),
    "wine": (
        _wine,
        "178 wines. To the right, flavanoids; up, intensity of color; both standardized.",
    ),
    "wireless sign": (_sign, "The white pixels of a picture, by column and row."),
}


def start(*, data: str = "iris petals", k: int = 3) -> dict:
    """Check how the widget starts.

    Args:
        data: Name of a data set, one of `DATA`.
        k: Number of clusters, 1 to 6.

    Returns:
        The state, ready for JSON: the choices, all data sets, and the first centers, which are
        points drawn at random.

    Raises:
        ValueError: If an argument has another value.
    """
    from utils.reference.kmeans import random_centers

    _one_of("data", data, DATA)
    _one_of("k", k, range(1, 7))
    sets = {name: {"points": points(), "axes": axes} for name, (points, axes) in DATA.items()}
    centers = random_centers(sets[data]["points"], k, 0).tolist()
    return {"data": data, "k": k, "centers": centers, "sets": sets}


def still(state: dict) -> tuple[str, str]:
    """Draw the points and the first centers.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    points, k = state["sets"][state["data"]]["points"], state["k"]
    left, top = min(x for x, _ in points), max(y for _, y in points)
    across, down = max(x for x, _ in points) - left, top - min(y for _, y in points)
    scale = min((WIDTH - 2 * MARGIN) / across, (HEIGHT - 2 * MARGIN) / down)

    def place(point):
        x, y = point
        return round(MARGIN + scale * (x - left)), round(MARGIN + scale * (top - y))

    dots = "".join(f"M{x} {y}h0" for x, y in map(place, points))
    parts = [
        f'<path d="{dots}" stroke="currentColor" stroke-opacity="45%" stroke-width="8" '
        'stroke-linecap="round"/>'
    ]
    for number, (x, y) in enumerate(map(place, state["centers"]), start=1):
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="13" fill="none" style="stroke:{ACCENT}" '
            'stroke-width="3"/>' + _text(x, y + 6, number, f' text-anchor="middle"{BOLD}')
        )
    noun = "center" if k == 1 else "centers"
    sentence = (
        f"k-means on {state['data']}: {len(points)} points and {k} {noun}, "
        f"drawn at random from the points. Nothing is assigned yet."
    )
    width, height = round(scale * across) + 2 * MARGIN, round(scale * down) + 2 * MARGIN
    more = "With JavaScript you can step through the algorithm here."
    picture = _drawing(parts, sentence, width, height, more=more)
    return picture, sentence
