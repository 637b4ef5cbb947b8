"""Procrustes: the nearest rotation or reflection, as SciPy finds it, and nothing turned where nothing can be told."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from playground.analysis.alignment import procrustes


def points(n=80, d=2, seed=0):
    return (np.random.default_rng(seed).normal(size=(n, d)) * [3.0, 1.0][:d] + 2.0).astype(np.float32)


def rotation(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("seed", range(5))
def test_the_turn_is_scipys_on_centred_points(d, seed):
    z, onto = points(d=d, seed=seed), points(d=d, seed=seed + 50)
    turn, shift = procrustes(z, onto)
    oracle, _ = orthogonal_procrustes(z - z.mean(0), onto - onto.mean(0))
    np.testing.assert_allclose(turn, oracle, atol=1e-5)
    np.testing.assert_allclose(turn @ turn.T, np.eye(d), atol=1e-6)
    np.testing.assert_allclose((z @ turn + shift).mean(0), onto.mean(0), atol=1e-5)


@pytest.mark.parametrize("change", [np.diag([-1.0, 1.0]), rotation(2.5), rotation(1.0) @ np.diag([1.0, -1.0])])
def test_a_flip_or_a_spin_is_undone(change):
    before = points()
    after = (before @ change + [5.0, -7.0]).astype(np.float32)
    turn, shift = procrustes(after, before)
    np.testing.assert_allclose(after @ turn + shift, before, atol=1e-4)


def test_a_map_of_another_size_is_not_scaled():
    before = points()
    turn, _ = procrustes(3 * before, before)
    np.testing.assert_allclose(turn, np.eye(2), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_no_point_set_ends_further_away_than_it_was(seed):
    z, onto = points(seed=seed), points(seed=seed + 9)
    turn, shift = procrustes(z, onto)
    assert np.square(z @ turn + shift - onto).sum() <= np.square(z - onto).sum()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_map_that_is_not_finite_is_left_as_it_is(bad):
    broken = points()
    broken[3, 1] = bad
    for turn, shift in (procrustes(broken, points()), procrustes(points(), broken)):
        np.testing.assert_array_equal(turn, np.eye(2))
        np.testing.assert_array_equal(shift, 0)


def test_huge_codes_are_turned_without_overflow():
    turn, shift = procrustes(points() * np.float32(1e30), points() * np.float32(-1e30))
    np.testing.assert_allclose(turn, -np.eye(2), atol=1e-5)
    assert np.isfinite(shift).all()


def test_equal_codes_are_moved_but_not_turned():
    here, there = np.full((9, 2), 1000.1, np.float32), points(9)
    turn, shift = procrustes(here, there)
    np.testing.assert_array_equal(turn, np.eye(2))
    np.testing.assert_allclose(here[0] + shift, there.mean(0), atol=1e-3)
    np.testing.assert_array_equal(procrustes(there, here)[0], np.eye(2))


def test_maps_of_other_points_are_left_alone():
    np.testing.assert_array_equal(procrustes(points(9), points(8))[0], np.eye(2))
