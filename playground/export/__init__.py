"""Export: the present model as code that stands on its own; no torch and no streamlit.

`pytorch.pytorch_code` puts a script together from four parts, a file each: the data, the model, what training makes
small, and the training itself. Each part is text that the settings need, and nothing that they do not.
"""
