"""Every exercise check, against its right answer, its starter and plausible wrong answers."""

import inspect

import numpy as np
import pytest

from utils import checks
from utils.checks import _exercise, cnn_arithmetic, ml_taxonomy, unsupervised
from utils.reference.kmeans import squared_distances

PYTORCH = np.arange(16 * 3 * 5 * 5).reshape(16, 3, 5, 5)
PAIRS = np.arange(3 * 3 * 4 * 2).reshape(3, 3, 4, 2)  # 3.4, exercise 3
MIXING = np.arange(8 * 6).reshape(8, 6)
PLACES = {  # 1.3, exercise 4
    "PCA": "머신러닝",
    "k-means": "머신러닝",
    "one neuron": "인공 신경망",
    "3 hidden layers": "심층 신경망",
}


def place(row: int, column: int, weight: float = 1) -> np.ndarray:
    kernel = np.zeros((3, 3))
    kernel[row, column] = weight
    return kernel


def standardized(training: np.ndarray, new: np.ndarray) -> np.ndarray:
    deviation = training.std(axis=0)
    return (new - training.mean(axis=0)) / np.where(deviation == 0, 1, deviation)


def next_center(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    nearest = squared_distances(points, centers).min(axis=1)
    return nearest / nearest.sum()


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
        [9, 9.0, np.int64(9)],
        {
            "a pooling follows": 18,
            "that of pooling too": 10,
            "add 1 after each division": 7,
            "counts steps, not starts": 8,
            "Write the six sizes": 160,
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
            "Separable: count the depthwise step": (18432, 2192.9),
            "Expected a pair": 18432,
            "Expected a pair (ordinary, separable). Received: ('18432', '2192').": (
                "18432",
                "2192",
            ),
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
            "Expected an array of numbers": [[1], [1, 2]],
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
    ml_taxonomy.network_weights: (
        [2298, 2298.0, np.int64(2298)],
        {
            "also has a bias": 2240,
            "bias of its own": 2243,
            "10 outputs are units": 2128,
            "The 49 inputs are numbers": 2347,
            "a weight for each input": 107,
            "add their weights": 250_880,
            "Count one unit": 49,
            "Expected a number. Received: '2298'.": "2298",
        },
    ),
    ml_taxonomy.nand_neuron: (
        [(-1, -1, 1.5), [-2, -2, 3], np.array([-0.5, -1, 1.2])],
        {
            "That is AND": (1, 1, -1.5),
            "That is OR": (1, 1, -0.5),
            "That is NOR": (-1, -1, 0.5),
            "Always 1": (-1, -1, 2.5),
            "Always 0": (-1, -1, 0),
            "this answers 1, 1, 0, 0": (-1, 0, 0.5),
            "three numbers": (-1, -1),
        },
    ),
    ml_taxonomy.collapse: (
        [([[4, 6], [1, 3]], [6, 1]), (np.array([[4, 6], [1, 3]]), np.array([6, 1]))],
        {
            "wrong order": ([[2, 4], [1, 5]], [6, 1]),
            "place by place": ([[2, 0], [0, 3]], [6, 1]),
            "they do not add": ([[3, 2], [1, 4]], [6, 1]),
            "read off": (np.eye(2), [6, 1]),
            "passes through the second": ([[4, 6], [1, 3]], [6, 3]),
            "first bias is missing": ([[4, 6], [1, 3]], [5, 4]),
            "second bias is missing": ([[4, 6], [1, 3]], [1, -3]),
            "set x = 0": ([[4, 6], [1, 3]], [0, 0]),
            "Received: (2,) and (2,)": ([4, 6], [6, 1]),
            "Expected a pair": 4,
        },
    ),
    ml_taxonomy.smallest_set: (
        [
            PLACES,
            {key: word.replace(" ", "") for key, word in PLACES.items()} | {"PCA": "기계 학습"},
        ],
        {
            "PCA learns from data": PLACES | {"PCA": "인공 신경망"},
            "k-means learns from data": PLACES | {"k-means": "심층 신경망"},
            "no hidden layer": PLACES | {"one neuron": "심층 신경망"},
            "which smaller set": PLACES | {"one neuron": "머신러닝"},
            "Three hidden layers": PLACES | {"3 hidden layers": "인공 신경망"},
            "Received: 'DNN'": PLACES | {"3 hidden layers": "DNN"},
            "Expected a dict": "머신러닝",
        },
    ),
    ml_taxonomy.scaling_by_hand: (
        [(1, 3, 1, 2), [1.0, 3.0, 1.0, 2.0], np.array([1, 3, 1, 2])],
        {
            "own statistics": (-1, 1, 0, 1),
            "Do not cut off": (1, 3, 1, 1),
            "divides by n - 1": (0.866, 2.598, 1, 2),
            "divides by the variance": (0.5, 1.5, 1, 2),
            "Now divide by the standard deviation": (2, 6, 1, 2),
            "The order is": (1, 1, 3, 2),
            "Standardizing is right": (1, 3, 1.25, 2.25),
            "Training mean 3": (5, 9, 5, 9),
            "Received: 2.": (1, 3),
            "Expected four numbers.": "one",
        },
    ),
    ml_taxonomy.standardize_new: (
        [standardized],
        {
            "new's own statistics": lambda _, new: (new - new.mean(0)) / (new.std(0) + 1e-9),
            "divide by 1 there": lambda old, new: (new - old.mean(0)) / old.std(0),
            "divides by n - 1": lambda old, new: (
                (new - old.mean(0)) / np.where(old.std(0), old.std(0, ddof=1), 1)
            ),
            "Each feature has its own": lambda old, new: (new - old.mean()) / old.std(),
            "divides by the variance": lambda old, new: (
                (new - old.mean(0)) / np.where(old.std(0), old.var(0), 1)
            ),
            "Subtract the training mean": lambda old, new: new / np.maximum(old.max(0), 1),
            "changes the arrays": lambda old, new: np.subtract(new, old.mean(0), out=new),
            "like new. Received: shape=(4, 3)": lambda old, new: old - old.mean(0),
            "It ends with TypeError": lambda old: old,
            "Expected a function": np.zeros(3),
        },
    ),
    ml_taxonomy.needed_sentences: (
        [1537, 1536.64, np.int64(1537)],
        {
            "one standard error": 400,
            "worst case": 2401,
            "0.02, not all of it": 6147,
            "0.02, not 0.04": 385,
            "squared too": 784,
            "Use 1.96, not 2": 1600,
            "90 % interval": 1082,
            "Solve 0.02": 1000,
            "Expected a number": "1537",
        },
    ),
    ml_taxonomy.stopping_epochs: (
        [(5, 7), [5, 7]],
        {
            "training has stopped before it": (8, 9),
            "a patience of 1": (3, 4),
            "the waiting starts again": (3, 5),
            "Count epochs from 1": (4, 6),
            "The best weights are kept": (7, 7),
            "The order is": (7, 5),
            "endures two epochs": (5, 6),
            "two epochs in a row": (5, 8),
            "note each new minimum": (1, 2),
            "Received: 1.": (5,),
            "Expected two numbers (kept, last).": "five",
        },
    ),
    unsupervised.final_centers: (
        [(7 / 3, 9.5), [9.5, 2.33], np.array([2.333, 9.5])],
        {
            "That is one round.": (1, 6.25),
            "two rounds": (1.5, 7.67),
            "is the median": (2, 9.5),
            "middle of its range": (2.5, 9.5),
            "That is the start.": (1, 2),
            "Those are sums.": (7, 19),
            "Write down both groups": (4, 9.5),
            "one a center. Received: 3": (1, 2, 3),
            "Expected two numbers": 9.5,
        },
    ),
    unsupervised.stored_numbers: (
        [7840, 7840.0, np.int64(7840)],
        {
            "That is one center.": 784,
            "28·28 numbers": 280,
            "a whole picture": 10,
            "no bias": 7850,
            "training pictures are not needed": 60_000 * 784,
            "clusters are not needed": 60_000,
            "compared with": 100,
            "Expected a number": "7840",
        },
    ),
    unsupervised.next_center: (
        [next_center, lambda points, centers: next_center(points, centers).tolist()],
        {
            "divide by their sum": lambda p, c: squared_distances(p, c).min(axis=1),
            "squared distance.": lambda p, c: (
                squared_distances(p, c).min(axis=1) ** 0.5
                / (squared_distances(p, c).min(axis=1) ** 0.5).sum()
            ),
            "not their sum": lambda p, c: (
                squared_distances(p, c).sum(axis=1) / squared_distances(p, c).sum()
            ),
            "not the farthest": lambda p, c: squared_distances(p, c).max(axis=1),
            "drawn last": lambda p, c: next_center(p, c[-1:]),
            "not only the first": lambda p, c: next_center(p, c[:1]),
            "the random start": lambda p, c: np.full(len(p), 1 / len(p)),
            "not near ones": lambda p, c: 1 / squared_distances(p, c).min(axis=1),
            "For each point": lambda p, c: np.arange(6) / 15,
            "shape=(6, 3)": squared_distances,
            "stopped with TypeError": lambda p: p,
            "without calling it": 0.5,
        },
    ),
    unsupervised.pca_numbers: (
        [16_464, 16_464.0, np.int64(16_464)],
        {
            "mean is missing": 15_680,
            "code of one picture": 20,
            "28 · 28 of them": 560,
            "not one for all": 15_681,
            "same directions, transposed.": 32_144,
            "Only 20 of the 784": 784 * 785,
            "Count the numbers": 20 * 785 + 28,
            "Expected a number": "16464",
        },
    ),
    unsupervised.enough_components: (
        [
            lambda v, s: int(np.argmax(np.cumsum(v) >= s * np.sum(v))) + 1,
            lambda v, s: 1 + np.searchsorted(np.cumsum(v), s * np.sum(v)),
        ],
        {
            "counted from 0": lambda v, s: int(np.argmax(np.cumsum(v) >= s * np.sum(v))),
            "at least, not more than": lambda v, s: (
                1 + min(4, np.searchsorted(np.cumsum(v), s * np.sum(v), side="right"))
            ),
            "add the variances up": lambda v, s: 5,
            "these components keep less": lambda v, s: np.sum(np.cumsum(v) <= s * np.sum(v)),
            "two components keep": lambda v, s: np.sum(v / np.sum(v) >= s),
            "stopped with TypeError": lambda v: 1,
            "number of components. Received: None": lambda v, s: None,
            "function of variances": 4,
        },
    ),
    unsupervised.pca_codes: (
        [
            lambda x, m, c: (x - m) @ c.T,
            lambda x, m, c: np.einsum("nd,kd->nk", x - m, c).tolist(),
        ],
        {
            "mean is missing": lambda x, m, c: x @ c.T,
            "mean of the new samples": lambda x, m, c: (x - x.mean(axis=0)) @ c.T,
            "mean of each sample": lambda x, m, c: (x - x.mean(axis=1, keepdims=True)) @ c.T,
            "subtracted on the way": lambda x, m, c: (x + m) @ c.T,
            "signs": lambda x, m, c: (m - x) @ c.T,
            "stopped with ValueError": lambda x, m, c: (x - m) @ c,
            "shape=(2, 5)": lambda x, m, c: c @ (x - m).T,
            "dot product with each": lambda x, m, c: np.zeros((5, 2)),
            "function of inputs": np.eye(2),
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
        for name, member in inspect.getmembers(module, inspect.isfunction)
        if member.__module__ == module.__name__ and not name.startswith("_")
    }
    assert everything - {_exercise.exercise} == set(CASES)
