"""Explore's sections on what units move, which factors they carry, and how many dimensions there are."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.analysis.factors import DCI, Information, factors_of, information
from playground.analysis.intrinsic import two_nn
from playground.figures.numbers import percent, three
from playground.models.jacobian import decoder_jacobian
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import codes, factors, intrinsic, picked, sensitivity


def sensitivity_page():
    from playground.ui import sensitivity, state

    sensitivity.show(state.run())


def factors_page():
    from playground.ui import factors, state

    factors.show(state.run())


def intrinsic_page():
    from playground.ui import intrinsic, state

    intrinsic.show(state.run())


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


@pytest.fixture
def mounted():
    """A part alone on a page: `mounted(page, run)`."""

    def mount(page, run):
        app = AppTest.from_function(page, default_timeout=60)
        app.query_params["run"] = run.id
        app.run()
        assert not app.exception
        assert not app.error
        return app

    return mount


def words(app):
    texts = " ".join(each.value for each in (*app.markdown, *app.caption, *app.info))
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", texts)


def htmls(app):
    return " ".join(each.proto.body for each in app.get("html"))


def test_units_are_drawn_by_how_far_one_standard_deviation_moves_the_sample(mounted, finished):
    app = mounted(sensitivity_page, finished)
    codec, split = finished.codec(), finished.split
    moved = decoder_jacobian(codec, codec.encode(split.x_test[:1])[0]) * codec.encode(split.x_train).std(axis=0)
    lengths = np.linalg.norm(moved, axis=0)
    drawn = htmls(app)
    places = [drawn.index(three(length)) for length in sorted(lengths, reverse=True)]
    assert places == sorted(places)
    assert f"+{three(np.abs(moved).max())}" in drawn  # one scale for both
    assert "Ng 2011" in words(app)
    app.session_state["reproduce_sensitivity"] = True
    app.run()
    assert "decoder_jacobian(trainer.best, at)" in app.code[1].value


def test_the_derivatives_can_be_asked_for_at_another_code(mounted, finished):
    app = mounted(sensitivity_page, finished)
    before = htmls(app)
    app.selectbox(key="sensitivity_at").set_value("the mean code").run()
    assert "At the mean code: (" in words(app)
    assert htmls(app) != before


@pytest.mark.parametrize(
    ("data", "more"),
    [
        ("penguins", {"latent_dim": 3}),
        ("swiss_roll", {"latent_dim": 1}),
        ("heartbeats", {"latent_dim": 8}),
        ("heartbeats", {"model": "convolutional", "hidden": [8]}),
        ("digits", {"model": "convolutional", "hidden": [8]}),
        ("wine", {"model": "linear", "hidden": []}),
        ("wine", {"model": "vae", "hidden": []}),
    ],
)
def test_every_kind_of_data_and_network_has_its_picture_of_what_moves(mounted, run_of, data, more):
    run = run_of(data, **more)
    app = mounted(sensitivity_page, run)
    assert "moved by" in htmls(app) + words(app)
    assert "of the encoder's first layer the" in words(app)


def test_what_the_units_tell_of_the_label_stands_in_the_table(mounted, finished):
    app = mounted(factors_page, finished)
    found = information(finished.codec().encode(finished.split.x), factors_of(finished.dataset.colours)[0])
    for share in found.shares[:, 0]:
        assert percent(share) in htmls(app)
    assert f"Mutual information gap {three(found.mig)}." in words(app)
    app.button(key="dci").click().run()
    assert not app.exception
    assert "disentanglement – (with one factor there is no other that a unit could serve)" in words(app)  # the label
    assert "told right" in htmls(app)


def test_known_factors_of_a_roll_have_a_column_each(mounted, run_of):
    app = mounted(factors_page, run_of("swiss_roll"))
    assert "height along the roll" in htmls(app)
    app.button(key="dci").click().run()
    assert re.search(r"disentanglement 0\.\d+ ", words(app))
    assert "R²" in htmls(app)


def told(shares, chance=0.02):
    k = np.shape(shares)[1]
    return Information(tuple(f"f{i}" for i in range(k)), np.array(shares), np.full(k, chance), np.zeros(k))


def test_an_idle_unit_that_tells_something_is_said_not_to_reach_the_decoder():
    said = factors._idle_sentence(told([[0.6], [0.096]]), used=[0])
    assert "z₂ tells 9.60 % of f0" in said
    assert "none of it reaches the reconstruction" in said
    assert factors._idle_sentence(told([[0.6], [0.096]]), used=[0, 1]) == ""
    assert factors._idle_sentence(told([[0.6], [0.096]], chance=0.06), used=[0]) == ""


def test_where_forest_and_information_disagree_it_says_why():
    found = told([[0.6, 0.1], [0.3, 0.4]])
    scores = DCI(np.array([[0.2, 0.1], [0.8, 0.9]]), np.ones(2), np.zeros(2))
    said = factors._disagreement(found, scores)
    assert "of f0 (z₂, and z₁ by mutual information). " in said
    assert factors._disagreement(found, DCI(found.shares, np.ones(2), np.zeros(2))) == ""


def test_data_of_which_nothing_is_known_say_so(mounted, run_of):
    app = mounted(factors_page, run_of("noise"))
    assert "Nothing is known of these rows" in words(app)
    assert not app.button


def test_the_number_of_dimensions_stands_beside_the_known_one(mounted, run_of):
    run = run_of("swiss_roll", latent_dim=3)
    app = mounted(intrinsic_page, run)
    assert "These data were made with 2 dimensions; m = 3 is more units than that." in words(app)
    finest = two_nn(run.split.x_train)[0]
    assert f"{three(finest.low)} to {three(finest.high)}" in htmls(app)
    assert "for 95.0 % of the variance" in htmls(app)
    assert "here of the 1,300 different training rows, with" in words(app)


def test_units_of_a_vae_that_nobody_uses_are_named(mounted, run_of):
    run = run_of("wine", model="vae", latent_dim=6, beta=50.0, epochs=40)
    used = run.codec().encode(run.split.x_test).var(axis=0) > 0.01
    assert not used.all()
    said = words(mounted(intrinsic_page, run))
    assert f"{used.sum()} of 6 units of the code are in use; idle: z" in said


def test_a_picked_sample_is_the_one_that_is_asked_about(mounted, finished):
    app = AppTest.from_function(sensitivity_page, default_timeout=60)
    app.query_params["run"] = finished.id
    app.session_state[picked._KEY] = (finished.id, 7)
    app.run()
    assert "At the point on show, the code of sample 8: (" in words(app)


def test_the_derivatives_follow_the_point_that_the_pad_or_the_sliders_were_left_at(finished):
    app = AppTest.from_function(sensitivity_page, default_timeout=60)
    app.query_params["run"] = finished.id
    app.session_state[codes._KEY] = (finished.id, np.array([0.25, -0.5], np.float32))
    app.run()
    assert "At the point on show, as you moved it: (0.250, −0.500)." in words(app)


def test_what_the_panels_add_to_the_script_runs_as_it_stands(run_of):
    run = run_of("swiss_roll")
    names = {"trainer": SimpleNamespace(best=run.codec()), "dataset": run.dataset, "split": run.split}
    names |= {"train": run.split.x_train, "x": run.split.x_test}
    for script in (sensitivity.PYTHON.format(at=[0.5, -1.0]), factors.PYTHON, intrinsic.PYTHON):
        exec(script, names)
    spread = run.codec().encode(names["train"]).std(axis=0)
    wanted = decoder_jacobian(run.codec(), np.array([0.5, -1.0], np.float32)) * spread
    np.testing.assert_array_equal(names["moved"], wanted)
    assert names["scores"].importance.shape == (2, 2)
