"""Arithmetic in the code: the direction from one group to another, added to any sample as strongly as one likes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from playground.analysis.groups import along, direction
from playground.data.dataset import FloatArray
from playground.figures import palette
from playground.figures.numbers import count, signed, three
from playground.runs.run import Run
from playground.ui import codes, groups, messages, picked, reproduce, state
from playground.ui.drawing import drawing
from playground.ui.few import Small, few
from playground.ui.group_view import choices, choose, codes_of
from playground.ui.held_out import held_out

STRENGTHS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
FIRST = 1.0
NONE = (
    "Two groups are needed: draw around points of the map on Explore with the lasso, twice, or choose data with a "
    "label, whose classes are groups."
)
PYTHON = """import numpy as np

to, start = {to}, {start}
step = trainer.best.encode(split.x[to]).mean(axis=0) - trainer.best.encode(split.x[start]).mean(axis=0)
z = trainer.best.encode(split.x_test[[{sample}]])[0]
print(dataset.in_words(split.scaler.undo(trainer.best.decode((z + {strength:g} * step)[None]))))
"""


def show(run: Run, prefix: str = "") -> None:
    """Draws the choice of two groups, and a sample with their difference added.

    Args:
        run: a finished one.
        prefix: of the widgets' keys, so that the view can stand on two pages.
    """
    _show(run, prefix)


@st.fragment
@messages.shown()
def _show(run: Run, prefix: str) -> None:
    st.subheader("Arithmetic with groups")
    found = choices(run)
    if len(found) < 2:
        st.info(NONE, icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        say = "The group that the direction leads to: its mean code is the end."
        to = choose(run, f"{prefix}arithmetic_to", "Towards", say, list(found), 0)
        say = "The group that the direction comes from: its mean code is the start."
        others = [name for name in found if name != to]
        start = choose(run, f"{prefix}arithmetic_from", "Away from", say, others, 0)
        sample = _choose_sample(run, prefix)
    strength = _choose_strength(prefix)  # on a line of its own: beside a button a slider's label stands askew
    step = direction(codes_of(run, found[to].rows), codes_of(run, found[start].rows))
    z = held_out(run).z[sample]
    _show_strip(run, z, step, strength, to, start)
    rows = found[to].rows, found[start].rows
    told = [_rows_in_python(run, name, group) for name, group in zip((to, start), rows, strict=True)]
    reproduce.panel(
        run,
        PYTHON.format(to=told[0], start=told[1], sample=sample, strength=strength),
        key=f"{prefix}reproduce_arithmetic",
    )


def _choose_sample(run: Run, prefix: str) -> int:
    n = len(run.split.test_rows)
    now = picked.sample(run.id, n)
    key = f"{prefix}arithmetic_sample"

    def pick(place: Callable[[], int]) -> None:
        picked.pick(run.id, place())

    state.put({key: now + 1}, only_missing=False)
    st.number_input(
        "Add to sample",
        1,
        n,
        key=key,
        width=140,
        on_change=pick,
        args=(lambda: int(str(state.got(key) or 1)) - 1,),
        help=f"The held-out row that the direction is added to, 1 to {count(n)}; the same as the page's. "
        f"Now number {now + 1} of {count(n)}.",
    )
    st.button(
        "Random",
        key=f"{prefix}arithmetic_random",
        icon=":material/shuffle:",
        on_click=pick,
        args=(lambda: int(np.random.default_rng().integers(n)),),
        help="Adds the direction to another held-out row, taken by chance.",
    )
    return now


def _choose_strength(prefix: str) -> float:
    key = f"{prefix}arithmetic_strength"
    kept = state.before(key)
    now = float(kept) if isinstance(kept, float) and -2 <= kept <= 2 else FIRST
    state.hold({key: now})
    return st.slider(
        "Strength",
        STRENGTHS[0],
        STRENGTHS[-1],
        key=key,
        step=0.1,
        width=200,
        format="%+.1f",
        help="How many times the direction is added: 0 leaves the sample's own code, 1 is the way from one mean to the "
        f"other, below 0 the way back. Now {signed(now)}.",
    )


def _show_strip(run: Run, z: FloatArray, step: FloatArray, strength: float, to: str, start: str) -> None:
    decoded = run.codec().decode(along(z, step, [*STRENGTHS, strength]))
    length = three(float(np.linalg.norm(step)))
    st.markdown(messages.plain(f"Direction {to} − {start}: {codes.in_words(step)}, length {length}."))
    shown = [
        Small(
            _title(each), x, "reconstruction" if each == 0 else "", palette.BOTTLENECK if each == 0 else palette.DECODER
        )
        for each, x in zip(STRENGTHS, decoded[:-1], strict=True)
    ]
    few(run, shown, 78)
    st.caption(
        messages.plain(
            "What the decoder makes of the sample's code plus so many times the direction: 0 is its reconstruction; "
            f"more of {to} to one side, more of {start} to the other."
        )
    )
    left, _ = st.columns(2)
    with left:
        drawing(run).alone(decoded[-1], f"with {signed(strength)} × the direction")


def _title(strength: float) -> str:
    return "0 ×" if strength == 0 else f"{strength:+g} ×".replace("-", "−")


def _rows_in_python(run: Run, name: str, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    """How the Python gets a group's rows: by its class, or by their numbers."""
    label, own = f"{run.dataset.label_name} ", {group.name for group in groups.own(run)}
    if name not in own and name.startswith(label):
        return f"np.flatnonzero(dataset.labels == {name.removeprefix(label)!r})"
    return str(rows.tolist())
