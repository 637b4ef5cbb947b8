"""The rows of a finished run with their codes, part by part: what maps, neighbours and densities are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from playground.data.dataset import FloatArray, IntArray
from playground.runs.run import Run
from playground.ui.held_out import version

Part = Literal["train", "val", "test", "all"]


@dataclass(frozen=True, eq=False)
class Coded:
    """Rows through the encoder.

    Attributes:
        rows: row numbers in the data set (n,).
        x: the rows in scaled units (n, n_features).
        z: their codes (n, latent_dim).
    """

    rows: IntArray
    x: FloatArray
    z: FloatArray


def coded(run: Run, part: Part) -> Coded:
    """One part of a finished run's rows, or all of them in the order of the data, with their codes.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    return _coded(str(run.folder), version(run), part, run)


@st.cache_resource(max_entries=16, show_spinner=False)
def _coded(folder: str, changed: int, part: Part, _run: Run) -> Coded:
    split = _run.split
    rows = {
        "train": split.train_rows,
        "val": split.val_rows,
        "test": split.test_rows,
        "all": np.arange(len(split.x)),
    }[part]
    x = split.x if part == "all" else split.x[rows]
    return Coded(rows, x, _run.codec().encode(x))
