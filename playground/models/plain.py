"""A trained autoencoder as plain arrays and a short list of steps, so that a browser can run it without torch.

Samples on a grid are kept channels last throughout, which makes torch's changes of shape between convolutions and dense
layers a matter of the order of the weights, settled here once. Batch normalisation is folded into the layer before it
(in evaluation mode both are affine: Ioffe and Szegedy 2015, section 3.1); dropout is gone.

Add a layer: one line in `_Steps.take`, and a step of the same name in `ui/components/network.js`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.data.dataset import FloatArray
from playground.models.autoencoder import Autoencoder, VariationalAutoencoder
from playground.models.convolution import Grow, OffGrid, OnGrid
from playground.models.layers import Dropout, FillIn, TableOutput, Transposed
from playground.models.pca import PCA

BENDS: dict[type[nn.Module], str] = {
    nn.ReLU: "relu",
    nn.GELU: "gelu",
    nn.SiLU: "silu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
}
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)

Double = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Step:
    """What is done with one sample at one place of the network.

    Attributes:
        kind: "linear", "convolution", "grow", "bend", "table" or "fill".
        settings: sizes and names, as JSON holds them.
        weights: float32 arrays, in the order that the kind's code reads them.
        multiplications: products of two numbers for one sample.
    """

    kind: str
    settings: dict[str, Any]
    weights: tuple[FloatArray, ...] = ()
    multiplications: int = 0


@dataclass(frozen=True, eq=False)
class PlainNetwork:
    """Encoder and decoder as steps; of a VAE, the encoder gives the mean."""

    n_features: int
    latent_dim: int
    encoder: tuple[Step, ...]
    decoder: tuple[Step, ...]


def plain(model: Autoencoder, n_features: int) -> PlainNetwork:
    """The network as it is in evaluation mode.

    Args:
        model: whatever `BUILD` makes.
        n_features: of a sample in scaled units.

    Raises:
        TypeError: the model holds a layer that has no plain form.
    """
    encoder = _steps(model.encoder)
    if isinstance(model, VariationalAutoencoder):
        encoder[-1] = _first_outputs(encoder[-1], model.latent_dim)
    return PlainNetwork(n_features, model.latent_dim, tuple(encoder), tuple(_steps(model.decoder)))


def multiplications(steps: Sequence[Step]) -> int:
    """Products of two numbers that one sample costs."""
    return sum(step.multiplications for step in steps)


def n_bytes(steps: Sequence[Step]) -> int:
    """Bytes of all weights."""
    return sum(weights.nbytes for step in steps for weights in step.weights)


@dataclass
class _Affine:
    """A layer with weights on its way to a step: (outputs, inputs) and (outputs,), in float64 until all is folded."""

    kind: str
    settings: dict[str, Any]
    weight: Double
    bias: Double
    places: int = 1

    def folded(self, norm: nn.Module) -> None:
        """Takes in the batch normalisation that follows; outputs of one channel stand a row of channels apart."""
        mean, var = _double(norm.running_mean), _double(norm.running_var)
        scale = _double(norm.weight) / np.sqrt(var + cast(float, norm.eps))
        shift = _double(norm.bias) - mean * scale
        rows = len(self.bias) // len(scale)
        scale, shift = np.tile(scale, rows), np.tile(shift, rows)
        self.weight, self.bias = self.weight * scale[:, None], self.bias * scale + shift

    def step(self) -> Step:
        outputs, inputs = self.weight.shape
        settings = self.settings | {"inputs": inputs, "outputs": outputs}
        weights = (self.weight.astype(np.float32), self.bias.astype(np.float32))
        return Step(self.kind, settings, weights, outputs * inputs * self.places)


@dataclass
class _Steps:
    """Goes through a stack of torch's layers and writes its steps."""

    done: list[Step | _Affine] = field(default_factory=list)
    grid: tuple[int, int] = (1, 1)  # height and width of what a convolution sees; a series has height 1
    edge: tuple[int, int] | None = None  # the same before it was padded by its edge
    channels: int = 0  # in front of a dense layer: those that torch has flattened

    def take(self, layer: nn.Module) -> None:
        if isinstance(layer, nn.Linear):
            self._linear(_double(layer.weight), _double(layer.bias))
        elif isinstance(layer, Transposed):
            self._linear(_double(layer._owner[0].weight)[:, : layer.after].T, _double(layer.bias))
        elif isinstance(layer, CONVOLUTIONS):
            self._convolution(layer)
        elif isinstance(layer, NORMS):
            cast(_Affine, self.done[-1]).folded(layer)
        elif type(layer) in BENDS:
            self.done.append(Step("bend", {"name": BENDS[type(layer)]}))
        elif isinstance(layer, OnGrid):
            self._on_grid(layer)
        elif isinstance(layer, nn.Flatten):
            self.channels = next(done for done in reversed(self.done) if isinstance(done, _Affine)).bias.size
        elif isinstance(layer, nn.Unflatten):
            self._unflatten(cast(tuple[int, ...], layer.unflattened_size))
        elif isinstance(layer, Grow):
            self._grow(layer)
        elif isinstance(layer, FillIn):
            flagged = [int(place) for place in layer.flagged.tolist()]
            fill = layer.fill.detach().cpu().numpy().astype(np.float32)
            self.done.append(Step("fill", {"inputs": fill.size, "flagged": flagged}, (fill,)))
        elif isinstance(layer, TableOutput):
            blocks = [[block.start, block.stop, block.height] for block in layer.blocks]
            self.done.append(Step("table", {"blocks": blocks}))
        elif not isinstance(layer, Dropout | OffGrid):  # neither has anything to do: no training, channels are last
            raise TypeError(f"{type(layer).__name__} has no plain form.")

    def _linear(self, weight: Double, bias: Double) -> None:
        if self.channels:  # torch flattened channels first
            weight = weight.reshape(len(bias), self.channels, -1).swapaxes(1, 2).reshape(len(bias), -1)
            self.channels = 0
        self.done.append(_Affine("linear", {}, weight, bias))

    def _unflatten(self, shape: tuple[int, ...]) -> None:
        dense, (channels, *places) = cast(_Affine, self.done[-1]), shape
        inputs = dense.weight.shape[1]
        dense.weight = dense.weight.reshape(channels, -1, inputs).swapaxes(0, 1).reshape(-1, inputs)
        dense.bias = dense.bias.reshape(channels, -1).T.reshape(-1)
        self.grid = _sides(places)

    def _on_grid(self, layer: OnGrid) -> None:
        self.edge = _sides(layer.shape[:-1])
        more = _sides(layer.padding[1::2][::-1], missing=0)
        self.grid = (self.edge[0] + more[0], self.edge[1] + more[1])

    def _convolution(self, layer: nn.Module) -> None:
        kernel, stride = _sides(cast(Any, layer.kernel_size)), _sides(cast(Any, layer.stride))
        padding = _sides(cast(Any, layer.padding), missing=0)
        weight = np.moveaxis(_double(layer.weight), 1, -1)  # patches are channels last too
        places = tuple((self.grid[i] + 2 * padding[i] - kernel[i]) // stride[i] + 1 for i in (0, 1))
        settings = {
            "grid": list(self.edge or self.grid),
            "padded": list(self.grid),
            "channels": weight.shape[-1],
            "kernel": list(kernel),
            "stride": list(stride),
            "padding": list(padding),
            "places": list(places),
        }
        flat = weight.reshape(len(weight), -1)
        self.done.append(_Affine("convolution", settings, flat, _double(layer.bias), math.prod(places)))
        self.grid, self.edge = (places[0], places[1]), None

    def _grow(self, layer: Grow) -> None:
        factor = (layer.factor, layer.factor) if len(layer.places) == 2 else (1, layer.factor)
        places = _sides(layer.places)
        outputs = len(cast(_Affine, self.done[-1]).bias)
        settings = {"grid": list(self.grid), "factor": list(factor), "places": list(places)}
        self.done.append(Step("grow", settings | {"channels": outputs // math.prod(factor)}))
        self.grid = places


def _steps(stack: nn.Module) -> list[Step]:
    steps = _Steps()
    for layer in stack.children():
        steps.take(layer)
    return [each.step() if isinstance(each, _Affine) else each for each in steps.done]


def _first_outputs(step: Step, n: int) -> Step:
    weight, bias = step.weights
    return Step(step.kind, step.settings | {"outputs": n}, (weight[:n], bias[:n]), n * weight.shape[1])


def _sides(sides: Sequence[int], missing: int = 1) -> tuple[int, int]:
    """Height and width; a series lies in a row."""
    if not len(sides):
        return missing, missing
    return (sides[0], sides[1]) if len(sides) == 2 else (missing, sides[0])


def _double(values: object) -> Double:
    return cast(Tensor, values).detach().cpu().numpy().astype(np.float64)


def plain_pca(pca: PCA) -> PlainNetwork:
    """PCA as a network: a missing entry (nan) counts as the mean of its feature."""
    m, n = pca.components.shape
    shift = -(pca.components.astype(np.float64) @ pca.mean).astype(np.float32)
    encoder = (
        Step("fill", {"inputs": n, "flagged": []}, (pca.mean,)),
        Step("linear", {"inputs": n, "outputs": m}, (pca.components, shift), n * m),
    )
    weights = np.ascontiguousarray(pca.components.T)
    return PlainNetwork(n, m, encoder, (Step("linear", {"inputs": m, "outputs": n}, (weights, pca.mean), n * m),))
