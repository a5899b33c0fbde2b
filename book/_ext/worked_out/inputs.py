"""Files that shape every page and that Sphinx does not watch by itself."""

import hashlib
from pathlib import Path

WATCHED = ("book/_ext/**/*", "book/_static/*", "book/glossary.yml", "utils/widgets/*")
SUFFIXES = {".css", ".html", ".js", ".py", ".svg", ".yml"}


def note_inputs(app, config):
    """Keep their fingerprint as a setting; when a setting changes, Sphinx builds all pages anew."""
    root = Path(app.srcdir)
    files = sorted(path for pattern in WATCHED for path in root.glob(pattern))
    fingerprint = hashlib.sha256()
    for path in files:
        if path.suffix in SUFFIXES:
            fingerprint.update(path.read_bytes())
    config.worked_out_inputs = fingerprint.hexdigest()


def setup(app):
    """Register setting and step."""
    app.add_config_value("worked_out_inputs", "", "env", [str])
    app.connect("config-inited", note_inputs)
