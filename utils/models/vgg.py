"""The VGG-style pyramid of section 4.2: one block, repeated with other numbers."""

import keras
from keras import layers

# (filters, convolutions) of each block of VGG16.
VGG16_STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


def vgg_block(x, filters, convolutions=2, name=None):
    """Convolutions of 3×3 with ReLU, then a max pooling that halves height and width.

    Args:
        x: Tensor of shape (batch, height, width, channels), symbolic or not.
        filters: Filters of each convolution.
        convolutions: Number of convolutions.
        name: Beginning of the layers' names, as "block1" in "block1_conv2" and "block1_pool"; by
            default Keras names them.

    Returns:
        Tensor of shape (batch, height // 2, width // 2, filters).

    Raises:
        ValueError: If `convolutions` is no positive integer.

    Source:
        Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition
        (2015), arXiv:1409.1556; section 4.2.
    """
    if not (isinstance(convolutions, int) and convolutions > 0):
        raise ValueError(
            f"convolutions must be a positive integer. Received: convolutions={convolutions!r}"
        )
    for number in range(1, convolutions + 1):
        x = layers.Conv2D(
            filters,
            kernel_size=3,
            padding="same",
            activation="relu",
            name=name and f"{name}_conv{number}",
        )(x)
    return layers.MaxPooling2D(name=name and f"{name}_pool")(x)


def vgg(input_shape, stages=VGG16_STAGES, name="vgg"):
    """A pyramid of blocks: each stage halves the map. By default VGG16 without its dense layers.

    Args:
        input_shape: (height, width, channels) of a picture.
        stages: (filters, convolutions) of each block, in order.
        name: Name of the model.

    Returns:
        A model that maps (batch, *input_shape) to the last block's maps. Layers and weights have
        the names and the order of `keras.applications.VGG16(include_top=False)`.

    Raises:
        ValueError: If there is no stage.

    Source:
        Simonyan and Zisserman (2015), arXiv:1409.1556, configuration D; section 4.2.
    """
    if not stages:
        raise ValueError(f"stages must hold at least one block. Received: stages={stages!r}")
    x = inputs = keras.Input(input_shape)
    for number, (filters, convolutions) in enumerate(stages, start=1):
        x = vgg_block(x, filters, convolutions, name=f"block{number}")
    return keras.Model(inputs, x, name=name)
