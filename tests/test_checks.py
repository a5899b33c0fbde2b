"""Every exercise check, against its right answer, its starter and plausible wrong answers."""

import inspect

import numpy as np
import pytest

from utils import checks
from utils.checks import (
    _exercise,
    cnn_arithmetic,
    ml_taxonomy,
    modern_convnets,
    unsupervised,
)
from utils.reference.kmeans import squared_distances

PYTORCH = np.arange(16 * 3 * 5 * 5).reshape(16, 3, 5, 5)
PAIRS = np.arange(3 * 3 * 4 * 2).reshape(3, 3, 4, 2)  # 3.4, exercise 3
MIXING = np.arange(8 * 6).reshape(8, 6)
SIGNALS = {  # 1.2, exercise 3
    "mail that users marked as spam": "people",
    "next word of a text": "data",
    "k-means on customers": "data",
    "profit of each trade": "reward",
}
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


def chain_of_steps(step, start, inputs) -> list:
    states = [start]
    for item in inputs:
        states.append(step(states[-1], item))
    return states[1:]


def next_center(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    nearest = squared_distances(points, centers).min(axis=1)
    return nearest / nearest.sum()


def balanced_direction(codes: np.ndarray, smiles: np.ndarray, glasses: np.ndarray) -> np.ndarray:
    each = [codes[smiles & g].mean(axis=0) - codes[~smiles & g].mean(axis=0)
            for g in (glasses, ~glasses)]  # fmt: skip
    return np.mean(each, axis=0)


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
    ml_taxonomy.adam_bytes: (
        [44_480, 44_480.0, np.int64(44_480)],
        {
            "Adam keeps two": 22_240,
            "A float32 has 4 bytes": 11_120,
            "How many numbers": 5560,
            "have averages": 44_000,
            "outputs have biases": 44_400,
            "do not count here": 66_720,
            "Only the averages": 88_960,
            "step counter": 44_492,
            "two numbers for each": 100,
            "Expected a number. Received: '44480'.": "44480",
        },
    ),
    ml_taxonomy.chain_of_steps: (
        [chain_of_steps, lambda step, start, items: iter(chain_of_steps(step, start, items))],
        {
            "leave it out": lambda step, s, items: [s, *chain_of_steps(step, s, items)],
            "Feed the last state back": lambda step, s, items: [step(s, i) for i in items],
            "the last state only": lambda step, s, items: chain_of_steps(step, s, items)[-1:],
            "wrong order": lambda step, s, items: chain_of_steps(step, s, items[::-1]),
            "last item is missing": lambda step, s, items: chain_of_steps(step, s, items[:-1]),
            "never calls step": lambda step, s, items: items,
            "returns nothing": lambda step, s, items: None,
            "changes the list": lambda step, s, items: [
                chain_of_steps(step, s, [items.pop()]) for _ in range(3)
            ],
            "Received: [42]": lambda step, s, items: [step(4, 2)],
            "It ends with TypeError": lambda step, items: items,
            "Expected a function": [73, 731, 7312],
        },
    ),
    ml_taxonomy.wrong_claim: (
        [("B", 1.0), ["b", 1], ("B", np.float64(1))],
        {
            "A holds": ("A", 1),
            "C holds": ("C", 0.25),
            "D holds": ("D", 0),
            "what the claim says": ("B", 2),
            "Sum the bytes": ("B", 4),
            "Received: 'E'": ("E", 1),
            "Received: 'one'": ("B", "one"),
            "Expected a pair": "B",
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
    ml_taxonomy.q_updates: (
        [(0.61, 0.805), [0.61, 0.805], np.array([0.61, 0.805])],
        {
            "0.72 is the target": (0.72, 0.86),
            "multiply its value by 0.9": (0.65, 0.825),
            "do not add half of the target": (0.86, 0.93),
            "the next state is worth something": (0.25, 0.625),
            "nothing follows": (0.61, 1.165),
            "starts from it, not from 0.5": (0.61, 0.75),
            "1 is the target of the second": (0.61, 1),
            "The second target is the reward alone": (0.61, 0.9),
            "Go half of the way from 0.5": (0.5, 0.75),
            "Expected two numbers": 0.61,
        },
    ),
    ml_taxonomy.pay_to_stay: (
        [0.05, 1 - 0.95, np.float64(0.05)],
        {
            "shared among six moves": 1 / 6,
            "shared among five moves": 0.2,
            "how many times the pay": 20,
            "0.95 is the discount": 0.95,
            "The bound is lower": 1,
            "without pay": 0.95**5,
            "Compare beside the goal": 0.95**5 / 20,
            "What is staying for ever worth": 0.1,
            "Expected a number. Received: '0.05'.": "0.05",
        },
    ),
    ml_taxonomy.signal_sources: (
        [SIGNALS, {key: word.upper() for key, word in SIGNALS.items()}],
        {
            "Users said of each mail": SIGNALS | {"mail that users marked as spam": "data"},
            "stands in the text": SIGNALS | {"next word of a text": "people"},
            "reads no answer": SIGNALS | {"k-means on customers": "people"},
            "how good a trade was": SIGNALS | {"profit of each trade": "data"},
            "Received: 'labels'": SIGNALS | {"profit of each trade": "labels"},
            "Expected a dict": "people",
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
        [(7 / 3, 9.5), [9.5, 2.33], (2.3, 9.5), np.array([2.333, 9.5])],
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
    unsupervised.latent_kl: (
        [1 + np.e / 2, 2.36, 2.359],
        {
            "mean over the two": 1.18,
            "factor 1/2": 4.718,
            "first dimension": 2,
            "square of the mean is divided": 4.359,
            "second dimension. The": 0.359,
            "also brings": 2 + np.e / 2,
            "One of": 2.859,
            "not the standard deviation": 4.1945,
            "bits": 3.40,
            "as its square": 1.359,
            "For each dimension": 7,
            "Expected a number": "2.36",
        },
    ),
    unsupervised.encoder_weights: (
        [541_472, 541_472.0, np.int64(541_472)],
        {
            "means and logarithms": 537_360,
            "2 latent dimensions": 534_276,
            "biases": 540_672,
            "without the layers": 533_248,
            "one log_var for each latent": 533_248 + 257 * 17,
            "diagonal": 533_248 + 257 * 272,
            "no weights": 533_248 + 257 * 48,
            "Each Dense layer": 16,
            "Expected a number": "541472",
        },
    ),
    unsupervised.accidental_beta: (
        [24.5, 49 / 2],
        {
            "Both are means": 1,
            "Upside down": 32 / 784,
            "divided by 32": 784,
            "divided by 784": 1 / 32,
            "Multiply the loss": 1 / 784,
            "smaller, not larger": 784 * 32,
            "Write both means": 816,
            "Expected a number": "24.5",
        },
    ),
    unsupervised.latent_sample: (
        [
            lambda m, v, n: m + np.exp(v / 2) * n,
            lambda m, v, n: (m + np.exp(v) ** 0.5 * n).tolist(),
        ],
        {
            "is the variance": lambda m, v, n: m + np.exp(v) * n,
            "can be negative": lambda m, v, n: m + v * n,
            "Half of a logarithm": lambda m, v, n: m + v / 2 * n,
            "does not enter": lambda m, v, n: m,
            "The mean is missing": lambda m, v, n: np.exp(v / 2) * n,
            "not added": lambda m, v, n: m + np.exp(v / 2) + n,
            "wrong sign": lambda m, v, n: m + np.exp(-v / 2) * n,
            "Mean plus": lambda m, v, n: n,
            "shape=(6,)": lambda m, v, n: m[:, 0],
            "stopped with TypeError": lambda m: m,
            "function of mean": 1,
        },
    ),
    unsupervised.face_decoder_weights: (
        [76_480, 76_480.0, np.int64(76_480)],
        {
            "also has a bias": 12 * 128 + 128 * 64 + 64 * 1024,
            "not one in all": 12 * 128 + 128 * 64 + 64 * 1024 + 3,
            "last layer is missing": 13 * 128 + 129 * 64,
            "first layer is missing": 129 * 64 + 65 * 1024,
            "32 · 32": 13 * 128 + 129 * 64 + 65 * 32,
            "float16": 152_960,
            "Those are the units": 1228,
            "numbers that come in": 76_481,
            "Expected a number": "76480",
        },
    ),
    unsupervised.moved_code: (
        [(3, 2.5), [3.0, 2.5], np.array([3, 2.5])],
        {
            "That is the direction.": (2, 1),
            "Add it to the code": (3, 1.5),
            "strength 1.": (2, 2),
            "sign is turned": (-3, -0.5),
            "Divide each sum": (6, 4),
            "Subtract the mean": (4.5, 4),
            "mean of the smiling": (3, 2),
            "Mean of one group": (0, 0),
            "Received: 3.": (1, 2, 3),
            "Expected two numbers (first": 3,
        },
    ),
    unsupervised.balanced_direction: (
        [balanced_direction],
        {
            "plain difference": lambda z, s, g: z[s].mean(axis=0) - z[~s].mean(axis=0),
            "sign is turned": lambda z, s, g: -balanced_direction(z, s, g),
            "sum of two": lambda z, s, g: 2 * balanced_direction(z, s, g),
            "one half": lambda z, s, g: z[s & g].mean(axis=0) - z[~s & g].mean(axis=0),
            "changed places": lambda z, s, g: balanced_direction(z, g, s),
            "Among faces": lambda z, s, g: np.zeros(3),
            "shape=(20, 3)": lambda z, s, g: z,
            "stopped with TypeError": lambda z, s: z,
            "function of codes": np.zeros(3),
        },
    ),
    modern_convnets.steps_in_an_epoch: (
        [(41, 1, 40), [41, 1, 40]],
        {
            "One picture is left": (40, 1, 40),
            "leave a single picture": (41, 32, 40),
            "drops the batch": (41, 1, 41),
            "missing in the last": (41, 31, 40),
            "Divide 1,281": (42, 1, 41),
            "Received: 2.": (41, 40),
            "Expected three numbers.": 41,
        },
    ),
    modern_convnets.batches_of_one_class: (
        [50, 50.0, np.int64(50)],
        {
            "without a shuffle": 60,
            "up to 999 places early": 59,
            "length of the buffer": 10,
            "first picture of class 1": 0,
            "Count whole batches": 51,
            "certain too": 49,
            "does not hold class 1 back": 70,
            "Place p": 500,
            "Received: '50'.": "50",
        },
    ),
    modern_convnets.pipeline_order: (
        [
            ["decode", "cache", "shuffle", "batch", "augment", "prefetch"],
            ("decode", "cache", "shuffle", "augment", "batch", "prefetch"),
            ["decode", "cache", "augment", "shuffle", "batch", "prefetch"],
        ],
        {
            "nothing to augment": ["augment", "decode", "cache", "shuffle", "batch", "prefetch"],
            "freeze the augmentation": [
                "decode",
                "augment",
                "cache",
                "shuffle",
                "batch",
                "prefetch",
            ],
            "freeze the order": ["decode", "shuffle", "cache", "batch", "augment", "prefetch"],
            "done once": ["cache", "decode", "shuffle", "batch", "augment", "prefetch"],
            "members stay": ["decode", "cache", "batch", "shuffle", "augment", "prefetch"],
            "whole batches wait": ["decode", "cache", "shuffle", "augment", "prefetch", "batch"],
            "runs ahead": ["decode", "cache", "shuffle", "batch", "prefetch", "augment"],
            "Expected each of": ["decode", "cache"],
            "Expected a list": "decode, cache",
        },
    ),
    modern_convnets.folder_label: (
        [4, 4.0],
        {
            "letter by letter": 1,
            "not the name": 2,
            "count from 0.": 5,
            "folder '12'": 3,
            "Sort the twelve": 11,
            "Received: '4'.": "4",
        },
    ),
    modern_convnets.expectation: (
        [64.8, np.float64(64.8)],
        {
            "90 comes as well": 62,
            "keeps nine tenths": 88.8,
            "the latest value counts most": 63.8,
            "plain mean": 230 / 3,
            "starts from what the first one gave": 63,
            "β = 0.5": 82.5,
            "First 0.9": 70,
            "Received: '64.8'.": "64.8",
        },
    ),
    modern_convnets.normalization_numbers: (
        [(192, 96), [192, 96]],
        {
            "swapped": (96, 192),
            "moving variance for each plane": (96, 96),
            "four numbers for each plane": (48, 48),
            "there are 48 planes": (4, 2),
            "48 planes leave": (128, 64),
            "behind it": (9 * 32 * 48, 96),
            "not part of it": (9 * 32 * 48 + 192, 96),
            "what does the layer store": (1, 1),
            "not by gradient": (192, 192),
            "γ and β, one each": (192, 48),
            "γ and β get gradients": (192, 0),
            "two for each plane": (192, 2),
            "does a gradient reach": (192, 100),
            "Received: 192.": 192,
        },
    ),
    modern_convnets.steps_to_settle: (
        [299, 299.0, np.int64(299)],
        {
            "95 % of the *start*": 5,
            "94 % of the *start*": 6,
            "half-life": 69,
            "effective window": 100,
            "0.94997": 298,
            "299 is enough": 300,
            "PyTorch's default": 29,
            "distance that is left": 95,
            "Steps come whole": 298.07,
            "When is that 0.95": 1000,
            "Received: 'many'.": "many",
        },
    ),
    modern_convnets.scale_and_shift: (
        [lambda g, b, m, v, e: (g / np.sqrt(v + e), b - g / np.sqrt(v + e) * m)],
        {
            "lacks epsilon": lambda g, b, m, v, e: (g / np.sqrt(v), b - g / np.sqrt(v) * m),
            "under the root": lambda g, b, m, v, e: (g / (np.sqrt(v) + e), b),
            "root of the variance": lambda g, b, m, v, e: (g / (v + e), b),
            "lacks gamma": lambda g, b, m, v, e: (1 / np.sqrt(v + e), b),
            "what x is multiplied by": lambda g, b, m, v, e: (g, b),
            "belongs into the shift": lambda g, b, m, v, e: (g / np.sqrt(v + e), b),
            "before it is subtracted": lambda g, b, m, v, e: (g / np.sqrt(v + e), b - m),
            "sign of the mean": lambda g, b, m, v, e: (
                g / np.sqrt(v + e),
                b + g / np.sqrt(v + e) * m,
            ),
            "lacks beta": lambda g, b, m, v, e: (g / np.sqrt(v + e), -g / np.sqrt(v + e) * m),
            "not scaled": lambda g, b, m, v, e: (
                g / np.sqrt(v + e),
                g / np.sqrt(v + e) * (b - m),
            ),
            "output for x = 0": lambda g, b, m, v, e: (g / np.sqrt(v + e), m),
            "shape (5,)": lambda g, b, m, v, e: (1.0, 0.0),
            "stopped with TypeError": lambda g: g,
            "Expected the function": (1.5, -2.0),
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
