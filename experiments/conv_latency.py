"""Latency of an ordinary 3×3 convolution and of a depthwise separable one.

Question: How much faster than an ordinary 3×3 convolution is a depthwise separable one (3×3
depthwise, then 1×1) on a processor, compared with the ratio of their multiply-accumulates? Maps of
32×32, as many planes out as in, float32, no bias, padding "same", inference only; TensorFlow
eager, `tf.function`, `tf.function(jit_compile=True)` (XLA) and PyTorch eager (NCHW, inference
mode), each with the threads that it takes by itself, on the CPU.

Metric: Milliseconds of one call, for the ordinary convolution, for the depthwise and the 1×1 step
alone, and for both steps together, in one call where the way compiles functions. Each is the median
over at least 9 calls and at least 0.15 s, after 3 warm-up calls. The four take turns until each has
enough calls; a fast one makes its last calls without the slow ones. `speed_up` is ordinary over
separable milliseconds, `mac_ratio` the same for MACs. MACs count the multiplications by the
padding's zeros. Bytes are those that must move at the least if each operation reads its input and
its weights once and writes its output once, 4 bytes a number: with H×W places, C planes and a batch
of B, ordinary 4(2BHWC + 9C²), depthwise 4(2BHWC + 9C), 1×1 4(2BHWC + C²). Arithmetic intensity is 2
FLOPs a MAC over these bytes.

Selection: None. Every row of the grid is kept; a slow row is not repeated.

Interval: 95 %, Student's t over the seeds. A seed is one measurement of the whole grid, in an order
of its own, with random weights and inputs of its own, in one process on one machine. The interval
covers the spread between such measurements; it says nothing about other processors or versions.
"""

import statistics
import time

import numpy as np

SIZE = 32
WAYS = ("TensorFlow eager", "tf.function", "XLA", "PyTorch")
GRID = [
    {"way": way, "batch": batch, "channels": channels}
    for batch in (1, 16)
    for way in WAYS
    for channels in (16, 32, 64, 128, 256, 512)
    if batch * channels <= 16 * 128
]
SEEDS = range(5)
TOY = {"way": "tf.function", "batch": 1, "channels": 8}
SEQUENTIAL = True
PACKAGES = ("tensorflow", "torch", "numpy")
METRICS = {
    "ordinary_ms": "milliseconds of the ordinary convolution",
    "depthwise_ms": "milliseconds of the depthwise step alone",
    "pointwise_ms": "milliseconds of the 1×1 step alone",
    "separable_ms": "milliseconds of both steps together",
    "speed_up": "ordinary_ms / separable_ms",
    "ordinary_macs": "multiply-accumulates of the ordinary convolution",
    "depthwise_macs": "multiply-accumulates of the depthwise step",
    "pointwise_macs": "multiply-accumulates of the 1×1 step",
    "mac_ratio": "ordinary_macs / (depthwise_macs + pointwise_macs)",
    "ordinary_bytes": "least bytes moved by the ordinary convolution",
    "depthwise_bytes": "least bytes moved by the depthwise step",
    "pointwise_bytes": "least bytes moved by the 1×1 step",
    "ordinary_intensity": "FLOPs per byte of the ordinary convolution",
    "depthwise_intensity": "FLOPs per byte of the depthwise step",
    "pointwise_intensity": "FLOPs per byte of the 1×1 step",
    "separable_intensity": "FLOPs per byte of both steps together",
}

MIN_CALLS = 9
MIN_SECONDS = 0.15


def run(config: dict, seed: int) -> dict[str, float]:
    """Measure one configuration.

    Args:
        config: way, one of `WAYS`; batch; channels, in as well as out.
        seed: Draws inputs and weights.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the way is unknown.
    """
    batch, channels = config["batch"], config["channels"]
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(batch, SIZE, SIZE, channels)).astype("float32")  # (B, H, W, C)
    ordinary = rng.normal(size=(3, 3, channels, channels)).astype("float32")  # (KH, KW, C, F)
    depthwise = rng.normal(size=(3, 3, channels, 1)).astype("float32")  # (KH, KW, C, 1)
    pointwise = rng.normal(size=(1, 1, channels, channels)).astype("float32")  # (1, 1, C, F)
    if config["way"] not in WAYS:
        raise ValueError(f"way must be one of {', '.join(WAYS)}. Received: way={config['way']!r}")
    make = in_torch if config["way"] == "PyTorch" else in_tensorflow
    calls = make(config["way"], inputs, ordinary, depthwise, pointwise)
    milliseconds = median_milliseconds(calls)
    return {
        **{f"{name}_ms": value for name, value in milliseconds.items()},
        "speed_up": milliseconds["ordinary"] / milliseconds["separable"],
        **counts(batch, channels),
    }


def counts(batch: int, channels: int) -> dict[str, float]:
    """MACs, bytes and arithmetic intensity, in the closed forms of the docstring above.

    Args:
        batch: Number of inputs.
        channels: Planes in, and planes out.

    Returns:
        The metrics that are not measured.
    """
    values = batch * SIZE * SIZE * channels  # of the input, and of the output
    weights = {"ordinary": 9 * channels**2, "depthwise": 9 * channels, "pointwise": channels**2}
    macs = {name: values * number // channels for name, number in weights.items()}
    moved = {name: 4 * (2 * values + number) for name, number in weights.items()}
    both = macs["depthwise"] + macs["pointwise"]
    return {
        **{f"{name}_macs": number for name, number in macs.items()},
        **{f"{name}_bytes": number for name, number in moved.items()},
        **{f"{name}_intensity": 2 * macs[name] / moved[name] for name in macs},
        "mac_ratio": macs["ordinary"] / both,
        "separable_intensity": 2 * both / (moved["depthwise"] + moved["pointwise"]),
    }


def in_tensorflow(way, inputs, ordinary, depthwise, pointwise) -> dict:
    """The four calls in TensorFlow, on the CPU.

    Args:
        way: "TensorFlow eager", "tf.function" or "XLA".
        inputs: Float32 array, shape (batch, height, width, channels).
        ordinary: Its kernel, shape (3, 3, channels, filters).
        depthwise: Its kernel, shape (3, 3, channels, 1).
        pointwise: Its kernel, shape (1, 1, channels, filters).

    Returns:
        Functions without arguments, by name.
    """
    import tensorflow as tf

    with tf.device("CPU"):
        x, w, d, p = map(tf.constant, (inputs, ordinary, depthwise, pointwise))

    def convolve(x, w):
        return tf.nn.conv2d(x, w, strides=1, padding="SAME")

    def convolve_planes(x, d):
        return tf.nn.depthwise_conv2d(x, d, strides=[1, 1, 1, 1], padding="SAME")

    def convolve_separably(x, d, p):
        return convolve(convolve_planes(x, d), p)

    def call(function, *arguments):
        if way != "TensorFlow eager":
            function = tf.function(function, jit_compile=way == "XLA")

        def on_cpu():
            with tf.device("CPU"):
                return function(*arguments)

        return on_cpu

    return {
        "ordinary": call(convolve, x, w),
        "depthwise": call(convolve_planes, x, d),
        "pointwise": call(convolve, x, p),
        "separable": call(convolve_separably, x, d, p),
    }


def in_torch(way, inputs, ordinary, depthwise, pointwise) -> dict:
    """The four calls in PyTorch, on the CPU, planes first.

    Args:
        way: "PyTorch".
        inputs: Float32 array, shape (batch, height, width, channels).
        ordinary: Its kernel, shape (3, 3, channels, filters).
        depthwise: Its kernel, shape (3, 3, channels, 1).
        pointwise: Its kernel, shape (1, 1, channels, filters).

    Returns:
        Functions without arguments, by name.
    """
    import torch
    from torch.nn.functional import conv2d

    def tensor(array, order):
        return torch.from_numpy(np.ascontiguousarray(array.transpose(order)))

    x = tensor(inputs, (0, 3, 1, 2))  # (B, C, H, W)
    w = tensor(ordinary, (3, 2, 0, 1))  # (F, C, KH, KW)
    d = tensor(depthwise, (2, 3, 0, 1))  # (C, 1, KH, KW)
    p = tensor(pointwise, (3, 2, 0, 1))  # (F, C, 1, 1)
    planes = x.shape[1]

    def call(function):
        def without_gradients():
            with torch.inference_mode():
                return function()

        return without_gradients

    return {
        "ordinary": call(lambda: conv2d(x, w, padding=1)),
        "depthwise": call(lambda: conv2d(x, d, padding=1, groups=planes)),
        "pointwise": call(lambda: conv2d(x, p)),
        "separable": call(lambda: conv2d(conv2d(x, d, padding=1, groups=planes), p)),
    }


def median_milliseconds(calls: dict) -> dict[str, float]:
    """Median time of each call, the calls taking turns.

    Args:
        calls: Functions without arguments, by name.

    Returns:
        Milliseconds, by name.
    """
    for call in calls.values():
        for _ in range(3):
            call()
    seconds = {name: [] for name in calls}
    unfinished = list(calls)
    while unfinished:
        for name in unfinished:
            start = time.perf_counter()
            calls[name]()
            seconds[name].append(time.perf_counter() - start)
        unfinished = [
            name
            for name in unfinished
            if len(seconds[name]) < MIN_CALLS or sum(seconds[name]) < MIN_SECONDS
        ]
    return {name: 1000 * statistics.median(values) for name, values in seconds.items()}
