"""The settings to begin with, chosen from the data's shape and the kind of autoencoder, and well-known ones to try."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.data.dataset import Dataset
from playground.models.kinds import CONVOLUTIONAL, KIND
from playground.models.spec import FIELDS, RunSpec, differing
from playground.training.speed import epochs_within

SECONDS = 20.0  # that the recommended training should take at most, on one ordinary core
LEAST_EPOCHS = 15
FEW_ROWS = 1000
MANY_FEATURES = 256  # of images
MANY_COLUMNS = 32


def recommended(dataset: Dataset, model: str = "dense", network: str = "auto") -> RunSpec:
    """Default settings for `dataset` and a kind of autoencoder: what a practitioner would try first.

    `network` asks for layers of another sort than the kind's own, where the kind has a choice and the data allow it.

    Pixels get a sigmoid output, batch normalisation and one cycle of the learning rate; everything else a smooth
    network, which for few rows is small and slowly trained, so that its best epoch counts. A table of several types
    gets the loss that counts every column alike. There are as many epochs as fit into about twenty seconds.
    """
    spec = _pixels(dataset) if dataset.value_range else _numbers(dataset)
    if model == "convolutional" and dataset.grid is None:
        return spec  # the data have no neighbours that it could look at
    if network == CONVOLUTIONAL and network in KIND[model].networks and dataset.grid is not None:
        spec = dataclasses.replace(spec, **_convolutional(dataset, spec), model=model, network=network)
    spec = dataclasses.replace(spec, **FOR_KIND.get(model, _nothing)(dataset, spec), model=model)
    epochs = max(LEAST_EPOCHS, min(spec.epochs, epochs_within(spec, dataset, SECONDS)))
    return dataclasses.replace(spec, epochs=epochs, patience=spec.patience or max(LEAST_EPOCHS, epochs // 2))


def options_for(spec: RunSpec, dataset: Dataset) -> list[str]:
    """The command-line options that give these settings for this data set."""
    kind = ["--model", spec.model] if spec.model != "dense" else []
    kind += ["--network", spec.network] if spec.network != "auto" else []
    return kind + spec.to_options(base=recommended(dataset, spec.model, spec.network))


def with_model(spec: RunSpec, dataset: Dataset, model: str) -> RunSpec:
    """These settings for another kind of autoencoder: only what the two kinds' recommendations differ in is changed.

    Raises:
        SpecError: what the visitor has set does not go with that kind.
    """
    before, after = recommended(dataset, spec.model), recommended(dataset, model)
    changed = {name: getattr(after, name) for name in differing([before, after])}
    return dataclasses.replace(spec, **changed | {"model": model})


def rows_and_seed(spec: RunSpec) -> dict[str, Any]:
    """What neither another kind nor a preset changes: which rows do what, and the seed."""
    return {name: getattr(spec, name) for name, field in FIELDS.items() if field.group == "data" or name == "seed"}


def _pixels(dataset: Dataset) -> RunSpec:
    wide, few = dataset.n_features > MANY_FEATURES, dataset.n_samples < FEW_ROWS
    return RunSpec(
        data=dataset.name,
        latent_dim=min(dataset.first_latent_dim, dataset.width),
        hidden=(256, 64) if wide else (128, 64, 32),
        epochs=150 if few else 40 if wide else 60,  # few rows make few steps
        batch_size=16 if few else 128 if wide else 64,
        learning_rate=1e-2 if wide else 2e-2,
    )


def _numbers(dataset: Dataset) -> RunSpec:
    few, mixed, wide = dataset.n_samples < FEW_ROWS, dataset.kind == "table", dataset.width > MANY_COLUMNS
    return RunSpec(
        data=dataset.name,
        latent_dim=min(dataset.first_latent_dim, dataset.width),
        hidden=(32, 16) if few else (128,) if wide else (64, 64),  # for many columns, one wide layer did better
        activation="tanh" if few else "silu",
        batch_norm=False,
        output="table" if mixed else "linear",
        loss="mixed" if mixed else "sum_squares",
        epochs=300 if few else 100,
        batch_size=16 if few else 64,
        learning_rate=3e-3 if few else 5e-3 if wide else 1e-2,
        schedule="constant" if few else "one_cycle",
        weight_decay=0.01 if few else 0.0,
        patience=60 if few else 0,
    )


Changes = dict[str, Any]


def _nothing(dataset: Dataset, spec: RunSpec) -> Changes:
    return {}


def _linear(dataset: Dataset, spec: RunSpec) -> Changes:
    """On the covariance; nothing to stop early, for it cannot do more than PCA."""
    return {
        "output": "linear",
        "loss": "sum_squares",
        "batch_norm": False,
        "weight_decay": 0.0,
        "schedule": "one_cycle",
        "learning_rate": 2e-2,
        "epochs": 60,
        "patience": 60,
    }


def _convolutional(dataset: Dataset, spec: RunSpec) -> Changes:
    """One layer over patches, and one that looks around: more layers cost more time than they brought."""
    channels = 32 if dataset.grid is not None and dataset.grid[-1] > 1 else 16
    return {"hidden": (channels,), "batch_norm": True, "activation": "silu", "learning_rate": 2e-2}


def _denoising(dataset: Dataset, spec: RunSpec) -> Changes:
    return {"noise": "swap", "noise_level": 0.15} if dataset.columns else {"noise": "gaussian", "noise_level": 0.3}


def _sparse(dataset: Dataset, spec: RunSpec) -> Changes:
    """A wide code, of which every sample uses a part."""
    return {"latent_dim": min(32, dataset.width)}


def _contractive(dataset: Dataset, spec: RunSpec) -> Changes:
    """Without batch normalisation a sigmoid output learns badly, and smooth bends have slopes everywhere."""
    changes: Changes = {"batch_norm": False, "learning_rate": min(spec.learning_rate, 5e-3)}
    return changes | ({"output": "linear", "activation": "silu"} if spec.output == "sigmoid" else {})


def _vae(dataset: Dataset, spec: RunSpec) -> Changes:
    """With β = 1 the code of such small samples collapses: the loss would stand for noise of variance 1/2 per value.

    What reconstructions leave is a tenth of that or less.
    """
    return {"beta": 0.1}


FOR_KIND: dict[str, Callable[[Dataset, RunSpec], Changes]] = {
    "linear": _linear,
    "convolutional": _convolutional,
    "denoising": _denoising,
    "sparse": _sparse,
    "contractive": _contractive,
    "vae": _vae,
}


@dataclass(frozen=True)
class Preset:
    """Settings known from elsewhere, as far as these data allow.

    Attributes:
        title: what its button says.
        says: what it is, a sentence.
        of: the settings for a data set, on top of the present ones.
    """

    title: str
    says: str
    of: Callable[[Dataset, RunSpec], RunSpec]


def _hinton(dataset: Dataset, spec: RunSpec) -> RunSpec:
    pixels = _is_pixels(dataset, spec)
    return dataclasses.replace(
        _plain(dataset, spec),
        hidden=(1000, 500, 250),
        latent_dim=max(1, min(30, dataset.width - 1)),
        activation="sigmoid",
        output=_output(dataset, spec),
        loss="binary_cross_entropy" if pixels else _loss(dataset),
        batch_size=100,
        epochs=30,
        patience=0,
    )


def _keras(dataset: Dataset, spec: RunSpec) -> RunSpec:
    pixels = _is_pixels(dataset, spec)
    return dataclasses.replace(
        _plain(dataset, spec),
        hidden=(128, 64),
        latent_dim=max(1, min(32, dataset.width - 1)),
        output=_output(dataset, spec),
        loss="binary_cross_entropy" if pixels else _loss(dataset),
        batch_size=256,
        epochs=100,
        patience=0,
    )


def _plain(dataset: Dataset, spec: RunSpec) -> RunSpec:
    """What a first tutorial does; the rows that train, choose and test stay those of the visitor."""
    return RunSpec(
        **rows_and_seed(spec),
        latent_dim=min(spec.latent_dim, dataset.width),
        hidden=(128, 64),
        batch_norm=False,
        output="table" if dataset.kind == "table" else "linear",
        loss="mixed" if dataset.kind == "table" else "mean_squares",
        learning_rate=1e-3,
        schedule="constant",
        batch_size=64,
        epochs=50,
    )


def _map(dataset: Dataset, spec: RunSpec) -> RunSpec:
    return dataclasses.replace(_own(dataset, spec), latent_dim=min(2, dataset.width))


def _pca(dataset: Dataset, spec: RunSpec) -> RunSpec:
    m = min(spec.latent_dim, dataset.width)
    return dataclasses.replace(recommended(dataset, "linear"), **rows_and_seed(spec), latent_dim=m)


def _own(dataset: Dataset, spec: RunSpec) -> RunSpec:
    return dataclasses.replace(recommended(dataset), **rows_and_seed(spec))


def _is_pixels(dataset: Dataset, spec: RunSpec) -> bool:
    return bool(dataset.value_range) and spec.scaling in ("auto", "range")


def _output(dataset: Dataset, spec: RunSpec) -> str:
    return "sigmoid" if _is_pixels(dataset, spec) else "table" if dataset.kind == "table" else "linear"


def _loss(dataset: Dataset) -> str:
    return "mixed" if dataset.kind == "table" else "sum_squares"


PRESETS: dict[str, Preset] = {
    "recommended": Preset(
        "Recommended", "What suits these data: chosen from their rows, features and range of values.", _own
    ),
    "map_2d": Preset("2-D map", "The recommended settings with a code of two numbers, which can be drawn.", _map),
    "just_pca": Preset("Just PCA", "The linear autoencoder, which finds the subspace of PCA and no more.", _pca),
    "plain_tutorial": Preset(
        "Plain tutorial", "What a first tutorial does: ReLU, mean square, Adam with 0.001, no normalisation.", _plain
    ),
    "keras_blog": Preset(
        "Keras blog",
        "The deep autoencoder of Chollet's “Building Autoencoders in Keras” (2016): 128-64-32, ReLU, cross-entropy, "
        "batches of 256; trained with Adam.",
        _keras,
    ),
    "hinton_2006": Preset(
        "Hinton 2006",
        "The network of Hinton and Salakhutdinov (2006), 1000-500-250-30 with logistic units, trained with Adam "
        "from random weights, without their layer-by-layer pretraining.",
        _hinton,
    ),
}
