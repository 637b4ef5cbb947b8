"""A carried network and what it decodes: `streamlit run tests/browser/network_demo.py`, then `?show=penguins` or so."""

from __future__ import annotations

import streamlit as st

from playground import RunSpec
from playground.data import load
from playground.models.autoencoder import build
from playground.models.plain import plain
from playground.ui.components.assets import asset
from playground.ui.components.network import LOOK_PARTS, carrier, network_payload
from playground.ui.looks import look_payload

PROBE = """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".root");
  globalThis.playground.drawn = (globalThis.playground.drawn ?? 0) + 1;
  if (root.dataset.key === data.key) return;
  root.dataset.key = data.key;
  root.replaceChildren();
  const small = root.appendChild(element("canvas"));
  Object.assign(small.style, { width: "100%", height: "60px" });
  const box = root.appendChild(element("div"));
  const point = codePointOf(data.key);
  let view = null;
  networkOf(data.key, (network) => {
    const look = new Look(network.look);
    view = new SampleView(box, look);
    point.listen((z) => view.show(network.decode(z), `decoded at ${[...z].map((v) => v.toFixed(2)).join(", ")}`));
    const surface = new Surface(small, (context, theme) => {
      for (let i = 0; i < 6; i++)
        look.paint(context, { left: i * 62, top: 0, width: 58, height: 58 }, network.decode([i / 2 - 1.5, 0.5]), theme);
    });
    point.set([0.5, -0.5], "probe");
    root.dataset.state = "shown";
  });
}
"""
probe = st.components.v2.component(
    "playground_probe",
    html="<div class='root' data-testid='probe'></div>",
    css=asset("shared.css", "look.css"),
    js=asset(*LOOK_PARTS) + PROBE,
)


@st.cache_resource
def made(name):
    """An untrained network for this data set, with how its samples are drawn."""
    dataset = load(name)
    output = "table" if dataset.columns else "linear"
    spec = RunSpec(data=name, hidden=(256, 64), output=output, activation="tanh", batch_norm=False)
    split = spec.split(dataset)
    network = plain(build(spec, split.n_features, split.layout).eval(), split.n_features)
    return network_payload(network, f"demo-{name}") | {"look": look_payload(dataset, split)}


@st.fragment
def decoded(key):
    """The probe in a fragment: it must not send the network again."""
    st.button("again", key="again")
    st.button("all again", key="all", on_click=lambda: None) and st.rerun()
    probe(key="probe", data={"key": key})


show = st.query_params.get("show", "digits")
if st.toggle("carried", True, key="carried"):
    carrier(key="network", data=made(show))
decoded(f"demo-{show}")
