"""Compare: who wins, in words, in numbers and in pictures, on the same held-out rows."""

import html
import re

import numpy as np
import pytest

from playground.analysis.errors import UNITS, sample_errors
from playground.data import Dataset
from playground.figures.numbers import percent, three
from playground.models.spec import RunSpec
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.training.recipe import recommended

ROWS = ("mean", "PCA", "linear autoencoder", "this autoencoder")


@pytest.fixture
def run_of(runs, settings):
    """A finished run in this test's store: `run_of("wine", latent_dim=3)`."""
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


def cells_of(body):
    """The lines of a table: for each its name and its cells."""
    lines = re.findall(r'<div role="row".*?(?=<div role="row"|$)', body)

    def text(piece):
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", piece))).replace("\xad", "").strip()

    return [
        (text(header), [text(cell) for cell in re.findall(r'<div role="cell"[^>]*>(.*?)(?=<div role="cell"|$)', line)])
        for line in lines[1:]
        for header in re.findall(r'<div role="rowheader"[^>]*>(.*?)</div>', line)
    ]


def test_the_page_says_in_a_sentence_who_wins(visit, run_of):
    run = run_of("digits", epochs=8, hidden=[64, 32])
    visitor = visit("compare", run=run.id)
    assert visitor.complaints == []
    assert run.verdict
    assert visitor.reads(run.verdict)


def test_a_run_that_loses_to_pca_is_told_so(visit, run_of):
    run = run_of("wine", epochs=1, learning_rate=1e-6)
    assert run.verdict.startswith("PCA wins")
    assert visit("compare", run=run.id).reads("PCA wins: its error on the test rows is")


@pytest.mark.parametrize(("data", "latent_dim"), [("digits", 2), ("wine", 1), ("wine", 3), ("swiss_roll", 2)])
def test_the_table_has_every_codec_in_three_units_with_its_interval(visit, run_of, data, latent_dim):
    run = run_of(data, latent_dim=latent_dim)
    table = dict(cells_of(visit("compare", run=run.id).app.get("html")[0].proto.body))
    assert tuple(table) == ROWS
    total, mean, share = UNITS
    for score, cells in zip(run.scores, table.values(), strict=True):
        for cell, unit in zip(cells, (total, mean), strict=False):
            assert cell == f"{three(score.error[unit])} {three(score.low[unit])} to {three(score.high[unit])}"
        assert cells[2] == f"{percent(score.error[share])} {percent(score.low[share])} to {percent(score.high[share])}"
        assert cells[4] == f"{score.n_parameters:,}"


def test_the_difference_to_pca_has_its_sign_and_its_interval(visit, run_of):
    run = run_of("wine", latent_dim=3)
    table = dict(cells_of(visit("compare", run=run.id).app.get("html")[0].proto.body))
    assert table["PCA"][3] == "–"
    difference, low, high = next(score for score in run.scores if score.name == "mean").versus_pca
    assert difference > 0
    assert table["mean"][3] == f"+{three(difference)} +{three(low)} to +{three(high)}"


def test_a_run_that_got_worse_says_which_epoch_is_compared(visit, write_run, run_of):
    run = run_of("wine", epochs=6, learning_rate=0.1)
    history = (run.folder / "metrics.jsonl").read_text().splitlines()
    worse = re.sub(r'"val_error": [^,}]+', '"val_error": 1000.0', history[-1])
    (run.folder / "metrics.jsonl").write_text("\n".join([*history[:-1], worse]) + "\n")
    best = Run(run.store, run.id).history.best_epoch
    assert best < 6
    visitor = visit("compare", run=run.id)
    assert visitor.reads(f"Compared is the model of epoch {best}, its best on the validation rows")


def test_a_run_whose_last_epoch_is_its_best_needs_no_such_sentence(visit, run_of):
    run = run_of("wine", epochs=1)
    assert not visit("compare", run=run.id).reads("Compared is the model of epoch")


def test_the_page_says_what_makes_the_comparison_fair(visit, run_of):
    run = run_of("wine", latent_dim=3)
    visitor = visit("compare", run=run.id)
    for words in (
        f"the same {len(run.split.test_rows)} test rows",
        "m = 3",
        f"the same {len(run.split.train_rows)}",
        "95 %",
    ):
        assert visitor.reads(words)


def test_the_bars_show_the_unit_that_is_chosen(visit, run_of):
    visitor = visit("compare", run=run_of("wine").id)
    for unit, words in UNITS.items():
        visitor.set("unit", unit)
        assert words in visitor.app.get("plotly_chart")[0].proto.spec


@pytest.mark.parametrize("data", ["digits", "wine", "swiss_roll"])
def test_one_sample_goes_through_each_codec_with_its_error(visit, run_of, data):
    run = run_of(data)
    visitor = visit("compare", run=run.id).set("sample", 3)
    bodies = "".join(element.proto.body for element in visitor.app.get("html"))
    x = run.split.x_test[2:3]
    for codec in run.codecs().values():
        assert three(sample_errors(x, codec.reconstruct(x))[0]) in bodies


def test_pca_with_fewer_components_than_units_is_compared_and_said(visit, runs):
    x = np.random.default_rng(0).normal(size=(24, 30)).astype(np.float32)
    wide = Dataset("file-" + "0" * 32, "Wide", x, tuple(f"c{i}" for i in range(30)), factors={})
    spec = RunSpec.from_json(recommended(wide).to_json() | {"epochs": 2, "latent_dim": 20})
    runs.add_data(wide)
    run = Run(runs, start(InlineRunner(runs), spec))
    n_components = run.pca().latent_dim
    assert n_components < 20
    visitor = visit("compare", run=run.id)
    assert visitor.complaints == []
    assert visitor.reads(f"PCA has only {n_components} components here")
