"""How a value of a column is written, and what a column refuses to be."""

import numpy as np
import pytest

from playground.data.columns import OTHER, Column, spanned_cycles, usual_decimals
from playground.errors import DataError

DAY = 86_400.0


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (Column("mass", unit="g", decimals=0), 4400.4, "4400 g"),
        (Column("mass", unit="g", decimals=0), float("nan"), "(missing)"),
        (Column("depth", decimals=1), 18.66, "18.7"),
        (Column("depth", decimals=1), -0.04, "0.0"),
        (Column("free"), 0.1234567891, "0.123457"),
        (Column("free", decimals=2), float("inf"), "inf"),
        (Column("island", "category", levels=("Biscoe", "Dream")), 1.0, "Dream"),
        (Column("island", "category", levels=("Biscoe", "Dream")), 7.0, "Dream"),
        (Column("sex", "yes/no", levels=("no", "yes")), 0.0, "no"),
        (Column("day", "date"), 19_000 * DAY, "2022-01-08"),
        (Column("day", "date"), 19_000 * DAY + 50_000, "2022-01-09"),
        (Column("day", "date", has_time=True), 19_000 * DAY + 3600, "2022-01-08 01:00"),
        (Column("day", "date", has_time=True), 19_000 * DAY + 3661, "2022-01-08 01:01:01"),
        (Column("day", "date"), -2 * DAY, "1969-12-30"),
        (Column("clock", "time"), 18 * 3600.0, "18:00"),
        (Column("clock", "time"), 86_399.7, "00:00"),
        (Column("clock", "time"), 3661.0, "01:01:01"),
    ],
)
def test_a_value_is_written_as_the_visitor_would_write_it(column, value, words):
    assert column.with_unit(value) == words


def test_a_value_beyond_all_dates_is_still_written():
    assert Column("day", "date").words(1e300)
    assert Column("day", "date").words(-1e300)


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([1, 2, 3], 0),
        ([1.5, 2.25, 3.5], 2),
        ([20.0] * 95 + [31.3869] * 5, 0),  # one odd age does not write every age with four decimals
        ([0.1] * 50 + [0.25] * 50, 2),
        ([np.nan, 1.5], 1),
        ([], 0),
        ([1e-9, 2e-9], 6),
    ],
)
def test_the_usual_decimals_are_those_that_nine_in_ten_values_need(values, decimals):
    assert usual_decimals(np.array(values, dtype=float)) == decimals


def test_dates_go_through_the_cycles_that_they_cover_twice():
    year = 365 * DAY
    assert spanned_cycles(np.array([0, 3 * year]), has_time=True) == ("day", "week", "year")
    assert spanned_cycles(np.array([0, 3 * year]), has_time=False) == ("week", "year")
    assert spanned_cycles(np.array([0, 3 * DAY]), has_time=True) == ("day",)
    assert spanned_cycles(np.array([np.nan]), has_time=True) == ()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"type": "colour"}, "type 'colour' must be one of number, category"),
        ({"scaling": "sqrt"}, "scaling 'sqrt' must be one of standard, log"),
        ({"weight": 0.0}, "weight 0 must be above 0 and at most 100"),
        ({"weight": float("nan")}, "weight nan must be above 0"),
        ({"type": "category"}, "has no values at all: set its role to 'ignore'"),
    ],
)
def test_a_column_refuses_what_makes_no_sense(settings, sentence):
    with pytest.raises(DataError, match=sentence):
        Column("a", **settings)


def test_a_column_names_every_feature_that_it_becomes():
    assert Column("n").feature_names == ("n",)
    assert Column("c", "category", levels=("x", OTHER)).feature_names == ("c = x", "c = (other)")
    assert Column("t", "time").width == 2
    assert Column("d", "date").feature_names == ("d: day",)
    assert Column("d", "date", has_time=True, cycles=("week",)).width == 4
