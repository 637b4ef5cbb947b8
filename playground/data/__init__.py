"""Data: what a visitor brings (`Dataset`), what a model sees of it (`Split`), and where it comes from."""

from playground.data.builtin import BUILTIN, load
from playground.data.dataset import Dataset, FloatArray, IntArray
from playground.data.split import Scaler, Split
from playground.data.tables import read_csv

__all__ = ["BUILTIN", "Dataset", "FloatArray", "IntArray", "Scaler", "Split", "load", "read_csv"]
