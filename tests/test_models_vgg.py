"""The pyramid is VGG16's; its PyTorch twin computes the same; a summary says what feeds what."""

from itertools import pairwise

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from keras import layers

from utils import counting, models, plotting


@pytest.fixture(autouse=True)
def figures():
    yield
    plt.close("all")


def weights(channels, filters, convolutions):
    return (9 * channels + 1) * filters + (convolutions - 1) * (9 * filters + 1) * filters


@pytest.mark.parametrize(
    ("shape", "filters", "convolutions"),
    [((8, 8, 3), 4, 1), ((9, 6, 1), 5, 2), ((24, 24, 48), 96, 3), ((2, 3, 7), 2, 4)],
)
def test_a_block_halves_the_map_and_holds_what_the_closed_form_says(shape, filters, convolutions):
    inputs = keras.Input(shape)
    block = keras.Model(inputs, models.vgg_block(inputs, filters, convolutions))
    assert block.output_shape == (None, shape[0] // 2, shape[1] // 2, filters)
    assert block.count_params() == weights(shape[-1], filters, convolutions)
    assert counting.model_table(block).total.weights == block.count_params()
    assert len(block.layers) == convolutions + 2


def test_the_pyramid_is_keras_s_vgg16():
    ours = models.vgg((64, 64, 3))
    theirs = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
    assert ours.count_params() == theirs.count_params() == 14_714_688
    assert [layer.name for layer in ours.layers[1:]] == [layer.name for layer in theirs.layers[1:]]
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]
    ours.set_weights(theirs.get_weights())
    pictures = np.random.default_rng(0).uniform(size=(2, 64, 64, 3)).astype("float32")
    expected = np.array(theirs(pictures))
    assert expected.max() > 1e-4
    np.testing.assert_allclose(ours(pictures), expected, rtol=1e-3, atol=1e-6)


def test_stages_of_another_pyramid():
    model = models.vgg((96, 96, 3), ((128, 2), (256, 2), (512, 2)), name="three")
    assert (model.name, model.output_shape) == ("three", (None, 12, 12, 512))
    assert model.count_params() == 4_576_384
    assert model.get_layer("block2_pool").output.shape == (None, 24, 24, 256)


class _Block(torch.nn.Module):
    """The block of section 4.2 in PyTorch."""

    def __init__(self, channels, filters, convolutions=2):
        super().__init__()
        planes = [channels] + [filters] * convolutions
        self.convolutions = torch.nn.ModuleList(
            torch.nn.Conv2d(before, after, 3, padding="same") for before, after in pairwise(planes)
        )

    def forward(self, x):
        for convolution in self.convolutions:
            x = torch.relu(convolution(x))
        return torch.nn.functional.max_pool2d(x, 2)


@pytest.mark.parametrize("stages", [((4, 1),), ((4, 2), (6, 3))])
def test_the_torch_twin_has_equal_weights_and_outputs(stages):
    in_keras = models.vgg((13, 10, 3), stages)
    planes = [3, *(filters for filters, _ in stages)]
    twin = torch.nn.Sequential(
        *(_Block(before, *stage) for before, stage in zip(planes, stages, strict=False))
    )
    parameters = list(twin.parameters())
    assert sum(p.numel() for p in parameters) == in_keras.count_params()
    with torch.no_grad():
        for array, parameter in zip(in_keras.get_weights(), parameters, strict=True):
            array = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array
            parameter.copy_(torch.from_numpy(array.copy()))
    x = np.random.default_rng(0).normal(size=(2, 13, 10, 3)).astype("float32")
    with torch.no_grad():
        found = twin(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).numpy()
    np.testing.assert_allclose(found.transpose(0, 2, 3, 1), in_keras(x), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("convolutions", [0, -1, 1.5, None])
def test_a_wrong_number_of_convolutions_is_named(convolutions):
    message = "convolutions must be a positive integer. Received: convolutions="
    with pytest.raises(ValueError, match=message):
        models.vgg_block(keras.Input((8, 8, 3)), 4, convolutions)


def test_no_stage_is_refused():
    with pytest.raises(ValueError, match=r"stages must hold at least one block. Received: stages="):
        models.vgg((8, 8, 3), ())


def branching():
    photo = keras.Input((24, 24, 3), name="photo")
    c1 = layers.Conv2D(16, 3, padding="same", name="c1")(photo)
    c2 = layers.Conv2D(16, 3, padding="same", name="c2")(c1)
    s1 = layers.Add(name="s1")([c2, c1])
    c4 = layers.Conv2D(8, 1, name="c4")(photo)
    return keras.Model(photo, layers.Concatenate(name="j")([s1, c4]))


def shared():
    one, two = keras.Input((8,), name="one"), keras.Input((8,), name="two")
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(3)], name="encoder")
    inner(keras.Input((8,), name="elsewhere"))  # a call that belongs to no model below
    return keras.Model([one, two], layers.Dot(1, name="dot")([inner(one), inner(two)]))


def connected_to(model):
    """The last column of the model's summary, cell by cell, without the numbers in brackets."""
    text = []
    model.summary(line_length=300, print_fn=text.append)
    rows = [line.split("│")[1:-1] for line in text[0].splitlines() if line.startswith("│")]
    return {
        row[0].split()[0]: [n.split("[")[0].strip() for n in row[-1].split(",") if "[" in n]
        for row in rows
    }


@pytest.mark.parametrize("build", [branching, shared])
def test_connections_are_the_last_column_of_the_summary(build, monkeypatch):
    monkeypatch.setenv("COLUMNS", "320")
    model = build()
    found = plotting.connections(model)
    assert found == connected_to(model)
    assert list(found) == [layer.name for layer in model.layers]


def test_connections_by_hand():
    assert plotting.connections(branching())["s1"] == ["c2", "c1"]
    assert plotting.connections(shared())["encoder"] == ["one", "two"]
    assert plotting.connections(shared())["dot"] == ["encoder", "encoder"]
    chain = keras.Sequential([keras.Input((4,), name="in"), layers.Dense(2, name="out")])
    assert plotting.connections(chain) == {"in": [], "out": ["in"]}


def test_a_chain_s_summary_has_no_connections():
    text = []
    models.vgg((8, 8, 3), ((2, 1),)).summary(print_fn=text.append)
    assert "Connected to" not in text[0] and "block1_pool" in text[0]


def test_the_graph_has_a_box_for_each_layer_and_an_arrow_for_each_connection():
    model = branching()
    ax = plotting.show_graph(model)
    boxes = {text.get_text().split("\n")[0]: text for text in ax.texts}
    assert set(boxes) == {layer.name for layer in model.layers}
    assert boxes["j"].get_text() == "j\nConcatenate\n(None, 24, 24, 24)"
    arrows = {patch.get_gid() for patch in ax.patches}
    feeds = plotting.connections(model)
    assert arrows == {f"{giver} -> {name}" for name, givers in feeds.items() for giver in givers}
    for name, givers in feeds.items():  # whoever gives stands above
        for giver in givers:
            assert boxes[giver].get_position()[1] < boxes[name].get_position()[1]
    places = [text.get_position() for text in ax.texts]
    assert len(set(places)) == len(places)


def test_a_layer_called_twice_is_one_box_with_both_shapes():
    inputs = keras.Input((24, 24, 3), name="picture")
    small = layers.AveragePooling2D(2, name="half")(inputs)
    look = layers.Conv2D(8, 3, padding="same", name="look")
    means = [layers.GlobalAveragePooling2D()(look(x)) for x in (inputs, small)]
    ax = plotting.show_graph(keras.Model(inputs, layers.Concatenate()(means)))
    texts = [text.get_text() for text in ax.texts]
    assert "look\nConv2D\n(None, 24, 24, 8)\n(None, 12, 12, 8)" in texts
    assert len(texts) == 6


def test_what_has_no_graph_or_a_loop_is_refused():
    class Own(keras.Model):
        pass

    with pytest.raises(TypeError, match=r"functional or a built Sequential.* Received: Own"):
        plotting.show_graph(Own())
    inputs = keras.Input((4,))
    again = layers.Dense(4, name="again")
    with pytest.raises(ValueError, match=r"own output. Received: layer again"):
        plotting.show_graph(keras.Model(inputs, again(again(inputs))))
