"""The bench's editor from Python's side: what is sent, what is believed of what comes back, and who hears of it."""

import base64
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.analysis.errors import sample_errors
from playground.data import load
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import editing
from playground.ui.components.bench import EARLIEST, Told, known_payload, own_from, told_from
from playground.ui.held_out import held_out


def sent(x):
    return base64.b64encode(np.asarray(x, "<f8").tobytes()).decode()


IRIS = [5.0, 3.0, 1.0, 0.25]


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [5, 3, 1, 0.2],
        "",
        "!" * 44,
        "ä" * 44,
        sent(IRIS)[:-4],
        sent([*IRIS, 1.0]),
        sent([np.inf, 3, 1, 0.2]),
        sent([np.nan, 3, 1, 0.2]),
        "A" * 10_000_000,
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_is_no_sample_of_the_data_set_is_ignored(value):
    dataset = load("iris")
    assert own_from(value, dataset) is None
    assert told_from({"run": "r", "x": value, "origin": "edited", "token": "a.1"}, dataset, "r") is None


@pytest.mark.parametrize(
    "more",
    [{"run": "other"}, {"origin": "picked"}, {"origin": None}, {"token": 3}, {"token": "a" * 65}, {"token": None}],
)
def test_an_edit_that_does_not_say_whose_and_how_is_ignored(more):
    told = {"run": "r", "x": sent(IRIS), "origin": "edited", "token": "a.1"}
    assert told_from(told, load("iris"), "r").token == "a.1"
    assert told_from(told | more, load("iris"), "r") is None
    assert told_from([told], load("iris"), "r") is None


def test_numbers_arrive_as_they_were_in_the_type_of_the_data():
    x = own_from(sent(IRIS), load("iris"))
    assert x.dtype == np.float32
    assert x.tolist() == IRIS


def test_pixels_are_kept_between_black_and_white():
    dataset = load("mnist5000")
    x = own_from(sent(np.linspace(-100, 400, 784)), dataset)
    assert (x.min(), x.max()) == dataset.value_range


def test_cells_of_a_table_stay_what_their_column_can_hold():
    dataset = load("penguins")
    wild = np.array([99.0 if column.is_category else 1e300 for column in dataset.columns])
    x = own_from(sent(wild), dataset)
    for column, value in zip(dataset.columns, x, strict=True):
        assert value == (len(column.levels) - 1 if column.is_category else 1e30)
    may_miss = np.array([column.has_missing for column in dataset.columns])
    assert np.isnan(own_from(sent(np.where(may_miss, np.nan, 0)), dataset)).tolist() == may_miss.tolist()
    assert own_from(sent(np.where(may_miss, 0, np.nan)), dataset) is None
    assert np.datetime64("0001-01-01", "s").astype(int) == EARLIEST


@pytest.fixture
def drawn(runs, settings, monkeypatch):
    """Draws the section of a new run; the component tells what is in a list."""
    seen, acts = [], []

    def component(**given):
        seen.append(given["data"])
        return acts.pop() if acts else Told()

    monkeypatch.setattr(editing, "bench_component", component)

    def draw(data, network="key", **more):
        run = Run(runs, start(InlineRunner(runs), settings(data, **more)))

        def script(run_id, network):
            import streamlit as st

            from playground.runs.run import Run
            from playground.runs.store import Store
            from playground.ui import bench, editing

            run = Run(Store(), run_id)
            editing.show(run, network)
            sample = bench.on_show(run)
            st.text(f"{sample.origin} | {sample.words} | {sample.place} | {sample.x[0]}")

        app = AppTest.from_function(script, args=(run.id, network), default_timeout=60).run()
        assert not app.exception
        return run, app

    return draw, seen, acts


@pytest.mark.parametrize("data", ["digits", "wine", "swiss_roll", "penguins", "heartbeats", "smileys"])
def test_every_kind_of_data_comes_to_the_bench_with_its_reproduce_panel(drawn, data):
    draw, seen, _ = drawn
    run, app = draw(data, latent_dim=3)
    known = known_payload(editing._known(str(run.folder), 1, run))
    json.dumps([known, seen[-1]], allow_nan=False)
    assert ("placement" in known) == (data in ("digits", "smileys"))
    assert len(known["cells"]) == (run.dataset.n_features if data in ("wine", "swiss_roll", "penguins") else 0)
    assert known["usual"]["pca"] == pytest.approx(held_out(run, "pca").errors.mean())
    app.session_state["reproduce_bench"] = True
    assert "dataset.x[" in app.run().code[1].value


def test_an_edit_goes_to_the_bench_and_is_known_again_as_the_browsers_own(drawn):
    draw, seen, acts = drawn
    run, app = draw("wine")
    x = run.dataset.x[run.split.test_rows[0]].copy()
    x[0] = 12.5
    acts.append(Told(x, "edited", "abc.1"))
    app.run()
    assert app.text[-1].value == "edited | test row 1, edited | None | 12.5"
    assert seen[-1]["token"] == "abc.1"
    acts.append(Told(x + 1, "edited", "abc.2"))
    app.run()
    assert app.text[-1].value.startswith("edited | test row 1, edited |")  # not "edited, edited"
    acts.append(Told(is_back=True))
    app.run()
    assert app.text[-1].value.startswith("picked | test row 1 | 0")
    assert seen[-1]["token"] == ""


def test_a_held_out_row_is_known_as_one_however_it_came_and_no_longer_once_edited(drawn):
    draw, seen, acts = drawn
    run, app = draw("penguins")
    assert seen[-1]["is_held_out"]
    x = run.dataset.x[run.split.test_rows[1]]
    acts.append(Told(x, "edited", "abc.1"))  # another held-out row, typed in
    app.run()
    assert seen[-1]["is_held_out"]
    acts.append(Told(np.where(np.isnan(x), x, 1.0), "edited", "abc.2"))
    app.run()
    assert not seen[-1]["is_held_out"]


def test_the_reproduce_panels_row_gives_the_numbers_on_the_page(drawn):
    draw, _, acts = drawn
    run, app = draw("penguins")
    x = run.dataset.x[run.split.test_rows[0]].copy()
    x[0] = 1
    acts.append(Told(x, "edited", "abc.1"))
    app.run()
    app.session_state["reproduce_bench"] = True
    row = next(line for line in app.run().code[1].value.splitlines() if line.startswith("row = "))
    names = {"np": np}
    exec(row.partition("#")[0], names)  # our own words
    assert np.allclose(names["row"], x, equal_nan=True)


def test_without_a_network_in_the_browser_the_server_sends_what_torch_makes_of_it(drawn):
    draw, seen, _ = drawn
    run, _ = draw("wine", network=None)
    results = {
        name: np.frombuffer(base64.b64decode(each["base64"]), "<f4").reshape(each["shape"])
        for name, each in seen[-1]["results"].items()
    }
    held = held_out(run)
    assert np.allclose(results["x_hat"], held.x_hat[0], atol=1e-5)
    assert np.allclose(results["pca"], held_out(run, "pca").x_hat[0], atol=1e-5)
    assert results["changes"][0] == pytest.approx(sample_errors(held.x[:1], held.x_hat[:1])[0], rel=1e-4)
    assert results["passes"].shape == (7, 13)
    again = run.codec().reconstruct(run.codec().reconstruct(held.x[:1]))
    assert np.allclose(results["passes"][1], again[0], atol=1e-4)
