"""Film and race in a real Chromium, with made-up data: what moves, what stays put, and how fast."""

import statistics

import pytest
from playwright.sync_api import expect

from tests.browser.acting import A_SECOND, IS_CUT_OFF, PIXELS, epoch_text

DEMO = "components_demo.py"
FILMS = ["replay", "strip", "eight", "table", "series", "curve", "surface", "rgb", "bare"]
RACES = ["race", "race_waves"]

# Moves the scrubber to every frame and notes the milliseconds from its event until the next picture is painted.
SCRUB = """async (film) => {
  const range = film.querySelector("input[type=range]");
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const times = [];
  for (let i = 0; i <= Number(range.max); i++) {
    await painted();
    const began = performance.now();
    range.value = i;
    range.dispatchEvent(new Event("input"));
    await painted();
    times.push(performance.now() - began);
  }
  return times;
}"""


@pytest.fixture
def show(page, demo_url):
    """Opens a part of the demo for a visitor who wants no motion: `show("table")`."""

    def open_part(name, on=page):
        on.emulate_media(reduced_motion="reduce")
        on.goto(f"{demo_url}/?show={name}")
        expect(on.locator(".root")).to_be_visible(timeout=30 * A_SECOND)
        expect(on.locator("output")).not_to_be_empty()
        on.wait_for_timeout(500)
        return on

    return open_part


def scrubber(page):
    return page.get_by_test_id("epoch")


def picture(figure):
    return f".{figure} .box > canvas"


def test_a_step_through_200_epochs_of_2000_points_is_drawn_within_a_tenth_of_a_second(show, record_property):
    film = show("long").locator(".film")
    film.evaluate(SCRUB)
    times = film.evaluate(SCRUB)
    assert len(times) == 200
    record_property("step_ms", {"median": statistics.median(times), "max": max(times)})
    assert statistics.median(times) < 100


def test_plot_map_samples_units_and_latent_pictures_go_to_the_same_epoch_together(show):
    page = show("replay")
    parts = [picture("loss"), picture("map"), ".tile:first-child .reconstruction", picture("units"), picture("latent")]
    canvases = [page.locator(part) for part in parts]
    before = [canvas.evaluate(PIXELS) for canvas in canvases]
    scrubber(page).press("Home")
    page.wait_for_timeout(200)
    expect(epoch_text(page)).to_have_text("epoch 0 of 60 · looking back; the best is epoch 37")
    for part, canvas, pixels in zip(parts, canvases, before, strict=True):
        assert canvas.evaluate(PIXELS) != pixels, f"{part} stood still"
    for name in ("map", "units"):
        assert "at epoch 0" in page.locator(picture(name)).get_attribute("aria-label")


def test_arrow_keys_home_end_and_the_best_button_move_the_film_and_it_says_why(show):
    page = show("replay")
    expect(epoch_text(page)).to_have_text("epoch 60 of 60 · the last")
    scrubber(page).press("ArrowLeft")
    expect(epoch_text(page)).to_contain_text("epoch 59 of 60")
    page.get_by_test_id("best").click()
    expect(epoch_text(page)).to_have_text("epoch 37 of 60 · the best: kept")
    scrubber(page).press("End")
    expect(epoch_text(page)).to_contain_text("epoch 60")


def test_a_visitor_who_looks_back_while_it_trains_stays_there_until_they_press_live(show):
    page = show("live")
    expect(epoch_text(page)).to_contain_text("newest", timeout=10 * A_SECOND)
    page.wait_for_timeout(2 * A_SECOND)
    scrubber(page).press("Home")
    expect(epoch_text(page)).to_contain_text("you are looking back; press live")
    stands = epoch_text(page).text_content()
    page.wait_for_timeout(1.5 * A_SECOND)
    expect(epoch_text(page)).to_have_text(stands)
    page.get_by_test_id("live").click()
    expect(epoch_text(page)).to_contain_text("newest")


def test_the_maps_zoom_outlives_new_epochs(show):
    page = show("live")
    page.locator(picture("map")).press("+")
    expect(page.get_by_test_id("reset")).to_be_visible()
    epoch = epoch_text(page).text_content()
    expect(epoch_text(page)).not_to_have_text(epoch, timeout=5 * A_SECOND)
    expect(page.get_by_test_id("reset")).to_be_visible()
    page.get_by_test_id("reset").click()
    expect(page.get_by_test_id("reset")).to_be_hidden()


def test_a_change_made_while_it_trained_has_a_flag_that_says_what(show):
    page = show("replay")
    canvas = page.locator(picture("loss"))
    box = canvas.bounding_box()
    left, right = 46, box["width"] - 12  # the plot's sides in loss_plot.js
    canvas.hover(position={"x": left + (12.4 - 1) / 59 * (right - left), "y": box["height"] - 45})
    expect(page.locator(".loss .card")).to_contain_text("learning rate 0.02 → 0.002 at epoch 12.4")
    assert "passes PCA(2) at epoch 7, 0.4 s" in canvas.get_attribute("aria-label")


def test_a_row_names_its_worst_column_and_opens_as_a_table_that_follows_the_scrubber(show):
    page = show("table")
    card = page.locator(".sample").first
    expect(card.locator(".worst")).to_have_text("worst: od280/od315 of diluted wines 3.92 → 3.25 mg/l")
    card.click()
    table = page.get_by_test_id("row-table")
    expect(table.locator("caption")).to_contain_text("Sample 1 at epoch 60")
    expect(table.locator("tbody tr")).to_have_count(10)
    expect(table.locator("tbody tr").first).to_contain_text("3.92")
    scrubber(page).press("Home")
    expect(table.locator("caption")).to_contain_text("Sample 1 at epoch 1,")
    table.get_by_role("button", name="close").press("Escape")
    expect(table).to_be_hidden()
    expect(card).to_be_focused()


def test_points_in_space_are_turned_by_mouse_and_keys_and_stay_turned(show):
    page = show("surface")
    canvas = page.locator(picture("space"))
    box = canvas.bounding_box()
    before = canvas.evaluate(PIXELS)
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 180, steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    turned = canvas.evaluate(PIXELS)
    assert turned != before
    scrubber(page).press("Home")
    scrubber(page).press("End")
    page.wait_for_timeout(200)
    assert canvas.evaluate(PIXELS) == turned
    canvas.press("ArrowRight")
    page.wait_for_timeout(200)
    assert canvas.evaluate(PIXELS) != turned


def test_the_hourglass_says_by_keys_which_units_are_dead(show):
    page = show("replay")
    canvas = page.locator(picture("units"))
    assert "layer 2 of the encoder: 32 units, 5 dead" in canvas.get_attribute("aria-label")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", *["ArrowDown"] * 31):
        canvas.press(key)
    expect(page.locator(".units .card")).to_have_text("layer 2 of the encoderunit 32 of 32dead: the same for every row")


def test_a_race_shows_each_lanes_error_at_the_epoch_on_show_and_takes_names_for_text(show):
    page = show("race")
    lanes = page.locator(".lane")
    expect(lanes).to_have_count(5)
    last = lanes.last
    expect(last.locator(".lane-name")).to_have_text("<b>linear</b>")
    expect(last.locator(".state")).to_contain_text("passes PCA(2) at epoch 11, 0.6 s")
    now = last.locator(".error").text_content()
    page.get_by_test_id("race-epoch").press("Home")
    expect(page.get_by_test_id("race-epoch-text")).to_contain_text("epoch 1 of 60")
    expect(last.locator(".error")).not_to_have_text(now)


@pytest.mark.parametrize("part", FILMS + RACES)
def test_nothing_is_cut_off_on_a_phone_or_a_desktop(part, show, open_page):
    for width, scheme in ((390, "dark"), (1280, "light")):
        page = show(part, on=open_page(width=width, height=844, color_scheme=scheme))
        assert not page.locator(".root").evaluate(IS_CUT_OFF)
