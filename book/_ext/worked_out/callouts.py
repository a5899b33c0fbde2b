"""Boxes: a quotation that begins with **Misconception.** or **Predict.** reads as one.

In Colab it stays a quotation with a bold word, which is why notebooks use no other syntax for it.
"""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

WORDS = {"Misconception.": "misconception", "Predict.": "predict"}


class Callouts(SphinxPostTransform):
    """Adds the classes that the style sheet looks for."""

    default_priority = 500
    formats = ("html",)

    def run(self, **kwargs):
        """Look at the first word of every quotation."""
        for quotation in self.document.findall(nodes.block_quote):
            first = next(quotation.findall(nodes.strong), None)
            if first is None or first.astext() not in WORDS:
                continue
            if quotation.astext().startswith(first.astext()):
                quotation["classes"] += ["callout", WORDS[first.astext()]]


def setup(app):
    """Register the transform."""
    app.add_post_transform(Callouts)
