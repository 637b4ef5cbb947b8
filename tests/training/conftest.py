"""What several tests of training need: a tiny table, and a trainer's whole state as bytes."""

import numpy as np
import pytest
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from playground.data import Dataset
from playground.models.spec import RunSpec
from playground.training.trainer import Trainer


def curved(n_samples=120, seed=0):
    """Points near a parabola in five dimensions: learnt in milliseconds."""
    rng = np.random.default_rng(seed)
    t = rng.uniform(-1, 1, (n_samples, 1))
    x = np.hstack([t, t**2, -t, np.sin(3 * t), 0.5 * t]) + rng.normal(0, 0.05, (n_samples, 5))
    return Dataset("curved", "A curve", x.astype(np.float32), tuple("abcde"))


class Tiny:
    """The tiny table, small settings for it, and trainers on it."""

    def __init__(self):
        self.dataset = curved()

    def spec(self, **changes):
        small = {"data": "curved", "hidden": (8,), "output": "linear", "batch_size": 4, "epochs": 4}
        return RunSpec(**(small | {"learning_rate": 0.01, "latent_dim": 1} | changes))

    def trainer(self, dataset=None, **changes):
        spec = self.spec(**changes)
        return Trainer(spec, spec.split(dataset or self.dataset))

    @staticmethod
    def through_a_file(trainer, fresh):
        """Loads into `fresh` what `trainer` is, by way of the bytes of a safetensors file."""
        tensors, numbers = trainer.state()
        fresh.load(load_tensors(save_tensors(tensors)), dict(numbers), list(trainer.history))
        return fresh

    @staticmethod
    def after_steps(steps):
        """An interrupt that says yes once, at the first question after so many steps (it is asked every ten)."""
        asked = iter(range(10, 10_000, 10))
        return lambda: next(asked) == steps


@pytest.fixture(scope="session")
def tiny():
    return Tiny()


def what_counts(trainer):
    """Everything that two equal trainings share: times are left out."""
    times = ("seconds", "samples_per_second")
    history = [{k: v for k, v in vars(event).items() if k not in times} for event in trainer.history]
    tensors, numbers = trainer.state()
    best = {f"best model {name}": tensor for name, tensor in trainer.best.state_dict().items()}
    bits = {name: tensor.numpy().tobytes() for name, tensor in (tensors | best).items()}
    return history, trainer.best_epoch, numbers["step"], bits


@pytest.fixture(scope="session")
def same():
    """Asserts that two trainers are the same to the last bit, past and present."""

    def check(one, other):
        for mine, theirs in zip(what_counts(one), what_counts(other), strict=True):
            assert mine == theirs

    return check
