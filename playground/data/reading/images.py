"""Pictures out of files of pictures: PNG, JPEG, GIF, BMP, WebP, TIFF and PNM, whatever their names say."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.data.reading.fitting import (
    BACKGROUNDS,
    FITS,
    MOST_VALUES,
    N_PREVIEWS,
    Pixels,
    Size,
    coloured,
    decide_colour,
    decide_fit,
    decide_size,
    refuse_few,
    sampled,
    say_copies,
    scaled,
    value_range,
)
from playground.data.reading.found import Pictures
from playground.data.reading.kinds import kind_of
from playground.data.reading.options import ReadOptions
from playground.data.reading.picture import (
    BOMB,
    DAMAGED,
    MOST_PIXELS,
    MOST_PIXELS_OF_JPEG,
    MOST_PIXELS_OF_WEBP,
    NOT_FINITE,
    TOO_LARGE,
    Header,
    Shrunk,
    Unusable,
    header,
    shrunk,
)
from playground.data.reading.report import Report, named
from playground.data.reading.source import is_junk, safe_name
from playground.errors import DataError

MOST_WORK = 2_000_000_000  # pixels to be unpacked, about ten seconds
SPLITS = {"train", "training", "val", "valid", "validation", "test", "testing"}
ENDINGS = {".png", ".jpg", ".jpeg", ".jpe", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pbm", ".pnm"}
REASONS = {
    DAMAGED: "damaged pictures left out",
    TOO_LARGE: "pictures too large left out",
    BOMB: "pictures too large left out",
    NOT_FINITE: "pictures without numbers left out",
}
LIMITS = (
    f"At most {MOST_PIXELS // 10**6} million pixels can be read, {MOST_PIXELS_OF_JPEG // 10**6} million of a JPEG, "
    f"{MOST_PIXELS_OF_WEBP // 10**6} million of a WebP: save larger pictures smaller."
)
HINT = "bring PNG, JPEG, GIF, BMP, WebP, TIFF or PNM (PGM, PPM) files"


class Readable(Protocol):
    """A file, or a member of an archive."""

    @property
    def name(self) -> str: ...

    def read(self) -> bytes: ...


@dataclass
class Left:
    """What is left out: by reason, the names."""

    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        self.names.setdefault(reason, []).append(safe_name(name))

    def words(self) -> str:
        """A list such as "2 damaged (a.png, b.png), 1 .txt"; "" where nothing is left out."""
        parts = [
            f"{len(names):,} {reason}" + (f" ({named(names)})" if reason in REASONS else "")
            for reason, names in self.names.items()
        ]
        return ", ".join(parts)

    def count(self, report: Report) -> None:
        for reason, names in self.names.items():
            report.count(REASONS.get(reason, "files that are no pictures left out"), len(names))


@dataclass(frozen=True)
class _Found:
    """A file with a picture in it."""

    file: Readable
    header: Header


def read_pictures(files: Sequence[Readable], title: str, options: ReadOptions, report: Report) -> Pictures:
    """The pictures in these files, in one size, sorted by name; what cannot be used is counted and named.

    Args:
        files: pictures and whatever else lies beside them.
        title: what the whole is called in a sentence.

    Raises:
        DataError: there are no pictures, or too few that can be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow thinks of strange but readable files
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        left = Left()
        found = _measured(files, left)
        _refuse_none(title, found, left)
        size = decide_size([one.header.size for one in found], options, report)
        found = _fewer(found, size, options, report)
        return _unpacked(title, found, size, left, options, report)


def _measured(files: Sequence[Readable], left: Left) -> list[_Found]:
    found = []
    for file in sorted(files, key=lambda file: natural(file.name)):
        if is_junk(file.name):
            continue
        try:
            content = file.read()
            if kind_of(content) != "image":
                left.add(no_picture(file.name), file.name)
                continue
            found.append(_Found(file, header(content)))
        except Unusable as error:
            left.add(str(error), file.name)
        except DataError:  # the archive is damaged where it lies
            left.add(DAMAGED, file.name)
    return found


def natural(name: str) -> tuple[list[str | int], str]:
    """A key that sorts "2.png" before "10.png"."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], name


def no_picture(name: str) -> str:
    """The reason why a file is left out that is no picture: damaged if it claims to be one, else its ending."""
    ending = PurePosixPath(name).suffix.lower()
    if ending in ENDINGS:
        return DAMAGED
    return safe_name(ending)[:20] or "without an ending"


def _refuse_none(title: str, found: Sequence[_Found], left: Left) -> None:
    if found:
        return
    said = f" ({left.words()})" if left.names else ""
    limits = f" {LIMITS}" if TOO_LARGE in left.names else ""
    raise DataError(f"No pictures can be read from {title}{said}: {HINT}.{limits}")


def _fewer(found: list[_Found], size: Size, options: ReadOptions, report: Report) -> list[_Found]:
    """As many as there is room and time for."""
    channels = 1 if _mode(found, options) == "L" and options.colour != "colour" else 3
    work = sum(one.header.work for one in found) / len(found)
    most = min(MOST_VALUES // (size[0] * size[1] * channels), int(MOST_WORK // max(work, 1)))
    return [found[place] for place in sampled(len(found), max(most, 1), options, report)]


def _mode(found: Iterable[_Found], options: ReadOptions) -> str:
    """Pillow's mode for all: "L" where no picture can have colour, or none is wanted; else "RGB"."""
    return "L" if options.colour == "grey" or all(one.header.is_grey for one in found) else "RGB"


def _unpacked(
    title: str, found: list[_Found], size: Size, left: Left, options: ReadOptions, report: Report
) -> Pictures:
    headers = [one.header for one in found]
    has_alpha = any(one.has_alpha for one in headers)
    fit = decide_fit([one.size for one in headers], size, has_alpha, options, report)
    if has_alpha or fit == "pad":
        report.decide("background", options.background, f"on {options.background}")
    stack = _Stack(size, fit, _mode(found, options), BACKGROUNDS[options.background])
    used = []
    for one in found:
        try:
            stack.add(one.file.read())
            used.append(one)
        except Unusable as error:
            left.add(str(error), one.file.name)
        except DataError:
            left.add(DAMAGED, one.file.name)
    words = left.words()
    refuse_few(title, len(used), f" (left out: {words})" if words else "")
    _account(used, left, report)
    pixels, limits, previews = stack.finish(options, report)
    say_copies(pixels, report)
    labels = folder_labels([one.file.name for one in used])
    if labels is not None:
        report.say(f"The label is the folder: {named(_most_frequent(labels))}.")
    return Pictures(pixels, limits, labels, "folder", previews)


def _account(used: Sequence[_Found], left: Left, report: Report) -> None:
    """Says how many pictures were read, what was left out, and how many have further frames."""
    report.count("pictures read", len(used))
    left.count(report)
    words = left.words()
    report.say(f"{len(used):,} pictures read" + (f"; left out: {words}" if words else "") + ".")
    if TOO_LARGE in left.names:
        report.say(LIMITS)
    if {".svg", ".heic", ".avif"} & left.names.keys():
        report.say("SVG, HEIC and AVIF cannot be read: export them as PNG or JPEG.")
    n_more = sum(one.header.has_more for one in used)
    report.count("pictures with several frames", n_more)
    if n_more:
        pictures = "1 picture has" if n_more == 1 else f"{n_more:,} pictures have"
        report.say(f"{pictures} several frames: the first is used.")


class _Stack:
    """Pictures that are made alike one by one, and known together only at the end.

    Args:
        size, fit: see `fitting.fitted`.
        mode: "L" or "RGB".
        background: the margin and what shows through, 0 to 255.
    """

    def __init__(self, size: Size, fit: str, mode: str, background: int) -> None:
        self._size, self._fit, self._mode, self._background = size, fit, mode, background
        self._pictures: list[NDArray[np.uint8] | None] = []  # None for a deep one
        self._deep: list[NDArray[np.float32]] = []
        self._low, self._high, self._whole = np.inf, -np.inf, True
        self._first: list[Shrunk] = []

    def add(self, content: bytes) -> None:
        one = shrunk(content, self._size, self._mode, self._background)
        # What is deep gets a margin that is no number, until it is known what black and white are.
        pixels = np.asarray(one.fitted(self._size, self._fit, np.nan if one.is_deep else self._background))
        if len(self._first) < N_PREVIEWS:
            self._first.append(one)
        if not one.is_deep:
            self._pictures.append(pixels)
            return
        self._pictures.append(None)
        self._deep.append(pixels)
        self._low, self._high = min(self._low, one.low), max(self._high, one.high)
        self._whole &= one.whole

    def finish(
        self, options: ReadOptions, report: Report
    ) -> tuple[Pixels, tuple[float, float], Mapping[str, NDArray[np.uint8]]]:
        """The pictures, what black and white are, and the previews."""
        limits = (0.0, 255.0)
        if self._deep:
            limits = value_range(self._low, self._high, whole=self._whole)
            report.say(f"Pictures with more than 8 bits per value: {limits[0]:,g} is black, {limits[1]:,g} is white.")
        if len(self._deep) == len(self._pictures):
            pixels = self._with_margin(np.stack(self._deep), limits)
        else:
            pixels, limits = self._mixed(limits), (0.0, 255.0)
        colour = decide_colour(pixels, options, report)
        return coloured(pixels, colour), limits, self._previews(limits, colour) if self._fit else {}

    def _with_margin(self, deep: Pixels, limits: tuple[float, float]) -> Pixels:
        low, high = limits
        return np.where(np.isnan(deep), np.float32(low + self._background / 255 * (high - low)), deep)

    def _mixed(self, limits: tuple[float, float]) -> Pixels:
        """All as 8 bits: those with more are scaled as one set, so that none is cut off."""
        channels = () if self._mode == "L" else (3,)
        pixels = np.empty((len(self._pictures), *self._size[::-1], *channels), np.uint8)
        deep = iter(self._deep)
        for place, picture in enumerate(self._pictures):
            if picture is None:
                picture = scaled(self._with_margin(next(deep), limits), *limits)
                picture = np.repeat(picture[..., None], 3, axis=2) if channels else picture
            pixels[place] = picture
        return pixels

    def _previews(self, limits: tuple[float, float], colour: str) -> dict[str, NDArray[np.uint8]]:
        """The first pictures in every fit."""
        first = [one.as_bytes(*limits, self._mode) for one in self._first]
        previews = {}
        for fit in FITS:
            pixels = np.stack([np.asarray(one.fitted(self._size, fit, self._background)) for one in first])
            previews[fit] = coloured(pixels, colour)
        return previews


# ------------------------------------------------------------------------------------------------------ labels


def folder_labels(names: Sequence[str]) -> NDArray[np.str_] | None:
    """The nearest folder of each file, without what all have in common; None where folders tell nothing.

    "train", "val" and "test" at the top are no labels, and neither are folders unless two hold two files each.
    """
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    folders = _without_common(folders)
    folders = [parts[1:] if parts and parts[0].lower() in SPLITS else parts for parts in folders]
    folders = [parts[::-1] for parts in _without_common([parts[::-1] for parts in folders])]
    labels = [safe_name(parts[-1]) if parts else "(no folder)" for parts in folders]
    counts = Counter(labels)
    if sum(n >= 2 for n in counts.values()) < 2:
        return None
    return np.array(labels, dtype=str)


def _without_common(folders: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The same without the first parts that all share."""
    n_common = 0
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        n_common += 1
    return [parts[n_common:] for parts in folders]


def _most_frequent(labels: NDArray[np.str_]) -> list[str]:
    counts = Counter(labels.tolist())
    return sorted(counts, key=lambda label: (-counts[label], label))
