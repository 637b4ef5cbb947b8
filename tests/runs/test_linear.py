"""What a run keeps of PCA and of the linear autoencoder: the angles while it learns, and PCA once for the same rows."""

import dataclasses
import json

import numpy as np
import pytest

from playground.analysis.subspace import decoder_rows, principal_angles
from playground.models.pca import PCA
from playground.models.spec import RunSpec
from playground.runs import execute, run
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, go_on, start
from playground.runs.store import Store, read_tensors, write_tensors

LINEAR = RunSpec(model="linear", data="wine", output="linear", epochs=30, batch_size=16, learning_rate=0.02, patience=0)
DEEP = RunSpec(data="wine", hidden=(8,), output="linear", epochs=2, patience=0)


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    return InlineRunner(Store(tmp_path_factory.mktemp("linear")))


@pytest.fixture(scope="module")
def linear(runner):
    return Run(runner.store, start(runner, LINEAR))


@pytest.fixture(scope="module")
def deep(runner):
    return Run(runner.store, start(runner, DEEP))


def test_a_linear_run_keeps_the_angles_of_every_epoch_and_they_fall(linear):
    angles = np.array(linear.history.angles)
    assert angles.shape == (30, 2)
    assert (angles[:, 0] >= angles[:, 1]).all()
    assert angles[-1, 0] < 0.1 * angles[0, 0]
    best = linear.history.best_epoch
    now = principal_angles(decoder_rows(linear.codec()), linear.pca().components)
    np.testing.assert_allclose(linear.history.angles[best - 1], now, rtol=1e-4, atol=1e-5)


def test_a_linear_run_that_goes_on_after_its_end_keeps_its_angles(runner, linear):
    before = linear.history.angles
    go_on(runner, linear.id, 2)
    again = Run(runner.store, linear.id).history.angles
    assert len(again) == 32
    assert again[:30] == before


def test_other_kinds_have_no_angles_of_their_own(deep):
    assert deep.history.angles == [None, None]


def test_every_run_keeps_how_the_compared_linear_autoencoder_turned_to_pca(deep):
    fall = deep.linear_fall()
    assert (fall.steps[0], fall.steps[-1]) == (0, 1000)
    assert fall.steps == sorted(set(fall.steps))
    assert fall.angles[0][0] > 10
    assert fall.angles[-1][0] < 0.01
    now = principal_angles(decoder_rows(deep.linear()), deep.pca().components)
    np.testing.assert_allclose(fall.angles[-1], now, rtol=1e-3, atol=1e-5)


def test_a_folder_of_an_older_version_opens_without_angles(runner):
    old = Run(runner.store, start(runner, dataclasses.replace(DEEP, seed=1)))
    arrays, _ = read_tensors(old.folder / "linear.safetensors")
    write_tensors(old.folder / "linear.safetensors", arrays)
    path = old.folder / "metrics.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        del row["angles"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    old = Run(runner.store, old.id)
    assert old.linear_fall() is None
    assert old.history.angles == [None, None]
    assert old.state == "done"


def test_pca_is_fitted_once_for_the_same_rows(runner, monkeypatch):
    fits = []
    fit = PCA.fit.__func__
    monkeypatch.setattr(PCA, "fit", classmethod(lambda cls, x, m: fits.append(x.shape) or fit(cls, x, m)))
    execute._pca.cache_clear()
    run._split.cache_clear()
    for changes in ({}, {"latent_dim": 3}, {"seed": 5}, {"model": "linear", "hidden": ()}):
        assert Run(runner.store, start(runner, dataclasses.replace(DEEP, **changes))).state == "done"
    assert len(fits) == 1
    Run(runner.store, start(runner, dataclasses.replace(DEEP, split_seed=1)))  # other rows
    assert len(fits) == 2
