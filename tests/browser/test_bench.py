"""The bench in a real Chromium: an edit is painted at once, as torch computes it, and Python hears of it at its end."""

import base64
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from playwright.sync_api import expect

from playground.data.split import Split
from playground.ui.components.assets import asset
from playground.ui.components.bench import cells_payload
from playground.ui.components.network import LOOK_PARTS
from playground.ui.looks import columns_payload
from tests.browser.acting import A_SECOND, IS_CUT_OFF, PIXELS
from tests.browser.conftest import ROOT
from tests.browser.test_network import table

DEMO = "bench_demo.py"
LATENCIES = "bench => bench.latencies"
IN_THE_BROWSER = """bench => {
  const { own, x, made } = bench.bench;
  return [own, x, made.autoencoder, made.pca].map((values) => Array.from(values, (v) => (Number.isNaN(v) ? null : v)));
}"""


@pytest.fixture
def show(page, demo_url):
    def open_part(name, on=page):
        on.goto(f"{demo_url}/?show={name}")
        expect(on.get_by_test_id("settles")).to_contain_text(
            re.compile("settle|changes nothing"), timeout=90 * A_SECOND
        )
        on.wait_for_timeout(500)
        return on

    return open_part


@pytest.fixture
def training(tmp_path):
    """A run that trains on this machine while the test goes on."""
    command = [
        sys.executable,
        "-m",
        "playground",
        "train",
        "--data",
        "mnist5000",
        "--epochs",
        "5000",
        "--patience",
        "0",
    ]
    env = {**os.environ, "PLAYGROUND_STORE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command += ["--patience", "0"]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield process
    process.terminate()
    process.wait(timeout=20)


def root(page):
    return page.locator(".root.bench")


def place(page, across, down):
    box = page.get_by_test_id("editor").bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def stroke(page, *points):
    page.get_by_test_id("editor").scroll_into_view_if_needed()
    page.mouse.move(*place(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*place(page, *point), steps=6)
    page.mouse.up()


def in_browser(page):
    return [np.array([np.nan if v is None else v for v in each]) for each in root(page).evaluate(IN_THE_BROWSER)]


def in_python(page):
    """Own units, scaled units and the two reconstructions as torch and numpy have them, once Python was told."""
    page.wait_for_timeout(1000)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=20 * A_SECOND)
    page.wait_for_timeout(800)
    words = page.get_by_test_id("python").text_content().split()
    return [np.frombuffer(base64.b64decode(each), "<f8") for each in words]


def agree(page):
    """Both sides hold the same sample and make the same of it."""
    known = in_python(page)  # first, for it waits until both have come to rest
    for here, there in zip(in_browser(page), known, strict=True):
        np.testing.assert_allclose(here, there, atol=1e-4, rtol=1e-5)


def test_a_brush_is_followed_within_100_ms_while_a_run_trains(show, training):
    page = show("mnist")
    assert training.poll() is None
    page.wait_for_timeout(6000)  # it has begun to train
    page.get_by_test_id("editor").scroll_into_view_if_needed()
    page.mouse.move(*place(page, 0.2, 0.2))
    page.mouse.down()
    for step in range(80):
        page.mouse.move(*place(page, 0.2 + step / 140, 0.3 + (step % 20) / 40))
    page.wait_for_timeout(200)
    page.mouse.up()
    assert training.poll() is None
    times = sorted(root(page).evaluate(LATENCIES))
    median = times[len(times) // 2]
    words = f"median {median:.1f} ms of {len(times)}, worst {times[-1]:.1f} ms"
    print(f"\nbrush to painted reconstruction, 784-256-64-2-64-256-784, a run training: {words}")  # noqa: T201 measured
    assert len(times) >= 40
    assert median < 100


@pytest.mark.parametrize("name", ["mnist", "heartbeats", "swiss_roll", "smileys"])
def test_an_edited_sample_is_the_same_in_torch_and_python_is_told(show, name):
    page = show(name)
    before = in_browser(page)
    stroke(page, (0.3, 0.3), (0.6, 0.5), (0.5, 0.7))
    after = in_browser(page)
    assert np.abs(after[0] - before[0]).max() > 0.01
    assert np.abs(after[2] - before[2]).max() > 0
    agree(page)
    expect(page.get_by_text("edited: test row 1, edited, place None")).to_be_visible()
    page.get_by_test_id("undo").click()
    np.testing.assert_array_equal(in_browser(page)[0], before[0])
    agree(page)


def test_a_cell_of_a_table_is_edited_in_its_own_units_and_may_be_missing(show):
    page = show("penguins")
    agree(page)
    mass = page.get_by_test_id(re.compile("cell body.mass.*"))
    mass.fill("6000")
    mass.press("Tab")
    page.get_by_test_id("cell island").select_option(label="Dream")
    agree(page)
    own = in_browser(page)[0]
    assert 6000 in own
    page.get_by_role("checkbox", name=re.compile("is missing")).first.check()
    assert np.isnan(in_browser(page)[0]).sum() == np.isnan(own).sum() + 1
    agree(page)
    expect(page.get_by_test_id("costs")).to_contain_text(re.compile(r"What costs the autoencoder most: .+ \(\d+ %\)"))


def test_a_drawing_is_sized_and_centred_as_the_training_pictures_are(show):
    page = show("mnist")
    page.get_by_test_id("mode draw").click()
    expect(page.get_by_test_id("placed")).to_be_checked()
    assert in_browser(page)[0].max() == 0  # a blank sheet
    stroke(page, (0.1, 0.1), (0.35, 0.1), (0.2, 0.4))  # a small seven in a corner
    drawn = in_browser(page)[0].reshape(28, 28)
    rows, columns = np.nonzero(drawn > 25.5)
    assert 17 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 23
    mass = drawn / drawn.sum()
    assert (mass.sum(1) * (np.arange(28) + 0.5)).sum() == pytest.approx(14, abs=1)
    assert (mass.sum(0) * (np.arange(28) + 0.5)).sum() == pytest.approx(14, abs=1)
    agree(page)
    expect(page.get_by_text("drawn: your drawing, place None")).to_be_visible()
    page.get_by_test_id("placed").uncheck()
    corner = in_browser(page)[0].reshape(28, 28)
    assert corner[14:, 14:].max() == 0
    assert corner.max() > 200
    page.get_by_test_id("clear").click()
    assert in_browser(page)[0].max() == 0
    page.get_by_test_id("undo").click()
    np.testing.assert_array_equal(in_browser(page)[0].reshape(28, 28), corner)


def test_a_wave_beyond_the_bulk_of_the_data_is_drawn_whole_and_on_one_scale(show):
    page = show("heartbeats")
    stands = page.locator(".codecs figure.autoencoder .stands")
    expect(stands).to_contain_text("other held-out row")
    expect(page.get_by_label("What PCA makes of it")).to_be_visible()
    bulk = root(page).evaluate("bench => [...bench.bench.known.bulk]")
    page.get_by_role("button", name="a wide one").click()
    expect(page.get_by_test_id("what")).to_have_text("a wide one")
    page.wait_for_timeout(1000)
    low, high = root(page).evaluate("bench => bench.bench.known.look.range")
    own = in_browser(page)[0]
    assert low < own.min() < bulk[0]
    assert high >= bulk[1]
    expect(stands).not_to_contain_text("other")
    assert "After 1 pass" in [each.get_attribute("aria-label") for each in page.locator(".passes canvas").all()]
    page.get_by_role("button", name="another row").click()
    expect(page.get_by_test_id("what")).to_have_text("test row 2")
    page.wait_for_timeout(500)
    assert root(page).evaluate("bench => bench.bench.known.look.range[0]") > low  # it shrinks again


def test_a_cell_outside_of_the_training_range_is_said_to_be(show):
    page = show("penguins")
    outside = page.get_by_test_id("outside")
    field = page.locator("[data-testid^='cell bill length']")
    field.fill("140")
    expect(outside).to_contain_text("training rows had: bill length")
    field.fill("45")
    expect(outside).to_be_hidden()


def test_what_the_network_sees_of_a_drawing_can_be_inverted(show):
    page = show("digits")
    page.get_by_test_id("mode draw").click()
    stroke(page, (0.4, 0.2), (0.4, 0.8))
    before = in_browser(page)[0]
    page.get_by_test_id("invert").click()
    np.testing.assert_allclose(in_browser(page)[0], 16 - before, atol=1e-4)
    stroke(page, (0.6, 0.2), (0.6, 0.8))
    assert in_browser(page)[0][0] == 16  # still
    for _ in range(2):
        page.get_by_test_id("undo").click()
    np.testing.assert_allclose(in_browser(page)[0], before, atol=1e-4)
    assert page.get_by_test_id("invert").get_attribute("aria-pressed") == "false"


def test_another_row_takes_the_edit_away_and_the_picked_one_comes_back(show):
    page = show("digits")
    first = in_browser(page)[0]
    stroke(page, (0.3, 0.3), (0.7, 0.7))
    in_python(page)
    page.get_by_test_id("back to the picked row").click()
    expect(page.get_by_test_id("what")).to_have_text("test row 1", timeout=10 * A_SECOND)
    np.testing.assert_array_equal(in_browser(page)[0], first)
    agree(page)
    stroke(page, (0.3, 0.3), (0.7, 0.7))
    in_python(page)
    page.locator(".st-key-another button").click()
    expect(page.get_by_test_id("what")).to_have_text("test row 2", timeout=10 * A_SECOND)
    agree(page)


def test_pixels_are_painted_with_the_keyboard_alone(show):
    page = show("digits")
    before = in_browser(page)[0]
    page.get_by_test_id("editor").focus()
    page.keyboard.press("ArrowLeft")
    np.testing.assert_array_equal(in_browser(page)[0], before)
    page.keyboard.press("Space")
    painted = in_browser(page)[0]
    assert np.flatnonzero(painted != before).tolist() == [4 * 8 + 3]  # one to the left of the middle
    agree(page)
    page.get_by_test_id("undo").focus()
    page.keyboard.press("Enter")
    np.testing.assert_array_equal(in_browser(page)[0], before)


def test_the_blend_goes_from_input_to_reconstruction(show):
    page = show("digits")
    canvas, slider = page.locator(".blend canvas"), page.get_by_test_id("blend")
    seen = set()
    for share in ("0", "50", "100"):
        slider.fill(share)
        page.wait_for_timeout(150)
        seen.add(canvas.evaluate(PIXELS))
    assert len(seen) == 3


def test_a_finger_paints_on_a_phone_and_the_page_stays(browser, demo_url, page_problems):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")
    page = context.new_page()
    page.on("pageerror", lambda error: page_problems.append(str(error)))
    page.goto(f"{demo_url}/?show=mnist")
    expect(page.get_by_test_id("settles")).to_contain_text("settle", timeout=60 * A_SECOND)
    assert not root(page).evaluate(IS_CUT_OFF)
    before = in_browser(page)[0]
    top = page.get_by_test_id("editor").bounding_box()["y"]
    touch = context.new_cdp_session(page)
    for kind, down in (("touchStart", 0.2), ("touchMove", 0.4), ("touchMove", 0.6), ("touchMove", 0.8)):
        x, y = place(page, 0.2, down)
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(200)
    after = in_browser(page)[0].reshape(28, 28)
    assert np.abs(after.ravel() - before).max() > 100
    assert (after[8:20, 5:7].max(axis=1) > 200).all()  # one line down the left
    assert page.get_by_test_id("editor").bounding_box()["y"] == top
    agree(page)
    context.close()


def test_a_network_that_stays_on_the_server_answers_when_the_brush_is_lifted(show):
    page = show("large")
    made = page.get_by_test_id("made autoencoder")
    before = made.evaluate(PIXELS)
    stroke(page, (0.3, 0.3), (0.6, 0.5), (0.5, 0.7))
    agree(page)
    assert made.evaluate(PIXELS) != before


@pytest.mark.parametrize("name", ["wine", "heartbeats", "swiss_roll", "penguins", "circle", "smileys"])
def test_every_kind_of_data_fits_a_phone(name, show, open_page):
    page = show(name, on=open_page(width=390, height=844, color_scheme="dark"))
    assert not root(page).evaluate(IS_CUT_OFF)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("scaling", ["auto", "standard", "range", "none"])
def test_own_units_become_scaled_ones_as_in_python(page, missing, scaling):
    dataset = table(missing=missing)
    split = Split.of(dataset, scaling=scaling)
    cells = cells_payload(dataset.columns, columns_payload(split.scaler), dataset.x[split.train_rows])
    page.set_content("<body></body>")
    page.add_script_tag(content=asset(*LOOK_PARTS, "known_run.js"))
    rows = [[None if np.isnan(value) else value for value in row] for row in dataset.x[:60].tolist()]
    got = page.evaluate(
        """([cells, rows, n]) => rows.map((row) => {
          const own = Float64Array.from(row, (value) => value ?? NaN);
          const x = forwardOfTable(cells)(own, new Float32Array(n));
          return Array.from(x, (value) => (Number.isNaN(value) ? null : value));
        })""",
        [cells, rows, split.n_features],
    )
    x = np.array([[np.nan if value is None else value for value in row] for row in got])
    np.testing.assert_allclose(x, split.x[:60], atol=1e-5, rtol=1e-5)
