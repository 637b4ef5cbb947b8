"""The bars of a VAE's code: a valid picture of every code, the largest unit first, legible however many there are."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from playground.figures import palette
from playground.figures.kl_bars import BARS, LEAST_SCALE, MOST_BARS, kl_bars

SVG = "{http://www.w3.org/2000/svg}"
CODES = {
    "one unit": [1.5],
    "one that carries nothing": [0.0],
    "three": [0.2, 1.0, 0.001],
    "twelve": list(np.linspace(0, 3, 12)),
    "as many as there may be": list(np.random.default_rng(0).gamma(0.1, 3, 1024)),
    "rounded below zero": [-1e-7, 0.5],
    "numpy": np.array([0.25, 2.0], np.float32).tolist(),
}
every_code = pytest.mark.parametrize("nats", CODES.values(), ids=CODES.keys())


def drawing(nats):
    return ElementTree.fromstring(kl_bars(nats))


def bars(root):
    return list(root.iter(f"{SVG}rect"))


def words(root):
    return " ".join(" ".join(root.itertext()).split())


def order(root):
    """The units from left to right, counted from 1."""
    return [int(re.match(r"unit (\d+):", group.find(f"{SVG}title").text)[1]) for group in root.iter(f"{SVG}g")]


@every_code
def test_every_code_gives_a_picture_with_its_largest_units_first(nats):
    root = drawing(nats)
    wanted = np.argsort(-np.maximum(nats, 0), kind="stable")[:MOST_BARS] + 1
    assert order(root) == wanted.tolist()
    heights = [float(bar.get("height")) for bar in bars(root)]
    assert heights == sorted(heights, reverse=True)
    assert 1 <= heights[-1] <= heights[0] <= BARS


@every_code
def test_the_bars_stand_apart_inside_the_picture_in_the_encoders_red(nats):
    places = [(float(bar.get("x")[:-1]), float(bar.get("width")[:-1])) for bar in bars(drawing(nats))]
    assert places[0][0] >= 0
    assert all(x + width < after for (x, width), (after, _) in pairwise(places))
    assert sum(places[-1]) <= 100
    assert {bar.get("fill") for bar in bars(drawing(nats))} == {palette.ENCODER}


@every_code
def test_text_has_the_pages_colour_and_its_own_size(nats):
    text = kl_bars(nats)
    assert "fill:currentColor" in text
    assert "viewBox" not in text
    assert "\n\n" not in text  # Markdown would take what follows for text


def test_heights_are_to_scale():
    heights = [float(bar.get("height")) for bar in bars(drawing([1.0, 4.0, 2.0]))]
    assert heights == [BARS, BARS / 2, BARS / 4]


def test_a_code_that_carries_nothing_looks_like_it():
    assert float(bars(drawing([LEAST_SCALE / 100]))[0].get("height")) == 1
    assert "<0.01" in words(drawing([0.001]))


@pytest.mark.parametrize(
    ("nats", "sentence"),
    [
        ([1.0, 2.0], "3.00 nats in all; no unit is below 0.01."),
        ([1.0, 0.0], "1.00 nats in all; 1 of 2 units is below 0.01."),
        ([0.5] * 40 + [0.0] * 1000, "20.0 nats in all; 1,000 of 1,040 units are below 0.01; shown are the 32 largest."),
    ],
)
def test_it_counts_the_units_that_carry_nothing(nats, sentence):
    assert words(drawing(nats)).endswith(sentence)


@pytest.mark.parametrize("nats", [[], [float("nan")], [1.0, float("inf")]])
def test_what_is_no_number_is_refused(nats):
    with pytest.raises(ValueError, match="finite"):
        kl_bars(nats)
