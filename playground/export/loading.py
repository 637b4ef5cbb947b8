"""The first part of an exported script: the rows."""

from __future__ import annotations

from pprint import pformat
from textwrap import indent

from playground.data.builtin import BUILTIN
from playground.data.dataset import Dataset
from playground.data.online import ONLINE
from playground.data.reading.options import ReadOptions
from playground.export.setup import WIDTH, Setup

SPLIT = """
fractions = {{"val_fraction": {val_fraction}, "test_fraction": {test_fraction}}}
split = Split.of(dataset, **fractions, split_seed={split_seed}, scaling="{scaling}"{class_})
x_train, x_val, x_test = (torch.tensor(rows) for rows in (split.x_train, split.x_val, split.x_test))
"""

MEAN = """
mean = x_train.mean(dim=0)  # of every feature
"""

MEAN_OF_PRESENT = """
mean = x_train.nanmean(dim=0).nan_to_num()  # of every feature; a missing value is nan and counts in no mean
"""


def data_section(setup: Setup) -> str:
    """Lines that give `x_train`, `x_val` and `x_test`, and their `mean`."""
    mean = MEAN_OF_PRESENT if setup.has_missing else MEAN
    loaded = _loaded(setup.dataset)
    if loaded is None:
        return f"{_random(setup)}{mean}"
    imports, call = loaded
    class_ = f", only={setup.spec.only!r}" if setup.spec.only else ""
    lines = f"{imports}\n\ndataset = {call}{SPLIT.format(**vars(setup.spec), class_=class_)}"
    # Whatever comes with the playground can only be missing together with it.
    error = "ImportError" if setup.dataset.name in BUILTIN else "Exception"
    return (
        f"try:\n{indent(lines, '    ')}"
        f"except {error} as problem:\n"
        '    print("Random numbers stand in for the data:", problem)\n'
        f"{indent(_random(setup), '    ')}"
        f"{mean}"
    )


def path_of(dataset: Dataset) -> str:
    """What a visitor has to give to read their own data again: a file's name, or the folder that the files are in."""
    files = list(dataset.source.get("files", []))
    return str(files[0]) if len(files) == 1 else str(files[0]).partition("/")[0] if files else dataset.title


def _loaded(dataset: Dataset) -> tuple[str, str] | None:
    """The imports and the call that give this data set; None where it was made by hand."""
    if dataset.name in BUILTIN:
        return "from playground.data import Split, load", f'load("{dataset.name}")'
    if dataset.name in ONLINE:
        imports = "from playground.data import Split\nfrom playground.data.online import load_online"
        return imports, f'load_online("{dataset.name}")'
    if dataset.source.get("files"):
        imports = "from playground.data import Split\nfrom playground.data.reading.read import read"
        return imports, f"read({_reading(dataset)})"
    return None


def _reading(dataset: Dataset) -> str:
    """The arguments of `read`: the path, and what the visitor decided of how it is read."""
    path = repr(path_of(dataset))
    given = ReadOptions.from_json(dataset.source.get("options", {})).to_json()
    if not given:
        return path
    return f"\n    {path},\n{indent(pformat(given, width=WIDTH - 10, sort_dicts=False), '    ')},\n"


def _random(setup: Setup) -> str:
    sizes = (len(rows) for rows in (setup.split.train_rows, setup.split.val_rows, setup.split.test_rows))
    given = ", ".join(f"torch.rand({size}, {setup.n_features})" for size in sizes)
    return f"x_train, x_val, x_test = {given}\n"
