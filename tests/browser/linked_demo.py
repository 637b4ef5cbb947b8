"""Linked maps with made-up data: `streamlit run tests/browser/linked_demo.py`, then `?show=two`, `three` or `strip`."""

from __future__ import annotations

import numpy as np
import streamlit as st
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from playground.ui.components import Colour
from playground.ui.components.linked_maps import LinkedMap, linked_maps

NOTES = [("trustworthiness", "0.931"), ("continuity", "0.962"), ("kNN accuracy", "64.1 %")]

st.set_page_config(layout="wide")
images, labels = load_digits(return_X_y=True)
images, labels = images[:600] / 16, labels[:600]
codes = LinearDiscriminantAnalysis(n_components=2).fit_transform(images, labels)
pca = PCA(4).fit_transform(images)
show = st.query_params.get("show", "two")
maps = [
    LinkedMap("autoencoder", "this autoencoder", codes[:, 0], codes[:, 1], "z₁", "z₂", NOTES),
    LinkedMap("pca", "PCA", pca[:, 0], pca[:, 1], "component 1", "component 2", NOTES),
    LinkedMap("tsne", "t-SNE", pca[:, 2], pca[:, 3], "t-SNE 1", "t-SNE 2", NOTES),
]
if show == "strip":
    maps = [LinkedMap(one.name, one.title, one.x, None, one.x_label) for one in maps[:2]]
st.session_state.setdefault("clicks", 0)
clicked = linked_maps(
    key="maps",
    run=show,
    maps=maps if show == "three" else maps[:2],
    colour=Colour("digit", labels, tuple("0123456789")),
    pictures=np.rint(images * 255).astype(np.uint8).reshape(-1, 8, 8),
    rows=[f"sample {i + 1}" for i in range(600)],
    lit=[1, 2, 3] if st.toggle("light three", key="light") else None,
    height=140 if show == "strip" else 340,
)
if clicked is not None:
    st.session_state["clicks"] += 1
st.write(f"clicked: {clicked}; clicks: {st.session_state['clicks']}")
