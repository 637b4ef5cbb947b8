"""The address is the truth: it fills the form, the form writes it, and what cannot be is named and replaced."""

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.data import BUILTIN, load
from playground.models.kinds import KIND, settings_of
from playground.models.spec import FIELDS, RunSpec
from playground.runs.run import Run
from playground.runs.runner import Stats
from playground.training.recipe import recommended
from playground.ui import server

# One for every field, none of them what the form shows for wine (the data set: for a first visit).
OTHER = {
    "data": "wine",
    "val_fraction": "0.25",
    "test_fraction": "0.3",
    "split_seed": "7",
    "only": "cultivar 2",
    "scaling": "range",
    "model": "tied",
    "network": "dense",
    "latent_dim": "3",
    "hidden": "12-6",
    "activation": "gelu",
    "batch_norm": "true",
    "output": "sigmoid",
    "dropout": "0.25",
    "noise": "mask",
    "noise_level": "0.125",
    "sparsity": "kl",
    "sparsity_weight": "2.5",
    "sparsity_target": "0.2",
    "contraction": "0.75",
    "beta": "4",
    "warm_up": "0.5",
    "loss": "huber",
    "huber": "0.3",
    "epochs": "5",
    "batch_size": "32",
    "learning_rate": "0.000123",
    "schedule": "one_cycle",
    "weight_decay": "0.02",
    "patience": "4",
    "seed": "2147483647",
    "device": "cpu",
    "precision": "float32",
}
# What else the address has to say for a setting to have a widget.
WITH = {
    "network": {"model": "denoising"},
    "noise": {"model": "denoising"},
    "noise_level": {"model": "denoising"},
    "sparsity": {"model": "sparse"},
    "sparsity_weight": {"model": "sparse"},
    "sparsity_target": {"model": "sparse", "sparsity": "kl"},
    "contraction": {"model": "contractive"},
    "beta": {"model": "vae"},
    "warm_up": {"model": "vae"},
    "huber": {"loss": "huber"},
}
OF_ONE_KIND = {name for name in WITH if name != "huber"}


def has_widget(name, spec):
    """Whether the form shows that setting beside these: a kind's own with the kind, others' not at all."""
    if name == "huber":
        return spec.loss == "huber"
    if name == "noise_level":
        return "noise" in settings_of(spec.model) and spec.noise_kind != "none"
    if name == "sparsity_target":
        return spec.model == "sparse" and spec.sparsity == "kl"
    return name not in OF_ONE_KIND or name in settings_of(spec.model)


def shows(visitor, spec):
    """Whether every widget of the form shows that setting, each of them there and no other."""
    wanted = {name: getattr(spec, name) for name in FIELDS if has_widget(name, spec)}
    wanted["hidden"] = FIELDS["hidden"].text(spec.hidden)
    assert visitor.form == wanted
    return True


def as_widget(name, text):
    """What a visitor gives the widget of that setting to get what the address calls `text`."""
    return text if FIELDS[name].kind == "widths" else FIELDS[name].parse(text)


def test_there_is_another_value_for_every_setting():
    assert OTHER.keys() == FIELDS.keys()
    for name in FIELDS:
        shown = recommended(load("wine"), WITH.get(name, {}).get("model", "dense"))
        assert (FIELDS[name].parse(OTHER[name]) == getattr(shown, name)) == (name == "data")
    assert OTHER["data"] != "digits"


def test_without_a_word_in_the_address_the_form_shows_what_suits_the_digits(visit):
    visitor = visit("train")
    assert shows(visitor, recommended(load("digits")))
    assert visitor.address == {}


def test_an_address_with_every_setting_fills_the_whole_form(visit):
    visitor = visit("train", **OTHER)
    assert visitor.complaints == []
    assert shows(visitor, RunSpec.from_json(OTHER))


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "data"])
def test_one_setting_in_the_address_leaves_the_others_at_what_suits_the_data(visit, name):
    given = WITH.get(name, {}) | {name: OTHER[name]}
    visitor = visit("train", data="wine", **given)
    assert visitor.complaints == []
    suits = recommended(load("wine"), given.get("model", "dense"))
    assert shows(visitor, dataclasses.replace(suits, **{key: FIELDS[key].parse(text) for key, text in given.items()}))


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "data"])
def test_a_widget_writes_the_address_that_gives_another_visitor_the_same_form(visit, name):
    mine = visit("train", data="wine", **WITH.get(name, {})).set(name, as_widget(name, OTHER[name]))
    assert mine.complaints == []
    assert mine.address[name] == OTHER[name]
    theirs = visit("train", **mine.address)
    assert theirs.form == mine.form
    assert theirs.complaints == []


DIGITS = recommended(load("digits"))
SETTINGS = st.builds(
    dataclasses.replace,
    st.just(DIGITS),
    val_fraction=st.floats(0.05, 0.4),
    test_fraction=st.floats(0.05, 0.4),
    split_seed=st.integers(0, 2**31 - 1),
    latent_dim=st.integers(1, 64),
    hidden=st.lists(st.integers(1, 2048), max_size=3).map(tuple),
    batch_norm=st.booleans(),
    epochs=st.integers(1, 10_000),
    batch_size=st.integers(2, 8192),
    learning_rate=st.floats(1e-6, 1000.0),
    weight_decay=st.floats(0.0, 1.0),
    patience=st.integers(0, 10_000),
    seed=st.integers(0, 2**31 - 1),
    dropout=st.floats(0.0, 0.9),
    huber=st.floats(1e-3, 1e3),
    beta=st.floats(0.0, 1000.0),
    warm_up=st.floats(0.0, 1.0),
    sparsity_weight=st.floats(0.0, 1000.0),
    sparsity_target=st.floats(0.001, 0.999),
    contraction=st.floats(0.0, 1e4),
    noise_level=st.floats(0.0, 1.0),
    model=st.sampled_from([name for name in KIND if name not in ("convolutional", "contractive")]),  # of any settings
    **{
        name: st.sampled_from(FIELDS[name].choices)
        for name in ("scaling", "activation", "schedule", "sparsity", "device", "precision")
    },
    loss=st.sampled_from(["sum_squares", "mean_squares", "absolute", "huber"]),
    output=st.sampled_from(["linear", "sigmoid"]),  # "table" is for tables
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SETTINGS)
def test_any_settings_travel_by_address(visit, spec):
    visitor = visit("train", **spec.to_query())
    assert visitor.complaints == []
    assert shows(visitor, spec)


BAD = {
    "latent_dim": ["0", "-1", "9999", "65", "two", "1e400", "nan", ""],
    "epochs": ["1e9", "0", "2.5"],
    "hidden": ["abc", "0", "1-2-3-4-5-6-7", "4096", "²"],
    "data": ["nope", "", "../secret", "file-" + "0" * 32, "D" * 200],
    "learning_rate": ["nan", "inf", "0", "-1", "fast"],
    "loss": ["cauchy"],
    "model": ["resnet", "VAE", ""],
    "network": ["transformer"],
    "noise": ["poisson"],
    "noise_level": ["-1", "6", "nan"],
    "sparsity_target": ["0", "1"],
    "beta": ["-1", "1e9"],
    "dropout": ["1"],
    "device": ["tpu"],
    "precision": ["float16"],
    "scaling": ["Auto"],
    "only": ["no such class", "x" * 301, "\n"],
    "batch_size": ["1"],
    "val_fraction": ["0.9"],
    "batch_norm": ["perhaps"],
    "seed": ["99999999999"],
    "unknown": ["1"],
    "<img src=x onerror=alert(1)>": [":red[a]"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BAD.items() for text in texts])
def test_what_cannot_be_is_named_in_one_sentence_and_replaced(visit, name, text):
    visitor = visit("train", **{name: text})
    assert not visitor.app.exception
    (sentence,) = visitor.complaints
    assert (text[:40] if name == "data" else name) in sentence
    assert shows(visitor, recommended(load("digits")))


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ({"loss": "binary_cross_entropy", "output": "linear"}, "loss"),
        ({"data": "wine", "loss": "binary_cross_entropy", "output": "sigmoid"}, "loss"),
        ({"hidden": "2048-2048-2048-2048-2048-2048"}, "parameters"),
        ({"data": "swiss_roll", "latent_dim": "4"}, "latent_dim"),
        ({"noise": "mask"}, "noise"),
        ({"network": "convolutional"}, "network"),
    ],
    ids=["loss and output", "loss and data", "too large", "wider than the data", "noise for none", "layers of others"],
)
def test_settings_that_contradict_each_other_are_named_in_one_sentence(visit, address, name):
    visitor = visit("train", **address)
    (sentence,) = visitor.complaints
    assert name in sentence
    assert shows(visitor, recommended(load(address.get("data", "digits"))))


def test_a_bad_value_does_not_take_the_good_ones_with_it(visit):
    visitor = visit("train", latent_dim="0", epochs="7", seed="3")
    assert visitor.form["epochs"] == 7
    assert visitor.form["seed"] == 3
    assert visitor.form["latent_dim"] == 2


def test_the_sentence_on_a_bad_address_goes_once_the_visitor_chooses(visit):
    visitor = visit("train", latent_dim="0").set("seed", 5)
    assert visitor.complaints == []
    assert visitor.address == dataclasses.replace(recommended(load("digits")), seed=5).to_query()


def test_what_a_widget_cannot_mean_is_said_and_stays_out_of_the_address(visit):
    visitor = visit("train").set("seed", 5)
    before = visitor.address
    visitor.set("hidden", "abc")
    (sentence,) = visitor.complaints
    assert sentence.startswith("hidden='abc' cannot be read")
    assert visitor.address == before
    visitor.set("hidden", "24")
    assert visitor.complaints == []
    assert visitor.address["hidden"] == "24"


@pytest.mark.parametrize("page", ["data", "train"])
@pytest.mark.parametrize("name", [name for name in BUILTIN if name != "digits"])
def test_another_data_set_brings_the_settings_that_suit_it(visit, page, name):
    visitor = visit(page, seed="5", epochs="7").set("data", name)
    assert visitor.address == recommended(load(name)).to_query()
    assert visitor.go("train").complaints == []
    assert shows(visitor, recommended(load(name)))


def test_the_form_is_the_same_after_a_look_at_another_page(visit, finished):
    visitor = visit("train").set("latent_dim", 5).set("hidden", "24-12")
    before = visitor.form
    visitor.go("data").go("").go("train")
    assert visitor.form == before


def test_going_back_to_an_earlier_address_shows_its_form(visit):
    visitor = visit("train", seed="1")
    visitor.set("seed", 2)
    assert visitor.go("train", seed="1").form["seed"] == 1


def test_every_link_carries_the_run_and_the_settings(visit, finished):
    visitor = visit("train", run=finished.id, seed="5")
    links = visitor.app.get("page_link")
    assert len(links) >= 6
    for link in links:
        assert f"run={finished.id}" in link.proto.query_string
        assert "seed=5" in link.proto.query_string


def test_train_makes_a_run_of_exactly_the_form_and_writes_its_id(visit, runs):
    asked = OTHER | {"batch_norm": "false", "model": "tied"}
    visitor = visit("train", **asked).press("train")
    assert visitor.complaints == []
    (run_id,) = runs.run_ids()
    assert visitor.address == {"run": run_id}
    assert Run(runs, run_id).spec == RunSpec.from_json(asked)
    assert shows(visitor, RunSpec.from_json(asked))


def test_a_runs_address_fills_the_form_with_its_settings(visit, finished):
    visitor = visit("train", run=finished.id)
    assert finished.spec != recommended(load("digits"))
    assert shows(visitor, finished.spec)


def test_a_setting_beside_a_run_changes_only_that_one(visit, finished):
    visitor = visit("train", run=finished.id, seed="9")
    assert shows(visitor, dataclasses.replace(finished.spec, seed=9))
    assert visitor.reads("trained with other settings")


def test_another_data_set_beside_a_run_gets_its_own_settings(visit, finished):
    assert shows(visit("train", run=finished.id, data="wine"), recommended(load("wine")))


class Queue:
    """A runner whose queue never moves."""

    def __init__(self, store):
        self.store = store

    def submit(self, run_id, owner):
        self.store.update(run_id, state="queued")

    def cancel(self, run_id):
        self.store.update(run_id, state="failed", message="It was stopped before it began.")

    def position(self, run_id):
        return 3

    def stats(self):
        return Stats(1, 1, 4, 0)

    def close(self):
        pass


@pytest.fixture
def queue(runs, monkeypatch):
    runner = Queue(runs)
    monkeypatch.setattr(server, "runner", lambda: runner)


@pytest.mark.usefixtures("queue")
def test_pressing_train_twice_makes_one_run(visit, runs):
    visitor = visit("train").press("train")
    visitor.press("train")
    assert len(runs.run_ids()) == 1


@pytest.mark.usefixtures("queue")
def test_train_with_another_setting_while_a_run_goes_on_makes_a_second_run(visit, runs):
    visitor = visit("train").press("train").set("seed", 1)
    visitor.press("train")
    assert len(runs.run_ids()) == 2
    assert visitor.form["seed"] == 1


@pytest.mark.usefixtures("queue")
def test_a_waiting_run_says_how_many_are_before_it(visit):
    visitor = visit("train").press("train")
    assert visitor.reads(
        "Waiting for its turn. The one place for training is taken by other runs, and 3 wait before it; "
        "it begins by itself."
    )
