"""The PyTorch code of a model: one script that trains it, written to be read."""

from __future__ import annotations

from playground.data.dataset import Dataset
from playground.data.split import Split
from playground.export.loading import data_section
from playground.export.network import model_section
from playground.export.objective import objective_section
from playground.export.setup import Setup, comment, one_line
from playground.export.training import comparison_section, training_section
from playground.models.kinds import KIND
from playground.models.spec import RunSpec

IMPORTS = """\
import copy
import math

import torch
from torch import nn
"""
FUNCTIONAL = "from torch.nn import functional\n"

HEADINGS = {
    "data": "1. The data: any float32 rows (n_samples, n_features) will do. These are the playground's, split and "
    "scaled as there.",
    "model": "2. The model.",
    "objective": "3. What training makes small.",
    "training": "4. The training.",
    "comparison": "5. The comparison, on rows that nothing has seen: PCA with as many numbers for a code.",
}


def pytorch_code(spec: RunSpec, dataset: Dataset, split: Split | None = None) -> str:
    """The PyTorch code of the present model, shown; pasted into a file, it runs.

    It trains by the settings of `spec` on the CPU, with the starting weights, shuffles and noise that the playground
    has for this seed (dropout and a table's flags of missing values apart), and prints the test error beside PCA's.

    Args:
        spec, dataset: what is trained on what.
        split: of the two, where it is at hand.

    Raises:
        SpecError: the settings do not suit the data.
        DataError: too few rows for the fractions.
    """
    setup = Setup(spec, dataset, spec.split(dataset) if split is None else split)
    sections = {
        "data": data_section(setup),
        "model": model_section(setup),
        "objective": objective_section(setup),
        "training": training_section(setup),
        "comparison": comparison_section(setup),
    }
    body = "\n\n".join(f"{comment(HEADINGS[name])}\n{_apart(text)}" for name, text in sections.items())
    imports = IMPORTS + (FUNCTIONAL if "functional." in body else "")
    return f"{_head(setup)}\n\n{imports}\n{body}"


def _head(setup: Setup) -> str:
    kind = KIND[setup.spec.model]
    noisy = setup.spec.noise_kind != "none" and setup.spec.model != "denoising"
    return comment(
        f"{one_line(setup.dataset.title)}, learnt by an autoencoder in plain PyTorch, of the kind: {kind.title}. "
        + kind.adds
        + (" Its input is damaged, too, and it has to give back the clean one." if noisy else "")
    )


def _apart(text: str) -> str:
    """Empty lines before what begins with a class, a function or a comment of its own."""
    return f"\n\n{text}" if text.startswith(("class", "def")) else f"\n{text}" if text.startswith("#") else text
