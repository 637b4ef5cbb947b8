"""What every setting means now, for this run: one function per setting, shown in its control's help."""

from __future__ import annotations

import math
from collections.abc import Callable

from playground.data.dataset import Dataset
from playground.figures.numbers import count, three
from playground.models.kinds import KIND
from playground.models.measures import MEASURE
from playground.models.sizes import layer_names
from playground.models.spec import FIELDS, RunSpec

NAMES = {  # of values, where a page has a better one than the code
    "one_cycle": "one cycle",
    "salt_pepper": "salt and pepper",
    "swap": "swap between rows",
    "l1": "L1",
    "kl": "KL divergence",
    "relu": "ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "cpu": "CPU",
    "cuda": "CUDA GPU",
    "mps": "Apple GPU",
}
TITLES = {  # where the same value means another thing for another setting
    "model": {name: kind.title for name, kind in KIND.items()},
    "loss": {name: measure.title for name, measure in MEASURE.items()},
    "output": {"table": "per column"},
}


def name_of(setting: str, value: str) -> str:
    """What a page calls a value of a setting."""
    if setting == "only":  # a class may be called anything
        return value or "every class"
    return TITLES.get(setting, {}).get(value) or NAMES.get(value, value)


def _latent_dim(spec: RunSpec, dataset: Dataset) -> str:
    share = dataset.width / spec.latent_dim
    if spec.latent_dim >= dataset.width:
        return f"{spec.latent_dim} units for {dataset.width} features: nothing has to be left out, it could copy"
    return f"{dataset.width} features pass through {spec.latent_dim}: {three(share)} times fewer numbers"


def _only(spec: RunSpec, dataset: Dataset) -> str:
    if dataset.labels is None:
        return "these data have no label"
    rows = count(round(dataset.share_of(spec.only) * dataset.n_samples))
    return f"{rows} of {count(dataset.n_samples)} rows" if spec.only else f"all {rows} rows"


def _steps(spec: RunSpec, dataset: Dataset) -> int:
    rows = dataset.n_samples * dataset.share_of(spec.only) * (1 - spec.val_fraction - spec.test_fraction)
    return max(1, math.ceil(rows / spec.batch_size))


def _epochs(spec: RunSpec, dataset: Dataset) -> str:
    steps = _steps(spec, dataset)
    return f"{count(spec.epochs)} passes of {count(steps)} steps each, {count(spec.epochs * steps)} steps in all"


def _hidden(spec: RunSpec, dataset: Dataset) -> str:
    if spec.model == "linear":
        return "the linear model has no hidden layers"
    names = layer_names(spec, dataset.width, dataset.grid)
    if names is not None:
        return "places and channels per layer: " + " → ".join(names)
    return "units per layer: " + " → ".join(map(str, spec.layers(dataset.width)))


def _network(spec: RunSpec, dataset: Dataset) -> str:
    return "convolutions" if spec.is_convolutional else "dense layers, where every unit sees all before it"


def _dropout(spec: RunSpec, dataset: Dataset) -> str:
    return f"{100 * spec.dropout:g} % of the hidden units are left out" if spec.dropout else "none is left out"


def _noise(spec: RunSpec, dataset: Dataset) -> str:
    return {
        "none": "the input is left as it is",
        "gaussian": f"a normal number of standard deviation {spec.noise_level:g} is added to every value",
        "mask": f"{100 * spec.noise_level:g} % of the values become 0",
        "salt_pepper": f"{100 * spec.noise_level:g} % of the values become the lowest or highest",
        "swap": f"{100 * spec.noise_level:g} % of the values come from another row",
    }[spec.noise_kind]


def _sparsity(spec: RunSpec, dataset: Dataset) -> str:
    if spec.sparsity == "l1":
        return "every unit is at least 0, and the sum of a code's units is penalised"
    return "every unit is between 0 and 1, and its mean over a batch is drawn to the target"


def _penalty(weight: float, what: str) -> str:
    return f"{what} counts {weight:g} times beside the loss" if weight else f"{what} does not count"


def _beta(spec: RunSpec, dataset: Dataset) -> str:
    if spec.beta == 0:
        return "nothing pulls the code together"
    return "the plain VAE" if spec.beta == 1 else "pulls harder than 1" if spec.beta > 1 else "pulls less than 1"


def _warm_up(spec: RunSpec, dataset: Dataset) -> str:
    last = math.ceil(spec.warm_up * spec.epochs)
    return f"β rises until epoch {count(last)} of {count(spec.epochs)}" if last else "β is full from the first step"


def _patience(spec: RunSpec, dataset: Dataset) -> str:
    if not spec.patience:
        return "trains to the last epoch; the best one is kept all the same"
    return f"stops when {spec.patience} epochs bring no better validation error; the best one is kept"


NOW: dict[str, Callable[[RunSpec, Dataset], str]] = {
    "latent_dim": _latent_dim,
    "epochs": _epochs,
    "hidden": _hidden,
    "network": _network,
    "dropout": _dropout,
    "noise": _noise,
    "noise_level": _noise,
    "sparsity": _sparsity,
    "sparsity_weight": lambda spec, dataset: _penalty(spec.sparsity_weight, "the penalty on the code"),
    "sparsity_target": lambda spec, dataset: f"a unit is on about {100 * spec.sparsity_target:g} % of the time",
    "contraction": lambda spec, dataset: _penalty(spec.contraction, "the sum of the squared slopes"),
    "beta": _beta,
    "warm_up": _warm_up,
    "loss": lambda spec, dataset: MEASURE[spec.loss].says,
    "huber": lambda spec, dataset: f"errors beyond {spec.huber:g} in scaled units count absolutely",
    "patience": _patience,
    "batch_size": lambda spec, dataset: f"{count(_steps(spec, dataset))} steps in an epoch",
    "model": lambda spec, dataset: f"{count(n_parameters(spec, dataset))} parameters",
    "val_fraction": lambda spec, dataset: (
        f"about {count(round(spec.val_fraction * dataset.share_of(spec.only) * dataset.n_samples))} rows"
    ),
    "only": _only,
    "test_fraction": lambda spec, dataset: f"about {count(round(spec.test_fraction * dataset.n_samples))} rows",
    "learning_rate": lambda spec, dataset: (
        f"rises to {spec.learning_rate:g} and then falls" if spec.schedule == "one_cycle" else "the same to the end"
    ),
    "device": lambda spec, dataset: {
        "auto": "the fastest that the server has",
        "cpu": "the processor",
        "cuda": "a CUDA GPU, or the CPU where the server has none",
        "mps": "an Apple GPU, or the CPU where the server has none",
    }[spec.device],
    "precision": lambda spec, dataset: {
        "auto": "float32, except where bfloat16 is faster and costs nothing",
        "float32": "full precision",
        "bfloat16": "products with 8 significant bits, summed in float32",
    }[spec.precision],
}


def n_parameters(spec: RunSpec, dataset: Dataset) -> int:
    """Numbers that are learnt."""
    return spec.n_parameters(dataset.width, dataset.n_flags, dataset.grid)


def help_for(name: str, spec: RunSpec, dataset: Dataset) -> str:
    """What the setting does, and what its present value means for this run."""
    field = FIELDS[name]
    value = name_of(name, field.text(getattr(spec, name)))
    meaning = NOW[name](spec, dataset) if name in NOW else ""
    return f"{field.help} Now **{value}**" + (f": {meaning}." if meaning else ".")
