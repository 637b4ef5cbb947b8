"""What a visitor sends: files as bytes. What is in them is told by their content, never by their name alone.

Nothing here is ever written to disk, no name becomes a path, and no size is believed before it was counted.
"""

from __future__ import annotations

import bz2
import contextlib
import io
import re
import stat
import struct
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath

from playground.data.reading.kinds import MOST_ENTRIES as MOST_ENTRIES
from playground.data.reading.kinds import SENTENCES, UNKNOWN, directory_of, n_entries
from playground.data.reading.kinds import kind_of as kind_of
from playground.data.reading.report import Report, named
from playground.errors import DataError

MOST_BYTES = 200 * 2**20  # of all files together, as sent
MOST_UNPACKED = 600 * 2**20  # of all that an archive holds
MOST_RATIO = 200  # how much larger than its packed size a file may become; a table rarely reaches 100, zeros 1,000
FREE_OF_RATIO = 16 * 2**20  # so small that its ratio does not matter: a blank picture does no harm
CHUNK = 2**20
LONGEST_NAME = 250  # characters, of a path; as many fit into `ReadOptions.member`
JUNK = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini"}  # besides everything that begins with a dot
NESTED = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".jar")
ENDINGS = {".gz": "", ".bz2": "", ".tgz": ".tar", ".tbz2": ".tar", ".svgz": ".svg"}

_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)


@dataclass(frozen=True)
class File:
    """One file: its name (a path within a folder or an archive, with `/`), and its bytes."""

    name: str
    content: bytes

    @property
    def title(self) -> str:
        """The name without its folders, for a sentence; "your file" where there is none."""
        return safe_name(PurePosixPath(self.name.replace("\\", "/")).name) or "your file"


@dataclass(frozen=True, eq=False)
class Member:
    """One file of a ZIP, unpacked only when it is asked for.

    Attributes:
        name: its path in the archive, cleaned; never used as a path of this machine.
        size: bytes, as the archive says; `read` proves it.
        archive, entry: where it lies.
    """

    name: str
    size: int
    archive: zipfile.ZipFile = field(repr=False)
    entry: zipfile.ZipInfo = field(repr=False)

    def read(self) -> bytes:
        """All bytes.

        Raises:
            DataError: they are damaged, or fewer or more than the archive says.
        """
        content = self.start(self.size)
        if len(content) != self.size:
            raise DataError(f"{safe_name(self.name)} is damaged in its archive: pack it again.")
        return content

    def start(self, n_bytes: int) -> bytes:
        """The first bytes, at most so many.

        Raises:
            DataError: they are damaged.
        """
        unpacked = io.BytesIO()
        try:
            with self.archive.open(self.entry) as stream:
                while chunk := stream.read(min(CHUNK, n_bytes - unpacked.tell())):
                    unpacked.write(chunk)
        except _DAMAGED as error:
            raise DataError(f"{safe_name(self.name)} is damaged in its archive: pack it again.") from error
        return unpacked.getvalue()


def safe_name(name: str) -> str:
    """A name in one line of printable characters, at most 100 of them."""
    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
    return text if len(text) <= 100 else f"{text[:80]}…{text[-19:]}"


def is_junk(name: str) -> bool:
    """Whether a system left this file behind; nobody misses it, so nobody is told."""
    parts = name.lower().split("/")
    return any(part in JUNK or (part.startswith(".") and part.strip(".")) for part in parts)


def refuse(file: File, kind: str) -> DataError:
    """The sentence for a file of a kind (see `kind_of`) that cannot be used."""
    return DataError(SENTENCES.get(kind, UNKNOWN).format(file.title))


# ---------------------------------------------------------------------------------------------- one packed file


def unwrap(file: File) -> File:
    """The file itself where it is packed with gzip or bzip2, once or twice; any other file as it is.

    A workbook or an .npz, which are ZIPs of their own, come back only if they hold no bomb.

    Raises:
        DataError: it is damaged, or becomes too large.
    """
    for _ in range(2):
        kind = kind_of(file.content)
        if kind not in _UNPACK:
            break
        file = File(_without_ending(file.name), _unpacked(file, kind))
    kind = kind_of(file.content)
    if kind in _UNPACK:
        raise refuse(file, kind)
    if kind in ("workbook", "npz") and file.content.startswith(b"PK"):  # an .xls is no ZIP
        opened(file)
    return file


def _without_ending(name: str) -> str:
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)] + ENDINGS.get(ending, "")


def _unpacked(file: File, kind: str) -> bytes:
    unpacked = io.BytesIO()
    try:
        for n_read, chunk in _UNPACK[kind](file.content):
            unpacked.write(chunk)
            _refuse_size(file.title, unpacked.tell(), n_read)
    except EOFError as error:
        raise DataError(f"{file.title} ends too early, so that it cannot be unpacked: load it again.") from error
    except (zlib.error, OSError, ValueError) as error:
        raise DataError(f"{file.title} is damaged and cannot be unpacked: load it again.") from error
    return unpacked.getvalue()


def _refuse_size(title: str, n_bytes: int, n_packed: int) -> None:
    """Raises DataError where so many bytes out of so few packed ones are too many."""
    if n_bytes > MOST_UNPACKED:
        raise DataError(
            f"{title} unpacks to more than {MOST_UNPACKED // 2**20} MB, which is too much: keep less of it."
        )
    if n_bytes > FREE_OF_RATIO and n_bytes > MOST_RATIO * n_packed:
        raise DataError(
            f"{title} unpacks to more than {MOST_RATIO} times its size, as only files made to do harm do: bring it "
            "unpacked."
        )


def _gunzip(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Chunks of what was packed, each with the number of packed bytes read for it; several streams in a row are one."""
    place = 0
    for _ in range(MOST_ENTRIES):
        stream = zlib.decompressobj(wbits=31)
        pieces = _pieces(content, place)
        while not stream.eof:
            data = stream.unconsumed_tail
            if not data:
                data = next(pieces)
                place += len(data)
            yield place, stream.decompress(data, CHUNK)
        place -= len(stream.unused_data)
        if not _goes_on(content, place):
            return
    raise ValueError("far too many streams")


def _bunzip(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The same for bzip2."""
    place = 0
    for _ in range(MOST_ENTRIES):
        stream = bz2.BZ2Decompressor()
        pieces = _pieces(content, place)
        while not stream.eof:
            data = next(pieces) if stream.needs_input else b""
            place += len(data)
            yield place, stream.decompress(data, CHUNK)
        place -= len(stream.unused_data)
        if not _goes_on(content, place):
            return
    raise ValueError("far too many streams")


def _pieces(content: bytes, place: int) -> Iterator[bytes]:
    """The bytes from this place on, in pieces that grow: what a short stream leaves of one is copied every time."""
    length = 2**10
    while place < len(content):
        yield content[place : place + length]
        place += length
        length = min(2 * length, 2**16)
    raise EOFError


def _goes_on(content: bytes, place: int) -> bool:
    """Whether another stream follows; zeros at the end are but padding."""
    return re.compile(rb"\0*[^\0]", re.DOTALL).match(content, place) is not None


_UNPACK = {"gzip": _gunzip, "bzip2": _bunzip}


# --------------------------------------------------------------------------------------------------- an archive


def members(file: File, report: Report) -> list[Member]:
    """The files of a ZIP, in its order, without folders and without what systems leave behind.

    Links and archives inside it are left out, counted and said.

    Raises:
        DataError: the archive is damaged, locked or far larger inside than outside, or holds no files.
    """
    kept: list[Member] = []
    left: dict[str, list[str]] = defaultdict(list)
    inside = opened(file)
    if inside:
        entries = inside[0].archive.infolist()
        n_junk = sum(is_junk(_clean(entry)) and not entry.filename.endswith(("/", "\\")) for entry in entries)
        report.count("files of the system left out", n_junk)
    for member in inside:
        if stat.S_IFMT(member.entry.external_attr >> 16) not in (0, stat.S_IFREG):
            left["link"].append(member.name)
        elif member.name.lower().endswith(NESTED):
            left["archive inside it"].append(member.name)
        else:
            kept.append(member)
    said = _say_left(file, left, report)
    if not kept:
        raise DataError(f"{file.title} holds no files{said}: put tables, pictures or arrays into it.")
    return kept


def opened(file: File) -> list[Member]:
    """All of a ZIP but folders and junk, its table of contents looked through before anything is unpacked.

    Raises:
        DataError: the archive is damaged, locked, or far larger inside than outside.
    """
    if n_entries(file.content) > MOST_ENTRIES:
        raise DataError(f"{file.title} holds more than {MOST_ENTRIES:,} files: pack fewer of them into one archive.")
    try:
        archive = directory_of(file.content)
    except zipfile.BadZipFile as error:
        raise DataError(f"{file.title} is damaged and cannot be opened as a ZIP: pack or load it again.") from error
    _refuse_overlap(file, archive.infolist())
    inside = []
    taken: dict[str, int] = {}
    for entry in archive.infolist():
        name = _clean(entry)
        if entry.filename.endswith(("/", "\\")) or is_junk(name):
            continue
        inside.append(Member(_unique(name, taken), entry.file_size, archive, entry))
        _refuse_entry(file, inside[-1])
    _refuse_size(file.title, sum(member.size for member in inside), len(file.content))
    return inside


def _refuse_entry(file: File, member: Member) -> None:
    entry = member.entry
    if entry.flag_bits & 0x1:
        raise DataError(f"{file.title} is locked with a password: pack it again without one.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{file.title} is packed by an unusual method: pack it again as a plain ZIP (Deflate).")
    _refuse_size(f"{safe_name(member.name)} in {file.title}", entry.file_size, entry.compress_size)


def _refuse_overlap(file: File, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Raises DataError where two files share bytes: with that trick a small archive holds petabytes (Fifield, 2019)."""
    spans = sorted((entry.header_offset, entry.header_offset + 30 + entry.compress_size) for entry in entries)
    if any(end > start for (_, end), (start, _) in pairwise(spans)):
        raise DataError(f"{file.title} is damaged: files in it lie over one another. Pack it again.")


def _clean(entry: zipfile.ZipInfo) -> str:
    """A name without what leads out of the archive, in printable characters."""
    name = entry.filename
    if not entry.flag_bits & 0x800:  # many a program writes UTF-8 and forgets to say so
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    name = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
    parts = [re.sub(r"^[A-Za-z]:", "", part) for part in name.replace("\\", "/").split("/")]
    name = "/".join(part for part in parts if part.strip(". "))
    return (name if len(name) <= LONGEST_NAME else f"{name[:100]}…{name[101 - LONGEST_NAME :]}") or "unnamed"


def _unique(name: str, taken: dict[str, int]) -> str:
    """The name, with a number before its ending where another file has it already.

    Args:
        taken: the names so far, and the last number that each was given.
    """
    ending = PurePosixPath(name).suffix
    start, unique, number = name.removesuffix(ending), name, taken.get(name, 1)
    while unique in taken:
        number += 1
        unique = f"{start} ({number}){ending}"
    taken[name], taken[unique] = number, 1
    return unique


def _say_left(file: File, left: dict[str, list[str]], report: Report) -> str:
    """Counts what was left out and says it; gives it in brackets as well, for a sentence that ends here."""
    parts = []
    for what, names in left.items():
        plural = what.replace("link", "links").replace("archive", "archives") if len(names) > 1 else what
        report.count(f"{what.partition(' ')[0]}s left out", len(names))
        parts.append(f"{len(names):,} {plural} ({named([safe_name(name) for name in names])})")
    if not parts:
        return ""
    report.say(f"Left out of {file.title}: {', '.join(parts)}.")
    return f" but {', '.join(parts)}"
