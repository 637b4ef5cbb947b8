"""Hostile and awkward files: each is to be read rightly, or refused with its sentence, fast and in little memory.

`CORPUS` maps what a file is to a function that makes it: its files, and what is to come of them, which is `READ` or a
regular expression that the sentence of the refusal matches. To add one, write such a function below `@entry("name")`.
Everything is made anew with fixed seeds; nothing is kept in the repository and nothing is loaded.
"""

import bz2
import gzip
import io
import pickle
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from playground.data.reading.source import File

READ = "read"
EITHER = "either"  # damaged in such a way that both are right
CORPUS = {}
CANARY = Path("canary-of-the-corpus")  # whoever runs code out of a file makes this


def entry(name):
    """Registers a function that gives files and what is to come of them."""

    def register(make):
        assert name not in CORPUS, name
        CORPUS[name] = make
        return make

    return register


def entries(table):
    """Registers entries of one file: what it is -> its name, its bytes (or what makes them), what is to come of it."""
    for what, one in table.items():
        entry(what)(lambda one=one: ([File(one[0], one[1]() if callable(one[1]) else one[1])], one[2]))


# ------------------------------------------------------------------------------------------------------- makers


def noise(*shape, seed=0, high=256):
    return np.random.default_rng(seed).integers(0, high, shape).astype(np.uint8)


def encoded(image, form="PNG", **options):
    """A picture (Pillow's, or an array) in the bytes of a file."""
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def pictures(n=25, height=20, width=20, seed=0, form="PNG", ending="png"):
    """Small pictures of noise: name -> bytes."""
    return {f"{place}.{ending}": encoded(noise(height, width, 3, seed=seed + place), form) for place in range(n)}


def zipped(contents, method=zipfile.ZIP_STORED):
    """A ZIP of name -> bytes; a name may be a ZipInfo."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def raw_zip(members):
    """A ZIP written field by field, so that it can lie.

    Args:
        members: dictionaries with name and data (as packed), and where they differ from the truth: method, flags, crc,
            size (unpacked), offset (of another member's data), mode (of Unix).
    """
    body, directory = io.BytesIO(), io.BytesIO()
    for member in members:
        name, data = member["name"].encode(), member["data"]
        offset = member.get("offset", body.tell())
        sizes = member.get("crc", zlib.crc32(data)), len(data), member.get("size", len(data))
        common = struct.pack(
            "<HHHHHIIIHH", 20, member.get("flags", 0), member.get("method", 0), 0, 0, *sizes, len(name), 0
        )
        if "offset" not in member:
            body.write(b"PK\x03\x04" + common + name + data)
        directory.write(b"PK\x01\x02" + struct.pack("<H", 0x0314) + common)
        directory.write(struct.pack("<HHHII", 0, 0, 0, member.get("mode", 0) << 16, offset) + name)
    end = struct.pack("<HHHHIIH", 0, 0, *[len(members) & 0xFFFF] * 2, directory.tell(), body.tell(), 0)
    return body.getvalue() + directory.getvalue() + b"PK\x05\x06" + end


def deflated_zeros(megabytes):
    """A stream of zeros as raw Deflate, made of one megabyte's worth over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + packer.flush()


def png(width, height, rows, colour=2, depth=8, chunks=b""):
    """A PNG whose header may say anything; `rows` are the packed pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunks + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_zeros(n_bytes):
    """So many zeros in zlib's format: 100 KB for the 2.7 GB of a picture of 30,000×30,000 pixels."""
    stream = zlib.compressobj(1)
    block = bytes(2**20)
    body = stream.compress(block)
    body += stream.flush(zlib.Z_FULL_FLUSH)
    again = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = again.compress(block) + again.flush(zlib.Z_FULL_FLUSH)
    return body + one * (n_bytes // 2**20)


def npy(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def npy_header(text, data=b"", version=(1, 0)):
    """An .npy with this text for a header."""
    text = text.encode("latin-1") + b"\n"
    length = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + length + text + data


def npy_claim(shape, descr="<f8", data=bytes(64)):
    return npy_header(f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}", data)


def npz(compressed=True, **arrays):
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def idx(array, claim=None):
    """An array in the format of MNIST."""
    codes = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
    code = codes[array.dtype.str[1:]]
    shape = array.shape if claim is None else claim
    return (
        struct.pack(f">HBB{len(shape)}I", 0, code, len(shape), *shape)
        + array.astype(array.dtype.newbyteorder(">")).tobytes()
    )


class _Canary:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (CANARY,)


def evil_pickle(protocol=4):
    return pickle.dumps(_Canary(), protocol=protocol)


# ----------------------------------------------------------------------------------------------------- archives

BOMB = "more than 200 times its size"
DAMAGED_ZIP = "is damaged and cannot be opened as a ZIP"
HOLDS_NOTHING = "holds no files"


@entry("a ZIP bomb of one file")
def _():
    data = deflated_zeros(300)
    return [File("bomb.zip", raw_zip([{"name": "a.csv", "data": data, "method": 8, "size": 300 * 2**20}]))], BOMB


@entry("a ZIP bomb of many small files")
def _():
    data = deflated_zeros(15)
    members = [{"name": f"{k}.csv", "data": data, "method": 8, "size": 15 * 2**20} for k in range(60)]
    return [File("flat.zip", raw_zip(members))], "unpacks to more than 600 MB"


@entry("a ZIP bomb whose directory says it is small")
def _():
    data = deflated_zeros(300)
    return [File("lie.zip", raw_zip([{"name": "a.csv", "data": data, "method": 8, "size": 1000}]))], "a.csv is damaged"


@entry("a ZIP whose directory says more than there is")
def _():
    return [File("lie.zip", raw_zip([{"name": "a.csv", "data": b"1,2\n" * 50, "size": 5000}]))], "a.csv is damaged"


@entry("a ZIP that claims a terabyte")
def _():
    content = raw_zip([{"name": "a.csv", "data": b"1,2\n", "size": 2**32 - 2}])
    return [File("huge.zip", content)], "unpacks to more than 600 MB"


@entry("a ZIP whose files lie over one another")
def _():
    data = deflated_zeros(10)
    first = {"name": "0.csv", "data": data, "method": 8, "size": 10 * 2**20}
    members = [first, *({**first, "name": f"{k}.csv", "offset": 0} for k in range(1, 20))]
    return [File("overlap.zip", raw_zip(members))], "files in it lie over one another"


@entry("a ZIP of 30,001 files")
def _():
    contents = raw_zip([{"name": f"{k}.txt", "data": b""} for k in range(30_001)])
    return [File("many.zip", contents)], "holds more than 20,000 files"


@entry("a ZIP with files that lead out of it")
def _():
    ways = ["../../{}", "/etc/{}", "C:\\Windows\\{}", "..\\{}", "a/../../{}", "\\\\server\\share\\{}", "%2e%2e/{}"]
    contents = {ways[k % len(ways)].format(name): data for k, (name, data) in enumerate(pictures().items())}
    return [File("traversal.zip", zipped(contents))], READ


@entry("a ZIP with links")
def _():
    contents = pictures()
    for name, target in {"passwd.png": "/etc/passwd", "up": "../..", "loop": "loop"}.items():
        link = zipfile.ZipInfo(name)
        link.create_system, link.external_attr = 3, 0o120777 << 16
        contents[link] = target
    return [File("links.zip", zipped(contents))], READ


@entry("a ZIP of links alone")
def _():
    content = raw_zip([{"name": "passwd", "data": b"/etc/passwd", "mode": 0o120777}])
    return [File("links.zip", content)], "holds no files but 1 link"


@entry("a ZIP of a device")
def _():
    content = raw_zip([{"name": "null", "data": b"", "mode": 0o020666}])
    return [File("device.zip", content)], HOLDS_NOTHING


@entry("a ZIP of ZIPs")
def _():
    inner = zipped({"0": bytes(1000)}, zipfile.ZIP_DEFLATED)
    for _ in range(5):
        inner = zipped({f"{k}.zip": inner for k in range(8)}, zipfile.ZIP_DEFLATED)
    return [File("42.zip", inner)], "holds no files but 8 archives inside it"


@entry("a ZIP in a ZIP under a wrong name")
def _():
    return [File("a.zip", zipped({"a.csv": zipped({"b.csv": b"1,2\n"})}))], "a.csv is an archive inside another one"


@entry("a locked ZIP")
def _():
    return [File("secret.zip", raw_zip([{"name": "a.csv", "data": bytes(50), "flags": 1}]))], "locked with a password"


@entry("a ZIP packed by an unusual method")
def _():
    return [File("odd.zip", zipped({"a.csv": b"1,2\n" * 99}, zipfile.ZIP_LZMA))], "packed by an unusual method"


@entry("a ZIP cut in half")
def _():
    content = zipped(pictures())
    return [File("half.zip", content[: len(content) // 2])], DAMAGED_ZIP


@entry("a ZIP without its beginning")
def _():
    content = zipped(pictures())
    return [
        File("tail.zip", b"PK\x03\x04" + content[len(content) // 2 :])
    ], DAMAGED_ZIP + "|No pictures can be read|pictures that can be read|is damaged in"


@entry("a ZIP with a damaged directory")
def _():
    content = bytearray(zipped(pictures()))
    start = content.index(b"PK\x01\x02")
    content[start + 46 : start + 4000 : 3] = bytes(len(content[start + 46 : start + 4000 : 3]))
    return [File("bad.zip", bytes(content))], DAMAGED_ZIP


@entry("a ZIP whose directory lies beyond its end")
def _():
    content = zipped({"a.csv": b"1,2\n"})
    return [File("bad.zip", content[:-6] + b"\xff\xff\xff\x7f" + content[-2:])], DAMAGED_ZIP + "|is damaged"


@entry("a ZIP of what systems leave behind")
def _():
    names = ["__MACOSX/._1.png", ".DS_Store", "a/Thumbs.db", "desktop.ini", ".git/config"]
    return [File("junk.zip", zipped(dict.fromkeys(names, b"junk")))], HOLDS_NOTHING


@entry("a ZIP of nothing")
def _():
    return [File("empty.zip", zipped({}))], HOLDS_NOTHING


@entry("a ZIP of folders")
def _():
    return [File("folders.zip", zipped({"a/": b"", "a/b/": b""}))], HOLDS_NOTHING


@entry("a ZIP with names that are no names")
def _():
    names = ["\x1b[31mred", "\u202egnp.exe", "a\nb", "", "   ", "<img src=x onerror=alert(1)>", "x" * 3000, "é", "."]
    members = [{"name": names[k % len(names)], "data": data} for k, data in enumerate(pictures().values())]
    return [File("names.zip", raw_zip(members))], READ


@entry("a ZIP with the same name over and over")
def _():
    members = [{"name": "a.png", "data": data} for data in pictures().values()]
    return [File("same.zip", raw_zip(members))], READ


@entry("a ZIP with one name 19,000 times")
def _():
    return [File("same.zip", raw_zip([{"name": "a.png", "data": b"<html>"}] * 19_000))], "is a web page"


@entry("a gzip bomb")
def _():
    data = b"\x1f\x8b\x08" + bytes(7) + deflated_zeros(1000)
    return [File("bomb.csv.gz", data)], BOMB


@entry("a bzip2 bomb")
def _():
    return [File("bomb.csv.bz2", bz2.compress(bytes(20 * 2**20)) * 100)], BOMB


@entry("a gzip in a gzip in a gzip")
def _():
    content = b"1,2\n" * 99
    for _ in range(3):
        content = gzip.compress(content)
    return [File("a.csv.gz.gz.gz", content)], "packed several times over"


@entry("a gzip cut in half")
def _():
    content = gzip.compress(noise(5000).tobytes())
    return [File("half.csv.gz", content[: len(content) // 2])], "half.csv.gz ends too early"


@entry("a gzip with a wrong checksum")
def _():
    content = gzip.compress(b"1,2\n" * 99)
    return [File("bad.csv.gz", content[:-8] + bytes(4) + content[-4:])], "bad.csv.gz is damaged"


@entry("a gzip with something behind it")
def _():
    return [File("behind.csv.gz", gzip.compress(b"1,2\n" * 99) + b"surprise")], "behind.csv.gz is damaged"


@entry("a gzip of 100,000 empty streams")
def _():
    return [File("many.csv.gz", gzip.compress(b"") * 100_000)], "many.csv.gz is damaged"


@entry("a bzip2 cut in half")
def _():
    content = bz2.compress(noise(50_000).tobytes())
    return [File("half.csv.bz2", content[: len(content) // 2])], "half.csv.bz2 ends too early"


@entry("an array in two gzips")
def _():
    return [File("x.npy.gz", gzip.compress(gzip.compress(npy(noise(30, 8, 8)))))], READ


# ------------------------------------------------------------------------------------------ what nobody can read


def torch_archive():
    return zipped({"model/data.pkl": evil_pickle(2), "model/version": b"3\n", "model/data/0": bytes(64)})


entries(
    {
        "nothing": ("a.csv", b"", "a.csv is empty"),
        "nothing but blanks": ("a.csv", b" \r\n\t\n" * 9, "a.csv is empty"),
        "a web page named .parquet": (
            "a.parquet",
            b"\n<!DOCTYPE html>\n<html><body>404</body>",
            "a.parquet is a web page",
        ),
        "a web page named .png": ("a.png", b"<?xml version='1.0'?><!-- x --><HTML lang='en'>", "a.png is a web page"),
        "a web page in UTF-16": ("a.csv", "<!doctype html><html></html>".encode("utf-16"), "a.csv is a web page"),
        "a drawing": ("a.svg", b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "is a drawing"),
        "XML that grows when it is read": (
            "lol.xml",
            b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>',
            "is an XML file",
        ),
        "a pickle, protocol 0": ("m.pkl", lambda: evil_pickle(0), "holds Python objects"),
        "a pickle, protocol 2": ("m.pkl", lambda: evil_pickle(2), "holds Python objects"),
        "a pickle, protocol 5": ("m.csv", lambda: evil_pickle(5), "holds Python objects"),
        "a packed pickle": ("m.pkl.gz", lambda: gzip.compress(evil_pickle()), "holds Python objects"),
        "a model of torch": ("model.pt", torch_archive, "holds Python objects"),
        "a PDF": ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is a PDF"),
        "a picture of a telephone": ("a.heic", b"\0\0\0\x18ftypheic" + bytes(40), "export it as PNG or JPEG"),
        "a film": ("a.mp4", b"\0\0\0\x18ftypisom" + bytes(40), "is film or sound"),
        "a database": ("a.db", b"SQLite format 3\0" + bytes(100), "is a database"),
        "HDF5": ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(100), "is an HDF5 file"),
        "a file of MATLAB": ("a.mat", b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(100), "is a MATLAB file"),
        "old Feather": ("a.feather", b"FEA1" + bytes(100), "Feather's first version"),
        "a 7z": ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100), "is packed in a way that is not opened"),
        "a tar in a gzip": ("a.tar.gz", lambda: gzip.compress(bytes(257) + b"ustar" + bytes(250)), "pack it as ZIP"),
        "a document of Word": ("a.docx", lambda: zipped({"word/document.xml": b"<w/>"}), "is a document and no table"),
        "a locked workbook": (
            "a.xlsx",
            lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
            "locked with a password",
        ),
        "random bytes": (
            "a.csv",
            lambda: b"\x01" + noise(5000).tobytes(),
            "is a binary file of a kind that is not known",
        ),
    }
)


@entry("a workbook with a bomb in it")
def _():
    sheet = {"name": "xl/worksheets/sheet1.xml", "data": deflated_zeros(300), "method": 8, "size": 300 * 2**20}
    return [File("bomb.xlsx", raw_zip([{"name": "xl/workbook.xml", "data": b"<workbook/>"}, sheet]))], BOMB


# ----------------------------------------------------------------------------------------------------- pictures

NO_PICTURES = "No pictures can be read from"
TOO_LARGE = "1 too large .*At most 24 million pixels"


@entry("a picture of 30,000×30,000 pixels")
def _():
    return [File("big.png", png(30_000, 30_000, packed_zeros(30_000 * 90_001)))], TOO_LARGE


@entry("a ZIP of pictures of 30,000×30,000 pixels")
def _():
    big = png(30_000, 30_000, packed_zeros(2**20))
    return [File("big.zip", zipped({f"{k}.png": big for k in range(30)}))], "30 too large"


@entry("a picture of 24 million pixels out of few bytes")
def _():
    return [
        File("bomb.png", png(6000, 4000, packed_zeros(4000 * 24_001), colour=6))
    ], "1 far larger inside than the file"


@entry("pictures of 100 million pixels among good ones")
def _():
    big = png(12_000, 9_000, packed_zeros(2**20))
    return [File("mixed.zip", zipped(pictures() | {f"big{k}.png": big for k in range(9)}))], READ


@entry("a strip of a million pixels by one")
def _():
    return [File("strip.png", png(1_000_000, 1, packed_zeros(3_000_001)))], TOO_LARGE


@entry("truncated pictures among good ones")
def _():
    contents = pictures()
    cut = {f"cut{k}.png": data[: len(data) // 2] for k, data in enumerate(list(contents.values())[:3])}
    return [File("cut.zip", zipped(contents | cut))], READ


@entry("nothing but truncated pictures")
def _():
    contents = {name: data[:-40] for name, data in pictures(form="JPEG", ending="jpg").items()}
    return [File("cut.zip", zipped(contents))], "cut.zip holds no picture that can be read"


@entry("web pages named .png")
def _():
    return [File("pages.zip", zipped({f"{k}.png": b"<html>404</html>" for k in range(30)}))], "web page|" + NO_PICTURES


@entry("a picture that claims more pixels than it has")
def _():
    contents = pictures() | {"lie.png": png(4000, 4000, zlib.compress(noise(90_000).tobytes()))}
    return [File("lie.zip", zipped(contents))], READ


@entry("a picture with a bomb in its text")
def _():
    text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(60 * 2**20), 9))
    contents = pictures() | {"text.png": png(4, 4, zlib.compress(bytes(52)), chunks=text)}
    return [File("text.zip", zipped(contents))], READ


@entry("a picture with a bomb in its colour profile")
def _():
    profile = png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(60 * 2**20), 9))
    contents = pictures() | {"icc.png": png(4, 4, zlib.compress(bytes(52)), chunks=profile)}
    return [File("icc.zip", zipped(contents))], READ


@entry("a JPEG of a thousand scans")
def _():
    image = encoded(noise(64, 64, 3), "JPEG", progressive=True)
    first = image.index(b"\xff\xda", image.index(b"\xff\xda") + 2)
    last = image.rindex(b"\xff\xda")
    scan = image[last:-2]
    slow = image[:first] + scan * 1000 + image[-2:]
    return [File("scans.zip", zipped(pictures() | {"slow.jpg": slow}))], READ


@entry("a JPEG with damaged notes")
def _():
    exif = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + noise(300).tobytes()
    contents = {name: encoded(noise(20, 20, 3, seed=k), "JPEG", exif=exif) for k, name in enumerate(pictures())}
    return [File("notes.zip", zipped(contents))], READ


@entry("a GIF whose frame is larger than its screen")
def _():
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 60_000, 60_000) + b"\0"
    gif = b"GIF89a" + struct.pack("<HH", 10, 10) + b"\xf0\0\0" + bytes(6) + frame + b"\x02\x02\x4c\x01\0;"
    return [File("frame.gif", gif)], TOO_LARGE


@entry("a TIFF whose directories go round in a circle")
def _():
    content = bytearray(encoded(noise(20, 20, 3), "TIFF"))
    start = struct.unpack("<I", content[4:8])[0]
    n = struct.unpack("<H", content[start : start + 2])[0]
    content[start + 2 + 12 * n : start + 6 + 12 * n] = struct.pack("<I", start)
    return [File("loop.zip", zipped(pictures() | {"loop.tif": bytes(content)}))], READ


@entry("a TIFF that claims to be huge")
def _():
    content = bytearray(encoded(noise(20, 20, 3), "TIFF"))
    start = struct.unpack("<I", content[4:8])[0]
    for place in range(start + 2, start + 2 + 12 * struct.unpack("<H", content[start : start + 2])[0], 12):
        if struct.unpack("<H", content[place : place + 2])[0] in (256, 257):
            content[place + 2 : place + 12] = struct.pack("<HII", 4, 1, 2**31 - 1)
    return [File("huge.tif", bytes(content))], NO_PICTURES


@entry("a BMP that claims to be huge")
def _():
    content = bytearray(encoded(noise(20, 20, 3), "BMP"))
    content[18:26] = struct.pack("<ii", 2**31 - 1, -(2**31) + 1)
    return [File("huge.bmp", bytes(content))], NO_PICTURES


@entry("a WebP that claims to be huge")
def _():
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\xff" * 2
    return [File("huge.webp", b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk)], NO_PICTURES


@entry("a PNM written out in words")
def _():
    return [File("words.ppm", b"P3\n4000 4000\n255\n" + b"1 2 3\n" * 9999)], TOO_LARGE


@entry("a PNM of negative size")
def _():
    return [File("odd.pgm", b"P5 0 0 255\n" + bytes(400))], NO_PICTURES


@entry("three pictures")
def _():
    return [File("three.zip", zipped(pictures(3)))], "three.zip holds 3 pictures that can be read.*at least 20"


@entry("the same picture over and over")
def _():
    return [File("same.zip", zipped({f"{k}.png": encoded(noise(9, 9, 3)) for k in range(30)}))], READ


@entry("pictures of every sort")
def _():
    images = [Image.fromarray(noise(70, 50, 3, seed=k)) for k in range(30)]
    modes = ["L", "RGB", "RGBA", "LA", "P", "1"]
    contents = {f"{k}.png": encoded(image.convert(modes[k % 6])) for k, image in enumerate(images)}
    contents |= {f"{k}.jpg": encoded(image.convert("CMYK"), "JPEG") for k, image in enumerate(images[:5])}
    contents |= {f"{k}.tif": encoded(image.convert("L").convert("F"), "TIFF") for k, image in enumerate(images[:5])}
    contents |= {f"{k}.gif": encoded(image, "GIF") for k, image in enumerate(images[:5])}
    return [File("all.zip", zipped(contents))], READ


@entry("pictures beside other files")
def _():
    others = {"readme.txt": b"hello", "a.svg": b"<svg/>", "b.heic": b"\0\0\0\x18ftypheic", "m.pkl": evil_pickle()}
    return [File("beside.zip", zipped(pictures() | others))], READ


# ------------------------------------------------------------------------------------------------------- arrays

PICTURES = noise(30, 8, 8)
HEADER = "its header cannot be read"

entries(
    {
        "an array of Python objects": (
            "x.npy",
            lambda: npy(np.array([_Canary()] * 30, dtype=object), allow_pickle=True),
            "x.npy holds Python objects",
        ),
        "Python objects in an .npz": (
            "x.npz",
            lambda: zipped({"x.npy": npy(np.array([_Canary()], dtype=object), allow_pickle=True)}),
            "holds Python objects",
        ),
        "objects in a table with named columns": (
            "x.npy",
            lambda: npy_header("{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (30,), }", bytes(240)),
            "holds Python objects",
        ),
        "an array that claims 8 TB": (
            "x.npy",
            lambda: npy_claim((10**6, 10**6)),
            "its header claims .*8,000,000,000,000",
        ),
        "an array of negative size": ("x.npy", lambda: npy_claim((-30, -8)), "claims a shape of -30×-8"),
        "an array whose size overflows": ("x.npy", lambda: npy_claim((2**62, 2**62, 4)), "its header claims"),
        "an array of no values": ("x.npy", lambda: npy_claim((0, 8), data=b""), "holds no values"),
        "an array of values of no size": (
            "x.npy",
            lambda: npy_claim((30, 8), "|S0", b""),
            "holds no values|cannot be read",
        ),
        "an array of a hundred axes": ("x.npy", lambda: npy_claim((1,) * 100), "claims a shape|cannot be read"),
        "an array in an array": (
            "x.npy",
            lambda: npy_claim((30,), ("<f4", (8,)), bytes(960)),
            "arrays in an array",
        ),
        "an array with code for a header": (
            "x.npy",
            lambda: npy_header("__import__('pathlib').Path('canary-of-the-corpus').touch()"),
            HEADER,
        ),
        "an array with a header in brackets": ("x.npy", lambda: npy_header("(" * 9000), HEADER),
        "an array with a header of 60,000 letters": ("x.npy", lambda: npy_header(" " * 60_000), HEADER),
        "an array with a header that is cut off": ("x.npy", lambda: npy(PICTURES)[:40], HEADER),
        "an array whose version is unknown": ("x.npy", lambda: npy_header("{}", version=(9, 9)), HEADER),
        "an array cut in half": ("x.npy", lambda: npy(PICTURES)[:-500], "x.npy is damaged: its header claims"),
        "an array with something behind it": (
            "x.npy",
            lambda: npy(PICTURES) + b"more",
            "x.npy is damaged: its header claims",
        ),
        "complex numbers": ("x.npy", lambda: npy(PICTURES.astype(complex)), "holds complex numbers"),
        "dates": ("x.npy", lambda: npy(np.arange(60).astype("M8[D]").reshape(30, 2)), "holds dates"),
        "named columns": ("x.npy", lambda: npy(np.zeros(30, [("a", "f4"), ("b", "i8")])), "a table with named columns"),
        "an array of words": ("x.npy", lambda: npy(np.array([["a", "b"]] * 30)), "holds no array of samples"),
        "an array of one number": ("x.npy", lambda: npy(np.float64(3)), "holds no array of samples"),
        "an array of five axes": ("x.npy", lambda: npy(noise(30, 2, 4, 4, 3)), "holds no array of samples"),
        "pictures without some values": (
            "x.npy",
            lambda: npy(np.where(PICTURES > 250, np.nan, PICTURES.astype(np.float32))),
            "missing, infinite or beyond single precision",
        ),
        "pictures beyond single precision": ("x.npy", lambda: npy(PICTURES * 1e300), "beyond single precision"),
        "pictures of two colours": ("x.npy", lambda: npy(noise(30, 8, 8, 2)), "1, 3 or 4 colours"),
        "pictures of one row": ("x.npy", lambda: npy(noise(30, 1, 100)), "at least 4 along each side"),
        "an array of five pictures": ("x.npy", lambda: npy(noise(5, 8, 8)), "holds 5 pictures.*at least 20"),
        "rows of 100,000 columns": ("x.npy", lambda: npy(noise(30, 100_000)), "100,000 columns"),
        "pictures that are all black": ("x.npy", lambda: npy(np.zeros((30, 8, 8))), READ),
        "arrays and what is no array": (
            "x.npz",
            lambda: npz(x=PICTURES, y=np.arange(30) % 3, z=np.zeros(3, complex), w=np.array(["a"] * 30)),
            READ,
        ),
        "a bomb in an .npz": (
            "x.npz",
            lambda: raw_zip([{"name": "x.npy", "data": deflated_zeros(300), "method": 8, "size": 300 * 2**20}]),
            BOMB,
        ),
        "an .npz that claims more than it holds": (
            "x.npz",
            lambda: raw_zip([{"name": "x.npy", "data": npy_claim((30, 8, 8), "<f8", bytes(10)), "size": 15_500}]),
            "is damaged",
        ),
        "an .npz whose arrays lie over one another": (
            "x.npz",
            lambda: raw_zip(
                [{"name": "x.npy", "data": npy(PICTURES)}, {"name": "y.npy", "data": npy(PICTURES), "offset": 0}]
            ),
            "files in it lie over one another",
        ),
        "an .npz with the same name twice": (
            "x.npz",
            lambda: raw_zip(
                [{"name": "x.npy", "data": npy(PICTURES)}, {"name": "x.npy", "data": npy(noise(30, 9, 9))}]
            ),
            READ,
        ),
        "an .npz of a web page": ("x.npz", lambda: zipped({"x.npy": b"<html>"}), "does not begin as an array does"),
        "IDX that claims more than it holds": (
            "train-images-idx3-ubyte",
            lambda: idx(PICTURES, (60_000, 28, 28)),
            "its header claims 60,000×28×28",
        ),
        "IDX that claims 2**96 values": ("x-idx3-ubyte", lambda: idx(PICTURES, (2**32 - 1,) * 3), "its header claims"),
        "IDX that holds more than it claims": ("x-idx3-ubyte", lambda: idx(PICTURES) + b"x", "its header claims"),
        "IDX cut off in its header": ("x-idx3-ubyte", b"\0\0\x08\x03\0\0\0\x1e\0\0", "its header cannot be read"),
        "IDX in gzip": ("x-idx3-ubyte.gz", lambda: gzip.compress(idx(PICTURES)), READ),
    }
)


@entry("IDX pictures and labels in several files")
def _():
    files = {"t10k-images-idx3-ubyte.gz": PICTURES, "t10k-labels-idx1-ubyte.gz": noise(30, high=10)}
    return [File(name, gzip.compress(idx(array))) for name, array in files.items()], READ


@entry("labels without pictures")
def _():
    return [File("labels-idx1-ubyte", idx(noise(30, high=10)))], READ
