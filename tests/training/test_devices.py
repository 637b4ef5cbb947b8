"""Where a model trains: what was asked for where it exists, else the CPU with a sentence; the same results anywhere."""

from dataclasses import replace

import pytest
import torch

from playground.data import load
from playground.models.spec import RunSpec
from playground.training import devices
from playground.training.recipe import recommended
from playground.training.trainer import Trainer

GPUS = ("cuda", "mps")


@pytest.fixture(params=GPUS)
def gpu(request):
    if not devices.is_there(request.param):
        pytest.skip(f"no {request.param} on this machine")
    return request.param


@pytest.mark.parametrize("wanted", GPUS)
def test_a_device_that_is_not_there_falls_back_to_the_cpu_with_a_sentence(monkeypatch, wanted):
    monkeypatch.setattr(devices, "is_there", lambda device: False)
    place = devices.place(wanted)
    assert place.device == "cpu"
    assert place.message.startswith("There is no ")
    assert place.message.endswith("on this machine: it trains on the CPU instead.")


@pytest.mark.parametrize(
    ("there", "large", "small"),
    [((), "cpu", "cpu"), (("cuda",), "cuda", "cuda"), (("mps",), "mps", "cpu"), (("cuda", "mps"), "cuda", "cuda")],
)
def test_auto_takes_a_gpu_where_it_pays_and_says_nothing(monkeypatch, there, large, small):
    monkeypatch.setattr(devices, "is_there", lambda device: device in there)
    assert devices.place("auto", devices.LARGE) == devices.Place(large)
    assert devices.place("auto", devices.LARGE - 1) == devices.Place(small)


def test_what_was_asked_for_is_taken_where_it_is(monkeypatch):
    monkeypatch.setattr(devices, "is_there", lambda device: device == "mps")
    assert devices.place("mps") == devices.Place("mps")
    assert devices.place("cpu") == devices.Place("cpu")


def test_a_card_that_cannot_be_used_counts_as_none(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)

    def full(*args, **kwargs):
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(torch, "ones", full)
    assert not devices.is_there("cuda")


@pytest.mark.parametrize(
    ("most", "cores", "expected"), [("1", 8, 1), ("4", 8, 4), ("64", 8, 7), ("x", 8, 1), ("4", 1, 1)]
)
def test_large_networks_get_the_threads_that_are_allowed_and_never_all(monkeypatch, most, cores, expected):
    monkeypatch.setenv("PLAYGROUND_THREADS", most)
    monkeypatch.setattr(devices.os, "cpu_count", lambda: cores)
    assert devices.threads_for(devices.LARGE) == expected
    assert devices.threads_for(devices.LARGE - 1) == 1


def test_bfloat16_is_for_large_networks_on_pixels_where_it_pays(monkeypatch):
    pixels, numbers = RunSpec(), RunSpec(output="linear")
    for pays in (True, False):
        monkeypatch.setattr(devices, "bf16_pays", lambda pays=pays: pays)
        assert devices.uses_bfloat16(pixels, 10**6, "cpu") is pays
        assert not devices.uses_bfloat16(pixels, 10**4, "cpu")
        assert not devices.uses_bfloat16(numbers, 10**6, "cpu")
        assert not devices.uses_bfloat16(replace(pixels, precision="float32"), 10**6, "cpu")
        assert devices.uses_bfloat16(replace(pixels, precision="bfloat16"), 10**4, "cpu")


@pytest.mark.parametrize("model", ["dense", "vae", "convolutional", "denoising"])
def test_bfloat16_learns_as_well_as_float32(model):
    dataset = load("digits")
    errors = {}
    for precision in ("float32", "bfloat16"):
        spec = replace(recommended(dataset, model), precision=precision, epochs=5)
        trainer = Trainer(spec, spec.split(dataset))
        assert trainer.precision == precision
        errors[precision] = list(trainer)[-1].val_error
    assert errors["bfloat16"] == pytest.approx(errors["float32"], rel=0.1)
    assert errors["bfloat16"] != errors["float32"]


def test_a_resumed_training_keeps_its_precision(monkeypatch, tiny):
    monkeypatch.setattr(devices, "uses_bfloat16", lambda spec, n_parameters, device: True)
    halted = tiny.trainer()
    halted.epoch()
    monkeypatch.setattr(devices, "uses_bfloat16", lambda spec, n_parameters, device: False)
    resumed = tiny.through_a_file(halted, tiny.trainer())
    assert resumed.precision == "bfloat16"
    assert resumed.epoch().val_error == halted.epoch().val_error


# Not the linear one, which on the CPU sees the covariance of all rows at every step.
@pytest.mark.parametrize("model", ["dense", "convolutional", "denoising", "sparse", "contractive", "tied", "vae"])
def test_a_gpu_learns_what_the_cpu_learns(gpu, model):
    dataset = load("digits")
    spec = replace(recommended(dataset, model), epochs=6, precision="float32")
    split = spec.split(dataset)
    errors = []
    for device in ("cpu", gpu):
        trainer = Trainer(spec, split, device)
        assert trainer.device.type == device
        errors.append(list(trainer)[-1].val_error)
        assert trainer.best.encode(split.x_val).shape == (len(split.x_val), spec.latent_dim)
    assert errors[1] == pytest.approx(errors[0], rel=0.15)


@pytest.mark.parametrize("model", ["dense", "vae", "convolutional"])
def test_a_gpu_is_paused_and_resumed(gpu, tiny, model):
    dataset = load("digits")
    spec = replace(recommended(dataset, model), epochs=3)
    whole, halted = (Trainer(spec, spec.split(dataset), gpu) for _ in range(2))
    list(whole)
    halted.epoch()
    resumed = tiny.through_a_file(halted, Trainer(spec, spec.split(dataset), gpu))
    list(resumed)
    assert resumed.history[-1].val_error == pytest.approx(whole.history[-1].val_error, rel=0.05)


@pytest.mark.parametrize("noise", ["mask", "swap", "salt_pepper", "gaussian"])
def test_a_gpu_damages_the_columns_of_a_table(gpu, noise):
    dataset = load("penguins")
    spec = replace(recommended(dataset, "denoising"), noise=noise, epochs=6)
    events = list(Trainer(spec, spec.split(dataset), gpu))
    assert events[-1].val_error < events[0].val_error


def test_the_linear_kind_trains_on_the_cpu_unless_another_device_is_asked_for(monkeypatch):
    monkeypatch.setattr(devices, "is_there", lambda device: True)
    dataset = load("digits")
    spec = replace(recommended(dataset, "linear"), epochs=1)
    assert Trainer(spec, spec.split(dataset)).device.type == "cpu"
