"""Tables that come with names and types: Parquet, Arrow files, JSON lines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from playground.data.reading import cells
from playground.data.reading.cells import NEWLINE
from playground.data.reading.found import RawTable
from playground.data.reading.layout import FIRST_LINES, MOST_CHARACTERS, refuse_width
from playground.data.reading.letters import decode
from playground.data.reading.options import ReadOptions
from playground.data.reading.report import Report, named
from playground.data.reading.sheets import table_of
from playground.data.reading.source import MOST_UNPACKED
from playground.errors import DataError


def read_parquet(title: str, content: bytes, options: ReadOptions, report: Report) -> RawTable:
    """The table in a Parquet file.

    Raises:
        DataError: the file is damaged, claims too much, or holds no rows.
    """
    from pyarrow import parquet

    def read() -> pa.Table:
        file = parquet.ParquetFile(io.BytesIO(content))
        refuse_width(title, file.metadata.num_columns)
        groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
        _refuse_size(title, sum(group.total_byte_size for group in groups), file.metadata.num_rows)
        return file.read(use_threads=False)

    return _from_arrow(title, _arrow(title, "Parquet", read), report)


def read_arrow(title: str, content: bytes, options: ReadOptions, report: Report) -> RawTable:
    """The table in an Arrow (Feather 2) file.

    Raises:
        DataError: the file is damaged, or holds no rows.
    """

    def read() -> pa.Table:
        file = pa.ipc.open_file(pa.BufferReader(content))
        refuse_width(title, len(file.schema))
        return file.read_all()

    return _from_arrow(title, _arrow(title, "Arrow", read), report)


def looks_like_json(content: bytes) -> bool:
    """Whether text is JSON: one object per line, or one list of objects."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"["):
        return start[1:].lstrip().startswith(b"{")
    return start.startswith(b"{") and b'"' in start


def read_json(title: str, content: bytes, options: ReadOptions, report: Report) -> RawTable:
    """The table in JSON lines, or in a JSON list of objects; an object within an object becomes "outer.inner".

    Raises:
        DataError: a line is no JSON object; the sentence says which.
    """
    text = decode(title, content, options.encoding, report)
    report.first_lines = [line[:MOST_CHARACTERS] for line in NEWLINE.split(text[: 2**16])[:FIRST_LINES]]
    records = _json_list(title, text) if text.lstrip().startswith("[") else _json_lines(title, text)
    names: dict[str, None] = {}
    flat = []
    nested: dict[str, None] = {}
    for record in records:
        row = _flattened(record, nested)
        names.update(dict.fromkeys(row))
        flat.append(row)
    refuse_width(title, len(names))
    if not names:
        raise DataError(f"{title} has no values: write one JSON object with the values of a row per line.")
    report.say("One JSON object is one row.")
    if nested:
        report.count("nested columns left out", len(nested))
        report.say(f"Left out, since lists cannot be columns: {named(list(nested), len(nested))}.")
    rows = [[_cell(row.get(name)) for name in names] for row in flat]
    forced = ReadOptions.from_json(options.to_json() | {"header": "yes", "skip": 0, "units_row": "no"})
    inner = Report()
    table = table_of(title, [list(names), *rows], forced, inner)
    report.sentences += inner.sentences
    for what, n in inner.counts.items():
        report.count(what, n)
    return table


def _arrow(title: str, kind: str, read: Callable[[], pa.Table]) -> pa.Table:
    try:
        return read()
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise DataError(f"{title} cannot be read as a {kind} file: it is damaged or cut short.") from error


def _refuse_size(title: str, n_bytes: int, n_rows: int) -> None:
    if not 0 <= n_bytes <= MOST_UNPACKED or n_rows < 0:
        raise DataError(
            f"{title} would need {n_bytes / 2**20:,.0f} MB of memory: at most {MOST_UNPACKED // 2**20:,} MB are "
            "possible. Keep fewer rows or columns."
        )


def _from_arrow(title: str, table: pa.Table, report: Report) -> RawTable:
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type) or _is_strange(field.type)]
    if nested:
        report.count("nested columns left out", len(nested))
        report.say(f"Left out, since they hold neither numbers nor text: {named(nested, len(nested))}.")
    kept = [place for place, field in enumerate(table.schema) if field.name not in nested]
    if not kept or not table.num_rows:
        raise DataError(f"{title} has no rows with numbers or text: choose another file.")
    columns = [_plain(table.column(place)) for place in kept]
    names = cells.column_names([table.schema[place].name for place in kept], len(kept))
    return RawTable(names, columns)


def _is_strange(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_null(kind)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """One array of a type that `profile` knows: float64, truth value, timestamp, time or text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_integer(kind) and not _fits_float(column):
        column = column.cast(pa.string())
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        column = column.cast(pa.float64(), safe=False)
    elif pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        column = column.cast(pa.timestamp("us"), safe=False)
    elif pa.types.is_time(kind):
        column = column.cast(pa.time64("us"), safe=False)
    elif not pa.types.is_boolean(kind):
        column = column.cast(pa.string())
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def _fits_float(column: pa.ChunkedArray) -> bool:
    """Whether whole numbers survive as float64: identifiers of 17 digits do not."""
    import pyarrow.compute as pc

    ends = pc.min_max(column).as_py()
    return all(end is None or abs(end) <= 2**53 for end in ends.values())


def _json_lines(title: str, text: str) -> list[dict[str, Any]]:
    records = []
    for number, line in enumerate(NEWLINE.split(text), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{title}: line {number:,} is no JSON object. Write one object per line.") from error
        if not isinstance(record, dict):
            raise DataError(f"{title}: line {number:,} is no JSON object. Write one object per line.")
        records.append(record)
    return records


def _json_list(title: str, text: str) -> list[dict[str, Any]]:
    try:
        records = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{title} is damaged JSON: write one object per line, or one list of objects.") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise DataError(f"{title} holds JSON, but no list of objects: write one object per row.")
    return records


def _flattened(record: dict[str, Any], nested: dict[str, None]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        inner = {f"{name}.{key}": part for key, part in value.items()} if isinstance(value, dict) else {name: value}
        for key, part in inner.items():
            if isinstance(part, list | dict):
                nested[key] = None
            else:
                flat[key] = part
    return flat


def _cell(value: Any) -> Any:
    """A JSON value as a typed cell; numbers too large for a float stay text."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
