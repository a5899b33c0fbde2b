"""One style for every figure of the book.

Functions draw on Matplotlib Axes and return them, so that a cell can go on from there.
"""

import importlib.util
import itertools
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.path import Path as Line

# Okabe and Ito's palette without its yellow, which is too light for lines on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
FRAME_COLOR = "#D55E00"
GRID_COLOR = "#BFBFBF"


def use_style() -> None:
    """Set Matplotlib's defaults to the book's style.

    Figures get a white background, so that they stay legible in a dark page, colors that
    color-blind readers can tell apart, and 100 dots per inch, so that a page stays small.
    Korean letters come from the NanumGothic font of the package koreanize-matplotlib, if that is
    installed; all other letters come from DejaVu Sans, which ships with Matplotlib.

    Source:
        Okabe and Ito, Color Universal Design (2008), for the colors.
    """
    plt.rcParams.update(
        {
            "axes.prop_cycle": plt.cycler(color=COLORS),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlesize": 11,
            "figure.constrained_layout.use": True,
            "figure.dpi": 100,
            "figure.facecolor": "white",
            "figure.figsize": (6, 3.5),
            "font.family": ["DejaVu Sans", *_korean_fonts()],
            "font.size": 10,
            "legend.frameon": False,
            "savefig.dpi": 100,
            "savefig.facecolor": "white",
        }
    )


def show_images(
    images: Sequence[np.ndarray] | np.ndarray,
    titles: Sequence[str] | None = None,
    columns: int | None = None,
    cmap: str = "gray",
    vmin: float | None = None,
    vmax: float | None = None,
    size: float = 1.6,
) -> np.ndarray:
    """Draw pictures in a grid, in a new figure.

    Args:
        images: Pictures of shape (height, width) or (height, width, 1), drawn with `cmap`, or
            (height, width, 3 or 4), drawn as RGB or RGBA. Colors are uint8 from 0 to 255 or float
            from 0 to 1. An array with a leading axis of pictures, or a list; their sizes may
            differ.
        titles: A title for each picture.
        columns: Pictures in a row. By default all stand in one row, at most eight.
        cmap: Matplotlib's name of the color map for pictures with a single channel.
        vmin: Value that gets the first color of `cmap`. By default each picture's own minimum;
            give `vmin` and `vmax` to make pictures comparable.
        vmax: Value that gets the last color of `cmap`. By default each picture's own maximum.
        size: Width and height of a picture's place in the grid, in inches.

    Returns:
        Axes, shape (number of pictures,), in the order of `images`.

    Raises:
        ValueError: If there is no picture, a shape is not a picture's, the titles are not as many
            as the pictures, or `columns` is not positive.
    """
    images = [np.asarray(image) for image in images]
    if not images:
        raise ValueError("images must hold at least one picture. Received: 0 pictures")
    for index, image in enumerate(images):
        if image.ndim != 2 and not (image.ndim == 3 and image.shape[-1] in (1, 3, 4)):
            raise ValueError(
                "images must have shape (height, width) or (height, width, channels) with "
                f"1, 3 or 4 channels. Received: images[{index}] with shape={image.shape}"
            )
    if titles is not None and len(titles) != len(images):
        raise ValueError(
            f"titles must be as many as the images, {len(images)}. Received: {len(titles)} titles"
        )
    if columns is None:
        columns = min(len(images), 8)
    if columns < 1:
        raise ValueError(f"columns must be a positive integer. Received: columns={columns}")

    rows = -(-len(images) // columns)
    title_height = 0.0 if titles is None else 0.3
    _, grid = plt.subplots(
        rows, columns, figsize=(size * columns, (size + title_height) * rows), squeeze=False
    )
    axes = grid.ravel()
    for ax in axes:
        ax.set_axis_off()
    for ax, image in zip(axes, images, strict=False):
        if image.ndim == 3 and image.shape[-1] == 1:
            image = image[..., 0]
        ax.imshow(image, cmap=cmap, vmin=vmin, vmax=vmax)
    for ax, title in zip(axes, titles or (), strict=False):
        ax.set_title(title)
    return axes[: len(images)]


def show_matrix(
    matrix: np.ndarray,
    ax: Axes | None = None,
    fmt: str | None = None,
    title: str | None = None,
    highlight: tuple[int, int, int, int] | None = None,
    cmap: str = "RdBu_r",
    vmin: float | None = None,
    vmax: float | None = None,
) -> Axes:
    """Draw a small matrix as numbers in colored cells.

    With the default colors, zero is white, positive numbers are red and negative ones blue, and
    the largest magnitude has the strongest color. Gray pixels look like themselves with
    `cmap="gray", vmin=0, vmax=255`.

    Args:
        matrix: Numbers, shape (rows, columns), any real dtype. A cell that is NaN stays empty.
        ax: Where to draw. By default in a new figure.
        fmt: Format specification of the numbers, such as ".2f". By default integers are written
            in full and other numbers with two digits after the point.
        title: Title above the matrix.
        highlight: Window to draw a frame around, as (row, column, height, width) in cells.
        cmap: Matplotlib's name of the color map.
        vmin: Value that gets the first color of `cmap`. By default minus the largest magnitude.
        vmax: Value that gets the last color of `cmap`. By default the largest magnitude.

    Returns:
        The Axes drawn on.

    Raises:
        ValueError: If `matrix` has not two axes or is empty, or `highlight` reaches out of it.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(
            "matrix must have shape (rows, columns) and at least one number. "
            f"Received: shape={matrix.shape}"
        )
    rows, columns = matrix.shape
    if highlight is not None:
        row, column, height, width = highlight
        if not (0 <= row < row + height <= rows and 0 <= column < column + width <= columns):
            raise ValueError(
                "highlight must be (row, column, height, width) of a window inside the matrix "
                f"of shape {matrix.shape}. Received: highlight={highlight}"
            )
    if matrix.dtype == bool:
        matrix = matrix.astype(int)
    if fmt is None:
        fmt = "d" if np.issubdtype(matrix.dtype, np.integer) else ".2f"

    values = matrix.astype(float)
    limit = np.abs(values[np.isfinite(values)]).max(initial=0) or 1.0
    if ax is None:
        _, ax = plt.subplots(figsize=(0.55 * columns + 0.3, 0.5 * rows + 0.5))
    image = ax.imshow(
        values,
        cmap=cmap,
        vmin=-limit if vmin is None else vmin,
        vmax=limit if vmax is None else vmax,
    )
    for (row, column), number in np.ndenumerate(matrix):
        if not np.isnan(number):
            color = _readable_on(image.to_rgba(values[row, column]))
            ax.text(column, row, format(number, fmt), color=color, ha="center", va="center")

    ax.set_xticks(np.arange(columns + 1) - 0.5)
    ax.set_yticks(np.arange(rows + 1) - 0.5)
    ax.grid(color=GRID_COLOR, linewidth=1)
    ax.tick_params(length=0, labelbottom=False, labelleft=False)
    ax.spines[:].set(visible=True, color=GRID_COLOR, linewidth=1)
    if highlight is not None:
        row, column, height, width = highlight
        ax.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5),
                width,
                height,
                fill=False,
                edgecolor=FRAME_COLOR,
                linewidth=3,
                zorder=3,
                clip_on=False,
            )
        )
    if title is not None:
        ax.set_title(title)
    return ax


def connections(model) -> dict[str, list[str]]:
    """Which layers feed each layer of a model: the last column of its `summary()`.

    Args:
        model: A functional or a built Sequential Keras model. A model inside it counts as one
            layer.

    Returns:
        For each layer, in the order of `summary()`, the names of the layers that it receives
        from, in the order in which it received them; none for an input. A layer that is called
        more than once has the inputs of all its calls.

    Raises:
        TypeError: If `model` knows no graph, as a subclassed or an unbuilt one.

    Source:
        Section 4.2.
    """
    graph = _graph(model)
    nodes = [node for nodes in graph._nodes_by_depth.values() for node in nodes]
    return {
        operation.name: [
            tensor._keras_history.operation.name
            for node in operation._inbound_nodes
            if node in nodes  # a call that belongs to another model is left out
            for tensor in node.input_tensors
        ]
        for operation in graph.operations
    }


def show_graph(model, ax: Axes | None = None) -> Axes:
    """Draw a model as `keras.utils.plot_model` would, without pydot and Graphviz.

    A box is a layer, with its name, its class and its output shape. An arrow leads from the layer
    that gives to the layer that receives. A layer that is called more than once is one box, with
    the output shapes of all its calls.

    Args:
        model: A functional or a built Sequential Keras model. A model inside it is one box.
        ax: Where to draw. By default in a new figure, just large enough.

    Returns:
        The Axes drawn on. Each arrow has the `gid` "giver -> receiver".

    Raises:
        TypeError: If `model` knows no graph, as a subclassed or an unbuilt one.
        ValueError: If a layer receives, by way of others or not, its own output.

    Source:
        Section 4.2.
    """
    feeds = connections(model)
    row = {}
    for name, givers in feeds.items():
        if any(giver not in row for giver in givers):
            raise ValueError(
                "model must not hold a layer that receives its own output. "
                f"Received: layer {name} with inputs from {givers}"
            )
        row[name] = 1 + max((row[giver] for giver in givers), default=-1)

    # An arrow that passes rows leaves a free place in each of them: (giver, receiver, row).
    above = {name: [] for name in feeds}
    routes = {}
    for receiver, givers in feeds.items():
        for giver in dict.fromkeys(givers):
            passed = [(giver, receiver, r) for r in range(row[giver] + 1, row[receiver])]
            route = routes[giver, receiver] = [giver, *passed, receiver]
            for upper, lower in itertools.pairwise(route):
                above.setdefault(lower, []).append(upper)
    x = {}
    for number in range(max(row.values()) + 1):
        here = [
            item for item in above if (item[2] if isinstance(item, tuple) else row[item]) == number
        ]
        here.sort(key=lambda item: np.mean([x[upper] for upper in above[item]] or [0]))
        x |= {item: place - (len(here) - 1) / 2 for place, item in enumerate(here)}

    labels = {operation.name: _label(operation, model) for operation in _graph(model).operations}
    lines = {name: label.split("\n") for name, label in labels.items()}
    width = 0.35 + 0.068 * max(len(line) for label in lines.values() for line in label)
    height = 0.42 + 0.123 * max(len(label) for label in lines.values())  # of a row, in inches
    half = {name: (0.06 + 0.0615 * len(label)) / height for name, label in lines.items()}
    side, depth = max(map(abs, x.values())) + 0.5, max(row.values())
    if ax is None:
        _, ax = plt.subplots(figsize=(2 * side * width, height * (depth + 1)))
    ax.set(xlim=(-side, side), ylim=(depth + 0.5, -0.5))
    ax.set_axis_off()
    for name, label in labels.items():
        ax.text(
            *(x[name], row[name], label),
            bbox={"boxstyle": "round", "facecolor": "#EAF3F9", "edgecolor": COLORS[0]},
            **{"ha": "center", "va": "center", "fontsize": 8, "linespacing": 1.15},
        )
    for (giver, receiver), route in routes.items():
        points = [(x[giver], row[giver] + half[giver])]
        for place in route[1:-1]:
            points += [(x[place], place[2] - 0.3), (x[place], place[2] + 0.3)]
        points.append((x[receiver], row[receiver] - half[receiver]))
        line = FancyArrowPatch(
            path=Line(points), arrowstyle="-|>", mutation_scale=10, color="#333333", zorder=1
        )
        line.set_gid(f"{giver} -> {receiver}")
        ax.add_patch(line)
    return ax


def _graph(model):
    """The object that knows the graph of calls. Sequential wraps it."""
    graph = getattr(model, "_functional", None) or model
    if not hasattr(graph, "_nodes_by_depth"):
        raise TypeError(
            "model must be a functional or a built Sequential Keras model. "
            f"Received: {type(model).__name__}"
        )
    return graph


def _label(operation, model):
    """Name, class and output shapes of one layer; different shapes of several calls all appear."""
    nodes = [node for nodes in _graph(model)._nodes_by_depth.values() for node in nodes]
    shapes = [
        str(tensor.shape)
        for node in operation._inbound_nodes
        if node in nodes
        for tensor in node.output_tensors
    ]
    return "\n".join([operation.name, type(operation).__name__, *dict.fromkeys(shapes)])


def _readable_on(color: tuple[float, float, float, float]) -> str:
    """Black or white, whichever has more contrast with the color behind it (WCAG 2.1, 1.4.3)."""
    channels = np.array(to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    return "black" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"


def _korean_fonts() -> list[str]:
    """Make the Korean font known to Matplotlib and give its name, or no name without it.

    The package is found, not imported: importing it needs distutils, which Python 3.12 removed,
    and changes the default font.
    """
    spec = importlib.util.find_spec("koreanize_matplotlib")
    if spec is None:
        return []
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for name in ("NanumGothic.ttf", "NanumGothicBold.ttf"):
        path = str(Path(spec.origin).parent / "fonts" / name)
        if path not in known:
            font_manager.fontManager.addfont(path)
    return ["NanumGothic"]
