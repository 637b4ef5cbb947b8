"""The points that the decoder is asked for: all over the map's middle, in reading order, wherever the map is turned."""

import numpy as np
import pytest

from playground.analysis.latent_grid import CENTRAL, latent_points, latent_shape


def codes(m, n=500):
    return np.random.default_rng(1).normal(3.0, 2.0, (n, m)).astype(np.float32)


@pytest.mark.parametrize(
    ("m", "fine", "shape"), [(1, False, (1, 12)), (1, True, (1, 64)), (2, False, (6, 6)), (7, True, (16, 16))]
)
def test_there_are_few_points_for_pictures_and_many_for_surfaces(m, fine, shape):
    assert latent_shape(m, fine=fine) == shape
    assert latent_points(codes(m), fine=fine).shape == (shape[0] * shape[1], m)


def test_they_span_the_central_codes_in_reading_order_from_the_top_left():
    z = codes(2)
    grid = latent_points(z).reshape(6, 6, 2)
    low, high = np.quantile(z.astype(np.float64), CENTRAL, axis=0)
    np.testing.assert_allclose(grid[0, 0], [low[0], high[1]], rtol=1e-5)
    np.testing.assert_allclose(grid[-1, -1], [high[0], low[1]], rtol=1e-5)
    assert (np.diff(grid[:, :, 0], axis=1) > 0).all()
    assert (np.diff(grid[:, :, 1], axis=0) < 0).all()


@pytest.mark.parametrize("n", [1, 2, 3, 101, 500])
def test_a_line_ends_at_the_quantiles_that_numpy_gives(n):
    z = codes(1, n)
    line = latent_points(z)
    np.testing.assert_allclose(line[[0, -1], 0], np.quantile(z.astype(np.float64), CENTRAL), rtol=1e-5)


def test_the_units_that_are_not_shown_stay_at_their_median():
    z = codes(4)
    points = latent_points(z)
    np.testing.assert_allclose(points[:, 2:], np.tile(np.median(z, axis=0)[2:], (36, 1)), rtol=1e-6)


def test_on_a_turned_map_they_are_straight_there():
    z = codes(3)
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]], np.float32)
    shift = np.array([10.0, -4.0], np.float32)
    turned = z.copy()
    turned[:, :2] = z[:, :2] @ turn + shift
    there = latent_points(z, turn, shift)
    np.testing.assert_allclose(there[:, :2] @ turn + shift, latent_points(turned)[:, :2], atol=1e-4)


def test_codes_that_are_not_finite_are_left_out():
    z = codes(2)
    broken = np.vstack([z, [[np.nan, 0.0], [0.0, np.inf]]]).astype(np.float32)
    np.testing.assert_array_equal(latent_points(broken), latent_points(z))
    np.testing.assert_array_equal(latent_points(np.full((5, 2), np.nan, np.float32)), np.zeros((36, 2)))
