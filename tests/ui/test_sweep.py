"""Error against m on a page: trained on demand, told in a sentence, every point with a link."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from playground.analysis.errors import UNITS
from playground.errors import BusyError
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.sweep import pca_curve, start_sweep, sweep_runs
from playground.ui import server

PAGE = """
import streamlit as st
from playground.ui import state, sweep
sweep.show(state.run())
"""


@pytest.fixture
def page(runs, settings):
    """The section alone, for a run of these settings: the app, and the run."""

    def opened(data="wine", **more):
        run = Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))
        app = AppTest.from_string(PAGE, default_timeout=60)
        app.query_params["run"] = run.id
        return app.run(), run

    return opened


def words(app):
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.error)).replace("\\", "")


def figure(app):
    [chart] = app.get("plotly_chart")
    return json.loads(chart.proto.spec)


def trace(app, name):
    return next((trace for trace in figure(app)["data"] if trace["name"] == name), None)


def test_before_anything_is_trained_there_is_pca_and_the_run_on_show(page):
    app, run = page(latent_dim=2)
    assert not app.exception
    assert trace(app, "autoencoder")["x"] == [2]
    error = run.scores[3].error["sum_squared_error_per_sample"]
    needed = next(k for k, each in enumerate(pca_curve(run, next(iter(UNITS)))) if each <= error)
    assert f"PCA needs k = {needed} unit" in words(app)
    assert "to match this autoencoder with m = 2" in words(app)
    assert "elbow" in words(app)


def test_the_chosen_m_are_trained_and_each_links_to_its_run(page, runs):
    app, run = page(latent_dim=2)
    app.button_group(key="sweep_m").set_value([1, 3, 4])
    app.button(key="sweep").click().run()
    assert not app.exception
    points = sweep_runs(runs, run.spec, [run])
    assert [(point.spec.latent_dim, point.state) for point in points] == [(m, "done") for m in (1, 2, 3, 4)]
    assert trace(app, "autoencoder")["x"] == [1, 2, 3, 4]
    assert all(f"train?run={point.id}" in words(app) for point in points)
    app.button(key="sweep").click().run()
    assert len(runs.run_ids()) == 4


def test_several_seeds_are_a_mean_and_a_range(page, runs):
    app, run = page(latent_dim=2)
    app.button_group(key="sweep_m").set_value([1])
    app.number_input(key="sweep_seeds").set_value(2)
    app.button(key="sweep").click().run()
    errors = [p.scores[3].error["sum_squared_error_per_sample"] for p in sweep_runs(runs, run.spec) if p.scores]
    assert trace(app, "autoencoder")["y"][0] == pytest.approx(sum(errors) / 2)
    assert trace(app, "autoencoder")["error_y"]["array"][0] == pytest.approx(max(errors) - sum(errors) / 2)
    assert "best to the worst seed" in words(app)


def test_the_known_dimension_is_marked_and_said(page):
    app, _ = page("swiss_roll", latent_dim=1)
    assert "known dimension: 2" in [annotation["text"] for annotation in figure(app)["layout"]["annotations"]]
    assert "known to have 2 dimensions" in words(app)


def test_the_unit_is_the_pages(page):
    app, _ = page()
    app.session_state["unit"] = "variance_unexplained"
    app.run()
    assert trace(app, "mean")["y"] == [1, 1]
    assert figure(app)["layout"]["yaxis"]["title"]["text"] == UNITS["variance_unexplained"]


def test_nothing_chosen_and_a_full_queue_are_said(page, monkeypatch):
    app, _ = page()
    app.button_group(key="sweep_m").set_value([])
    app.button(key="sweep").click().run()
    assert "A sweep needs at least one m" in words(app)

    def full(*_):
        raise BusyError("Come back later.")

    monkeypatch.setattr(server.runner(), "submit", full)
    app.button_group(key="sweep_m").set_value([5 if 5 in app.button_group(key="sweep_m").options else 4])
    app.button(key="sweep").click().run()
    assert "Come back later." in words(app)


def test_a_sweep_under_way_shows_how_far_it_is_and_can_be_stopped(page, runs, monkeypatch):
    app, run = page(latent_dim=2)
    runner = InlineRunner(runs)
    monkeypatch.setattr(runner, "submit", lambda run_id, owner, others=(): None)
    ids = start_sweep(runner, run.spec, [1, 3])
    for each in ids:
        runs.update(each, state="queued")
    monkeypatch.setattr(server.runner(), "position", lambda run_id: 2)
    app.run()
    assert not app.exception
    asked = []
    monkeypatch.setattr(server.runner(), "cancel", asked.append)
    app.button(key="sweep_stop").click().run()
    assert asked == ids
    assert not app.exception


def test_a_run_that_was_steered_is_shown_without_its_point(page, runs):
    app, run = page(latent_dim=2)
    runs.update(run.id, changes=[{"epoch": 1.0, "name": "learning_rate", "before": 0.1, "after": 0.2}])
    app.run()
    assert not app.exception
    assert trace(app, "autoencoder") is None
