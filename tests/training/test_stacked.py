"""A stack of models against one trainer after another, on the step of the CPU and on that of a GPU."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from playground.data import load
from playground.errors import SpecError
from playground.training import stacked
from playground.training.fast_step import FastStep
from playground.training.stacked import Stacked, can_stack, groups
from playground.training.stacked_torch import TorchStep
from playground.training.trainer import Diverged, Trainer


@pytest.fixture(params=["cpu", "torch", "cuda"])
def stack(request, monkeypatch):
    """Makes a stack with the CPU's step, or with the GPU's: on the CPU too, where there is no GPU."""
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    if request.param == "torch":
        monkeypatch.setattr(stacked, "FastStep", TorchStep)
    device = "cuda" if request.param == "cuda" else "cpu"
    return lambda specs, split: Stacked(specs, split, device)


def alike(events, others, tolerance):
    """Two histories, times left out."""
    assert len(events) == len(others)
    for mine, theirs in zip(events, others, strict=True):
        for name in ("epoch", "train_loss", "val_loss", "train_error", "val_error", "learning_rate"):
            assert getattr(mine, name) == pytest.approx(getattr(theirs, name), rel=tolerance), name


SWEEPS = {
    "codes": [{"latent_dim": m} for m in (1, 3, 2)],
    "seeds": [{"seed": seed} for seed in (3, 0, 3)],
    "rates and decays": [{"learning_rate": 0.001, "weight_decay": 0.1}, {"learning_rate": 0.02}],
    "one cycle": [{"schedule": "one_cycle", "latent_dim": m, "learning_rate": m / 100} for m in (1, 2)],
    "bent otherwise": [{"activation": "silu", "output": "sigmoid", "loss": "absolute", "seed": s} for s in (0, 1)],
    "last batch of one": [{"batch_size": 6, "latent_dim": m} for m in (1, 2)],
}


@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS.keys())
def test_a_stack_trains_as_one_trainer_after_another(tiny, stack, sweep):
    specs = [tiny.spec(batch_norm=False, **{"schedule": "constant"} | changes) for changes in sweep]
    split = specs[0].split(tiny.dataset)
    together = stack(specs, split)
    epochs = list(together)
    assert together.finished
    assert [sorted(events) for events in epochs] == [list(range(len(specs)))] * 4
    for k, spec in enumerate(specs):
        alone = Trainer(spec, split)
        list(alone)
        alike(together.histories[k], alone.history, 1e-3)
        assert together.best_epochs[k] == alone.best_epoch
        mine, theirs = together.best(k).reconstruct(split.x_val), alone.best.reconstruct(split.x_val)
        np.testing.assert_allclose(mine, theirs, atol=1e-3)


def test_a_stack_with_batch_normalisation_trains_as_one_after_another(tiny, stack):
    """Against stacks of one: autograd's noise in biases without effect makes a plain trainer's running means uneven."""
    specs = [tiny.spec(hidden=(12, 8), latent_dim=m, seed=m, batch_size=16, activation="tanh") for m in (1, 2, 4)]
    split = specs[0].split(tiny.dataset)
    together = stack(specs, split)
    list(together)
    for k, spec in enumerate(specs):
        alone = Stacked([spec], split)
        list(alone)
        alike(together.histories[k], alone.histories[0], 1e-3)
        counts = together.best(k).encoder[1].num_batches_tracked
        assert counts == alone.best(0).encoder[1].num_batches_tracked > 0


@pytest.mark.parametrize("loss", ["sum_squares", "mean_squares", "binary_cross_entropy", "absolute", "huber"])
@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_gpus_step_is_the_cpus(tiny, loss, norm, device):
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    spec = tiny.spec(hidden=(12, 8), batch_norm=norm, activation="gelu", output="sigmoid")
    split = spec.split(tiny.dataset)

    def fresh(kind, **more):
        models = [stacked.build(replace(spec, latent_dim=m, seed=m), split.n_features) for m in (1, 3, 2)]
        return kind(models, loss=loss, weight_decay=(0.0, 0.1, 0.2), huber=0.3, **more)

    numpys, torchs = fresh(FastStep), fresh(TorchStep, device=device)
    x_all = np.clip(split.x_train, 0, 1)
    rng = np.random.default_rng(0)
    for size in (16, 16, 5, 16, 5):
        rows = rng.integers(0, len(x_all), (3, size))
        rows = rows[0] if size == 5 else rows
        for step in (numpys, torchs):
            x = step.take(step.at_hand(x_all), rows)
            step(x, x + 0.01 if size == 5 else x, np.array([0.001, 0.003, 0.01]))
    torch.testing.assert_close(torchs.packed.parameters.cpu(), numpys.packed.parameters, rtol=1e-3, atol=2e-5)
    torch.testing.assert_close(torchs.packed.variances.cpu(), numpys.packed.variances, rtol=1e-4, atol=1e-5)
    assert torch.equal(torchs.packed.counts.cpu(), numpys.packed.counts)
    np.testing.assert_allclose(torchs.losses(), numpys.losses(), rtol=1e-5)
    np.testing.assert_allclose(torchs.sizes(), numpys.sizes(), rtol=1e-5)
    np.testing.assert_allclose(torchs.score(torchs.at_hand(x_all)), numpys.score(x_all), rtol=1e-4)


def test_a_model_out_of_patience_stops_and_the_others_go_on(tiny, stack):
    settings = {"batch_norm": False, "schedule": "constant", "patience": 3, "epochs": 25, "batch_size": 8}
    specs = [tiny.spec(learning_rate=rate, latent_dim=m, **settings) for rate, m in ((0.1, 1), (0.003, 2), (0.1, 3))]
    split = specs[0].split(tiny.dataset)
    together = stack(specs, split)
    list(together)
    lengths = [len(history) for history in together.histories]
    assert len({*lengths}) > 1, "choose settings that stop at different times"
    for k, length in enumerate(lengths):
        assert length == 25 or length == together.best_epochs[k] + 3
        errors = [event.val_error for event in together.histories[k]]
        assert together.best_epochs[k] == int(np.argmin(errors)) + 1
        x_hat = together.best(k).reconstruct(split.x_val)
        assert np.square(x_hat - split.x_val).sum(axis=1).mean() == pytest.approx(min(errors), rel=1e-5)
        alone = Trainer(specs[k], split)
        alike(together.histories[k][:5], [alone.epoch() for _ in range(min(5, length))], 1e-2)


def test_a_model_that_diverges_stops_alone(tiny, stack):
    specs = [tiny.spec(batch_norm=False, learning_rate=rate, seed=k) for k, rate in enumerate((0.01, 1000.0, 0.003))]
    split = specs[0].split(tiny.dataset)
    together, calm = stack(specs, split), stack([specs[0], specs[2]], split)
    list(together)
    list(calm)
    assert together.messages[0] is together.messages[2] is None
    assert "diverged by step 10 (epoch 1)" in together.messages[1]
    assert "learning rate 1000 is probably too high" in together.messages[1]
    assert together.histories[1] == []
    for model in (together.models[1], together.best(1)):
        assert all(torch.isfinite(tensor).all() for tensor in model.state_dict().values())
    alike(together.histories[0], calm.histories[0], 1e-4)
    alike(together.histories[2], calm.histories[1], 1e-4)
    with pytest.raises(Diverged):
        Trainer(specs[1], split).epoch()


def test_a_stack_of_which_all_diverge_is_finished(tiny, stack):
    specs = [tiny.spec(learning_rate=1000.0, seed=seed, batch_norm=False) for seed in range(2)]
    together = stack(specs, specs[0].split(tiny.dataset))
    assert list(together) == []
    assert all(together.messages)
    assert together.epoch() == {}


def test_an_interrupted_epoch_continued_is_the_uninterrupted_one(tiny):
    specs = [tiny.spec(latent_dim=m) for m in (1, 2)]
    split = specs[0].split(tiny.dataset)
    whole, halted = Stacked(specs, split), Stacked(specs, split)
    list(whole)
    assert halted.epoch(tiny.after_steps(10)) == {}
    list(halted)
    for k in range(2):
        alike(halted.histories[k], whole.histories[k], 1e-12)


def test_stacking_neither_reads_nor_moves_the_global_random_numbers(tiny, stack):
    before = torch.get_rng_state()
    specs = [tiny.spec(seed=seed) for seed in range(2)]
    stack(specs, specs[0].split(tiny.dataset)).epoch()
    assert torch.equal(torch.get_rng_state(), before)


def test_only_runs_of_one_family_are_stacked_and_the_rest_stays_alone(tiny):
    plain = tiny.spec()
    specs = [
        plain,
        tiny.spec(latent_dim=2, seed=5, learning_rate=0.1, weight_decay=0.1),
        tiny.spec(hidden=(9,)),
        tiny.spec(loss="mixed", output="table"),
        tiny.spec(loss="mixed", output="table", seed=1),
        tiny.spec(hidden=(9,), seed=1),
    ]
    assert groups(specs) == [[0, 1], [2, 5], [3], [4]]
    assert groups([]) == []
    assert can_stack(specs[:2])
    assert not can_stack(specs[:3])
    assert not can_stack(specs[3:5])
    assert not can_stack([])
    with pytest.raises(SpecError, match="differ only in their latent_dim, seed, learning_rate, weight_decay"):
        Stacked(specs[:3], plain.split(tiny.dataset))


def test_data_with_missing_cells_are_refused(tiny):
    dataset = load("penguins")
    spec = tiny.spec(data="penguins")
    split = spec.split(dataset)
    assert split.layout.flagged
    with pytest.raises(SpecError, match="missing cells"):
        Stacked([spec, replace(spec, seed=1)], split)
