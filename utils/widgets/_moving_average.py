"""The moving-average widget before any script has run. `moving_average.js` is the rest of it."""

from utils.widgets._still import ACCENT, BOLD, NEGATIVE, _drawing, _one_of, _text

BETAS = (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1)

# Marks drawn once from a normal distribution around the true level, rounded.
STEADY = [
    62, 68, 90, 78, 50, 70, 63, 72, 51, 73, 73, 89, 74, 76, 52, 97, 47, 83, 66, 59,
    62, 62, 75, 69, 88, 48, 70, 59, 79, 45, 66, 73, 52, 82, 72, 82, 82, 58, 60, 68,
]  # fmt: skip
RISING = [
    56, 57, 44, 45, 44, 45, 48, 49, 66, 46, 48, 54, 42, 47, 50, 56, 39, 61, 47, 51,
    87, 85, 88, 81, 80, 83, 72, 90, 74, 70, 96, 79, 71, 95, 77, 88, 73, 78, 66, 65,
]  # fmt: skip
# Name: (marks, true level at each exam, what is shown).
SETS = {
    "always 100": ([100] * 8, [100] * 8, "Scores 100 in every exam. Dashed: the true level."),
    "steady 70": (
        STEADY,
        [70] * 40,
        "Made-up marks around a true level of 70 (dashed), with much luck in them.",
    ),
    "50, then 80": (
        RISING,
        [50] * 20 + [80] * 20,
        "Made-up marks. After exam 20 the true level (dashed) jumps from 50 to 80.",
    ),
}
WIDTH, LEFT, PLOT, BARS = 600, 34, 190, 80  # of the drawing


def start(
    *, series: str = "always 100", beta: float = 0.5, start: int = 50, at: int | None = None
) -> dict:
    """Check how the widget starts.

    Args:
        series: Name of a series of marks, one of `SETS`.
        beta: Share of the old average that is kept, one of `BETAS`.
        start: What is expected before the first exam, 0 to 100.
        at: Number of exams so far; by default all, and two of "always 100".

    Returns:
        The state, ready for JSON: the choices and all series.

    Raises:
        ValueError: If an argument has another value.
    """
    _one_of("series", series, SETS)
    _one_of("beta", beta, BETAS)
    _one_of("start", start, range(101))
    length = len(SETS[series][0])
    if at is None:
        at = 2 if series == "always 100" else length
    _one_of("at", at, range(1, length + 1))
    sets = {
        name: {"values": values, "truth": truth, "words": words}
        for name, (values, truth, words) in SETS.items()
    }
    return {"series": series, "beta": beta, "start": start, "at": at, "sets": sets}


def still(state: dict) -> tuple[str, str]:
    """Draw marks, moving average and how much each counts.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    from utils.reference.averaging import exponential_moving_average, weights_of_past

    chosen, at = state["sets"][state["series"]], state["at"]
    values = chosen["values"]
    found = exponential_moving_average(values, state["beta"], state["start"])[:at]
    shares = weights_of_past(state["beta"], at)
    step = (WIDTH - LEFT - 8) / (len(values) + 1)
    base = PLOT + 60 + BARS

    def x(index):
        return round(LEFT + (index + 0.5) * step, 1)

    def y(value):
        return round(12 + PLOT * (1 - value / 100), 1)

    line = "L".join(f"{x(i)} {y(v)}" for i, v in enumerate([state["start"], *found]))
    dots = "".join(f"M{x(i)} {y(v)}h0" for i, v in enumerate(values, start=1))
    parts = [_text(0, y(value) + 6, value) for value in (0, 50, 100)]
    parts += [
        f'<path d="M{LEFT} {y(0)}H{WIDTH}M{LEFT} {y(50)}H{WIDTH}M{LEFT} {y(100)}H{WIDTH}" '
        'stroke="currentColor" stroke-opacity="25%"/>',
        f'<path d="{dots}" stroke="currentColor" stroke-opacity="55%" stroke-width="9" '
        'stroke-linecap="round"/>',
        f'<path d="M{line}" fill="none" style="stroke:{ACCENT}" stroke-width="3"/>',
    ]
    for index, share in enumerate(shares):
        height = BARS * share / max(shares)
        color = NEGATIVE if index == 0 else ACCENT
        parts.append(
            f'<rect x="{x(index) - 0.4 * step:.1f}" y="{base - height:.1f}" '
            f'width="{0.8 * step:.1f}" height="{height:.1f}" style="fill:{color}"/>'
        )
    parts.append(
        _text(LEFT, base - BARS - 12, "how much the start (orange) and each exam count", BOLD)
    )
    sentence = (
        f"Marks “{state['series']}”, expected {state['start']}, β = {state['beta']}: "
        f"after exam {at} the moving average is {_short(found[-1])}. "
        f"The start counts {_short(100 * shares[0])} %, "
        f"the latest exam {_short(100 * shares[-1])} %."
    )
    picture = _drawing(parts, sentence, WIDTH, base + 4)
    return picture, sentence


def _short(value):
    return f"{round(float(value), 2):g}"
