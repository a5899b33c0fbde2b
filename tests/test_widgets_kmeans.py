"""The k-means widget: its arithmetic is that of the reference, and what a reader can do with it."""

import json
import random
import re

import numpy as np
import pytest

from utils import widgets
from utils.reference import kmeans as reference


def state_of(html):
    return json.loads(re.search(r'json">(.*)</script>', html)[1])


@pytest.fixture
def page(pages):
    return pages.open(widgets.placeholder("kmeans"))


def settings():
    """Points, centers and random numbers of 200 settings, with empty clusters among them."""
    sets = [one["points"] for one in state_of(widgets.placeholder("kmeans"))["sets"].values()]
    cases = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        points = sets[seed % 4] if seed % 4 < 3 else rng.normal(size=(20, 2)).tolist()
        points = np.array(points)
        k = int(rng.integers(1, 7))
        centers = reference.random_centers(points, k, rng)
        centers += rng.normal(scale=0.01, size=centers.shape)  # off the half-way points
        if seed % 5 == 0:
            centers[rng.integers(k)] += 100  # an empty cluster, unless it is the only one
        draws = rng.random(6).tolist()
        cases.append({"points": points.tolist(), "centers": centers.tolist(), "draws": draws})
    return cases


class Draws:
    """Gives listed numbers as `numpy.random.Generator.random` would."""

    def __init__(self, numbers):
        """Take the numbers."""
        self.random = iter(numbers).__next__


def test_arithmetic_is_that_of_the_reference(page, monkeypatch):
    cases = settings()
    run = """cases => cases.map(({ points, centers, draws }) => {
        const w = bookWidgets.kmeans;
        const labels = w.assign(points, centers);
        const numbers = [...draws];
        return {
            labels, inertia: w.inertia(points, centers, labels),
            moved: w.move(points, centers, labels), end: w.run(points, centers),
            careful: w.plusPlusCenters(points, centers.length, () => numbers.shift()),
        };
    })"""
    monkeypatch.setattr(reference.np.random, "default_rng", lambda rng: rng)
    emptied = 0
    for case, found in zip(cases, page.evaluate(run, cases), strict=True):
        points, centers = np.array(case["points"]), np.array(case["centers"])
        labels = reference.assign(points, centers)
        emptied += len(np.unique(labels)) < len(centers)
        np.testing.assert_array_equal(found["labels"], labels)
        total = reference.inertia(points, centers, labels)
        assert found["inertia"] == pytest.approx(total, rel=1e-12)
        moved = reference.move(points, centers, labels)
        np.testing.assert_allclose(found["moved"], moved, rtol=1e-12, atol=1e-12)
        end = reference.kmeans(points, centers)
        np.testing.assert_array_equal(found["end"]["labels"], end.labels)
        np.testing.assert_allclose(found["end"]["centers"], end.centers, rtol=1e-12, atol=1e-12)
        assert found["end"]["iterations"] == end.iterations
        careful = reference.plus_plus_centers(points, len(centers), Draws(case["draws"]))
        np.testing.assert_array_equal(found["careful"], careful)
    assert emptied >= 30


def test_random_start_draws_different_points(page):
    run = """draws => bookWidgets.kmeans.randomCenters(
        [[0, 0], [1, 0], [2, 0], [3, 0]], 3, () => draws.shift())"""
    assert page.evaluate(run, [0, 0, 0.99]) == [[0, 0], [1, 0], [3, 0]]
    assert page.evaluate(run, [0.5, 0.5, 0.5]) == [[2, 0], [1, 0], [3, 0]]


def value(page, row):
    return page.locator(".w-value").nth(row).inner_text()


def place(page, center):
    label = page.locator(".w-center").nth(center).get_attribute("aria-label")
    numbers = re.search(r" at (\S+), (\S+)\. ", label.replace("−", "-"))
    return float(numbers[1]), float(numbers[2])


def test_steps_are_those_of_the_reference(page):
    state = state_of(widgets.placeholder("kmeans"))
    points, centers = np.array(state["sets"]["iris petals"]["points"]), np.array(state["centers"])
    assert value(page, 0) == "–"
    step = page.get_by_role("button", name="Step")
    labels = None
    for rounds in range(1, 30):
        assert step.inner_text() == "Step: assign"
        step.click()
        before, labels = labels, reference.assign(points, centers)
        assert float(value(page, 0)) == round(reference.inertia(points, centers, labels), 2)
        if before is not None and np.array_equal(before, labels):
            break
        assert step.inner_text() == "Step: move"
        step.click()
        centers = reference.move(points, centers, labels)
        assert value(page, 1) == str(rounds)
        for index, center in enumerate(centers):
            assert place(page, index) == pytest.approx(center, abs=0.006)
    assert rounds > 2
    assert page.locator(".w-title").inner_text().startswith("Converged")
    assert step.is_disabled()
    shown = page.locator(".w-plot circle[class^='w-k']").evaluate_all(
        "nodes => nodes.map((node) => Number(node.getAttribute('class').slice(3)))"
    )
    assert shown == labels.tolist()
    assert value(page, 2) == value(page, 0)


def test_start_and_k_and_data_can_be_chosen(page):
    draw = random.Random(0)
    for name in ("wine", "wireless sign", "iris petals"):
        page.get_by_label("data").select_option(name)
        for k in draw.sample(range(1, 7), 3):
            page.get_by_role("radiogroup", name="k").get_by_label(str(k), exact=True).check()
            assert page.locator(".w-center").count() == k
            for start in ("random start", "start by k-means++"):
                page.get_by_role("button", name=start).click()
                assert value(page, 0) == "–"
                page.get_by_role("button", name="Run to the end").click()
                assert page.locator(".w-title").inner_text().startswith("Converged")
                lowest = float(value(page, 2).replace(",", ""))
                assert lowest <= float(value(page, 0).replace(",", ""))


def test_a_center_can_be_dragged_and_nothing_else(page):
    page.get_by_role("button", name="Run to the end").click()
    before = [place(page, index) for index in range(3)]
    inertia = float(value(page, 0))
    box = page.locator(".w-center").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 5, steps=4)
    page.mouse.up()
    page.mouse.move(x, y)  # after the release nothing follows
    after = [place(page, index) for index in range(3)]
    assert after[0][0] > before[0][0] + 0.3 and after[1:] == before[1:]
    assert float(value(page, 0)) > inertia
    assert page.locator(".w-title").inner_text().startswith("Center 1 was put there")
    page.get_by_role("button", name="Run to the end").click()
    assert page.locator(".w-title").inner_text().startswith("Converged")

    places = "nodes => nodes.map((node) => node.getAttribute('cx'))"
    dots = page.locator(".w-plot g:first-child circle")
    fixed = dots.evaluate_all(places)
    dot = dots.nth(70).bounding_box()
    page.mouse.move(dot["x"] + 2, dot["y"] + 2)
    page.mouse.down()
    page.mouse.move(dot["x"] + 80, dot["y"] + 40)
    page.mouse.up()
    assert dots.evaluate_all(places) == fixed


def test_a_center_can_be_dragged_by_touch(pages):
    page = pages.open(
        '<div style="height:300px"></div>'
        + widgets.placeholder("kmeans")
        + '<div style="height:900px"></div>',
        viewport={"width": 390, "height": 800},
    )
    center = page.locator(".w-center").first
    page.evaluate("scrollBy(0, 280)")
    assert center.evaluate("node => getComputedStyle(node).touchAction") == "none"
    before, others = place(page, 0), [place(page, 1), place(page, 2)]
    box = center.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    scrolled = page.evaluate("scrollY")
    assert scrolled > 200  # so that it could scroll, up and down
    pages.swipe(page, x, y, right=-45, down=30)
    moved = place(page, 0)
    assert moved != before and [place(page, 1), place(page, 2)] == others
    assert page.evaluate("scrollY") == scrolled
    assert page.locator(".w-title").inner_text().startswith("Center 1 was put there")


def test_by_keyboard(pages):
    page = pages.open(widgets.placeholder("kmeans", k=2), "http")
    page.get_by_role("radiogroup", name="k").get_by_label("2", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".w-center").count() == 3
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Center 1")
    before = place(page, 0)
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    assert page.locator(".w-center").count() == 3
    moved = place(page, 0)
    assert moved != before
    for _ in range(60):
        page.keyboard.press("ArrowLeft")
    assert place(page, 0)[0] == 1.0  # the shortest petal: a center stays in the picture
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Step: move"
    page.keyboard.press("Enter")
    assert page.locator(".w-title").inner_text().startswith("Moved")
    assert page.locator(".w-title").get_attribute("role") == "status"


def test_an_empty_center_is_named(pages):
    page = pages.open(widgets.placeholder("kmeans", data="wireless sign", k=6))
    # Two centers at one place: the one with the higher number gets no point.
    for center in (0, 1):
        page.locator(".w-center").nth(center).focus()
        for _ in range(60):
            page.keyboard.press("ArrowLeft")
        for _ in range(60):
            page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Step").click()
    said = page.locator(".w-title").inner_text()
    assert re.fullmatch(r"Moved\. Center .*2.* had no point and takes the farthest one\.", said)


def test_fits_a_narrow_page(narrow_page):
    body = "".join(
        widgets.placeholder("kmeans", data=name, k=6)
        for name in ("iris petals", "wine", "wireless sign")
    )

    def run(page):
        for one in page.get_by_role("button", name="Run to the end").all():
            one.click()

    page = narrow_page(body, run)
    for grip in page.locator(".w-grip").all():  # large enough for a finger
        assert grip.bounding_box()["width"] >= 40


def test_still_picture_is_the_start(pages):
    html = widgets.placeholder("kmeans", data="wine", k=4)
    assert html == widgets.placeholder("kmeans", k=4, data="wine")
    state = state_of(html)
    points = state["sets"]["wine"]["points"]
    assert all(center in points for center in state["centers"]) and len(points) == 178
    assert len(re.findall("h0", html)) == 178
    assert re.findall(r">(\d)</text>", html) == ["1", "2", "3", "4"]
    assert "178 points and 4 centers" in html
    page = pages.open(html)
    for index, center in enumerate(state["centers"]):
        assert place(page, index) == pytest.approx(center, abs=0.006)


def test_the_sign_is_the_picture_of_the_data_set():
    from utils import data

    emoji = data.load_arrays("emoji", "train", as_dict=True)
    (index,) = np.flatnonzero(emoji["name"] == "wireless")
    rgba = emoji["image"][index] / 255
    white = (rgba[..., :3] * rgba[..., 3:] + 1 - rgba[..., 3:]).min(axis=2) > 0.8
    inside = white[14:-14, 14:-14]
    rows, columns = np.nonzero(inside)
    sign = inside[rows.min() : rows.max() + 1 : 2, columns.min() : columns.max() + 1 : 2]
    row, column = np.nonzero(sign)
    expected = np.column_stack([column, -row]).tolist()
    assert state_of(widgets.placeholder("kmeans"))["sets"]["wireless sign"]["points"] == expected


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"k": 0}, "k must be one of 1 to 6. Received: k=0"),
        (
            {"data": "iris"},
            "data must be one of 'iris petals', 'wine', 'wireless sign'. Received: data='iris'",
        ),
    ],
)
def test_messages(state, message):
    with pytest.raises(ValueError) as caught:
        widgets.show("kmeans", **state)
    assert str(caught.value) == message
