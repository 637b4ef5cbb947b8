"""What corruption does to samples, against what is known exactly."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from playground.analysis.corruption import (
    BLUR_REACH,
    CORRUPTIONS,
    GIVEN,
    KERNEL_REACH,
    Known,
    damage,
    error_curve,
    suitable,
)
from playground.analysis.errors import interval, sample_errors
from playground.data import load
from playground.data.split import Split
from playground.models.mean import Mean
from playground.models.pca import PCA

DATA = ["digits", "shapes_colour", "heartbeats", "swiss_roll", "wine", "penguins"]


SPLITS = {name: Split.of(load(name)) for name in DATA}
CASES = [(data, name) for data in DATA for name in suitable(Known.of(SPLITS[data]))]


@pytest.fixture
def splits():
    return SPLITS


@pytest.mark.parametrize(("data", "name"), CASES)
def test_strength_0_leaves_every_sample_as_it_is(splits, data, name):
    x = splits[data].x_test[:20]
    assert np.array_equal(damage(name, x, Known.of(splits[data]), 3).at(0.0), x, equal_nan=True)


@pytest.mark.parametrize(("data", "name"), CASES)
def test_the_same_seed_damages_alike_and_the_clean_rows_stay_untouched(splits, data, name):
    split = splits[data]
    x = split.x_test[:20]
    before = x.copy()
    one, same, other = (damage(name, x, Known.of(split), seed).at(0.6) for seed in (1, 1, 2))
    assert one.dtype == np.float32
    assert np.array_equal(one, same, equal_nan=True)
    assert name == "blur" or not np.array_equal(one, other, equal_nan=True)
    assert np.array_equal(x, before, equal_nan=True)


@pytest.mark.parametrize(("data", "name"), CASES)
def test_what_is_missing_stays_missing_and_a_column_is_damaged_whole(splits, data, name):
    split = splits[data]
    x, known = split.x_test, Known.of(split)
    damaged = damage(name, x, known, 0).at(0.5)
    assert np.isnan(damaged[np.isnan(x)]).all()
    if name in ("mask", "missing", "rectangle"):
        hit = ~np.isclose(damaged, x, equal_nan=True)
        gone = np.isnan(damaged) & ~np.isnan(x)
        for place in range(known.n_places):
            features = known.place == place
            rows = (hit | gone)[:, features].any(axis=1)
            value = damaged[np.ix_(rows, features)]
            wanted = np.where(known.may_miss, np.nan, known.fill)[features] if name == "missing" else 0.0
            assert np.array_equal(value, np.broadcast_to(wanted, value.shape).astype(np.float32), equal_nan=True)


@pytest.mark.parametrize("name", ["mask", "salt_pepper"])
def test_a_share_is_hit_and_what_is_hit_stays_hit_when_it_gets_stronger(splits, name):
    split = splits["digits"]
    known = Known.of(split)
    x = np.full((400, 64), 0.37, np.float32)
    drawn = damage(name, x, known, 0)
    hits = [drawn.at(strength) != x for strength in (0.2, 0.5, 0.9)]
    for hit, share in zip(hits, (0.2, 0.5, 0.9), strict=True):  # of every row, as near as 64 pixels allow
        assert np.abs(hit.mean(axis=1) - share).max() <= 0.5 / 64
    assert (hits[0] <= hits[1]).all()
    assert (hits[1] <= hits[2]).all()


def test_noise_has_the_standard_deviation_that_it_says_and_spares_categories(splits):
    known = Known.of(splits["penguins"])
    x = np.zeros((4000, splits["penguins"].n_features), np.float32)
    added = damage("noise", x, known, 0).at(0.7)
    assert added[:, known.is_number].std() == pytest.approx(0.7, abs=0.01)
    assert not added[:, ~known.is_number].any()


@pytest.mark.parametrize("strength", [0.1, 0.25, 0.5, 1.0])
def test_a_block_is_one_rectangle_of_the_wanted_share(splits, strength):
    known = Known.of(splits["shapes_colour"])
    x = np.ones((50, 3072), np.float32)
    hit = (damage("rectangle", x, known, 0).at(strength) == 0).reshape(50, 32, 32, 3)
    assert (hit.all(axis=3) == hit.any(axis=3)).all()
    for each in hit[..., 0]:
        rows, columns = each.any(axis=1), each.any(axis=0)
        assert np.array_equal(each, np.outer(rows, columns))
        assert (np.diff(np.flatnonzero(rows)) == 1).all()
        assert (np.diff(np.flatnonzero(columns)) == 1).all()
    assert hit.mean() == pytest.approx(strength, abs=0.03)


def test_blur_is_the_gaussian_filter_of_scipy(splits):
    split = splits["digits"]
    x = split.x_test[:5]
    blurred = damage("blur", x, Known.of(split), 0).at(0.8)
    sigma = 0.8 * BLUR_REACH * 8
    radius = int(np.ceil(KERNEL_REACH * sigma))
    for row, given in zip(blurred, x, strict=True):
        wanted = gaussian_filter(given.astype(np.float64).reshape(8, 8), sigma, mode="nearest", radius=radius)
        assert np.allclose(row.reshape(8, 8), wanted, atol=1e-6)


def test_swapped_values_are_values_of_training_rows(splits):
    split = splits["wine"]
    swapped = damage("swap", split.x_test, Known.of(split), 0).at(1.0)
    for column in range(split.n_features):
        assert np.isin(swapped[:, column], split.x_train[:, column]).all()


def test_only_what_suits_the_data_is_offered(splits):
    offered = {data: suitable(Known.of(split)) for data, split in splits.items()}
    assert offered["digits"] == ["noise", "mask", "rectangle", "blur", "salt_pepper"]
    assert offered["wine"] == ["noise", "mask", "salt_pepper", "missing", "swap"]
    assert offered["penguins"] == ["noise", "mask", "missing", "swap"]
    assert all(CORRUPTIONS[name].says.format(place="pixel") for name in CORRUPTIONS)


def test_the_curve_of_the_mean_is_flat_and_that_of_the_rows_is_the_damage_itself(splits):
    split = splits["digits"]
    x, known = split.x_test, Known.of(split)
    codecs = {"mean": Mean.fit(split.x_train), "pca": PCA.fit(split.x_train, 8)}
    curve = error_curve(codecs, x, "noise", known, (0.0, 0.5, 1.0), seed=4)
    assert curve.n_rows == len(x)
    assert np.allclose(curve.error["mean"], sample_errors(x, codecs["mean"].reconstruct(x)).mean())
    assert curve.error[GIVEN][0] == 0
    assert curve.error[GIVEN][2] == pytest.approx(64, rel=0.03)  # 64 squares of standard normal numbers
    clean = sample_errors(x, codecs["pca"].reconstruct(x))
    # m directions keep their part of the noise: sigma squared each (orthonormal components).
    assert curve.error["pca"][1] - clean.mean() == pytest.approx(8 * 0.25, rel=0.1)
    assert (curve.error["pca"][0], curve.low["pca"][0], curve.high["pca"][0]) == pytest.approx(interval(clean))


def test_a_curve_takes_at_most_500_rows_the_same_for_all(splits):
    split = splits["heartbeats"]
    codecs = {"pca": PCA.fit(split.x_train, 4)}
    one, again = (error_curve(codecs, split.x_test, "mask", Known.of(split), (0.0, 0.4)) for _ in range(2))
    assert one.n_rows == 500
    assert np.array_equal(one.error["pca"], again.error["pca"])


def test_missing_columns_count_as_their_mean_where_nobody_repairs_them(splits):
    split = splits["penguins"]
    known = Known.of(split)
    curve = error_curve({"mean": Mean.fit(split.x_train)}, split.x_test, "missing", known, (1.0,))
    assert np.allclose(curve.error[GIVEN], curve.error["mean"], rtol=1e-5)
