"""A run folder as evidence for hints: settings, history, the validation rows' codes. No test row is read."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playground.analysis.evidence import Evidence
from playground.data.split import Split
from playground.errors import RunError
from playground.runs.run import Run
from playground.runs.snapshots import Snapshot, mapped_rows
from playground.training.recipe import recommended


def evidence_of(run: Run) -> Evidence:
    """What hints can be told from, as the run's folder says it now.

    Raises:
        RunError, DataError: a file of the run is damaged, or its data are gone.
    """
    dataset, split, history = run.dataset, run.split, run.history
    snapshot = _newest(run)
    rows = mapped_rows(split)
    lines = run.val_error or {}
    labelled = run.is_finished and dataset.labels is not None and snapshot is not None
    return Evidence(
        spec=run.spec,
        recommended=recommended(dataset, run.spec.model, run.spec.network),
        state=run.state,
        n_features=split.n_features,
        n_parameters=run.spec.n_parameters(dataset.width, dataset.n_flags, dataset.grid),
        n_train=len(split.train_rows),
        n_val=len(split.val_rows),
        planned_epochs=run.planned_epochs,
        train_error=history.train_error,
        val_error=history.val_error,
        val_loss=history.val_loss,
        best_epoch=history.best_epoch,
        pca=lines.get("pca"),
        mean=lines.get("mean"),
        z=None if snapshot is None else snapshot.z,
        z_pca=run.pca().encode(split.x[rows]) if labelled else None,
        labels=dataset.labels[rows] if labelled and dataset.labels is not None else None,
        activity=None if snapshot is None else snapshot.activity,
        code_kl=history.code_kl[-1] if history.code_kl else None,
        column_names=dataset.feature_names,
        column_spread=_column_spread(split) if split.grid is None else np.zeros(0),
    )


def _newest(run: Run) -> Snapshot | None:
    """The newest snapshot; one that was thinned away a moment ago is no reason to say nothing."""
    for epoch in reversed(run.snapshot_epochs()[-2:]):
        try:
            return run.snapshot(epoch)
        except RunError:
            continue
    return None


@lru_cache(maxsize=8)
def _column_spread(split: Split) -> NDArray[np.float64]:
    """The standard deviation of every column over the training rows in scaled units, weights left out."""
    if split.layout is not None:
        return np.array([np.sqrt(block.variance / block.weight) for block in split.layout.blocks])
    return split.x_train.std(axis=0, dtype=np.float64)
