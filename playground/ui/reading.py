"""A visitor's own files: kept, read in a process of its own, and the ways to have them read otherwise."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from playground.data.columns import MOST_WEIGHT, SCALINGS_OF_A_COLUMN, TYPES
from playground.data.fields import Value
from playground.data.reading.apart import ReadApart, read_apart
from playground.data.reading.options import AUTO, ON_MISSING, READ_FIELDS, ROLES, ReadOptions
from playground.data.reading.profile import tokens_in_words
from playground.data.reading.report import ColumnReport, Report
from playground.errors import PlaygroundError
from playground.figures.numbers import count
from playground.figures.pictures import data_uri, image_png, tile
from playground.models.spec import RunSpec
from playground.training.recipe import recommended
from playground.ui import gallery, messages, server, state
from playground.ui.state import Source

GROUPS = {
    "file": "What is read",
    "text": "Text",
    "table": "Table",
    "images": "Pictures",
    "arrays": "Arrays",
}
IN_A_ROW = 4
# What is decided from the file where its default stands.
DECIDED = {name for name, entry in READ_FIELDS.items() if entry.default == AUTO} | {"member", "sheet", "skip", "size"}
FITS = {"crop": "crop: fills the square", "pad": "pad: shows all", "stretch": "stretch: distorts"}


def uploads() -> None:
    """Draws the ways to bring files; what is new is put on show, to be read."""
    place, way = st.columns([4, 1], vertical_alignment="bottom")
    with way:
        as_folder = st.segmented_control(
            "Upload",
            ["files", "folder"],
            key="upload_as",
            default="files",
            required=True,
            help="Files: one table, one archive, or several pictures. A folder: pictures in sub-folders, whose names "
            "become their labels. Above 500 pictures a ZIP is quicker.",
        )
    folder = as_folder == "folder"
    key = "upload_folder" if folder else "upload"
    several: Any = "directory" if folder else True
    with place:
        sent = st.file_uploader(
            "Your own data: a table, pictures or arrays",
            key=key,
            accept_multiple_files=several,
            on_change=lambda: _removed(key),
            help="Tables: CSV and other text, Excel, OpenDocument, Parquet, JSON lines. Pictures: PNG, JPEG, GIF, BMP, "
            "WebP, TIFF, PGM, several or in a ZIP. Arrays: .npy, .npz, IDX. The kind is recognised by the content. A "
            "file stays on this server for a day; only who has its link can see the data made of it.",
        )
    if not sent or not state.is_new("upload", " ".join(file.file_id for file in sent)):
        return
    files = tuple((file.name, server.store().add_upload(file.getvalue())) for file in sent)
    before = state.source_on_show(str(state.address().get("data", "")))
    # Another file beside those on show leaves what was said about them.
    options = before.options if before is not None and set(before.files) < set(files) else "{}"
    state.put({"_reading_problem": ""}, only_missing=False)
    state.bring(Source(files, options))


def _removed(key: str) -> None:
    """Puts the visitor's data aside when the last of their files is taken out of the box."""
    if not state.got(key) and state.source_on_show(str(state.address().get("data", ""))) is not None:
        gallery.choose("digits")


def take(source: Source, found: ReadApart, spec: RunSpec, problems: list[str]) -> tuple[RunSpec, list[str]]:
    """Puts the data set that was read on show, with the settings that suit it; gives the settings that hold now."""
    if not found.name:
        return spec, problems
    state.came_from(found.name, source)
    if found.name == spec.data:
        return spec, problems
    state.set_spec(recommended(server.store().dataset(found.name)))
    return state.spec()


def read(source: Source) -> ReadApart:
    """What the files come to, read with these options; the same question is answered once.

    Raises:
        DataError: they are beyond the limits of time or memory.
        RunError: the server has forgotten the files.
        BusyError: too many files are being read.
    """
    with st.spinner("Reading"):
        return _read(source, server.store().folder)


@lru_cache(maxsize=64)
def _read(source: Source, folder: Path) -> ReadApart:
    store = server.store()
    files = [(name, store.upload_path(digest)) for name, digest in source.files]
    if not all(path.exists() for _, path in files):
        raise PlaygroundError("The server has forgotten these files, which it keeps for a day: upload them again.")
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=folder) as into:
        found = read_apart(files, ReadOptions.from_json(json.loads(source.options)), Path(into))
        if found.file is not None:
            store.adopt_data(found.name, found.file)
    return found


def panel(source: Source, found: ReadApart) -> None:
    """Draws what was decided in words, the offers, and the ways to change all of it."""
    options = ReadOptions.from_json(json.loads(source.options))
    st.subheader("How it was read")
    if notes := found.report.notes():
        st.markdown("\n".join(f"- {messages.plain(sentence)}" for sentence in notes))
    for place, offer in enumerate(found.report.offers):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(messages.plain(offer.words), width="content")
            st.button(
                "Yes",
                key=f"offer_{place}",
                on_click=_accept,
                args=(source, offer.options),
                help="Reads the files again that way. It is never assumed.",
            )
    for problem in filter(None, (found.problem, str(state.got("_reading_problem") or ""))):
        st.error(messages.plain(problem))
    if found.previews:
        _fits(found)
    if found.report.columns:
        _columns(source, options, found.report)
    given = options.to_json()
    if not (found.name or found.report.decisions or given):
        return  # nothing that could be read another way
    if found.report.first_lines:
        with st.expander("The first lines of the file", icon=":material/notes:", key="first_lines"):
            st.code("\n".join(found.report.first_lines), language=None)
    with st.expander("Change how it is read", icon=":material/tune:", key="change_reading"):
        _settings(source, options, found.report)
        if given:
            st.button(
                "As it was first read",
                key="read_reset",
                on_click=_change,
                args=(source, ReadOptions()),
                help="Takes back every change made here.",
            )


def _settings(source: Source, options: ReadOptions, report: Report) -> None:
    """One widget per option that matters for these files; what is decided from the file says what was decided."""
    decided = {decision.option: decision.value for decision in report.decisions}
    for group, title in GROUPS.items():
        names = [
            name
            for name, entry in READ_FIELDS.items()
            if entry.group == group and (_matters(name, group, report) or getattr(options, name) != entry.default)
        ]
        if not names:
            continue
        st.markdown(f"**{title}**")
        for start in range(0, len(names), IN_A_ROW):
            for column, name in zip(st.columns(IN_A_ROW), names[start : start + IN_A_ROW], strict=False):
                with column:
                    _setting(name, source, options, report, decided.get(name, ""))


def _matters(name: str, group: str, report: Report) -> bool:
    decided = {decision.option for decision in report.decisions}
    if name in report.choices:
        return len(report.choices[name]) > 1
    if group in ("file", "arrays"):
        return False
    if name in ("as_images",):
        return name in decided or any("as_images" in offer.options for offer in report.offers)
    is_text = "separator" in decided
    is_table = is_text or bool(report.columns)
    if group == "text":
        return is_text
    return is_table if group == "table" else not is_table


def _setting(name: str, source: Source, options: ReadOptions, report: Report, decided: str) -> None:
    entry = READ_FIELDS[name]
    key = f"read_{name}"
    value = getattr(options, name)
    choices = list(report.choices.get(name, entry.choices))
    is_auto = value == entry.default and name in DECIDED
    auto = f"auto ({decided})" if decided else "auto"
    say = f"{entry.help} Now **{messages.plain(auto if is_auto else entry.text(value)) or 'none'}**."
    state.put({key: None if is_auto and entry.kind == "int" else value}, only_missing=False)

    def changed() -> None:
        given = state.got(key)
        _try(source, options.to_json() | {name: entry.default if given is None else given})

    if choices:
        all_choices = choices if value in choices else [value, *choices]
        shown = lambda choice: auto if choice in (AUTO, "") else choice  # noqa: E731 (one name for it)
        st.selectbox(entry.label, all_choices, key=key, help=say, on_change=changed, format_func=shown)
    elif entry.kind == "int":
        low, high = int(entry.low), int(entry.high)
        lowest = low if name not in DECIDED else max(low, 0) if name == "skip" else 16
        start: Any = None if name in DECIDED else "min"
        st.number_input(
            entry.label, lowest, high, value=start, key=key, help=say, on_change=changed, placeholder=auto, step=1
        )
    else:
        st.text_input(entry.label, key=key, help=say, on_change=changed)


def _columns(source: Source, options: ReadOptions, report: Report) -> None:
    """Draws one line per column, to be edited: its name, type, role, missing cells, scaling and weight."""
    columns = report.columns
    st.markdown(
        "**Columns**: *input* is learnt, *colour* only colours the samples, *ignore* is left out. Change what you like."
    )
    frame = pd.DataFrame(
        {
            "name": [column.name for column in columns],
            "role": [column.role for column in columns],
            "type": [column.type for column in columns],
            "why": [column.reason for column in columns],
            "examples": [_examples(column) for column in columns],
            "missing": [_missing_words(column) for column in columns],
            "if missing": [column.on_missing or None for column in columns],
            "scaling": [column.scaling if column.type == "number" else None for column in columns],
            "weight": [column.weight for column in columns],
        }
    )
    config = {
        "name": st.column_config.TextColumn("name", max_chars=100, required=True, width=110, pinned=True),
        "role": st.column_config.SelectboxColumn("role", options=list(ROLES), required=True, width=80),
        "type": st.column_config.SelectboxColumn("type", options=list(TYPES), required=True, width=90),
        "why": st.column_config.TextColumn("why", disabled=True, width=180),
        "examples": st.column_config.TextColumn("examples", disabled=True, width=160),
        "missing": st.column_config.TextColumn(
            "missing", disabled=True, width=100, help="Cells without a value, and what stands in them."
        ),
        "if missing": st.column_config.SelectboxColumn(
            "if missing",
            options=list(ON_MISSING),
            width=95,
            help="drop: such rows are left out. impute: the cell is filled with the mean, the network is told so, and "
            "no error counts there.",
        ),
        "scaling": st.column_config.SelectboxColumn(
            "scaling",
            options=list(SCALINGS_OF_A_COLUMN),
            width=90,
            help="standard: mean 0, standard deviation 1. log: the same after a logarithm, for skewed columns.",
        ),
        "weight": st.column_config.NumberColumn(
            "weight",
            min_value=0.0,
            max_value=MOST_WEIGHT,
            width=70,
            help="How much the column's error counts beside the others'.",
        ),
    }
    # another key for other options: the edits of the old table are no edits of the new one
    key = f"columns_{abs(hash(source))}"
    st.data_editor(
        frame,
        key=key,
        hide_index=True,
        column_config=config,
        num_rows="fixed",
        placeholder="",
        height=min(38 + 35 * len(columns), 420),
        on_change=lambda: _edited(source, options, columns, key),
    )


def _edited(source: Source, options: ReadOptions, columns: list[ColumnReport], key: str) -> None:
    edits = state.got(key)
    rows: Mapping[Any, Mapping[str, Any]] = edits["edited_rows"] if isinstance(edits, Mapping) else {}
    words = {"if missing": "missing"}
    try:
        for place, changes in rows.items():
            given = {words.get(name, name): "" if value is None else f"{value}" for name, value in changes.items()}
            options = options.with_column(columns[int(place)].original, given)
    except PlaygroundError as error:
        state.put({"_reading_problem": str(error)}, only_missing=False)
        return
    _change(source, options)


def _examples(column: ColumnReport) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    return " · ".join(column.examples) + unit


def _missing_words(column: ColumnReport) -> str:
    if not column.n_missing:
        return ""
    said = tokens_in_words(column.tokens)
    return f"{count(column.n_missing)}: {said}" if said else count(column.n_missing)


def _fits(found: ReadApart) -> None:
    """Draws the first pictures with every way of fitting them into their square."""
    decided = {decision.option: decision.value for decision in found.report.decisions}
    places = st.columns(len(found.previews))
    for place, (name, pixels) in zip(places, found.previews.items(), strict=True):
        sheet = image_png(tile(pixels, columns=len(pixels), gap=2), 2)
        mark = " · **now**" if decided.get("fit") == name else ""
        with place:
            st.html(
                f'<img src="{data_uri(sheet)}" alt="{name}" style="width:100%;max-width:420px;'
                'image-rendering:pixelated;border-radius:6px;border:1px solid rgba(139,143,153,0.45)">'
            )
            st.caption(f"{FITS.get(name, name)}{mark}")


def _accept(source: Source, more: Mapping[str, Any]) -> None:
    _try(source, json.loads(source.options) | dict(more))


def _try(source: Source, values: Mapping[str, Value | Any]) -> None:
    try:
        _change(source, ReadOptions.from_json(values))
    except PlaygroundError as error:
        state.put({"_reading_problem": str(error)}, only_missing=False)


def _change(source: Source, options: ReadOptions) -> None:
    state.put({"_reading_problem": ""}, only_missing=False)
    state.bring(Source(source.files, json.dumps(options.to_json(), sort_keys=True)))
