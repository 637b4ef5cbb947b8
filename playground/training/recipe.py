"""The settings to begin with, chosen from the data's shape."""

from __future__ import annotations

from playground.data.dataset import Dataset
from playground.models.spec import RunSpec


def recommended(dataset: Dataset) -> RunSpec:
    """Default settings for `dataset`: what a practitioner would try first.

    Pixels get a sigmoid output, batch normalisation and one cycle of the learning rate; everything else a smooth
    network, which for few rows is small and slowly trained, so that its best epoch counts. A table of several types
    gets the loss that counts every column alike.
    """
    latent_dim = min(dataset.first_latent_dim, dataset.width)
    if dataset.value_range:
        wide, few = dataset.n_features > 256, dataset.n_samples < 1000
        return RunSpec(
            data=dataset.name,
            latent_dim=latent_dim,
            hidden=(256, 64) if wide else (128, 64, 32),
            epochs=150 if few else 40 if wide else 60,  # few rows make few steps
            batch_size=16 if few else 128 if wide else 64,
            learning_rate=1e-2 if wide else 2e-2,
        )
    few = dataset.n_samples < 1000
    mixed = dataset.kind == "table"
    return RunSpec(
        data=dataset.name,
        latent_dim=latent_dim,
        hidden=(32, 16) if few else (64, 64),
        activation="tanh" if few else "silu",
        batch_norm=False,
        output="table" if mixed else "linear",
        loss="mixed" if mixed else "sum_squares",
        epochs=300 if few else 100,
        batch_size=16 if few else 64,
        learning_rate=3e-3 if few else 1e-2,
        schedule="constant" if few else "one_cycle",
        weight_decay=0.01 if few else 0.0,
        patience=60 if few else 0,
    )
