"""The linked maps of a run: what they are given, what is said of them, the third map, and the rows that moved."""

import numpy as np
import pytest
from sklearn import manifold
from streamlit.testing.v1 import AppTest

from playground.errors import RunError
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import maps
from tests.ui.conftest import unescaped

DRAWN = {}


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


@pytest.fixture(autouse=True)
def maps_seen(monkeypatch):
    """Keeps what the maps are given, and clicks them when asked to."""
    clicks = []

    def seen(**given):
        DRAWN.clear()
        DRAWN.update(given)
        return clicks.pop() if clicks else None

    monkeypatch.setattr(maps, "linked_maps", seen)
    return clicks


def page(run_id):
    from playground.runs.run import Run
    from playground.ui import maps, server

    maps.show(Run(server.store(), run_id))


def opened(run):
    app = AppTest.from_function(page, args=(run.id,), default_timeout=60).run()
    assert not app.exception
    return app


def words(app):
    return " ".join(unescaped(element.value) for element in (*app.markdown, *app.caption, *app.warning))


def notes():
    return {one.name: dict(one.notes) for one in DRAWN["maps"]}


@pytest.mark.parametrize(("data", "latent_dim"), [("digits", 2), ("wine", 3), ("swiss_roll", 2), ("wine", 1)])
def test_both_maps_show_the_same_rows_with_what_is_measured_of_the_whole_code(run_of, data, latent_dim):
    run = run_of(data, latent_dim=latent_dim)
    app = opened(run)
    app.slider(key="k").set_value(4).run()
    x = run.split.x_test
    own, pca = DRAWN["maps"]
    assert (own.name, pca.name) == ("autoencoder", "pca")
    for shown, codec in ((own, run.codec()), (pca, run.pca())):
        z = codec.encode(x)
        np.testing.assert_array_equal(shown.x, z[:, 0])
        assert (shown.y is None) == (latent_dim == 1)
        said = notes()[shown.name]
        exact = x.astype(np.float64)
        assert float(said["trustworthiness"]) == pytest.approx(
            manifold.trustworthiness(exact, z, n_neighbors=4), abs=1e-3
        )
        assert float(said["continuity"]) == pytest.approx(manifold.trustworthiness(z, exact, n_neighbors=4), abs=1e-3)
        assert ("kNN accuracy" in said) == (run.dataset.labels is not None)
    assert len(DRAWN["colour"].values) == len(x)
    assert "With k = 4, " in words(app)
    assert f"Measured on {len(x)} test rows" in words(app)


def test_a_click_puts_its_row_on_show(run_of, maps_seen):
    app = opened(run_of("wine"))
    maps_seen.append(3)
    app.run()
    assert DRAWN["selected"] == 3


def test_the_rows_that_moved_most_are_named_and_can_be_lit(run_of):
    app = opened(run_of("wine"))
    assert DRAWN["lit"] is None
    app.toggle(key="light_moved").set_value(True).run()
    assert len(DRAWN["lit"]) == maps.N_MOVED
    (table,) = (element.proto.body for element in app.get("html"))
    for place in DRAWN["lit"]:
        assert f"sample {place + 1}<" in table


def test_a_third_map_joins_on_the_same_rows_and_can_be_taken_away(run_of, monkeypatch):
    monkeypatch.setattr(maps.embedding, "MOST_ROWS", 30)
    asked = []

    def made(x, method):
        asked.append(method)
        return x[:, :2] + 1

    monkeypatch.setattr(maps.embedding, "embedding", made)
    app = opened(run_of("wine"))
    assert "once per run" in words(app)
    app.button(key="add_tsne").click().run()
    app.run()
    assert asked == ["tsne"]
    assert [one.name for one in DRAWN["maps"]] == ["autoencoder", "pca", "tsne"]
    assert {len(one.x) for one in DRAWN["maps"]} == {30}
    assert float(notes()["tsne"]["trustworthiness"]) > 0.5
    assert "t-SNE has seen these very rows" in words(app)
    app.button(key="remove_third").click().run()
    assert [one.name for one in DRAWN["maps"]] == ["autoencoder", "pca"]


def test_a_third_map_that_fails_says_so_and_leaves_the_two(run_of, monkeypatch):
    def fails(x, method):
        raise RunError("t-SNE could not be computed.")

    monkeypatch.setattr(maps.embedding, "embedding", fails)
    app = opened(run_of("wine"))
    app.button(key="add_tsne").click().run()
    assert not app.exception
    assert "t-SNE could not be computed." in words(app)
    assert len(DRAWN["maps"]) == 2


def test_a_code_that_is_pcas_own_is_not_told_apart_from_it(run_of, monkeypatch):
    monkeypatch.setattr(Run, "codec", Run.pca)
    app = opened(run_of("digits"))
    assert "these rows do not tell them apart in trustworthiness (no difference)" in words(app)
    assert "ahead" not in words(app)
    assert "On average 0 % of a row's 10 neighbours" in words(app)


def test_a_code_that_keeps_less_than_pcas_is_said_to_be_behind(run_of):
    app = opened(run_of("digits", epochs=1, learning_rate=1e-6, latent_dim=8))
    assert "PCA's code is ahead of this autoencoder's in trustworthiness (by 0." in words(app)
    assert "kNN accuracy (by " in words(app)
    assert " points, 95 % interval " in words(app)


def test_a_run_that_went_on_is_measured_anew(run_of):
    run = run_of("wine")
    opened(run)
    before = notes()
    other = run_of("wine", epochs=20, seed=5)
    (run.folder / "model.safetensors").write_bytes((other.folder / "model.safetensors").read_bytes())
    opened(run)
    assert notes()["autoencoder"] != before["autoencoder"]
    assert notes()["pca"] == before["pca"]


@pytest.mark.parametrize(
    ("data", "drawn"), [("heartbeats", "<svg"), ("penguins", "species"), ("shapes_colour", "<img")]
)
def test_the_rows_that_moved_are_drawn_as_what_they_are(run_of, data, drawn):
    app = opened(run_of(data, epochs=1))
    bodies = "".join([*(element.proto.body for element in app.get("html")), *(one.value for one in app.markdown)])
    assert bodies.count("sample ") >= maps.N_MOVED
    assert drawn in bodies
