"""Groups of rows: what the visitor drew around or filtered, its mean sample, its table, and what sets two apart."""

from __future__ import annotations

from string import ascii_uppercase

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis.groups import Contrast, class_shares, contrasts, direction, level_contrast
from playground.analysis.nearest import Nearest
from playground.data.dataset import FloatArray, IntArray
from playground.figures import markup, palette
from playground.figures.markup import Cell, Picture, Row
from playground.figures.numbers import count, percent, signed, three
from playground.figures.pictures import difference_png, symmetric_limit
from playground.models.mean import mean_of
from playground.runs.run import Run
from playground.ui import codes, groups, messages, state
from playground.ui.coded import coded
from playground.ui.components.cloud_payload import digest_of
from playground.ui.drawing import Images, drawing
from playground.ui.few import Small, few, own_rows, words
from playground.ui.generating import OUTSIDE, density_of
from playground.ui.groups import Group
from playground.ui.held_out import version

REST = "all other rows"
MOST_CLASSES = 12
MOST_COLUMNS = 10
LONGEST_NAME = 40
NEAR = 10  # training codes around a mean code
NONE = (
    "There is no group yet: draw around points of the map with the lasso, or filter the rows and press “Make a group”. "
    "Data with a label have their classes as groups from the start."
)


def choices(run: Run) -> dict[str, Group]:
    """The visitor's own groups, the newest first, then the classes, by name."""
    mine = [*reversed(groups.own(run))]
    names = {group.name for group in mine}
    return {group.name: group for group in [*mine, *(g for g in groups.classes(run) if g.name not in names)]}


def next_name(run: Run) -> str:
    """The first letter that no group of the run has as its name: A to Z, then A1 to Z1 and so on."""
    taken = {group.name for group in groups.own(run)}
    names = (letter + (str(turn) if turn else "") for turn in range(groups.MOST) for letter in ascii_uppercase)
    return next(name for name in names if name not in taken)


def codes_of(run: Run, rows: IntArray) -> FloatArray:
    """The codes of some rows of the data set (n, latent_dim)."""
    return _codes(str(run.folder), version(run), digest_of(rows), run, rows)


def choose(run: Run, key: str, label: str, say: str, offered: list[str], first: int) -> str:
    """Draws the choice of one group, by name; `say` is the help, to which the present choice is added."""
    state.keep(key, offered, offered[min(first, len(offered) - 1)])
    now = messages.plain(str(state.got(key)))
    return str(st.selectbox(label, offered, key=key, width=200, help=f"{say} Now {now}.", format_func=str))


def show_groups(run: Run, on_map: IntArray) -> None:
    """Draws the choice of a group, what it holds, and what sets it apart from another.

    Args:
        on_map: the rows of the data set that the map shows (n,).
    """
    found = choices(run)
    if not found:
        st.info(NONE, icon=":material/info:")
        return
    names = list(found)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        say = "Which rows are looked at: a group that you made, or a class of the label."
        name = choose(run, "group", "Group", say, names, 0)
        others = [*(other for other in names if other != name), REST]
        say = "What the group is compared with, as a direction in the code and as a picture."
        other = choose(run, "group_against", "Against", say, others, 0)
        if name in {group.name for group in groups.own(run)}:
            _own_controls(run, name)
    group = found[name]
    rest = np.setdiff1d(np.arange(len(run.split.x)), group.rows)
    against = Group(REST, rest) if other == REST else found[other]
    left, right = st.columns(2, gap="large")
    with left:
        _show_group(run, group, on_map)
    with right:
        if len(against.rows) == 0:
            st.info("The group holds every row: there is nothing to compare it with.", icon=":material/info:")
        else:
            _show_difference(run, group, against)


def _own_controls(run: Run, name: str) -> None:
    def rename() -> None:
        new = str(state.got("group_name") or "").strip()[:LONGEST_NAME]
        old = next(group for group in groups.own(run) if group.name == name)
        if new and new not in choices(run) and new != REST:
            groups.forget(run, name)
            groups.keep(run, new, old.rows)
            state.put({"group": new}, only_missing=False)

    state.put({"group_name": name}, only_missing=False)
    st.text_input(
        "Name",
        key="group_name",
        width=140,
        max_chars=LONGEST_NAME,
        on_change=rename,
        help="What the group is called, on the map too; a name that is taken changes nothing. "
        f"Now {messages.plain(name)}.",
    )
    st.button(
        "Forget",
        key="group_forget",
        icon=":material/delete:",
        on_click=groups.forget,
        args=(run, name),
        help=f"Takes the group {messages.plain(name)} away; the rows stay where they are.",
    )


def _show_group(run: Run, group: Group, on_map: IntArray) -> None:
    n, n_all = len(group.rows), len(run.split.x)
    words = f"**{messages.plain(group.name)}**: {_rows(n)}, {percent(n / n_all)} of all {count(n_all)} rows of the data"
    n_map = int(np.isin(group.rows, on_map).sum())
    st.markdown(f"{words}; {count(n_map)} of them on the map." if len(on_map) < n_all else f"{words}.")
    z = codes_of(run, group.rows).mean(axis=0)
    shown = [
        Small("mean sample", np.asarray(mean_of(run.split.x[group.rows]), dtype=np.float32), f"of {count(n)} rows"),
        Small("decoded mean code", run.codec().decode(z[None])[0], "", palette.DECODER),
    ]
    few(run, shown, 110)
    st.caption(messages.plain(f"Its mean code: {codes.in_words(z)}. {mean_code_in_words(run, group)}".rstrip()))
    _show_classes(run, group)
    _show_columns(run, group)


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{count(n)} rows"


def mean_code_in_words(run: Run, group: Group) -> str:
    """Why the mean code of a group stands for it badly, a sentence; "" where nothing speaks against it.

    Among its nearest training codes most are of another class than most of the group, or few training codes lie there.
    """
    z, said = codes_of(run, group.rows).mean(axis=0)[None], []
    other = _class_around(run, z, group)
    if other:
        said.append(f"it lies among codes of another class: {other}")
    standing = float(density_of(run).standing(z)[0])
    if standing < OUTSIDE:
        said.append(f"it lies in a thin place, where only {percent(standing)} of the training codes have it thinner")
    if not said:
        return ""
    return (
        f"The mean code of {group.name} is no typical code of it: {'; and '.join(said)}. What is decoded there is no "
        "typical one either."
    )


def _class_around(run: Run, z: FloatArray, group: Group) -> str:
    """The class of most training codes near a code (1, m), in words, where it is not that of most of the group."""
    labels, train = run.dataset.labels, coded(run, "train")
    if labels is None:
        return ""
    own, n_own = _commonest(labels[group.rows])
    k = min(NEAR, len(train.z))
    near, n_near = _commonest(labels[train.rows[Nearest(train.z).of(z, k)[0][0]]])
    if near == own or 2 * n_near <= k or 2 * n_own <= len(group.rows):
        return ""
    return f"{count(n_near)} of the {count(k)} nearest are of {run.dataset.label_name} {near or '(none)'}"


def _commonest(labels: NDArray[np.str_]) -> tuple[str, int]:
    levels, counts = np.unique(labels, return_counts=True)
    return str(levels[counts.argmax()]), int(counts.max())


def _show_classes(run: Run, group: Group) -> None:
    labels = run.dataset.labels
    if labels is None:
        return
    shares = class_shares(labels, group.rows)
    if len(shares) == 1:
        st.caption(messages.plain(f"All of them have the {run.dataset.label_name} {shares[0].level or '(none)'}."))
        return
    rows = [
        Row(each.level or "(none)", [Cell(count(each.n)), Cell(percent(each.of_group)), Cell(percent(each.of_all))])
        for each in shares[:MOST_CLASSES]
    ]
    st.html(markup.table([run.dataset.label_name, "rows", "of the group", "of all rows"], rows))
    if len(shares) > MOST_CLASSES:
        st.caption(f"The {MOST_CLASSES} most frequent of {count(len(shares))} classes.")


def _show_columns(run: Run, group: Group) -> None:
    """Columns and known factors that differ most between the group and the other rows; pixels are left to pictures."""
    dataset = run.dataset
    inside = np.zeros(dataset.n_samples, dtype=bool)
    inside[group.rows] = True
    told = _column_rows(run, inside) + _factor_rows(run, inside)
    if not told or inside.all():
        return
    told.sort(key=lambda pair: -abs(pair[0]))
    st.html(markup.table(["column", "the group", "other rows", "apart"], [row for _, row in told[:MOST_COLUMNS]]))
    st.caption(
        "Means of the known values, or the share of the level that differs most; apart in standard deviations of all "
        f"rows, the largest first ({count(min(len(told), MOST_COLUMNS))} of {count(len(told))})."
    )


def _column_rows(run: Run, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[float, Row]]:
    dataset = run.dataset
    if dataset.image_shape is not None or dataset.kind == "series":
        return []
    told = []
    for each in contrasts(dataset.x, inside):
        place, name = each.column, dataset.feature_names[each.column]
        if dataset.columns and dataset.columns[place].is_category:
            found = level_contrast(dataset.x[:, place], inside, place)
            if found is not None:
                told.append(_level_row(f"{name} = {words(run, place, found[0])}", found[1]))
        else:
            cells = [words(run, place, each.inside), words(run, place, each.outside)]
            told.append(_contrast_row(name, cells, each))
    return told


def _factor_rows(run: Run, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[float, Row]]:
    told = []
    for name, column in run.dataset.factors.items():
        if column.dtype.kind in "fiu":
            each = contrasts(np.asarray(column, dtype=np.float64)[:, None], inside)[0]
            told.append(_contrast_row(name, [three(each.inside), three(each.outside)], each))
            continue
        levels, places = np.unique(column, return_inverse=True)
        found = level_contrast(places.astype(np.float64), inside, 0)
        if found is not None:
            told.append(_level_row(f"{name} = {levels[found[0]]}", found[1]))
    return told


def _level_row(name: str, each: Contrast) -> tuple[float, Row]:
    return _contrast_row(name, [percent(each.inside), percent(each.outside)], each)


def _contrast_row(name: str, cells: list[str], each: Contrast) -> tuple[float, Row]:
    shade = markup.diverging(each.apart / 2)
    return each.apart, Row(name, [*map(Cell, cells), Cell(signed(each.apart), background=shade)])


def _show_difference(run: Run, group: Group, against: Group) -> None:
    z, z_other = codes_of(run, group.rows), codes_of(run, against.rows)
    step = direction(z, z_other)
    spread = float(np.sqrt(np.square(z - z.mean(axis=0)).sum(axis=1).mean()))
    st.markdown(f"**{messages.plain(group.name)} − {messages.plain(against.name)}**")
    st.markdown(
        messages.plain(
            f"As a direction in the code: {codes.in_words(step)}, length {three(float(np.linalg.norm(step)))}; the "
            f"rows of {group.name} lie {three(spread)} from their mean code (root mean square)."
        )
    )
    decoded = run.codec().decode(np.stack([z.mean(axis=0), z_other.mean(axis=0)]))
    show_difference(run, decoded[0], decoded[1], group.name, against.name)
    of_other = mean_code_in_words(run, against)
    if of_other:
        st.caption(messages.plain(of_other))


def show_difference(run: Run, x: FloatArray, x_other: FloatArray, name: str, name_other: str) -> None:
    """Draws two decoded samples (n_features,), scaled, and the first less the second on a diverging scale."""
    drawn = drawing(run)
    if isinstance(drawn, Images):
        images = drawn.image(x), drawn.image(x_other)
        limit = symmetric_limit(images[1], images[0])
        title = f"{name} − {name_other}"
        pictures = [
            Picture(name, [(drawn.png(x), f"decoded mean code of {name}")], "", palette.DECODER),
            Picture(name_other, [(drawn.png(x_other), f"decoded mean code of {name_other}")], "", palette.DECODER),
            Picture(title, [(difference_png(images[1], images[0], 1, limit), title)], "", palette.ENCODER),
        ]
        said = f"Blue where {name} is darker, red where it is brighter"
        st.html(markup.pictures(pictures, 130) + markup.difference_scale(limit, drawn.unit(), said))
    elif run.dataset.kind == "series":
        _difference_of_waves(run, x, x_other, name, name_other)
    else:
        _difference_of_columns(run, x, x_other, name, name_other)


def _difference_of_waves(run: Run, x: FloatArray, x_other: FloatArray, name: str, name_other: str) -> None:
    own = own_rows(run, np.stack([x, x_other]))
    unit = run.dataset.units[0] if run.dataset.units else ""
    lines = [(name_other, own[1], palette.MEAN), (name, own[0], palette.DECODER)]
    apart = [(f"{name} − {name_other}", own[0] - own[1], palette.ENCODER)]
    svg = markup.waves(lines, unit, height=150) + markup.waves(apart, unit, height=100)
    st.markdown(svg, unsafe_allow_html=True)  # numbers and escaped words only; st.html would drop the drawing


def _difference_of_columns(run: Run, x: FloatArray, x_other: FloatArray, name: str, name_other: str) -> None:
    own, dataset = own_rows(run, np.stack([x, x_other])), run.dataset
    gap = _gaps(run, x - x_other)
    limit = float(np.abs(gap).max()) or 1.0
    order = np.argsort(-np.abs(gap), kind="stable")[:MOST_COLUMNS].tolist()
    rows = [
        Row(
            dataset.feature_names[i],
            [
                Cell(words(run, i, float(own[0, i])), background=markup.diverging(float(gap[i]) / limit)),
                Cell(words(run, i, float(own[1, i]))),
            ],
        )
        for i in order
    ]
    st.html(markup.table(["decoded mean code", name, name_other], rows))
    st.caption(
        messages.plain(
            f"Red where {name} is higher, blue where it is lower (of a category: where its shares differ); full colour "
            f"is {three(limit)} in scaled units. {count(len(order))} of {count(len(gap))} columns, the farthest first."
        )
    )


def _gaps(run: Run, difference: FloatArray) -> FloatArray:
    """One number per column: its own difference, or of a column with several features their length."""
    layout = run.split.layout
    if layout is None:
        return difference
    parts = [difference[block.features] for block in layout.blocks]
    gaps = [part[0] if len(part) == 1 else np.linalg.norm(part) for part in parts]
    return np.asarray(gaps, dtype=np.float32)


@st.cache_resource(max_entries=32, show_spinner=False)
def _codes(folder: str, changed: int, digest: str, _run: Run, _rows: IntArray) -> FloatArray:
    return _run.codec().encode(_run.split.x[_rows])
