"""What several ideas use: reading YAML, section numbers, Korean text, tables."""

import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.errors import ConfigError


def read_yaml(path: Path):
    """The content of a YAML file.

    Raises:
        ConfigError: If the file is missing or is not YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} must exist.") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} must be YAML. Received: {error}") from None


def section_number(title: str) -> tuple[int, ...]:
    """The number with which a title begins: (3, 1) for "3.1 Convolution", () if there is none."""
    match = re.match(r"(\d+(?:\.\d+)*)\.?\s", title)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def cell(*children: nodes.Node, number: bool = False) -> nodes.entry:
    """One cell of a table; numbers stand to the right."""
    paragraph = nodes.paragraph("", "", *children)
    return nodes.entry("", paragraph, classes=["text-right"] if number else [])


def table(header: list[nodes.entry], rows: list[list[nodes.entry]]) -> nodes.table:
    """A table from its cells."""

    def filled(cells):
        return nodes.row("", *cells)

    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in header), cols=len(header))
    group += nodes.thead("", filled(header))
    group += nodes.tbody("", *map(filled, rows))
    return nodes.table("", group, classes=["colwidths-auto"])


class korean(nodes.inline):
    """Korean text, marked as such for screen readers, fonts and line breaking."""


def visit_korean(self, node):
    """Open the text."""
    self.body.append(self.starttag(node, "span", "", lang="ko"))


def depart_korean(self, node):
    """Close the text."""
    self.body.append("</span>")


def setup(app):
    """Register the node."""
    app.add_node(korean, html=(visit_korean, depart_korean))
