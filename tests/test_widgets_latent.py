"""The latent-space widget: its decoder is Keras's, and what a reader can do with it."""

import base64
import functools
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from utils import experiments, faces, widgets
from utils.widgets import _latent

STUDIES = {"digits": "digit_latent", "faces": "face_latent"}


def state_of(html):
    return json.loads(re.search(r'json">(.*)</script>', html)[1])


@functools.cache
def trained(name):
    """The study and its stored networks in Keras."""
    study = experiments.open_study(STUDIES[name])
    return study, study.load()


@pytest.fixture
def page(pages):
    return pages.open(widgets.placeholder("latent"))


@pytest.mark.parametrize("name", STUDIES)
def test_decodes_as_keras_does(page, name):
    study, models = trained(name)
    model = state_of(widgets.placeholder("latent"))["models"][name]
    points = np.random.default_rng(1).normal(size=(50, study.LATENT_DIM)) * 1.5
    run = """([model, points]) => {
        const decode = bookWidgets.latent.decoder(model);
        return points.map((point) => [...decode(point)]);
    }"""
    found = np.array(page.evaluate(run, [model, points.tolist()]))
    expected = study.decode(models, points).reshape(50, -1)
    assert expected.std() > 0.2
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_unpacks_every_kind_of_half(page):
    halves = np.array([0, 1, -1, 0.1, -2.5, 65504, 6e-8, 3e-5, -6.1e-5, 1e-4], dtype="<f2")
    text = base64.b64encode(halves.tobytes()).decode()
    found = page.evaluate("text => [...bookWidgets.latent.unpack(text)]", text)
    np.testing.assert_array_equal(np.float32(found), halves.astype("float32"))


def test_planes_of_faces_are_codes_and_differences_of_group_means():
    study, models = trained("faces")
    model = state_of(widgets.placeholder("latent"))["models"]["faces"]
    pictures, labels = faces.draw_faces(1000, 4)
    codes = study.encode(models, pictures / np.float32(255))
    smile = study.group_difference(codes, labels["smile"])
    for plane in model["planes"]:
        np.testing.assert_allclose(plane["right"], smile, atol=2e-3)
    ends = {}
    for x, y in [(-1, 0), (1, 0), (0, -1), (0, 1)]:
        points = [
            np.array(p["origin"]) + x * np.array(p["right"]) + y * np.array(p["up"])
            for p in model["planes"]
        ]
        ends[x, y] = study.read(models, study.decode(models, np.array(points)))
    assert (ends[1, 0]["smile"] - ends[-1, 0]["smile"]).min() > 0.8
    assert ends[0, 1]["glasses"].mean() > 0.7 > 0.3 > ends[0, -1]["glasses"].mean()
    assert _latent.FACES == len(model["planes"])


def place(page):
    label = page.locator(".w-point").get_attribute("aria-label").replace("−", "-")
    return tuple(map(float, re.search(r"\D(-?[\d.]+), .*?(-?[\d.]+)\. Arrow", label).groups()))


def gray(page):
    """The large picture as pixels from 0 to 1, at the decoder's own size."""
    address = page.locator(".w-decoded").evaluate("canvas => canvas.toDataURL()")
    picture = Image.open(io.BytesIO(base64.b64decode(address.split(",")[1])))
    return np.asarray(picture.convert("L")) / 255


def test_shows_what_keras_decodes_where_the_point_is_dragged(page):
    study, models = trained("digits")
    assert place(page) == (0, 0)
    box = page.locator(".w-pad").bounding_box()
    for x, y in [(0.2, 0.3), (0.8, 0.6)]:
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
        page.mouse.up()
        assert place(page) == pytest.approx((6 * x - 3, 3 - 6 * y), abs=0.02)
        exact = np.array([[6 * x - 3, 3 - 6 * y]])
        expected = study.decode(models, exact)[0, :, :, 0]
        found = gray(page)[4::8, 4::8]
        assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.97
    page.mouse.move(box["x"], box["y"])  # after the release nothing follows
    assert place(page) == pytest.approx((1.8, -0.6), abs=0.02)
    page.get_by_role("button", name="Back to the middle").click()
    assert place(page) == (0, 0)


def test_a_finger_drags_the_point_taps_and_scrolls_beside_it(pages):
    page = pages.open(
        '<div style="height:300px"></div>'
        + widgets.placeholder("latent")
        + '<div style="height:900px"></div>',
        has_touch=True,
        is_mobile=True,
        viewport={"width": 390, "height": 700},
    )
    page.evaluate("scrollBy(0, 280)")
    box, scrolled = page.locator(".w-pad").bounding_box(), page.evaluate("scrollY")
    pages.swipe(
        page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, down=box["height"] / 4
    )
    assert place(page) == pytest.approx((0, -1.5), abs=0.05)
    assert page.evaluate("scrollY") == scrolled

    dragged = page.locator(".w-point").get_attribute("aria-label")
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.wait_for_function(  # the click follows the tap
        "was => document.querySelector('.w-point').getAttribute('aria-label') !== was", arg=dragged
    )
    assert place(page) == pytest.approx((-1.5, 1.5), abs=0.05)

    pages.swipe(page, box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"], down=-100)
    page.wait_for_function("before => scrollY > before + 50", arg=scrolled)
    assert place(page) == pytest.approx((-1.5, 1.5), abs=0.05)


def test_by_keyboard_and_within_the_map(pages):
    page = pages.open(widgets.placeholder("latent", place=(1.5, -1)), "http")
    assert place(page) == (1.5, -1)
    page.locator(".w-point").focus()
    before = gray(page)
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    assert place(page) == pytest.approx((1.8, -0.4))
    assert np.abs(gray(page) - before).max() > 0.2
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    assert place(page)[0] == -3
    page.get_by_role("radiogroup", name="model").get_by_label("digits").focus()
    assert page.get_by_role("radiogroup", name="face").count() == 0
    page.keyboard.press("ArrowRight")
    assert place(page) == (0, 0)
    assert page.get_by_role("radiogroup", name="face").is_visible()
    assert page.locator(".w-title").inner_text() == "smile = 0, glasses = 0"
    first = gray(page)
    page.get_by_role("radiogroup", name="face").get_by_label("2", exact=True).check()
    assert np.abs(gray(page) - first).max() > 0.2


@pytest.mark.parametrize("model", STUDIES)
def test_fits_a_narrow_page(pages, narrow_page, model):
    body = widgets.placeholder("latent", model=model)
    still = pages.open(body, java_script_enabled=False).locator(".w-still")
    assert still.evaluate("image => image.naturalWidth") == 3 * (28 if model == "digits" else 32)
    page = narrow_page(body)
    assert page.locator(".w-point").bounding_box()["width"] >= 40
    box = page.locator(".w-pad").bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=1)


def test_still_picture_frames_the_decoding_at_the_point():
    html = widgets.placeholder("latent", place=(-2, 2))
    assert html == widgets.placeholder("latent", model="digits", place=[-2, 2])
    assert "The latent plane of digits, with the point at z₁ = −2, z₂ = 2." in html
    bitmap = base64.b64decode(re.search(r'bmp;base64,([^"]+)"', html)[1])
    tiles = np.asarray(Image.open(io.BytesIO(bitmap))).reshape(3, 28, 3, 28).swapaxes(1, 2) / 255
    study, models = trained("digits")
    expected = study.decode(models, np.array([[-2, 2], [2, -2]]))[..., 0]
    inside = slice(1, -1), slice(1, -1)
    np.testing.assert_allclose(tiles[0, 0][inside], expected[0][inside], atol=0.04)
    np.testing.assert_allclose(tiles[2, 2], expected[1], atol=0.04)
    assert (tiles[0, 0][0] == 136 / 255).all()


def test_the_decoders_are_small():
    models = state_of(widgets.placeholder("latent"))["models"]
    for model in models.values():
        pairs = zip(model["units"], model["units"][1:], strict=False)
        numbers = sum((a + 1) * b for a, b in pairs)
        assert len(base64.b64decode(model["weights"])) == 2 * numbers <= 400_000


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"model": "cats"}, "model must be one of 'digits', 'faces'. Received: model='cats'"),
        (
            {"place": (4, 0)},
            "place must be two numbers from -3 to 3. Received: place=[4.0, 0.0]",
        ),
        (
            {"model": "faces", "place": (2, 0)},
            "place must be two numbers from -1.5 to 1.5. Received: place=[2.0, 0.0]",
        ),
    ],
)
def test_messages(state, message):
    with pytest.raises(ValueError) as caught:
        widgets.show("latent", **state)
    assert str(caught.value) == message
