"""Bringing a row of one's own to a trained model: a file, a pasted line, a photo, each in the form of its data."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from playground.data.dataset import OwnArray
from playground.data.reading.apart import read_rows_apart
from playground.data.reading.form import Form
from playground.data.reading.options import ReadOptions
from playground.data.reading.rows import RowsRead
from playground.errors import PlaygroundError
from playground.figures import markup, palette
from playground.figures.markup import Cell, Picture, Row
from playground.figures.numbers import count
from playground.figures.pictures import image_png
from playground.runs.run import Run
from playground.ui import bench, messages, reproduce, server, state
from playground.ui.bench import Origin, Sample
from playground.ui.drawing import drawing
from playground.ui.held_out import version

MOST_KEPT = 1000  # rows of a file to choose from
MOST_LISTED = 40  # columns of the table that says where each comes from
MOST_NOTES = 12
LONGEST_PASTE = 2_000_000  # characters
_KEY, _CHANGED = "_brought_rows", "_bench_by_bringing"

UPLOAD, PASTE, PHOTO = "Upload", "Paste", "Photo"
ORIGINS: dict[str, Origin] = {UPLOAD: "brought", PASTE: "pasted", PHOTO: "photo"}

PYTHON = """from playground.data.reading.read import files_at
from playground.data.reading.rows import read_rows

rows = read_rows(files_at("{name}"), dataset)
print(rows.notes)
mine = split.scaler.apply(rows.x)
print(dataset.in_words(split.scaler.undo(trainer.best.reconstruct(mine))))
"""


@dataclass(frozen=True, eq=False)
class _Brought:
    """What the visitor brought last: the rows, or the sentence that says why there are none."""

    run: str
    way: str
    title: str
    rows: RowsRead | None
    problem: str = ""
    n_read: int = 0


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws the ways to bring a row; what is brought lies on the bench at once."""
    if state.got(_CHANGED):  # a fragment draws only itself: what else looks at the bench has to follow
        state.put({_CHANGED: False}, only_missing=False)
        st.rerun()
    st.subheader("Bring your own")
    is_image = run.dataset.image_shape is not None
    ways = [UPLOAD, PASTE, PHOTO] if is_image else [UPLOAD, PASTE]
    state.keep("bring_way", ways, UPLOAD)
    now = str(state.got("bring_way"))
    way = st.segmented_control(
        "Bring by",
        ways,
        key="bring_way",
        required=True,
        help="Upload a file, paste text" + (", or take a photo" if is_image else "") + ". It is brought into the form "
        f"of {messages.plain(run.dataset.title)}, and lies on the bench at once. Now: {now.lower()}.",
    )
    {UPLOAD: _upload, PASTE: _paste, PHOTO: _photo}[str(way)](run)
    found = _kept(run)
    if found is not None and found.way == way:
        _found(run, found)
    name = found.title if found is not None and found.rows is not None and found.way == UPLOAD else "mine.csv"
    reproduce.panel(run, PYTHON.format(name=name.replace('"', "'").replace("\\", "/")), key="reproduce_bringing")


def form(run: Run) -> Form:
    """The form that new rows of a run's data need; a missing cell is filled from its training rows.

    Raises:
        DataError: the run's data are gone.
    """
    return _form(str(run.folder), version(run), run)


def read(run: Run, files: Sequence[tuple[str, bytes]]) -> RowsRead:
    """A stranger's files as rows of a run's data, read in a process apart.

    Args:
        files: the name that the visitor gave each, and its bytes.

    Raises:
        DataError: nothing of it can be read or brought into form, or not within the limits.
        BusyError: too many files are being read already.
    """
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=server.store().folder) as into:
        given = []
        for place, (name, content) in enumerate(files):
            path = Path(into) / f"file-{place}"
            path.write_bytes(content)
            given.append((name, path))
        return read_rows_apart(given, form(run), ReadOptions.from_json({}), Path(into))


def inverted(run: Run, x: OwnArray) -> OwnArray:
    """A picture in own units with light and dark the other way round."""
    low, high = form(run).limits
    other: OwnArray = np.float32(low + high) - x
    return other


# -------------------------------------------------------------------------------------------------------- the ways


def _upload(run: Run) -> None:
    sent = st.file_uploader(
        _asked_for(run),
        key="upload",
        accept_multiple_files=True,
        help="A table, an array or pictures, recognised by their content; one row is enough, of several you choose. "
        "Columns are found by their names. The file is forgotten as soon as it is read.",
    )
    if sent and state.is_new("brought", (run.id, UPLOAD, tuple(file.file_id for file in sent))):
        title = sent[0].name if len(sent) == 1 else f"{len(sent):,} files"
        _take(run, UPLOAD, title, [(file.name, file.getvalue()) for file in sent])


def _asked_for(run: Run) -> str:
    if run.dataset.image_shape is not None:
        return "A picture, or a file with several"
    return "A file with one series per row" if run.dataset.kind == "series" else "A table with one row or more"


def _paste(run: Run) -> None:
    names = run.dataset.feature_names
    few = ",".join(names[:3]) + (",…" if len(names) > 3 else "")
    text = st.text_area(
        "One line of values or more, with or without a line of names",
        key="paste",
        height=104,
        placeholder=f"{few}\n{_example(run)}",
        max_chars=LONGEST_PASTE,
        help=f"With any separator. Without names all {count(len(names))} values are needed, in the data set's order. "
        "Press Ctrl and Enter to read it.",
    )
    if text and text.strip() and state.is_new("brought", (run.id, PASTE, text)):
        _take(run, PASTE, "your line" if text.strip().count("\n") < 2 else "your lines", [("your line", text.encode())])


def _example(run: Run) -> str:
    """The first values of a held-out row."""
    words = run.dataset.in_words(run.dataset.x[run.split.test_rows[:1]])[0] if run.dataset.n_features < 200 else {}
    units = run.dataset.units or ("",) * run.dataset.n_features
    values = [value.removesuffix(unit).strip() for value, unit in zip(words.values(), units, strict=False)]
    return ",".join(values[:3]) + (",…" if len(values) > 3 or not values else "")


def _photo(run: Run) -> None:
    if not state.got("_camera"):
        st.button(
            "Open the camera",
            key="open_camera",
            icon=":material/photo_camera:",
            on_click=lambda: state.put({"_camera": True}, only_missing=False),
            help="The browser asks whether this page may use the camera. The photo goes to this server, is read and "
            "forgotten.",
        )
        return
    photo = st.camera_input("Take a photo", key="photo", help="The photo is cropped and made as small as the data are.")
    if photo is not None and state.is_new("brought", (run.id, PHOTO, photo.file_id)):
        _take(run, PHOTO, "your photo", [("your photo", photo.getvalue())])


def _take(run: Run, way: str, title: str, files: list[tuple[str, bytes]]) -> None:
    """Reads what is new and puts its first row on the bench."""
    rows, problem = None, ""
    try:
        with st.spinner("Reading"):
            rows = read(run, files)
    except PlaygroundError as error:
        problem = str(error)
    n_read = 0 if rows is None else len(rows.x)
    kept = None if rows is None else _first(rows)
    state.put({_KEY: _Brought(run.id, way, title, kept, problem, n_read), "bring_row": 1}, only_missing=False)
    if kept is not None:
        _put(run, way, kept, 0)
        state.put({_CHANGED: False}, only_missing=False)
        st.rerun()


def _first(rows: RowsRead) -> RowsRead:
    """At most so many rows that a session may keep them."""
    if len(rows.x) <= MOST_KEPT:
        return rows
    part = slice(0, MOST_KEPT)
    filled = None if rows.filled is None else rows.filled[part].copy()
    return dataclasses.replace(
        rows, x=rows.x[part].copy(), names=rows.names[part], row_numbers=rows.row_numbers[part].copy(), filled=filled
    )


def _put(run: Run, way: str, rows: RowsRead, place: int) -> None:
    x = inverted(run, rows.x[place]) if _is_inverted(run) else rows.x[place]
    bench.put(run, Sample(x, ORIGINS[way], rows.names[place]))
    state.put({_CHANGED: True}, only_missing=False)


def _is_inverted(run: Run) -> bool:
    return run.dataset.image_shape is not None and bool(state.got("_invert"))


# ----------------------------------------------------------------------------------------------- what was brought


def _kept(run: Run) -> _Brought | None:
    kept = state.got(_KEY)
    return kept if isinstance(kept, _Brought) and kept.run == run.id else None


def _found(run: Run, found: _Brought) -> None:
    if found.rows is None:
        still = f"The bench still shows {bench.on_show(run).words}."
        st.error(messages.plain(f"{found.problem} {still}"), icon=":material/error:")
        return
    rows = found.rows
    n, place = len(rows.x), 0
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if n > 1:
            place = _choose(run, found.way, rows)
        if run.dataset.image_shape is not None:
            _invert(run, found.way, rows, place)
        if bench.on_show(run).words != rows.names[place]:
            st.button(
                "Put it on the bench",
                key="bring_again",
                on_click=lambda: _put(run, found.way, rows, place),
                help=f"Looks at {messages.plain(rows.names[place])} again instead of "
                f"{messages.plain(bench.on_show(run).words)}.",
            )
    if found.n_read > n:
        st.caption(f"The first {count(n)} of {count(found.n_read)} rows; Batch takes them all.")
    notes = [messages.plain(note) for note in rows.notes]
    if len(notes) > MOST_NOTES:
        notes = [*notes[:MOST_NOTES], f"And {len(notes) - MOST_NOTES} more remarks of this kind."]
    if notes:
        st.markdown("\n".join(f"- {note}" for note in notes))
    _preprocessing(run, rows, place)


def _choose(run: Run, way: str, rows: RowsRead) -> int:
    """Draws the choice among several rows; gives the place of the one that is chosen."""
    state.put({"bring_row": 1}, only_missing=True)
    now = min(max(int(str(state.got("bring_row"))), 1), len(rows.x))
    chosen = st.number_input(
        f"Row of {count(len(rows.x))}",
        1,
        len(rows.x),
        key="bring_row",
        width=140,
        on_change=lambda: _put(run, way, rows, int(str(state.got("bring_row") or 1)) - 1),
        help=f"Which of the rows lies on the bench. Now {messages.plain(rows.names[now - 1])}.",
    )
    return int(chosen) - 1


def _invert(run: Run, way: str, rows: RowsRead, place: int) -> None:
    state.follow("bring_invert", bool(state.got("_invert")))

    def changed() -> None:
        state.put({"_invert": bool(state.got("bring_invert"))}, only_missing=False)
        _put(run, way, rows, place)

    st.toggle(
        "Swap light and dark",
        key="bring_invert",
        on_change=changed,
        help="For ink on white paper where the data are light on dark, or the other way round. Now "
        f"{'swapped' if _is_inverted(run) else 'as it came'}.",
    )


def _preprocessing(run: Run, rows: RowsRead, place: int) -> None:
    """What came and what the network sees of it."""
    x = inverted(run, rows.x[place]) if _is_inverted(run) else rows.x[place]
    pixels = drawing(run).pixels(run.split.scaler.apply(x[None]))
    if pixels is not None:
        seen = Picture("what the network sees", [(image_png(pixels[0], scale=1), "what the network sees")])
        came = [
            Picture("as it came", [(image_png(picture, scale=1), "as it came")], "", palette.MEAN)
            for picture in rows.before[place : place + 1]
        ]
        st.html(markup.pictures([*came, seen], 150))
    elif rows.mapped:
        _mapping(run, rows, x)


def _mapping(run: Run, rows: RowsRead, x: OwnArray) -> None:
    words = list(run.dataset.in_words(x[None])[0].values())
    lines = [
        Row(one.name, [Cell(one.header or "not in the file"), Cell(words[place])])
        for place, one in enumerate(rows.mapped[:MOST_LISTED])
    ]
    with st.expander("Where each column comes from", icon=":material/table_rows:"):
        st.html(markup.table(["column", "in the file", "value taken"], lines))
        if len(rows.mapped) > MOST_LISTED:
            st.caption(f"{count(MOST_LISTED)} of {count(len(rows.mapped))} columns.")


@st.cache_resource(max_entries=16, show_spinner=False)
def _form(folder: str, changed: int, _run: Run) -> Form:
    return Form.of(_run.dataset, _run.split.train_rows)
