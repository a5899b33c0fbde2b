"""The convolution widget before any script has run. `convolution.js` is the rest of it."""

from operator import index

from utils import counting
from utils.reference.convolution import same_padding
from utils.widgets._still import ACCENT, BOLD, NEGATIVE, _drawing, _one_of, _text, _written

UNIT = 40  # a cell's side in the drawing


def _digit(row, column, size):
    top = row == 1 and 1 <= column <= size - 2
    return 9 * (top or (1 < row <= size - 2 and column == size - 2 - (row - 1) // 2))


# Pixel values by name, from row, column and input_size.
IMAGES = {
    "vertical edge": lambda row, column, size: 1 if column < size // 2 else 6,
    "diagonal line": lambda row, column, size: max(0, 8 - 4 * abs(row - column)),
    "checkerboard": lambda row, column, size: 6 if (row + column) % 2 else 1,
    "ramp": lambda row, column, size: column,
    "single pixel": lambda row, column, size: int(row == column == size // 2),
    "digit 7": _digit,
}

KERNELS = {
    "identity": lambda size: [
        [int(row == column == (size - 1) // 2) for column in range(size)] for row in range(size)
    ],
    "box blur (sum)": lambda size: [[1] * size for _ in range(size)],
    "Sobel x": lambda size: [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "Sobel y": lambda size: [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "Laplacian": lambda size: [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
}
ONLY_3X3 = ("Sobel x", "Sobel y", "Laplacian")


def start(
    *,
    image: str = "vertical edge",
    input_size: int = 7,
    kernel: str | list[list[int]] = "Sobel x",
    kernel_size: int = 3,
    strides: int = 1,
    padding: str = "valid",
    dilation_rate: int = 1,
    channels: int = 1,
    filters: int = 1,
) -> dict:
    """Check how the widget starts.

    Args:
        image: Name of an image, one of `IMAGES`.
        input_size: Height and width of the image, 5 to 12 pixels.
        kernel: Name of a kernel, one of `KERNELS`, or its weights: a square list of lists of
            integers from -9 to 9, which then sets `kernel_size`.
        kernel_size: Height and width of the kernel: 1, 2, 3 or 5.
        strides: Step of the window: 1, 2 or 3 pixels.
        padding: "valid" or "same".
        dilation_rate: Distance between neighboring weights: 1, 2 or 3 pixels.
        channels: Channels of the input, 1 to 64; they change the counts only.
        filters: Filters of the layer, 1 to 64; they change the counts only.

    Returns:
        The state, ready for JSON.

    Raises:
        ValueError: If an argument has another value, or the kernel does not fit the input.
    """
    if not isinstance(kernel, str):
        kernel = _weights(kernel)
        kernel_size = len(kernel)
    else:
        _one_of("kernel", kernel, KERNELS)
        if kernel in ONLY_3X3 and kernel_size != 3:
            raise ValueError(
                f"kernel_size must be 3 with kernel={kernel!r}. Received: kernel_size={kernel_size}"
            )
    _one_of("image", image, IMAGES)
    _one_of("padding", padding, ("valid", "same"))
    _one_of("input_size", input_size, range(5, 13))
    _one_of("kernel_size", kernel_size, (1, 2, 3, 5))
    _one_of("strides", strides, (1, 2, 3))
    _one_of("dilation_rate", dilation_rate, (1, 2, 3))
    _one_of("channels", channels, range(1, 65))
    _one_of("filters", filters, range(1, 65))
    counting.conv_output_size(input_size, kernel_size, strides, padding, dilation_rate)
    return {
        "image": image,
        "input_size": input_size,
        "kernel": kernel,
        "kernel_size": kernel_size,
        "strides": strides,
        "padding": padding,
        "dilation_rate": dilation_rate,
        "channels": channels,
        "filters": filters,
    }


def still(state: dict) -> tuple[str, str]:
    """Draw the widget as it starts.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    size, kernel_size = state["input_size"], state["kernel_size"]
    strides, dilation_rate = state["strides"], state["dilation_rate"]
    kernel, name = state["kernel"], "custom"
    if isinstance(kernel, str):
        kernel, name = KERNELS[kernel](kernel_size), kernel
    before = after = 0
    if state["padding"] == "same":
        before, after = same_padding(size, kernel_size, strides, dilation_rate)
    cost = counting.conv2d(
        (size, size, state["channels"]),
        state["filters"],
        kernel_size,
        strides,
        state["padding"],
        dilation_rate,
    )
    results = cost.output_shape[0]
    middle = results // 2

    padded = before + size + after
    within = range(before, before + size)
    pixels = [
        [
            IMAGES[state["image"]](row - before, column - before, size)
            if row in within and column in within
            else 0
            for column in range(padded)
        ]
        for row in range(padded)
    ]

    def products(row, column):
        top, left = row * strides, column * strides
        return [
            [
                (weight, pixels[top + i * dilation_rate][left + j * dilation_rate])
                for j, weight in enumerate(line)
            ]
            for i, line in enumerate(kernel)
        ]

    outputs = [
        [
            sum(weight * pixel for line in products(row, column) for weight, pixel in line)
            for column in range(results)
        ]
        for row in range(results)
    ]
    peak = max(map(max, pixels))
    highest = max(1, *(abs(number) for line in outputs for number in line))
    reached = middle * results + middle

    def input_cell(row, column):
        number = pixels[row][column]
        return _written(number), 36 * number // peak, "currentColor"

    def output_cell(row, column):
        number = outputs[row][column]
        if row * results + column > reached:
            return "", 0, "currentColor"
        color = NEGATIVE if number < 0 else ACCENT
        return _written(number), 45 * abs(number) // highest, color

    def kernel_cell(row, column):
        return _written(kernel[row][column]), 0, "currentColor"

    right = padded * UNIT + UNIT
    below = padded * UNIT + 64
    span = (dilation_rate * (kernel_size - 1) + 1) * UNIT
    corner = middle * strides * UNIT
    image = (before * UNIT, before * UNIT, size * UNIT)
    taps = [
        (corner + j * dilation_rate * UNIT, corner + i * dilation_rate * UNIT, UNIT)
        for i in range(kernel_size)
        for j in range(kernel_size)
        if dilation_rate > 1
    ]
    parts = [
        _title(0, f"Input {size} × {size}"),
        _title(right, f"Output {results} × {results}"),
        _grid(0, 28, padded, input_cell, [*taps, (corner, corner, span)], image),
        _grid(right, 28, results, output_cell, [(middle * UNIT, middle * UNIT, UNIT)]),
        _title(0, f"Kernel {kernel_size} × {kernel_size}", below),
        _grid(0, below + 28, kernel_size, kernel_cell, []),
    ]
    beside = kernel_size * UNIT + UNIT
    parts.append(_title(beside, f"Output row {middle}, column {middle}", below))
    for i, line in enumerate(products(middle, middle)):
        terms = " ".join(
            f"{'−' if weight < 0 else '+' if i + j else ''} {abs(weight)}·{pixel}".strip()
            for j, (weight, pixel) in enumerate(line)
        )
        parts.append(_text(beside, below + 28 + i * UNIT + 26, terms))
    total = _written(outputs[middle][middle])
    foot = below + 28 + kernel_size * UNIT + 26
    parts.append(_text(beside, foot, f"= {total}", BOLD))

    width = max(right + results * UNIT, beside + kernel_size * 64, beside + 240)
    sentence = (
        f"{name[0].upper()}{name[1:]} over an input, {state['image']}: the window at row "
        f"{middle}, column {middle} gives {total}. The output is {results} × {results}; "
        f"the layer has {cost.weights:,} weights, bias included, and makes {cost.macs:,} "
        "multiply-accumulates."
    )
    picture = _drawing(parts, sentence, width + 4, foot + 12, left=-2)
    return picture, sentence


def _title(x, text, y=0):
    return _text(x, y + 18, text, BOLD)


def _grid(left, top, size, describe, frames, edge=None):
    """A grid of numbers; describe(row, column) gives text, tint in percent, color."""
    cells, texts, longest = [], [], 1
    for row in range(size):
        for column in range(size):
            text, tint, color = describe(row, column)
            if tint:
                cells.append(
                    f'<rect x="{column * UNIT}" y="{row * UNIT}" width="{UNIT}" height="{UNIT}" '
                    f'style="fill:{color}" fill-opacity="{tint}%"/>'
                )
            if text:
                x, y = column * UNIT + UNIT // 2, row * UNIT + 26
                texts.append(_text(x, y, text))
            longest = max(longest, len(text))
    rim = ""
    if edge:
        x, y, side = edge
        rim = (
            f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="none" '
            'stroke="currentColor" stroke-opacity="70%" stroke-width="2"/>'
        )
    edges = "".join(
        f'<rect x="{x}" y="{y}" width="{side}" height="{side}"/>' for x, y, side in frames
    )
    side = size * UNIT
    lines = "".join(f"M{at} 0v{side}M0 {at}h{side}" for at in range(0, side + 1, UNIT))
    return (
        f'<g transform="translate({left} {top})">{"".join(cells)}'
        f'<path d="{lines}" stroke="currentColor" stroke-opacity="35%"/>'
        f'<g text-anchor="middle" font-size="{min(17, 60 // longest)}">{"".join(texts)}</g>{rim}'
        f'<g fill="none" style="stroke:{ACCENT}" stroke-width="3">{edges}</g></g>'
    )


def _weights(kernel):
    try:
        weights = [[index(weight) for weight in line] for line in kernel]
    except TypeError:
        weights = []
    square = len(weights) in (1, 2, 3, 5) and all(len(line) == len(weights) for line in weights)
    if not square or not all(-9 <= weight <= 9 for line in weights for weight in line):
        raise ValueError(
            "kernel must be a name or a square list of lists, of side 1, 2, 3 or 5, of integers "
            f"from -9 to 9. Received: kernel={kernel!r}"
        )
    return weights
