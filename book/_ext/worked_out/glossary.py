"""Terms: the registry `book/glossary.yml`, the page made from it, and the hints in the chapters."""

import html
import re
from dataclasses import dataclass, fields
from pathlib import Path

from docutils import nodes
from sphinx.errors import ConfigError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from .parts import korean, read_yaml
from .sections import section_link

GLOSSARY = "book/glossary.yml"
CHAPTERS = "chapters/"

# A hint stands in body prose: in a paragraph, and in none of these.
NOT_PROSE = (
    nodes.title,
    nodes.literal,
    nodes.math,
    nodes.math_block,
    nodes.reference,
    nodes.caption,
    nodes.table,
    nodes.footnote,
    nodes.citation,
    nodes.raw,
)


@dataclass(frozen=True)
class Term:
    """An entry of the glossary."""

    term: str
    korean: str
    korean_source: str
    definition: str
    section: str
    aliases: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Where the glossary page has the entry."""
        return "term-" + nodes.make_id(self.term)


def load(path: Path) -> list[Term]:
    """Read and check the glossary.

    Args:
        path: A YAML list of entries with the fields of `Term`; only `aliases` may be missing.

    Returns:
        The entries, in alphabetical order.

    Raises:
        ConfigError: Naming the entry and the field, if an entry has another form, or if a name
            occurs twice.
    """
    entries = read_yaml(path)
    if not isinstance(entries, list) or not entries:
        raise ConfigError(f"{path} must be a list of entries. Received: {entries!r:.60}")
    terms = [_checked(path, number, entry) for number, entry in enumerate(entries, start=1)]
    owners = {}
    for term in terms:
        for name in (term.term, *term.aliases):
            other = owners.get(name.lower())
            if other:
                raise ConfigError(
                    f"{path}: each name must occur once. Received: {name!r} in the entries "
                    f"{other.term!r} and {term.term!r}"
                )
            owners[name.lower()] = term
    return sorted(terms, key=lambda term: term.term.lower())


def _checked(path, number, entry):
    where = f"{path}, entry {number}"
    if not isinstance(entry, dict):
        raise ConfigError(f"{where}: an entry must be a mapping. Received: {entry!r:.60}")
    where += f" ({entry.get('term', 'without a term')})"
    known = [field.name for field in fields(Term)]
    for name in entry:
        if name not in known:
            raise ConfigError(f"{where}: fields must be {', '.join(known)}. Received: {name}")
    for name in known[:-1]:
        value = entry.get(name)
        if not isinstance(value, str) or not value.strip():
            raise ConfigError(f"{where}: {name} must be a text. Received: {name}={value!r}")
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(name, str) for name in aliases):
        raise ConfigError(f"{where}: aliases must be a list of texts. Received: {aliases!r}")
    if not re.fullmatch(r"\d\.\d+", entry["section"]):
        raise ConfigError(
            f'{where}: section must be a number such as "3.1". Received: {entry["section"]!r}'
        )
    return Term(**{**entry, "aliases": tuple(aliases), "definition": entry["definition"].strip()})


class Finder:
    """Finds the first use of each term in running text.

    The longest name wins, so "depthwise convolution" is no use of "convolution". A name with a
    capital, such as CNN, is matched as written, others with or without capitals.
    """

    def __init__(self, terms: list[Term]):
        """Prepare to find `terms`."""
        self.owners = {name.lower(): term for term in terms for name in (term.term, *term.aliases)}
        names = [name for term in terms for name in (term.term, *term.aliases)]
        names.sort(key=len, reverse=True)
        alternatives = "|".join(map(_written, names))
        self.pattern = re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])")

    def split(self, text: str, seen: set[Term]) -> list[tuple[str, Term | None]]:
        """Cut a text at the terms that are not in `seen`, and add those to it."""
        pieces, end = [], 0
        for match in self.pattern.finditer(text):
            term = self.owners[" ".join(match[0].lower().split())]
            if term in seen:
                continue
            seen.add(term)
            pieces += [(text[end : match.start()], None), (match[0], term)]
            end = match.end()
        return [piece for piece in [*pieces, (text[end:], None)] if piece[0]]


def _written(name):
    pattern = r"\s+".join(map(re.escape, name.split()))
    return pattern if name != name.lower() else f"(?i:{pattern})"


class term_hint(nodes.Inline, nodes.TextElement):
    """A term with its definition and Korean, shown on hover and on focus."""


def visit_hint(self, node):
    """Open the term; it can be focused, and names its tooltip."""
    self.body.append(f'<span class="term" tabindex="0" aria-describedby="{_hint_id(node)}">')


def depart_hint(self, node):
    """Close the term, with the tooltip in it, so that the pointer can move onto it."""
    term = node["about"]
    self.body.append(
        f'<span class="term-card" role="tooltip" id="{_hint_id(node)}">'
        f"<strong>{html.escape(term.term)}</strong> "
        f'<span lang="ko">{html.escape(term.korean)}</span> '
        f"<span>{html.escape(term.definition)}</span></span></span>"
    )


def _hint_id(node):
    return "hint-" + nodes.make_id(node["about"].term)


class Hints(SphinxPostTransform):
    """Turns each term's first use in a chapter's prose into a hint, in HTML only.

    As a post-transform it comes after the extraction of texts to translate.
    """

    default_priority = 500
    formats = ("html",)

    def run(self, **kwargs):
        """Walk through the page in reading order."""
        if not self.env.docname.startswith(CHAPTERS):
            return
        finder, seen = Finder(load(Path(self.app.srcdir, GLOSSARY))), set()
        for text in list(self.document.findall(nodes.Text)):
            if not _in_prose(text):
                continue
            pieces = finder.split(str(text), seen)
            if any(term for _, term in pieces):
                hinted = [
                    _hint(piece, term) if term else nodes.Text(piece) for piece, term in pieces
                ]
                text.parent.replace(text, hinted)


def _hint(piece, term):
    return term_hint("", piece, about=term)


def _in_prose(node):
    inside = False
    while node := node.parent:
        if isinstance(node, NOT_PROSE) or "cell_output" in node.get("classes", []):
            return False
        inside = inside or isinstance(node, nodes.paragraph)
    return inside


class GlossaryTable(SphinxDirective):
    """All entries, in alphabetical order, each with an anchor."""

    def run(self):
        """Build a definition list."""
        path = Path(self.env.srcdir, GLOSSARY)
        self.env.note_dependency(GLOSSARY)
        entries = nodes.definition_list(classes=["glossary"])
        for term in load(path):
            name = [nodes.Text(f"{term.term} "), korean("", term.korean)]
            title = nodes.term("", "", *name, ids=[term.anchor])
            about = nodes.paragraph(classes=["term-about"])
            if term.aliases:
                about += nodes.Text(f"Also: {', '.join(term.aliases)}. ")
            about += [nodes.Text("Introduced in "), section_link("", term.section)]
            about += nodes.Text(f". Korean from: {term.korean_source}.")
            definition = nodes.definition("", nodes.paragraph("", term.definition), about)
            entries += nodes.definition_list_item("", title, definition)
        return [entries]


def setup(app):
    """Register directive and hints."""
    app.add_directive("glossary-table", GlossaryTable)
    app.add_node(term_hint, html=(visit_hint, depart_hint))
    app.add_post_transform(Hints)
