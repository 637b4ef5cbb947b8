"""The fast training step on the CPU: a few models of one shape, one AdamW step at a time, without autograd.

A step of a small network is mostly overhead: autograd, new tensors for every operation, an optimiser that visits every
parameter. Here everything is done in place (see `tape`), and AdamW passes once over one block of all parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.dataset import FloatArray, IntArray
from playground.data.table_scaler import Layout
from playground.models.autoencoder import Autoencoder
from playground.training.packed import Packed, links_of
from playground.training.tape import Sums, Tape

LOSSES = ("sum_squares", "mean_squares", "binary_cross_entropy", "absolute", "huber")
MOST_TAPES = 6  # batch sizes whose buffers are kept
ROWS_SCORED_AT_ONCE = 240  # keeps the buffers of scoring in the cache, and products of 64 x 64 small
TINY = np.float32(2e-38)  # half of it is denormal


class FastStep:
    """One AdamW step at a time on K >= 1 models, which may differ in `latent_dim` and in their weights.

    The models' parameters and buffers become views into one block (see `Packed`): the models always are up to date,
    and what `load_state_dict` copies into them counts. Nothing is random here.

    A bias that batch normalisation takes away again (its layer's own, or the next one's where no bend lies between, as
    after the code) has no effect in training, so its gradient is exactly 0 here; autograd gives it rounding noise
    instead, which Adam turns into steps of full size that the running means trail behind.

    Args:
        models: plain chains on the CPU in float32, see `suits`.
        loss: one of `LOSSES`, as in `playground.models.losses`.
        weight_decay: AdamW's, one for all or one per model.
        huber: the size of error at which the huber loss turns from square to straight.
        precision: "float32", or "bfloat16" for the matrix products; weights and all else stay float32.

    Attributes:
        loss_sum: of every model, the batches' losses added up since it was last set to 0, float64 (K,).
        packed: the models, and the block they live in.

    Raises:
        SpecError: the models are no plain chains, or differ in more than `latent_dim`.
    """

    def __init__(
        self,
        models: Sequence[Autoencoder],
        *,
        loss: str,
        weight_decay: float | Sequence[float] = 0.0,
        huber: float = 1.0,
        precision: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.packed = Packed(models)
        self.loss_sum: Sums = np.zeros(len(models))
        self._loss, self._huber, self._precision = loss, huber, precision
        self._decays = np.full(len(models), weight_decay, np.float64)
        self._steps = torch.zeros(())
        self._exp_avg = torch.zeros_like(self.packed.parameters)
        self._exp_avg_sq = torch.zeros_like(self.packed.parameters)
        self._prepare()

    @staticmethod
    def suits(model: nn.Module, loss: str, layout: Layout | None) -> bool:
        """Whether these steps can train the model: a plain chain on the CPU, a known loss, and no missing entries."""
        links = links_of(model)
        if links is None or loss not in LOSSES or (layout is not None and layout.flagged):
            return False
        if loss == "binary_cross_entropy" and type(links[-1].bend) is not nn.Sigmoid:
            return False
        return all(p.dtype == torch.float32 and p.device.type == "cpu" and p.requires_grad for p in model.parameters())

    @property
    def models(self) -> list[Autoencoder]:
        return self.packed.models

    def __call__(self, x: FloatArray, target: FloatArray, learning_rate: float | Sums) -> None:
        """One step on one batch.

        Args:
            x: the batch (B, n_features), shared by all models, or one per model (K, B, n_features).
            target: what x should become, of such a shape too: x itself, unless x was corrupted.
            learning_rate: one for all, or one per model (K,).

        Raises:
            ValueError: a batch of a single row cannot be normalised.
        """
        tape = self._tape(x.shape[:-1], training=True)
        with _unbothered():
            self.loss_sum += self._forward(tape, x, target)
            tape.backward()
            self._descend(learning_rate)

    def at_hand(self, x: FloatArray) -> FloatArray:
        """All rows as `take` and `score` want them: as they are."""
        return x

    def losses(self) -> Sums:
        """A copy of `loss_sum`."""
        return self.loss_sum.copy()

    def take(self, x: FloatArray, rows: IntArray) -> FloatArray:
        """Lays the rows x[rows] where the next step can use them without a copy, and gives that place.

        Args:
            x: all rows (n, n_features).
            rows: numbers (B,) of a batch shared by all models, or (K, B).
        """
        batch = self._tape(rows.shape, training=True).x
        np.take(x, rows.reshape(batch.shape[:-1]), axis=0, out=batch, mode="clip")  # "raise" would copy
        return batch

    def _forward(self, tape: Tape, x: FloatArray, target: FloatArray) -> Sums:
        if x is not tape.x:
            np.copyto(tape.x, x.reshape(tape.x.shape))
            target = target.reshape(target.shape[-tape.x.ndim :])
        if self._half is not None:
            self._half.copy_(self.packed.parameters)
        return tape.forward(target)

    def _descend(self, learning_rate: float | Sums) -> None:
        """AdamW (Loshchilov and Hutter 2019): on everything at once where rates and decays agree, else by model."""
        steps = self._steps.numpy()
        np.add(steps, 1, steps)
        blocks = (self.packed.parameters, self._gradients, self._exp_avg, self._exp_avg_sq)
        if isinstance(learning_rate, float) and self._same_decay:
            self._adamw(blocks, learning_rate, self._decays[0])
            return
        rates = np.broadcast_to(learning_rate, self._decays.shape)
        for place, (rate, decay) in enumerate(zip(rates, self._decays, strict=True)):
            self._adamw([block[place] for block in blocks], rate, decay)

    def _adamw(self, blocks: Sequence[Tensor], rate: float, decay: float) -> None:
        parameters, gradients, exp_avg, exp_avg_sq = blocks
        torch._fused_adamw_(
            [parameters],
            [gradients],
            [exp_avg],
            [exp_avg_sq],
            [],
            [self._steps],
            lr=float(rate),
            beta1=0.9,
            beta2=0.999,
            weight_decay=float(decay),
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )

    def score(self, x: FloatArray, target: FloatArray | None = None) -> tuple[Sums, Sums]:
        """Every model's loss, and sum of squared errors per sample, in evaluation mode: (K,) and (K,).

        Args:
            x: rows (n, n_features).
            target: what x should become; x itself if not given.
        """
        target = x if target is None else target
        losses, squares = np.zeros((2, len(self.models)))
        with _unbothered():
            for start in range(0, len(x), ROWS_SCORED_AT_ONCE):
                rows = slice(start, start + ROWS_SCORED_AT_ONCE)
                tape = self._tape((len(x[rows]),), training=False)
                losses += self._forward(tape, x[rows], target[rows]) * len(x[rows])
                squares += tape.loss.squares
        return losses / len(x), squares / len(x)

    def _tape(self, shape: tuple[int, ...], *, training: bool) -> Tape:
        """For batches of that shape, (rows,) or (K, rows)."""
        shape = shape if len(self.models) > 1 else shape[-1:]
        tape = self._tapes.get((shape, training))
        if tape is None:
            if training and shape[-1] == 1 and self.packed.means.numel():
                raise ValueError("Batch normalisation cannot learn from a batch of a single row.")
            if len(self._tapes) == MOST_TAPES:
                self._tapes.pop(next(iter(self._tapes)))
            gradients = self._gradients if training else None
            apart = len(shape) == 2
            tape = Tape(self.packed, gradients, self._half, shape[-1], apart, self._loss, self._huber)
            self._tapes[shape, training] = tape
        return tape

    def sizes(self) -> Sums:
        """Every model's root mean square over its parameters (K,); not finite where one of them is not."""
        block = self.packed.parameters.numpy()
        with np.errstate(all="ignore"):
            return np.sqrt(np.vecdot(block, block) / self._n_parameters)

    def keep(self, places: Sequence[int]) -> None:
        """Goes on with the models at these places alone; the others stay as they are, outside the block."""
        kept = list(places)
        self.packed.keep(kept)
        self._decays, self.loss_sum = self._decays[kept], self.loss_sum[kept]
        self._exp_avg, self._exp_avg_sq = self._exp_avg[kept], self._exp_avg_sq[kept]
        self._prepare()

    def _prepare(self) -> None:
        """What follows from the models."""
        self._gradients = torch.zeros_like(self.packed.parameters)  # the gaps and the biases under norms stay 0
        self._half = self.packed.parameters.bfloat16() if self._precision == "bfloat16" else None
        self._same_decay = bool((self._decays == self._decays[0]).all())
        self._n_parameters = np.array([model.n_parameters for model in self.models], np.float64)
        self._tapes: dict[tuple[tuple[int, ...], bool], Tape] = {}

    def state(self) -> dict[str, Tensor]:
        """What a step needs beyond the models' own `state_dict`: copies, which training on leaves alone."""
        return {
            "exp_avg": self._exp_avg.clone(),
            "exp_avg_sq": self._exp_avg_sq.clone(),
            "steps": self._steps.clone(),
            "loss_sum": torch.tensor(self.loss_sum),
        }

    def load(self, state: dict[str, Tensor]) -> None:
        """Goes on from what `state` gave, to the last bit once the models have their `state_dict` of then too."""
        self._exp_avg.copy_(state["exp_avg"])
        self._exp_avg_sq.copy_(state["exp_avg_sq"])
        self._steps.copy_(state["steps"])
        self.loss_sum[:] = state["loss_sum"].numpy()


@contextmanager
def _unbothered() -> Iterator[None]:
    """Lets what is not finite pass without a warning, and takes denormal numbers for 0.

    The moments of a unit that is dead for a thousand steps become denormal, which makes AdamW fifteen times slower.
    """
    before = TINY / 2 == 0
    torch.set_flush_denormal(True)
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        torch.set_flush_denormal(bool(before))
