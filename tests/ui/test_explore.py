"""Explore: four views of one code, of which only the one on show is drawn, and the sample that they share."""

import html
import re

import numpy as np
import pytest

from playground.data import Dataset
from playground.models.spec import RunSpec
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.training.recipe import recommended
from playground.ui import pad

VIEWS = {
    "Any point": ["Decode any point"],
    "Units": ["What each unit does", "What each unit moves"],
    "Map": ["The map of the codes", "Arithmetic with groups"],
    "Factors": ["Which unit carries what is known", "How many dimensions"],
}


@pytest.fixture
def run_of(runs, settings):
    """A finished run in this test's store: `run_of("wine", latent_dim=3)`."""
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, epochs=2, **more)))


@pytest.fixture
def pad_seen(monkeypatch):
    """What the pad was given last: AppTest runs no script of a component."""
    seen = {}
    real = pad.pad

    def shown(**given):
        seen.update(given)
        return real(**given)

    monkeypatch.setattr(pad, "pad", shown)
    return seen


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("data", "latent_dim"), [("digits", 2), ("wine", 1), ("penguins", 3), ("heartbeats", 2), ("swiss_roll", 2)]
)
def test_every_view_opens_for_every_kind_of_data_and_draws_nothing_of_the_others(visit, run_of, view, data, latent_dim):
    visitor = visit("explore", run=run_of(data, latent_dim=latent_dim).id).set("view", view)
    assert visitor.complaints == []
    assert [heading.value for heading in visitor.app.subheader] == VIEWS[view]


@pytest.mark.parametrize("latent_dim", [1, 2, 3])
def test_the_pad_opens_at_the_code_of_the_sample_on_show(visit, run_of, pad_seen, latent_dim):
    run = run_of("wine", latent_dim=latent_dim)
    z = run.codec().encode(run.split.x_test)
    visitor = visit("explore", run=run.id)
    np.testing.assert_array_equal(pad_seen["point"], z[0])
    visitor.set("sample", 3)
    np.testing.assert_array_equal(pad_seen["point"], z[2])
    assert pad_seen["selected"] == 2


def test_the_sample_on_show_is_the_same_on_every_page(visit, run_of):
    visitor = visit("explore", run=run_of("wine").id).set("sample", 5)
    for path in ("compare", "reconstruct", "explore"):
        assert visitor.go(path).widget("sample").value == 5


def test_another_run_brings_its_own_sample_and_code(visit, run_of, pad_seen):
    wide, narrow = run_of("wine", latent_dim=5), run_of("digits", latent_dim=3)
    visitor = visit("explore", run=wide.id).set("unit_x", 4).set("sample", 9)
    visitor.go("explore", run=narrow.id)
    assert visitor.complaints == []
    assert visitor.widget("sample").value == 1
    z = narrow.codec().encode(narrow.split.x_test[:1])[0]
    np.testing.assert_allclose(pad_seen["point"], z, atol=1e-6)


@pytest.mark.parametrize("view", VIEWS)
def test_the_panel_of_every_view_adds_its_own_lines_to_the_script(visit, run_of, view):
    visitor = visit("explore", run=run_of("digits").id).set("view", view)
    keys = {
        "Any point": ["pad"],
        "Units": ["units", "sensitivity"],
        "Map": ["mapping", "arithmetic"],
        "Factors": ["factors", "intrinsic"],
    }[view]
    assert not visitor.app.code
    for key in keys:
        visitor.open(f"reproduce_{key}")
    scripts = [code.value for code in visitor.app.code if code.value.startswith("from playground import")]
    assert len(scripts) == len(set(scripts)) == len(keys)


def test_what_a_visitor_named_is_shown_as_it_is(visit, runs):
    odd = "<b>bold</b> *x*"
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    labels = np.where(x[:, 0] > 0, "<i>up</i>", "_down_")
    mine = Dataset("file-" + "0" * 32, odd, x, (odd, "b"), units=("<u>m</u>", ""), labels=labels, factors={})
    runs.add_data(mine)
    spec = RunSpec.from_json(recommended(mine).to_json() | {"epochs": 2, "latent_dim": 1})
    run_id = start(InlineRunner(runs), spec)
    for path in ("explore", "compare", "reconstruct", "generate"):
        visitor = visit(path, run=run_id)
        for view in VIEWS if path == "explore" else [None]:
            if view:
                visitor.set("view", view)
            bodies = "".join(element.proto.body for element in visitor.app.get("html"))
            assert not re.search("<[biu]>", bodies)
            said = (*visitor.app.caption, *visitor.app.markdown)
            assert not [element.value for element in said if odd in element.value]
        if path == "compare":
            assert html.escape(odd) in bodies


@pytest.mark.parametrize("state", ["queued", "running", "paused", "interrupted", "crashed", "failed"])
@pytest.mark.parametrize("path", ["explore", "compare", "reconstruct", "generate"])
def test_a_run_without_a_model_says_how_it_stands_and_shows_nothing_else(visit, write_run, path, state):
    visitor = visit(path, run=write_run(state, message="Because.").id)
    said = [*visitor.complaints, *(element.value for element in visitor.app.info)]
    assert len(said) == 1
    assert visitor.widgets == []


@pytest.mark.parametrize("path", ["explore", "compare", "reconstruct", "generate"])
def test_a_torn_model_is_one_clear_sentence(visit, run_of, path):
    run = run_of("wine")
    file = run.folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:50])
    visitor = visit(path, run=run.id)
    assert visitor.complaints == [f"The file model.safetensors of run {run.id} is missing or damaged."]
