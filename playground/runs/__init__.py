"""Runs: the run folder is the truth; a runner fills it, a page reads it."""
