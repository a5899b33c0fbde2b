"""A simple recurrent layer, forward.

Axis letters in the comments: B batch, T tokens, D width of a token, U units.
"""

from collections.abc import Sequence

import numpy as np


def simple_rnn(
    inputs: np.ndarray, parameters: Sequence[np.ndarray], state: np.ndarray | None = None
) -> np.ndarray:
    """Read tokens one after the other: each state is made of the token and the state before.

    Args:
        inputs: Tokens, shape (B, T, D), floating point.
        parameters: Kernel (D, U), recurrent kernel (U, U) and bias (U,), in the order of Keras's
            `SimpleRNN.get_weights()`.
        state: State before the first token, shape (B, U); zeros by default.

    Returns:
        The state after each token, shape (B, T, U):
        tanh(x_t @ kernel + h_(t-1) @ recurrent_kernel + bias).

    Source:
        Elman, Finding structure in time (1990), doi:10.1207/s15516709cog1402_1; section 6.3.
    """
    kernel, recurrent_kernel, bias = parameters
    if state is None:
        state = np.zeros((len(inputs), len(bias)), dtype=inputs.dtype)
    states = []
    for token in inputs.swapaxes(0, 1):  # (B, D), one step after the other
        state = np.tanh(token @ kernel + state @ recurrent_kernel + bias)
        states.append(state)
    return np.stack(states, axis=1)
