"""The moving-average widget: its arithmetic is the reference's, and what a reader can do."""

import json
import re

import numpy as np
import pytest

from utils import widgets
from utils.reference.averaging import exponential_moving_average, weights_of_past
from utils.widgets import _moving_average


def state_of(html):
    return json.loads(re.search(r'json">(.*)</script>', html)[1])


@pytest.fixture
def page(pages):
    return pages.open(widgets.placeholder("moving_average"))


def test_arithmetic_is_that_of_the_reference(page):
    rng = np.random.default_rng(0)
    cases = [
        {"values": rng.uniform(0, 100, size=length).tolist(), "beta": beta,
         "start": float(rng.uniform(0, 100)), "steps": int(rng.integers(1, length + 1))}
        for length in (1, 2, 7, 40)
        for beta in [*_moving_average.BETAS, *rng.random(10).tolist()]
    ]  # fmt: skip
    run = """cases => cases.map(({ values, beta, start, steps }) => {
        const w = bookWidgets.moving_average;
        const plain = w.averages(values, beta, start);
        return { plain, weights: w.weights(beta, steps),
            corrected: w.averages(values, beta, 0, true),
            shares: w.weights(beta, steps, true), off: w.distance(plain, values) };
    })"""
    for case, found in zip(cases, page.evaluate(run, cases), strict=True):
        values, beta, start, steps = case.values()
        plain = exponential_moving_average(values, beta, start)
        np.testing.assert_allclose(found["plain"], plain, rtol=1e-12)
        weights = weights_of_past(beta, steps)
        np.testing.assert_allclose(found["weights"], weights, rtol=1e-12, atol=1e-15)
        off = np.sqrt(np.mean((plain - values) ** 2))
        assert found["off"] == pytest.approx(off, rel=1e-9, abs=1e-9)
        if beta < 1:
            corrected = exponential_moving_average(values, beta, correct=True)
            np.testing.assert_allclose(found["corrected"], corrected, rtol=1e-10)
            shares = weights[1:] / weights[1:].sum()
            np.testing.assert_allclose(found["shares"], [0, *shares], rtol=1e-10, atol=1e-15)


def test_python_and_javascript_offer_the_same_choices(page):
    slider = page.get_by_label("β", exact=True)
    assert int(slider.get_attribute("max")) + 1 == len(_moving_average.BETAS)
    for place, beta in enumerate(_moving_average.BETAS):
        slider.fill(str(place))
        assert float(slider.get_attribute("aria-valuetext")) == beta


def value(page, row):
    return page.locator(".w-value").nth(row).inner_text()


def formula(page, row):
    return page.locator(".w-formula").nth(row).inner_text()


def bars(page):
    return np.array(
        page.locator(".w-average rect").evaluate_all(
            "nodes => nodes.map((node) => Number(node.getAttribute('height')))"
        )
    )


def test_starts_with_the_scores(page):
    assert value(page, 0) == "87.5"
    assert formula(page, 0) == "0.5 · 75 + 0.5 · 100"
    assert (value(page, 1), value(page, 2)) == ("25 %", "50 %")
    assert page.locator(".w-title").inner_text() == "After exam 2: 87.5"
    np.testing.assert_allclose(bars(page) / bars(page).sum(), [0.25, 0.25, 0.5], atol=1e-6)


def test_beta_can_be_dragged(page):
    slider = page.get_by_label("β", exact=True)
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 5 / 13, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 5, box["y"] + box["height"] / 2, steps=5)
    assert value(page, 0) == "50" and value(page, 1) == "100 %"  # β = 1 never moves
    page.mouse.move(box["x"] - 5, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    assert value(page, 0) == "100" and value(page, 2) == "100 %"  # β = 0 believes the latest


def test_a_right_prejudice_wins_and_a_wrong_one_does_not(page):
    page.get_by_label("student").select_option("steady 70")
    slider, start = page.get_by_label("β", exact=True), page.get_by_label("expected at first")
    off = {}
    for place, beta in enumerate(_moving_average.BETAS):
        for first in (50, 70):
            slider.fill(str(place))
            start.fill(str(first))
            off[beta, first] = float(value(page, 3))
            marks = _moving_average.STEADY
            found = exponential_moving_average(marks, beta, first)
            expected = np.sqrt(np.mean((found - 70) ** 2))
            assert off[beta, first] == pytest.approx(expected, abs=0.051)
    assert off[1, 70] == 0 and off[1, 50] == 20 and off[0, 70] > 12
    assert min(off[beta, 50] for beta in _moving_average.BETAS) < 6


def test_the_start_can_be_divided_out(page):
    page.get_by_label("student").select_option("50, then 80")
    page.get_by_label("β", exact=True).fill(str(_moving_average.BETAS.index(0.9)))
    page.get_by_role("radiogroup", name="divide").get_by_label("yes").check()
    assert page.get_by_label("expected at first").input_value() == "0"
    marks = _moving_average.RISING
    steps = page.get_by_label("exams so far")
    for at in (1, 2, 40):
        steps.fill(str(at))
        expected = exponential_moving_average(marks, 0.9, correct=True)[at - 1]
        assert float(value(page, 0)) == pytest.approx(expected, abs=0.0051)
        assert value(page, 1) == "0 %"
        shown = bars(page)
        assert len(shown) == at + 1 and shown[0] == 0
    page.get_by_label("β", exact=True).fill(str(_moving_average.BETAS.index(1)))
    assert value(page, 0) == "–" and len(bars(page)) == 0
    assert "0 / 0" in page.locator(".w-title").inner_text()
    page.get_by_label("expected at first").fill("30")
    assert page.get_by_role("radiogroup", name="divide").get_by_label("no").is_checked()
    assert value(page, 0) == "30"


def test_by_keyboard(pages):
    page = pages.open(widgets.placeholder("moving_average"), "http")
    page.get_by_label("student").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.get_by_label("β", exact=True).get_attribute("aria-valuetext") == "0.6"
    assert value(page, 0) == "82"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.locator(".w-title").inner_text().startswith("After exam 3")
    assert page.locator(".w-title").get_attribute("role") == "status"


def test_fits_a_narrow_page(narrow_page):
    body = "".join(widgets.placeholder("moving_average", series=name)
                   for name in _moving_average.SETS)  # fmt: skip
    page = narrow_page(body)
    heights = page.locator(".w-average text").evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect().height)"
    )
    assert min(heights) >= 12
    paper = page.locator(".w-line").first.evaluate("node => getComputedStyle(node).stroke")
    assert paper != "none"


def test_still_picture_is_the_start(pages):
    html = widgets.placeholder("moving_average", series="steady 70", beta=0.9, start=50, at=3)
    assert html == widgets.placeholder(
        "moving_average", at=3, start=50, beta=0.9, series="steady 70"
    )
    found = exponential_moving_average(_moving_average.STEADY, 0.9, 50)[2]
    assert f"after exam 3 the moving average is {found:.2f}" in html
    assert "The start counts 72.9 %, the latest exam 10 %." in html
    assert len(re.findall("<rect", html)) == 4 and len(re.findall("h0", html)) == 40
    page = pages.open(html)
    assert float(value(page, 0)) == round(found, 2)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            {"series": "mine"},
            "series must be one of 'always 100', 'steady 70', '50, then 80'. "
            "Received: series='mine'",
        ),
        (
            {"beta": 2},
            "beta must be one of 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, "
            "0.99, 1. Received: beta=2",
        ),
        ({"start": 101}, "start must be one of 0 to 100. Received: start=101"),
        ({"at": 9}, "at must be one of 1 to 8. Received: at=9"),
    ],
)
def test_messages(state, message):
    with pytest.raises(ValueError) as caught:
        widgets.show("moving_average", **state)
    assert str(caught.value) == message
