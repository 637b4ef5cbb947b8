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
from playground.models.autoencoder import ROWS_AT_ONCE, Autoencoder, evaluating
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
        values = _layers(first, z, x_hat, heard)
        activity = _activity([value.flatten(1) for value in values])
    return Pass(codes.cpu().numpy(), x_hat.cpu().numpy(), activity)


def activations(model: Autoencoder, x: FloatArray, layer: int) -> FloatArray:
    """What the units of one layer give to the next for rows x (n, n_features): (n, units of the layer).

    A few thousand rows at a time, in evaluation mode and without gradients; the model is left as it was.

    Args:
        model: on any device.
        x: rows in scaled units.
        layer: its place in `RunSpec.layers`: 0 is the input with its gaps filled in, the one in the middle the code
            (of a variational autoencoder the mean), the last the reconstruction. The units of a convolution come
            channel by channel.

    Raises:
        IndexError: there is no such layer.
    """
    device = next(model.parameters()).device
    parts = []
    for start in range(0, max(len(x), 1), ROWS_AT_ONCE):
        rows = torch.tensor(x[start : start + ROWS_AT_ONCE], dtype=torch.float32, device=device)
        with evaluating(model), _listening(model) as heard:
            z = model.code(rows)
            x_hat = cast(Tensor, model.decoder(z))
        values = _layers(rows, z, x_hat, heard)
        if not 0 <= layer < len(values):
            raise IndexError(f"There are layers 0 to {len(values) - 1}, but none with the number {layer}.")
        parts.append(values[layer].flatten(1).cpu().numpy())
    return np.concatenate(parts)


Heard = list[tuple[str, Tensor]]


def _layers(rows: Tensor, z: Tensor, x_hat: Tensor, heard: Heard) -> list[Tensor]:
    """The values of every layer, input first."""
    seen = next((value[:, : rows.shape[1]] for place, value in heard if place == "filled"), rows)
    return [seen, *_of("encoder", heard), z, *_of("decoder", heard), x_hat]


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
