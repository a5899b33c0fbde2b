"""Every exercise check, against its right answer, its starter and plausible wrong answers."""

import inspect

import numpy as np
import pytest

from utils import checks
from utils.checks import (
    attention_transformers,
    cnn_arithmetic,
    lora_distillation,
    ml_taxonomy,
    modern_convnets,
    text,
    unsupervised,
)
from utils.checks._exercise import exercise, function
from utils.reference import embedding
from utils.reference.distillation import softmax
from utils.reference.embedding import look_up_gradient
from utils.reference.evaluation import student_quantile
from utils.reference.kmeans import squared_distances
from utils.reference.positions import shift_matrix, sinusoidal_positions

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


OUTPUTS = ("How many cups?", "forest in the satellite picture", "out of the photograph")  # 4.8


def verdict(ratio, differences, factor=None, ddof=1) -> str:  # 5.3
    n = len(differences)
    factor = student_quantile(0.975, n - 1) if factor is None else factor
    half = factor * np.std(differences, ddof=ddof) / np.sqrt(n)
    if abs(np.mean(differences)) <= half:
        return "undecided"
    return "right" if (np.mean(differences) > 0) == (ratio > 1500) else "wrong"


def area(box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def shared(first, second, least: float = 0) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, least) * max(height, least)


def box_iou(first, second) -> float:
    return shared(first, second) / (area(first) + area(second) - shared(first, second))


def pooled_words(hidden, mask, inner=None):
    if inner is None:
        inner = mask * (np.arange(mask.shape[1]) > 0)
        inner = inner * (np.arange(mask.shape[1]) < mask.sum(axis=1, keepdims=True) - 1)
    means = (hidden * np.asarray(inner)[..., np.newaxis]).sum(axis=1)
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def best_ranks(scores, right):
    order = np.argsort(-scores, axis=1)
    return 1 + np.take_along_axis(right, order, axis=1).argmax(axis=1)


def moved_word(word, context, scale=None, itself=True, stable=True) -> np.ndarray:  # 6.1
    everyone = np.vstack([word, context]) if itself else context
    scores = everyone @ word / (np.sqrt(len(word)) if scale is None else scale)
    powers = np.exp(scores - scores.max() * stable)
    return powers / powers.sum() @ everyone


FED = {  # 4.2, exercise 2
    "s1": ["c3", "c1"],
    "c4": ["photo"],
    "j": ["s1", "c4"],
    "from c1": ["c2", "s1"],
}


def place(row: int, column: int, weight: float = 1) -> np.ndarray:
    kernel = np.zeros((3, 3))
    kernel[row, column] = weight
    return kernel


def standardized(training: np.ndarray, new: np.ndarray) -> np.ndarray:
    deviation = training.std(axis=0)
    return (new - training.mean(axis=0)) / np.where(deviation == 0, 1, deviation)


def around(differences: np.ndarray, t: float) -> tuple[float, float, float]:
    half = t * differences.std(ddof=1) / np.sqrt(len(differences))
    return differences.mean(), differences.mean() - half, differences.mean() + half


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


def weighted_rows(counts, formula="scikit-learn", d=None, order=2, axis=1):  # 5.2
    d, n = np.count_nonzero(counts, axis=0) if d is None else d, len(counts)
    rows = counts * {
        "keras": np.log(1 + n / (1 + d)),
        "scikit-learn": np.log((1 + n) / (1 + d)) + 1,
        "unsmoothed": np.log(n / d) + 1,
        "textbook": np.log(n / d),
    }[formula]  # fmt: skip
    return rows / (1 if order is None else np.linalg.norm(rows, order, axis, keepdims=True))


def joined(patches, size, channels):  # 6.7
    side = round(patches.shape[1] ** 0.5)
    grid = patches.reshape(-1, side, side, size, size, channels).swapaxes(2, 3)
    return grid.reshape(-1, side * size, side * size, channels)


def binned(values, low, high, bins):  # 6.7
    tokens = np.clip(np.floor((values - low) / (high - low) * bins), 0, bins - 1).astype(int)
    return tokens, low + (tokens + 0.5) * (high - low) / bins


def padded_mean(vectors, indices):  # 5.2
    mask = (indices != 0)[..., None]
    return (vectors * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)


def share_unknown(training, test) -> float:
    known = {token for one in training for token in one}
    tokens = [token for one in test for token in one]
    return sum(token not in known for token in tokens) / len(tokens)


# check: (right answers, {words of the hint: wrong answer})
def mean_of_tokens(hidden, mask) -> np.ndarray:  # 7.2, exercise 3
    return (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1)[:, None]


def in_int8(kernel, axis=0, levels=127):  # 7.4, exercise 3
    step = np.abs(kernel).max(axis=axis, keepdims=True) / levels
    return np.rint(kernel / step), step


def added_up(words, gradients):  # 5.4
    different, where = np.unique(words, return_inverse=True)
    return different, look_up_gradient(where, gradients, len(different))


def overwritten(words, gradients):
    rows = np.zeros((len(np.unique(words)), gradients.shape[1]))
    rows[np.unique(words, return_inverse=True)[1]] = gradients
    return rows


def whole_table(words, gradients):
    return look_up_gradient(words, gradients, int(words.max()) + 1)


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
            "Expected four numbers (left, right, top, bottom). Received: (1, 1).": (1, 1),
            "Expected four numbers (left, right, top, bottom). Received: 'same'.": "same",
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
            "Expected two numbers (ordinary, separable). Received: 18432.": 18432,
            "Expected two numbers (ordinary, separable). Received: ('18432', '2192').": (
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
            "Your function stopped with TypeError": lambda step, items: items,
            "Expected the function, without calling it. Received: ": [73, 731, 7312],
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
            "Received: (1, 3).": (1, 3),
            "Expected four numbers (5 standardized, ": "one",
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
            "Your function stopped with TypeError": lambda old: old,
            "Expected the function, without calling it. Received: ": np.zeros(3),
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
            "Received: (5,).": (5,),
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
            "(first center, second center). Received: (1, 2, 3).": (1, 2, 3),
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
            "Expected the function, without calling it. Received: ": 4,
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
            "Expected the function, without calling it. Received: ": np.eye(2),
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
            "Expected the function, without calling it. Received: ": 1,
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
            "Received: (1, 2, 3).": (1, 2, 3),
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
            "Expected the function, without calling it. Received: ": np.zeros(3),
        },
    ),
    modern_convnets.xception_block_weights: (
        [35264, 35264.0, np.int64(35264)],
        {
            "The 1×1 of the shortcut is missing": 27072,
            "The two normalizations are missing": 34496,
            "block 2": 9440,
            "four numbers a plane": 34880,
            "64 planes, not 128": 35520,
            "No convolution has a bias": 35648,
            "ordinary convolutions": 230144,
            "Add five layers": 35265,
            "Expected a number. Received: '35264'.": "35264",
        },
    ),
    modern_convnets.listing_side: (
        [3, 3.0, np.int64(3)],
        {
            "it leaves 94": 4,
            "rounds up": 2,
            "five blocks": 6,
            "Round up after every block": 2.9375,
            "halves five times": 5,
            "Expected a number. Received: True.": True,
        },
    ),
    modern_convnets.equally_wide: (
        [(30, 2.95), [30, 2.9486], (np.int64(30), np.float64(2.9))],
        {
            "filters that double": (13, 1.14),
            "closest in MACs": (17, 0.97),
            "30 is closer": (31, 3.15),
            "take all three parts away": (29, 2.8),
            "f: compare": (32, 3.35),
            "Times: divide the plain": (30, 0.339),
            "ratio of the weights": (30, 0.974),
            "divided by 1,452,000": (30, 4281420),
            "Expected two numbers": 30,
        },
    ),
    modern_convnets.supported_claims: (
        ["AD", "da", ["A", "D"], {"D", "A"}, "A, D"],
        {
            "all other parts": "ABD",
            "the same filters": "AC",
            "28×28 only": "ADE",
            "A is missing": "D",
            "D is missing": "A",
            "Expected letters from A to E": "AF",
            "Received: 5.": 5,
        },
    ),
    modern_convnets.ablation_runs: (
        [(40, 320), [40, 320.0]],
        {
            "the one without all parts are trained too": (30, 320),
            "one network is missing": (35, 320),
            "trained with 5 seeds": (8, 320),
            "64 networks, each": (40, 64),
            "not 6 squared": (40, 180),
            "does not matter": (40, 3600),
            "swapped": (320, 40),
            "six with one part away": (50, 320),
            "Expected two numbers": 40,
        },
    ),
    modern_convnets.worth_without_a: (
        [2, 2.0, np.int64(2)],
        {
            "has A": 3,
            "A that differs": 1,
            "together": 4,
            "The sign": -2,
            "sum of the two": 5,
            "compared": -1,
            "One has B": 0,
            "Which two of the four": 2.5,
            "Received: '2'.": "2",
        },
    ),
    modern_convnets.paired_interval: (
        [lambda a, b, t: around(b - a, t), lambda a, b, t: list(around(b - a, t))],
        {
            "The sign": lambda a, b, t: around(a - b, t),
            "seed by seed": lambda a, b, t: around(b, t),
            "of the mean": lambda a, b, t: around(b - a, t * np.sqrt(6)),
            "not by n": lambda a, b, t: around(b - a, t / np.sqrt(6)),
            "ddof=1": lambda a, b, t: around(b - a, t * np.sqrt(5 / 6)),
            "as it is given": lambda a, b, t: around(b - a, 1.96),
            "is missing": lambda a, b, t: around(b - a, 1),
            "unrelated runs": lambda a, b, t: around(
                b - a, t * np.hypot(a.std(), b.std()) / (b - a).std()
            ),
            "swapped": lambda a, b, t: around(b - a, -t),
            "to both sides": lambda a, b, t: around(b - a, 2 * t),
            "returned (1, 2), which led to ValueError": lambda a, b, t: (1, 2),
            "Expected the function": (1, 2, 3),
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
            "Received: (41, 40).": (41, 40),
            "Expected three numbers (batches, ": 41,
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
    modern_convnets.two_scores: (
        [(0.88, 0.5), (88 / 100, 12 / 24)],
        {
            "swapped": (0.5, 0.88),
            "rightly left unmarked": (0.12, 0.5),
            "that were missed are wrong": (0.92, 0.5),
            "that were invented are wrong": (0.96, 0.5),
            "share among the marked ones": (0.6, 0.5),
            "object that was found": (0.75, 0.5),
            "Right pixels: 100, less": (0.5, 0.5),
            "Those that were missed count": (0.88, 0.6),
            "Those that were invented count": (0.88, 0.75),
            "counts the 12 shared pixels twice": (0.88, 1 / 3),
            "Dice": (0.88, 2 / 3),
            "at least one of the two sets": (0.88, 0.1),
            "Expected two numbers": 0.88,
        },
    ),
    modern_convnets.numbers_of_an_output: (
        [(1470, 4_214_784)],
        {
            "swapped": (4_214_784, 1470),
            "predicts two boxes": (1225, 4_214_784),
            "share one set": (2450, 4_214_784),
            "besides its four": (1372, 4_214_784),
            "Detector: each box has its own 'is there an object'.": (1421, 4_214_784),
            "background needs no class": (1519, 4_214_784),
            "one cell": (30, 4_214_784),
            "not for each pixel": (448 * 448 * 30, 4_214_784),
            "2 boxes of 5 numbers": (7, 4_214_784),
            "score for every class": (1470, 200_704),
            "background is a class": (1470, 4_014_080),
            "three colors": (1470, 12_644_352),
            "not for every cell": (1470, 1029),
            "background included": (1470, 5),
            "Expected two numbers": "1470",
        },
    ),
    modern_convnets.iou_of_boxes: (
        [box_iou, lambda a, b: box_iou([*a], [*b])],
        {
            "10 wide, not 11": lambda a, b: box_iou(
                (*a[:2], a[2] + 1, a[3] + 1), (*b[:2], b[2] + 1, b[3] + 1)
            ),
            "counts the shared part twice": lambda a, b: shared(a, b) / (area(a) + area(b)),
            "Dice": lambda a, b: 2 * shared(a, b) / (area(a) + area(b)),
            "not by that of one box": lambda a, b: shared(a, b) / area(a),
            "Divide it by the area": shared,
            "larger left": lambda a, b: 0.0,
            "do not meet": lambda a, b: (
                abs(shared(a, b, -9)) / (area(a) + area(b) - abs(shared(a, b, -9)))
            ),
            "stopped with TypeError": lambda a: 1.0,
            "Expected the function": 0.5,
        },
    ),
    modern_convnets.least_output: (
        [dict(zip(OUTPUTS, ("boxes", "classes", "instances"), strict=True))],
        {
            "one blot": dict(zip(OUTPUTS, ("classes", "classes", "instances"), strict=True)),
            "something cheaper": dict.fromkeys(OUTPUTS, "instances"),
            "how much of it is forest": dict.fromkeys(OUTPUTS, "boxes"),
            "no one asks": dict(zip(OUTPUTS, ("boxes", "instances", "instances"), strict=True)),
            "part of the neighbor": dict(zip(OUTPUTS, ("boxes", "classes", "boxes"), strict=True)),
            "Where does one end": dict(zip(OUTPUTS, ("boxes", "classes", "classes"), strict=True)),
            "Choose from": dict.fromkeys(OUTPUTS, "masks"),
            "Expected one output": {"How many cups": "boxes"},
            "Expected a dict": ["boxes", "classes", "instances"],
        },
    ),
    modern_convnets.block_weights: (
        [207_648, 207_648.0, np.int64(207_648)],
        {
            "96 planes come in, not 48": 124_704,
            "receives 48 planes": 249_120,
            "This block has three": 124_608,
            "Two more follow": 41_568,
            "Each filter also has a bias": 207_360,
            "a bias of its own": 207_363,
            "size of the map plays no part": 207_648 * 24 * 24,
            "3·3 weights for each plane": 864,
            "Received: '207648'.": "207648",
        },
    ),
    modern_convnets.feeding_layers: (
        [
            {"s1": ["c3", "c1"], "c4": ["photo"], "j": ["s1", "c4"], "from c1": ["c2", "s1"]},
            {
                "s1": ("c1[0][0]", "c3[0][0]"),
                "c4": "photo",
                "j": {"c4", "s1"},
                "from c1": ["s1", "c2"],
            },
        ],
        {
            "c4: the row above": FED | {"c4": ["s1"]},
            "an Add has two inputs": FED | {"s1": ["c3"]},
            "that feeds c1": FED | {"from c1": ["photo"]},
            "last column of two rows": FED | {"from c1": ["c2"]},
            "j receives what s1 gives": FED | {"j": ["c3", "c4"]},
            "s1: look for it in the table": FED | {"s1": ["c3", "c2"]},
            "Received: ['c4'].": FED | {"j": ["c4"]},
            "j: expected a list": FED | {"j": 3},
            "with the keys s1, c4, j, from c1": {"s1": ["c3", "c1"]},
        },
    ),
    modern_convnets.shared_weights: (
        [(50_386, 150_386), [50_386, 150_386]],
        {
            "two are swapped": (150_386, 50_386),
            "makes new layers": (50_386, 50_386),
            "they count once": (150_386, 150_386),
            "dense layer has weights too": (50_000, 150_000),
            "have a bias each": (50_384, 150_384),
            "all three pictures": (50_130, 150_130),
            "Count the encoder once": (1, 2),
            "Expected two numbers": 50_386,
        },
    ),
    modern_convnets.linear_weight: (
        [
            lambda k, h, w, c: k.reshape(h, w, c, -1).transpose(3, 2, 0, 1).reshape(k.shape[1], -1),
            lambda k, h, w, c: np.moveaxis(k.reshape(h, w, c, -1), 2, 0).reshape(h * w * c, -1).T,
        ],
        {
            "the inputs are still in Keras's order": lambda k, h, w, c: k.T,
            "Height and width are swapped": lambda k, h, w, c: (
                k.reshape(h, w, c, -1).transpose(3, 2, 1, 0).reshape(k.shape[1], -1)
            ),
            "`reshape` alone": lambda k, h, w, c: k.reshape(k.shape[1], -1),
            "PyTorch's weight is (out, in)": lambda k, h, w, c: (
                k.reshape(h, w, c, -1).transpose(2, 0, 1, 3).reshape(h * w * c, -1)
            ),
            "into one axis": lambda k, h, w, c: k.reshape(h, w, c, -1).transpose(3, 2, 0, 1),
            "(units, inputs). Received": lambda k, h, w, c: k[: h * w],
            "bring them into PyTorch's order": lambda k, h, w, c: k.T[:, ::-1],
            "stopped with TypeError": lambda k: k,
            "Expected the function": 3,
        },
    ),
    modern_convnets.sweep_minutes: (
        [(60, 6), (60, 6.0), [60, 6]],
        {
            "The base is trained as well": (50, 5),
            "two data sets": (30, 3),
            "once for every seed": (12, 6),
            "Two run at a time": (60, 12),
            "in seconds": (60, 360),
            "not twice as long": (60, 24),
            "trainings come first": (6, 60),
            "Trainings: networks times": (61, 6),
            "Minutes: trainings times": (60, 7),
            "Expected two numbers": 60,
        },
    ),
    modern_convnets.thread_share: (
        [2, 2.0],
        {
            "have to live on them": 8,
            "Seven others": 16,
            "256 threads": 64,
            "how many trainings share": 32,
            "number of your trainings": 4,
            "One is polite": 1,
            "divided by users": 5,
            "Expected a number": "two",
        },
    ),
    modern_convnets.what_is_missing: (
        [{"variations", "member", "results"}, ["results", "member", "variations"]],
        {
            "three members are accepted": {"team", "variations", "member", "results"},
            "there are two": {"variations", "member", "results", "data sets"},
            "the same on both": {"network", "results"},
            "has its model": {"models", "results"},
            "Count the variations": {"member", "results"},
            "Has everybody": {"variations", "results"},
            "trained on both": {"variations", "member"},
            "Choose among": {"separable"},
            "Expected a set": "results",
        },
    ),
    modern_convnets.paired_gain: (
        [lambda v, b: float(np.mean([v[s] - b[s] for s in v if s in b]))],
        {
            "sign is turned": lambda v, b: float(np.mean([b[s] - v[s] for s in v if s in b])),
            "That is the sum": lambda v, b: sum(v[s] - b[s] for s in v if s in b),
            "number of seeds that both": lambda v, b: sum(v[s] - b[s] for s in v if s in b) / 4,
            "Pair by seed first": lambda v, b: np.mean([*v.values()]) - np.mean([*b.values()]),
            "is in one of the two only": lambda v, b: sum(v[s] - b[s] for s in v) / len(v),
            "the difference for each": lambda v, b: 0.0,
            "stopped with TypeError": lambda v: v,
            "Expected the function": 0.375,
        },
    ),
    modern_convnets.chained_gradient: (
        [(-0.1, 1.65), [np.float64(-0.1), 1.65], (0.1 * -0.5 * 2, 1.1 * 0.5 * 3)],
        {
            "swapped": (1.65, -0.1),
            "You added.": (1.6, 1.65),
            "mind the sign": (0.1, 1.65),
            "there is no 1 in the factors": (1.65, 1.65),
            "multiply the three slopes": (3, 1.65),
            "a single one at the end": (-0.1, 0.9),
            "0.5, not 1.5": (-0.1, 4.95),
            "are multiplied. You added": (-0.1, 4.6),
            "contributes 1 to each factor": (-0.1, 1),
            "of the three blocks": (-0.1, 7),
            "Received: 1.65.": 1.65,
        },
    ),
    modern_convnets.shortcut_strides: (
        [[0, 1, 2, 2, 2], (0, 1, 2, 2, 2), np.array([0, 1, 2, 2, 2])],
        {
            "They match the pooling": [0, 2, 0, 2, 2],
            "its input fits as it is": [1, 1, 2, 2, 2],
            "would be too small": [0, 2, 2, 2, 2],
            "cannot be added to 128": [0, 0, 2, 2, 2],
            "twice as high": [0, 1, 1, 2, 2],
            "fifth block pools too": [0, 1, 2, 2, 1],
            "does it pool": [0, 1, 2, 1, 2],
            "Received: [0, 1, 2].": [0, 1, 2],
            "Received: 2.": 2,
        },
    ),
    modern_convnets.add_sources: (
        [["conv2d_2", "conv2d_5", "conv2d_8"], ("conv2d_2", " Conv2D_5 ", "conv2d_8")],
        {
            "belongs to the first input": ["max_pooling2d", "max_pooling2d_1", "conv2d_8"],
            "An earlier Add": ["conv2d_2", "conv2d_5", "add_1"],
            "picture itself": ["input_layer", "conv2d_5", "conv2d_8"],
            "counting starts at 0": ["conv2d_3", "conv2d_6", "conv2d_9"],
            "second 3×3": ["conv2d_1", "conv2d_4", "conv2d_7"],
            "not before them": ["conv2d", "conv2d_3", "conv2d_6"],
            "such as 'conv2d_4'": ["2", "5", "8"],
            "The second Add": ["conv2d_2", "conv2d_4", "conv2d_8"],
            "Received: 2.": ["conv2d_2", "conv2d_5"],
            "Expected a list": "conv2d_2",
        },
    ),
    modern_convnets.shortcut_weights: (
        [(128, 2112, 8320), [128, 2112, 8320]],
        {
            "biases are missing": (96, 2048, 8192),
            "for 3×3 kernels": (896, 18496, 73856),
            "64 channels must become 128": (128, 2112, 0),
            "not how many weights": (512, 8448, 8320),
            "block's *input*": (1056, 4160, 16512),
            "channels that come in": (1, 2, 3),
            "Received: (128, 2112).": (128, 2112),
            "Received: 128.": 128,
        },
    ),
    modern_convnets.head_numbers: (
        [(10_248, 165_000), [10_248, 165_000]],
        {
            "The two are swapped": (165_000, 10_248),
            "each of the 8 units has a bias": (10_240, 165_000),
            "what is frozen is not trained": (2_268_232, 165_000),
            "128 and 8 of them": (10_248, 164_864),
            "that is Dense(128) alone": (10_248, 163_968),
            "receives 128 numbers here": (10_248, 174_216),
            "Expected two numbers": 10_248,
        },
    ),
    modern_convnets.sibling_in_training: (
        [0.9375, 15 / 16],
        {
            "both are in training": 0.5625,
            "neither is": 0.0625,
            "There are two": 0.75,
            "itself does not count": 63 / 64,
            "exactly one": 0.375,
            "do not add up": 1.5,
            "Take that from 1": 0.5,
            "Expected a number": "high",
        },
    ),
    modern_convnets.layers_to_train: (
        [
            lambda layers, first: [
                n
                for n, k in layers[[n for n, _ in layers].index(first) :]
                if k != "BatchNormalization"
            ],
        ],
        {
            "normalizations stay frozen": lambda layers, first: [
                n for n, _ in layers[[n for n, _ in layers].index(first) :]
            ],
            "Layers before `first` stay frozen": lambda layers, first: [
                n for n, k in layers if k != "BatchNormalization"
            ],
            "`first` itself is trained as well": lambda layers, first: [
                n
                for n, k in layers[[n for n, _ in layers].index(first) + 1 :]
                if k != "BatchNormalization"
            ],
            "may be a normalization itself": lambda layers, first: (
                ["c2", "head"] if first == "c2" else []
            ),
            "names only": lambda layers, first: [layers[2], layers[4]],
            "stopped with IndexError": lambda layers, first: layers[9],
            "Expected a list of names": lambda layers, first: 2,
            "Expected the function": ["c2", "head"],
        },
    ),
    attention_transformers.three_similarities: (
        [(24, 0.96, 16.97), [24.0, 0.96, 24 / 2**0.5], (24, 24 / 25, np.float64(16.9706))],
        {
            "squared length": (25, 1, 17.68),
            "that is 3 + 4": (7, 0.28, 4.95),
            "both lengths, not by one": (24, 4.8, 16.97),
            "that is the angle": (24, 0.2838, 16.97),
            "not by the dimension": (24, 0.96, 12),
            "not the length 5": (24, 0.96, 4.8),
            "Expected three numbers": 24,
        },
    ),
    attention_transformers.spread_of_scores: (
        [(16, 1, 4), [16.0, 1.0, 4.0]],
        {
            "256 is the variance": (256, 16, 64),
            "not by 256": (16, 1 / 16, 1 / 4),
            "the factors multiply": (16, 1, 2),
            "Its root is asked": (16, 1, 16),
            "Expected three numbers": (16, 1),
        },
    ),
    attention_transformers.blind_spots: (
        [
            lambda v: (2 * v, v + np.array([-2.0, 1.0])),
            lambda v: ((v / 7).tolist(), (v + np.array([4.0, -2.0])).tolist()),
        ],
        {
            "same_cosine is v itself": lambda v: (v, v + np.array([-2.0, 1.0])),
            "points another way": lambda v: (v + 1, v + np.array([-2.0, 1.0])),
            "opposite way": lambda v: (-v, v + np.array([-2.0, 1.0])),
            "add what (1, 2) cannot see": lambda v: (2 * v, v + np.array([1.0, 2.0])),
            "stopped with TypeError": lambda: None,
            "Received: shape=(1,)": lambda v: (2 * v, v[:1]),
            "Expected the function": ((6, 2), (1, 2)),
        },
    ),
    attention_transformers.word_in_context: (
        [moved_word],
        {
            "root of the dimension.": lambda w, c: moved_word(w, c, scale=1),
            "not by the dimension": lambda w, c: moved_word(w, c, scale=3),
            "it belongs to those that are averaged": lambda w, c: moved_word(w, c, itself=False),
            "Large scores overflow": lambda w, c: moved_word(w, c, stable=False),
            "Received: shape=(2, 3)": lambda w, c: c,
            "take the softmax": lambda w, c: w,
            "Expected the function": (1, 2, 3),
        },
    ),
    lora_distillation.adapter_weights: (
        [294_912, 294_912.0, np.int64(294_912)],
        {
            "That is one matrix": 12_288,
            "That is one block": 24_576,
            "Half of it": 147_456,
            "four matrices of each block": 589_824,
            "two frozen matrices": 14_155_776,
            "four whole matrices": 28_311_552,
            "The rank counts too": 36_864,
            "How many matrices": 8,
            "Received: 'many'.": "many",
        },
    ),
    lora_distillation.highest_saving_rank: (
        [192, 192.0, np.int64(192)],
        {
            "200,720": 193,
            "hold more than it": 256,
            "much earlier": 255,
            "at most 256": 784,
            "square kernel": 128,
            "One more still fits": 191,
            "mean of the two sides": 520,
            "A rank is whole": 784 * 256 / 1040,
            "largest whole r": 8,
            "Received: 'few'.": "few",
        },
    ),
    lora_distillation.wrapped_layers: (
        [18],
        {
            "That is one Transformer layer": 3,
            "three layers of each": 6,
            "own output": 12,
            "all linear layers": 36,
            "pooler": 19,
            "Which names": 7,
            "Expected a number": "dense",
        },
    ),
    lora_distillation.training_memory: (
        [(16, 4.16), [16.0, 4.16]],
        {
            "weights alone": (4, 4.16),
            "Full: Adam's two averages are missing": (8, 4.16),
            "Adam keeps two": (12, 4.16),
            "in GB, please": (16e9, 4.16e9),
            "4 + 4 + 8": (20, 4.16),
            "swapped": (4.16, 16),
            "adapter has weights": (16, 4),
            "frozen base": (16, 0.16),
            "adapter's own weights": (16, 4.12),
            "frozen weights have no gradients": (16, 8.08),
            "neither gradients nor": (16, 16.16),
            "adapter has gradients": (16, 4.04),
            "LoRA: Adam's two averages are missing": (16, 4.08),
            "16 for each trained one": (16, 5),
            "Expected two numbers": 16,
        },
    ),
    lora_distillation.masked_mean: (
        [mean_of_tokens],
        {
            "use the mask": lambda hidden, mask: hidden.mean(axis=1),
            "padded length": lambda hidden, mask: (hidden * mask[..., None]).mean(axis=1),
            "That is the sum": lambda hidden, mask: (hidden * mask[..., None]).sum(axis=1),
            "first token": lambda hidden, mask: hidden[:, 0],
            "greatest": lambda hidden, mask: hidden.max(axis=1),
            "only the divisor": lambda hidden, mask: hidden.sum(axis=1) / mask.sum(axis=1)[:, None],
            "shape (2, 3)": lambda hidden, mask: hidden.mean(axis=2),
            "Set padded places": lambda hidden, mask: hidden.min(axis=1),
            "stopped with": lambda hidden, mask: hidden @ mask,
            "Expected the function": 3.0,
        },
    ),
    lora_distillation.soft_cross_entropy: (
        [1.3, np.float64(1.3)],
        {
            "against the one-hot target": 1,
            "in nats": 1.3 * np.log(2),
            "target's own entropy": 1.1568,
            "That is the divergence": 0.1432,
            "student's own entropy": 1.5,
            "minus in front": -1.3,
            "not alike": 5 / 3,
            "1, 2 and 2": 2,
            "Expected a number. Received: '1.3'.": "1.3",
        },
    ),
    lora_distillation.temperature_for_ratio: (
        [6 / np.log(2), 8.66],
        {
            "the ratio is e": 6,
            "7.39": 3,
            "You divided the ratio": np.exp(6) / 2,
            "Upside down": np.log(2) / 6,
            "not T / 6": 6 * np.log(2),
            "natural logarithm": 6 / np.log10(2),
            "not of the first to all": 6 / np.log2(3),
            "exp(6 / T)": 12,
            "Expected a number. Received: '8.66'.": "8.66",
        },
    ),
    lora_distillation.weight_without_square: (
        [16 / 17, 0.941, 0.94],
        {
            "16 times as much": 0.5,
            "Other way round": 1 / 17,
            "As a weight from 0 to 1?": 16,
            "Of how many parts in all?": 15 / 16,
            "That is 4 to 1": 0.8,
            "That is 1 to 4": 0.2,
            "their ratio": 1 / 32,
            "must have the ratio": 0.7,
        },
    ),
    lora_distillation.single_target: (
        [
            lambda y, v, w: w * y + (1 - w) * softmax(v),
            lambda y, v, w: softmax(v) - w * (softmax(v) - y),
        ],
        {
            "You gave it to the teacher": lambda y, v, w: (1 - w) * y + w * softmax(v),
            "need a softmax": lambda y, v, w: w * y + (1 - w) * v,
            "the teacher's target alone": lambda y, v, w: softmax(v),
            "must add up to 1": lambda y, v, w: y + (1 - w) * softmax(v),
            "along the classes": lambda y, v, w: w * y + (1 - w) * softmax(v.T).T,
            "leaves the teacher out": lambda y, v, w: w * y + (1 - w) / 4,
            "linear in the target": lambda y, v, w: y,
            "Received: shape (3,)": lambda y, v, w: (w * y).sum(axis=1),
            "stopped with ZeroDivisionError": lambda y, v, w: 1 / 0,
            "Expected the function": 0.3,
        },
    ),
    lora_distillation.merged_for_keras: (
        [lambda w, a, b, alpha: w.T + alpha / len(a) * (b @ a).T],
        {
            "transpose it": lambda w, a, b, alpha: w + alpha / len(a) * (b @ a),
            "shape (7, 5). Received: (2, 2)": lambda w, a, b, alpha: np.ones((2, 2)),
            "scaling is missing": lambda w, a, b, alpha: (w + b @ a).T,
            "Divide lora_alpha by the rank": lambda w, a, b, alpha: (w + alpha * b @ a).T,
            "You divided by it": lambda w, a, b, alpha: (w + len(a) / alpha * b @ a).T,
            "number of rows of lora_A": lambda w, a, b, alpha: (w + alpha / a.shape[1] * b @ a).T,
            "number of columns of lora_B": lambda w, a, b, alpha: (w + alpha / len(b) * b @ a).T,
            "difference alone": lambda w, a, b, alpha: (alpha / len(a) * b @ a).T,
            "That is the frozen weight": lambda w, a, b, alpha: w.T,
            "You subtracted it": lambda w, a, b, alpha: (w - alpha / len(a) * b @ a).T,
            "PyTorch's layout": lambda w, a, b, alpha: 0 * w.T,
            "stopped with TypeError": lambda w: w,
            "Expected the function": (1, 2),
        },
    ),
    attention_transformers.deeper_encoder: (
        [(1774464, 33360000), [1774464.0, np.int64(33360000)]],
        {
            "two layer normalizations are missing": (1774464 - 1536, 33360000),
            "there are two layer normalizations": (1774464 - 768, 33360000),
            "biases are missing": (1774464 - 4 * 384 - 1536 - 384, 33360000),
            "a fourth projection": (1774464 - 384**2 - 384, 33360000),
            "second dense layer is missing": (1774464 - 384 * 1536 - 384, 33360000),
            "there once": (1774464, 2 * 22713216),
            "six blocks are there already": (1774464, 22713216 + 12 * 1774464),
            "pooler are missing": (1774464, 12 * 1774464),
            "add six more": (1774464, 1),
            "two dense layers, two normalizations": (1, 1),
            "Expected two numbers": 1774464,
        },
    ),
    attention_transformers.longest_first: (
        [[["play", "##ed"], ["play", "##er"], ["play", "##able"], ["[UNK]"]]],
        {
            "una is longer": [
                ["play", "##ed"],
                ["play", "##er"],
                ["play", "##able"],
                ["un", "##afford", "##able"],
            ],
            "what follows una": [
                ["play", "##ed"],
                ["play", "##er"],
                ["play", "##able"],
                ["una", "##ffordable"],
            ],
            "player: take the longest": [
                ["play", "##ed"],
                ["play", "##e", "##r"],
                ["play", "##able"],
                ["[UNK]"],
            ],
            "with ## in front": [["play", "ed"], ["play", "er"], ["play", "able"], ["[UNK]"]],
            "Expected four lists": ["played", "player", "playable", "unaffordable"],
            "Expected four lists of pieces": 4,
        },
    ),
    attention_transformers.mean_of_words: (
        [pooled_words, lambda h, m: pooled_words(h, m).tolist()],
        {
            "[CLS] and [SEP] are still in it": lambda h, m: pooled_words(h, m, inner=m),
            "[SEP] is still in": lambda h, m: pooled_words(h, m, inner=m * (np.arange(7) > 0)),
            "not at the last place": lambda h, m: pooled_words(
                h, m, inner=m * [0, 1, 1, 1, 1, 1, 0]
            ),
            "Padding is in the mean": lambda h, m: pooled_words(
                h[:, 1:-1], m[:, 1:-1] * 0 + 1, inner=np.ones((3, 5))
            ),
            "Divide each vector by its length": lambda h, m: 2 * pooled_words(h, m),
            "then take the mean": lambda h, m: h[:, 0],
            "Received: shape=(3, 7, 5)": lambda h, m: h,
            "stopped with TypeError": lambda h: h,
            "Expected the function": np.ones((3, 5)),
        },
    ),
    attention_transformers.mean_reciprocal_rank: (
        [lambda s, r: np.mean(1 / best_ranks(s, r)), lambda s, r: (1 / best_ranks(s, r)).mean()],
        {
            "lowest score": lambda s, r: np.mean(1 / best_ranks(-s, r)),
            "That is the mean rank": lambda s, r: best_ranks(s, r).mean(),
            "reciprocals first": lambda s, r: 1 / best_ranks(s, r).mean(),
            "right first results": lambda s, r: np.mean(best_ranks(s, r) == 1),
            "number of queries": lambda s, r: np.sum(1 / best_ranks(s, r)),
            "not the worst": lambda s, r: np.mean(1 / (5 - best_ranks(-s, r))),
            "count from 1": lambda s, r: np.mean(1 / (best_ranks(s, r) + 1)),
            "the place of the first True": lambda s, r: 0.99,
            "stopped with TypeError": lambda s: s,
            "Expected the function": 0.5,
        },
    ),
    attention_transformers.attention_counts: (
        [(263168, 31334400), (4 * (256**2 + 256), np.int64(31334400))],
        {
            "has a bias too": (4 * 256**2, 31334400),
            "mixed by a fourth projection": (3 * (256**2 + 256), 31334400),
            "a head is 32 wide, so eight": (8 * 263168, 31334400),
            "each bias has 256 numbers": (4 * 256**2 + 128, 31334400),
            "weighted means are missing": (263168, 26214400),
            "cost T² D each": (263168, 26214400 + 2560000),
            "four projections are missing": (263168, 5120000),
            "Expected two numbers": 263168,
        },
    ),
    attention_transformers.one_row: (
        [(0.25, 0.25, 0.5, 4), [1 / 4, 1 / 4, 1 / 2, 4.0]],
        {
            "Yours add up to 4": (1, 1, 2, 16),
            "e to the power 0 is 1": (0, 0, 1, 2),
            "The exponentials are 1, 1 and 2": (1 / 3, 1 / 3, 1 / 3, 14 / 3),
            "plain mean of the values": (0.25, 0.25, 0.5, 14 / 3),
            "not the exponentials": (0.25, 0.25, 0.5, 16),
            "Expected four numbers (first weight, second, third, output)": (0.25, 0.25, 0.5),
        },
    ),
    attention_transformers.window_mask: (
        [lambda n, w: np.tri(n, dtype=bool) & ~np.tri(n, k=-w - 1, dtype=bool)],
        {
            "True is for those": lambda n, w: (
                ~np.tri(n, dtype=bool) | np.tri(n, k=-w - 1, dtype=bool)
            ),
            "look at what comes after": lambda n, w: (
                (np.tri(n, dtype=bool) & ~np.tri(n, k=-w - 1, dtype=bool)).T
            ),
            "sees itself and 2 before it": lambda n, w: (
                np.tri(n, dtype=bool) & ~np.tri(n, k=-w, dtype=bool)
            ),
            "those after it": lambda n, w: (
                np.tri(n, k=w, dtype=bool) & np.tri(n, k=w, dtype=bool).T
            ),
            "out of reach": lambda n, w: np.tri(n, dtype=bool),
            "dtype=float64": lambda n, w: np.tri(n),
            "Expected the function": np.tri(5, dtype=bool),
        },
    ),
    attention_transformers.told_apart: (
        [{"c"}, set("c")],
        {
            "same words": {"a", "c"},
            "c: the two texts": set(),
            "b: each word": {"b", "c"},
            "d: each word": {"c", "d"},
            "Expected a set": "c",
        },
    ),
    attention_transformers.bits_and_perplexity: (
        [(4, 32, 100_000), [4.0, 2**5, 1e5]],
        {
            "Bits want the base 2": (7.389, 32, 100_000),
            "power of the bits": (2, 32, 100_000),
            "do not multiply": (4, 10, 100_000),
            "2.5 times the bits of one": (4, 4, 100_000),
            "those are its bits": (4, 5, 100_000),
            "2.5 characters of 2 bits": (4, 16, 100_000),
            "A byte has 8": (4, 32, 800_000),
            "8 bits to the byte": (4, 32, 400_000),
            "Expected three numbers": 4,
        },
    ),
    attention_transformers.kept_by_top_p: (
        [(3, 0.5, 0.615), [3, 0.4 / 0.8, 0.4 / 0.65]],
        {
            "crosses p is kept": (2, 0.615, 0.615),
            "0.8 already": (4, 0.43, 0.615),
            "until the sum reaches": (1, 1, 0.615),
            "add up to 1 again": (3, 0.4, 0.615),
            "not by p": (3, 0.571, 0.615),
            "sum of the kept ones": (3, 0.8, 0.615),
            "not a divisor": (3, 0.5, 0.2),
            "two are kept": (3, 0.5, 0.4),
            "Expected three numbers": (3, 0.5),
        },
    ),
    attention_transformers.witten_bell: (
        [
            lambda c, s: (
                (c + np.count_nonzero(c) * s) / (c.sum() + np.count_nonzero(c)) if c.sum() else s
            ),
        ],
        {
            "shorter context decides alone": lambda c, s: (
                (c + (c > 0).sum() * s) / (c.sum() + (c > 0).sum())
            ),
            "yours add up to": lambda c, s: (c + (c > 0).sum() * s) / max(c.sum(), 1),
            "infinitely many bits": lambda c, s: c / c.sum(),
            "not by 1": lambda c, s: (c + s) / (c.sum() + 1),
            "not of all": lambda c, s: (c + c.sum() * s) / (2 * c.sum()),
            "is another rule": lambda c, s: 0.7 * c / c.sum() + 0.3 * s,
            "stopped with TypeError": lambda c: c,
            "Received: shape=()": lambda c, s: c.sum(),
            "Expected the function": (1, 2),
        },
    ),
    attention_transformers.cache_size: (
        [(18_874_368, 37.7), [2 * 12 * 1024 * 768, 36.0]],
        {
            "keys and values": (9_437_184, 18.9),
            "every block": (1_572_864, 3.1),
            "heads share the width": (226_492_416, 453),
            "queries are not kept": (28_311_552, 56.6),
            "a key and a value": (786_432, 1.6),
            "float16 has 2 bytes": (18_874_368, 75.5),
            "2 bytes for each": (18_874_368, 18.9),
            "Expected two numbers": 18_874_368,
        },
    ),
    text.corpus_term: (
        [("말뭉치", "B"), [" 말뭉치", "b"]],
        {
            "in Korean letters": ("코퍼스", "B"),
            "list of different tokens": ("어휘 사전", "B"),
            "last syllable": ("말뭉지", "B"),
            "lump of speech": ("사전", "B"),
            "A is the vocabulary": ("말뭉치", "A"),
            "D is the model": ("말뭉치", "D"),
            "letters A to D": ("말뭉치", "E"),
            "Expected two texts": "말뭉치",
        },
    ),
    text.different_ngrams: (
        [(5, 6, 6), [5, 6, 6]],
        {
            "count once": (8, 7, 6),
            "“The” and “the”": (6, 7, 6),
            "stands there twice": (5, 7, 6),
            "the last word begins none": (5, 8, 6),
            "what follows it does not": (5, 6, 5),
            "six runs of three": (5, 6, 8),
            "Expected three numbers (words": 5,
        },
    ),
    text.first_merges: (
        [[("a", "t"), ("a", "n"), ("c", "at")], (["a", "t"], ["a", "n"], ["c", "at"])],
        {
            "In a tie": [("c", "a"), ("ca", "t"), ("m", "a")],
            "Whose first token is older": [("a", "t"), ("c", "at"), ("a", "n")],
            "in “can” only": [("a", "t"), ("c", "a"), ("a", "n")],
            "“c an” twice": [("a", "t"), ("a", "n"), ("c", "an")],
            "count each pair": [("m", "a"), ("a", "t"), ("a", "n")],
            "Expected a list of three pairs": [("a", "t")],
        },
    ),
    text.unknown_share: (
        [share_unknown],
        {
            "share of known": lambda a, b: 1 - share_unknown(a, b),
            "counts different tokens": lambda a, b: share_unknown(
                a, [sorted({token for one in b for token in one})]
            ),
            "training texts only": lambda a, b: share_unknown(a + b, b),
            "in percent": lambda a, b: 100 * share_unknown(a, b),
            "not by the size": lambda a, b: share_unknown(a, b) * 8 / 3,
            "stopped with": lambda a, b: b["x"],
            "Expected the function": 0.5,
        },
    ),
    text.two_weights: (
        [(np.log(2.75), np.log(2) + 1), [1.01, 1.69]],
        {
            "other way round": (1.693, 1.012),
            "natural": (0.439, 1.301),
            "textbook's": (0.847, 1.693),
            "in front of the fraction": (0.56, 1.693),
            "Keras: the 1 in the denominator": (1.204, 1.693),
            "Keras: put": (3, 1.693),
            "behind the logarithm": (1.012, 0.693),
            "smooth_idf=False": (1.012, 1.847),
            "scikit-learn: the 1 in the denominator": (1.012, 1.981),
            "in the numerator": (1.012, 1.56),
            "scikit-learn: put": (1.012, 3),
            "Expected two numbers": 1.012,
        },
    ),
    text.vector_numbers: (
        [(9, 41, 3, 7), [9, 41, 3, 7]],
        {
            "not for each entry": (42, 41, 3, 7),
            "the unknown ones too": (6, 41, 3, 7),
            "padding has no place": (9, 42, 3, 7),
            "a place for [UNK] as well": (9, 40, 3, 7),
            "each entry of the vocabulary": (9, 9, 3, 7),
            "counts occurrences": (9, 41, 2, 7),
            "every unknown word": (9, 41, 0, 7),
            "at most 1": (9, 41, 3, 9),
            "share one place": (9, 41, 3, 8),
            "[UNK] has a place too": (9, 41, 3, 6),
            "Which entries": (9, 41, 3, 41),
            "Expected four numbers": 9,
        },
    ),
    text.scikit_learn_tf_idf: (
        [weighted_rows],
        {
            "Euclidean length.": lambda c: weighted_rows(c, order=None),
            "not by the sum": lambda c: weighted_rows(c, order=1),
            "not columns": lambda c: weighted_rows(c, axis=0),
            "weight is Keras's.": lambda c: weighted_rows(c, "keras"),
            "length is not yet 1": lambda c: weighted_rows(c, "keras", order=None),
            "smooth_idf=True": lambda c: weighted_rows(c, "unsmoothed"),
            "is the textbook's": lambda c: weighted_rows(c, "textbook"),
            "not its occurrences": lambda c: weighted_rows(c, d=c.sum(axis=0)),
            "sublinear_tf is False": lambda c: weighted_rows(
                np.where(c > 0, 1 + np.log(np.maximum(c, 1)), 0)
            ),
            "row 0 should be": lambda c: c * 0.0,
            "Expected the shape": lambda c: c[0],
            "stopped with": lambda c: c["x"],
            "Expected the function": 1,
        },
    ),
    text.mean_without_padding: (
        [padded_mean],
        {
            "padding included": lambda v, i: v.mean(axis=1),
            "zeros": lambda v, i: (v * (i != 0)[..., None]).sum(1) / (i != 0).sum(1)[:, None],
            "still divide by T": lambda v, i: (v * (i != 0)[..., None]).mean(axis=1),
            "That is the sum": lambda v, i: (v * (i != 0)[..., None]).sum(axis=1),
            "a token like others": lambda v, i: padded_mean(v, np.where(i > 1, i, 0)),
            "Text 0 should give": lambda v, i: 2 * padded_mean(v, i),
            "Expected the shape": lambda v, i: v,
            "stopped with": lambda v, i: i["x"],
            "Expected the function": 1,
        },
    ),
    text.ratio_rule: (
        [("B", "S", "B", 27_000), ["b", "s", " b", 27_000.0]],
        {
            "other way round": ("S", "B", "S", 27_000),
            "24,000 / 240": ("S", "S", "B", 27_000),
            "90,000 / 30": ("B", "B", "B", 27_000),
            "12,000 / 10": ("B", "S", "S", 27_000),
            "you divided": ("B", "S", "B", 83.3),
            "exactly 1,500": ("B", "S", "B", 27_001),
            "divided by 18": ("B", "S", "B", 15_000),
            "Expected three letters and": 3,
            "Expected three letters, ": ("B", "X", "B", 27_000),
        },
    ),
    text.same_bags: (
        [
            ("a dog and a cat met a dog", "a cat met a dog and a dog"),
            ("The cast is great, the score is dull.", "the score is great the cast is dull"),
        ],
        {
            "other bigrams": ("not bad quite good", "not good quite bad"),
            "words differ": ("a good film", "a bad film"),
            "same, word by word": ("A good film!", "a good film"),
            "not equally often": ("a a a b a b", "a a b a b a"),
            "of the section": (
                "the plot was good but the end was bad",
                "the end was good but the plot was bad",
            ),
            "needs words": ("", "a"),
            "Expected two texts": "a b",
        },
    ),
    text.rule_verdict: (
        [verdict],
        {
            "expects a positive": lambda ratio, d: verdict(ratio, -d),
            "the bag of bigrams to win": lambda ratio, d: verdict(2000, d),
            "look at the interval": lambda ratio, d: verdict(ratio, d, factor=0),
            "not 1.96": lambda ratio, d: verdict(ratio, d, factor=1.96),
            "ddof=1": lambda ratio, d: verdict(ratio, d, ddof=0),
            "is 4.303": lambda ratio, d: verdict(ratio, d, factor=2.776),
            "stopped with": lambda ratio, d: d["x"],
            'Expected "right"': lambda ratio, d: True,
            "Expected the function": "right",
        },
    ),
    text.look_up_counts: (
        [(500_000, 100_000_000, 200), [500_000.0, 1e8, 200]],
        {
            "has no bias": (500_050, 100_000_000, 200),
            "a row of 50 numbers": (10_050, 100_000_000, 200),
            "what the look-up needs": (500_000, 0, 200),
            "that is for one word": (500_000, 500_000, 200),
            "of 25 words each": (500_000, 12_500_000, 200),
            "meets 50 columns": (500_000, 2_000_000, 200),
            "not in the batch": (500_000, 100_000_000, 10_000),
            "25 other words": (500_000, 100_000_000, 25),
            "how many different": (500_000, 100_000_000, 201),
            "Expected three numbers (weights": 5,
        },
    ),
    text.added_up_gradient: (
        [added_up],
        {
            "stand there once": lambda w, g: (w, g),
            "whole table": lambda w, g: (np.unique(w), whole_table(w, g)),
            "is lost": lambda w, g: (np.unique(w), g[np.unique(w, return_index=True)[1]]),
            "overwrites the others": lambda w, g: (np.unique(w), overwritten(w, g)),
            "That is the mean": lambda w, g: (
                added_up(w, g)[0],
                added_up(w, g)[1] / np.unique(w, return_counts=True)[1][:, None],
            ),
            "in another order": lambda w, g: (added_up(w, g)[0][::-1], added_up(w, g)[1][::-1]),
            "Expected the words": lambda w, g: ([0, 1, 2], added_up(w, g)[1]),
            "Expected words of shape": lambda w, g: (np.unique(w), g.sum(axis=0)),
            "Follow word 7": lambda w, g: (added_up(w, g)[0], 2 * added_up(w, g)[1]),
            "stopped with": lambda w, g: w["x"],
            "Expected the function": 1,
        },
    ),
    text.nearest_rows: (
        [lambda t, i, n: embedding.nearest(t, i, n)[0]],
        {
            "Leave it out": lambda t, i, n: [i, *embedding.nearest(t, i, n - 1)[0]],
            "Sort the other way": lambda t, i, n: embedding.nearest(t, i, 5)[0][::-1][:n],
            "divide by the lengths": lambda t, i, n: np.argsort(-(t @ t[i]), kind="stable")[:n],
            "distance of the ends": lambda t, i, n: np.argsort(
                np.linalg.norm(t - t[i], axis=1), kind="stable"
            )[1 : n + 1],
            "in another order": lambda t, i, n: embedding.nearest(t, i, n)[0][::-1],
            "Expected rows": lambda t, i, n: [3, 4, 5],
            "stopped with": lambda t, i, n: t["x"],
            "Expected the function": 1,
        },
    ),
    lora_distillation.float16_number: (
        [-0.75, np.float16(-0.75)],
        {
            "is the sign": 0.75,
            "fraction counts too": -0.5,
            "leading 1": -0.25,
            "the bias 15": -1.5,
            "not 1.": -3,
            "Subtract the bias": -24576.0,
            "bias of float32": -(2.0**-113) * 1.5,
            "What are e and f": 5,
            "Expected a number. Received: '-0.75'.": "-0.75",
        },
    ),
    lora_distillation.end_of_the_sum: (
        [64, 64.0],
        {
            "steps of 1. A quarter": 256,
            "the spacing is 1": 128,
            "still a number": 32,
            "for float16": 512,
            "in float16": 2048,
            "no bfloat16 number": 64.25,
            "Which of the two is even": 64.5,
            "half of it": 100,
            "Expected a number": None.__class__,
        },
    ),
    lora_distillation.per_channel: (
        [in_int8, lambda w: (in_int8(w)[0].astype(np.int8), in_int8(w)[1].ravel())],
        {
            "per tensor": lambda w: (np.rint(w / np.abs(w).max() * 127), np.abs(w).max() / 127),
            "for each row": lambda w: in_int8(w, axis=1),
            "both in reach": lambda w: in_int8(w, levels=128),
            "each* side": lambda w: in_int8(w, levels=255),
            "turned the fraction": lambda w: (in_int8(w)[0], 1 / in_int8(w)[1]),
            "magnitude first": lambda w: (in_int8(w)[0], w.max(axis=0) / 127),
            "must be rounded": lambda w: (w / in_int8(w)[1], in_int8(w)[1]),
            "cuts off": lambda w: (np.trunc(w / in_int8(w)[1]), in_int8(w)[1]),
            "weights again": lambda w: (np.multiply(*in_int8(w)), in_int8(w)[1]),
            "largest magnitude over 127": lambda w: in_int8(w, levels=100),
            "Divide by them": lambda w: (in_int8(w)[0] + 1, in_int8(w)[1]),
            "shapes": lambda w: (w[0], w[0]),
            "stopped with": lambda w: w["x"],
            "Expected the function": 0.5,
        },
    ),
    lora_distillation.bytes_at_four_bits: (
        [1.59375e9, 1_593_750_000],
        {
            "steps take bytes": 1.5e9,
            "are a byte": 12.75e9,
            "fit into a byte": 3.09375e9,
            "not 4": 1.6875e9,
            "not 1.": 1.546875e9,
            "share one step": 7.5e9,
            "steps alone": 93.75e6,
            "Half a byte": 1.0,
            "Expected a number": "1.6 GB",
        },
    ),
    attention_transformers.two_places: (
        [([0, 1, 0, 1], 2), (np.array([0.0, 1, 0, 1]), 2.0)],
        {
            "side by side": ([0, 0, 1, 1], 2),
            "The sine comes first": ([1, 0, 1, 0], 2),
            "cosine of 0 is 1": ([0, 0, 0, 0], 2),
            "How many pairs": ([0, 1, 0, 1], 4),
            "There are two": ([0, 1, 0, 1], 1),
            "place does not matter": ([0, 1, 0, 1], 12),
            "Expected (four numbers": 2,
        },
    ),
    attention_transformers.turned_hands: (
        [lambda p, k: p @ shift_matrix(k, len(p))],
        {
            "wrong way": lambda p, k: p @ shift_matrix(-k, len(p)),
            "only the first one is right": lambda p, k: np.concatenate(
                [(p @ shift_matrix(k, len(p)))[:2], p[2:]]
            ),
            "not added": lambda p, k: p + sinusoidal_positions(60, len(p))[abs(k)],
            "sin(a + b)": lambda p, k: p,
            "stopped with TypeError": lambda p: p,
            "Received: shape=(2,)": lambda p, k: p[:2],
            "Expected the function": [0, 1],
        },
    ),
    attention_transformers.where_attention_costs_more: (
        [(513, 513, 1), [513.0, 513, 1]],
        {
            "both multiply the same": (512, 512, 1),
            "Compare with 6 T D²": (1025, 1025, 1),
            "Solve": (100, 100, 1),
            "all words at once": (513, 513, 513),
            "one step for each word": (513, 1, 1),
            "Expected three numbers": 513,
        },
    ),
    attention_transformers.block_counts: (
        [(263168, 525568, 789760), [263168.0, np.int64(525568), 789760]],
        {
            "has a bias too": (262144, 525568, 788736),
            "fourth projection": (197376, 525568, 723968),
            "as wide as one of 256": (8 * 263168, 525568, 2631936),
            "the first has F biases": (263168, 524288, 788480),
            "brings the token back": (263168, 263168, 527360),
            "the second has D biases": (263168, 526336, 790528),
            "have weights too": (263168, 525568, 788736),
            "two normalizations.": (263168, 525568, 789248),
            "Expected three numbers": 789760,
        },
    ),
    attention_transformers.one_token: (
        [(-1, -2, 4, 5), np.array([-1.0, -2, 4, 5])],
        {
            "That is normalized": (-1, -1, 1, 1),
            "β is missing": (-1, -2, 1, 2),
            "γ is missing": (-1, -1, 4, 4),
            "adds β before": (-1, -2, 4, 8),
            "Divide by its root": (-0.5, -1, 3.5, 4),
            "not divided": (-2, -4, 5, 7),
            "not over a channel": (0, 0, 3, 3),
            "The mean is 3": (1, 2, 3, 4),
            "Expected four numbers": -1,
        },
    ),
    attention_transformers.statistics_without_padding: (
        [
            lambda x, m: (x[m].mean(axis=0), x[m].var(axis=0)),
            lambda x, m: (
                (x * m[..., None]).sum((0, 1)) / m.sum(),
                (x[m] ** 2).mean(0) - x[m].mean(0) ** 2,
            ),
        ],
        {
            "still in the mean": lambda x, m: (x.mean((0, 1)), x.var((0, 1))),
            "and still counts": lambda x, m: ((x * m[..., None]).mean((0, 1)), x[m].var(0)),
            "texts' means": lambda x, m: (
                ((x * m[..., None]).sum(1) / m.sum(1)[:, None]).mean(0),
                x[m].var(0),
            ),
            "standard deviation": lambda x, m: (x[m].mean(0), x[m].std(0)),
            "not by one less": lambda x, m: (x[m].mean(0), x[m].var(0, ddof=1)),
            "mean of squared": lambda x, m: (x[m].mean(0), x.var((0, 1))),
            "one a channel. Received: ()": lambda x, m: (x[m].mean(), x[m].var()),
            "stopped with TypeError": lambda x: x,
            "Expected the function": (1, 2),
        },
    ),
    attention_transformers.left_out: (
        [lambda f, w: [f(w) - f(w[:i] + w[i + 1 :]) for i in range(len(w))]],
        {
            "The sign": lambda f, w: [f(w[:i] + w[i + 1 :]) - f(w) for i in range(len(w))],
            "Subtract it": lambda f, w: [f(w[:i] + w[i + 1 :]) for i in range(len(w))],
            "stands there twice": lambda f, w: [f(w) - f([x for x in w if x != y]) for y in w],
            "Keep the sign": lambda f, w: [
                abs(f(w) - f(w[:i] + w[i + 1 :])) for i in range(len(w))
            ],
            "without that one": lambda f, w: [0] * len(w),
            "changes the list": lambda f, w: [f(w) - f(w.pop()) for _ in range(len(w))],
            "Received: shape=()": lambda f, w: f(w),
            "stopped with TypeError": lambda w: w,
            "Expected the function": [1, 2],
        },
    ),
    attention_transformers.patch_numbers: (
        [(16, 192, 12352, 1024), [16.0, 192, 12352, 1024]],
        {
            "along one side": (4, 192, 12352, 1024),
            "three colors of a patch": (48, 192, 12352, 1024),
            "one for each pixel": (1024, 192, 12352, 1024),
            "Tokens: 32 / 8": (12, 192, 12352, 1024),
            "64 pixels has three colors": (16, 64, 12352, 1024),
            "A patch: 8·8 pixels": (16, 24, 12352, 1024),
            "bias is missing": (16, 192, 12288, 1024),
            "share one matrix": (16, 192, 16 * 12352, 1024),
            "a matrix from 192": (16, 192, 64, 1024),
            "as wide as the embedding": (16, 192, 12352, 16),
            "so they are 64 wide": (16, 192, 12352, 16 * 192),
            "no extra token": (16, 192, 12352, 17 * 64),
            "Expected four numbers": 16,
        },
    ),
    attention_transformers.joined_patches: (
        [joined],
        {
            "A reshape alone": lambda p, size, c: p.reshape(joined(p, size, c).shape),
            "exchanged": lambda p, size, c: joined(p, size, c).swapaxes(1, 2),
            "wrong places": lambda p, size, c: joined(p[:, ::-1], size, c),
            "Received: shape=": lambda p, size, c: p,
            "ZeroDivisionError": lambda *_: 1 / 0,
            "without calling it": 3,
        },
    ),
    attention_transformers.bins_of_readings: (
        [binned],
        {
            "belongs to bin 0": lambda x, *r: (binned(x, *r)[0] - 3 * (x < r[0]), x),
            "the upper limit is in the last": lambda x, low, high, n: (
                np.clip(np.floor((x - low) / (high - low) * n), 0, n).astype(int),
                x,
            ),
            "above the range": lambda x, low, high, n: (
                np.maximum(np.floor((x - low) / (high - low) * n), 0).astype(int),
                x,
            ),
            "rounds to the nearest": lambda x, low, high, n: (
                np.clip(np.round((x - low) / (high - low) * (n - 1)), 0, n - 1).astype(int),
                x,
            ),
            "wholly below": lambda x, *r: (np.zeros(len(x), int), x),
            "lower end": lambda x, low, high, n: (
                binned(x, low, high, n)[0],
                low + binned(x, low, high, n)[0] * (high - low) / n,
            ),
            "the middle of the bin": lambda x, *r: (binned(x, *r)[0], x),
            "Tokens are integers": lambda x, *r: (binned(x, *r)[0] * 1.0, x),
            "of shape": lambda x, *r: (binned(x, *r)[0][:2], x),
            "TypeError": lambda x: x,
            "without calling it": 3,
        },
    ),
    attention_transformers.rules_that_compare: (
        [{"b", "d"}],
        {
            "To take the largest": {"a", "b", "d"},
            "So which node": {"b", "c", "d"},
            "all nodes of the zone": {"d"},
            "property of the cluster": {"b"},
            "Expected a set": "bd",
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
    everything = {
        member
        for name in checks.__all__
        for _, member in inspect.getmembers(getattr(checks, name), inspect.isfunction)
        if member.__module__ == f"utils.checks.{name}"
    }
    assert everything == set(CASES)
    modules = {name for name, _ in inspect.getmembers(checks, inspect.ismodule)}
    assert modules == {*checks.__all__, "_exercise"}


@pytest.mark.parametrize("answer", [True, "3", 3 + 0j, [3]])
def test_what_is_no_number_is_said_to_be_none(answer, capsys):
    cnn_arithmetic.last_height(answer)
    expected = f"Not yet. Expected a number. Received: {answer!r}.\n"
    assert capsys.readouterr().out == expected
    cnn_arithmetic.torch_zeros((1, 1, 0, answer))
    expected = f"four numbers (left, right, top, bottom). Received: {(1, 1, 0, answer)!r}.\n"
    assert capsys.readouterr().out == f"Not yet. Expected {expected}"


OF_NO_USE = [
    *(True, 0, -1, 3.5, np.nan, "", "x", b"x", [], ["a", "b"], [None], [[1], [1, 2]], (), (1, 2)),
    *({}, {"a": 1}, {1: 2}, {"filters": "x", "kernel_size": 3}, {"a"}, ..., object()),
    *(np.zeros(0), np.zeros((3, 3)), np.array("x"), dict, lambda: None, lambda *given: 1 / 0),
    *(lambda *given: None, lambda *given: "x", lambda *given: -7, lambda *given: given[0]),
    *(lambda *given: [], lambda *given: (None, None), lambda *given: {}, lambda *given: object()),
    *(lambda *given: np.zeros(0), lambda *given: np.nan, lambda *given: ["x"]),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("check", CASES, ids=lambda check: check.__name__)
def test_no_answer_stops_a_check(check, capsys):
    for answer in OF_NO_USE:
        check(answer)
        assert capsys.readouterr().out.startswith("Not yet. "), answer


def test_a_function_is_blamed_for_what_it_did_and_the_check_for_the_rest(capsys):
    @exercise(function)
    def check(answer):
        if answer(1) / 2 > 10:
            raise ZeroDivisionError("by the check")

    @exercise(function)
    def faulty(answer):
        raise ZeroDivisionError("before the call")

    check(lambda x: x)
    assert capsys.readouterr().out == "Correct.\n"
    check(lambda x: x / 0)
    expected = "Not yet. Your function stopped with ZeroDivisionError: division by zero\n"
    assert capsys.readouterr().out == expected
    check(lambda x: {"seven": 7})
    expected = "Not yet. Your function returned {'seven': 7}, which led to TypeError: "
    assert capsys.readouterr().out.startswith(expected)
    check(lambda x: 30)
    expected = "Not yet. Your function returned 30, which led to ZeroDivisionError: by the check\n"
    assert capsys.readouterr().out == expected
    with pytest.raises(ZeroDivisionError, match="before the call"):
        faulty(print)


def test_a_fault_of_a_check_is_not_the_answer_s():
    @exercise()
    def faulty(answer):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        faulty("an answer")
