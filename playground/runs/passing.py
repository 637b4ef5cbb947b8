"""Many rows through a trained model, piece by piece: codes, reconstructions and errors."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playground.analysis.errors import Errors, column_errors, sample_errors
from playground.data.dataset import FloatArray, OwnArray
from playground.data.table_scaler import Layout
from playground.errors import RunError
from playground.runs.run import Run
from playground.runs.store import Store

VALUES_AT_ONCE = 2_000_000  # of rows that are passed at once
MOST_AT_ONCE = 2000
FILLED = "What was filled in is counted in no error."

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Passed:
    """Rows as a model sees them.

    Attributes:
        z: codes (n, latent_dim).
        own: reconstructions in own units (n, n_columns).
        errors: sum of squared errors of each row in scaled units (n,); a cell that is missing or was filled in
            counts for nothing.
        by_column: the same by column, float32 (n, n_columns), nan where a cell is missing or was filled in.
        pca_errors: as `errors`, of PCA with as many numbers per code.
    """

    z: FloatArray
    own: OwnArray
    errors: Errors
    by_column: FloatArray
    pca_errors: Errors


def passed(run: Run, x: OwnArray, seen: Callable[[int], None] = lambda n: None, filled: Mask | None = None) -> Passed:
    """Rows x (n, n_columns) in own units through the model of a finished run.

    Args:
        seen: told after every piece how many rows are done.
        filled: cells (n, n_columns) whose value was put in, see `RowsRead`; they are counted in no error.

    Raises:
        RunError: there is no model yet, or its file is damaged.
    """
    codec, pca, split = run.codec(), run.pca(), run.split
    step = max(1, min(MOST_AT_ONCE, VALUES_AT_ONCE // split.n_features))
    pieces = []
    for start in range(0, len(x), step):
        scaled = split.scaler.apply(x[start : start + step])
        z = codec.encode(scaled)
        x_hat = codec.decode(z)
        known = scaled if filled is None else _without(scaled, filled[start : start + step], split.layout)
        by_column = column_errors(known, x_hat, split.layout).astype(np.float32)
        errors = sample_errors(known, x_hat), sample_errors(known, pca.reconstruct(scaled))
        pieces.append((z, split.scaler.undo(x_hat), errors[0], by_column, errors[1]))
        seen(min(start + step, len(x)))
    return Passed(*(np.concatenate(parts) for parts in zip(*pieces, strict=True)))


def _without(scaled: FloatArray, filled: Mask, layout: Layout | None) -> FloatArray:
    """Rows (n, n_features) with nan for all features of the cells (n, n_columns) that were filled in."""
    if layout is not None:
        filled = np.repeat(filled, [block.stop - block.start for block in layout.blocks], axis=1)
    return np.where(filled, np.float32(np.nan), scaled)


def run_at(name: str, store: Store) -> Run:
    """The run of that id in the store, or in the run folder at that path, wherever it lies.

    Raises:
        RunError: there is no such run.
    """
    if re.fullmatch(r"[0-9a-f]{32}", name, re.ASCII) and not os.path.isdir(name):
        return Run(store, name)
    if not os.path.isfile(os.path.join(name, "run.json")):  # unlike Path's, no error for a name that is too long
        raise RunError(f"There is no run '{name[:80]}': give a run's id, or the path of its folder (with run.json).")
    folder = Path(name).absolute()
    return Run(_Alone(folder, store), folder.name)


class _Alone(Store):
    """A store in which one run lies in a folder of its own; data are looked for beside it, then in the other store."""

    def __init__(self, folder: Path, otherwise: Store) -> None:
        self._run = folder
        beside = folder.parent.parent
        is_in_a_store = folder.parent.name == "runs" and (beside / "data").is_dir()
        self.folder = beside if is_in_a_store else otherwise.folder

    def path(self, run_id: str, *, exists: bool = True) -> Path:
        return self._run
