"""Widgets: one classic script and one style sheet, on the pages that have a widget.

A classic script runs from file:// and under the content security policy `script-src 'self'`.
"""

from pathlib import Path

from utils import widgets


def write_files(app):
    """Write both files into the built book."""
    if app.builder.format == "html":
        static = Path(app.outdir, "_static")
        static.mkdir(parents=True, exist_ok=True)
        (static / "widgets.js").write_text(widgets.bundle(), encoding="utf8")
        (static / "widgets.css").write_text(widgets.css(), encoding="utf8")


def add_files(app, pagename, templatename, context, doctree):
    """Add both files to a page with a widget."""
    if "data-widget=" in context.get("body", ""):
        app.add_css_file("widgets.css")
        app.add_js_file("widgets.js")


def setup(app):
    """Register the steps."""
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", add_files)
