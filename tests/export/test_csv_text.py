"""CSV that a spreadsheet cannot take for formulas."""

import csv
import io

import pytest

from playground.export.csv_text import csv_of


def read(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("risky", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "=HYPERLINK(0)"])
def test_text_that_looks_like_a_formula_stays_text_in_cells_and_headings(risky):
    assert read(csv_of([risky], [[risky]])) == [["'" + risky], ["'" + risky]]


def test_numbers_stay_numbers_also_in_words_and_below_zero():
    assert read(csv_of(["a", "b", "c"], [[-1.5, "-1.5", "-1e-05"]]))[1] == ["-1.5", "-1.5", "-1e-05"]


def test_what_has_commas_quotes_or_lines_comes_back_as_it_was_and_a_missing_number_is_empty():
    row = ['a, "b"', "two\nlines", float("nan")]
    assert read(csv_of(["x", "y", "z"], [row]))[1] == ['a, "b"', "two\nlines", ""]
