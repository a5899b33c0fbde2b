"""The low-rank widget before any script has run. `lora.js` is the rest of it."""

import functools
from pathlib import Path

from utils.widgets._still import ACCENT, NEGATIVE, _one_of

FACTORS = (
    Path(__file__).resolve().parent.parent.parent
    / "experiments"
    / "results"
    / "lora_placement.safetensors"
)
KERNELS = ("query", "value", "up")  # of the second block
RANKS = 16
LEVELS, CELL = 12, 6  # of opacity; pixels of the drawing


def start(*, kernel: str = "value", rank: int = 4) -> dict:
    """Check how the widget starts.

    Args:
        kernel: Whose trained difference is shown, one of `KERNELS`.
        rank: Columns of A, rows of B, 1 to `RANKS`.

    Returns:
        The state, ready for JSON: the choices, the highest rank, and for each kernel A and B as
        lists of rows. All their columns and rows together give the difference that full
        fine-tuning made in the study `lora_placement`, the first of them its best approximation.

    Raises:
        ValueError: If an argument has another value.
    """
    _one_of("kernel", kernel, KERNELS)
    _one_of("rank", rank, range(1, RANKS + 1))
    return {"kernel": kernel, "rank": rank, "ranks": RANKS, "kernels": _factors()}


def still(state: dict) -> tuple[str, str]:
    """Draw the difference and its approximation.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    import numpy as np

    from utils.reference.lora import trained_weights

    rank = state["rank"]
    a, b = (np.array(state["kernels"][state["kernel"]][name]) for name in "ab")
    whole, product = a @ b, a[:, :rank] @ b[:rank]  # (M, N)
    share = 1 - np.sum((whole - product) ** 2) / np.sum(whole**2)
    rows, columns = whole.shape
    sentence = (
        f"ΔW of {state['kernel']}, {rows} by {columns}, and A times B of rank {rank}: "
        f"{trained_weights(rows, columns, rank):,} weights instead of {rows * columns:,} keep "
        f"{100 * share:.1f} % of its energy."
    )
    limit = abs(whole).max()
    parts = [*_cells(whole, 0, limit), *_cells(product, columns + 2, limit)]
    width, height = 2 * columns + 2, rows
    picture = (
        f'<svg class="w-still" role="img" aria-label="{sentence}" width="{CELL * width}" '
        f'viewBox="0 0 {width} {height}" style="max-width:100%;height:auto">\n'
        + "\n".join(parts)
        + f"\n</svg>\n<p>{sentence} With JavaScript the rank can be chosen.</p>"
    )
    return picture, sentence


@functools.cache
def _factors():
    """A and B of each kernel, lists of rows, with four decimals."""
    from safetensors.numpy import load_file

    tensors = load_file(FACTORS)
    return {
        name: {
            part: [[round(float(value), 4) for value in row] for row in tensors[f"{name}/{part}"]]
            for part in "ab"
        }
        for name in KERNELS
    }


def _cells(matrix, left, limit):
    """Squares for the numbers: one color a sign, the more opaque the larger."""
    paths = {}
    for y, row in enumerate(matrix):
        for x, value in enumerate(row):
            level = min(LEVELS, int(LEVELS * abs(value) / limit + 0.5))
            if level:
                paths.setdefault((value > 0, level), []).append(f"M{left + x} {y}h1v1h-1z")
    return [
        f'<path d="{"".join(squares)}" fill-opacity="{level / LEVELS:.2f}" '
        f'style="fill:{ACCENT if positive else NEGATIVE}"/>'
        for (positive, level), squares in paths.items()
    ]
