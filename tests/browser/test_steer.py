"""Steering in a real Chromium: slow motion, single epochs, live knobs, two tabs, the scrubber, a race, the films."""

import re
import time

import pytest
from playwright.sync_api import expect

from playground.runs.run import Run
from playground.runs.store import Store
from tests.browser.acting import A_SECOND, PIXELS, SCREENS, button, calm, end_all, epoch_text, fits

LONG = "epochs=10000&patience=0&hidden=32"


@pytest.fixture(autouse=True)
def nothing_trains_on(app):
    yield
    end_all(app)


@pytest.fixture(params=SCREENS)
def screen(request, open_page):
    return open_page(**SCREENS[request.param]), request.param


def run_of(page, app):
    page.wait_for_url("**run=*", timeout=20 * A_SECOND)
    return Run(Store(app.store), re.search(r"run=([0-9a-f]{32})", page.url).group(1))


def test_slow_motion_walks_through_a_step_and_one_epoch_ends_it(screen, app, screenshot):
    page, name = screen
    page.goto(f"{app.url}/train?{LONG}")
    calm(page)
    button(page, "train_step").click()
    expect(page.get_by_text("step 1 of 19 of epoch 1")).to_be_visible(timeout=30 * A_SECOND)
    for said in ("The encoder turns 64 numbers", "The decoder turns", "The loss of this batch is", "weights move by"):
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page.get_by_text(said)).to_be_visible()
    calm(page)
    fits(page)
    screenshot(f"steer-slow-{name}", of=page)
    button(page, "one_step").click()
    expect(page.get_by_text("step 2 of 19 of epoch 1")).to_be_visible(timeout=10 * A_SECOND)
    button(page, "one_epoch").click()
    expect(epoch_text(page)).to_contain_text("epoch 1 of 10", timeout=10 * A_SECOND)
    expect(page.get_by_text("step 2 of 19 of epoch 1")).to_have_count(0)


def test_a_knob_turned_while_it_trains_is_heard_and_marked(page, app):
    page.goto(f"{app.url}/train?{LONG}")
    button(page, "train").click()
    run = run_of(page, app)
    expect(epoch_text(page)).to_contain_text("epoch", timeout=20 * A_SECOND)
    knob = page.locator(".st-key-knob_learning_rate input")
    knob.fill("0.003")
    knob.press("Enter")
    deadline = time.monotonic() + 10
    while not Run(run.store, run.id).changes:
        assert time.monotonic() < deadline, "nobody heard it"
        page.wait_for_timeout(100)
    (change,) = Run(run.store, run.id).changes
    assert (change.before, change.after) == (0.02, 0.003)
    expect(knob).to_have_value("0.003")


def test_a_stop_in_one_tab_shows_in_the_other_within_a_second(page, open_page, app):
    page.goto(f"{app.url}/train?{LONG}")
    button(page, "train").click()
    run_of(page, app)
    other = open_page()
    other.goto(page.url)
    expect(button(other, "stop")).to_be_visible(timeout=20 * A_SECOND)
    button(page, "pause").click()
    expect(button(page, "resume")).to_be_visible(timeout=5 * A_SECOND)
    expect(button(other, "resume")).to_be_visible(timeout=A_SECOND)
    button(page, "stop").click()
    expect(page.get_by_text("Stopped; the best epoch so far is kept.")).to_be_visible(timeout=20 * A_SECOND)
    expect(other.get_by_text("Stopped; the best epoch so far is kept.")).to_be_visible(timeout=A_SECOND)


def test_the_whole_way_of_a_run_wide_and_on_a_phone(screen, app, screenshot):
    page, name = screen
    page.goto(f"{app.url}/train?epochs=12&hidden=32")
    calm(page)
    button(page, "train").click()
    expect(page.get_by_text("Done. Epoch 12")).to_be_visible(timeout=60 * A_SECOND)
    calm(page)
    fits(page)
    screenshot(f"steer-done-{name}", of=page)
    made = page.locator(".film .tile-grid canvas").nth(1)
    before = made.evaluate(PIXELS)
    page.get_by_test_id("epoch").press("Home")
    expect(epoch_text(page)).to_contain_text("epoch 1 of 12")
    assert page.locator(".film .tile-grid canvas.reconstruction").first.evaluate(PIXELS) != before
    for key, kind in (("film_html", b"<!doctype html>"), ("film_gif", b"GIF89a")):
        with page.expect_download(timeout=60 * A_SECOND) as download:
            button(page, key).click()
        assert download.value.path().read_bytes()[: len(kind)].lower() == kind.lower()


def test_a_new_seed_and_a_reset_show_the_run_that_they_begin(page, app):
    page.goto(f"{app.url}/train?epochs=3&hidden=16")
    button(page, "train").click()
    shown = [run_of(page, app).id]
    for key in ("new_seed", "new_seed", "reset"):
        expect(page.get_by_text("Done. Epoch 3")).to_be_visible(timeout=60 * A_SECOND)
        calm(page)
        button(page, key).click()
        page.wait_for_url(lambda url: shown[-1] not in url, timeout=20 * A_SECOND)
        shown.append(run_of(page, app).id)
    store = Store(app.store)
    assert [Run(store, run_id).spec.seed for run_id in shown] == [0, 1, 2, 2]


def test_a_race_shares_one_plot(screen, app, screenshot):
    page, name = screen
    page.goto(f"{app.url}/train?epochs=12&hidden=32")
    calm(page)
    page.get_by_text("Race up to four settings").click()
    for change in ("wider", "linear", "seed"):
        button(page, f"race_{change}").click()
        calm(page)
    expect(page.get_by_text("Lane 4:")).to_be_visible()
    fits(page)
    button(page, "race_start").click()
    expect(page.get_by_text("Lowest validation error so far")).to_be_visible(timeout=60 * A_SECOND)
    expect(page.get_by_text("Done. Epoch 12")).to_be_visible(timeout=60 * A_SECOND)
    calm(page)
    fits(page)
    assert len(run_of(page, app).race) == 4
    screenshot(f"steer-race-{name}", of=page)
