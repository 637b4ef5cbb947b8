"""What a visitor does and looks at, for every test in the browser."""

from playwright.sync_api import expect

from playground.runs import control
from playground.runs.run import Run
from playground.runs.store import Store

A_SECOND = 1_000  # milliseconds, as Playwright counts
FITS = "document.scrollingElement.scrollWidth <= document.documentElement.clientWidth"
SCREENS = {"desktop": {}, "phone": {"width": 390, "height": 844, "color_scheme": "dark"}}
PIXELS = "canvas => canvas.toDataURL()"
IS_CUT_OFF = "root => root.scrollWidth > root.clientWidth + 1"  # something in it is wider than it


def button(page, key):
    return page.locator(f".st-key-{key} button").locator("visible=true")  # one is for screens without a pointer


def epoch_text(page):
    return page.get_by_test_id("epoch-text")


def calm(page):
    """Waits until the server has nothing more to say."""
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=20 * A_SECOND)
    for busy in ("stStatusWidget", "stSkeleton"):
        expect(page.get_by_test_id(busy)).to_have_count(0, timeout=20 * A_SECOND)
    page.wait_for_timeout(400)


def fits(page):
    """Nothing on the page is wider than the screen."""
    assert page.evaluate(FITS)


def end_all(server):
    """Stops whatever still trains on the server that all tests share."""
    store = Store(server.store)
    for run_id in store.run_ids():
        if not Run(store, run_id).is_finished:
            control.ask(store.path(run_id), "stop")
