"""The process in which a stranger's files are read: `python -m playground.data.reading.child`, one request on stdin.

It answers with one line of JSON: {"error": sentence}, {"bug": traceback}, or what `apart.ReadApart` holds; for new
rows in the form of a data set their number, the rows themselves lying in the folder that the request names.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LARGEST_FILE = 2 * 2**30
LEFT_FOR_SENTENCE = "needs more memory to read than one visitor may use: keep fewer rows or columns."


def main() -> None:
    """Waits for a request, reads, answers, and ends."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    _import_all()
    line = sys.stdin.readline()
    if not line.strip():
        return
    request = json.loads(line)
    _limit(request["memory"], int(request["seconds"]) + 2)
    try:
        answer = _read_rows(request) if "like" in request else _read(request)
    except MemoryError:
        answer = {"error": f"{Path(request['files'][0][0]).name} {LEFT_FOR_SENTENCE}"}
    except Exception:  # told apart from what the visitor can mend, logged by the parent
        answer = {"bug": traceback.format_exc()}
    with os.fdopen(answers, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(answer) + "\n")


def _import_all() -> None:
    """Everything that reading may need, while nobody waits."""
    import playground.data.kept
    import playground.data.reading.arrays
    import playground.data.reading.columnar
    import playground.data.reading.images
    import playground.data.reading.read
    import playground.data.reading.row_arrays
    import playground.data.reading.row_pictures
    import playground.data.reading.row_tables
    import playground.data.reading.sheets
    import playground.data.reading.tables
    import playground.data.reading.text  # noqa: F401 (imported to be warm)


def _limit(memory: int, seconds: int) -> None:
    """What a file cannot exceed, whatever it does to its reader; the parent keeps the time of the clock on the wall."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limits
        import resource

        for what, most in (
            (resource.RLIMIT_DATA, memory),
            (resource.RLIMIT_CPU, seconds),
            (resource.RLIMIT_FSIZE, LARGEST_FILE),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(what, (most, most))
        os.nice(5)  # the pages come first


def _read(request: Mapping[str, Any]) -> dict[str, Any]:
    from safetensors.numpy import save_file

    from playground.data.kept import dataset_bytes
    from playground.data.reading.options import ReadOptions
    from playground.data.reading.read import read_files
    from playground.data.reading.source import File
    from playground.errors import PlaygroundError

    into = Path(request["into"])
    try:
        files = [File(name, Path(path).read_bytes()) for name, path in request["files"]]
        reading = read_files(files, ReadOptions.from_json(request["options"]))
        del files
    except PlaygroundError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": f"{Path(request['files'][0][0]).name} cannot be opened: {error.strerror}."}
    if reading.dataset is not None:
        (into / "dataset.safetensors").write_bytes(dataset_bytes(reading.dataset))
    if reading.previews:
        save_file({name: pixels.copy() for name, pixels in reading.previews.items()}, into / "previews.safetensors")
    return {
        "name": "" if reading.dataset is None else reading.dataset.name,
        "problem": reading.problem,
        "report": reading.report.to_json(),
    }


def _read_rows(request: Mapping[str, Any]) -> dict[str, Any]:
    """Rows in the form of a data set: `rows.safetensors` and `rows.json`, as `apart.read_rows_apart` reads them."""
    import dataclasses

    import numpy as np
    from safetensors.numpy import save_file

    from playground.data.reading.form import Form
    from playground.data.reading.options import ReadOptions
    from playground.data.reading.rows import read_rows
    from playground.data.reading.source import File
    from playground.errors import PlaygroundError

    into = Path(request["into"])
    try:
        files = [File(name, Path(path).read_bytes()) for name, path in request["files"]]
        found = read_rows(files, Form.from_json(request["like"]), ReadOptions.from_json(request["options"]))
    except PlaygroundError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": f"{Path(request['files'][0][0]).name} cannot be opened: {error.strerror}."}
    arrays: dict[str, Any] = {f"before.{place}": picture for place, picture in enumerate(found.before)}
    arrays |= {"x": found.x, "row_numbers": found.row_numbers}
    arrays |= {} if found.filled is None else {"filled": found.filled}
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, into / "rows.safetensors")
    told = {
        "names": found.names,
        "notes": found.notes,
        "mapped": [dataclasses.asdict(one) for one in found.mapped],
        "n_before": len(found.before),
    }
    (into / "rows.json").write_text(json.dumps(told), encoding="utf-8")
    return {"n": len(found.x)}


if __name__ == "__main__":
    main()
