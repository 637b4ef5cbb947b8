"""What each unit of the code does: how much of the error it explains, and what moving or switching it off changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import streamlit as st

from playground.analysis.intrinsic import IN_USE, units_in_use
from playground.analysis.units import MOST_ROWS, Explained, Switches, histogram
from playground.data.dataset import FloatArray
from playground.figures.numbers import count, percent, signed, three
from playground.models.sizes import multiplications
from playground.runs.run import Run
from playground.ui import carried, codes, messages, picked, reproduce, state
from playground.ui.coded import coded
from playground.ui.components.units import (
    BARS,
    Decoded,
    Line,
    moved_to,
    strip_values,
    switched_off,
    units,
    units_payload,
)
from playground.ui.held_out import held_out, version
from playground.ui.looks import look

MOST_LINES = 64
MOST_SCORED = 256  # units; of more, those whose codes vary most
MOST_PRODUCTS = 1.5e10  # multiplications that scoring all units may take: a second or two
LEAST_ROWS = 100
CENTRAL = (0.001, 0.999)  # quantiles of the training codes that a slider reaches, and a little beyond
MARGIN = 0.05
MOST_NUMBERS = 400_000  # of strips that the server decodes and sends
FEW_NAMES = 6
_KEY, _OFF, _HAS_MOVED = "units_of_code", "_units_off", "_units_moved"

PYTHON = """from playground.analysis.units import Switches

z_train = trainer.best.encode(train)
switches = Switches.of(trainer.best, x, z_train.mean(axis=0), most={rows})
explained = switches.explained()
print(explained.error, explained.rises, explained.shares)
print(switches.error({off}))  # with these units off
"""


@st.fragment
@messages.shown()
def show(run: Run, network: str | None) -> None:
    """Draws a line for each unit of a finished run's code.

    Args:
        network: the key that `carried.carry` gave; None where the server has to decode.
    """
    if state.got(_HAS_MOVED):  # the rest of the page follows the point
        state.put({_HAS_MOVED: False}, only_missing=False)
        st.rerun()
    st.subheader("What each unit does")
    held = held_out(run)
    sample = picked.sample(run.id, len(held.z))
    point, off = codes.point(run, start=held.z[sample]), _off(run)
    found, lines = explained(run), _lines(str(run.folder), version(run), run)
    st.markdown(messages.plain(_how_to_read(run, found, len(lines))))
    if network is None:
        st.caption(messages.plain(carried.why_not(run)))
    train = coded(run, "train").z
    units(
        key=_KEY,
        data=units_payload(
            network=network,
            point=run.id,
            look=look(run),
            lines=lines,
            z=point,
            mean=train.mean(axis=0),
            own=held.z[sample],
            own_name=f"code of sample {sample + 1}",
            n_train=len(train),
            off=sorted(off),
            error_words=in_words(run, off),
            decoded=None if network else _decoded(run, point, off, lines),
        ),
        on_move=lambda: _moved(run),
        on_switch=lambda: _switched(run),
    )
    reproduce.panel(run, PYTHON.format(rows=_rows(run), off=sorted(off) or [0]), key="reproduce_units")


def explained(run: Run) -> Explained:
    """What each unit of a finished run explains, on at most 2,000 held-out rows.

    Of a code of more than 256 units only those are scored whose training codes vary most; the others' rises are nan.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    return _explained(str(run.folder), version(run), run)


def idle(run: Run) -> dict[int, str]:
    """The units of the code that are not in use, from 0, and why; a VAE's by the variance of their means.

    Of a code of more than 256 units those that were not scored count as idle: their codes vary least.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    if run.spec.model == "vae":
        why = f"Idle: the variance of its mean over the held-out rows is at most {IN_USE:g}."
        return {int(unit): why for unit in np.flatnonzero(~units_in_use(held_out(run).z))}
    least = IN_USE * float(held_out(run, "mean").errors.mean())
    why = f"Idle: held at its mean it raises the error by at most {100 * IN_USE:g} % of that of the mean baseline."
    return {int(unit): why for unit in np.flatnonzero(~(explained(run).rises > least))}


def in_words(run: Run, off: Collection[int]) -> str:
    """What the error is, and becomes with some units off."""
    found = explained(run)
    rows = f"a row (sum of squares, mean over {count(found.n_rows)} held-out rows)"
    if not off:
        return (
            f"With all {count(len(found.rises))} units on, the error is {three(found.error)} {rows}; with all of them "
            f"off, {three(found.all_off)}."
        )
    error = _error(str(run.folder), version(run), frozenset(off), run)
    change = f", {signed(100 * (error / found.error - 1))} %" if found.error > 0 else ""
    return (
        f"With {_names(off)} off, the error is {three(error)} {rows}, instead of {three(found.error)} with all on"
        f"{change}."
    )


def _names(off: Collection[int]) -> str:
    if len(off) > FEW_NAMES:
        return f"{count(len(off))} units"
    names = [codes.unit_name(unit) for unit in sorted(off)]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _how_to_read(run: Run, found: Explained, n_lines: int) -> str:
    m = run.spec.latent_dim
    words = (
        "The bars are the training codes, the pictures what the decoder makes of values along the unit while the "
        "others stay. The percentage is how much of what the whole code explains is lost when the unit alone is off: "
        "held at its mean over the training rows."
    )
    if idle(run):
        words += " Idle units are named so: the network makes next to no use of them."
    total = float(np.nansum(found.shares))
    if m > 1 and np.isfinite(found.shares).all():
        words += f" Together {percent(total)}: {_why(total)}."
    if found.n_rows < len(held_out(run).rows):
        words += (
            f" Scored on {count(found.n_rows)} of {count(len(held_out(run).rows))} held-out rows, picked by chance."
        )
    if m > MOST_SCORED:
        words += f" Of {count(m)} units the {count(MOST_SCORED)} are scored whose codes vary most."
    if m > n_lines:
        words += f" The {count(n_lines)} units that explain most are shown."
    return words


def _why(total: float) -> str:
    if total > 1.05:
        return "units need one another, so that several lose the same when they go"
    if total < 0.95:
        return "units share work, so that one makes up for another"
    return "each unit does a work of its own"


# ---- what the browser tells


def _told(name: str) -> object:
    sent = state.got(_KEY)
    return sent.get(name) if hasattr(sent, "get") else None


def _moved(run: Run) -> None:
    z = moved_to(_told("moved"), run.spec.latent_dim)
    if z is not None:
        codes.move_to(run, z)
        state.put({_HAS_MOVED: True}, only_missing=False)


def _switched(run: Run) -> None:
    off = switched_off(_told("off"), run.spec.latent_dim)
    if off is not None:
        state.put({_OFF: (run.id, off)}, only_missing=False)


def _off(run: Run) -> frozenset[int]:
    """The units that the visitor has switched off."""
    kept = state.got(_OFF)
    return kept[1] if isinstance(kept, tuple) and kept[0] == run.id else frozenset()


# ---- what is computed


@st.cache_resource(max_entries=8, show_spinner=False)
def _switches(folder: str, changed: int, _run: Run) -> Switches:
    return Switches.of(_run.codec(), _run.split.x_test, coded(_run, "train").z.mean(axis=0), _rows(_run))


@st.cache_resource(max_entries=16, show_spinner="Switching off one unit after another …")
def _explained(folder: str, changed: int, _run: Run) -> Explained:
    return _switches(folder, changed, _run).explained(_scored(_run))


@st.cache_data(max_entries=256, show_spinner=False)
def _error(folder: str, changed: int, off: frozenset[int], _run: Run) -> float:
    return _switches(folder, changed, _run).error(off)


def _scored(run: Run) -> list[int]:
    spread = coded(run, "train").z.std(axis=0)
    return [int(unit) for unit in np.sort(np.argsort(-spread, kind="stable")[:MOST_SCORED])]


def _rows(run: Run) -> int:
    """How many rows are scored: fewer where the network is large and has many units."""
    dataset = run.dataset
    products = multiplications(run.spec, dataset.width, dataset.n_flags, dataset.grid) / 2
    most = MOST_PRODUCTS / (products * min(run.spec.latent_dim, MOST_SCORED))
    return int(min(max(most, LEAST_ROWS), MOST_ROWS))


@st.cache_resource(max_entries=16, show_spinner=False)
def _lines(folder: str, changed: int, _run: Run) -> list[Line]:
    found, z = explained(_run), coded(_run, "train").z
    why = idle(_run)
    return [_line(unit, found, z[:, unit], why.get(int(unit), "")) for unit in found.order[:MOST_LINES]]


def _line(unit: int, found: Explained, values: FloatArray, why_idle: str) -> Line:
    low, high = _range(values)
    share, rise = float(found.shares[unit]), float(found.rises[unit])
    mean, spread = three(float(values.mean())), three(float(values.std()))
    ends = " to ".join(three(end) for end in np.quantile(values, (0.01, 0.99)))
    return Line(
        unit=unit,
        name=codes.unit_name(unit),
        low=low,
        high=high,
        bars=histogram(values, low, high, BARS),
        share=share,
        share_words=percent(share),
        rise_words=f"off: error {signed(rise)}",
        says=f"Training codes: mean {mean}, standard deviation {spread}, 98 % in {ends}.",
        idle=why_idle,
    )


def _range(values: FloatArray) -> tuple[float, float]:
    """The ends of a slider; a unit that is not in use still has one."""
    low, high = (float(end) for end in np.quantile(values, CENTRAL))
    margin = MARGIN * (high - low)
    if margin <= 1e-6 * max(abs(low), abs(high), 1e-6):
        margin = max(0.5, 0.5 * abs(low))
    return low - margin, high + margin


def _decoded(run: Run, point: FloatArray, off: frozenset[int], lines: Sequence[Line]) -> Decoded:
    """The sample at the point and along the first units, by the server; the units that are off at their means."""
    z = point.astype(np.float32).copy()
    mean = coded(run, "train").z.mean(axis=0)
    for unit in off:
        z[unit] = mean[unit]
    n_features = run.split.n_features
    values = [strip_values(line.low, line.high) for line in lines]
    few = min(len(lines), max(1, MOST_NUMBERS // (n_features * len(values[0]))))
    along = np.repeat(z[None, None], few, axis=0).repeat(len(values[0]), axis=1)
    for place, line in enumerate(lines[:few]):
        along[place, :, line.unit] = values[place]
    x_hat = run.codec().decode(np.concatenate([z[None], along.reshape(-1, len(z))]))
    return Decoded(x_hat[0], [line.unit for line in lines[:few]], x_hat[1:].reshape(few, -1, n_features))
