"""The number of dimensions: cubes, sheets and rolls where it is known; units in use; PCA's components."""

import numpy as np
import pytest

from playground.analysis.intrinsic import LEAST_POINTS, MOST_POINTS, components_for, two_nn, units_in_use
from playground.data import load


@pytest.mark.parametrize("dim", [1, 2, 3, 5])
def test_a_cube_has_its_dimension_in_whatever_space_it_lies(dim):
    rng = np.random.default_rng(dim)
    cube = rng.uniform(size=(2000, dim))
    turned = cube @ np.linalg.qr(rng.normal(size=(12, 12)))[0][:dim]
    estimate = two_nn(turned)[0]
    assert estimate.value == pytest.approx(dim, rel=0.07)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.value == pytest.approx(two_nn(cube)[0].value, rel=1e-6)
    assert estimate.n_points == 2000


def test_the_swiss_roll_has_two_dimensions_on_every_scale():
    for estimate in two_nn(load("swiss_roll").x):
        assert estimate.value == pytest.approx(2, abs=0.15)


def test_the_flat_sheets_noise_counts_where_points_are_close_and_its_three_dimensions_where_they_are_not():
    scales = two_nn(load("flat_sheet").x)
    assert [estimate.n_points for estimate in scales] == [2000, 1000, 500, 250, 125, 62]
    assert scales[0].value > 4.5
    assert scales[-1].value == pytest.approx(3, abs=0.25)


def test_the_slope_is_that_of_least_squares_through_the_origin():
    points = np.random.default_rng(0).normal(size=(300, 2))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    distances.sort(axis=1)
    mu = np.sort(distances[:, 2] / distances[:, 1])[:270]
    shares = np.arange(1, 271) / 300
    slope = np.linalg.lstsq(np.log(mu)[:, None], -np.log(1 - shares), rcond=None)[0][0]
    assert two_nn(points)[0].value == pytest.approx(slope, rel=1e-9)


def test_equal_rows_count_once_and_too_few_say_nothing():
    points = np.random.default_rng(0).uniform(size=(400, 2))
    once, twice = two_nn(points)[0], two_nn(np.repeat(points, 2, axis=0))[0]
    assert twice.n_points == once.n_points == 400
    assert twice.value == pytest.approx(once.value, rel=0.05)
    assert two_nn(points[: LEAST_POINTS - 1]) == []
    assert two_nn(np.repeat(points[:10], 40, axis=0)) == []


def test_more_points_than_can_be_looked_at_are_sampled_the_same_way_every_time():
    points = np.random.default_rng(0).uniform(size=(MOST_POINTS + 500, 3))
    assert two_nn(points) == two_nn(points)
    assert two_nn(points)[0].n_points == MOST_POINTS


def test_a_unit_of_a_vae_is_in_use_where_its_mean_varies():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(1000, 3)) * [1.0, 0.2, 0.01] + [0, 5, 7]
    assert units_in_use(codes).tolist() == [True, True, False]


def test_components_for_a_share_are_counted_from_the_largest():
    ratios = np.array([0.6, 0.3, 0.05, 0.03])
    assert [components_for(ratios, share) for share in (0.5, 0.9, 0.95, 0.99)] == [1, 2, 3, None]
