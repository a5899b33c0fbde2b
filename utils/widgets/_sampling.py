"""The sampling widget before any script has run. `sampling.js` is the rest of it."""

import html
from base64 import b64decode, b64encode

import numpy as np

from utils.widgets._still import ACCENT, _drawing, _one_of, _text

TEMPERATURES = (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2)
TOP_K = (None, 1, 2, 5, 10, 40, 100)
TOP_P = (None, 0.5, 0.8, 0.9, 0.95)
SHOWN = 12  # tokens, the most probable ones
LIMIT = 32  # of a logit, up and down; thousandths of it fit into 16 bits
SCALES = (0.05, 0.1, 0.2, 0.5, 1)  # probabilities that a bar of full width may stand for
WIDTH, LEFT, ROW = 600, 110, 26  # of the drawing


def start(
    *,
    places: dict[str, np.ndarray],
    tokens: list[str],
    place: int = 0,
    temperature: float = 1,
    top_k: int | None = None,
    top_p: float | None = None,
) -> dict:
    """Check how the widget starts.

    Args:
        places: By the text before each place, the logits of the token that comes next, shape (V,),
            from -32 to 32; rounded to three digits.
        tokens: The V tokens as text.
        place: Index of the place that is shown.
        temperature: One of `TEMPERATURES`.
        top_k: How many tokens are kept, one of `TOP_K`; None for all.
        top_p: How much of the probability is kept at least, one of `TOP_P`; None for all.

    Returns:
        The state, ready for JSON: the choices, and for each place the text before it, the logits
        as 16-bit thousandths in base64, and the most probable tokens. Blanks in tokens are written
        as ␣, line breaks as ↵.

    Raises:
        ValueError: If an argument has another value or another shape.
    """
    if not places:
        raise ValueError("places must hold at least one place. Received: 0 places")
    described = []
    for text, logits in places.items():
        logits = np.asarray(logits, "float64")
        if logits.shape != (len(tokens),) or not (abs(logits) <= LIMIT).all():
            raise ValueError(
                f"places must hold logits of shape ({len(tokens)},) from -{LIMIT} to {LIMIT}. "
                f"Received: shape={logits.shape}, values from {logits.min()} to {logits.max()}"
            )
        rounded = np.rint(1000 * logits).astype("<i2")
        best = np.argsort(-logits.round(3), kind="stable")[:SHOWN]
        described.append({
            "text": text.replace("\n", "↵"),
            "logits": b64encode(rounded.tobytes()).decode(),
            "tokens": [tokens[i].replace(" ", "␣").replace("\n", "↵") for i in best],
        })  # fmt: skip
    _one_of("place", place, range(len(places)))
    _one_of("temperature", temperature, TEMPERATURES)
    _one_of("top_k", top_k, TOP_K)
    _one_of("top_p", top_p, TOP_P)
    return {
        "places": described,
        "place": place,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
    }


def probabilities(state: dict) -> tuple[np.ndarray, np.ndarray]:
    """What the widget shows: temperature, then top-k, then top-p of what is left.

    Args:
        state: What `start` returned.

    Returns:
        Probabilities at the temperature before the cuts, and those after them; each of shape (V,).
    """
    from utils.reference import sampling
    from utils.reference.distillation import softmax

    packed = b64decode(state["places"][state["place"]]["logits"])
    before = softmax(np.frombuffer(packed, "<i2") / 1000, state["temperature"])
    after = before
    if state["top_k"] is not None:
        after = sampling.top_k(after, state["top_k"])
    if state["top_p"] is not None:
        after = sampling.top_p(after, state["top_p"])
    return before, after


def still(state: dict) -> tuple[str, str]:
    """Draw the most probable tokens before and after the cuts.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    from utils.reference.distillation import entropy

    chosen, (before, after) = state["places"][state["place"]], probabilities(state)
    best = np.argsort(-before, kind="stable")[:SHOWN]
    highest = max(before[best].max(), after.max())
    scale = next(size for size in SCALES if size >= highest)
    parts = []
    for row, (name, index) in enumerate(zip(chosen["tokens"], best, strict=True)):
        y, kept = ROW * row + 20, after[index] > 0
        outline, bar = ((WIDTH - LEFT - 160) * p[index] / scale for p in (before, after))
        numbers = [f"{100 * p[index]:.1f} %" for p in (before, after)]
        dashes = "" if kept else ' stroke-dasharray="4 3"'
        parts += [
            _text(0, y, html.escape(name), "" if kept else ' text-decoration="line-through"'),
            f'<rect x="{LEFT}" y="{y - 15}" width="{bar:.1f}" height="18" style="fill:{ACCENT}"/>',
            f'<rect x="{LEFT}" y="{y - 15}" width="{outline:.1f}" height="18" fill="none" '
            f'stroke="currentColor"{dashes}/>',
            _text(WIDTH - 80, y, numbers[0], ' text-anchor="end"'),
            _text(WIDTH, y, numbers[1] if kept else "dropped", ' text-anchor="end"'),
        ]
    cuts = ", ".join(
        f"{name} {'off' if cut is None else cut}"
        for name, cut in (("top-k", state["top_k"]), ("top-p", state["top_p"]))
    )
    sentence = (
        f"After “{chosen['text']}”, at temperature {state['temperature']:g}, {cuts}: "
        f"{np.count_nonzero(after)} of {len(after)} tokens are kept, with "
        f"{100 * before[after > 0].sum():.1f} % of the probability. What is left has an entropy "
        f"of {abs(entropy(after)) / np.log(2):.2f} bits. Outlined: before the cuts."
    )
    picture = _drawing(parts, html.escape(sentence), WIDTH, ROW * len(best) + 6)
    return picture, sentence
