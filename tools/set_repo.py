"""Set the repository's address and release tag wherever the book names them.

    python -m tools.set_repo https://github.com/OWNER/NAME v1.0.0

They stand in `_config.yml` and in the set-up cell of every notebook; tests/test_book.py holds
them equal.
"""

import re
import sys

from tools.notebooks import ROOT, all_notebooks

CONFIG = ROOT / "_config.yml"


def in_config(text: str) -> tuple[str, str]:
    """Address and tag in the text of `_config.yml`."""
    url = re.search(r"^  url: +(\S+)", text, re.M)
    tag = re.search(r"^  branch: +(\S+)", text, re.M)
    return url[1], tag[1]


def in_notebook(text: str) -> tuple[str, str]:
    """Address and tag in the set-up cell of a notebook's text."""
    return (
        re.search(r"URL = \\\"(.+?)\\\"", text)[1],
        re.search(r"TAG = \\\"(.+?)\\\"", text)[1],
    )


def main(url: str, tag: str) -> None:
    """Replace the current address and tag by `url` and `tag`; an empty one stays as it is."""
    old_url, old_tag = in_config(CONFIG.read_text(encoding="utf8"))
    url, tag = url or old_url, tag or old_tag
    if not re.fullmatch(r"https://[\w.-]+/[\w./-]+[\w-]", url):
        sys.exit(f"URL must be an https address without a final slash. Received: URL={url}")
    if not re.fullmatch(r"v\d+(\.\d+)*", tag):
        sys.exit(f"TAG must be a version such as v1.2.0. Received: TAG={tag}")
    for path in [CONFIG, *all_notebooks()]:
        text = path.read_text(encoding="utf8")
        if path == CONFIG:
            text = text.replace(old_url, url).replace(f"branch: {old_tag}", f"branch: {tag}")
        else:
            text = text.replace(f'URL = \\"{old_url}\\"', f'URL = \\"{url}\\"')
            text = text.replace(f'TAG = \\"{old_tag}\\"', f'TAG = \\"{tag}\\"')
        path.write_text(text, encoding="utf8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main(*sys.argv[1:3])
