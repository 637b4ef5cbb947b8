"""Reconstruct: five views, of which only the one on show is drawn, and the sample on the bench that they share."""

import numpy as np
import pytest

from playground.analysis.errors import UNITS, compare, sample_errors
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start

VIEWS = ("Bench", "Corrupt", "Odd ones out", "Other worlds", "Batch")


@pytest.fixture
def run_of(runs, settings):
    """A finished run in this test's store: `run_of("wine", latent_dim=3)`."""
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, epochs=2, **more)))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("data", ["digits", "wine", "penguins", "heartbeats", "swiss_roll"])
def test_every_view_opens_for_every_kind_of_data(visit, run_of, view, data):
    visitor = visit("reconstruct", run=run_of(data).id).set("bench_view", view)
    assert visitor.complaints == []
    assert visitor.app.subheader


def test_only_the_view_on_show_is_drawn(visit, run_of):
    visitor = visit("reconstruct", run=run_of("digits").id)
    drawn = {view: [each.value for each in visitor.set("bench_view", view).app.subheader] for view in VIEWS}
    for view in VIEWS:
        for other in VIEWS:
            assert view == other or not set(drawn[view]) & set(drawn[other])


def test_a_sample_picked_elsewhere_lies_on_the_bench(visit, run_of):
    run = run_of("wine")
    visitor = visit("explore", run=run.id).set("sample", 5).go("reconstruct")
    assert visitor.widget("sample").value == 5


@pytest.mark.parametrize("data", ["digits", "wine", "penguins"])
def test_errors_of_samples_and_of_features_add_up_to_the_table_of_the_compare_page(run_of, data):
    run = run_of(data)
    x, codecs = run.split.x_test, run.codecs()
    table = {score.name: score.error for score in run.scores}
    assert table == {score.name: score.error for score in compare(codecs, x)}
    for name, codec in codecs.items():
        x_hat = codec.reconstruct(x)
        squares = np.nan_to_num(np.square(x.astype(np.float64) - x_hat))
        total = table[name][next(iter(UNITS))]
        assert sample_errors(x, x_hat).mean() == pytest.approx(total, rel=1e-12)
        assert squares.sum(axis=0).sum() / len(x) == pytest.approx(total, rel=1e-12)


def test_the_panel_of_the_bench_gives_the_sample_itself(visit, run_of):
    visitor = visit("reconstruct", run=run_of("wine").id).open("reproduce_bench")

    def script():
        return next(code.value for code in visitor.app.code if code.value.startswith("from playground import"))

    first = script()
    visitor.set("sample", 6)
    assert script() != first
