"""MobileNetV2, which section 3.4 takes apart, with the names that its weights file uses."""

import keras
from keras import layers

# (filters, strides) of the 17 blocks; all but the first expand their input's channels six times.
BLOCKS = (
    (16, 1),
    (24, 2), (24, 1),
    (32, 2), (32, 1), (32, 1),
    (64, 2), (64, 1), (64, 1), (64, 1),
    (96, 1), (96, 1), (96, 1),
    (160, 2), (160, 1), (160, 1),
    (320, 1),
)  # fmt: skip


def mobilenet_v2(
    include_top: bool = True, input_shape: tuple[int | None, int | None, int] = (224, 224, 3)
) -> keras.Model:
    """MobileNetV2 with new weights, padded as PyTorch pads it.

    Args:
        include_top: Whether the model ends with the classifier, and so in 1,000 logits, one for
            each ImageNet class, without softmax. Without it the model ends with the feature maps
            of `conv_head_relu`, 1,280 channels, a 32nd of the image's height and width.
        input_shape: (height, width, 3) of the images. Height and width may be any, or None.

    Returns:
        A Keras model of images, shape (batch, height, width, 3). It has 3,504,872 trainable
        weights with top and 2,223,872 without, and 34,112 moving averages of batch normalization.
        Its layers are `conv_stem`, `block_1_depthwise`, `block_1_project`, `block_2_expand`, ...
        `block_17_project`, `conv_head`, each followed by its `_bn` and, but for the projections,
        `_relu`; then `average_pool`, `dropout` and `logits`. A `_pad` stands before each layer
        with stride 2, an `_add` closes each block with a shortcut.

    Raises:
        ValueError: If `input_shape` is not (height, width, 3).

    Source:
        Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks (2018),
        arXiv:1801.04381, table 2.
    """
    if len(input_shape) != 3 or input_shape[-1] != 3:
        raise ValueError(
            f"input_shape must be (height, width, 3). Received: input_shape={input_shape}"
        )
    image = keras.Input(input_shape, name="image")
    x = _convolution(image, "conv_stem", filters=32, kernel_size=3, strides=2)
    for number, (filters, strides) in enumerate(BLOCKS, start=1):
        x = _block(x, f"block_{number}", filters, strides, expansion=1 if number == 1 else 6)
    x = _convolution(x, "conv_head", filters=1280, kernel_size=1)
    if include_top:
        x = layers.GlobalAveragePooling2D(name="average_pool")(x)
        x = layers.Dropout(0.2, name="dropout")(x)
        x = layers.Dense(1000, name="logits")(x)
    return keras.Model(image, x, name="mobilenet_v2")


def _convolution(x, name, filters, kernel_size, strides=1):
    """Convolution, batch normalization and ReLU6, padded as PyTorch does."""
    if strides == 2:
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="valid" if strides == 2 else "same",
        use_bias=False,
        name=name,
    )(x)
    return _normalization(x, name, relu=True)


def _block(x, name, filters, strides, expansion):
    """Inverted residual block: expand (1x1), look around in each plane (3x3), project (1x1)."""
    block_input = x
    channels = x.shape[-1]
    if expansion > 1:
        x = _convolution(x, f"{name}_expand", filters=expansion * channels, kernel_size=1)
    if strides == 2:
        x = layers.ZeroPadding2D(1, name=f"{name}_depthwise_pad")(x)
    x = layers.DepthwiseConv2D(
        3,
        strides=strides,
        padding="valid" if strides == 2 else "same",
        use_bias=False,
        name=f"{name}_depthwise",
    )(x)
    x = _normalization(x, f"{name}_depthwise", relu=True)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")(x)
    x = _normalization(x, f"{name}_project", relu=False)
    if strides == 1 and channels == filters:
        x = layers.Add(name=f"{name}_add")([block_input, x])
    return x


def _normalization(x, name, relu):
    # PyTorch's momentum 0.1 is Keras's 0.9.
    x = layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name=f"{name}_bn")(x)
    return layers.ReLU(max_value=6, name=f"{name}_relu")(x) if relu else x
