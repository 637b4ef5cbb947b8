"""Arrays in files (.npy, .npz, IDX): what their headers claim is proved before any memory is taken."""

from __future__ import annotations

import io
import math
import struct
import tokenize
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from playground.data.reading.kinds import SENTENCES
from playground.data.reading.report import Report
from playground.data.reading.source import ENDINGS, File, Member, is_junk, kind_of, members, refuse, safe_name, unwrap
from playground.errors import DataError

LONGEST_HEADER = 10_000  # bytes; numpy's own limit
HEAD = 2 * LONGEST_HEADER
MOST_AXES = 8
NUMBERS = "biuf"  # dtype kinds: truth values, whole numbers, decimal numbers
LETTERS = "SU"
LONGEST_LABEL = 60
_IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_NO_HEADER = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    SyntaxError,
    OverflowError,
    MemoryError,
    RecursionError,
    EOFError,
    struct.error,
    tokenize.TokenError,
)


class Readable(Protocol):
    """A file, or a member of an archive."""

    @property
    def name(self) -> str: ...

    def read(self) -> bytes: ...


@dataclass(frozen=True, eq=False)
class Array:
    """One array in a file, of which only the header has been read.

    Attributes:
        name: as a visitor chooses it.
        where: the name for a sentence, with its file.
        shape: of the array; its first axis goes through the samples.
        dtype: of a value.
        offset: bytes before the first value.
        by_columns: whether the first axis runs fastest (Fortran's order).
    """

    name: str
    where: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    by_columns: bool
    _read: Callable[[], bytes] = field(repr=False)

    @property
    def is_numeric(self) -> bool:
        return self.dtype.kind in NUMBERS

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def may_be_labels(self) -> bool:
        """Whether it has one value per sample."""
        return len(self.shape) == 1 or (len(self.shape) == 2 and self.shape[1] == 1)

    def words(self) -> str:
        """Its name and shape: "x_train (60,000×28×28)"."""
        return f"{safe_name(self.name)} ({'×'.join(f'{n:,}' for n in self.shape) or 'one value'})"

    def values(self) -> NDArray[Any]:
        """The array, a view of the file's bytes.

        Raises:
            DataError: the bytes are damaged.
        """
        content = self._read()
        _refuse_short(self.where, self.shape, self.dtype, self.offset, len(content))
        flat = np.frombuffer(content, self.dtype, math.prod(self.shape), self.offset)
        return flat.reshape(self.shape, order="F" if self.by_columns else "C")


@dataclass
class Found:
    """The arrays of some files, and why others are left out: name -> sentence."""

    arrays: list[Array] = field(default_factory=list)
    left: dict[str, DataError] = field(default_factory=dict)


def arrays_in(files: Sequence[Readable], report: Report) -> Found:
    """All arrays of these files, each with a name of its own.

    What cannot be used does not stand in the way of the others.
    """
    found = Found()
    for file in files:
        if is_junk(file.name):
            continue
        try:
            _add_all(found, file, report, among_others=len(files) > 1)
        except DataError as error:
            found.left[safe_name(file.name)] = error
    return found


def _add_all(found: Found, file: Readable, report: Report, *, among_others: bool) -> None:
    """Adds the arrays of one file.

    Raises:
        DataError: it holds none, or is damaged, locked or far larger inside than outside.
    """
    whole = unwrap(File(file.name, file.read()))
    kind = kind_of(whole.content)
    if kind == "npz":
        before = f"{_stem(whole.name)}/" if among_others else ""
        for member in members(whole, report):
            _add(found, before + member.name.removesuffix(".npy"), whole.title, member)
    elif kind in ("npy", "idx"):
        _add(found, _stem(whole.name), whole.title, whole)
    elif kind in SENTENCES:
        raise refuse(whole, kind)
    else:
        raise DataError(f"{whole.title} is no array.")


def _stem(name: str) -> str:
    """The name of a file without its folders and its ending."""
    last = PurePosixPath(name).name
    for ending in (*ENDINGS, ".npy", ".npz"):
        last = last.removesuffix(ending)
    return last or "array"


def _add(found: Found, plain: str, title: str, source: File | Member) -> None:
    """Adds one array, or the reason why it is left out."""
    name, number = plain, 1
    while name in {array.name for array in found.arrays} | set(found.left):
        number += 1
        name = f"{plain} ({number})"
    try:
        if isinstance(source, File):
            content = source.content
            found.arrays.append(_array(name, title, content, len(content), lambda: content))
        else:
            where = f"{title}: '{safe_name(name)}'"
            found.arrays.append(_array(name, where, source.start(HEAD), source.size, source.read))
    except DataError as error:
        found.left[name] = error


def _array(name: str, where: str, head: bytes, n_bytes: int, read: Callable[[], bytes]) -> Array:
    """The array whose file begins with `head` and has so many bytes."""
    if head.startswith(npy.MAGIC_PREFIX):
        shape, by_columns, dtype, offset = _npy_header(where, head)
    elif head.startswith(b"\0\0"):
        shape, by_columns, dtype, offset = _idx_header(where, head)
    else:
        raise DataError(f"{where} is damaged: it does not begin as an array does. Save it again.")
    _refuse_dtype(where, dtype)
    _refuse_short(where, shape, dtype, offset, n_bytes)
    return Array(name, where, shape, dtype, offset, by_columns, read)


def _npy_header(where: str, head: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    stream = io.BytesIO(head)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # headers written by Python 2
            version = npy.read_magic(stream)
            if version == (3, 0):  # only columns with names need it
                raise DataError(f"{where} is a table with named columns: save it as CSV or Parquet.")
            read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
            shape, by_columns, dtype = read(stream, max_header_size=LONGEST_HEADER)
    except _NO_HEADER as error:
        raise DataError(f"{where} is damaged: its header cannot be read. Save it again.") from error
    return tuple(map(int, shape)), bool(by_columns), dtype, stream.tell()


def _idx_header(where: str, head: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """The header of the format of MNIST: two zeros, a type, the number of axes, the length of each."""
    n_axes = head[3] if len(head) > 3 else 0
    offset = 4 + 4 * n_axes
    if n_axes == 0 or len(head) < offset or head[2] not in _IDX_TYPES:
        raise DataError(f"{where} is damaged: its header cannot be read. Load it again.")
    return struct.unpack(f">{n_axes}I", head[4:offset]), False, np.dtype(_IDX_TYPES[head[2]]), offset


def _refuse_dtype(where: str, dtype: np.dtype[Any]) -> None:
    kinds = {
        "O": "holds Python objects (pickle), which can run code: save plain arrays",
        "c": "holds complex numbers: save their real part, or their size and angle",
        "V": "is a table with named columns: save it as CSV or Parquet",
        "M": "holds dates: save them as numbers, or as a table in CSV or Parquet",
        "m": "holds times: save them as numbers, or as a table in CSV or Parquet",
    }
    if dtype.hasobject:
        raise DataError(f"{where} {kinds['O']}.")
    if dtype.subdtype is not None:
        raise DataError(f"{where} holds arrays in an array: save it as one plain array.")
    if dtype.kind not in NUMBERS + LETTERS:
        raise DataError(f"{where} {kinds.get(dtype.kind, 'holds no numbers: save plain numbers')}.")


def _refuse_short(where: str, shape: Sequence[int], dtype: np.dtype[Any], offset: int, n_bytes: int) -> None:
    """Raises DataError where an array of this shape does not fill the bytes there are, before memory is taken."""
    claimed = math.prod(shape) * dtype.itemsize  # whole numbers of any size: nothing overflows
    words = "×".join(f"{length:,}" for length in shape[:MOST_AXES])
    if len(shape) > MOST_AXES or min(shape, default=1) < 0:
        raise DataError(f"{where} is damaged: it claims a shape of {words[:80]}. Save it again.")
    if claimed == 0:
        raise DataError(f"{where} holds no values: choose another array.")
    if claimed != n_bytes - offset:
        raise DataError(
            f"{where} is damaged: its header claims {words[:80]} values, which are {claimed:,} bytes, and it has "
            f"{n_bytes - offset:,}. Save or load it again."
        )


# ------------------------------------------------------------------------------------------------------ labels


def as_words(where: str, values: NDArray[Any]) -> list[str]:
    """One class name per value.

    Raises:
        DataError: these are no classes.
    """
    if values.dtype.kind == "f":
        if not np.isfinite(values).all() or (values != np.round(values)).any() or np.abs(values).max() > 1e9:
            raise DataError(f"{where} holds no classes, since its values are no whole numbers.")
        values = values.astype(np.int64)
    if values.dtype.kind == "S":
        return [safe_name(value.decode("utf-8", errors="replace"))[:LONGEST_LABEL] for value in values.tolist()]
    try:
        return [safe_name(str(value))[:LONGEST_LABEL] for value in values.tolist()]
    except ValueError as error:  # no such letters in Unicode
        raise DataError(f"{where} is damaged: its letters cannot be read. Save it again.") from error
