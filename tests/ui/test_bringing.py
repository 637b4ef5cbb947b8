"""Bringing a row of one's own: a file, a pasted line, a photo; what lies on the bench then, and what is said of it."""

import csv
import dataclasses
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.data.reading.rows import read_rows
from playground.data.reading.source import File
from playground.errors import DataError
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import bench, state

sys.path.insert(0, str(Path(__file__).parents[1] / "data" / "reading"))

import corpus_tables  # noqa: F401 (imported to register)
from corpus import CORPUS

SOME_HOSTILE = 8


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, epochs=1, **more)))


def page():
    import streamlit as st

    from playground.runs.run import Run
    from playground.ui import bench, bringing, messages, server

    run = Run(server.store(), st.session_state["run"])
    with messages.shown():
        bringing.show(run)
        sample = bench.on_show(run)
        st.session_state["seen"] = sample, bench.scaled(run, sample)


@pytest.fixture
def bring():
    """The view alone, on a page of its own."""

    def opened(run):
        app = AppTest.from_function(page, default_timeout=60)
        app.session_state["run"] = run.id
        return redrawn(app)

    return opened


def redrawn(app):
    app.run()
    assert not app.exception
    return app


def sent(app, *files):
    next(widget for widget in app.get("file_uploader") if widget.key == "upload").set_value(
        [(name, content, "text/csv") for name, content in files]
    )
    return redrawn(app)


def pasted(app, text):
    app.button_group(key="bring_way").set_value("Paste")
    redrawn(app)
    app.text_area(key="paste").set_value(text)
    return redrawn(app)


def as_csv(dataset, rows, header=True):
    out = io.StringIO()
    writer = csv.writer(out)
    if header:
        writer.writerow(dataset.feature_names)
    for row in rows:
        x = dataset.x[row]
        if dataset.columns:
            cells = [
                "" if np.isnan(v) else repr(float(v)) if c.type == "number" else c.words(float(v))
                for c, v in zip(dataset.columns, x, strict=True)
            ]
        else:
            cells = [repr(float(v)) for v in x]
        writer.writerow(cells)
    return out.getvalue()


@pytest.mark.parametrize("data", ["iris", "penguins", "digits", "heartbeats", "swiss_roll", "shapes_colour"])
def test_a_training_row_brought_as_a_file_has_the_same_values_and_the_same_reconstruction(bring, run_of, data):
    run = run_of(data)
    row = int(run.split.train_rows[4])
    app = sent(bring(run), ("mine.csv", as_csv(run.dataset, [row]).encode()))
    sample, scaled = app.session_state["seen"]
    assert (sample.origin, sample.words, sample.place) == ("brought", "mine.csv", None)
    np.testing.assert_array_equal(sample.x, run.dataset.x[row])
    np.testing.assert_array_equal(scaled, run.split.x[row])
    codec = run.codec()
    np.testing.assert_array_equal(codec.reconstruct(scaled[None]), codec.reconstruct(run.split.x[[row]]))


@pytest.mark.parametrize("data", ["wine", "penguins"])
def test_an_edited_row_and_the_same_row_brought_are_one_and_the_same(run_of, data):
    run = run_of(data)
    x = run.dataset.x[int(run.split.train_rows[2])].copy()
    x[3] *= 1.25
    edited = dataclasses.replace(bench.held_out_sample(run, 0), x=x, origin="edited")
    text = as_csv(dataclasses.replace(run.dataset, x=np.tile(x, (20, 1)), labels=None, factors={}), [0])
    (brought,) = read_rows([File("mine.csv", text.encode())], run.dataset).x
    scaled = [bench.scaled(run, dataclasses.replace(edited, x=each))[None] for each in (x, brought)]
    np.testing.assert_array_equal(*scaled)
    np.testing.assert_array_equal(*map(run.codec().reconstruct, scaled))


def test_a_pasted_line_needs_no_header_and_counts_as_pasted(bring, run_of):
    run = run_of("iris")
    app = pasted(bring(run), as_csv(run.dataset, [3], header=False))
    sample, _ = app.session_state["seen"]
    assert (sample.origin, sample.words) == ("pasted", "your line")
    np.testing.assert_array_equal(sample.x, run.dataset.x[3])


def test_of_several_rows_the_visitor_chooses_one(bring, run_of):
    run = run_of("penguins")
    app = sent(bring(run), ("mine.csv", as_csv(run.dataset, [5, 9, 11]).encode()))
    assert app.session_state["seen"][0].words == "row 1 of mine.csv"
    app.number_input(key="bring_row").set_value(3)
    sample, _ = redrawn(app).session_state["seen"]
    assert sample.words == "row 3 of mine.csv"
    np.testing.assert_array_equal(sample.x, run.dataset.x[11])


def test_a_picked_row_takes_the_brought_one_away_and_a_click_brings_it_back(bring, run_of):
    run = run_of("iris")
    app = sent(bring(run), ("mine.csv", as_csv(run.dataset, [3]).encode()))
    assert "bring_again" not in {button.key for button in app.button}
    app.session_state["_sample"], app.session_state["_picks"] = (run.id, 2), 1
    app = redrawn(app)
    assert app.session_state["seen"][0].words == "test row 3"
    app.button(key="bring_again").click()
    assert redrawn(app).session_state["seen"][0].words == "mine.csv"


def test_a_picture_is_shown_as_it_came_and_as_the_network_sees_it_and_can_be_inverted(bring, run_of):
    run = run_of("digits")
    pixels = np.round(run.dataset.as_images(run.dataset.x[[7]])[0] / 16 * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    app = sent(bring(run), ("seven.png", buffer.getvalue()))
    np.testing.assert_allclose(app.session_state["seen"][0].x, run.dataset.x[7], atol=16 / 255 / 2 + 1e-6)
    assert "as it came" in app.get("html")[0].proto.body
    app.toggle(key="bring_invert").set_value(True)
    app = redrawn(app)
    np.testing.assert_allclose(app.session_state["seen"][0].x, 16 - run.dataset.x[7], atol=16 / 255 / 2 + 1e-6)


def test_no_camera_is_asked_for_before_a_click_and_none_where_there_are_no_pictures(bring, run_of):
    app = bring(run_of("digits"))
    app.button_group(key="bring_way").set_value("Photo")
    app = redrawn(app)
    assert not app.get("camera_input")
    app.button(key="open_camera").click()
    assert len(redrawn(app).get("camera_input")) == 1
    assert "Photo" not in bring(run_of("iris")).button_group(key="bring_way").options


def test_what_cannot_be_brought_into_form_is_said_and_the_bench_stays(bring, run_of):
    run = run_of("iris")
    app = sent(bring(run), ("mine.csv", b"a,b\n1,2\n"))
    (error,) = app.error
    assert "none of the columns of Iris" in error.value.replace("\\", "")
    assert "The bench still shows test row 1." in error.value.replace("\\", "")
    assert app.session_state["seen"][0].words == "test row 1"


def test_files_that_mean_harm_give_a_sentence_and_never_an_incident(bring, run_of):
    run = run_of("digits")
    app = bring(run)
    names = sorted(CORPUS)[:: max(1, len(CORPUS) // SOME_HOSTILE)]
    for name in names:
        files, _ = CORPUS[name]()
        if sum(len(file.content) for file in files) > 5_000_000:
            continue
        app = sent(app, *((file.name or "x", file.content) for file in files))
        said = " ".join(element.value for element in app.error)
        assert "incident" not in said, name
        assert np.isfinite(app.session_state["seen"][0].x).all(), name


def test_a_sample_of_another_form_never_gets_onto_the_bench(run_of, monkeypatch):
    run = run_of("iris")
    kept = {}
    monkeypatch.setattr(state, "put", lambda values, only_missing: kept.update(values))
    with pytest.raises(DataError, match="has 3 values, but Iris 4"):
        bench.put(run, bench.Sample(np.zeros(3, np.float32), "edited", "your row"))
    with pytest.raises(DataError, match="infinite, or missing"):
        bench.put(run, bench.Sample(np.full(4, np.nan, np.float32), "edited", "your row"))
    assert not kept
