"""Data cards: the page made from `data/cards.yml`, which `utils.data.describe` prints too."""

from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .parts import korean, read_yaml

CARDS = "data/cards.yml"


class DataCards(SphinxDirective):
    """A section for each data set and each set of weights."""

    def run(self):
        """Build the sections, in the file's order."""
        self.env.note_dependency(CARDS)
        cards = read_yaml(Path(self.env.srcdir, CARDS))
        return [_section(name, card) for name, card in cards.items()]


def _section(name, card):
    section = nodes.section(ids=[nodes.make_id(name)], names=[name])
    section += nodes.title("", card["title"])
    section += nodes.paragraph("", "", korean("", card["korean"]))
    section += nodes.paragraph("", card["what"])
    link = nodes.reference("", card["link"], refuri=card["link"])
    files = [nodes.literal("", f"data/LICENSES/{file}") for file in card["license_files"]]
    rows = [
        ("Name", [_line(nodes.literal("", name), nodes.Text(f", version {card['version']}"))]),
        ("Examples", [_line(_text(f"{n:,} in {split}")) for split, n in card["splits"].items()]),
        ("Features", [_feature(*feature) for feature in card["features"].items()]),
        ("Use", [_line(_text(card["use"]))]),
        ("From", [_line(_text(card["provenance"]))]),
        ("License", [_line(_text(card["license"])), *map(_line, files)]),
        ("Cite", [_line(_text(card["citation"])), _line(link)]),
        ("Known faults", [_line(_text(fault)) for fault in card["faults"]]),
    ]
    fields = nodes.field_list(classes=["data-card"])
    for heading, lines in rows:
        if lines:
            body = nodes.field_body("", *(lines if len(lines) == 1 else [_bullets(lines)]))
            fields += nodes.field("", nodes.field_name("", heading), body)
    section += fields
    return section


def _text(text):
    return nodes.Text(text)


def _line(*children):
    return nodes.paragraph("", "", *children, support_smartquotes=False)


def _feature(name, meaning):
    return _line(nodes.literal("", name), _text(f": {meaning}"))


def _bullets(lines):
    return nodes.bullet_list("", *(nodes.list_item("", line) for line in lines))


def setup(app):
    """Register the directive."""
    app.add_directive("data-cards", DataCards)
