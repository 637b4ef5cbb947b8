"""Reconstruct: one held-out sample, what is left of it, and how it compares with the others."""

import json
import re

import numpy as np
import pytest

from playground.analysis.errors import UNITS, sample_errors
from playground.figures.numbers import percent, three
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.ui import held_out, picked


@pytest.fixture
def run_of(runs, settings):
    """A finished run in this test's store: `run_of("wine", latent_dim=3)`."""
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, epochs=2, **more)))


def errors_of(run):
    return sample_errors(run.split.x_test, run.codec().reconstruct(run.split.x_test))


def charts_of(visitor):
    """The Plotly charts on the page as their JSON, in order."""
    return [json.loads(chart.proto.spec) for chart in visitor.app.get("plotly_chart")]


@pytest.mark.parametrize(("data", "latent_dim"), [("digits", 2), ("wine", 1), ("wine", 3), ("swiss_roll", 2)])
def test_the_error_is_told_in_three_units_and_among_all_held_out_rows(visit, run_of, data, latent_dim):
    run = run_of(data, latent_dim=latent_dim)
    visitor = visit("reconstruct", run=run.id).set("sample", 4)
    assert visitor.complaints == []
    errors, baseline = errors_of(run), sample_errors(run.split.x_test, run.mean().reconstruct(run.split.x_test))
    error = errors[3]
    (sentence,) = [words for words in visitor.words if words.startswith("Its error: ")]
    assert f"**{three(error)}** {UNITS['sum_squared_error_per_sample']}" in sentence
    assert f"**{three(error / run.split.n_features)}** {UNITS['mean_squared_error']}" in sentence
    assert f"**{percent(error / baseline.mean())}** of the variance left unexplained" in sentence
    assert f"larger than {percent(np.mean(errors < error))} of the {len(errors)} held-out rows" in sentence


def test_errors_of_all_samples_average_to_those_of_the_comparison(run_of):
    run = run_of("wine")
    score = next(score for score in run.scores if score.name == "autoencoder")
    held = held_out.held_out(run)
    assert held.errors.mean() == pytest.approx(score.error["sum_squared_error_per_sample"], rel=1e-6)
    baseline = held_out.held_out(run, "mean").errors.mean()
    assert held.errors.mean() / baseline == pytest.approx(score.error["variance_unexplained"], rel=1e-6)


def test_the_smallest_error_is_called_so(run_of):
    run = run_of("wine")
    held = held_out.held_out(run)
    assert held_out.standing(held, int(held.errors.argmin())).startswith("the smallest of all")


def test_next_goes_through_all_samples_and_begins_again(visit, run_of):
    run = run_of("wine")
    n_samples = len(run.split.test_rows)
    visitor = visit("reconstruct", run=run.id).set("sample", n_samples - 1)
    assert visitor.press("next_sample").widget("sample").value == n_samples
    assert visitor.press("next_sample").widget("sample").value == 1


def test_random_never_shows_the_same_sample_again():
    assert {picked._random(2, np.arange(4)) for _ in range(100)} == {0, 1, 3}


def test_the_held_out_rows_are_listed_with_their_picture_label_and_error(visit, run_of):
    run = run_of("digits")
    (table,) = visit("reconstruct", run=run.id).app.dataframe
    rows = table.value
    assert list(rows.columns) == ["picture", "sample", "digit", "error"]
    assert rows["digit"].tolist() == run.dataset.labels[run.split.test_rows].tolist()
    np.testing.assert_allclose(rows["error"], errors_of(run), rtol=1e-6)
    assert rows["picture"].str.startswith("data:image/png;base64,").all()


def test_a_table_is_listed_in_its_own_units(visit, run_of):
    run = run_of("wine")
    (table,) = visit("reconstruct", run=run.id).app.dataframe
    np.testing.assert_allclose(table.value["proline"], run.dataset.x[run.split.test_rows, -1], rtol=1e-5)


def test_images_show_the_original_the_reconstruction_and_the_difference(visit, run_of):
    visitor = visit("reconstruct", run=run_of("digits").id)
    (body,) = [element.proto.body for element in visitor.app.get("html") if "<img" in element.proto.body]
    assert re.findall(r'alt="([^"]*)"', body) == ["original", "reconstruction", "difference"]
    limits = re.findall(r"<span>([−+][\d.]+)</span>", body)
    assert limits[0].replace("−", "+") == limits[1]


def test_tables_show_each_feature_in_their_own_units(visit, run_of):
    run = run_of("wine")
    visitor = visit("reconstruct", run=run.id)
    bars = json.dumps(charts_of(visitor)[0], ensure_ascii=False)
    own = run.dataset.x[run.split.test_rows[0]]
    assert f"{three(own[-1])} mg/l" in bars


def test_the_code_is_drawn_on_the_range_of_all_held_out_codes(visit, run_of):
    run = run_of("digits", latent_dim=3)
    code, _ = charts_of(visit("reconstruct", run=run.id))
    told = json.dumps(code, ensure_ascii=False)
    z = run.codec().encode(run.split.x_test)
    for unit in range(3):
        assert three(z[0, unit]) in told
        assert three(z[:, unit].max()) in told


def test_the_histogram_marks_this_sample(visit, run_of):
    run = run_of("digits")
    visitor = visit("reconstruct", run=run.id).press("next_sample")
    histogram = json.dumps(charts_of(visitor)[-1], ensure_ascii=False)
    assert f"this sample: <b>{three(errors_of(run)[1])}</b>" in histogram


def test_the_reproduce_panel_names_the_sample_on_show(visit, run_of):
    visitor = visit("reconstruct", run=run_of("wine").id).set("sample", 6)
    assert any("i = 5  # sample 6 of the test rows" in code.value for code in visitor.app.code)
