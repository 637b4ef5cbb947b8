"""A data set as one file: arrays and words in safetensors, so that nothing in it can run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from playground.data.columns import Column
from playground.data.dataset import Colouring, Dataset
from playground.errors import DataError, PlaygroundError

ARRAYS = ("x", "labels", "factors", "groups")  # the attributes that are arrays; the others travel as JSON


def dataset_bytes(dataset: Dataset) -> bytes:
    """The data set as `kept_dataset` reads it."""
    values = {field.name: getattr(dataset, field.name) for field in dataclasses.fields(dataset)}
    meta = {name: value for name, value in values.items() if name not in ARRAYS}
    meta["columns"] = [dataclasses.asdict(column) for column in dataset.columns]
    meta["source"] = dict(dataset.source)
    arrays: dict[str, NDArray[Any]] = {"x": dataset.x}
    levels: dict[str, list[str]] = {}
    coloured: dict[str, Colouring] = {f"factor.{name}": column for name, column in dataset.factors.items()}
    if dataset.labels is not None:
        coloured["labels"] = dataset.labels
    for name, column in coloured.items():
        arrays[name] = _as_numbers(name, column, levels)
    if dataset.groups is not None:
        arrays["groups"] = dataset.groups.astype(np.int64)
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    return save(contiguous, {"dataset": json.dumps(meta | {"levels": levels})})


@lru_cache(maxsize=4)
def kept_dataset(path: Path) -> Dataset:
    """The data set in a file that `dataset_bytes` gave.

    Raises:
        DataError: the file is damaged.
    """
    try:
        with safe_open(path, "np") as stored:
            meta = json.loads(stored.metadata()["dataset"])
            arrays = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118 (no mapping)
        return _dataset(meta, arrays)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, PlaygroundError) as error:
        raise DataError(f"The kept data set '{path.stem}' is damaged: load the file again.") from error


def _dataset(meta: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Dataset:
    levels = meta.pop("levels")
    columns = tuple(Column(**_tuples(column)) for column in meta.pop("columns"))
    source = meta.pop("source")
    coloured = {
        name: np.array(levels[name])[array] if name in levels else array
        for name, array in arrays.items()
        if name == "labels" or name.startswith("factor.")
    }
    return Dataset(
        x=arrays["x"],
        labels=coloured.pop("labels", None),
        factors={name.removeprefix("factor."): column for name, column in coloured.items()},
        groups=arrays.get("groups"),
        columns=columns,
        source=source,
        **_tuples(meta),
    )


def _as_numbers(name: str, column: Colouring, levels: dict[str, list[str]]) -> NDArray[Any]:
    """Text as the places of its values among all of them, which are put into `levels`."""
    if column.dtype.kind != "U":
        return column
    values, places = np.unique(column, return_inverse=True)
    levels[name] = [str(value) for value in values]
    return places.astype(np.int64)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows no tuples; a data set knows no lists."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
