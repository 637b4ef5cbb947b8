"""A cloud of made-up rows: `streamlit run tests/browser/cloud_demo.py`, then `?show=`.

`flat`, `space`, `strip`, `many` (70,000 rows) or `many3` (the same in space).
"""

from __future__ import annotations

import numpy as np
import streamlit as st
from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from playground.ui.components import Colour
from playground.ui.components.cloud import Card, Link, Outline, Spot, cloud

MANY = 70_000


@st.cache_data
def digits():
    images, labels = load_digits(return_X_y=True)
    codes = LinearDiscriminantAnalysis(n_components=3).fit_transform(images / 16, labels)
    return images / 16, labels, codes


@st.cache_data
def blown_up(n):
    """The same codes, `n` of them, each with a little noise."""
    _, labels, codes = digits()
    rng = np.random.default_rng(0)
    rows = rng.integers(0, len(codes), n)
    return rows, labels[rows], codes[rows] + rng.normal(0, 0.35, (n, 3))


def picture(row):
    return np.rint(images[row] * 255).astype(np.uint8).reshape(8, 8)


@st.fragment
def show_cloud():
    state = st.session_state
    picks = state.setdefault("picks", {"point": None, "group": None, "clicks": 0})
    colours = {
        "digit": Colour("digit", labels, tuple("0123456789")),
        "brightness": Colour("brightness", images[rows].mean(axis=1), None),
        "none": None,
    }
    columns = st.columns(4)
    colour = columns[0].selectbox("colour", list(colours), key="colour")
    few = columns[1].toggle("only even digits", key="even")
    hide = columns[2].toggle("hide the others", key="hide")
    point, group = picks["point"], picks["group"]
    near = np.argsort(((codes - codes[point]) ** 2).sum(axis=1))[1:10] if point is not None else []
    kinds = ("code", "input", "both")
    picked = cloud(
        key="cloud",
        of=show,
        x=codes[:, 0],
        y=None if show == "strip" else codes[:, 1],
        z=codes[:, 2] if show in ("space", "many3") else None,
        labels=("z₁", "z₂", "z₃")[: {"strip": 1, "space": 3, "many3": 3}.get(show, 2)],
        colour=colours[colour],
        shown=labels % 2 == 0 if few else None,
        hide=hide,
        selected=point,
        links=[Link(int(row), kinds[place % 3]) for place, row in enumerate(near)],
        groups=[] if group is None else [Outline("group A", group)],
        spots=[Spot((0.0,) * {"strip": 1, "space": 3, "many3": 3}.get(show, 2), "the origin")],
        card=lambda row: Card(f"sample {row + 1}", picture(rows[row])),
        height=160 if show == "strip" else 480,
    )
    if picked.point is not None:
        picks.update(point=picked.point, clicks=picks["clicks"] + 1)
    if picked.group is not None:
        picks["group"] = picked.group if len(picked.group) else None
    if picked.point is not None or picked.group is not None:
        st.rerun(scope="fragment")
    n = 0 if picks["group"] is None else len(picks["group"])
    st.write(f"clicked: {picks['point']}; clicks: {picks['clicks']}; group: {n}")


st.set_page_config(layout="wide")
show = st.query_params.get("show", "flat")
images, labels, codes = digits()
rows = np.arange(len(codes))
if show in ("many", "many3"):
    rows, labels, codes = blown_up(MANY)
state_runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
show_cloud()
st.write(f"runs of the page: {state_runs}")
