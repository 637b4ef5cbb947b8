"""The run that the first page shows: trained once per store, and replayed from its folder for everybody after."""

from __future__ import annotations

import json
import threading

from playground.data.builtin import load
from playground.errors import RunError
from playground.runs.run import FINISHED, Run
from playground.runs.runner import Runner, start
from playground.runs.store import write_json
from playground.training.recipe import recommended

_ONE_AT_A_TIME = threading.Lock()


def welcome_run(runner: Runner) -> Run:
    """The welcome run of this store, begun now if nobody has come before (or if the last one came to grief).

    Raises:
        BusyError: no room to begin it.
    """
    with _ONE_AT_A_TIME:
        run = _kept(runner)
        if run is None or not (run.is_alive or run.state in FINISHED):
            run_id = start(runner, recommended(load("digits")), owner="welcome")
            write_json(runner.store.folder / "welcome.json", {"run": run_id})
            run = Run(runner.store, run_id)
        return run


def _kept(runner: Runner) -> Run | None:
    try:
        name = json.loads((runner.store.folder / "welcome.json").read_text())["run"]
        return Run(runner.store, str(name))
    except (OSError, ValueError, KeyError, TypeError, RunError):
        return None
