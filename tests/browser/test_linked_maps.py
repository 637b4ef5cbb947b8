"""Linked maps in a real Chromium: a rectangle in one map lights the same rows in the others."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.acting import A_SECOND, IS_CUT_OFF, PIXELS

DEMO = "linked_demo.py"
# How much colour there is: what is dimmed loses most of it.
INK = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let ink = 0;
  for (let p = 0; p < data.length; p += 4) {
    const spread = Math.max(data[p], data[p + 1], data[p + 2]) - Math.min(data[p], data[p + 1], data[p + 2]);
    ink += data[p + 3] * spread;
  }
  return ink;
}"""


@pytest.fixture
def show(page, demo_url):
    def open_part(name, on=page):
        on.goto(f"{demo_url}/?show={name}")
        expect(on.get_by_test_id("pane-autoencoder")).to_be_visible(timeout=30 * A_SECOND)
        on.wait_for_timeout(500)
        return on

    return open_part


def canvas(page, name):
    return page.get_by_test_id(f"pane-{name}").locator(".box > canvas")


def drag(page, name, start=(0.2, 0.2), end=(0.55, 0.6), keep=True):
    box = canvas(page, name).bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=5)
    if keep:
        page.mouse.up()
    page.wait_for_timeout(200)


def test_a_rectangle_in_one_map_dims_the_other_rows_in_every_map_and_escape_lights_them_again(show):
    page = show("three")
    names = ("autoencoder", "pca", "tsne")
    before = {name: canvas(page, name).evaluate(INK) for name in names}
    drag(page, "pca")
    said = page.get_by_test_id("brushed")
    expect(said).to_have_text(re.compile(r"^\d+ of 600 rows lit: \d \(\d+\)"))
    n_lit = int(said.text_content().split()[0])
    assert 0 < n_lit < 500
    for name in names:
        assert canvas(page, name).evaluate(INK) < before[name] * (0.3 + n_lit / 600), f"{name} is not dimmed"
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    for name in names:
        assert canvas(page, name).evaluate(INK) == pytest.approx(before[name], rel=0.01)
    expect(page.get_by_text("clicks: 0")).to_be_visible()  # Python heard nothing of it


def test_the_row_under_the_pointer_is_ringed_in_the_other_map_and_a_click_is_told(show):
    page = show("two")
    other = canvas(page, "pca").evaluate(PIXELS)
    box = canvas(page, "autoencoder").bounding_box()
    card = page.get_by_test_id("pane-autoencoder").get_by_test_id("card")
    for step in range(12, 50):  # across the middle until a row is met
        x, y = box["x"] + box["width"] * step / 60, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        if card.is_visible():
            break
    expect(card).to_contain_text("sample ")
    page.wait_for_timeout(200)
    assert canvas(page, "pca").evaluate(PIXELS) != other
    number = int(re.search(r"sample (\d+)", card.text_content())[1])
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_text("clicks: 1")).to_be_visible()
    expect(page.get_by_text(f"clicked: {number - 1};")).to_be_visible()


def test_shift_and_drag_moves_the_map_and_lights_nothing(show):
    page = show("two")
    page.keyboard.down("Shift")
    drag(page, "autoencoder")
    page.keyboard.up("Shift")
    expect(page.get_by_test_id("pane-autoencoder").get_by_test_id("reset")).to_be_visible()
    expect(page.get_by_test_id("clear-brush")).to_be_hidden()


def test_rows_that_the_page_lights_are_lit_until_they_are_cleared(show):
    page = show("two")
    page.get_by_text("light three").click()
    expect(page.get_by_test_id("brushed")).to_contain_text("3 of 600 rows lit")
    page.get_by_test_id("clear-brush").click()
    expect(page.get_by_test_id("brushed")).to_contain_text("Drag a rectangle")


@pytest.mark.parametrize("part", ["two", "three", "strip"])
def test_maps_stand_below_each_other_on_a_phone_and_nothing_is_cut_off(part, show, open_page):
    for width, scheme in ((390, "dark"), (1280, "light")):
        page = show(part, on=open_page(width=width, height=900, color_scheme=scheme))
        assert not page.locator(".root").evaluate(IS_CUT_OFF)
        first, second = (canvas(page, name).bounding_box() for name in ("autoencoder", "pca"))
        assert (second["y"] > first["y"] + first["height"]) == (width == 390)
