"""The puzzle of shapes before any script has run. `shape_puzzle.js` is the rest of it."""

from utils import counting
from utils.widgets._still import ACCENT, BOLD, NEGATIVE, _drawing, _one_of, _text

CONV = {"kind": "Conv2D", "filters": 64, "kernel_size": 3, "strides": 1, "padding": "same"}
POOL = {"kind": "MaxPooling2D", "pool_size": 2, "strides": 2, "padding": "valid"}
MEAN = {"kind": "GlobalAveragePooling2D"}

# Each level has a residual block whose two tensors cannot be added yet, or not as they should.
# `editable` is the layer of the main path whose padding the reader may change. A level with
# answers offers whole blocks instead, of which the one that gives `goal` is right.
LEVELS = [
    {
        "title": "more filters",
        "task": "The input has 32 channels, the main path ends with 64. Choose what the shortcut "
        "does.",
        "input_shape": [25, 25, 32],
        "main": [CONV],
        "shortcut": [],
        "lesson": "A 1×1 convolution sets the number of channels and leaves the map as it is.",
    },
    {
        "title": "pooling, 24 pixels wide",
        "task": "Now the main path also pools. Choose what the shortcut does.",
        "input_shape": [24, 24, 32],
        "main": [CONV, POOL],
        "shortcut": [],
        "lesson": "One layer does both: `filters` sets the channels, `strides=2` fits the pooling.",
    },
    {
        "title": "pooling, 25 pixels wide",
        "task": "The same block on an odd map. Here you may also change the padding of the pooling "
        "in the main path.",
        "input_shape": [25, 25, 32],
        "main": [CONV, POOL],
        "editable": 1,
        "shortcut": [],
        "lesson": 'With `padding="same"` the pooling rounds up, as `strides=2` does: 13 on both '
        "paths. On even maps it changes nothing, so a padded pooling fits every map.",
    },
    {
        "title": "no error, and yet",
        "task": "This block stands in the middle of a network. It should give each of the 8 · 8 "
        "places its own sum: the input there, plus what the convolution found there. `Add` runs. "
        "Is this what you want?",
        "input_shape": [8, 8, 64],
        "goal": [8, 8, 64],
        "main": [CONV, MEAN],
        "shortcut": [],
        "broadcast": "Height and width of the main path are 1, so its 64 numbers are added at "
        "every place. No error says so. Choose an answer.",
        "answers": [
            {
                "text": "Yes: it runs, and the result has the shape of the input.",
                "main": [CONV, MEAN],
                "shortcut": [],
                "why": "The shape is right and the numbers are not: every place of a plane gets "
                "the same number added, the mean over all places. What the convolution found, and "
                "where, is lost. Training goes on without a warning.",
            },
            {
                "text": "No: the shortcut needs the same global pooling.",
                "main": [CONV, MEAN],
                "shortcut": [MEAN],
                "why": "Now the shapes are equal, and all places are gone: the next block gets a "
                "map of one pixel.",
            },
            {
                "text": "No: the global pooling does not belong in this block.",
                "main": [CONV],
                "shortcut": [],
                "why": "Equal shapes without it: `Add` adds number to number, place by place. "
                "Global pooling comes once, after the last block. Compare the shapes before an "
                "`Add`; an error will not always do it for you.",
            },
        ],
    },
]

WIDTH, HEIGHT = 330, 40  # of a box in the drawing


def start(*, level: int = 1) -> dict:
    """Check how the widget starts.

    Args:
        level: The first level to show, from 1.

    Returns:
        The state, ready for JSON: the level and all levels.

    Raises:
        ValueError: If there is no such level.
    """
    _one_of("level", level, range(1, len(LEVELS) + 1))
    return {"level": level, "levels": LEVELS}


def still(state: dict) -> tuple[str, str]:
    """Draw the block of the first level as it starts.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    level = state["levels"][state["level"] - 1]
    main = _shapes(level["input_shape"], level["main"])
    shortcut = _shapes(level["input_shape"], level["shortcut"])
    ends = f"({_written(main[-1])}) and ({_written(shortcut[-1])})"
    runs = all(a == b or 1 in (a, b) for a, b in zip(main[-1], shortcut[-1], strict=True))
    outcome = "runs, but broadcasts" if runs else "fails"
    sentence = (
        f"A residual block whose main path and shortcut give {ends}: Add {outcome}. "
        "What must change?"
    )

    right = WIDTH + 40
    parts = [_box(right // 2, 0, f"Input ({_written(main[0])})")]
    for row, (layer, shape) in enumerate(zip(level["main"], main[1:], strict=True)):
        text = f"{layer['kind']} → ({_written(shape)})"
        parts.append(_box(0, (row + 1) * (HEIGHT + 30), text, ACCENT))
    below = (len(main)) * (HEIGHT + 30)
    middle = below // 2
    text = f"Shortcut → ({_written(shortcut[-1])})"
    parts.append(_box(right, middle, text, ACCENT))
    parts.append(_box(right // 2, below, f"Add {outcome}", NEGATIVE, BOLD))
    # Lines from box to box.
    left_axis, center, right_axis = WIDTH // 2, (right + WIDTH) // 2, right + WIDTH // 2
    lines = [
        f"M{center - 40} {HEIGHT}L{left_axis} {HEIGHT + 30}",
        f"M{center + 40} {HEIGHT}L{right_axis} {middle}",
        f"M{right_axis} {middle + HEIGHT}L{center + 40} {below}",
        f"M{left_axis} {below - 30}L{center - 40} {below}",
    ]
    lines += [
        f"M{left_axis} {row * (HEIGHT + 30) + HEIGHT}v30" for row in range(1, len(level["main"]))
    ]
    parts.append(f'<path d="{"".join(lines)}" stroke="currentColor" stroke-opacity="60%"/>')

    width, height = right + WIDTH, below + HEIGHT
    count = len(state["levels"])
    more = f"With JavaScript this puzzle of {count} levels can be solved here."
    picture = _drawing(parts, sentence, width + 4, height + 4, left=-2, top=-2, more=more)
    return picture, sentence


def _written(shape):
    return ", ".join(map(str, shape))


def _shapes(input_shape, layers):
    """Shapes along a path, its input included."""
    shapes = [tuple(input_shape)]
    for layer in layers:
        arguments = {name: value for name, value in layer.items() if name != "kind"}
        if layer["kind"] == "Conv2D":
            count = counting.conv2d(shapes[-1], **arguments)
        elif layer["kind"] == "MaxPooling2D":
            count = counting.pooling2d(shapes[-1], **arguments)
        else:
            count = counting.global_average_pooling2d(shapes[-1], keepdims=True)
        shapes.append(count.output_shape)
    return shapes


def _box(x, y, text, color="currentColor", more=""):
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="none" '
        f'style="stroke:{color}" stroke-width="2"/>'
        + _text(x + WIDTH // 2, y + 26, text, f' text-anchor="middle"{more}')
    )
