"""Groups of rows: those that the visitor has drawn around on the map, and the classes that the data come with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.data.dataset import IntArray
from playground.runs.run import Run
from playground.ui import state

_KEY = "_groups"  # run's id -> groups, the oldest first
MOST = 12  # of a run; the oldest goes


@dataclass(frozen=True, eq=False)
class Group:
    """Some rows of the data set.

    Attributes:
        name: as a page shows it.
        rows: row numbers in the data set (n,).
    """

    name: str
    rows: IntArray


def own(run: Run) -> list[Group]:
    """The groups that the visitor has made of this run's rows in this session, the oldest first."""
    return list(_all().get(run.id, ()))


def keep(run: Run, name: str, rows: IntArray) -> None:
    """Adds a group, in place of an earlier one of the same name."""
    others = [group for group in own(run) if group.name != name]
    _put(run, [*others, Group(name, np.asarray(rows, dtype=np.int64))][-MOST:])


def forget(run: Run, name: str) -> None:
    """Takes a group away."""
    _put(run, [group for group in own(run) if group.name != name])


def classes(run: Run) -> list[Group]:
    """One group per class of the label, in order, of all rows that have it; [] where there is no label."""
    labels = run.dataset.labels
    if labels is None:
        return []
    name = run.dataset.label_name
    return [Group(f"{name} {level}", np.flatnonzero(labels == level)) for level in np.unique(labels) if level]


def _all() -> dict[str, tuple[Group, ...]]:
    kept = state.got(_KEY)
    return kept if isinstance(kept, dict) else {}


def _put(run: Run, groups: list[Group]) -> None:
    state.put({_KEY: _all() | {run.id: tuple(groups)}}, only_missing=False)
