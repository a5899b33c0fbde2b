"""Counts of a whole Keras model, layer by layer.

Keras is not imported: a model tells its layers, their class names, shapes and configurations.
"""

from dataclasses import dataclass
from inspect import signature
from math import prod

from utils.counting.convolution import (
    conv2d,
    conv2d_transpose,
    depthwise_conv2d,
    separable_conv2d,
)
from utils.counting.layers import (
    batch_normalization,
    dense,
    embedding,
    flatten,
    layer_normalization,
    multi_head_attention,
)
from utils.counting.pooling import global_average_pooling2d, pooling2d

# A layer's class name, and the function that counts it.
COUNTED = {
    "AveragePooling2D": pooling2d,
    "BatchNormalization": batch_normalization,
    "Conv2D": conv2d,
    "Conv2DTranspose": conv2d_transpose,
    "Dense": dense,
    "DepthwiseConv2D": depthwise_conv2d,
    "Embedding": embedding,
    "Flatten": flatten,
    "GlobalAveragePooling2D": global_average_pooling2d,
    "LayerNormalization": layer_normalization,
    "MaxPooling2D": pooling2d,
    "MultiHeadAttention": multi_head_attention,
    "SeparableConv2D": separable_conv2d,
}

# Layers that multiply nothing to sum it up: 0 MACs. Shape and weights are asked of the layer.
WITHOUT_MACS = {
    *("Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"),
    *("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"),
    *("AveragePooling1D", "GlobalAveragePooling1D", "GlobalMaxPooling1D", "MaxPooling1D"),
    *("Cropping2D", "GlobalMaxPooling2D", "UpSampling2D", "ZeroPadding2D"),
    *("Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D"),
    *("Identity", "InputLayer", "Permute", "RepeatVector", "Reshape"),
    *("CenterCrop", "Normalization", "Rescaling", "Resizing"),
    *("RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip", "RandomRotation"),
    *("RandomTranslation", "RandomZoom"),
}

BYTES = {"bool": 1, "bfloat16": 2}  # other names of a dtype end with their number of bits
WIDTH = 88  # of a printed table, in characters


@dataclass(frozen=True)
class Row:
    """What one layer of a model costs for one input.

    Attributes:
        name: Name of the layer; in a nested model, "model/layer".
        kind: Class name of the layer, such as "Conv2D".
        output_shape: Shape of the output, without its batch axis; None for a total.
        weights: Numbers that the layer holds. A layer that is used again has them only once, in
            its first row.
        macs: Multiply-accumulates, counted as `Count` says.
        activation_bytes: Memory of the output, in bytes.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...] | None
    weights: int
    macs: int
    activation_bytes: int


@dataclass(frozen=True)
class ModelTable:
    """The rows of a model, in the order of its `summary()`. Prints as a table.

    Attributes:
        rows: One row for each use of a layer.
    """

    rows: tuple[Row, ...]

    @property
    def total(self) -> Row:
        """Sums over all rows. Activations are summed as if each were kept, as in training."""
        return Row(
            name="total",
            kind="",
            output_shape=None,
            weights=sum(row.weights for row in self.rows),
            macs=sum(row.macs for row in self.rows),
            activation_bytes=sum(row.activation_bytes for row in self.rows),
        )

    def __str__(self) -> str:
        """The table as text, no line longer than `WIDTH` if the numbers leave room for names."""
        lines = [("layer", "kind", "output shape", "weights", "MACs", "bytes")]
        for row in (*self.rows, self.total):
            shape = "" if row.output_shape is None else str(row.output_shape)
            numbers = (f"{n:,}" for n in (row.weights, row.macs, row.activation_bytes))
            lines.append((row.name, row.kind, shape, *numbers))

        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        gaps = 2 * (len(widths) - 1)
        excess = max(0, sum(widths) + gaps - WIDTH)
        cut = min(excess, max(0, widths[1] - 12))  # of the kinds first, then of the names
        widths[1] -= cut
        widths[0] = max(12, widths[0] - (excess - cut))

        texts = [_line(cells, widths) for cells in lines]
        rule = "-" * len(texts[0])
        return "\n".join((texts[0], rule, *texts[1:-1], rule, texts[-1]))


def model_table(model) -> ModelTable:
    """Count a whole Keras model for one input.

    Each layer is counted in closed form from its configuration, and the weights are compared with
    those that it holds.

    Args:
        model: A functional or a built Sequential Keras model, channels last, all sizes but the
            batch's known. It may hold other such models, and use a layer more than once.

    Returns:
        The table. Its total weights are `model.count_params()`.

    Raises:
        TypeError: If `model` is no functional or built Sequential model.
        ValueError: If a layer is of a kind that is not known here, has an unknown size, or does not
            hold the weights that its closed form says. The message names the layer.

    Source:
        Section 3.3.
    """
    seen = set()  # ids of the layers whose weights are counted already
    return ModelTable(tuple(_rows(model, seen)))


def _rows(model, seen, prefix=""):
    for node in _nodes(model):
        layer = node.operation
        name, kind = prefix + layer.name, type(layer).__name__
        if _graph(layer) is not None:
            _check_nested(name, layer, node)
            yield from _rows(layer, seen, prefix=f"{name}/")
        elif kind == "InputLayer" and prefix:
            continue  # a row for the tensor that comes in is there already
        else:
            yield _row(name, kind, layer, node, first=id(layer) not in seen)
            seen.add(id(layer))


def _graph(model):
    """The object that knows the graph of calls; None for a layer. Sequential wraps it."""
    graph = getattr(model, "_functional", None) or model
    return graph if hasattr(graph, "_nodes_by_depth") else None


def _nodes(model):
    """The calls of layers that make up a model, in the order of `summary()`."""
    graph = _graph(model)
    if graph is None:
        raise TypeError(
            "model must be a functional or a built Sequential Keras model. "
            f"Received: {type(model).__name__}"
        )
    position = {id(operation): place for place, operation in enumerate(graph.operations)}
    nodes = [node for depth in graph._nodes_by_depth.values() for node in depth]
    return sorted(nodes, key=lambda node: position[id(node.operation)])


def _row(name, kind, layer, node, first):
    inputs = [_shape(name, tensor) for tensor in node.input_tensors]
    output = node.output_tensors[0]
    output_shape = _shape(name, output)
    bytes_per_value = _bytes(output.dtype)
    held = layer.count_params() if hasattr(layer, "count_params") else 0

    if kind in COUNTED:
        try:
            arguments = _arguments(kind, layer, inputs)
            count = COUNTED[kind](**arguments, bytes_per_value=bytes_per_value)
        except ValueError as error:
            raise ValueError(f"layer {name}: {error}") from error
        if count.weights != held:
            raise ValueError(
                f"layer {name}: a {kind} must hold {count.weights} weights. Received: {held}"
            )
        macs, activation_bytes = count.macs, count.activation_bytes
    elif kind in WITHOUT_MACS:
        macs, activation_bytes = 0, prod(output_shape) * bytes_per_value
    else:
        raise ValueError(
            f"layer {name}: kind must be one that utils.counting knows. Received: {kind}"
        )
    return Row(name, kind, output_shape, held if first else 0, macs, activation_bytes)


def _arguments(kind, layer, inputs):
    """Arguments for the function that counts `layer`: they have their Keras names."""
    config = layer.get_config()
    if config.get("data_format") == "channels_first":
        raise ValueError("data_format must be channels_last. Received: data_format=channels_first")
    if kind == "MultiHeadAttention":
        shapes = dict(zip(("query_shape", "value_shape", "key_shape"), inputs, strict=False))
        if config["output_shape"] is not None:
            (config["output_shape"],) = config["output_shape"]
    else:
        shapes = {"input_shape": inputs[0]}
    names = signature(COUNTED[kind]).parameters
    return shapes | {name: config[name] for name in names if name in config}


def _check_nested(name, model, node):
    """A nested model's layers are counted at the sizes that it was built for."""
    for built, called in zip(model.inputs, node.input_tensors, strict=True):
        if _shape(name, built) != _shape(name, called):
            raise ValueError(
                f"layer {name}: a nested model must be called with the size it was built for, "
                f"{_shape(name, built)}. Received: {_shape(name, called)}"
            )


def _shape(name, tensor):
    shape = tuple(tensor.shape[1:])
    if None in shape:
        raise ValueError(
            f"layer {name}: all sizes but the batch's must be known. Received: {tensor.shape}"
        )
    return shape


def _bytes(dtype):
    bits = "".join(character for character in dtype if character.isdigit())
    return BYTES.get(dtype) or int(bits) // 8


def _line(cells, widths):
    """Name and kind to the left, cut off where they are too long; the rest to the right."""
    texts = [
        cell if len(cell) <= width else cell[: width - 1] + "…"
        for cell, width in zip(cells, widths, strict=True)
    ]
    name, kind, *rest = zip(texts, widths, strict=True)
    return "  ".join(
        [text.ljust(width) for text, width in (name, kind)]
        + [text.rjust(width) for text, width in rest]
    )
