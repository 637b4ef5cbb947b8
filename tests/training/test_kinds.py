"""What every kind of autoencoder promises on all data it accepts: trains, repeats, resumes, and is kept as it is."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from playground.analysis.errors import sample_errors
from playground.data import load
from playground.errors import SpecError
from playground.models.autoencoder import build
from playground.models.kinds import KIND
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import LOSSES, NOISES, RunSpec
from playground.runs.store import read_tensors, write_tensors
from playground.training.recipe import PRESETS, options_for, recommended, with_model
from playground.training.trainer import Trainer

# One of each kind of data: small pixels, colour, a series, points, a plain table, and one with types and gaps.
DATA = ("digits", "smileys", "heartbeats", "swiss_roll", "wine", "penguins")
WITH_NEIGHBOURS = ("digits", "smileys", "heartbeats")
kinds = pytest.mark.parametrize("model", KIND)


def small(name, model, **changes):
    """Few rows and two epochs of the recommended settings."""
    return replace(recommended(load(name), model), **{"epochs": 2, "test_fraction": 0.4, "val_fraction": 0.4} | changes)


def fits(spec, dataset):
    try:
        spec.check_fits(dataset)
    except SpecError:
        return False
    return True


@kinds
@pytest.mark.parametrize("name", DATA)
def test_every_kind_trains_on_all_data_that_it_accepts(model, name, tmp_path):
    dataset = load(name)
    spec = recommended(dataset, model)
    assert (spec.model == model) == (model != "convolutional" or name in WITH_NEIGHBOURS)
    spec = small(name, model)
    split = spec.split(dataset)
    trainer = Trainer(spec, split)
    before = trainer._score(trainer._x_val)[1]
    events = list(trainer)
    assert events[-1].val_error < before
    assert (events[-1].code_kl is None) == (model != "vae")
    best = trainer.best
    assert best.encode(split.x_val).shape == (len(split.x_val), spec.latent_dim)
    # the weights go through a safetensors file and come back as the same model
    path = tmp_path / "model.safetensors"
    write_tensors(path, {n: t.numpy() for n, t in best.state_dict().items()})
    again = build(spec, split.n_features, split.layout, split.grid)
    arrays, _ = read_tensors(path)
    again.load_state_dict({n: torch.from_numpy(a.copy()) for n, a in arrays.items()})
    np.testing.assert_array_equal(again.reconstruct(split.x_val), best.reconstruct(split.x_val))


RESUMED = {
    **{model: {} for model in KIND if model != "convolutional"},
    "denoising by mask": {"model": "denoising", "noise": "mask"},
    "denoising by swap": {"model": "denoising", "noise": "swap"},
    "sparse by KL": {"model": "sparse", "sparsity": "kl"},
    "with dropout": {"model": "dense", "dropout": 0.3},
    "noisy VAE with dropout": {"model": "vae", "noise": "gaussian", "dropout": 0.2},
}


@pytest.mark.parametrize(("name", "changes"), RESUMED.items(), ids=RESUMED.keys())
def test_every_kind_is_resumed_to_the_last_bit_and_repeats_for_a_seed(tiny, same, name, changes):
    settings = {"model": name, "batch_norm": False} | changes
    whole, again, halted = (tiny.trainer(**settings) for _ in range(3))
    list(whole)
    list(again)
    same(whole, again)
    halted.epoch()
    assert halted.epoch(tiny.after_steps(1 if halted.steps_per_epoch < 10 else 10)) is None
    resumed = tiny.through_a_file(halted, tiny.trainer(**settings))
    list(resumed)
    same(resumed, whole)


@pytest.mark.parametrize("network", ["convolutional", "denoising", "vae"])
def test_convolutions_are_resumed_to_the_last_bit(same, tiny, network):
    dataset = load("digits")
    spec = replace(small("digits", network), network="convolutional", hidden=(4, 6), epochs=2)
    whole, halted = (Trainer(spec, spec.split(dataset)) for _ in range(2))
    list(whole)
    halted.epoch()
    resumed = tiny.through_a_file(halted, Trainer(spec, spec.split(dataset)))
    list(resumed)
    same(resumed, whole)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss != "mixed"])
@pytest.mark.parametrize("model", ["dense", "vae", "linear", "tied"])
def test_every_loss_is_made_small_by_training(loss, model):
    if model == "linear" and loss == "binary_cross_entropy":
        pytest.skip("these do not go together")
    spec = small("digits", model, loss=loss, beta=0.1, epochs=3)
    trainer = Trainer(spec, spec.split(load("digits")))
    before = trainer._score(trainer._x_val)[0]
    assert list(trainer)[-1].val_loss < before


@pytest.mark.parametrize("data", ["digits", "wine"])
@pytest.mark.parametrize("model", ["dense", "denoising", "tied", "contractive"])
def test_every_kind_that_bends_beats_pca_on_two_data_sets_or_comes_near(data, model):
    """PCA is fitted on the same training rows; on wine's few rows it is hard to beat, so near counts."""
    dataset = load(data)
    spec = replace(recommended(dataset, model), contraction=0.001, noise_level=0.1)
    split = spec.split(dataset)
    trainer = Trainer(spec, split)
    list(trainer)
    ours, pca, mean = (
        sample_errors(split.x_test, codec.reconstruct(split.x_test)).mean()
        for codec in (trainer.best, PCA.fit(split.x_train, 2), Mean.fit(split.x_train))
    )
    assert ours < (0.9 if data == "digits" else 1.1) * pca < mean


COMBINATIONS = [
    ({"model": "denoising", "network": "convolutional"}, ""),
    ({"model": "sparse", "network": "convolutional"}, ""),
    ({"model": "vae", "network": "convolutional"}, ""),
    ({"model": "vae", "noise": "gaussian"}, ""),
    ({"model": "tied", "noise": "mask"}, ""),
    ({"model": "sparse", "noise": "mask"}, ""),
    ({"model": "dense", "network": "convolutional"}, "choose model=convolutional"),
    ({"model": "convolutional", "network": "dense"}, "choose model=dense"),
    ({"model": "tied", "network": "convolutional"}, "choose network=dense"),
    ({"model": "contractive", "network": "convolutional", "batch_norm": False}, "choose network=dense"),
    ({"model": "contractive"}, "needs batch_norm=false"),
    ({"model": "linear", "network": "convolutional"}, "choose model=convolutional, or network=dense"),
    ({"model": "dense", "noise": "gaussian"}, "choose model=denoising, or noise=none"),
    ({"model": "convolutional", "noise": "mask"}, "choose model=denoising with network=convolutional"),
    ({"model": "linear", "noise": "mask"}, "choose model=denoising"),
    ({"model": "denoising", "noise": "none"}, "needs a noise to remove"),
    ({"model": "denoising", "noise": "mask", "noise_level": 1.5}, "noise_level must be between 0 and 1"),
    ({"model": "convolutional", "hidden": ()}, "at least one hidden layer"),
    ({"model": "convolutional", "hidden": (512,)}, "at most 256 channels"),
    ({"model": "convolutional", "output": "table"}, "choose output=linear"),
    ({"model": "linear", "loss": "mixed"}, "loss=mixed needs output=table"),
]


@pytest.mark.parametrize(("settings", "sentence"), COMBINATIONS, ids=str)
def test_what_makes_sense_works_and_what_does_not_is_refused_with_a_sentence(settings, sentence):
    if not sentence:
        RunSpec(**settings)
        return
    with pytest.raises(SpecError) as caught:
        RunSpec(**settings)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


UNFIT = [
    ("wine", {"model": "convolutional"}, "the columns of Wine have no neighbours"),
    ("penguins", {"model": "denoising", "noise": "salt_pepper"}, "choose swap or mask"),
    ("digits", {"hidden": (2048,) * 6}, "parameters: at most 20,000,000"),
]


@pytest.mark.parametrize(("name", "settings", "sentence"), UNFIT)
def test_settings_that_do_not_fit_the_data_are_refused_with_a_sentence(name, settings, sentence):
    with pytest.raises(SpecError) as caught:
        RunSpec(**{"output": "linear"} | settings).check_fits(load(name))
    assert sentence in str(caught.value)


def test_more_memory_than_is_free_is_refused_with_a_sentence(monkeypatch):
    monkeypatch.setattr("playground.models.bounds.free_memory", lambda: 10**6)
    with pytest.raises(SpecError, match=r"about 0\.\d GB of memory, and 0\.0 GB are free: choose a smaller batch"):
        RunSpec(batch_size=8192).check_fits(load("mnist5000"))


@kinds
def test_every_kind_is_explained(model):
    kind = KIND[model]
    assert kind.adds.count(". ") == 1  # two sentences
    assert kind.adds.endswith(".")
    assert kind.link.startswith("https://")
    assert kind.formula
    assert kind.source
    assert kind.networks


@pytest.mark.parametrize("name", DATA)
@kinds
def test_another_kind_keeps_what_the_visitor_set(name, model):
    dataset = load(name)
    mine = replace(recommended(dataset), seed=7, latent_dim=1, split_seed=3, test_fraction=0.3)
    if model == "convolutional" and name not in WITH_NEIGHBOURS:
        return
    other = with_model(mine, dataset, model)
    assert other.model == model
    assert (other.seed, other.split_seed, other.test_fraction) == (7, 3, 0.3)
    other.check_fits(dataset)
    back = with_model(other, dataset, "dense")
    assert replace(back, latent_dim=1) == mine


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_fits_all_data(name, preset):
    dataset = load(name)
    mine = replace(recommended(dataset), seed=7, split_seed=3)
    spec = PRESETS[preset].of(dataset, mine)
    spec.check_fits(dataset)
    assert (spec.data, spec.seed, spec.split_seed) == (name, 7, 3)


@kinds
@pytest.mark.parametrize("network", ["auto", "convolutional"])
def test_the_command_line_carries_every_kind(model, network):
    dataset = load("digits")
    spec = replace(recommended(dataset, model, network), epochs=3, beta=4.0)
    options = options_for(spec, dataset)
    given = {name[2:].replace("-", "_"): text for name, text in zip(options[::2], options[1::2], strict=True)}
    base = recommended(dataset, given.get("model", "dense"), given.get("network", "auto"))
    assert RunSpec.read(given, base) == (spec, [])


def test_convolutions_bring_the_settings_that_suit_them():
    spec = recommended(load("digits"), "denoising", "convolutional")
    assert (spec.hidden, spec.network) == (recommended(load("digits"), "convolutional").hidden, "convolutional")
    assert spec.noise == "gaussian"
    assert recommended(load("wine"), "denoising", "convolutional").network == "auto"


def test_every_noise_can_be_chosen():
    from playground.training.noise import NOISE

    assert {"auto", "none", *NOISE} == set(NOISES)
