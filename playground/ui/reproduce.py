"""The Reproduce panel of every view: the command, the Python and the JSON that give the same numbers."""

from __future__ import annotations

import json
import shlex
from typing import Any

import streamlit as st

from playground.data.online import ONLINE
from playground.data.reading.options import ReadOptions
from playground.export.loading import path_of
from playground.figures.numbers import count
from playground.runs.run import Run
from playground.training.recipe import options_for
from playground.ui import messages, moving

SCRIPT = """from playground import PCA, Mean, RunSpec, Trainer, compare, {load}

dataset = {dataset}
spec = RunSpec({settings})
split = spec.split(dataset)
trainer = Trainer(spec, split)
for end in trainer:
    print(end.epoch, end.val_error)
train, x = split.x_train, split.x_test
codecs = {{"mean": Mean.fit(train), "pca": PCA.fit(train, spec.latent_dim), "autoencoder": trainer.best}}
for score in compare(codecs, x):
    print(score.name, score.error)
"""


def panel(run: Run, more: str = "", *, key: str = "reproduce") -> None:
    """Draws the panel of a run, with its content only while it is open: it is slow to colour.

    Args:
        run: on show.
        more: what this view adds to the Python.
        key: of the panel, another one for each view of a page.
    """
    folded = st.expander("Reproduce", icon=":material/replay:", key=key, on_change="rerun")
    if not folded.open:
        return
    with folded:
        st.caption("The same settings and seed give the same numbers here, from a script and on the command line.")
        if words := steered(run):
            st.info(messages.plain(words), icon=":material/tune:")
        command, python, record = st.tabs(["Command", "Python", "JSON"])
        command.code(_command(run), language="bash", wrap_lines=True)
        python.code(_script(run) + (f"\n{more.strip()}\n" if more else ""), language="python", wrap_lines=True)
        record.code(json.dumps(run.spec.to_json(), indent=2), language="json")
        if _is_file(run):
            record.caption("How the file was read:")
            record.code(json.dumps({"file": _path(run), "options": _reading(run)}, indent=2), language="json")


def steered(run: Run) -> str:
    """What was done to the run while it trained, which its settings alone do not tell; "" where nothing was."""
    done = [f"{moving.change_in_words(change)} at epoch {change.epoch:.1f}" for change in run.changes]
    ends = [sum(run.legs[:place]) for place in range(1, len(run.legs))]
    done += [
        f"{count(more)} more epochs after epoch {count(end)}" for end, more in zip(ends, run.legs[1:], strict=True)
    ]
    if not done:
        return ""
    return f"This run was steered while it trained: {'; '.join(done)}. What stands here gives the run without that."


def _is_file(run: Run) -> bool:
    return run.spec.data.startswith("file-")


def _command(run: Run) -> str:
    options = options_for(run.spec, run.dataset)
    data, reading = _path(run), ReadOptions.from_json(_reading(run)).to_command_line() if _is_file(run) else []
    return shlex.join(["python", "-m", "playground", "train", "--data", data, *reading, *options, "--json"])


def _path(run: Run) -> str:
    """What the visitor has to give: a file's name, the folder that the files are in, or the data set's name."""
    return path_of(run.dataset) if _is_file(run) else run.spec.data


def _reading(run: Run) -> dict[str, Any]:
    return dict(run.dataset.source.get("options", {}))


def _script(run: Run) -> str:
    settings = ", ".join(f"{name}={value!r}" for name, value in vars(run.spec).items())
    if _is_file(run):
        reading = f", {_reading(run)!r}" if _reading(run) else ""
        return SCRIPT.format(load="read", dataset=f"read({_path(run)!r}{reading})", settings=settings)
    load = "load_online" if run.spec.data in ONLINE else "load"
    return SCRIPT.format(load=load, dataset=f"{load}({run.spec.data!r})", settings=settings)
