"""A table on its way into a model and back: nothing is lost, every column weighs the same, only training rows count."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analysis.errors import column_errors, sample_errors
from playground.data import Column, Dataset, Split
from playground.data.columns import CYCLES
from playground.models.mean import Mean

DAY = 86_400.0
N = 60
NUMBERS = st.floats(-1e6, 1e6, width=32).map(lambda value: float(f"{value:.6g}"))
POSITIVE = st.floats(0, 1e6).map(lambda value: float(f"{value:.6g}"))


@st.composite
def columns(draw, name):
    """A column of any type, and its values, some of them missing."""
    kind = draw(st.sampled_from(["number", "log", "range", "none", "category", "yes/no", "date", "moment", "time"]))
    has_missing = draw(st.booleans())
    weight = draw(st.sampled_from([1.0, 0.5, 3.0]))
    cells = {
        "number": NUMBERS,
        "range": NUMBERS,
        "none": NUMBERS,
        "log": POSITIVE,
        "category": st.integers(0, 4).map(float),
        "yes/no": st.integers(0, 1).map(float),
        "date": st.integers(-30_000, 60_000).map(lambda day: day * DAY),
        "moment": st.integers(-(10**9), 4 * 10**9).map(float),
        "time": st.integers(0, 86_399).map(float),
    }[kind]
    values = np.array(draw(st.lists(cells, min_size=N, max_size=N)))
    if has_missing:
        values[draw(st.lists(st.integers(0, N - 1), min_size=1, max_size=N // 2))] = np.nan
    column = {
        "category": Column(name, "category", levels=tuple("abcde")),
        "yes/no": Column(name, "yes/no", levels=("no", "yes")),
        "date": Column(name, "date", cycles=draw(st.sampled_from([(), ("week",), ("week", "year")]))),
        "moment": Column(name, "date", has_time=True, cycles=draw(st.sampled_from([(), tuple(CYCLES)]))),
        "time": Column(name, "time"),
    }.get(kind, Column(name, scaling=kind if kind in ("log", "range", "none") else "standard"))
    return dataclasses.replace(column, has_missing=has_missing, weight=weight), values


@st.composite
def tables(draw):
    parts = [draw(columns(name)) for name in "abcd"[: draw(st.integers(1, 4))]]
    return Dataset(
        "file",
        "Mixed",
        np.stack([values for _, values in parts], axis=1),
        tuple(column.name for column, _ in parts),
        kind="table",
        columns=tuple(column for column, _ in parts),
    )


@given(tables(), st.sampled_from(["auto", "standard", "range", "none"]))
def test_encoding_and_decoding_gives_back_every_observed_cell(dataset, scaling):
    """Categories, dates and times exactly, numbers to six digits; what was missing stays missing."""
    split = Split.of(dataset, scaling=scaling)
    for rows in (split.train_rows, split.test_rows):
        x = dataset.x[rows]
        back = split.scaler.undo(split.scaler.features(x))
        np.testing.assert_array_equal(np.isnan(back), np.isnan(x))
        for place, column in enumerate(dataset.columns):
            if column.type == "number":
                np.testing.assert_allclose(back[:, place], x[:, place], rtol=1e-6, atol=1e-9)
            else:
                np.testing.assert_array_equal(back[:, place], x[:, place])


@given(tables())
def test_what_a_model_sees_in_float32_still_gives_back_every_category_date_and_time(dataset):
    split = Split.of(dataset)
    assert split.x.dtype == np.float32
    back = split.scaler.undo(split.x)
    for place, column in enumerate(dataset.columns):
        if column.type == "number":
            reach = max(float(np.nanmax(np.abs(dataset.x[:, place]), initial=0.0)), 1e-6)
            np.testing.assert_allclose(back[:, place], dataset.x[:, place], rtol=1e-5, atol=2e-6 * reach)
        elif column.type != "date" or not column.has_time:
            np.testing.assert_array_equal(back[:, place], dataset.x[:, place])
        else:
            np.testing.assert_allclose(back[:, place], dataset.x[:, place], atol=1.0)


@given(tables())
def test_every_column_weighs_what_its_weight_says(dataset):
    """The mean baseline's squared error of a column on the training rows is its weight, unless it is constant."""
    split = Split.of(dataset)
    x = split.x_train
    errors = column_errors(x, Mean.fit(x).reconstruct(x), split.layout)
    for place, column in enumerate(dataset.columns):
        known = errors[:, place][np.isfinite(errors[:, place])]
        values = dataset.x[split.train_rows][:, place]
        if column.type == "date" or column.scaling in ("range", "none"):
            continue
        if len(np.unique(values[np.isfinite(values)])) < 2 or np.nanstd(values) < 1e-3:
            continue
        assert known.mean() == pytest.approx(column.weight, rel=1e-3)


def mixed(n_samples=200, seed=0):
    rng = np.random.default_rng(seed)
    number, skewed = rng.normal(50, 10, n_samples), np.exp(rng.normal(0, 2, n_samples))
    level = rng.integers(0, 3, n_samples).astype(float)
    number[::7] = np.nan
    level[::11] = np.nan
    columns = (
        Column("number", has_missing=True),
        Column("skewed", scaling="log"),
        Column("level", "category", levels=("x", "y", "z"), has_missing=True),
    )
    return Dataset(
        "file", "M", np.stack([number, skewed, level], 1), ("number", "skewed", "level"), kind="table", columns=columns
    )


def test_the_scaler_is_fitted_on_the_training_rows_alone():
    dataset = mixed()
    split = Split.of(dataset)
    changed = np.array(dataset.x)
    changed[split.test_rows] = [1e6, 1e6, 0.0]
    after = Split.of(dataclasses.replace(dataset, x=changed))
    np.testing.assert_array_equal(after.x_train, split.x_train)
    np.testing.assert_array_equal(after.layout.fill, split.layout.fill)
    assert after.layout.blocks == split.layout.blocks


def test_a_missing_cell_is_missing_in_every_feature_of_its_column_and_counts_in_no_error():
    dataset = mixed()
    split = Split.of(dataset)
    missing = np.isnan(dataset.x[:, 2])
    np.testing.assert_array_equal(np.isnan(split.x[:, 2:5]).all(axis=1), missing)
    np.testing.assert_array_equal(np.isnan(split.x[:, 2:5]).any(axis=1), missing)
    x_hat = np.zeros_like(split.x)
    errors = column_errors(split.x, x_hat, split.layout)
    np.testing.assert_array_equal(np.isnan(errors), np.isnan(dataset.x))
    np.testing.assert_allclose(np.nansum(errors, axis=1), sample_errors(split.x, x_hat))


def test_the_layout_tells_the_models_where_cells_are_missing_and_what_stands_in():
    split = Split.of(mixed())
    assert split.layout.flagged == (0, 2)
    np.testing.assert_allclose(split.layout.fill, np.nanmean(split.x_train, axis=0), atol=1e-5)


def test_the_entropy_of_a_category_is_that_of_its_shares():
    split = Split.of(mixed())
    values = mixed().x[split.train_rows][:, 2]
    shares = np.array([(values == level).sum() for level in range(3)]) / np.isfinite(values).sum()
    assert split.layout.blocks[2].entropy == pytest.approx(-(shares * np.log(shares)).sum())
    assert split.layout.blocks[2].height == pytest.approx(1 / math.sqrt((shares * (1 - shares)).sum()))


def test_a_skewed_column_looks_normal_after_its_logarithm():
    split = Split.of(mixed(2000))
    z = split.x_train[:, 1]
    assert abs(float((z**3).mean())) < 2.0
    plain = Split.of(mixed(2000), scaling="standard").x_train[:, 1]
    assert float((plain**3).mean()) > 5.0


def test_a_column_that_is_constant_or_empty_in_the_training_rows_stays_finite():
    x = np.stack([np.full(40, 3.0), np.full(40, np.nan), np.arange(40.0)], axis=1)
    columns = (Column("same"), Column("empty", has_missing=True), Column("fine"))
    split = Split.of(Dataset("file", "C", x, ("same", "empty", "fine"), kind="table", columns=columns))
    assert np.isfinite(split.x[:, [0, 2]]).all()
    assert np.isfinite(split.layout.fill).all()
    np.testing.assert_array_equal(split.scaler.undo(split.x)[:, 0], 3.0)


def test_groups_are_never_parted_by_a_split():
    groups = np.repeat(np.arange(30), 7)
    x = np.random.default_rng(0).normal(size=(210, 4)).astype(np.float32)
    split = Split.of(Dataset("grouped", "G", x, tuple("abcd"), groups=groups))
    parts = [set(groups[rows].tolist()) for rows in (split.train_rows, split.val_rows, split.test_rows)]
    assert sum(map(len, parts)) == 30
    assert sorted(np.concatenate([split.train_rows, split.val_rows, split.test_rows])) == list(range(210))
