"""Figures: pure functions from arrays to pictures and text, in one palette; no torch and no streamlit."""
