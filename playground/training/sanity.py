"""When a training has blown up: one rule, for a single model (floats) and for several at once (arrays)."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

STEPS_PER_CHECK = 10  # how often a step waits for the device, to see whether training still is finite
FAR_WORSE = 1000.0  # a loss this many times that of the untrained network is past mending
BLOWN_UP = 50.0  # weights that grow this many times between two checks are no longer learning
LEAST_LOSS = 1e-6  # an untrained network that happens to be perfect does not make every other one far worse


def worst_loss(at_start: Any) -> Any:
    """The loss beyond which a training is past mending, from that of the untrained network; always finite."""
    return np.minimum(FAR_WORSE * np.maximum(at_start, LEAST_LOSS), sys.float_info.max)


def is_sane(loss: Any, worst: Any, size: Any, last_size: Any) -> Any:
    """Whether training still makes sense; never where something is not a number.

    Args:
        loss: mean over the epoch's steps so far.
        worst: see `worst_loss`.
        size: root mean square of the weights.
        last_size: the same at the last check.
    """
    return (loss <= worst) & (size < BLOWN_UP * last_size)


def diverged(step: int, epoch: int, learning_rate: float) -> str:
    """What a visitor is told of a training that blew up."""
    return (
        f"Training diverged by step {step:,} (epoch {epoch}): the weights blew up. The learning rate "
        f"{learning_rate:g} is probably too high; try the recommended one, or a tenth of it. The last finite state "
        "was kept."
    )
