"""The units: what is sent to the browser, what comes back from there, and the sentences about what they explain."""

import dataclasses

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.figures.numbers import three
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import units
from playground.ui.coded import coded
from playground.ui.components.units import moved_to, strip_values, switched_off, units_payload
from playground.ui.held_out import held_out

SCRIPT = """
from playground.ui import carried, state, units
run = state.run()
units.show(run, carried.carry(run) if {network} else None)
"""


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


def drawn(run, network=True):
    app = AppTest.from_string(SCRIPT.format(network=network), default_timeout=60)
    app.query_params["run"] = run.id
    app.run()
    assert not app.exception
    return app


def words(app):
    return "\n".join(each.value.replace("\\", "") for each in (*app.markdown, *app.caption, *app.error))


@pytest.mark.parametrize(("data", "m"), [("digits", 3), ("wine", 4), ("heartbeats", 2), ("swiss_roll", 1)])
@pytest.mark.parametrize("network", [True, False])
def test_every_kind_of_data_has_its_units_drawn_with_and_without_a_network(run_of, data, m, network):
    app = drawn(run_of(data, latent_dim=m), network)
    assert app.subheader[0].value == "What each unit does"
    assert "held at its mean" in words(app)
    app.session_state["reproduce_units"] = True
    app.run()
    assert "from playground.analysis.units import Switches" in "\n".join(each.value for each in app.code)


def test_the_error_is_that_of_the_held_out_rows_and_a_switched_off_unit_raises_it(run_of):
    run = run_of("digits", latent_dim=3)
    found, z = units.explained(run), held_out(run).z.copy()
    assert three(held_out(run).errors.mean()) in units.in_words(run, [])
    z[:, 1] = coded(run, "train").z.mean(axis=0)[1]
    known = np.square(held_out(run).x - run.codec().decode(z)).sum(axis=1).mean()
    assert found.error + found.rises[1] == pytest.approx(known, rel=1e-5)
    assert f"With z₂ off, the error is {three(known)}" in units.in_words(run, [1])


def test_of_a_code_with_very_many_units_those_that_vary_most_are_scored_and_the_page_says_so(run_of, monkeypatch):
    monkeypatch.setattr(units, "MOST_SCORED", 5)
    monkeypatch.setattr(units, "MOST_LINES", 4)
    run = run_of("digits", latent_dim=9)
    rises = units.explained(run).rises
    spread = coded(run, "train").z.std(axis=0)
    assert set(np.flatnonzero(np.isfinite(rises))) == set(np.argsort(-spread)[:5])
    said = words(drawn(run))
    assert "Of 9 units the 5 are scored whose codes vary most. The 4 units that explain most are shown." in said


def test_a_large_network_with_many_units_is_scored_on_fewer_rows(run_of, monkeypatch):
    run = run_of("digits", latent_dim=3)
    assert units._rows(run) == 2000
    monkeypatch.setattr(units, "MOST_PRODUCTS", 1e5)
    assert units._rows(run) == units.LEAST_ROWS
    assert f"Scored on {units.LEAST_ROWS} of" in words(drawn(run))


@pytest.mark.parametrize(
    "value",
    [None, "12", 3, [1.0], [1.0, "2"], [1.0, None], [1.0, True], [1.0, float("nan")], [1.0, 1e300], [1, 10**400]],
)
def test_a_point_that_is_none_is_ignored(value):
    assert moved_to(value, 2) is None


def test_a_point_comes_back_as_it_was_sent():
    np.testing.assert_array_equal(moved_to([0.5, -3], 2), np.array([0.5, -3], np.float32))


@pytest.mark.parametrize("value", [None, "0", 1, [2], [-1], [0.0], [True], [0, 1, 0]])
def test_what_is_no_list_of_units_is_ignored(value):
    assert switched_off(value, 2) is None


def test_units_that_are_off_come_back_as_a_set():
    assert switched_off([1, 0], 2) == {0, 1}
    assert switched_off([], 2) == frozenset()


def test_a_unit_that_never_varies_has_a_slider_all_the_same():
    low, high = units._range(np.full(10, 3.0))
    assert low < 3 < high


def test_a_unit_that_the_decoder_ignores_is_called_idle_and_the_others_are_not(run_of, monkeypatch):
    run = run_of("digits", latent_dim=3, epochs=5)
    found = units.explained(run)
    assert units.idle(run) == {}
    monkeypatch.setattr(units, "explained", lambda run: dataclasses.replace(found, rises=found.rises * [1, 0, 1]))
    assert list(units.idle(run)) == [1]
    lines = units._lines("another", 0, run)
    assert {line.unit for line in lines if line.idle} == {1}


def test_a_strip_shows_the_middle_of_each_of_its_parts():
    np.testing.assert_allclose(strip_values(-7, 7), [-6, -4, -2, 0, 2, 4, 6])


def test_points_of_another_length_are_refused():
    with pytest.raises(ValueError, match="are not all"):
        units_payload(
            network=None,
            point="run",
            look={},
            lines=[],
            z=np.zeros(2),
            mean=np.zeros(3),
            own=np.zeros(2),
            own_name="",
            n_train=1,
            off=[],
            error_words="",
        )
