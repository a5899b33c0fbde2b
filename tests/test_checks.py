"""Every exercise check, against its right answer, its starter and plausible wrong answers."""

import inspect

import numpy as np
import pytest

from utils import checks
from utils.checks import _exercise, cnn_arithmetic

PYTORCH = np.arange(16 * 3 * 5 * 5).reshape(16, 3, 5, 5)
PAIRS = np.arange(3 * 3 * 4 * 2).reshape(3, 3, 4, 2)  # 3.4, exercise 3
MIXING = np.arange(8 * 6).reshape(8, 6)


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
    cnn_arithmetic.last_height: (
        [8, 8.0, np.int64(8)],
        {
            "a pooling follows": 17,
            "that of pooling too": 9,
            "add 1 after each division": 6,
            "takes two pixels away": 10,
            "Write the six sizes": 150,
            "Expected a number": (8, 8),
        },
    ),
    cnn_arithmetic.shortcut: (
        [
            {"filters": 64, "kernel_size": 2, "strides": 2, "padding": "valid"},
            {"filters": 64, "kernel_size": 3, "strides": 2},
            {"filters": 64, "kernel_size": (2, 3), "strides": (2, 2)},
        ],
        {
            "It gives 13×13": {"filters": 64, "kernel_size": 1, "strides": 2},
            "32 channels": {"filters": 32, "kernel_size": 2, "strides": 2},
            "It gives (25, 25, 64)": {"filters": 64, "kernel_size": 1},
            "would be broadcast": {"filters": 64, "kernel_size": 25},
            "Conv2D would refuse": {"filters": 64, "kernel_size": 26},
            "Expected the keys": {"filters": 64, "stride": 2},
            "Expected a dict": (12, 12, 64),
        },
    ),
    cnn_arithmetic.torch_zeros: (
        [(1, 1, 0, 1), [1, 1, 0, 1], np.array([1, 1, 0, 1])],
        {
            "padding=1": (1, 1, 1, 1),
            "swapped": (0, 1, 1, 1),
            "even sizes": (0, 1, 0, 1),
            "below, not above": (1, 1, 1, 0),
            "Received: 2": (1, 1),
            "four whole numbers": "same",
            "ceil(224 / 2)": (2, 2, 2, 2),
        },
    ),
    cnn_arithmetic.convolutions_needed: (
        [7, 7.0, np.int64(7)],
        {
            "58 pixels": 6,
            "more than 2 pixels": 25,
            "the jump is 4": 13,
            "How many further ones": 9,
            "What are size and jump": 60,
            "Expected a number": "seven",
        },
    ),
    cnn_arithmetic.pointwise_counts: (
        [(65664, 12845056), [65664, np.int64(12845056)]],
        {
            "weights first": (12845056, 65664),
            "also has a bias": (65536, 12845056),
            "an input plane has none": (66048, 12845056),
            "Weights: that is one filter": (513, 12845056),
            "spans all 512 planes": (256, 12845056),
            "counted once": (65664 * 196, 12845056),
            "then all 128": (1, 12845056),
            "those are FLOPs": (65664, 25690112),
            "not counted as one": (65664, 65664 * 196),
            "at one place": (65664, 65536),
            "MACs: that is one filter": (65664, 14 * 14 * 512),
            "how many numbers come out": (65664, 14 * 14 * 128),
            "times the products": (65664, 1),
            "two numbers (weights, MACs)": 65664,
        },
    ),
    cnn_arithmetic.vgg19_weights: (
        [143_667_240, 143_667_240.0],
        {
            "Add what VGG16 has": 5_309_696,
            "has a bias": 143_665_960,
            "one layer each": 141_307_432,
            "as many planes come in as go out": 142_192_680,
            "not 1×1": 138_948_648,
            "spans all planes": 138_370_344,
            "Three of them are added": 138_357_547,
            "Expected a number": "143,667,240",
        },
    ),
    cnn_arithmetic.bottleneck: (
        [lambda c, s: 2 * c * s + c + 9 * s * s + 2 * s],
        {
            "in all three layers": lambda c, s: 2 * c * s + 9 * s * s,
            "spans all `squeezed` planes": lambda c, s: (c + 1) * s + 10 * s + (s + 1) * c,
            "has squeezed them": lambda c, s: (c + 1) * s + (9 * c + 1) * s + (s + 1) * c,
            "way back": lambda c, s: (c + 1) * s + (9 * s + 1) * s,
            "each of them a bias": lambda c, s: 2 * (c + 1) * s + (9 * s + 1) * s,
            "in the middle is 3×3": lambda c, s: (c + 1) * s + (s + 1) * s + (s + 1) * c,
            "gives 4; count that": lambda c, s: 4,
            "stopped with TypeError": lambda c: c,
            "without calling it": 70016,
        },
    ),
    cnn_arithmetic.pooled_twin: (
        [np.ones((2, 2)), [[2, 2], [0, 0]], [[-1, 5], [0, 0]], [[4, 1], [-1, 0]]],
        {
            "in other places": [[4, 0], [0, 0]],
            "add up to 1": np.full((2, 2), 0.25),
            "takes the mean": np.full((2, 2), 4),
            "mean of these numbers is 1.5": [[3, 1], [1, 1]],
            "shape=(4,)": [1, 1, 1, 1],
            "2×2 array of numbers": "ones",
        },
    ),
    cnn_arithmetic.separable_weights: (
        [(18432, 2192), [18432, 2192], np.array([18432, 2192])],
        {
            "wrong order": (2192, 18432),
            "spans all 16 planes": (1152, 2192),
            "Ordinary: there is no bias": (18560, 2192),
            "in each of the 128 filters": (3 * 16 * 128, 2192),
            "The 1×1 is missing": (18432, 144),
            "The depthwise step is missing": (18432, 2048),
            "not for each that goes out": (18432, 3200),
            "a 3×3 filter of its own": (18432, 2057),
            "are added": (18432, 294912),
            "Separable: there is no bias": (18432, 2320),
            "count the depthwise step and the 1×1": (18432, 2193),
            "Expected a pair": 18432,
        },
    ),
    cnn_arithmetic.filters_for_a_fifth: (
        [12, 12.0],
        {
            "0.202": 11,
            "filters come whole": 11.25,
            "a fifth there. The depthwise": 5,
            "below a fifth there. The": 6,
            "with fewer filters too": 45,
            "When is it below 1/5?": 9,
            "Expected a number. Received: 'twelve'.": "twelve",
        },
    ),
    cnn_arithmetic.composed_kernel: (
        [np.einsum("uvcm,cmf->uvcf", PAIRS, MIXING.reshape(4, 2, 6))],
        {
            "for 8 planes": np.einsum("uvc,cf->uvcf", PAIRS.reshape(3, 3, 8), MIXING),
            "took rows 0 to 3": np.einsum("uvcm,mcf->uvcf", PAIRS, MIXING.reshape(2, 4, 6)),
            "one of the two filters": np.einsum("uvc,cf->uvcf", PAIRS[..., 0], MIXING[::2]),
            "times what?": np.ones((3, 3, 4, 6)),
            "shape=(3, 3, 4, 2)": PAIRS,
        },
    ),
    cnn_arithmetic.depthwise_intensity: (
        [12.5, np.float64(12.5)],
        {
            "A MAC is two FLOPs; or": 6.25,
            "one is written; or": 25,
            "2 bytes here": 3.125,
            "How many bytes": 50,
            "3×3 with 4 bytes": 2.25,
            "has 25 places.": 4.5,
            "25 places, not 5": 2.5,
            "Take one number of the output": 1,
            "Expected a number. Received: '12.5'.": "12.5",
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
