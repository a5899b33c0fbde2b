"""Widgets: what Python stores, and what Chromium makes of it."""

import functools
import http.server
import itertools
import json
import random
import re
import subprocess
import sys
import threading

import numpy as np
import pytest

from utils import counting, widgets
from utils.reference import convolution as reference

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
    assert widgets.available() == ["convolution", "quiz"]


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
            "text/plain": "Sobel x over an input, vertical edge: the window at row 3, column 3 "
            "gives 20. The output is 5 × 5; the layer has 10 weights and makes 225 "
            "multiply-accumulates.",
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
            "name must be one of convolution, quiz. Received: name='convolutoin'",
        ),
        (
            lambda: widgets.bundle(["dom"]),
            "name must be one of convolution, quiz. Received: name='dom'",
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


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files under the policy that the book is meant to live under."""

    def end_headers(self):
        """Add the policy."""
        self.send_header("Content-Security-Policy", "script-src 'self'")
        super().end_headers()

    def log_message(self, *args):
        """Say nothing."""


class Pages:
    """Writes pages with widgets, opens them, and collects what the console says."""

    def __init__(self, folder, browser, port):
        """Put script and style sheet into a folder that is served at a port."""
        self.folder, self.browser, self.port = folder, browser, port
        self.contexts, self.complaints, self.count = [], [], itertools.count()
        (folder / "widgets.js").write_text(widgets.bundle(), encoding="utf-8")
        (folder / "widgets.css").write_text(widgets.css(), encoding="utf-8")

    def open(self, body, scheme="file", **options):
        """Open a page with this body, from the folder or over http."""
        name = f"page{next(self.count)}.html"
        (self.folder / name).write_text(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Widgets</title>'
            '<link rel="icon" href="data:,">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="stylesheet" href="widgets.css"><script defer src="widgets.js"></script>'
            f"</head><body>{body}</body></html>",
            encoding="utf-8",
        )
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        root = f"http://localhost:{self.port}" if scheme == "http" else self.folder.as_uri()
        page.goto(f"{root}/{name}")
        return page


@pytest.fixture
def pages(tmp_path, browser):
    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opener = Pages(tmp_path, browser, server.server_port)
        yield opener
        for context in opener.contexts:
            context.close()
        server.shutdown()
    assert opener.complaints == []


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
    return [int(digits) - 1 for digits in re.findall(r"\d+", title)]


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
    sentence = re.search(r"has ([\d,]+) weights and makes ([\d,]+)", html)

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

    page.get_by_label("weight, row 2, column 2").fill("7")
    assert kernel.input_value() == "custom"
    assert check_sum(page) == 7
    page.get_by_label("weight, row 2, column 2").fill("99")
    page.keyboard.press("Tab")
    assert page.get_by_label("weight, row 2, column 2").input_value() == "9"
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
    assert page.locator(".w-spoken").inner_text() == "Output row 1, column 2: 20."


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
        page.wait_for_timeout(200)  # the window glides
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
    session = page.context.new_cdp_session(page)

    def swipe(x, y, by):
        send = functools.partial(session.send, "Input.dispatchTouchEvent")
        send({"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 9):
            send({"type": "touchMove", "touchPoints": [{"x": x, "y": y + by * step / 8}]})
        send({"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(300)

    stage = page.locator(".w-stage").first
    box, window = stage.bounding_box(), stage.locator(".w-window").bounding_box()
    cell = box["width"] / 7
    scrolled = page.evaluate("scrollY")
    swipe(window["x"] + 1.5 * cell, window["y"] + 1.5 * cell, by=2 * cell)
    assert where(page) == [4, 2]
    assert page.evaluate("scrollY") == scrolled

    swipe(box["x"] + 0.5 * cell, box["y"] + 3.5 * cell, by=-3 * cell)  # beside the window
    assert where(page) == [4, 2]
    assert page.evaluate("scrollY") > scrolled


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
    page.get_by_text("Output row 1, column 3").wait_for()
    page.get_by_role("button", name="Pause").click()
    place = where(page)
    page.wait_for_timeout(600)
    assert where(page) == place

    calm = pages.open(widgets.placeholder("convolution"), reduced_motion="reduce")
    assert not calm.get_by_role("button", name="Play").is_visible()
    assert calm.get_by_role("button", name="Step").is_visible()


def test_narrow_page_does_not_scroll_sideways(pages):
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
    page = pages.open(body, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".w-body *")].filter((node) => {
            const box = node.getBoundingClientRect();
            return box.width > 1 && (box.right > 390 || box.left < 0);
        }).map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert outside == []


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
