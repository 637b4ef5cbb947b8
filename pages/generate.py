"""Generate: what new samples does the decoder make, and are they more than copies?"""

import streamlit as st

from playground.ui import arithmetic, generating, paths
from playground.ui.held_out import finished_run

st.title("Generate")
run = finished_run()
run.codecs()  # a damaged file is said here, once, and not by every part
generating.show(run)
paths.show(run)
arithmetic.show(run, prefix="generate_")
