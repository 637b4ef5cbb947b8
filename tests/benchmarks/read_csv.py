"""How long a visitor waits for 50 MB of CSV: `python tests/benchmarks/read_csv.py`.

The file is read in a process of its own, as on the data page: from the request until the data set can be used. Three
shapes: numbers only, mixed columns with missing cells, and many columns. Medians of three.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playground.data.kept import kept_dataset
from playground.data.reading import apart
from playground.data.reading.options import ReadOptions

BYTES = 50 * 2**20


def numbers(rng, n_columns):
    row = ",".join(["%.5f"] * n_columns)
    lines = [",".join(f"c{k}" for k in range(n_columns))]
    lines += [row % tuple(values) for values in rng.normal(size=(BYTES // (9 * n_columns), n_columns)).tolist()]
    return "\n".join(lines)


def mixed(rng):
    n = BYTES // 58
    days = (np.datetime64("2015-01-01") + rng.integers(0, 3000, n)).astype(str)
    parts = [
        rng.integers(1, 10**6, n).astype(str),
        np.where(rng.random(n) < 0.05, "NA", np.round(rng.normal(4200, 800, n), 1).astype(str)),
        rng.choice(["Biscoe", "Dream", "Torgersen"], n),
        days,
        np.round(rng.exponential(3, n), 4).astype(str),
        rng.choice(["male", "female", ""], n),
        np.round(rng.normal(0, 1, n), 5).astype(str),
    ]
    return "\n".join(["key,mass,island,day,dose,sex,z", *map(",".join, zip(*parts, strict=True))])


def seconds(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_text(text)
        times = []
        for place in range(3):
            into = Path(folder) / str(place)
            into.mkdir()
            time.sleep(2)  # the next reader gets ready
            start = time.perf_counter()
            found = apart.read_apart([("mine.csv", path)], ReadOptions(), into)
            dataset = kept_dataset(found.file)
            times.append(time.perf_counter() - start)
        return {"seconds": round(statistics.median(times), 2), "MB": round(len(text) / 2**20), "x": dataset.x.shape}


if __name__ == "__main__":
    apart.warm_up()
    rng = np.random.default_rng(0)
    for name, text in (
        ("8 columns of numbers", numbers(rng, 8)),
        ("7 mixed columns, missing cells", mixed(rng)),
        ("784 columns of numbers", numbers(rng, 784)),
    ):
        print(json.dumps({"what": name, **seconds(text)}))  # noqa: T201 (a benchmark prints)
