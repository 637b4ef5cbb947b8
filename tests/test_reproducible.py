"""One promise: the same settings give the same validation errors to the last bit, whoever trains them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from playground.data.reading.read import read_content
from playground.models.spec import RunSpec
from playground.runs.local import LocalRunner
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store

ROOT = Path(__file__).resolve().parents[1]

# A plain script, in a fresh process with as many threads as torch likes.
SCRIPT = """
import json, sys
from pathlib import Path
from playground.data import load
from playground.data.reading.read import read_content
from playground.models.spec import RunSpec
from playground.training.trainer import Trainer
spec = RunSpec.from_json(json.loads(sys.argv[1]))
path = Path(sys.argv[2])
dataset = read_content(path.name, path.read_bytes()) if spec.data.startswith("file-") else load(spec.data)
trainer = Trainer(spec, spec.split(dataset))
print(json.dumps([[event.val_error for event in trainer], [event.val_loss for event in trainer.history]]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reproducible")


@pytest.fixture(scope="module")
def table(folder):
    """A visitor's CSV with columns of very different sizes."""
    rng = np.random.default_rng(0)
    values = rng.normal(5.0, 1.0, (300, 7)) * 10.0 ** np.arange(-3, 4)
    path = folder / "mine.csv"
    path.write_text("\n".join(["a,b,c,d,e,f,g", *(",".join(f"{v:.9g}" for v in row) for row in values)]))
    return path


@pytest.fixture(scope="module")
def specs(table):
    """A wide network on images, wide enough for torch to share a product among threads; and a visitor's table."""
    name = read_content(table.name, table.read_bytes()).name
    return {
        "digits": RunSpec(epochs=3, hidden=(512, 64), batch_size=256),
        "a file": RunSpec(data=name, epochs=3, hidden=(16,), output="linear", batch_norm=False, weight_decay=0.01),
    }


@pytest.fixture(scope="module")
def store(folder, table):
    store = Store(folder / "store")
    store.add_data(read_content(table.name, table.read_bytes()))
    return store


@pytest.fixture(scope="module")
def local_runs(store, specs):
    """Both runs by one worker of the local runner, side by side with everything else."""
    runner = LocalRunner(store, slots=1)
    ids = {kind: start(runner, spec) for kind, spec in specs.items()}
    deadline = time.monotonic() + 120
    while any(Run(store, run_id).is_alive for run_id in ids.values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    runner.close()
    return ids


def free_threads():
    return {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}


@pytest.mark.parametrize("kind", ["digits", "a file"])
def test_script_runners_and_command_line_agree_to_the_last_bit(kind, specs, store, table, local_runs):
    spec = specs[kind]
    script = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(spec.to_json()), str(table)],
        cwd=ROOT,
        env=free_threads(),
        capture_output=True,
        text=True,
        check=True,
    )
    by_script, losses = json.loads(script.stdout)
    inline = Run(store, start(InlineRunner(store), spec))
    local = Run(store, local_runs[kind])
    options = spec.to_options()
    if kind == "a file":
        options[options.index("--data") + 1] = str(table)
    command = subprocess.run(
        [sys.executable, "-m", "playground", "train", *options, "--json", "--store", str(store.folder)],
        cwd=ROOT,
        env=free_threads(),
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(command.stdout.splitlines()[-1])
    assert len(by_script) == 3
    assert (inline.state, local.state) == ("done", "done")
    assert inline.history.val_error == by_script
    assert local.history.val_error == by_script
    assert result["val_error"] == by_script
    for run in (inline, local, Run(store, result["run"])):
        lines = (run.folder / "metrics.jsonl").read_text().splitlines()
        assert [json.loads(line)["val_loss"] for line in lines] == losses
    assert local.scores == inline.scores
    assert result["test_error"] == {score.name: score.error for score in inline.scores}
    assert (local.folder / "model.safetensors").read_bytes() == (inline.folder / "model.safetensors").read_bytes()


def test_another_seed_gives_other_losses(specs, store):
    """So that the test above cannot agree on nothing."""
    from dataclasses import replace

    spec = replace(specs["a file"], epochs=1)
    one, other = (Run(store, start(InlineRunner(store), replace(spec, seed=seed))) for seed in (0, 1))
    assert one.history.val_error != other.history.val_error
