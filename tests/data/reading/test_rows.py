"""New rows in the form of a data set: the same values as the row itself, and a sentence for what does not fit."""

import csv
import dataclasses
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from playground.data import load
from playground.data.builtin import BUILTIN
from playground.data.reading.apart import read_rows_apart
from playground.data.reading.form import Form
from playground.data.reading.options import ReadOptions
from playground.data.reading.read import read_content
from playground.data.reading.rows import read_rows
from playground.data.reading.source import File
from playground.errors import DataError, PlaygroundError

sys.path.insert(0, str(Path(__file__).parent))

import corpus_tables  # noqa: F401 (imported to register)
from corpus import CORPUS, encoded


def as_csv(dataset, rows, header=True):
    out = io.StringIO()
    writer = csv.writer(out)
    if header:
        writer.writerow(dataset.feature_names)
    for x in dataset.x[rows]:
        if dataset.columns:
            cells = [
                "" if np.isnan(v) else repr(float(v)) if c.type == "number" else c.words(float(v))
                for c, v in zip(dataset.columns, x, strict=True)
            ]
        else:
            cells = [repr(float(v)) for v in x]
        writer.writerow(cells)
    return out.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def brought(like, text, name="mine.csv"):
    return read_rows([File(name, text.encode() if isinstance(text, str) else text)], like)


@pytest.mark.parametrize("name", BUILTIN)
def test_rows_of_every_built_in_come_back_as_they_are(name):
    dataset = load(name)
    form = Form.from_json(json.loads(json.dumps(Form.of(dataset).to_json())))  # as it goes to the process apart
    for rows in ([5], [5, 9, 11]):
        for content in (as_csv(dataset, rows), as_csv(dataset, rows, header=False), npy(dataset.x[rows])):
            found = brought(form, content)
            np.testing.assert_array_equal(found.x, dataset.x[rows])
            assert found.x.dtype == dataset.x.dtype
    if dataset.image_shape is not None:
        low, high = dataset.value_range
        image = np.round((dataset.as_images(dataset.x[[5]])[0] - low) / (high - low) * 255).astype(np.uint8)
        step = (high - low) / 255
        np.testing.assert_allclose(brought(form, encoded(image)).x, dataset.x[[5]], atol=0.501 * step)


@pytest.fixture(scope="module")
def mixed():
    """A table as a visitor brings it: a renamed column, one left out, dates, a logarithm, missing cells."""
    rng = np.random.default_rng(0)
    lines = ["id;Name of town;height (m);built;rich;note;price"]
    for i in range(60):
        town = ["Ulm", "Köln", "Bonn"][i % 3]
        height = "" if i % 7 == 3 else f"{rng.normal(20, 4):.2f}".replace(".", ",")
        built = f"{i % 28 + 1:02d}.{i % 12 + 1:02d}.19{50 + i % 40}"
        lines.append(f"{i};{town};{height};{built};{'yes' if i % 2 else 'no'};text {i};{rng.lognormal(3, 2):.2f}")
    text = "\n".join(lines).replace("; ", ";")
    options = {"missing": "impute", "columns": {"Name of town": {"name": "town", "role": "input"}}}
    return read_content("towns.csv", text.encode(), options), text.splitlines()


def test_a_row_of_a_visitors_own_table_comes_back_as_it_is(mixed):
    dataset, lines = mixed
    for number in (0, 3, 40):
        found = brought(dataset, "\n".join([lines[0], lines[1 + number]]))
        np.testing.assert_array_equal(found.x, dataset.x[[number]])
    found = brought(dataset, "\n".join(lines[2:9]))  # without names, in the order of their own file
    np.testing.assert_array_equal(found.x, dataset.x[1:8])


@pytest.mark.parametrize(
    "text",
    [
        "sepal length,sepal width,petal length,petal width\n5.1,3.5,1.4,0.2",
        "petal width,petal length,sepal width,sepal length\n0.2,1.4,3.5,5.1",
        "Sepal.Length (cm),SEPAL_WIDTH,PetalLength,petal width cm\n5.1,3.5,1.4,0.2",
        '{"petal width": 0.2, "petal length": 1.4, "sepal width": 3.5, "sepal length": 5.1}',
    ],
)
def test_columns_are_found_by_name_however_it_is_written(text):
    np.testing.assert_allclose(brought(load("iris"), text).x, [[5.1, 3.5, 1.4, 0.2]], rtol=1e-6)


@pytest.mark.parametrize("line", ["5.1,3.5,1.4,0.2", "5,1;3,5;1,4;0,2", "5.1\t3.5\t1.4\t0.2", "5.1,3.5,1.4,0.2,setosa"])
def test_one_line_without_names_is_read_in_the_order_of_the_data(line):
    np.testing.assert_allclose(brought(load("iris"), line).x, [[5.1, 3.5, 1.4, 0.2]], rtol=1e-6)


def test_what_is_missing_is_filled_from_the_training_rows_or_stays_missing_and_is_said():
    penguins = load("penguins")
    rows = np.arange(100)
    form = Form.of(penguins, rows)
    found = brought(form, "island,bill length,colour\nMars,39,pink\n")
    by_name = dict(zip(penguins.feature_names, found.x[0], strict=True))
    assert by_name["island"] == np.bincount(penguins.x[rows, 0].astype(int)).argmax()  # which never misses
    assert by_name["bill length"] == 39
    assert np.isnan(by_name["body mass"])
    assert by_name["year"] == pytest.approx(penguins.x[rows, penguins.feature_names.index("year")].mean())
    assert dict(zip(penguins.feature_names, found.filled[0].tolist(), strict=True)) == {
        name: name in ("island", "year") for name in penguins.feature_names
    }
    said = " ".join(found.notes)
    for words in (
        "no 'Mars', which is filled in",
        "island: 1 cell without a known value, filled with the commonest value of the training rows",
        "which the network is told: bill depth",
        "commonest value: year (2008)",
        "aside: colour",
    ):
        assert words in said, words
    assert [one.header for one in found.mapped][:2] == ["island", "bill length"]


def test_an_unknown_level_is_read_as_other_where_the_data_have_that():
    lines = ["letter,x"] + [f"{letter},{i}.5" for i, letter in enumerate(f"l{k % 40}" for k in range(200))]
    options = {"columns": {"letter": {"role": "input"}}}
    dataset = read_content("letters.csv", "\n".join(lines).encode(), options)
    column = dataset.columns[0]
    assert column.levels[-1] == "(other)"
    found = brought(dataset, "letter,x\nnever seen,1.5\n")
    assert found.x[0, 0] == len(column.levels) - 1
    assert "read as (other)" in " ".join(found.notes)
    assert found.filled is None


def test_a_day_that_could_be_a_month_is_read_as_the_training_rows_are():
    lines = ["day,x"] + [f"{i % 12 + 1}/{i % 28 + 1}/2024,{i}.5" for i in range(300)]
    dataset = read_content("days.csv", "\n".join(lines).encode())
    assert dataset.columns[0].type == "date"
    late = dataclasses.replace(dataset, x=dataset.x[dataset.x[:, 0] > dataset.x[:, 0].max() - 90 * 86_400])
    found = brought(late, "day,x\n12/3/2024,1.5\n")
    assert late.columns[0].words(float(found.x[0, 0])) == "2024-12-03"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("iris", "a,b\n1,2\n", "none of the columns of Iris: its columns are 'a', 'b'"),
        ("iris", "1,2,3\n", "3 columns without names, and Iris has 4"),
        ("iris", "sepal length\nx\n", "no cell that can be read"),
        ("iris", npy(np.zeros((3, 5))), "5 columns|3×5"),
        ("iris", encoded(np.zeros((9, 9), np.uint8)), "is a picture, but Iris has rows of numbers"),
        ("heartbeats", npy(np.zeros((2, 100))), "2×100.*rows of 128 values"),
        ("digits", "1,2,3\n", "3 columns, but Digits 8×8 has 64, each a pixel"),
        ("digits", npy(np.zeros(5)), "pictures of 8×8 pixels"),
        ("digits", npy(np.full((8, 8), np.inf)), "64 values missing, infinite"),
        ("digits", b"\x89PNG\r\n\x1a\nbroken", "No picture can be read"),
    ],
)
def test_what_cannot_be_brought_into_form_is_refused_with_a_sentence(name, content, sentence):
    with pytest.raises(DataError, match=sentence):
        brought(load(name), content)


def test_pictures_of_another_size_range_and_colour_are_fitted_and_it_is_said():
    digits = load("digits")
    found = brought(digits, encoded(np.full((30, 60, 3), (255, 255, 255), np.uint8)), "white.png")
    assert found.x.shape == (1, 64)
    assert (found.x == 16).all()
    said = " ".join(found.notes)
    assert "8×8 pixels, cropped" in said
    assert "Colours become grey" in said
    assert found.before[0].shape == (30, 60, 3)
    shares = brought(digits, npy(np.random.default_rng(0).random((2, 28, 28)).astype(np.float32)))
    assert shares.x.shape == (2, 64)
    assert 1 < shares.x.max() <= 16
    assert "0 (black) to 1 (white)" in " ".join(shares.notes)
    high = brought(digits, npy(np.full((8, 8), 51, np.uint8)))
    np.testing.assert_allclose(high.x, 51 / 255 * 16, rtol=1e-6)


def test_a_deep_picture_of_a_deep_data_set_keeps_its_values():
    digits = load("digits")
    deep = dataclasses.replace(digits, x=(digits.x * 200).astype(np.float32), value_range=(0.0, 4095.0))
    image = Image.fromarray(np.full((8, 8), 900, np.uint16))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    assert (brought(deep, buffer.getvalue()).x == 900).all()


def test_a_series_may_stand_in_a_row_or_in_a_column():
    beats = load("heartbeats")
    values = [repr(float(value)) for value in beats.x[3]]
    np.testing.assert_array_equal(brought(beats, ",".join(values)).x, beats.x[[3]])
    np.testing.assert_array_equal(brought(beats, "\n".join(values)).x, beats.x[[3]])


def test_the_process_apart_gives_the_same(tmp_path):
    penguins, form = load("penguins"), Form.of(load("penguins"))
    content = as_csv(penguins, [3, 8])
    (tmp_path / "given").write_text(content)
    (into := tmp_path / "into").mkdir()
    apart = read_rows_apart([("mine.csv", tmp_path / "given")], form, ReadOptions(), into)
    here = brought(form, content)
    np.testing.assert_array_equal(apart.x, here.x)
    assert (apart.names, apart.notes, apart.mapped) == (here.names, here.notes, here.mapped)
    assert apart.row_numbers.tolist() == [1, 2]
    (tmp_path / "bad").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(DataError, match="none of the columns of Penguins"):
        read_rows_apart([("bad.csv", tmp_path / "bad")], form, ReadOptions(), into)


@pytest.mark.parametrize("name", ["digits", "penguins", "heartbeats"])
def test_hostile_files_give_rows_of_the_form_or_a_sentence(name, tmp_path, monkeypatch):
    (empty := tmp_path / "empty").mkdir()
    monkeypatch.chdir(empty)
    form = Form.of(load(name))
    may_miss = np.array([column.has_missing for column in form.columns])
    slow = {"half a million short lines", "a line of ten megabytes", "a ZIP with one name 19,000 times"}
    for what, make in CORPUS.items():
        if what in slow and name != "penguins":
            continue
        try:
            found = read_rows(make()[0], form)
        except PlaygroundError as error:
            said = str(error)
        else:
            check(found, form, may_miss, what)
            said = ". ".join((*found.notes, "Read."))
        assert said.isprintable(), what
        assert said.endswith("."), what
    assert not list(empty.iterdir())


def check(found, form, may_miss, what):
    assert found.x.shape == (len(found.names), form.n_columns), what
    assert (np.isfinite(found.x) | (np.isnan(found.x) & may_miss)).all(), what
