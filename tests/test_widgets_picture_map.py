"""The picture map: neighbors are those that Python finds, and what a reader can do with it."""

import base64
import io
import json
import re

import numpy as np
import pytest
import waiting
from PIL import Image
from sklearn.datasets import load_digits

from utils import widgets
from utils.reference import pca

NAMES = [f"kind {digit}" for digit in range(10)]
COUNT = 60


def digits():
    """Real pictures of 8×8, made uint8, at their PCA coordinates, with their labels."""
    table = load_digits()
    places = pca.transform(table.data, pca.fit(table.data, 2))[:COUNT]
    images = (table.images[:COUNT] * 15.9375).astype(np.uint8)
    return {"images": images, "places": places, "kinds": table.target[:COUNT], "names": NAMES}


def state_of(html):
    return json.loads(re.search(r'json">(.*)</script>', html)[1])


@pytest.fixture(scope="module")
def html():
    return widgets.placeholder("picture_map", **digits())


@pytest.fixture(scope="module")
def state(html):
    return state_of(html)


@pytest.fixture
def page(pages, html):
    return pages.open(html, viewport={"width": 900, "height": 1300})


# Python


def test_neighbors_are_those_of_a_search_by_hand(state):
    given = digits()
    places = np.array(state["places"])
    np.testing.assert_allclose(places, given["places"], atol=0.005 + 1e-9)
    pixels = given["images"].reshape(COUNT, -1) / 255
    for index in range(COUNT):
        for which, points in enumerate((places, pixels)):
            away = [np.linalg.norm(points[index] - other) for other in points]
            away[index] = np.inf
            assert state["near"][index][which] == np.argmin(away)
            apart = np.linalg.norm(pixels[index] - pixels[state["near"][index][which]])
            assert state["apart"][index][which] == pytest.approx(apart, abs=0.0051)
    assert all(on_map >= in_all for on_map, in_all in state["apart"])
    margin = np.array(state["apart"])[:, 0] - np.array(state["apart"])[:, 1]
    assert margin[state["chosen"]] == pytest.approx(margin.max(), abs=0.02) and margin.max() > 0.5
    assert state["kinds"] == given["kinds"].tolist()


def test_pixels_have_16_levels_and_the_still_picture_shows_them(html, state):
    expected = np.rint(digits()["images"] / 17).astype(int)
    data = base64.b64decode(state["pixels"])
    levels = np.array([[byte >> 4, byte & 15] for byte in data]).reshape(COUNT, 8, 8)
    np.testing.assert_array_equal(levels, expected)
    seen = []
    for text in re.findall(r"data:image/bmp;base64,([^\"]+)", html):
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("L"))
        matches = (expected * 17 == picture).all(axis=(1, 2))
        seen.append(int(matches.argmax()))
        assert matches.any()
    assert len(set(seen)) == len(seen) > 10
    assert seen[-1] == state["chosen"]
    assert "png" not in html and len(re.findall("h0", html)) == COUNT
    kind = NAMES[state["kinds"][state["chosen"]]]
    assert f"A map of {COUNT} pictures. Of one, {kind}, the nearest on the map is" in html


def test_a_picture_of_odd_size_is_stored_whole():
    images = np.random.default_rng(0).integers(0, 256, (3, 5, 7, 1), dtype=np.uint8)
    html = widgets.placeholder(
        "picture_map", images=images, places=[[0, 0], [9, 9], [0, 5]], kinds=[0, 0, 0], names=["a"]
    )
    data = base64.b64decode(state_of(html)["pixels"])
    assert len(data) == 53  # 105 pixels and half a byte that is left over
    levels = np.array([[byte >> 4, byte & 15] for byte in data]).ravel()[:105]
    np.testing.assert_array_equal(levels, np.rint(images.ravel() / 17))
    first = re.findall(r"data:image/bmp;base64,([^\"]+)", html)[-1]
    chosen = state_of(html)["chosen"]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(first))).convert("L"))
    np.testing.assert_array_equal(picture, levels.reshape(3, 5, 7)[chosen] * 17)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"images": np.zeros((4, 8, 8))},
            "images must be uint8 of shape (pictures, height, width)",
        ),
        ({"images": np.zeros((401, 2, 2), np.uint8)}, "Received: 401 pictures"),
        ({"places": np.zeros((COUNT, 3))}, f"places must be finite numbers of shape ({COUNT}, 2)."),
        ({"places": np.full((COUNT, 2), np.nan)}, "places must be finite numbers"),
        ({"places": np.zeros((COUNT, 2))}, "places must differ along both axes."),
        ({"kinds": np.zeros(COUNT)}, f"kinds must be integers of shape ({COUNT},)."),
        ({"names": ["a", "b"]}, "kinds must be indices into the 2 names. Received: values from 0"),
        ({"chosen": COUNT}, f"chosen must be one of 0 to {COUNT - 1}. Received: chosen={COUNT}"),
    ],
)
def test_messages(change, message):
    with pytest.raises(ValueError) as caught:
        widgets.show("picture_map", **(digits() | change))
    assert message in str(caught.value)


# Chromium


def frame(page, kind):
    """Middle of a frame on the map, in pixels of the page, and its side."""
    box = page.locator(f".w-marks rect.{kind}").bounding_box()
    return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]), box["width"]


def status(page):
    return page.locator("p[role=status]").text_content()


def expected_status(state, index):
    kind = [NAMES[state["kinds"][i]] for i in (index, *state["near"][index])]
    same = ", the same picture" if len(set(state["near"][index])) == 1 else ""
    return (
        f"{kind[0]}. Nearest on the map: {kind[1]}. Nearest in all 64 dimensions: {kind[2]}{same}."
    )


def shown(page, card):
    """Gray levels of the picture on a card."""
    return np.array(
        page.locator(".w-card canvas")
        .nth(card)
        .evaluate(
            """node => {
                const copy = document.createElement("canvas").getContext("2d");
                copy.drawImage(node, 0, 0);
                return [...copy.getImageData(0, 0, 8, 8).data]
                .filter((_, at) => at % 4 === 0).map((value) => Math.round(value / 17)); }"""
        )
    ).reshape(8, 8)


def on_page(page, state, index):
    """Where a picture lies before any zoom, from the places alone."""
    places = np.array(state["places"])
    low, high = places.min(axis=0), places.max(axis=0)
    box = page.locator(".w-marks").bounding_box()
    unit = 552 / (high - low)[0]
    x = 24 + unit * (places[index][0] - low[0])
    y = 24 + unit * (high[1] - places[index][1])
    return np.array([box["x"], box["y"]]) + np.array([x, y]) * box["width"] / 600


def lonely(state):
    """Pictures whose neighbor on the map is far enough away to point at them."""
    places = np.array(state["places"])
    away = np.linalg.norm(places - places[np.array(state["near"])[:, 0]], axis=1)
    return np.argsort(-away)[:15]


def test_hovering_shows_the_picture_and_its_neighbors(page, state):
    levels = np.rint(digits()["images"] / 17).astype(int)
    for index in lonely(state):
        place = on_page(page, state, index)
        page.mouse.move(*place)
        assert status(page) == expected_status(state, index)
        for card, one in enumerate((index, *state["near"][index])):
            np.testing.assert_array_equal(shown(page, card), levels[one])
        np.testing.assert_allclose(frame(page, "w-chosen")[0], place, atol=1)
        for which, kind in enumerate(("w-near", "w-all")):
            expected = on_page(page, state, state["near"][index][which])
            np.testing.assert_allclose(frame(page, kind)[0], expected, atol=1)
        on_map = state["near"][index][0]
        away = np.linalg.norm(np.subtract(state["places"][index], state["places"][on_map]))
        words = page.locator(".w-card.w-near .w-note").text_content()
        number = float(words.split(" away")[0])
        assert number == pytest.approx(away, abs=0.051 if away >= 1 else 0.0051)
        in_all = float(re.search(r"map, (\S+) in all", words)[1])
        assert in_all == pytest.approx(state["apart"][index][0], abs=0.06)


def test_the_canvas_holds_the_pictures(page, state):
    """There is ink around the place of each picture, and none in a corner that has no picture."""
    canvas, box = page.locator(".w-pictures"), page.locator(".w-pictures").bounding_box()
    picture = base64.b64decode(canvas.evaluate("node => node.toDataURL()").split(",")[1])
    alpha = np.asarray(Image.open(io.BytesIO(picture)))[..., 3]
    assert alpha.shape == tuple(canvas.evaluate("node => [node.height, node.width]"))
    places = np.array([on_page(page, state, index) for index in range(COUNT)])
    columns, rows = np.rint((places - [box["x"], box["y"]]) * alpha.shape[1] / box["width"]).T
    around = [alpha[int(y) - 8 : int(y) + 8, int(x) - 8 : int(x) + 8].mean() for x, y in
              zip(columns, rows, strict=True)]  # fmt: skip
    assert min(around) > 50
    far = np.ones(alpha.shape, dtype=bool)
    for x, y in zip(columns, rows, strict=True):
        far[max(int(y) - 20, 0) : int(y) + 20, max(int(x) - 20, 0) : int(x) + 20] = False
    assert far.mean() > 0.1 and alpha[far].max() == 0


def test_buttons_zoom_and_lead_back(page, state):
    center, side = frame(page, "w-chosen")
    box = page.locator(".w-marks").bounding_box()
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    assert page.get_by_role("button", name="Zoom out").is_disabled()
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator("output").inner_text() == "× 1.5"
    zoomed, larger = frame(page, "w-chosen")
    np.testing.assert_allclose(zoomed - middle, 1.5 * (center - middle), atol=1)
    assert larger == pytest.approx(side * 1.5**0.5, abs=2.5)  # a frame has a line
    for _ in range(9):
        if page.get_by_role("button", name="Zoom in").is_enabled():
            page.get_by_role("button", name="Zoom in").click()
    assert page.locator("output").inner_text() == "× 12.0"
    assert page.get_by_role("button", name="Zoom in").is_disabled()
    page.get_by_role("button", name="Whole map").click()
    np.testing.assert_allclose(frame(page, "w-chosen")[0], center, atol=1)


def test_the_wheel_zooms_where_it_points_and_else_scrolls(pages, html, state):
    page = pages.open(html + '<div style="height: 2000px"></div>')
    index = lonely(state)[0]
    place = on_page(page, state, index)
    page.mouse.move(*place)
    page.mouse.wheel(0, 50)
    page.wait_for_function("window.scrollY === 50")
    assert page.locator("output").inner_text() == "× 1.0"
    place = on_page(page, state, index)
    page.mouse.click(*place)
    page.mouse.wheel(0, -300)
    page.wait_for_function("document.querySelector('output').textContent === '× 2.7'")
    waiting.rest(page)
    assert page.evaluate("window.scrollY") == 50
    assert status(page) == expected_status(state, index)
    np.testing.assert_allclose(frame(page, "w-chosen")[0], place, atol=1.5)
    page.mouse.wheel(0, 3000)
    page.wait_for_function("document.querySelector('output').textContent === '× 1.0'")
    waiting.rest(page)
    assert page.evaluate("window.scrollY") == 50
    page.mouse.wheel(0, 50)  # nothing left to zoom: the page scrolls
    page.wait_for_function("window.scrollY === 100")


def test_dragging_moves_the_map_and_chooses_nothing(page, state):
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    box = page.locator(".w-marks").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    said, before = status(page), frame(page, "w-chosen")[0]
    page.mouse.down()
    page.mouse.move(x + 40, y - 25, steps=4)
    page.mouse.up()
    np.testing.assert_allclose(frame(page, "w-chosen")[0] - before, [40, -25], atol=1)
    assert status(page) == said
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 4000, y + 4000)  # the edge of the map stops at the edge of the picture
    page.mouse.up()
    corner = np.array([box["x"], box["y"]])
    same = [i for i in range(COUNT) if status(page) == expected_status(state, i)]
    places = np.array([on_page(page, state, index) - corner for index in same])
    away = frame(page, "w-chosen")[0] - corner - 2.25 * places
    assert np.linalg.norm(away, axis=1).min() < 2


def test_two_fingers_zoom_and_a_tap_chooses(pages, html, state):
    page = pages.open(html, has_touch=True, viewport={"width": 700, "height": 1000})
    index = lonely(state)[1]
    page.touchscreen.tap(*on_page(page, state, index))
    page.wait_for_function(
        "said => document.querySelector('p[role=status]').textContent === said",
        arg=expected_status(state, index),
    )
    assert page.locator(".w-map").evaluate("node => node.style.touchAction") == "pan-y"
    box = page.locator(".w-marks").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    client = page.context.new_cdp_session(page)

    def touch(kind, half):
        points = [{"x": x - half, "y": y, "id": 0}, {"x": x + half, "y": y, "id": 1}]
        points = [] if kind == "touchEnd" else points
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 50)
    for half in (60, 80, 100):
        touch("touchMove", half)
    touch("touchEnd", 0)
    page.wait_for_function(
        "Math.abs(document.querySelector('output').textContent.slice(2) - 2) <= 0.15"
    )
    waiting.rest(page)
    assert float(page.locator("output").inner_text()[2:]) == pytest.approx(2, abs=0.15)
    assert page.locator(".w-map").evaluate("node => node.style.touchAction") == "none"
    assert status(page) == expected_status(state, index)


def test_by_keyboard(pages, html, state):
    page = pages.open(html, "http")
    page.keyboard.press("Tab")
    stage = page.get_by_role("application")
    assert page.evaluate("document.activeElement.className") == "w-map"
    assert stage.get_attribute("aria-label").startswith(f"Map of {COUNT} pictures. Arrow keys")
    at = state["chosen"]
    places = np.array(state["places"])
    for key, direction in {"ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowLeft": (-1, 0)}.items():
        along = (places - places[at]) @ direction
        aside = np.abs((places - places[at]) @ (direction[1], direction[0]))
        ahead = np.flatnonzero((along > 0) & (aside <= along))
        if len(ahead):
            at = ahead[np.linalg.norm(places[ahead] - places[at], axis=1).argmin()]
        page.keyboard.press(key)
        assert status(page) == expected_status(state, at)
    before = frame(page, "w-chosen")[0]
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert page.locator("output").inner_text() == "× 2.3"
    box = page.locator(".w-marks").bounding_box()
    center = frame(page, "w-chosen")[0]
    assert box["x"] <= center[0] <= box["x"] + box["width"]
    page.keyboard.press("Shift+ArrowRight")
    assert frame(page, "w-chosen")[0][0] < center[0] - 10
    page.keyboard.press("0")
    np.testing.assert_allclose(frame(page, "w-chosen")[0], before, atol=1)
    # The neighbors are buttons: they lead from picture to picture.
    for name, which in (("nearest on the map", 0), ("nearest in all 64", 1)):
        button = page.get_by_role("button", name=f"Go to the {name}")
        button.focus()
        page.keyboard.press("Enter")
        at = state["near"][at][which]
        assert status(page) == expected_status(state, at)


def test_every_picture_is_reached_by_arrow_keys(page, state):
    """From the first picture, some way of arrow keys leads to each other one."""
    ways = page.evaluate(
        """places => places.map((_, from) => [[1, 0], [-1, 0], [0, 1], [0, -1]].map(
            (way) => bookWidgets.picture_map.next(places, from, way)))""",
        state["places"],
    )
    reached, edge = {0}, [0]
    while edge:
        edge = [new for one in edge for new in ways[one] if new is not None and new not in reached]
        reached |= set(edge)
    assert len(reached) >= 0.9 * COUNT


def test_fits_a_narrow_page(narrow_page, html, scheme):
    def zoom(page):
        page.get_by_role("button", name="Zoom in").click()

    page = narrow_page(html, zoom, inside=".w-body :not(.w-marks *)")
    inverted = page.locator(".w-pictures").evaluate("node => getComputedStyle(node).filter")
    assert inverted == {"light": "invert(0)", "dark": "invert(1)"}[scheme]


def test_the_summary_counts_the_neighbors(page, state):
    near, kinds = np.array(state["near"]), np.array(state["kinds"])
    others = (kinds[near] != kinds[:, np.newaxis]).sum(axis=0)
    words = page.locator(".w-body > .w-note").last.text_content()
    same = (near[:, 0] == near[:, 1]).sum()
    assert f"Of these {COUNT} pictures, {same} have the same nearest neighbor" in words
    assert f"for {others[0]} on the map and for {others[1]} in all dimensions" in words
