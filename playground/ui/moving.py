"""What the film, the race and the exports are given of a run: its history, frames and samples in the chosen unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.analysis.errors import UNITS, in_units
from playground.analysis.latent_grid import latent_shape
from playground.analysis.rows_in_words import rows_in_words
from playground.data.dataset import Colouring, Dataset, FloatArray, IntArray
from playground.data.shown import kind_of
from playground.models.sizes import layer_names
from playground.models.spec import FIELDS
from playground.runs.run import History, Run
from playground.runs.snapshots import N_SAMPLES, Snapshot, mapped_rows
from playground.training.steering import Change
from playground.ui.components import Colour, Frame, Lane, Layers, Plane, Samples

NEWEST_FRAMES = 4  # enough that a browser which misses an update or two still gets every frame of a slow run
MOST_CURVE_POINTS = 1000
PASSED = 0.999  # of PCA's error: by less than a thousandth is no passing


def film_of(run: Run, unit: str, *, all_frames: bool, whole: bool = True) -> dict[str, Any] | None:
    """The arguments of `components.film` but its key; None before the first epoch.

    Args:
        run: the run on show.
        unit: one of `UNITS`.
        all_frames: every frame that was kept, or only the newest few.
        whole: with the network's units and the decoder's own pictures.

    Raises:
        DataError: its data are gone.
        RunError: a file of it is damaged.
    """
    history, lines = run.history, run.val_error
    if lines is None or not history.epoch:
        return None
    scale = scale_of(run, unit)
    epochs = run.snapshot_epochs()
    frames = _snapshots(run, epochs, all_frames)
    kind, rows = kind_of(run.dataset), mapped_rows(run.split)
    return {
        "run": run.id,
        "latent_dim": run.spec.latent_dim,
        "epochs": run.planned_epochs,
        "first": epochs[0] if epochs else None,
        "alive": run.is_alive,
        "history": curves(history, scale, lines["pca"]),
        "pca": lines["pca"] * scale,
        "mean": lines["mean"] * scale,
        "unit": _in_words(run, unit),
        "samples": samples(run),
        "frames": [_frame(run, frame, whole=whole) for frame in frames],
        "colour": colour(run.dataset, rows),
        "best_epoch": history.best_epoch,
        "kind": kind,
        "error_scale": scale,
        "changes": [(change.epoch, change_in_words(change)) for change in run.changes],
        "layers": _layers(run) if whole else None,
        "latent_shape": latent_shape(run.spec.latent_dim, fine=kind == "points") if whole else None,
        "points": run.split.x[rows] if kind == "points" else None,
        "plane": _plane(run) if kind == "points" else None,
    }


def race_of(runs: Sequence[Run], names: Sequence[str], unit: str, *, all_frames: bool) -> dict[str, Any] | None:
    """The arguments of `components.race` but its key; None before anybody's first epoch."""
    known = [run for run in runs if run.val_error is not None]
    if not known or not any(run.history.epoch for run in known):
        return None
    first = known[0]
    scale = scale_of(first, unit)
    lines = {run.spec.latent_dim: run.val_error["pca"] * scale for run in known if run.val_error}
    return {
        "race": "-".join(run.id for run in runs),
        "lanes": [_lane(run, name, scale, all_frames) for run, name in zip(runs, names, strict=True)],
        "lines": lines,
        "mean": first.val_error["mean"] * scale if first.val_error else None,
        "unit": _in_words(first, unit),
        "samples": samples(first),
        "epochs": max(run.planned_epochs for run in runs),
        "alive": any(run.is_alive for run in runs),
        "kind": kind_of(first.dataset),
    }


def _lane(run: Run, name: str, scale: float, all_frames: bool) -> Lane:
    frames = _snapshots(run, run.snapshot_epochs(), all_frames)
    return Lane(
        name,
        curves(run.history, scale, None),
        [(frame.epoch, frame.x_hat) for frame in frames],
        run.spec.latent_dim,
        run.state,
    )


def _snapshots(run: Run, epochs: Sequence[int], all_frames: bool) -> list[Snapshot]:
    return [run.snapshot(epoch) for epoch in (epochs if all_frames else epochs[-NEWEST_FRAMES:])]


def change_in_words(change: Change) -> str:
    """A live change as the plot's flag and the Reproduce panel say it: "learning rate 0.02 → 0.002"."""
    label = FIELDS[change.name].label
    return f"{label[:1].lower() + label[1:]} {change.before:g} → {change.after:g}"


def curves(history: History, scale: float, pca: float | None) -> dict[str, list[float]]:
    """The error curves, evenly thinned where they are longer than a screen is wide.

    The best epoch and the one that passes PCA always stay.
    """
    step = -(-len(history.epoch) // MOST_CURVE_POINTS)
    passing = passes(history, pca)
    special = {len(history.epoch) - 1, passing, history.best_epoch and history.epoch.index(history.best_epoch)}
    kept = [place for place in range(len(history.epoch)) if place % max(step, 1) == 0 or place in special]
    return {
        "epoch": [history.epoch[place] for place in kept],
        "train": [history.train_error[place] * scale for place in kept],
        "val": [history.val_error[place] * scale for place in kept],
        "seconds": [history.seconds[place] for place in kept],
    }


def passes(history: History, pca: float | None) -> int | None:
    """The place in the history of the first epoch whose validation error is below PCA's; None where there is none."""
    if pca is None:
        return None
    return next((place for place, error in enumerate(history.val_error) if error < pca * PASSED), None)


def samples(run: Run) -> Samples:
    """The eight validation samples that the film reconstructs."""
    x = run.split.x[mapped_rows(run.split)[:N_SAMPLES]]
    return Samples(x, run.dataset.image_shape, run.dataset.scaled_names)


def colour(dataset: Dataset, rows: IntArray) -> Colour | None:
    """The label, or else the first known factor, of these rows; None where there is neither."""
    for name, column in dataset.colours.items():
        return as_colour(name, column, rows)
    return None


def as_colour(name: str, column: Colouring, rows: IntArray) -> Colour:
    """A column of all samples as the colour of these rows: classes for text, a scale for numbers."""
    if column.dtype.kind in "fiu":
        return Colour(name, column[rows], None)
    levels, codes = np.unique(column, return_inverse=True)
    return Colour(name, codes[rows], tuple(str(level) for level in levels))


def scale_of(run: Run, unit: str) -> float:
    """What turns a sum of squared errors per sample into `unit`."""
    lines = run.val_error or {}
    return in_units(1.0, run.split.n_features, lines["mean"])[unit]


def _in_words(run: Run, unit: str) -> str:
    return UNITS[unit].replace("per sample", "per image" if run.dataset.image_shape else "per sample")


def _frame(run: Run, frame: Snapshot, *, whole: bool) -> Frame:
    x = run.split.x[mapped_rows(run.split)[:N_SAMPLES]]
    table = rows_in_words(run.dataset, run.split, x, frame.x_hat) if kind_of(run.dataset) == "table" else None
    if not whole:
        return Frame(frame.epoch, frame.map, frame.x_hat, table=table)
    return Frame(frame.epoch, frame.map, frame.x_hat, _activity(frame), frame.latent, table)


def _activity(frame: Snapshot) -> list[FloatArray] | None:
    """How active every unit is, a dead one as not-a-number; a constant input or output is no dead unit."""
    if frame.activity is None:
        return None
    last = len(frame.activity) - 1
    return [
        layer if place in (0, last) else np.where(layer == 0, np.nan, layer).astype(np.float32)
        for place, layer in enumerate(frame.activity)
    ]


def _layers(run: Run) -> Layers:
    units = run.spec.layers(run.dataset.width, run.dataset.grid)
    return Layers(units, len(units) // 2, layer_names(run.spec, run.dataset.width, run.dataset.grid))


def _plane(run: Run) -> Plane | None:
    """PCA's line or plane; none where it would fill the whole space."""
    m = run.spec.latent_dim
    if m > 2 or m >= run.split.n_features:
        return None
    pca = run.pca()
    return Plane(pca.mean, pca.components)
