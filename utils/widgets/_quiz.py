"""The quiz before any script has run. `quiz.js` is the rest of it."""

import base64
import json
import re
from html import escape


def start(*, questions: list[dict]) -> dict:
    """Check the questions and put the answers out of sight.

    Args:
        questions: As `utils.widgets.quiz` takes them.

    Returns:
        The state: the questions as base64 of their JSON, so that nobody reads the answers by
        glancing at a notebook or at the source of a page.

    Raises:
        ValueError: If a question or a choice has another form.
    """
    if not isinstance(questions, list | tuple) or not questions:
        raise ValueError(
            f"questions must be a list of at least one dict. Received: questions={questions!r}"
        )
    for number, question in enumerate(questions, 1):
        _check_question(f"question {number}", question)
    data = json.dumps(list(questions), sort_keys=True, ensure_ascii=False)
    return {"questions": base64.b64encode(data.encode()).decode()}


def still(state: dict) -> tuple[str, str]:
    """List the questions and choices, without the answers.

    Args:
        state: What `start` returned.

    Returns:
        HTML of the list, and a sentence.
    """
    questions = json.loads(base64.b64decode(state["questions"]))
    items = "\n".join(
        f"<li><p>{_inline(question['question'])}</p>\n<ul>\n"
        + "\n".join(f"<li>{_inline(choice['text'])}</li>" for choice in question["choices"])
        + "\n</ul></li>"
        for question in questions
    )
    count = f"{len(questions)} question{'s' if len(questions) > 1 else ''}"
    picture = f"<ol>\n{items}\n</ol>\n<p>With JavaScript each choice explains itself.</p>"
    return picture, f"A quiz of {count}."


def _check_question(where, question):
    if not isinstance(question, dict) or set(question) != {"question", "choices"}:
        raise ValueError(
            f"{where} must be a dict with the keys question and choices. Received: {question!r}"
        )
    _check_text("question", where, question["question"])
    choices = question["choices"]
    if not isinstance(choices, list | tuple) or len(choices) < 2:
        raise ValueError(
            f"choices must be a list of at least two dicts in {where}. "
            f"Received: choices={choices!r}"
        )
    for number, choice in enumerate(choices, 1):
        place = f"choice {number} of {where}"
        if not isinstance(choice, dict) or set(choice) != {"text", "correct", "why"}:
            raise ValueError(
                f"{place} must be a dict with the keys text, correct and why. Received: {choice!r}"
            )
        _check_text("text", place, choice["text"])
        _check_text("why", place, choice["why"])
        if not isinstance(choice["correct"], bool):
            raise ValueError(
                f"correct must be True or False in {place}. Received: correct={choice['correct']!r}"
            )
    correct = sum(choice["correct"] for choice in choices)
    if correct != 1:
        raise ValueError(f"{where} must have exactly one correct choice. Received: {correct}")


def _check_text(name, place, text):
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{name} must be a non-empty string in {place}. Received: {name}={text!r}")


def _inline(text):
    """Text with `code` and *emphasis*, as HTML."""

    def mark(found):
        tag = "code" if found[0].startswith("`") else "em"
        return f"<{tag}>{found[0][1:-1]}</{tag}>"

    return re.sub(r"`[^`]+`|\*[^*]+\*", mark, escape(text))
