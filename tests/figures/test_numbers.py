"""How numbers are written: each example is what a reader expects to see."""

import math

import numpy as np
import pytest

from playground.figures.numbers import count, duration, percent, three


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (3, "3.00"),
        (13.87, "13.9"),
        (0.2227, "0.223"),
        (1.5, "1.50"),
        (-1.5, "−1.50"),
        (99.96, "100"),
        (999.6, "1,000"),
        (12345, "12,300"),
        (999_999, "1,000,000"),
        (1e6, "1,000,000"),
        (0.001, "0.00100"),
        (0.0009996, "0.00100"),
        (12_345_678, "1.23 × 10⁷"),
        (-0.00012345, "−1.23 × 10⁻⁴"),
        (1e-300, "1.00 × 10⁻³⁰⁰"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (np.float32(0.1), "0.100"),
    ],
)
def test_a_number_has_three_significant_digits(value, text):
    assert three(value) == text


def test_between_a_thousandth_and_a_million_no_power_of_ten_is_written():
    for value in np.geomspace(0.001, 1e6, 500):
        text = three(value)
        assert "×" not in text
        assert "e" not in text
        assert float(text.replace(",", "")) == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(("n", "text"), [(0, "0"), (1797, "1,797"), (2_837_314, "2,837,314"), (-1200, "−1,200")])
def test_a_count_is_written_in_full(n, text):
    assert count(n) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0001, "under 1 ms"),
        (0.04, "40 ms"),
        (0.0996, "0.1 s"),
        (3.21, "3.2 s"),
        (9.96, "10 s"),
        (45.4, "45 s"),
        (59.7, "1 min"),
        (125, "2 min 5 s"),
        (120, "2 min"),
        (3599.6, "1 h"),
        (3900, "1 h 5 min"),
        (7199, "2 h"),
        (360_000, "100 h"),
        (-3.2, "−3.2 s"),
        (math.nan, "–"),
        (math.inf, "∞"),
    ],
)
def test_a_duration_is_written_as_it_is_said(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.38213, "38.2 %"),
        (1, "100 %"),
        (0, "0 %"),
        (0.05, "5.00 %"),
        (1.204, "120 %"),
        (-0.1, "−10.0 %"),
        (math.nan, "–"),
    ],
)
def test_a_share_is_written_as_a_percentage(share, text):
    assert percent(share) == text
