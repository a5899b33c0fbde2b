"""The attention widget before any script has run. `attention.js` is the rest of it."""

import numpy as np

from utils.widgets._still import ACCENT, BOLD, _drawing, _one_of, _text

SCORES = ("scaled dot", "dot", "cosine")
MASKS = ("none", "padding", "causal")
WIDTH, LEFT, ROW = 600, 110, 26  # of the drawing


def start(
    *,
    tokens: list[str],
    length: int,
    heads: dict[str, dict[str, list[list[float]]]],
    token: int = 0,
    head: str | None = None,
    score: str = "scaled dot",
    mask: str = "padding",
) -> dict:
    """Check how the widget starts.

    Args:
        tokens: The tokens, with padding at the end.
        length: How many of them are no padding, at least 1.
        heads: For each head, by its name, its "queries" and its "keys": as many rows as tokens, of
            one dimension.
        token: Index of the token that asks.
        head: Name of the head that is shown; by default the first one.
        score: How a query and a key are compared, one of `SCORES`.
        mask: Who may not be looked at, one of `MASKS`: nobody; the padding; the padding of no
            concern, but every later token.

    Returns:
        The state, ready for JSON.

    Raises:
        ValueError: If an argument has another value or another shape.
    """
    if not heads:
        raise ValueError("heads must hold at least one head. Received: 0 heads")
    for name, arrays in heads.items():
        shapes = [np.shape(arrays[key]) for key in ("queries", "keys")]
        if len(shapes[0]) != 2 or shapes[0] != shapes[1] or shapes[0][0] != len(tokens):
            raise ValueError(
                f"heads must hold queries and keys of shape ({len(tokens)}, K). "
                f"Received: {name} with {shapes[0]} and {shapes[1]}"
            )
    head = next(iter(heads)) if head is None else head
    _one_of("length", length, range(1, len(tokens) + 1))
    _one_of("token", token, range(len(tokens)))
    _one_of("head", head, heads)
    _one_of("score", score, SCORES)
    _one_of("mask", mask, MASKS)
    return {
        "tokens": list(tokens),
        "length": length,
        "heads": heads,
        "token": token,
        "head": head,
        "score": score,
        "mask": mask,
    }


def weights(state: dict) -> np.ndarray:
    """The weights that the widget shows.

    Args:
        state: What `start` returned.

    Returns:
        Weights of every token, row, for every token, column; shape (T, T).
    """
    from utils.reference import attention, similarity

    measure = {
        "scaled dot": similarity.scaled_dot_products,
        "dot": similarity.dot_products,
        "cosine": similarity.cosine_similarities,
    }[state["score"]]
    chosen, count = state["heads"][state["head"]], len(state["tokens"])
    found = measure(np.array(chosen["queries"]), np.array(chosen["keys"]))  # (T, T)
    mask = {
        "none": np.ones((count, count), dtype=bool),
        "padding": attention.padding_mask([state["length"]], count)[0],
        "causal": attention.causal_mask(count),
    }[state["mask"]]
    return similarity.softmax(np.where(mask, found, -np.inf))


def still(state: dict) -> tuple[str, str]:
    """Draw the weights of one token as bars.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    tokens, shares = state["tokens"], weights(state)[state["token"]]
    parts = []
    for place, (name, share) in enumerate(zip(tokens, shares, strict=True)):
        y = ROW * place + 20
        bold = BOLD if place == state["token"] else ""
        width = (WIDTH - LEFT - 60) * share
        parts += [
            _text(0, y, _escaped(name), bold),
            f'<rect x="{LEFT}" y="{y - 15}" width="{width:.1f}" height="18" '
            f'style="fill:{ACCENT}"/>',
            _text(round(LEFT + width + 6, 1), y, f"{100 * share:.0f} %"),
        ]
    most = int(np.argmax(shares))
    sentence = (
        f"{state['head']}, {state['score']}, mask: {state['mask']}. The token "
        f"“{_escaped(tokens[state['token']])}” (number {state['token'] + 1}) looks most at "
        f"“{_escaped(tokens[most])}” (number {most + 1}), with {100 * shares[most]:.0f} %."
    )
    picture = _drawing(parts, sentence, WIDTH, ROW * len(tokens) + 6)
    return picture, sentence


def _escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
