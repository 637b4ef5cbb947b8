"""A race of up to four settings on the same rows: made by duplicating with a change, trained together, drawn as one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import streamlit as st

from playground.analysis.errors import UNITS
from playground.data.dataset import Dataset
from playground.errors import PlaygroundError, SpecError
from playground.figures.numbers import three
from playground.models.measures import MEASURE
from playground.models.spec import RunSpec
from playground.runs import runner as runs
from playground.runs.run import Run
from playground.runs.runner import MOST_RACERS
from playground.training.naming import names_of
from playground.training.recipe import with_model
from playground.ui import live, messages, moving, server, state
from playground.ui.components import race

Change = Callable[[RunSpec, Dataset], RunSpec]
CHANGES: dict[str, tuple[str, Change]] = {  # add one: a name, what its button says, and what it makes of the settings
    "narrower": ("m halved", lambda spec, data: dataclasses.replace(spec, latent_dim=max(1, spec.latent_dim // 2))),
    "wider": (
        "m doubled",
        lambda spec, data: dataclasses.replace(spec, latent_dim=min(data.width, 2 * spec.latent_dim)),
    ),
    "deeper": ("a layer more", lambda spec, data: dataclasses.replace(spec, hidden=(*spec.hidden, _next(spec)))),
    "shallower": ("a layer fewer", lambda spec, data: dataclasses.replace(spec, hidden=spec.hidden[:-1])),
    "linear": ("linear", lambda spec, data: with_model(spec, data, "linear")),
    "loss": ("another loss", lambda spec, data: _other_loss(spec, data)),
    "seed": ("another seed", lambda spec, data: dataclasses.replace(spec, seed=(spec.seed + 1) % 2**31)),
}


def _next(spec: RunSpec) -> int:
    return max(2, spec.hidden[-1] // 2) if spec.hidden else 64


def _other_loss(spec: RunSpec, dataset: Dataset) -> RunSpec:
    """The first loss that goes with the other settings."""
    for loss in MEASURE:
        if loss == spec.loss:
            continue
        try:
            wanted = dataclasses.replace(spec, loss=loss)
            wanted.check_fits(dataset)
        except SpecError:
            continue
        return wanted
    raise SpecError("No other loss goes with these settings.")


def panel(spec: RunSpec, dataset: Dataset) -> None:
    """Draws the lanes of the race that is being made, and what adds one."""
    lanes = [lane for lane in state.lanes() if lane.data == spec.data]
    with st.expander("Race up to four settings", icon=":material/flag:", expanded=bool(lanes)):
        st.caption(
            "Duplicate the present settings with a change, or set them above and add them: all lanes train together on "
            "the same rows, their curves share one plot and their samples one grid."
        )
        for place, (lane, name) in enumerate(zip(lanes, names_of(lanes), strict=True)):
            _lane(place, name if len(lanes) > 1 else f"m = {lane.latent_dim}")
        full = len(lanes) >= MOST_RACERS
        with st.container(horizontal=True, key="race_changes", gap="xsmall", vertical_alignment="center"):
            st.button(
                "Add the present settings",
                key="race_add",
                icon=":material/add:",
                on_click=_add,
                args=("",),
                disabled=full,
                help="The settings as they stand above become a lane.",
            )
            st.markdown("**Duplicate with**", width="content")
            for name, (label, _) in CHANGES.items():
                st.button(
                    label,
                    key=f"race_{name}",
                    on_click=_add,
                    args=(name,),
                    disabled=full,
                    help="Adds a lane: the last lane (or the present settings, as the first lane) with this change.",
                )
        if len(lanes) > 1:
            st.button(
                f"Start the race of {len(lanes)}",
                key="race_start",
                type="primary",
                icon=":material/flag:",
                on_click=_start,
                help="All lanes train in one place of the queue, an epoch each in turn.",
            )
        if sentence := state.got("_race_problem"):
            st.error(messages.plain(str(sentence)))


def _lane(place: int, name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Lane {place + 1}:** {messages.plain(name)}", width="content")
        key = f"race_remove_{place}"
        st.button("Remove", key=key, type="tertiary", icon=":material/close:", on_click=_remove, args=(place,))


def _add(change: str) -> None:
    spec, _ = state.spec()
    dataset = server.store().dataset(spec.data)
    lanes = [lane for lane in state.lanes() if lane.data == spec.data]
    with state.problem_kept("_race_problem"):
        if not change:
            wanted = [spec]
        else:
            base = lanes[-1] if lanes else spec
            wanted = ([] if lanes else [spec]) + [_changed(change, base, dataset)]
        state.set_lanes((lanes + wanted)[:MOST_RACERS])


def _changed(change: str, base: RunSpec, dataset: Dataset) -> RunSpec:
    wanted = CHANGES[change][1](base, dataset)
    wanted.check_fits(dataset)
    if wanted == base:
        raise SpecError(f"The last lane cannot be changed this way ({CHANGES[change][0]}): it is at its end already.")
    return wanted


def _remove(place: int) -> None:
    lanes = state.lanes()
    state.set_lanes(lanes[:place] + lanes[place + 1 :])


def _start() -> None:
    spec, _ = state.spec()
    lanes = [lane for lane in state.lanes() if lane.data == spec.data]
    if len(lanes) < 2:
        return  # the first click of two has started them
    with state.problem_kept("_race_problem"):
        ids = runs.start_race(server.runner(), lanes, state.owner())
        state.set_lanes([])
        state.show_run(ids[0])


def view(run: Run) -> None:
    """Draws the race that this run was started in, as long as any of its lanes moves; nothing for other runs."""
    if not run.race:
        return
    st.markdown("**The race**")
    lanes_at_first = _lanes(run)
    moves = any(live.is_moving(lane) for lane in lanes_at_first)
    opened = [True]

    @st.fragment(run_every=live.SECONDS_PER_UPDATE if moves else None)
    def redraw() -> None:
        lanes = _lanes(run)
        names = names_of([lane.spec for lane in lanes])
        if moves != any(live.is_moving(lane) for lane in lanes):
            st.rerun()
        with messages.shown():
            shown = moving.race_of(lanes, names, live.unit(), all_frames=opened[0])
            if shown is None:
                st.caption("The first epochs are on their way.")
            else:
                race(key="race", **shown)
                _standings(lanes, names)
        opened[0] = False

    redraw()
    _choice(run, lanes_at_first)


def _lanes(run: Run) -> list[Run]:
    """The lanes that are still there."""
    found = []
    for run_id in run.race:
        try:
            found.append(Run(server.store(), run_id))
        except PlaygroundError:
            continue
    return found


def _standings(lanes: Sequence[Run], names: Sequence[str]) -> None:
    """Who leads, by the best validation error so far; errors of different m are not alike, and it says so."""
    errors = {place: min(lane.history.val_error) for place, lane in enumerate(lanes) if lane.history.val_error}
    if len(errors) < 2:
        return
    leader = min(errors, key=errors.__getitem__)
    scale = moving.scale_of(lanes[leader], live.unit())
    words = f"Lowest validation error so far: {names[leader]}, {three(errors[leader] * scale)} ({UNITS[live.unit()]})."
    if len({lane.spec.latent_dim for lane in lanes}) > 1:
        words += " A wider bottleneck has it easier: compare each with the line of PCA of its own m."
    st.caption(messages.plain(words))


def _choice(run: Run, lanes: Sequence[Run]) -> None:
    names = dict(zip([lane.id for lane in lanes], names_of([lane.spec for lane in lanes]), strict=True))
    state.put({"lane": run.id}, only_missing=False)
    st.segmented_control(
        "Lane shown below",
        list(names),
        key="lane",
        format_func=names.__getitem__,
        required=True,
        on_change=_show_lane,
        help="Its film, its buttons and its result; every lane is a run with a link of its own.",
    )


def _show_lane() -> None:
    if chosen := state.got("lane"):
        state.show_run(str(chosen))
