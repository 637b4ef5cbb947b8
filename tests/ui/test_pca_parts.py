"""The parts of the comparison around PCA: the linear autoencoder, PCA by itself, and the space of the data."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.analysis.errors import sample_errors
from playground.analysis.subspace import decoder_rows, principal_angles
from playground.figures.angle_lines import degrees
from playground.figures.numbers import three
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import data_space, picked


def unescaped(markdown):
    """The text that a visitor reads where `markdown` escapes everything."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


def linear_page():
    from playground.ui import linear_pca, state

    linear_pca.show(state.run())


def pca_page():
    from playground.ui import pca_part, state

    pca_part.show(state.run())


def space_page():
    from playground.ui import data_space, state

    data_space.show(state.run())


def train_page():
    from playground.ui import angles, state

    angles.show(state.run())


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
    return " ".join(unescaped(each.value) for each in (*app.markdown, *app.caption, *app.info))


def htmls(app):
    return " ".join(each.proto.body for each in app.get("html"))


def test_the_linear_autoencoder_is_said_to_have_found_pcas_subspace(mounted, finished):
    app = mounted(linear_page, finished)
    found = principal_angles(decoder_rows(finished.linear()), finished.pca().components)
    assert "has found the subspace of PCA" in words(app)
    assert f"PCA's first 2 components the largest of 2 angles is {degrees(found[0])}" in words(app)
    assert "Baldi and Hornik 1989" in words(app)
    assert "<polyline" in words(app)
    assert htmls(app).count("<img") == 4  # two components, two loadings


def test_a_linear_run_shows_its_own_angles_while_it_trains_and_after(mounted, run_of):
    run = run_of("wine", model="linear", hidden=[], epochs=4)
    drawn = words(mounted(train_page, run))
    assert f"largest now {degrees(run.history.angles[-1][0])}" in drawn
    compared = words(mounted(linear_page, run))
    assert "This linear autoencoder has not found PCA's subspace" in compared
    assert "epoch 1" in compared


def test_other_kinds_have_no_angles_on_the_train_page(mounted, finished):
    assert words(mounted(train_page, finished)) == ""


@pytest.mark.parametrize(("data", "latent_dim"), [("wine", 1), ("swiss_roll", 2), ("penguins", 3)])
def test_loadings_of_columns_are_bars_beside_pcas(mounted, run_of, data, latent_dim):
    run = run_of(data, latent_dim=latent_dim)
    drawn = htmls(mounted(linear_page, run))
    assert all(name in drawn for name in run.dataset.scaled_names[:3])
    assert "recovered from the linear autoencoder" in drawn


def test_a_sample_is_rebuilt_from_as_many_components_as_the_slider_says(mounted, finished):
    app = mounted(pca_page, finished)
    x = finished.split.x_test
    assert app.slider(key="k_components").value == 2
    for k in (0, 5, 30):
        app.slider(key="k_components").set_value(k).run()
        assert not app.exception
        rebuilt = finished.all_components().truncated(k).reconstruct(x)
        errors = sample_errors(x, rebuilt)
        assert f"error {three(errors[0])} (k = {k})" in htmls(app)
        assert f"PCA with k = {k} has a mean error of {three(errors.mean())}" in words(app)


def test_no_component_is_the_mean_of_the_training_rows(finished):
    none = finished.all_components().truncated(0)
    x = finished.split.x_test
    np.testing.assert_allclose(none.reconstruct(x), finished.mean().reconstruct(x))


def test_another_sample_is_that_of_every_page(mounted, finished):
    app = mounted(pca_page, finished)
    app.number_input(key="k_sample").set_value(7).run()
    x = finished.split.x_test[6:7]
    error = float(sample_errors(x, finished.pca().reconstruct(x))[0])
    assert f"error {three(error)} (k = 2)" in htmls(app)
    assert app.session_state[picked._KEY] == (finished.id, 6)


def test_it_is_said_how_many_components_there_are(mounted, finished, run_of):
    n = len(finished.split.train_rows)
    said = words(mounted(pca_page, finished))
    assert f"fitted on the {n:,} training rows of 64 features; all 64 components are shown" in said
    many = run_of("mnist5000", epochs=1)
    assert "shown are the first 256 of 784 components" in words(mounted(pca_page, many))


@pytest.mark.parametrize(("data", "latent_dim"), [("swiss_roll", 1), ("swiss_roll", 2), ("wine", 3), ("penguins", 2)])
def test_the_data_space_draws_rows_codecs_and_errors_in_own_units(mounted, run_of, data, latent_dim):
    run = run_of(data, latent_dim=latent_dim)
    app = mounted(space_page, run)
    (chart,) = app.get("plotly_chart")
    assert "error of a row" in chart.proto.spec
    said = words(app)
    assert "test rows, in your own units" in said
    assert "Segments: the errors of this autoencoder on " in said
    chosen = app.multiselect(key="data_space_columns").value
    assert len(chosen) == (3 if data == "swiss_roll" else 2)


def test_other_columns_and_other_errors_can_be_chosen(mounted, run_of):
    run = run_of("wine")
    app = mounted(space_page, run)
    app.multiselect(key="data_space_columns").set_value([0, 5, 9]).run()
    assert not app.exception
    figure = app.get("plotly_chart")[0].proto.spec
    assert all(data_space.axis_names(run)[place] in figure for place in (0, 5, 9))
    app.multiselect(key="data_space_columns").set_value([0]).run()
    assert "Choose two or three columns" in words(app)


def test_pictures_have_no_columns_to_choose(mounted, finished):
    app = mounted(space_page, finished)
    assert not app.get("plotly_chart")
    assert "this figure is for tables, series and points" in words(app)


def test_curves_and_surfaces_lie_where_pca_reconstructs(run_of):
    """Every point of PCA's surface is its own reconstruction."""
    run = run_of("wine")
    pca = run.pca()
    x_hat = pca.reconstruct(run.split.x_test)
    own, shape = data_space.learnt(pca, pca.encode(run.split.x_test), run.split.scaler.undo(x_hat), run)
    assert own.shape == (shape[0] * shape[1], run.dataset.n_features)
    scaled = run.split.scaler.apply(own)
    np.testing.assert_allclose(pca.reconstruct(scaled), scaled, atol=1e-4)
