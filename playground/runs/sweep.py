"""A sweep: the same settings for several m and seeds, each point of it a run folder like any other.

    STORE/sweeps/<key>/<m>-<seed>    the id of the run that is this point

The key is a hash of the settings without m and seed, and of the data's content: whoever compares the same settings on
the same data finds the same points, and nothing is trained twice. A run that a visitor started by hand never gets in
here: its id is known to that visitor alone. What a point gives away is what its finder has already: the settings, and
data that are named by their content.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from playground.analysis.errors import in_units
from playground.analysis.sweep import pca_errors
from playground.errors import PlaygroundError, RunError, SpecError
from playground.models.spec import RunSpec
from playground.runs.run import ALIVE, Run, split_of
from playground.runs.runner import Runner
from playground.runs.store import Store, write_bytes

LATENT_DIMS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
MOST_POINTS = 60
FINAL = ("done", "diverged")  # the same settings would end so again

Point = tuple[int, int]  # m and seed


def default_latent_dims(width: int) -> list[int]:
    """The m of a sweep unless others are chosen: those of `LATENT_DIMS` below the data's width, at least 1."""
    return [m for m in LATENT_DIMS if m < width] or [1]


def start_sweep(
    runner: Runner,
    base: RunSpec,
    latent_dims: Sequence[int],
    seeds: Sequence[int] | None = None,
    owner: str = "",
    known: Iterable[Run] = (),
) -> list[str]:
    """Trains the settings for every m and seed, in one place of the queue, stacked where they can be.

    Points that are there already, or on their way, are not trained again.

    Args:
        runner: where they train.
        base: the settings; its own m does not count.
        latent_dims: the values of m.
        seeds: of every m; the base's own if left out.
        owner: whose turn in the queue it takes.
        known: more runs that may serve as points, such as the visitor's own.

    Returns:
        The runs of the points asked for, by m, then seed.

    Raises:
        SpecError: no m, too many points, or settings that do not fit the data.
        DataError: there is no such data set.
        BusyError: no room for another sweep; nothing is left behind.
    """
    store = runner.store
    points = [(m, seed) for m in sorted(set(latent_dims)) for seed in sorted(set(seeds or (base.seed,)))]
    if not points:
        raise SpecError("A sweep needs at least one m: choose some.")
    if len(points) > MOST_POINTS:
        raise SpecError(f"A sweep has at most {MOST_POINTS} points, not {len(points)}: choose fewer m or seeds.")
    specs = {point: _spec_of(base, point) for point in points}
    for spec in specs.values():
        split_of(spec, store)
    found = {_point_of(run): run.id for run in sweep_runs(store, base, known) if run.state in (*ALIVE, *FINAL)}
    missing = [point for point in points if point not in found]
    if missing:
        found |= _started(runner, base, {point: specs[point] for point in missing}, owner)
    return [found[point] for point in points]


def _started(runner: Runner, base: RunSpec, specs: dict[Point, RunSpec], owner: str) -> dict[Point, str]:
    store = runner.store
    folder = _folder(store, base)
    folder.mkdir(parents=True, exist_ok=True)
    data_hash = store.dataset(base.data).content_hash
    ids: dict[Point, str] = {}
    try:
        for point, spec in specs.items():
            ids[point] = store.create(spec, data_hash=data_hash, sweep=folder.name)
            write_bytes(folder / _name(point), ids[point].encode(), durable=False)
        first, *others = ids.values()
        runner.submit(first, owner, others)
    except PlaygroundError:
        for point, run_id in ids.items():
            (folder / _name(point)).unlink(missing_ok=True)
            store.remove(run_id)
        raise
    return ids


def stop_sweep(runner: Runner, runs: Iterable[Run]) -> None:
    """Ends what still waits or trains; points that have finished stay."""
    for run in runs:
        if run.is_alive:
            runner.cancel(run.id)


def sweep_runs(store: Store, base: RunSpec, known: Iterable[Run] = ()) -> list[Run]:
    """The points that these settings have, by m, then seed; of two for the same point, one that is done.

    A run that was steered, or went on after its end, is no longer what its settings say, and no point.

    Args:
        store: where they are.
        base: the settings; neither its m nor its seed counts.
        known: more runs that may serve as points.

    Raises:
        DataError: the data are gone.
    """
    found: dict[Point, Run] = {}
    for run in [*known, *_kept(store, base)]:
        point = _point_of(run)
        fits = run.spec == _spec_of(base, point) and not run.changes and len(run.legs) == 1
        if fits and (point not in found or found[point].state != "done"):
            found[point] = run
    return [found[point] for point in sorted(found)]


def pca_curve(run: Run, unit: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """PCA's errors on the run's test rows with 0, 1, … K components, in one of `UNITS`: (K + 1,).

    PCA is the run's own, fitted on its training rows with at most 256 components.

    Raises:
        RunError: its file is missing or damaged.
    """
    totals = pca_errors(run.all_components(), run.split.x_test)
    return np.array([in_units(total, run.split.n_features, totals[0])[unit] for total in totals])


def _kept(store: Store, base: RunSpec) -> Iterable[Run]:
    folder = _folder(store, base)
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if not re.fullmatch(r"\d+-\d+", path.name, re.ASCII):
            continue
        try:
            yield Run(store, path.read_text())
        except (RunError, OSError, UnicodeDecodeError):  # deleted, or damaged: trained again when it is asked for
            continue


def _folder(store: Store, base: RunSpec) -> Path:
    """Where the points of these settings are written down."""
    settings = {name: value for name, value in base.to_json().items() if name not in ("latent_dim", "seed")}
    identity = json.dumps([settings, store.dataset(base.data).content_hash], sort_keys=True)
    return store.folder / "sweeps" / hashlib.sha256(identity.encode()).hexdigest()[:32]


def _spec_of(base: RunSpec, point: Point) -> RunSpec:
    m, seed = point
    return dataclasses.replace(base, latent_dim=m, seed=seed)


def _point_of(run: Run) -> Point:
    return run.spec.latent_dim, run.spec.seed


def _name(point: Point) -> str:
    return f"{point[0]}-{point[1]}"
