"""What the tests of runs share: waiting without a clock in the promise, settings that train fast, and histories."""

import os
import time
from pathlib import Path

import pytest

from playground.models.spec import RunSpec
from playground.runs.local import LocalRunner
from playground.runs.run import Run
from playground.runs.store import Store
from playground.training.trainer import Trainer

# Milliseconds of training; the end of a run (linear autoencoder, comparison) takes most of it.
SHORT = RunSpec(data="wine", hidden=(8,), output="linear", batch_size=32, epochs=6, learning_rate=0.01)
# A few seconds: long enough to be paused and killed well before the end.
LONG = RunSpec(data="digits", hidden=(32,), batch_size=128, epochs=400, learning_rate=0.005)


def wait_until(condition, seconds=90):
    """Waits until `condition` gives something true and gives that; a promise is that it happens, not how fast."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"This did not happen within {seconds} seconds.")
        time.sleep(0.01)
    return value


def what_was_learnt(store, run_id):
    """The errors of every epoch, to the last bit, and the best epoch."""
    history = Run(store, run_id).history
    return history.epoch, history.train_error, history.val_error, history.best_epoch


def trained_here(spec, dataset):
    """The same of a trainer in this very process."""
    trainer = Trainer(spec, spec.split(dataset))
    events = list(trainer)
    columns = ([getattr(event, name) for event in events] for name in ("epoch", "train_error", "val_error"))
    return (*columns, trainer.best_epoch)


def is_gone(pid):
    """Whether that process has ended; a zombie that nobody has asked for its status yet has."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z"


@pytest.fixture(scope="session")
def local_runner(tmp_path_factory):
    """One local runner with one warm worker for all tests; a worker takes seconds to start."""
    runner = LocalRunner(Store(tmp_path_factory.mktemp("local")), slots=1)
    yield runner
    runner.close()


@pytest.fixture(scope="session")
def short():
    return SHORT


@pytest.fixture(scope="session")
def long():
    return LONG


@pytest.fixture(scope="session")
def eventually():
    return wait_until


@pytest.fixture(scope="session")
def learnt():
    return what_was_learnt


@pytest.fixture(scope="session")
def train_here():
    return trained_here


@pytest.fixture(scope="session")
def process_is_gone():
    return is_gone


@pytest.fixture(scope="session")
def finish():
    """Waits until a run has left the queue and its training, and gives it."""

    def finish(store, run_id):
        wait_until(lambda: not Run(store, run_id).is_alive)
        return Run(store, run_id)

    return finish


@pytest.fixture(scope="session")
def begun():
    """Waits until a run has so many epochs behind it."""

    def begun(store, run_id, epochs=1):
        def far_enough():
            run = Run(store, run_id)
            assert run.state in ("queued", "running"), f"the run was already {run.state}: {run.message}"
            return len(run.history.epoch) >= epochs

        wait_until(far_enough)

    return begun
