"""Which settings go together, and with which data: every refusal is one sentence, and all of them stand here.

The range of a single setting stands with the setting, in `RunSpec`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playground.models import sizes
from playground.models.kinds import DENSE, KIND

if TYPE_CHECKING:
    from playground.data.dataset import Dataset
    from playground.models.spec import RunSpec

MOST_PARAMETERS = 20_000_000
LEAST_SIDE, MOST_SIDE = 8, 64  # pixels of an image that convolutions take
LEAST_LENGTH = 8  # values of a series that they take
MOST_CHANNELS = 256
MOST_NAMED = 12  # classes that a sentence lists
MOST_LETTERS = 40  # of the name of one
SHARE_OF_MEMORY = 0.8  # of what is free


def contradiction(spec: RunSpec) -> str:
    """What makes these settings impossible whatever the data, a sentence; "" where nothing does."""
    return next(_contradictions(spec), "")


def misfit(spec: RunSpec, dataset: Dataset) -> str:
    """What makes these settings impossible for this data set on this machine, a sentence; "" where nothing does."""
    return next(_misfits(spec, dataset), "")


def _contradictions(spec: RunSpec) -> Iterator[str]:
    kind = KIND[spec.model]
    if spec.loss == "binary_cross_entropy" and (spec.output != "sigmoid" or spec.model == "linear"):
        yield (
            "loss=binary_cross_entropy needs output=sigmoid and a model that is not linear: it compares "
            "probabilities from 0 to 1."
        )
    if spec.loss == "mixed" and (spec.output != "table" or spec.model == "linear"):
        yield (
            "loss=mixed needs output=table and a model that is not linear: it compares numbers with numbers and "
            "categories with shares of their levels."
        )
    if spec.network != "auto" and spec.network not in kind.networks:
        yield _wrong_network(spec)
    if spec.noise_kind != "none" and not kind.may_be_noisy:
        yield (
            f"noise={spec.noise} makes a denoising autoencoder: choose model=denoising"
            + (" with network=convolutional" if spec.is_convolutional else "")
            + ", or noise=none."
        )
    if spec.model == "denoising" and spec.noise_kind == "none":
        yield "model=denoising needs a noise to remove: choose noise=gaussian, mask, salt_pepper or swap."
    if spec.noise_kind not in ("none", "gaussian") and spec.noise_level > 1:
        yield f"noise={spec.noise_kind} damages a share of the values: noise_level must be between 0 and 1."
    if spec.model == "contractive" and spec.batch_norm:
        yield (
            "model=contractive needs batch_norm=false: its slopes are those of one sample, and batch normalisation "
            "mixes the samples of a batch."
        )
    if spec.is_convolutional:
        yield from _convolutional_contradictions(spec)


def _wrong_network(spec: RunSpec) -> str:
    if spec.network == DENSE:
        return "model=convolutional is made of convolutions: choose model=dense for dense layers."
    why = {
        "dense": "is made of dense layers: choose model=convolutional",
        "linear": "has no layers but its weights: choose model=convolutional, or network=dense",
        "tied": "turns the weights of dense layers around, which convolutions here do not: choose network=dense",
        "contractive": "measures the slopes of dense layers only: choose network=dense",
    }[spec.model]
    return f"network=convolutional does not go with model={spec.model}, which {why}."


def _convolutional_contradictions(spec: RunSpec) -> Iterator[str]:
    if not spec.hidden:
        yield "Convolutions need at least one hidden layer: give its channels, such as hidden=16-32."
    if spec.hidden and max(spec.hidden) > MOST_CHANNELS:
        yield f"hidden={'-'.join(map(str, spec.hidden))}: a convolution may have at most {MOST_CHANNELS} channels."
    if spec.output == "table":
        yield "output=table is for columns of several types, which convolutions cannot read: choose output=linear."


def _misfits(spec: RunSpec, dataset: Dataset) -> Iterator[str]:
    if spec.only:
        yield from _no_class(spec.only, dataset)
    if spec.latent_dim > dataset.width:
        yield (
            f"latent_dim={spec.latent_dim} must be between 1 and {dataset.width}, "
            f"the number of features of {dataset.title}."
        )
    if spec.loss == "binary_cross_entropy" and not (dataset.value_range and spec.scaling in ("auto", "range")):
        yield (
            f"loss=binary_cross_entropy needs values from 0 to 1, which {dataset.title} does not have with "
            f"scaling={spec.scaling}: choose sum_squares."
        )
    if (spec.output == "table" or spec.loss == "mixed") and not dataset.columns:
        yield (
            f"output=table and loss=mixed are for tables whose columns have types, which {dataset.title} has not: "
            "choose output=linear and loss=sum_squares."
        )
    if spec.noise_kind == "salt_pepper" and any(column.type != "number" for column in dataset.columns):
        yield (
            "noise=salt_pepper sets values to the lowest or highest, which a category does not have: choose swap or "
            "mask."
        )
    if spec.is_convolutional:
        yield from _convolutional_misfits(dataset)
        if dataset.grid is None:
            return  # its size would mean nothing
    size = (dataset.width, dataset.n_flags, dataset.grid)
    parameters = sizes.n_parameters(spec, *size)
    if parameters > MOST_PARAMETERS:
        yield (
            f"This network has {parameters:,} parameters: at most {MOST_PARAMETERS:,} are possible. "
            "Make the hidden layers narrower."
        )
    needed, free = sizes.training_bytes(spec, dataset.n_samples, *size), free_memory()
    if free is not None and needed > SHARE_OF_MEMORY * free:
        yield (
            f"Training this would need about {_gigabytes(needed)} of memory, and {_gigabytes(free)} are free: choose "
            "a smaller batch or narrower layers."
        )


def _no_class(only: str, dataset: Dataset) -> Iterator[str]:
    shown = f"only='{only[:MOST_LETTERS]}{'…' * (len(only) > MOST_LETTERS)}'"
    if dataset.labels is None:
        yield f"{shown} asks for one class, and {dataset.title} has no label: leave it empty to train on every row."
    elif not np.any(dataset.labels == only):
        names = np.unique(dataset.labels).tolist()
        listed = ", ".join(name[:MOST_LETTERS] for name in names[:MOST_NAMED])
        yield (
            f"{shown} is no class of {dataset.title}: its {dataset.label_name} is "
            f"{'one of ' * (len(names) > 1)}{listed}{', …' * (len(names) > MOST_NAMED)}."
        )


def _convolutional_misfits(dataset: Dataset) -> Iterator[str]:
    if dataset.grid is None:
        yield (
            f"Convolutions look at neighbouring pixels or moments, and the columns of {dataset.title} have no "
            "neighbours: choose dense layers."
        )
    elif len(dataset.grid) == 3 and not LEAST_SIDE <= min(dataset.grid[:2]) <= max(dataset.grid[:2]) <= MOST_SIDE:
        height, width = dataset.grid[:2]
        yield (
            f"Convolutions take images of {LEAST_SIDE} to {MOST_SIDE} pixels a side, and those of {dataset.title} are "
            f"{height} by {width}: choose dense layers, or read the images in another size."
        )
    elif len(dataset.grid) == 2 and dataset.grid[0] < LEAST_LENGTH:
        yield (
            f"Convolutions take series of at least {LEAST_LENGTH} values, and those of {dataset.title} have "
            f"{dataset.grid[0]}: choose dense layers."
        )


def free_memory() -> int | None:
    """Bytes that this process could still take: of the machine, or of its container; None where nobody says."""
    found = [_available(), _left_in_container()]
    return min((value for value in found if value is not None), default=None)


def _available() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows, macOS
        return None


def _left_in_container() -> int | None:
    try:
        most, used = (int(Path(f"/sys/fs/cgroup/memory.{name}").read_text()) for name in ("max", "current"))
    except (OSError, ValueError):  # no container, or one without a limit
        return None
    return most - used


def _gigabytes(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.1f} GB"
