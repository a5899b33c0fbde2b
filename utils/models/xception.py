"""The small Xception of section 4.5, with switches that take its parts away."""

import keras
from keras import layers

MOMENTUM = 0.9  # of the moving averages: with few steps, Keras's default of 0.99 lags


def small_xception(
    input_shape,
    num_classes,
    filters=(32, 64, 128),
    strides=2,
    residual=True,
    batch_normalization=True,
    separable=True,
    dropout=0.25,
):
    """A small network after Xception: a plain convolution, then residual blocks that halve.

    A block has normalization, ReLU and convolution twice, then max pooling with strides of 2; what
    came in is added through a 1×1 convolution with strides of 2. After the last block follow
    normalization, ReLU, global average pooling, dropout and a dense layer. Pixels are divided by
    255 in the network.

    Each switch takes one part away. Without `residual` go the addition and its 1×1 convolution.
    Without `batch_normalization` every convolution gets a bias in place of the offset that went
    with the normalization. Without `separable` each `SeparableConv2D` becomes a `Conv2D` with as
    many filters, which has more weights and does more multiply-accumulates.

    Args:
        input_shape: (height, width, channels) of a picture with pixels from 0 to 255.
        num_classes: Number of scores that come out.
        filters: Filters of the blocks, in order; the first convolution has as many as the first
            block.
        strides: Strides of the first convolution.
        residual: Whether a block's input is added to its output.
        batch_normalization: Whether activations are normalized over the batch.
        separable: Whether the convolutions of the blocks are depthwise separable.
        dropout: Share of the pooled features that is set to 0 in training.

    Returns:
        A functional model, not compiled, from pictures (batch, *input_shape) to scores
        (batch, num_classes) before the softmax.

    Raises:
        ValueError: If `filters` is not at least one positive integer.

    Source:
        Chollet, Xception: Deep learning with depthwise separable convolutions (2017),
        arXiv:1610.02357; the order of the layers is that of section 9.3.5 of Chollet, Deep Learning
        with Python, 2nd edition (2021); section 4.5.
    """
    filters = tuple(filters)
    if not filters or any(type(size) is not int or size < 1 for size in filters):
        raise ValueError(f"filters must be positive integers. Received: filters={filters!r}")
    use_bias = not batch_normalization
    convolution = layers.SeparableConv2D if separable else layers.Conv2D

    def activate(x, name):
        if batch_normalization:
            x = layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")(x)
        return layers.ReLU(name=f"{name}_relu")(x)

    pixels = keras.Input(input_shape, name="pixels")
    x = layers.Rescaling(1 / 255, name="rescaling")(pixels)
    x = layers.Conv2D(filters[0], 3, strides, padding="same", use_bias=use_bias, name="stem")(x)

    for block, size in enumerate(filters, start=1):
        shortcut = x
        for step in (1, 2):
            name = f"block{block}_{step}"
            x = activate(x, name)
            x = convolution(size, 3, padding="same", use_bias=use_bias, name=f"{name}_conv")(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
        if residual:
            shortcut = layers.Conv2D(
                size,
                kernel_size=1,
                strides=2,
                padding="same",
                use_bias=use_bias,
                name=f"block{block}_shortcut",
            )(shortcut)
            x = layers.Add(name=f"block{block}_add")([x, shortcut])

    x = activate(x, "end")
    x = layers.GlobalAveragePooling2D(name="average")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    scores = layers.Dense(num_classes, name="scores")(x)
    return keras.Model(pixels, scores, name="small_xception")
