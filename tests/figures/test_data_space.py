"""The data space: wires along the grid's rows and columns, segments from rows to reconstructions, in 2-D and 3-D."""

import numpy as np
import pytest

from playground.figures import palette
from playground.figures.data_space import Learnt, data_space

X = np.random.default_rng(0).normal(size=(9, 3))


def by_name(figure):
    return {trace.name: trace for trace in figure.data}


def test_a_curve_is_one_line_with_its_points_in_order():
    curve = np.arange(10.0).reshape(5, 2)
    found = by_name(data_space(X[:, :2], ["a", "b"], [Learnt("PCA", palette.PCA, curve, (1, 5))]))["PCA"]
    np.testing.assert_array_equal(found.x, [*curve[:, 0], np.nan])
    assert found.mode == "lines"
    assert found.line.color == palette.PCA


def test_a_surface_is_drawn_as_its_rows_and_its_columns():
    grid = np.stack(np.meshgrid(range(3), range(2)), axis=-1).reshape(6, 2).astype(float)
    points = np.column_stack([grid, grid.sum(axis=1)])
    found = by_name(data_space(X, ["a", "b", "c"], [Learnt("PCA", palette.PCA, points, (2, 3))]))["PCA"]
    assert found.type == "scatter3d"
    gap = np.nan
    np.testing.assert_array_equal(found.x, [0, 1, 2, gap, 0, 1, 2, gap, 0, 0, gap, 1, 1, gap, 2, 2, gap])
    np.testing.assert_array_equal(found.y, [0, 0, 0, gap, 1, 1, 1, gap, 0, 1, gap, 0, 1, gap, 0, 1, gap])


def test_every_error_is_a_segment_from_the_row_to_its_reconstruction():
    found = by_name(data_space(X[:, :2], ["a", "b"], [], (X[:2, :2], X[:2, :2] + 1, palette.ENCODER)))["error of a row"]
    np.testing.assert_allclose(found.x, [X[0, 0], X[0, 0] + 1, np.nan, X[1, 0], X[1, 0] + 1, np.nan])
    assert found.line.color == palette.ENCODER


def test_reconstructions_without_a_grid_are_points():
    found = by_name(data_space(X, ["a", "b", "c"], [Learnt("PCA", palette.PCA, X + 1)]))["PCA"]
    assert found.mode == "markers"
    np.testing.assert_array_equal(found.z, X[:, 2] + 1)


def test_names_of_columns_are_shown_letter_by_letter():
    figure = data_space(X, ["<b>a", "b (cm)", "c"], [])
    assert figure.layout.scene.xaxis.title.text == "&lt;b&gt;a"
    assert figure.layout.scene.yaxis.title.text == "b (cm)"


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c", "d"], ["a", "b"]])
def test_another_number_of_columns_is_refused(names):
    with pytest.raises(ValueError, match="two or three"):
        data_space(X, names, [])


def test_a_row_without_its_reconstruction_is_refused():
    with pytest.raises(ValueError, match="for every row"):
        data_space(X, ["a", "b", "c"], [], (X, X[:2], palette.PCA))
