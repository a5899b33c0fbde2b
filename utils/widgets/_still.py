"""What the still pictures of the widgets share: colors, text, frame, and the check of a choice."""

ACCENT = "var(--w-accent,#2f7fe0)"
NEGATIVE = "var(--w-negative,#d9730d)"
BOLD = ' font-weight="bold"'
PLAY = "With JavaScript this figure can be played with."


def _written(number):
    return f"{number:,}".replace("-", "−")


def _text(x, y, text, more=""):
    return f'<text x="{x}" y="{y}"{more}>{text}</text>'


def _drawing(parts, sentence, width, height, left=0, top=0, more=PLAY):
    """The SVG elements as a picture that is called by a sentence, which then follows, and more."""
    return (
        f'<svg class="w-still" role="img" aria-label="{sentence}" width="{width}" '
        f'viewBox="{left} {top} {width} {height}" style="max-width:100%;height:auto" '
        'fill="currentColor" font-family="sans-serif" font-size="17">\n'
        + "\n".join(parts)
        + f"\n</svg>\n<p>{sentence} {more}</p>"
    )


def _one_of(name, value, choices):
    if isinstance(value, bool) or value not in list(choices):
        known = ", ".join(map(repr, choices))
        if isinstance(choices, range):
            known = f"{choices[0]} to {choices[-1]}"
        raise ValueError(f"{name} must be one of {known}. Received: {name}={value!r}")
