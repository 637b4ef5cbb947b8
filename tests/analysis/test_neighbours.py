"""Neighbourhoods: against scikit-learn where it has an answer, and what the words promise where it has none."""

import numpy as np
import pytest
from sklearn import manifold
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from playground.analysis.neighbours import (
    MOST_ROWS,
    continuity,
    difference,
    filled,
    moved,
    neighbour_accuracy,
    neighbourhoods,
    sampled,
    trustworthiness,
)


def rows(n, width, offset=0.0):
    """Rows and a bad map of them."""
    rng = np.random.default_rng(width)
    x = (rng.normal(size=(n, width)) + offset).astype(np.float32)
    return x, (x[:, :2] + rng.normal(size=(n, 2))).astype(np.float32)


@pytest.mark.parametrize(("width", "offset"), [(2, 0.0), (3, 1e3), (20, 50.0), (300, 3.0)])
@pytest.mark.parametrize("k", [1, 7, 60])
def test_trustworthiness_and_continuity_are_scikit_learns(width, offset, k):
    x, z = rows(300, width, offset)
    exact = x.astype(np.float64)
    found, torn = trustworthiness(x, z, k), continuity(x, z, k)
    assert found.value == pytest.approx(manifold.trustworthiness(exact, z, n_neighbors=k), abs=1e-5)
    assert torn.value == pytest.approx(manifold.trustworthiness(z, exact, n_neighbors=k), abs=1e-5)
    assert found.n_rows == torn.n_rows == 300
    assert found.value < 0.99


def test_a_turned_and_stretched_copy_is_trusted_whole_and_moves_no_row():
    x, _ = rows(200, 3)
    turned = 5 * x[:, [2, 0, 1]] + 7
    assert trustworthiness(x, turned, 10).value == 1
    assert continuity(x, turned, 10).value == 1
    assert moved(x, turned, 10).max() == 0


def test_a_map_of_one_single_point_is_worth_as_much_as_one_by_chance():
    """Ties cost what they would on average; taking them as they come would call such a map perfect one way."""
    x, _ = rows(400, 5)
    for measure in (trustworthiness, continuity):
        assert measure(x, np.zeros((400, 2), np.float32), 10).value == pytest.approx(0.5, abs=0.03)


def test_tight_clusters_far_apart_keep_their_own_neighbours():
    rng = np.random.default_rng(0)
    inner = rng.normal(size=(200, 2)) * 1e-3
    z = (inner + 100 * rng.integers(0, 5, (200, 1))).astype(np.float64)
    oracle = NearestNeighbors(n_neighbors=5).fit(z).kneighbors(return_distance=False)
    assert np.array_equal(np.sort(neighbourhoods({"z": z}, 5).nearest["z"]), np.sort(oracle))


@pytest.mark.parametrize("width", [2, 12, 300])
def test_a_rows_class_is_told_by_its_neighbours_as_scikit_learn_does_leaving_it_out(width):
    rng = np.random.default_rng(1)
    labels = np.array(["a", "b", "c"])[rng.integers(0, 3, 90)]
    z = rng.normal(size=(90, width)) + 1.2 * (labels == "a")[:, None]
    for k in (1, 5, 8):
        oracle = cross_val_score(KNeighborsClassifier(k), z, labels, cv=LeaveOneOut()).mean()
        assert neighbour_accuracy(z, labels, k).value == pytest.approx(oracle)
        assert neighbourhoods({"z": z}, 10).accuracy("z", labels, k).value == pytest.approx(oracle)


def test_what_moved_is_the_share_of_neighbours_that_are_others_and_the_most_come_first():
    x, z = rows(150, 4)
    mine, other = (NearestNeighbors(n_neighbors=6).fit(a).kneighbors(return_distance=False) for a in (x, z))
    oracle = [1 - len(set(a) & set(b)) / 6 for a, b in zip(mine, other, strict=True)]
    assert moved(x, z, 6) == pytest.approx(oracle)
    order = neighbourhoods({"x": x, "z": z}, 6).moved_most("x", "z", 6)
    assert sorted(order) == list(range(150))
    assert (np.diff(moved(x, z, 6)[order]) <= 0).all()


def test_one_pass_over_several_spaces_gives_every_smaller_k_as_well():
    x, z = rows(200, 6)
    found = neighbourhoods({"x": x, "z": z, "other": x[:, :3]}, 40)
    for k in (1, 10, 40):
        assert found.trustworthiness("x", "z", k).value == pytest.approx(trustworthiness(x, z, k).value)
        assert found.continuity("x", "other", k).value == pytest.approx(continuity(x, x[:, :3], k).value)
        assert found.trusted("x", "z", k).mean() == pytest.approx(found.trustworthiness("x", "z", k).value)
    with pytest.raises(ValueError, match="k is 41; the neighbours are known from 1 to 40"):
        found.trustworthiness("x", "z", 41)


def test_of_more_rows_a_sample_counts_and_it_is_always_the_same():
    x, z = rows(MOST_ROWS + 500, 3)
    found, some = trustworthiness(x, z, 10), sampled(len(x))
    assert found.n_rows == MOST_ROWS
    assert found == trustworthiness(x[some], z[some], 10)
    assert len(set(some.tolist())) == MOST_ROWS


def test_up_to_the_limit_all_rows_count():
    assert np.array_equal(sampled(MOST_ROWS), np.arange(MOST_ROWS))
    assert len(sampled(MOST_ROWS + 1)) == MOST_ROWS


def test_missing_values_count_as_the_mean_of_their_column():
    x, z = rows(80, 5)
    holes = x.copy()
    holes[::3, 2] = np.nan
    holes[:, 4] = np.nan
    mended = filled(holes)
    assert np.isfinite(mended).all()
    assert mended[0, 2] == pytest.approx(np.nanmean(holes[:, 2]), rel=1e-5)
    assert (mended[:, 4] == 0).all()
    assert trustworthiness(holes, z, 5) == trustworthiness(mended, z, 5)
    assert np.isnan(holes[0, 2])


@pytest.mark.parametrize(
    ("n", "n_z", "k", "sentence"),
    [
        (20, 20, 10, "k is 10; of 20 rows it can be 1 to 9"),
        (20, 20, 0, "k is 0"),
        (20, 19, 5, "20 rows in one space and 19 in the other"),
    ],
)
def test_what_does_not_fit_together_is_refused(n, n_z, k, sentence):
    with pytest.raises(ValueError, match=sentence):
        trustworthiness(np.zeros((n, 3)), np.zeros((n_z, 2)), k)


def test_a_difference_is_clear_only_where_the_rows_allow_it():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=500)
    same, better = difference(noise, -noise), difference(noise + 1, noise)
    assert not same.is_clear
    assert better.is_clear
    assert better.value == pytest.approx(1)
