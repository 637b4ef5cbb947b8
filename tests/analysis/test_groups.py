"""What sets a group apart, against numbers worked out by hand and by other means."""

import numpy as np
import pandas as pd
import pytest

from playground.analysis.groups import along, class_shares, contrasts, direction, level_contrast, shared


def test_a_direction_leads_from_one_mean_to_the_other():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(30, 3)), rng.normal(2, 1, size=(50, 3))
    step = direction(one, other)
    np.testing.assert_allclose(other.mean(0) + step, one.mean(0), atol=1e-6)
    np.testing.assert_allclose(direction(other, one), -step, atol=1e-6)


def test_along_adds_the_direction_as_often_as_the_strength_says():
    moved = along(np.array([1.0, 2.0]), np.array([0.5, -1.0]), [-2, 0, 1])
    np.testing.assert_array_equal(moved, np.array([[0, 4], [1, 2], [1.5, 1]], dtype=np.float32))


def test_columns_of_a_group_agree_with_pandas_and_the_one_that_differs_most_comes_first():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 4))
    inside = np.arange(200) < 60
    x[inside, 2] += 3
    x[rng.random(x.shape) < 0.1] = np.nan
    found = contrasts(x, inside)
    assert found[0].column == 2
    frame = pd.DataFrame(x)
    for each in found:
        values = frame[each.column]
        assert each.inside == pytest.approx(values[inside].mean())
        assert each.outside == pytest.approx(values[~inside].mean())
        assert each.apart == pytest.approx((values[inside].mean() - values[~inside].mean()) / values.std(ddof=0))


def test_constant_and_unknown_columns_are_not_apart():
    x = np.stack([np.full(6, 0.1), np.array([np.nan] * 3 + [1.0, 2.0, 3.0]), np.arange(6.0)], axis=1)
    found = contrasts(x, np.array([True] * 3 + [False] * 3))
    assert [each.column for each in found] == [2, 0, 1]
    assert found[1].apart == found[2].apart == 0
    assert np.isnan(found[2].inside)


def test_of_a_category_the_level_that_differs_most_is_told_with_its_shares():
    codes = np.array([0, 0, 0, 1, 1, 2, 1, np.nan])
    level, told = level_contrast(codes, np.array([1, 1, 1, 1, 0, 0, 0, 0], dtype=bool), 5)
    assert (level, told.column) == (0, 5)
    assert (told.inside, told.outside) == (0.75, 0.0)
    assert told.apart == pytest.approx(0.75 / np.sqrt(3 / 7 * 4 / 7))
    assert level_contrast(codes, codes > 9, 0) is None


def test_class_shares_count_the_group_and_all_rows():
    labels = np.array(["a", "b", "b", "", "a", "b"])
    told = class_shares(labels, np.array([1, 2, 3]))
    assert [(each.level, each.n) for each in told] == [("b", 2), ("", 1)]
    assert told[0].of_group == pytest.approx(2 / 3)
    assert told[0].of_all == pytest.approx(0.5)


def test_shared_neighbours_keep_the_order_of_the_first():
    assert shared(np.array([5, 2, 9, 1]), np.array([1, 5, 7, 8])).tolist() == [5, 1]
