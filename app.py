"""The frame of the app: `streamlit run app.py`. No logic in here.

Streamlit finds `app` and serves it, and runs this same file again as the script of every visit.
"""

import streamlit as st

from playground.ui import frame, server

if __name__ == "__main__":
    frame.show()
else:
    app = st.App(__file__, lifespan=server.lifespan, on_script_error=frame.on_script_error)
