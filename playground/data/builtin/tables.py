"""Tables of the literature that ship with the libraries we stand on: numbers with units, and one of several types."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.builtin.registry import Made, builtin
from playground.data.columns import Column, Values


@builtin(
    "Iris",
    "vectors",
    size=(150, 4),
    label_name="species",
    lesson="Four measures that mostly grow together: PCA keeps nearly all of them in two units, so that little is left "
    "to win.",
    licence="Iris plants, R. A. Fisher (1936), data by E. Anderson; as shipped by scikit-learn; UCI, CC BY 4.0.",
)
def iris(seed: int) -> Made:
    from sklearn.datasets import load_iris

    raw = load_iris()
    order = np.random.default_rng(seed).permutation(len(raw.data))
    return {
        "x": raw.data[order].astype(np.float32),
        "feature_names": tuple(name.removesuffix(" (cm)") for name in raw.feature_names),
        "units": ("cm",) * 4,
        "labels": raw.target_names[raw.target[order]].astype(str),
    }


@builtin(
    "Wine",
    "vectors",
    size=(178, 13),
    label_name="cultivar",
    lesson="PCA is hard to beat on so few rows: a deep autoencoder soon memorises them, and its best epoch is what "
    "counts.",
    licence="Wine recognition, S. Aeberhard and M. Forina (1991), UCI; CC BY 4.0.",
)
def wine(seed: int) -> Made:
    from sklearn.datasets import load_wine

    raw = load_wine()
    order = np.random.default_rng(seed).permutation(len(raw.data))
    units = {"alcohol": "%", "magnesium": "mg/l", "proline": "mg/l"}
    return {
        "x": raw.data[order].astype(np.float32),
        "feature_names": tuple(name.replace("_", " ") for name in raw.feature_names),
        "units": tuple(units.get(name, "") for name in raw.feature_names),
        "labels": np.array([f"cultivar {k + 1}" for k in raw.target[order]]),
    }


@builtin(
    "Breast cancer",
    "vectors",
    size=(569, 30),
    label_name="diagnosis",
    first_latent_dim=3,
    lesson="A code learnt from benign samples alone rebuilds malignant ones worse, PCA's as well as a network's: an "
    "alarm that needs no example of what it warns of.",
    licence="Breast cancer Wisconsin (diagnostic), W. H. Wolberg, W. N. Street and O. L. Mangasarian (1995), UCI; "
    "CC BY 4.0.",
)
def breast_cancer(seed: int) -> Made:
    from sklearn.datasets import load_breast_cancer

    raw = load_breast_cancer()
    order = np.random.default_rng(seed).permutation(len(raw.data))
    return {
        "x": raw.data[order].astype(np.float32),
        "feature_names": tuple(map(str, raw.feature_names)),
        "labels": raw.target_names[raw.target[order]].astype(str),
    }


# Of the file: its name, then the name, the unit and the decimals that a page shows; a category has no decimals.
PENGUIN_COLUMNS = (
    ("island", "island", "", None),
    ("bill_length_mm", "bill length", "mm", 1),
    ("bill_depth_mm", "bill depth", "mm", 1),
    ("flipper_length_mm", "flipper length", "mm", 0),
    ("body_mass_g", "body mass", "g", 0),
    ("sex", "sex", "", None),
    ("year", "year", "", 0),
)


@builtin(
    "Penguins",
    "table",
    size=(344, 7),
    label_name="species",
    lesson="Numbers, categories and missing cells in one table: a single code rebuilds every column in its own unit.",
    licence="Palmer penguins, K. B. Gorman, T. D. Williams and W. R. Fraser (2014), PLoS ONE 9(3): e90081; prepared by "
    "A. M. Horst, A. P. Hill and K. B. Gorman; CC0.",
)
def penguins(seed: int) -> Made:
    # Read as a file of the installed package, whose own loader returns a table of pandas.
    with (files("palmerpenguins") / "data" / "penguins.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    order = np.random.default_rng(seed).permutation(len(rows))
    columns, values = zip(
        *(
            _category(name, cells) if decimals is None else _number(name, cells, unit, decimals)
            for key, name, unit, decimals in PENGUIN_COLUMNS
            for cells in [np.array([row[key] for row in rows])[order]]
        ),
        strict=True,
    )
    return {
        "x": np.stack(values, axis=1),
        "feature_names": tuple(column.name for column in columns),
        "units": tuple(column.unit for column in columns),
        "labels": np.array([row["species"] for row in rows])[order],
        "columns": columns,
    }


def _number(name: str, cells: NDArray[np.str_], unit: str, decimals: int) -> tuple[Column, Values]:
    """A column of numbers from its cells (n,), of which "NA" are missing."""
    values = np.where(cells == "NA", "nan", cells).astype(np.float64)
    return Column(name, unit=unit, decimals=decimals, has_missing=_any_missing(cells)), values


def _category(name: str, cells: NDArray[np.str_]) -> tuple[Column, Values]:
    """A column of categories from its cells (n,): the values are places among the sorted levels."""
    levels = np.unique(cells[cells != "NA"])
    values = np.where(cells == "NA", np.nan, np.searchsorted(levels, cells).astype(np.float64))
    return Column(name, "category", levels=tuple(levels.tolist()), has_missing=_any_missing(cells)), values


def _any_missing(cells: NDArray[Any]) -> bool:
    return bool((cells == "NA").any())
