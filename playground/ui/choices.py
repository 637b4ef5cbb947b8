"""What a click on the train page makes of the present settings: another kind, other layers, a preset, a time."""

from __future__ import annotations

import dataclasses

from playground.data.dataset import Dataset
from playground.errors import SpecError
from playground.models.kinds import CONVOLUTIONAL
from playground.models.spec import FIELDS, RunSpec
from playground.training.recipe import LEAST_EPOCHS, PRESETS, recommended, rows_and_seed, with_model
from playground.training.speed import epochs_within, rate_of_this_machine


def other_kind(spec: RunSpec, dataset: Dataset, model: str) -> tuple[RunSpec, str]:
    """These settings for another kind of autoencoder, and a sentence where not all of them could be kept.

    Raises:
        SpecError: that kind cannot be used on these data.
    """
    try:
        wanted = with_model(spec, dataset, model)
        wanted.check_fits(dataset)
    except SpecError as error:
        fresh = dataclasses.replace(recommended(dataset, model), **rows_and_seed(spec))
        if fresh.model != model:
            _check_convolutions(dataset)
            raise
        fresh.check_fits(dataset)
        note = f"The settings are now those recommended for this kind; the old ones do not go with it: {error}"
        return fresh, note
    return wanted, ""


def other_layers(spec: RunSpec, dataset: Dataset, network: str) -> RunSpec:
    """These settings with layers of another sort, and what suits those; what the visitor set else stays.

    Raises:
        SpecError: the layers do not go with the kind, or with the data.
    """
    if network == CONVOLUTIONAL:
        _check_convolutions(dataset)
    wanted = dataclasses.replace(spec, network=network)
    wanted.check_fits(dataset)
    if wanted.is_convolutional == spec.is_convolutional:
        return wanted
    dense, convolutional = recommended(dataset), recommended(dataset, "convolutional")
    suits = convolutional if wanted.is_convolutional else dense
    differ = [name for name in FIELDS if name != "model" and getattr(dense, name) != getattr(convolutional, name)]
    wanted = dataclasses.replace(wanted, **{name: getattr(suits, name) for name in differ})
    wanted.check_fits(dataset)
    return wanted


def preset(name: str, spec: RunSpec, dataset: Dataset) -> RunSpec:
    """The settings of a preset for these data, on the visitor's rows and seed.

    Raises:
        SpecError: they cannot be used on these data.
    """
    wanted = PRESETS[name].of(dataset, spec)
    wanted.check_fits(dataset)
    return wanted


def trained_for(spec: RunSpec, dataset: Dataset, seconds: float) -> RunSpec:
    """These settings with as many epochs as take about so long on one core of this machine, within the allowed range.

    A patience of half the epochs, as the recommended settings have it, stays half of them.
    """
    low, high = int(FIELDS["epochs"].low), int(FIELDS["epochs"].high)
    epochs = min(high, max(low, epochs_within(spec, dataset, seconds, rate_of_this_machine())))
    patience = spec.patience
    if patience == max(LEAST_EPOCHS, spec.epochs // 2):
        patience = max(LEAST_EPOCHS, epochs // 2)
    return dataclasses.replace(spec, epochs=epochs, patience=patience)


def _check_convolutions(dataset: Dataset) -> None:
    """Raises SpecError where convolutions cannot read these data whatever the other settings."""
    RunSpec(model=CONVOLUTIONAL, latent_dim=1, hidden=(1,), batch_size=2).check_fits(dataset)
