"""The kinds of autoencoder in a real Chromium: one is picked, explained, trained and shown, wide and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.acting import A_SECOND, SCREENS, button, calm, end_all, fits

# What a visitor cannot scroll to: wider than the page, and in nothing that scrolls by itself.
CUT_OFF = """() => [...document.querySelectorAll('[data-testid=stMain] *')].filter(element => {
  const box = element.getBoundingClientRect();
  if (box.width === 0 || box.right <= document.documentElement.clientWidth + 1) return false;
  for (let e = element.parentElement; e; e = e.parentElement)
    if (e.dataset.testid !== 'stMain' && getComputedStyle(e).overflowX !== 'visible') return false;
  return true;
}).map(element => element.outerHTML.slice(0, 120))"""
KL = "KL divergence per unit of the code (nats): units near 0 carry nothing"


@pytest.fixture(params=SCREENS)
def train_page(request, open_page, app):
    page = open_page(**SCREENS[request.param])
    page.goto(f"{app.url}/train?latent_dim=4&epochs=10000&patience=0&hidden=32")
    calm(page)
    yield page, request.param
    end_all(app)


def kind(page):
    return page.locator(".st-key-model").get_by_role("combobox")


def choose(page, title):
    kind(page).click()
    page.get_by_role("option", name=title, exact=True).click()
    calm(page)


def whole(page):
    fits(page)
    assert page.evaluate(CUT_OFF) == []


def test_a_variational_autoencoder_is_picked_explained_trained_and_shows_its_units(train_page, screenshot):
    page, screen = train_page
    choose(page, "variational (VAE, β-VAE)")
    expect(page.get_by_text("The encoder gives a cloud instead of a point")).to_be_visible()
    expect(page.locator(".st-key-kind_formula .katex").first).to_be_visible()
    source = page.get_by_role("link", name=re.compile("Kingma and Welling 2014"))
    expect(source).to_have_attribute("href", "https://arxiv.org/abs/1312.6114")
    expect(page.get_by_text("on one core of this machine")).to_be_visible()
    whole(page)
    screenshot(f"kinds-vae-{screen}", of=page)
    button(page, "train").click()
    page.wait_for_url("**run=*", timeout=20 * A_SECOND)
    bars = page.locator("svg.kl-bars")
    expect(bars).to_be_visible(timeout=30 * A_SECOND)
    bars.evaluate("drawing => { drawing.dataset.seen = 'before' }")
    told = bars.locator("desc").text_content()
    expect(bars.locator("desc")).not_to_have_text(told, timeout=20 * A_SECOND)
    assert bars.evaluate("drawing => drawing.dataset.seen") == "before"  # changed in place, not drawn anew
    button(page, "stop").click()
    expect(page.get_by_text("On the test rows:")).to_be_visible(timeout=60 * A_SECOND)
    expect(page.get_by_text(KL).locator("visible=true").first).to_be_visible()
    expect(bars.locator("rect")).to_have_count(4)
    whole(page)
    bars.scroll_into_view_if_needed()
    screenshot(f"kinds-kl-{screen}", of=page)


@pytest.mark.parametrize(
    "query", ["model=sparse&sparsity=kl", "model=contractive&loss=huber", "data=penguins&model=tied"]
)
def test_every_formula_stays_on_the_page(open_page, app_url, screenshot, query):
    page = open_page(**SCREENS["phone"])
    page.goto(f"{app_url}/train?{query}")
    calm(page)
    assert page.locator(".katex-error").count() == 0
    whole(page)
    screenshot(f"kinds-{re.sub('[^a-z]+', '-', query)}-phone", of=page)


def test_a_refused_kind_leaves_the_selector_where_it_was(page, app_url):
    page.goto(f"{app_url}/train?data=wine&model=sparse")
    calm(page)
    choose(page, "convolutional (images and series only)")
    expect(page.get_by_text("Convolutions look at neighbouring pixels or moments")).to_be_visible()
    expect(kind(page)).to_have_value("sparse")
    button(page, "preset_keras_blog").click()
    calm(page)
    expect(page.get_by_text("Convolutions look at neighbouring pixels or moments")).to_have_count(0)
    expect(kind(page)).to_have_value("dense")
