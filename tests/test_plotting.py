"""Figures: what is drawn, in which color, and with which letters."""

import subprocess
import sys
import warnings

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle

from utils import plotting


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        plotting.use_style()
        yield
    plt.close("all")


def texts(ax):
    """Numbers drawn in the cells, as {(row, column): text}."""
    return {
        (round(text.get_position()[1]), round(text.get_position()[0])): text.get_text()
        for text in ax.texts
    }


def luminance(color):
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def contrast(one, other):
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_style_is_small_and_white():
    figure, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())
    assert pixels.shape[:2] == (350, 600)
    assert pixels[0, 0].tolist() == [255, 255, 255, 255]
    assert ax.lines[0].get_color() == "#0072B2"


def test_line_colors_are_visible_and_differ():
    colors = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert len(set(colors)) == 7
    assert min(contrast(color, "white") for color in colors) > 2


def test_korean_letters_have_glyphs():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure, ax = plt.subplots()
        ax.set_title("합성곱 layer −1 × 3", fontweight="bold")
        ax.set_xlabel("필터를 미끄러뜨린다: ŷ ≈ Σ wᵢxᵢ")
        figure.canvas.draw()


def test_missing_glyphs_would_warn():
    """The test above can fail: the same letters without the Korean font."""
    plt.rcParams["font.family"] = ["DejaVu Sans"]
    figure, ax = plt.subplots()
    ax.set_title("합성곱")
    with pytest.warns(UserWarning, match="missing from font"):
        figure.canvas.draw()


def test_style_registers_each_font_once():
    plotting.use_style()
    fonts = [font for font in plotting.font_manager.fontManager.ttflist if "Nanum" in font.fname]
    paths = [font.fname for font in fonts if "koreanize_matplotlib" in font.fname]
    assert len(paths) == len(set(paths)) >= 2


def test_without_the_korean_package(monkeypatch):
    monkeypatch.setattr(plotting.importlib.util, "find_spec", lambda name: None)
    plotting.use_style()
    assert plt.rcParams["font.family"] == ["DejaVu Sans"]


def test_importing_needs_no_framework():
    code = (
        "import sys, warnings; warnings.simplefilter('error'); "
        "from utils import plotting; plotting.use_style(); "
        "print([name for name in ('tensorflow', 'keras', 'torch', 'transformers', "
        "'koreanize_matplotlib', 'distutils') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_matrix_draws_every_number():
    matrix = np.array([[1, -20, 3], [0, 5, 60]])
    ax = plotting.show_matrix(matrix, title="kernel")
    assert isinstance(ax, Axes)
    assert ax.get_title() == "kernel"
    assert texts(ax) == {
        (0, 0): "1", (0, 1): "-20", (0, 2): "3",
        (1, 0): "0", (1, 1): "5", (1, 2): "60",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("matrix", "fmt", "expected"),
    [
        ([[0.125, -2]], None, ["0.12", "-2.00"]),
        ([[0.125, -2]], "+.1f", ["+0.1", "-2.0"]),
        (np.array([[255]], "uint8"), None, ["255"]),
        ([[True, False]], None, ["1", "0"]),
        (np.array([[0.5]], "float16"), None, ["0.50"]),
    ],
)
def test_matrix_formats(matrix, fmt, expected):
    ax = plotting.show_matrix(matrix, fmt=fmt)
    assert [text.get_text() for text in ax.texts] == expected


def test_matrix_leaves_nan_empty():
    ax = plotting.show_matrix([[1.0, np.nan], [np.nan, 4.0]])
    assert texts(ax) == {(0, 0): "1.00", (1, 1): "4.00"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert texts(plotting.show_matrix([[np.nan]])) == {}


def test_cells_are_separated():
    figure, ax = plt.subplots()
    plotting.show_matrix(np.full((3, 2), np.nan), ax)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[::-1, :, :3]
    for line in (-0.5, 0.5, 1.5, 2.5):  # between the rows, and around them
        x, y = ax.transData.transform((0.2, line)).round().astype(int)
        assert pixels[y - 2 : y + 2, x].min() < 220
    for line in (-0.5, 0.5, 1.5):  # between the columns
        x, y = ax.transData.transform((line, 0.2)).round().astype(int)
        assert pixels[y, x - 2 : x + 2].min() < 220
    x, y = ax.transData.transform((0.2, 0.2)).round().astype(int)
    assert pixels[y, x].tolist() == [255, 255, 255]


def test_matrix_draws_on_the_axes_given():
    figure, (left, right) = plt.subplots(1, 2)
    assert plotting.show_matrix([[1]], right) is right
    assert texts(left) == {}
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize("cmap", ["RdBu_r", "gray", "viridis"])
def test_numbers_stand_out_from_their_cells(cmap):
    ax = plotting.show_matrix(np.linspace(-1, 1, 42).reshape(6, 7), cmap=cmap)
    values = ax.images[0].get_array()
    for text in ax.texts:
        column, row = text.get_position()
        cell = ax.images[0].to_rgba(values[row, column])
        assert contrast(text.get_color(), to_hex(cell)) >= 4.5


def test_matrix_colors_show_the_sign():
    image = plotting.show_matrix([[-4, 0, 1, 2]]).images[0]
    blue, white, _, red = image.to_rgba(np.array([-4.0, 0.0, 1.0, 4.0]))
    assert image.get_clim() == (-4, 4)
    assert min(white[:3]) > 0.95
    assert blue[2] > 2 * blue[0] and red[0] > 2 * red[2]
    gray = plotting.show_matrix([[0, 255]], cmap="gray", vmin=0, vmax=255)
    assert gray.images[0].to_rgba([0, 255])[:, 0].tolist() == [0, 1]


def test_highlight_frames_the_window():
    ax = plotting.show_matrix(np.zeros((5, 6)), highlight=(1, 2, 3, 4))
    (frame,) = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert frame.get_bbox().bounds == (1.5, 0.5, 4, 3)  # x, y, width, height
    assert not frame.get_fill()
    assert not plotting.show_matrix(np.zeros((5, 6))).patches


@pytest.mark.parametrize("highlight", [(3, 0, 3, 3), (0, 4, 3, 3), (-1, 0, 2, 2), (0, 0, 0, 1)])
def test_highlight_outside(highlight):
    with pytest.raises(ValueError, match=r"window inside the matrix of shape .*highlight="):
        plotting.show_matrix(np.zeros((5, 6)), highlight=highlight)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 1), (0, 3)])
def test_matrix_shape(shape):
    with pytest.raises(ValueError, match=r"matrix must have shape .* Received: shape="):
        plotting.show_matrix(np.zeros(shape))


def test_images_stand_in_a_grid():
    images = np.arange(5 * 4 * 6).reshape(5, 4, 6, 1)
    axes = plotting.show_images(images, titles=list("abcde"), columns=2)
    assert axes.shape == (5,)
    assert [ax.get_title() for ax in axes] == list("abcde")
    for image, ax in zip(images, axes, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), image[..., 0])
        assert ax.images[0].get_cmap().name == "gray"
    places = [ax.get_subplotspec() for ax in axes]
    assert [(place.rowspan.start, place.colspan.start) for place in places] == [
        (0, 0), (0, 1), (1, 0), (1, 1), (2, 0),
    ]  # fmt: skip
    empty = axes[0].figure.axes[5]
    assert not empty.axison and not empty.images


def test_images_of_different_kinds():
    gray, color = np.eye(3), np.full((2, 5, 3), 0.5)
    axes = plotting.show_images([gray, color], vmin=-1, vmax=2)
    assert axes[0].images[0].get_clim() == (-1, 2)
    np.testing.assert_array_equal(axes[1].images[0].get_array(), color)
    assert len(plotting.show_images(np.zeros((9, 2, 2)))[0].figure.axes) == 16  # two rows of eight


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": []}, "at least one picture. Received: 0 pictures"),
        ({"images": np.zeros((3, 4))}, r"images\[0\] with shape=\(4,\)"),
        ({"images": np.zeros((1, 4, 4, 2))}, r"images\[0\] with shape=\(4, 4, 2\)"),
        ({"images": np.zeros((2, 4, 4)), "titles": ["a"]}, "the images, 2. Received: 1 titles"),
        ({"images": np.zeros((2, 4, 4)), "columns": 0}, "Received: columns=0"),
    ],
)
def test_images_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        plotting.show_images(**arguments)
    assert not plt.get_fignums()
