"""The exported script is the model: same layers, same numbers, same training, and it runs as it stands."""

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from playground.analysis.errors import sample_errors
from playground.data import Column, Dataset, Split, load
from playground.data.online import ONLINE
from playground.data.reading.read import read
from playground.export.pytorch import pytorch_code
from playground.models.autoencoder import build
from playground.models.pca import PCA
from playground.models.sizes import levels
from playground.models.spec import ACTIVATIONS, LOSSES, MODELS, NOISES, SPARSITIES, RunSpec
from playground.training.objective import Objective
from playground.training.trainer import Trainer

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"hidden": (16, 8), "epochs": 2, "batch_size": 64, "learning_rate": 5e-3, "precision": "float32"}
LINEAR_OUTPUT = {"output": "linear", "batch_norm": False, "latent_dim": 2}
TABLE = {"output": "table", "loss": "mixed", "batch_norm": False, "batch_size": 16}
CONVOLUTIONAL = {"network": "convolutional", "hidden": (4, 8)}

CASES = {
    # every kind, on digits
    "dense": ("digits", {}),
    "no hidden layer": ("digits", {"hidden": ()}),
    "linear": ("digits", {"model": "linear"}),
    "convolutional": ("digits", {"model": "convolutional", "hidden": (4, 8)}),
    "denoising": ("digits", {"model": "denoising"}),
    "l1": ("digits", {"model": "sparse", "latent_dim": 12}),
    "kl": ("digits", {"model": "sparse", "latent_dim": 12, "sparsity": "kl", "loss": "mean_squares"}),
    "contractive": ("digits", {"model": "contractive", "batch_norm": False}),
    "tied": ("digits", {"model": "tied"}),
    "vae": ("digits", {"model": "vae", "beta": 2.0}),
    # every loss, noise and activation
    "mean squares": ("digits", {"loss": "mean_squares", "activation": "gelu"}),
    "cross-entropy": ("digits", {"loss": "binary_cross_entropy", "activation": "silu"}),
    "absolute": ("digits", {"loss": "absolute", "activation": "tanh"}),
    "huber": ("digits", {"loss": "huber", "huber": 0.123456789, "activation": "sigmoid"}),
    "mask": ("digits", {"model": "denoising", "noise": "mask", "noise_level": 0.123456789}),
    "salt and pepper": ("digits", {"model": "tied", "noise": "salt_pepper"}),
    "swap": ("digits", {"model": "sparse", "noise": "swap"}),
    # the training
    "constant rate": ("digits", {"schedule": "constant", "weight_decay": 0.1, "patience": 1, "learning_rate": 0.5}),
    "dropout": ("digits", {"dropout": 0.25}),
    "a last batch of one": ("digits", {"batch_size": 389}),  # 1,168 = 3 · 389 + 1
    "vae without warm-up": ("digits", {"model": "vae", "warm_up": 0.0, "schedule": "constant", "loss": "mean_squares"}),
    # images in colour and series
    "denoising series": (
        "heartbeats",
        LINEAR_OUTPUT | CONVOLUTIONAL | {"model": "denoising", "noise": "salt_pepper", "batch_norm": True},
    ),
    "sparse series": ("odd series", LINEAR_OUTPUT | CONVOLUTIONAL | {"model": "sparse"}),
    "colour": ("odd colours", CONVOLUTIONAL | {"model": "vae", "noise": "gaussian"}),
    "only one class": ("breast_cancer", LINEAR_OUTPUT | {"only": "benign", "batch_size": 16}),
    # tables
    "table": ("penguins", TABLE),
    "table, sum of squares": ("penguins", TABLE | {"loss": "sum_squares"}),
    "table, swap": ("penguins", TABLE | {"model": "denoising", "noise": "swap"}),
    "table, mask": ("penguins", TABLE | {"model": "vae", "noise": "mask", "loss": "mean_squares", "output": "linear"}),
    "table, tied": ("penguins", TABLE | {"model": "tied"}),
    "table, contractive": ("penguins", TABLE | {"model": "contractive"}),
    "table, sparse": ("penguins", TABLE | {"model": "sparse"}),
    "linear, absolute": ("digits", {"model": "linear", "loss": "absolute"}),
    "table, linear": ("penguins", {"model": "linear", "output": "linear"}),
    "table of whole numbers": ("whole", TABLE | {"model": "denoising", "noise": "salt_pepper", "loss": "huber"}),
    "whole table": ("whole categories", TABLE),
}
MADE = ("odd series", "odd colours", "whole", "whole categories")
# These train otherwise than the Trainer, on purpose: by random numbers of nn.Dropout's own, and from starting weights
# that are drawn for the flags of missing values too.
ON_COVARIANCE = ("linear", "table, linear")
WITH_FLAGS = [name for name, (data, _) in CASES.items() if data in ("penguins", "whole") and name != "table, linear"]
ANOTHER_TRAINING = ("dropout", *WITH_FLAGS)


def made(name: str) -> Dataset:
    """Data sets by hand: a series and colours that need padding and cropping, and tables."""
    rng = np.random.default_rng(0)
    if name == "odd series":
        x = np.sin(rng.random((80, 1)) * 9 + np.arange(29) / 3).astype(np.float32)
        return Dataset(name, name, x, tuple(map(str, range(29))), kind="series")
    if name == "odd colours":
        x = rng.random((60, 9 * 11 * 3), dtype=np.float32)
        names = tuple(map(str, range(x.shape[1])))
        return Dataset(name, name, x, names, kind="images", image_shape=(9, 11, 3), value_range=(0.0, 1.0))
    t = rng.normal(size=90)
    if name == "whole":
        x = np.stack([t, np.where(rng.random(90) < 0.2, np.nan, t**2)], axis=1)
        columns = (Column("t"), Column("square", has_missing=True))
    else:
        x = np.stack([t > 0, t < 1, np.abs(t) > 1], axis=1).astype(np.float64)
        columns = tuple(Column(letter, "category", levels=("no", "yes")) for letter in "abc")
    return Dataset(name, name, x, tuple(column.name for column in columns), kind="table", columns=columns)


@dataclass
class Ran:
    """A script, its names after it has run, and what it printed."""

    spec: RunSpec
    dataset: Dataset
    split: Split
    code: str
    names: dict[str, Any]
    printed: str

    @property
    def errors(self) -> list[float]:
        return [float(text) for text in re.findall(r"validation error (\S+)", self.printed)]

    @property
    def test_errors(self) -> tuple[float, float]:
        model, pca = re.search(r"test error: autoencoder (\S+), PCA (\S+)", self.printed).groups()
        return float(model), float(pca)


def run_here(code: str, **given: Any) -> tuple[dict[str, Any], str]:
    """Runs the script in this process, for torch takes seconds to import; the global generator is left as it was."""
    names: dict[str, Any] = {"__name__": "script", **given}
    printed = io.StringIO()
    with torch.random.fork_rng(), contextlib.redirect_stdout(printed):
        exec(compile(code, "script.py", "exec"), names)
    return names, printed.getvalue()


_ran: dict[str, Ran] = {}


@pytest.fixture(params=CASES)
def ran(request):
    return ran_case(request.param)


def ran_case(name: str) -> Ran:
    """The case of that name, run once."""
    if name not in _ran:
        data, changes = CASES[name]
        dataset = made(data) if data in MADE else load(data)
        spec = RunSpec(**SMALL | changes)
        split = spec.split(dataset)
        code = pytorch_code(spec, dataset)
        rows = tuple(torch.tensor(part) for part in (split.x_train, split.x_val, split.x_test))
        # Nobody could load what is made here: its rows take the place of random ones.
        here = re.sub(r"(?m)^x_train, x_val, x_test = .*$", "x_train, x_val, x_test = rows", code)
        _ran[name] = Ran(spec, dataset, split, code, *run_here(here, rows=rows))
    return _ran[name]


def with_the_same_weights(ran: Ran):
    """The playground's model with the script's weights, both as they evaluate."""
    model = build(ran.spec, ran.split.n_features, ran.split.layout, ran.split.grid)
    mine, theirs = ran.names["model"].state_dict(), model.state_dict()
    values = [value for name, value in mine.items() if not name.endswith(".mean")]
    wanted = [name for name in theirs if not name.endswith((".fill", ".flagged"))]
    assert [tuple(value.shape) for value in values] == [tuple(theirs[name].shape) for name in wanted]
    model.load_state_dict(theirs | dict(zip(wanted, values, strict=True)))
    return ran.names["model"].eval(), model.eval()


def test_the_cases_cover_every_choice():
    specs = [RunSpec(**SMALL | changes) for _, changes in CASES.values()]
    assert {spec.model for spec in specs} == set(MODELS)
    assert {spec.loss for spec in specs} == set(LOSSES)
    assert {spec.activation for spec in specs} == set(ACTIVATIONS)
    assert {spec.sparsity for spec in specs} == set(SPARSITIES)
    assert {spec.noise_kind for spec in specs} == set(NOISES) - {"auto"}
    found = levels(made("odd colours").grid, (4, 8))
    assert [level.places for level in found] == [(9, 11), (5, 6), (3, 3)]  # padding and cropping in both directions


def test_it_runs_and_ends_with_the_test_error_beside_that_of_pca(ran):
    model_error, pca_error = ran.test_errors
    x = ran.split.x_test
    with torch.no_grad():
        x_hat = ran.names["model"](torch.tensor(x)).numpy()
    assert model_error == pytest.approx(sample_errors(x, x_hat).mean(), abs=1e-3)
    pca = PCA.fit(ran.split.x_train, ran.spec.latent_dim)
    assert pca_error == pytest.approx(sample_errors(x, pca.reconstruct(x)).mean(), rel=1e-3, abs=1e-3)
    assert np.isfinite([model_error, pca_error]).all()


def test_the_model_has_the_parameters_that_the_playground_counts(ran):
    n_parameters = sum(parameter.numel() for parameter in ran.names["Autoencoder"]().parameters())
    dataset = ran.dataset
    n_flags = 0 if ran.spec.model == "linear" else dataset.n_flags
    assert n_parameters == ran.spec.n_parameters(dataset.width, n_flags, dataset.grid)


def test_with_the_same_weights_it_gives_the_same_numbers(ran):
    mine, theirs = with_the_same_weights(ran)
    x = torch.tensor(ran.split.x_test)
    with torch.no_grad():
        assert torch.allclose(mine(x), theirs(x), atol=1e-5, rtol=1e-5)


def value_of(ran: Ran, model, x, beta: float) -> float:
    """What the script makes small, on the rows x."""
    if "chance" in ran.names:
        ran.names["chance"].manual_seed(ran.spec.seed + 1)
    if "covariance" in ran.names:
        return ran.names["loss"](model).item()
    if "objective" in ran.names:
        return ran.names["objective"](model, x, *([beta] if ran.spec.model == "vae" else [])).item()
    return ran.names["loss"](model(ran.names["damaged"](x) if "damaged" in ran.names else x), x).item()


@pytest.mark.parametrize("name", [name for name in CASES if name not in ON_COVARIANCE])
def test_the_loss_is_the_one_that_the_playground_computes(name):
    ran = ran_case(name)
    mine, theirs = with_the_same_weights(ran)
    x = torch.tensor(ran.split.x_train[:40])
    loss = Objective(ran.spec, ran.split, theirs, torch.device("cpu")).loss
    with torch.no_grad():
        x_hat = mine(x)
        assert ran.names["loss"](x_hat, x).item() == pytest.approx(loss(x_hat, x).item(), rel=1e-5)


@pytest.mark.parametrize("name", [name for name in CASES if name not in (*ON_COVARIANCE, "vae without warm-up")])
def test_all_that_training_makes_small_is_what_the_playground_computes(name):
    """With the same noise, codes and directions, drawn from a generator with the same seed."""
    ran = ran_case(name)
    mine, theirs = with_the_same_weights(ran)
    x = torch.tensor(ran.split.x_train[:40])
    objective = Objective(ran.spec, ran.split, theirs, torch.device("cpu"))
    objective.set_progress(0.1)
    wanted = objective(theirs, x).item()
    assert value_of(ran, mine, x, float(objective.beta)) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("name", ON_COVARIANCE)
def test_on_the_covariance_it_makes_the_same_loss_small(name):
    """As a share of the variance: what is lost of all training rows, where a missing value counts as the mean."""
    ran = ran_case(name)
    model, x = ran.names["model"], ran.split.x_train
    mean = PCA.fit(x, 1).mean
    x = np.where(np.isnan(x), mean, x)
    with torch.no_grad():
        lost = sample_errors(x, model(torch.tensor(x)).numpy()).sum() / sample_errors(x, mean[None]).sum()
        assert ran.names["loss"](model).item() == pytest.approx(lost, rel=1e-4)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ANOTHER_TRAINING])
def test_the_training_is_the_playgrounds(name):
    """Same starting weights, rows, rates and noise: the same errors after every epoch, but for rounding.

    More than rounding where batch normalisation makes biases idle: autograd lets their noise grow, `FastStep` does not.
    """
    ran = ran_case(name)
    trainer = Trainer(ran.spec, ran.split, device="cpu")
    tolerance = 3e-2 if ran.spec.batch_norm else 5e-3
    assert ran.errors == pytest.approx([event.val_error for event in trainer], rel=tolerance)
    assert ran.names["best_epoch"] == trainer.best_epoch


def test_patience_ends_the_training():
    dataset = load("digits")
    spec = RunSpec(**SMALL | {"patience": 1, "epochs": 60, "learning_rate": 1e-6, "schedule": "constant"})
    code = pytorch_code(spec, dataset).replace("if error < best_error", "if epoch < 3")
    assert len(re.findall("validation error", run_here(code)[1])) == 3


def test_the_linear_model_finds_what_pca_finds():
    dataset = load("digits")
    spec = RunSpec(model="linear", output="linear", loss="sum_squares", latent_dim=4, epochs=40, learning_rate=2e-2)
    _, printed = run_here(pytorch_code(spec, dataset))
    model, pca = re.search(r"test error: autoencoder (\S+), PCA (\S+)", printed).groups()
    assert float(model) == pytest.approx(float(pca), rel=0.005)


def test_ruff_finds_nothing_in_any_script(tmp_path):
    pytest.importorskip("ruff")
    for number, name in enumerate(CASES):
        (tmp_path / f"script_{number}.py").write_text(ran_case(name).code, encoding="utf-8")
    rules = "--select=E,W,F,I,B,C4,UP,N,SIM,PT,RUF,NPY", "--ignore=RUF001,RUF002,RUF003", "--line-length=120"
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", *rules, "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["dense", "vae", "table"])
def test_no_line_is_there_that_the_settings_do_not_need(name):
    code = ran_case(name).code
    assert ("posterior" in code, "beta" in code) == (name == "vae",) * 2
    assert ("isnan" in code, "TableOutput" in code) == (name == "table",) * 2
    assert "patience" not in code
    assert "Crop" not in code
    for function in re.findall(r"^(?:def|class) (\w+)", code, flags=re.MULTILINE):
        assert len(re.findall(rf"\b{function}\b", code)) > 1, function


def test_pasted_into_a_file_it_runs(tmp_path):
    """In a process of its own, with the playground within reach."""
    (tmp_path / "script.py").write_text(ran_case("dense").code, encoding="utf-8")
    done = run_file(tmp_path, {"PYTHONPATH": str(ROOT)})
    assert done.stdout == ran_case("dense").printed


def run_file(folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-W", "error", "script.py"],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )


def test_without_the_playground_random_numbers_stand_in(monkeypatch):
    monkeypatch.setitem(sys.modules, "playground.data", None)
    _, printed = run_here(ran_case("dense").code)
    assert printed.startswith("Random numbers stand in for the data: ")
    assert "test error" in printed


def a_file(folder: Path, name: str = "mine.csv", column: str = "mass") -> Path:
    rng = np.random.default_rng(0)
    rows = "\n".join(
        f"{a:.3f};{b:.3f};{kind}" for a, b, kind in zip(*rng.normal(size=(2, 60)), "abc" * 20, strict=True)
    )
    path = folder / name
    path.write_text(f"{column};length;kind\n{rows}\n", encoding="utf-8")
    return path


def test_a_file_of_ones_own_is_read_as_the_visitor_decided(tmp_path, monkeypatch):
    dataset = read(a_file(tmp_path), {"separator": "semicolon", "columns": {"mass": {"weight": "2"}}})
    spec = RunSpec(**SMALL | TABLE)
    monkeypatch.chdir(tmp_path)
    names, printed = run_here(pytorch_code(spec, dataset))
    assert "stand in" not in printed
    np.testing.assert_array_equal(names["x_train"].numpy(), spec.split(dataset).x_train)


def test_where_the_file_is_not_random_numbers_stand_in(tmp_path, monkeypatch):
    dataset = read(a_file(tmp_path))
    (tmp_path / "mine.csv").unlink()
    monkeypatch.chdir(tmp_path)
    _, printed = run_here(pytorch_code(RunSpec(**SMALL | TABLE), dataset))
    assert printed.startswith("Random numbers stand in for the data: mine.csv cannot be opened")
    assert "test error" in printed


def test_what_was_never_fetched_is_said_and_replaced_by_random_numbers():
    dataset = replace(load("digits"), name=next(iter(ONLINE)))
    _, printed = run_here(pytorch_code(RunSpec(**SMALL), dataset))
    assert printed.startswith("Random numbers stand in for the data: ")
    assert "test error" in printed


def test_names_out_of_a_file_stay_names(tmp_path, monkeypatch):
    """A title or a column with quotes, line ends and code in it is text in a comment or a string."""
    evil = 'x"""\n\'); raise SystemExit  # \u2028\r\\ ' + "long " * 40
    rng = np.random.default_rng(0)
    x = np.stack([rng.normal(size=60), rng.integers(0, 2, 60)], axis=1)
    columns = (Column(evil), Column(evil + "2", "category", levels=(evil, "b")))
    dataset = Dataset("t", evil, x, (evil, evil + "2"), kind="table", columns=columns)
    names, printed = run_here(pytorch_code(RunSpec(**SMALL | TABLE | {"latent_dim": 1}), dataset))
    assert "test error" in printed
    assert names["NUMBERS"][0][0].startswith('x""" \'); raise')
    source = {"files": [evil], "options": {"member": "'); raise SystemExit #"}}
    assert (
        "test error"
        in run_here(
            pytorch_code(RunSpec(**SMALL | TABLE | {"latent_dim": 1}), replace(dataset, name="file-0", source=source))
        )[1]
    )
