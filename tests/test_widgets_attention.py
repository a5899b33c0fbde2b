"""The attention widget: its weights are the reference's, and what a reader can do."""

import itertools
import json
import re

import numpy as np
import pytest

from utils import widgets
from utils.widgets import _attention

TOKENS = ["[CLS]", "an", "apple", "<b>", "[SEP]", "[PAD]", "[PAD]"]


def heads(seed=0, size=4):
    rng = np.random.default_rng(seed)
    return {
        f"head {number}": {
            key: rng.normal(scale=scale, size=(len(TOKENS), size)).round(3).tolist()
            for key in ("queries", "keys")
        }
        for number, scale in enumerate((1, 3), start=1)
    }


STATE = {"tokens": TOKENS, "length": 5, "heads": heads(), "token": 2}


@pytest.fixture
def page(pages):
    return pages.open(widgets.placeholder("attention", **STATE))


def shares(page):
    texts = page.locator(".w-token output").all_inner_texts()
    return np.array([float(text.removesuffix(" %")) for text in texts])


def test_weights_are_those_of_the_reference(page):
    choices = itertools.product(
        _attention.SCORES, _attention.MASKS, (0, 1, 2), ("head 1", "head 2")
    )
    for score, mask, seed, head in choices:
        state = _attention.start(**STATE | {"heads": heads(seed), "head": head, "score": score,
                                            "mask": mask})  # fmt: skip
        found = page.evaluate("state => bookWidgets.attention.table(state)", state)
        np.testing.assert_allclose(found, _attention.weights(state), rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(np.sum(found, axis=1), 1)


def test_every_control_changes_what_is_shown(page):
    state = _attention.start(**STATE)
    page.get_by_label("head", exact=True).select_option("head 2")
    page.get_by_role("radiogroup", name="score").get_by_label("cosine").check()
    page.get_by_role("radiogroup", name="mask").get_by_label("causal").check()
    page.get_by_role("radiogroup", name="token").get_by_label("4: <b>").check()
    state |= {"head": "head 2", "score": "cosine", "mask": "causal", "token": 3}
    expected = 100 * _attention.weights(state)[3]
    np.testing.assert_allclose(shares(page), expected, atol=0.051)
    assert list(shares(page)[4:]) == [0, 0, 0]
    most = TOKENS[int(np.argmax(expected))]
    assert page.locator(".w-title").inner_text().startswith(f"“<b>” looks most at “{most}”")
    opacity = page.locator(".w-weight").evaluate_all(
        "nodes => nodes.map((node) => Number(node.getAttribute('fill-opacity')))"
    )
    np.testing.assert_allclose(
        np.reshape(opacity, (7, 7)), _attention.weights(state), rtol=1e-9, atol=1e-12
    )


def test_padding_is_looked_at_only_without_a_mask(page):
    assert list(shares(page)[5:]) == [0, 0]
    page.get_by_role("radiogroup", name="mask").get_by_label("none").check()
    assert min(shares(page)[5:]) > 0


def test_by_keyboard(pages):
    page = pages.open(widgets.placeholder("attention", **STATE), "http")
    page.get_by_role("radiogroup", name="token").get_by_label("3: apple").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(".w-title").inner_text().startswith("“<b>”")
    assert page.locator(".w-title").get_attribute("role") == "status"


def test_fits_a_narrow_page(narrow_page):
    page = narrow_page(widgets.placeholder("attention", **STATE))
    assert page.locator(".w-token").count() == len(STATE["tokens"])


def test_still_picture_is_the_start(pages):
    html = widgets.placeholder("attention", **STATE)
    assert html == widgets.placeholder("attention", **STATE)
    state = json.loads(re.search(r'json">(.*)</script>', html)[1])
    expected = _attention.weights(state)[2]
    assert f"with {100 * expected.max():.0f} %" in html
    assert "<b>" not in html and len(re.findall("<rect", html)) == 7
    np.testing.assert_allclose(shares(pages.open(html)), 100 * expected, atol=0.051)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"heads": {}}, "heads must hold at least one head. Received: 0 heads"),
        (
            {"heads": {"a": {"queries": [[1.0]], "keys": [[1.0]]}}},
            "heads must hold queries and keys of shape (7, K). Received: a with (1, 1) and (1, 1)",
        ),
        ({"token": 7}, "token must be one of 0 to 6. Received: token=7"),
        ({"length": 0}, "length must be one of 1 to 7. Received: length=0"),
        ({"head": "b"}, "head must be one of 'head 1', 'head 2'. Received: head='b'"),
        ({"mask": "all"}, "mask must be one of 'none', 'padding', 'causal'. Received: mask='all'"),
        (
            {"score": "sum"},
            "score must be one of 'scaled dot', 'dot', 'cosine'. Received: score='sum'",
        ),
    ],
)
def test_messages(changed, message):
    with pytest.raises(ValueError) as caught:
        widgets.show("attention", **STATE | changed)
    assert str(caught.value) == message
