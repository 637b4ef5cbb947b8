"""Slow motion on the train page: the step that was looked at last, phase by phase, while the run stands at it."""

from __future__ import annotations

import numpy as np

from playground.data.shown import kind_of
from playground.figures.numbers import percent
from playground.models.measures import MEASURE
from playground.models.spec import RunSpec
from playground.runs.run import Run
from playground.training.steering import StepSeen
from playground.ui import messages
from playground.ui.components.slow import slow_motion, slow_payload
from playground.ui.words import n_parameters, name_of


def show(run: Run) -> None:
    """Draws the last step that was looked at, as long as the run has not gone on from it by itself."""
    seen = run.step_seen
    if seen is None or run.is_finished or (run.state != "paused" and run.until != "step"):
        return
    if seen.epoch != len(run.history.epoch) + 1 and seen.step != seen.steps_per_epoch:
        return
    with messages.shown():
        slow_motion(key="slow", data=_payload(run, seen))


def _payload(run: Run, seen: StepSeen) -> dict[str, object]:
    spec, dataset, split = run.spec, run.dataset, run.split
    layers = spec.layers(dataset.width, dataset.grid)
    return slow_payload(
        epoch=seen.epoch,
        step=seen.step,
        steps_per_epoch=seen.steps_per_epoch,
        learning_rate=seen.learning_rate,
        rows=seen.rows,
        batch_size=seen.batch_size,
        x=seen.x,
        x_clean=seen.x_clean,
        z=seen.z,
        x_hat=seen.x_hat,
        errors=seen.errors,
        loss=seen.loss,
        loss_after=seen.loss_after,
        update=seen.update,
        weights=seen.weights,
        run=run.id,
        n_train=len(split.train_rows),
        layers=layers,
        latent_index=len(layers) // 2,
        n_weights=n_parameters(spec, dataset),
        kind=kind_of(dataset),
        loss_name=_loss(spec),
        image_shape=dataset.image_shape,
        feature_names=dataset.scaled_names,
        labels=[] if dataset.labels is None else [str(label) for label in np.asarray(dataset.labels)[seen.rows]],
        noise=_noise(run),
        of_peak=_of_peak(run, seen),
    )


def _loss(spec: RunSpec) -> str:
    """What the loss measures; with a kind that adds something, that it does."""
    adds = {"sparse": " with the sparsity penalty", "contractive": " with the slopes' penalty", "vae": " with β KL"}
    return MEASURE[spec.loss].title.lower() + adds.get(spec.model, "")


def _of_peak(run: Run, seen: StepSeen) -> str:
    if run.spec.schedule != "one_cycle":
        return ""
    peak = run.knobs["learning_rate"]
    return f" ({percent(seen.learning_rate / peak)} of the peak {peak:g} of its one cycle)"


def _noise(run: Run) -> str:
    kind = run.spec.noise_kind
    if kind == "none":
        return ""
    return f"{name_of('noise', kind)} noise of {run.knobs.get('noise_level', run.spec.noise_level):g}"
