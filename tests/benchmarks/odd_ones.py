"""How well errors tell odd rows, trained on all rows and on normal ones alone: `python tests/benchmarks/odd_ones.py`.

The areas under the ROC curve of the README's table, for autoencoder, PCA and mean on the test rows: by the sum of
squared errors, and by errors in multiples of what is usual for each column on the validation rows.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from pathlib import Path

from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


from playground.analysis.anomalies import relative_errors, usual_errors
from playground.analysis.errors import sample_errors
from playground.data.builtin import load
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.training.recipe import recommended

NORMAL = {"breast_cancer": "benign", "heartbeats": "normal"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        for data, normal in NORMAL.items():
            for only in ("", normal):
                spec = dataclasses.replace(recommended(load(data)), only=only)
                tell(Run(store, start(InlineRunner(store), spec)), normal)


def tell(run: Run, normal: str) -> None:
    split, labels = run.split, run.dataset.labels
    odd = labels[split.test_rows] != normal
    for name in ("autoencoder", "pca", "mean"):
        codec = run.codecs()[name]
        x, x_hat = split.x_test, codec.reconstruct(split.x_test)
        usual = usual_errors(split.x_val, codec.reconstruct(split.x_val), split.layout)
        plain = roc_auc_score(odd, sample_errors(x, x_hat))
        relative = roc_auc_score(odd, relative_errors(x, x_hat, split.layout, usual))
        rows = run.spec.only or "all"
        sys.stdout.write(f"{run.spec.data}, {rows} rows, {name}: plain {plain:.3f}, times the usual {relative:.3f}\n")


if __name__ == "__main__":
    main()
