"""Where a model trains, on how many threads, and in which precision: decided from the machine, and said."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from playground.models.spec import RunSpec
from playground.training.threads import bf16_pays

LARGE = 100_000  # parameters from which a second thread, or bfloat16, gains anything


@dataclass(frozen=True)
class Place:
    """Where a model trains.

    Attributes:
        device: "cpu", "cuda" or "mps".
        message: why it is not the one that was asked for, a sentence; or "".
    """

    device: str
    message: str = ""


def place(wanted: str, n_parameters: int = LARGE) -> Place:
    """The device that `wanted` (a setting's value) comes to on this machine.

    'auto' takes a CUDA GPU for everything, for a captured step costs it less than the CPU's; Apple's for large networks
    only, since there a small network's step waits longer to be started than the CPU takes to do it.
    """
    tried = {"auto": ("cuda", "mps") if n_parameters >= LARGE else ("cuda",), "cpu": ()}.get(wanted, (wanted,))
    for name in tried:
        if is_there(name):
            return Place(name)
    if wanted in ("cuda", "mps"):
        what = "CUDA GPU that PyTorch can use" if wanted == "cuda" else "Apple GPU"
        return Place("cpu", f"There is no {what} on this machine: it trains on the CPU instead.")
    return Place("cpu")


def is_there(device: str) -> bool:
    """Whether this machine has such a device and a tensor can live on it."""
    try:
        there = torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
        return there and bool(torch.ones(1, device=device).item() == 1.0)
    except (RuntimeError, AssertionError):  # a driver that does not fit, or a full card
        return False


def threads_for(n_parameters: int) -> int:
    """Threads of the matrix products: one for small networks, and never all, for the pages need a core.

    `PLAYGROUND_THREADS` says how many one training may take; by default one, since there is a worker per free core.
    """
    try:
        most = int(os.environ.get("PLAYGROUND_THREADS", "1"))
    except ValueError:
        most = 1
    return max(1, min(most, (os.cpu_count() or 2) - 1)) if n_parameters >= LARGE else 1


def uses_bfloat16(spec: RunSpec, n_parameters: int, device: str) -> bool:
    """Whether the matrix products of the training run in bfloat16.

    'auto' takes it on a GPU that has it, and on a CPU that is measured to be faster with it, for large networks on
    bounded values (pixels) alone: there it cost no quality in any test, while what is left of a curve in three
    dimensions is smaller than its rounding.
    """
    if spec.model == "contractive" or spec.precision == "float32":
        return False
    if spec.precision == "bfloat16":
        return True
    if n_parameters < LARGE or spec.output != "sigmoid":
        return False
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device == "cpu" and bf16_pays()
