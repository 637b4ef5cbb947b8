"""Odd ones out: ranking by the error, a threshold, ROC and precision-recall, and training on normal rows only."""

import dataclasses
import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from streamlit.testing.v1 import AppTest

from playground.analysis.anomalies import column_shares, flagged, usual_threshold
from playground.analysis.errors import UNITS, column_errors, feature_errors, sample_errors
from playground.data import load
from playground.figures.numbers import count, percent
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.training.recipe import recommended
from playground.ui import odd_ones, picked
from playground.ui.held_out import held_out

SCRIPT = """
from playground.ui import odd_ones, state
odd_ones.show(state.run())
"""
TOTAL, MEAN, _ = UNITS


@pytest.fixture
def run_of(runs, settings):
    """A finished run in this test's store: `run_of("wine", latent_dim=3)`."""
    return lambda data, **more: Run(runs, start(InlineRunner(runs), settings(data, **{"epochs": 2} | more)))


class Part:
    """The view in a session of its own."""

    def __init__(self, run):
        self.app = AppTest.from_string(SCRIPT, default_timeout=60)
        self.app.query_params["run"] = run.id
        self.redrawn()

    def redrawn(self):
        self.app.run()
        assert not self.app.exception
        return self

    def set(self, kind, key, value):
        getattr(self.app, kind)(key=key).set_value(value)
        return self.redrawn()

    def press(self, key):
        self.app.button(key=key).click()
        return self.redrawn()

    @property
    def buttons(self):
        return {button.key for button in self.app.button}

    @property
    def words(self):
        elements = (*self.app.markdown, *self.app.caption, *self.app.info, *self.app.warning, *self.app.error)
        return "\n".join(element.value.replace("\\", "") for element in elements)

    @property
    def html(self):
        return "".join(element.proto.body for element in self.app.get("html"))

    @property
    def charts(self):
        named = ("odd_histogram", "odd_roc", "odd_precision")
        return {
            name: json.loads(chart.proto.spec)
            for chart in self.app.get("plotly_chart")
            for name in named
            if chart.proto.id.endswith(name)
        }

    @property
    def on_show(self):
        run_id = self.app.query_params["run"]
        return run_id[0] if isinstance(run_id, list) else run_id

    @property
    def ranking(self):
        return next(each.value for each in self.app.dataframe)


@pytest.mark.parametrize("data", ["breast_cancer", "digits", "penguins", "heartbeats"])
def test_errors_by_sample_and_by_feature_add_up_to_the_table_of_the_comparison(run_of, data):
    run = run_of(data)
    for score in run.scores:
        held = held_out(run, score.name)
        assert held.errors.mean() == score.error[TOTAL]
        by_column = np.nan_to_num(column_errors(held.x, held.x_hat, run.split.layout))
        assert by_column.sum() / len(held.x) == pytest.approx(score.error[TOTAL], rel=1e-12)
        if run.split.layout is None:
            assert feature_errors(held.x, held.x_hat).mean() == pytest.approx(score.error[MEAN], rel=1e-12)


def test_on_normal_rows_only_all_four_codecs_are_fitted_to_them_and_scored_on_every_class(run_of):
    run = run_of("breast_cancer", only="benign")
    split, labels = run.split, run.dataset.labels
    assert set(labels[split.train_rows]) == set(labels[split.val_rows]) == {"benign"}
    np.testing.assert_array_equal(split.test_rows, run_of("breast_cancer").split.test_rows)
    for name, codec in {
        "pca": PCA.fit(split.x_train, run.spec.latent_dim),
        "mean": Mean.fit(split.x_train),
    }.items():
        expected = sample_errors(split.x_test, codec.reconstruct(split.x_test))
        np.testing.assert_allclose(held_out(run, name).errors, expected, rtol=1e-4)


def test_at_first_odd_is_what_training_left_out_or_what_is_not_the_most_or_the_rarest(run_of):
    assert odd_ones.default_odd(run_of("breast_cancer", only="malignant")) == ["benign"]
    assert odd_ones.default_odd(run_of("breast_cancer")) == ["malignant"]
    assert odd_ones.default_odd(run_of("heartbeats")) == ["inverted T", "no P wave", "wide QRS"]
    assert odd_ones.default_odd(run_of("wine")) == ["cultivar 3"]
    assert odd_ones.default_odd(run_of("swiss_roll")) == []


@pytest.mark.parametrize("measure", ["error", "relative"])
def test_the_areas_are_scikit_learns_for_the_autoencoder_and_for_pca(run_of, measure):
    run = run_of("breast_cancer", only="benign")
    odd = run.dataset.labels[run.split.test_rows] == "malignant"
    found = odd_ones.judged(run, odd, measure)
    part = Part(run).set("segmented_control", "odd_measure", measure)
    for name in ("autoencoder", "pca", "linear", "mean"):
        area = roc_auc_score(odd, odd_ones.scores_of(run, measure, name))
        assert found.curves[name].auc == area
        assert found.ends[name][0] < area < found.ends[name][1]
        assert f"{area:.3f}" in part.html
    names = [trace.get("name", "") for trace in part.charts["odd_roc"]["data"]]
    assert f"PCA, AUC {found.curves['pca'].auc:.3f}" in names


def test_the_threshold_is_at_first_what_95_of_100_validation_rows_pass_and_says_what_it_flags(run_of):
    run = run_of("breast_cancer")
    part = Part(run).set("segmented_control", "odd_measure", "error")
    val, codec = run.split.x_val, run.codec()
    usual = usual_threshold(sample_errors(val, codec.reconstruct(val)))
    assert part.app.select_slider(key="odd_threshold").value == pytest.approx(usual, rel=1e-6)
    errors = held_out(run).errors
    n = int(flagged(errors, usual).sum())
    assert (
        f"{percent(n / len(errors))}** of the held-out rows are flagged: {count(n)} of {count(len(errors))}"
        in part.words
    )
    every = float(errors.min())
    part.set("select_slider", "odd_threshold", every)
    assert f"100 %** of the held-out rows are flagged: {count(len(errors))} of {count(len(errors))}" in part.words
    assert part.app.select_slider(key="odd_threshold").value == every


def test_the_bars_of_the_histogram_are_all_rows_by_what_they_are(run_of):
    run = run_of("breast_cancer")
    part = Part(run)
    chart = part.charts["odd_histogram"]
    heights = sum(int(told[0].replace(",", "")) for bar in chart["data"] for told in bar["customdata"])
    assert heights == len(run.split.test_rows)
    odd = run.dataset.labels[run.split.test_rows] == "malignant"
    assert [trace["name"] for trace in chart["data"]] == [
        f"normal rows ({int((~odd).sum())})",
        f"odd rows ({int(odd.sum())})",
    ]


def test_rows_are_ranked_by_their_error_with_the_columns_that_cost_most(run_of):
    run = run_of("breast_cancer")
    held, table = held_out(run), Part(run).set("segmented_control", "odd_measure", "error").ranking
    order = np.argsort(-held.errors)
    np.testing.assert_array_equal(table["sample"].to_numpy() - 1, order[: len(table)])
    np.testing.assert_array_equal(table["error"], held.errors[order][: len(table)])
    shares = column_shares(held.x[order[:1]], held.x_hat[order[:1]], None)[0]
    most = int(shares.argmax())
    said = f"{run.dataset.feature_names[most]} {100 * shares[most]:.0f} %"
    assert table["largest shares"][0].startswith(said)
    assert list(table["rank"][:2]) == [1, 2]


@pytest.mark.parametrize("where", ["At the threshold", "Smallest errors"])
def test_other_parts_of_the_ranking_can_be_listed(run_of, where):
    run = run_of("digits")
    table = Part(run).set("segmented_control", "odd_where", where).ranking
    errors = np.sort(held_out(run).errors)[::-1]
    first = int(table["rank"].iloc[0])
    np.testing.assert_array_equal(table["error"], errors[first - 1 : first - 1 + len(table)])
    if where == "Smallest errors":
        assert table["rank"].iloc[-1] == len(errors)
    else:
        assert {"", "false alarm"} <= set(table["flagged"]) | {"✓ found", "✕ missed"}
        assert len(set(table["flagged"])) > 1


def test_other_classes_can_be_odd_and_all_or_none_is_no_choice(run_of):
    run = run_of("wine")
    part = Part(run).set("multiselect", "odd_classes", ["cultivar 1", "cultivar 3"])
    odd = np.isin(run.dataset.labels[run.split.test_rows], ["cultivar 1", "cultivar 3"])
    assert f"{roc_auc_score(odd, odd_ones.scores_of(run, 'relative')):.3f}" in part.html
    for chosen in ([], ["cultivar 1", "cultivar 2", "cultivar 3"]):
        part.set("multiselect", "odd_classes", chosen)
        assert "Choose some classes, but not all" in part.words
        assert "odd_roc" not in part.charts
        assert len(part.ranking)


def test_without_a_label_rows_are_ranked_and_nothing_is_judged(run_of):
    part = Part(run_of("swiss_roll"))
    assert "These data have no label" in part.words
    assert set(part.charts) == {"odd_histogram"}
    assert "train_normal" not in part.buttons
    assert len(part.ranking)


def test_one_click_trains_the_same_settings_on_normal_rows_and_leads_there_and_back(run_of, runs):
    run = run_of("breast_cancer")
    part = Part(run)
    part.press("train_normal")
    part.redrawn()
    assert "trained on benign alone" in part.html
    assert "train_normal" not in part.buttons
    odd = run.dataset.labels[run.split.test_rows] == "malignant"
    normal = next(each for each in (Run(runs, run_id) for run_id in runs.run_ids()) if each.spec.only)
    before, after = (odd_ones.judged(each, odd, "relative").curves for each in (run, normal))
    said = ", ".join(
        f"{name} {before[codec].auc:.3f} → **{after[codec].auc:.3f}**"
        for codec, name in (("autoencoder", "this autoencoder"), ("pca", "PCA"))
    )
    assert f"AUC, all rows → only benign: {said}." in part.words
    part.press("open_normal")
    shown = Run(runs, part.on_show)
    assert shown.id != run.id
    assert shown.spec == type(run.spec)(**{**vars(run.spec), "only": "benign"})
    assert "This run was trained on benign alone." in part.redrawn().words
    assert "trained on every class" in part.html
    part.press("open_every_class")
    assert part.on_show == run.id


def test_another_session_with_the_link_finds_the_run_on_normal_rows_but_none_of_a_stranger(run_of, runs):
    run, stranger = run_of("breast_cancer"), run_of("breast_cancer", only="benign")
    assert "open_normal" not in Part(run).buttons
    Part(run).press("train_normal")
    part = Part(run).press("open_normal")
    assert part.on_show != stranger.id
    assert Part(Run(runs, part.on_show)).press("open_every_class").on_show == run.id


@pytest.mark.parametrize("note", ["", "[]", '{"benign": "../../x"}', '{"benign": 3}'])
def test_a_damaged_note_of_the_run_on_normal_rows_counts_for_nothing(run_of, note):
    run = run_of("breast_cancer")
    (run.folder / "only.json").write_text(note)
    assert {"train_normal"} <= Part(run).buttons


@pytest.mark.parametrize(("ends", "said"), [((-0.1, -0.05), "finds them better than the"), ((-0.1, 0.1), "is ahead")])
def test_the_sentence_says_when_the_mean_is_ahead(run_of, ends, said):
    run = run_of("breast_cancer")
    odd = run.dataset.labels[run.split.test_rows] == "malignant"
    found = odd_ones.judged(run, odd)
    for name, (difference, low, high) in found.differences.items():
        assert difference == found.curves["autoencoder"].auc - found.curves[name].auc
        assert low < difference < high
    behind = dataclasses.replace(found, differences=found.differences | {"mean": (-0.08, *ends), "linear": (0.1, 0, 1)})
    words = odd_ones._verdict(behind)
    assert "Even the mean" in words
    assert said in words
    assert "linear" not in words


def test_of_many_normal_classes_one_is_chosen_to_train_on(run_of, runs):
    part = Part(run_of("wine"))
    part.set("selectbox", "normal_class", "cultivar 1").press("train_normal")
    part.redrawn().press("open_normal")
    assert Run(runs, part.on_show).spec.only == "cultivar 1"


def test_a_click_on_a_ranked_row_puts_it_on_show(run_of):
    run = run_of("wine")
    part = Part(run)
    place = int(part.ranking["sample"][2]) - 1
    part.app.session_state["_sample"] = (run.id, place)
    part.redrawn()
    assert f"Sample {place + 1}**: rank 3 of" in part.words
    assert picked.sample(run.id, 10**6) == 0  # of another session, nothing


@pytest.mark.parametrize("measure", ["error", "relative"])
def test_the_reproduce_panel_gives_the_same_area(run_of, capsys, measure):
    run = run_of("breast_cancer", only="benign")
    part = Part(run).set("segmented_control", "odd_measure", measure)
    part.app.session_state["reproduce_odd_ones"] = True
    part.redrawn()
    code = next(each.value for each in part.app.code if "resampled_aucs" in each.value)
    exec(code, {})
    odd = run.dataset.labels[run.split.test_rows] == "malignant"
    assert f"autoencoder {odd_ones.judged(run, odd, measure).curves['autoencoder'].auc}" in capsys.readouterr().out


@pytest.mark.parametrize("seed", [0, 1])
def test_breast_cancer_trained_on_benign_rows_only_finds_the_malignant_ones(runs, seed):
    """With the settings that are recommended and the oddness that is shown first: AUC at least 0.92."""
    dataset = load("breast_cancer")
    spec = dataclasses.replace(recommended(dataset), only="benign", seed=seed)
    run = Run(runs, start(InlineRunner(runs), spec))
    odd = dataset.labels[run.split.test_rows] == "malignant"
    found = odd_ones.judged(run, odd, odd_ones.default_measure(run))
    assert found.curves["autoencoder"].auc >= 0.92
    assert f"PCA in {percent(found.curves['pca'].auc)}" in Part(run).words


def test_in_times_of_what_is_usual_each_column_counts_by_its_error_on_the_validation_rows(run_of):
    run = run_of("breast_cancer")
    codec, split = run.codec(), run.split
    usual = np.square(split.x_val.astype(float) - codec.reconstruct(split.x_val)).mean(axis=0)
    usual = np.maximum(usual, 0.01 * usual.mean())
    expected = (np.square(split.x_test.astype(float) - codec.reconstruct(split.x_test)) / usual).mean(axis=1)
    np.testing.assert_allclose(odd_ones.scores_of(run, "relative"), expected, rtol=1e-5)
    table = Part(run).ranking
    np.testing.assert_allclose(table["times usual"], np.sort(expected)[::-1][: len(table)], rtol=1e-5)


def test_what_rows_are_ranked_by_at_first_depends_on_whether_the_columns_share_a_unit(run_of):
    assert odd_ones.default_measure(run_of("breast_cancer")) == "relative"
    assert odd_ones.default_measure(run_of("digits")) == "error"
    assert odd_ones.default_measure(run_of("heartbeats")) == "error"
