"""The built book in a browser: no request elsewhere, no error, no dead link, legible at any width.

`make test` builds the book before; here it is only read.
"""

import contextlib
import functools
import http.server
import re
import threading
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
import waiting
import yaml

from tools.notebooks import ROOT

BOOK = ROOT / "_build" / "html"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
SHARED_BYTES = 2_000_000
IMAGE_BYTES = 600_000
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1300, "height": 900}


def listed(entry) -> list[str]:
    """Every page of the table of contents, without its suffix."""
    if isinstance(entry, list):
        return [page for item in entry for page in listed(item)]
    if isinstance(entry, dict):
        own = [entry[key] for key in ("root", "file") if key in entry]
        inner = [value for value in entry.values() if isinstance(value, list)]
        return own + [page for value in inner for page in listed(value)]
    return []


LISTED = [f"{page}.html" for page in listed(yaml.safe_load((ROOT / "_toc.yml").read_text()))]
SECTIONS = [page for page in LISTED if (ROOT / page).with_suffix(".ipynb").exists()]
# Sections first: pytest opens a page once only if it has the same place in both lists.
PAGES = SECTIONS + [page for page in LISTED if page not in SECTIONS]
PREFACE = LISTED[0]
GENERATED = ["index.html", "search.html", "genindex.html"]


@pytest.fixture(scope="session")
def book() -> Path:
    """The folder of the built book."""
    if not (BOOK / PREFACE).exists():
        pytest.fail(f"The book is not built: expected {BOOK / PREFACE}. Say make book.")
    return BOOK


def serve(folder: Path, headers: dict[str, str]):
    """Serve a folder on a free port of this machine; yields the address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self):
            for name, value in headers.items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *_):
            pass

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def address(book):
    yield from serve(book, {})


@pytest.fixture(scope="module")
def strict_address(book):
    yield from serve(book, {"Content-Security-Policy": "script-src 'self'"})


@contextlib.contextmanager
def opening(browser):
    """A function that opens an address in a page of its own, and keeps what happens there."""
    with contextlib.ExitStack() as contexts:

        def opened(url: str, size=DESK, **options):
            context = contexts.enter_context(browser.new_context(viewport=size, **options))
            page = context.new_page()
            page.set_default_timeout(waiting.PATIENCE)
            seen = SimpleNamespace(page=page, errors=[], requests=[], failed=[], responses={})
            page.on("console", lambda m: m.type == "error" and seen.errors.append(m.text))
            page.on("pageerror", lambda error: seen.errors.append(str(error)))
            page.on("request", lambda request: seen.requests.append(request.url))
            page.on("requestfailed", lambda request: seen.failed.append(request.url))
            page.on("response", lambda response: seen.responses.update({response.url: response}))
            page.goto(url, wait_until="load")
            wait_for_mathematics(page)
            return seen

        yield opened


@pytest.fixture
def open_page(browser):
    with opening(browser) as opened:
        yield opened


@pytest.fixture(scope="module")
def visit(request, browser, address):
    """A page, opened once for the tests that only read it.

    With smooth scrolling, a page that was told to scroll would still move away under the mouse.
    """
    with opening(browser) as opened:
        yield opened(f"{address}/{request.param}", reduced_motion="reduce")


every_page = pytest.mark.parametrize("visit", PAGES, indirect=True)
every_section = pytest.mark.parametrize("visit", SECTIONS, indirect=True)


@pytest.fixture
def section(visit):
    """The opened page of a section, as wide as a desk."""
    waiting.resize(visit.page, DESK)
    return visit.page


def wait_for_mathematics(page):
    """Wait until every formula of a page is set, in its own fonts: then nothing moves any more."""
    page.wait_for_function(
        """() => {
            document.documentElement?.getBoundingClientRect();  // so that fonts are asked for
            return document.fonts.status === 'loaded' && [...document.querySelectorAll('.math')]
                .every((formula) => formula.querySelector('mjx-container'));
        }"""
    )


# Without a browser: what the files say


@dataclass
class Document(HTMLParser):
    """What a page links to, loads and can be linked at."""

    path: Path
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)

    def __post_init__(self):
        """Read the page."""
        super().__init__()
        self.feed(self.path.read_text(encoding="utf8"))

    def handle_starttag(self, tag, attributes):
        """Note what an element links to, loads and is called."""
        values = dict(attributes)
        if values.get("id"):
            self.ids.add(values["id"])
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") not in {"canonical", "index", "search"}:
            self.loads.append(values["href"])
        elif values.get("src"):
            self.loads.append(values["src"])


@functools.cache
def document(path: Path) -> Document:
    return Document(path)


@pytest.mark.parametrize("page", PAGES + GENERATED)
def test_links_lead_somewhere(book, page):
    source = document(book / page)
    for link in source.links + source.loads:
        parts = urlsplit(link)
        if parts.scheme or link in {"#", ""}:
            assert parts.scheme in {"https", "mailto", "data", ""}, link
            continue
        path = unquote(parts.path)
        target = (source.path.parent / path).resolve() if path else source.path
        assert target.is_file(), f"{link} leads nowhere"
        if parts.fragment and target.suffix == ".html":
            assert unquote(parts.fragment) in document(target).ids, f"{link} has no such place"


@pytest.mark.parametrize("page", PAGES + GENERATED)
def test_files_load_nothing_from_elsewhere(book, page):
    loads = document(book / page).loads
    assert loads or page == "index.html"
    assert [load for load in loads if urlsplit(load).netloc] == []


@pytest.mark.parametrize("page", SECTIONS)
def test_sections_open_in_colab_at_the_release(book, page):
    owner = CONFIG["repository"]["url"].removeprefix("https://github.com/")
    tag = CONFIG["repository"]["branch"]
    notebook = page.removesuffix(".html") + ".ipynb"
    expected = f"https://colab.research.google.com/github/{owner}/blob/{tag}/{notebook}"
    assert expected in document(book / page).links


@pytest.mark.parametrize("page", PAGES)
def test_errors_can_be_reported_from_every_page(book, page):
    start = f"{CONFIG['repository']['url']}/issues/new?title=Error+on+the+page+"
    reports = [unquote(link) for link in document(book / page).links if link.startswith(start)]
    assert len(reports) == 1
    assert page.removesuffix(".html") in reports[0]


# In the browser


@pytest.fixture(scope="module")
def shared() -> dict[str, int]:
    """Bytes of the files that pages share, filled by the test of each page."""
    return {}


@every_page
def test_page(visit, address, shared):
    visit.page.wait_for_load_state("networkidle")
    assert [url for url in visit.requests if not url.startswith((address, "data:"))] == []
    assert visit.failed == []
    assert visit.errors == []
    sizes = {}
    for url, response in visit.responses.items():
        if url.startswith(address):
            assert response.status < 400, url
            sizes[urlsplit(url).path] = len(response.body())
    own = urlsplit(visit.page.url).path
    assert sizes.pop(own) < 600_000
    images = sum(size for path, size in sizes.items() if path.startswith("/_images/"))
    assert images <= IMAGE_BYTES
    shared |= {path: size for path, size in sizes.items() if path.startswith("/_static/")}
    assert sum(shared.values()) <= SHARED_BYTES, sorted(shared.items(), key=lambda item: -item[1])

    formulas = visit.page.locator(".math").count()
    assert visit.page.locator(".math mjx-container").count() == formulas
    assert visit.page.locator("mjx-merror").count() == 0
    if own == "/book/notation.html":
        assert formulas > 10
    waiting.resize(visit.page, PHONE)
    too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visit.page.evaluate(too_wide) == 0


@every_section
def test_figures_have_numbers_captions_and_alternative_text(section):
    title = section.locator("article h1").inner_text()
    captions = section.locator("figure figcaption .caption-number").all_inner_texts()
    count = section.locator("figure").count()
    assert count > 0
    assert [text.strip() for text in captions] == [
        f"Figure {title.split()[0]}.{number}" for number in range(1, count + 1)
    ]
    assert section.locator("figure figcaption .caption-text").count() == count
    assert section.locator(".cell_output img").count() == section.locator("figure img").count()
    for alt in section.locator("figure img").evaluate_all("all => all.map(image => image.alt)"):
        assert len(alt) > 20
        assert not alt.endswith(".png")


LOOK_UP = """terms => terms.map((term) => {
    const card = document.getElementById(term.getAttribute('aria-describedby'));
    const visible = () => card.checkVisibility({ visibilityProperty: true });
    const before = visible();
    term.focus();
    const [word, box] = [term, card].map((node) => node.getBoundingClientRect().toJSON());
    const found = { before, word, box, focused: visible(),
                    korean: card.querySelector('[lang=ko]').innerText };
    term.blur();
    return { ...found, after: visible() };
})"""


@every_section
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_terms_show_their_definition(section, size):
    waiting.resize(section, size)
    terms = section.locator(".term")
    found = terms.evaluate_all(LOOK_UP)
    assert len(found) >= 5
    for card in found:
        assert (card["before"], card["focused"], card["after"]) == (False, True, False)
        assert card["box"]["left"] >= 0
        assert card["box"]["right"] <= size["width"]
        assert card["box"]["top"] >= card["word"]["top"]
        assert re.search("[가-힣]", card["korean"])
    term = terms.first
    card = section.locator(f"#{term.get_attribute('aria-describedby')}")
    term.hover()
    assert card.is_visible()
    card.hover()
    assert card.is_visible()
    section.mouse.move(0, 0)
    assert not card.is_visible()


@pytest.fixture
def dark_section(section):
    """The opened page of a section for a reader who prefers dark pages."""
    section.emulate_media(color_scheme="dark")
    section.locator("html[data-theme=dark]").wait_for()
    yield section
    section.emulate_media(color_scheme="light")
    section.locator("html[data-theme=light]").wait_for()


def test_a_page_opens_dark(open_page, address):
    page = open_page(f"{address}/{SECTIONS[0]}", color_scheme="dark").page
    assert page.locator("html").get_attribute("data-theme") == "dark"


@every_section
def test_dark(dark_section):
    def lightness(selector, name):
        style = f"element => getComputedStyle(element)['{name}']"
        channels = re.findall(r"[\d.]+", dark_section.locator(selector).first.evaluate(style))
        return sum(map(float, channels[:3])) / 3

    assert lightness("body", "backgroundColor") < 60
    for selector in (
        "article h1",
        ".term",
        "figcaption .caption-text",
        ".callout",
        ".report-error",
    ):
        assert lightness(selector, "color") > 140, selector
    assert lightness("figure img", "backgroundColor") == 255


@every_section
def test_solutions_are_folded(section):
    solutions = section.locator("details.hide", has=section.get_by_text("Solution", exact=True))
    assert solutions.count() >= 3
    assert not solutions.first.locator("pre").first.is_visible()
    solutions.first.locator("summary").click()
    assert solutions.first.locator("pre").first.is_visible()


def assert_widgets_work(view):
    """Every placeholder has turned into something with controls."""
    widgets = view.locator("[data-widget]")
    assert widgets.count() >= 1  # every section has a quiz
    for widget in widgets.all():
        assert widget.get_attribute("data-mounted") is not None
        assert widget.locator("button, input, select").count() >= 2


@pytest.mark.parametrize("page", SECTIONS)
def test_widgets_and_formulas_need_no_inline_script(open_page, strict_address, page):
    seen = open_page(f"{strict_address}/{page}")
    assert_widgets_work(seen.page)
    theme = ("inline script", "inline event handler", "invalid theme mode: undefined")
    refused = [error for error in seen.errors if any(word in error for word in theme)]
    assert refused, "the theme's own inline scripts should have been refused"
    assert [error for error in seen.errors if error not in refused] == []


@pytest.mark.parametrize("page", [PREFACE, *SECTIONS])
def test_opens_from_a_folder(open_page, book, page):
    seen = open_page((book / page).as_uri())
    assert seen.errors == []
    assert seen.failed == []
    assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []
    if page in SECTIONS:
        assert_widgets_work(seen.page)


def test_search_finds_a_section(open_page, address):
    seen = open_page(f"{address}/search.html?q=convolution")
    results = seen.page.locator("#search-results li")  # they come one by one
    results.get_by_role("link", name="3.1 Convolution", exact=True).wait_for()
    links = results.locator("a").all_inner_texts()
    assert "3.1 Convolution" in links
    assert seen.errors == []


def test_the_first_page_leads_to_the_preface(open_page, address):
    seen = open_page(f"{address}/index.html")
    seen.page.wait_for_url(f"{address}/{PREFACE}")
    assert seen.page.locator("article h1").inner_text().startswith("Preface")
