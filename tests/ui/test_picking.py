"""Picking a held-out sample: what each way puts on the bench."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui.bench import Sample
from playground.ui.components.grid import grid_payload
from playground.ui.held_out import held_out


@pytest.fixture
def run_of(runs, settings):
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, epochs=1, **more)))


def page():
    import streamlit as st

    from playground.runs.run import Run
    from playground.ui import bench, messages, picking, server

    run = Run(server.store(), st.session_state["run"])
    with messages.shown():
        picking.show(run)
        st.session_state["seen"] = bench.on_show(run)


@pytest.fixture
def opened():
    def opened(run):
        app = AppTest.from_function(page, default_timeout=60)
        app.session_state["run"] = run.id
        return redrawn(app)

    return opened


def redrawn(app):
    app.run()
    assert not app.exception
    return app


def place_of(app):
    return app.session_state["seen"].place


def press(app, key):
    app.button(key=key).click()
    return place_of(redrawn(app))


def test_best_median_and_worst_are_numpys(opened, run_of):
    run = run_of("wine")
    errors = held_out(run).errors
    app = opened(run)
    assert press(app, "pick_best") == errors.argmin()
    assert press(app, "pick_worst") == errors.argmax()
    assert press(app, "pick_median") == np.argsort(errors)[(len(errors) - 1) // 2]
    np.testing.assert_array_equal(app.session_state["seen"].x, run.dataset.x[held_out(run).rows[place_of(app)]])


def test_a_class_is_all_that_next_and_worst_go_through(opened, run_of):
    run = run_of("digits")
    labels = run.dataset.labels[run.split.test_rows]
    app = opened(run)
    app.selectbox(key="pick_class").set_value("3")
    redrawn(app)
    threes = np.flatnonzero(labels == "3")
    assert press(app, "pick_worst") == threes[held_out(run).errors[threes].argmax()]
    for _ in range(3):
        assert labels[press(app, "next_sample")] == "3"
    assert labels[press(app, "random_sample")] == "3"


def test_next_goes_from_the_worst_down_where_that_is_the_order(opened, run_of):
    run = run_of("wine")
    app = opened(run)
    app.selectbox(key="pick_order").set_value("worst first")
    redrawn(app)
    order = np.argsort(held_out(run).errors, kind="stable")[::-1]
    assert press(app, "pick_worst") == order[0]
    assert press(app, "next_sample") == order[1]
    assert press(app, "next_sample") == order[2]


def test_search_finds_rows_and_says_what_it_cannot_do(opened, run_of):
    run = run_of("penguins")
    own = run.dataset.x[run.split.test_rows][:, run.dataset.feature_names.index("bill length")]
    app = opened(run)
    app.text_input(key="pick_search").set_value("bill length > 50")
    redrawn(app)
    table = app.dataframe[0].value
    assert (table["sample"].to_numpy() - 1).tolist() == np.flatnonzero(own > 50).tolist()
    app.text_input(key="pick_search").set_value("weight > 50")
    redrawn(app)
    assert any("no column 'weight'" in each.value.replace("\\", "") for each in app.caption)
    assert len(app.dataframe[0].value) == len(own)
    app.text_input(key="pick_search").set_value("zebra")
    redrawn(app)
    assert any("No test row is like that" in each.value.replace("\\", "") for each in app.caption)
    assert not app.dataframe
    app.button_group(key="pick_view").set_value("Grid")
    redrawn(app)
    app.text_input(key="pick_search").set_value("error >")
    redrawn(app)
    assert any("not a whole condition" in each.value.replace("\\", "") for each in app.caption)


def test_the_page_of_the_grid_follows_the_sample(opened, run_of):
    run = run_of("digits")
    app = opened(run)
    assert app.number_input(key="pick_page").value == 1
    app.number_input(key="sample").set_value(130)
    assert redrawn(app).number_input(key="pick_page").value == 3
    app.number_input(key="pick_page").set_value(2)
    assert redrawn(app).number_input(key="pick_page").value == 2
    assert place_of(app) == 129


def test_what_else_lies_on_the_bench_goes_at_the_click_of_a_button(opened, run_of):
    run = run_of("wine")
    app = opened(run)
    assert "pick_back" not in {button.key for button in app.button}
    app.session_state["_bench"] = (run.id, 0, Sample(run.dataset.x[0], "drawn", "your drawing"))
    assert redrawn(app).session_state["seen"].words == "your drawing"
    assert press(app, "pick_back") == 0
    assert "pick_back" not in {button.key for button in app.button}


def test_pictures_series_and_tables_fit_the_grid(opened, run_of):
    for data in ("heartbeats", "penguins", "swiss_roll"):
        app = opened(run_of(data))
        app.button_group(key="pick_view").set_value("Grid")
        redrawn(app)


def test_the_grid_refuses_what_does_not_belong_together():
    with pytest.raises(ValueError, match="1 places, 2 captions"):
        grid_payload(
            places=[1], captions=["a", "b"], names=["a"], selected=None, pictures=np.zeros((1, 2, 2), np.uint8)
        )
    with pytest.raises(ValueError, match="pictures, or samples"):
        grid_payload(places=[1], captions=["a"], names=["a"], selected=None)
