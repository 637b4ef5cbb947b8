"""A visitor's CSV: what is read, what is left out and said, and the sentence for every file that cannot be used."""

import warnings

import hypothesis
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.data import read_csv
from playground.data.tables import MOST_BYTES
from playground.errors import DataError

VALUES = np.random.default_rng(0).normal(size=(30, 3)).round(3)
ROWS = [[str(value) for value in row] for row in VALUES]


def csv(names, rows, separator=",", end="\n"):
    return "".join(separator.join(map(str, row)) + end for row in [names, *rows])


def with_cell(text, row=5, column=0):
    """Thirty rows of three numbers, one cell of them replaced."""
    rows = [list(cells) for cells in ROWS]
    rows[row][column] = text
    return csv("abc", rows)


GOOD = csv("abc", ROWS)
PARQUET_START = b"PAR1\x15\x04\x15\x10\x00\x00\x00" + bytes(range(256))

BAD_FILES = {
    "empty": ("", "bad.csv is empty"),
    "white space": (" \n\t\n  ", "bad.csv is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "bad.csv is empty"),
    "only a UTF-16 byte order mark": (b"\xff\xfe", "bad.csv is empty"),
    "a text": ("Dear reader,\nthis is a letter and no table, as you can see.\n" * 3, "bad.csv (has|cannot)"),
    "a long text": ("The quick brown fox jumps over the lazy dog.\n" * 40, "bad.csv has no column of numbers"),
    "a binary file": (PARQUET_START, "bad.csv is a binary file, not a CSV table: export it as CSV"),
    "a zip": (b"PK\x03\x04\x14\x00\x06\x00", "bad.csv is a binary file"),
    "a web page": ("<!DOCTYPE html>\n<html><body>404</body></html>", "bad.csv is a web page, not a data file"),
    "a web page, other case": ("\n  <HTML><head></head>", "bad.csv is a web page"),
    "header only": ("a,b,c\n", "bad.csv has a header but no rows: an autoencoder needs at least 20 rows"),
    "one row": (csv("abc", ROWS[:1]), "bad.csv has only 1 row: an autoencoder needs at least 20 rows"),
    "nineteen rows": (csv("abc", ROWS[:19]), "bad.csv has only 19 rows"),
    "no number": (csv("ab", [["red", "x"], ["blue", "y"]] * 15), "bad.csv has no column of numbers to learn from"),
    "decimal commas": (GOOD.replace(",", ";").replace(".", ","), "no column of numbers.*decimal point"),
    "only a label": (csv(["species"], [["a"], ["b"]] * 15), "bad.csv has no column of numbers"),
    "only constants": (csv("ab", [["1", "2"]] * 30), "bad.csv has no column of numbers"),
    "a missing value": (with_cell(""), r"has 1 missing value in column 'a' \(first in data row 6\): fill them in or"),
    "NaN": (with_cell("NaN", 0, 2), r"has 1 missing value in column 'c' \(first in data row 1\)"),
    "many missing": (
        csv("abc", [["", "", c] if k > 9 else [a, b, c] for k, (a, b, c) in enumerate(ROWS)]),
        r"has 40 missing values in columns 'a', 'b' \(first in data row 11\)",
    ),
    "infinite": (with_cell("inf"), r"has 1 infinite value in column 'a' \(first in data row 6\)"),
    "minus infinite": (with_cell("-Infinity", 29, 1), r"has 1 infinite value in column 'b' \(first in data row 30\)"),
    "1e400": (with_cell("1e400"), r"has 1 infinite value in column 'a' \(first in data row 6\)"),
    "beyond float32": (with_cell("1e39"), r"has 1 infinite value in column 'a'"),
    "a short row": (csv("abc", [r[:2] if k == 4 else r for k, r in enumerate(ROWS)]), r"'c' \(first in data row 5\)"),
    "an extra cell": (
        csv("abc", [[*r, "9"] if k == 4 else r for k, r in enumerate(ROWS)]),
        "bad.csv cannot be read as a table: its rows do not all have the 3 cells of the first line",
    ),
    "extra cells everywhere": (csv("abc", [[*r, "9"] for r in ROWS]), "bad.csv has more cells in its rows"),
    "an open quote": (with_cell('"open'), "bad.csv cannot be read as a table"),
    "too many columns": (csv(range(2001), [range(2001)] * 20), "bad.csv has 2,001 columns: at most 2,000 can be read"),
    "too many rows": ("a\n" + "1.5\n2.5\n" * 100_001, "bad.csv has 200,002 rows: at most 200,000 can be read"),
    "too many bytes": (b"a,b\n" + b"1,2\n" * (MOST_BYTES // 4), "bad.csv has 50 MB: at most 50 MB can be read"),
}


def content(text):
    return text if isinstance(text, bytes) else text.encode()


@pytest.mark.parametrize(("text", "sentence"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_that_cannot_be_used_says_what_is_wrong(text, sentence):
    with pytest.raises(DataError, match=sentence) as caught:
        read_csv("some/folder/bad.csv", content(text))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert "folder" not in str(caught.value)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["Unix", "Windows", "old Mac"])
def test_every_usual_separator_and_line_end_is_read(mark, end):
    dataset = read_csv("good.csv", csv("abc", ROWS, mark, end).encode())
    assert dataset.feature_names == ("a", "b", "c")
    np.testing.assert_array_equal(dataset.x, VALUES.astype(np.float32))
    name = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[mark]
    assert f"Read with a {name} between the cells." in dataset.notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_usual_encoding_is_read(encoding):
    dataset = read_csv("good.csv", csv(["größe", "coût", "c"], ROWS).encode(encoding))
    assert dataset.feature_names == ("größe", "coût", "c")
    np.testing.assert_array_equal(dataset.x, VALUES.astype(np.float32))


def test_the_same_numbers_in_another_dress_are_the_same_data_set():
    first = read_csv("one.csv", GOOD.encode())
    other = read_csv("two.csv", csv("abc", ROWS, ";", "\r\n").encode("utf-16"))
    assert first.name == other.name == f"file-{first.content_hash}"
    assert read_csv("one.csv", with_cell("7.25").encode()).name != first.name


def test_a_file_without_a_header_line_gets_numbered_columns():
    dataset = read_csv("good.csv", GOOD.split("\n", 1)[1].encode())
    assert dataset.feature_names == ("column 1", "column 2", "column 3")
    assert dataset.n_samples == 30


def test_quoted_names_may_hold_the_separator():
    dataset = read_csv("good.csv", csv(['"a, in cm"', "b", "c"], ROWS).encode())
    assert dataset.feature_names == ("a, in cm", "b", "c")


@pytest.mark.parametrize(
    "names",
    [["a", "a", "a"], ["a", " a", "a "], ["a (3)", "a ", " a"], ["", "", ""], ["column 2", "", "b"]],
    ids=["equal", "equal but for spaces", "equal to a numbered one", "empty", "equal to a made-up one"],
)
def test_columns_of_equal_names_are_told_apart(names):
    dataset = read_csv("good.csv", csv(names, ROWS).encode())
    assert len(set(dataset.feature_names)) == 3
    np.testing.assert_array_equal(dataset.x, VALUES.astype(np.float32))


@pytest.mark.parametrize("name", ["class", "Species", "TARGET", "y"])
@pytest.mark.parametrize("levels", [["0", "1", "2"], ["red", "green", "blue"]], ids=["numbers", "words"])
def test_a_class_column_colours_and_is_no_input(name, levels):
    rows = [[*row, levels[k % 3]] for k, row in enumerate(ROWS)]
    dataset = read_csv("good.csv", csv(["a", "b", "c", name], rows).encode())
    assert dataset.feature_names == ("a", "b", "c")
    assert dataset.label_name == name
    assert dataset.labels.tolist() == [levels[k % 3] for k in range(30)]
    assert f"Column '{name}' looks like a class: it colours the samples and is no input." in dataset.notes


@pytest.mark.parametrize("values", ["xy", "01"], ids=["words", "numbers"])
def test_a_missing_class_is_a_class_of_its_own(values):
    rows = [[*row, "" if k == 4 else values[k % 2]] for k, row in enumerate(ROWS)]
    dataset = read_csv("good.csv", csv(["a", "b", "c", "class"], rows).encode())
    assert dataset.labels[4] == "(missing)"
    assert set(dataset.labels.tolist()) == {"(missing)", *values}


def test_measurements_under_a_classs_name_stay_inputs():
    dataset = read_csv("good.csv", csv(["x", "y", "z"], ROWS).encode())
    assert dataset.feature_names == ("x", "y", "z")
    assert dataset.labels is None


def test_the_last_text_column_of_few_levels_is_the_class():
    rows = [[*row, f"person {k}", "AB"[k % 2], "CDE"[k % 3]] for k, row in enumerate(ROWS)]
    dataset = read_csv("good.csv", csv(["a", "b", "c", "name", "site", "kind"], rows).encode())
    assert dataset.label_name == "kind"
    assert dataset.feature_names == ("a", "b", "c")
    assert any("'name' (text)" in note and "'site' (text)" in note for note in dataset.notes)


@pytest.mark.parametrize("name", ["id", "Index", "row", ""])
def test_a_column_that_counts_the_rows_is_left_out_and_said(name):
    """pandas and R write such a column, without a name, unless told not to."""
    rows = [[k, *row] for k, row in enumerate(ROWS)]
    dataset = read_csv("good.csv", csv([name, "a", "b", "c"], rows).encode())
    assert dataset.feature_names == ("a", "b", "c")
    assert any("looks like an identifier" in note for note in dataset.notes)


def test_an_index_column_that_does_not_count_is_an_input():
    dataset = read_csv("good.csv", csv(["index", "b", "c"], ROWS).encode())
    assert dataset.feature_names == ("index", "b", "c")


def test_constant_columns_are_left_out_and_said():
    rows = [[a, "5", b, "yes"] for a, b, _ in ROWS]
    dataset = read_csv("good.csv", csv("abcd", rows).encode())
    assert dataset.feature_names == ("a", "c")
    assert any("'b' (all values are the same)" in note for note in dataset.notes)
    assert any("'d' (" in note for note in dataset.notes)


def test_two_or_three_columns_are_points_and_more_are_vectors():
    assert read_csv("good.csv", csv("ab", [row[:2] for row in ROWS]).encode()).kind == "points"
    assert read_csv("good.csv", GOOD.encode()).kind == "points"
    wide = csv("abcd", [[*row, row[0]] for row in ROWS])
    assert read_csv("good.csv", wide.encode()).kind == "vectors"


def test_one_column_begins_with_a_bottleneck_of_one():
    dataset = read_csv("good.csv", csv("a", [row[:1] for row in ROWS]).encode())
    assert dataset.first_latent_dim == dataset.n_features == 1


def test_the_title_is_the_files_name_without_its_folders():
    assert read_csv("../../etc/mine.csv", GOOD.encode()).title == "mine.csv"
    assert read_csv("", GOOD.encode()).title == "your file"


def only_data_errors(raw):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            dataset = read_csv("any.csv", raw)
        except DataError:
            return
    assert np.isfinite(dataset.x).all()
    assert dataset.n_samples >= 20


@given(st.binary(max_size=400))
@example(b"\xfe\xff")
@example(b"\xff\xfe\x00")
@example(b"\xc2\x85")
def test_random_bytes_are_a_table_or_a_sentence(raw):
    only_data_errors(raw)


CELLS = st.sampled_from(
    ["1", "2.5", "-3e2", "", "nan", "inf", "x", "é", '"', '""', "'", "0x1f", "True", "1_0", "9" * 25, "1e400", " ", "#"]
)


@hypothesis.settings(max_examples=300)
@given(st.data())
def test_random_cells_are_a_table_or_a_sentence(data):
    """Random bytes hardly ever get as far as the columns; random cells do."""
    mark = data.draw(st.sampled_from([",", ";", "\t", "|"]))
    width = data.draw(st.integers(1, 4))
    names = st.sampled_from(["a", "b", "class", "id", "", " a", "a (2)", "y", "1"])
    head = data.draw(st.lists(names, min_size=width, max_size=width) | st.lists(names, max_size=5))
    columns = [data.draw(st.lists(CELLS, min_size=3, max_size=7)) for _ in range(width)]
    n = data.draw(st.sampled_from([0, 1, 19, 25, 41]))
    rows = [[column[k % len(column)] for column in columns] for k in range(n)]
    if n and data.draw(st.booleans()):
        rows[data.draw(st.integers(0, n - 1))] += data.draw(st.lists(CELLS, max_size=3))
    only_data_errors(csv(head, rows, mark).encode())
