"""What the tests share."""

import functools
import http.server
import itertools
import shutil
import threading

import pytest
import waiting

from utils import widgets

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    """Chromium, driven by Playwright; tests that need it are skipped where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium found: install one that is called `chromium` to run browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield started
        started.close()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files under the policy that the book is meant to live under."""

    def end_headers(self):
        """Add the policy."""
        self.send_header("Content-Security-Policy", "script-src 'self'")
        super().end_headers()

    def log_message(self, *args):
        """Say nothing."""


class Pages:
    """Writes pages with widgets, opens them, and collects what the console says."""

    def __init__(self, folder, browser, port):
        """Put script and style sheet into a folder that is served at a port."""
        self.folder, self.browser, self.port = folder, browser, port
        self.contexts, self.complaints, self.count = [], [], itertools.count()
        (folder / "widgets.js").write_text(widgets.bundle(), encoding="utf-8")
        (folder / "widgets.css").write_text(widgets.css(), encoding="utf-8")

    def open(self, body, scheme="file", **options):
        """Open a page with this body, from the folder or over http, and see its first frame."""
        name = f"page{next(self.count)}.html"
        (self.folder / name).write_text(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Widgets</title>'
            '<link rel="icon" href="data:,">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="stylesheet" href="widgets.css"><script defer src="widgets.js"></script>'
            f"</head><body>{body}</body></html>",
            encoding="utf-8",
        )
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(waiting.PATIENCE)
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        root = f"http://localhost:{self.port}" if scheme == "http" else self.folder.as_uri()
        page.goto(f"{root}/{name}")
        if options.get("java_script_enabled", True):
            waiting.frame(page)
        return page

    @staticmethod
    def swipe(page, x, y, right=0, down=0):
        """Touch a page at rest at a point, move the finger, lift it, and see the page at rest.

        The finger stops before it lifts: lifted in motion it flings the page, and a tap that meets
        a fling only ends it.

        Args:
            page: A page opened with `has_touch`.
            x: Where the finger comes down, in CSS pixels from the left of the window.
            y: The same from its top.
            right: How far the finger moves to the right, in CSS pixels.
            down: How far it moves down.
        """
        session = page.context.new_cdp_session(page)
        waiting.rest(page)  # else the finger may meet what was there before

        def send(kind, *points):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

        send("touchStart", {"x": x, "y": y})
        for part in range(1, 9):
            send("touchMove", {"x": x + right * part / 8, "y": y + down * part / 8})
        waiting.rest(page)
        send("touchEnd")
        waiting.rest(page)


NARROW = {"width": 390, "height": 800}
OUTSIDE = """([inside, width]) => [...document.querySelectorAll(inside)].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width > 1 && (box.right > width || box.left < 0);
}).map((node) => node.outerHTML.slice(0, 80))"""


@pytest.fixture
def pages(tmp_path, browser):
    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opener = Pages(tmp_path, browser, server.server_port)
        yield opener
        for context in opener.contexts:
            context.close()
        server.shutdown()
    assert opener.complaints == []


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    """The color scheme that a reader prefers: a test that asks for it runs in both."""
    return request.param


@pytest.fixture
def narrow_page(pages, scheme):
    """A function that opens widgets as wide as a phone, in light and in dark, and sees them fit."""

    def narrow_page(body, act=None, inside=".w-body *"):
        """Open a page, first without scripts, and assert that nothing leaves it.

        Args:
            body: The widgets, as HTML.
            act: What to do with the page before looking, if anything; takes the page.
            inside: Selector of what must not reach out of the window.

        Returns:
            The page, with scripts.
        """
        options = {"viewport": NARROW, "color_scheme": scheme}
        still = pages.open(body, java_script_enabled=False, **options)
        for node in still.locator(".w-still").all():
            assert node.is_visible() and node.bounding_box()["width"] < NARROW["width"]
        page = pages.open(body, **options)
        if act is not None:
            act(page)
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
        assert page.evaluate(OUTSIDE, [inside, NARROW["width"]]) == []
        return page

    return narrow_page
