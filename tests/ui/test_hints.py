"""Hints as a page shows them: two at most, and buttons that do what they say."""

import pytest
from streamlit.testing.v1 import AppTest

from playground.analysis.hints import MOST_SHOWN
from playground.runs import runner as runs_api
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start


def page():
    from playground.ui import hints, state

    run = state.run()
    if run is not None:
        hints.show(run)


@pytest.fixture
def shown(runs, settings):
    """Trains these settings and opens a page that shows nothing but its hints."""

    def shown(data, **more):
        run_id = start(InlineRunner(runs), settings(data, **more))
        app = AppTest.from_function(page, default_timeout=60)
        app.query_params["run"] = run_id
        app.run()
        assert not app.exception
        return app, run_id

    return shown


def fixes(app):
    return {button.key: button for button in app.button if button.key.startswith("fix_")}


def test_a_run_with_many_faults_is_told_two_of_them(shown):
    app, _ = shown("digits", hidden=[64, 64], batch_norm=False, output="linear", learning_rate=0.2)
    assert next(iter(fixes(app))) == "fix_dead_units"
    assert len(fixes(app)) <= MOST_SHOWN
    assert any("dead" in text.value for text in app.markdown)
    assert any("hidden units never change" in text.value for text in app.caption)


def test_a_fix_starts_a_run_with_that_change_alone_and_shows_it(shown, runs):
    app, first = shown("wine", learning_rate=1000.0)
    fixes(app)["fix_diverged"].click()
    app.run()
    assert not app.exception
    (second,) = set(runs.run_ids()) - {first}
    assert app.query_params["run"] in (second, [second])
    before, after = Run(runs, first).spec.to_json(), Run(runs, second).spec.to_json()
    assert {name for name in before if before[name] != after[name]} == {"learning_rate"}
    assert after["learning_rate"] == 0.003
    assert Run(runs, second).state == "done"
    assert "fix_diverged" not in fixes(app)


def test_going_on_trains_the_same_run_further(shown, monkeypatch):
    asked = []
    monkeypatch.setattr(runs_api, "go_on", lambda *given: asked.append(given[1:3]), raising=False)
    app, run_id = shown("iris", latent_dim=1, epochs=10, hidden=[32, 16])
    key = next(key for key in fixes(app) if "more epochs" in fixes(app)[key].label)
    fixes(app)[key].click()
    app.run()
    assert not app.exception
    assert asked == [(run_id, 290)]  # to the 300 epochs that are recommended


def test_a_run_that_went_well_shows_no_hint(shown):
    app, _ = shown("digits", epochs=40, hidden=[128, 64, 32])
    assert not fixes(app)
    assert not app.markdown
