"""What this book adds to Jupyter Book, one idea a file.

- `inputs`: pages are built anew when something that shapes them has changed
- `glossary`: the registry of terms, its page, and the hints at a term's first use
- `sections`: links to sections by number
- `cards`: the page of data cards
- `times`: the page of run times
- `figures`: figure numbers that follow the section's own number
- `callouts`: boxes around quotations that begin with **Misconception.** or **Predict.**
- `solutions`: the label of a hidden cell
- `mathematics`: MathJax from the book itself
- `widgets`: script and style sheet of the widgets, on the pages that have one
- `reports`: the link under each page to report an error
"""

from pathlib import Path

from . import (
    callouts,
    cards,
    figures,
    glossary,
    inputs,
    mathematics,
    parts,
    reports,
    sections,
    solutions,
    times,
    widgets,
)

IDEAS = (
    inputs,
    parts,
    sections,
    glossary,
    cards,
    times,
    figures,
    callouts,
    solutions,
    mathematics,
    widgets,
    reports,
)


def setup(app):
    """Register every idea with Sphinx."""
    app.config.templates_path.insert(0, str(Path(__file__).parent / "templates"))
    for idea in IDEAS:
        idea.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
