"""Densities of codes against scipy's, and neighbours against distances computed one by one."""

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from playground.analysis.density import Density
from playground.analysis.nearest import Nearest


@pytest.fixture
def codes():
    rng = np.random.default_rng(3)
    return (rng.normal(size=(300, 3)) @ rng.normal(size=(3, 3))).astype(np.float32)


def test_the_density_is_scipys(codes):
    points = codes[:50] + 0.3
    np.testing.assert_allclose(
        Density.fit(codes).log(points), gaussian_kde(codes.T.astype(float)).logpdf(points.T), atol=1e-6
    )


def test_a_unit_that_is_not_in_use_changes_nothing(codes):
    dead = np.hstack([codes, np.full((len(codes), 1), 2.0, np.float32)])
    np.testing.assert_allclose(Density.fit(dead).standing(dead), Density.fit(codes).standing(codes), atol=0.01)


def test_codes_that_are_all_the_same_have_one_density():
    same = np.ones((20, 2), np.float32)
    assert np.ptp(Density.fit(same).log(same)) == 0


def test_far_away_no_training_code_is_less_dense_and_in_the_middle_nearly_all_are(codes):
    fitted = Density.fit(codes)
    assert fitted.standing(codes.mean(axis=0)[None] + 100)[0] == 0
    assert fitted.standing(codes.mean(axis=0)[None])[0] > 0.9


def test_one_code_alone_has_no_density():
    with pytest.raises(ValueError, match="two codes"):
        Density.fit(np.zeros((1, 2)))


def test_neighbours_are_those_with_the_smallest_distances(codes):
    queries = codes[:7] + 0.1
    places, distances = Nearest(codes).of(queries, 4)
    every = np.linalg.norm(queries[:, None] - codes[None], axis=2)
    np.testing.assert_array_equal(places, np.argsort(every, axis=1)[:, :4])
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, :4], rtol=1e-5)


def test_no_point_is_its_own_neighbour(codes):
    places, distances = Nearest(codes).of_each_other(2)
    assert not (places == np.arange(len(codes))[:, None]).any()
    assert (distances > 0).all()


def test_a_missing_entry_counts_as_the_mean_of_its_column(codes):
    gap = codes.copy()
    gap[0, 1] = np.nan
    whole = gap.copy()
    whole[0, 1] = np.nanmean(gap[:, 1])
    np.testing.assert_array_equal(Nearest(gap).of(codes[:5], 3)[0], Nearest(whole).of(codes[:5], 3)[0])


def test_with_many_units_it_is_still_the_sum_of_its_kernels():
    # KernelDensity.score_samples, which bounds that sum by a tree, is off by 30 here.
    z = np.random.default_rng(0).normal(size=(2000, 64))
    found = Density.fit(z)
    scipys = gaussian_kde(z.T)
    np.testing.assert_allclose(found.log(z[:50]), scipys.logpdf(z[:50].T), atol=1e-6)


def test_units_that_do_not_count_may_be_anywhere(codes):
    idle = np.random.default_rng(1).normal(0, 0.04, (len(codes), 1))
    every = np.hstack([codes[:, :1], idle, codes[:, 1:]])
    fitted, without = Density.fit(every, units=[0, 2, 3]), Density.fit(codes)
    moved = every[:40] + np.array([0, 1, 0, 0])
    np.testing.assert_allclose(fitted.standing(moved), without.standing(codes[:40]), atol=0.01)
    assert Density.fit(every).standing(moved).max() == 0


@pytest.mark.parametrize("m", [2, 8])
def test_new_codes_from_where_the_training_codes_come_from_stand_as_these_do(m):
    rng = np.random.default_rng(5)
    standing = Density.fit(rng.normal(size=(800, m))).standing(rng.normal(size=(2000, m)))
    np.testing.assert_allclose(np.quantile(standing, [0.05, 0.5, 0.95]), [0.05, 0.5, 0.95], atol=0.04)
