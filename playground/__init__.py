"""The Autoencoder Playground: train small autoencoders, look into the bottleneck, compare with PCA.

The way of the data: file or name → `Dataset` → `Split` → `RunSpec` → runner → `Trainer` → `EpochEnd`… → run folder →
`Run` → figures → pages. Every word of it is in one file: `data.dataset`, `data.split`, `models.spec`, `runs.runner`,
`training.trainer`, `runs.store`, `runs.run`, `figures`, and the top-level folder `pages`.

What a script needs can be imported from here: `from playground import PCA, Mean, RunSpec, Trainer, compare, load`. Each
name is imported when it is first asked for, so that PCA does not wait for torch.
"""

from importlib import import_module
from typing import Any

NAMES = {
    "Dataset": "data.dataset",
    "Mean": "models.mean",
    "PCA": "models.pca",
    "RunSpec": "models.spec",
    "Stacked": "training.stacked",
    "Trainer": "training.trainer",
    "compare": "analysis.errors",
    "load": "data.builtin",
    "load_online": "data.online",
    "pytorch_code": "export.pytorch",
    "read": "data.reading.read",
    "recommended": "training.recipe",
}


def __getattr__(name: str) -> Any:
    if name not in NAMES:
        raise AttributeError(f"module 'playground' has no attribute '{name}'")
    return getattr(import_module(f"playground.{NAMES[name]}"), name)
