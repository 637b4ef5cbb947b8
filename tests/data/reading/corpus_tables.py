"""The hostile and awkward tables of the corpus: text, workbooks, Parquet, JSON. Registered by being imported."""

import gzip
import io
import json

import numpy as np
import openpyxl
import pyarrow as pa
from corpus import EITHER, READ, deflated_zeros, entries, entry, raw_zip, zipped
from pyarrow import parquet

from playground.data.reading.source import File

VALUES = np.random.default_rng(7).normal(size=(40, 3)).round(3)
NUMBERS = [",".join(map(str, row)) for row in VALUES.tolist()]
GOOD = "\n".join(["a,b,c", *NUMBERS])


def table(header="a,b,c", rows=NUMBERS, more=()):
    return "\n".join([header, *rows, *more]).encode()


def with_cells(*cells):
    """The good table, its first cells replaced."""
    return table(rows=[f"{cell},{row.split(',', 1)[1]}" for cell, row in zip(cells, NUMBERS, strict=False)])


def workbook(rows, **more):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def sheet(xml):
    """A workbook whose one sheet is this XML."""
    kinds = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    )
    space = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    )
    return zipped(
        {
            "[Content_Types].xml": kinds,
            "_rels/.rels": f'{link}Type="{space}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            f'xmlns:r="{space}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'{link}Type="{space}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
            "xl/worksheets/sheet1.xml": xml,
        }
    )


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def as_parquet(frame, **options):
    buffer = io.BytesIO()
    parquet.write_table(pa.table(frame), buffer, **options)
    return buffer.getvalue()


COLUMNS = {name: VALUES[:, place] for place, name in enumerate("abc")}

entries(
    {
        # ---- bytes and letters
        "an empty file": ("a.csv", b"", "is empty"),
        "a file of blanks": ("a.csv", b" \n\t \n" * 50, "is empty|no rows"),
        "only a byte order mark": ("a.csv", b"\xef\xbb\xbf", "is empty"),
        "UTF-16 with a mark": ("a.csv", GOOD.encode("utf-16"), READ),
        "UTF-16 without a mark": ("a.csv", GOOD.encode("utf-16-le"), READ),
        "UTF-16 cut in half a letter": ("a.csv", GOOD.encode("utf-16")[:-1], READ),
        "UTF-32 with a mark": ("a.csv", GOOD.encode("utf-32"), READ),
        "Shift-JIS": ("a.csv", table("名前あいう,ねんれい,かずかず").decode().encode("cp932"), READ),
        "cp1251": ("a.csv", table("возраст,рост,длина").decode().encode("cp1251"), READ),
        "Latin letters": ("a.csv", table("größe,coût,niño").decode().encode("cp1252"), READ),
        "letters that are none": ("a.csv", table("a\x81\x8d,b,c").replace(b"\xc2", b""), READ),
        "NUL bytes in a text": ("a.csv", with_cells("1\0", "2\0", *map(str, range(3, 41))), EITHER),
        "a program": ("a.csv", b"\x7fELF\x02\x01\x01" + bytes(200), "a.csv"),
        "a web page named .tsv": ("a.tsv", b"<!DOCTYPE html><html><body>404</body></html>", "is a web page"),
        "a pickle named .csv": ("a.csv", b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05posix.", "Python objects"),
        # ---- rows and cells
        "line ends of an old Mac": ("a.csv", GOOD.replace("\n", "\r").encode(), READ),
        "line ends of all kinds": ("a.csv", GOOD.replace("\n", "\r\n", 5).encode() + b"\r1,2,3\r\n4,5,6", READ),
        "a quotation mark that is never closed": ("a.csv", table(rows=['"1,2,3', *NUMBERS]), READ),
        "a quotation mark in the middle": ("a.csv", table('a,"b,c'), READ),
        "rows of many lengths": ("a.csv", table(more=["1", "1,2", "1,2,3,4,5", ""]), READ),
        "mostly surplus cells": (
            "a.csv",
            table(rows=[f"{row},9" if k % 3 else row for k, row in enumerate(NUMBERS)]),
            EITHER,
        ),
        "a million columns": ("a.csv", b"a," * 1_000_000 + b"\n1", "1,000,001 columns"),
        "a million semicolons": ("a.csv", b";" * 1_000_000, "1,000,001 columns"),
        "a cell of ten megabytes": ("a.csv", with_cells("x" * 10_000_000, *map(str, range(39))), READ),
        "a line of ten megabytes": ("a.csv", b"x" * 10_000_000, "a.csv"),
        "a name of a megabyte": ("a.csv", table("x" * 2**20 + ",b,c"), READ),
        "equal names": ("a.csv", table("a,a,a"), READ),
        "names that only differ in blanks": ("a.csv", table(" a,a , a "), READ),
        "no names": ("a.csv", table(",,"), READ),
        "names of control letters": ("a.csv", table("a\x07\x1b[31m,b\x00,c"), EITHER),
        "names of markup": ("a.csv", table("$x$,<script>alert(1)</script>,:red[c]"), READ),
        "infinity": ("a.csv", with_cells("inf", "-inf", "Infinity", *map(str, range(37))), READ),
        "1e400": ("a.csv", with_cells("1e400", "-1e400", "1e-400", *map(str, range(37))), READ),
        "nothing but infinity": ("a.csv", table("a", ["inf"] * 40), "no column to learn from"),
        "numbers beyond float32": ("a.csv", with_cells("1e39", "-1e39", *map(str, range(38))), READ),
        "formula cells": ("a.csv", with_cells("=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", *map(str, range(37))), READ),
        "a number of a million digits": ("a.csv", with_cells("9" * 1_000_000, *map(str, range(39))), READ),
        "a date of the year 99999": (
            "a.csv",
            table(rows=[f"99999-01-{k % 28 + 1:02d},{row}" for k, row in enumerate(NUMBERS)], header="d,a,b,c"),
            READ,
        ),
        "dates of year 0 and month 13": ("a.csv", with_cells("0000-00-00", "2024-13-45", *["2024-01-05"] * 38), READ),
        "only separators": ("a.csv", b",,,\n" * 50, "a.csv"),
        "one column": ("a.csv", table("a", [row.split(",")[0] for row in NUMBERS]), READ),
        "prose": ("a.txt", b"\n".join(b"It was the %d. of a letter, dear." % (k * k) for k in range(60)), "no column"),
        "half a million short lines": ("a.csv", b"a\n" + b"1\n2\n" * 250_000, READ),
        # ---- packed
        "a table that unpacks to 700 MB": (
            "a.csv.gz",
            lambda: gzip.compress(bytes(700 * 2**20), 1),
            "unpacks to more than",
        ),
        "a table in gzip in gzip": ("a.csv.gz.gz", gzip.compress(gzip.compress(GOOD.encode())), READ),
        "a table cut off in gzip": ("a.csv.gz", gzip.compress(GOOD.encode())[:-30], "ends too early|damaged"),
        "a ZIP of tables": ("a.zip", lambda: zipped({"a.csv": GOOD.encode(), "../../etc/b.csv": b"x\n1"}), READ),
        # ---- JSON
        "JSON lines of many shapes": (
            "a.jsonl",
            "\n".join(
                json.dumps({"a": k * 1.5, **({"b": [1]} if k % 2 else {"c": {"d": k % 7}})}) for k in range(40)
            ).encode(),
            READ,
        ),
        "JSON nested a hundred thousand deep": ("a.json", b'{"a":' * 100_000, "a.json"),
        "a list nested a hundred thousand deep": ("a.json", b"[{" + b"[" * 100_000, "a.json"),
        "JSON cut off": ("a.jsonl", b'{"a": 1}\n' * 30 + b'{"a": ', "line 31 is no JSON object"),
        "JSON of a number of a million digits": ("a.jsonl", b'{"a": ' + b"9" * 1_000_000 + b"}\n", "a.jsonl"),
        "JSON whose names are endless": (
            "a.jsonl",
            b"\n".join(b'{"k%d": 1}' % k for k in range(21_000)),
            "21,000 columns",
        ),
        # ---- workbooks
        "a workbook": ("a.xlsx", lambda: workbook([list("abc"), *VALUES.tolist()]), READ),
        "a workbook without rows": ("a.xlsx", lambda: workbook([]), "no rows"),
        "a workbook cut off": ("a.xlsx", lambda: workbook([list("abc"), *VALUES.tolist()])[:900], "a.xlsx"),
        "a sheet that claims all of Excel": (
            "a.xlsx",
            lambda: sheet(
                SHEET.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>').format(
                    '<row r="1"><c r="A1"><v>1</v></c></row>'
                )
            ),
            "a.xlsx|no rows",
        ),
        "entities that grow a billion fold": (
            "a.xlsx",
            lambda: sheet(
                '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
                '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>' + SHEET.format('<row><c t="str"><v>&c;</v></c></row>')
            ),
            "a.xlsx",
        ),
        "a workbook that asks for another machine": (
            "a.xlsx",
            lambda: sheet(
                '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                + SHEET.format('<row><c t="str"><v>&x;</v></c></row>')
            ),
            "a.xlsx",
        ),
        "a bomb in a workbook": (
            "a.xlsx",
            lambda: raw_zip(
                [
                    {"name": "[Content_Types].xml", "data": b"<Types/>"},
                    {"name": "xl/workbook.xml", "data": b"<workbook/>"},
                    {"name": "xl/worksheets/sheet1.xml", "data": deflated_zeros(500), "method": 8, "size": 500 * 2**20},
                ]
            ),
            "unpacks to more than",
        ),
        "an old workbook cut off": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls"),
        # ---- Parquet
        "Parquet": ("a.parquet", lambda: as_parquet(COLUMNS), READ),
        "Parquet cut off": ("a.parquet", lambda: as_parquet(COLUMNS)[:-20], "damaged or cut short"),
        "Parquet of lists": ("a.parquet", lambda: as_parquet({"a": [[1, 2]] * 40, **COLUMNS}), READ),
        "Parquet of nothing but lists": ("a.parquet", lambda: as_parquet({"a": [[1, 2]] * 40}), "no rows with numbers"),
        "Parquet that unpacks a thousandfold": (
            "a.parquet",
            lambda: as_parquet({"a": np.zeros(90_000_000)}, use_dictionary=False, compression="zstd"),
            "would need",
        ),
        "Parquet with damaged pages": (
            "a.parquet",
            lambda: (lambda content: content[:60] + bytes(120) + content[180:])(as_parquet(COLUMNS)),
            EITHER,
        ),
        "Parquet of 25,000 columns": (
            "a.parquet",
            lambda: as_parquet({f"c{k}": [1.0] for k in range(25_000)}, write_statistics=False),
            "25,000 columns",
        ),
    }
)


@entry("two tables at once")
def _():
    return [File("a.csv", GOOD.encode()), File("b.csv", GOOD.encode())], READ


@entry("a table among pictures")
def _():
    from corpus import pictures

    return [File("a.zip", zipped(pictures() | {"labels.csv": GOOD.encode()}))], READ
