"""What bytes are, told by the bytes: the first of them, the table of contents of a ZIP, the letters of a text."""

from __future__ import annotations

import codecs
import io
import re
import struct
import zipfile
from collections.abc import Sequence

MOST_ENTRIES = 20_000  # of an archive
LOOKED_AT = 2**16  # bytes of a text, enough to tell what it is
LONGEST_START = 2**12  # bytes before which a file's kind stands in it
DIRECTORY_ENTRY = b"PK\x01\x02"  # stands before each entry of a ZIP's table of contents

# What cannot be told from text by its letters alone (BM, PAR1) has to go on as such a file does.
_CONTROL = rb"[\x00-\x08\x0e-\x1f]"
_SPACE = rb"(?:[ \t\r\n]|#[^\n]{0,200}\n)+"
_MAGIC = {
    "gzip": rb"\x1f\x8b",
    "bzip2": rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)",
    "parquet": rb"PAR1" + _CONTROL,
    "arrow": rb"ARROW1\x00\x00",
    "feather": rb"FEA1\x00",
    "npy": rb"\x93NUMPY",
    "idx": rb"\x00\x00[\x08\x09\x0b-\x0e][\x01-\x08]",
    "image": rb"|".join(
        (
            rb"\x89PNG\r\n\x1a\n",
            rb"\xff\xd8\xff",
            rb"GIF8[79]a",
            rb"BM.{4}\x00{4}.{4}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00",
            rb"RIFF.{4}WEBP",
            rb"II[*+]\x00|MM\x00[*+]",
            rb"P[1-6]" + _SPACE + rb"\d{1,9}" + _SPACE + rb"\d{1,9}[ \t\r\n#]",
        )
    ),
    "heic": rb".{4}ftyp(?:hei[cxms]|hev[cmxs]|mif1|msf1|avi[fs])",
    "media": rb".{4}ftyp|RIFF.{4}(?:AVI |WAVE)|\x1aE\xdf\xa3|ID3[\x02-\x04]|OggS\x00|fLaC\x00",
    "pickle": rb"\x80[\x02-\x05]",
    "pdf": rb"%PDF-",
    "sqlite": rb"SQLite format 3\x00",
    "hdf5": rb"\x89HDF\r\n\x1a\n",
    "mat": rb"MATLAB [57]\.\d",
    "statistics": rb"\$FL[23]@\(#\)|RD[AX][23]\n|X\n\x00\x00\x00[\x02\x03]|<stata_dta>|\x00{12}\xc2\xea\x81\x60",
    "archive": rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18|.{257}ustar",
    "document": rb"\{\\rtf1",
}
_KINDS = {kind: re.compile(pattern, re.DOTALL) for kind, pattern in _MAGIC.items()}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what held Word, Excel and PowerPoint before 2007
_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_OLD_PICKLE = re.compile(rb"(?:\(?[ld]p\d+\n|\(?c[\w.]+\n[\w.]+\n(?:p\d+\n|q.|\())", re.DOTALL)  # protocol 0 and 1
_PAGE = ("<!doctype html", "<html", "<head", "<body", "<table", "<script", "<meta")
MOST_CONTROLS = 0.05  # share of the characters of a text

# Why a file of a kind cannot be used, and what to do instead.
SENTENCES = {
    "empty": "{} is empty: choose another file.",
    "zip": "{} is an archive inside another one, which is not opened: unpack it first.",
    "gzip": "{} is packed several times over: unpack it first.",
    "bzip2": "{} is packed several times over: unpack it first.",
    "html": "{} is a web page, not a data file: on GitHub use 'Download raw file'.",
    "svg": "{} is a drawing (SVG) and no bitmap: export it as PNG.",
    "xml": "{} is an XML file, which is not read: export its table as CSV or .xlsx.",
    "pickle": "{} holds Python objects (pickle), which can run code: save plain arrays (.npy, .npz) or a table (CSV, "
    "Parquet).",
    "pdf": "{} is a PDF, which is not read: export its table as CSV, or its pictures as PNG.",
    "heic": "{} is not a picture format that can be read (HEIC, AVIF): export it as PNG or JPEG.",
    "media": "{} is film or sound, which is not read: bring tables, pictures or arrays.",
    "sqlite": "{} is a database (SQLite), which is not read: export the table you need as CSV.",
    "hdf5": "{} is an HDF5 file, which is not read: save the array as .npy or .npz, or the table as CSV or Parquet.",
    "mat": "{} is a MATLAB file, which is not read: save the array as .npy or .npz, or the table as CSV.",
    "feather": "{} is of Feather's first version, which is not read: save it as Parquet or Feather 2.",
    "statistics": "{} is a file of R, Stata or SPSS, which is not read: export it as CSV or Parquet.",
    "document": "{} is a document and no table: export its table as CSV or .xlsx.",
    "locked": "{} is locked with a password: save it without one.",
    "archive": "{} is packed in a way that is not opened (tar, RAR, 7z, xz, Zstandard): pack it as ZIP.",
    "image": "{} is a picture and no table: bring at least 20 pictures, in one ZIP or folder.",
    "npy": "{} is an array and no table of text: choose it alone.",
    "npz": "{} holds arrays and no table of text: choose it alone.",
    "idx": "{} is an array and no table of text: choose it alone.",
}
UNKNOWN = "{} is a binary file of a kind that is not known: save it as CSV, Parquet, .npy or PNG."


def kind_of(content: bytes) -> str:
    """What these bytes are.

    Returns:
        What is read: "text" (of any sort, JSON too), "workbook", "parquet", "arrow", "npy", "npz", "idx", "image".
        What holds other files: "zip", "gzip", "bzip2".
        What nobody reads: "empty", "html", "svg", "xml", "pickle", "pdf", "heic", "media", "sqlite", "hdf5", "mat",
        "feather", "statistics", "document", "locked", "archive", and "binary" for all the rest.
    """
    if not content or content.isspace() or content == codecs.BOM_UTF8 or content in _WIDE_MARKS:
        return "empty"
    if content.startswith(_ZIP):
        return _kind_of_zip(content)
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    for kind, pattern in _KINDS.items():
        if pattern.match(content, 0, LONGEST_START):
            return kind
    return _kind_of_text(content)


def directory_of(content: bytes) -> zipfile.ZipFile:
    """A ZIP with its table of contents read, which must have been found short enough before (`n_entries`).

    Raises:
        zipfile.BadZipFile: the table of contents is damaged.
    """
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (ValueError, NotImplementedError, OSError, OverflowError, EOFError, struct.error) as error:
        raise zipfile.BadZipFile(str(error)) from error


def n_entries(content: bytes) -> int:
    """How many files a ZIP can claim to hold, found without making an object of each.

    Never fewer than `zipfile` would find, which believes the size of the table of contents and not the number in it.
    """
    return content.count(DIRECTORY_ENTRY)


def _kind_of_zip(content: bytes) -> str:
    if n_entries(content) > MOST_ENTRIES:
        return "zip"
    try:
        names = directory_of(content).namelist()
    except zipfile.BadZipFile:
        return "zip"
    if any(re.fullmatch(r"(?:[^/]+/)?data\.pkl", name) for name in names):
        return "pickle"  # what torch.save writes
    if _any(names, "xl/workbook.xml", "xl/workbook.bin"):
        return "workbook"
    if b"application/vnd.oasis.opendocument" in content[:200]:
        return "workbook" if b"application/vnd.oasis.opendocument.spreadsheet" in content[:200] else "document"
    if _any(names, "word/document.xml", "ppt/presentation.xml", "Index/Document.iwa"):
        return "document"
    files = [name for name in names if not name.endswith("/")]
    return "npz" if files and all(name.endswith(".npy") for name in files) else "zip"


def _any(names: Sequence[str], *wanted: str) -> bool:
    return not set(wanted).isdisjoint(names)


def _kind_of_ole(content: bytes) -> str:
    """An old workbook, or what else is kept in the same way; told by the name of a stream."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "locked"
    is_book = any(name.encode("utf-16-le") + b"\0\0" in content for name in ("Workbook", "Book"))
    return "workbook" if is_book else "document"


def _kind_of_text(content: bytes) -> str:
    start = content[:LOOKED_AT]
    wide = _wide(start)
    if not wide and b"\0" in start:
        return "binary"
    text = start.decode(wide, errors="ignore") if wide else start.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    if len(re.findall("[\x00-\x08\x0e-\x1a\x1c-\x1f]", text)) > MOST_CONTROLS * len(text):
        return "binary"
    if _OLD_PICKLE.match(start) and content.rstrip().endswith(b"."):
        return "pickle"
    return _kind_of_markup(text.lower()) or "text"


def _wide(start: bytes) -> str:
    """The encoding of text with two or four bytes per letter, "" where it is none."""
    for mark, encoding in _WIDE_MARKS.items():
        if start.startswith(mark):
            return encoding
    even, odd = start[0::2].count(0), start[1::2].count(0)
    plain = start.isascii() and not re.search(rb"[\x01-\x08\x0e-\x1f]", start)
    if not even + odd or (plain and even + odd < 0.4 * len(start)):
        return ""  # text of one byte per letter, with a zero here and there
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = start[: len(start) // 2 * 2 - 2].decode(encoding)  # the last letter may be half a one
    except UnicodeDecodeError:
        return ""
    readable = sum(character.isprintable() or character in "\t\r\n" for character in text)
    return encoding if text and readable >= 0.98 * len(text) else ""


def _kind_of_markup(text: str) -> str:
    """What text with angle brackets is, "" where there are none at its beginning."""
    text = text.lstrip()
    is_xml = text.startswith("<?xml")
    while (start := next((s for s in ("<?", "<!--") if text.startswith(s)), "")) and text:
        _, end, text = text.partition({"<?": "?>", "<!--": "-->"}[start])
        if not end:
            return "xml" if is_xml else ""
        text = text.lstrip()
    if text.startswith(_PAGE):
        return "html"
    if re.match(r"<(?:!doctype )?(?:\w{1,20}:)?svg\b", text):
        return "svg"
    return "xml" if is_xml or text.startswith("<!doctype") else ""
