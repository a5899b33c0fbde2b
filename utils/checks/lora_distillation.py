"""Checks of the exercises of Part 7, LoRA, distillation and precision."""

import math
from collections.abc import Callable

import numpy as np

from utils.checks._exercise import exercise, function, hint_alike, hint_near, number, numbers
from utils.reference.distillation import softmax


@exercise(number)
def adapter_weights(answer: int) -> str | None:
    """7.1, exercise 1: LoRA of rank 8 on query and value, 12 blocks of width 768."""
    if answer == 294_912:
        return None
    hints = {
        12_288: "That is one matrix. There are two in each of 12 blocks.",
        24_576: "That is one block. There are 12.",
        147_456: "Half of it. A *and* B count, on query *and* on value.",
        589_824: "That is LoRA on four matrices of each block. Here it is on two.",
        14_155_776: "Those are the two frozen matrices themselves. A and B are thin.",
        28_311_552: "Those are four whole matrices of each block. A and B are thin.",
        36_864: "The rank counts too: A has 8 columns, B has 8 rows.",
    }
    return hints.get(answer, "For one matrix r · (m + n). How many matrices are there?")


@exercise(number)
def highest_saving_rank(answer: int) -> str | None:
    """7.1, exercise 2: the highest rank that trains fewer weights than a kernel of 784 by 256."""
    if answer == 192:
        return None
    hints = {
        193: "193 · 1,040 = 200,720, and the kernel has 200,704.",
        256: "That is the highest rank such a kernel can have. A and B then hold more than it.",
        255: "A kernel of 784 × 256 can have rank 256, but A and B grow beyond it much earlier.",
        784: "Its rank is at most 256, and A and B grow beyond the kernel before that.",
        128: "Half of the smaller side is where it would be for a square kernel.",
        191: "Close. One more still fits: 192 · 1,040 = 199,680.",
        520: "520 is the mean of the two sides. Compare r · (784 + 256) with 784 · 256.",
    }
    if isinstance(answer, float) and 192 < answer < 193:
        return "That is where both are equal. A rank is whole."
    return hints.get(answer, "Find the largest whole r with r · (784 + 256) < 784 · 256.")


@exercise(function)
def merged_for_keras(answer: Callable) -> str | None:
    """7.1, exercise 3: the Keras kernel of a PEFT layer with its LoRA merged."""
    rng = np.random.default_rng(0)
    weight, lora_a, lora_b = (rng.normal(size=shape) for shape in ((5, 7), (2, 7), (5, 2)))
    alpha = 6.0
    found = np.asarray(answer(weight, lora_a, lora_b, alpha), dtype=float)
    product = lora_b @ lora_a
    right = (weight + 3 * product).T
    if found.shape == right.shape and np.allclose(found, right):
        return None
    if found.shape == weight.shape:
        return "Keras keeps a kernel as (inputs, outputs): transpose it."
    if found.shape != right.shape:
        return f"With 7 inputs and 5 outputs the kernel has shape (7, 5). Received: {found.shape}."
    wrong = {
        "The scaling is missing: lora_alpha / r, and r is 2 here.": weight + product,
        "Divide lora_alpha by the rank, which lora_A has as its number of rows.": weight
        + alpha * product,
        "Multiply by lora_alpha / r. You divided by it.": weight + product / 3,
        "The rank is the number of rows of lora_A, not of its columns.": weight
        + alpha / 7 * product,
        "The rank is the number of columns of lora_B, not of its rows.": weight
        + alpha / 5 * product,
        "That is the difference alone. Merging adds it to the weight.": 3 * product,
        "That is the frozen weight. Add the difference.": weight,
        "Merging adds the difference. You subtracted it.": weight - 3 * product,
    }
    return (
        hint_alike(found.T, wrong)
        or "Start from W + lora_alpha / r · B A in PyTorch's layout, then transpose."
    )


@exercise(number)
def wrapped_layers(answer: int) -> str | None:
    """7.2, exercise 1: layers of the six-layer encoder whose name ends in "dense"."""
    if answer == 18:
        return None
    hints = {
        3: "That is one Transformer layer. There are six.",
        6: "The end of the name counts: three layers of each of the six end in “dense”.",
        12: "The attention's own output ends in “dense” as well.",
        36: "That is all linear layers. Query, key and value end otherwise.",
        19: "The pooler would be the 19th, but we took it away.",
    }
    return hints.get(answer, "Which names of one layer end in “dense”? Then take six layers.")


@exercise(numbers("GB with full fine-tuning, GB with LoRA"))
def training_memory(answer: tuple[float, float]) -> str | None:
    """7.2, exercise 2: GB for 1e9 weights with Adam, full and with 1 % more weights by LoRA."""
    full, adapted = answer
    if math.isclose(full, 4.16, abs_tol=0.05) and math.isclose(adapted, 16, abs_tol=0.05):
        return "The two are swapped: full fine-tuning comes first."
    of_full = {
        4: "Full: that is the weights alone. Gradients and Adam's averages come as well.",
        8: "Full: Adam's two averages are missing.",
        12: "Full: Adam keeps two averages of each weight, 8 bytes.",
        16e9: "Full: in GB, please. 1 GB is a billion bytes.",
    }
    of_lora = {
        4.0: "LoRA: the adapter has weights, gradients and Adam's averages, too.",
        0.16: "LoRA: the frozen base is needed, too.",
        0.12: "LoRA: the frozen base is needed, too.",
        4.12: "LoRA: the adapter's own weights are held as well.",
        4.04: "LoRA: the adapter has gradients and Adam's averages, too.",
        8.08: "LoRA: frozen weights have no gradients.",
        16.16: "LoRA: frozen weights have neither gradients nor averages.",
        4.08: "LoRA: Adam's two averages are missing.",
    }
    if hint := hint_near(full, of_full, rel_tol=1e-3):
        return hint
    if not math.isclose(full, 16, rel_tol=1e-3):
        return "Full: 4 + 4 + 8 bytes for each weight."
    if hint := hint_near(adapted, of_lora, abs_tol=0.004):
        return hint
    if math.isclose(adapted, 4.16, abs_tol=0.001):
        return None
    return "LoRA: 4 bytes for each frozen weight, 16 for each trained one."


@exercise(function)
def masked_mean(answer: Callable) -> str | None:
    """7.2, exercise 3: mean of the tokens' vectors without padding."""
    hidden = np.random.default_rng(0).normal(size=(2, 4, 3))
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]])
    found = np.asarray(answer(hidden, mask), dtype=float)
    if found.shape != (2, 3):
        return f"Two sentences give shape (2, 3): one vector each. Received: {found.shape}."
    kept = hidden * mask[..., None]
    if np.allclose(found, kept.sum(axis=1) / mask.sum(axis=1)[:, None]):
        return None
    wrong = {
        "Padding is in your mean: use the mask.": hidden.mean(axis=1),
        "You divide by the padded length. Divide by the number of real tokens.": kept.mean(axis=1),
        "That is the sum. Divide by the number of real tokens.": kept.sum(axis=1),
        "That is the first token's vector, not the mean.": hidden[:, 0],
        "That is the greatest, not the mean.": hidden.max(axis=1),
        "The sum has padding in it; only the divisor uses your mask.": hidden.sum(axis=1)
        / mask.sum(axis=1)[:, None],
    }
    return (
        hint_alike(found, wrong)
        or "Set padded places to 0, sum over the tokens, divide by the number of ones in the mask."
    )


@exercise(number)
def soft_cross_entropy(answer: float) -> str | None:
    """7.3, exercise 1: cross-entropy in bits of (1/2, 1/4, 1/4) against (0.7, 0.2, 0.1)."""
    hints = {
        1: "That is against the one-hot target. The soft one counts all three classes.",
        0.9011: "That is in nats. With the logarithm to base 2 it is in bits.",
        1.1568: "That is the target's own entropy: the logarithm is of the student's numbers.",
        0.1432: "That is the divergence: the cross-entropy less the target's entropy.",
        1.5: "That is the student's own entropy: the weights are the target's numbers.",
        -1.3: "Each logarithm is negative, and the sum has a minus in front.",
        1.6667: "The three logarithms count by the target, not alike.",
    }
    if hint := hint_near(answer, hints, abs_tol=0.002):
        return hint
    if math.isclose(answer, 1.3, abs_tol=0.001):
        return None
    return "Minus the logarithms to base 2 are 1, 2 and 2. Weight them by the target and add."


@exercise(number)
def temperature_for_ratio(answer: float) -> str | None:
    """7.3, exercise 2: temperature at which logits 6 apart give probabilities of ratio 2."""
    hints = {
        6: "At T = 6 the ratio is e = 2.72.",
        3: "The ratio is not divided by T: exp(6 / 3) = 7.39.",
        201.7: "You divided the ratio. The logits are divided, before the exponential.",
        0.1155: "Upside down: that is log 2 / 6.",
        4.159: "The logits are divided by T: 6 / T must be log 2, not T / 6.",
        19.93: "The exponential has base e, so take the natural logarithm of 2.",
        6 / math.log2(3): "The ratio is of the two probabilities, not of the first to all.",
    }
    if hint := hint_near(answer, hints, rel_tol=0.003):
        return hint
    if math.isclose(answer, 6 / math.log(2), rel_tol=0.003):
        return None
    return "The ratio of the two probabilities is exp(6 / T). When is that 2?"


@exercise(number)
def weight_without_square(answer: float) -> str | None:
    """7.3, exercise 3: weight in the right loss that equals 0.5 in one without T², at T = 4."""
    hints = {
        0.5: "The two losses differ: in one the teacher's part counts 16 times as much.",
        1 / 17: "Other way round: without T² the *labels* count more than meant.",
        16: "The labels count 16 times as much as the teacher. As a weight from 0 to 1?",
        15 / 16: "The parts are 16 to 1. Of how many parts in all?",
        0.8: "That is 4 to 1. The missing factor is the square of T.",
        0.2: "That is 1 to 4, and the missing factor is the square of T.",
        1 / 32: "Each half stays what it is; it is their ratio that the weight has to match.",
    }
    if hint := hint_near(answer, hints, abs_tol=0.002):
        return hint
    if math.isclose(answer, 16 / 17, abs_tol=0.0015):
        return None
    return "Both losses must have the ratio w : (1 − w)·T² of labels to teacher without T²."


@exercise(function)
def single_target(answer: Callable) -> str | None:
    """7.3, exercise 4: at T = 1 labels and teacher are one target."""
    one_hot = np.eye(4)[[2, 0, 1]]
    v = np.random.default_rng(0).normal(0, 2, size=(3, 4))
    weight = 0.3
    found = np.asarray(answer(one_hot, v, weight), dtype=float)
    if found.shape != (3, 4):
        return f"The target has the shape of the labels, (3, 4). Received: shape {found.shape}."
    p = softmax(v)
    if np.allclose(found, weight * one_hot + (1 - weight) * p):
        return None
    hints = {
        "The weight is that of the labels. You gave it to the teacher.": (1 - weight) * one_hot
        + weight * p,
        "The teacher's logits are no probabilities: they need a softmax.": weight * one_hot
        + (1 - weight) * v,
        "That is the teacher's target alone.": p,
        "The two shares must add up to 1.": one_hot + (1 - weight) * p,
        "The softmax goes along the classes of each example.": weight * one_hot
        + (1 - weight) * softmax(v.T).T,
        "That smooths the labels, and leaves the teacher out.": weight * one_hot + (1 - weight) / 4,
    }
    return (
        hint_alike(found, hints)
        or "Cross-entropy is linear in the target: w·CE(y, q) + (1 − w)·CE(p, q) = CE(?, q)."
    )


@exercise(number)
def float16_number(answer: float) -> str | None:
    """7.4, exercise 1: the number of the float16 bits 1 01110 1000000000."""
    if answer == -0.75:
        return None
    hints = {
        0.75: "The first bit is the sign, and it is 1.",
        -0.5: "The fraction counts too: 512 of 1,024.",
        -0.25: "A normal number has a leading 1: 1 + f / 1,024.",
        -1.5: "The exponent is 14, and the bias 15.",
        -3: "The exponent is 14 − 15 = −1, not 1.",
        -(2.0**14) * 1.5: "Subtract the bias, 15, from the exponent.",
        -(2.0**-113) * 1.5: "127 is the bias of float32 and bfloat16. Here it is 15.",
    }
    return hints.get(answer, "Minus, 2^(e − 15), times 1 + f / 1,024. What are e and f?")


@exercise(number)
def end_of_the_sum(answer: float) -> str | None:
    """7.4, exercise 2: where a bfloat16 sum of quarters stops growing."""
    if answer == 64:
        return None
    hints = {
        256: "That is for steps of 1. A quarter is lost earlier.",
        128: "At 128 the spacing is 1. A quarter is lost before that.",
        32: "At 32 the spacing is 0.25: the next quarter is still a number of the format.",
        512: "That is for float16.",
        2048: "That is for steps of 1 in float16.",
        64.25: "64.25 is no bfloat16 number: from 64 on the spacing is 0.5.",
        64.5: "64.25 lies in the middle between 64 and 64.5. Which of the two is even?",
    }
    return hints.get(answer, "The spacing at 2^k is 2^(k − 7). When is a quarter half of it?")


@exercise(function)
def per_channel(answer: Callable) -> str | None:
    """7.4, exercise 3: symmetric int8, a step for each column."""
    kernel = np.random.default_rng(0).normal(size=(6, 4)) * np.array([0.01, 0.1, 1, 10])
    integers, step = (np.asarray(part, dtype=float) for part in answer(kernel.copy()))
    if integers.shape != (6, 4) or step.size not in (1, 4, 6):
        return (
            "For a kernel of shape (6, 4), expected integers of shape (6, 4) and 4 steps. "
            f"Received: shapes {integers.shape} and {step.shape}."
        )
    largest = np.abs(kernel).max(axis=0)
    if step.size == 1:
        return "One step for the whole kernel is per tensor. Each column gets its own."
    if step.size == 6:
        return "That is a step for each row. The columns are the output units."
    step = step.ravel()
    steps = {
        "The largest weight becomes 127, so that −127 and 127 are both in reach.": largest / 128,
        "int8 has 127 steps on *each* side of 0.": largest / 255,
        "The step is the largest magnitude over 127; you turned the fraction over.": 127 / largest,
        "Take the magnitude first: the largest weight may be negative.": kernel.max(axis=0) / 127,
    }
    if not np.allclose(step, largest / 127):
        return hint_alike(step, steps) or "The step of a column is its largest magnitude over 127."
    if np.array_equal(integers, np.rint(kernel / step)):
        return None
    if np.allclose(integers, kernel / step):
        return "The steps are right. The quotients must be rounded to integers."
    if np.allclose(integers, np.trunc(kernel / step)):
        return "Converting to an integer cuts off. Round to the nearest."
    if np.allclose(integers, step * np.rint(kernel / step)):
        return "Those are the weights again. Return the integers, before you multiply by the step."
    return "The steps are right. Divide by them and round to the nearest integer."


@exercise(number)
def bytes_at_four_bits(answer: float) -> str | None:
    """7.4, exercise 4: 3 billion weights at 4 bits, a float16 step for each group of 64."""
    if math.isclose(answer, 1.59375e9, rel_tol=1e-6):
        return None
    hints = {
        1.5e9: "The steps take bytes as well: 2 for each group of 64 weights.",
        12.75e9: "Eight bits are a byte.",
        3.09375e9: "Two weights fit into a byte.",
        1.6875e9: "A step in float16 has 2 bytes, not 4.",
        1.546875e9: "A step in float16 has 2 bytes, not 1.",
        7.5e9: "The 64 weights of a group share one step.",
        93.75e6: "Those are the steps alone.",
    }
    return (
        hint_near(answer, hints, rel_tol=1e-6)
        or "Half a byte for each weight, and 2 bytes for each 64 of them. The answer is in bytes."
    )
