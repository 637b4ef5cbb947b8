"""The figure of error against m holds what it was given."""

import numpy as np
import pytest

from playground.figures import palette
from playground.figures.sweep import Point, error_against_m

CURVE = np.array([8.0, 4.0, 2.0, 1.0])
POINTS = [Point(1, 3.0, 2.5, 3.5, "95 % interval"), Point(8, 0.5, 0.4, 0.7, "2 seeds, from", whole=False)]


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_pca_is_blue_the_autoencoder_red_with_its_interval_and_the_mean_a_dashed_grey_line():
    figure = error_against_m(CURVE, POINTS, "squares")
    pca, own, mean = (trace(figure, name) for name in ("PCA", "autoencoder", "mean"))
    assert (list(pca.x), list(pca.y), pca.line.color) == ([1, 2, 3], [4, 2, 1], palette.PCA)
    assert (list(own.x), list(own.y), own.marker.color) == ([1, 8], [3, 0.5], palette.ENCODER)
    assert list(own.error_y.array) == pytest.approx([0.5, 0.2])
    assert list(own.error_y.arrayminus) == pytest.approx([0.5, 0.1])
    assert list(own.marker.symbol) == ["circle", "circle-open"]
    assert (list(mean.y), mean.line.dash, mean.line.color) == ([8, 8], "dash", palette.MEAN)
    assert mean.x[1] == 8
    assert figure.layout.yaxis.title.text == "squares"
    assert "3.00" in own.customdata[0][0]


@pytest.mark.parametrize(("logarithmic", "kind", "place"), [(True, "log", np.log10(3)), (False, "linear", 3)])
def test_the_marks_stand_at_their_m_on_both_axes(logarithmic, kind, place):
    figure = error_against_m(CURVE, [], "squares", logarithmic=logarithmic, pca_elbow=2, elbow=1, intrinsic_dim=3)
    assert figure.layout.xaxis.type == kind
    assert [shape.x0 for shape in figure.layout.shapes] == [3, 1, 2]
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert texts == ["known dimension: 3", "elbow: 1", "elbow of PCA: 2"]
    assert figure.layout.annotations[0].x == pytest.approx(place)
    assert len({annotation.yshift for annotation in figure.layout.annotations}) == 3


def test_without_marks_and_points_there_is_pca_and_the_mean_alone():
    figure = error_against_m(CURVE, [], "squares")
    assert [trace.name for trace in figure.data] == ["mean", "PCA"]
    assert not figure.layout.shapes
    with pytest.raises(ValueError, match="one component"):
        error_against_m(CURVE[:1], [], "squares")
