"""What the still pictures of the widgets share: colors, text, and the check of a choice."""

ACCENT = "var(--w-accent,#2f7fe0)"
NEGATIVE = "var(--w-negative,#d9730d)"
BOLD = ' font-weight="bold"'


def _written(number):
    return f"{number:,}".replace("-", "−")


def _text(x, y, text, more=""):
    return f'<text x="{x}" y="{y}"{more}>{text}</text>'


def _one_of(name, value, choices):
    if isinstance(value, bool) or value not in list(choices):
        known = ", ".join(map(repr, choices))
        if isinstance(choices, range):
            known = f"{choices[0]} to {choices[-1]}"
        raise ValueError(f"{name} must be one of {known}. Received: {name}={value!r}")
