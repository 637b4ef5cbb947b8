"""Bars in pairs and the spread of gains: what is drawn is what was given, and odd input draws too."""

import json

import numpy as np
import pytest

from playground.figures import palette
from playground.figures.gains import gain_histogram, paired_bars

rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    "gains",
    [rng.normal(size=300), np.zeros(5), np.array([1e-12, -1e12]), np.array([np.nan, 1.0]), np.array([]), -np.ones(3)],
    ids=["usual", "zero", "wide", "nan", "none", "losses"],
)
def test_every_finite_gain_is_in_one_bar_on_its_side_of_zero(gains):
    figure = gain_histogram(gains, "gain")
    json.loads(figure.to_json())
    bars = {trace.marker.line.color: trace for trace in figure.data}
    for colour, part in ((palette.ENCODER, gains > 0), (palette.PCA, gains < 0), (palette.MEAN, gains == 0)):
        assert sum(bars[colour].y) == part.sum() if colour in bars else not part.any()
    if palette.ENCODER in bars:
        assert min(np.array(bars[palette.ENCODER].x)) > 0
    if palette.PCA in bars:
        assert max(np.array(bars[palette.PCA].x)) < 0


def test_each_name_has_two_bars_and_their_whiskers():
    ends = (([0.5, 1.5], [1.5, 2.5]), ([2.0, 3.0], [4.0, 5.0]))
    figure = paired_bars(["<b>a</b>", "b"], [1.0, 2.0], [3.0, 4.0], "error", ends)
    pca, own = figure.data
    assert (tuple(pca.x), tuple(own.x)) == ((1.0, 2.0), (3.0, 4.0))
    assert (tuple(own.error_x.array), tuple(own.error_x.arrayminus)) == ((1.0, 1.0), (1.0, 1.0))
    assert (np.array(pca.y) < np.array(own.y)).all()
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;a&lt;/b&gt;"


@pytest.mark.parametrize(("names", "pca"), [([], []), (["a"], [1.0, 2.0])])
def test_bars_that_do_not_fit_their_names_are_refused(names, pca):
    with pytest.raises(ValueError, match="at least one of each"):
        paired_bars(names, pca, pca, "error")
