"""The settings in one sentence: what was chosen for these data and why, and what the visitor changed since."""

from __future__ import annotations

from playground.data.dataset import Dataset
from playground.figures.numbers import count
from playground.models.measures import MEASURE
from playground.models.spec import FIELDS, RunSpec
from playground.training.recipe import FEW_ROWS, SECONDS, recommended, rows_and_seed
from playground.training.speed import epochs_within
from playground.ui.words import name_of

MOST_NAMED = 4  # changes that are named one by one


def recipe(spec: RunSpec, dataset: Dataset, seconds: float) -> str:
    """What these settings are, in words.

    Args:
        spec: the settings.
        dataset: that they are for.
        seconds: that they are estimated to train for.
    """
    changed = changes(spec, dataset)
    parts = [*_network(spec), *_training(spec, seconds), "the best epoch is kept"]
    begins = "Set" if changed else "Recommended"
    of_class = f", of which it learns {spec.only} alone" if spec.only else ""
    said = f"{begins} for {_size(dataset)}{of_class}: {', '.join(parts)}."
    if not changed:
        return said + _why(spec, dataset)
    if len(changed) > MOST_NAMED:
        return f"{said} Changed from what is recommended: {len(changed)} settings."
    return f"{said} Changed from what is recommended: {', '.join(changed)}."


def changes(spec: RunSpec, dataset: Dataset) -> list[str]:
    """What differs from the recommended settings of this kind, as "epochs 60 → 5"."""
    base = recommended(dataset, spec.model, spec.network)
    same = {"model", *rows_and_seed(spec)}  # which rows, and which seed, is no recommendation
    names = [name for name in FIELDS if name not in same and getattr(spec, name) != getattr(base, name)]
    return [f"{_label(name)} {_shown(base, name)} → {_shown(spec, name)}" for name in names]


def about(seconds: float) -> str:
    """An estimate of time, no finer than it is: "less than a second", "about 6 s", "about 25 s", "about 3 min"."""
    if seconds < 1:
        return "less than a second"
    if seconds < 9.5:
        return f"about {seconds:.0f} s"
    if seconds < 57.5:
        return f"about {5 * round(seconds / 5)} s"
    if seconds < 59.5 * 60:
        return f"about {max(1, round(seconds / 60))} min"
    hours = seconds / 3600
    return f"about {hours:.0f} h" if hours >= 9.5 else f"about {hours:.1f} h"


def _size(dataset: Dataset) -> str:
    if dataset.image_shape is not None:
        height, width, *channels = dataset.image_shape
        colour = " in colour" if channels == [3] else ""
        return f"{count(dataset.n_samples)} images of {height}×{width}{colour}"
    of = {"series": "values", "table": "columns"}.get(dataset.kind, "features")
    rows = "series" if dataset.kind == "series" else "rows"
    return f"{count(dataset.n_samples)} {rows} of {count(dataset.n_features)} {of}"


def _network(spec: RunSpec) -> list[str]:
    output = {"sigmoid": "sigmoid output", "linear": "linear output", "table": "an output per column"}[spec.output]
    if spec.model == "linear":
        return ["no hidden layers", output]
    widths = FIELDS["hidden"].text(spec.hidden)
    layers = f"convolutions of {widths} channels" if spec.is_convolutional else f"layers of {widths} units"
    return [
        f"{layers if spec.hidden else 'no hidden layers'} with {name_of('activation', spec.activation)}",
        *(["batch normalisation"] if spec.batch_norm else []),
        *([f"dropout of {spec.dropout:g}"] if spec.dropout else []),
        output,
    ]


def _training(spec: RunSpec, seconds: float) -> list[str]:
    rate = f"{spec.learning_rate:g}"
    stop = f"stops early after {count(spec.patience)} epochs without a better validation error"
    return [
        MEASURE[spec.loss].title,
        f"one-cycle learning rate up to {rate}" if spec.schedule == "one_cycle" else f"constant learning rate {rate}",
        *([f"weight decay {spec.weight_decay:g}"] if spec.weight_decay else []),
        f"{count(spec.epochs)} epoch{'s' if spec.epochs > 1 else ''} ({about(seconds)})",
        *([stop] if 0 < spec.patience < spec.epochs else []),
    ]


def _why(spec: RunSpec, dataset: Dataset) -> str:
    """The reasons for the recommended settings, sentences."""
    reasons = []
    if spec.output == "sigmoid":
        reasons.append("Pixels lie between 0 and 1, so the output is a sigmoid")
    if spec.loss == "mixed":
        reasons.append("The columns have several types, so each counts alike in the loss")
    if dataset.n_samples < FEW_ROWS and spec.model != "linear":
        few = "there are many epochs" if dataset.value_range else "the network is small and learns slowly"
        reasons.append(f"The rows are few, so {few}")
    if spec.epochs == epochs_within(spec, dataset, SECONDS):
        reasons.append(f"There are as many epochs as fit into about {SECONDS:g} s on an ordinary core")
    return "".join(f" {reason}." for reason in reasons)


def _label(name: str) -> str:
    label = FIELDS[name].label
    return label if label.startswith("Huber") else label[:1].lower() + label[1:]


def _shown(spec: RunSpec, name: str) -> str:
    return name_of(name, FIELDS[name].text(getattr(spec, name)))
