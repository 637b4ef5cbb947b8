"""Where the autoencoder wins against PCA and where it loses: by sample, by column and by class, on the test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.analysis.errors import UNITS, Errors
from playground.analysis.gains import ByColumn, OfClass, by_class, by_column, extremes
from playground.figures import markup
from playground.figures.gains import gain_histogram, paired_bars
from playground.figures.markup import Picture
from playground.figures.numbers import count, percent, signed, three
from playground.figures.pictures import difference_png, symmetric_limit
from playground.figures.plot import NO_TOOLS
from playground.runs.run import Run
from playground.ui import messages, state
from playground.ui.contrasts import Contrast, Contrasts
from playground.ui.held_out import held_out, version

TOTAL = next(iter(UNITS))
MOST_BARS = 20
MOST_SAMPLES = 12
FEW_SAMPLES = 6
FEW_ROWS = 10  # of a class: its interval says little


@dataclass(frozen=True, eq=False)
class Where:
    """What PCA and the autoencoder make of the same test rows.

    Attributes:
        gains: PCA's error less the autoencoder's, sums of squared errors (n_samples,).
        columns: errors by column.
        classes: errors by class, [] where the rows have no label.
    """

    gains: Errors
    columns: ByColumn
    classes: list[OfClass]


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws the samples with the largest gains and losses, the errors by column and by class, and the gains' spread."""
    st.subheader("Where it wins and where it loses")
    where = where_of(run)
    st.markdown(messages.plain(_in_words(where.gains)))
    st.plotly_chart(
        gain_histogram(where.gains, "gain: PCA's error less the autoencoder's, sum of squared errors"),
        key="gain_histogram",
        config=NO_TOOLS,
    )
    _samples(run, where.gains)
    _columns(run, where.columns)
    _classes(run, where.classes)


def where_of(run: Run) -> Where:
    """Gains of the test rows of a finished run.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    return _where(str(run.folder), version(run), run)


@st.cache_resource(max_entries=16, show_spinner=False)
def _where(folder: str, changed: int, _run: Run) -> Where:
    own, pca = held_out(_run), held_out(_run, "pca")
    labels = _run.dataset.labels
    return Where(
        pca.errors - own.errors,
        by_column(own.x, pca.x_hat, own.x_hat, _run.split.layout),
        [] if labels is None else by_class(labels[own.rows], pca.errors, own.errors),
    )


def _in_words(gains: Errors) -> str:
    """On how many rows it wins, and that the mean of all gains is the comparison's difference."""
    n, won, lost = len(gains), int((gains > 0).sum()), int((gains < 0).sum())
    mean = float(gains.mean())
    words = (
        f"The autoencoder is closer to the original on {count(won)} of {count(n)} test rows ({percent(won / n)}), PCA "
        f"on {count(lost)} ({percent(lost / n)}). The mean gain, {signed(mean)}, is the difference in the table with "
        "its sign turned."
    )
    if mean > 0 and won < lost:
        return f"{words} It wins less often, but by more."
    if mean < 0 and won > lost:
        return f"{words} It wins more often, but by less."
    return words


def _samples(run: Run, gains: Errors) -> None:
    st.markdown("**By sample**")
    state.put({"n_extremes": FEW_SAMPLES}, only_missing=True)
    most = int(
        st.slider(
            "Samples of each",
            1,
            MOST_SAMPLES,
            key="n_extremes",
            width=320,
            help=f"How many samples with the largest gain, and how many with the largest loss, are drawn of the "
            f"{count(len(gains))} test rows; now {state.got('n_extremes')} of each.",
        )
    )
    won, lost = extremes(gains, most)
    groups = [[_contrast(run, place) for place in places] for places in (won, lost)]
    drawn = Contrasts(run, [each for group in groups for each in group])
    titles = ("Largest gains: the autoencoder is closer", "Largest losses: PCA is closer")
    nothing = ("The autoencoder is closer on no test row.", "PCA is closer on no test row.")
    for group, title, none in zip(groups, titles, nothing, strict=True):
        st.markdown(title)
        if group:
            drawn.draw(group)
        else:
            st.info(none, icon=":material/info:")
    if any(groups):
        drawn.legend()
        st.caption("They are picked for being extreme: they show what differs, not what is usual.")


def _contrast(run: Run, place: int) -> Contrast:
    own, pca = held_out(run), held_out(run, "pca")
    labels = run.dataset.labels
    label = "" if labels is None else f" · {labels[own.rows[place]]}"
    return Contrast(
        f"sample {count(place + 1)}{label}",
        f"error {three(own.errors[place])}, PCA {three(pca.errors[place])}",
        *(own.x[place], own.x_hat[place], pca.x_hat[place]),
    )


def _columns(run: Run, columns: ByColumn) -> None:
    st.markdown("**By column**" if run.dataset.image_shape is None else "**By pixel**")
    names, gains = run.dataset.feature_names, columns.pca - columns.own
    if run.dataset.image_shape is not None:
        _pixel_map(run, columns)
    order = _most_different(gains)
    unit = "mean squared error of the column, in scaled units"
    figure = paired_bars([names[i] for i in order], columns.pca[order], columns.own[order], unit)
    st.plotly_chart(figure, key="column_errors", config=NO_TOOLS)
    won, left = int((gains > 0).sum()), len(names) - len(order)
    words = f"The autoencoder has the smaller error in {count(won)} of {count(len(names))} columns. "
    words += "The largest gain stands first, the largest loss last."
    if left:
        words += f" The {count(left)} columns that differ less are not shown."
    if (columns.n_known < len(run.split.test_rows)).any():
        words += " A missing cell counts for nothing."
    st.caption(words)


def _pixel_map(run: Run, columns: ByColumn) -> None:
    """Where in the picture the autoencoder errs less (blue) and where PCA does (red)."""
    pca, own = (run.dataset.as_images(errors[None].astype(np.float32))[0] for errors in (columns.pca, columns.own))
    limit = symmetric_limit(pca, own)
    png = difference_png(pca, own, 1, limit)
    st.html(markup.pictures([Picture("autoencoder's less PCA's", [(png, "difference of the errors by pixel")])], 200))
    st.caption(
        f"Mean squared error of each pixel: blue where the autoencoder's is smaller, red where PCA's is; full colour "
        f"is a difference of {three(limit)} in scaled units."
    )


def _classes(run: Run, classes: Sequence[OfClass]) -> None:
    st.markdown("**By class**")
    if not classes:
        st.info("These rows have no label: bring a column of labels to see errors by class.", icon=":material/info:")
        return
    order = _most_different(np.array([each.gain[0] for each in classes]))
    shown = [classes[i] for i in order]
    pca, own = (np.array([getattr(each, side) for each in shown]) for side in ("pca", "own"))  # mean, low, high
    figure = paired_bars(
        [f"{each.name} ({count(each.n_rows)})" for each in shown],
        pca[:, 0],
        own[:, 0],
        f"{UNITS[TOTAL]}, by {run.dataset.label_name}",
        ((pca[:, 1], pca[:, 2]), (own[:, 1], own[:, 2])),
    )
    st.plotly_chart(figure, key="class_errors", config=NO_TOOLS)
    st.caption(messages.plain(_classes_in_words(run, classes)))


def _classes_in_words(run: Run, classes: Sequence[OfClass]) -> str:
    """Which classes it wins and loses for sure, and which are too small to say."""
    sure = {
        "wins": [each.name for each in classes if each.gain[1] > 0],
        "loses": [each.name for each in classes if each.gain[2] < 0],
    }
    words = [f"Rows of a class in brackets; whiskers are 95 % intervals over them, by {run.dataset.label_name}."]
    for verb, names in sure.items():
        if names:
            words.append(f"Beyond chance the autoencoder {verb} on {_listed(names)}.")
    if not any(sure.values()):
        words.append("On no single class do the two differ by more than chance would explain.")
    if small := [each.name for each in classes if each.n_rows < FEW_ROWS]:
        words.append(f"Fewer than {FEW_ROWS} rows, so little is known of {_listed(small)}.")
    if len(classes) > 2:
        words.append("Of many classes looked at one by one, about one in twenty would stand out by chance.")
    if len(classes) > MOST_BARS:
        words.append(f"The {count(len(classes) - MOST_BARS)} classes that differ less are not shown.")
    return " ".join(words)


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {count(len(names) - most)} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _most_different(gains: Errors) -> list[int]:
    """The places that differ most, at most `MOST_BARS`, the largest gain first."""
    chosen = np.argsort(-np.abs(gains), kind="stable")[:MOST_BARS]
    return [int(place) for place in sorted(chosen.tolist(), key=lambda place: -gains[place])]
