"""The book's Sphinx extension, on a book of three small pages."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tools.notebooks import ROOT, all_notebooks

sys.path.append(str(ROOT / "book" / "_ext"))

from worked_out import glossary
from worked_out.parts import section_number

KERNEL = {
    "term": "kernel",
    "aliases": ["kernels"],
    "korean": "커널",
    "korean_source": "course",
    "definition": "Weights that slide, k < n & so on.",
    "section": "3.1",
}
CONVOLUTION = {**KERNEL, "term": "convolution", "aliases": ["convolutions"], "korean": "합성곱"}
DEPTHWISE = {**KERNEL, "term": "depthwise convolution", "aliases": [], "section": "3.4"}
NETWORK = {**KERNEL, "term": "neural network", "aliases": ["CNN"], "korean": "신경망"}
CARD = {
    "title": "Small digits",
    "korean": "작은 숫자",
    "kind": "data set",
    "version": "1.0.0",
    "what": "Digits.",
    "splits": {"train": 10000},
    "features": {"image": "uint8, (8, 8, 1)"},
    "use": 'Take "train[80%:]".',
    "provenance": "A package.",
    "license": "MIT",
    "license_files": ["digits-MIT.txt"],
    "citation": "Someone (2001)",
    "link": "https://doi.org/10.1/2",
    "faults": ["Small.", "Gray."],
}
TIMES = {
    "machine": "two cores",
    "python": "3.12.1",
    "packages": {"keras": "3.15.1"},
    "notebooks": {
        "chapters/03_part/01_first.ipynb": {"seconds": 12.34, "memory_mb": 1400, "compared": 0.905},
        "chapters/03_part/02_next.ipynb": {"seconds": 3.0, "memory_mb": 900, "compared": 1.0},
    },
}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAA"
    "AABJRU5ErkJggg=="
)


def figure(name: str) -> nbformat.NotebookNode:
    """A code cell with a captioned picture."""
    picture = nbformat.v4.new_output("display_data", {"image/png": PIXEL, "text/plain": "figure"})
    text = {"figure": {"caption": f"About {name}, a kernel.", "name": name}, "image": {"alt": name}}
    return nbformat.v4.new_code_cell("plot()", outputs=[picture], metadata={"mystnb": text})


def notebook(*cells) -> str:
    """A notebook of Markdown texts and code cells."""
    cells = [nbformat.v4.new_markdown_cell(c) if isinstance(c, str) else c for c in cells]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}))


FIRST = notebook(
    "# 3.1 Kernels first\n\n`kernel`, $kernel$ and [a kernel](https://example.org) are no prose.",
    "## The kernel\n\nA depthwise convolution is built of kernels. One kernel, one Convolution.",
    "A CNN is no cnn. A kernel-like thing. The convolution again.\n\n```\nneural network\n```",
    figure("one"),
    "> **Misconception.** It is so.\n> Not really.",
    "> **Predict.** How many?",
    "> **Other.** Not a box. **Predict.** Not here.",
    nbformat.v4.new_code_cell("answer = 42", metadata={"tags": ["hide-cell"]}),
    nbformat.v4.new_code_cell("quiz()", metadata={"tags": ["hide-input"]}),
    figure("two"),
)
WIDGET = (
    '<div class="widget" data-widget="quiz">'
    '<script type="application/json">{"questions":[]}</script></div>'
)
NEXT = notebook(
    "# 3.2 What comes next\n\nAgain a kernel.",
    figure("three"),
    nbformat.v4.new_code_cell(
        "show()",
        outputs=[nbformat.v4.new_output("display_data", {"text/html": WIDGET, "text/plain": ""})],
    ),
)
FILES = {
    "index.md": "# Preface\n\nA kernel, before the chapters.\n\n```{toctree}\n"
    "chapters/03_part/01_first\nchapters/03_part/02_next\nbook/glossary\nbook/cards\nbook/times\n```\n",
    "book/glossary.md": "# Glossary\n\n```{glossary-table}\n```\n",
    "book/cards.md": "# Cards\n\n```{data-cards}\n```\n",
    "book/times.md": "# Times\n\n```{run-times}\n```\n",
    "book/glossary.yml": yaml.safe_dump([KERNEL, DEPTHWISE, CONVOLUTION, NETWORK]),
    "book/times.json": json.dumps(TIMES),
    "data/cards.yml": yaml.safe_dump({"digits8": CARD}, sort_keys=False),
    "chapters/03_part/01_first.ipynb": FIRST,
    "chapters/03_part/02_next.ipynb": NEXT,
}
SETTINGS = {
    "extensions": ["myst_nb", "worked_out"],
    "html_theme": "basic",
    "html_theme_options": {},
    "myst_enable_extensions": ["dollarmath"],
    "nb_execution_mode": "off",
    "numfig": True,
    "numfig_format": {"figure": "Figure %s"},
}


def build(folder: Path, builder: str = "html", **changed: str) -> Path:
    """Build the small book, with some of its files changed; returns the output folder."""
    for name, text in {**FILES, **changed}.items():
        path = folder / "book_of_three" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    source, output = folder / "book_of_three", folder / builder
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(source, None, output, folder / "doctrees", builder, SETTINGS, None, warnings)
        app.build()
    assert warnings.getvalue() == ""
    return output


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("book"))


def soup(built: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((built / page).read_text(encoding="utf8"), "html.parser")


@pytest.fixture
def first(built):
    return soup(built, "chapters/03_part/01_first.html")


# Terms


def test_the_first_use_of_each_term_becomes_a_hint(first):
    hints = [hint.find(string=True) for hint in first.select(".term")]
    assert hints == ["depthwise convolution", "kernels", "Convolution", "CNN"]
    assert all(hint.parent.name == "p" for hint in first.select(".term"))


def test_a_hint_names_its_tooltip_and_can_be_focused(first):
    hint = first.select(".term")[1]
    assert hint["tabindex"] == "0"
    card = first.find(id=hint["aria-describedby"])
    assert card["role"] == "tooltip"
    assert card.find(lang="ko").text == "커널"
    assert card.strong.text == "kernel"
    assert card.text.endswith("Weights that slide, k < n & so on.")


def test_every_section_begins_anew_and_other_pages_have_no_hints(built):
    hints = soup(built, "chapters/03_part/02_next.html").select(".term")
    assert [hint.find(string=True) for hint in hints] == ["kernel"]
    assert soup(built, "index.html").select(".term") == []


def test_hints_stay_out_of_the_texts_to_translate(tmp_path):
    output = build(tmp_path, "gettext")
    catalog = (output / "chapters.pot").read_text(encoding="utf8")
    assert "A depthwise convolution is built of kernels. One kernel, one Convolution." in catalog
    assert "About one, a kernel." in catalog
    assert "커널" not in catalog


def test_the_prose_of_every_notebook_can_be_extracted(tmp_path):
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", str(ROOT), "--quiet", "-W", "-n"]
    command += ["--builder", "custom", "--custom-builder", "gettext"]
    subprocess.run([*command, "--path-output", str(tmp_path)], check=True, cwd=ROOT)
    [path] = tmp_path.rglob("chapters.pot")
    catalog = re.sub(r'"\n"', "", path.read_text(encoding="utf8")).replace('\\"', '"')
    for notebook_path in all_notebooks():
        cells = nbformat.read(notebook_path, as_version=4).cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
        headings = re.findall(r"^#+ (.+)$", "\n".join(texts), re.M)
        sentences = re.findall(r"^[A-Z][a-z ,]+\.$", "\n".join(texts), re.M)
        captions = [cell.metadata.get("mystnb", {}).get("figure") for cell in cells]
        captions = [c["caption"].split(".")[0] for c in captions if c and "`" not in c["caption"]]
        assert min(len(headings), len(sentences)) > 3 and captions
        for text in headings + sentences + captions:
            assert text in catalog


def test_the_glossary_page_is_sorted_and_links_to_written_sections(built):
    page = soup(built, "book/glossary.html")
    terms = page.select("dl.glossary dt")
    assert [term["id"] for term in terms] == [
        "term-convolution",
        "term-depthwise-convolution",
        "term-kernel",
        "term-neural-network",
    ]
    assert [term.find(lang="ko").text for term in terms] == ["합성곱", "커널", "커널", "신경망"]
    about = [" ".join(text.text.split()) for text in page.select(".term-about")]
    assert about[1] == "Introduced in 3.4 (planned). Korean from: course."
    assert about[2] == "Also: kernels. Introduced in 3.1 Kernels first. Korean from: course."
    links = [link["href"] for link in page.select(".term-about a")]
    assert set(links) == {"../chapters/03_part/01_first.html"}
    assert len(links) == 3


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], r"must be a list of entries\. Received: \[\]"),
        ([KERNEL, "x"], r"entry 2: an entry must be a mapping\. Received: 'x'"),
        ([{**KERNEL, "korean": ""}], r"entry 1 \(kernel\): korean must be a text\. .*korean=''"),
        (
            [{**KERNEL, "definition": None}],
            r"definition must be a text\. Received: definition=None",
        ),
        ([{**KERNEL, "section": 3.1}], r"section must be a text\. Received: section=3\.1"),
        (
            [{**KERNEL, "section": "three"}],
            r"section must be a number such as \"3\.1\"\. .*'three'",
        ),
        ([{**KERNEL, "aliases": "kernels"}], r"aliases must be a list of texts\. .*'kernels'"),
        ([{**KERNEL, "korea": "x"}], r"fields must be term, korean, .*Received: korea$"),
        (
            [CONVOLUTION, KERNEL, {**KERNEL, "term": "Kernels"}],
            r"occur once\. Received: 'Kernels' in",
        ),
        ([{**KERNEL, "aliases": ["kernel"]}], r"occur once\. Received: 'kernel' in"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, entries, message):
    path = tmp_path / "glossary.yml"
    path.write_text(yaml.safe_dump(entries), encoding="utf8")
    with pytest.raises(ConfigError, match=message):
        glossary.load(path)


def test_a_missing_or_broken_glossary_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yml must exist"):
        glossary.load(tmp_path / "none.yml")
    (tmp_path / "broken.yml").write_text("- term: [", encoding="utf8")
    with pytest.raises(ConfigError, match=r"broken\.yml must be YAML\. Received: while parsing"):
        glossary.load(tmp_path / "broken.yml")


def test_the_book_has_a_valid_glossary():
    terms = glossary.load(ROOT / "book" / "glossary.yml")
    assert len(terms) >= 20
    assert all(re.search("[가-힣]", term.korean) for term in terms)


# Numbers, boxes, labels


def test_figures_are_numbered_by_section(built, first):
    def numbers(page):
        return [number.text.strip() for number in page.select("figcaption .caption-number")]

    assert numbers(first) == ["Figure 3.1.1", "Figure 3.1.2"]
    assert numbers(soup(built, "chapters/03_part/02_next.html")) == ["Figure 3.2.1"]
    assert [image["alt"] for image in first.select("figure img")] == ["one", "two"]


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("3.1 Convolution", (3, 1)),
        ("3. CNN arithmetic", (3,)),
        ("Notation", ()),
        ("1,000 digits", ()),
        ("10.12 Later", (10, 12)),
    ],
)
def test_section_number(title, number):
    assert section_number(title) == number


def test_boxes_go_by_their_first_word(first):
    classes = [quotation.get("class", []) for quotation in first.select("blockquote")]
    assert classes == [["callout", "misconception"], ["callout", "predict"], []]


def test_a_cell_hidden_as_a_whole_is_a_solution(first):
    labels = [summary.text.split() for summary in first.select("details.hide summary")]
    assert labels[0] == ["Solution", "Solution"]
    assert "Solution" not in labels[1]


# Tables


def test_cards_show_what_the_file_says(built):
    card = soup(built, "book/cards.html").find(id="digits8")
    assert card.h2.find(string=True) == "Small digits"
    assert card.find(lang="ko").text == "작은 숫자"
    names = [name.text.removesuffix(":") for name in card.select("dl > dt")]
    assert names == [
        "Name", "Examples", "Features", "Use", "From", "License", "Cite", "Known faults"
    ]  # fmt: skip
    values = [" ".join(value.text.split()) for value in card.select("dl > dd")]
    assert values[:3] == ["digits8, version 1.0.0", "10,000 in train", "image: uint8, (8, 8, 1)"]
    assert values[3] == 'Take "train[80%:]".'
    assert [fault.text.strip() for fault in card.select("dd")[-1].select("li")] == CARD["faults"]
    assert card.select("a.external")[0]["href"] == CARD["link"]


def test_run_times_are_a_table_of_numbers(built):
    page = soup(built, "book/times.html")
    rows = [[cell.text.strip() for cell in row.select("th, td")] for row in page.select("tr")]
    assert rows == [
        ["Section", "Seconds to run", "Peak memory, MB", "Outputs compared"],
        ["3.1 Kernels first", "12.3", "1,400", "90%"],
        ["3.2 What comes next", "3.0", "900", "100%"],
    ]
    assert len(page.select("tbody td.text-right")) == 6
    assert "Measured on two cores, with Python 3.12.1, keras 3.15.1." in page.text


def test_run_times_show_minutes_where_they_are_known(tmp_path):
    notebooks = {
        name: {**costs, "minutes_to_read": 25} for name, costs in TIMES["notebooks"].items()
    }
    times = json.dumps({**TIMES, "notebooks": notebooks})
    page = soup(build(tmp_path, **{"book/times.json": times}), "book/times.html")
    assert [cell.text.strip() for cell in page.select("tr")[1].select("td")][1] == "25"


# Files of a page


def test_only_pages_with_a_widget_load_its_files(built, first):
    def loads(page):
        tags = page.select("script[src], link[rel=stylesheet]")
        return {re.split(r"[/?]", tag.get("src") or tag["href"])[-2] for tag in tags}

    with_widget = soup(built, "chapters/03_part/02_next.html")
    assert {"widgets.js", "widgets.css"} <= loads(with_widget)
    assert not {"widgets.js", "widgets.css"} & loads(first)
    script = (built / "_static" / "widgets.js").read_text(encoding="utf8")
    assert script.startswith("(() => {")
    assert "data-mounted" in script


def test_a_changed_glossary_rebuilds_the_chapters(tmp_path):
    build(tmp_path)
    changed = yaml.safe_dump([{**KERNEL, "definition": "Something new."}])
    output = build(tmp_path, **{"book/glossary.yml": changed})
    hints = soup(output, "chapters/03_part/01_first.html").select(".term")
    assert [hint.find(string=True) for hint in hints] == ["kernels"]
    assert "Something new." in hints[0].text


def test_nothing_is_a_hint_outside_paragraphs():
    finder = glossary.Finder([glossary.Term("kernel", "커널", "course", "Weights.", "3.1")])
    seen = set()
    assert [text for text, term in finder.split("A kernel. A kernel.", seen) if term] == ["kernel"]
    assert finder.split("A kernel.", seen) == [("A kernel.", None)]
    assert not glossary._in_prose(nodes.title("", nodes.Text("kernel")).children[0])
