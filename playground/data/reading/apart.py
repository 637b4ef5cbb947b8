"""Reads a stranger's files in a process of its own, under a limit of time and of memory.

One process waits with its imports done, reads once, and is replaced: nothing of one visitor is left for the next. A
file that kills its reader costs its visitor a sentence, and nobody else anything.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from playground.data.reading.form import Form
from playground.data.reading.options import ReadOptions
from playground.data.reading.report import Report
from playground.data.reading.rows import Mapped, RowsRead
from playground.errors import BusyError, DataError

log = logging.getLogger(__name__)

SECONDS = 30.0
MEMORY = 3 * 2**30  # bytes of data of a reader
MOST_AT_ONCE = 4
CHILD = "playground.data.reading.child"
FOLDER = Path(__file__).parents[3]


@dataclass(frozen=True, eq=False)
class ReadApart:
    """What the other process left; see `Reading`.

    Attributes:
        name: the data set's, "" where there is none.
        file: holds the data set, as `kept.kept_dataset` reads it; None where there is none.
    """

    name: str
    file: Path | None
    problem: str
    report: Report
    previews: dict[str, NDArray[np.uint8]] = field(default_factory=dict)


def read_apart(
    files: Sequence[tuple[str, Path]],
    options: ReadOptions,
    into: Path,
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> ReadApart:
    """Reads files that belong together, as `read.read_files` does.

    Args:
        files: the name that the visitor gave each, and where its bytes lie.
        into: an empty folder for the result.
        seconds: after which the reader is ended.
        memory: bytes that it may use.

    Raises:
        DataError: nothing of it can be read, or not within the limits.
        BusyError: too many files are being read already.
    """
    answer = _answer(files, {"options": options.to_json()}, into, seconds, memory)
    previews = into / "previews.safetensors"
    return ReadApart(
        name=str(answer["name"]),
        file=into / "dataset.safetensors" if answer["name"] else None,
        problem=str(answer["problem"]),
        report=Report.from_json(answer["report"]),
        previews=load_file(previews) if previews.exists() else {},
    )


def read_rows_apart(
    files: Sequence[tuple[str, Path]],
    like: Form,
    options: ReadOptions,
    into: Path,
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> RowsRead:
    """Reads new rows in the form of a data set, as `rows.read_rows` does.

    Args:
        files, into, seconds, memory: as for `read_apart`.
        like: the form of the data set.

    Raises:
        DataError: nothing of it can be read or brought into form, or not within the limits.
        BusyError: too many files are being read already.
    """
    _answer(files, {"options": options.to_json(), "like": like.to_json()}, into, seconds, memory)
    arrays = load_file(into / "rows.safetensors")
    told = json.loads((into / "rows.json").read_text(encoding="utf-8"))
    return RowsRead(
        x=arrays["x"],
        names=tuple(told["names"]),
        notes=tuple(told["notes"]),
        row_numbers=arrays["row_numbers"],
        mapped=tuple(Mapped(**one) for one in told["mapped"]),
        before=tuple(arrays[f"before.{place}"] for place in range(told["n_before"])),
        filled=arrays.get("filled"),
    )


def _answer(
    files: Sequence[tuple[str, Path]], what: Mapping[str, Any], into: Path, seconds: float, memory: int
) -> dict[str, Any]:
    """What a reader makes of these files.

    Raises:
        DataError: nothing can be read, or not within the limits.
        BusyError: too many files are being read already.
    """
    request = {
        "files": [[name, str(path.absolute())] for name, path in files],
        "into": str(into.absolute()),
        "memory": memory,
        "seconds": seconds,
    }
    if not _PLACES.acquire(timeout=seconds):
        raise BusyError("Many files are being read just now: try again in half a minute.")
    try:
        answer = _asked(json.dumps(request | dict(what)), _title(files), seconds)
    finally:
        _PLACES.release()
    if "error" in answer:
        raise DataError(str(answer["error"]))
    return answer


def warm_up() -> None:
    """Gets a reader ready before the first visitor needs one."""
    _SPARE.prepare()


def _title(files: Sequence[tuple[str, Path]]) -> str:
    from playground.data.reading.source import safe_name

    return safe_name(Path(files[0][0]).name) if len(files) == 1 else f"These {len(files):,} files"


def _asked(request: str, title: str, seconds: float) -> dict[str, Any]:
    process = _SPARE.take()
    try:
        answer, _ = process.communicate(request + "\n", timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise DataError(
            f"{title} took longer than {seconds:.0f} s to read and was given up: keep fewer rows or columns."
        ) from None
    try:
        told = dict(json.loads(answer.splitlines()[-1]))
    except (IndexError, ValueError):
        log.warning("a reader ended with status %s", process.returncode)
        raise DataError(
            f"{title} could not be read within the limits of memory and time: it is damaged, or far larger inside "
            "than it looks. Keep fewer rows or columns, or save it in another format."
        ) from None
    if "bug" in told:
        incident = uuid.uuid4().hex[:8]
        log.error("incident %s while reading a file\n%s", incident, told["bug"])
        raise DataError(
            f"{title} could not be read (incident {incident}): it is damaged or unlike anything we know. Save it in "
            "another format, such as CSV or PNG."
        )
    return told


class _Spare:
    """One reader that waits with its imports done, once somebody has asked for that."""

    def __init__(self) -> None:
        self._wanted = False
        self._ready: queue.SimpleQueue[subprocess.Popen[str]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting = 0

    def prepare(self) -> None:
        with self._lock:
            self._wanted = True
            if self._waiting == 0:
                self._waiting += 1
                self._ready.put(_start())

    def take(self) -> subprocess.Popen[str]:
        try:
            process = self._ready.get_nowait()
            with self._lock:
                self._waiting -= 1
        except queue.Empty:
            process = _start()
        if process.poll() is not None:  # it died while it waited
            process.communicate()
            process = _start()
        if self._wanted:
            self.prepare()
        return process

    def close(self) -> None:
        while not self._ready.empty():
            process = self._ready.get_nowait()
            process.kill()
            process.communicate()


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        cwd=FOLDER,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )


_PLACES = threading.BoundedSemaphore(MOST_AT_ONCE)
_SPARE = _Spare()
atexit.register(_SPARE.close)
