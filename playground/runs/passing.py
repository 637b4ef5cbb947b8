"""Many rows through a trained model, piece by piece: codes, reconstructions and errors."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from playground.analysis.errors import Errors, column_errors, sample_errors
from playground.data.dataset import FloatArray, OwnArray
from playground.errors import RunError
from playground.runs.run import Run
from playground.runs.store import Store

VALUES_AT_ONCE = 2_000_000  # of rows that are passed at once
MOST_AT_ONCE = 2000


@dataclass(frozen=True, eq=False)
class Passed:
    """Rows as a model sees them.

    Attributes:
        z: codes (n, latent_dim).
        own: reconstructions in own units (n, n_columns).
        errors: sum of squared errors of each row in scaled units (n,); a missing cell counts for nothing.
        by_column: the same by column, float32 (n, n_columns), nan where a cell is missing.
        pca_errors: as `errors`, of PCA with as many numbers per code.
    """

    z: FloatArray
    own: OwnArray
    errors: Errors
    by_column: FloatArray
    pca_errors: Errors


def passed(run: Run, x: OwnArray, seen: Callable[[int], None] = lambda n: None) -> Passed:
    """Rows x (n, n_columns) in own units through the model of a finished run.

    Args:
        seen: told after every piece how many rows are done.

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
        by_column = column_errors(scaled, x_hat, split.layout).astype(np.float32)
        errors = sample_errors(scaled, x_hat), sample_errors(scaled, pca.reconstruct(scaled))
        pieces.append((z, split.scaler.undo(x_hat), errors[0], by_column, errors[1]))
        seen(min(start + step, len(x)))
    return Passed(*(np.concatenate(parts) for parts in zip(*pieces, strict=True)))


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
