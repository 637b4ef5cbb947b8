"""The figures of the odd ones: bars are counts of rows, none is flagged in part, and curves keep their ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.figures import palette
from playground.figures.odd_ones import MOST_BINS, MOST_POINTS, precision_recall, roc, split_histogram

RNG = np.random.default_rng(0)
GREY, RED = palette.MEAN, palette.ENCODER


def drawn(errors, threshold, odd):
    return split_histogram(errors, threshold, "error", [("normal", ~odd, GREY), ("odd", odd, RED)])


@given(st.integers(0, 2**31 - 1), st.integers(3, 300), st.floats(0, 1), st.floats(0, 3))
def test_the_bars_hold_every_row_and_those_from_the_threshold_on_the_flagged_ones(seed, n, at, spread):
    rng = np.random.default_rng(seed)
    errors, odd = np.exp(rng.normal(0, spread, n)), rng.random(n) < 0.3
    threshold = float(np.quantile(errors, at))
    figure = drawn(errors, threshold, odd)
    line = figure.layout.shapes[1].x0
    for bars, mask in zip(figure.data, (~odd, odd), strict=True):
        assert len(bars.y) <= MOST_BINS + 2
        assert sum(bars.y) == mask.sum()
        right = sum(int(y) for x, y in zip(bars.x, bars.y, strict=True) if x > line)
        # A row at the threshold itself may be rounded to either side of a logarithm.
        at_it = np.isclose(errors[mask], threshold, rtol=1e-9)
        assert abs(right - int((errors[mask] >= threshold).sum())) <= at_it.sum()


def test_errors_over_orders_of_magnitude_get_a_logarithmic_axis_with_numbers_as_they_are():
    errors = np.geomspace(0.1, 1000, 50)
    figure = drawn(errors, 10.0, errors > 100)
    assert figure.layout.xaxis.ticktext == ("1.00", "10.0", "100", "1,000") or "10.0" in figure.layout.xaxis.ticktext
    assert drawn(np.linspace(1, 2, 50), 1.5, errors > 100).layout.xaxis.ticktext is None


def test_errors_that_are_all_equal_or_zero_are_one_bar():
    for value in (0.0, 3.0):
        figure = drawn(np.full(9, value), value, np.arange(9) > 5)
        assert [sum(bars.y) for bars in figure.data] == [6, 3]


def test_long_curves_are_thinned_to_their_ends_and_the_second_sign_of_pca_is_a_dash():
    x = np.linspace(0, 1, 5000)
    for figure in (
        roc([("own", x, x**0.5, RED), ("PCA", x, x, palette.PCA)], [(0.1, 0.4, RED)]),
        precision_recall([("own", x, 1 - x, RED), ("PCA", x, x, palette.PCA)], 0.2, [(0.1, float("nan"), RED)]),
    ):
        own, pca = (trace for trace in figure.data if trace.name in ("own", "PCA"))
        assert len(own.x) == MOST_POINTS
        assert (own.x[0], own.x[-1]) == (0, 1)
        assert (own.line.dash, pca.line.dash) == ("solid", "dash")


def test_names_from_a_visitor_are_shown_letter_by_letter():
    figure = split_histogram(np.arange(1.0, 9), 4, "<b>e</b>", [("<i>", np.ones(8, bool), RED)])
    assert figure.data[0].name == "&lt;i&gt; (8)"
    assert figure.layout.xaxis.title.text == pytest.approx("&lt;b&gt;e&lt;/b&gt;")
