"""What the views of corrupting and filling in share: what is known of a run's data, and its denoising twin."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import streamlit as st

from playground.analysis.corruption import CORRUPTIONS, Known
from playground.analysis.imputation import Columns
from playground.errors import PlaygroundError, RunError
from playground.models.spec import FIELDS, RunSpec
from playground.runs import runner as runs
from playground.runs.run import Run
from playground.ui import carried, server, state
from playground.ui.components.network import carrier, network_payload
from playground.ui.components.packing import Payload
from playground.ui.held_out import version

LEVELS = {"gaussian": 0.3, "mask": 0.3, "salt_pepper": 0.2, "swap": 0.2}  # of a twin's noise
LIKE = {  # corruptions that no noise of training is, and what stands in for them
    "rectangle": "masked values",
    "blur": "normal numbers",
    "missing": "masked values",
}
EITHER = ("dense", "denoising")  # the same network: without noise, and with it


def known_of(run: Run) -> Known:
    """What corrupting has to know of a run's data; kept.

    Raises:
        DataError: the data are gone.
    """
    return _known(str(run.folder), run)


def columns_of(run: Run) -> Columns:
    """What filling in has to know of a run's data; kept.

    Raises:
        DataError: the data are gone.
    """
    return _columns(str(run.folder), run)


def carry_pca(run: Run) -> str | None:
    """Brings the run's PCA to the browser, as `carried.carry` does its network; call it outside of every fragment.

    Returns:
        What `networkOf` in network.js is asked by; None where it is too large.
    """
    pca = run.pca()
    if 8 * pca.components.size > carried.MOST_BYTES:
        return None
    key = f"{run.id}-{version(run)}-pca"
    carrier(key="pca_network", data=_pca_payload(str(run.folder), version(run), key, run))
    return key


# ---- the denoising twin


@dataclass(frozen=True)
class Twin:
    """A run like the one on show, trained with noise.

    Attributes:
        run: the finished one; None where there is none yet.
        under_way: one that waits or trains.
        failed: why the last one came to nothing, or "".
    """

    run: Run | None = None
    under_way: Run | None = None
    failed: str = ""


def is_denoising(spec: RunSpec) -> bool:
    """Whether it is trained on damaged inputs."""
    return spec.noise_kind != "none" and spec.noise_level > 0


def noise_words(spec: RunSpec) -> str:
    """What a denoising autoencoder's inputs are damaged by, for a line of text."""
    level, share = spec.noise_level, f"{100 * spec.noise_level:g} %"
    return {
        "gaussian": f"normal noise of {level:g}",
        "mask": f"{share} of the values masked",
        "salt_pepper": f"salt and pepper on {share} of the values",
        "swap": f"{share} of the values swapped between rows",
    }.get(spec.noise_kind, spec.noise_kind)


def nearest_noise(corruption: str) -> str:
    """The noise of `RunSpec` that comes nearest to a corruption."""
    return CORRUPTIONS[corruption].training


def why_noise(corruption: str) -> str:
    """Why a twin is trained with just that noise, a sentence."""
    title, like = CORRUPTIONS[corruption].title, LIKE.get(corruption)
    if like:
        return f"No noise of training is like '{title}'; {like} come nearest."
    return f"It is the noise of training that is like '{title}', the corruption chosen above."


def twin_spec(run: Run, corruption: str) -> RunSpec:
    """The settings of the run with the noise that comes nearest to a corruption.

    Raises:
        SpecError: this kind of autoencoder takes no noise.
    """
    kind = nearest_noise(corruption)
    model = "denoising" if run.spec.model in EITHER else run.spec.model
    return dataclasses.replace(run.spec, model=model, noise=kind, noise_level=LEVELS[kind])


def twin_of(run: Run, corruption: str) -> Twin:
    """The denoising twin among the runs of this session, with the noise nearest to the corruption where there are more.

    Its rows, its bottleneck and its layers are the run's; only the noise differs.
    """
    like = [each for each in map(_run, state.runs_seen()) if each is not None and _is_twin(run.spec, each.spec)]
    wanted = nearest_noise(corruption)
    like.sort(key=lambda each: each.spec.noise_kind != wanted)  # stable: of equal ones the latest
    finished = next((each for each in like if each.is_finished and each.history.epoch), None)
    under_way = next((each for each in like if each.is_alive), None)
    lost = next((each for each in like if not each.is_finished and not each.is_alive), None)
    failed = "" if lost is None or finished else f"The denoising autoencoder is {lost.state}. {lost.message}".strip()
    return Twin(finished, under_way, failed)


def _is_twin(spec: RunSpec, other: RunSpec) -> bool:
    if not is_denoising(other) or is_denoising(spec):
        return False
    same = [name for name, field in FIELDS.items() if field.group in ("data", "model") and name != "model"]
    alike = spec.model == other.model or {spec.model, other.model} == set(EITHER)
    return alike and all(getattr(spec, name) == getattr(other, name) for name in same)


def _run(run_id: str) -> Run | None:
    try:
        return Run(server.store(), run_id)
    except RunError:
        return None  # its folder has been cleared away


def start_twin(run: Run, corruption: str) -> str:
    """Trains it; gives a sentence where that cannot be, else ""."""
    try:
        spec = twin_spec(run, corruption)
        started = runs.start(server.runner(), spec, state.owner())
    except PlaygroundError as error:
        return str(error)
    state.remember_run(started)
    state.remember_run(run.id)  # the one on show stays the latest
    return ""


# ---- what is computed


@st.cache_resource(max_entries=8, show_spinner=False)
def _known(folder: str, _run: Run) -> Known:
    return Known.of(_run.split)


@st.cache_resource(max_entries=8, show_spinner=False)
def _columns(folder: str, _run: Run) -> Columns:
    return Columns.of(_run.split)


@st.cache_resource(max_entries=4, show_spinner=False)
def _pca_payload(folder: str, changed: int, key: str, _run: Run) -> Payload:
    from playground.models.plain import plain_pca  # a title need not wait for torch

    return network_payload(plain_pca(_run.pca()), key, encode=True)
