"""The benchmark: every figure has its name, ratios are right, what is absent is named. No speed is asserted."""

import dataclasses
import itertools
import json
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from playground.__main__ import main
from playground.bench import (
    command,
    convolution,
    goals,
    gpu,
    measure,
    memory,
    ours,
    peers,
    problems,
    rates,
    registry,
    sweep,
)
from playground.bench.measure import Cost, Spread, interleaved, timed
from playground.bench.registry import RESULTS, Bench, Figure, Skip
from playground.data import BUILTIN, load
from playground.training.measured import Measured, conv_vs_dense

NAMES = {
    "digits_vs_tutorial",
    "digits_vs_sklearn",
    "sweep_vs_tutorial",
    "sweep_vs_one_run",
    "mnist5k_gemm_share",
    "mnist60k_gemm_share",
    *(f"mnist5k_vs_{name}" for name in ("tutorial", "sklearn", "pythae", "keras", "lightning")),
    "bf16_gain",
    "digits_time_to_error",
    "mnist5k_time_to_error",
    "mnist30_seconds_to_3",
    "mnist30_best_15min",
    "conv_epoch_ratio",
    *(f"conv_vs_dense_{entry.name}" for entry in BUILTIN.values() if entry.kind == "images"),
    "peak_memory_ratio",
    "live_view_cost",
    "gpu_mnist_vs_tutorial",
    "gpu_digits_vs_tutorial",
    "gpu_gemm_share",
    "gpu_mnist30_seconds_to_3",
    "gpu_stacked_64",
    "pca_60000x784_seconds",
    "pca_wide_seconds",
}
TARGETS = {
    "digits_vs_tutorial": 8,
    "digits_vs_sklearn": 3,
    "sweep_vs_tutorial": 10,
    "sweep_vs_one_run": 3,
    "mnist5k_gemm_share": 0.85,
    "mnist60k_gemm_share": 0.85,
    "bf16_gain": 1.7,
    "digits_time_to_error": 6,
    "mnist5k_time_to_error": 2.5,
    "conv_epoch_ratio": 2.5,
    "peak_memory_ratio": 1.5,
    "live_view_cost": 1.05,
    "gpu_mnist_vs_tutorial": 20,
    "gpu_digits_vs_tutorial": 50,
    "gpu_mnist30_seconds_to_3": 20,
    "gpu_stacked_64": 2,
    "pca_60000x784_seconds": 2,
    "pca_wide_seconds": 1,
}
ALWAYS = {"name", "value", "unit", "spread", "peers", "target", "better", "met", "what", "took_seconds"}


@pytest.fixture
def few_rounds(monkeypatch):
    """Turns of an epoch, two of them."""
    monkeypatch.setattr(rates, "SECONDS_PER_TURN", 0.0)
    monkeypatch.setattr(Bench, "rounds", lambda self, short=7, *, quick=5: 2)
    return Bench()


@pytest.fixture
def fake_result(monkeypatch):
    """Puts a result that measures nothing into an otherwise empty registry."""

    def put(figure=None, **options):
        def measure(bench):
            if isinstance(figure, Exception):
                raise figure
            return figure

        monkeypatch.setattr(registry, "RESULTS", {})
        registry.result("fake", unit="times", what="Nothing.", **options)(measure)
        monkeypatch.setattr(command, "RESULTS", registry.RESULTS)
        return registry.RESULTS["fake"]

    return put


class FakeClock:
    """In place of the module `time`: the wall goes 2 s on whenever work is done, the CPU 1 s."""

    def __init__(self):
        self.done = 0.0

    def process_time(self):
        return self.done

    def perf_counter(self):
        return 2 * self.done

    def work(self):
        self.done += 1


def run_main(capsys, *arguments):
    try:
        status = main(["bench", *map(str, arguments)])
    except SystemExit as ended:
        status = ended.code
    return status, *capsys.readouterr()


def test_every_figure_of_the_issue_has_its_name_and_target():
    assert set(RESULTS) == NAMES
    assert {name: RESULTS[name].target for name in TARGETS} == TARGETS
    assert RESULTS["mnist30_seconds_to_3"].target == (120 if measure.has_bfloat16() else 240)
    assert {entry.name for entry in RESULTS.values() if entry.better == "lower"} >= {
        "sweep_vs_one_run",
        "conv_epoch_ratio",
        "peak_memory_ratio",
        "gpu_stacked_64",
        "mnist30_seconds_to_3",
    }
    for entry in RESULTS.values():
        assert entry.what.endswith(".")
        assert "\n" not in entry.what


def test_quick_leaves_out_the_long_ones_unless_they_are_asked_for():
    quick = {entry.name for entry in command.choose([], quick=True)}
    assert NAMES - quick == {n for n in NAMES if n.startswith("conv_vs_dense_")} | {
        "mnist30_seconds_to_3",
        "mnist30_best_15min",
    }
    assert [entry.name for entry in command.choose(["mnist30_best_15min"], quick=True)] == ["mnist30_best_15min"]
    assert {entry.name for entry in command.choose([], quick=False)} == NAMES


def test_wall_and_cpu_seconds_of_work_are_told_apart(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(measure, "time", clock)
    cost = timed(clock.work, 10)
    assert cost == Cost(samples=10, cpu_seconds=1.0, seconds=2.0)
    assert (cost.rate("cpu_seconds"), cost.rate("seconds")) == (10.0, 5.0)
    assert cost + cost == Cost(20, 2.0, 4.0)


def test_sides_take_turns_and_ratios_are_medians_of_rounds():
    order = []
    ours_took, theirs_took = iter([9.0, 1.0, 2.0, 4.0]), iter([9.0, 4.0, 4.0, 4.0])

    def side(name, took):
        def work():
            order.append(name)
            seconds = next(took)
            return Cost(8, seconds, 2 * seconds)

        return work

    comparison = interleaved({"a": side("a", ours_took), "b": side("b", theirs_took)}, rounds=3, warm_up=1)
    assert "".join(order) == "abababab"
    assert len(comparison.costs["a"]) == 3
    assert comparison.ratio("a", "b") == Spread(median=2.0, low=1.0, high=4.0)
    assert comparison.ratio("b", "a").median == 0.5
    assert comparison.rates() == {"per_cpu_second": {"a": 4.0, "b": 2.0}, "per_second": {"a": 2.0, "b": 1.0}}


def test_training_alone_is_the_part_of_an_epoch_that_is_not_scoring():
    assert ours.alone(Cost(100, cpu_seconds=3.0, seconds=4.0), seconds=1.0) == Cost(100, 0.75, 1.0)


@pytest.mark.parametrize(
    ("options", "figure", "met"),
    [
        ({"target": 8.0}, Figure(8.0), True),
        ({"target": 8.0}, Figure(7.9), False),
        ({"target": 8.0}, Figure(None), False),
        ({"target": 8.0, "better": "lower"}, Figure(7.9), True),
        ({"target": 8.0, "better": "lower"}, Figure(7.9, reached=False), False),
        ({}, Figure(7.9), None),
    ],
)
def test_a_target_is_met_or_not(fake_result, options, figure, met):
    told = command.measured(fake_result(figure, **options), Bench())
    assert told["met"] is met
    assert "skipped" not in told


def test_what_a_result_needs_and_lacks_is_its_reason(fake_result):
    told = command.measured(fake_result(Figure(1.0), needs=(lambda: None, lambda: "no wind")), Bench())
    assert (told["skipped"], told["value"], told["met"]) == ("no wind", None, None)
    told = command.measured(fake_result(Skip("no rain")), Bench())
    assert (told["skipped"], told["value"], told["met"]) == ("no rain", None, None)
    assert set(told) == ALWAYS | {"skipped"}


def test_a_mistake_of_ours_is_not_skipped(fake_result):
    with pytest.raises(ZeroDivisionError):
        command.measured(fake_result(ZeroDivisionError()), Bench())


@pytest.mark.parametrize("name", ["pythae", "keras", "lightning", "sklearn"])
def test_an_absent_peer_is_named_with_the_reason(capsys, monkeypatch, name):
    absent = dataclasses.replace(peers.PEERS[name], module="there_is_no_such_module")
    monkeypatch.setitem(peers.PEERS, name, absent)
    status, out, _ = run_main(capsys, "--only", f"mnist5k_vs_{name}", "--json")
    [told] = json.loads(out)["results"]
    reason = f"{absent.package} is not installed: pip install -r playground/bench/requirements.txt"
    assert (status, told["skipped"], told["value"]) == (0, reason, None)
    assert told["peers"] == {name: {"skipped": reason}}


def test_a_peer_that_breaks_is_named_with_the_first_line_of_its_mistake(monkeypatch, few_rounds):
    class Broken(peers.Tutorial):
        def epochs(self, number):
            raise RuntimeError("no such backend\nand a long story")

    monkeypatch.setitem(peers.PEERS, "tutorial", dataclasses.replace(peers.PEERS["tutorial"], make=Broken))
    told = command.measured(RESULTS["digits_vs_tutorial"], few_rounds)
    assert told["skipped"] == "tutorial broke: RuntimeError: no such backend"
    assert told["peers"] == {"tutorial": {"skipped": told["skipped"]}}


def test_a_small_real_run_prints_one_json_object_and_nothing_else(capsys, few_rounds):
    status, out, err = run_main(capsys, "--only", "digits_vs_tutorial", "--json")
    assert status == 0
    found = json.loads(out)
    assert out.count("\n") == 1
    assert {"cpu", "cores", "memory_gb", "bfloat16", "gpu", "python", "torch", "numpy"} <= set(found["machine"])
    [told] = found["results"]
    assert set(told) > ALWAYS
    assert told["name"] == "digits_vs_tutorial"
    assert (told["unit"], told["target"], told["better"]) == ("times", 8, "higher")
    assert isinstance(told["met"], bool)
    assert told["spread"][0] <= told["value"] <= told["spread"][1]
    for clock in ("per_cpu_second", "per_second"):
        assert set(told[clock]) == {"playground", "tutorial"}
        assert all(rate > 0 for rate in told[clock].values())
    assert told["peers"]["tutorial"]["loss"] == pytest.approx(told["loss"], rel=0.2)
    assert told["peers"]["tutorial"]["version"]
    assert told["rounds"] == 2
    assert "digits_vs_tutorial" in err


def test_without_json_there_is_a_table(capsys, fake_result):
    fake_result(Figure(1.25, (1.0, 1.5), {"tutorial": {"learns_alike": False}}), target=8.0)
    status, out, _ = run_main(capsys)
    assert status == 0
    row = next(line for line in out.splitlines() if line.startswith("fake"))
    assert " ".join(row.split()) == "fake 1.25 1 to 1.5 times at least 8 no tutorial does not learn alike"


def test_an_unknown_name_is_one_sentence_that_lists_the_names(capsys):
    status, out, err = run_main(capsys, "--only", "digits_vs_tutorial", "--only", "warp_speed")
    assert (status, out) == (2, "")
    assert err.startswith("There is no result 'warp_speed': choose from digits_vs_tutorial, ")
    assert err.count("\n") == 1
    assert all(name in err for name in NAMES)


def test_a_record_that_cannot_be_written_is_said_before_anything_is_measured(capsys, tmp_path):
    (tmp_path / "other.json").write_text("[]")
    for path in (tmp_path / "no" / "record.json", tmp_path / "other.json"):
        status, out, err = run_main(capsys, "--only", "digits_vs_tutorial", "--record", path)
        assert (status, out) == (2, "")
        assert err.startswith("--record: ")
        assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["tutorial", "sklearn", "pythae", "keras", "lightning"])
def test_a_peer_trains_the_same_network_on_the_same_rows(name):
    if peers.PEERS[name].reason_to_skip():
        pytest.skip(f"{name} is not installed")
    spec, split = problems.plain((16,), 4, 64), problems.digits()
    with measure.threads(1):
        sides = [ours.Ours(spec, split), peers.start(name, spec, split)]
        costs = [side.epochs(20) for side in sides]
    assert [cost.samples for cost in costs] == [20 * 1797] * 2
    assert rates.alike(sides[0].loss(), sides[1].loss(), split)


def test_losses_that_are_apart_or_no_better_than_the_mean_are_not_alike():
    split = problems.digits()
    mean = float(split.x_train.var(axis=0).mean())
    assert rates.alike(0.03, 0.04, split)
    assert not rates.alike(0.03, 0.05, split)
    assert not rates.alike(mean, mean, split)


@pytest.mark.parametrize("library", ["torch", "numpy"])
def test_the_limit_is_the_products_of_every_batch(library):
    split = problems.all_rows(np.zeros((10, 6), np.float32))
    products = rates.Products(problems.plain((4,), 2, 8), split, library)
    shapes = []
    real = products._product
    products._product = lambda a, b, out: (shapes.append((*a.shape, b.shape[1])), real(a, b, out=out))
    assert products.epochs(1).samples == 10
    forward = [(6, 4), (4, 2), (2, 4), (4, 6)]
    expected = []
    for rows in (8, 2):
        expected += [(rows, before, after) for before, after in forward]
        expected += [(after, rows, before) for before, after in forward]
        expected += [(rows, after, before) for before, after in forward[1:]]
    assert sorted(shapes) == sorted(expected)
    assert products.operations == sum(2 * math.prod(shape) for shape in shapes)


def test_a_stack_of_models_is_measured_as_one_side(monkeypatch, few_rounds):
    class Stacked:
        def __init__(self, specs, split, device="cpu"):
            self.trainers = [ours.trainer(spec, split, device) for spec in specs]

        def epoch(self):
            return [trainer.epoch() for trainer in self.trainers]

    monkeypatch.setitem(sys.modules, "playground.training.stacked", SimpleNamespace(Stacked=Stacked))
    small = problems.all_rows(problems.digits().x[:128])
    monkeypatch.setattr(rates, "digits", lambda: small)
    figure = rates.sweep_vs_tutorial(few_rounds)
    assert figure.value > 0
    assert figure.peers["tutorial"]["loss"] == pytest.approx(figure.more["loss"], rel=0.2)


def test_every_try_at_the_goal_costs_time(monkeypatch):
    split = problems.digits()
    errors = {2: 5.0, 3: 3.0}

    class Model:
        def __init__(self, error):
            self.error = error

        def reconstruct(self, x):
            return x + np.float32(math.sqrt(self.error / x.shape[1]))

    class FakeOurs:
        def __init__(self, spec, split):
            self.spec = spec
            self.trainer = self
            self.best = Model(errors[spec.epochs])

        def run(self):
            return Cost(1000, self.spec.epochs, 2 * self.spec.epochs)

    monkeypatch.setattr(goals, "Ours", FakeOurs)
    spec = problems.plain((8,), 2, 64)
    race = goals._Race(spec, spec, split, budget=2)
    race.errors["tutorial"] = [4.0]
    assert race.ours() == Cost(1, 5.0, 10.0)
    assert race.tried == [[2, 3]]
    race.errors["tutorial"].append(6.0)
    assert race.ours() == Cost(1, 2.0, 4.0)
    assert race.errors["playground"] == pytest.approx([3.0, 5.0], rel=1e-3)


def test_no_seconds_are_told_unless_every_seed_is_below_3(monkeypatch):
    monkeypatch.setattr(goals, "mnist_split", lambda: None)
    errors = itertools.cycle([2.9, 3.1, 2.8])
    monkeypatch.setattr(goals, "trained_on_mnist", lambda *_: goals.Trained(100.0, 200.0, 2.9, next(errors)))
    missed = goals.seconds_to_3(Bench(), target=240)
    assert (missed.value, missed.reached) == (None, False)
    assert missed.more["test_errors"] == [2.9, 3.1, 2.8]
    errors = itertools.cycle([2.9])
    assert goals.seconds_to_3(Bench(), target=240).reached is True
    slow = goals.seconds_to_3(Bench(), target=90)
    assert (slow.value, slow.reached) == (100.0, False)


def test_mnist_validates_on_training_images_and_tests_on_the_others(monkeypatch):
    train, test = np.zeros((60_000, 4), np.float32), np.ones((10_000, 4), np.float32)
    monkeypatch.setattr(goals, "mnist_arrays", lambda: (train, test))
    split = goals.mnist_split()
    assert (len(split.train_rows), len(split.val_rows), len(split.test_rows)) == (55_000, 5_000, 10_000)
    assert np.array_equal(np.sort(np.concatenate([split.train_rows, split.val_rows])), np.arange(60_000))
    assert split.x_test.min() == 1


def test_where_mnist_is_absent_the_5000_stand_in(monkeypatch, tmp_path):
    monkeypatch.setattr(problems, "SHARED_MNIST", tmp_path / "mnist.npz")
    split, data = problems.mnist60000()
    assert split.x_train.shape == (60_000, 784)
    assert data == "MNIST-5000 repeated twelve times"
    told = command.measured(RESULTS["mnist30_best_15min"], Bench())
    assert told["skipped"].endswith("python -m playground datasets --fetch mnist60k")


def test_convolutional_and_dense_get_the_same_seconds_and_a_record(monkeypatch, tmp_path, few_rounds):
    dense = dataclasses.replace(convolution.recipe.recommended(load("digits")), epochs=2)
    monkeypatch.setattr(convolution.recipe, "recommended", lambda *_: dense)
    monkeypatch.setattr(convolution, "SEEDS", (0,))
    monkeypatch.setattr(convolution, "LONGER", 1)
    figure = convolution.conv_vs_dense("digits", few_rounds)
    entry = RESULTS["conv_vs_dense_digits"]
    told = {"name": entry.name, "value": figure.value, "spread": figure.spread, **figure.more}
    path = tmp_path / "record.json"
    command.write_record(path, {"machine": {"cores": 2}, "results": [told]}, {"shapes": {"value": 0.9}})
    record = json.loads(path.read_text())
    assert list(record["conv_vs_dense"]) == ["shapes", "digits"]
    written = record["conv_vs_dense"]["digits"]
    assert written["convolutional"] / written["dense"] == pytest.approx(told["value"], rel=1e-3)
    found = conv_vs_dense("digits", path)  # what the page makes of it
    assert found == Measured("a 2-core CPU", written["dense"], written["convolutional"], written["seconds"], 2)
    assert command.read_record(path) == record["conv_vs_dense"]


def test_memory_is_told_in_multiples_of_what_has_to_be_there(monkeypatch):
    data, parameters = 4 * memory.ROWS * memory.FEATURES, 1000
    peak = {memory.ROWS: 10**9 + 2 * data, memory.FEW_ROWS: 10**9}
    monkeypatch.setattr(memory, "_child", lambda rows: {"peak_bytes": peak[rows], "parameter_bytes": parameters})
    figure = memory.peak_memory_ratio(Bench())
    assert figure.value == pytest.approx((2 * data + 3 * parameters) / (data + 3 * parameters))
    assert memory.peak_bytes() > 10**7


def test_the_measures_for_a_gpu_run_where_there_is_none(monkeypatch, few_rounds):
    small = problems.all_rows(problems.mnist5000().x[:512])
    monkeypatch.setattr(gpu, "mnist60000", lambda: (small, "512 rows"))
    for figure in (gpu.gpu_mnist_vs_tutorial(few_rounds, "cpu"), gpu.gpu_gemm_share(few_rounds, "cpu", side=64)):
        assert figure.value > 0
        assert figure.more["data"] == "512 rows"


def test_a_sweep_is_told_in_multiples_of_one_run(monkeypatch):
    spec = dataclasses.replace(sweep.recommended(load("digits")), epochs=1, hidden=(8,))
    monkeypatch.setattr(sweep, "recommended", lambda *_: spec)
    monkeypatch.setattr(sweep, "default_latent_dims", lambda _: [1, 2])
    figure = sweep.sweep_vs_one_run(Bench(quick=True))
    assert figure.value == figure.more["seconds"]["sweep"][0] / figure.more["seconds"]["run"][0] > 0
    assert list(figure.more["test_errors"]) == [1, 2]
    assert figure.more["test_errors"][2] == pytest.approx(figure.more["alone"][2], rel=0.05)
