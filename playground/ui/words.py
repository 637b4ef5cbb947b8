"""What every setting means now, for this run: one function per setting, shown in its control's help."""

from __future__ import annotations

import math
from collections.abc import Callable

from playground.data.dataset import Dataset
from playground.figures.numbers import count, three
from playground.models.spec import FIELDS, RunSpec


def _latent_dim(spec: RunSpec, dataset: Dataset) -> str:
    share = dataset.width / spec.latent_dim
    if spec.latent_dim >= dataset.width:
        return f"{spec.latent_dim} units for {dataset.width} features: nothing has to be left out, it could copy"
    return f"{dataset.width} features pass through {spec.latent_dim}: {three(share)} times fewer numbers"


def _steps(spec: RunSpec, dataset: Dataset) -> int:
    rows = dataset.n_samples * (1 - spec.val_fraction - spec.test_fraction)
    return math.ceil(rows / spec.batch_size)


def _epochs(spec: RunSpec, dataset: Dataset) -> str:
    steps = _steps(spec, dataset)
    return f"{count(spec.epochs)} passes of {count(steps)} steps each, {count(spec.epochs * steps)} steps in all"


def _hidden(spec: RunSpec, dataset: Dataset) -> str:
    if spec.model == "linear":
        return "the linear model has no hidden layers"
    return "units per layer: " + " → ".join(map(str, spec.layers(dataset.width)))


def _loss(spec: RunSpec, dataset: Dataset) -> str:
    return {
        "sum_squares": "the sum of squared errors of a sample, the measure of the comparison too",
        "mean_squares": "the squared error of a sample divided by its features; the same minimum as the sum",
        "binary_cross_entropy": "reads pixels as probabilities; judged by squared error it ends a little higher",
        "mixed": "the mean over the columns of each one's error, where 1 is as bad as its mean or its levels' shares",
        "absolute": "the sum of absolute errors; single large errors count for less",
    }[spec.loss]


def _patience(spec: RunSpec, dataset: Dataset) -> str:
    if not spec.patience:
        return "trains to the last epoch; the best one is kept all the same"
    return f"stops when {spec.patience} epochs bring no better validation error; the best one is kept"


NOW: dict[str, Callable[[RunSpec, Dataset], str]] = {
    "latent_dim": _latent_dim,
    "epochs": _epochs,
    "hidden": _hidden,
    "loss": _loss,
    "patience": _patience,
    "batch_size": lambda spec, dataset: f"{count(_steps(spec, dataset))} steps in an epoch",
    "model": lambda spec, dataset: f"{count(spec.n_parameters(dataset.width, dataset.n_flags))} parameters",
    "val_fraction": lambda spec, dataset: f"about {count(round(spec.val_fraction * dataset.n_samples))} rows",
    "test_fraction": lambda spec, dataset: f"about {count(round(spec.test_fraction * dataset.n_samples))} rows",
    "learning_rate": lambda spec, dataset: (
        f"rises to {spec.learning_rate:g} and then falls" if spec.schedule == "one_cycle" else "the same to the end"
    ),
}


def help_for(name: str, spec: RunSpec, dataset: Dataset) -> str:
    """What the setting does, and what its present value means for this run."""
    field = FIELDS[name]
    value = field.text(getattr(spec, name))
    meaning = NOW[name](spec, dataset) if name in NOW else ""
    return f"{field.help} Now **{value}**" + (f": {meaning}." if meaning else ".")
