"""Explore: the map of held-out codes, and a decoder that answers to its sliders."""

import html
import re

import numpy as np
import pytest

from playground.data import Dataset
from playground.figures.numbers import three
from playground.models.spec import RunSpec
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.training.recipe import recommended
from playground.ui import codes

DRAWN = {}  # what the map was last given, by key


@pytest.fixture
def run_of(runs, settings):
    """A finished run in this test's store: `run_of("wine", latent_dim=3)`."""
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, epochs=2, **more)))


@pytest.fixture(autouse=True)
def map_seen(monkeypatch):
    """AppTest runs no script of a component, so that the map is looked at, and clicked, from the Python side."""
    clicks = []

    def seen(**given):
        DRAWN[given["key"]] = given
        return clicks.pop() if clicks else None

    monkeypatch.setattr(codes, "code_map", seen)
    return clicks


def pictures_of(visitor):
    """The addresses of all pictures on the page, in order."""
    return [uri for element in visitor.app.get("html") for uri in re.findall(r'src="([^"]+)"', element.proto.body)]


def texts_of(visitor):
    """The words of all pieces of HTML on the page."""
    bodies = [re.sub(r"<[^>]*>", "\n", element.proto.body) for element in visitor.app.get("html")]
    return html.unescape("\n".join(bodies))


@pytest.mark.parametrize(
    ("data", "latent_dim", "sliders", "has_second_axis"),
    [("digits", 2, 2, True), ("wine", 1, 1, False), ("wine", 3, 3, True), ("swiss_roll", 2, 2, True)],
)
def test_every_kind_of_data_has_its_map_and_a_slider_per_unit(
    visit, run_of, data, latent_dim, sliders, has_second_axis
):
    run = run_of(data, latent_dim=latent_dim)
    visitor = visit("explore", run=run.id)
    assert visitor.complaints == []
    assert [slider.key for slider in visitor.app.slider] == [f"unit_{unit + 1}" for unit in range(sliders)]
    z = run.codec().encode(run.split.x_test)
    np.testing.assert_array_equal(DRAWN["map"]["x"], z[:, 0])
    assert (DRAWN["map"]["y"] is not None) == has_second_axis
    if has_second_axis:
        np.testing.assert_array_equal(DRAWN["map"]["y"], z[:, 1])


def test_any_two_units_can_be_the_axes_of_the_map(visit, run_of):
    run = run_of("wine", latent_dim=3)
    visit("explore", run=run.id).set("unit_x", 2).set("unit_y", 0)
    z = run.codec().encode(run.split.x_test)
    np.testing.assert_array_equal(DRAWN["map"]["x"], z[:, 2])
    np.testing.assert_array_equal(DRAWN["map"]["y"], z[:, 0])
    assert DRAWN["map"]["x_label"] == "z₃"


def test_the_map_is_coloured_by_label_by_error_or_by_any_column(visit, run_of):
    run = run_of("wine", latent_dim=2)
    rows = run.split.test_rows
    visitor = visit("explore", run=run.id)
    assert visitor.widget("colour").options == ["cultivar", "error", *run.dataset.feature_names]
    shown = DRAWN["map"]["colour"]
    assert [shown.levels[code] for code in shown.values] == run.dataset.labels[rows].tolist()
    visitor.set("colour", "malic acid")
    np.testing.assert_array_equal(DRAWN["map"]["colour"].values, run.dataset.x[rows, 1])
    visitor.set("colour", "error")
    x = run.split.x_test
    np.testing.assert_allclose(
        DRAWN["map"]["colour"].values, ((x - run.codec().reconstruct(x)) ** 2).sum(axis=1), rtol=1e-5
    )


def test_known_factors_colour_the_map_where_there_is_no_label(visit, run_of):
    run = run_of("swiss_roll", latent_dim=2)
    visitor = visit("explore", run=run.id)
    assert visitor.widget("colour").options[:2] == ["angle", "height along the roll"]
    np.testing.assert_array_equal(DRAWN["map"]["colour"].values, run.dataset.factors["angle"][run.split.test_rows])


def test_the_pointer_finds_the_picture_of_each_image(visit, run_of):
    run = run_of("digits")
    visit("explore", run=run.id)
    pictures = DRAWN["map"]["pictures"]
    assert pictures.dtype == np.uint8
    own = run.dataset.x[run.split.test_rows].reshape(-1, 8, 8)
    np.testing.assert_allclose(pictures, own * (255 / 16), atol=0.51)


def test_the_pointer_finds_the_row_of_a_table_in_its_own_units(visit, run_of):
    run = run_of("wine", latent_dim=2)
    visit("explore", run=run.id)
    lines = DRAWN["map"]["rows"][0].split("\n")
    alcohol = run.dataset.x[run.split.test_rows[0], 0]
    assert f"alcohol: {three(alcohol)} %" in lines
    assert lines[0].startswith("sample 1, error ")
    assert lines[-1] == "and 4 more"


def test_sliders_start_at_the_code_of_the_sample_so_that_its_reconstruction_is_drawn(visit, run_of):
    run = run_of("digits")
    visitor = visit("explore", run=run.id)
    z = run.codec().encode(run.split.x_test[:1])[0]
    assert [slider.value for slider in visitor.app.slider] == pytest.approx(z.tolist())
    _, reconstruction, decoded = pictures_of(visitor)
    assert decoded == reconstruction


def test_a_moved_slider_draws_another_sample_and_moves_the_mark(visit, run_of):
    visitor = visit("explore", run=run_of("digits").id)
    slider = visitor.widget("unit_1")
    before, there = pictures_of(visitor), slider.min
    visitor.set("unit_1", there)
    after = pictures_of(visitor)
    assert after[:2] == before[:2]
    assert after[2] != before[2]
    assert DRAWN["map"]["marks"][0].x == pytest.approx(there)
    visitor.press("sample_code")
    assert pictures_of(visitor) == before


def test_the_sliders_go_back_to_the_mean_code(visit, run_of):
    run = run_of("wine", latent_dim=3)
    visitor = visit("explore", run=run.id).press("mean_code")
    mean = run.codec().encode(run.split.x_test).mean(axis=0)
    assert [slider.value for slider in visitor.app.slider] == pytest.approx(mean.tolist(), abs=1e-6)


def test_a_decoded_row_is_shown_in_its_own_units(visit, run_of):
    run = run_of("wine", latent_dim=1)
    shown = texts_of(visit("explore", run=run.id)).split()
    x_hat = run.split.scaler.undo(run.codec().reconstruct(run.split.x_test[:1]))[0]
    for value in x_hat:
        assert three(value) in shown
    assert shown.count("mg/l") == 4  # magnesium and proline, of the sample and of what is decoded


def test_a_click_on_the_map_puts_that_sample_on_show(visit, run_of, map_seen):
    run = run_of("digits")
    visitor = visit("explore", run=run.id)
    map_seen.append(7)
    visitor.redrawn()
    assert visitor.widget("sample").value == 8
    assert DRAWN["map"]["selected"] == 7
    z = run.codec().encode(run.split.x_test[7:8])[0]
    assert [slider.value for slider in visitor.app.slider] == pytest.approx(z.tolist(), abs=1e-6)


def test_the_code_and_the_error_of_the_sample_are_told_in_numbers(visit, run_of):
    run = run_of("wine", latent_dim=2)
    visitor = visit("explore", run=run.id).set("sample", 3)
    x = run.split.x_test[2:3]
    first, second = run.codec().encode(x)[0]
    error = np.square(x - run.codec().reconstruct(x)).sum()
    assert visitor.reads(f"Code ({three(first)}, {three(second)}); error {three(error)} (sum of squares)")


def test_another_sample_brings_its_code(visit, run_of):
    run = run_of("wine", latent_dim=2)
    visitor = visit("explore", run=run.id).press("mean_code").press("next_sample")
    assert visitor.widget("sample").value == 2
    z = run.codec().encode(run.split.x_test[1:2])[0]
    assert [slider.value for slider in visitor.app.slider] == pytest.approx(z.tolist(), abs=1e-6)


def test_the_sample_on_show_is_the_same_on_every_page(visit, run_of):
    visitor = visit("explore", run=run_of("wine").id).set("sample", 5)
    for path in ("compare", "reconstruct", "explore"):
        assert visitor.go(path).widget("sample").value == 5


def test_of_many_units_the_visitor_chooses_which_have_a_slider(visit, run_of):
    run = run_of("digits", latent_dim=12)
    visitor = visit("explore", run=run.id)
    assert len(visitor.app.slider) == codes.MOST_SLIDERS
    visitor.set("units", [11])
    assert [slider.key for slider in visitor.app.slider] == ["unit_12"]
    before = pictures_of(visitor)[2]
    visitor.set("unit_12", visitor.widget("unit_12").max)
    assert pictures_of(visitor)[2] != before


def test_a_unit_that_is_not_in_use_still_has_a_slider():
    low, high, step = codes._range(np.zeros(5, np.float32))
    assert low < 0 < high
    assert 0 < step < high - low


@pytest.mark.parametrize("spread", [1e-5, 0.3, 1.0, 7.7, 9e4])
def test_a_slider_covers_every_held_out_code_in_some_hundred_steps(spread):
    values = np.linspace(-spread, 2 * spread, 50, dtype=np.float32)
    low, high, step = codes._range(values)
    assert low <= values.min() < values.max() <= high
    assert 200 <= (high - low) / step <= 600


def test_another_run_brings_its_own_sample_code_and_units(visit, run_of):
    wide, narrow = run_of("wine", latent_dim=5), run_of("digits", latent_dim=3)
    visitor = visit("explore", run=wide.id).set("unit_x", 4).set("sample", 9)
    visitor.go("explore", run=narrow.id)
    assert visitor.complaints == []
    assert visitor.widget("sample").value == 1
    assert visitor.widget("unit_x").value == 0
    z = narrow.codec().encode(narrow.split.x_test[:1])[0]
    assert [slider.value for slider in visitor.app.slider] == pytest.approx(z.tolist(), abs=1e-6)


def test_what_a_visitor_named_is_shown_as_it_is(visit, runs):
    odd = "<b>bold</b> *x*"
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    labels = np.where(x[:, 0] > 0, "<i>up</i>", "_down_")
    mine = Dataset("file-" + "0" * 32, odd, x, (odd, "b"), units=("<u>m</u>", ""), labels=labels, factors={})
    runs.add_data(mine)
    spec = RunSpec.from_json(recommended(mine).to_json() | {"epochs": 2, "latent_dim": 1})
    run_id = start(InlineRunner(runs), spec)
    for path in ("explore", "compare", "reconstruct"):
        visitor = visit(path, run=run_id)
        bodies = "".join(element.proto.body for element in visitor.app.get("html"))
        assert not re.search("<[biu]>", bodies)
        assert (html.escape(odd) in bodies) == (path != "reconstruct")  # where the feature's name is in a chart
        assert not [element.value for element in (*visitor.app.caption, *visitor.app.markdown) if odd in element.value]


@pytest.mark.parametrize("state", ["queued", "running", "paused", "interrupted", "crashed", "failed"])
@pytest.mark.parametrize("path", ["explore", "compare", "reconstruct"])
def test_a_run_without_a_model_says_how_it_stands_and_shows_nothing_else(visit, write_run, path, state):
    visitor = visit(path, run=write_run(state, message="Because.").id)
    said = [*visitor.complaints, *(element.value for element in visitor.app.info)]
    assert len(said) == 1
    assert visitor.widgets == []


@pytest.mark.parametrize("path", ["explore", "compare", "reconstruct"])
def test_a_torn_model_is_one_clear_sentence(visit, run_of, path):
    run = run_of("wine")
    file = run.folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:50])
    visitor = visit(path, run=run.id)
    assert visitor.complaints == [f"The file model.safetensors of run {run.id} is missing or damaged."]
