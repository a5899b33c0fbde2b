"""Figures to play with, in the book, in Jupyter and in Colab.

A widget is two files. `<name>.js` is an ES module that exports `mount(root, state)`; it may import
from `./dom.js` and from nowhere else, and exports functions and constants. `_<name>.py` has
`start(...)`, which checks the arguments and returns the state, and `still(state)`, which returns
the HTML and the sentence that stand in for the widget where no script runs; `_still.py` has what
these pictures share.
"""

import json
import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

_IMPORT = re.compile(r'^import \{([\w, ]+)\} from "\./dom\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (function|const) (\w+)", re.MULTILINE)

_MOUNT = """
function mountAll() {
  for (const root of document.querySelectorAll("[data-widget]:not([data-mounted])")) {
    const widget = widgets[root.dataset.widget];
    if (widget === undefined) continue;
    const state = root.querySelector("script[type='application/json']");
    const body = document.createElement("div");
    root.dataset.mounted = "";
    widget.mount(body, JSON.parse(state.textContent));
    root.replaceChildren(state, body);
  }
}
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mountAll);
else mountAll();
"""


def available() -> list[str]:
    """Names of the widgets, in alphabetical order.

    Returns:
        The names that `show` and `bundle` know.
    """
    return sorted(path.stem for path in FOLDER.glob("*.js") if path.stem != "dom")


def bundle(names: list[str] | None = None) -> str:
    """Join widget modules into one classic script.

    The script needs no module loader, so it runs from a file:// page and under the content
    security policy `script-src 'self'`. It mounts every placeholder on the page that is not yet
    mounted, and may run more than once. `window.bookWidgets` holds what the modules export.

    Args:
        names: Widgets to include; None for all.

    Returns:
        The text of the script.

    Raises:
        ValueError: If a widget is unknown, or its module uses another form of import or export
            than those named at the top of this file.
    """
    chosen = available() if names is None else [_known(name) for name in names]
    parts = [f"const {name} = {_scope(name)};" for name in ["dom", *chosen]]
    parts.append(f"const widgets = {{ {', '.join(chosen)} }};")
    parts.append("window.bookWidgets = { ...window.bookWidgets, ...widgets };")
    return '(() => {\n"use strict";\n' + "\n".join(parts) + _MOUNT + "})();\n"


def css() -> str:
    """Style sheet of all widgets.

    Returns:
        The text of the style sheet.
    """
    return (FOLDER / "widgets.css").read_text(encoding="utf-8")


def placeholder(name: str, **state: Any) -> str:
    """HTML of a widget before any script has run: its state and a still picture.

    The same arguments always give the same text.

    Args:
        name: Name of the widget.
        **state: How it starts; see `start` in the file of the widget.

    Returns:
        One `div` element.

    Raises:
        ValueError: If the widget is unknown or its state is not valid.
    """
    return _describe(name, state)[0]


def show(name: str, **state: Any) -> None:
    """Display a widget.

    With the environment variable BOOK_STORED_OUTPUTS=1 the output is the placeholder alone: the
    book adds script and style sheet to the page. Otherwise the output brings them along.

    Args:
        name: Name of the widget.
        **state: How it starts; see `start` in the file of the widget.

    Raises:
        ValueError: If the widget is unknown or its state is not valid.
    """
    from IPython.display import display

    html, sentence = _describe(name, state)
    if os.environ.get("BOOK_STORED_OUTPUTS") != "1":
        html = f"<style>\n{css()}</style>\n{html}\n<script>\n{bundle([name])}</script>"
    display({"text/html": html, "text/plain": sentence}, raw=True)


def quiz(questions: list[dict]) -> None:
    """Display a quiz, with an explanation for every choice.

    Texts may hold `code` in backticks and *emphasis* between asterisks.

    Args:
        questions: One dict a question, {"question": str, "choices": list}. Each choice is a dict
            {"text": str, "correct": bool, "why": str}, `why` being shown to those who choose it.
            A question has at least two choices, of which one is correct.

    Raises:
        ValueError: If a question or a choice has another form.
    """
    show("quiz", questions=questions)


def _known(name):
    if name not in available():
        raise ValueError(f"name must be one of {', '.join(available())}. Received: name={name!r}")
    return name


def _describe(name, state):
    widget = import_module(f"utils.widgets._{_known(name)}")
    state = widget.start(**state)
    picture, sentence = widget.still(state)
    data = json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    data = data.replace("<", "\\u003c")  # so that no text can close the script element
    html = (
        f'<div class="widget" data-widget="{name}">\n'
        f'<script type="application/json">{data}</script>\n{picture}\n</div>'
    )
    return html, sentence


def _scope(name):
    """The module as a function that is called once and returns what the module exports."""
    text = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    exports = ", ".join(match[2] for match in _EXPORT.finditer(text))
    text = _EXPORT.sub(r"\1 \2", text)
    text = _IMPORT.sub(r"const {\1} = dom;", text)
    left = re.search(r"^\s*(import|export)\b.*", text, re.MULTILINE)
    if left:
        raise ValueError(
            f'{name}.js must import names from "./dom.js" and export functions and constants, '
            f"nothing else. Received: {left[0].strip()}"
        )
    return f"(() => {{\n{text}return {{ {exports} }};\n}})()"
