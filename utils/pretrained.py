"""Pretrained weights: MobileNetV2 trained on ImageNet, and the networks that studies keep.

MobileNetV2's weights are checked before use. They are torchvision's
(`MobileNet_V2_Weights.IMAGENET1K_V1`), rounded to float16. The Keras model computes what
torchvision's does: on the same weights their logits agree to 1e-3.
"""

from pathlib import Path

import keras
import numpy as np
import safetensors.numpy
from keras import layers
from PIL import Image

from utils import data

WEIGHTS = "weights/mobilenet_v2_float16.safetensors"
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

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
    """MobileNetV2 with weights trained on ImageNet.

    Args:
        include_top: Whether the model ends with the classifier, and so in 1,000 logits, one for
            each ImageNet class, without softmax. Without it the model ends with the feature maps
            of `conv_head_relu`, 1,280 channels, a 32nd of the image's height and width.
        input_shape: (height, width, 3) of the images. Height and width may be any, or None.

    Returns:
        A Keras model of images as `preprocess` makes them, shape (batch, height, width, 3). It has
        3,504,872 trainable weights with top and 2,223,872 without, and 34,112 moving averages of
        batch normalization. Its layers are `conv_stem`, `block_1_depthwise`, `block_1_project`,
        `block_2_expand`, ... `block_17_project`, `conv_head`, each followed by its `_bn` and,
        but for the projections, `_relu`; then `average_pool`, `dropout` and `logits`. A `_pad`
        stands before each layer with stride 2, an `_add` closes each block with a shortcut.

    Raises:
        ValueError: If `input_shape` is not (height, width, 3).
        utils.data.DataError: If the weights file is missing, truncated or altered.

    Source:
        Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks (2018),
        arXiv:1801.04381, table 2. Rounding torchvision's float32 weights to float16 moves the
        logits of scikit-learn's `china.jpg` and `flower.jpg` by at most 0.042 and their
        probabilities by at most 0.004; the five most probable classes keep their order (both
        sets of weights in PyTorch, images from `resize_and_crop`).
    """
    if len(input_shape) != 3 or input_shape[-1] != 3:
        raise ValueError(
            f"input_shape must be (height, width, 3). Received: input_shape={input_shape}"
        )
    tensors = _load_weights()

    image = keras.Input(input_shape, name="image")
    x = _convolution(image, "conv_stem", filters=32, kernel_size=3, strides=2)
    for number, (filters, strides) in enumerate(BLOCKS, start=1):
        x = _block(x, f"block_{number}", filters, strides, expansion=1 if number == 1 else 6)
    x = _convolution(x, "conv_head", filters=1280, kernel_size=1)
    if include_top:
        x = layers.GlobalAveragePooling2D(name="average_pool")(x)
        x = layers.Dropout(0.2, name="dropout")(x)
        x = layers.Dense(1000, name="logits")(x)
    model = keras.Model(image, x, name="mobilenet_v2")

    for layer in model.layers:
        layer.set_weights([tensors[f"{layer.name}/{weight.name}"] for weight in layer.weights])
    return model


def preprocess(images: np.ndarray) -> np.ndarray:
    """Normalize images as torchvision does: each channel by ImageNet's mean and deviation.

    Images are not resized. `resize_and_crop` brings one to the size that the network was tested on.

    Args:
        images: RGB, shape (..., height, width, 3); uint8 from 0 to 255, or float from 0 to 1.

    Returns:
        Normalized images, the same shape, float32, about -2.1 to 2.6.

    Raises:
        ValueError: If the last axis is not 3, the dtype is neither uint8 nor float, or a float is
            outside 0 to 1.
    """
    images = np.asarray(images)
    if images.ndim < 3 or images.shape[-1] != 3:
        raise ValueError(
            f"images must have shape (..., height, width, 3). Received: shape={images.shape}"
        )
    if images.dtype == np.uint8:
        images = images.astype("float32") / 255
    elif not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"images must be uint8 or float. Received: dtype={images.dtype}")
    elif images.size and not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(
            "float images must lie between 0 and 1. "
            f"Received: values from {images.min():g} to {images.max():g}"
        )
    mean, std = np.float32(IMAGENET_MEAN), np.float32(IMAGENET_STD)
    return (images.astype("float32") - mean) / std


def resize_and_crop(image: np.ndarray, resize: int = 256, crop: int = 224) -> np.ndarray:
    """Resize an image's shorter side and cut out the center, as ImageNet networks are tested.

    Args:
        image: RGB, shape (height, width, 3), uint8.
        resize: Length of the shorter side after resizing, in pixels; bilinear, antialiased.
        crop: Height and width of the center that is kept, in pixels.

    Returns:
        Image of shape (crop, crop, 3), uint8.

    Raises:
        ValueError: If `image` is not an RGB uint8 image, or `crop` is larger than `resize`.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[-1] != 3 or image.dtype != np.uint8:
        raise ValueError(
            "image must be uint8 of shape (height, width, 3). "
            f"Received: dtype={image.dtype}, shape={image.shape}"
        )
    if not 0 < crop <= resize:
        raise ValueError(
            f"crop must be positive and at most resize. Received: crop={crop}, resize={resize}"
        )
    height, width = image.shape[:2]
    scale = resize / min(height, width)
    picture = Image.fromarray(image).resize(
        (int(width * scale), int(height * scale)), Image.Resampling.BILINEAR
    )
    left = round((picture.width - crop) / 2)
    top = round((picture.height - crop) / 2)
    return np.asarray(picture)[top : top + crop, left : left + crop]


def save_float16(models: dict[str, keras.Model], path: Path) -> None:
    """Store the weights of several networks in one safetensors file, rounded to float16.

    Args:
        models: Keras models by name.
        path: The file; its folder is made where it is missing.
    """
    tensors = {
        f"{name}/{place}": weight.astype("float16")
        for name, model in models.items()
        for place, weight in enumerate(model.get_weights())
    }
    path.parent.mkdir(exist_ok=True)
    safetensors.numpy.save_file(tensors, path)


def load_float16(models: dict[str, keras.Model], path: Path) -> None:
    """Give networks the weights that `save_float16` stored; they stay float32.

    Args:
        models: Keras models by the names under which they were stored.
        path: The safetensors file.

    Raises:
        ValueError: If the file does not hold exactly the weights of these networks.
    """
    tensors = safetensors.numpy.load_file(path)
    names = {
        name: [f"{name}/{place}" for place in range(len(model.weights))]
        for name, model in models.items()
    }
    expected = {name for places in names.values() for name in places}
    if set(tensors) != expected:
        raise ValueError(
            f"{path.name} must hold the {len(expected)} weights of {', '.join(models)}. "
            f"Received: {len(tensors)}, of which {len(expected & set(tensors))} are theirs"
        )
    for name, model in models.items():
        model.set_weights([tensors[place].astype("float32") for place in names[name]])


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


def _load_weights():
    """Checked weights, float16, by Keras name such as "conv_stem/kernel"."""
    data.verify("mobilenet_v2")
    return safetensors.numpy.load_file(data.DATA_DIR / WEIGHTS)
