"""Training: the engine that turns a spec and a split into a model, epoch by epoch."""
