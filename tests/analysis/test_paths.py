"""Paths between two samples, against geometry."""

import numpy as np
import pytest

from playground.analysis.paths import length_spread, spherical, straight, suits_sphere


def test_a_straight_path_has_equal_steps_and_ends_exactly_at_its_ends():
    start, end = np.array([0.1, -3.0], np.float32), np.array([0.7, 5.0], np.float32)
    path = straight(start, end, 5)
    np.testing.assert_array_equal(path[[0, -1]], [start, end])
    np.testing.assert_allclose(np.diff(path, axis=0), np.tile((end - start) / 4, (4, 1)), rtol=1e-5)


def test_an_arc_keeps_its_length_and_turns_by_equal_angles():
    path = spherical(np.array([2.0, 0, 0]), np.array([0, 2.0, 0]), 7)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 2, rtol=1e-6)
    np.testing.assert_allclose(np.degrees(np.arctan2(path[:, 1], path[:, 0])), np.linspace(0, 90, 7), atol=1e-4)
    np.testing.assert_array_equal(path[:, 2], 0)


def test_an_arc_between_equal_unequal_opposite_or_no_directions_is_the_straight_line_where_no_arc_is_defined():
    one = np.array([1.0, 2.0])
    for start, end in ((one, 3 * one), (one, -one), (one, np.zeros(2)), (np.array([1.0]), np.array([-2.0]))):
        np.testing.assert_array_equal(spherical(start, end, 5), straight(start, end, 5))


def test_a_missing_end_leaves_the_steps_between_missing():
    path = straight(np.array([np.nan, 1.0]), np.array([2.0, 3.0]), 3)
    assert np.isnan(path[:2, 0]).all()
    assert path[2, 0] == 2
    np.testing.assert_array_equal(path[:, 1], [1, 2, 3])


def test_lengths_of_a_standard_normal_vary_as_theory_says_and_suit_a_sphere_only_in_many_dimensions():
    rng = np.random.default_rng(0)
    assert length_spread(rng.normal(size=(20_000, 50))) == pytest.approx(1 / np.sqrt(100), rel=0.03)
    assert suits_sphere(rng.normal(size=(500, 50)))
    assert not suits_sphere(rng.normal(size=(500, 2)))
    assert length_spread(np.array([[3.0, 4.0], [-5.0, 0.0]])) == 0
    assert not suits_sphere(np.ones((9, 1)))


def test_a_path_needs_two_steps():
    with pytest.raises(ValueError, match="two steps at least, not 1"):
        straight(np.zeros(2), np.ones(2), 1)
