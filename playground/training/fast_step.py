"""Temporary."""

from contextlib import contextmanager

import torch


class FastStep:
    @staticmethod
    def suits(model, loss, layout):
        return False


def bf16_pays():
    return False


@contextmanager
def blas_threads(n):
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
