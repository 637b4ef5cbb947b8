"""Out of its world: what can be fed to a model, what is said of it, and what lands on the bench."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.analysis.errors import sample_errors
from playground.data import load
from playground.data.lent import lend
from playground.figures.numbers import count
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import other_world
from playground.ui.held_out import held_out

SCRIPT = """
import streamlit as st
from playground.ui import bench, other_world, state
run = state.run()
other_world.show(run)
lies = bench.on_show(run)
st.text(f"{lies.words}|{lies.origin}|{float(lies.x.sum())}")
"""


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


def drawn(run, **session):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.query_params["run"] = run.id
    for key, value in session.items():
        app.session_state[key] = value
    return redrawn(app)


def redrawn(app):
    app.run()
    assert not app.exception
    return app


def words(app):
    return "\n".join(each.value.replace("\\", "") for each in (*app.markdown, *app.caption, *app.error))


@pytest.mark.parametrize("data", ["digits", "shapes_colour", "heartbeats", "wine", "penguins", "swiss_roll"])
def test_whatever_is_offered_is_drawn_for_every_kind_of_data(run_of, data):
    run = run_of(data)
    offered = other_world.choices(run)
    for name in list(offered)[:3] + [name for name in offered if name.startswith("data:")][:2]:
        app = drawn(run, world=name)
        assert not app.error
        assert app.subheader[0].value == "Out of its world"
        assert "Told apart by the error alone" in words(app)


def test_pictures_are_offered_to_pictures_only_and_the_page_says_what_does_not_fit(run_of):
    run = run_of("digits")
    offered = other_world.choices(run)
    assert {"upside_down", "mirrored", "turned", "inverted", "noise", "data:mnist5000", "data:patches"} <= set(offered)
    assert not {"data:digits", "data:wine", "data:heartbeats", "backwards"} & set(offered)
    app = drawn(run, world_unfit=True)
    assert f"{load('heartbeats').title} holds series, and this model takes pictures." in words(app)


def test_errors_are_those_of_the_lent_rows_through_the_run_s_own_codecs(run_of):
    run = run_of("digits")
    fed = other_world.feed(run, "data:mnist5000", 3)
    assert len(fed.x) == other_world.MOST_FED
    other = load("mnist5000")
    rows = np.random.default_rng(3).permutation(other.n_samples)[: other_world.MOST_FED]
    x = run.split.scaler.apply(lend(other, rows, run.dataset, run.split.train_rows).x)
    np.testing.assert_array_equal(fed.x, x)
    np.testing.assert_allclose(fed.errors["pca"], sample_errors(x, run.pca().reconstruct(x)))
    assert fed.words[0].startswith(f"row {count(int(rows[0]) + 1)} of {other.title}")


def test_rows_as_they_are_have_the_errors_of_the_held_out_rows(run_of, monkeypatch):
    """A twist that changes nothing: the oracle for the way from the data through the codecs."""
    run = run_of("wine")
    same = other_world.TWISTS["inverted"]
    monkeypatch.setitem(other_world.TWISTS, "inverted", type(same)(same.title, same.words, same.suits, lambda x, *_: x))
    fed = other_world.feed(run, "inverted", 0)
    assert sorted(fed.errors["autoencoder"]) == pytest.approx(sorted(held_out(run).errors), rel=1e-6)


def test_the_first_of_a_twist_is_the_sample_on_the_bench_and_any_can_be_put_there(run_of):
    run = run_of("digits")
    app = drawn(run, world="inverted")
    x = run.dataset.x[run.split.test_rows[0]]
    assert app.text[0].value == f"test row 1|picked|{float(x.sum())}"
    assert "Test row 1, inverted" in words(app)
    next(button for button in app.button if button.key == "world_take").click()
    redrawn(app)
    called, origin, total = app.text[0].value.split("|")
    assert (called, origin) == ("test row 1, inverted", "other data")
    assert float(total) == pytest.approx(16 * 64 - float(x.sum()), rel=1e-5)


def test_other_rows_are_drawn_by_the_next_seed(run_of):
    app = drawn(run_of("digits"), world="data:mnist5000")
    before = words(app)
    next(button for button in app.button if button.key == "world_again").click()
    assert words(redrawn(app)) != before
    assert app.session_state["world_seed"] == 1


@pytest.mark.parametrize("name", ["data:mnist5000", "upside_down"])
def test_the_script_of_the_panel_gives_the_page_s_median(run_of, name):
    run = run_of("digits")
    app = drawn(run, world=name, reproduce_other_world=True)
    more = other_world._python(run, name, 0)
    assert any(more.strip() in each.value for each in app.code)
    names = {"dataset": run.dataset, "split": run.split, "codecs": {"autoencoder": run.codec()}}
    said = []
    exec(more, names | {"print": lambda *what: said.append(what)})
    assert said[0][1] == pytest.approx(np.median(other_world.feed(run, name, 0).errors["autoencoder"]), rel=1e-6)
