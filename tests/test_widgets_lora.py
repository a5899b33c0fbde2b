"""The low-rank widget: its numbers are those of the reference, and what a reader can do."""

import json
import re

import numpy as np
import pytest

from utils import widgets
from utils.reference.lora import kept_energy, low_rank, trained_weights
from utils.widgets import _lora


@pytest.fixture
def page(pages):
    return pages.open(widgets.placeholder("lora"))


def factors(kernel):
    return [np.array(_lora._factors()[kernel][name]) for name in "ab"]


def value(page, row):
    return page.locator(".w-value").nth(row).inner_text()


def test_arithmetic_is_that_of_the_reference(page):
    rng = np.random.default_rng(0)
    run = """({ a, b, rank }) => {
        const w = bookWidgets.lora;
        const whole = w.product(a, b, b.length);
        const close = w.product(a, b, rank);
        const numbers = w.counts(a.length, b[0].length, rank);
        return { whole, close, kept: w.kept(whole, close), ...numbers };
    }"""
    for inputs, outputs in ((1, 1), (3, 5), (7, 4), (12, 12)):
        matrix = rng.normal(size=(inputs, outputs))
        a, b = low_rank(matrix, min(inputs, outputs))
        for rank in range(1, min(inputs, outputs) + 1):
            found = page.evaluate(run, {"a": a.tolist(), "b": b.tolist(), "rank": rank})
            np.testing.assert_allclose(found["whole"], matrix, atol=1e-9)
            np.testing.assert_allclose(found["close"], a[:, :rank] @ b[:rank], atol=1e-9)
            assert found["kept"] == pytest.approx(kept_energy(matrix)[rank - 1], abs=1e-9)
            assert found["full"] == inputs * outputs
            assert found["thin"] == trained_weights(inputs, outputs, rank)


def test_every_rank_shows_the_numbers_of_the_reference(page):
    for kernel in _lora.KERNELS:
        page.get_by_label("kernel").select_option(kernel)
        a, b = factors(kernel)
        rows, columns = len(a), b.shape[1]
        energy = kept_energy(a @ b)
        for rank in range(1, _lora.RANKS + 1):
            page.get_by_label("rank").fill(str(rank))
            few = trained_weights(rows, columns, rank)
            assert value(page, 0) == f"{rows * columns:,}"
            assert value(page, 1) == f"{few:,}"
            share = float(value(page, 2).removesuffix(" %"))
            assert share == pytest.approx(100 * few / (rows * columns), abs=0.051)
            shown = float(value(page, 3).removesuffix(" %"))
            assert shown == pytest.approx(100 * energy[rank - 1], abs=0.06)
            saved = "nothing" not in page.locator(".w-formula").nth(2).inner_text()
            assert saved == (few < rows * columns)


def test_the_factors_are_ordered_and_the_best_of_their_rank():
    for kernel in _lora.KERNELS:
        a, b = factors(kernel)
        sizes = np.linalg.norm(a, axis=0) * np.linalg.norm(b, axis=1)
        assert (np.diff(sizes) < 1e-3 * sizes[0]).all()
        whole = a @ b
        for rank in (1, 4, 16):
            lost = np.sum((whole - a[:, :rank] @ b[:rank]) ** 2) / np.sum(whole**2)
            assert 1 - lost == pytest.approx(kept_energy(whole)[rank - 1], abs=1e-3)


def test_pictures_grow_with_the_rank(page):
    def drawn():
        frames = page.locator(".w-thin .w-frame")
        return [[int(frames.nth(i).get_attribute(n)) for n in ("width", "height")] for i in (0, 1)]

    assert drawn() == [[4, 32], [32, 4]]
    page.get_by_label("rank").fill("9")
    assert drawn() == [[9, 32], [32, 9]]
    page.get_by_label("kernel").select_option("up")
    assert drawn() == [[9, 32], [96, 9]]


def test_by_keyboard(pages):
    page = pages.open(widgets.placeholder("lora", rank=1), "http")
    page.get_by_label("kernel").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.get_by_label("rank").input_value() == "2"
    assert page.locator(".w-title").inner_text().startswith("Rank 2 keeps ")
    assert page.locator(".w-title").get_attribute("role") == "status"
    for svg in page.locator(".w-matrices svg").all():
        assert len(svg.get_attribute("aria-label")) > 20


def test_fits_a_narrow_page(narrow_page):
    body = "".join(widgets.placeholder("lora", kernel=name) for name in _lora.KERNELS)
    page = narrow_page(body)
    for name in ("w-plus", "w-minus"):
        path = page.locator(f".{name}").first
        assert path.evaluate("node => getComputedStyle(node).fill") not in ("none", "rgb(0, 0, 0)")


def test_still_picture_is_the_start(pages):
    html = widgets.placeholder("lora", kernel="query", rank=3)
    assert html == widgets.placeholder("lora", rank=3, kernel="query")
    state = json.loads(re.search(r'json">(.*)</script>', html)[1])
    assert list(state["kernels"]) == sorted(_lora.KERNELS) and state["rank"] == 3
    share = re.search(r"192 weights instead of 1,024 keep ([\d.]+) % of its energy", html)[1]
    page = pages.open(html)
    assert float(value(page, 3).removesuffix(" %")) == pytest.approx(float(share), abs=0.051)
    assert (
        page.locator(".w-title").inner_text()
        == f"Rank 3 keeps {value(page, 3)} of the energy of ΔW."
    )


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            {"kernel": "key"},
            "kernel must be one of 'query', 'value', 'up'. Received: kernel='key'",
        ),
        ({"rank": 17}, "rank must be one of 1 to 16. Received: rank=17"),
        ({"rank": 0}, "rank must be one of 1 to 16. Received: rank=0"),
    ],
)
def test_messages(state, message):
    with pytest.raises(ValueError) as caught:
        widgets.show("lora", **state)
    assert str(caught.value) == message
