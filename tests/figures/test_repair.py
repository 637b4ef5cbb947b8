"""The plot of error against strength."""

import numpy as np
import pytest

from playground.figures.repair import LOOKS, ROOM, error_against_strength

STRENGTHS = np.array([0.0, 0.5, 1.0])


def plot(error, looks=None):
    low = {name: values * 0.9 for name, values in error.items()}
    high = {name: values * 1.1 for name, values in error.items()}
    looks = looks or {name: LOOKS[name] for name in error}
    return error_against_strength(STRENGTHS, error, low, high, looks, "sum <b>")


def test_every_line_has_its_interval_its_colour_and_shows_its_numbers():
    error = {"given": np.array([0.0, 2.0, 9.0]), "pca": np.array([1.0, 2.0, 3.0]), "twin": np.array([1.5, 1.6, 1.7])}
    figure = plot(error)
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [line.name for line in lines] == [LOOKS[name].title for name in error]
    assert len({(line.line.color, line.line.dash, line.marker.symbol) for line in lines}) == len(error)
    assert np.array_equal(lines[1].y, error["pca"])
    assert lines[1].customdata[2][1] == "2.70 to 3.30"
    assert len(figure.data) == 2 * len(error)
    assert figure.layout.yaxis.title.text == "sum &lt;b&gt;"


def test_the_corrupted_rows_may_leave_the_plot_so_that_the_repairs_stay_apart():
    error = {"given": np.array([0.0, 50.0, 500.0]), "pca": np.array([1.0, 2.0, 3.0])}
    assert plot(error).layout.yaxis.range[1] == pytest.approx(1.05 * ROOM * 3)


def test_a_line_without_its_errors_is_refused():
    with pytest.raises(ValueError, match="needs an error"):
        plot({"pca": np.zeros(3)}, {"twin": LOOKS["twin"]})
    with pytest.raises(ValueError, match="needs an error"):
        plot({"pca": np.zeros(2)})
