"""The rules of hints on made-up evidence: where each begins, what it offers, and what it leaves alone."""

import dataclasses

import numpy as np
import pytest

from playground.analysis.evidence import Evidence, fall, n_independent, neighbour_accuracy, overfits
from playground.analysis.hints import RULES, hints
from playground.data import load
from playground.errors import SpecError
from playground.models.kinds import KIND
from playground.models.spec import FIELDS, RunSpec
from playground.training.recipe import recommended

FINE = [4.0, 3.0, 2.0, 1.5, 1.2, 1.1, 1.05, 1.03, 1.02, 1.015, 1.012, 1.01]


def evidence(**more):
    """A run of digits that went well, and what is different here."""
    spec = more.pop("spec", dataclasses.replace(recommended(load("digits")), epochs=12, patience=0))
    given = {"train_error": FINE, "val_error": FINE, "val_loss": FINE, "pca": 2.0, "mean": 5.0}
    return Evidence(spec=spec, recommended=recommended(load("digits"), spec.model), **given | more)


def told(**more):
    return [hint.rule for hint in hints(evidence(**more))]


def fix_of(rule, **more):
    return next(hint.fix for hint in hints(evidence(**more)) if hint.rule == rule)


def spec(**more):
    return dataclasses.replace(recommended(load("digits")), epochs=12, patience=0, **more)


def test_a_run_that_went_well_is_told_nothing():
    assert told() == []


@pytest.mark.parametrize(
    ("rate", "better"), [(1000.0, 0.02), (0.3, 0.02), (0.2, 0.02), (0.1, 0.01), (0.02, 0.002), (2e-6, 1e-6)]
)
def test_a_rate_that_diverged_becomes_a_tenth_or_the_recommended_one(rate, better):
    assert fix_of("diverged", state="diverged", spec=spec(learning_rate=rate)) == {"learning_rate": better}


def test_a_run_that_diverged_is_told_nothing_else():
    nan = [float("nan")]
    assert told(state="diverged", val_error=nan, train_error=nan) == ["diverged"]
    assert told(state="diverged", val_error=[], train_error=[]) == ["diverged"]


@pytest.mark.parametrize(("val", "expected"), [(2.03, []), (2.05, ["worse_than_pca"]), (4.96, ["worse_than_mean"])])
def test_how_much_worse_is_worth_a_word(val, expected):
    flat = [val] * 12
    assert told(val_error=flat, train_error=flat) == expected


def test_losing_to_an_error_of_nothing_is_no_loss():
    """PCA of data that lie in a plane leaves rounding errors only."""
    assert told(pca=1e-9, val_error=[0.02] * 12, train_error=[0.02] * 12) == []


@pytest.mark.parametrize(("epochs", "expected"), [(3, []), (4, ["worse_than_mean"])])
def test_a_training_run_is_not_called_useless_before_a_third_of_its_epochs(epochs, expected):
    flat = [6.0] * epochs
    assert told(state="running", val_error=flat, train_error=flat) == expected


@pytest.mark.parametrize("state", ["running", "paused"])
def test_while_it_trains_nothing_is_said_that_only_the_end_can_tell(state):
    """Falling, and worse than PCA so far: that is what training is."""
    falling = [5.0, 4.0, 3.5, 3.0]
    assert told(state=state, val_error=falling, train_error=falling) == []


def test_going_on_is_offered_while_the_error_falls():
    falling = [5.0 * 0.9**epoch for epoch in range(12)]
    found = hints(evidence(val_error=falling, train_error=falling))
    assert [hint.rule for hint in found] == ["still_falling"]
    assert found[0].more_epochs == 48  # as many as are recommended in all
    assert found[0].fix_words == "Train 48 more epochs"


def test_a_stopped_run_is_offered_the_epochs_that_it_had_left():
    falling = [5.0 * 0.9**epoch for epoch in range(12)]
    more = {"val_error": falling, "train_error": falling, "state": "stopped"}
    assert fix_of("still_falling", planned_epochs=60, **more) == {"go_on": 48}


def test_overfitting_needs_a_rise_that_lasts_and_a_training_error_that_falls():
    epochs = np.arange(40)
    falls = 2.0 * 0.97**epochs
    rises = 1.5 + 0.05 * np.abs(epochs - 15)
    one_lucky_epoch = np.where(epochs == 15, 0.5, 1.5)
    assert overfits(evidence(val_error=rises, train_error=falls))
    assert not overfits(evidence(val_error=one_lucky_epoch, train_error=falls))
    assert not overfits(evidence(val_error=rises, train_error=rises))
    assert not overfits(evidence(val_error=rises * 1e-3, train_error=falls))  # of no matter beside the mean's error


def test_a_variational_run_is_judged_by_its_objective():
    """During the warm-up of β the error rises while the objective falls: that is no overfitting."""
    rising = [1.0 + 0.1 * epoch for epoch in range(12)]
    vae = dataclasses.replace(recommended(load("digits"), "vae"), epochs=12)
    objective = [20.0 - 0.01 * epoch for epoch in range(12)]
    found = told(spec=vae, val_error=rising, train_error=FINE, val_loss=objective, code_kl=[2.0, 1.0])
    assert "overfitting" not in found


@pytest.mark.parametrize(("n_dead", "expected"), [(1, []), (4, ["dead_units"]), (40, ["dead_units"])])
def test_dead_units_are_counted_in_the_hidden_layers_alone(n_dead, expected):
    hidden = np.ones(20, np.float32)
    left, right = hidden.copy(), hidden.copy()
    left[: min(n_dead, 20)] = 0
    right[: max(n_dead - 20, 0)] = np.nan
    dark = np.zeros(64, np.float32)  # the border of every picture
    found = told(activity=[dark, left, np.ones(2, np.float32), right, dark], spec=spec(hidden=(20,)))
    assert found == expected


def test_dead_units_get_another_bend_or_a_lower_rate():
    dead = [np.ones(3), np.zeros(20), np.ones(2), np.zeros(20), np.ones(3)]
    assert fix_of("dead_units", activity=dead) == {"activation": "silu"}
    assert fix_of("dead_units", activity=dead, spec=spec(learning_rate=0.2)) == {
        "activation": "silu",
        "learning_rate": 0.02,
    }
    assert fix_of("dead_units", activity=dead, spec=spec(activation="tanh")) == {"learning_rate": 0.002}


def vae(**more):
    return dataclasses.replace(recommended(load("digits"), "vae"), epochs=12, **more)


def test_a_code_without_information_collapsed_and_one_with_some_is_too_large():
    worse = {"val_error": [3.0] * 12, "val_loss": [4.0] * 12, "train_error": [3.0] * 12}
    assert told(spec=vae(latent_dim=4), code_kl=[0.0, 0.0, 0.001, 2.0], **worse) == ["kl_collapsed"]
    assert fix_of("kl_collapsed", spec=vae(latent_dim=2, beta=4.0, warm_up=0.0), code_kl=[0.0, 0.0], **worse) == {
        "beta": 0.1,
        "warm_up": 0.25,
    }
    z = np.random.default_rng(0).normal(size=(50, 4))
    assert told(spec=vae(latent_dim=4), code_kl=[0.0, 3.0, 2.0, 2.0], z=z) == ["unused_units"]
    assert fix_of("unused_units", spec=vae(latent_dim=4), code_kl=[0.0, 3.0, 2.0, 2.0], z=z) == {"latent_dim": 3}


def test_units_that_others_already_tell_are_not_counted():
    z = np.random.default_rng(0).normal(size=(200, 3))
    assert n_independent(z) == 3
    assert n_independent(z * [1.0, 100.0, 10.0]) == 3
    assert n_independent(np.hstack([z, z @ [[1.0], [2.0], [3.0]]])) == 3
    assert n_independent(np.hstack([z, np.full((200, 1), 7.0)])) == 3
    assert n_independent(np.zeros((200, 3))) == 0


def test_a_code_as_large_as_the_data_can_copy_unless_something_keeps_it_from_that():
    assert told(spec=spec(latent_dim=64)) == ["copies"]
    assert told(spec=spec(latent_dim=63)) == []
    for model in ("denoising", "sparse", "contractive", "vae"):
        wide = dataclasses.replace(recommended(load("digits"), model), latent_dim=64, epochs=12)
        assert "copies" not in told(spec=wide)


@pytest.mark.parametrize(
    ("spread", "expected"),
    [
        ([1.0, 1.0, 1.0], []),
        ([3.0, 2.0, 1.0], []),  # swiss roll: lengths that may differ
        ([1.0, 300.0, 2.0], ["unscaled_column"]),
        ([300.0, 300.0, 300.0], []),
        ([1.0], []),
        ([0.0, 0.0], []),
    ],
)
def test_a_column_dominates_when_it_is_nearly_all_of_the_variance(spread, expected):
    more = {"column_spread": np.array(spread), "column_names": "abc"}
    assert told(spec=spec(scaling="none"), **more) == expected
    assert told(spec=spec(scaling="standard"), **more) == []


def test_few_rows_matter_only_where_the_held_out_rows_show_it():
    better = [value * 0.7 for value in FINE]
    many = {"n_parameters": 10 * 1000 * 64}
    assert told(**many) == []
    assert told(train_error=better, **many) == ["few_rows"]
    assert told(train_error=better) == []


def test_the_neighbours_of_a_row_tell_its_class_without_the_row_itself():
    """Against scikit-learn's classifier, a row left out at a time."""
    from sklearn.model_selection import LeaveOneOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    rng = np.random.default_rng(0)
    labels = np.array(["a", "b"])[rng.integers(0, 2, 60)]
    z = rng.normal(size=(60, 2)) + 1.5 * (labels == "a")[:, None]
    oracle = cross_val_score(KNeighborsClassifier(5), z, labels, cv=LeaveOneOut()).mean()
    assert neighbour_accuracy(z, labels) == pytest.approx(oracle)
    assert neighbour_accuracy(z + 1e4, labels) == pytest.approx(oracle, abs=0.02)  # float32, far from the origin


def test_classes_are_compared_only_where_the_rows_allow_it():
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b"], 100)
    apart = np.where(labels == "a", 0.0, 5.0)[:, None] + rng.normal(size=(200, 2))
    mixed = rng.normal(size=(200, 2))
    assert told(z=mixed, z_pca=apart, labels=labels) == ["classes_apart"]
    assert told(z=apart, z_pca=mixed, labels=labels) == []
    assert told(z=mixed[::20], z_pca=apart[::20], labels=labels[::20]) == []


def test_a_fall_is_measured_between_the_last_epochs_and_those_before():
    assert fall([4.0, 2.0], 1) == 0.5
    assert fall([4.0], 1) == 0.0
    assert fall([2.0, 2.0, 1.0, 1.0], 2) == 0.5
    assert fall([1.0, 2.0], 1) == -1.0


RISING = [1.0] * 5 + [2.0] * 7
BAD = {  # rule -> evidence that calls for it, whatever the settings
    "diverged": {"state": "diverged"},
    "worse_than_mean": {"val_error": [9.0] * 12, "train_error": [9.0] * 12, "val_loss": [9.0] * 12},
    "worse_than_pca": {"val_error": [3.0] * 12, "train_error": [3.0] * 12, "val_loss": [3.0] * 12},
    "overfitting": {
        "val_error": [1.0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2],
        "val_loss": [1.0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2],
    },
    "few_rows": {"n_parameters": 10**6, "train_error": [value / 2 for value in FINE]},
    "dead_units": {"activity": [np.ones(3), np.zeros(9), np.ones(2), np.zeros(9), np.ones(3)]},
    "unscaled_column": {"column_spread": np.array([1.0, 1.0, 99.0]), "column_names": "abc"},
}
EXTREMES = [
    {},
    {"learning_rate": FIELDS["learning_rate"].high},
    {"learning_rate": FIELDS["learning_rate"].low},
    {"hidden": ()},
    {"hidden": (1,)},
    {"hidden": (2048, 2048)},
    {"epochs": 10_000, "patience": 10_000},
    {"weight_decay": 1.0},
    {"scaling": "none", "output": "linear"},
    {"latent_dim": 1},
]


@pytest.mark.parametrize("data", ["digits", "wine", "penguins"])
@pytest.mark.parametrize("model", KIND)
@pytest.mark.parametrize("rule", BAD)
def test_no_fix_asks_for_what_cannot_be(data, model, rule):
    """For every kind, on every sort of data, from the edges of the settings' ranges."""
    dataset = load(data)
    base = recommended(dataset, model)
    for extreme in EXTREMES:
        try:
            asked = dataclasses.replace(base, **extreme)
            asked.check_fits(dataset)
        except SpecError:
            continue
        given = {"train_error": FINE, "val_error": FINE, "val_loss": FINE, "pca": 2.0, "mean": 5.0} | BAD[rule]
        kl = [1.0] * asked.latent_dim if model == "vae" else None
        found = hints(Evidence(asked, base, n_features=dataset.width, code_kl=kl, **given))
        for hint in found:
            hint.fixed(asked).check_fits(dataset)
            assert hint.more_epochs or hint.fixed(asked) != asked, f"{hint.rule} changes nothing: {hint.fix}"


def test_every_rule_has_a_name_of_its_own():
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names) == 12
    for rule in RULES:
        assert set(rule.unless) <= set(names[: names.index(rule.name)]), "only earlier rules can silence a later one"


def test_a_hint_leaves_all_other_settings_alone():
    bad = evidence(**BAD["worse_than_mean"], spec=spec(learning_rate=1e-6))
    (hint,) = hints(bad)
    assert hint.fixed(bad.spec) == dataclasses.replace(bad.spec, learning_rate=0.02)
    assert RunSpec.from_json(hint.fixed(bad.spec).to_json()) == hint.fixed(bad.spec)
