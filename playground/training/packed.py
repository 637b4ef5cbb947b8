"""How several models of one shape lie side by side in one block of memory, which the fast steps work on.

The models' own tensors become views into the block: evaluation, saving and copies of a model see the present weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from playground.errors import SpecError
from playground.models.autoencoder import Autoencoder

BENDS = (nn.ReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)
ALIGNED = 16  # floats: every tensor starts on a cache line of 64 bytes


class Link(NamedTuple):
    """One linear layer of a chain, and what follows it before the next."""

    linear: nn.Linear
    norm: nn.BatchNorm1d | None
    bend: nn.Module | None


class Views(NamedTuple):
    """One layer of K models in a block: weight (K, out, in), the others (K, 1, out)."""

    weight: Tensor
    bias: Tensor
    gamma: Tensor | None
    beta: Tensor | None


def links_of(model: nn.Module) -> list[Link] | None:
    """The layers of a plain chain of linear layers from input to output, or None where the model is something else."""
    if not isinstance(model, Autoencoder) or type(model).forward is not Autoencoder.forward:
        return None
    links: list[Link] = []
    for part in (model.encoder, model.decoder):
        if type(part) is not nn.Sequential:
            return None
        for module in part:
            longer = _with(links, module)
            if longer is None:
                return None
            links = longer
    in_chain = sum(parameter.numel() for link in links for part in link if part for parameter in part.parameters())
    return links if links and in_chain == model.n_parameters else None


def _with(links: list[Link], module: nn.Module) -> list[Link] | None:
    if type(module) is nn.Linear and module.bias is not None:
        return [*links, Link(module, None, None)]
    if not links or links[-1].bend is not None:
        return None
    if type(module) is nn.BatchNorm1d and links[-1].norm is None and module.affine and module.momentum is not None:
        return [*links[:-1], links[-1]._replace(norm=module)] if module.track_running_stats else None
    if type(module) in BENDS and getattr(module, "approximate", "none") == "none":
        return [*links[:-1], links[-1]._replace(bend=module)]
    return None


class Packed:
    """K models in one block. They may differ in their weights, and in how many numbers their codes have.

    Codes are padded to the widest: the weights of what a model does not have are 0, so their gradients are, and AdamW
    leaves them at 0.

    Attributes:
        models: their tensors are views into this block.
        links: the first model's layers, for what all have in common.
        parameters: float32 (K, P), zeros in the gaps.
        means, variances: of batch normalisation in evaluation mode, float32 (K, units). The biases of the layers that
            are normalised come first in `parameters`, in the same order.
        counts: batches that each batch normalisation has seen, int64 (K, norms).

    Raises:
        SpecError: the models are no plain chains, or differ in more than the width of their codes.
    """

    def __init__(self, models: Sequence[Autoencoder], device: torch.device | str = "cpu") -> None:
        self.models = list(models)
        self.links = self._chains()[0]
        shapes = [[tuple(link.linear.weight.shape) for link in chain] for chain in self._chains()]
        self._shapes = [(max(out for out, _ in layer), max(into for _, into in layer)) for layer in zip(*shapes)]  # noqa: B905
        self._places, width = self._placed()
        units = sum(out for (out, _), link in zip(self._shapes, self.links, strict=True) if link.norm)
        norms = sum(link.norm is not None for link in self.links)
        self.parameters = torch.zeros(len(self.models), width, device=device)
        self.means = torch.zeros(len(self.models), units, device=device)
        self.variances = torch.zeros(len(self.models), units, device=device)
        self.counts = torch.zeros(len(self.models), norms, dtype=torch.int64, device=device)
        self._house()

    def keep(self, places: Sequence[int]) -> None:
        """Goes on with the models at these places alone; the others stay as they are, in the old block."""
        for name in ("parameters", "means", "variances", "counts"):
            setattr(self, name, getattr(self, name)[list(places)])
        self.models = [self.models[place] for place in places]
        self.links = self._chains()[0]
        self._house()

    def views(self, block: Tensor) -> list[Views]:
        """The layers in a block of the shape of `parameters`: itself, or its gradients."""
        layers = []
        for places, (out, into) in zip(self._places, self._shapes, strict=True):
            weight, bias, *norm = (block[:, None, place : place + size] for place, size in places)
            gamma, beta = norm or (None, None)
            layers.append(Views(weight[:, 0].unflatten(1, (out, into)), bias, gamma, beta))
        return layers

    def norm_places(self) -> list[slice]:
        """Where each layer's units stand in `means` and `variances`; an empty slice without batch normalisation."""
        return [
            slice(places[1][0], sum(places[1])) if link.norm else slice(0)
            for places, link in zip(self._places, self.links, strict=True)
        ]

    def shift_is_lost(self, place: int) -> bool:
        """Whether batch normalisation takes away again what a layer's bias adds: its gradient then is 0."""
        links = self.links[place:]
        return next((link.norm is not None for link in links if link.norm or link.bend), False)

    def blocks(self) -> tuple[Tensor, ...]:
        """All that training changes in the models."""
        return self.parameters, self.means, self.variances, self.counts

    def _chains(self) -> list[list[Link]]:
        chains = [links_of(model) for model in self.models]
        plain = [chain for chain in chains if chain is not None]
        if not plain or len(plain) < len(chains):
            raise SpecError("Only models made of linear layers, batch normalisation and activations can be packed.")
        for model, chain in zip(self.models, plain, strict=True):
            if _apart_from_code(model, chain) != _apart_from_code(self.models[0], plain[0]):
                raise SpecError("Models can be trained together only if they differ in nothing but their bottleneck.")
        return plain

    def _placed(self) -> tuple[list[list[tuple[int, int]]], int]:
        """Per layer the start and the size of weight, bias and, where it is normalised, gamma and beta; and P."""
        end = 0

        def next_place(size: int) -> tuple[int, int]:
            nonlocal end
            start, end = end, end + size
            return start, size

        biases = [
            next_place(out) if link.norm else None for (out, _), link in zip(self._shapes, self.links, strict=True)
        ]
        places = []
        for (out, into), early in zip(self._shapes, biases, strict=True):
            layer = []
            for size in (out * into, out, out) if early else (out * into, out):
                end = -(-end // ALIGNED) * ALIGNED
                layer.append(next_place(size))
            places.append([layer[0], early, *layer[1:]] if early else layer)
        return places, -(-end // ALIGNED) * ALIGNED

    @torch.no_grad()
    def _house(self) -> None:
        """Moves every model's tensors into the block."""
        for place, model in enumerate(self.models):
            for tensor, home in self._tensors(model, [block[place] for block in self.blocks()]):
                home.copy_(tensor.data)
                tensor.data = home

    @torch.no_grad()
    def write(self, model: Autoencoder, rows: Sequence[Tensor]) -> None:
        """Copies into a model of this kind what one place of the `blocks` held."""
        for tensor, home in self._tensors(model, rows):
            tensor.copy_(home)

    def _tensors(self, model: Autoencoder, rows: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """Every tensor of a model, with its part of one place of the blocks."""
        parameters, means, variances, counts = rows
        norms = iter(counts)
        layers = zip(links_of(model) or [], self.views(parameters[None]), self.norm_places(), strict=True)
        for (linear, norm, _), views, units in layers:
            out, into = linear.weight.shape
            yield linear.weight, views.weight[0, :out, :into]
            yield linear.bias, views.bias[0, 0, :out]
            if norm is not None and views.gamma is not None and views.beta is not None:
                yield norm.weight, views.gamma[0, 0]
                yield norm.bias, views.beta[0, 0]
                for buffer, home in (
                    (norm.running_mean, means[units]),
                    (norm.running_var, variances[units]),
                    (norm.num_batches_tracked, next(norms)),
                ):
                    if buffer is not None:
                        yield buffer, home


def _apart_from_code(model: Autoencoder, chain: list[Link]) -> list[object]:
    """What the layers of models that are trained together have in common."""
    encoder = sum(type(module) is nn.Linear for module in model.encoder.children())
    parts: list[object] = []
    for place, (linear, norm, bend) in enumerate(chain):
        parts.append(None if place == encoder else linear.in_features)
        parts += [type(bend), norm and (norm.eps, norm.momentum)]
        if place == encoder - 1 and (bend or norm):
            parts.append(linear.out_features)  # a code that is bent or normalised cannot be padded with zeros
    return [*parts, chain[-1].linear.out_features]
