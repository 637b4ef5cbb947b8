"""A network carried to a page: once, for every component that asks, and gone with its carrier."""

import pytest
from playwright.sync_api import expect

from tests.browser.acting import A_SECOND

DEMO = "network_demo.py"
LARGE = 20_000  # characters; the demo's weights are some 180,000


@pytest.fixture
def heard(page):
    """Sizes of the messages that the page was sent."""
    sizes = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
    return sizes


def shown(page, demo_url, name):
    page.goto(f"{demo_url}/?show={name}")
    expect(page.locator("[data-state=shown]")).to_be_visible(timeout=60 * A_SECOND)
    page.wait_for_timeout(500)


def test_neither_a_fragment_nor_the_whole_page_sends_the_network_again(page, demo_url, heard):
    shown(page, demo_url, "digits")
    assert max(heard) > LARGE
    for button in ("again", "all again"):
        heard.clear()
        page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_timeout(A_SECOND)
        assert heard
        assert max(heard) < LARGE


def test_the_network_goes_with_its_carrier_and_comes_back_with_it(page, demo_url):
    shown(page, demo_url, "digits")
    page.get_by_text("carried").click()
    page.wait_for_function("globalThis.playground.networks.size === 0")
    page.get_by_text("carried").click()
    page.wait_for_function("globalThis.playground.networks.size === 1")


@pytest.mark.parametrize(
    ("name", "words"),
    [("penguins", "body mass"), ("swiss_roll", "height"), ("heartbeats", "decoded at"), ("iris", "petal width")],
)
def test_a_decoded_sample_is_drawn_small_and_large_on_a_phone_in_the_dark(open_page, demo_url, name, words):
    page = open_page(width=390, height=844, color_scheme="dark")
    shown(page, demo_url, name)
    expect(page.get_by_test_id("probe")).to_contain_text(words)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    painted = page.locator("[data-testid=probe] > canvas").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0)"
    )
    assert painted


def test_a_point_of_the_code_moved_by_one_component_moves_the_others(page, demo_url):
    shown(page, demo_url, "iris")
    page.evaluate("globalThis.playground.codePoints.get('demo-iris').set([1.25, -2], 'test')")
    expect(page.get_by_test_id("probe")).to_contain_text("decoded at 1.25, -2.00")
    assert page.evaluate("[...globalThis.playground.codePoints.get('demo-iris').z]") == [1.25, -2]
