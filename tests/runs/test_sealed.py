"""The comparison is sealed: the same training rows for everyone, the same test rows, and nobody looks at these before.

Every test here fails if a line of the code lets a test row in.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from playground.data import Dataset, Split
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import RunSpec
from playground.runs import execute
from playground.runs.run import Run, read_metrics
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store, read_tensors
from playground.training.trainer import Trainer

SETTINGS = RunSpec(hidden=(6,), output="linear", batch_size=16, epochs=3, learning_rate=0.01, latent_dim=2)
TIMES = ("seconds", "samples_per_second")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("sealed"))


def table(name, x):
    return Dataset(f"file-{name * 32}", "A table", x, tuple("abcde"))


@pytest.fixture(scope="module")
def pair(store):
    """Two finished runs that differ in nothing but their test rows: in the second these are garbage."""
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(90, 2)) @ rng.normal(size=(2, 5)) + rng.normal(0, 0.1, (90, 5))).astype(np.float32)
    plain = table("a", x)
    test_rows = dataclasses.replace(SETTINGS, data=plain.name).split(plain).test_rows
    garbage = x.copy()
    garbage[test_rows] = 1e4 * rng.normal(size=(len(test_rows), 5))
    runs = []
    for dataset in (plain, table("b", garbage)):
        store.add_data(dataset)
        runs.append(Run(store, start(InlineRunner(store), dataclasses.replace(SETTINGS, data=dataset.name))))
    return runs


def bits(path):
    return {name: array.tobytes() for name, array in read_tensors(path)[0].items()}


def test_garbage_in_the_test_rows_changes_nothing_that_was_learnt(pair):
    plain, garbage = pair
    assert plain.state == garbage.state == "done"
    for name in ("pca.safetensors", "model.safetensors", "linear.safetensors"):
        assert bits(plain.folder / name) == bits(garbage.folder / name), name
    np.testing.assert_array_equal(plain.mean().mean, garbage.mean().mean)


def test_garbage_in_the_test_rows_changes_nothing_that_was_shown_while_it_trained(pair):
    plain, garbage = (
        [{k: v for k, v in row.items() if k not in TIMES} for row in read_metrics(r.folder)] for r in pair
    )
    assert len(plain) == SETTINGS.epochs
    assert plain == garbage
    assert pair[0].val_error == pair[1].val_error
    assert pair[0].record["best_epoch"] == pair[1].record["best_epoch"]
    shown = [{path.name: path.read_bytes() for path in Path(run.folder, "snapshots").iterdir()} for run in pair]
    assert shown[0]
    assert shown[0] == shown[1]


def test_garbage_in_the_test_rows_changes_every_error_of_the_table(pair):
    """So that the tests above cannot agree on rows that nobody looks at."""
    for plain, garbage in zip(*(run.scores for run in pair), strict=True):
        assert garbage.error["sum_squared_error_per_sample"] > 1e3 * plain.error["sum_squared_error_per_sample"]


@pytest.fixture
def watched(store, pair, monkeypatch):
    """One more run, and who was given what: `given[who]`, in the order of the calls in `order`."""
    given, order = {}, []

    def watch(owner, name, who, pick):
        real = getattr(owner, name)

        def seen(*args, **more):
            given[who] = pick(args)
            order.append(who)
            return real(*args, **more)

        monkeypatch.setattr(owner, name, seen)

    execute._pca.cache_clear()
    watch(PCA, "fit", "pca", lambda args: args[0])
    watch(Mean, "fit", "mean", lambda args: args[0])
    watch(execute, "fit_linear", "linear", lambda args: args[0])
    watch(Trainer, "__init__", "autoencoder", lambda args: args[2].x_train)
    watch(execute, "compare", "table", lambda args: args)
    touched = Split.x_test.func

    def x_test(split):
        order.append("test rows")
        return touched(split)

    monkeypatch.setattr(Split, "x_test", property(x_test))
    run = Run(store, start(InlineRunner(store), pair[0].spec))
    assert run.state == "done"
    return run, given, order


def test_all_four_are_given_the_same_training_rows(watched):
    run, given, _ = watched
    for who in ("mean", "pca", "linear", "autoencoder"):
        np.testing.assert_array_equal(given[who], run.split.x[run.split.train_rows])


def test_all_four_are_scored_on_the_same_test_rows_in_one_call(watched):
    run, given, order = watched
    codecs, x, _ = given["table"]
    assert list(codecs) == ["mean", "pca", "linear", "autoencoder"]
    np.testing.assert_array_equal(x, run.split.x[run.split.test_rows])
    assert order.count("table") == 1


def test_nobody_asks_for_the_test_rows_before_the_table_is_drawn(watched):
    _, _, order = watched
    first = order.index("test rows")
    assert set(order[:first]) == {"mean", "pca", "linear", "autoencoder"}
    assert set(order[first:]) == {"test rows", "table"}


def test_training_validation_and_test_rows_have_none_in_common(pair):
    split = pair[0].split
    parts = (split.train_rows, split.val_rows, split.test_rows)
    assert sorted(np.concatenate(parts).tolist()) == list(range(90))


def test_every_fit_says_how_long_it_took(pair):
    for score in pair[0].scores:
        assert 0 < score.seconds < 60, score.name
    own = next(score for score in pair[0].scores if score.name == "autoencoder")
    assert own.seconds == pair[0].history.seconds[-1]


def test_a_resumed_run_still_knows_how_long_pca_took(store, pair):
    _, meta = read_tensors(pair[0].folder / "pca.safetensors")
    by_name = {score.name: score.seconds for score in pair[0].scores}
    assert float(meta["seconds"]) == by_name["pca"]


def test_results_of_older_versions_have_no_times(store, pair):
    result = pair[0].record["result"]
    old = {**result, "scores": [{k: v for k, v in row.items() if k != "seconds"} for row in result["scores"]]}
    run_id = store.create(pair[0].spec)
    store.update(run_id, state="done", result=old)
    assert [score.seconds for score in Run(store, run_id).scores] == [None] * 4
