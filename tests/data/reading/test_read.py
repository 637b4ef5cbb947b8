"""The whole way from files to a data set: every format, what is said of it, and a sentence for what cannot be read."""

import bz2
import dataclasses
import datetime as dt
import gzip
import io
import json
import warnings
import zipfile

import hypothesis
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
import xlwt
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import feather

from playground.data import Split
from playground.data.reading.options import ReadOptions
from playground.data.reading.read import read, read_content, read_files
from playground.data.reading.source import File
from playground.errors import DataError, SpecError
from playground.training.recipe import recommended

VALUES = np.random.default_rng(0).normal(size=(40, 4)).round(3)
ROWS = [[str(value) for value in row] for row in VALUES]
NAMES = ["a", "b", "c", "d"]
FRAME = pd.DataFrame(VALUES, columns=NAMES)


def csv(names, rows, separator=",", end="\n"):
    return "".join(separator.join(map(str, row)) + end for row in [names, *rows])


GOOD = csv(NAMES, ROWS)


def as_zip(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def as_bytes(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def as_xls(frame):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet")
    for column, name in enumerate(frame.columns):
        sheet.write(0, column, name)
        for row, value in enumerate(frame[name].tolist(), start=1):
            sheet.write(row, column, value)
    return as_bytes(book.save)


FORMATS = {
    "csv": lambda frame: frame.to_csv(index=False).encode(),
    "tsv": lambda frame: frame.to_csv(index=False, sep="\t").encode(),
    "txt": lambda frame: frame.to_csv(index=False, sep="|").encode(),
    "xlsx": lambda frame: as_bytes(lambda file: frame.to_excel(file, index=False, engine="openpyxl")),
    "ods": lambda frame: as_bytes(lambda file: frame.to_excel(file, index=False, engine="odf")),
    "xls": as_xls,
    "parquet": lambda frame: as_bytes(frame.to_parquet),
    "feather": lambda frame: as_bytes(
        lambda file: feather.write_feather(pa.Table.from_pandas(frame), file, compression="lz4")
    ),
    "jsonl": lambda frame: frame.to_json(orient="records", lines=True).encode(),
    "json": lambda frame: frame.to_json(orient="records").encode(),
}
# how a file may come: as it is, compressed, in an archive among other things
WRAPPED = {
    "plain": lambda name, content: (name, content),
    "gzip": lambda name, content: (f"{name}.gz", gzip.compress(content)),
    "bzip2": lambda name, content: (f"{name}.bz2", bz2.compress(content)),
    "zip": lambda name, content: ("all.zip", as_zip({f"data/{name}": content, "data/readme.txt": b"hello there\n"})),
    "zip of gzip": lambda name, content: ("all.zip", as_zip({f"{name}.gz": gzip.compress(content)})),
}


@pytest.mark.parametrize("wrapping", WRAPPED)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_read_plain_compressed_and_in_an_archive(kind, wrapping):
    name, content = WRAPPED[wrapping](f"mine.{kind}", FORMATS[kind](FRAME))
    dataset = read_content(name, content)
    assert dataset.feature_names == tuple(NAMES)
    np.testing.assert_allclose(dataset.x, VALUES, rtol=1e-9)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_format_is_told_by_the_content_and_not_by_the_name(kind):
    dataset = read_content("mine.dat", FORMATS[kind](FRAME))
    np.testing.assert_allclose(dataset.x, VALUES, rtol=1e-9)


def mixed():
    """One column of every kind that a workbook, Parquet and JSON know."""
    n = 60
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "mass": [None if k % 9 == 0 else 4000 + 7 * k for k in range(n)],
            "island": ["Biscoe", "Dream", "Torgersen"] * 20,
            "tagged": [bool(v) for v in rng.integers(0, 2, n)],
            "seen": [dt.datetime(2021, 1, 1) + dt.timedelta(days=int(v)) for v in rng.integers(0, 900, n)],
            "depth": rng.normal(18, 2, n).round(1),
            "sex": [["male", "female", None][k % 3] for k in range(n)],
        }
    )


INPUTS = {"columns": {name: {"role": "input"} for name in ("sex", "island")}}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods", "parquet", "feather"])
def test_a_table_of_mixed_types_means_the_same_in_every_format(kind):
    dataset = read_content(
        f"mine.{kind}", FORMATS[kind](mixed()), {"columns": {name: {"role": "input"} for name in ("sex", "island")}}
    )
    types = {column.name: column.type for column in dataset.columns}
    assert types == {
        "mass": "number",
        "island": "category",
        "tagged": "yes/no",
        "seen": "date",
        "depth": "number",
        "sex": "category",
    }
    assert dataset.kind == "table"
    assert [column.has_missing for column in dataset.columns] == [True, False, False, False, False, True]
    assert dataset.shown(1).tolist()[:3] == ["Biscoe", "Dream", "Torgersen"]
    assert dataset.shown(3)[0] == str(mixed()["seen"][0])[:10]
    split = recommended(dataset).split(dataset)
    back = split.scaler.undo(split.scaler.features(dataset.x[split.train_rows]))
    np.testing.assert_allclose(back, dataset.x[split.train_rows], rtol=1e-9)


def test_a_sheet_can_be_chosen_and_the_first_with_rows_is_the_default():
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    for title, names in (("Empty", []), ("First", NAMES), ("Second", ["w", *NAMES[1:]])):
        sheet = book.create_sheet(title)
        for row in [names, *VALUES.tolist()] if names else []:
            sheet.append(row)
    content = as_bytes(book.save)
    reading = read_files([File("book.xlsx", content)], ReadOptions())
    assert reading.report.choices["sheet"] == ["Notes", "Empty", "First", "Second"]
    assert reading.dataset.feature_names == tuple(NAMES)
    assert "sheet 'First'" in reading.report.notes()[0]
    assert read_content("book.xlsx", content, {"sheet": "Second"}).feature_names[0] == "w"
    with pytest.raises(DataError, match="has no sheet 'Third'"):
        read_content("book.xlsx", content, {"sheet": "Third"})
    with pytest.raises(DataError, match="no rows in sheet 'Empty'"):
        read_content("book.xlsx", content, {"sheet": "Empty"})


def test_a_member_of_an_archive_can_be_chosen():
    other = csv(["w", "x", "y"], [row[:3] for row in ROWS])
    content = as_zip({"big.csv": GOOD, "small.csv": other, "notes/about.txt": "hi"})
    reading = read_files([File("all.zip", content)], ReadOptions())
    assert set(reading.report.choices["member"]) == {"big.csv", "small.csv", "notes/about.txt"}
    assert reading.dataset.feature_names == tuple(NAMES)
    assert "the file 'big.csv'" in reading.report.notes()[0]
    assert read_content("all.zip", content, {"member": "small.csv"}).feature_names == ("w", "x", "y")
    with pytest.raises(DataError, match=r"holds no file 'none\.csv'"):
        read_content("all.zip", content, {"member": "none.csv"})


def test_several_tables_at_once_offer_a_choice():
    files = [File("one.csv", GOOD.encode()), File("two.csv", csv(["w", "x"], [row[:2] for row in ROWS]).encode())]
    reading = read_files(files, ReadOptions())
    assert reading.report.choices["member"] == ["one.csv", "two.csv"]
    assert reading.dataset.title == "one.csv and 1 more"
    assert "Left out: two.csv." in " ".join(reading.report.notes())
    assert reading.report.counts["other files left out"] == 1


def test_nested_parts_of_json_become_columns_and_lists_are_said():
    lines = [{"id": f"x{k * 7919 % 1000}", "size": {"w": k * 1.5, "h": k % 7 + 0.5}, "tags": [1, 2]} for k in range(40)]
    reading = read_files([File("m.jsonl", "\n".join(map(json.dumps, lines)).encode())], ReadOptions())
    assert reading.dataset.feature_names == ("size.w", "size.h")
    assert reading.report.counts["nested columns left out"] == 1
    assert "tags" in " ".join(reading.report.notes())


# ------------------------------------------------------------------------------------------- what it said


def test_every_row_and_cell_that_does_not_reach_the_model_is_counted():
    rows = [["", *row[1:], "x"] if k < 4 else [*row, "x"] for k, row in enumerate(ROWS)]
    rows += [[*row[:2], "oops", row[3], "x"] for row in ROWS[:3]] + [["", "", "", "", ""]] * 2 + [["1"] * 9]
    reading = read_files([File("m.csv", csv([*NAMES, "same"], rows).encode())], ReadOptions())
    counts = reading.report.counts
    assert counts["rows read"] == 43
    assert counts["empty rows left out"] == 2
    assert counts["rows with surplus cells left out"] == 1
    assert counts["columns ignored"] == 1
    assert counts["cells imputed"] == counts["cells missing in the inputs"] == 7
    assert counts["rows used"] == reading.dataset.n_samples == 43
    assert reading.dataset.source["report"]["counts"] == counts
    by_name = {column.original: column for column in reading.report.columns}
    assert by_name["a"].tokens == {"": 4}
    assert by_name["c"].tokens == {"oops": 3}


def test_few_rows_with_missing_cells_are_dropped_and_many_are_imputed():
    few = [["", *row[1:]] if k == 0 else row for k, row in enumerate(ROWS)]
    many = [["", *row[1:]] if k < 10 else row for k, row in enumerate(ROWS)]
    dropped = read_content("m.csv", csv(NAMES, few).encode())
    assert dropped.n_samples == 39
    assert any("Left out: 1 row with missing cells in a, since 2.5 % of" in note for note in dropped.notes)
    imputed = read_content("m.csv", csv(NAMES, many).encode())
    assert imputed.n_samples == 40
    assert np.isnan(imputed.x[:, 0]).sum() == 10
    assert any("10 missing cells are filled with the mean" in note for note in imputed.notes)


@pytest.mark.parametrize("choice", [{"missing": "drop"}, {"columns": {"a": {"missing": "drop"}}}])
def test_the_visitor_says_what_becomes_of_missing_cells(choice):
    many = csv(NAMES, [["", *row[1:]] if k < 10 else row for k, row in enumerate(ROWS)]).encode()
    dataset = read_content("m.csv", many, choice)
    assert dataset.n_samples == 30
    assert dataset.kind == "vectors"
    few = csv(NAMES, [["", *row[1:]] if k == 0 else row for k, row in enumerate(ROWS)]).encode()
    assert read_content("m.csv", few, {"missing": "impute"}).n_samples == 40


def test_a_value_that_looks_like_a_code_for_missing_is_offered_and_never_assumed():
    rows = [["-200", *row[1:]] if k % 3 == 0 else row for k, row in enumerate(ROWS)]
    reading = read_files([File("m.csv", csv(NAMES, rows).encode())], ReadOptions())
    assert (reading.dataset.x == -200).sum() == 14
    offer = next(offer for offer in reading.report.offers if "200" in offer.words)
    assert offer.words == "Treat \u2212200 as missing? (14 cells in a)"
    accepted = read_files([File("m.csv", csv(NAMES, rows).encode())], ReadOptions.from_json(offer.options))
    assert not (accepted.dataset.x == -200).any()
    assert not accepted.report.offers


def test_a_level_that_says_so_in_words_is_offered_as_missing():
    rows = [[*row, "unknown" if k % 10 == 0 else ["red", "green"][k % 2]] for k, row in enumerate(ROWS)]
    reading = read_files([File("m.csv", csv([*NAMES, "paint"], rows).encode())], ReadOptions())
    assert [offer.words for offer in reading.report.offers] == ["Treat 'unknown' as missing? (4 cells in paint)"]
    options = ReadOptions.from_json(reading.report.offers[0].options)
    again = read_files([File("m.csv", csv([*NAMES, "paint"], rows).encode())], options)
    assert set(again.dataset.labels.tolist()) == {"red", "green", "(missing)"}


def test_what_is_said_of_a_column_that_is_not_there_is_named():
    options = {"columns": {"nope": {"role": "ignore"}, "a": {"weight": "2", "scaling": "none"}}}
    notes = " ".join(read_content("m.csv", GOOD.encode(), options).notes)
    assert "There is no column 'nope': what was said of it is ignored." in notes
    assert "Your choice: a (weight 2, scaling none)." in notes


def test_an_option_that_is_of_no_use_is_named():
    notes = " ".join(read_content("m.csv", GOOD.encode(), {"sheet": "March", "fit": "pad"}).notes)
    assert "Of no use here, and ignored: fit, sheet." in notes


def test_a_damaged_file_among_others_stops_nobody():
    files = [File("one.csv", GOOD.encode()), File("broken.zip", b"PK\x03\x04" + bytes(80)), File("Thumbs.db", b"x")]
    reading = read_files(files, ReadOptions())
    assert reading.dataset.n_samples == 40
    assert reading.report.counts["files of the system left out"] == 1
    assert reading.report.counts["files that cannot be opened left out"] == 1
    assert "cannot be opened: broken.zip" in " ".join(reading.report.notes())


def test_the_first_lines_are_kept_as_they_stand_in_the_file():
    reading = read_files([File("m.csv", ("Title\n\n" + GOOD).encode())], ReadOptions())
    assert reading.report.first_lines[:3] == ["Title", "", "a,b,c,d"]
    assert len(reading.report.first_lines) == 10


def pixels(names):
    rng = np.random.default_rng(0)
    image = rng.integers(1, 256, (40, 8, 8))
    image[:, 0] = image[:, -1] = image[:, :, 0] = image[:, :, -1] = 0  # a constant border
    return csv(names, [[k % 4, *row] for k, row in enumerate(image.reshape(40, 64).tolist())]).encode(), image


def test_rows_of_pixels_are_offered_as_pictures_with_their_border():
    content, image = pixels(["label", *(f"pixel{k}" for k in range(64))])
    reading = read_files([File("m.csv", content)], ReadOptions())
    assert reading.dataset.kind == "vectors"
    offer = reading.report.offers[0]
    assert offer.words == "The 64 pixel columns look like pictures of 8×8: read them as pictures?"
    pictures = read_content("m.csv", content, offer.options)
    assert (pictures.kind, pictures.image_shape, pictures.value_range) == ("images", (8, 8), (0.0, 255.0))
    np.testing.assert_array_equal(pictures.as_images(pictures.x), image)
    assert pictures.labels.tolist()[:4] == ["0", "1", "2", "3"]


def test_pixels_of_three_colours_are_pictures_too():
    rng = np.random.default_rng(0)
    rows = [["cat" if k % 2 else "dog", *row] for k, row in enumerate(rng.integers(0, 256, (40, 48)).tolist())]
    content = csv(["what", *(f"p{k}" for k in range(48))], rows).encode()
    dataset = read_content("m.csv", content, {"as_images": "yes"})
    assert dataset.image_shape == (4, 4, 3)
    assert set(dataset.labels.tolist()) == {"cat", "dog"}


def test_rows_that_are_no_pictures_are_refused_with_what_is_needed():
    with pytest.raises(DataError, match=r"its rows are no pictures\. For pictures of h×h pixels every row needs h²"):
        read_content("m.csv", GOOD.encode(), {"as_images": "yes"})


def test_too_many_rows_are_sampled_with_a_seed_and_said(monkeypatch):
    monkeypatch.setattr("playground.data.reading.tables.MOST_ROWS", 30)
    content = csv(["n", *NAMES], [[k * 3, *row] for k, row in enumerate(ROWS)]).encode()
    reading = read_files([File("m.csv", content)], ReadOptions())
    assert reading.dataset.n_samples == 30
    assert reading.report.counts["rows not sampled"] == 10
    assert "a random sample of 30 of 40 rows" in reading.report.notes()[0]
    assert (np.diff(reading.dataset.x[:, 0]) > 0).all()  # in their order
    again, other = read_content("m.csv", content), read_content("m.csv", content, {"sample_seed": 1})
    assert again.name == reading.dataset.name != other.name


def test_more_columns_than_inputs_are_possible_are_sampled_and_said():
    rng = np.random.default_rng(0)
    content = csv([f"g{k}" for k in range(2005)], rng.normal(size=(25, 2005)).round(2).tolist()).encode()
    reading = read_files([File("genes.csv", content)], ReadOptions())
    assert reading.dataset.n_features == 2000
    assert reading.report.counts["columns not sampled"] == 5
    assert any("A random sample of 2,000 of the 2,005 input columns" in note for note in reading.dataset.notes)
    assert any("the network can memorise every row" in note for note in reading.dataset.notes)


def test_options_and_report_travel_with_the_data_set():
    options = {"decimal": "point", "columns": {"a": {"role": "ignore"}}}
    dataset = read_content("m.csv", GOOD.encode(), options)
    assert dataset.source["options"] == {"columns": {"a": {"role": "ignore"}}, "decimal": "point"}
    assert dataset.source["files"] == ["m.csv"]
    assert dataset.source["report"]["decisions"]["separator"] == "comma"
    json.dumps(dataset.source, allow_nan=False)


def test_a_choice_that_leaves_nothing_to_learn_keeps_the_columns_to_choose_from():
    options = ReadOptions.from_json({"columns": {name: {"role": "ignore"} for name in NAMES}})
    reading = read_files([File("m.csv", GOOD.encode())], options)
    assert reading.dataset is None
    assert reading.problem.startswith("m.csv has no column to learn from")
    assert [column.name for column in reading.report.columns] == NAMES


def test_the_same_content_and_title_is_the_same_data_set_whatever_the_separator():
    first = read_content("m.csv", GOOD.encode())
    other = read_content("m.csv", csv(NAMES, ROWS, ";", "\r\n").encode("utf-16"))
    assert first.name == other.name == f"file-{first.content_hash}"
    assert read_content("other.csv", GOOD.encode()).name != first.name  # nobody sees another visitor's file name


def test_the_title_is_the_files_name_without_its_folders():
    assert read_content("../../etc/mine.csv", GOOD.encode()).title == "mine.csv"
    assert read_content("", GOOD.encode()).title == "your file"


def test_a_file_or_a_folder_is_read_by_its_path(tmp_path):
    (tmp_path / "mine.csv").write_text(GOOD)
    assert read(tmp_path / "mine.csv", {"columns": {"a": {"role": "ignore"}}}).feature_names == ("b", "c", "d")
    with pytest.raises(DataError, match=r"none\.csv cannot be opened: No such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(SpecError, match="There is no setting 'comma' for reading a file"):
        read(tmp_path / "mine.csv", {"comma": "yes"})
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="The folder folder is empty"):
        read(tmp_path / "folder")


# ------------------------------------------------------------------------------------------- what cannot be read

BAD_FILES = {
    "empty": (b"", "bad.csv is empty"),
    "white space": (b" \n\t\n  ", "bad.csv (is empty|has no rows)"),
    "a letter": ("Dear reader,\nthis is no table, as you can see.\n" * 3, "bad.csv"),
    "a web page": ("<!DOCTYPE html>\n<html><body>404</body></html>", "bad.csv is a web page, not a data file"),
    "header only": ("a,b,c\n", "bad.csv"),
    "one row": (csv(NAMES, ROWS[:1]), "bad.csv has only 1 row, and an autoencoder needs at least 20"),
    "nineteen rows": (csv(NAMES, ROWS[:19]), "bad.csv has only 19 rows"),
    "only constants": (csv("ab", [["1", "2"]] * 30), "bad.csv has no column to learn from"),
    "too few whole rows": (
        csv("ab", [["1.5", ""] if k % 2 else ["", f"{k}.5"] for k in range(30)]),
        None,
    ),
    "damaged JSON": ('{"a": 1}\n{"a": \n' * 20, "bad.csv: line 2 is no JSON object"),
    "JSON without objects": ("[{}, 3]", "bad.csv holds JSON, but no list of objects"),
    "pickle": (b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00N.", "holds Python objects"),
    "truncated parquet": (FORMATS["parquet"](FRAME)[:300], "bad.csv"),
    "truncated xlsx": (FORMATS["xlsx"](FRAME)[:800], "bad.csv"),
    "two inputs of one name": None,
}
BAD_FILES = {name: entry for name, entry in BAD_FILES.items() if entry and entry[1]}


@pytest.mark.parametrize(("content", "sentence"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_that_cannot_be_used_says_what_is_wrong(content, sentence):
    content = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(DataError, match=sentence) as caught:
        read_content("some/folder/bad.csv", content)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert "folder" not in str(caught.value)


def test_dropping_rows_until_too_few_are_left_suggests_imputing():
    rows = [[row[0], "", row[2], row[3]] if k < 30 else row for k, row in enumerate(ROWS)]
    with pytest.raises(DataError, match=r"only 10 rows without a missing cell, and .* at least 20: impute the missing"):
        read_content("m.csv", csv(NAMES, rows).encode(), {"missing": "drop"})


def test_two_inputs_of_one_name_are_refused():
    with pytest.raises(DataError, match="Two input columns are called 'b'"):
        read_content("m.csv", GOOD.encode(), {"columns": {"a": {"name": "b"}}})


def test_too_many_bytes_are_refused_before_anything_is_read(monkeypatch):
    monkeypatch.setattr("playground.data.reading.read.MOST_BYTES", 1000)
    with pytest.raises(DataError, match=r"m\.csv has 0 MB: at most 0 MB can be read"):
        read_content("m.csv", GOOD.encode())


def only_data_errors(content):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            dataset = read_content("any.csv", content)
        except DataError:
            return
    assert np.isfinite(dataset.x[~np.isnan(dataset.x)]).all()
    assert dataset.n_samples >= 20


@given(st.binary(max_size=400))
@example(b"\xfe\xff")
@example(b"\xff\xfe\x00")
@example(b"\xc2\x85")
def test_random_bytes_are_a_data_set_or_a_sentence(content):
    only_data_errors(content)


ODD_CELLS = """2.5 -3e2 nan inf "" 0x1f True 1_0 9999999999999999999999999 1e400 2024-01-05 5.3.2024 18:30 1,5
1.234,5 <0.5 12% 007 (3) =1+1 \u22125 NA 12:61 31.2.2024 €5 1e5 -0 .5 5."""
CELLS = st.sampled_from(["", *"1x'#\" é", *ODD_CELLS.split()])


@hypothesis.settings(max_examples=300)
@given(st.data())
def test_random_cells_are_a_data_set_or_a_sentence(data):
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


@given(st.sampled_from(["xlsx", "ods", "xls", "parquet", "feather", "jsonl"]), st.data())
def test_a_damaged_file_of_any_format_is_a_data_set_or_a_sentence(kind, data):
    content = bytearray(CACHE[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    only_data_errors(bytes(content[: data.draw(st.integers(1, len(content)))]))


CACHE = {kind: write(FRAME) for kind, write in FORMATS.items()}


# ------------------------------------------------------------------------------------------- there and back

VALUE = {
    "number": st.floats(-1e6, 1e6).map(lambda value: f"{value:.6g}"),
    "word": st.sampled_from(["red", "green", "blue", "a b", "été"]),
    "date": st.dates(dt.date(1950, 1, 1), dt.date(2050, 1, 1)).map(str),
    "time": st.times().map(lambda value: value.strftime("%H:%M:%S")),
    "yes": st.sampled_from(["yes", "no"]),
}


@hypothesis.settings(max_examples=60)
@given(st.data())
def test_any_mixed_table_comes_back_cell_by_cell(data):
    """From text to a data set, through the encoding of the training rows and back to the same text."""
    kinds = data.draw(st.lists(st.sampled_from(list(VALUE)), min_size=2, max_size=4))
    columns = [data.draw(st.lists(VALUE[kind], min_size=30, max_size=30)) for kind in kinds]
    gaps = data.draw(st.lists(st.tuples(st.integers(0, 29), st.integers(0, len(kinds) - 1)), max_size=8))
    for row, column in gaps:
        columns[column][row] = ""
    whole = [row for row in zip(*columns, strict=True) if any(row)]  # a row of nothing is left out, and counted
    columns = [list(column) for column in zip(*whole, strict=True)]
    names = [f"c{k}" for k in range(len(kinds))]
    options = {"columns": {name: {"role": "input"} for name in names}, "missing": "impute", "header": "yes"}
    dataset = read_content("m.csv", csv(names, whole).encode(), options)
    split = Split.of(dataset)
    back = split.scaler.undo(split.scaler.features(dataset.x[split.train_rows]))
    for place, column in enumerate(dataset.columns):
        exact = dataclasses.replace(column, decimals=None)
        for row, value in zip(split.train_rows.tolist(), back[:, place].tolist(), strict=True):
            given_text = columns[names.index(column.name)][row]
            if not given_text:
                assert exact.words(value) == "(missing)"
            elif column.type == "number":
                assert value == pytest.approx(float(given_text), rel=1e-6, abs=1e-9)
            elif column.type == "time":
                assert exact.words(value) == given_text.removesuffix(":00")
            else:
                assert exact.words(value) == given_text
