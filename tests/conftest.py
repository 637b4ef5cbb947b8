"""What every test may rely on: its own empty store, one thread per process, and the same examples at every run."""

import os

# One OpenMP thread, as the workers have; read when torch or numpy is first imported, hence before any fixture.
os.environ["OMP_NUM_THREADS"] = "1"
# What is promised to the last bit is promised of the CPU; with a GPU: PLAYGROUND_TEST_GPU=1 pytest -k "gpu or cuda".
if not os.environ.get("PLAYGROUND_TEST_GPU"):
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

import hypothesis
import pytest

# Examples do not change from run to run, and no example fails for being slow on a busy machine.
hypothesis.settings.register_profile("playground", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("playground")


@pytest.fixture(scope="session", autouse=True)
def session_store(tmp_path_factory):
    """The store of what session and module fixtures make: nothing is ever written into the home folder."""
    folder = tmp_path_factory.mktemp("session-store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_STORE", str(folder))
        patch.setenv("PLAYGROUND_CACHE", str(tmp_path_factory.mktemp("cache")))  # nothing fetched, whoever tests
        yield folder


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """This test's own empty folder for runs; PLAYGROUND_STORE points at it."""
    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setenv("PLAYGROUND_STORE", str(folder))
    return folder
