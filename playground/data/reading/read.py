"""From files to a `Dataset`: what they are is told by their content, and every decision is said.

`read` reads in this very process, for scripts and one's own files; `apart.read_apart` does the same for a stranger's
files, in another process with limits.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import Dataset, pixel_names
from playground.data.reading.found import Pictures, RawTable
from playground.data.reading.options import READ_FIELDS, ReadOptions
from playground.data.reading.report import Report, named
from playground.data.reading.source import MOST_BYTES, File, is_junk, kind_of, members, refuse, safe_name, unwrap
from playground.errors import DataError, PlaygroundError

TABLES = ("text", "workbook", "parquet", "arrow")
ARRAYS = ("npy", "npz", "idx")
LOOKED_AT = 40  # members of an archive whose content tells what the archive is for
FEW_FILES = 3  # of more than so many the first one's name says nothing


class Readable(Protocol):
    """A file, or one member of an archive, whose bytes are only there when they are asked for."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def read(self) -> bytes: ...


@dataclass(frozen=True, eq=False)
class Reading:
    """What reading files came to.

    Attributes:
        dataset: ready to be learnt; None where something stands in the way.
        problem: what stands in the way, a sentence; "" where nothing does.
        report: the decisions, the columns, the counts, as far as it got.
        previews: of pictures that had to be fitted, see `Pictures.previews`.
    """

    dataset: Dataset | None
    problem: str
    report: Report
    previews: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Whole:
    """A file that is no archive, as a member among others."""

    name: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def read(self) -> bytes:
        return self.content


def read(path: str | Path, options: Mapping[str, Any] | None = None) -> Dataset:
    """The data set in a file or a folder of one's own.

    Args:
        path: of the file, or of a folder of pictures.
        options: what shall not be decided from the file, as `ReadOptions` names it, such as {"decimal": "comma"}.

    Raises:
        DataError: the file cannot be opened or read; the sentence says what is wrong, where, and what to do.
        SpecError: an option is unknown or outside its range.
    """
    return _whole(read_files(files_at(path), ReadOptions.from_json(options or {})))


def read_content(name: str, content: bytes, options: Mapping[str, Any] | None = None) -> Dataset:
    """The data set in one file, given by its bytes; see `read`.

    Args:
        name: the file's, for the title and the sentences.
        content: its bytes.
        options: as for `read`.
    """
    return _whole(read_files([File(name, content)], ReadOptions.from_json(options or {})))


def _whole(reading: Reading) -> Dataset:
    if reading.dataset is None:
        raise DataError(reading.problem)
    return reading.dataset


def paths_at(path: str | Path) -> list[tuple[str, Path]]:
    """The file at this path, or all files of the folder, each with its name below that.

    Raises:
        DataError: there is nothing.
    """
    path = Path(path)
    if not path.is_dir():
        return [(path.name, path)]
    inside = sorted(entry for entry in path.rglob("*") if entry.is_file() and not entry.is_symlink())
    if not inside:
        raise DataError(f"The folder {path.name} is empty.")
    return [(f"{path.name}/{entry.relative_to(path).as_posix()}", entry) for entry in inside]


def files_at(path: str | Path) -> list[File]:
    """The files that `paths_at` finds, with their bytes.

    Raises:
        DataError: there is nothing, or it cannot be opened.
    """
    try:
        return [File(name, place.read_bytes()) for name, place in paths_at(path)]
    except OSError as error:
        raise DataError(f"{Path(path).name} cannot be opened: {error.strerror}.") from error


def read_files(files: Sequence[File], options: ReadOptions, title: str = "") -> Reading:
    """Reads files that belong together.

    Args:
        title: what the data are called; left empty, the file's name, or how many files there are.
    """
    title = title or _title(files)
    report = Report()
    try:
        found = _found(title, parts_in(title, files, report), options, report)
        _say_what_does_not_matter(found, options, report)
        arguments = _arguments(title, found, options, report)
        dataset = _dataset(title, files, arguments, options, report)
    except PlaygroundError as error:
        return Reading(None, str(error), report)
    return Reading(dataset, "", report, found.previews if isinstance(found, Pictures) else {})


def _title(files: Sequence[File]) -> str:
    if len(files) == 1:
        return files[0].title
    if len(files) <= FEW_FILES:
        return f"{files[0].title} and {len(files) - 1:,} more"
    folders = {file.name.partition("/")[0] for file in files if "/" in file.name}
    return f"{folders.pop()} ({len(files):,} files)" if len(folders) == 1 else f"{len(files):,} files"


def parts_in(title: str, files: Sequence[File], report: Report) -> list[Readable]:
    """The files themselves, with compressed ones unpacked and archives opened."""
    n_bytes = sum(len(file.content) for file in files)
    if n_bytes > MOST_BYTES:
        raise DataError(f"{title} has {n_bytes / 2**20:,.0f} MB: at most {MOST_BYTES // 2**20:,} MB can be read.")
    parts: list[Readable] = []
    damaged: list[str] = []
    for file in files:
        if len(files) > 1 and is_junk(file.name):
            report.count("files of the system left out", 1)
            continue
        try:
            parts += _inside(unwrap(file), report)
        except DataError:
            if len(files) == 1:
                raise
            damaged.append(file.title)  # one among many stops nobody
    if damaged:
        report.count("files that cannot be opened left out", len(damaged))
        report.say(f"Left out, since they cannot be opened: {named(damaged)}.")
    return parts


def _inside(whole: File, report: Report) -> Sequence[Readable]:
    return members(whole, report) if kind_of(whole.content) == "zip" else [_Whole(whole.name, whole.content)]


def _found(title: str, parts: list[Readable], options: ReadOptions, report: Report) -> RawTable | Pictures:
    """What the parts hold: pictures, arrays, or one table of them."""
    from playground.data.reading.arrays import read_arrays
    from playground.data.reading.images import read_pictures

    if not parts:
        raise DataError(f"{title} holds no file that can be read: put a table, pictures or arrays into it.")
    kinds = {part.name: kind_in(part) for part in some_of(parts)}
    counts = {kind: list(kinds.values()).count(kind) for kind in set(kinds.values())}
    table = options.member and any(part.name == options.member for part in parts)
    if counts.get("image") and not table and counts["image"] >= sum(counts.get(kind, 0) for kind in TABLES):
        return read_pictures(parts, title, options, report)
    if any(counts.get(kind) for kind in ARRAYS) and not table:
        return read_arrays(parts, title, options, report)
    return table_in(title, parts, options, report)


def kind_in(part: Readable) -> str:
    """What is in a part, within its own wrapping; "damaged" where that cannot be told."""
    try:
        return kind_of(unwrap(File(part.name, part.read())).content)
    except DataError:
        return "damaged"


def some_of(parts: list[Readable]) -> list[Readable]:
    """Enough of them to tell what they are: evenly spread, all where they are few."""
    if len(parts) <= LOOKED_AT:
        return parts
    return [parts[place] for place in np.linspace(0, len(parts) - 1, LOOKED_AT).astype(int).tolist()]


def table_in(title: str, parts: list[Readable], options: ReadOptions, report: Report) -> RawTable:
    """The table in the part that the visitor chose, or in the largest that can be one."""
    names = [part.name for part in parts]
    if options.member and options.member not in names:
        raise DataError(f"{title} holds no file '{options.member[:80]}': choose one of its files.")
    candidates = [part for part in parts if part.name == options.member] if options.member else _largest_first(parts)
    usable = (part for part in candidates[:LOOKED_AT] if kind_in(part) in TABLES)
    part = next(usable, candidates[0])
    file = unwrap(File(part.name, part.read()))
    kind = kind_of(file.content)
    if kind not in TABLES:
        raise refuse(file, kind)
    if len(parts) > 1:
        report.choices["member"] = names
        report.decide("member", part.name, f"the file '{part.name}'")
        others = [safe_name(name) for name in names if name != part.name]
        report.count("other files left out", len(others))
        report.say(f"Left out: {named(others)}. Choose another under 'File in the archive'.")
    return _read_table(file, kind, options, report)


def _largest_first(parts: list[Readable]) -> list[Readable]:
    return sorted(parts, key=lambda part: -part.size)


def _read_table(file: File, kind: str, options: ReadOptions, report: Report) -> RawTable:
    if kind == "workbook":
        from playground.data.reading.sheets import read_workbook

        return read_workbook(file.title, file.content, options, report)
    from playground.data.reading import columnar

    if kind == "parquet":
        return columnar.read_parquet(file.title, file.content, options, report)
    if kind == "arrow":
        return columnar.read_arrow(file.title, file.content, options, report)
    if columnar.looks_like_json(file.content):
        return columnar.read_json(file.title, file.content, options, report)
    from playground.data.reading.text import read_text

    return read_text(file.title, file.content, options, report)


def _say_what_does_not_matter(found: RawTable | Pictures, options: ReadOptions, report: Report) -> None:
    """Names the options that were given but are not for what was found."""
    decided = {decision.option for decision in report.decisions}
    groups = {"images", "arrays"} if isinstance(found, Pictures) else {"file", "table", "arrays"}
    groups |= {"text"} if "separator" in decided else set()
    given = [name for name in options.to_json() if name != "columns"]
    idle = [name for name in given if READ_FIELDS[name].group not in groups and name not in decided]
    if options.sheet and "sheet" not in report.choices:
        idle.append("sheet")
    if idle:
        report.say(f"Of no use here, and ignored: {named(sorted(set(idle)))}.")


def _arguments(title: str, found: RawTable | Pictures, options: ReadOptions, report: Report) -> dict[str, Any]:
    if isinstance(found, RawTable):
        from playground.data.reading.tables import table_arguments

        made = table_arguments(title, found, options, report)
        if isinstance(made, dict):
            return made
        found = made
    return _picture_arguments(found)


def _picture_arguments(found: Pictures) -> dict[str, Any]:
    n_samples, height, width, *channels = found.pixels.shape
    return {
        "x": found.pixels.reshape(n_samples, -1).astype(np.float32),
        "feature_names": pixel_names(height, width, *channels),
        "kind": "images",
        "image_shape": (height, width, *channels),
        "value_range": found.value_range,
        "labels": found.labels,
        "label_name": found.label_name,
        "first_latent_dim": 2,
    }


def _dataset(
    title: str, files: Sequence[File], arguments: dict[str, Any], options: ReadOptions, report: Report
) -> Dataset:
    source = {
        "files": [file.name for file in files[:20]],
        "n_files": len(files),
        "options": options.to_json(),
        "report": {
            "decisions": {decision.option: decision.value for decision in report.decisions},
            "counts": dict(report.counts),
            "columns": [dataclasses.asdict(column) for column in report.columns],
        },
    }
    dataset = Dataset(
        name="file",
        title=title,
        lesson="Your own data: how few numbers per sample are enough to give it back?",
        notes=report.notes(),
        source=json.loads(json.dumps(source)),  # as it comes back from a file
        **arguments,
    )
    return dataclasses.replace(dataset, name=f"file-{dataset.content_hash}")
