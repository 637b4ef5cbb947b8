"""The only module that touches the session state and the address.

The address is the truth: `run=<id>` names the run on show, and one parameter per field of `RunSpec` names a setting.
It is written only when the visitor changes something, so that the Back button works, and every link of ours carries it
along.
"""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from playground.data.dataset import Dataset
from playground.errors import DataError, PlaygroundError, RunError, SpecError
from playground.models.spec import FIELDS, MODELS, RunSpec
from playground.runs.run import Run, split_of
from playground.training.recipe import recommended
from playground.ui import server

RUN = "run"
_FORM = "_form"  # the settings that the widgets on the page stand for
_PAGE = "_page"  # and the page
_HELD = "_held_"  # and a widget's key: its value, which outlives it
_RUNS = "_runs"  # ids, the latest first
MOST_REMEMBERED = 40


def owner() -> str:
    """This session's name in the queue: random, never shown."""
    return str(st.session_state.setdefault("_owner", uuid.uuid4().hex))


def address() -> dict[str, str]:
    """The parameters of the address that are ours."""
    return {name: value for name, value in st.query_params.to_dict().items() if name == RUN or name in FIELDS}


def foreign() -> list[str]:
    """The parameters of the address that nobody here knows."""
    return [name for name in st.query_params.to_dict() if name != RUN and name not in FIELDS]


def run_id() -> str | None:
    """The run that the address names, if any; it need not exist."""
    return st.query_params.get(RUN)


def run() -> Run | None:
    """The run on show, as its folder tells it now; None where the address names none.

    Raises:
        RunError: the address names a run that is not there.
    """
    name = run_id()
    if name is None:
        return None
    found = Run(server.store(), name)
    remember_run(name)
    return found


def runs_seen() -> list[str]:
    """The ids of the runs that this session has started, shown or named, the latest first."""
    return list(st.session_state.get(_RUNS, ()))


def remember_run(seen: str) -> None:
    """Makes a run one of those that this session has seen."""
    before = runs_seen()
    if before[:1] != [seen]:
        st.session_state[_RUNS] = [seen, *(each for each in before if each != seen)][:MOST_REMEMBERED]


def show_run(new_run_id: str) -> None:
    """Puts a run on show; its own settings become those of the form."""
    remember_run(new_run_id)
    st.query_params.from_dict({RUN: new_run_id})


def spec() -> tuple[RunSpec, list[str]]:
    """The settings that the address asks for, and a sentence for everything in it that had to be replaced.

    What the address does not say comes from the run on show, or else is what suits the data.
    """
    given = {name: value for name, value in address().items() if name != RUN}
    problems = [f"There is no setting '{name[:40]}'; it was ignored." for name in foreign()]
    base, more = _base(given.get("data"), given.get("model", ""), given.get("network", ""))
    wanted, unreadable = RunSpec.read({name: value for name, value in given.items() if name != "data"}, base)
    fitting, unfit = _fitting(wanted, base)
    return fitting, problems + more + unreadable + unfit


def _base(data: str | None, model: str, network: str) -> tuple[RunSpec, list[str]]:
    """The run's own settings where it has the same data and kind, else those that suit what is asked for."""
    try:
        on_show = run()
    except RunError:
        on_show = None  # the page says so
    wanted = data if data is not None else "digits" if on_show is None else on_show.spec.data
    try:
        dataset = server.store().dataset(wanted)
        if on_show and on_show.spec.data == wanted and model in ("", on_show.spec.model):
            return on_show.spec, []
        return recommended(dataset, model if model in MODELS else "dense", network), []
    except DataError as error:
        return recommended(server.store().dataset("digits")), [f"{error} Digits are shown instead."]


def _fitting(wanted: RunSpec, base: RunSpec) -> tuple[RunSpec, list[str]]:
    """The settings asked for, or else the default ones: of their kind, or of the plain one where that fits no better.

    On a machine without the memory for any of them the plain ones are shown all the same, with the sentence.
    """
    problem = _unfit(wanted)
    if not problem:
        return wanted, []
    if wanted == base or _unfit(base):
        base = recommended(server.store().dataset(base.data))
    return base, [f"{problem} The default settings are used instead."]


def _unfit(wanted: RunSpec) -> str:
    try:
        split_of(wanted, server.store())
    except (SpecError, DataError) as error:
        return str(error)
    return ""


def set_spec(new: RunSpec) -> None:
    """Writes the settings into the address; the run on show stays."""
    name = run_id()
    st.query_params.from_dict(({RUN: name} if name else {}) | new.to_query())


def widgets_stand_for(shown_spec: RunSpec, page: str) -> bool:
    """Whether the widgets of this page already show these settings; from now on they do.

    A widget of the same key on another page is another widget to Streamlit, and begins without a value.
    """
    before = st.session_state.get(_FORM), st.session_state.get(_PAGE)
    st.session_state[_FORM], st.session_state[_PAGE] = shown_spec, page
    return before == (shown_spec, page)


def refill() -> None:
    """Lets every widget of the form take its value from the settings, also one that says what was refused."""
    st.session_state.pop(_FORM, None)


def put(values: Mapping[str, object], *, only_missing: bool) -> None:
    """Gives widgets their values before they are drawn, by key."""
    for key, value in values.items():
        if not only_missing or key not in st.session_state:
            st.session_state[key] = value


def keep(key: str, allowed: Container[object], otherwise: object) -> None:
    """Gives a widget the value that it had before, on this page or another, where that is still allowed.

    It has to be given again: a widget of the same key on another page is another widget to Streamlit, which forgets
    the values of widgets that are not drawn.
    """
    now = before(key)
    hold({key: now if now in allowed else otherwise})


def before(key: str, otherwise: object = None) -> object:
    """A widget's value, or the one that `hold` gave it when it was last drawn."""
    return st.session_state.get(key, st.session_state.get(f"{_HELD}{key}", otherwise))


def hold(values: Mapping[str, object]) -> None:
    """Gives widgets their values before they are drawn, by key, and remembers them for `before`."""
    for key, value in values.items():
        st.session_state[key] = st.session_state[f"{_HELD}{key}"] = value


def follow(key: str, value: object) -> None:
    """Gives a widget a value that changes elsewhere, before it is drawn; what the visitor has just set stays."""
    if is_new(f"value of {key}", value) or key not in st.session_state:
        st.session_state[key] = value


@contextmanager
def problem_kept(key: str) -> Iterator[None]:
    """Keeps under `key` what the visitor can mend of what is done here, a sentence, or "" where it went well."""
    problem = ""
    try:
        yield
    except PlaygroundError as error:
        problem = str(error)
    st.session_state[key] = problem


def lanes() -> list[RunSpec]:
    """The settings of the race that is being made in this session."""
    return list(st.session_state.get("_lanes", ()))


def set_lanes(specs: Sequence[RunSpec]) -> None:
    """Remembers the lanes of the race that is being made."""
    st.session_state["_lanes"] = tuple(specs)


def got(key: str) -> object:
    """A widget's value, by key; None where it is not on the page."""
    return st.session_state.get(key)


def files(shown: Dataset) -> dict[str, str]:
    """The visitor's own data sets of this session, name to title; `shown` joins them if it is no built-in."""
    mine: dict[str, str] = st.session_state.setdefault("_files", {})
    if shown.name.startswith("file-"):
        mine[shown.name] = shown.title
    return mine


@dataclass(frozen=True)
class Source:
    """Files that a visitor brought, and how they are to be read.

    Attributes:
        files: the name that the visitor gave each, and its hash in the store.
        options: `ReadOptions` as JSON.
    """

    files: tuple[tuple[str, str], ...]
    options: str


def bring(source: Source | None) -> None:
    """Puts files on show that are still to be read; None puts them aside, for another choice."""
    st.session_state["_brought"] = source


def source_on_show(data: str) -> Source | None:
    """The files that are to be read now, or those that the data set of this name was read from in this session."""
    brought: Source | None = st.session_state.get("_brought")
    return brought or st.session_state.get("_sources", {}).get(data)


def came_from(data: str, source: Source) -> None:
    """Remembers which files a data set was read from; what they were read as before is forgotten."""
    sources: dict[str, Source] = st.session_state.setdefault("_sources", {})
    mine: dict[str, str] = st.session_state.setdefault("_files", {})
    for name in [name for name, old in sources.items() if old.files == source.files and name != data]:
        sources.pop(name)
        mine.pop(name, None)
    sources[data] = source
    st.session_state["_brought"] = None


def changed(what: str, value: object) -> bool:
    """Whether this is another `what` than the last time it was looked at; the first time it is not."""
    looked_before = f"_seen_{what}" in st.session_state
    return is_new(what, value) and looked_before


def is_new(what: str, value: object) -> bool:
    """Whether this is not the `what` that was seen last, such as an upload that a rerun shows again."""
    key = f"_seen_{what}"
    seen = st.session_state.get(key) == value
    st.session_state[key] = value
    return not seen
