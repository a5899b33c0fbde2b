"""Networks that are compiled once and trained anew many times, as studies do.

Compiling a small network takes longer than training it for a few hundred steps.
"""

import functools
from collections.abc import Callable, Sequence

import keras
import numpy as np


def renew(model: keras.Model, weights: Sequence[np.ndarray]) -> None:
    """Give a compiled network other weights and let its optimizer forget, in place.

    The random numbers of a dropout go on where they were.

    Args:
        model: A compiled network. The learning rate of its optimizer stays.
        weights: As from `get_weights` of a network of the same kind.
    """
    model.set_weights(weights)
    for variable in model.optimizer.variables:
        if variable.name != "learning_rate":
            variable.assign(keras.ops.zeros_like(variable))


def untrained(
    network: Callable[[str], keras.Model], kind: str, seed: int, rate: float, steps: int
) -> keras.Model:
    """A classifier with new weights, compiled for a training of few steps.

    The loss is the cross-entropy of the scores with integer labels, the optimizer Adam. Its rate
    rises from 0 to `rate` for a tenth of the steps and then falls to 0 along a cosine.

    Args:
        network: Makes a network from its kind.
        kind: Which of its networks.
        seed: Draws the weights.
        rate: The largest learning rate.
        steps: Number of steps of the training.

    Returns:
        The model, which is the same object in each call with the same network, kind, rate and
        steps.
    """
    keras.utils.set_random_seed(seed)
    weights = network(kind).get_weights()
    model = _compiled(network, kind, rate, steps)
    renew(model, weights)
    return model


@functools.cache
def _compiled(network, kind, rate, steps):
    model, warm = network(kind), max(1, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm, warmup_target=rate, warmup_steps=warm
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, loss, jit_compile=False, steps_per_execution=warm)
    return model
