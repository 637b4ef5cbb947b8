"""A third map: t-SNE, or UMAP where it is installed, computed in a process apart so that no page waits for it.

Neither has an encoder: it places just the rows that it is given. `python -m playground.analysis.embedding` is the
process; it reads one array and leaves another.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.analysis.neighbours import filled
from playground.errors import BusyError, RunError

FloatArray = NDArray[np.floating[Any]]

METHODS = {"tsne": ("t-SNE", "sklearn"), "umap": ("UMAP", "umap")}  # what it is called, the package that it needs
MOST_ROWS = 1000
LEAST_ROWS = 10
SECONDS = 120.0
MOST_AT_ONCE = 2
SEED = 0
FOLDER = Path(__file__).parents[2]

_PLACES = threading.BoundedSemaphore(MOST_AT_ONCE)


def available() -> list[str]:
    """The methods whose package is installed."""
    return [method for method, (_, package) in METHODS.items() if find_spec(package) is not None]


def embedding(x: FloatArray, method: str, *, seconds: float = SECONDS) -> FloatArray:
    """Two coordinates of each row (n, 2), the same at every call.

    Args:
        x: the rows (n, n_features), at most `MOST_ROWS`; missing values are filled with the column's mean.
        method: one of `available()`.
        seconds: after which the process is ended.

    Raises:
        RunError: it took too long, or failed.
        BusyError: too many are being computed already.
        ValueError: too few rows, or too many.
    """
    if not LEAST_ROWS <= len(x) <= MOST_ROWS:
        raise ValueError(f"{len(x)} rows cannot be placed: it takes {LEAST_ROWS} to {MOST_ROWS:,}.")
    name, _ = METHODS[method]
    if not _PLACES.acquire(timeout=seconds):
        raise BusyError(f"Other maps are being computed just now: try {name} again in a minute.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _apart(filled(x), method, Path(folder), seconds)
    finally:
        _PLACES.release()


def _apart(x: FloatArray, method: str, folder: Path, seconds: float) -> FloatArray:
    name, _ = METHODS[method]
    np.save(folder / "x.npy", x, allow_pickle=False)
    command = [sys.executable, "-m", "playground.analysis.embedding", method, str(folder)]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    try:
        subprocess.run(
            command, cwd=FOLDER, env=os.environ | one_thread, check=True, capture_output=True, timeout=seconds
        )
        return np.load(folder / "z.npy", allow_pickle=False)
    except subprocess.TimeoutExpired:
        raise RunError(f"{name} took longer than {seconds:.0f} s and was given up: the server is busy.") from None
    except (subprocess.CalledProcessError, OSError) as error:
        raise RunError(f"{name} could not be computed on these rows; the other maps are not concerned.") from error


def _computed(x: FloatArray, method: str) -> FloatArray:
    if method == "tsne":
        from sklearn.manifold import TSNE

        perplexity = min(30.0, (len(x) - 1) / 3)
        return TSNE(perplexity=perplexity, init="pca", random_state=SEED, n_jobs=1).fit_transform(x)
    import umap

    return umap.UMAP(n_neighbors=min(15, len(x) - 1), random_state=SEED, n_jobs=1).fit_transform(x)


def _main(method: str, folder: Path) -> None:
    warnings.simplefilter("ignore")
    z = _computed(np.load(folder / "x.npy", allow_pickle=False), method)
    np.save(folder / "z.npy", np.asarray(z, dtype=np.float32), allow_pickle=False)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
