"""Run times: the page made from `book/times.json`, which `make times` writes."""

import json
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .parts import cell, table
from .sections import section_link

TIMES = "book/times.json"

# Heading, key in a notebook's record, format.
COLUMNS = [
    ("Minutes to read", "minutes_to_read", "{:.0f}"),
    ("Seconds to run", "seconds", "{:.1f}"),
    ("Peak memory, MB", "memory_mb", "{:,.0f}"),
    ("Outputs compared", "compared", "{:.0%}"),
    ("Processor", "processor", "{}"),
]


class RunTimes(SphinxDirective):
    """A table of what each notebook costs, and the machine on which it was measured."""

    def run(self):
        """Build the table, with the columns that were measured."""
        self.env.note_dependency(TIMES)
        path = Path(self.env.srcdir, TIMES)
        if not path.exists():
            command = nodes.literal("", "make times")
            text = [nodes.Text("Nothing was measured yet: "), command, nodes.Text(" does it.")]
            return [nodes.paragraph("", "", *text)]
        record = json.loads(path.read_text(encoding="utf8"))
        notebooks = record["notebooks"]
        columns = [c for c in COLUMNS if all(c[1] in costs for costs in notebooks.values())]
        header = [cell(nodes.Text("Section"))]
        header += [cell(nodes.Text(heading), number=True) for heading, _, _ in columns]
        rows = [
            [cell(section_link("", _number(name)))]
            + [cell(nodes.Text(form.format(costs[key])), number=True) for _, key, form in columns]
            for name, costs in notebooks.items()
        ]
        return [table(header, rows), nodes.paragraph("", _machine(record))]


def _number(name):
    """The section's number, from its path: 3.1 for chapters/03_part/01_section.ipynb."""
    part, section = Path(name).parts[-2:]
    return f"{int(part[:2])}.{int(section[:2])}"


def _machine(record):
    packages = ", ".join(f"{name} {version}" for name, version in record["packages"].items())
    return f"Measured on {record['machine']}, with Python {record['python']}, {packages}."


def setup(app):
    """Register the directive."""
    app.add_directive("run-times", RunTimes)
