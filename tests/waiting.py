"""How tests in Chromium wait for what a page does in its own time.

The effect of a click, a key or a moving mouse is there when Playwright returns. What follows later,
a tap, scrolling, a transition, a size that is watched, is waited for: never for a time, which a
busy machine overruns, but for the effect or for a number of frames.
"""

PATIENCE = 60_000  # milliseconds; an idle machine needs a hundredth


def frame(page):
    """Wait until a frame has been laid out, and told to whatever watches the size of something."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def resize(page, size):
    """Give a page another size, and wait until it and the widgets on it have it."""
    page.set_viewport_size(size)
    page.wait_for_function("width => innerWidth === width", arg=size["width"])
    frame(page)


def rest(page):
    """Wait until a page has not scrolled for 15 frames: by then it has begun, if it ever does."""
    page.evaluate(
        """new Promise((done) => {
            let [place, frames] = [scrollY, 0];
            requestAnimationFrame(function look() {
                frames = scrollY === place ? frames + 1 : 0;
                place = scrollY;
                if (frames < 15) requestAnimationFrame(look);
                else done();
            });
        })"""
    )
