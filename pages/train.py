"""Train: what should the network look like, and how does it learn?"""

import streamlit as st

from playground.analysis.errors import SHORT_UNITS, UNITS
from playground.ui import (
    code_panel,
    effort,
    film_export,
    form,
    frame,
    hints,
    kind,
    live,
    messages,
    network,
    presets,
    race,
    reproduce,
    server,
    state,
    steer,
)

st.title("Train")
run = frame.run_or_none()
spec, problems = state.spec()
dataset = server.store().dataset(spec.data)
form.prepare(spec, "train")
messages.warn(problems)
same_run = run is not None and run.is_alive and run.spec == spec


def more() -> None:
    """Draws what is opened only when it is wanted; below the run on show, which comes first."""
    with st.expander("All settings", icon=":material/tune:", expanded=run is None):
        form.all_settings(spec, dataset)
    race.panel(spec, dataset)
    code_panel.panel(spec, dataset)


settings, picture = st.columns([2, 3], gap="large")
with settings:
    form.choose_data(dataset)
    form.field("latent_dim", spec, dataset)
    kind.choose(spec, dataset)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        steer.start_buttons(same_run)
        frame.link("data", "See the data")
    for sentence in filter(None, (form.problem(), steer.refusal())):
        st.error(messages.plain(sentence))
    if form.note():
        st.info(messages.plain(form.note()), icon=":material/info:")
with picture:
    network.draw(spec, dataset, parameters=False)
    effort.show(spec, dataset)
    presets.row(spec, dataset)

if run is None:
    st.info("Press **Train** and watch the error fall towards the line of PCA.", icon=":material/info:")
    more()
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
race.view(run)
if run.is_finished:
    nothing = "no epoch was trained to its end, so there is nothing to compare."
    st.markdown(f"**On the test rows:** {messages.plain(run.verdict or nothing)}")
live.view(run)
hints.show(run)
if run.is_finished and run.history.epoch:
    with st.container(horizontal=True):
        frame.link("explore", "Explore its codes", ":material/explore:")
        frame.link("compare", "Compare with PCA", ":material/balance:")
        frame.link("reconstruct", "Reconstruct samples", ":material/imagesmode:")
        frame.link("generate", "Generate new ones", ":material/auto_awesome:")
    film_export.buttons(run)
more()
reproduce.panel(run)
