"""Every kind of autoencoder on the pages: chosen, explained, set, trained and looked at; nothing lost on the way."""

import dataclasses
import json
import re

import numpy as np
import pytest

from playground.data import load
from playground.data.dataset import Dataset, pixel_names
from playground.figures.numbers import three
from playground.models.kinds import KIND, settings_of
from playground.models.mean import Mean
from playground.models.measures import MEASURE, of_mean
from playground.models.spec import FIELDS, RunSpec
from playground.runs.run import Run
from playground.training import measured
from playground.training.recipe import PRESETS, recommended, with_model
from playground.ui import choices, server

every_kind = pytest.mark.parametrize("model", KIND)
ONE_KINDS = [name for name in FIELDS if FIELDS[name].group == "kind" or name == "network"]
UNSEEN = {"noise_level", "sparsity_target"}  # until there is a noise, or a target


def quick(data, model, **more):
    """The recommended settings of a kind, trained in a moment."""
    hidden = (4, 8) if model == "convolutional" or more.get("network") == "convolutional" else (16,)
    return dataclasses.replace(recommended(load(data), model), **{"epochs": 2, "hidden": hidden, "patience": 0} | more)


def one_kinds(visitor):
    """The settings on the page that not every kind has."""
    return [key for key in visitor.form if key in ONE_KINDS]


@every_kind
def test_every_kind_can_be_chosen_and_brings_the_settings_that_suit_it(visit, model):
    visitor = visit("train").set("model", model)
    assert visitor.complaints == []
    assert visitor.form["model"] == model
    wanted = recommended(load("digits"), model)
    assert RunSpec.from_json(visitor.address or recommended(load("digits")).to_query()) == wanted


@every_kind
def test_a_kind_says_in_two_sentences_a_formula_and_a_source_what_it_adds(visit, model):
    visitor = visit("train", model=model)
    kind = KIND[model]
    assert visitor.reads(kind.adds)
    assert visitor.reads(f"[{kind.source}]({kind.link})")
    assert f"${kind.formula}$" in [element.value for element in visitor.app.markdown]
    assert len(re.findall(r"[.](?: |$)", kind.adds)) == 2


@every_kind
def test_a_kind_shows_exactly_its_own_settings(visit, model):
    visitor = visit("train", model=model)
    hidden = set() if model == "denoising" else UNSEEN
    assert set(one_kinds(visitor)) == set(settings_of(model)) - hidden


@every_kind
def test_a_kind_trains_to_the_end_and_every_page_shows_it(visit, runs, model):
    spec = quick("digits", model)
    visitor = visit("train", **spec.to_query()).press("train")
    (run_id,) = runs.run_ids()
    assert Run(runs, run_id).spec == spec
    assert visitor.reads("Done. Epoch 2 of 2")
    for page in ("train", "explore", "compare", "reconstruct", "generate"):
        visitor.go(page)
        assert visitor.complaints == []
    assert visitor.reads("A path between two samples")


@pytest.mark.parametrize(
    ("data", "model", "more"),
    [
        ("digits", "denoising", {"network": "convolutional", "noise": "salt_pepper"}),
        ("heartbeats", "convolutional", {}),
        ("shapes_colour", "vae", {"network": "convolutional"}),
        ("penguins", "denoising", {}),
        ("penguins", "vae", {"noise": "mask"}),
        ("wine", "sparse", {"sparsity": "kl", "latent_dim": 13}),
        ("swiss_roll", "contractive", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_combinations_that_make_sense_have_every_page(visit, data, model, more):
    visitor = visit("train", **quick(data, model, **more).to_query()).press("train")
    assert visitor.reads("Done. Epoch 2 of 2")
    for page in ("explore", "compare", "reconstruct", "train"):
        visitor.go(page)
        assert visitor.complaints == []


@pytest.mark.parametrize("data", ["wine", "penguins", "swiss_roll"])
def test_a_kind_that_cannot_read_the_data_is_refused_and_nothing_is_lost(visit, data):
    visitor = visit("train", data=data, epochs="7").set("seed", 5)
    address, form = visitor.address, visitor.form
    visitor.set("model", "convolutional")
    (sentence,) = visitor.complaints
    assert sentence.startswith("Convolutions look at neighbouring pixels or moments, and the columns of")
    assert (visitor.address, visitor.form) == (address, form)
    assert visitor.set("epochs", 8).complaints == []


def test_a_kind_that_the_data_do_not_suit_says_so_in_the_list(visit):
    titles = visit("train", data="wine").widget("model").options
    assert "convolutional (images and series only)" in titles
    assert "convolutional" in visit("train", data="heartbeats").widget("model").options


def test_images_too_large_for_convolutions_open_as_dense_with_the_sentence(visit):
    x = np.random.default_rng(0).random((40, 80 * 80), np.float32)
    name = "file-" + "1" * 32
    large = Dataset(name, "Large", x, pixel_names(80, 80), "images", image_shape=(80, 80), value_range=(0.0, 1.0))
    store = server.store()
    ask = store.dataset
    store.dataset = lambda wanted: large if wanted == name else ask(wanted)
    visitor = visit("train", data=name, model="convolutional")
    (sentence,) = visitor.complaints
    assert "Convolutions take images of 8 to 64 pixels a side" in sentence
    assert visitor.form["model"] == "dense"
    visitor.set("model", "convolutional")
    assert visitor.form["model"] == "dense"
    assert "Convolutions take images" in visitor.complaints[0]


def test_what_the_visitor_changed_stays_with_another_kind(visit):
    visitor = visit("train").set("epochs", 7).set("seed", 3).set("test_fraction", 0.3).set("model", "vae")
    assert (visitor.form["epochs"], visitor.form["seed"], visitor.form["test_fraction"]) == (7, 3, 0.3)


def test_settings_that_a_kind_cannot_have_are_reset_and_that_is_said(visit):
    visitor = visit("train", model="sparse", noise="mask", seed="4", test_fraction="0.3").set("model", "contractive")
    assert visitor.complaints == []
    assert visitor.reads("The settings are now those recommended for this kind; the old ones do not go with it: noise")
    assert (visitor.form["seed"], visitor.form["test_fraction"]) == (4, 0.3)
    assert not visitor.set("seed", 5).reads("The settings are now those")


def test_going_through_all_kinds_and_back_ends_where_it_began(visit):
    visitor = visit("train").set("seed", 9)
    before = visitor.address
    for model in [*KIND, "dense"]:
        visitor.set("model", model)
        assert visitor.complaints == []
    assert visitor.address == before


def test_a_setting_that_is_not_drawn_keeps_its_value(visit):
    visitor = visit("train", loss="huber", huber="0.25").set("loss", "absolute")
    assert "huber" not in visitor.form
    assert visitor.set("epochs", 9).set("loss", "huber").form["huber"] == 0.25


def test_a_refused_value_does_not_come_back_with_its_widget(visit):
    visitor = visit("train", model="denoising").set("noise_level", 3.0).set("noise", "mask")
    (sentence,) = visitor.complaints
    assert sentence == "noise=mask damages a share of the values: noise_level must be between 0 and 1."
    visitor.set("model", "vae").set("model", "denoising")
    assert visitor.complaints == []
    assert visitor.form["noise"] == "gaussian"


def test_settings_that_mean_nothing_without_another_come_with_it(visit):
    visitor = visit("train", model="sparse")
    assert "sparsity_target" not in visitor.form
    assert "sparsity_target" in visitor.set("sparsity", "kl").form
    assert "noise_level" in visitor.set("noise", "gaussian").form
    assert "sparsity_target" not in visitor.set("sparsity", "l1").form
    assert "huber" not in visitor.form
    assert "huber" in visitor.set("loss", "huber").form


def test_other_layers_bring_the_widths_that_suit_them_and_go_again(visit):
    visitor = visit("train", model="denoising", seed="6")
    before = visitor.form
    visitor.set("network", "convolutional")
    assert visitor.complaints == []
    assert (visitor.form["hidden"], visitor.form["seed"], visitor.form["noise"]) == ("16", 6, "gaussian")
    assert visitor.reads("convolutions of 16 channels")
    assert visitor.set("network", "auto").form == before


@pytest.mark.parametrize("data", ["wine", "penguins"])
def test_convolutions_where_the_data_have_no_neighbours_are_refused(visit, data):
    visitor = visit("train", data=data, model="denoising").set("network", "convolutional")
    (sentence,) = visitor.complaints
    assert sentence.startswith("Convolutions look at neighbouring pixels")
    assert visitor.set("network", "dense").complaints == []


@every_kind
def test_every_control_says_what_it_does_and_what_it_is_now(visit, model):
    visitor = visit("train", model=model)
    for widget in visitor.widgets:
        if widget.key in FIELDS and widget.key != "data":
            assert widget.help.startswith(FIELDS[widget.key].help)
            assert "Now **" in widget.help


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("data", ["digits", "penguins", "wine"])
def test_a_preset_fills_the_form_and_keeps_rows_and_seed(visit, data, name):
    visitor = visit("train", data=data).set("seed", 5).set("split_seed", 6).press(f"preset_{name}")
    assert visitor.complaints == []
    base = dataclasses.replace(recommended(load(data)), seed=5, split_seed=6)
    wanted = PRESETS[name].of(load(data), base)
    assert RunSpec.from_json(visitor.address) == wanted
    assert (visitor.form["seed"], visitor.form["split_seed"]) == (5, 6)


def marked(visitor):
    return {
        button.key.removeprefix("preset_") for button in visitor.app.button if "present settings are" in button.help
    }


def test_the_preset_that_the_settings_are_is_marked(visit):
    visitor = visit("train")
    assert marked(visitor) == {"recommended", "map_2d"}  # of the digits, the same
    assert marked(visitor.press("preset_keras_blog")) == {"keras_blog"}
    assert marked(visitor.set("epochs", 7)) == set()
    assert all(PRESETS[name].says in visitor.widget(f"preset_{name}").help for name in PRESETS)


def test_a_preset_takes_away_what_was_refused(visit):
    visitor = visit("train").set("hidden", "abc")
    assert visitor.complaints
    visitor.press("preset_recommended")
    assert visitor.complaints == []
    assert visitor.form["hidden"] == "128-64-32"


def test_a_preset_that_cannot_be_used_says_why_and_changes_nothing(visit, monkeypatch):
    visitor = visit("train").set("seed", 5)
    before = visitor.address
    monkeypatch.setattr("playground.models.bounds.MOST_PARAMETERS", 500_000)
    visitor.press("preset_hinton_2006")
    (sentence,) = visitor.complaints
    assert re.match(r"This network has 1,\d{3},\d{3} parameters: at most 500,000 are possible\.", sentence)
    assert visitor.address == before


def test_settings_that_need_more_memory_than_there_is_get_a_sentence(visit, monkeypatch):
    visitor = visit("train")
    monkeypatch.setattr("playground.models.bounds.free_memory", lambda: 30 * 2**20)
    visitor.set("hidden", "2048-2048")
    (sentence,) = visitor.complaints
    assert sentence.startswith("Training this would need about 0.")
    assert "GB are free: choose a smaller batch or narrower layers." in sentence


@every_kind
def test_parameters_and_time_are_shown_before_training(visit, model):
    spec = recommended(load("digits"), model)
    visitor = visit("train", model=model)
    learnt = spec.n_parameters(64, 0, load("digits").grid)
    (cost,) = (text for text in visitor.words if "on one core of this machine" in text)
    assert re.fullmatch(rf"\*\*{learnt:,} parameters · (about .+|less than a second)\*\* on one core .+", cost)


def test_the_parameters_shown_are_those_that_are_trained(visit, runs):
    for model in KIND:
        spec = quick("digits", model)
        visitor = visit("train", **spec.to_query()).press("train")
        run = Run(runs, visitor.address["run"])
        (score,) = (score for score in run.scores if score.name == "autoencoder")
        assert visitor.reads(f"**{score.n_parameters:,} parameters ·")


@pytest.mark.parametrize("seconds", [5, 20, 60, 300])
def test_epochs_are_set_by_a_time(visit, seconds, monkeypatch):
    monkeypatch.setattr("playground.ui.choices.rate_of_this_machine", lambda: 4e10)
    spec = recommended(load("mnist5000"))
    visitor = visit("train", data="mnist5000").press(f"epochs_for_{seconds}")
    wanted = choices.trained_for(spec, load("mnist5000"), seconds)
    assert visitor.complaints == []
    assert visitor.form["epochs"] == wanted.epochs <= 10_000
    assert visitor.form["patience"] == max(15, wanted.epochs // 2)


def test_more_time_than_there_are_epochs_gives_the_most(visit):
    assert visit("train", data="wine", batch_size="8192").press("epochs_for_300").form["epochs"] == 10_000


@pytest.mark.parametrize(
    ("data", "loss"), [("digits", loss) for loss in MEASURE if loss != "mixed"] + [("penguins", "mixed")]
)
def test_a_loss_says_its_formula_and_what_it_is_for_the_mean(visit, data, loss):
    visitor = visit("train", data=data).set("loss", loss)
    assert visitor.complaints == []
    assert f"${MEASURE[loss].formula}$" in [element.value for element in visitor.app.markdown]
    spec = recommended(load(data))
    split = spec.split(load(data))
    value = of_mean(loss, split.x_val, Mean.fit(split.x_train).mean, spec.huber)
    assert visitor.reads(f"For the mean baseline it is {three(value)} on the validation rows.")
    assert MEASURE[loss].title in visitor.widget("loss").help


def test_the_recipe_says_what_was_chosen_and_what_was_changed_since(visit):
    visitor = visit("train")
    assert visitor.reads(
        "Recommended for 1,797 images of 8×8: layers of 128-64-32 units with ReLU, batch normalisation, sigmoid "
        "output, sum of squares, one-cycle learning rate up to 0.02, 60 epochs ("
    )
    assert visitor.reads("stops early after 30 epochs without a better validation error, the best epoch is kept.")
    visitor.set("latent_dim", 5).set("batch_norm", False)
    assert visitor.reads("Changed from what is recommended: bottleneck m 2 → 5, batch normalisation true → false.")
    visitor.press("preset_hinton_2006")
    assert any(re.search(r"Changed from what is recommended: \d+ settings\.", text) for text in visitor.words)


def test_a_table_is_told_why_it_gets_its_recipe(visit):
    visitor = visit("train", data="penguins")
    assert visitor.reads("Recommended for 344 rows of 7 columns:")
    assert visitor.reads("The columns have several types, so each counts alike in the loss.")
    assert visitor.reads("The rows are few, so the network is small and learns slowly.")


def test_the_code_of_the_present_model_is_shown(visit, monkeypatch):
    monkeypatch.setattr(
        "playground.ui.code_panel.pytorch_code", lambda spec, dataset, split: f"# {spec.model} {spec.beta}"
    )
    visitor = visit("train", model="vae", beta="3.25")
    assert "# vae 3.25" in [code.value for code in visitor.app.code]


KL = "KL divergence per unit of the code (nats): units near 0 carry nothing"


def test_a_vae_shows_what_each_unit_carries_and_no_other_kind_does(visit, runs):
    visitor = visit("train", **quick("digits", "vae", latent_dim=3).to_query()).press("train")
    (run_id,) = runs.run_ids()
    nats = Run(runs, run_id).history.code_kl[-1]
    assert len(nats) == 3
    assert visitor.reads(KL)
    assert visitor.reads(f"{three(sum(nats))} nats in all")
    assert not visit("train", **quick("digits", "dense").to_query()).press("train").reads(KL)


@pytest.mark.parametrize("nats", [None, [], [float("nan"), 1.0], [1.0, float("inf")]])
def test_a_divergence_that_is_no_number_draws_no_bars(visit, write_run, nats):
    run = write_run("stopped", spec=quick("digits", "vae"), epochs=2)
    rows = [json.loads(line) | {"code_kl": nats} for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    (run.folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert not visit("train", run=run.id).reads(KL)


def test_device_and_precision_are_said_in_words(visit, write_run):
    run = write_run("paused", epochs=2, device="cuda", precision="bfloat16")
    assert visit("train", run=run.id).reads("samples per second on a CUDA GPU in bfloat16.")
    assert visit("train", run=write_run("paused", epochs=2).id).reads("samples per second on the CPU.")


def test_a_gpu_that_is_not_there_is_said_and_the_cpu_trains(visit, monkeypatch):
    monkeypatch.setattr("playground.training.devices.is_there", lambda device: False)
    visitor = visit("train", **quick("digits", "dense", device="cuda").to_query()).press("train")
    assert visitor.reads("There is no CUDA GPU that PyTorch can use on this machine: it trains on the CPU instead.")
    assert visitor.reads("samples per second on the CPU.")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Measurements as the benchmark writes them."""

    def write(record):
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        file.write_text(json.dumps(record))
        read = measured.conv_vs_dense
        monkeypatch.setattr("playground.ui.kind.conv_vs_dense", lambda data: read(data, file))

    return write


ENTRY = {"dense": 32.3, "convolutional": 30.1, "seconds": 10, "latent_dim": 2}


def test_convolutions_are_recommended_only_where_they_won(visit, bench):
    bench({"machine": "a 2-core CPU", "conv_vs_dense": {"mnist5000": ENTRY, "digits": ENTRY | {"dense": 1.9}}})
    assert visit("train", data="mnist5000").reads(
        "Measured on a 2-core CPU with m = 2, both stopped after 10 s, error per test image: dense 32.3, "
        "convolutional 30.1; convolutions are recommended here."
    )
    assert visit("train").reads("dense 1.90, convolutional 30.1; dense layers beat convolutions here.")
    assert not visit("train", data="wine").reads("Measured on")


def test_without_measurements_nothing_is_said(visit, monkeypatch, tmp_path):
    missing = tmp_path / "none.json"
    monkeypatch.setattr("playground.ui.kind.conv_vs_dense", lambda data: measured.conv_vs_dense(data, missing))
    assert not visit("train", model="convolutional").reads("Measured on")


def test_changing_the_kind_is_the_rule_of_the_recipe(visit):
    """The page and a script come to the same settings."""
    spec = dataclasses.replace(recommended(load("digits")), epochs=7)
    visitor = visit("train", epochs="7").set("model", "sparse")
    assert RunSpec.from_json(visitor.address) == with_model(spec, load("digits"), "sparse")
