"""The training rows on the device in the order of the epoch, gathered many batches at a time."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from playground.data.split import Split

ROWS_AT_ONCE = 4096  # gathered in shuffled order: bounds the memory beside the data


class Rows:
    """The training rows of a split, dealt out in batches; without a copy of the data on the CPU.

    Attributes:
        n_rows: training rows.
    """

    def __init__(self, split: Split, device: torch.device, batch_size: int) -> None:
        self.batch_size = batch_size
        self.n_rows = len(split.train_rows)
        self._on_device = None if device.type == "cpu" else torch.tensor(split.x_train, device=device)
        self._x, self._train_rows = split.x, split.train_rows
        self._batches_at_once = max(1, ROWS_AT_ONCE // batch_size)
        # A last batch may be one row longer than the others.
        room = 0 if self._on_device is not None else min(self.n_rows, self._batches_at_once * batch_size + 1)
        self._buffer = np.empty((room, split.n_features), np.float32)
        self._gathered = torch.from_numpy(self._buffer)
        self._first: int | None = None  # the batch that the buffer begins with

    def shuffle(self, order: Tensor) -> None:
        """Takes the rows in this order from now on, (n_rows,)."""
        if self._on_device is not None:
            self._gathered = self._on_device[order.to(self._on_device.device)]
            return
        self._order = self._train_rows[order.numpy()]
        self._first = None

    def batch(self, number: int, *, is_last: bool) -> Tensor:
        """The rows of the batch `number` of this epoch, (batch_size, n_features); the last one has what is left."""
        start = number * self.batch_size
        stop = self.n_rows if is_last else start + self.batch_size
        if self._on_device is not None:
            return self._gathered[start:stop]
        first = number - number % self._batches_at_once
        if self.n_rows - first * self.batch_size <= len(self._buffer):
            ahead = self.n_rows  # what is left fits, the longer last batch too
        else:
            ahead = (first + self._batches_at_once) * self.batch_size
        offset = first * self.batch_size
        if stop > ahead:  # a longer last batch that begins the buffer anew
            first, offset, ahead = number, start, stop
        if self._first != first:
            self._first = first
            rows = self._order[offset:ahead]
            np.take(self._x, rows, axis=0, out=self._buffer[: len(rows)], mode="clip")
        return self._gathered[start - offset : stop - offset]
