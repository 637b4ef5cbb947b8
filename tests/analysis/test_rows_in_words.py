"""Rows of tables in the visitor's own units, and what each column costs."""

import numpy as np
import pytest

from playground.analysis.errors import sample_errors
from playground.analysis.rows_in_words import MOST_COLUMNS, rows_in_words
from playground.data import load
from playground.data.columns import DAY, Column
from playground.data.dataset import Dataset
from playground.data.split import Split

SETS = ["penguins", "iris", "wine", "breast_cancer", "swiss_roll", "heartbeats"]


def made(dataset, noise=0.3):
    """A split, eight of its validation rows, and reconstructions that are off by a little."""
    split = Split.of(dataset)
    x = split.x_val[:8]
    off = np.random.default_rng(0).normal(0, noise, x.shape)
    return split, x, (np.nan_to_num(x) + off).astype(np.float32)


@pytest.mark.parametrize("data", SETS)
def test_the_shares_of_a_row_add_up_to_its_error(data):
    dataset = load(data)
    split, x, x_hat = made(dataset)
    errors = sample_errors(x, x_hat)
    for row, (cells, error) in enumerate(zip(rows_in_words(dataset, split, x, x_hat), errors, strict=True)):
        assert len(cells) == min(MOST_COLUMNS, dataset.n_features)
        shares = [share for *_, share in cells]
        assert shares == sorted(shares, reverse=True)
        for name, _, _, share in cells:
            place = dataset.feature_names.index(name)
            block = slice(place, place + 1) if split.layout is None else split.layout.blocks[place].features
            assert share * error == pytest.approx(
                sample_errors(x[row : row + 1, block], x_hat[row : row + 1, block])[0]
            )
        if dataset.n_features <= MOST_COLUMNS:
            assert sum(shares) == pytest.approx(1.0, abs=1e-12)
        else:
            assert sum(shares) < 1.0


@pytest.mark.parametrize("data", SETS)
def test_a_perfect_reconstruction_reads_as_the_row_itself_and_costs_nothing(data):
    dataset = load(data)
    split, x, _ = made(dataset)
    for cells in rows_in_words(dataset, split, x, np.nan_to_num(x)):
        for _, given, back, share in cells:
            assert given in (back, "missing")
            assert share == 0.0


def test_every_type_of_column_is_read_in_its_own_words():
    n = 40
    columns = (
        Column("weight", unit="kg", decimals=1, has_missing=True),
        Column("sort", "category", levels=("red", "white")),
        Column("day", "date"),
        Column("at", "time"),
    )
    x = np.stack([50 + np.arange(n), np.arange(n) % 2, np.arange(n) * DAY, np.arange(n) * 600.0], axis=1)
    x[0, 0] = np.nan
    dataset = Dataset("file", "T", x, tuple(column.name for column in columns), kind="table", columns=columns)
    split = Split.of(dataset)
    shown = split.x[:2]
    for cells in (
        rows_in_words(dataset, split, shown, split.x[[2, 3]], own)
        for own in (None, dataset.x[:2])  # with and without the originals at hand
    ):
        first, second = ({name: (given, back) for name, given, back, _ in row} for row in cells)
        assert first == {
            "weight": ("missing", "52.0 kg"),
            "sort": ("red", "red"),
            "day": ("1970-01-01", "1970-01-03"),
            "at": ("00:00", "00:20"),
        }
        assert second["weight"] == ("51.0 kg", "53.0 kg")
        assert second["sort"] == ("white", "white")


def test_a_missing_cell_stands_last_and_costs_nothing():
    dataset = load("penguins")
    split = Split.of(dataset)
    gaps = np.flatnonzero(np.isnan(dataset.x).any(axis=1))[:8]
    x = split.x[gaps]
    for row, cells in zip(gaps, rows_in_words(dataset, split, x, np.zeros_like(x)), strict=True):
        missing = {dataset.feature_names[place] for place in np.flatnonzero(np.isnan(dataset.x[row]))}
        assert {name for name, given, _, _ in cells if given == "missing"} == missing
        assert {name for name, *_, share in cells if share == 0.0} >= missing
        assert {name for name, *_ in cells[-len(missing) :]} == missing


def test_numbers_have_the_decimals_that_their_column_has():
    dataset = load("iris")
    split = Split.of(dataset)
    rows = split.val_rows[:8]
    for row, cells in zip(rows, rows_in_words(dataset, split, split.x[rows], split.x[rows] * 0), strict=True):
        given = {name: text for name, text, _, _ in cells}
        assert given == {
            name: f"{value:.1f} cm" for name, value in zip(dataset.feature_names, dataset.x[row].tolist(), strict=True)
        }


def test_very_large_and_very_small_numbers_are_written_with_powers_of_ten():
    x = np.stack([np.linspace(1e-6, 9e-6, 40), np.linspace(1e9, 9e9, 40), np.zeros(40)], axis=1).astype(np.float32)
    dataset = Dataset("file", "S", x, ("small", "large", "none"))
    split = Split.of(dataset)
    cells = {name: given for name, given, _, _ in rows_in_words(dataset, split, split.x[:1], split.x[:1])[0]}
    assert cells == {"small": "1e-06", "large": "1e+09", "none": "0"}


def test_no_rows_make_no_words():
    dataset = load("iris")
    split = Split.of(dataset)
    assert rows_in_words(dataset, split, split.x[:0], split.x[:0]) == []
