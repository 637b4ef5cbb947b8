"""What was measured once, on a machine that is named: convolutions against dense layers, data set by data set.

The numbers stand in `measured.json`, which a benchmark writes; where it or an entry is missing, nothing is said.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("measured.json")


@dataclass(frozen=True)
class Measured:
    """Both kinds of layers with the same m and the same time of training on one data set.

    Attributes:
        machine: in words that follow "on": "a 2-core CPU".
        dense, convolutional: sum of squared errors per test image.
        seconds: that each was trained for.
        latent_dim: m of both.
    """

    machine: str
    dense: float
    convolutional: float
    seconds: float
    latent_dim: int

    @property
    def convolutions_win(self) -> bool:
        return self.convolutional < self.dense


def conv_vs_dense(data: str, file: Path = FILE) -> Measured | None:
    """What was measured on the data set of this name; None where nothing was."""
    record = _record(file)
    entry = record.get("conv_vs_dense", {}).get(data)
    if entry is None:
        return None
    return Measured(
        str(record.get("machine", "another machine")),
        float(entry["dense"]),
        float(entry["convolutional"]),
        float(entry["seconds"]),
        int(entry["latent_dim"]),
    )


@cache
def _record(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
