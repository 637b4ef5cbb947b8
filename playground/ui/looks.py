"""How a sample of a run is drawn in the browser: what look.js has to know of the data and of the way to own units."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.data.columns import Column
from playground.data.dataset import Dataset, OwnArray
from playground.data.shown import kind_of
from playground.data.split import Scaler, Split
from playground.data.table_scaler import Block, TableScaler
from playground.figures import palette
from playground.runs.run import Run
from playground.ui.components.packing import Payload, pack

MOST_POINTS = 800  # of a data set drawn behind a decoded point
MOST_NAMED = 64  # features with a name and a cell: look.js shows no more
LONG = 64  # numbers that are fewer bytes packed than written out
PALETTE: Payload = {
    "reconstruction": palette.DECODER,
    "mean": palette.MEAN,
    "code": palette.BOTTLENECK,
    "classes": list(palette.CLASSES),
    "diverging": list(palette.DIVERGING),
    "levels": ["#2F1A4F", "#E3D6F5"],  # of a category, from the first to the last; no colour of a class of rows
}


def look(run: Run) -> Payload:
    """What `new Look(…)` in look.js is made of, for samples of this run; kept, and as small as the data allow.

    Raises:
        RunError: the run's record is damaged.
        DataError: its data are gone.
    """
    return _look(run.spec.data, str(run.folder), run)


def look_payload(dataset: Dataset, split: Split) -> Payload:
    """The same of a data set and how it is scaled."""
    kind = kind_of(dataset)
    data: Payload = {"kind": kind, "n_features": split.n_features, "palette": PALETTE}
    if isinstance(split.scaler, TableScaler):
        data["columns"] = columns_payload(split.scaler)
    else:
        data |= _plain_way_back(split.scaler)
        data["names"] = list(dataset.feature_names[:MOST_NAMED]) if kind in ("table", "points") else []
        data["units"] = _once(list(dataset.units or ("",)))
    if kind == "image":
        shape = dataset.grid or ()
        low, high = dataset.value_range or (float(dataset.x.min()), float(dataset.x.max()))
        data |= {"shape": list(shape), "low": low, "high": high if high > low else low + 1.0}
    elif kind == "series":
        data["range"] = _range(dataset.x[split.train_rows])
    elif kind == "points":
        rows = np.sort(np.random.default_rng(0).permutation(split.train_rows)[:MOST_POINTS])
        data["points"] = pack(dataset.x[rows])
    if kind in ("table", "points"):
        data["cells"] = _cells(split)
    return data


def columns_payload(scaler: TableScaler) -> list[Payload]:
    """Every column of a table with its way back to own units and words."""
    return [
        _column(column, block, encoder, root)
        for column, block, encoder, root in zip(
            scaler.columns, scaler.layout.blocks, scaler.encoders, scaler.roots, strict=True
        )
    ]


def _column(column: Column, block: Block, encoder: Any, root: float) -> Payload:
    data: Payload = {"name": column.name, "unit": column.unit, "start": block.start, "stop": block.stop, "root": root}
    if column.is_category:
        return data | {"type": "category", "levels": list(column.levels), "height": block.height}
    data |= {"shift": encoder.shift, "spread": encoder.spread}
    if column.type == "time":
        return data | {"type": "time", "shift": list(encoder.shift)}
    if column.type == "date":
        return data | {"type": "date", "has_time": column.has_time, "day_root": encoder._root}
    return data | {"type": "number", "typical": encoder.typical, "decimals": column.decimals}


def _plain_way_back(scaler: Scaler) -> Payload:
    return {"shift": _once(scaler.shift.tolist()), "scale": _once(scaler.scale.tolist())}


def _once(values: list[Any]) -> Any:
    """One value where all are the same; a long list of numbers as bytes."""
    if values and all(value == values[0] for value in values):
        return values[0]
    return pack(np.array(values, np.float32)) if len(values) > LONG and isinstance(values[0], float) else values


def _range(x: OwnArray) -> list[float]:
    """What a wave is drawn on: all but the farthest values, with a little room."""
    low, high = np.quantile(x, [0.002, 0.998])
    room = 0.08 * (high - low) or 1.0
    return [float(low - room), float(high + room)]


def _cells(split: Split) -> list[Payload]:
    """Per column where its first feature lies on the training rows, or of a category which features its levels are."""
    layout = split.layout
    starts = [block.start for block in layout.blocks] if layout is not None else list(range(split.n_features))
    starts = starts[:MOST_NAMED]
    x = split.x_train[:, starts].astype(np.float64)
    centre, spread = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    cells: list[Payload] = []
    for place, start in enumerate(starts):
        block = layout.blocks[place] if layout is not None else None
        if block is not None and block.is_category:
            cells.append({"start": start, "stop": block.stop})
        else:
            cells.append({"start": start, "centre": float(centre[place]), "spread": float(spread[place]) or 1.0})
    return cells


@st.cache_resource(max_entries=16, show_spinner=False)
def _look(data: str, folder: str, _run: Run) -> Payload:
    return look_payload(_run.dataset, _run.split)
