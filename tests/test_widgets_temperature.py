"""The temperature widget: its arithmetic is the reference's, and what a reader can do."""

import itertools
import re

import numpy as np
import pytest

from utils import widgets
from utils.reference import distillation
from utils.widgets import _temperature


@pytest.fixture
def page(pages):
    return pages.open(widgets.placeholder("temperature"))


def value(page, row):
    return page.locator(".w-value").nth(row).inner_text()


def shown(page):
    """The bars' shares of the full height, which is that of the one-hot target."""
    heights = "nodes => nodes.map((node) => Number(node.getAttribute('height')))"
    bars = page.locator(".w-softmax .w-bar1").evaluate_all(heights)
    (full,) = page.locator(".w-softmax .w-target").evaluate_all(heights)
    return np.array(bars) / full


def test_arithmetic_is_that_of_the_reference(page):
    rng = np.random.default_rng(0)
    cases = [
        {"logits": rng.normal(0, spread, size=size).tolist(), "temperature": temperature}
        for size in (2, 6, 10)
        for spread in (0.1, 5, 200)
        for temperature in (*_temperature.TEMPERATURES, *rng.uniform(0.1, 30, 5).tolist())
    ]
    run = """cases => cases.map(({ logits, temperature }) => {
        const p = bookWidgets.temperature.softmax(logits, temperature);
        return { p, entropy: bookWidgets.temperature.entropy(p) };
    })"""
    for case, found in zip(cases, page.evaluate(run, cases), strict=True):
        p = distillation.softmax(case["logits"], case["temperature"])
        np.testing.assert_allclose(found["p"], p, rtol=1e-9, atol=1e-300)
        np.testing.assert_allclose(found["entropy"], distillation.entropy(p), rtol=1e-9, atol=1e-12)


def test_python_and_javascript_write_alike(page):
    shares = [1.0, 0.9995, 0.5, 0.0312, 0.0005, 0.000499, 0.0000123, 3.4e-11, 7e-300]
    found = page.evaluate("shares => shares.map(bookWidgets.temperature.percent)", shares)
    assert found == [_temperature._percent(share) for share in shares]
    assert found[-2] == "3·10⁻¹¹"


def test_python_and_javascript_offer_the_same_choices(page):
    slider = page.get_by_label("temperature T")
    assert int(slider.get_attribute("max")) + 1 == len(_temperature.TEMPERATURES)
    for place, temperature in enumerate(_temperature.TEMPERATURES):
        slider.fill(str(place))
        assert float(slider.get_attribute("aria-valuetext")) == temperature
    score = page.get_by_label("logit of coat")
    assert score.get_attribute("max") == str(_temperature.LIMIT)
    assert score.get_attribute("min") == str(-_temperature.LIMIT)


@pytest.mark.parametrize("name", _temperature.PICTURES)
@pytest.mark.parametrize("temperature", [0.2, 1, 4, 100])
def test_shows_softmax_entropy_and_one_hot(page, name, temperature):
    page.get_by_label("picture").select_option(name)
    place = _temperature.TEMPERATURES.index(temperature)
    page.get_by_label("temperature T").fill(str(place))
    logits, label = _temperature.PICTURES[name]
    p = distillation.softmax(logits, temperature)
    np.testing.assert_allclose(shown(page), p, atol=1e-6)
    assert value(page, 0) == f"{abs(distillation.entropy(p)):.2f} nats"
    share = p[_temperature.CLASSES.index(label)]
    assert float(value(page, 1)) == pytest.approx(-np.log(share), abs=0.0051)
    title = page.locator(".w-title").inner_text()
    assert title == f"T = {temperature}: {label} gets {_temperature._percent(share)}"


def test_logits_and_class_can_be_set(page):
    page.get_by_label("picture").select_option("no idea")
    page.get_by_label("logit of coat").fill("3")
    assert page.get_by_label("picture").input_value() == "your own"
    page.get_by_label("true class").select_option("coat")
    p = distillation.softmax([0, 0, 3, 0, 0, 0])
    np.testing.assert_allclose(shown(page), p, atol=1e-6)
    assert value(page, 2) == f"{np.exp(3):.1f}"
    page.get_by_label("logit of coat").fill("0")
    page.get_by_label("true class").select_option("bag")
    assert page.get_by_label("picture").input_value() == "no idea"
    page.get_by_label("picture").select_option("your own")
    assert page.get_by_label("picture").input_value() == "no idea"


def test_adding_to_all_logits_changes_nothing(page):
    before = shown(page)
    for name, logit in zip(_temperature.CLASSES, _temperature.PICTURES["a shirt"][0], strict=True):
        page.get_by_label(f"logit of {name}", exact=True).fill(str(logit - 3))
    np.testing.assert_allclose(shown(page), before, atol=1e-6)


def test_by_keyboard(pages):
    page = pages.open(widgets.placeholder("temperature"), "http")
    page.get_by_label("true class").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.get_by_label("temperature T").get_attribute("aria-valuetext") == "1.5"
    assert page.locator(".w-title").inner_text().startswith("T = 1.5")
    assert page.locator(".w-title").get_attribute("role") == "status"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    assert page.get_by_label("logit of T-shirt").input_value() == "5"
    np.testing.assert_allclose(
        shown(page), distillation.softmax([5, 3, 4, 9, -8, -2], 1.5), atol=1e-6
    )


def test_fits_a_narrow_page(narrow_page):
    body = "".join(
        widgets.placeholder("temperature", picture=name, temperature=temperature)
        for name in _temperature.PICTURES
        for temperature in (0.2, 1, 100)
    )
    page = narrow_page(body)
    boxes = page.locator(".w-softmax").first.locator("text").evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect()).map(b => [b.left, b.right])"
    )  # fmt: skip
    names = sorted(boxes[1::2])
    assert all(left[1] <= right[0] + 0.5 for left, right in itertools.pairwise(names))
    fill = page.locator(".w-softmax .w-bar1").first.evaluate("node => getComputedStyle(node).fill")
    assert fill not in ("none", "rgb(0, 0, 0)")


def test_still_picture_is_the_start(pages):
    html = widgets.placeholder("temperature", picture="shirt or T-shirt", temperature=4)
    assert html == widgets.placeholder("temperature", temperature=4, picture="shirt or T-shirt")
    p = distillation.softmax([8, 1, 0, 9, -9, -2], 4)
    assert f"shirt gets {100 * p[3]:.1f} %, the entropy is {distillation.entropy(p):.2f}" in html
    assert len(re.findall("<rect", html)) == 7
    page = pages.open(html)
    np.testing.assert_allclose(shown(page), p, atol=1e-6)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            {"picture": "mine"},
            "picture must be one of 'a shirt', 'shirt or T-shirt', 'a sneaker', 'no idea'. "
            "Received: picture='mine'",
        ),
        (
            {"temperature": 0},
            "temperature must be one of 0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 8, 10, 20, 50, 100. "
            "Received: temperature=0",
        ),
    ],
)
def test_messages(state, message):
    with pytest.raises(ValueError) as caught:
        widgets.show("temperature", **state)
    assert str(caught.value) == message
