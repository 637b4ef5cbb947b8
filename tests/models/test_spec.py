"""`RunSpec`: what is written can be read back, and every value outside its range is answered with a sentence."""

import argparse
import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import BUILTIN, Dataset, load
from playground.data.fields import MOST_CHARACTERS, MOST_LAYERS, MOST_UNITS
from playground.errors import SpecError
from playground.models.bounds import MOST_PARAMETERS
from playground.models.losses import LOSS
from playground.models.spec import FIELDS, LOSSES, RunSpec
from playground.training.recipe import recommended


def values(field):
    """Everything that this field allows."""
    return {
        "name": st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True),
        "int": st.integers(int(max(field.low, -(2**63))), int(min(field.high, 2**63))),
        "float": st.floats(field.low, field.high),
        "choice": st.sampled_from(field.choices or ("",)),
        "flag": st.booleans(),
        "text": st.text(max_size=MOST_CHARACTERS).filter(str.isprintable),
        "widths": st.lists(st.integers(1, MOST_UNITS), max_size=MOST_LAYERS).map(tuple),
    }[field.kind]


def possible(settings):
    """Whatever is drawn, made possible: of settings that contradict each other, one gives way."""
    for _ in range(10):
        try:
            return RunSpec(**settings)
        except SpecError as error:
            sentence = str(error)
        if "loss=" in sentence:
            settings |= {"loss": "sum_squares"}
        elif "batch_norm" in sentence:
            settings |= {"batch_norm": False}
        elif "noise" in sentence:
            settings |= {"noise": "auto", "noise_level": 0.5}
        else:
            settings |= {"network": "auto", "hidden": (16, 32), "output": "linear", "loss": "sum_squares"}
    raise AssertionError(sentence)


SPECS = st.fixed_dictionaries({name: values(field) for name, field in FIELDS.items()}).map(possible)


@given(SPECS)
def test_an_address_carries_every_setting_there_and_back(spec):
    query = spec.to_query()
    assert all(isinstance(text, str) for text in query.values())
    assert RunSpec.read(query) == (spec, [])


@given(SPECS)
def test_json_carries_every_setting_there_and_back(spec):
    text = json.dumps(spec.to_json(), allow_nan=False)
    assert RunSpec.from_json(json.loads(text)) == spec


@given(SPECS, SPECS)
def test_options_turn_any_settings_into_these(spec, base):
    reader = argparse.ArgumentParser()
    for name in FIELDS:
        reader.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS)
    assert RunSpec.read(vars(reader.parse_args(spec.to_options(base))), base) == (spec, [])
    assert vars(reader.parse_args(spec.to_options())).keys() == FIELDS.keys()
    assert spec.to_options(spec) == []


def test_every_setting_is_named_explained_and_stands_in_the_table():
    assert list(FIELDS) == [field.name for field in dataclasses.fields(RunSpec)]
    for field in FIELDS.values():
        assert field.label
        assert field.help.endswith(".")
        assert field.group in ("data", "model", "kind", "training")
        field.check(field.default)


def test_every_loss_that_can_be_chosen_can_be_computed():
    assert {*LOSS, "mixed"} == set(LOSSES)  # the mixed one is made for a table's layout


@pytest.mark.parametrize("name", list(BUILTIN))
def test_the_recommended_settings_fit_their_data(name):
    spec = recommended(load(name))
    assert spec.data == name
    assert spec.latent_dim == load(name).first_latent_dim
    spec.split(load(name))


# setting, what is asked for, what the sentence says besides the setting's name and the value
IMPOSSIBLE = [
    ("latent_dim", "0", "a whole number from 1 to 16,384"),
    ("latent_dim", "99999", "a whole number from 1 to 16,384"),
    ("latent_dim", "-1", "a whole number from 1 to 16,384"),
    ("latent_dim", "2.5", "a whole number from 1 to 16,384"),
    ("latent_dim", "two", "a whole number from 1 to 16,384"),
    ("latent_dim", "", "a whole number from 1 to 16,384"),
    ("latent_dim", "nan", "a whole number from 1 to 16,384"),
    ("latent_dim", "inf", "a whole number from 1 to 16,384"),
    ("epochs", "1000000000", "a whole number from 1 to 10,000"),
    ("epochs", "0", "a whole number from 1 to 10,000"),
    ("batch_size", "1", "a whole number from 2 to 8,192"),
    ("learning_rate", "nan", "a number from 1e-06 to 1,000"),
    ("learning_rate", "inf", "a number from 1e-06 to 1,000"),
    ("learning_rate", "0", "a number from 1e-06 to 1,000"),
    ("learning_rate", "-0.1", "a number from 1e-06 to 1,000"),
    ("learning_rate", "fast", "a number from 1e-06 to 1,000"),
    ("val_fraction", "0.9", "a number from 0.05 to 0.4"),
    ("test_fraction", "0", "a number from 0.05 to 0.4"),
    ("weight_decay", "1.5", "a number from 0 to 1"),
    ("patience", "-1", "a whole number from 0 to 10,000"),
    ("seed", "-1", "a whole number from 0 to 2,147,483,647"),
    ("split_seed", "2147483648", "a whole number from 0 to 2,147,483,647"),
    ("hidden", "0", "up to 6 layer widths from 1 to 2,048"),
    ("hidden", "4096", "up to 6 layer widths from 1 to 2,048"),
    ("hidden", "1-2-3-4-5-6-7", "up to 6 layer widths from 1 to 2,048"),
    ("hidden", "128-many", "up to 6 layer widths from 1 to 2,048"),
    ("model", "transformer", "one of dense, linear, convolutional, denoising, sparse, contractive, tied, vae"),
    ("activation", "step", "one of relu, gelu, silu, tanh, sigmoid"),
    ("loss", "hinge", "one of sum_squares, mean_squares, binary_cross_entropy, absolute"),
    ("scaling", "log", "one of auto, standard, range, none"),
    ("schedule", "", "one of one_cycle, constant"),
    ("batch_norm", "maybe", "true or false"),
    ("data", "../../etc/passwd", "the name of a data set"),
    ("data", "", "the name of a data set"),
    ("data", "x" * 65, "the name of a data set"),
]
IDS = [f"{name}={value[:20]}" for name, value, _ in IMPOSSIBLE]


@pytest.mark.parametrize(("name", "value", "allowed"), IMPOSSIBLE, ids=IDS)
def test_an_impossible_value_names_the_setting_the_value_and_the_range(name, value, allowed):
    shown = value if len(value) <= 40 else f"{value[:40]}…"
    with pytest.raises(SpecError) as caught:
        RunSpec.from_json({name: value})
    sentence = str(caught.value)
    assert sentence.startswith(f"{name}='{shown}' ")
    assert f"it must be {allowed}" in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(("name", "value", "allowed"), IMPOSSIBLE, ids=IDS)
def test_an_address_with_an_impossible_value_keeps_the_default_and_says_so(name, value, allowed):
    base = RunSpec(epochs=17)
    spec, problems = RunSpec.read({"seed": "5", name: value}, base)
    expected = base if name == "seed" else dataclasses.replace(base, seed=5)
    assert spec == expected
    assert len(problems) == 1
    assert allowed in problems[0]
    assert problems[0].endswith(f"; {base.to_query()[name]} is used instead.")


def test_a_number_may_be_written_in_any_usual_way():
    spec, problems = RunSpec.read({"epochs": "1e3", "seed": "8.0", "learning_rate": "1e-3", "hidden": "64, 32"})
    assert problems == []
    assert (spec.epochs, spec.seed, spec.learning_rate, spec.hidden) == (1000, 8, 0.001, (64, 32))
    assert RunSpec.read({"epochs": "1e9"})[1] != []


@pytest.mark.parametrize("text", ["none", "", "None"])
def test_no_hidden_layer_can_be_asked_for(text):
    assert RunSpec.read({"hidden": text})[0].hidden == ()


@pytest.mark.parametrize(
    "settings",
    [
        {"latent_dim": 2.5},
        {"latent_dim": True},
        {"epochs": math.nan},
        {"hidden": (64.5,)},
        {"hidden": ("64",)},
        {"hidden": [64]},
        {"batch_norm": 1},
        {"data": None},
        {"model": None},
    ],
    ids=str,
)
def test_a_value_of_the_wrong_type_is_refused_in_a_script_too(settings):
    with pytest.raises(SpecError, match=f"^{next(iter(settings))}="):
        RunSpec(**settings)


def test_numpys_numbers_are_numbers():
    """`for m in np.arange(1, 9): RunSpec(latent_dim=m)` is the first thing a script does."""
    spec = RunSpec(latent_dim=np.int64(3), learning_rate=np.float64(0.01))
    assert RunSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_an_unknown_setting_is_named():
    with pytest.raises(SpecError, match="There is no setting 'colour'"):
        RunSpec.from_json({"colour": "red"})
    assert RunSpec.read({"colour": "red"}) == (RunSpec(), ["There is no setting 'colour'; it was ignored."])


def test_an_unknown_setting_is_not_repeated_at_any_length():
    _, problems = RunSpec.read({"x" * 5000: "1", "epochs": "y" * 5000})
    assert all(len(problem) < 200 for problem in problems)


@pytest.mark.parametrize("settings", [{"output": "linear"}, {"model": "linear"}], ids=["linear output", "linear model"])
def test_cross_entropy_needs_an_output_between_0_and_1(settings):
    """The linear model has no sigmoid, whatever `output` says: its reconstructions leave 0 to 1 at once."""
    with pytest.raises(SpecError, match="loss=binary_cross_entropy needs"):
        RunSpec(loss="binary_cross_entropy", **settings)


def test_settings_that_contradict_each_other_fall_back_to_the_base():
    base = RunSpec(epochs=17)
    spec, problems = RunSpec.read({"loss": "binary_cross_entropy", "output": "linear"}, base)
    assert spec == base
    assert len(problems) == 1
    assert problems[0].startswith("loss=binary_cross_entropy needs output=sigmoid")


def test_a_bottleneck_wider_than_the_data_says_how_wide_they_are():
    with pytest.raises(SpecError, match=r"latent_dim=65 must be between 1 and 64, the number of features of Digits"):
        RunSpec(latent_dim=65).split(load("digits"))
    assert RunSpec(latent_dim=64).split(load("digits")).n_features == 64


@pytest.mark.parametrize(("data", "scaling"), [("wine", "auto"), ("digits", "standard"), ("digits", "none")])
def test_cross_entropy_needs_values_between_0_and_1(data, scaling):
    spec = RunSpec(data=data, scaling=scaling, loss="binary_cross_entropy")
    with pytest.raises(SpecError, match=r"loss=binary_cross_entropy needs values from 0 to 1.*choose sum_squares"):
        spec.split(load(data))
    RunSpec(loss="binary_cross_entropy").split(load("digits"))


def test_a_network_that_is_too_large_says_how_large_it_would_be():
    x = np.zeros((20, 1500), np.float32)
    dataset = Dataset("wide", "Wide", x, tuple(map(str, range(1500))))
    spec = RunSpec(hidden=(2048,) * 6, latent_dim=1024)
    n = spec.n_parameters(1500)
    assert n > MOST_PARAMETERS
    with pytest.raises(SpecError, match=f"{n:,} parameters: at most {MOST_PARAMETERS:,} are possible"):
        spec.split(dataset)


@pytest.mark.parametrize(
    ("data", "only", "sentence"),
    [
        ("wine", "benign", "only='benign' is no class of Wine.*its cultivar is one of cultivar 1, cultivar 2, cult"),
        ("swiss_roll", "benign", "only='benign' asks for one class, and .* has no label: leave it empty"),
        ("digits", "x" * 200, "only='x{40}…' is no class"),
    ],
)
def test_a_class_that_is_not_there_is_refused_with_those_that_are(data, only, sentence):
    dataset = load(data)
    with pytest.raises(SpecError, match=sentence):
        dataclasses.replace(recommended(dataset), only=only).split(dataset)


def test_what_of_one_class_is_trained_is_the_split_of_that_class():
    dataset = load("breast_cancer")
    split = dataclasses.replace(recommended(dataset), only="benign").split(dataset)
    assert set(dataset.labels[split.train_rows]) == {"benign"}
    assert set(dataset.labels[split.test_rows]) == {"benign", "malignant"}


def test_a_class_whose_name_begins_with_a_dash_is_still_the_value_of_its_option():
    assert dataclasses.replace(RunSpec(), only="-x").to_options(base=RunSpec()) == ["--only=-x"]
