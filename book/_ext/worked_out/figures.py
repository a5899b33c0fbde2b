"""Figure numbers: the third figure of "3.1 Convolution" is 3.1.3."""

from .parts import section_number


def number_by_section(app, env):
    """Replace the running numbers that Sphinx has just assigned."""
    for page, kinds in env.toc_fignumbers.items():
        section = section_number(env.titles[page].astext())
        if section:
            for kind, numbers in kinds.items():
                kinds[kind] = {id: (*section, n) for n, id in enumerate(numbers, start=1)}
    return []


def setup(app):
    """Run after Sphinx's own collector, which has the default priority of 500."""
    app.connect("env-get-updated", number_by_section, priority=900)
