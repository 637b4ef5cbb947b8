"""Peak memory of training, in multiples of what has to be there: the data, the model and its optimiser's averages.

`python -m playground.bench.memory ROWS` is the child process that is measured; it prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from playground.bench.measure import Spread
from playground.bench.problems import IMAGE_HIDDEN, all_rows, plain
from playground.bench.registry import Bench, Figure, result
from playground.training.trainer import Trainer

ROWS = 60_000
FEW_ROWS = 512  # of the child that shows what the libraries take for themselves
FEATURES = 784
EPOCHS = 2
ADAM = 3  # a parameter and its two averages


@result("peak_memory_ratio", unit="times", target=1.5, better="lower")
def peak_memory_ratio(bench: Bench) -> Figure:
    """Peak memory of training on 60,000 × 784, in multiples of data + model + optimiser.

    Two fresh processes import the playground and train the same network for two epochs with batch 256, one on 60,000
    rows and one on 512; the difference of their peak resident memory is what training on data takes. The data are one
    float32 array, made in place, in the `Split` that the trainer is given; no image is loaded or scaled.
    """
    pairs = [(_child(ROWS), _child(FEW_ROWS)) for _ in range(bench.rounds(3, quick=1))]
    many, few = pairs[0]
    data = 4 * ROWS * FEATURES
    needed = data + many["parameter_bytes"] * ADAM
    # The network and its averages are in both children: they count once on either side of the ratio.
    taken = [one["peak_bytes"] - two["peak_bytes"] + needed - data for one, two in pairs]
    ratio = Spread.of([each / needed for each in taken])
    more = {
        "data_bytes": data,
        "model_and_optimiser_bytes": needed - data,
        "peak_bytes": many["peak_bytes"],
        "libraries_bytes": few["peak_bytes"],
    }
    return Figure(ratio.median, ratio.ends, {}, more)


def _child(rows: int) -> dict[str, Any]:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "playground.bench.memory", str(rows)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def train(rows: int) -> dict[str, int]:
    """Trains on so many rows and says the most memory this process has held."""
    x = np.random.default_rng(0).random((rows, FEATURES), dtype=np.float32)
    training = Trainer(plain(IMAGE_HIDDEN, 16, 256), all_rows(x), "cpu", threads=1)
    for _ in range(EPOCHS):
        training.epoch()
    parameters = sum(parameter.numel() for parameter in training.model.parameters())
    return {"peak_bytes": peak_bytes(), "parameter_bytes": 4 * parameters}


def peak_bytes() -> int:
    """The most resident memory this process has held.

    On Linux from /proc: `getrusage` would tell the parent's peak too, which a child inherits when it is started.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(train(int(sys.argv[1]))) + "\n")
