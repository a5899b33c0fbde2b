"""Links to sections by number, which work once the section is written."""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from .parts import section_number


class section_link(nodes.Inline, nodes.TextElement):
    """A section's number, such as 3.1."""


class SectionLinks(SphinxPostTransform):
    """Replaces a number by the section's title and a link; a planned section has none."""

    default_priority = 500

    def run(self, **kwargs):
        """Look the numbers up among the titles of all pages."""
        pages = {section_number(title.astext()): doc for doc, title in self.env.titles.items()}
        for node in list(self.document.findall(section_link)):
            page = pages.get(section_number(f"{node.astext()} "))
            if page:
                uri = self.app.builder.get_relative_uri(self.env.docname, page)
                text = self.env.titles[page].astext()
                node.replace_self(nodes.reference("", text, refuri=uri, internal=True))
            else:
                node.replace_self(nodes.Text(f"{node.astext()} (planned)"))


def setup(app):
    """Register node and transform."""
    app.add_node(section_link)
    app.add_post_transform(SectionLinks)
