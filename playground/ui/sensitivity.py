"""What moves when a unit moves, by the decoder's derivatives, and what excites the units of the first layer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from playground.data.dataset import FloatArray
from playground.figures import palette
from playground.figures.components import Directions, component_pictures, component_waves
from playground.figures.markup import colour_scale
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.ui import codes, messages, picked, reproduce, state
from playground.ui.coded import coded
from playground.ui.drawing import drawing
from playground.ui.held_out import HeldOut, held_out, version

PYTHON = """import numpy as np

from playground.models.jacobian import decoder_jacobian, first_layer

z = trainer.best.encode(train)
at = np.array({at}, dtype=np.float32)  # the point of the code
moved = decoder_jacobian(trainer.best, at) * z.std(axis=0)  # (features, units), per standard deviation of a unit
patterns = first_layer(trainer.best)  # what excites each unit of the first layer most
"""

MOST_PATTERNS = 16
MOST_UNITS = {"images": 12, "series": 8}
FEW = 6  # where they are columns of bars
GRID = "display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:0.6rem"  # two on a phone
MOST_WATCHED = 1000  # held-out rows from which the first layer's activity is told
_BARS_ADD = "Bars to the right add, those to the left take away; each has a scale of its own."
_ADDS = {
    "images": "Red adds, blue takes away; each has a scale of its own.",
    "series": "Above the middle adds, below it takes away; all share one scale.",
}
_SAMPLE, _MOVED, _MEAN = "this sample's code", "the point on show", "the mean code"


@dataclass(frozen=True, eq=False)
class _Patterns:
    """What excites the first layer's units: patterns (units, …) and standard deviations of their answers (units,)."""

    vectors: FloatArray
    activity: FloatArray


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws what each unit moves at a code, and the patterns of the first layer, of a finished run."""
    st.subheader("What each unit moves")
    held = held_out(run)
    at = _point(run, held)
    _moved_by(run, at)
    st.markdown("**What the first layer looks for**")
    _first_layer(run)
    reproduce.panel(run, PYTHON.format(at=[round(float(value), 4) for value in at]), key="reproduce_sensitivity")


def _point(run: Run, held: HeldOut) -> FloatArray:
    """Draws the choice of the code that the derivatives are taken at."""
    sample = picked.sample(run.id, len(held.z))
    choices = {
        _MOVED: codes.point(run, start=held.z[sample]),
        _SAMPLE: held.z[sample],
        _MEAN: coded(run, "train").z.mean(axis=0),
    }
    state.keep("sensitivity_at", list(choices), _MOVED)
    now = str(state.got("sensitivity_at"))
    say = (
        "A bent decoder answers differently at every point of the code. This says at which one it is asked: the point "
        f"where you left the pad or the sliders, the code of sample {count(sample + 1)}, or the mean of the training "
        f"rows' codes. Now {now}, {codes.in_words(choices[now])}."
    )
    chosen = str(st.selectbox("At", list(choices), key="sensitivity_at", help=say, width=240))
    is_own = bool(np.array_equal(choices[chosen], choices[_SAMPLE]))
    st.caption(messages.plain(f"At {chosen}{_of(sample, chosen, is_own)}: {codes.in_words(choices[chosen])}."))
    return choices[chosen]


def _of(sample: int, chosen: str, is_own: bool) -> str:
    if chosen == _MOVED:
        return f", the code of sample {count(sample + 1)}" if is_own else ", as you moved it"
    return f" (sample {count(sample + 1)})" if chosen == _SAMPLE else ""


def _moved_by(run: Run, at: FloatArray) -> None:
    spread = coded(run, "train").z.std(axis=0)
    from playground.models.jacobian import decoder_jacobian  # a title need not wait for torch

    moved = (decoder_jacobian(run.codec(), at) * spread).T  # (latent_dim, n_features), per standard deviation
    if not np.isfinite(moved).all():
        st.warning("The decoder's derivatives are not finite here, so there is nothing to draw.")
        return
    length = np.linalg.norm(moved.astype(np.float64), axis=1)
    order = np.argsort(-length, kind="stable")[: MOST_UNITS.get(run.dataset.kind, FEW)]
    limit = _limit(run, moved[order])
    if limit == 0:
        st.info("At this point nothing moves, whichever unit is moved: the decoder is flat here.")
        return
    row = Directions(
        "moved by",
        palette.BOTTLENECK,
        moved[order],
        [three(float(length[unit])) for unit in order],
        [codes.unit_name(int(unit)) for unit in order],
        limit,
    )
    drawing(run).directions([row])
    if run.dataset.image_shape is not None:
        st.html(colour_scale("Blue pixels get darker, red ones brighter, in scaled units", limit))
    st.caption(messages.plain(_how_to_read(run, len(order), moved.shape[0], limit)))


def _limit(run: Run, moved: FloatArray) -> float:
    """The largest entry that is drawn; of colour pictures the mean over the channels is."""
    shown = run.dataset.as_images(moved) if run.dataset.image_shape is not None else moved
    return float(np.abs(shown.mean(axis=3) if shown.ndim == 4 else shown).max())


def _how_to_read(run: Run, n_shown: int, n_units: int, limit: float) -> str:
    kind = run.dataset.kind
    what = {"images": "pixels", "series": "moments"}.get(kind, "columns")
    words = (
        f"Which {what} move when a unit moves up by one standard deviation of its training codes and the others stay: "
        "the decoder's derivatives, exact for small steps. All units share one scale"
    )
    words += "" if kind == "images" else f", from −{three(limit)} to +{three(limit)} in scaled units"
    words += "; the number with each is the length of the whole change."
    if n_shown < n_units:
        words += f" The {count(n_shown)} of {count(n_units)} units that move most are shown."
    return words


def _first_layer(run: Run) -> None:
    found = _patterns(str(run.folder), version(run), run)
    n_units = len(found.vectors)
    is_filter = found.vectors.ndim > 2
    most = MOST_PATTERNS if run.dataset.grid is not None else FEW
    order = [int(unit) for unit in np.argsort(-found.activity, kind="stable") if found.activity[unit] > 0][:most]
    if not order:
        st.info("No unit of the first layer tells one held-out row from another.")
        return
    row = Directions(
        "filter" if is_filter else "unit",
        palette.ENCODER,
        found.vectors[order],
        [f"± {three(float(found.activity[unit]))}" for unit in order],
        [str(unit + 1) for unit in order],
        # A wave has its zero in the middle, which the others show by their colours and sides.
        float(np.abs(found.vectors[order]).max()) if run.dataset.kind == "series" else None,
    )
    _draw(run, row)
    what = "channels" if is_filter else "units"
    of_what = "a patch of the input" if is_filter else "an input"
    st.caption(
        f"Of {count(n_units)} {what} of the encoder's first layer the {count(len(order))} "
        f"whose answers vary most over the held-out rows (± their standard deviation), each as {of_what} of length 1 "
        f"that excites it most: its weights, scaled to length 1 (Ng 2011). {_ADDS.get(run.dataset.kind, _BARS_ADD)}"
    )


def _draw(run: Run, row: Directions) -> None:
    """Filters are smaller than a sample, everything else is a direction in the space of the data."""
    if row.vectors.ndim == 2:
        drawing(run).directions([row])
    elif run.dataset.image_shape is not None:
        st.html(component_pictures([row]))
    else:
        svgs = component_waves([replace(row, vectors=np.asarray(row.vectors).mean(axis=2))])
        cells = "".join(f"<div>{svg}</div>" for svg in svgs)
        st.markdown(f'<div style="{GRID}">{cells}</div>', unsafe_allow_html=True)  # numbers and our own words only


@st.cache_resource(max_entries=16, show_spinner=False)
def _patterns(folder: str, changed: int, _run: Run) -> _Patterns:
    model = _run.codec()
    from playground.models.jacobian import first_layer, first_layer_activity

    return _Patterns(first_layer(model), first_layer_activity(model, held_out(_run).x[:MOST_WATCHED]))
