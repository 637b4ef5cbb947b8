"""The bench in the browser: one sample is edited or drawn, and code, reconstruction and errors follow there at once.

What is the same for a whole run (PCA, columns, codes of held-out rows) is carried by a component of its own, drawn
outside of the fragment that holds the bench.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import streamlit as st

from playground.analysis.errors import Errors
from playground.analysis.placement import Placement
from playground.data.columns import CYCLES, DAY, Column
from playground.data.dataset import Dataset, OwnArray
from playground.data.table_scaler import LARGEST, SHARE_OF_CYCLES
from playground.figures import palette
from playground.ui.components.assets import asset
from playground.ui.components.network import LOOK_PARTS
from playground.ui.components.packing import FloatArray, Payload, given, pack
from playground.ui.components.payload import Colour

EDITED: tuple[Literal["edited"], Literal["drawn"]] = ("edited", "drawn")
EARLIEST, LATEST = -62_135_596_800.0, 253_402_300_799.0  # the years 1 to 9999, as every browser's date input has them

_KNOWN = st.components.v2.component(
    "playground_bench_known",
    html=asset("bench_known.html"),
    js=asset(*LOOK_PARTS, "known_run.js", "bench_known.js"),
)
_BENCH = st.components.v2.component(
    "playground_bench",
    html=asset("bench.html"),
    css=asset("shared.css", "bench.css"),
    js=asset(*LOOK_PARTS, "known_run.js", "ink.js", "editors.js", "cells.js", "passes.js", "bench.js"),
)


@dataclass(frozen=True, eq=False)
class Known:
    """What the bench knows of a run; all arrays in scaled units unless said.

    Attributes:
        key: the run's id and version.
        look: how samples are drawn, of `looks.look`.
        cells: the columns as `cells_payload` tells them.
        is_table: whether the data have columns, so that own units are float64.
        mean: of the training rows (n_features,).
        pca: its mean (n_features,) and components (m, n_features); None where they are too large to be sent.
        codes: two units of held-out codes (k, 2), or one (k, 1).
        units: which units these are.
        names: of all units, or of the first ones.
        colour: of the held-out codes.
        ranges: what each unit covers on the training rows (m, 2).
        errors: of the autoencoder on the held-out rows (n,), in any order.
        usual: the mean error of each codec on the held-out rows.
        placement: how a drawing is placed; None where the samples are no pictures.
        domain: lowest and highest value in own units that an edit may set, where the data have bounds.
    """

    key: str
    look: Payload
    cells: Sequence[Payload]
    is_table: bool
    mean: FloatArray
    pca: tuple[FloatArray, FloatArray] | None
    codes: FloatArray
    units: Sequence[int]
    names: Sequence[str]
    colour: Colour | None
    ranges: FloatArray
    errors: Errors
    usual: Mapping[str, float]
    placement: Placement | None
    domain: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Results:
    """What the server makes of the sample where no network is in the browser.

    Attributes:
        z: its code (m,).
        x_hat, pca: reconstructions (n_features,).
        passes: the output passed through again (k, n_features), after 1, 2, 4, … passes.
        changes: the squared change of each single pass (2^(k-1),).
    """

    z: FloatArray
    x_hat: FloatArray
    pca: FloatArray
    passes: FloatArray
    changes: FloatArray


@dataclass(frozen=True, eq=False)
class Told:
    """What the visitor has just done on the bench.

    Attributes:
        x: the sample that was edited, in own units (n_columns,); None where none was.
        origin: how.
        token: which edit it was; to be given back with the sample.
        is_back: whether the picked sample is wanted back.
    """

    x: OwnArray | None = None
    origin: Literal["edited", "drawn"] = "edited"
    token: str = ""
    is_back: bool = False


def carry_known(*, key: str, known: Known) -> None:
    """Sends what the bench needs of a run; shows nothing. Draw it outside of every fragment."""
    _KNOWN(key=key, data=known_payload(known))


def bench(*, key: str, dataset: Dataset, data: Payload) -> Told:
    """Shows the bench; gives what the visitor has done just now, in the one run that it causes.

    Args:
        key: the widget key; keep it the same from one update to the next.
        dataset: whose form a sample must have.
        data: of `bench_payload`.
    """
    result = _BENCH(key=key, data=data, on_edited_change=lambda: None, on_back_change=lambda: None)
    told = told_from(result.get("edited"), dataset, str(data["run"]))
    return told or Told(is_back=result.get("back") == data["run"])


def known_payload(known: Known) -> Payload:
    """What the carrier is given."""
    colour = known.colour
    coloured = colour is not None and colour.levels is not None
    return {
        "key": known.key,
        "look": known.look,
        "cells": list(known.cells),
        "double": known.is_table,
        "mean": pack(known.mean),
        "codes": pack(known.codes),
        "units": list(known.units),
        "names": list(known.names),
        "levels": pack(np.asarray(colour.values)) if coloured and colour is not None else None,
        "ranges": pack(known.ranges),
        "errors": pack(np.sort(known.errors)),
        "usual": {name: float(error) for name, error in known.usual.items()},
        "colours": {"autoencoder": palette.ENCODER, "pca": palette.PCA, "mean": palette.MEAN},
    } | given(
        pca=None if known.pca is None else {"mean": pack(known.pca[0]), "components": pack(known.pca[1])},
        placement=None if known.placement is None else asdict(known.placement),
        domain=None if known.domain is None else list(known.domain),
    )


def bench_payload(
    *,
    run: str,
    known: str,
    network: str | None,
    x: OwnArray,
    origin: str,
    words: str,
    token: str = "",
    is_held_out: bool = False,
    results: Results | None = None,
) -> Payload:
    """The bench's data.

    Args:
        run: whose sample it is.
        known: key of the `Known` that the page carries.
        network: key of the network in the browser, with its encoder; None where the server computes.
        x: the sample in own units (n_columns,).
        origin: where it comes from.
        words: what it is called.
        token: of the edit that made it, where the browser has sent it.
        is_held_out: whether it is one of the held-out rows as they are.
        results: what the server makes of it, where there is no network.
    """
    data: Payload = {
        "run": run,
        "known": known,
        "x": base64.b64encode(np.asarray(x, "<f8").tobytes()).decode("ascii"),
        "origin": origin,
        "words": words,
        "token": token,
        "is_held_out": is_held_out,
    }
    sent = None if results is None else {name: pack(values) for name, values in vars(results).items()}
    return data | given(network=network, results=sent)


def cells_payload(columns: Sequence[Column], looks: Sequence[Payload], train: OwnArray) -> list[Payload]:
    """Every column of a table with its way to scaled units and what an edit may do to it.

    Args:
        columns: of the data set.
        looks: of `looks.columns_payload`, the same columns.
        train: training rows in own units (n, n_columns), which say how far a slider reaches.
    """
    cells = []
    for place, (column, look) in enumerate(zip(columns, looks, strict=True)):
        cell = look | {"may_miss": column.has_missing}
        if column.type == "number":
            cell |= slider_ends(train[:, place])
        if column.type == "date":
            share = math.sqrt(SHARE_OF_CYCLES / max(len(column.cycles), 1))
            cell["cycles"] = [{"length": CYCLES[cycle], "share": share} for cycle in column.cycles]
        cells.append(cell)
    return cells


def slider_ends(values: OwnArray) -> Payload:
    """Lowest and highest known training value."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return {"low": low, "high": high if high > low else low + 1.0}


def told_from(value: object, dataset: Dataset, run: str) -> Told | None:
    """The edit that the browser sent; None for anything that is not a sample of this data set."""
    if not isinstance(value, Mapping) or value.get("run") != run:
        return None
    x = own_from(value.get("x"), dataset)
    origin, token = value.get("origin"), value.get("token")
    if x is None or origin not in EDITED or not isinstance(token, str) or len(token) > 64:
        return None
    return Told(x, "drawn" if origin == "drawn" else "edited", token)


def own_from(value: object, dataset: Dataset) -> OwnArray | None:
    """A sample in own units (n_columns,) out of float64 in base64, within its range; None where it is none."""
    n = dataset.n_features
    if not isinstance(value, str) or len(value) != 4 * math.ceil(8 * n / 3):
        return None
    try:
        x = np.frombuffer(base64.b64decode(value, validate=True), "<f8").astype(np.float64)
    except (binascii.Error, ValueError):
        return None
    if x.shape != (n,) or np.isinf(x).any():
        return None
    may_miss = np.array([column.has_missing for column in dataset.columns] or [False] * n)
    if (np.isnan(x) & ~may_miss).any():
        return None
    if dataset.columns:
        return np.array([_within(column, each) for column, each in zip(dataset.columns, x.tolist(), strict=True)])
    low, high = dataset.value_range or (-LARGEST, LARGEST)
    return np.clip(x, low, high).astype(np.float32)


def _within(column: Column, value: float) -> float:
    if math.isnan(value):
        return value
    if column.is_category:
        return float(min(max(round(value), 0), len(column.levels) - 1))
    if column.type == "time":
        return min(max(value, 0.0), DAY - 1)
    if column.type == "date":
        return min(max(value, EARLIEST), LATEST)
    return min(max(value, -LARGEST), LARGEST)
