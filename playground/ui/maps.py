"""Linked maps of the held-out rows: the autoencoder beside PCA, what each keeps of the neighbourhoods, what moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis import embedding, neighbours
from playground.analysis.neighbours import Difference, Neighbourhoods
from playground.data.dataset import FloatArray, IntArray
from playground.errors import PlaygroundError
from playground.figures import markup
from playground.figures.markup import Cell, Picture, Row
from playground.figures.numbers import count, percent, three
from playground.figures.pictures import image_png
from playground.runs.run import Run
from playground.ui import codes, messages, picked, state
from playground.ui.components import Colour
from playground.ui.components.linked_maps import LinkedMap, linked_maps
from playground.ui.drawing import CODECS, drawing
from playground.ui.held_out import held_out, version

MOST_K = 50
USUAL_K = 10
N_MOVED = 8
MOST_NAMED = 6  # columns of a row that moved
INPUT = "input"
OWN, PCA = "autoencoder", "pca"
_THIRD = "_third"  # (run's id, the method of the third map)


@dataclass(frozen=True, eq=False)
class Measures:
    """One map at one k: per row what its three numbers are the means of; `told` None without labels."""

    trusted: NDArray[np.float64]
    continued: NDArray[np.float64]
    told: NDArray[np.float64] | None


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws the linked maps of a finished run's held-out rows, how good they are, and the rows that moved most."""
    st.subheader("The maps of the same rows")
    third = _third(run)
    rows = _rows(run, third)
    if len(rows) < 5:
        st.info("There are too few test rows for maps to be compared.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        colour = codes.choose_colour(run)
        units = codes.choose_units(run.spec.latent_dim)
        k = _choose_k(len(rows))
    with st.spinner("Looking for the neighbours of every row …"):
        found = _found(run, third)
    names = [OWN, PCA, *([third] if third else [])]
    measured = {name: _measures(run, found, name, k, rows) for name in names}
    most = found.moved_most(OWN, PCA, k)[:N_MOVED]
    lit = rows[most].tolist() if state.got("light_moved") else None
    _draw(run, names, units, colour, measured, lit)
    st.markdown(_verdict(measured[OWN], measured[PCA], k))
    st.caption(_how(run, found, rows, k, third))
    _offer_third(run, third)
    _show_moved(run, found, most, k, rows)


# ---- what is on the maps


def _rows(run: Run, third: str | None) -> IntArray:
    """Places among the held-out rows that are measured, the same on every map."""
    n = len(held_out(run).x)
    return np.arange(min(n, embedding.MOST_ROWS)) if third else neighbours.sampled(n)


def _drawn(run: Run, third: str | None) -> int:
    """How many of the held-out rows, the first ones, the maps show."""
    return min(len(held_out(run).x), embedding.MOST_ROWS if third else codes.MOST_MAPPED)


def _choose_k(n_rows: int) -> int:
    most = min(MOST_K, neighbours.most_k(n_rows))
    state.keep("k", range(1, most + 1), min(USUAL_K, most))
    now = state.got("k")
    say = (
        f"How many nearest neighbours of a row count, in the map and in the input space: from 1 to {most}. Now {now}. "
        "A small k asks about the closest rows, a large one about the map as a whole."
    )
    return int(st.slider("Neighbours k", 1, most, key="k", help=say, width=220))


def _draw(
    run: Run,
    names: Sequence[str],
    units: tuple[int, int | None],
    colour: Colour,
    measured: Mapping[str, Measures],
    lit: Sequence[int] | None,
) -> None:
    third = next((name for name in names if name not in CODECS), None)
    part = slice(0, _drawn(run, third))
    n = part.stop
    if n < len(held_out(run).x):
        total = count(len(held_out(run).x))
        st.caption(f"The maps show {count(n)} of the {total} held-out rows, picked by chance.")
    hover, sample = drawing(run).hover(colour.name), picked.sample(run.id, len(held_out(run).x))
    maps = [_map(run, name, units, part, _notes(measured[name])) for name in names]
    clicked = linked_maps(
        key="linked_maps",
        run=run.id,
        maps=maps,
        colour=Colour(colour.name, colour.values[part], colour.levels),
        pictures=None if hover.pictures is None else hover.pictures[part],
        rows=hover.texts[part],
        selected=sample if sample < n else None,
        lit=None if lit is None else [row for row in lit if row < n],
        height=140 if all(one.y is None for one in maps) else 340,
    )
    if clicked is not None:
        picked.pick(run.id, clicked)
        st.rerun()


def _map(
    run: Run, name: str, units: tuple[int, int | None], part: slice, notes: Sequence[tuple[str, str]]
) -> LinkedMap:
    if name not in CODECS:
        z, title = _embedded(run, name), _called(name)
        return LinkedMap(name, title, z[part, 0], z[part, 1], f"{title} 1", f"{title} 2", notes)
    z = held_out(run, name).z
    across, up = codes.existing(units, z.shape[1])
    label: Callable[[int], str] = codes.unit_name if name == OWN else lambda unit: f"component {unit + 1}"
    y = None if up is None else z[part, up]
    return LinkedMap(name, _called(name), z[part, across], y, label(across), "" if up is None else label(up), notes)


def _notes(measures: Measures) -> list[tuple[str, str]]:
    notes = [
        ("trustworthiness", _share(measures.trusted)),
        ("continuity", _share(measures.continued)),
    ]
    return notes if measures.told is None else [*notes, ("kNN accuracy", percent(float(measures.told.mean())))]


def _called(name: str) -> str:
    return CODECS[name][0] if name in CODECS else embedding.METHODS[name][0]


def _share(each: NDArray[np.float64]) -> str:
    return f"{float(each.mean()):.3f}"


# ---- what is measured


def _measures(run: Run, found: Neighbourhoods, name: str, k: int, rows: IntArray) -> Measures:
    labels = _labels(run, rows)
    told = None if labels is None else found.told(name, labels, k).astype(np.float64)
    return Measures(found.trusted(INPUT, name, k), found.trusted(name, INPUT, k), told)


def _labels(run: Run, rows: IntArray) -> NDArray[np.str_] | None:
    labels = run.dataset.labels
    return None if labels is None else labels[held_out(run).rows[rows]]


def _found(run: Run, third: str | None) -> Neighbourhoods:
    return _neighbourhoods(str(run.folder), version(run), third, run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _neighbourhoods(folder: str, changed: int, third: str | None, _run: Run) -> Neighbourhoods:
    rows = _rows(_run, third)
    spaces: dict[str, FloatArray] = {INPUT: held_out(_run).x[rows]}
    spaces |= {name: held_out(_run, name).z[rows] for name in (OWN, PCA)}
    if third:
        spaces[third] = _embedded(_run, third)
    return neighbours.neighbourhoods(spaces, min(MOST_K, neighbours.most_k(len(rows))))


def _verdict(own: Measures, pca: Measures, k: int) -> str:
    """Which of the two keeps more, in words; where the interval holds 0, that the rows do not tell."""
    pairs = {"trustworthiness": (own.trusted, pca.trusted), "continuity": (own.continued, pca.continued)}
    if own.told is not None and pca.told is not None:
        pairs["kNN accuracy"] = (own.told, pca.told)
    said: dict[str, list[str]] = {"own": [], "pca": [], "": []}
    for name, (one, other) in pairs.items():
        apart = neighbours.difference(one, other)
        winner = "" if not apart.is_clear else "own" if apart.value > 0 else "pca"
        if winner == "pca":
            apart = neighbours.difference(other, one)
        said[winner].append(f"{name} ({_apart(apart, as_points=name == 'kNN accuracy')})")
    parts = [
        f"this autoencoder's code is ahead of PCA's in {_listed(said['own'])}" if said["own"] else "",
        f"PCA's code is ahead of this autoencoder's in {_listed(said['pca'])}" if said["pca"] else "",
        f"these rows do not tell them apart in {_listed(said[''])}" if said[""] else "",
    ]
    return messages.plain(f"With k = {k}, {'; '.join(part for part in parts if part)}.")


def _apart(apart: Difference, *, as_points: bool) -> str:
    """A difference with its interval: "by 0.031, 95 % interval 0.020 to 0.042", or "by 27.3 points, …"."""
    if apart.low == apart.value == apart.high == 0:
        return "no difference"
    scale, decimals = (100, 1) if as_points else (1, 3)
    value, low, high = (
        f"{scale * each:.{decimals}f}".replace("-", "−") for each in (apart.value, apart.low, apart.high)
    )
    by = f"by {value} points" if as_points else f"by {value}"
    return f"{by}, 95 % interval {low} to {high}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _how(run: Run, found: Neighbourhoods, rows: IntArray, k: int, third: str | None) -> str:
    n, m, n_test = found.n_rows, run.spec.latent_dim, len(held_out(run).x)
    of = f"{count(n)} test rows" if n == n_test else f"{count(n)} of the {count(n_test)} test rows, picked by chance"
    units = f"all {m} units, not only the two on show" if m > 2 else f"m = {m}"
    parts = [
        f"Measured on {of}, with the whole code ({units}).",
        "Trustworthiness below 1: the map shows neighbours that are none in the input space; continuity below 1: it "
        "tears neighbours apart.",
    ]
    labels = _labels(run, rows)
    if labels is not None:
        most = float(np.unique(labels, return_counts=True)[1].max() / len(labels))
        parts.append(
            f"kNN accuracy: the share of rows whose {run.dataset.label_name} most of their {k} neighbours have; in the "
            f"input space itself {percent(found.accuracy(INPUT, labels, k).value)}, by always saying the most frequent "
            f"{percent(most)}."
        )
    if np.isnan(held_out(run).x).any():
        parts.append("Missing values count as their column's mean.")
    if third:
        parts.append(f"{_called(third)} has seen these very rows; the codecs had not.")
    parts.append("Rows share neighbours, so that the intervals are rather too narrow than too wide.")
    return messages.plain(" ".join(parts))


# ---- the third map


def _third(run: Run) -> str | None:
    """The method of the third map, which is computed by now; None where none is wanted, or where it fails."""
    kept = state.got(_THIRD)
    if not isinstance(kept, tuple) or kept[0] != run.id or kept[1] not in embedding.available():
        return None
    method = str(kept[1])
    try:
        with st.spinner(f"{_called(method)} is computed in a process apart …"):
            _embedded(run, method)
    except PlaygroundError as error:
        _put_third(run.id, None)
        messages.warn([str(error)])
        return None
    return method


def _offer_third(run: Run, third: str | None) -> None:
    n = min(len(held_out(run).x), embedding.MOST_ROWS)
    if third:
        st.button(
            f"Take {_called(third)} away",
            key="remove_third",
            on_click=_put_third,
            args=(run.id, None),
            help="Leaves the autoencoder and PCA, on all their rows.",
        )
        return
    if n < embedding.LEAST_ROWS:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for method in embedding.available():
            st.button(
                f"Add {_called(method)}",
                key=f"add_{method}",
                icon=":material/add:",
                on_click=_put_third,
                args=(run.id, method),
                help=f"Computes {_called(method)} of {count(n)} test rows in a process apart, once for this run.",
            )
        st.caption(
            f"A third map beside the two: it costs some five to thirty seconds for {count(n)} rows, once per run. It "
            "has no encoder, so that it can place no new row, and none of it is a comparison of errors."
        )


def _put_third(run_id: str, method: str | None) -> None:
    state.put({_THIRD: (run_id, method)}, only_missing=False)


def _embedded(run: Run, method: str) -> FloatArray:
    """The third map of the first held-out rows (n, 2). Raises RunError or BusyError where it cannot be had."""
    return _embedding(str(run.folder), method, run)


@st.cache_resource(max_entries=16, show_spinner=False)
def _embedding(folder: str, method: str, _run: Run) -> FloatArray:
    return embedding.embedding(held_out(_run).x[: embedding.MOST_ROWS], method)


# ---- the rows that moved


def _show_moved(run: Run, found: Neighbourhoods, most: IntArray, k: int, rows: IntArray) -> None:
    st.markdown("##### The rows that moved most between the two neighbourhoods")
    moved = found.moved(OWN, PCA, k)
    st.markdown(
        messages.plain(
            f"On average {percent(float(moved.mean()))} of a row's {k} neighbours in the code are none of its {k} "
            f"neighbours in PCA's; {percent(float(np.mean(moved == 1)))} of the rows keep not one."
        )
    )
    st.toggle(
        "Light them in the maps",
        key="light_moved",
        help=f"Lights the {len(most)} rows below in every map, until you draw a rectangle or press Escape.",
    )
    shares = [f"keeps {round(k * (1 - float(moved[i])))} of {k}" for i in most]
    _draw_rows(run, rows[most], shares)


def _draw_rows(run: Run, places: IntArray, shares: Sequence[str]) -> None:
    """A few held-out rows small: pictures, series as lines, or a table."""
    names = [f"sample {count(place + 1)}" for place in places.tolist()]
    pixels = drawing(run).pictures()
    if pixels is not None:
        pngs = [[(image_png(pixels[place], scale=1), f"sample {place + 1}")] for place in places]
        st.html(markup.pictures([Picture(*one) for one in zip(names, pngs, shares, strict=True)], 84))
    elif run.dataset.kind == "series":
        _draw_series(run, places, [f"{name}, {share}" for name, share in zip(names, shares, strict=True)])
    else:
        st.html(_table(run, places, names, shares))


def _draw_series(run: Run, places: IntArray, names: Sequence[str]) -> None:
    unit = run.dataset.units[0] if run.dataset.units else ""
    own = run.dataset.x[held_out(run).rows[places]]
    room = [place for _ in range(0, len(names), 2) for place in st.columns(2)]
    for place, values, name in zip(room, own, names, strict=False):
        # Numbers and escaped words only; st.html would drop the drawing.
        place.markdown(markup.waves([(name, values, "currentColor")], unit, height=70), unsafe_allow_html=True)


def _table(run: Run, places: IntArray, names: Sequence[str], shares: Sequence[str]) -> str:
    data, rows = run.dataset, held_out(run).rows[places]
    label = {} if data.labels is None else {data.label_name: data.labels[rows]}
    own = data.x[rows]
    columns = {name: data.shown(i, own) for i, name in enumerate(data.feature_names[:MOST_NAMED])}
    lines = [
        Row(name, [Cell(share), *(Cell(_word(values[i])) for values in (*label.values(), *columns.values()))])
        for i, (name, share) in enumerate(zip(names, shares, strict=True))
    ]
    return markup.table(["sample", "of its neighbours", *label, *columns], lines)


def _word(value: object) -> str:
    return three(float(value)) if isinstance(value, (float, int, np.number)) else str(value)
