"""A link under each page that opens a report with the page's name in it."""

from urllib.parse import urlencode


def add_url(app, pagename, templatename, context, doctree):
    """Give the template `report-error.html` its address."""
    options = app.config.html_theme_options
    title = f"Error on the page {pagename}"
    body = f"Release: {options.get('repository_branch')}\nWhat the page says:\nWhat is right:\n"
    query = urlencode({"title": title, "body": body})
    context["report_error_url"] = f"{options.get('repository_url')}/issues/new?{query}"


def setup(app):
    """Register the step."""
    app.connect("html-page-context", add_url)
