"""The parts of Compare: the table with what a visitor adds to it, and where the autoencoder wins and loses."""

import dataclasses
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.analysis.errors import UNITS, interval, sample_errors
from playground.data.reading.read import read_content
from playground.figures.numbers import three
from playground.models.kernel_pca import KernelPCA
from playground.models.spec import RunSpec
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, go_on, start
from playground.training.recipe import recommended
from playground.ui import comparison, wins
from playground.ui.held_out import held_out

SCRIPT = """
import streamlit as st
from playground.ui import {part}, state
{part}.show(state.run())
"""
TOTAL = next(iter(UNITS))


@pytest.fixture
def run_of(runs, settings):
    """A finished run in this test's store: `run_of("wine", latent_dim=3)`."""
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


class Part:
    """One part of the page in a session of its own."""

    def __init__(self, part, run):
        self.app = AppTest.from_string(SCRIPT.format(part=part), default_timeout=60)
        self.open(run)

    def open(self, run):
        self.app.query_params["run"] = run.id
        return self.redrawn()

    def redrawn(self):
        self.app.run()
        assert not self.app.exception
        return self

    def set(self, kind, key, value):
        getattr(self.app, kind)(key=key).set_value(value)
        return self.redrawn()

    @property
    def words(self):
        elements = (*self.app.markdown, *self.app.caption, *self.app.info, *self.app.warning, *self.app.error)
        return "\n".join(element.value.replace("\\", "") for element in elements)

    @property
    def html(self):
        return "".join(element.proto.body for element in self.app.get("html"))

    @property
    def charts(self):
        return {
            name: json.loads(chart.proto.spec)
            for chart in self.app.get("plotly_chart")
            for name in ("comparison_bars", "gain_histogram", "column_errors", "class_errors")
            if chart.proto.id.endswith(name)
        }


def own_score(run):
    return next(score for score in run.scores if score.name == "autoencoder")


def test_the_sentence_says_how_much_it_is_and_whether_chance_explains_it(run_of):
    run = run_of("wine", epochs=1, learning_rate=1e-6)
    difference, low, high = own_score(run).versus_pca
    assert low > 0
    words = Part("comparison", run).words
    assert run.verdict in words
    assert f"That is {three(difference)} less in the sum of squared errors per sample." in words
    assert f"{three(low)} to {three(high)}, leaves out zero" in words
    assert "The linear autoencoder beats it as well" in words


def test_what_chance_explains_is_not_called_a_win(runs, run_of):
    run = run_of("wine")
    result = run.record["result"]
    next(row for row in result["scores"] if row["name"] == "autoencoder")["versus_pca"] = [0.5, -1.0, 2.0]
    runs.update(run.id, result=result | {"verdict": "Too close to call: so."})
    assert "−1.00 to +2.00, takes in zero" in Part("comparison", Run(runs, run.id)).words


def test_a_run_that_went_on_after_its_result_says_so_beside_the_verdict(runs, run_of):
    run = run_of("wine")
    assert "after its test result had been seen" not in Part("comparison", run).words
    go_on(InlineRunner(runs), run.id, 2)
    words = Part("comparison", Run(runs, run.id)).words
    assert "It went on for 2 more epochs after its test result had been seen: the comparison may flatter it." in words


def test_a_run_that_went_on_is_shown_with_its_new_model(runs, run_of):
    run = run_of("wine", learning_rate=0.01)
    before = held_out(run).errors.mean()
    go_on(InlineRunner(runs), run.id, 3)
    run = Run(runs, run.id)
    assert held_out(run).errors.mean() == pytest.approx(own_score(run).error[TOTAL], rel=1e-6)
    assert held_out(run).errors.mean() != before


def test_the_table_ends_with_times_and_bytes_and_old_runs_have_no_times(runs, run_of):
    run = run_of("wine", latent_dim=3)
    lines = comparison.lines_of(run)
    assert [line.latent_dim for line in lines] == [0, 3, 3, 3]
    assert ">12<" in comparison.table(run, lines)
    result = run.record["result"]
    scores = [{name: value for name, value in row.items() if name != "seconds"} for row in result["scores"]]
    runs.update(run.id, result=result | {"scores": scores})
    again = Run(runs, run.id)
    assert comparison.table(again, comparison.lines_of(again)).count(">–<") == 4 + 1  # and PCA beside itself


def test_kernel_pca_joins_the_table_on_the_same_rows(run_of):
    run = run_of("wine")
    part = Part("comparison", run)
    assert "kernel PCA" not in part.html
    part.set("toggle", "kernel_pca", True)
    codec = KernelPCA.fit(run.split.x_train, 2)
    errors = sample_errors(run.split.x_test, codec.reconstruct(run.split.x_test))
    assert "kernel PCA" in part.html
    for number in interval(errors):
        assert three(number) in part.html
    assert f"{codec.n_parameters:,}" in part.html
    assert "is fitted on all" in part.words
    assert "kernel PCA" in json.dumps(part.charts["comparison_bars"])


def test_another_run_of_this_session_joins_with_its_m_in_its_name(run_of):
    first, second = run_of("wine"), run_of("wine", latent_dim=3)
    part = Part("comparison", first)
    assert part.app.multiselect(key="others").options == []
    part.open(second)
    (name,) = part.app.multiselect(key="others").options
    assert "m = 2" in name
    part.set("multiselect", "others", [first.id])
    assert name in part.html
    assert three(own_score(first).error[TOTAL]) in part.html
    assert "a run of another m stands beside PCA of its own m" in part.words


def test_others_are_scored_on_the_same_resamples_as_the_four(run_of):
    run = run_of("wine", latent_dim=3)
    held = held_out(run)
    again = comparison.Other("x", "again", "#000000", held.errors, 1, None, 3)
    own, other = comparison.lines_of(run, [again])[-2:]
    for unit in UNITS:
        for end in ("error", "low", "high"):
            ours, theirs = (getattr(line.scored, end)[unit] for line in (own, other))
            assert theirs == pytest.approx(ours, rel=1e-6)
    assert other.scored.versus_pca == pytest.approx(own.scored.versus_pca, rel=1e-4, abs=1e-6)


def test_a_run_is_added_by_its_link_or_its_id(run_of):
    shown, other = run_of("wine"), run_of("wine", latent_dim=3)
    for text in (other.id, f"https://somewhere.example/compare?run={other.id}&x=1"):
        part = Part("comparison", shown).set("text_input", "add_run", text)
        assert part.app.multiselect(key="others").value == [other.id]
        assert part.app.text_input(key="add_run").value == ""
        assert "m = 3" in part.html


def test_runs_that_do_not_compare_are_refused_in_a_sentence(run_of, write_run):
    shown = run_of("wine")
    others = {
        run_of("iris").id: "That run is of other data (",
        run_of("wine", split_seed=1).id: "That run sees the data otherwise (",
        run_of("wine", scaling="range").id: "That run sees the data otherwise (",
        run_of("wine", only="cultivar 2").id: "That run was trained on cultivar 2 alone, this one on every class",
        write_run("paused", spec=shown.spec).id: "That run has no result yet",
        shown.id: "That is the run on show",
        "f" * 32: "There is no run",
        "nonsense": "'nonsense' is not the id of a run",
    }
    part = Part("comparison", shown)
    for text, sentence in others.items():
        part.set("text_input", "add_run", text)
        assert sentence in part.words
        assert part.app.multiselect(key="others").value == []


@pytest.mark.parametrize("data", ["digits", "wine", "swiss_roll", "penguins", "heartbeats"])
def test_where_it_wins_is_drawn_for_every_kind_of_data(run_of, data):
    run = run_of(data)
    part = Part("wins", run)
    assert not part.app.error
    gains = wins.where_of(run).gains
    assert f"on {(gains > 0).sum()} of {len(gains)} test rows" in part.words
    assert {"gain_histogram", "column_errors"} <= part.charts.keys()
    assert ("class_errors" in part.charts) == (run.dataset.labels is not None)
    assert f"sample {int(np.argmax(np.abs(gains))) + 1}" in part.html + part.words


def test_as_many_samples_are_drawn_as_the_visitor_wants(run_of):
    run = run_of("digits")
    part = Part("wins", run).set("slider", "n_extremes", 3)
    own, pca = held_out(run), held_out(run, "pca")
    gains = pca.errors - own.errors
    wanted = {*np.argsort(-gains)[:3], *np.argsort(gains)[:3]}
    wanted = [place for place in wanted if gains[place] != 0]
    assert part.html.count("<figure") == len(wanted) + 1  # and the map of the pixels
    for place in wanted:
        assert f"error {three(own.errors[place])}, PCA {three(pca.errors[place])}" in part.html


def test_gains_on_the_page_add_up_to_the_table(run_of):
    run = run_of("digits")
    where, score = wins.where_of(run), own_score(run)
    pca = next(each for each in run.scores if each.name == "pca")
    assert where.gains.mean() == pytest.approx(-score.versus_pca[0], rel=1e-5)
    assert where.columns.own.sum() == pytest.approx(score.error[TOTAL], rel=1e-6)
    assert where.columns.pca.sum() == pytest.approx(pca.error[TOTAL], rel=1e-6)
    n = len(run.split.test_rows)
    assert sum(each.own[0] * each.n_rows for each in where.classes) / n == pytest.approx(score.error[TOTAL], rel=1e-6)


def test_missing_cells_and_strange_names_are_no_trouble(runs):
    rng = np.random.default_rng(0)
    rows = [f"{'' if i % 3 == 0 else round(rng.normal(), 2)},{rng.normal():.3f},{'ab'[i % 2]}" for i in range(60)]
    dataset = read_content("mine.csv", "\n".join(["<b>*x*</b>,y_[1],kind", *rows]).encode())
    runs.add_data(dataset)
    spec = dataclasses.replace(RunSpec.from_json(recommended(dataset).to_json()), epochs=1, latent_dim=1)
    run = Run(runs, start(InlineRunner(runs), spec))
    part = Part("wins", run)
    assert not part.app.error
    assert "<b>*x*" not in part.html
    assert "A missing cell counts for nothing." in part.words


def test_where_nothing_is_lost_the_page_says_so(run_of, monkeypatch):
    run = run_of("wine")
    monkeypatch.setattr(wins, "extremes", lambda gains, most: ([0], []))
    assert "PCA is closer on no test row." in Part("wins", run).words
