"""What the units of every layer of a network do over some rows: one pass that notes them as they go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.dataset import FloatArray
from playground.models.autoencoder import Autoencoder, evaluating
from playground.models.layers import ACTIVATION, FillIn

SAME = 1e-5  # of its magnitude: a unit that varies by less is constant, but for the rounding of float32
# What is written down in half precision stays in its range.
LEAST = float(np.finfo(np.float16).smallest_subnormal)
MOST = float(np.finfo(np.float16).max)
BENDS = tuple(ACTIVATION.values())


@dataclass(frozen=True, eq=False)
class Pass:
    """One pass of k rows, of which the units were watched in the first few.

    Attributes:
        z: codes (k, latent_dim); a variational autoencoder's are its means.
        x_hat: reconstructions (watched, n_features).
        activity: an array per layer, in the order and with the lengths of `RunSpec.layers`, the units of a
            convolution channel by channel: standard deviations of what the units give to the next layer. 0 stands for
            a unit that gives the same for every row, and for no other; not-a-number for one that is not finite.
    """

    z: FloatArray
    x_hat: FloatArray
    activity: list[FloatArray]


def watched_pass(model: Autoencoder, x: Tensor, watched: int) -> Pass:
    """Encodes x (k, n_features), decodes the first `watched` rows of it and notes what every unit does in these.

    `x` lies where the model does. Evaluation mode, no gradients; the model is left as it was.
    """
    with evaluating(model):
        first, rest = x[:watched], x[watched:]
        with _listening(model) as heard:
            z = model.code(first)
            x_hat = cast(Tensor, model.decoder(z))
        codes = torch.cat([z, model.code(rest)]) if len(rest) else z
        seen = next((value[:, : x.shape[1]] for place, value in heard if place == "filled"), first)
        values = [seen, *_of("encoder", heard), z, *_of("decoder", heard), x_hat]
        activity = _activity([value.flatten(1) for value in values])
    return Pass(codes.cpu().numpy(), x_hat.cpu().numpy(), activity)


Heard = list[tuple[str, Tensor]]


def _of(place: str, heard: Heard) -> list[Tensor]:
    return [value for name, value in heard if name == place]


@contextmanager
def _listening(model: Autoencoder) -> Iterator[Heard]:
    """Notes what every hidden layer gives to the next, and the input with its gaps filled in."""
    heard: Heard = []

    def note(place: str) -> Callable[[nn.Module, Any, Tensor], None]:
        return lambda module, inputs, output: heard.append((place, output))

    handles = []
    for place in ("encoder", "decoder"):
        stack = list(cast(nn.Sequential, getattr(model, place)))
        last = max(number for number, layer in enumerate(stack) if _has_weights(layer))
        # What bends the code or the output comes after the last weights: that is no hidden layer.
        hidden = [layer for layer in stack[:last] if isinstance(layer, BENDS)]
        handles += [layer.register_forward_hook(note(place)) for layer in hidden]
        handles += [layer.register_forward_hook(note("filled")) for layer in stack if isinstance(layer, FillIn)]
    try:
        yield heard
    finally:
        for handle in handles:
            handle.remove()


def _has_weights(layer: nn.Module) -> bool:
    return next(layer.parameters(), None) is not None


def _activity(layers: list[Tensor]) -> list[FloatArray]:
    """The standard deviation of every column of each (rows, units); in one go, since a small network has many calls."""
    values = torch.cat(layers, dim=1).float()
    mean = values.mean(dim=0)
    spread = (values - mean).square_().mean(dim=0).sqrt_()  # torch.var_mean takes ten times as long
    shown = torch.where(spread <= SAME * mean.abs(), 0.0, spread.clamp(LEAST, MOST)).cpu()
    return [part.numpy() for part in shown.split([layer.shape[1] for layer in layers])]
