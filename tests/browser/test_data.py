"""The data page in a real Chromium: the gallery, a table whose columns are edited, a folder of pictures."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.acting import A_SECOND, SCREENS, button, calm, fits


def table(n=80):
    places = ["Biscoe", "Dream", "Torgersen"]
    rows = [
        f"{k + 1};{4000 + 25 * k},5;{places[k % 3]};{-200 if k % 4 == 0 else k % 9};{'ab'[k % 2]}" for k in range(n)
    ]
    return "\n".join(["From the lab", "", "nr;mass;island;temp;kind", *rows]).encode()


@pytest.fixture(params=SCREENS)
def data_page(request, open_page, app_url):
    page = open_page(**SCREENS[request.param])
    page.goto(f"{app_url}/data")
    expect(thumbnail(page, "digits")).to_be_visible(timeout=20 * A_SECOND)
    return page, request.param


def thumbnail(page, name):
    return page.locator(f".st-key-choose_{name} img").locator("visible=true")  # one is for screens without a pointer


def upload(page, *files):
    page.get_by_test_id("stFileUploaderDropzone").locator("input").set_input_files(*files)
    expect(page.get_by_text("How it was read")).to_be_visible(timeout=20 * A_SECOND)


def test_a_data_set_is_chosen_by_its_picture(data_page, screenshot):
    page, screen = data_page
    images = page.locator(".st-key-gallery img")
    assert all(images.nth(place).evaluate("i => i.naturalWidth") == 192 for place in range(images.count()))
    fits(page)
    screenshot(f"data-gallery-{screen}", of=page)
    button(page, "choose_circle").click()
    page.wait_for_url("**data=circle**")
    expect(page.get_by_text("Generated", exact=False).first).to_be_attached()


def test_ones_own_table_is_read_said_and_edited(data_page, screenshot):
    page, screen = data_page
    upload(page, {"name": "mine.csv", "mimeType": "text/csv", "buffer": table()})
    expect(page.get_by_text("a semicolon between the cells")).to_be_visible()
    expect(page.get_by_text("Ignored: nr (counts the rows: looks like an identifier).")).to_be_visible()
    fits(page)
    screenshot(f"data-table-{screen}", of=page)
    page.wait_for_url("**data=file-**")
    before = page.url
    button(page, "offer_0").click()
    expect(page.get_by_text("Treat −200 as missing?")).to_have_count(0, timeout=10 * A_SECOND)
    calm(page)
    assert page.url != before
    if screen == "desktop":
        edit_a_role(page)


def edit_a_role(page):
    """Double-clicks the role of the second column and types another one."""
    grid = page.get_by_test_id("stDataFrame").first
    box = grid.bounding_box()
    page.mouse.dblclick(box["x"] + 130, box["y"] + 38 + 35 + 15)
    page.wait_for_timeout(400)
    page.keyboard.type("ignore")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"mass \(your choice; numbers\)"))).to_be_visible(timeout=10 * A_SECOND)


def test_a_folder_of_pictures_is_read_with_its_sub_folders_as_labels(data_page, screenshot, tmp_path):
    page, screen = data_page
    rng = np.random.default_rng(0)
    for place in range(24):
        folder = tmp_path / "pets" / ("cat" if place % 2 else "dog")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (90, 70, 3)).astype(np.uint8)).save(folder / f"{place}.png")
    page.get_by_role("button", name="folder", exact=True).or_(page.get_by_text("folder", exact=True)).first.click()
    calm(page)
    expect(page.get_by_test_id("stFileUploaderDropzone").locator("input")).to_have_count(1, timeout=10 * A_SECOND)
    upload(page, str(tmp_path / "pets"))
    expect(page.get_by_text("The label is the folder: cat, dog.")).to_be_visible()
    for fit in ("crop", "pad", "stretch"):
        expect(page.get_by_alt_text(fit, exact=True)).to_be_visible()
    fits(page)
    screenshot(f"data-pictures-{screen}", of=page)


def test_a_file_that_cannot_be_read_says_so_and_the_data_stay(data_page):
    page, _ = data_page
    page.get_by_test_id("stFileUploaderDropzone").locator("input").set_input_files(
        {"name": "x.parquet", "mimeType": "application/octet-stream", "buffer": b"<!DOCTYPE html><html></html>"}
    )
    expect(page.get_by_text("x.parquet is a web page, not a data file")).to_be_visible(timeout=20 * A_SECOND)
    expect(thumbnail(page, "digits")).to_be_visible()
