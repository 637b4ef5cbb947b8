"""New pictures in the size, the range and the colours of a data set of pictures."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.data.reading.fitting import BACKGROUNDS, MOST_VALUES, coloured, decide_fit
from playground.data.reading.form import Form
from playground.data.reading.images import HINT, LIMITS, MOST_WORK, Left, natural, no_picture
from playground.data.reading.kinds import kind_of
from playground.data.reading.options import ReadOptions
from playground.data.reading.picture import DAMAGED, TOO_LARGE, Header, Shrunk, Unusable, header, shrunk
from playground.data.reading.read import Readable
from playground.data.reading.report import Report
from playground.data.reading.row_range import BYTES, from_range, guessed_range
from playground.data.reading.rows import Brought
from playground.data.reading.source import is_junk, safe_name
from playground.errors import DataError

MOST_BEFORE = 24  # pictures kept as they came, for show
SIDE_BEFORE = 160  # pixels


def rows_of_pictures(
    title: str, parts: Sequence[Readable], form: Form, options: ReadOptions, report: Report
) -> Brought:
    """The pictures in these files, sorted by name; what cannot be used is counted and named.

    Raises:
        DataError: none of them can be read.
    """
    most = max(1, MOST_VALUES // len(form.columns))
    left, work = Left(), 0.0
    x: list[NDArray[np.float32]] = []
    names: list[str] = []
    before: list[NDArray[np.uint8]] = []
    said: dict[str, None] = {}
    n_more = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as `images.read_pictures` does
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        for part in sorted(parts, key=lambda part: natural(part.name)):
            if is_junk(part.name):
                continue
            try:
                content = part.read()
                if kind_of(content) != "image":
                    left.add(no_picture(part.name), part.name)
                    continue
                measured = header(content)
                work += measured.work
                if len(x) >= most or (x and work > MOST_WORK):
                    n_more += 1
                    continue
                one = _Picture(content, measured, form, options)
                x.append(one.pixels())
                said.update(dict.fromkeys(one.said))
                names.append(safe_name(part.name))
                if len(before) < MOST_BEFORE:
                    before.append(one.small())
            except Unusable as error:
                left.add(str(error), part.name)
            except DataError:
                left.add(DAMAGED, part.name)
    words = left.words()
    if not x:
        limits = f" {LIMITS}" if TOO_LARGE in left.names else ""
        raise DataError(f"No picture can be read from {title}{f' ({words})' if words else ''}: {HINT}.{limits}")
    left.count(report)
    report.count("pictures read", len(x))
    pictures = "1 picture" if len(x) == 1 else f"{len(x):,} pictures"
    report.say(f"{pictures} read" + (f"; left out: {words}" if words else "") + ".")
    if n_more:
        report.say(f"{n_more:,} more are left out: there is no room for all.")
    for sentence in said:
        report.say(sentence)
    return Brought(np.stack(x), names, before=tuple(before))


class _Picture:
    """One picture on its way."""

    def __init__(self, content: bytes, measured: Header, form: Form, options: ReadOptions) -> None:
        self._content, self._measured, self._form = content, measured, form
        self._background = BACKGROUNDS[options.background]
        report = Report()
        self._fit = decide_fit([measured.size], form.size, measured.has_alpha, options, report)
        self.said: list[str] = []
        if measured.size != form.size:
            how = "".join(f", {decision.words}" for decision in report.decisions)
            wide, high = form.size
            self.said.append(f"Brought to the data set's {wide}×{high} pixels{how}.")
        if form.n_channels == 1 and not measured.is_grey:
            self.said.append("Colours become grey, as the data set is.")
        if measured.has_more:
            self.said.append("Of several frames the first is used.")

    def pixels(self) -> NDArray[np.float32]:
        """One row of the data set's form (n_columns,)."""
        form = self._form
        mode = "L" if form.n_channels == 1 else "RGB"
        one = shrunk(self._content, form.size, mode, self._background)
        limits = BYTES
        margin: float = self._background
        if one.is_deep:
            limits = guessed_range(one.low, one.high, form, whole=one.whole)
            margin = limits[0] + self._background / 255 * (limits[1] - limits[0])
            self.said.append(f"More than 8 bits per value: {limits[0]:,g} is black, {limits[1]:,g} is white.")
        pixels = np.asarray(one.fitted(form.size, self._fit, margin))[None]
        if one.is_deep and form.n_channels == 3 and pixels.ndim == 3:
            pixels = coloured(pixels, "colour")
        return from_range(pixels, limits, form).reshape(-1)

    def small(self) -> NDArray[np.uint8]:
        """The picture as it came, small."""
        wide, high = self._measured.size
        scale = min(1.0, SIDE_BEFORE / max(wide, high))
        size = max(1, round(wide * scale)), max(1, round(high * scale))
        one: Shrunk = shrunk(self._content, size, "RGB", self._background)
        if one.is_deep:
            one = one.as_bytes(*guessed_range(one.low, one.high, self._form, whole=one.whole), "RGB")
        return np.asarray(one.fitted(size, "stretch", self._background), dtype=np.uint8)
