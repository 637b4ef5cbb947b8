"""Tables of text: what is decided from the bytes, that it is said, and that it can be said otherwise."""

import contextlib
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data.reading import cells
from playground.data.reading.options import ENCODINGS, ReadOptions
from playground.data.reading.report import Report
from playground.data.reading.text import read_text
from playground.errors import DataError


def read(content, **options):
    """The table, and the report."""
    report = Report()
    content = content if isinstance(content, bytes) else content.encode()
    return read_text("mine.csv", content, ReadOptions.from_json(options), report), report


def decided(report):
    return {decision.option: decision.value for decision in report.decisions}


def column(table, name):
    return table.columns[list(table.names).index(name)].to_pylist()


ROWS = "\n".join(f"{k},{k}.5,word{k % 3}" for k in range(1, 41))


@pytest.mark.parametrize(
    ("separator", "mark"),
    [("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("bar", "|"), ("blanks", "   ")],
)
def test_the_separator_is_found_and_said(separator, mark):
    table, report = read(f"a{mark}b{mark}c\n" + ROWS.replace(",", mark))
    assert decided(report)["separator"] == separator
    assert list(table.names) == ["a", "b", "c"]
    assert table.n_rows == 40
    assert "between the cells" in report.notes()[0]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_every_kind_of_line_end_is_read(end):
    table, _ = read(end.join(["a,b", *(f"{k},{k}.5" for k in range(30))]))
    assert table.n_rows == 30
    assert column(table, "b")[2] == "2.5"


@pytest.mark.parametrize(
    ("encoding", "names", "said"),
    [
        ("utf-8", ["größe", "naïve"], "utf-8"),
        ("utf-8-sig", ["größe", "naïve"], "utf-8"),
        ("utf-16", ["größe", "naïve"], "utf-16"),
        ("utf-16-le", ["größe", "weite"], "utf-16-le"),
        ("cp1252", ["größe", "naïve"], "cp1252"),
        ("cp1251", ["название", "возраст"], "cp1251"),
        ("cp932", ["なまえ", "ねんれい"], "cp932"),
        ("euc-kr", ["이름이름", "나이나이"], "euc-kr"),
        ("gb18030", ["姓名姓名", "年龄年龄"], "gb18030"),
    ],
)
def test_the_letters_are_read_as_they_were_written(encoding, names, said):
    rows = "\n".join(f"{names[0]}{k % 4},{k}.25" for k in range(60))
    table, report = read((",".join(names) + "\n" + rows).encode(encoding))
    assert list(table.names) == names
    assert column(table, names[0])[1] == f"{names[0]}1"
    assert decided(report)["encoding"] == said


def test_a_guessed_encoding_can_be_changed():
    content = "číslo,šířka\n1,2\n3,4".encode("cp1250")
    wrong, report = read(content)
    assert "guess" in report.notes()[0]
    right, _ = read(content, encoding="cp1250")
    assert list(right.names) == ["číslo", "šířka"]
    assert list(wrong.names) != list(right.names)


def test_an_encoding_that_does_not_fit_is_refused_with_the_place():
    with pytest.raises(DataError, match=r"is not text in utf-8: byte 1 cannot be read"):
        read("öl,b\n1,2".encode("cp1252"), encoding="utf-8")


@pytest.mark.parametrize(
    ("sample", "decimal", "thousands"),
    [
        (["1,5", "2,25"], "comma", "none"),
        (["1.5", "2.25"], "point", "none"),
        (["1,234", "56,789"], "point", "comma"),
        (["1.234", "56.789"], "point", "none"),
        (["1.234", "0,5"], "comma", "point"),
        (["1.234,5"], "comma", "point"),
        (["1,234.5"], "point", "comma"),
        (["1,234,567"], "point", "comma"),
        (["1.234.567"], "comma", "point"),
        (["1 234,5", "7"], "comma", "space"),
        (["1\u202f234,5"], "comma", "space"),
        (["1'234.5"], "point", "apostrophe"),
        (["0,123"], "comma", "none"),
        (["7", "8"], "point", "none"),
        (["-1,5", "+2,5", "3,5e3"], "comma", "none"),
        (["12,5 %", "€ 3,50"], "comma", "none"),
    ],
)
def test_the_marks_of_numbers_are_told_from_the_cells(sample, decimal, thousands):
    assert cells.marks(sample) == (decimal, thousands)


def test_a_decimal_comma_is_said_and_can_be_changed():
    text = "a;b\n" + "\n".join(f"{k},5;{k}" for k in range(30))
    table, report = read(text)
    assert table.decimal == ","
    assert "decimal comma" in report.notes()[0]
    assert read(text, decimal="point")[0].decimal == "."


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n3,4", ["a", "b"]),
        ("1,2\n3,4\n5,6", ["column 1", "column 2"]),
        ("a,\n1,2\n3,4", ["a", "column 2"]),
        ("a,a,b\n1,2,3\n4,5,6", ["a", "a (2)", "b"]),
        ("name,town\nann,rome\nbob,oslo", ["name", "town"]),
        ("red,blue\nblue,red\nred,red\nblue,blue", ["column 1", "column 2"]),
        ("gene,2001,2002,2003\nx,1.5,2,3\ny,4,5,6.5", ["gene", "2001", "2002", "2003"]),
        ('"a, with comma",b\n1,2\n3,4', ["a, with comma", "b"]),
        ("  a  ,b\n1,2\n3,4", ["a", "b"]),
        ("day,value\n2024-01-01,1\n2024-01-02,2", ["day", "value"]),
    ],
)
def test_the_header_is_found_where_there_is_one(text, names):
    assert list(read(text)[0].names) == names


def test_the_visitor_says_whether_there_is_a_header():
    text = "1,2\n3,4\n5,6"
    assert list(read(text, header="yes")[0].names) == ["1", "2"]
    assert list(read("a,b\n1,2", header="no")[0].names) == ["column 1", "column 2"]
    assert read("a,b\n1,2", header="no")[0].n_rows == 2


def test_lines_before_the_table_are_left_out_and_counted():
    table, report = read("My results\nwritten by hand, in 2024\n\nx;y;z\n" + ROWS.replace(",", ";"))
    assert list(table.names) == ["x", "y", "z"]
    assert decided(report)["skip"] == "2"
    assert report.counts["lines before the table"] == 2
    assert table.n_rows == 40


def test_the_visitor_says_how_many_lines_to_skip():
    table, _ = read("a,b\nc,d\n1,2\n3,4", skip=1)
    assert list(table.names) == ["c", "d"]


def test_a_row_of_units_is_found_and_kept_as_units():
    table, report = read("mass,height\ng,mm\n" + "\n".join(f"{k},{k}.5" for k in range(30)))
    assert list(table.units) == ["g", "mm"]
    assert decided(report)["units_row"] == "yes"
    assert table.n_rows == 30
    assert not read("mass,height\ng,mm\n1,2\n3,4\n5,6", units_row="no")[0].units


def test_empty_edges_are_left_out_and_counted():
    table, report = read("a;b;;\n" + "1;2;;\n" * 30 + ";;;\n" * 5)
    assert list(table.names) == ["a", "b"]
    assert table.n_rows == 30
    assert (report.counts["empty columns left out"], report.counts["empty rows left out"]) == (2, 5)


def test_rows_with_surplus_cells_are_left_out_counted_and_named():
    table, report = read("a,b\n" + "1,2\n" * 20 + "1,2,3\n" + "4,5\n" * 20)
    assert table.n_rows == 40
    assert report.counts["rows with surplus cells left out"] == 1
    assert "1 row with more cells than the header (row 22)" in " ".join(report.notes())


def test_rows_with_too_few_cells_stay_in_their_place_and_are_counted():
    table, report = read("a,b\n" + "1,2\n" * 20 + "9\n" + "4,5\n" * 20)
    assert table.n_rows == 41
    assert column(table, "a")[20] == "9"
    assert column(table, "b")[20] == ""
    assert report.counts["rows with too few cells"] == 1


def test_a_file_with_many_surplus_cells_is_refused_with_the_first_rows():
    text = "a,b\n" + "1,2\n" * 20 + "1,2,3\n" * 8
    with pytest.raises(DataError, match=r"8 of 28 rows have more cells than the header \(row 22, row 23, row 24"):
        read(text)


def test_a_quotation_mark_that_is_never_closed_is_read_as_a_letter_and_said():
    text = 'a,b\n1,"two\n' + "3,four\n" * 200
    table, report = read(text)
    assert table.n_rows == 201
    assert column(table, "b")[0] == '"two'
    assert "never closed" in " ".join(report.notes())


def test_a_line_break_within_quotation_marks_belongs_to_the_cell():
    table, _ = read('a,b\n1,"two\nlines"\n' + "3,four\n" * 30)
    assert column(table, "b")[0] == "two\nlines"
    assert table.n_rows == 31


def test_excels_own_line_about_the_separator_is_obeyed():
    table, report = read("sep=|\na|b\n1|2\n3|4")
    assert list(table.names) == ["a", "b"]
    assert decided(report)["separator"] == "bar"


@pytest.mark.parametrize("content", [b"", b"   \n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_so(content):
    with pytest.raises(DataError, match=r"mine\.csv is empty: choose a table"):
        read(content)


@pytest.mark.parametrize("columns", [20_001, 1_000_000])
def test_far_too_many_columns_are_refused_by_the_first_line(columns):
    with pytest.raises(DataError, match=r"mine\.csv has [\d,]+ columns: at most 20,000"):
        read("a," * columns + "\n1")


def test_one_cell_of_ten_megabytes_is_read():
    table, _ = read("a,b\n1," + "x" * 10_000_000 + "\n" + "2,y\n" * 30)
    assert table.n_rows == 31
    assert len(column(table, "b")[0]) == 10_000_000


@given(st.binary(max_size=400))
def test_random_bytes_are_a_table_or_a_sentence(content):
    try:
        table, _ = read(content)
    except DataError:
        return
    assert len(set(table.names)) == len(table.names)
    assert len({len(one) for one in table.columns}) == 1


@given(st.text(alphabet=string.printable + "äß,;\t|\"'\n\r", max_size=300), st.sampled_from(ENCODINGS))
def test_random_text_in_any_encoding_is_a_table_or_a_sentence(text, encoding):
    content = text.encode(encoding, errors="ignore")
    for options in ({}, {"encoding": encoding, "quotes": "no"}, {"header": "yes", "skip": 2, "units_row": "yes"}):
        with contextlib.suppress(DataError):
            read(content, **options)


def test_reading_never_touches_global_randomness():
    random.seed(3)
    before = random.getstate()
    read("a,b\n" + "1,2\n" * 30)
    assert random.getstate() == before
