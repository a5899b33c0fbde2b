"""Counts of layers that are neither convolution nor pooling."""

from math import prod
from operator import index

from utils.counting.count import Count, any_shape
from utils.reference import positive_integer


def flatten(input_shape: tuple[int, ...], bytes_per_value: int = 4) -> Count:
    """Count a flattening: all numbers of an input in one row.

    Args:
        input_shape: Shape of one input.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (numbers,).

    Raises:
        ValueError: If an argument has the wrong type or range.

    Source:
        Section 3.3.
    """
    numbers = prod(any_shape("input_shape", input_shape, may_be_empty=True))
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)
    return Count(
        output_shape=(numbers,), weights=0, macs=0, activation_bytes=numbers * bytes_per_value
    )


def dense(
    input_shape: tuple[int, ...], units: int, use_bias: bool = True, bytes_per_value: int = 4
) -> Count:
    """Count a dense layer, which acts on the last axis.

    Args:
        input_shape: (..., features) of one input.
        units: Number of outputs for each vector of features.
        use_bias: Whether each unit has a bias.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (..., units).

    Raises:
        ValueError: If an argument has the wrong type or range.

    Source:
        Section 3.3.
    """
    *others, features = any_shape("input_shape", input_shape)
    units = positive_integer("units", units)
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)
    output_values = prod(others) * units
    return Count(
        output_shape=(*others, units),
        weights=units * (features + (1 if use_bias else 0)),
        macs=output_values * features,
        activation_bytes=output_values * bytes_per_value,
    )


def batch_normalization(
    input_shape: tuple[int, ...],
    axis: int = -1,
    center: bool = True,
    scale: bool = True,
    bytes_per_value: int = 4,
) -> Count:
    """Count a batch normalization.

    Each channel has a moving mean and a moving variance, which are measured, and beta (`center`)
    and gamma (`scale`), which are trained. All four are weights to `count_params()`.

    Args:
        input_shape: Shape of one input.
        axis: The axis of the channels, counted as in Keras: 0 is the batch axis.
        center: Whether each channel has a beta.
        scale: Whether each channel has a gamma.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being `input_shape`. MACs are 0: after training, what is left
        is a factor and a summand a channel, and the convolution before can take them over.

    Raises:
        ValueError: If an argument has the wrong type or range.

    Source:
        Ioffe and Szegedy, Batch Normalization (2015), arXiv:1502.03167.
    """
    input_shape = any_shape("input_shape", input_shape)
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)
    channels = _size_along(input_shape, axis)
    return Count(
        output_shape=input_shape,
        weights=channels * (2 + (1 if center else 0) + (1 if scale else 0)),
        macs=0,
        activation_bytes=prod(input_shape) * bytes_per_value,
    )


def layer_normalization(
    input_shape: tuple[int, ...],
    axis: int | tuple[int, ...] = -1,
    center: bool = True,
    scale: bool = True,
    bytes_per_value: int = 4,
) -> Count:
    """Count a layer normalization.

    Each number along `axis` has a beta (`center`) and a gamma (`scale`). Mean and variance are
    measured anew in every input, so nothing is stored of them.

    Args:
        input_shape: Shape of one input.
        axis: The axes that are normalized together, counted as in Keras: 0 is the batch axis.
        center: Whether there are betas.
        scale: Whether there are gammas.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being `input_shape`. MACs are 0: each number is treated by
        itself, as in an activation.

    Raises:
        ValueError: If an argument has the wrong type or range.

    Source:
        Ba, Kiros and Hinton, Layer Normalization (2016), arXiv:1607.06450.
    """
    input_shape = any_shape("input_shape", input_shape)
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    numbers = prod(_size_along(input_shape, axis) for axis in axes)
    return Count(
        output_shape=input_shape,
        weights=numbers * ((1 if center else 0) + (1 if scale else 0)),
        macs=0,
        activation_bytes=prod(input_shape) * bytes_per_value,
    )


def embedding(
    input_shape: tuple[int, ...], input_dim: int, output_dim: int, bytes_per_value: int = 4
) -> Count:
    """Count an embedding: a table with a row for each token.

    Args:
        input_shape: Shape of one input of token numbers, (length,) for a sequence.
        input_dim: Number of tokens in the vocabulary.
        output_dim: Length of a token's vector.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (*input_shape, output_dim). MACs are 0: a row is looked
        up, not computed.

    Raises:
        ValueError: If an argument has the wrong type or range.
    """
    input_shape = any_shape("input_shape", input_shape, may_be_empty=True)
    input_dim = positive_integer("input_dim", input_dim)
    output_dim = positive_integer("output_dim", output_dim)
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)
    return Count(
        output_shape=(*input_shape, output_dim),
        weights=input_dim * output_dim,
        macs=0,
        activation_bytes=prod(input_shape) * output_dim * bytes_per_value,
    )


def multi_head_attention(
    query_shape: tuple[int, int],
    num_heads: int,
    key_dim: int,
    value_dim: int | None = None,
    use_bias: bool = True,
    output_shape: int | None = None,
    value_shape: tuple[int, int] | None = None,
    key_shape: tuple[int, int] | None = None,
    bytes_per_value: int = 4,
) -> Count:
    """Count a multi-head attention.

    Args:
        query_shape: (length, features) of the sequence that asks.
        num_heads: Number of heads.
        key_dim: Length of a head's query and key vectors.
        value_dim: Length of a head's value vectors, or None for `key_dim`.
        use_bias: Whether the four projections have biases.
        output_shape: Length of an output vector, or None for that of `query_shape`.
        value_shape: (length, features) of the sequence that is asked, or None for `query_shape`:
            self-attention.
        key_shape: (length, features) of the keys, or None for `value_shape`.
        bytes_per_value: Size of one output number, in bytes: 4 for float32.

    Returns:
        The count, its output shape being (query length, `output_shape`). MACs are those of the
        four projections, of queries times keys and of attention times values, with nothing left
        out by a mask. The memory of the attention between them is not in it.

    Raises:
        ValueError: If an argument has the wrong type or range.

    Source:
        Vaswani et al., Attention Is All You Need (2017), arXiv:1706.03762, section 3.2.
    """
    query_length, query_features = _sequence_shape("query_shape", query_shape)
    value_shape = query_shape if value_shape is None else value_shape
    value_length, value_features = _sequence_shape("value_shape", value_shape)
    key_shape = value_shape if key_shape is None else key_shape
    key_length, key_features = _sequence_shape("key_shape", key_shape)
    if key_length != value_length:
        raise ValueError(
            "key_shape and value_shape must have the same length. "
            f"Received: key_shape={key_shape}, value_shape={value_shape}"
        )
    num_heads = positive_integer("num_heads", num_heads)
    key_dim = positive_integer("key_dim", key_dim)
    value_dim = positive_integer("value_dim", key_dim if value_dim is None else value_dim)
    output_features = positive_integer(
        "output_shape", query_features if output_shape is None else output_shape
    )
    bytes_per_value = positive_integer("bytes_per_value", bytes_per_value)

    projections = (
        dense((query_length, query_features), num_heads * key_dim, use_bias),
        dense((key_length, key_features), num_heads * key_dim, use_bias),
        dense((value_length, value_features), num_heads * value_dim, use_bias),
        dense((query_length, num_heads * value_dim), output_features, use_bias),
    )
    pairs = num_heads * query_length * key_length  # of a query and a key, in all heads
    return Count(
        output_shape=(query_length, output_features),
        weights=sum(projection.weights for projection in projections),
        macs=sum(projection.macs for projection in projections) + pairs * (key_dim + value_dim),
        activation_bytes=query_length * output_features * bytes_per_value,
    )


def _sequence_shape(name, shape):
    try:
        length, features = any_shape(name, shape)
        return length, features
    except ValueError:
        raise ValueError(
            f"{name} must be two positive integers (length, features). Received: {name}={shape!r}"
        ) from None


def _size_along(input_shape, axis):
    """Size of one axis, counted as if the batch axis were there, in front."""
    rank = len(input_shape) + 1
    try:
        position = index(axis) + (rank if index(axis) < 0 else 0)
    except TypeError:
        position = 0
    if isinstance(axis, bool) or not 1 <= position < rank:
        raise ValueError(
            f"axis must be from 1 to {rank - 1} or from -{rank - 1} to -1. Received: axis={axis!r}"
        )
    return input_shape[position - 1]
