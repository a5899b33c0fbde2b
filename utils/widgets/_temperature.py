"""The temperature widget before any script has run. `temperature.js` is the rest of it."""

from utils.widgets._still import ACCENT, BOLD, NEGATIVE, _drawing, _one_of, _text

CLASSES = ("T-shirt", "pullover", "coat", "shirt", "sneaker", "bag")
TEMPERATURES = (0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 8, 10, 20, 50, 100)
LIMIT = 12  # of a logit, up and down
# Name: (made-up logits in the order of CLASSES, true class).
PICTURES = {
    "a shirt": ((6, 3, 4, 9, -8, -2), "shirt"),
    "shirt or T-shirt": ((8, 1, 0, 9, -9, -2), "shirt"),
    "a sneaker": ((-6, -8, -7, -6, 12, 1), "sneaker"),
    "no idea": ((0, 0, 0, 0, 0, 0), "bag"),
}
WIDTH, TOP, PLOT = 600, 30, 170  # of the drawing


def start(*, picture: str = "a shirt", temperature: float = 1) -> dict:
    """Check how the widget starts.

    Args:
        picture: Name of a set of logits, one of `PICTURES`.
        temperature: One of `TEMPERATURES`.

    Returns:
        The state, ready for JSON: the choices and all sets.

    Raises:
        ValueError: If an argument has another value.
    """
    _one_of("picture", picture, PICTURES)
    _one_of("temperature", temperature, TEMPERATURES)
    pictures = {
        name: {"logits": list(logits), "label": label} for name, (logits, label) in PICTURES.items()
    }
    return {
        "picture": picture,
        "temperature": temperature,
        "classes": list(CLASSES),
        "pictures": pictures,
    }


def still(state: dict) -> tuple[str, str]:
    """Draw the probabilities at the temperature, and the one-hot target.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    from utils.reference.distillation import entropy, softmax

    chosen = state["pictures"][state["picture"]]
    label = state["classes"].index(chosen["label"])
    p = softmax(chosen["logits"], state["temperature"])
    step, base = WIDTH / len(p), TOP + PLOT
    parts = [f'<path d="M0 {base}H{WIDTH}" stroke="currentColor" stroke-opacity="25%"/>']
    for index, (name, share) in enumerate(zip(state["classes"], p, strict=True)):
        left, middle = (index + 0.2) * step, (index + 0.5) * step
        height = PLOT * share
        bar = f'x="{left:.1f}" width="{0.6 * step:.1f}"'
        center = ' text-anchor="middle"'
        parts.append(
            f'<rect {bar} y="{base - height:.1f}" height="{height:.1f}" style="fill:{ACCENT}"/>'
        )
        if index == label:
            parts.append(
                f'<rect {bar} y="{TOP}" height="{PLOT}" fill="none" stroke-width="2" '
                f'stroke-dasharray="6 4" style="stroke:{NEGATIVE}"/>'
            )
        parts.append(_text(f"{middle:.1f}", f"{base - height - 6:.1f}", _percent(share), center))
        parts.append(_text(f"{middle:.1f}", base + 20, name, center))
        logit = f"{chosen['logits'][index]}".replace("-", "−")
        parts.append(_text(f"{middle:.1f}", base + 42, logit, center + BOLD))
    sentence = (
        f"Made-up logits of “{state['picture']}” at temperature {state['temperature']}: "
        f"{chosen['label']} gets {_percent(p[label])}, the entropy is {entropy(p):.2f} nats. "
        "Dashed: the one-hot target."
    )
    picture = _drawing(parts, sentence, WIDTH, base + 50)
    return picture, sentence


def _percent(share):
    """A probability: percent with one digit, or a power of ten where that would be 0.0."""
    if share >= 0.0005:
        return f"{100 * share:.1f} %"
    mantissa, exponent = f"{share:.0e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}·10{raised}"
