"""Train: what should the network look like, and how does it learn?"""

import streamlit as st

from playground.analysis.errors import SHORT_UNITS, UNITS
from playground.models.spec import FIELDS
from playground.ui import form, frame, live, messages, network, reproduce, server, state

st.title("Train")
run = frame.run_or_none()
spec, problems = state.spec()
dataset = server.store().dataset(spec.data)
form.prepare(spec, "train")
messages.warn(problems)
same_run = run is not None and run.is_alive and run.spec == spec

settings, picture = st.columns([2, 3], gap="large")
with settings:
    form.choose_data(dataset)
    form.field("latent_dim", spec, dataset)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Train",
            key="train",
            type="primary",
            icon=":material/play_arrow:",
            on_click=live.begin,
            args=(same_run,),
            help="Trains these settings in the background; you can leave the page and come back.",
        )
        frame.link("data", "See the data")
    for sentence in filter(None, (form.problem(), live.refusal())):
        st.error(messages.plain(sentence))
with picture:
    network.draw(spec, dataset)

with st.expander("All settings", icon=":material/tune:", expanded=run is None):
    for group in ("model", "training", "data"):
        st.markdown(f"**{group.capitalize()}**")
        names = [name for name, entry in FIELDS.items() if entry.group == group and name not in ("data", "latent_dim")]
        for start in range(0, len(names), 4):
            for column, name in zip(st.columns(4), names[start : start + 4], strict=False):
                with column:
                    form.field(name, spec, dataset)

if run is None:
    st.info("Press **Train** and watch the error fall towards the line of PCA.", icon=":material/info:")
    st.stop()
if run.spec != spec:
    st.caption("Below is the run that was trained with other settings; press Train to train these.")
st.segmented_control(
    "Error as",
    list(UNITS),
    key="unit",
    default=next(iter(UNITS)),
    format_func=SHORT_UNITS.__getitem__,
    required=True,
    help="All three are on the same validation rows, in scaled units.",
)
live.view(run)
if run.is_finished:
    st.markdown(f"**On the test rows:** {messages.plain(run.verdict)}")
    with st.container(horizontal=True):
        frame.link("explore", "Explore its codes", ":material/explore:")
        frame.link("compare", "Compare with PCA", ":material/balance:")
        frame.link("reconstruct", "Reconstruct samples", ":material/imagesmode:")
reproduce.panel(run)
