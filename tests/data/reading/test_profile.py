"""What a column is taken for, why, and what the visitor can say instead."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from playground.data.reading.found import RawTable
from playground.data.reading.options import ReadOptions
from playground.data.reading.profile import profile, tokens_in_words
from playground.errors import DataError, SpecError

N = 60
FILLER = [f"{k * 0.37 % 1:.3f}" for k in range(N)]


def found(cells, name="a", options=None, **raw):
    """What the column `name` with these cells is taken for, beside a column of numbers and one of words."""
    cells = cells if isinstance(cells, pa.Array) else pa.array(list(cells), pa.string())
    n = len(cells)
    filler = pa.array((FILLER * (n // N + 1))[:n])
    words = pa.array([f"w{k % 3}" for k in range(n)])
    table = RawTable(["x", name, "last"], [filler, cells, words], **raw)
    columns, problems = profile(table, ReadOptions.from_json(options or {}))
    if problems:
        raise problems[0]
    return columns[1]


def said(_column="a", **choices):
    return {"columns": {_column: choices}}


@pytest.mark.parametrize(
    ("cells", "kind", "role", "reason"),
    [
        ([f"{k * 0.7 % 5:.2f}" for k in range(N)], "number", "input", "numbers"),
        ([f"{k * 3 % 17}" for k in range(N)], "number", "input", "numbers"),
        ([f"{k * 3 % 17}" for k in range(50)] + ["trace"] * 10, "number", "input", "numbers in 83.3 % of the cells"),
        ([str(k % 2) for k in range(N)], "yes/no", "input", "0 or 1"),
        (["Yes", "no"] * 30, "yes/no", "input", "Yes or no"),
        (["red", "green", "blue"] * 20, "category", "input", "3 different texts"),
        ([str(k) for k in range(5, N + 5)], "number", "ignore", "counts the rows: looks like an identifier"),
        ([f"k{k:x}{k * 7919}" for k in range(N)], "text", "ignore", "all values differ: looks like an identifier"),
        (["same"] * N, "category", "ignore", "all values are the same"),
        (["7"] * N, "number", "ignore", "all values are the same"),
        (["NA"] * N, "text", "ignore", "no values at all"),
        (
            ["a long sentence that goes on and on, number " + str(k % 7) for k in range(N)],
            "text",
            "ignore",
            "long text",
        ),
        ([f"town {k % 40}" for k in range(N)], "text", "ignore", "40 different texts"),
        ([f"0{k % 7}{k % 3}" for k in range(N)], "code", "input", "leading zeros"),
        ([f"1234567890123456{k % 5}" for k in range(N)], "code", "input", "too long for a number"),
        ([f"2024-03-{k % 28 + 1:02d}" for k in range(N)], "date", "input", "dates"),
        ([f"2024-03-{k % 28 + 1:02d} 10:{k:02d}" for k in range(N)], "date", "input", "dates with a time of day"),
        ([f"{k % 28 + 1}.3.2024" for k in range(N)], "date", "input", "dates"),
        ([f"March {k % 28 + 1}, 2024" for k in range(N)], "date", "input", "dates"),
        ([f"{k % 24:02d}:{k:02d}" for k in range(N)], "time", "input", "times of day"),
        ([f"{k % 24:02d}.{k:02d}.00" for k in range(N)], "time", "input", "times of day"),
    ],
)
def test_a_column_is_taken_for_what_its_cells_show(cells, kind, role, reason):
    report = found(cells).report
    assert (report.type, report.role) == (kind, role)
    assert reason in report.reason


def test_an_identifier_by_its_name_is_unticked_and_not_removed():
    report = found([str(k * 37 % 1009) for k in range(N)], name="patient_id").report
    assert (report.role, report.reason) == ("ignore", "all values differ: looks like an identifier")
    assert found([str(k * 37 % 1009) for k in range(N)], name="income").report.role == "input"


def test_missing_tokens_are_listed_and_counted():
    report = found(["1", "2", "", "n/a", "?", "NA", "na", "-", "3.5", "#DIV/0!"] * 6).report
    assert report.type == "number"
    assert report.n_missing == 42
    assert report.tokens == {"": 6, "n/a": 6, "?": 6, "NA": 6, "na": 6, "-": 6, "#DIV/0!": 6}
    assert tokens_in_words({"": 6, "?": 2}) == "empty (6), '?' (2)"


def test_the_signs_of_german_tables_and_excel_mean_missing_too():
    report = found(["1,5", "k.A.", "n.b.", "#NV", "2,5", "3,5"] * 10, decimal=",").report
    assert report.tokens == {"k.A.": 10, "n.b.": 10, "#NV": 10}


def test_values_with_blanks_can_be_called_missing():
    one = found(["red", "keine Angabe", "blue", "green"] * 15, options={"missing_values": "keine Angabe; x"})
    assert one.levels == ("blue", "green", "red")


def test_na_stays_text_in_a_column_of_two_letter_codes():
    one = found(["NA", "IT", "FR", "DE"] * 15)
    assert one.levels == ("DE", "FR", "IT", "NA")
    assert one.report.n_missing == 0


def test_na_is_missing_in_a_column_of_words():
    one = found(["NA", "Italy", "France", "Spain"] * 15)
    assert one.levels == ("France", "Italy", "Spain")
    assert one.report.tokens == {"NA": 15}


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e400", "1e31"])
def test_what_is_beyond_all_numbers_counts_as_missing(cell):
    report = found([cell, *(f"{k}.5" for k in range(N - 1))]).report
    assert report.tokens == {"infinite": 1}
    assert report.n_missing == 1


def test_values_that_the_visitor_calls_missing_are_missing():
    cells = ["-200", "5.5", "-200.0", "7", "9999", "8.25"] * 10
    report = found(cells, options={"missing_values": "-200; 9999, none of these"}).report
    assert report.n_missing == 30
    assert report.tokens["-200"] == 20


def test_text_within_numbers_is_counted_by_what_it_says():
    report = found(["1.5", "2.5", "3", "trace"] * 15).report
    assert report.tokens == {"trace": 15}


def test_values_below_a_limit_are_missing_or_half_the_limit():
    cells = ["1.5", "2.5", "3", "<0.5"] * 15
    assert found(cells).report.n_missing == 15
    assert 0.25 in found(cells, options={"below": "half"}).values


@pytest.mark.parametrize(
    ("cells", "values", "unit"),
    [
        (["12 %", "3 %"], [12, 3], "%"),
        (["€ 5", "€ 7.5"], [5, 7.5], "€"),
        (["(5)", "7"], [-5, 7], ""),
        (["5 kg", "6.5kg"], [5, 6.5], "kg"),
        (["\u22125", "5"], [-5, 5], ""),
        (["5 kg", "6 lb", "7 kg"], [5, np.nan, 7], "kg"),
    ],
)
def test_numbers_with_signs_around_them_are_numbers(cells, values, unit):
    one = found(cells * 20)
    np.testing.assert_array_equal(one.values[: len(values)], values)
    assert one.report.unit == unit


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands", "values"),
    [
        (["1.234,5", "0,5"], ",", ".", [1234.5, 0.5]),
        (["1,234.5", "12"], ".", ",", [1234.5, 12]),
        (["1 234,5", "2,5"], ",", " ", [1234.5, 2.5]),
        (["1'234.5", "2.5"], ".", "'", [1234.5, 2.5]),
        (["1,23", "1,234"], ".", ",", [np.nan, 1234]),
        (["18.00", "1,5"], ",", "", [np.nan, 1.5]),
    ],
)
def test_numbers_are_read_with_the_marks_of_the_file(cells, decimal, thousands, values):
    one = found(cells * 20, decimal=decimal, thousands=thousands, options=said(type="number"))
    np.testing.assert_array_equal(one.values[: len(values)], values)


def test_days_and_months_are_told_apart_by_all_rows():
    days = [f"{k % 12 + 1}/{k % 28 + 1}/2024" for k in range(N)]  # only month first fits all of them
    one = found(days)
    first = dt.datetime(2024, 1, 1, tzinfo=dt.UTC).timestamp()
    assert one.values[0] == first
    assert one.report.n_missing == 0
    other = found(days, options={"date_order": "day first", **said(type="date")})
    assert other.report.n_missing > 0


def test_dates_that_leave_the_order_open_say_what_was_taken():
    report = found([f"{k % 12 + 1}/{(k * 5) % 12 + 1}/2024" for k in range(N)]).report
    assert "which the values leave open" in report.reason


def test_impossible_dates_count_as_missing():
    report = found(["2024-02-30", *(f"2024-03-{k % 28 + 1:02d}" for k in range(N - 1))]).report
    assert report.tokens == {"2024-02-30": 1}


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (pa.array([True, False, None] * 20), "yes/no"),
        (pa.array([dt.datetime(2024, 1, 1, 5), None] * 30, pa.timestamp("us")), "date"),
        (pa.array([dt.time(5, 6), None, dt.time(7, 8)] * 20, pa.time64("us")), "time"),
        (pa.array([1.5, None, float("nan"), 2.5] * 15, pa.float64()), "number"),
    ],
)
def test_a_type_of_the_file_itself_is_kept(array, kind):
    one = found(array)
    assert one.report.type == kind
    assert one.report.n_missing == np.isnan(one.values).sum() > 0


def test_a_class_like_column_is_proposed_as_colour():
    named = found(["setosa", "virginica"] * 30, name="species").report
    assert (named.role, named.reason) == ("colour", "2 different texts: looks like a class")
    table = RawTable(["x", "y", "z"], [pa.array(FILLER), pa.array(FILLER[::-1]), pa.array(["p", "q", "r"] * 20)])
    roles = [one.report.role for one in profile(table, ReadOptions())[0]]
    assert roles == ["input", "input", "colour"]


def test_the_only_text_column_among_numbers_is_proposed_as_colour():
    table = RawTable(["kind", "y", "z"], [pa.array(["p", "q", "r"] * 20), pa.array(FILLER), pa.array(FILLER[::-1])])
    assert [one.report.role for one in profile(table, ReadOptions())[0]] == ["colour", "input", "input"]


def test_what_the_visitor_says_of_a_column_holds():
    one = found(["red", "green", "blue"] * 20, options=said(role="ignore", name="paint", weight="2.5"))
    assert (one.report.role, one.report.name, one.report.weight) == ("ignore", "paint", 2.5)
    number = found([f"{k % 5}" for k in range(N)], options=said(type="category"))
    assert (number.report.type, number.levels) == ("category", ("0", "1", "2", "3", "4"))
    colour = found(["red", "green", "blue"] * 20, options=said(role="colour"))
    assert colour.report.role == "colour"


def test_only_one_column_is_proposed_as_colour_and_none_if_the_visitor_chose_one():
    table = RawTable(
        ["species", "y", "label"], [pa.array(["p", "q"] * 30), pa.array(FILLER), pa.array(["s", "t", "u"] * 20)]
    )
    assert [one.report.role for one in profile(table, ReadOptions())[0]].count("colour") == 1
    chosen = ReadOptions.from_json(said("label", role="colour"))
    assert [one.report.role for one in profile(table, chosen)[0]] == ["input", "input", "colour"]


def test_ignoring_the_column_that_was_proposed_as_colour_changes_no_other():
    columns = [pa.array(["p", "q", "r"] * 20), pa.array(FILLER), pa.array(["s", "t"] * 30)]
    table = RawTable(["kind", "y", "last"], columns)
    assert [one.report.role for one in profile(table, ReadOptions())[0]] == ["input", "input", "colour"]
    ignored = ReadOptions.from_json(said("last", role="ignore"))
    assert [one.report.role for one in profile(table, ignored)[0]] == ["input", "input", "ignore"]


def test_comments_are_no_class():
    comments = [f"a comment of some length, {k % 5}" if k % 3 == 0 else "" for k in range(N)]
    table = RawTable(["x", "y", "remarks"], [pa.array(FILLER), pa.array(FILLER[::-1]), pa.array(comments)])
    assert profile(table, ReadOptions())[0][2].report.role != "colour"


def test_a_type_that_cannot_be_leaves_the_default_and_all_other_choices():
    table = RawTable(["x", "a"], [pa.array(FILLER), pa.array(["red", "green", "blue"] * 20)])
    options = ReadOptions.from_json(said(type="number", role="input", weight="3"))
    columns, problems = profile(table, options)
    assert "none of its cells reads as a number" in str(problems[0])
    assert (columns[1].report.type, columns[1].report.weight) == ("category", 3.0)


def test_the_rarest_levels_of_a_chosen_long_category_become_one():
    cells = [f"town {k}" for k in range(40)] + ["town 1"] * 20
    one = found(cells, options=said(type="category", role="input"))
    assert len(one.levels) == 30
    assert one.levels[-1] == "(other)"
    assert (one.values == 29).sum() == 11
    assert "town 1" in one.levels


def test_levels_come_in_their_natural_order():
    assert found(["item 10", "item 2", "item 1"] * 20).levels == ("item 1", "item 2", "item 10")


def test_a_skewed_column_of_no_negative_values_takes_the_logarithm_first():
    rng = np.random.default_rng(0)
    skewed = np.exp(rng.normal(0, 2, 200))
    assert found([f"{value:.4f}" for value in skewed]).report.scaling == "log"
    assert found([f"{value:.4f}" for value in skewed - 1]).report.scaling == "standard"
    assert found([f"{value:.4f}" for value in rng.normal(5, 1, 200)]).report.scaling == "standard"


@pytest.mark.parametrize(
    ("cells", "options", "error", "sentence"),
    [
        (["red", "green"] * 30, said(type="number"), DataError, "none of its cells reads as a number"),
        (["red", "green"] * 30, said(type="date"), DataError, "none of its cells reads as a date"),
        (["red", "green", "blue"] * 20, said(type="yes/no"), DataError, "3 different values: yes/no needs exactly two"),
        ([f"{k - 30}.5" for k in range(N)], said(scaling="log"), DataError, r"values below 0, down to -30\.5"),
        (["1"] * N, said(role="label"), SpecError, "role='label' must be one of input, colour, ignore"),
        (["1"] * N, said(weight="much"), SpecError, "weight='much' must be a number"),
        (["1"] * N, said(size="2"), SpecError, "there is no choice 'size'"),
    ],
)
def test_a_choice_that_the_cells_do_not_allow_is_refused(cells, options, error, sentence):
    with pytest.raises(error, match=sentence):
        found(cells, options=options)
