"""New samples and paths between samples, as the generate page shows them."""

import csv
import io
import re

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import generating, paths
from playground.ui.glances import glance_of
from playground.ui.held_out import held_out


def both():
    from playground.ui import generating, paths, state

    generating.show(state.run())
    paths.show(state.run())


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, epochs=2, **more)))


@pytest.fixture
def opened():
    def at(run):
        app = AppTest.from_function(both, default_timeout=60)
        app.query_params["run"] = run.id
        return checked(app)

    return at


def checked(app):
    app.run()
    assert not app.exception
    assert not app.error
    return app


def html_of(app):
    return "".join(element.proto.body for element in app.get("html")) + "".join(m.value for m in app.markdown)


def words_of(app):
    texts = " ".join(element.value for element in (*app.markdown, *app.caption, *app.info))
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", texts)


@pytest.mark.parametrize(
    ("data", "more"),
    [("digits", {}), ("penguins", {}), ("swiss_roll", {}), ("heartbeats", {}), ("wine", {"latent_dim": 1})],
)
def test_every_kind_of_data_has_its_sources_and_its_paths(run_of, opened, data, more):
    app = opened(run_of(data, **more))
    words = words_of(app)
    for title in ("N(0, I)", "Gaussian", "Mixture", "Jitter", "Straight in the code", "PCA's code", "Cross-fade"):
        assert title in words
    assert ("**Spherical in the code**" in words) == (more.get("latent_dim") != 1)
    assert ("the spherical path is left out" in words) == (more.get("latent_dim") == 1)


def test_the_nearest_training_row_and_its_distance_are_those_of_a_plain_search(run_of):
    run = run_of("penguins")
    made = generating.make(run, ["jittered", "gaussian"], 5, 1.0, 3)["gaussian"]
    train = run.split.x[run.split.train_rows]
    train = np.where(np.isnan(train), np.nanmean(train, axis=0), train)
    every = np.linalg.norm(made.x[:, None] - train, axis=2)
    np.testing.assert_array_equal(made.near, every.argmin(axis=1))
    np.testing.assert_allclose(made.distances, every.min(axis=1), rtol=1e-5)
    own = run.split.scaler.undo(made.x)
    np.testing.assert_allclose(run.split.scaler.apply(own), made.x, atol=1e-5)  # a category is one level


def test_the_yardstick_is_the_distance_of_held_out_rows_to_training_rows(run_of):
    run = run_of("wine")
    train, test = run.split.x[run.split.train_rows], run.split.x_test
    expected = np.sort(np.linalg.norm(test[:, None] - train, axis=2).min(axis=1))
    measured = generating.measure(run)
    np.testing.assert_allclose(measured.rows, expected, rtol=1e-5)
    assert measured.near_copy == min(np.quantile(measured.rows, 0.01), np.quantile(measured.decoded, 0.01))


def test_what_comes_as_near_as_hardly_any_held_out_row_is_called_nearly_a_copy(run_of, opened, monkeypatch):
    run = run_of("digits")
    assert "nearly a copy</div>" not in html_of(opened(run))
    far = np.full(9, 1e6)
    monkeypatch.setattr(generating, "measure", lambda run: generating.Yardstick(far, far))
    app = opened(run)
    assert html_of(app).count("nearly a copy</div>") == 24
    assert "6 of 6 nearly copies" in words_of(app)


def test_new_samples_are_others_and_the_seed_says_which(run_of, opened):
    app = opened(run_of("digits"))
    before = html_of(app)
    app.button(key="generate_again").click()
    checked(app)
    assert app.number_input(key="generate_seed").value == 1
    assert html_of(app) != before
    app.number_input(key="generate_seed").set_value(0)
    assert html_of(checked(app)) == before


def test_only_what_is_no_vae_is_told_that_nothing_pulled_it_to_the_prior(run_of, opened):
    assert "nothing pulled its codes towards N(0, I)" in words_of(opened(run_of("digits")))
    assert "nothing pulled its codes" not in words_of(opened(run_of("digits", model="vae")))


def test_the_csv_has_the_samples_in_own_units_with_their_nearest_rows(run_of):
    run = run_of("penguins")
    every = generating.make(run, ["gaussian", "jittered"], 3, 1.0, 0)
    header, *rows = csv.reader(io.StringIO(generating.table(run, every)))
    assert header[:4] == ["source", "sample", "nearest training row", "distance"]
    assert "bill length (mm)" in header
    assert [row[:2] for row in rows] == [[title, str(n)] for title in ("Gaussian", "Jitter") for n in (1, 2, 3)]
    made = every["jittered"]
    told = run.dataset.in_words(run.split.scaler.undo(made.x))[2]
    last = dict(zip(header, rows[-1], strict=True))
    assert last["island"] == told["island"]
    assert f"{last['bill length (mm)']} mm" == told["bill length"]
    assert int(last["nearest training row"]) == run.split.train_rows[made.near[2]] + 1


def test_the_csv_of_plain_numbers_has_them_with_six_digits(run_of):
    run = run_of("wine")
    every = generating.make(run, ["gaussian"], 2, 1.0, 0)
    header, first, _ = csv.reader(io.StringIO(generating.table(run, every)))
    own = run.split.scaler.undo(every["gaussian"].x)[0]
    assert len(header) == len(first)
    assert [float(cell) for cell in first[4:]] == pytest.approx(own.tolist(), rel=1e-5)


@pytest.mark.parametrize("data", ["digits", "shapes_colour", "penguins", "swiss_roll", "heartbeats", "iris"])
def test_the_csv_of_every_kind_of_data_has_a_column_per_feature(run_of, data):
    run = run_of(data)
    every = generating.make(run, list(generating.SOURCES), 2, 1.0, 0)
    header, *rows = csv.reader(io.StringIO(generating.table(run, every)))
    assert len(rows) == 8
    assert {len(row) for row in [header, *rows]} == {4 + run.dataset.n_features}


@pytest.mark.parametrize("data", ["digits", "penguins", "heartbeats"])
def test_the_sheet_is_a_picture_of_all_samples(run_of, data):
    run = run_of(data)
    every = generating.make(run, ["prior", "mixture"], 2, 1.0, 0)
    picture = Image.open(io.BytesIO(generating.sheet(glance_of(run), every)))
    assert picture.format == "PNG"
    assert min(picture.size) > 90


def test_paths_end_at_both_reconstructions_and_pcas_is_what_pca_makes_of_the_cross_fade(run_of):
    run = run_of("digits", latent_dim=3)
    straight, arc, pca, faded = paths.ways(run, 4, 9, 7)
    held = held_out(run)
    for path in (straight, arc):
        np.testing.assert_allclose(path.x[[0, -1]], held.x_hat[[4, 9]], atol=1e-5)
    np.testing.assert_array_equal(faded.x[[0, -1]], held.x[[4, 9]])
    np.testing.assert_allclose(pca.x, run.pca().reconstruct(faded.x), atol=1e-4)  # PCA is affine
    density = generating.density_of(run)
    np.testing.assert_allclose(straight.standing[[0, -1]], density.standing(held.z[[4, 9]]), atol=0.01)


def test_a_path_leaves_the_data_where_fewer_than_one_in_twenty_codes_lie_in_a_thinner_place():
    def path(*standing):
        return paths.Path("", "", "", np.zeros((len(standing), 1), np.float32), np.array(standing))

    assert path(0.0, 0.05, 0.9, 0.0).leaves_at is None
    assert path(0.5, 0.04, 0.01, 0.5).leaves_at == 2


def path_of(*standing):
    return paths.Path("A path", "", "", np.zeros((len(standing), 1), np.float32), np.array(standing))


def test_the_words_on_the_sphere_do_not_contradict_the_crosses():
    rng = np.random.default_rng(0)
    around = rng.normal(size=(200, 3))
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    inside, outside = path_of(0.5, 0.4, 0.5), path_of(0.5, 0.01, 0.02, 0.5)
    assert "the spherical path stays on it, among them" in paths._of_the_sphere(around, [outside, inside])
    left = paths._of_the_sphere(around, [inside, outside])
    assert "they fill only a part of it: 2 of its steps lie outside, 0 of the straight path's" in left
    assert "near no sphere" in paths._of_the_sphere(rng.normal(size=(200, 3)), [inside, outside])


def test_units_that_the_decoder_does_not_use_put_no_code_off(run_of, opened, monkeypatch):
    monkeypatch.setattr(generating, "used_units", lambda run: [0, 2])
    run = run_of("iris", latent_dim=3)
    assert "Only the 2 units that are in use count" in words_of(opened(run))
    z = run.codec().encode(run.split.x_train)
    moved = z + np.array([0, 50, 0], np.float32)
    density = generating.density_of(run)
    np.testing.assert_allclose(density.standing(moved), density.standing(z), atol=1e-6)


def test_a_gaussian_that_misses_the_codes_says_why(run_of, opened, monkeypatch):
    run = run_of("iris")
    monkeypatch.setattr(generating, "MOSTLY", 0)
    assert "they are not spread as" not in words_of(opened(run))
    monkeypatch.setattr(generating, "MOSTLY", 1.1)
    words = words_of(opened(run))
    assert "they are not spread as one Gaussian is" in words
    assert "they are not spread as a mixture of Gaussians is" in words


def test_the_ends_differ_in_class_can_be_chosen_and_must_not_be_the_same(run_of, opened):
    run = run_of("digits")
    app = opened(run)
    labels = run.dataset.labels[run.split.test_rows]

    def ends():
        return [app.number_input(key=key).value - 1 for key in ("path_from", "path_to")]

    assert labels[ends()[0]] != labels[ends()[1]]
    app.button(key="path_random").click()
    checked(app)
    assert labels[ends()[0]] != labels[ends()[1]]
    app.number_input(key="path_to").set_value(ends()[0] + 1)
    assert "Both ends are the same sample" in words_of(checked(app))
    app.number_input(key="path_to").set_value(8 if ends()[0] != 7 else 9)
    checked(app)
    assert "Cross-fade" in words_of(app)
