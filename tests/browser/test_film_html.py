"""The film as a file of its own, in a real Chromium: it plays, asks for nothing, and runs no name as a script."""

import numpy as np
import pytest
from playwright.sync_api import expect

from playground.export.film_html import film_html
from playground.ui.components import FILM_PARTS, Colour, Frame, Samples
from playground.ui.components.payload import film_payload
from tests.browser.acting import A_SECOND, epoch_text, fits

HOSTILE = "</script><script>window.hacked=1</script><!-- <img src=x onerror='window.hacked=1'> \u2028 & \" '"
EPOCHS = 12
PIXELS = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum = (sum * 31 + data[i]) % 1000003;
  return [data.some(value => value !== 0), sum];
}"""


def payload(name="digit", images=True):
    rng = np.random.default_rng(0)
    x = rng.random((8, 64))
    z = rng.normal(size=(200, 2))
    epochs = list(range(1, EPOCHS + 1))
    return film_payload(
        run="run",
        latent_dim=2,
        epochs=EPOCHS,
        alive=True,
        history={"epoch": epochs, "train": [5 / e for e in epochs], "val": [6 / e for e in epochs]},
        pca=1.5,
        mean=5.0,
        unit=f"squared error per {name}",
        samples=Samples(x, (8, 8) if images else None, () if images else tuple(f"{name} {i}" for i in range(64))),
        frames=[Frame(epoch, z * epoch / EPOCHS, x * epoch / EPOCHS) for epoch in range(EPOCHS + 1)],
        colour=Colour(name, rng.integers(0, 2, 200), (name, f"other {name}")),
        best_epoch=EPOCHS,
    )


@pytest.fixture
def opened(tmp_path):
    def write(page, data, title="Digits", words=("m = 2, dense", "It beats PCA.")):
        file = tmp_path / "film.html"
        file.write_text(film_html(data, title, words, **FILM_PARTS), encoding="utf-8")
        page.goto(file.as_uri())
        expect(page.get_by_test_id("epoch")).to_be_visible()
        page.wait_for_timeout(300)

    return write


def scrub(page, frame):
    slider = page.get_by_test_id("epoch")
    slider.evaluate("(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", frame)
    page.wait_for_timeout(200)


def test_the_file_paints_and_its_scrubber_moves_plot_map_and_pictures(page, opened, screenshot):
    opened(page, payload())
    expect(page.get_by_role("heading", level=1)).to_have_text("Digits")
    expect(page.get_by_text("It beats PCA.")).to_be_visible()
    canvases = page.locator("#film-place canvas:visible")
    seen = []
    for frame in (2, EPOCHS):
        scrub(page, frame)
        expect(epoch_text(page)).to_contain_text(f"epoch {frame}")
        seen.append([canvas.evaluate(PIXELS) for canvas in canvases.all()])
    screenshot("film-file")
    assert all(painted for painted, _ in seen[0])
    moved = sum(one != other for one, other in zip(*seen, strict=True))
    assert moved >= 10  # the plot's cursor, the map and eight reconstructions


def test_the_file_plays_to_its_end(page, opened):
    opened(page, payload())
    scrub(page, 0)
    page.get_by_test_id("play").click()
    expect(epoch_text(page)).to_contain_text(f"epoch {EPOCHS}", timeout=20 * A_SECOND)


def test_it_is_shown_as_a_run_that_has_ended(page, opened):
    opened(page, payload())
    expect(page.get_by_test_id("live")).to_be_hidden()


@pytest.mark.parametrize("images", [True, False], ids=["images", "table"])
def test_no_name_runs_as_a_script(page, opened, images):
    opened(page, payload(HOSTILE, images), title=HOSTILE, words=[HOSTILE, HOSTILE])
    scrub(page, 3)
    assert page.evaluate("window.hacked") is None
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0
    expect(page.get_by_role("heading", level=1)).to_have_text(" ".join(HOSTILE.split()))
    assert page.title().startswith("</script>")
    assert page.locator("#film-place canvas:visible").first.evaluate(PIXELS)[0]


def test_what_slipped_in_all_the_same_would_not_run(page, opened, page_problems):
    opened(page, payload())
    page.evaluate("""() => {
      const script = document.createElement('script');
      script.textContent = 'window.hacked = 1';
      document.body.append(script);
    }""")
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in problem for problem in page_problems)
    page_problems.clear()


@pytest.mark.parametrize("screen", [{"color_scheme": "dark"}, {"width": 390, "height": 844}], ids=["dark", "phone"])
def test_it_is_readable_in_the_dark_and_fits_a_phone(open_page, opened, screenshot, screen):
    page = open_page(**screen)
    opened(page, payload())
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(14, 17, 23)" if screen.get("color_scheme") == "dark" else "rgb(255, 255, 255)")
    fits(page)
    screenshot(f"film-file-{screen.get('color_scheme', 'phone')}", of=page)


def test_it_follows_when_the_visitor_turns_the_light_off(page, opened):
    opened(page, payload())
    scrub(page, 4)
    plot = page.locator("#film-place .loss .box > canvas")
    before = plot.evaluate(PIXELS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(300)
    assert plot.evaluate(PIXELS) != before
    expect(epoch_text(page)).to_contain_text("epoch 4")
