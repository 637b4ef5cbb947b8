"""Slow motion in a real Chromium: five phases, by click, by key and by itself, and back to the first at a new step."""

import pytest
from playwright.sync_api import expect

from tests.browser.acting import A_SECOND, SCREENS, fits

DEMO = "slow_demo.py"
SHOWS = ("digits", "noisy", "series", "table", "points", "space", "diverged")
# Canvases that are in sight and still blank.
BLANK = """section => [...section.querySelectorAll('canvas')].filter(canvas => {
  if (getComputedStyle(canvas).visibility === 'hidden') return false;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return !data.some(value => value !== 0);
}).length"""


def opened(page, demo_url, show="digits"):
    page.goto(f"{demo_url}/?show={show}")
    expect(page.get_by_test_id("sentence")).to_contain_text("come in", timeout=20 * A_SECOND)
    return page.get_by_test_id("sentence")


def current(page):
    return page.locator(".phases button[aria-current=step]")


def test_a_click_the_buttons_and_the_arrow_keys_go_through_the_phases(page, demo_url):
    sentence = opened(page, demo_url)
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


def test_only_what_has_happened_can_be_seen(page, demo_url):
    opened(page, demo_url)
    codes, errors = page.locator(".cell.code").first, page.locator(".cell.error").first
    expect(codes).to_be_hidden()
    page.get_by_test_id("phase-2").click()
    expect(codes).to_be_visible()
    expect(errors).to_be_hidden()
    page.get_by_test_id("phase-4").click()
    expect(errors).to_be_visible()


def test_it_plays_by_itself_and_goes_on_playing_at_a_new_step(page, demo_url):
    sentence = opened(page, demo_url)
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


def test_a_new_step_starts_at_the_first_phase_and_stays_there_unless_it_was_playing(page, demo_url):
    sentence = opened(page, demo_url)
    page.get_by_test_id("phase-5").click()
    page.get_by_role("button", name="Next step").click()
    expect(sentence).to_contain_text("step 6 of 19")
    expect(current(page)).to_contain_text("Batch in")
    page.wait_for_timeout(3000)
    expect(current(page)).to_contain_text("Batch in")


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("show", SHOWS)
def test_every_kind_of_data_is_drawn_within_the_page(open_page, demo_url, screenshot, show, screen):
    page = open_page(**SCREENS[screen])
    opened(page, demo_url, show)
    page.get_by_test_id("phase-5").click()
    page.wait_for_timeout(1200)
    screenshot(f"slow-{show}-{screen}", of=page)
    fits(page)
    assert page.locator(".slow").evaluate(BLANK) == 0
    assert page.locator(".slow img").count() == 0  # names are text, whatever they hold
