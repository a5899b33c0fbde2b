"""Solutions: a cell that is hidden as a whole, code and output, is labeled "Solution"."""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform


class Solutions(SphinxPostTransform):
    """Sets the label before MyST-NB (priority 199) writes it."""

    default_priority = 190
    formats = ("html",)

    def run(self, **kwargs):
        """Look for cells with the tag hide-cell."""
        for cell in self.document.findall(nodes.container):
            if cell.get("hide_mode") == "all":
                cell["prompt_show"] = cell["prompt_hide"] = "Solution"


def setup(app):
    """Register the transform."""
    app.add_post_transform(Solutions)
