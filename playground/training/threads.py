"""How many threads matrix products run on, and whether this processor is quicker in bfloat16."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from threadpoolctl import LibController, ThreadpoolController

PAYS = 1.3  # so many times faster bfloat16 has to be


@contextmanager
def blas_threads(n: int) -> Iterator[None]:
    """Lets numpy's matrix products and torch use n threads, and gives both back what they had; a few microseconds.

    Sums come in the same order wherever the number is the same. The setting is the whole process's.
    """
    libraries = _numpys_blas()
    before = [library.num_threads for library in libraries], torch.get_num_threads()
    _set(libraries, [n] * len(libraries), n)
    try:
        yield
    finally:
        _set(libraries, *before)


def _set(libraries: list[LibController], numbers: list[int], for_torch: int) -> None:
    for library, number in zip(libraries, numbers, strict=True):
        library.set_num_threads(number)
    torch.set_num_threads(for_torch)


@functools.cache
def _numpys_blas() -> list[LibController]:
    """The BLAS that numpy has loaded; all there are, where it cannot be told by its path."""
    found = ThreadpoolController().select(user_api="blas").lib_controllers
    return [library for library in found if "numpy" in library.filepath] or found


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware: AVX512-BF16 or AMX; without, it is slower than float32."""
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))


@functools.cache
def bf16_pays() -> bool:
    """Whether a product of 256 x 784 x 256, casts included, is 1.3 times faster in bfloat16; measured once.

    Never where the processor does not multiply bfloat16 itself: there only chance could say yes.
    """
    if not has_bfloat16():
        return False
    x, weight = torch.ones(256, 784), torch.ones(784, 256)
    out = torch.empty(256, 256)
    plain = (array.numpy() for array in (x, weight, out))
    in_float = functools.partial(np.matmul, *plain)

    def in_half() -> None:
        out.copy_(torch.mm(x.bfloat16(), weight.bfloat16()))

    return _seconds(in_float) > PAYS * _seconds(in_half)


def _seconds(call: Callable[[], object], times: int = 7) -> float:
    """The least of several, after one that is not counted."""
    call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return min(taken)
