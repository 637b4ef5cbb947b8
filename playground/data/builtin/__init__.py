"""The data sets that come with the playground: offline, seeded, shuffled. Add one: write a function, add one line.

The line is the decorator `builtin`, which registers the function. Every function builds its samples the same way for
the same seed, and touches no global random state. What is drawn is drawn with `brush`, in colours of `colour`.
"""

from __future__ import annotations

from functools import cache

# Imported to register; their order is that of the gallery: from what is seen at once to what needs a second look.
# isort: off
from playground.data.builtin import handwriting, curves, shapes, smileys, manifolds, photos, series, tables  # noqa: F401

# isort: on
from playground.data.builtin.registry import BUILTIN, Builtin, builtin
from playground.data.dataset import Dataset
from playground.errors import DataError

__all__ = ["BUILTIN", "Builtin", "builtin", "load"]


@cache
def load(name: str) -> Dataset:
    """The built-in data set of that name, made once per process.

    Raises:
        DataError: there is no such data set.
    """
    if name not in BUILTIN:
        raise DataError(f"There is no built-in data set '{name}': choose one of {', '.join(BUILTIN)}.")
    return BUILTIN[name]()
