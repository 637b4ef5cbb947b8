"""Damages the sample on the bench, and shows what autoencoder and PCA make of it; and how that goes with strength."""

from __future__ import annotations

import dataclasses

import numpy as np
import streamlit as st

from playground.analysis.corruption import CORRUPTIONS, GIVEN, STRENGTHS, Curve, Damage, damage, error_curve, suitable
from playground.analysis.errors import UNITS, Errors
from playground.data.shown import kind_of
from playground.errors import SpecError
from playground.figures.numbers import count
from playground.figures.plot import NO_TOOLS
from playground.figures.repair import LOOKS, LineLook, error_against_strength
from playground.models.codec import Codec
from playground.runs.run import Run
from playground.ui import bench, carried, imputing, messages, repairs, reproduce, server, state
from playground.ui.components.corrupt import Repaired, corrupt, corrupt_payload, strength_of
from playground.ui.held_out import version
from playground.ui.looks import look

START = 0.3
STEP = STRENGTHS[1] - STRENGTHS[0]
SECONDS_PER_LOOK = 0.5
_KEY, _AGAIN, _STRENGTH, _PROBLEM = "corrupt", "_corrupt_seed", "_corrupt_strength", "_twin_problem"
TITLES = {"corrupted": "Corrupted", "autoencoder": "Autoencoder", "pca": "PCA", "clean": "Clean"}

PYTHON = """from playground.analysis.corruption import Known, damage, error_curve

known = Known.of(split)
corrupted = damage("{kind}", x, known, seed={seed}).at({strength:g})  # test rows in scaled units
print(trainer.best.reconstruct(corrupted))
curve = error_curve({{"pca": codecs["pca"], "autoencoder": trainer.best}}, x, "{kind}", known)
print(curve.strengths, curve.error, curve.low, curve.high)
"""


def show(run: Run, network: str | None) -> None:
    """Draws it all: the sample, the curve of error against strength, and for tables what is filled in.

    Args:
        network: the key that `carried.carry(run, encode=True)` gave; None where the server has to compute.
    """
    pca = repairs.carry_pca(run) if network else None
    st.subheader("Corrupt and repair")
    kind = _controls(run)
    twin = repairs.twin_of(run, kind).run
    carried_twin = carried.carry(twin, encode=True, slot="twin_network") if twin and network and pca else None
    _sample(run, network if pca else None, pca, kind, twin, carried_twin)
    _curve(run, kind)
    if kind_of(run.dataset) == "table":
        imputing.show(run)


# ---- one sample


@st.fragment
@messages.shown()
def _sample(
    run: Run, network: str | None, pca: str | None, kind: str, twin: Run | None, carried_twin: str | None
) -> None:
    seed, strength = _seed(run), _strength()
    known, sample = repairs.known_of(run), bench.on_show(run)
    x = bench.scaled(run, sample)
    drawn = damage(kind, x[None], known, seed)
    note = f"The sample is {sample.words}. An error is the sum of squares against the clean sample, in scaled units."
    if network is None:
        note += f" {carried.why_not(run, encode=True)}"
    titles = TITLES | ({"autoencoder": "Denoising autoencoder"} if repairs.is_denoising(run.spec) else {})
    if twin is not None and (carried_twin or not network):
        titles |= {"twin": "Denoising autoencoder"}
        note += f" The denoising autoencoder was trained with {repairs.noise_words(twin.spec)}."
    corrupt(
        key=_KEY,
        data=corrupt_payload(
            network=network,
            pca=pca,
            look=look(run),
            x=x,
            fill=known.fill,
            damage=drawn,
            strength=START if network else strength,
            says=_says(run, kind),
            titles=titles,
            note=note,
            repaired=None if network else _repaired(run, twin, drawn, strength),
            twin=carried_twin,
        ),
        on_strength=_released,
    )
    reproduce.panel(run, PYTHON.format(kind=kind, seed=seed, strength=strength), key="reproduce_corrupt")


def _controls(run: Run) -> str:
    """Draws what chooses the corruption; gives its name."""
    names = suitable(repairs.known_of(run))
    state.keep("corrupt_kind", names, names[0])
    kind, seed = str(state.got("corrupt_kind")), _seed(run)
    chance = "Blurring leaves nothing to chance." if kind == "blur" else f"Draws by chance anew; now draw {seed + 1}."
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Corruption",
            names,
            key="corrupt_kind",
            format_func=lambda name: CORRUPTIONS[name].title,
            width=220,
            help=f"What is done to the sample. Now {CORRUPTIONS[kind].title.lower()}: {_says(run, kind)}.",
        )
        st.button(
            "New noise",
            key="corrupt_again",
            icon=":material/casino:",
            on_click=lambda: state.put({_AGAIN: (run.id, seed + 1)}, only_missing=False),
            disabled=kind == "blur",
            help=chance,
        )
    return kind


def _says(run: Run, kind: str) -> str:
    return CORRUPTIONS[kind].says.format(place=repairs.known_of(run).kind)


def _seed(run: Run) -> int:
    kept = state.got(_AGAIN)
    return int(kept[1]) if isinstance(kept, tuple) and kept[0] == run.id else 0


def _strength() -> float:
    kept = state.got(_STRENGTH)
    return kept if isinstance(kept, float) else START


def _released() -> None:
    sent = state.got(_KEY)
    strength = strength_of(sent.get("strength")) if hasattr(sent, "get") else None
    if strength is not None:
        state.put({_STRENGTH: strength}, only_missing=False)


def _repaired(run: Run, twin: Run | None, drawn: Damage, strength: float) -> Repaired:
    corrupted = drawn.at(strength)
    codecs = [run.codec(), run.pca(), *([twin.codec()] if twin else [])]
    return Repaired(strength, *(codec.reconstruct(corrupted)[0] for codec in codecs))


# ---- the curve


def _curve(run: Run, kind: str) -> None:
    """The plot stands still; what is below it looks again by itself while a twin trains."""
    st.subheader("How far it can repair")
    twin = repairs.twin_of(run, kind)
    busy = twin.under_way is not None
    with messages.shown():
        _plot(run, kind, twin)

    @st.fragment(run_every=SECONDS_PER_LOOK if busy else None)
    @messages.shown()
    def redraw() -> None:
        now = repairs.twin_of(run, kind)
        if busy != (now.under_way is not None) or _id(twin.run) != _id(now.run):
            st.rerun()
        _twin(run, kind, now)

    redraw()


def _id(run: Run | None) -> str:
    return run.id if run else ""


def _plot(run: Run, kind: str, twin: repairs.Twin) -> None:
    curve = curve_of(run, kind, twin.run)
    looks = {name: LOOKS[name] for name in (GIVEN, "pca", "autoencoder")}
    if repairs.is_denoising(run.spec):
        looks["autoencoder"] = _denoising(run, "this denoising autoencoder")
    if twin.run is not None:
        looks["twin"] = _denoising(twin.run, "denoising autoencoder")
    unit = UNITS["sum_squared_error_per_sample"]
    figure = error_against_strength(curve.strengths, curve.error, curve.low, curve.high, looks, unit)
    st.plotly_chart(figure, key="repair_curve", config=NO_TOOLS)
    st.caption(messages.plain(_in_words(run, kind, curve, looks)))


def _denoising(run: Run, title: str) -> LineLook:
    return dataclasses.replace(LOOKS["twin"], title=f"{title} ({repairs.noise_words(run.spec)})")


def _in_words(run: Run, kind: str, curve: Curve, looks: dict[str, LineLook]) -> str:
    n_test = len(run.split.test_rows)
    some = f", picked by chance from {count(n_test)}" if curve.n_rows < n_test else ""
    words = (
        f"{CORRUPTIONS[kind].title}: {_says(run, kind)}. The error is against the clean rows, the mean over "
        f"{count(curve.n_rows)} held-out rows{some}, with its 95 % interval."
    )
    codecs = [name for name in looks if name != GIVEN]
    errors = np.stack([curve.error[name] for name in codecs])
    best = errors.argmin(axis=0)
    closest = [
        f"{looks[name].title} {'is closest ' if not (best < place).any() else ''}at "
        f"{_strengths(curve.strengths[best == place])}"
        for place, name in enumerate(codecs)
        if (best == place).any()
    ]
    words += f" Of the repairs, {', '.join(closest)}."
    if "twin" in looks and (curve.error["autoencoder"] <= curve.error["twin"]).all():
        words += " The denoising autoencoder does not help here: this one is closer at every strength."
    helps = errors.min(axis=0) < curve.error[GIVEN]
    if not helps.any():
        words += " At no strength does a repair bring rows nearer to the clean ones than they are anyway."
    elif not helps.all():
        nearer = _strengths(curve.strengths[helps])
        words += f" Repaired rows are nearer to the clean ones than the corrupted rows are at {nearer} only."
    return words


def _strengths(values: Errors) -> str:
    each = values.tolist()
    if len(each) == 1:
        return f"strength {each[0]:g}"
    if len(each) > 2 and round((each[-1] - each[0]) / STEP) == len(each) - 1:
        return f"strengths {each[0]:g} to {each[-1]:g}"
    return "strengths " + ", ".join(f"{value:g}" for value in each)


def curve_of(run: Run, kind: str, twin: Run | None) -> Curve:
    """The errors of "pca", "autoencoder" and, where there is one, "twin", on at most 500 held-out rows; kept.

    Raises:
        RunError: a file of a run is missing or damaged.
    """
    other = (str(twin.folder), version(twin)) if twin else ("", 0)
    return _kept_curve(str(run.folder), version(run), *other, kind, run, twin)


@st.cache_resource(max_entries=64, show_spinner="Corrupting the held-out rows …")
def _kept_curve(
    folder: str, changed: int, twin_folder: str, twin_changed: int, kind: str, _run: Run, _twin: Run | None
) -> Curve:
    codecs: dict[str, Codec] = {"pca": _run.pca(), "autoencoder": _run.codec()}
    if _twin is not None:
        codecs["twin"] = _twin.codec()
    return error_curve(codecs, _run.split.x_test, kind, repairs.known_of(_run))


# ---- the denoising twin


def _twin(run: Run, kind: str, twin: repairs.Twin) -> None:
    if repairs.is_denoising(run.spec):
        st.caption(
            messages.plain(f"This autoencoder is a denoising one: trained with {repairs.noise_words(run.spec)}.")
        )
        return
    if twin.under_way is not None:
        _progress(twin.under_way)
        return
    if sentence := str(state.got(_PROBLEM) or twin.failed):
        st.error(messages.plain(sentence))
    if twin.run is not None and twin.run.spec.noise_kind == repairs.nearest_noise(kind):
        return
    try:
        spec = repairs.twin_spec(run, kind)
        spec.check_fits(run.dataset)
    except SpecError as error:
        st.caption(messages.plain(f"There is no denoising one to compare with: {error}"))
        return
    st.button(
        f"Train a denoising autoencoder ({repairs.noise_words(spec)})",
        key="train_twin",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(run, kind),
        help="Trains this autoencoder once more, with all its settings, on damaged inputs; its line then joins the "
        "plot, and what it makes of the sample its panel. This run stays on show.",
    )
    st.caption(messages.plain(repairs.why_noise(kind)))


def _start(run: Run, kind: str) -> None:
    state.put({_PROBLEM: repairs.start_twin(run, kind)}, only_missing=False)


def _progress(run: Run) -> None:
    place = server.runner().position(run.id)
    epochs, planned = len(run.history.epoch), run.planned_epochs
    if run.state == "queued":
        ahead = f", {count(place)} before it" if place else ""
        words = f"The denoising autoencoder waits for its turn{ahead}."
    else:
        words = f"The denoising autoencoder trains: epoch {count(epochs)} of {count(planned)}."
    st.progress(min(1.0, epochs / planned), text=messages.plain(words))
