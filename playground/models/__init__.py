"""Models: everything that encodes and decodes (`Codec`), and the record of every choice (`RunSpec`).

Nothing is imported here, so that PCA and the settings can be used without waiting for torch.
"""
