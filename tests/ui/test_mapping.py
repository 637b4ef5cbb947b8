"""The map section: which rows lie where, what a filter keeps, what is near a row, and groups of rows."""

import html
import re

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from streamlit.testing.v1 import AppTest

from playground.analysis.density import Density
from playground.figures.numbers import percent
from playground.models.activity import activations
from playground.models.pca import PCA
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import group_view, groups, map_rows, mapping, state
from playground.ui.coded import Coded
from playground.ui.components.cloud import Picked
from playground.ui.row_neighbours import FIRST
from tests.ui.conftest import unescaped

DRAWN = {}


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


@pytest.fixture(autouse=True)
def cloud_seen(monkeypatch):
    """Keeps what the map is given, and picks on it when asked to: AppTest runs no script of a component."""
    picks = []

    def seen(**given):
        DRAWN.clear()
        DRAWN.update(given)
        return picks.pop() if picks else Picked()

    monkeypatch.setattr(mapping, "cloud", seen)
    return picks


def page(run_id):
    from playground.runs.run import Run
    from playground.ui import arithmetic, mapping, server

    run = Run(server.store(), run_id)
    mapping.show(run)
    arithmetic.show(run)


def opened(run):
    app = AppTest.from_function(page, default_timeout=60, args=(run.id,)).run()
    assert not app.exception
    return app


def set_to(app, key, value):
    widget = next(
        each
        for kind in ("selectbox", "button_group", "multiselect", "slider", "text_input", "number_input")
        for each in app.get(kind)
        if each.key == key
    )
    widget.set_value(value)
    app.run()
    assert not app.exception
    return app


def press(app, key):
    next(each for each in app.button if each.key == key).click()
    app.run()
    assert not app.exception
    return app


def words_of(app):
    bodies = [re.sub(r"<[^>]*>", "\n", element.proto.body) for element in app.get("html")]
    texts = [unescaped(each.value) for each in (*app.markdown, *app.caption, *app.info)]
    return html.unescape("\n".join([*bodies, *texts]))


def test_the_test_rows_lie_at_their_codes_and_all_rows_when_asked_for(run_of):
    run = run_of("wine", latent_dim=2)
    app = opened(run)
    z = run.codec().encode(run.split.x)
    np.testing.assert_allclose(DRAWN["x"], z[run.split.test_rows, 0], atol=1e-5)
    np.testing.assert_allclose(DRAWN["y"], z[run.split.test_rows, 1], atol=1e-5)
    assert DRAWN["labels"] == ["z₁", "z₂"]
    set_to(app, "map_rows", "all")
    np.testing.assert_allclose(DRAWN["y"], z[:, 1], atol=1e-5)
    assert DRAWN["selected"] == run.split.test_rows[0]


def test_any_three_units_and_the_components_of_the_code_can_be_mapped(run_of):
    run = run_of("digits", latent_dim=5)
    app = opened(run)
    set_to(app, "map_axes", 3)
    set_to(app, "map_unit_3", 4)
    z = run.codec().encode(run.split.x_test)
    np.testing.assert_allclose(DRAWN["z"], z[:, 4], atol=1e-5)
    set_to(app, "map_space", "components")
    pca = PCA.fit(run.codec().encode(run.split.x_train), 3)
    np.testing.assert_allclose(DRAWN["z"], pca.encode(z)[:, 2], atol=1e-3)
    assert "of its variance" in words_of(app)


@pytest.mark.parametrize("data", ["digits", "penguins"])
def test_every_layer_can_be_mapped_by_its_principal_components(run_of, data):
    run = run_of(data, latent_dim=2)
    app = opened(run)
    offered = next(box for box in app.selectbox if box.key == "map_space")
    assert len(offered.options) == len(run.spec.layers(run.dataset.width, run.dataset.grid))  # the code by its units
    set_to(app, "map_space", "1")
    codec = run.codec()
    # A row on the map stands where its activations lie along the components of the training rows'.
    pca = PCA.fit(activations(codec, run.split.x_train, 1), 2) if len(run.split.x_train) <= 2000 else None
    np.testing.assert_allclose(DRAWN["x"], pca.encode(activations(codec, run.split.x_test, 1))[:, 0], atol=1e-3)


def test_colours_are_the_label_the_error_the_density_and_columns(run_of):
    run = run_of("wine", latent_dim=2)
    app = opened(run)
    rows = run.split.test_rows
    shown = DRAWN["colour"]
    assert [shown.levels[code] for code in shown.values] == run.dataset.labels[rows].tolist()
    set_to(app, "map_colour", map_rows.ERROR)
    x = run.split.x_test
    expected = ((x - run.codec().reconstruct(x)) ** 2).sum(axis=1)
    np.testing.assert_allclose(DRAWN["colour"].values, expected, rtol=1e-4)
    set_to(app, "map_colour", map_rows.DENSITY)
    density = Density.fit(run.codec().encode(run.split.x_train))
    np.testing.assert_allclose(DRAWN["colour"].values, density.log(run.codec().encode(x)), rtol=1e-3, atol=1e-3)
    set_to(app, "map_colour", "malic acid")
    np.testing.assert_array_equal(DRAWN["colour"].values, run.dataset.x[rows, 1])


def test_filters_keep_classes_ranges_and_text_and_say_how_many(run_of, monkeypatch):
    run = run_of("wine", latent_dim=2)
    app = opened(run)
    labels, rows = run.dataset.labels, run.split.test_rows
    assert DRAWN["shown"].all()
    set_to(app, "map_filter", "cultivar")
    level = next(box for box in app.multiselect if box.key == "map_filter_levels_cultivar").options[1]
    set_to(app, "map_filter_levels_cultivar", [1])
    np.testing.assert_array_equal(DRAWN["shown"], labels[rows] == level)
    assert f"{int(DRAWN['shown'].sum())} of {len(rows)} rows on the map" in words_of(app)
    set_to(app, "map_filter", "alcohol")
    set_to(app, "map_filter_range_alcohol", (12.5, 13.5))
    alcohol = run.dataset.x[rows, 0]
    np.testing.assert_array_equal(DRAWN["shown"], (alcohol >= 12.5) & (alcohol <= 13.5))
    monkeypatch.setattr(map_rows, "MOST_LISTED", 1)
    set_to(app, "map_filter", "cultivar")
    set_to(app, "map_filter_text_cultivar", level.upper())
    np.testing.assert_array_equal(DRAWN["shown"], labels[rows] == level)


def test_neighbours_are_those_of_scikit_learn_and_the_shared_ones_are_counted(run_of, cloud_seen):
    run = run_of("digits", latent_dim=2)
    app = opened(run)
    cloud_seen.append(Picked(point=7))
    app.run()
    assert DRAWN["selected"] == 7
    x = run.split.x_test
    found = {}
    for name, points in (("code", run.codec().encode(x)), ("input", x)):
        found[name] = set(
            NearestNeighbors(n_neighbors=FIRST + 1).fit(points).kneighbors(points[[7]])[1][0].tolist()
        ) - {7}
    near = {name: {link.row for link in DRAWN["links"] if link.near in (name, "both")} for name in found}
    assert near == found
    n = len(found["code"] & found["input"])
    assert f"in the input space, **{n}** {'is' if n == 1 else 'are'} the same" in words_of(app)


def test_a_click_on_a_held_out_row_is_the_sample_of_every_page_and_one_on_another_is_not(run_of, cloud_seen):
    run = run_of("wine", latent_dim=2)
    app = opened(run)
    cloud_seen.append(Picked(point=3))
    app.run()
    assert app.session_state["_sample"] == (run.id, 3)
    set_to(app, "map_rows", "all")
    row = int(run.split.train_rows[0])
    cloud_seen.append(Picked(point=row))
    app.run()
    assert DRAWN["selected"] == row
    assert app.session_state["_sample"] == (run.id, 3)
    assert f"**Row {row + 1}** training" in words_of(app)


def test_what_is_drawn_around_becomes_a_group_that_can_be_renamed_and_forgotten(run_of, cloud_seen):
    run = run_of("wine", latent_dim=2)
    app = opened(run)
    cloud_seen.append(Picked(group=np.array([0, 2, 5])))
    app.run()
    kept = app.session_state["_groups"][run.id]
    assert [group.name for group in kept] == ["A"]
    np.testing.assert_array_equal(kept[0].rows, run.split.test_rows[[0, 2, 5]])
    np.testing.assert_array_equal(DRAWN["groups"][0].rows, [0, 2, 5])
    assert "**A**: 3 rows" in words_of(app)
    set_to(app, "group_name", "odd ones")
    assert DRAWN["groups"][0].name == "odd ones"
    press(app, "group_forget")
    assert DRAWN["groups"] == []
    assert not app.session_state["_groups"][run.id]


def test_a_filter_makes_a_group_without_a_pointer(run_of):
    run = run_of("wine", latent_dim=2)
    app = opened(run)
    set_to(app, "map_filter", "cultivar")
    set_to(app, "map_filter_levels_cultivar", [0])
    shown = DRAWN["shown"]
    press(app, "group_of_filter")
    np.testing.assert_array_equal(app.session_state["_groups"][run.id][0].rows, run.split.test_rows[shown])


def test_without_groups_the_page_says_how_to_make_one(run_of):
    words = words_of(opened(run_of("swiss_roll", latent_dim=2)))
    assert "There is no group yet" in words
    assert "Two groups are needed" in words


@pytest.mark.parametrize("data", ["penguins", "heartbeats", "swiss_roll", "digits"])
def test_every_kind_of_data_shows_its_rows_groups_and_arithmetic(run_of, cloud_seen, data):
    run = run_of(data, latent_dim=1)
    app = opened(run)
    assert DRAWN["y"] is None
    for some in (np.arange(10), np.arange(5, 20)):
        cloud_seen.append(Picked(group=some))
        app.run()
        assert not app.exception
    assert "Direction B − A" in words_of(app)


def test_more_rows_than_a_map_takes_are_sampled_and_that_is_said(run_of, monkeypatch):
    monkeypatch.setattr(map_rows, "MOST_ROWS", 20)
    monkeypatch.setattr(mapping, "MOST_ROWS", 20)
    run = run_of("wine", latent_dim=2)
    app = opened(run)
    assert len(DRAWN["x"]) == 20
    assert "20 of 36 test rows, picked by chance" in words_of(app)


def test_the_browser_asks_for_cards_where_rows_are_many(run_of, monkeypatch):
    monkeypatch.setattr(mapping, "MOST_CARDS_SENT", 10)
    run = run_of("digits", latent_dim=2)
    opened(run)
    assert DRAWN["rows"] is None
    card = DRAWN["card"](4)
    row = run.split.test_rows[4]
    assert card.text.startswith(f"row {row + 1:,}, test\ndigit: {run.dataset.labels[row]}")
    np.testing.assert_allclose(card.picture, run.dataset.x[row].reshape(8, 8) * (255 / 16), atol=0.51)


def test_arithmetic_adds_the_difference_of_the_groups_means_to_the_sample(run_of, monkeypatch):
    from playground.ui import arithmetic

    drawn = []
    monkeypatch.setattr(arithmetic, "few", lambda run, shown, width: drawn.append([each.x for each in shown]))
    run = run_of("digits", latent_dim=2)
    app = opened(run)
    set_to(app, "arithmetic_from", "digit 3")
    z = run.codec().encode(run.split.x)
    labels = run.dataset.labels
    step = z[labels == "0"].mean(0) - z[labels == "3"].mean(0)
    start = z[run.split.test_rows[0]]
    expected = run.codec().decode(np.stack([start + times * step for times in arithmetic.STRENGTHS]).astype(np.float32))
    np.testing.assert_allclose(drawn[-1], expected, atol=1e-4)


def test_names_of_groups_are_the_first_free_letters(run_of, monkeypatch):
    from playground.ui.group_view import next_name

    run = run_of("wine", latent_dim=2)
    held = {}
    monkeypatch.setattr(state, "got", held.get)
    monkeypatch.setattr(state, "put", lambda values, only_missing: held.update(values))
    for name in ("A", "C"):
        groups.keep(run, name, np.array([1]))
    assert next_name(run) == "B"


def test_the_map_keeps_its_settings_while_something_else_is_looked_at(run_of):
    def switched(run_id):
        import streamlit as st

        from playground.runs.run import Run
        from playground.ui import mapping, server

        if st.toggle("map", value=True, key="is_on"):
            mapping.show(Run(server.store(), run_id))

    run = run_of("wine", latent_dim=2)
    app = AppTest.from_function(switched, default_timeout=60, args=(run.id,)).run()
    wanted = {"map_rows": "all", "map_space": "1", "group": "cultivar class_1", "group_against": group_view.REST}
    named = run.dataset.labels[0]
    wanted["group"] = f"cultivar {named}"
    for key, value in {**wanted, "map_filter": "alcohol", "map_filter_range_alcohol": (12.5, 13.5)}.items():
        set_to(app, key, value)
    shown = DRAWN["shown"]
    for _ in range(2):
        app.toggle(key="is_on").set_value(False).run()
        assert not app.selectbox
        app.toggle(key="is_on").set_value(True).run()
        assert not app.exception
        assert {key: app.session_state[key] for key in wanted} == wanted
        np.testing.assert_array_equal(DRAWN["shown"], shown)


def test_a_group_is_counted_in_all_rows_and_on_the_map(run_of):
    run = run_of("wine", latent_dim=2)
    app = opened(run)
    level = str(np.unique(run.dataset.labels)[0])
    n, n_map = (
        int((labels == level).sum()) for labels in (run.dataset.labels, run.dataset.labels[run.split.test_rows])
    )
    assert f"{n} rows, {percent(n / 178)} of all 178 rows of the data; {n_map} of them on the map" in words_of(app)


def test_a_mean_code_among_another_class_says_so(run_of, monkeypatch):
    run = run_of("wine", latent_dim=2)
    labels, train = run.dataset.labels, run.split.train_rows
    levels = np.unique(labels)
    own, other = (train[labels[train] == level] for level in levels[:2])
    places = np.zeros((len(labels), 2), np.float32)
    places[own] = [5, 0]
    places[own[: len(own) // 2]] = [-5, 0]  # on both sides of the other class
    places[train] += np.random.default_rng(0).normal(0, 0.1, (len(train), 2)).astype(np.float32)
    every = Coded(train, run.split.x[train], places[train])
    monkeypatch.setattr(group_view, "coded", lambda run, part: every)
    monkeypatch.setattr(group_view, "codes_of", lambda run, rows: places[rows])
    monkeypatch.setattr(group_view, "density_of", lambda run: Density.fit(every.z))
    words = group_view.mean_code_in_words(run, groups.Group("a", own))
    assert "no typical code" in words
    assert "nearest are of cultivar" in words
    assert group_view.mean_code_in_words(run, groups.Group("b", other)) == ""
