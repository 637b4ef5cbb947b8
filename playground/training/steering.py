"""What can be changed in the middle of a training, and what is seen of a single step. No torch: pages read it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from playground.data.dataset import FloatArray, IntArray
from playground.errors import SpecError
from playground.models.spec import FIELDS, RunSpec

KNOBS = ("learning_rate", "noise_level", "sparsity_weight", "beta")


@dataclass(frozen=True)
class Change:
    """A knob that was turned while a run trained.

    Attributes:
        epoch: how many epochs were behind it, with the share of the one it fell into: 12.4.
        name: one of `KNOBS`.
        before, after: its values.
    """

    epoch: float
    name: str
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class StepSeen:
    """One step of training, looked at: everything is that very batch's, with the very random numbers the step used.

    The numbers are computed beside the step, in float32 and by plain torch: they agree with those of the fast step up
    to rounding. k is 8, or the rows of a smaller batch.

    Attributes:
        epoch: which one the step belongs to, counted from 1.
        step: within that epoch, counted from 1.
        steps_per_epoch: steps in an epoch.
        learning_rate: of this step.
        batch_size: rows of the batch; all training rows, where a step sees them all (the linear model's).
        rows: the first rows of the batch by their numbers in the data set, (k,).
        x: those rows as the network was shown them, damaged where there is noise, (k, n_features).
        x_clean: as they are, (k, n_features).
        z: their codes (of a VAE the ones that were drawn), (k, latent_dim).
        x_hat: what came back, (k, n_features).
        errors: sum of squared errors of each row, (k,).
        loss: the objective on the whole batch before the update.
        loss_after: on the same batch, with the same random numbers, after it.
        update: root mean square of the changes of all weights.
        weights: root mean square of all weights before the update.
    """

    epoch: int
    step: int
    steps_per_epoch: int
    learning_rate: float
    batch_size: int
    rows: IntArray
    x: FloatArray
    x_clean: FloatArray
    z: FloatArray
    x_hat: FloatArray
    errors: FloatArray
    loss: float
    loss_after: float
    update: float
    weights: float


def knobs_of(spec: RunSpec) -> dict[str, float]:
    """The settings that can be changed while a run with these settings trains, those that matter for it, by name."""
    matters = {
        "learning_rate": True,
        "noise_level": spec.noise_kind != "none",
        "sparsity_weight": spec.model == "sparse",
        "beta": spec.model == "vae",
    }
    return {name: float(getattr(spec, name)) for name in KNOBS if matters[name]}


def turned(spec: RunSpec, name: str, value: float) -> RunSpec:
    """The settings with one knob turned.

    Raises:
        SpecError: a run of these settings has no such knob, or the value is out of its range.
    """
    knobs = knobs_of(spec)
    if name not in knobs:
        raise SpecError(f"'{name[:40]}' cannot be changed while this run trains: choose from {', '.join(knobs)}.")
    return dataclasses.replace(spec, **{name: FIELDS[name].parse(value)})  # type: ignore[arg-type]
