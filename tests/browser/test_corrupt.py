"""The corrupted sample in a real Chromium: values as Python's, quick while a run trains, and every kind of data."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from playground.analysis.corruption import Known, damage
from playground.analysis.errors import sample_errors
from playground.runs.run import Run
from playground.runs.store import Store
from tests.browser.acting import A_SECOND, SCREENS, fits

DEMO = "corrupt_demo.py"

TIMES = """async slider => {
  const times = [];
  for (let i = 0; i < 60; i++) {
    await new Promise(done => requestAnimationFrame(done));
    const before = performance.now();
    slider.value = (i % 2 ? i : 60 - i) / 60;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - before);
  }
  return times.sort((a, b) => a - b);
}"""
SET = """(slider, value) => {
  slider.value = value;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  slider.dispatchEvent(new Event('change', { bubbles: true }));
}"""


def opened(page, demo_url, query):
    page.goto(f"{demo_url}/?{query}")
    expect(page.get_by_test_id("strength")).to_be_visible(timeout=60 * A_SECOND)
    expect(page.get_by_test_id("error-autoencoder")).to_have_text(re.compile("error"), timeout=20 * A_SECOND)
    expect(page.get_by_test_id("error-pca")).to_have_text(re.compile("error"), timeout=20 * A_SECOND)
    return page.get_by_test_id("strength")


def error(page, name):
    words = page.get_by_test_id(f"error-{name}").inner_text()
    return float(re.match(r"error ([\d.,]+)", words)[1].replace(",", ""))


def run_of(request, data):
    """The run that the demo has trained."""
    store = Store(request.module.DEMO_STORE)
    runs = (Run(store, run_id) for run_id in store.run_ids())
    return next(run for run in runs if run.is_finished and run.spec.data == data and run.spec.latent_dim == 4)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        *[("digits", kind) for kind in ("noise", "mask", "rectangle", "blur", "salt_pepper")],
        *[("penguins", kind) for kind in ("noise", "missing", "swap")],
    ],
)
def test_the_browser_damages_and_repairs_as_python_does(page, demo_url, request, data, kind):
    slider = opened(page, demo_url, f"data={data}&m=4&kind={kind}")
    run = run_of(request, data)
    known, x = Known.of(run.split), run.split.x_test[:1]
    drawn = damage(kind, x, known, 0)
    for strength in (0.2, 0.55, 1.0):
        slider.evaluate(SET, str(strength))
        page.wait_for_timeout(100)
        corrupted = drawn.at(strength)
        given = sample_errors(x, np.where(np.isnan(corrupted), known.fill, corrupted))[0]
        assert error(page, "corrupted") == pytest.approx(given, rel=6e-3, abs=1e-6)
        for name, codec in (("autoencoder", run.codec()), ("pca", run.pca())):
            assert error(page, name) == pytest.approx(sample_errors(x, codec.reconstruct(corrupted))[0], rel=6e-3)


def test_the_carried_pca_gives_pythons_values(page, demo_url, request):
    opened(page, demo_url, "data=digits&m=4")
    run = run_of(request, "digits")
    x = run.split.x_test[:5]
    script = """rows => {
      const key = [...globalThis.playground.networks.keys()].find(key => key.endsWith('-pca'));
      const net = globalThis.playground.networks.get(key);
      return rows.map(row => Array.from(net.decode(net.encode(Float32Array.from(row)))));
    }"""
    assert np.allclose(page.evaluate(script, x.tolist()), run.pca().reconstruct(x), atol=1e-4)


def test_arrow_keys_change_the_strength_and_it_outlives_a_new_draw(page, demo_url):
    slider = opened(page, demo_url, "data=digits&m=4")
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    assert slider.input_value() == "0.5"
    before = error(page, "corrupted")
    page.get_by_role("button", name="New noise").click()
    page.wait_for_timeout(2 * A_SECOND)
    assert slider.input_value() == "0.5"
    assert error(page, "corrupted") != before


def test_without_a_network_the_server_answers_on_release(page, demo_url):
    slider = opened(page, demo_url, "data=digits&m=4&server=1")
    before = error(page, "autoencoder")
    slider.evaluate(SET, "0.9")
    expect(page.get_by_test_id("error-autoencoder")).to_have_text("…")
    expect(page.get_by_test_id("error-autoencoder")).to_have_text(re.compile("error"), timeout=10 * A_SECOND)
    assert error(page, "autoencoder") != before


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("query", ["data=digits&m=4", "data=penguins&m=4", "data=heartbeats&m=4&epochs=1"])
def test_every_kind_of_data_is_drawn_within_the_page(open_page, demo_url, screenshot, query, screen):
    page = open_page(**SCREENS[screen])
    opened(page, demo_url, query)
    screenshot(f"corrupt-{query.split('&')[0].split('=')[1]}-{screen}", of=page)
    fits(page)


def test_the_strength_is_followed_within_100_ms_while_a_run_trains(page, demo_url):
    slider = opened(page, demo_url, "data=mnist5000&m=16&epochs=1&hidden=256-64&busy=1")
    page.wait_for_timeout(5 * A_SECOND)
    times = slider.evaluate(TIMES)
    print(f"strength to painted, 784 features, a run training: median {times[30]:.1f}, p95 {times[57]:.1f} ms")  # noqa: T201
    assert times[30] < 100


def test_the_denoising_twin_joins_the_sample_once_it_is_trained(page, demo_url, screenshot):
    opened(page, demo_url, "data=digits&m=4")
    expect(page.get_by_test_id("error-twin")).to_have_count(0)
    page.get_by_role("button", name=re.compile("Train a denoising autoencoder")).click()
    expect(page.get_by_test_id("error-twin")).to_have_text(re.compile("error"), timeout=60 * A_SECOND)
    for panel in page.locator(".corrupt .panel").all():
        words, picture = panel.locator(".error").bounding_box(), panel.locator("canvas").bounding_box()
        assert words["y"] + words["height"] <= picture["y"]
    screenshot("corrupt-twin", of=page)
    fits(page)
