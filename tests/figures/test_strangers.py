"""Two histograms of errors on one axis."""

import numpy as np
import pytest

from playground.figures.strangers import strangers


def test_each_histogram_shares_out_all_of_its_rows():
    known, strange = np.random.default_rng(0).gamma(2, size=300), np.full(7, 0.0)
    figure = strangers(known, strange, ("held-out rows", "<b>noise"), "error")
    for bars in figure.data:
        assert sum(bars.y) == pytest.approx(1)
    assert figure.data[1].name == "&lt;b&gt;noise"


@pytest.mark.parametrize("errors", [[0.0, 0.0], [5.0], [1e-9, 1e12]])
def test_errors_that_hardly_or_widely_differ_have_a_few_ticks(errors):
    ticks = strangers(np.array(errors), np.array(errors), ("a", "b"), "error").layout.xaxis.tickvals
    assert 1 <= len(ticks) <= 8


def test_nothing_to_show_is_an_error():
    with pytest.raises(ValueError, match="rows"):
        strangers(np.array([]), np.array([1.0]), ("a", "b"), "error")
