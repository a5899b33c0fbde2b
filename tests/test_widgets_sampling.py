"""The sampling widget: its arithmetic is the reference's, and what a reader can do."""

import itertools
import json
import random
import re

import numpy as np
import pytest

from utils import experiments, pretrained, widgets
from utils.reference import sampling
from utils.reference.distillation import entropy, softmax
from utils.widgets import _sampling


@pytest.fixture(scope="module")
def state():
    """Three places of Persuasion, as the section has them, and what its network says there."""
    study = experiments.open_study("language_model")
    tokenizer = study.train_tokenizer(study.texts()["training"])
    writer = study.new_model()
    pretrained.load_float16({"gpt": writer}, study.WEIGHTS)
    places = {}
    for words in ("for an idle hour, and", "contempt as he turn", "volume always opened:\n\n"):
        text = study.texts()["test"].partition(words)[0] + words
        window = study.encode(tokenizer, text)[np.newaxis, -study.LENGTH :]
        places[f"… {words}"] = np.array(writer(window))[0, -1]
    return {"places": places, "tokens": [tokenizer.decode([i]) for i in range(768)]}


@pytest.fixture
def page(pages, state):
    return pages.open(widgets.placeholder("sampling", **state))


def choose(page, place, temperature, top_k, top_p):
    page.get_by_label("place").select_option(index=place)
    slider = page.get_by_label("temperature")
    slider.fill(str(_sampling.TEMPERATURES.index(temperature)))
    for name, value in (("top-k", top_k), ("top-p", top_p)):
        group = page.get_by_role("radiogroup", name=name)
        group.get_by_label("off" if value is None else str(value), exact=True).check()


def bars(page):
    """Widths of the outlines and of the bars, in probability; shape (2, tokens)."""
    (scale,) = page.locator(".w-head .w-track span").all_inner_texts()[1:]
    widths = "nodes => nodes.map((node) => parseFloat(node.getAttribute('width')))"
    found = [page.locator(f".w-next {kind}").evaluate_all(widths)
             for kind in (".w-before", ".w-bar1")]  # fmt: skip
    return np.array(found) / 100 * float(scale.removesuffix(" %")) / 100


def title(before, after):
    bits = [abs(entropy(p)) / np.log(2) for p in (after, before)]
    return (
        f"Kept: {np.count_nonzero(after)} of 768 tokens, with "
        f"{100 * before[after > 0].sum():.1f} % of the probability. "
        f"Entropy: {bits[0]:.2f} bits, {bits[1]:.2f} before."
    )


def test_arithmetic_is_that_of_the_reference(page, state):
    rng = np.random.default_rng(0)
    logits = [np.array(one, "float64").round(3) for one in state["places"].values()]
    logits += [rng.normal(0, spread, size) for size in (2, 13, 768) for spread in (0.1, 3, 10)]
    logits += [rng.integers(-2, 3, size).astype(float) for size in (5, 768)]  # with equal ones
    pick = random.Random(0).choice
    cases = [
        {
            "logits": some.tolist(),
            "temperature": pick((*_sampling.TEMPERATURES, 0.7)),
            "top_k": pick((*_sampling.TOP_K, 17)),
            "top_p": pick((*_sampling.TOP_P, 0.77)),
        }
        for some in logits
        for _ in range(10)
    ]
    assert len(cases) == 140
    run = """cases => cases.map(({ logits, ...rest }) => {
        const found = bookWidgets.sampling.cut(logits, rest);
        return { ...found, entropy: bookWidgets.sampling.entropy(found.after) };
    })"""
    for case, found in zip(cases, page.evaluate(run, cases), strict=True):
        before = after = softmax(np.array(case["logits"]), case["temperature"])
        if case["top_k"] is not None:
            after = sampling.top_k(after, case["top_k"])
        if case["top_p"] is not None:
            after = sampling.top_p(after, case["top_p"])
        np.testing.assert_array_equal(np.array(found["after"]) > 0, after > 0)
        np.testing.assert_allclose(found["before"], before, rtol=1e-9)
        np.testing.assert_allclose(found["after"], after, rtol=1e-9)
        bits = entropy(after) / np.log(2)
        np.testing.assert_allclose(found["entropy"], bits, rtol=1e-9, atol=1e-12)


def test_unpacks_the_logits_that_python_packed(page, state):
    start = _sampling.start(**state)
    for described, logits in zip(start["places"], state["places"].values(), strict=True):
        found = page.evaluate("text => bookWidgets.sampling.unpack(text)", described["logits"])
        np.testing.assert_allclose(found, logits, rtol=0, atol=0.00051)


def test_order_is_that_of_transformers():
    """A GPT-2 with random weights: what its `generate` draws from."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = GPT2Config(vocab_size=768, n_embd=16, n_layer=1, n_head=1, initializer_range=0.7,
                        bos_token_id=None, eos_token_id=None, pad_token_id=0)  # fmt: skip
    model = GPT2LMHeadModel(config).eval()
    tokens = [str(i) for i in range(768)]
    orders_differ = 0
    for temperature, k, p in itertools.product((0.5, 1, 2), (5, 40, 100), (0.5, 0.9)):
        prompt = torch.tensor([[5]])
        found = model.generate(
            prompt, attention_mask=torch.ones_like(prompt), do_sample=True, max_new_tokens=1,
            temperature=float(temperature), top_k=k, top_p=p, output_scores=True,
            output_logits=True, return_dict_in_generate=True,
        )  # fmt: skip
        logits = found.logits[0][0].numpy().astype("float64").round(3)
        state = _sampling.start(places={"5": logits}, tokens=tokens, temperature=temperature,
                                top_k=k, top_p=p)  # fmt: skip
        before, after = _sampling.probabilities(state)
        theirs = softmax(found.scores[0][0].numpy().astype("float64"))
        np.testing.assert_array_equal(after > 0, theirs > 0)
        np.testing.assert_allclose(after, theirs, atol=0.001)
        other = sampling.top_k(sampling.top_p(before, p), k)
        orders_differ += np.count_nonzero(other) != np.count_nonzero(after)
    assert orders_differ > 5


def test_python_and_javascript_offer_the_same_choices(page):
    slider = page.get_by_label("temperature")
    assert int(slider.get_attribute("max")) + 1 == len(_sampling.TEMPERATURES)
    for place, temperature in enumerate(_sampling.TEMPERATURES):
        slider.fill(str(place))
        assert float(slider.get_attribute("aria-valuetext")) == temperature
    for name, values in (("top-k", _sampling.TOP_K), ("top-p", _sampling.TOP_P)):
        labels = page.get_by_role("radiogroup", name=name).locator("label").all_inner_texts()
        assert labels == ["off", *map(str, values[1:])]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("temperature", "top_k", "top_p"),
    [(1, None, None), (1, 40, None), (2, None, 0.9), (0.25, 5, None), (1.5, 100, 0.8), (1, 1, 0.5)],
)
def test_shows_what_is_kept(page, state, place, temperature, top_k, top_p):
    choose(page, place, temperature, top_k, top_p)
    chosen = {"place": place, "temperature": temperature, "top_k": top_k, "top_p": top_p}
    before, after = _sampling.probabilities(_sampling.start(**state, **chosen))
    best = np.argsort(-before, kind="stable")[:12]
    np.testing.assert_allclose(bars(page), [before[best], after[best]], atol=1e-9)
    assert page.locator(".w-title").inner_text() == title(before, after)
    names = page.locator(".w-next .w-name").all_inner_texts()
    tokens = [state["tokens"][i].replace(" ", "␣").replace("\n", "↵") for i in best]
    assert names == ["next", *tokens, "756 others"]
    rows = page.locator(".w-next:not(.w-head, .w-rest)")
    for row, index in zip(rows.all(), best, strict=True):
        was, left = row.get_by_role("cell").all_inner_texts()
        assert was == f"{100 * before[index]:.1f} %"
        assert left == (f"{100 * after[index]:.1f} %" if after[index] else "dropped")
        assert ("w-dropped" in row.get_attribute("class")) == (after[index] == 0)
    others = [np.delete(p, best) for p in (before, after)]
    rest = page.locator(".w-rest span").all_inner_texts()[1:]
    assert rest[0] == f"{np.count_nonzero(others[1])} kept"
    assert rest[1] == f"{100 * others[0].sum():.1f} %"
    assert rest[2] == (f"{100 * others[1].sum():.1f} %" if others[1].any() else "dropped")


def test_blanks_and_line_breaks_are_visible(page):
    assert page.locator(".w-next .w-name").nth(1).inner_text() == "␣the"
    page.get_by_label("place").select_option("… volume always opened:↵↵")
    assert "↵" in page.locator(".w-next .w-name").all_inner_texts()


def test_by_keyboard(pages, state):
    page = pages.open(widgets.placeholder("sampling", **state), "http")
    page.get_by_label("place").focus()
    for key in ("ArrowDown", *["Tab", "ArrowRight"] * 3):
        page.keyboard.press(key)
    chosen = {"place": 1, "temperature": 1.25, "top_k": 1, "top_p": 0.5}
    expected = _sampling.probabilities(_sampling.start(**state, **chosen))
    assert page.get_by_label("temperature").get_attribute("aria-valuetext") == "1.25"
    assert page.locator(".w-title").inner_text() == title(*expected)
    assert page.locator(".w-title").get_attribute("role") == "status"


def test_by_touch(pages, state):
    page = pages.open(widgets.placeholder("sampling", **state), has_touch=True)
    page.get_by_role("radiogroup", name="top-k").get_by_label("10", exact=True).tap()
    page.locator(".w-title", has_text="Kept: 10 of 768 tokens").wait_for()


def test_fits_a_narrow_page(narrow_page, state):
    cuts = ({}, {"top_k": 1}, {"temperature": 2, "top_p": 0.9})
    page = narrow_page("".join(widgets.placeholder("sampling", place=place, **state, **cut)
                               for place in range(3) for cut in cuts))  # fmt: skip
    assert page.locator(".w-next").count() == 9 * 14
    fill, outline = (
        page.locator(kind).first.evaluate(f"node => getComputedStyle(node).{name}")
        for kind, name in ((".w-next .w-bar1", "fill"), (".w-next .w-before", "stroke"))
    )
    assert "none" not in (fill, outline) and fill != outline


def test_still_picture_is_the_start(pages, state):
    chosen = {"place": 1, "temperature": 2, "top_k": 5, "top_p": 0.9}
    html = widgets.placeholder("sampling", **state, **chosen)
    assert html == widgets.placeholder("sampling", **chosen, **state)
    before, after = _sampling.probabilities(_sampling.start(**state, **chosen))
    assert (
        "After “… contempt as he turn”, at temperature 2, top-k 5, top-p 0.9: "
        f"{np.count_nonzero(after)} of 768 tokens are kept, with "
        f"{100 * before[after > 0].sum():.1f} % of the probability."
    ) in html
    assert len(re.findall("<rect", html)) == 24
    assert len(re.findall(">dropped<", html)) == 12 - np.count_nonzero(after)
    assert len(html.encode()) < 12_000
    best = np.argsort(-before, kind="stable")[:12]
    np.testing.assert_allclose(bars(pages.open(html)), [before[best], after[best]], atol=1e-9)


def test_texts_are_escaped():
    text = '"<b>" & so'
    html = widgets.placeholder("sampling", places={text: [0, 1]}, tokens=["<i>", "&\n"])
    assert "<b>" not in html and "<i>" not in html
    assert "“&quot;&lt;b&gt;&quot; &amp; so”" in html and ">&amp;↵</text>" in html
    data = json.loads(re.search(r'json">(.*)</script>', html)[1])
    assert (data["places"][0]["text"], data["places"][0]["tokens"]) == (text, ["&↵", "<i>"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"places": {}}, "places must hold at least one place. Received: 0 places"),
        (
            {"places": {"She": [0.0, 1.0]}},
            "places must hold logits of shape (3,) from -32 to 32. "
            "Received: shape=(2,), values from 0.0 to 1.0",
        ),
        (
            {"places": {"She": [0.0, -33.0, 1.0]}},
            "places must hold logits of shape (3,) from -32 to 32. "
            "Received: shape=(3,), values from -33.0 to 1.0",
        ),
        (
            {"places": {"She": [0.0, np.nan, 1.0]}},
            "places must hold logits of shape (3,) from -32 to 32. "
            "Received: shape=(3,), values from nan to nan",
        ),
        ({"place": 1}, "place must be one of 0 to 0. Received: place=1"),
        (
            {"temperature": 0},
            "temperature must be one of 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2. Received: temperature=0",
        ),
        ({"top_k": 3}, "top_k must be one of None, 1, 2, 5, 10, 40, 100. Received: top_k=3"),
        ({"top_p": 1}, "top_p must be one of None, 0.5, 0.8, 0.9, 0.95. Received: top_p=1"),
    ],
)
def test_messages(changed, message):
    state = {"places": {"She": [0.0, 1.0, 2.0]}, "tokens": ["a", "b", "c"]}
    with pytest.raises(ValueError) as caught:
        widgets.show("sampling", **state | changed)
    assert str(caught.value) == message
