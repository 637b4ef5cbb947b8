"""The calls of one training step on a chain of linear layers, forwards and backwards, derived by hand.

They are written down once per batch size, on buffers that stay, and then only replayed. Matrix products and plain
arithmetic are numpy's, whose calls start soonest; what numpy would do in several passes is torch's, on the same memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.data.dataset import FloatArray
from playground.training.packed import Link, Packed, Views

ATEN = torch.ops.aten
SMALL = 100**3  # multiplications in a product
Call = tuple[Callable[..., object], tuple[Any, ...]]
Sums = NDArray[np.float64]


class Tape:
    """One step, or (without `gradients`) one scoring, of K models on batches of so many rows.

    Arrays are (K, rows, units); (rows, units) where there is one model, so that its products need no loop.

    Args:
        gradients: a block like `packed.parameters`, which `backward` fills; None for scoring.
        half: a bfloat16 copy of `packed.parameters` for the matrix products, None to do them in float32.
        apart: every model has rows of its own.
        loss: "sum_squares", "mean_squares", "binary_cross_entropy", "absolute" or "huber" (which turns at `huber`).

    Attributes:
        x: the batch, to be filled in before `forward`: (rows, n_features), or one per model if `apart`.
    """

    def __init__(
        self,
        packed: Packed,
        gradients: Tensor | None,
        half: Tensor | None,
        rows: int,
        apart: bool,
        loss: str,
        huber: float,
    ) -> None:
        self.packed, self.rows, self.training, self.half = packed, rows, gradients is not None, half
        self.one = len(packed.models) == 1
        self.layers = [self._led(views) for views in packed.views(packed.parameters)]
        self.half_weights = [] if half is None else [self._led(views).weight for views in packed.views(half)]
        self.ones = np.ones((1, rows), np.float32)
        n_features = packed.links[0].linear.in_features
        self.x = _empty(len(packed.models), rows, n_features) if apart and not self.one else _empty(rows, n_features)
        self.calls: list[Call] = []
        self._write_forward(loss == "binary_cross_entropy")
        self.forward_calls, self.calls = self.calls, []
        by_bend = loss != "binary_cross_entropy" and packed.links[-1].bend is not None
        self.loss = Loss(loss, huber, self.logits, self.output, apart=by_bend, training=self.training)
        if gradients is not None:
            self._write_backward([self._led(views) for views in packed.views(gradients)], by_bend)
        self.backward_calls = self.calls

    def forward(self, target: FloatArray) -> Any:
        """Every model's loss on the batch `x` (K,), or a number for one model.

        Args:
            target: what the output is compared with, of a shape like x.
        """
        for call, arguments in self.forward_calls:
            call(*arguments)
        return self.loss(target)

    def backward(self) -> None:
        """Fills the gradients, after `forward`."""
        for call, arguments in self.backward_calls:
            call(*arguments)

    def _write_forward(self, by_logits: bool) -> None:
        self.y: list[FloatArray] = []  # what each linear layer gives; less its mean, where that is normalised
        self.kept: list[tuple[FloatArray, ...]] = []  # what the derivative of each bend needs
        self.into: list[Any] = []  # what each linear layer takes
        self.norms: list[Norm | None] = []
        means, variances = (self._led_part(t.unsqueeze(1)).numpy() for t in (self.packed.means, self.packed.variances))
        batch_means, batch_variances = np.empty_like(means), np.empty_like(variances)
        h = self.x
        for place, units in enumerate(self.packed.norm_places()):
            link, views = self.packed.links[place], self.layers[place]
            y = _empty(*views.bias.shape[:-2], self.rows, views.bias.shape[-1])
            self.y.append(y)
            self.into.append(self._ready(h))
            self._multiply(self.into[-1], self._turned_weight(place), y)
            norm, logits = None, y
            if link.norm is None:
                self._add(torch.from_numpy(y).add_, views.bias)
            elif self.training:
                norm = Norm(self, link.norm, views, batch_means[..., units], batch_variances[..., units])
                logits = norm.write_forward(y, np.empty_like(y))
            else:
                self._write_fixed_norm(link.norm, views, y, means[..., units], variances[..., units])
            self.norms.append(norm)
            self.logits, h = logits, self._write_bend(link, logits, apart=by_logits and place == len(self.layers) - 1)
        self.output = h
        if self.training and means.size:
            self._write_running(means, variances, batch_means, batch_variances)

    def _turned_weight(self, place: int) -> Any:
        """The weight (..., in, out) of a layer for the product with its input."""
        if self.half is not None:
            return self.half_weights[place].mT
        turned = self.layers[place].weight.mT.numpy()
        if not _small(self.rows, turned):
            return turned
        copied = _empty(*turned.shape)  # small products with a turned factor take twice as long: the copy is cheaper
        self._add(np.copyto, copied, turned)
        return copied

    def _multiply(self, a: Any, b: Any, out: FloatArray) -> None:
        """Writes a matrix product: numpy's starts sooner, torch's is quicker on large matrices."""
        if self.half is not None:
            self._add(_half_product, a, b, torch.from_numpy(out))
        elif self.one and not _small(a.shape[-2], b):
            self._add(partial(torch.mm, out=torch.from_numpy(out)), torch.from_numpy(a), torch.from_numpy(b))
        else:
            self._add(np.matmul, a, b, out)

    def _write_bend(self, link: Link, y: FloatArray, *, apart: bool) -> FloatArray:
        """The bend of y, in place where neither its derivative nor the loss (`apart`) needs y again."""
        bend, in_place = type(link.bend), torch.from_numpy(y)
        h = np.empty_like(y) if apart or bend in (nn.SiLU, nn.GELU) else y
        self.kept.append((h,))
        if bend is nn.ReLU:
            self._add(in_place.relu_)
        elif bend is nn.Tanh:
            self._add(in_place.tanh_)
        elif bend is nn.Sigmoid:
            self._add(partial(torch.sigmoid, out=torch.from_numpy(h)), in_place)
        elif bend is nn.GELU:
            self._add(partial(ATEN.gelu.out, out=torch.from_numpy(h)), in_place)
            self.kept[-1] = (y,)
        elif bend is nn.SiLU:
            share = np.empty_like(y)
            self._add(partial(torch.sigmoid, out=torch.from_numpy(share)), in_place)
            self._add(np.multiply, y, share, h)
            self.kept[-1] = (h, share)
        return h

    def _write_fixed_norm(
        self, norm: nn.BatchNorm1d, views: Views, y: FloatArray, mean: FloatArray, variance: FloatArray
    ) -> None:
        """In evaluation mode batch normalisation is a scale and a shift; the layer's bias goes into the shift."""
        scale, shift = np.empty_like(mean), np.empty_like(mean)
        self._add(np.add, variance, norm.eps, scale)
        self._add(np.sqrt, scale, scale)
        self._add(np.divide, _array(views.gamma), scale, scale)
        self._add(np.subtract, _array(views.bias), mean, shift)
        self._add(np.multiply, shift, scale, shift)
        self._add(np.add, shift, _array(views.beta), shift)
        whole = torch.from_numpy(y)
        self._add(partial(torch.addcmul, out=whole), torch.from_numpy(shift), whole, torch.from_numpy(scale))

    def _write_running(self, means: FloatArray, variances: FloatArray, *of_batch: FloatArray) -> None:
        """The running means and variances of all layers at once, the variances unbiased."""
        batch_means, batch_variances = of_batch
        momentum = next(link.norm.momentum for link in self.packed.links if link.norm)
        biases = _array(self._led_part(self.packed.parameters.unsqueeze(1)))[..., : means.shape[-1]]
        seen = np.empty_like(means)
        self._add(np.add, batch_means, biases, seen)
        self._add(torch.from_numpy(means).lerp_, torch.from_numpy(seen), momentum)
        self._add(np.multiply, batch_variances, self.rows / (self.rows - 1), batch_variances)
        self._add(torch.from_numpy(variances).lerp_, torch.from_numpy(batch_variances), momentum)
        self._add(self.packed.counts.add_, 1)

    def _write_backward(self, gradients: list[Views], by_bend: bool) -> None:
        slopes = self.loss.slopes  # of the loss, by what the present layer gives
        largest = max(y.size for y in self.y)
        spare = [_empty(largest) for _ in range(2)]
        for place in reversed(range(len(self.layers))):
            y, norm, last = self.y[place], self.norms[place], place == len(self.layers) - 1
            if by_bend or not last:
                self._write_bend_backward(type(self.packed.links[place].bend), self.kept[place], slopes)
            if norm is not None:
                norm.write_backward(y, slopes, gradients[place])
            elif not self.packed.shift_is_lost(place):
                self._add(np.matmul, self.ones, slopes, _array(gradients[place].bias))
            ready = self._ready(slopes)
            self._multiply(ready.swapaxes(-1, -2), self.into[place], _array(gradients[place].weight))
            if place:
                slopes = spare[place % 2][: self.y[place - 1].size].reshape(self.y[place - 1].shape)
                self._multiply(
                    ready, self.half_weights[place] if self.half_weights else _array(self.layers[place].weight), slopes
                )

    def _write_bend_backward(self, bend: type, kept: tuple[FloatArray, ...], slopes: FloatArray) -> None:
        d, h = torch.from_numpy(slopes), torch.from_numpy(kept[0])
        if bend is nn.ReLU:
            self._add(partial(ATEN.threshold_backward.grad_input, grad_input=d), d, h, 0)
        elif bend is nn.Tanh:
            self._add(partial(ATEN.tanh_backward.grad_input, grad_input=d), d, h)
        elif bend is nn.Sigmoid:
            self._add(partial(ATEN.sigmoid_backward.grad_input, grad_input=d), d, h)
        elif bend is nn.GELU:
            self._add(partial(ATEN.gelu_backward.grad_input, grad_input=d), d, h)
        elif bend is nn.SiLU:
            share = torch.from_numpy(kept[1])
            self._add(share.lerp_, torch.ones(()).expand_as(h), h)  # the derivative is share + h (1 - share)
            self._add(d.mul_, share)

    def _add(self, call: Callable[..., object], *arguments: Any) -> None:
        self.calls.append((call, arguments))

    def _led_part(self, tensor: Tensor) -> Tensor:
        return tensor[0] if self.one else tensor

    def _led(self, views: Views) -> Views:
        """Without the leading axis where there is one model."""
        return Views(*(part if part is None else self._led_part(part) for part in views))  # type: ignore[arg-type]

    def _ready(self, array: FloatArray) -> Any:
        """The array as matrix products take it, as it is at this place on the tape."""
        if self.half is None:
            return array
        twin = torch.empty(array.shape, dtype=torch.bfloat16)
        self._add(twin.copy_, torch.from_numpy(array))
        return twin


class Norm:
    """Batch normalisation of one layer in training (Ioffe and Szegedy 2015), as torch's `BatchNorm1d` does it.

    The layer's bias is left out: the mean takes it away again, and its gradient is 0.
    """

    def __init__(self, tape: Tape, norm: nn.BatchNorm1d, views: Views, mean: FloatArray, variance: FloatArray) -> None:
        self.add, self.ones, self.rows = tape._add, tape.ones, tape.rows
        self.eps, self.gamma, self.beta = norm.eps, _array(views.gamma), views.beta
        self.mean, self.variance = mean, variance  # of the batch, left for the running ones
        self.averages = np.full((1, self.rows), 1 / self.rows, np.float32)
        self.inverse, self.scale, self.small = (np.empty_like(mean) for _ in range(3))

    def write_forward(self, y: FloatArray, out: FloatArray) -> FloatArray:
        """Centres y in place, and gives its normalised form in `out`."""
        self.out = out
        self.add(np.matmul, self.averages, y, self.mean)
        self.add(torch.from_numpy(y).sub_, torch.from_numpy(self.mean))
        self.add(np.multiply, y, y, out)
        self.add(np.matmul, self.averages, out, self.variance)
        self.add(np.add, self.variance, self.eps, self.inverse)
        self.add(np.sqrt, self.inverse, self.inverse)
        self.add(np.reciprocal, self.inverse, self.inverse)
        self.add(np.multiply, self.inverse, self.gamma, self.scale)
        out_, y_, scale = (torch.from_numpy(array) for array in (out, y, self.scale))
        self.add(partial(torch.addcmul, out=out_), self.beta, y_, scale)
        return out

    def write_backward(self, y: FloatArray, slopes: FloatArray, gradients: Views) -> None:
        """Turns the slopes by what the norm gave into those by what it took, in place."""
        gamma, beta = _array(gradients.gamma), _array(gradients.beta)
        product = np.empty_like(y)
        self.add(np.matmul, self.ones, slopes, beta)
        self.add(np.multiply, slopes, y, product)
        self.add(np.matmul, self.ones, product, gamma)
        self.add(np.multiply, gamma, self.inverse, gamma)
        # scale (slopes - mean of slopes - y inverse (mean of slopes y inverse))
        self.add(np.multiply, gamma, self.inverse, self.inverse)
        self.add(np.multiply, self.inverse, 1 / self.rows, self.inverse)
        self.add(np.multiply, beta, 1 / self.rows, self.small)
        d = torch.from_numpy(slopes)
        self.add(partial(d.addcmul_, value=-1), torch.from_numpy(y), torch.from_numpy(self.inverse))
        self.add(d.sub_, torch.from_numpy(self.small))
        self.add(d.mul_, torch.from_numpy(self.scale))


class Loss:
    """The loss of a batch and its slopes: a mean over the rows, for every model.

    Attributes:
        error: output less target.
        slopes: of the loss by the output, or by the logits where they were given a cross-entropy.

    Args:
        logits: what the last bend took; used up by the cross-entropy.
        output: what it gave; kept only if `apart`.
    """

    def __init__(
        self, name: str, bend_at: float, logits: FloatArray, output: FloatArray, *, apart: bool, training: bool
    ) -> None:
        rows, width = output.shape[-2:]
        self.weight = 1 / (rows * width) if name == "mean_squares" else 1 / rows
        self.bend_at, self.logits, self.output, self.training = bend_at, logits, output, training
        self.error = np.empty_like(output) if apart else output
        squared = name in ("sum_squares", "mean_squares")
        in_place = squared or name == "binary_cross_entropy"
        self.slopes = self.error if in_place else np.empty_like(output)
        self.costs = np.empty_like(output) if name == "binary_cross_entropy" else self.slopes
        self.flat_error, self.flat_slopes, self.flat_costs = (
            array.reshape(*array.shape[:-2], -1) for array in (self.error, self.slopes, self.costs)
        )
        self.scale = 2 * self.weight if squared else self.weight
        self.cost: Callable[[FloatArray], Any] = self._squares if squared else getattr(self, f"_{name}")

    def __call__(self, target: FloatArray) -> Any:
        loss = self.cost(target) * self.weight
        if self.training:
            np.multiply(self.slopes, self.scale, self.slopes)
        return loss

    @property
    def squares(self) -> Any:
        """Sums of squared errors, not in training: (K,), or a number for one model."""
        return np.vecdot(self.flat_error, self.flat_error)

    def _squares(self, target: FloatArray) -> Any:
        np.subtract(self.output, target, self.error)
        return np.vecdot(self.flat_error, self.flat_error)

    def _absolute(self, target: FloatArray) -> Any:
        np.subtract(self.output, target, self.error)
        np.sign(self.error, self.slopes)
        return np.vecdot(self.flat_slopes, self.flat_error)

    def _huber(self, target: FloatArray) -> Any:
        """Huber (1964): with c the error clipped to +-bend_at, c (error - c / 2) is both branches."""
        np.subtract(self.output, target, self.error)
        np.clip(self.error, -self.bend_at, self.bend_at, out=self.slopes)
        half = np.vecdot(self.flat_slopes, self.flat_slopes) / 2
        return np.vecdot(self.flat_slopes, self.flat_error) - half

    def _binary_cross_entropy(self, target: FloatArray) -> Any:
        """Of logits y it is log(1 + e^y) - target y, whose slope is output - target."""
        within = np.clip(target, 0.0, 1.0)
        ATEN.softplus.out(torch.from_numpy(self.logits), out=torch.from_numpy(self.costs))
        np.multiply(self.logits, within, self.logits)
        np.subtract(self.costs, self.logits, self.costs)
        np.subtract(self.output, within if self.training else target, self.error)
        return self.flat_costs.sum(axis=-1)


def _half_product(a: Tensor, b: Tensor, out: Tensor) -> None:
    """The matrix product in bfloat16, given in float32."""
    out.copy_(torch.matmul(a, b))


def _small(rows: int, factor: FloatArray) -> bool:
    """Whether a product of so many rows is one that OpenBLAS does without packing the factors first."""
    return rows * factor.shape[-1] * factor.shape[-2] <= SMALL


def _empty(*shape: int) -> FloatArray:
    return torch.empty(shape).numpy()  # torch's memory starts on a cache line, numpy's does not


def _array(tensor: Tensor | None) -> FloatArray:
    """The memory of a tensor, seen by numpy."""
    return np.empty(0, np.float32) if tensor is None else tensor.numpy()
