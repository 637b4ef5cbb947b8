"""A whole file through a model on the page, and the same on the command line."""

import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.__main__ import main
from playground.analysis.strange import stranger_than
from playground.errors import PlaygroundError
from playground.export.passed import headings
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import batch
from playground.ui.held_out import held_out

sys.path.insert(0, str(Path(__file__).parents[1] / "data" / "reading"))

import corpus_tables  # noqa: F401 (imported to register)
from corpus import CORPUS

SOME_HOSTILE = 8

SCRIPT = """
import streamlit as st
from playground.ui import batch, bench, state
run = state.run()
batch.show(run)
st.text(bench.on_show(run).words)
"""


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


def drawn(run, content=None, name="mine.csv"):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.query_params["run"] = run.id
    app.run()
    if content is not None:
        next(each for each in app.file_uploader if each.key == "batch_upload").set_value([(name, content, "text/csv")])
        app.run()
    assert not app.exception
    return app


def words(app):
    texts = (*app.markdown, *app.caption, *app.error, *app.metric)
    return "\n".join(each.value.replace("\\", "") for each in texts)


def file_of(run, rows):
    """These rows of the run's data as a visitor would have them in a file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headings(run.dataset))
    for x in run.dataset.x[rows]:
        columns = run.dataset.columns
        told = [c.words(v) for c, v in zip(columns, x.tolist(), strict=True)] if columns else map(repr, x.tolist())
        writer.writerow("" if each == "(missing)" else each for each in told)
    return text.getvalue().encode()


def parsed(text):
    return list(csv.DictReader(io.StringIO(text)))


def done_of(run, content):
    return batch.through(run, (run.id, hash(content)), lambda: [("mine.csv", content)])


@pytest.mark.parametrize("data", ["digits", "heartbeats", "wine", "penguins", "swiss_roll"])
def test_the_held_out_rows_as_a_file_have_the_errors_and_codes_of_the_comparison(run_of, data):
    run = run_of(data)
    held = held_out(run)
    done = done_of(run, file_of(run, held.rows))
    np.testing.assert_allclose(done.made.errors, held.errors, rtol=2e-3, atol=1e-5)
    np.testing.assert_allclose(done.made.z, held.z, rtol=2e-3, atol=2e-4)
    np.testing.assert_allclose(np.nansum(done.made.by_column, axis=1), done.made.errors, rtol=1e-5)
    np.testing.assert_allclose(done.made.pca_errors, held_out(run, "pca").errors, rtol=2e-3, atol=1e-5)


def test_a_held_out_row_of_the_file_stands_among_the_other_held_out_rows(run_of):
    run = run_of("penguins")
    held = held_out(run)
    done = done_of(run, file_of(run, [*held.rows, run.split.train_rows[0]]))
    n = len(held.rows)
    stands = [batch._stands(run, done, place) for place in range(n + 1)]
    known = [int((held.errors < error * (1 - 1e-5)).sum()) / (n - 1) for error in held.errors]
    assert stands[:-1] == pytest.approx(known)
    assert max(stands[:-1]) == 1
    assert stands[-1] == pytest.approx((held.errors < done.made.errors[-1]).mean())


@pytest.mark.parametrize("data", ["wine", "penguins"])
def test_the_command_line_writes_the_same_files_as_the_page(run_of, data, tmp_path, capsys):
    run = run_of(data)
    content = file_of(run, run.split.test_rows)
    (tmp_path / "mine.csv").write_bytes(content)
    outs = {name: tmp_path / f"{name}.csv" for name in ("codes", "reconstructions", "errors")}
    mine = str(tmp_path / "mine.csv")
    given = ["--out", str(outs["reconstructions"]), "--errors", str(outs["errors"]), "--json"]
    assert main(["reconstruct", run.id, mine, *given]) == 0
    told = json.loads(capsys.readouterr().out)
    assert main(["encode", str(run.folder), mine, "--out", str(outs["codes"])]) == 0
    done = done_of(run, content)
    assert told["rows"] == len(done.rows.x)
    assert told["error"]["autoencoder"] == pytest.approx(done.made.errors.mean())
    assert outs["codes"].read_bytes().decode() == batch.codes_csv(done)
    assert outs["reconstructions"].read_bytes().decode() == batch.reconstructions_csv(run, done)
    assert outs["errors"].read_bytes().decode() == batch.errors_csv(run, done)


def test_what_is_written_is_what_the_model_gives(run_of):
    run = run_of("penguins")
    rows = run.split.test_rows[:5]
    done = done_of(run, file_of(run, rows))
    codes = np.array([[row["z1"], row["z2"]] for row in parsed(batch.codes_csv(done))], float)
    np.testing.assert_array_equal(codes.astype(np.float32), done.made.z)
    first = parsed(batch.reconstructions_csv(run, done))[0]
    own = run.split.scaler.undo(run.codec().decode(done.made.z))[0]
    assert float(first["body mass (g)"]) == pytest.approx(own[4], rel=1e-8)
    assert first["island"] == run.dataset.columns[0].words(own[0])
    assert float(first["error"]) == pytest.approx(done.made.errors[0], rel=1e-8)


def test_what_had_to_be_filled_in_is_counted_in_no_error(run_of):
    run = run_of("penguins")
    names = run.dataset.feature_names
    content = file_of(run, run.split.test_rows[:2]).decode().splitlines()
    strange = "\n".join([content[0], ",".join(["Mars", *content[1].split(",")[1:]]), content[2]])
    without = "\n".join(line.rpartition(",")[0] for line in content)
    for text, name, rows in ((strange, "island", [True, False]), (without, names[-1], [True, True])):
        done = done_of(run, text.encode())
        place = names.index(name)
        assert done.rows.filled[:, place].tolist() == rows
        assert np.isnan(done.made.by_column[:, place]).tolist() == rows
        np.testing.assert_allclose(np.nansum(done.made.by_column, axis=1), done.made.errors, rtol=1e-5)
        told = parsed(batch.errors_csv(run, done))[0]
        assert told[f"error of {name}"] == ""
        assert float(told["error"]) == pytest.approx(done.made.errors[0])
        x = run.split.scaler.apply(done.rows.x)
        block = run.split.layout.blocks[place]
        left = np.delete(x - run.pca().reconstruct(x), np.s_[block.start : block.stop], axis=1)[0]
        assert done.made.pca_errors[0] == pytest.approx(np.nansum(np.square(left)), rel=1e-4)
        assert "counted in no error" in done.rows.notes[-1]


def test_a_held_out_row_as_a_file_is_as_strange_as_it_is(run_of):
    run = run_of("wine")
    held = held_out(run)
    done = done_of(run, file_of(run, held.rows))
    for error, own in zip(done.made.errors.tolist(), held.errors.tolist(), strict=True):
        assert stranger_than(error, held.errors) == stranger_than(own, held.errors)


def test_a_name_that_looks_like_a_formula_stays_text(run_of, monkeypatch):
    run = run_of("wine")
    done = done_of(run, file_of(run, run.split.test_rows[:2]))
    strange = batch.Done(type(done.rows)(**vars(done.rows) | {"names": ("=cmd|' /C calc'!A0", "+1+1")}), done.made)
    assert [row["name"] for row in parsed(batch.codes_csv(strange))] == ["'=cmd|' /C calc'!A0", "'+1+1"]


def test_the_page_sums_up_a_file_and_puts_a_row_of_it_on_the_bench(run_of):
    run = run_of("wine")
    app = drawn(run, file_of(run, run.split.test_rows[:9]))
    assert not app.error
    assert app.metric[0].value == "9"
    assert {"batch_codes", "batch_reconstructions", "batch_errors"} <= {each.key for each in app.get("download_button")}
    take = next(button for button in app.button if button.key == "batch_take")
    assert take.disabled
    app.session_state["batch_rows"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    next(button for button in app.button if button.key == "batch_take").click()
    app.run()
    assert not app.exception
    worst = int(np.argmax(held_out(run).errors[:9]))
    assert app.text[0].value == f"row {worst + 1} of mine.csv"


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 40, b"colour,taste\nred,sweet\n", b"a" * 5000])
def test_what_cannot_be_read_is_said_and_nothing_is_offered(run_of, content):
    app = drawn(run_of("wine"), content)
    assert len(app.error) == 1
    assert "incident" not in words(app)
    assert not app.metric


def test_without_a_file_the_page_says_what_it_is_for_and_gives_the_commands(run_of):
    run = run_of("wine")
    app = drawn(run)
    assert "the command line gives the same" in words(app)
    assert any(f"reconstruct {run.id} mine.csv --out" in each.value for each in app.code)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["encode", "nope", "{file}", "--out", "{out}"], "There is no run 'nope'"),
        (["encode", "x" * 5000, "{file}", "--out", "{out}"], "There is no run"),
        (["encode", "0" * 32, "{file}", "--out", "{out}"], "There is no run 0000"),
        (["reconstruct", "{run}", "nope.csv", "--out", "{out}"], "There is no file 'nope.csv'"),
        (["reconstruct", "{run}", "{file}", "--out", "{file}"], "is named twice"),
        (["reconstruct", "{run}", "{file}", "--out", "{out}", "--errors", "{out}"], "is named twice"),
        (["reconstruct", "{run}", "{file}", "--out", "/nowhere/at/all.csv"], "cannot be written"),
        (["encode", "{run}", "{other}", "--out", "{out}"], "column"),
    ],
)
def test_what_the_command_line_cannot_do_is_a_sentence_and_status_2(run_of, tmp_path, capsys, arguments, sentence):
    run = run_of("wine")
    (tmp_path / "mine.csv").write_bytes(file_of(run, run.split.test_rows[:3]))
    (tmp_path / "other.csv").write_text("colour,taste\nred,sweet\nblue,sour\n")
    places = {"run": run.id, "file": tmp_path / "mine.csv", "other": tmp_path / "other.csv", "out": tmp_path / "o.csv"}
    assert main([each.format(**places) for each in arguments]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not (tmp_path / "o.csv").exists()
    assert not list(tmp_path.glob(".tmp-*"))


def test_hostile_files_get_a_sentence_or_finite_results_and_no_incident(run_of):
    run = run_of("wine")
    said = []
    names = sorted(CORPUS)[3 :: max(1, len(CORPUS) // SOME_HOSTILE)]
    for name in names:
        files, _ = CORPUS[name]()
        if sum(len(file.content) for file in files) > 5_000_000:
            continue
        given = [(file.name or "x", file.content) for file in files]
        try:
            done = batch.through(run, (run.id, name), lambda given=given: given)
        except PlaygroundError as error:
            said.append(str(error))
            with pytest.raises(PlaygroundError):  # said again without reading it again
                batch.through(run, (run.id, name), list)
        else:
            assert np.isfinite(done.made.errors).all(), name
            assert np.isfinite(done.made.z).all(), name
            assert codes_are_plain(batch.codes_csv(done)), name
    assert said
    assert not [sentence for sentence in said if "incident" in sentence]


def codes_are_plain(text):
    return not any(cell.startswith(("=", "+", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)
