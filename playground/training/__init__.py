"""Training: the engine that turns a spec and a split into a model, epoch by epoch, and the settings to begin with.

Nothing is imported here, so that the settings can be used without waiting for torch.
"""
