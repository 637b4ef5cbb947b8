"""Error against m: PCA for every m, autoencoders for those that the visitor has trained, each a run of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.analysis.errors import UNITS
from playground.analysis.sweep import ELBOW_RULE, elbow, units_needed
from playground.figures.numbers import count, percent, three
from playground.figures.plot import NO_TOOLS
from playground.figures.sweep import Point, error_against_m
from playground.runs.run import Run
from playground.runs.sweep import default_latent_dims, pca_curve, start_sweep, stop_sweep, sweep_runs
from playground.ui import live, messages, server, state

SECONDS_PER_LOOK = 1.0
MOST_SEEDS = 5
MOST_OFFERED = 512  # the widest m of the choice
LEAST_FOR_ELBOW = 4  # values of m
TOTAL, _, SHARE = UNITS


@st.fragment
@messages.shown()
def show(run: Run) -> None:
    """Draws the section for a finished run: its choices, the plot, and what the plot says."""
    st.subheader("Error against m")
    _choices(run)
    points = _points(run)
    _progress(run, points)
    _picture(run, points)
    _table(run, points)


def _points(run: Run) -> list[Run]:
    return sweep_runs(server.store(), run.spec, [run])


def _choices(run: Run) -> None:
    width = run.dataset.width
    defaults = default_latent_dims(width)
    offered, chosen = _offered(run, defaults), state.got("sweep_m")
    if state.is_new("sweep", f"{run.spec.data} {width}") or not isinstance(chosen, list | tuple):
        chosen = defaults
    state.put({"sweep_m": [m for m in chosen if m in offered]}, only_missing=False)
    state.put({"sweep_seeds": 1, "sweep_log": True}, only_missing=True)
    st.pills(
        "Train autoencoders of m",
        offered,
        selection_mode="multi",
        key="sweep_m",
        help="Each m is trained with the settings of the run on show; all else, the rows too, stays the same. PCA "
        "needs no training: its curve is exact for every m.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Seeds for each m",
            1,
            MOST_SEEDS,
            key="sweep_seeds",
            width=160,
            help="With more than one, a point is the mean of its seeds, and its whisker reaches from the best to the "
            f"worst of them. The first is this run's, {run.spec.seed}.",
        )
        st.button(
            "Train these",
            key="sweep",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_start,
            args=(run.id,),
            help="Trains what is not there yet in one place of the queue, small networks several at once; you can "
            "leave the page and come back.",
        )
        st.toggle("Logarithmic m", key="sweep_log", help="Gives the small m, where most happens, more room.")
    if sentence := state.got("_sweep_problem"):
        st.error(messages.plain(str(sentence)))


def _offered(run: Run, defaults: Sequence[int]) -> list[int]:
    width = run.dataset.width
    doubled = [2**power for power in range(20) if 2**power <= min(width, MOST_OFFERED)]
    dimension = [run.dataset.intrinsic_dim] if run.dataset.intrinsic_dim else []
    return sorted({*defaults, *doubled, *dimension, run.spec.latent_dim})


def _start(run_id: str) -> None:
    with state.problem_kept("_sweep_problem"):
        run = Run(server.store(), run_id)
        seeds = [(run.spec.seed + more) % 2**31 for more in range(int(str(state.got("sweep_seeds") or 1)))]
        chosen = state.got("sweep_m")
        latent_dims = [int(m) for m in chosen] if isinstance(chosen, list | tuple) else []
        start_sweep(server.runner(), run.spec, latent_dims, seeds, state.owner(), [run])


def _progress(run: Run, points: Sequence[Run]) -> None:
    """How far the training is, in place; the page is drawn anew only when a point has arrived."""
    alive = [point.id for point in points if point.is_alive]
    if not alive:
        return

    @st.fragment(run_every=SECONDS_PER_LOOK)
    def look() -> None:
        now = [point for point in _points(run) if point.id in alive]
        if sum(point.is_alive for point in now) < len(alive):
            st.rerun()
        training = [point for point in now if point.state == "running"]
        done = sum(len(point.history.epoch) / point.planned_epochs for point in now)
        words = f"{count(len(training))} training, {count(len(now) - len(training))} waiting."
        if not training and (position := server.runner().position(now[0].id)):
            words += f" {count(position)} before them in the queue."
        st.progress(min(done / len(now), 1.0), text=words)

    look()
    st.button(
        "Stop",
        key="sweep_stop",
        icon=":material/stop:",
        on_click=_stop,
        args=(run.id,),
        help="Points that have finished stay; those that train end with their best epoch so far, as open circles.",
    )


def _stop(run_id: str) -> None:
    with messages.shown():
        stop_sweep(server.runner(), _points(Run(server.store(), run_id)))


@st.cache_resource(max_entries=32, show_spinner=False)
def _curve(folder: str, unit: str, _run: Run) -> NDArray[np.float64]:
    return pca_curve(_run, unit)


def _picture(run: Run, points: Sequence[Run]) -> None:
    unit = live.unit()
    curve = _curve(str(run.folder), unit, run)
    if len(curve) < 2:
        st.info("These data do not vary: there is nothing for PCA or an autoencoder to learn.")
        return
    means = _by_m(points, unit)
    bends = elbow(range(len(curve)), curve)
    own = [point for point in means if point.whole]
    bend = elbow([0, *(p.m for p in own)], [curve[0], *(p.error for p in own)]) if len(own) >= LEAST_FOR_ELBOW else None
    figure = error_against_m(
        curve,
        means,
        UNITS[unit],
        logarithmic=bool(state.got("sweep_log")),
        pca_elbow=bends,
        elbow=bend,
        intrinsic_dim=run.dataset.intrinsic_dim,
    )
    st.plotly_chart(figure, key="sweep_figure", config=NO_TOOLS)
    for sentence in _sentences(run, curve, unit, bends, bend):
        st.markdown(messages.plain(sentence))
    st.caption(messages.plain(_caption(run, curve, points)))


def _by_m(points: Sequence[Run], unit: str) -> list[Point]:
    """The finished points; of several seeds their mean, and the range from the best to the worst."""
    found: dict[int, list[Run]] = defaultdict(list)
    for point in points:
        if point.scores and point.history.epoch:
            found[point.spec.latent_dim].append(point)
    return [_point(m, runs, unit) for m, runs in sorted(found.items())]


def _point(m: int, runs: Sequence[Run], unit: str) -> Point:
    scores = [next(score for score in run.scores if score.name == "autoencoder") for run in runs]
    errors = [score.error[unit] for score in scores]
    whole = all(run.state == "done" for run in runs)
    if len(runs) == 1:
        return Point(m, errors[0], scores[0].low[unit], scores[0].high[unit], "95 % interval over rows", whole)
    return Point(m, float(np.mean(errors)), min(errors), max(errors), f"{len(runs)} seeds, from", whole)


def _sentences(run: Run, curve: NDArray[np.float64], unit: str, pca_bend: int | None, bend: int | None) -> list[str]:
    found = [_needs(run, curve, unit)]
    if pca_bend is not None:
        found.append(f"PCA's elbow is at m = {pca_bend}" + (f", the autoencoder's at m = {bend}." if bend else "."))
    if (dimension := run.dataset.intrinsic_dim) is not None:
        found.append(
            f"These data are known to have {count(dimension)} dimensions.".replace(" 1 dimensions", " 1 dimension")
        )
    return [sentence for sentence in found if sentence]


def _needs(run: Run, curve: NDArray[np.float64], unit: str) -> str:
    """How many units of PCA match the run on show."""
    m, needed = run.spec.latent_dim, units_needed(curve, _error(run, unit))
    if not run.history.epoch:
        return ""
    if needed is None:
        most = len(curve) - 1
        return f"PCA needs more than k = {count(most)} units to match this autoencoder with m = {m}."
    if needed == 0:
        return f"Even the mean, without any unit, matches this autoencoder with m = {m}."
    return f"PCA needs k = {count(needed)} unit{'s' * (needed > 1)} to match this autoencoder with m = {m}."


def _error(run: Run, unit: str) -> float:
    return next(score.error[unit] for score in run.scores if score.name == "autoencoder")


def _caption(run: Run, curve: NDArray[np.float64], points: Sequence[Run]) -> str:
    seeds = max(Counter(point.spec.latent_dim for point in points).values(), default=1)
    whisker = "reach from the best to the worst seed" if seeds > 1 else "are 95 % intervals over the test rows"
    return (
        f"All errors are on the same {count(len(run.split.test_rows))} test rows. PCA is exact for every m up to "
        f"{count(len(curve) - 1)}, from one fit on the training rows. Whiskers {whisker}. The elbow is {ELBOW_RULE}, "
        "both axes scaled to the curve's extent, with the mean as m = 0."
    )


def _table(run: Run, points: Sequence[Run]) -> None:
    """Every point with what it came to, and its run."""
    unit = live.unit()
    write = percent if unit == SHARE else three
    curve = _curve(str(run.folder), unit, run)
    lines = ["| m | seed | autoencoder | PCA | PCA needs | |", "|--:|--:|--:|--:|--:|:--|"]
    for point in points:
        m, end = point.spec.latent_dim, f"[{'this run' if point.id == run.id else 'open'}](train?run={point.id})"
        own, pca, needs = live.SAID.get(point.state, point.state), "", ""
        if point.scores:
            own = write(_error(point, unit)) + (f" ({point.state})" if point.state != "done" else "")
            needed = units_needed(curve, _error(point, unit))
            needs = f"k > {count(len(curve) - 1)}" if needed is None else f"k = {count(needed)}"
        if m < len(curve):
            pca = write(float(curve[m]))
        lines.append(f"| {' | '.join([str(m), str(point.spec.seed), *map(messages.plain, (own, pca, needs)), end])} |")
    with st.expander(f"Points and their runs: {count(len(points))}", icon=":material/table_rows:"):
        st.markdown("\n".join(lines))
