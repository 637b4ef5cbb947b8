"""The way through the app as a visitor walks it: data, train, explore, compare, reconstruct, in a real Chromium."""

import os
import re
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.acting import A_SECOND, FITS, button, calm, end_all, epoch_text, fits

PAGES = ("", "data", "train", "explore", "compare", "reconstruct", "generate")
LONG = "epochs=10000&patience=0"  # on the digits: far longer than any test, and quickly ended
SENTENCE = "[data-testid=stAlert]"


@pytest.fixture(autouse=True)
def nothing_trains_on(request):
    """Stops what this test has left training on the server that all share."""
    yield
    if "app" in request.fixturenames:
        end_all(request.getfixturevalue("app"))


def error_of(page, line):
    """What the film's legend says of that line at the epoch on show; None before it says anything."""
    shown = page.locator(f".film .line.{line} b").text_content()
    return float(shown.replace(",", "")) if re.fullmatch(r"[\d.,]+", shown) else None


def warm_the_worker(page, app_url):
    """Waits until the worker has ended its first run."""
    page.goto(app_url)
    expect(page.get_by_text("Done. Epoch 60")).to_be_visible(timeout=60 * A_SECOND)


def start_training(page, url):
    """Opens the training page with these settings, presses Train, and waits for the run's first frame."""
    page.goto(url)
    button(page, "train").click()
    expect(epoch_text(page)).to_contain_text("epoch", timeout=20 * A_SECOND)
    page.wait_for_url("**run=*")


def epoch_of(page):
    return int(epoch_text(page).text_content().split()[1])


def is_at_epoch(page, least):
    """Waits until the film shows that epoch or a later one; a film that is drawn anew is looked at anew."""
    deadline = time.monotonic() + 30
    while epoch_of(page) < least:
        assert time.monotonic() < deadline, f"the film stands at epoch {epoch_of(page)}, not at {least}"
        page.wait_for_timeout(A_SECOND / 10)


def end_training(page):
    button(page, "stop").click()
    expect(page.get_by_text("On the test rows:")).to_be_visible(timeout=20 * A_SECOND)


def picture(page, name):
    return page.get_by_role("img", name=name, exact=True).first


def workers_of(server):
    """The process ids of the training workers that belong to this server."""
    children = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has just ended
        if parent == server.process.pid and b"playground.runs.worker" in command:
            children.append(int(folder.name))
    return children


def test_a_deep_link_as_the_very_first_visit_shows_the_whole_frame(start_app, page):
    with start_app() as server:
        page.goto(f"{server.url}/explore")
        links = page.get_by_test_id("stSidebar").get_by_test_id("stPageLink")
        expect(links).to_have_count(len(PAGES), timeout=20 * A_SECOND)
        expect(page.get_by_role("heading", name="Explore", level=1)).to_be_visible()
        page.goto("about:blank")


def test_the_first_page_shows_a_network_learning_without_a_click(app_url, page, screenshot):
    page.goto(app_url)
    expect(page.get_by_role("img", name=re.compile("hourglass|encoder|autoencoder", re.I)).first).to_be_visible(
        timeout=10 * A_SECOND
    )
    expect(epoch_text(page)).to_contain_text("epoch", timeout=20 * A_SECOND)
    first = epoch_text(page).text_content()
    expect(epoch_text(page)).not_to_have_text(first, timeout=20 * A_SECOND)
    expect(epoch_text(page)).to_contain_text("epoch 60 of 60", timeout=60 * A_SECOND)
    assert error_of(page, "val") < 0.6 * error_of(page, "pca")
    screenshot("home")


def test_the_way_from_data_to_reconstruction(app_url, page, open_page, screenshot):
    warm_the_worker(page, app_url)
    page.goto(f"{app_url}/data")
    expect(page.get_by_alt_text("40 of the samples")).to_be_visible(timeout=15 * A_SECOND)
    screenshot("data")
    page.get_by_text("Train on these data").click()
    expect(page.get_by_role("heading", name="Train", level=1)).to_be_visible()
    expect(page.get_by_role("combobox", name="Data", exact=True)).to_have_value("Digits 8×8")

    slider = page.locator(".st-key-latent_dim").get_by_role("slider")
    slider.press("ArrowRight")
    page.wait_for_url("**latent_dim=3**")
    for name, value in (("patience", "0"), ("epochs", "10000")):
        typed = page.locator(f".st-key-{name} input")
        typed.fill(value)
        typed.press("Enter")
        page.wait_for_url(f"**{name}={value}**")

    button(page, "train").click()
    expect(epoch_text(page)).to_contain_text("epoch", timeout=3 * A_SECOND)
    page.wait_for_url("**run=*")
    run = page.url
    screenshot("train-running")
    button(page, "pause").click()
    expect(button(page, "resume")).to_be_visible(timeout=2 * A_SECOND)
    calm(page)
    paused_at = epoch_text(page).text_content()
    page.wait_for_timeout(A_SECOND)
    assert epoch_text(page).text_content() == paused_at
    screenshot("train-paused")
    button(page, "resume").click()
    expect(button(page, "pause")).to_be_visible(timeout=2 * A_SECOND)
    expect(epoch_text(page)).not_to_have_text(paused_at, timeout=5 * A_SECOND)

    page.reload()
    expect(button(page, "stop")).to_be_visible(timeout=20 * A_SECOND)
    assert page.url == run
    other = open_page(width=390, height=844, color_scheme="dark")
    other.goto(run)
    expect(button(other, "stop")).to_be_visible(timeout=20 * A_SECOND)
    expect(other.locator(".st-key-latent_dim").get_by_role("slider")).to_have_value("3")

    button(page, "stop").click()
    expect(page.get_by_text("Stopped; the best epoch so far is kept.")).to_be_visible(timeout=5 * A_SECOND)
    expect(other.get_by_text("Stopped; the best epoch so far is kept.")).to_be_visible(timeout=5 * A_SECOND)
    expect(page.get_by_text("On the test rows:")).to_be_visible()
    screenshot("train")

    page.get_by_text("Explore its codes").click()
    expect(page.get_by_role("heading", name="Explore", level=1)).to_be_visible()
    expect(page.get_by_test_id("near")).to_contain_text("nearest training code", timeout=20 * A_SECOND)
    calm(page)
    move_over_the_pad(page)
    screenshot("explore")
    for view, heading in (("Units", "What each unit does"), ("Map", "The map of the codes"), ("Factors", "How many")):
        page.locator(".st-key-view").get_by_text(view, exact=True).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=20 * A_SECOND)
        calm(page)
        fits(page)
        screenshot(f"explore-{view.lower()}")
    page.get_by_test_id("stSidebar").get_by_text("Generate").click()
    expect(page.get_by_role("heading", name="A path between two samples")).to_be_visible(timeout=20 * A_SECOND)
    calm(page)
    screenshot("generate")

    page.get_by_test_id("stSidebar").get_by_text("Compare").click()
    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()
    expect(page.locator(".linked-maps .box > canvas")).to_have_count(2, timeout=20 * A_SECOND)
    expect(page.get_by_text("wins: its error on the test rows is")).to_be_visible()
    for name in ("mean", "PCA", "linear autoencoder", "this autoencoder"):
        expect(picture(page, f"reconstruction of {name}")).to_be_attached()
    calm(page)
    screenshot("compare")

    page.get_by_test_id("stSidebar").get_by_text("Reconstruct").click()
    expect(page.get_by_role("heading", name="Reconstruct", level=1)).to_be_visible()
    expect(page.get_by_text("test row 1", exact=True).first).to_be_visible(timeout=20 * A_SECOND)
    button(page, "next_sample").click()
    expect(page.get_by_text("test row 2", exact=True).first).to_be_visible(timeout=10 * A_SECOND)
    calm(page)
    screenshot("reconstruct")
    for view in ("Corrupt", "Odd ones out", "Other worlds", "Batch"):
        page.locator(".st-key-bench_view").get_by_text(view, exact=True).click()
        calm(page)
        fits(page)
        screenshot(f"reconstruct-{view.split()[0].lower()}")

    look_at_every_page(other, app_url, run, screenshot)


def move_over_the_pad(page):
    """Moves the pointer over the pad: what is decoded follows without a click."""
    pad, decoded = page.get_by_test_id("pad"), page.get_by_test_id("decoded")
    box = pad.bounding_box()
    seen = set()
    for across in (0.3, 0.5, 0.7):
        page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] / 2)
        page.wait_for_timeout(100)
        seen.add(decoded.text_content())
    assert len(seen) == 3


def look_at_every_page(phone, app_url, run, screenshot):
    """Every page of a finished run fits on a phone."""
    query = run.partition("?")[2]
    for path in PAGES:
        phone.goto(f"{app_url}/{path}?{query}")
        calm(phone)
        screenshot(f"{path or 'home'}-phone", of=phone)
        assert phone.evaluate(FITS), f"/{path} is wider than the phone"


def test_two_quick_presses_make_one_run(app, open_page):
    page = open_page()
    page.goto(f"{app.url}/train?{LONG}")
    calm(page)
    before = len(list((app.store / "runs").iterdir()))
    button(page, "train").dblclick()
    page.wait_for_url("**run=*")
    expect(epoch_text(page)).to_contain_text("epoch", timeout=20 * A_SECOND)
    made = len(list((app.store / "runs").iterdir())) - before
    end_training(page)
    assert made == 1


EVIL = "<img src=x onerror=alert(1)>"
FORMATTING = ("$x$", ":red[a]", "[a](javascript:alert(1))", ":material/home:", ":smile:", "www.example.org")


def test_names_in_a_file_are_shown_as_they_are(app_url, page):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    # A column of one value is left out, and said to be by its name.
    header = ",".join([EVIL, *FORMATTING, "a", "b", "c"])
    same = ",".join(["0"] * (1 + len(FORMATTING)))
    rows = [f"{same},{i * 5 % 41},{i * i % 7},{EVIL if i % 2 else 'no'}" for i in range(40)]
    page.goto(f"{app_url}/data")
    calm(page)
    content = "\n".join([header, *rows]).encode()
    page.get_by_test_id("stFileUploaderDropzone").locator("input").set_input_files(
        {"name": "<b onclick=alert(1)>.csv", "mimeType": "text/csv", "buffer": content}
    )
    note = page.get_by_text("Ignored:")
    expect(note).to_be_visible(timeout=20 * A_SECOND)
    shown = note.text_content().replace("\u2060", "")
    assert "(all values are the same)" in shown
    assert [text for text in (EVIL, *FORMATTING) if text not in shown] == []
    page.get_by_text("Train on these data").click()
    expect(page.get_by_role("heading", name="Train", level=1)).to_be_visible()
    epochs = page.locator(".st-key-epochs input")
    epochs.fill("3")
    epochs.press("Enter")
    page.wait_for_url("**epochs=3**")
    button(page, "train").click()
    expect(page.get_by_text("On the test rows:")).to_be_visible(timeout=15 * A_SECOND)
    for path in ("train", "explore", "compare", "reconstruct"):
        page.goto(f"{app_url}/{path}?{page.url.partition('?')[2]}")
        calm(page)
        assert page.locator("img[src=x]").count() == 0
        assert page.locator("b[onclick]").count() == 0
    assert dialogs == []


def test_a_killed_worker_is_said_and_its_run_goes_on(app, page):
    start_training(page, f"{app.url}/train?{LONG}")
    is_at_epoch(page, 3)
    (worker,) = workers_of(app)
    os.kill(worker, signal.SIGKILL)
    expect(page.locator(SENTENCE)).to_contain_text("The process that trained this run died.", timeout=4 * A_SECOND)
    stood_at = epoch_of(page)
    button(page, "resume").click()
    expect(button(page, "pause")).to_be_visible(timeout=20 * A_SECOND)
    is_at_epoch(page, stood_at + 1)
    end_training(page)
    assert workers_of(app) != [worker]


def test_a_killed_server_leaves_a_run_that_can_be_resumed(start_app, page, page_problems):
    with start_app() as server:
        start_training(page, f"{server.url}/train?{LONG}")
        is_at_epoch(page, 5)
        run = page.url.partition("?")[2]
        (worker,) = workers_of(server)
        server.process.kill()
        server.process.wait()
        page.wait_for_timeout(A_SECOND)
        assert not Path(f"/proc/{worker}/cmdline").exists() or not Path(f"/proc/{worker}/cmdline").read_bytes()
    page.goto("about:blank")
    page_problems.clear()  # the page has missed its server, as it should
    with start_app() as server:
        page.goto(f"{server.url}/train?{run}")
        expect(page.locator(SENTENCE)).to_contain_text(
            "Interrupted: the server that trained it is gone.", timeout=20 * A_SECOND
        )
        calm(page)
        stood_at = epoch_of(page)
        button(page, "resume").click()
        expect(button(page, "pause")).to_be_visible(timeout=20 * A_SECOND)
        is_at_epoch(page, stood_at + 1)
        end_training(page)
        page.goto("about:blank")
