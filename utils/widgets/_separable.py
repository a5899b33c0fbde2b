"""The widget on separable convolution before any script has run. `separable.js` is the rest."""

from utils import counting
from utils.widgets._still import ACCENT, BOLD, NEGATIVE, PLAY, _drawing, _one_of, _text, _written

CHANNELS = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
MAP_SIZES = (7, 14, 28, 56, 112)
SIDE = 180  # of the ordinary convolution's square in the drawing


def start(
    *, channels: int = 64, filters: int = 64, kernel_size: int = 3, map_size: int = 28
) -> dict:
    """Check how the widget starts.

    Args:
        channels: Channels of the input, one of `CHANNELS`.
        filters: Filters of the layer, one of `CHANNELS`.
        kernel_size: Height and width of the kernel: 1, 3, 5 or 7.
        map_size: Height and width of the input and of the output, in pixels, one of `MAP_SIZES`.

    Returns:
        The state, ready for JSON.

    Raises:
        ValueError: If an argument has another value.
    """
    _one_of("channels", channels, CHANNELS)
    _one_of("filters", filters, CHANNELS)
    _one_of("kernel_size", kernel_size, (1, 3, 5, 7))
    _one_of("map_size", map_size, MAP_SIZES)
    return {
        "channels": channels,
        "filters": filters,
        "kernel_size": kernel_size,
        "map_size": map_size,
    }


def still(state: dict) -> tuple[str, str]:
    """Draw the widget as it starts: areas in proportion to weights.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    size, kernel_size = state["map_size"], state["kernel_size"]
    channels, filters = state["channels"], state["filters"]
    shape = (size, size, channels)
    same = {"padding": "same", "use_bias": False}
    ordinary = counting.conv2d(shape, filters, kernel_size, **same).weights
    separable = counting.separable_conv2d(shape, filters, kernel_size, **same).weights
    depthwise = counting.depthwise_conv2d(shape, kernel_size, **same).weights
    pointwise = separable - depthwise

    # The ordinary square is k x k tiles, one for each place of the kernel; pointwise is one tile.
    tile = SIDE / kernel_size
    strip = (tile, SIDE * kernel_size / filters)
    if filters < kernel_size:
        strip = (SIDE / filters, SIDE)
    kernel = f"{kernel_size}×{kernel_size}"
    lines = "".join(
        f"M{at:.1f} 0v{SIDE}M0 {at:.1f}h{SIDE}"
        for at in (place * tile for place in range(1, kernel_size))
    )
    parts = [
        _block(0, f"Ordinary {kernel}", ordinary, (SIDE, SIDE), ACCENT, lines),
        _block(1, f"Depthwise {kernel}", depthwise, strip, NEGATIVE),
        _block(2, "Pointwise 1×1", pointwise, (tile, tile), ACCENT),
    ]
    width, height = 3 * SIDE + 2 * 30, SIDE + 54
    sentence = (
        f"{kernel} kernels, {channels} channels in, {filters} out, no bias: "
        f"an ordinary convolution has {_written(ordinary)} weights, "
        f"a separable one {_written(depthwise)} + {_written(pointwise)} = {_written(separable)}. "
        f"The fraction is 1/{filters} + 1/{kernel_size}² = {separable / ordinary:.3f}."
    )
    more = f"The areas are to scale. {PLAY}"
    picture = _drawing(parts, sentence, width + 4, height, left=-2, more=more)
    return picture, sentence


def _block(column, name, weights, size, color, lines=""):
    width, height = size
    opacity = "70%" if color == NEGATIVE else "50%"
    noun = "weight" if weights == 1 else "weights"
    return (
        f'<g transform="translate({column * (SIDE + 30)} 0)">'
        f"{_text(0, 18, name, BOLD)}{_text(0, 40, f'{_written(weights)} {noun}')}"
        '<g transform="translate(0 52)" fill="none">'
        f'<rect x="-1" y="-1" width="{SIDE + 2}" height="{SIDE + 2}" stroke="currentColor" '
        'stroke-opacity="50%" stroke-dasharray="4 4"/>'
        f'<rect width="{width:.1f}" height="{height:.1f}" style="fill:{color}" '
        f'fill-opacity="{opacity}"/>'
        f'<path d="{lines}" stroke="currentColor" stroke-opacity="60%"/></g></g>'
    )
