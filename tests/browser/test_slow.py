"""Slow motion in a real Chromium: five phases, by click, by key and by itself, and back to the first at a new step."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

DEMO = Path(__file__).parent / "slow_demo.py"
FITS = "document.scrollingElement.scrollWidth <= document.documentElement.clientWidth"
SHOWS = ("digits", "noisy", "series", "table", "points", "space", "diverged")
# Canvases that are in sight and still blank.
BLANK = """section => [...section.querySelectorAll('canvas')].filter(canvas => {
  if (getComputedStyle(canvas).visibility === 'hidden') return false;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return !data.some(value => value !== 0);
}).length"""


@pytest.fixture(scope="module")
def demo(serve_script, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slow")
    with serve_script(DEMO, folder / "store", folder / "log") as server:
        yield server.url


def opened(page, demo, show="digits"):
    page.goto(f"{demo}/?show={show}")
    expect(page.get_by_test_id("sentence")).to_contain_text("come in", timeout=20_000)
    return page.get_by_test_id("sentence")


def current(page):
    return page.locator(".phases button[aria-current=step]")


def test_a_click_the_buttons_and_the_arrow_keys_go_through_the_phases(page, demo):
    sentence = opened(page, demo)
    expect(current(page)).to_contain_text("Batch in")
    expect(page.get_by_test_id("back")).to_be_disabled()
    page.get_by_test_id("next").click()
    expect(sentence).to_contain_text("The encoder turns 64 numbers per row into 2")
    page.get_by_test_id("phase-4").click()
    expect(sentence).to_contain_text("The loss of this batch is")
    page.keyboard.press("ArrowRight")
    expect(current(page)).to_contain_text("Update")
    expect(page.get_by_test_id("next")).to_be_disabled()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(current(page)).to_contain_text("Batch in")


def test_only_what_has_happened_can_be_seen(page, demo):
    opened(page, demo)
    codes, errors = page.locator(".cell.code").first, page.locator(".cell.error").first
    expect(codes).to_be_hidden()
    page.get_by_test_id("phase-2").click()
    expect(codes).to_be_visible()
    expect(errors).to_be_hidden()
    page.get_by_test_id("phase-4").click()
    expect(errors).to_be_visible()


def test_it_plays_by_itself_and_goes_on_playing_at_a_new_step(page, demo):
    sentence = opened(page, demo)
    page.clock.install()
    page.get_by_test_id("slowly").click()
    for name in ("Encode", "Decode", "Error", "Update"):
        page.clock.run_for(2600)
        expect(current(page)).to_contain_text(name)
    page.clock.run_for(10_000)
    expect(current(page)).to_contain_text("Update")
    page.get_by_role("button", name="Next step").click()
    page.clock.run_for(300)
    expect(sentence).to_contain_text("step 6 of 19")
    expect(page.get_by_test_id("slowly")).to_have_attribute("aria-pressed", "true")
    page.clock.run_for(2600)
    expect(current(page)).to_contain_text("Encode")


def test_a_new_step_starts_at_the_first_phase_and_stays_there_unless_it_was_playing(page, demo):
    sentence = opened(page, demo)
    page.get_by_test_id("phase-5").click()
    page.get_by_role("button", name="Next step").click()
    expect(sentence).to_contain_text("step 6 of 19")
    expect(current(page)).to_contain_text("Batch in")
    page.wait_for_timeout(3000)
    expect(current(page)).to_contain_text("Batch in")


@pytest.mark.parametrize("screen", [{}, {"width": 390, "height": 844, "color_scheme": "dark"}], ids=["wide", "phone"])
@pytest.mark.parametrize("show", SHOWS)
def test_every_kind_of_data_is_drawn_within_the_page(open_page, demo, screenshot, show, screen):
    page = open_page(**screen)
    opened(page, demo, show)
    page.get_by_test_id("phase-5").click()
    page.wait_for_timeout(1200)
    screenshot(f"slow-{show}-{screen.get('width', 1280)}", of=page)
    assert page.evaluate(FITS)
    assert page.locator(".slow").evaluate(BLANK) == 0
    assert page.locator(".slow img").count() == 0  # names are text, whatever they hold
