"""Home: what is an autoencoder? It shows one learning, before anybody has to read."""

import streamlit as st

from playground.runs.welcome import welcome_run
from playground.ui import frame, live, messages, network, reproduce, server

words, picture = st.columns([1, 1], gap="large", vertical_alignment="top")
with words:
    st.title("Meet an autoencoder")
    st.markdown(
        "This network squeezes every digit through **two numbers** and learns to draw it again. "
        ":red[The encoder] makes the code, :green[the decoder] reads it; nobody tells them what a digit is. What goes "
        "in is what should come out: only the narrow middle makes that hard. :blue[PCA] is the line to beat."
    )
with messages.shown():
    run = welcome_run(server.runner())
    with picture:
        network.draw(run.spec, run.dataset, height=230)
    live.view(run, autoplay=True, whole=False)
    with st.container():
        st.markdown("**Now with your own hands:**")
        with st.container(horizontal=True):
            frame.link("data", "1 Choose data", ":material/table_chart:")
            frame.link("train", "2 Train", ":material/model_training:")
            frame.link("explore", "3 Explore", ":material/explore:")
            frame.link("compare", "4 Compare", ":material/balance:")
            frame.link("reconstruct", "5 Reconstruct", ":material/imagesmode:")
            frame.link("generate", "6 Generate", ":material/auto_awesome:")
    reproduce.panel(run)
