"""Data: what a visitor brings (`Dataset`), what a model sees of it (`Split`), and where it comes from."""

from playground.data.builtin import BUILTIN, load
from playground.data.columns import Column
from playground.data.dataset import Dataset, FloatArray, IntArray
from playground.data.split import Scaler, Split

__all__ = ["BUILTIN", "Column", "Dataset", "FloatArray", "IntArray", "Scaler", "Split", "load"]
