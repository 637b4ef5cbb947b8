"""The sample on the bench of the reconstruct page, wherever it comes from: everything on that page looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from playground.data.dataset import FloatArray, OwnArray
from playground.errors import DataError
from playground.figures.numbers import count
from playground.runs.run import Run
from playground.ui import picked, state

Origin = Literal["picked", "brought", "drawn", "edited", "pasted", "photo", "other data"]

_KEY = "_bench"  # (run's id, picks so far, Sample)


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample of the form of a run's data, which need not be one of them.

    Attributes:
        x: in the visitor's own units (n_columns,), float32, or with columns float64 in which a missing cell is
            not-a-number.
        origin: which way it came.
        words: what it is called, such as "test row 12", "row 3 of mine.csv" or "your drawing".
        place: its place among the held-out rows while it is one of them, unedited; else None.
    """

    x: OwnArray
    origin: Origin
    words: str
    place: int | None = None


def on_show(run: Run) -> Sample:
    """The sample on the bench: what was put there last, or the picked held-out one.

    Picking a held-out sample, on any page, takes whatever else lay there away.
    """
    kept = state.got(_KEY)
    if isinstance(kept, tuple) and kept[:2] == (run.id, picked.picks()):
        sample: Sample = kept[2]
        return sample
    return held_out_sample(run, picked.sample(run.id, len(run.split.test_rows)))


def held_out_sample(run: Run, place: int) -> Sample:
    """One of the held-out samples, by its place among them."""
    row = int(run.split.test_rows[place])
    return Sample(run.dataset.x[row], "picked", f"test row {count(place + 1)}", place)


def put(run: Run, sample: Sample) -> None:
    """Puts a sample on the bench.

    Raises:
        DataError: it has not the form of the run's data, or a value that is infinite, or missing where none may be.
    """
    dataset = run.dataset
    x: OwnArray = sample.x.astype(np.float64) if dataset.columns else sample.x.astype(np.float32)
    may_miss = np.array([column.has_missing for column in dataset.columns] or [False] * dataset.n_features)
    if x.shape != may_miss.shape:
        raise DataError(f"{sample.words} has {count(x.size)} values, but {dataset.title} {count(may_miss.size)}.")
    if not (np.isfinite(x) | (np.isnan(x) & may_miss)).all():
        raise DataError(f"{sample.words} has values that are infinite, or missing where the data set misses none.")
    x.flags.writeable = False
    kept = Sample(x, sample.origin, sample.words, sample.place)
    state.put({_KEY: (run.id, picked.picks(), kept)}, only_missing=False)


def back(run: Run) -> None:
    """Puts the picked held-out sample back on the bench."""
    state.put({_KEY: None}, only_missing=False)


def scaled(run: Run, sample: Sample) -> FloatArray:
    """The sample as the model sees it, float32 (n_features,); a missing cell is not-a-number."""
    return run.split.scaler.apply(sample.x[None])[0]
