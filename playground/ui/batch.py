"""A whole file of one's own through the model on show: codes, reconstructions and errors, to look at and to take."""

from __future__ import annotations

import dataclasses
import io
import shlex
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from playground.analysis.strange import place_among, stranger_than
from playground.data.reading.rows import RowsRead
from playground.errors import PlaygroundError
from playground.export import passed as tables
from playground.export.passed import Table
from playground.figures.numbers import count, larger_than, percent, three
from playground.figures.plot import NO_TOOLS
from playground.figures.strangers import strangers
from playground.runs.passing import FILLED, Passed, passed
from playground.runs.run import Run
from playground.ui import bench, bringing, messages, reproduce, state
from playground.ui.held_out import held_out, version

MOST_LISTED = 500  # rows of the table, those with the largest errors
MOST_VALUES = 20_000_000  # of one download: 220 MB of text, 16 s of one core
MOST_NOTES = 12
MOST_KEPT = 8  # files that the server keeps with their results, if they fit into `MOST_ROOM` together
MOST_ROOM = 2**30  # bytes
STRANGE = 0.95
LINE = 35  # px, of a table
ALIKE = 0.01  # of its error: what that of a row written down may differ by

PYTHON = """import csv
from playground.data.reading.read import files_at
from playground.data.reading.rows import read_rows

rows = read_rows(files_at({name!r}), dataset)
mine = split.scaler.apply(rows.x)
codes = trainer.best.encode(mine)
own = split.scaler.undo(trainer.best.decode(codes))
with open("codes.csv", "w", newline="") as stream:
    csv.writer(stream).writerows(codes.tolist())
"""


@dataclass(frozen=True, eq=False)
class Done:
    """A file's rows and what the model makes of them."""

    rows: RowsRead
    made: Passed


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws the way to bring a file, what the model makes of its rows, and the downloads."""
    st.subheader("A whole file")
    sent = st.file_uploader(
        "Files to run through the model: a table, pictures or arrays",
        key="batch_upload",
        accept_multiple_files=True,
        help="Any number of rows in the form of "
        f"{messages.plain(run.dataset.title)}: columns are found by their names, pictures made the same size. Several "
        "pictures may come in a ZIP. The file is forgotten as soon as it is read; nothing is trained on it.",
    )
    name = "mine.csv"
    if sent:
        name = sent[0].name if len(sent) == 1 else "mine"
        with messages.shown():
            key = (str(run.folder), version(run), tuple(file.file_id for file in sent))
            done = through(run, key, lambda: [(file.name, file.getvalue()) for file in sent])
            _summary(run, done)
            _downloads(run, done, name)
            _worst(run, done)
    else:
        st.caption(
            "Codes, reconstructions in your own units and errors of every row can be taken as CSV; the command line "
            "gives the same."
        )
    _commands(run, name)
    reproduce.panel(run, PYTHON.format(name=name), key="reproduce_batch")


def through(run: Run, key: tuple[object, ...], files: Callable[[], list[tuple[str, bytes]]]) -> Done:
    """The rows of files and what the run's model makes of them; the latest few are kept.

    Args:
        key: names the run's model and the files.
        files: their names and contents, asked for only where they are not kept.

    Raises:
        DataError: nothing of it can be read or brought into form, or not within the limits.
    """
    with _LOCK:
        kept = _KEPT.get(key)
    if kept is not None:
        if isinstance(kept, str):
            raise PlaygroundError(kept)
        return kept
    bar = st.progress(0.0, "Reading the file")
    try:
        rows = bringing.read(run, files())
        n = len(rows.x)
        made = passed(run, rows.x, lambda seen: _tell(bar, seen, n), rows.filled)
    except PlaygroundError as error:
        _keep(key, str(error))
        raise
    finally:
        bar.empty()
    if rows.filled is not None:
        rows = dataclasses.replace(rows, notes=(*rows.notes, FILLED))
    done = Done(rows, made)
    _keep(key, done)
    return done


def codes_csv(done: Done) -> str:
    """As `python -m playground encode` writes it."""
    return _text(tables.codes(*_called(done), done.made.z))


def reconstructions_csv(run: Run, done: Done) -> str:
    """As `python -m playground reconstruct` writes it."""
    return _text(tables.reconstructions(*_called(done), run.dataset, done.made.own, done.made.errors))


def errors_csv(run: Run, done: Done) -> str:
    """As the same command writes it for `--errors`."""
    made = done.made
    return _text(tables.errors(*_called(done), run.dataset, made.errors, made.pca_errors, made.by_column))


# ------------------------------------------------------------------------------------------------- what is kept

_KEPT: OrderedDict[tuple[object, ...], Done | str] = OrderedDict()
_LOCK = threading.Lock()


def _keep(key: tuple[object, ...], done: Done | str) -> None:
    """A few results of all sessions, so that a click does not read the file again; a refusal is kept too."""
    with _LOCK:
        _KEPT[key] = done
        while len(_KEPT) > MOST_KEPT or sum(map(_room, _KEPT.values())) > MOST_ROOM:
            _KEPT.popitem(last=False)


def _room(done: Done | str) -> int:
    if isinstance(done, str):
        return 0
    return sum(array.nbytes for array in (done.rows.x, done.made.z, done.made.own, done.made.by_column))


def _tell(bar: st.delta_generator.DeltaGenerator, seen: int, n: int) -> None:
    bar.progress(seen / n, f"{count(seen)} of {count(n)} rows")


def _called(done: Done) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Sequence[str]]:
    return done.rows.row_numbers, done.rows.names


def _text(table: Table) -> str:
    stream = io.StringIO(newline="")
    table.write(stream)
    return stream.getvalue()


# ------------------------------------------------------------------------------------------------ what is drawn


def _summary(run: Run, done: Done) -> None:
    errors, known = done.made.errors, held_out(run).errors
    limit = float(np.quantile(known, STRANGE))
    n, strange = len(errors), int((errors > limit).sum())
    told = {
        "rows": count(n),
        "mean error": three(float(errors.mean())),
        "mean error of PCA": three(float(done.made.pca_errors.mean())),
        "strange rows": count(strange),
    }
    with st.container(horizontal=True, gap="medium"):
        for name, value in told.items():
            st.metric(name, value, width="content")
    figure = strangers(known, errors, ("held-out rows", "this file"), "error of this autoencoder")
    st.plotly_chart(figure, key="batch_histogram", config=NO_TOOLS)
    st.caption(
        f"Sums of squared errors per sample; of the {count(len(known))} held-out rows the mean is "
        f"{three(float(known.mean()))}. Strange is an error above {three(limit)}, below which {100 * STRANGE:.0f} % of "
        f"the held-out rows lie: {percent(strange / n)} of this file's rows."
    )
    notes = [messages.plain(note) for note in done.rows.notes]
    if len(notes) > MOST_NOTES:
        notes = [*notes[:MOST_NOTES], f"And {len(notes) - MOST_NOTES} more remarks of this kind."]
    if notes:
        with st.expander(f"How it was read: {len(done.rows.notes)} remarks", icon=":material/notes:"):
            st.markdown("\n".join(f"- {note}" for note in notes))


def _downloads(run: Run, done: Done, name: str) -> None:
    stem = f"{run.id[:8]}-{name.rpartition('.')[0] or name}"
    n, n_columns = len(done.rows.x), run.dataset.n_features
    if n * n_columns > MOST_VALUES:
        st.info(
            f"{count(n)} rows of {count(n_columns)} columns are too many to download here: use the command below for "
            "reconstructions and errors.",
            icon=":material/terminal:",
        )
    offered: list[tuple[str, str, Callable[[], str], str]] = [
        ("Codes", "codes", lambda: codes_csv(done), f"The {run.spec.latent_dim} numbers of each row's code.")
    ]
    if n * n_columns <= MOST_VALUES:
        offered += [
            (
                "Reconstructions",
                "reconstructions",
                lambda: reconstructions_csv(run, done),
                "What comes back of each row, in your own units, and the row's error.",
            ),
            (
                "Errors",
                "errors",
                lambda: errors_csv(run, done),
                "Each row's squared error, PCA's, and its parts by column, in scaled units; empty where a cell was "
                "missing or had to be filled in.",
            ),
        ]
    with st.container(horizontal=True):
        for title, what, made, words in offered:
            st.download_button(
                title,
                made,
                file_name=f"{stem}-{what}.csv",
                mime="text/csv",
                key=f"batch_{what}",
                icon=":material/download:",
                on_click="ignore",
                help=f"{words} A line per row, as CSV.",
            )


def _worst(run: Run, done: Done) -> None:
    """The rows with the largest errors; a click puts one on the bench."""
    order = np.argsort(-done.made.errors, kind="stable")[:MOST_LISTED]
    names = run.dataset.feature_names
    costly = np.nan_to_num(done.made.by_column[order])
    listed = pd.DataFrame(
        {
            "row": [done.rows.names[place] for place in order],
            "error": done.made.errors[order],
            "error of PCA": done.made.pca_errors[order],
            "larger than": [larger_than(_stands(run, done, place)) for place in order.tolist()],
            "costliest column": [names[place] for place in costly.argmax(axis=1)],
        }
    )
    st.markdown("**The rows with the largest errors**")
    st.dataframe(
        listed,
        key="batch_rows",
        hide_index=True,
        height=min(LINE * (len(listed) + 1) + 2, 320),
        column_config={
            "error": st.column_config.NumberColumn(format="%.3g"),
            "error of PCA": st.column_config.NumberColumn(format="%.3g"),
            "larger than": st.column_config.TextColumn(
                help="The share of the held-out rows whose error is smaller; of one that is held out itself, of the "
                "others."
            ),
        },
        selection_mode="single-row",
        on_select="rerun",
    )
    more = "" if len(listed) == len(done.rows.x) else f" The first {count(len(listed))} of {count(len(done.rows.x))}."
    chosen = _chosen(len(listed))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        label = "Put it on the bench" if chosen is None else f"Put {done.rows.names[order[chosen]]} on the bench"
        if st.button(
            messages.plain(label),
            key="batch_take",
            icon=":material/move_up:",
            disabled=chosen is None,
            help="Makes the chosen row the sample that the whole page looks at.",
        ):
            place = int(order[chosen or 0])
            bench.put(run, bench.Sample(done.rows.x[place], "brought", done.rows.names[place]))
            st.rerun()
        if chosen is None:
            st.caption(f"Choose a row to look at it on the bench.{more}", width="content")


def _stands(run: Run, done: Done, place: int) -> float:
    """The share of the held-out rows, without the row itself, that have a smaller error."""
    held, error = held_out(run), float(done.made.errors[place])
    alike = np.flatnonzero(np.abs(held.errors - error) <= ALIKE * (1 + error))  # few, for a file has many rows
    same = place_among(run.split.scaler.apply(done.rows.x[place][None])[0], held.x[alike])
    if same is None:
        return stranger_than(error, held.errors)
    return stranger_than(float(held.errors[alike[same]]), held.errors, is_known=True)


def _chosen(n: int) -> int | None:
    """The place of the row that is marked in the table of n."""
    marked = state.got("batch_rows")
    rows = marked["selection"]["rows"] if isinstance(marked, Mapping) else []
    return int(rows[0]) if rows and rows[0] < n else None


def _commands(run: Run, name: str) -> None:
    with st.expander("The same from the command line", icon=":material/terminal:", key="batch_command"):
        start = ["python", "-m", "playground"]
        lines = [
            [*start, "reconstruct", run.id, name, "--out", "reconstructions.csv", "--errors", "errors.csv"],
            [*start, "encode", run.id, name, "--out", "codes.csv"],
        ]
        st.code("\n".join(shlex.join(line) for line in lines), language="bash", wrap_lines=True)
        st.caption("Instead of the run's id the path of its folder will do; `--store` says where run folders are.")
