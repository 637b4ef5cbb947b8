"""What a split promises: disjoint and complete, in proportion, and scaled by the training rows alone."""

from dataclasses import replace

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import BUILTIN, Dataset, Scaler, Split, load
from playground.data.columns import SCALINGS
from playground.errors import DataError, SpecError


def table(n_samples=40, n_features=3, seed=0, **more):
    x = np.random.default_rng(seed).normal(5.0, [1.0, 10.0, 0.1][:n_features], (n_samples, n_features))
    names = tuple("abc"[:n_features])
    return Dataset("table", "My table", x.astype(np.float32), names, **more)


def rows(split):
    return split.train_rows, split.val_rows, split.test_rows


def changed(dataset, those_rows):
    """The same data set with other values in those rows."""
    x = dataset.x.copy()
    x[those_rows] = x[those_rows] * -3 + 100
    return replace(dataset, x=x)


@pytest.mark.parametrize("name", list(BUILTIN))
def test_every_row_goes_to_exactly_one_part(name):
    dataset = load(name)
    together = np.concatenate(rows(Split.of(dataset)))
    np.testing.assert_array_equal(np.sort(together), np.arange(dataset.n_samples))


@given(
    n_samples=st.integers(20, 300),
    val_fraction=st.floats(0.05, 0.4),
    test_fraction=st.floats(0.05, 0.4),
    seed=st.integers(0, 2**31 - 1),
    n_classes=st.integers(0, 6),
)
def test_the_fractions_are_respected_to_a_row(n_samples, val_fraction, test_fraction, seed, n_classes):
    labels = np.array([str(k % n_classes) for k in range(n_samples)]) if n_classes else None
    dataset = table(n_samples, labels=labels)
    fractions = {"val_fraction": val_fraction, "test_fraction": test_fraction}
    if min(fractions.values()) * n_samples < 2:  # between 2 and 3.5 rounding decides
        with pytest.raises(DataError, match="each needs at least 3"):
            Split.of(dataset, **fractions, split_seed=seed)
        return
    hypothesis.assume(min(fractions.values()) * n_samples > 4)
    split = Split.of(dataset, **fractions, split_seed=seed)
    np.testing.assert_array_equal(np.sort(np.concatenate(rows(split))), np.arange(n_samples))
    assert abs(len(split.test_rows) - test_fraction * n_samples) <= 1
    assert abs(len(split.val_rows) - val_fraction * n_samples) <= 1.5


@pytest.mark.parametrize("name", ["digits", "mnist5000", "wine"])
@pytest.mark.parametrize("seed", [0, 7])
def test_every_class_is_in_every_part_in_proportion(name, seed):
    dataset = load(name)
    split = Split.of(dataset, split_seed=seed)
    for label in set(dataset.labels.tolist()):
        total = (dataset.labels == label).sum()
        for part, fraction in zip(rows(split), (0.65, 0.15, 0.2), strict=True):
            assert abs((dataset.labels[part] == label).sum() - fraction * total) <= 2


def test_the_rows_of_a_part_are_not_sorted_by_class():
    dataset = load("digits")
    for part in rows(Split.of(dataset)):
        digits = dataset.labels[part].astype(int)
        assert np.abs(np.diff(digits)).mean() > 2.5  # 3.3 where every order is as likely, 0 when sorted


def test_the_same_seed_gives_the_same_rows_and_another_seed_others():
    dataset = load("wine")
    first, again, other = (Split.of(dataset, split_seed=seed) for seed in (3, 3, 4))
    for a, b in zip(rows(first), rows(again), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(first.x, again.x)
    assert all(not np.array_equal(a, b) for a, b in zip(rows(first), rows(other), strict=True))


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("part", ["val_rows", "test_rows"])
def test_the_scaling_knows_nothing_of_held_out_rows(scaling, part):
    dataset = load("wine")
    split = Split.of(dataset, scaling=scaling)
    after = Split.of(changed(dataset, getattr(split, part)), scaling=scaling)
    np.testing.assert_array_equal(after.scaler.shift, split.scaler.shift)
    np.testing.assert_array_equal(after.scaler.scale, split.scaler.scale)
    np.testing.assert_array_equal(after.x_train, split.x_train)
    assert not np.array_equal(after.x, split.x)


def test_the_scaling_follows_the_training_rows():
    dataset = load("wine")
    split = Split.of(dataset)
    after = Split.of(changed(dataset, split.train_rows))
    assert not np.allclose(after.scaler.shift, split.scaler.shift)


@pytest.mark.parametrize("name", list(BUILTIN))
@pytest.mark.parametrize("scaling", SCALINGS)
def test_undoing_the_scaling_gives_back_the_own_units(name, scaling):
    dataset = load(name)
    split = Split.of(dataset, scaling=scaling)
    back = split.scaler.undo(split.x)
    np.testing.assert_allclose(back, dataset.x, rtol=1e-5, atol=1e-5 * np.nanmax(np.abs(dataset.x)))
    assert split.x.dtype == np.float32
    assert back.dtype == dataset.x.dtype


def test_standard_scaling_gives_mean_0_and_standard_deviation_1_on_the_training_rows():
    x = Split.of(table(200), scaling="standard").x_train.astype(np.float64)
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(x.std(0), 1, atol=1e-5)


def test_range_scaling_maps_the_training_rows_to_0_and_1():
    x = Split.of(table(200), scaling="range").x_train
    np.testing.assert_allclose(x.min(0), 0, atol=1e-6)
    np.testing.assert_allclose(x.max(0), 1, atol=1e-6)


def test_no_scaling_leaves_the_values_as_they_are():
    dataset = load("wine")
    np.testing.assert_array_equal(Split.of(dataset, scaling="none").x, dataset.x)


@pytest.mark.parametrize("scaling", ["auto", "range"])
def test_pixels_are_divided_by_white(scaling):
    dataset = load("digits")
    np.testing.assert_array_equal(Split.of(dataset, scaling=scaling).x, dataset.x / np.float32(16))


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e8])
def test_a_column_that_is_constant_on_the_training_rows_stays_finite(scaling, value):
    dataset = table()
    x = dataset.x.copy()
    x[:, 1] = value
    split = Split.of(replace(dataset, x=x), scaling=scaling)
    assert np.isfinite(split.x).all()
    np.testing.assert_array_equal(split.scaler.undo(split.x)[:, 1], x[:, 1])


def test_the_rows_of_each_part_are_the_ones_given():
    split = Split.of(load("wine"))
    for part, x in zip(rows(split), (split.x_train, split.x_val, split.x_test), strict=True):
        np.testing.assert_array_equal(x, split.x[part])
    with pytest.raises(ValueError, match="read-only"):
        split.x[0, 0] = 1.0


def test_too_few_held_out_rows_say_how_many_there_are():
    with pytest.raises(DataError, match="20 rows leave 18 for training, 1 for validation and 1 for the test"):
        Split.of(table(20), val_fraction=0.05, test_fraction=0.05)


def test_an_unknown_scaling_says_which_there_are():
    with pytest.raises(SpecError, match="scaling='log' must be one of auto, standard, range, none"):
        Scaler.fit(table(), np.arange(10), "log")
    with pytest.raises(SpecError, match="scaling='log' must be one of auto, standard, range, none"):
        Split.of(load("penguins"), scaling="log")


@pytest.mark.parametrize("name", ["breast_cancer", "heartbeats", "digits"])
def test_of_one_class_only_training_and_validation_rows_are_its_own_and_the_test_rows_stay(name):
    dataset = load(name)
    only = str(dataset.labels[0])
    whole, of_it = Split.of(dataset, split_seed=3), Split.of(dataset, split_seed=3, only=only)
    np.testing.assert_array_equal(of_it.test_rows, whole.test_rows)
    for mine, all_rows in ((of_it.train_rows, whole.train_rows), (of_it.val_rows, whole.val_rows)):
        np.testing.assert_array_equal(mine, all_rows[dataset.labels[all_rows] == only])


def test_of_one_class_only_the_scaling_is_learnt_from_its_training_rows_alone():
    dataset = load("breast_cancer")
    split = Split.of(dataset, only="benign")
    np.testing.assert_allclose(split.x_train.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(split.x_train.std(0), 1, atol=1e-5)
    others = np.setdiff1d(np.arange(dataset.n_samples), split.train_rows)
    again = Split.of(changed(dataset, others), only="benign")
    np.testing.assert_array_equal(again.x_train, split.x_train)


def test_groups_stay_together_when_only_one_class_is_trained_on():
    labels = np.array(["a", "b"])[np.arange(120) // 4 % 2]
    dataset = table(120, labels=labels, groups=np.arange(120) // 4)
    split = Split.of(dataset, only="b")
    assert set(labels[split.train_rows]) == set(labels[split.val_rows]) == {"b"}
    parts = [set(dataset.groups[part]) for part in rows(split)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not parts[one] & parts[other]


def test_a_class_of_too_few_rows_says_how_many_there_are():
    labels = np.array(["many"] * 95 + ["few"] * 5)
    with pytest.raises(SpecError, match=r"only='few' leaves 1 of 15 rows of My table for .*each needs at least 3"):
        Split.of(table(100, labels=labels), only="few")
