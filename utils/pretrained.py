"""Pretrained weights: MobileNetV2 trained on ImageNet, and the networks that studies keep.

MobileNetV2's weights are checked before use. They are torchvision's
(`MobileNet_V2_Weights.IMAGENET1K_V1`), rounded to float16. The Keras model computes what
torchvision's does: on the same weights their logits agree to 1e-3.
"""

from pathlib import Path

import numpy as np
import safetensors.numpy
from PIL import Image

from utils import data

WEIGHTS = "weights/mobilenet_v2_float16.safetensors"
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def mobilenet_v2(
    include_top: bool = True, input_shape: tuple[int | None, int | None, int] = (224, 224, 3)
):
    """MobileNetV2 with weights trained on ImageNet.

    Args:
        include_top: As in `models.mobilenet_v2`.
        input_shape: (height, width, 3) of the images. Height and width may be any, or None.

    Returns:
        The Keras model `models.mobilenet_v2`, of images as `preprocess` makes them, shape
        (batch, height, width, 3).

    Raises:
        ValueError: If `input_shape` is not (height, width, 3).
        utils.data.DataError: If the weights file is missing, truncated or altered.

    Source:
        Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks (2018),
        arXiv:1801.04381. Rounding torchvision's float32 weights to float16 moves the
        logits of scikit-learn's `china.jpg` and `flower.jpg` by at most 0.042 and their
        probabilities by at most 0.004; the five most probable classes keep their order (both
        sets of weights in PyTorch, images from `resize_and_crop`).
    """
    from utils import models

    model, tensors = models.mobilenet_v2(include_top, input_shape), _load_weights()
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


def save_float16(models: dict, path: Path) -> None:
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


def load_float16(models: dict, path: Path) -> None:
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


def _load_weights():
    """Checked weights, float16, by Keras name such as "conv_stem/kernel"."""
    data.verify("mobilenet_v2")
    return safetensors.numpy.load_file(data.DATA_DIR / WEIGHTS)
