"""Every exercise check, against its right answer, its starter and plausible wrong answers."""

import inspect

import numpy as np
import pytest

from utils import checks
from utils.checks import _exercise, cnn_arithmetic

PYTORCH = np.arange(16 * 3 * 5 * 5).reshape(16, 3, 5, 5)


def place(row: int, column: int, weight: float = 1) -> np.ndarray:
    kernel = np.zeros((3, 3))
    kernel[row, column] = weight
    return kernel


# check: (right answers, {words of the hint: wrong answer})
CASES = {
    cnn_arithmetic.layer_weights: (
        [1216, 1216.0, np.int64(1216)],
        {
            "all three planes": 416,
            "Each filter also has a bias": 1200,
            "The layer has 16": 76,
            "bias of its own": 1201,
            "Count one filter first": 1216 * 200 * 300,
            "Expected a number. Received: '1216'.": "1216",
        },
    ),
    cnn_arithmetic.shift_kernel: (
        [place(1, 0), [[0, 0, 0], [1, 0, 0], [0, 0, 0]]],
        {
            "to the left": place(1, 2),
            "down": place(0, 1),
            "leaves the picture": place(1, 1),
            "zeros": np.zeros((3, 3)),
            "shape=(3,)": [1, 0, 0],
            "brightness must not change": place(1, 0, 2),
            "all weights but one are 0": np.full((3, 3), 1 / 9),
            "3×3 array of numbers": "left",
        },
    ),
    cnn_arithmetic.keras_kernel: (
        [PYTORCH.transpose(2, 3, 1, 0)],
        {
            "reshape does not move axes": PYTORCH.reshape(5, 5, 3, 16),
            "Height and width are swapped": PYTORCH.transpose(3, 2, 1, 0),
            "shape=(16, 3, 5, 5)": PYTORCH,
            "which old axis": PYTORCH.transpose(2, 3, 1, 0)[::-1],
        },
    ),
}


@pytest.mark.parametrize("check", CASES, ids=lambda check: check.__name__)
def test_right_starter_and_wrong_answers(check, capsys):
    right, wrong = CASES[check]
    check(None)
    assert capsys.readouterr().out == "Not answered yet.\n"
    for answer in right:
        check(answer)
        assert capsys.readouterr().out == "Correct.\n"
    assert len(wrong) >= 3
    for hint, answer in wrong.items():
        check(answer)
        out = capsys.readouterr().out
        assert out.startswith("Not yet. ") and hint in out


def test_every_check_has_cases():
    modules = [module for _, module in inspect.getmembers(checks, inspect.ismodule)]
    everything = {
        member
        for module in modules
        if module is not _exercise
        for _, member in inspect.getmembers(module, inspect.isfunction)
        if member is not _exercise.exercise
    }
    assert everything == set(CASES)
