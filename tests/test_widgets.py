"""Widgets: what Python stores, and what Chromium makes of it."""

import functools
import itertools
import json
import random
import re
import subprocess
import sys

import numpy as np
import pytest

from utils import counting, widgets
from utils.reference import convolution as reference
from utils.widgets import _separable, _shape_puzzle

QUESTIONS = [
    {
        "question": "`kernel_size=3`, 64 channels, *one* filter: how many weights, with bias?",
        "choices": [
            {"text": "9", "correct": False, "why": "That is one plane < 64 planes."},
            {"text": "577", "correct": True, "why": "3 · 3 · 64 + 1."},
            {"text": "576", "correct": False, "why": "The `bias` is missing."},
        ],
    },
    {
        "question": "What does `filters` set?",
        "choices": [
            {"text": "The output channels", "correct": True, "why": "One plane a filter."},
            {"text": "The input channels", "correct": False, "why": "The input sets these."},
        ],
    },
]


# Python


def test_import_is_light():
    code = (
        "import sys, utils.widgets; "
        "print([m for m in ('tensorflow', 'torch', 'transformers', 'matplotlib', 'numpy', "
        "'IPython') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_available():
    names = ["attention", "convolution", "kmeans", "latent", "lora", "moving_average"]
    names += ["picture_map", "quiz", "sampling", "separable", "shape_puzzle", "temperature"]
    names += ["tokenizer"]
    assert widgets.available() == names


def test_placeholder_is_deterministic_and_sorted():
    first = widgets.placeholder("convolution", strides=2, image="ramp")
    assert first == widgets.placeholder("convolution", image="ramp", strides=2)
    state = re.search(r'<script type="application/json">(.*)</script>', first)[1]
    assert json.loads(state)["strides"] == 2
    assert list(json.loads(state)) == sorted(json.loads(state))
    assert first.startswith('<div class="widget" data-widget="convolution">')
    assert 'role="img" aria-label="Sobel x over an input, ramp:' in first


def test_still_picture_uses_whole_coordinates():
    picture = widgets.placeholder("convolution", kernel_size=5, kernel="identity", padding="same")
    for name in ("x", "y", "width", "height"):
        values = re.findall(rf' {name}="([^"]*)"', picture)
        assert values and all(re.fullmatch(r"\d+", value) for value in values)


def test_no_text_closes_the_script_element(monkeypatch):
    from utils.widgets import _convolution

    monkeypatch.setattr(_convolution, "start", lambda **state: state)
    monkeypatch.setattr(_convolution, "still", lambda state: ("<p>picture</p>", "sentence"))
    text = "</script><script>alert(1)</script>"
    html = widgets.placeholder("convolution", text=text)
    assert html.count("</script>") == 1
    assert json.loads(re.search(r"json\">(.*)</script>", html)[1]) == {"text": text}


def test_quiz_hides_the_answers_and_escapes():
    html = widgets.placeholder("quiz", questions=QUESTIONS)
    for hidden in ("correct", "One plane a filter", "3 · 3 · 64"):
        assert hidden not in html
    assert "<code>kernel_size=3</code>, 64 channels, <em>one</em> filter" in html
    sharp = [
        {
            "question": "Is 1 < 2 & `<b>` a tag?",
            "choices": [
                {"text": "<i>yes</i>", "correct": True, "why": "It is."},
                {"text": "no", "correct": False, "why": "It is."},
            ],
        }
    ]
    html = widgets.placeholder("quiz", questions=sharp)
    assert "Is 1 &lt; 2 &amp; <code>&lt;b&gt;</code> a tag?" in html
    assert "&lt;i&gt;yes&lt;/i&gt;" in html


@pytest.fixture
def displayed(monkeypatch):
    """What show() passes to IPython."""
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: calls.append(data))
    return calls


def test_stored_outputs_hold_the_placeholder_alone(displayed, monkeypatch):
    monkeypatch.setenv("BOOK_STORED_OUTPUTS", "1")
    widgets.show("convolution")
    assert displayed == [
        {
            "text/html": widgets.placeholder("convolution"),
            "text/plain": "Sobel x over an input, vertical edge: the window at row 2, column 2 "
            "gives 20. The output is 5 × 5; the layer has 10 weights, bias included, and makes "
            "225 multiply-accumulates.",
        }
    ]


def test_live_outputs_bring_script_and_style(displayed, monkeypatch):
    monkeypatch.delenv("BOOK_STORED_OUTPUTS", raising=False)
    widgets.quiz(QUESTIONS)
    html = displayed[0]["text/html"]
    assert widgets.placeholder("quiz", questions=QUESTIONS) in html
    assert widgets.bundle(["quiz"]) in html and widgets.css() in html
    assert displayed[0]["text/plain"] == "A quiz of 2 questions."


def test_bundle_is_one_classic_script():
    for names in (None, ["quiz"]):
        script = widgets.bundle(names)
        assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
        assert "</script" not in script and "currentScript" not in script
    assert "const convolution =" in widgets.bundle() and "const quiz =" in widgets.bundle()
    assert "const convolution =" not in widgets.bundle(["quiz"])


def test_bundle_refuses_other_imports(monkeypatch, tmp_path):
    for line in ('import { a } from "https://example.org/a.js";', "export default 1;"):
        (tmp_path / "odd.js").write_text(line + "\n")
        (tmp_path / "dom.js").write_text("export const a = 1;\n")
        monkeypatch.setattr(widgets, "FOLDER", tmp_path)
        with pytest.raises(ValueError, match=r"^odd\.js must import .* Received: " + line[:6]):
            widgets.bundle()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: widgets.show("convolutoin"),
            "name must be one of attention, convolution, kmeans, latent, lora, moving_average, "
            "picture_map, quiz, sampling, separable, shape_puzzle, temperature, "
            "tokenizer. "
            "Received: name='convolutoin'",
        ),
        (
            lambda: widgets.bundle(["dom"]),
            "name must be one of attention, convolution, kmeans, latent, lora, moving_average, "
            "picture_map, quiz, sampling, separable, shape_puzzle, temperature, "
            "tokenizer. "
            "Received: name='dom'",
        ),
        (
            lambda: widgets.show("convolution", strides=0),
            "strides must be one of 1, 2, 3. Received: strides=0",
        ),
        (
            lambda: widgets.show("convolution", input_size=13),
            "input_size must be one of 5 to 12. Received: input_size=13",
        ),
        (
            lambda: widgets.show("convolution", padding="full"),
            "padding must be one of 'valid', 'same'. Received: padding='full'",
        ),
        (
            lambda: widgets.show("convolution", kernel_size=5),
            "kernel_size must be 3 with kernel='Sobel x'. Received: kernel_size=5",
        ),
        (
            lambda: widgets.show("convolution", kernel=[[1, 2], [3]]),
            "kernel must be a name or a square list of lists, of side 1, 2, 3 or 5, of integers "
            "from -9 to 9. Received: kernel=[[1, 2], [3]]",
        ),
        (
            lambda: widgets.show("separable", kernel_size=2),
            "kernel_size must be one of 1, 3, 5, 7. Received: kernel_size=2",
        ),
        (
            lambda: widgets.show("separable", map_size=8),
            "map_size must be one of 7, 14, 28, 56, 112. Received: map_size=8",
        ),
        (
            lambda: widgets.show("separable", filters=513),
            "filters must be one of 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, "
            "256, 384, 512. Received: filters=513",
        ),
        (
            lambda: widgets.show("shape_puzzle", level=5),
            "level must be one of 1 to 4. Received: level=5",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


def test_a_kernel_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="Received"):
        widgets.show("convolution", kernel="identity", kernel_size=5, dilation_rate=2)


def one_question(**changes):
    choices = [
        {"text": "a", "correct": True, "why": "yes"},
        {"text": "b", "correct": False, "why": "no"},
    ]
    choices[1].update(changes)
    return [{"question": "Which?", "choices": choices}]


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ([], "questions must be a list of at least one dict. Received: questions=[]"),
        (
            [{"question": "Which?"}],
            "question 1 must be a dict with the keys question and choices. "
            "Received: {'question': 'Which?'}",
        ),
        (
            [{"question": "Which?", "choices": []}],
            "choices must be a list of at least two dicts in question 1. Received: choices=[]",
        ),
        (
            one_question(why=" "),
            "why must be a non-empty string in choice 2 of question 1. Received: why=' '",
        ),
        (
            one_question(correct="no"),
            "correct must be True or False in choice 2 of question 1. Received: correct='no'",
        ),
        (
            one_question(correct=True),
            "question 1 must have exactly one correct choice. Received: 2",
        ),
        (
            one_question(hint="?"),
            "choice 2 of question 1 must be a dict with the keys text, correct and why. "
            "Received: {'text': 'b', 'correct': False, 'why': 'no', 'hint': '?'}",
        ),
    ],
)
def test_quiz_messages(questions, message):
    with pytest.raises(ValueError) as caught:
        widgets.quiz(questions)
    assert str(caught.value) == message


# Browser


@pytest.fixture
def page(pages):
    return pages.open(widgets.placeholder("convolution"))


def number(text):
    return int(text.replace("−", "-").replace(",", ""))


def grids(page):
    """Texts of the input and the output grid, row by row, blanks included."""
    return [stage.locator("text").all_text_contents() for stage in page.locator(".w-stage").all()]


def where(page):
    """Row and column of the window, from 0, as the title of the sum gives them."""
    title = page.locator(".w-at-sum .w-title").inner_text()
    return [int(digits) for digits in re.findall(r"\d+", title)]


def check_sum(page):
    """The written sum is true, and is what the output cell shows."""
    written = page.locator(".w-sum").inner_text().replace("\n", " ")
    terms, total = written.replace("−", "-").replace("·", "*").replace(",", "").split("=")
    assert re.fullmatch(r"[-+*\d\s]+", terms)
    assert eval(terms) == int(total)
    row, column = where(page)
    _, output = grids(page)
    size = round(len(output) ** 0.5)
    assert number(output[row * size + column]) == int(total)
    return int(total)


def shown_counts(page):
    size, weights, macs = page.locator(".w-counts .w-value").all_text_contents()
    height, width = size.split(" × ")
    assert height == width
    return {"output_size": int(height), "weights": number(weights), "macs": number(macs)}


def counted(settings):
    """The same from `utils.counting`; None where the kernel does not fit."""
    names = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "use_bias")
    size = settings["input_size"]
    try:
        count = counting.conv2d(
            (size, size, settings["channels"]), **{name: settings[name] for name in names}
        )
    except ValueError:
        return None
    axis = [settings[n] for n in ("input_size", "kernel_size", "strides", "padding")]
    assert (
        count.output_shape[:2] == (counting.conv_output_size(*axis, settings["dilation_rate"]),) * 2
    )
    return {
        "output_size": count.output_shape[0],
        "weights": count.weights,
        "macs": count.macs,
    }


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_mounts_everywhere_and_once(pages, scheme):
    body = widgets.placeholder("convolution") + widgets.placeholder("quiz", questions=QUESTIONS)
    page = pages.open(body, scheme)
    assert page.locator("form.w-body").count() == 1
    assert page.locator(".w-question").count() == 2
    assert page.locator(".w-still").count() == 0

    page.get_by_role("radiogroup", name="strides").get_by_label("2").check()

    # Run again, as when another output of a notebook brings the script along.
    page.evaluate(
        """html => {
            document.body.insertAdjacentHTML("beforeend", html);
            const script = document.createElement("script");
            script.src = "widgets.js";
            document.body.append(script);
            return new Promise((done) => { script.onload = done; });
        }""",
        widgets.placeholder("convolution", image="ramp"),
    )
    assert page.locator("form.w-body").count() == 2
    first, second = page.locator("form.w-body").all()
    second.get_by_role("radiogroup", name="strides").get_by_label("3").check()
    assert first.locator(".w-value").first.inner_text() == "3 × 3"  # as it was left
    assert second.locator(".w-value").first.inner_text() == "2 × 2"


def test_live_output_needs_nothing_else(pages, displayed, monkeypatch):
    monkeypatch.delenv("BOOK_STORED_OUTPUTS", raising=False)
    widgets.show("convolution")
    page = pages.open("<p>Before</p>")
    page.evaluate(  # as JupyterLab does: set the HTML, then make its scripts anew
        """html => {
            const host = document.createElement("div");
            host.innerHTML = html;
            for (const script of host.querySelectorAll("script")) {
                const anew = document.createElement("script");
                for (const { name, value } of script.attributes) anew.setAttribute(name, value);
                anew.textContent = script.textContent;
                script.replaceWith(anew);
            }
            document.body.append(host);
        }""",
        displayed[0]["text/html"],
    )
    assert check_sum(page) == 20


def test_without_script_the_picture_stands(pages):
    body = widgets.placeholder("convolution") + widgets.placeholder("quiz", questions=QUESTIONS)
    page = pages.open(body, java_script_enabled=False, viewport={"width": 390, "height": 800})
    assert page.get_by_role("img", name="Sobel x over an input").is_visible()
    assert page.locator(".w-still").bounding_box()["width"] < 390
    assert page.get_by_text("The output channels").is_visible()


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"image": "digit 7", "input_size": 12, "kernel": "Laplacian", "strides": 3},
        {"image": "diagonal line", "kernel": [[1, -2], [3, 0]], "padding": "same", "input_size": 8},
        {"image": "checkerboard", "kernel": "box blur (sum)", "dilation_rate": 2, "channels": 64},
        {"image": "single pixel", "kernel": "identity", "kernel_size": 5, "padding": "same"},
        {"image": "ramp", "kernel": "Sobel y", "strides": 2, "padding": "same", "filters": 7},
    ],
)
def test_still_picture_is_the_start(pages, state):
    html = widgets.placeholder("convolution", **state)
    groups = re.findall(r'<g text-anchor="middle"[^>]*>(.*?)</g>', html)
    inputs, outputs, kernel = (re.findall(r">([^<]+)</text>", group) for group in groups)
    total = number(re.search(r">= ([^<]+)</text>", html)[1])
    sentence = re.search(r"has ([\d,]+) weights, bias included, and makes ([\d,]+)", html)

    page = pages.open(html)
    shown = [[text for text in grid if text] for grid in grids(page)]
    assert shown == [inputs, outputs]
    fields = page.locator(".w-kernel input").all()
    assert [int(field.input_value()) for field in fields] == [number(text) for text in kernel]
    assert check_sum(page) == total
    counts = shown_counts(page)
    assert (counts["weights"], counts["macs"]) == (number(sentence[1]), number(sentence[2]))


def test_count_equals_counting(page):
    draw = random.Random(0)
    settings = [
        {
            "input_size": draw.randint(1, 40),
            "kernel_size": draw.randint(1, 7),
            "strides": draw.randint(1, 4),
            "padding": draw.choice(["valid", "same"]),
            "dilation_rate": draw.randint(1, 4),
            "channels": draw.randint(1, 64),
            "filters": draw.randint(1, 64),
            "use_bias": draw.random() < 0.5,
        }
        for _ in range(200)
    ]
    expected = [counted(one) for one in settings]
    assert 10 < expected.count(None) < 100
    assert page.evaluate("all => all.map(bookWidgets.convolution.count)", settings) == expected


def test_convolve_equals_reference(page):
    draw = np.random.default_rng(0)
    cases, expected = [], []
    for _ in range(60):
        kernel_size = int(draw.integers(1, 6))
        image = draw.integers(-9, 10, size=draw.integers(5, 13, size=2))
        kernel = draw.integers(-9, 10, size=(kernel_size, kernel_size))
        settings = {
            "strides": int(draw.integers(1, 4)),
            "padding": str(draw.choice(["valid", "same"])),
            "dilation_rate": int(draw.integers(1, 4)),
        }
        cases.append([image.tolist(), kernel.tolist(), settings])
        try:
            outputs = reference.conv2d(
                image[None, :, :, None], kernel[:, :, None, None], **settings
            )  # (1, Y, X, 1)
            expected.append(outputs[0, :, :, 0].tolist())
        except ValueError:
            expected.append(None)
    assert 0 < expected.count(None) < 30
    run = "cases => cases.map((one) => bookWidgets.convolution.convolve(...one))"
    assert page.evaluate(run, cases) == expected


def test_controls_show_true_numbers(page):
    draw = random.Random(1)
    for _ in range(12):
        settings = {
            "input_size": draw.randint(5, 12),
            "kernel_size": draw.choice([1, 2, 3, 5]),
            "strides": draw.randint(1, 3),
            "padding": draw.choice(["valid", "same"]),
            "dilation_rate": draw.randint(1, 3),
            "channels": draw.randint(1, 64),
            "filters": draw.randint(1, 64),
            "use_bias": True,
        }
        page.get_by_label("input", exact=True).select_option(draw.choice(["digit 7", "ramp"]))
        page.get_by_label("kernel", exact=True).select_option("box blur (sum)")
        page.get_by_label("input_size").fill(str(settings["input_size"]))
        page.get_by_label("input channels, C").fill(str(settings["channels"]))
        page.get_by_label("filters, F").fill(str(settings["filters"]))
        for name in ("kernel_size", "strides", "padding", "dilation_rate"):
            group = page.get_by_role("radiogroup", name=name)
            group.get_by_label(str(settings[name])).check()
        expected = counted(settings)
        problem = page.get_by_text("The kernel does not fit")
        if expected is None:
            assert problem.is_visible()
            assert not page.locator(".w-counts").is_visible()
            continue
        assert not problem.is_visible()
        assert shown_counts(page) == expected
        formulas = page.locator(".w-formula span").all_inner_texts()
        for formula, value in zip(formulas, expected.values(), strict=True):
            assert worked_out(formula) == value
        check_sum(page)
        keras = page.get_by_text("Keras refuses")
        assert keras.is_visible() == (settings["strides"] > 1 < settings["dilation_rate"])


def worked_out(formula):
    """Value of a formula as the widget writes it."""
    text = formula.lstrip("= ").replace("−", "-").replace("·", "*").replace("²", "**2")
    text = re.sub(r"⌈(\d+) / (\d+)⌉", r"-(-\1 // \2)", text)
    text = text.replace("⌊", "(").replace("⌋", ")").replace(" / ", " // ")
    assert re.fullmatch(r"[-+*/()\d\s]+", text), formula
    return eval(text)


def test_impossible_then_possible(page):
    page.get_by_label("kernel", exact=True).select_option("identity")
    page.get_by_role("radiogroup", name="kernel_size").get_by_label("5").check()
    page.get_by_role("radiogroup", name="dilation_rate").get_by_label("2").check()
    assert page.locator(".w-problem").inner_text() == (
        "The kernel does not fit: it spans 2 · (5 − 1) + 1 = 9 pixels, the input has 7, and "
        'padding="valid" adds none. Choose a larger input, a smaller kernel, or padding="same".'
    )
    page.get_by_role("radiogroup", name="padding").get_by_label("same").check()
    assert shown_counts(page)["output_size"] == 7
    check_sum(page)


def test_kernels(page):
    kernel = page.get_by_label("kernel", exact=True)
    size = page.get_by_role("radiogroup", name="kernel_size")
    page.get_by_label("input", exact=True).select_option("single pixel")

    # One bright pixel prints the kernel turned by half a turn: nothing was flipped in the sum.
    kernel.select_option("Sobel y")
    page.get_by_role("button", name="Whole output").click()
    _, output = grids(page)
    middle = [number(output[row * 5 + column]) for row in (1, 2, 3) for column in (1, 2, 3)]
    assert middle == [1, 2, 1, 0, 0, 0, -1, -2, -1]

    size.get_by_label("2").check()  # Sobel is 3 by 3 only
    assert kernel.input_value() == "box blur (sum)"
    kernel.select_option("Laplacian")
    assert size.get_by_label("3").is_checked()

    page.get_by_label("weight, row 1, column 1").fill("7")
    assert kernel.input_value() == "custom"
    assert check_sum(page) == 7
    page.get_by_label("weight, row 1, column 1").fill("99")
    page.keyboard.press("Tab")
    assert page.get_by_label("weight, row 1, column 1").input_value() == "9"
    assert check_sum(page) == 9


def test_keys_move_the_window(page):
    grid = page.get_by_role("application", name="Input")
    # The book turns pages on the arrow keys that reach the document.
    page.evaluate("() => { onkeydown = (event) => { document.title += event.key; }; }")
    grid.focus()
    outline = grid.evaluate("node => getComputedStyle(node).outlineWidth")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.ariaLabel").startswith("Input, 7 by 7.")
    assert (outline, where(page)) == ("3px", [2, 3])
    moves = [
        ("ArrowDown", [3, 3]),
        ("End", [3, 4]),
        ("ArrowRight", [3, 4]),  # stays inside
        ("Home", [3, 0]),
        ("ArrowUp", [2, 0]),
        ("ArrowLeft", [2, 0]),
        ("Control+End", [4, 4]),
        ("Control+Home", [0, 0]),
    ]
    for key, place in moves:
        page.keyboard.press(key)
        assert where(page) == place, key
        check_sum(page)
    assert page.title() == "WidgetsControlControl"
    page.get_by_role("application", name="Output").focus()
    page.keyboard.press("ArrowRight")
    assert where(page) == [0, 1]
    assert page.locator(".w-spoken").inner_text() == "Output row 0, column 1: 20."


def test_the_window_stands_over_its_cells(pages):
    page = pages.open(
        widgets.placeholder("convolution", strides=2, padding="same", input_size=8),
        reduced_motion="reduce",
    )
    page.get_by_role("application", name="Input").focus()
    page.keyboard.press("Control+End")
    stage, window = (page.locator(name).first.bounding_box() for name in (".w-stage", ".w-window"))
    cell = stage["width"] / 9  # 8 pixels, and one zero at the bottom and right
    assert window["x"] - stage["x"] == pytest.approx(6 * cell, abs=1)
    assert window["y"] - stage["y"] == pytest.approx(6 * cell, abs=1)
    assert window["width"] == pytest.approx(3 * cell, abs=1)
    assert "zeros: 0 top and left, 1 bottom and right" in page.content()


def test_dragging_moves_the_window(page):
    for name, size, steps in (("Input", 7, 2), ("Output", 5, 2)):
        page.get_by_role("application", name=name).focus()
        page.keyboard.press("Control+Home")
        page.wait_for_function("document.getAnimations().length === 0")  # the window glides
        stage = page.get_by_role("application", name=name)
        box, window = stage.bounding_box(), stage.locator(".w-window").bounding_box()
        cell = box["width"] / size
        x, y = window["x"] + 5, window["y"] + 5  # hold it near its corner: it must not jump
        page.mouse.move(x, y)
        page.mouse.down()
        assert where(page) == [0, 0]
        page.mouse.move(x + steps * cell, y + cell, steps=4)
        assert where(page) == [1, 2]
        page.mouse.move(x + 30 * cell, y + 30 * cell)
        assert where(page) == [4, 4]
        page.mouse.up()
        page.mouse.move(x, y)
        assert where(page) == [4, 4]
        page.mouse.click(box["x"] + 2.5 * cell, box["y"] + 1.5 * cell)
        assert where(page) == ([0, 1] if name == "Input" else [1, 2])
        check_sum(page)


def test_a_finger_drags_the_window_and_scrolls_beside_it(pages):
    page = pages.open(
        '<div style="height:300px"></div>'
        + widgets.placeholder("convolution")
        + '<div style="height:900px"></div>',
        has_touch=True,
        is_mobile=True,
        viewport={"width": 390, "height": 700},
    )
    page.locator(".w-stage").first.scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 200)")
    stage = page.locator(".w-stage").first
    box, window = stage.bounding_box(), stage.locator(".w-window").bounding_box()
    cell = box["width"] / 7
    scrolled = page.evaluate("scrollY")
    pages.swipe(page, window["x"] + 1.5 * cell, window["y"] + 1.5 * cell, down=2 * cell)
    assert where(page) == [4, 2]
    assert page.evaluate("scrollY") == scrolled

    pages.swipe(
        page, box["x"] + 0.5 * cell, box["y"] + 3.5 * cell, down=-3 * cell
    )  # beside the window
    page.wait_for_function("before => scrollY > before", arg=scrolled)
    assert where(page) == [4, 2]


def test_step_and_play(pages):
    page = pages.open(widgets.placeholder("convolution"))
    step = page.get_by_role("button", name="Step")
    assert sum(map(bool, grids(page)[1])) == 13  # 2 rows of 5, and 3 cells
    step.click()
    assert where(page) == [2, 3]
    for _ in range(11):
        step.click()
    assert where(page) == [4, 4]
    assert all(grids(page)[1])
    step.click()  # from the beginning
    assert where(page) == [0, 0]
    assert sum(map(bool, grids(page)[1])) == 1

    page.get_by_role("button", name="Play").click()
    page.get_by_text(re.compile("Output row [0-4], column [1-4]")).first.wait_for()  # it moves
    page.get_by_role("button", name="Pause").click()
    place = where(page)
    page.evaluate("new Promise((done) => setTimeout(done, 600))")  # a step takes 450
    assert where(page) == place

    calm = pages.open(widgets.placeholder("convolution"), reduced_motion="reduce")
    assert not calm.get_by_role("button", name="Play").is_visible()
    assert calm.get_by_role("button", name="Step").is_visible()


def test_narrow_page_does_not_scroll_sideways(narrow_page):
    body = (
        widgets.placeholder("convolution")
        + widgets.placeholder(
            "convolution",
            input_size=12,
            kernel=[[-9] * 5] * 5,
            padding="same",
            dilation_rate=3,
            channels=64,
            filters=64,
            image="ramp",
        )
        + widgets.placeholder("quiz", questions=QUESTIONS)
    )
    narrow_page(body)


def test_quiz_by_keyboard(pages):
    page = pages.open(widgets.placeholder("quiz", questions=QUESTIONS), "http")
    why = page.locator(".w-why")
    assert why.first.get_attribute("aria-live") == "polite"
    page.keyboard.press("Tab")
    page.evaluate("() => { onkeydown = (event) => { document.title += event.key; }; }")
    page.keyboard.press("ArrowUp")  # around to the last choice, without choosing it
    assert page.evaluate("document.activeElement.innerText").strip() == "576"
    assert page.title() == "Widgets"
    assert why.first.inner_text() == ""
    page.keyboard.press("Space")
    assert why.first.inner_text() == "Not right. The bias is missing."
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert why.first.inner_text() == "Right. 3 · 3 · 64 + 1."
    checked = [button.get_attribute("aria-checked") for button in page.get_by_role("radio").all()]
    assert checked == ["false", "true", "false", "false", "false"]

    assert page.locator(".w-score").inner_text() == ""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert why.nth(1).inner_text() == "Right. One plane a filter."
    assert page.locator(".w-score").inner_text() == "1 of 2 right at the first try."

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # start again
    assert page.locator(".w-score").inner_text() == ""
    assert page.get_by_role("radio", checked=True).count() == 0
    for answer in ("577", "The output channels"):
        page.get_by_role("radio", name=answer).click()
    assert page.locator(".w-score").inner_text() == "2 of 2 right at the first try."


# Separable against ordinary

SEPARABLE = {"padding": "same", "use_bias": False}


def counted_separable(channels, filters, kernel_size, map_size):
    """Weights and MACs of the four parts, from `utils.counting`."""
    shape = (map_size, map_size, channels)
    counts = {
        "ordinary": counting.conv2d(shape, filters, kernel_size, **SEPARABLE),
        "depthwise": counting.depthwise_conv2d(shape, kernel_size, **SEPARABLE),
        "pointwise": counting.conv2d(shape, filters, 1, **SEPARABLE),
        "separable": counting.separable_conv2d(shape, filters, kernel_size, **SEPARABLE),
    }
    return {part: {"weights": count.weights, "macs": count.macs} for part, count in counts.items()}


def check_separable(page, expected):
    """All that the widget shows agrees with the counts; returns what it says in words."""
    parts = list(expected)
    weights, macs = page.locator(".w-costs").all()
    for node, name in ((weights, "weights"), (macs, "macs")):
        values = node.locator(".w-value").all_text_contents()
        formulas = node.locator(".w-formula span").all_text_contents()
        if name == "weights":
            ratio, formula = float(values.pop()), formulas.pop()
        assert [number(value) for value in values] == [expected[part][name] for part in parts]
        assert [worked_out(text) for text in formulas] == [expected[part][name] for part in parts]
    made = expected["separable"]["weights"] / expected["ordinary"]["weights"]
    assert expected["separable"]["macs"] / expected["ordinary"]["macs"] == pytest.approx(made)
    assert ratio == pytest.approx(made, abs=5e-4)
    written = re.fullmatch(r"= 1/F \+ 1/k² = 1/(\d+) \+ 1/(\d)²", formula)
    assert 1 / int(written[1]) + 1 / int(written[2]) ** 2 == pytest.approx(made)

    areas = page.locator(".w-fill").evaluate_all(
        "nodes => nodes.map((node) => node.getAttribute('width') * node.getAttribute('height'))"
    )
    per_weight = [
        area / expected[part]["weights"] for area, part in zip(areas, parts[:3], strict=True)
    ]
    assert per_weight == pytest.approx([180**2 / expected["ordinary"]["weights"]] * 3)

    said = page.locator("p[aria-live=polite]").inner_text()
    if made > 1:
        assert said.startswith("Separable costs more here.")
    else:
        times = float(re.match(r"Separable needs ([\d.]+) times fewer", said)[1])
        assert times == pytest.approx(1 / made, abs=0.05)
    return said


def test_separable_count_equals_counting(pages):
    page = pages.open(widgets.placeholder("separable"))
    draw = random.Random(2)
    settings = [
        {
            "channels": draw.randint(1, 512),
            "filters": draw.choice([1, draw.randint(1, 512)]),
            "kernel_size": draw.choice([1, 3, 5, 7]),
            "map_size": draw.randint(1, 112),
        }
        for _ in range(200)
    ]
    expected = [counted_separable(**one) for one in settings]
    assert page.evaluate("all => all.map(bookWidgets.separable.count)", settings) == expected
    ratios = [one["separable"]["weights"] / one["ordinary"]["weights"] for one in expected]
    assert page.evaluate("all => all.map(bookWidgets.separable.ratio)", settings) == pytest.approx(
        ratios, rel=1e-12
    )
    said = page.evaluate("all => all.map(bookWidgets.separable.verdict)", settings)
    dearer = ["costs more" in one for one in said]
    assert dearer == [ratio > 1 for ratio in ratios]
    assert 50 < sum(dearer) < 150


def test_separable_presets(pages):
    page = pages.open(widgets.placeholder("separable", kernel_size=5))
    expected = {
        "4 → 4": (144, 36, 16, 52),
        "64 → 64": (36_864, 576, 4_096, 4_672),
        "RGB → 32": (864, 27, 96, 123),
        "512 → 512": (2_359_296, 4_608, 262_144, 266_752),
    }
    for name, counts in expected.items():
        preset = page.get_by_role("button", name=name, exact=True)
        assert preset.get_attribute("aria-pressed") == "false"
        preset.focus()
        page.keyboard.press("Enter")
        assert preset.get_attribute("aria-pressed") == "true"
        values = page.locator(".w-costs").first.locator(".w-value").all_text_contents()
        assert tuple(number(value) for value in values[:4]) == counts
        assert page.get_by_text("planes are strongly correlated").is_visible() == ("RGB" in name)
    assert page.get_by_text("Fewer MACs is not as many times faster").is_visible()


def test_separable_controls_show_true_numbers(pages):
    page = pages.open(widgets.placeholder("separable"), "http")
    draw = random.Random(3)
    steps = list(range(len(_separable.CHANNELS)))
    cases = [
        (draw.choice(steps), draw.choice(steps), draw.choice([1, 3, 5, 7]), draw.randrange(5))
        for _ in range(6)
    ]
    cases += [(9, 0, 3, 1), (18, 18, 7, 4), (0, 0, 1, 0)]
    for channels, filters, kernel_size, size in cases:
        page.get_by_label("input channels, C").fill(str(channels))
        page.get_by_label("filters, F").fill(str(filters))
        page.get_by_role("radiogroup", name="kernel_size").get_by_label(str(kernel_size)).check()
        page.get_by_label("map height and width, H").fill(str(size))
        check_separable(
            page,
            counted_separable(
                _separable.CHANNELS[channels],
                _separable.CHANNELS[filters],
                kernel_size,
                _separable.MAP_SIZES[size],
            ),
        )

    # One arrow key is one step of the list, and it is spoken as the number of channels.
    slider = page.get_by_label("filters, F")
    slider.fill("12")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "96"


def test_separable_says_where_it_costs_more(pages):
    page = pages.open(widgets.placeholder("separable", filters=1))
    said = check_separable(page, counted_separable(64, 1, 3, 28))
    assert "One ordinary filter already has one small kernel for each plane" in said
    page.get_by_role("radiogroup", name="kernel_size").get_by_label("1").check()
    said = check_separable(page, counted_separable(64, 1, 1, 28))
    assert "A 1×1 kernel does not look around" in said
    page.get_by_role("button", name="4 → 4", exact=True).click()
    said = check_separable(page, counted_separable(4, 4, 3, 28))
    assert "The depthwise part holds 69 % of its weights" in said
    page.get_by_role("button", name="64 → 64", exact=True).click()
    assert "The 1×1 part holds 88 % of its weights" in check_separable(
        page, counted_separable(64, 64, 3, 28)
    )


@pytest.mark.parametrize("state", [{}, {"channels": 4, "filters": 2, "kernel_size": 5}])
def test_separable_still_picture_is_the_start(pages, state):
    html = widgets.placeholder("separable", **state)
    drawn = re.findall(r'<rect width="([\d.]+)" height="([\d.]+)"', html)
    page = pages.open(html)
    shown = page.locator(".w-fill").evaluate_all(
        "nodes => nodes.map((node) => ['width', 'height'].map((name) => +node.getAttribute(name)))"
    )
    assert len(drawn) == 3
    assert [[float(side) for side in rect] for rect in drawn] == [
        pytest.approx(rect, abs=0.06) for rect in shown
    ]
    values = page.locator(".w-costs").first.locator(".w-value").all_text_contents()
    ordinary, depthwise, pointwise, separable, ratio = values
    assert f"an ordinary convolution has {ordinary} weights" in html
    assert f"a separable one {depthwise} + {pointwise} = {separable}." in html
    assert f"= {ratio}." in html


# Shape puzzle

CONVOLUTIONS = [
    {"kind": "Conv2D", "filters": filters, "kernel_size": 1, "strides": strides, "padding": "valid"}
    for filters in (1, 32, 64, 128)
    for strides in (1, 2)
]
POOLINGS = [
    {"kind": "MaxPooling2D", "pool_size": 2, "strides": 2, "padding": padding}
    for padding in ("valid", "same")
]


def after(shape, layers):
    """Shape at the end of a path, from `utils.counting`; None where a window does not fit."""
    for layer in layers:
        arguments = {name: value for name, value in layer.items() if name != "kind"}
        if layer["kind"] == "Conv2D":
            count = functools.partial(counting.conv2d, **arguments)
        elif layer["kind"] == "MaxPooling2D":
            count = functools.partial(counting.pooling2d, **arguments)
        else:
            count = functools.partial(counting.global_average_pooling2d, keepdims=True)
        try:
            shape = count(shape).output_shape
        except ValueError:
            return None
    return shape


def sum_shape(first, second):
    """What NumPy says of two shapes; None where they cannot be added."""
    try:
        return list(np.broadcast_shapes(first, second))
    except ValueError:
        return None


def tuples(text):
    return [tuple(map(int, found.split(", "))) for found in re.findall(r"\(([\d, ]+)\)", text)]


def added(page):
    """The two shapes at the Add, as the widget shows them at the end of each path."""
    steps = page.locator(".w-steps")
    ends = [steps.nth(path).locator(".w-shape").last.inner_text() for path in (0, 1)]
    first, second = (tuples(text)[0] for text in ends)
    assert tuples(page.locator(".w-box .w-title", has_text="Add()").inner_text()) == [first, second]
    return first, second


def verdict(page):
    return page.locator(".w-why").inner_text()


def pick(page, **choices):
    for name, value in choices.items():
        group = page.get_by_role("radiogroup", name=name.replace("_", " "), exact=True)
        group.get_by_label(str(value), exact=True).check()


def test_puzzle_shapes_equal_counting(pages):
    page = pages.open(widgets.placeholder("shape_puzzle"))
    draw = random.Random(4)
    cases, expected = [], []
    for _ in range(200):
        shape = [draw.randint(1, 40), draw.randint(1, 40), draw.randint(1, 128)]
        steps = {"strides": draw.randint(1, 3), "padding": draw.choice(["valid", "same"])}
        convolution = {"filters": draw.randint(1, 128), "kernel_size": draw.randint(1, 7)}
        layer = draw.choice(
            [
                {"kind": "Conv2D", **convolution, **steps},
                {"kind": "MaxPooling2D", "pool_size": draw.randint(1, 4), **steps},
                {"kind": "GlobalAveragePooling2D"},
            ]
        )
        cases.append([shape, layer])
        output = after(shape, [layer])
        expected.append(output and list(output))
    assert 2 < expected.count(None) < 50
    run = "cases => cases.map((one) => bookWidgets.shape_puzzle.outputShape(...one))"
    assert page.evaluate(run, cases) == expected


def test_puzzle_broadcast_equals_numpy(pages):
    page = pages.open(widgets.placeholder("shape_puzzle"))
    draw = random.Random(5)
    cases = []
    for _ in range(300):
        full = [draw.choice([2, 3, 8]) for _ in range(draw.randint(1, 4))]
        pair = [[draw.choice([1, size, size, size]) for size in full] for _ in range(2)]
        pair[0] = pair[0][draw.randrange(len(full)) :]
        if draw.random() < 0.4:
            pair[1][-1] = draw.choice([1, 2, 3, 8])
        cases.append(pair)
    cases += [[[1, 1, 64], [8, 8, 64]], [[25, 25, 64], [25, 25, 32]]]
    expected = [sum_shape(*pair) for pair in cases]
    assert 30 < expected.count(None) < 150
    run = "cases => cases.map((pair) => bookWidgets.shape_puzzle.broadcast(...pair))"
    assert page.evaluate(run, cases) == expected
    outcomes = [
        "equal" if first == second else "broadcast" if total else "error"
        for (first, second), total in zip(cases, expected, strict=True)
    ]
    run = "cases => cases.map((pair) => bookWidgets.shape_puzzle.outcome(...pair))"
    assert page.evaluate(run, cases) == outcomes
    assert {"equal", "broadcast", "error"} <= set(outcomes)


def test_puzzle_is_what_keras_does(pages):
    """Each layer that the widget writes runs in Keras, and gives the shape written below it."""
    import keras

    page = pages.open(widgets.placeholder("shape_puzzle"))

    def check():
        tensors = []
        for path in (0, 1):
            steps = page.locator(".w-steps").nth(path)
            (shape,) = tuples(page.locator(".w-box").first.inner_text())
            tensor = keras.Input(shape)
            codes = steps.locator("code", has_text="2D").all_inner_texts()
            shapes = [tuples(text)[0] for text in steps.locator(".w-shape").all_inner_texts()]
            assert len(shapes) == max(1, len(codes))
            for code, shape in zip(codes, shapes, strict=False):
                tensor = eval(code, vars(keras.layers))(tensor)
                assert tensor.shape == (None, *shape)
            assert tensor.shape == (None, *shapes[-1])
            tensors.append(tensor)
        gives = page.locator(".w-gives").inner_text()
        try:
            total = keras.layers.Add()(tensors)
        except ValueError as error:
            assert gives == f"ValueError: {error}"
            return "error"
        assert tuples(gives) == [total.shape[1:]]
        return "runs"

    seen = [check()]
    pick(page, operation="1×1 convolution")
    for filters, strides in ((64, 1), (1, 1), (128, 2)):
        pick(page, filters=filters, strides=strides)
        seen.append(check())
    page.get_by_role("button", name="Level 3").click()
    pick(page, operation="pooling")
    seen.append(check())
    pick(page, padding="same")
    seen.append(check())
    pick(page, operation="1×1 convolution", filters=64, strides=2)
    seen.append(check())
    pick(page, padding_in_the_main_path="same")
    seen.append(check())
    page.get_by_role("button", name="Level 4").click()
    seen.append(check())
    for answer in page.locator(".w-answers button").all():
        answer.click()
        seen.append(check())
    assert [one == "runs" for one in seen] == [0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1]


def test_each_level_has_one_solution():
    solutions = []
    for level in _shape_puzzle.LEVELS:
        shape = tuple(level["input_shape"])
        if "answers" in level:
            blocks = [(answer["main"], answer["shortcut"]) for answer in level["answers"]]
        else:
            mains = [level["main"]]
            if "editable" in level:
                mains = [[level["main"][0], pooling] for pooling in POOLINGS]
                assert level["editable"] == 1
            shortcuts = [[], *([layer] for layer in [*CONVOLUTIONS, *POOLINGS])]
            blocks = list(itertools.product(mains, shortcuts))
        found = [
            (main, shortcut)
            for main, shortcut in blocks
            if after(shape, main) == after(shape, shortcut)
            and list(after(shape, main)) == level.get("goal", list(after(shape, main)))
        ]
        assert len(found) == 1, level["title"]
        solutions.append(found[0])
    (_, first), (_, second), (third_main, third), (fourth_main, fourth) = solutions
    assert (first[0]["filters"], first[0]["strides"]) == (64, 1)
    assert (second[0]["filters"], second[0]["strides"]) == (64, 2)
    assert (third[0]["filters"], third[0]["strides"]) == (64, 2)
    assert third_main[1]["padding"] == "same"
    assert (len(fourth_main), fourth) == (1, [])


def test_puzzle_controls_show_true_shapes(pages):
    page = pages.open(widgets.placeholder("shape_puzzle"))
    draw = random.Random(6)
    for _ in range(10):
        number = draw.randint(1, 3)
        level = _shape_puzzle.LEVELS[number - 1]
        page.get_by_role("button", name=f"Level {number}").click()
        main = level["main"]
        if "editable" in level:
            pooling = draw.choice(POOLINGS)
            pick(page, padding_in_the_main_path=pooling["padding"])
            main = [main[0], pooling]
        assert page.get_by_role("radiogroup", name="padding in").is_visible() == (number == 3)
        layer = draw.choice([None, *CONVOLUTIONS, *POOLINGS])
        if layer is None:
            pick(page, operation="nothing")
        elif layer in CONVOLUTIONS:
            pick(page, operation="1×1 convolution")
            pick(page, filters=layer["filters"], strides=layer["strides"])
        else:
            pick(page, operation="pooling", padding=layer["padding"])
        shown = [one.is_visible() for one in page.get_by_role("radiogroup", name="filters").all()]
        assert any(shown) == (layer in CONVOLUTIONS)

        ends = added(page)
        shape = level["input_shape"]
        assert ends == (tuple(after(shape, main)), tuple(after(shape, [layer] if layer else [])))
        for text in page.locator(".w-steps .w-note").all_inner_texts():
            formula, rest = text.rsplit(" = ", 1)
            assert worked_out(formula) == int(rest.split(",")[0])
        total = sum_shape(*ends)
        said = verdict(page)
        if total is None:
            assert said.startswith("Add fails.") and len(said) > 40
        else:
            gives = page.locator(".w-gives").inner_text()
            assert tuples(gives) == [tuple(total)]
            assert said.startswith("Solved." if ends[0] == ends[1] else "Add runs, but broadcasts.")


def test_puzzle_hints_are_about_the_mistake(pages):
    page = pages.open(widgets.placeholder("shape_puzzle"))
    assert verdict(page) == "Add fails. Without a layer, the shortcut keeps its 32 channels."
    pick(page, operation="pooling")
    assert verdict(page) == (
        "Add fails. Pooling works plane by plane: 32 channels stay. "
        "The shortcut shrinks the map to 12; the main path leaves it at 25."
    )
    pick(page, operation="1×1 convolution", filters=1)
    assert verdict(page).startswith(
        "Add runs, but broadcasts. The one plane of the shortcut is added to all 64 planes."
    )
    page.get_by_role("button", name="Level 2").click()
    pick(page, operation="1×1 convolution", filters=64)
    assert verdict(page) == (
        "Add fails. The main path shrinks the map to 12; the shortcut leaves it at 24."
    )
    page.get_by_role("button", name="Level 3").click()
    pick(page, operation="1×1 convolution", filters=64, strides=2)
    assert added(page) == ((12, 12, 64), (13, 13, 64))
    assert verdict(page) == (
        'Add fails. 25 / 2 is not whole: one path rounds down, the other up. padding="valid" '
        'rounds down; padding="same" rounds up, and so does a 1×1 convolution with strides=2.'
    )
    page.get_by_role("button", name="Level 4").click()
    assert added(page) == ((1, 1, 64), (8, 8, 64))
    assert verdict(page).startswith("Add runs, but broadcasts.")
    assert "1 is repeated 8 times" in page.locator(".w-axis").first.inner_text()
    for answer in ("Yes: it runs", "No: the shortcut needs"):
        page.get_by_role("button", name=answer).click()
        assert verdict(page).startswith("Not what is wanted.")
    assert page.locator(".w-score").inner_text() == "0 of 4 levels solved."


def test_puzzle_by_keyboard(pages):
    page = pages.open(widgets.placeholder("shape_puzzle"), "http")
    assert page.locator(".w-why").get_attribute("aria-live") == "polite"
    press = page.keyboard.press
    next_level = page.get_by_role("button", name="Next level")

    def keys(text):
        for key in text.split():
            press(key)

    def focused():
        return page.evaluate("document.activeElement.innerText").strip()

    # From the title: one Tab to the operations, arrows choose, the next Tabs reach what it needs.
    page.get_by_role("button", name="Level 4").focus()
    keys("Tab ArrowRight Tab ArrowRight")  # 1×1 convolution, 64 filters
    assert added(page) == ((25, 25, 64), (25, 25, 64))
    assert verdict(page) == (
        "Solved. A 1×1 convolution sets the number of channels and leaves the map as it is."
    )
    assert page.get_by_role("button", name="Level 1, solved").inner_text() == "Level 1 ✓"
    assert page.locator(".w-score").inner_text() == "1 of 4 levels solved."
    keys("Tab Tab Enter")  # past strides, next level
    assert focused() == "Level 2 of 4: pooling, 24 pixels wide"
    assert not next_level.is_visible()
    keys("Tab ArrowRight Tab ArrowRight Tab ArrowRight")
    assert verdict(page).startswith("Solved. One layer does both")
    keys("Tab Space")
    assert focused() == "Level 3 of 4: pooling, 25 pixels wide"
    keys("Tab ArrowRight Tab ArrowRight Tab ArrowRight Tab ArrowRight")
    assert added(page) == ((13, 13, 64), (13, 13, 64))
    assert verdict(page).startswith('Solved. With padding="same" the pooling rounds up')
    keys("Tab Enter Tab Tab Tab Enter")
    assert added(page) == ((8, 8, 64), (8, 8, 64))
    assert verdict(page).startswith("Solved. Equal shapes without it")
    assert page.locator(".w-score").inner_text() == "4 of 4 levels solved."

    # A solved level stays solved when its choices change.
    page.get_by_role("button", name="Yes: it runs").click()
    assert page.locator(".w-score").inner_text() == "4 of 4 levels solved."
    page.get_by_role("button", name="Level 2").click()
    assert verdict(page).startswith("Solved.")
    page.get_by_role("button", name="Start again").click()
    assert focused() == "Level 1 of 4: more filters"
    assert page.locator(".w-score").inner_text() == "0 of 4 levels solved."
    assert verdict(page).startswith("Add fails.")


def test_next_level_is_the_next_unsolved_one(pages):
    page = pages.open(widgets.placeholder("shape_puzzle", level=4))
    page.get_by_role("button", name="No: the global pooling").click()
    page.get_by_role("button", name="Next level").click()
    assert page.get_by_text("Level 1 of 4").is_visible()


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_puzzle_still_picture_is_the_start(pages, level):
    html = widgets.placeholder("shape_puzzle", level=level)
    sentence = re.search(r'aria-label="([^"]*)"', html)[1]
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", html)
    page = pages.open(html)
    assert tuples(sentence) == list(added(page))
    (start,) = tuples(page.locator(".w-box").first.inner_text())
    steps = page.locator(".w-steps")
    along = [tuples(text)[0] for text in steps.first.locator(".w-shape").all_inner_texts()]
    assert tuples(" ".join(texts)) == [start, *along, added(page)[1]]
    assert verdict(page).startswith(f"{texts[-1]}.")


@pytest.mark.parametrize("operation", ["1×1 convolution", "pooling"])
def test_cnn_widgets_fit_a_narrow_page(narrow_page, operation):
    names = ("separable", "shape_puzzle")
    body = "".join(
        widgets.placeholder(name, **state)
        for name, states in {
            "separable": [
                {},
                {"channels": 512, "filters": 512, "kernel_size": 7, "map_size": 112},
                {"channels": 1, "filters": 1, "kernel_size": 1},
            ],
            "shape_puzzle": [{"level": level} for level in (1, 2, 3, 4)],
        }.items()
        for state in states
    )

    def choose(page):
        for group in page.get_by_role("radiogroup", name="operation").all():
            group.get_by_label(operation).check()

    page = narrow_page(body, choose)
    assert {node.get_attribute("data-widget") for node in page.locator(".widget").all()} == set(
        names
    )
