"""The grid of test rows in a real Chromium: a click and the keyboard pick, and what is brought lies on the bench."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.acting import A_SECOND, IS_CUT_OFF

DEMO = "picking_demo.py"


@pytest.fixture
def show(page, demo_url):
    def open_demo(data, on=page):
        on.goto(f"{demo_url}/?data={data}")
        expect(on.get_by_test_id("grid").or_(on.get_by_test_id("stDataFrame"))).to_be_visible(timeout=60 * A_SECOND)
        return on

    return open_demo


def tiles(page):
    return page.get_by_test_id("grid").get_by_role("button")


def test_a_click_on_a_tile_picks_it_and_the_arrow_keys_and_enter_pick_another(show, screenshot):
    page = show("digits")
    expect(tiles(page)).to_have_count(60)
    page.wait_for_timeout(500)
    screenshot("picking-digits")
    tiles(page).nth(4).click()
    expect(page.get_by_text("on the bench: test row 5 (picked)")).to_be_visible()
    expect(tiles(page).nth(4)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("on the bench: test row 6 (picked)")).to_be_visible()
    expect(tiles(page).nth(5)).to_have_attribute("aria-pressed", "true")


def test_a_picture_brought_lies_on_the_bench_and_a_click_on_a_tile_takes_it_away(show, open_page, screenshot):
    page = show("digits", open_page(height=1500))
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60), np.uint8)).save(buffer, "PNG")
    page.locator("input[type=file]").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    )
    expect(page.get_by_text("on the bench: mine.png (brought)")).to_be_visible(timeout=30 * A_SECOND)
    expect(page.get_by_text("what the network sees").first).to_be_visible()
    page.wait_for_timeout(500)
    screenshot("bringing-digits", page)
    tiles(page).nth(2).click()
    expect(page.get_by_text("on the bench: test row 3 (picked)")).to_be_visible()


@pytest.mark.parametrize("data", ["heartbeats", "penguins"])
def test_series_and_tables_are_drawn_in_the_grid(show, data, open_page, screenshot):
    page = show(data, open_page(color_scheme="dark"))
    page.get_by_role("radio", name="Grid").or_(page.get_by_role("button", name="Grid")).first.click()
    expect(tiles(page).first).to_be_visible()
    page.wait_for_timeout(800)
    screenshot(f"picking-{data}", page)
    painted = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v)"
    assert tiles(page).nth(3).locator("canvas").evaluate(painted)


def test_nothing_is_cut_off_on_a_phone_and_a_tap_picks(show, open_page, screenshot):
    page = show("digits", open_page(width=390, height=844))
    page.wait_for_timeout(500)
    assert page.get_by_test_id("grid").evaluate(IS_CUT_OFF) is False
    screenshot("picking-phone", page)
    tiles(page).nth(7).click()
    expect(page.get_by_text("on the bench: test row 8 (picked)")).to_be_visible()
