"""The user interface: the only package that imports streamlit. Pages are in the top-level folder `pages`."""
