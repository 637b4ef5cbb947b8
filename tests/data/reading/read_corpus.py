"""Reads every entry of the corpus in a process of its own and says what came of it: `python read_corpus.py`.

One line of JSON per entry. The process is forked after the imports, so that its time is that of reading alone, and its
memory (the largest resident set while it read, less that at its beginning) what reading needs.
"""

import importlib
import json
import os
import sys
import time
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[3]))

import corpus_tables  # noqa: F401 (imported to register)
from corpus import CORPUS

from playground.data.reading.options import ReadOptions
from playground.data.reading.read import read_files
from playground.errors import DataError

SECONDS = 20  # after which a reader is ended
for _name in ("arrays", "columnar", "images", "sheets", "tables", "text"):  # what a waiting reader has imported
    importlib.import_module(f"playground.data.reading.{_name}")


def resident(what):
    """Megabytes of this process: "VmRSS" now, "VmHWM" at most since it was set back."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def came_of(files):
    """What reading these files comes to."""
    try:
        reading = read_files(files, ReadOptions())
    except DataError as error:
        return {"outcome": "refused", "sentence": str(error)}
    except BaseException:
        return {"outcome": "escaped", "sentence": traceback.format_exc()}
    if reading.dataset is None:
        return {"outcome": "refused", "sentence": reading.problem}
    return {"outcome": "read", "sentence": " ".join(reading.report.notes()), "rows": reading.dataset.n_samples}


def measured(files):
    """The same with the time and the memory that it took."""
    Path("/proc/self/clear_refs").write_text("5")  # sets the largest resident set back to the present one
    before, start = resident("VmRSS"), time.perf_counter()
    result = came_of(files)
    return result | {"seconds": time.perf_counter() - start, "megabytes": resident("VmHWM") - before}


def apart(files):
    """The same in a forked process, which is ended if it hangs."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        import signal

        signal.alarm(SECONDS)
        with os.fdopen(write_end, "w") as stream:
            json.dump(measured(files), stream)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    return json.loads(told) if told else {"outcome": f"died with status {status}", "sentence": ""}


def main():
    warnings.simplefilter("error")
    for what in sys.argv[1:] or CORPUS:
        files, expected = CORPUS[what]()
        result = {"what": what, "expected": expected} | apart(files)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
