"""The command line: the same way of the data as in the app. `python -m playground --help`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from playground.analysis.errors import UNITS
from playground.data import BUILTIN, Dataset, load, read_csv
from playground.errors import DataError, PlaygroundError
from playground.models.spec import FIELDS, RunSpec
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.training.recipe import recommended


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}. See '{self.prog} --help'.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit status: 0, or 2 for what the user did wrong."""
    options = _parser().parse_args(arguments)
    try:
        result, lines = options.command(options)
    except PlaygroundError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps(result) + "\n" if options.json else "\n".join(lines) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m playground", description="Train small autoencoders and compare them with PCA.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    train = commands.add_parser("train", help="train one autoencoder and compare it with PCA on the test rows")
    train.add_argument("--store", type=Path, help="where run folders go")
    for field in FIELDS.values():
        shown = f"{field.help} {field.allowed()[0].upper()}{field.allowed()[1:]}.".replace("%", "%%")
        train.add_argument(f"--{field.name.replace('_', '-')}", metavar=field.kind.upper(), help=shown)
    train.set_defaults(command=_train)
    datasets = commands.add_parser("datasets", help="list the built-in data sets")
    datasets.set_defaults(command=_datasets)
    for command in (train, datasets):
        command.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _train(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    store = Store(options.store)
    dataset = _dataset(options.data or "digits", store)
    given = {name: text for name in FIELDS if name != "data" and (text := getattr(options, name)) is not None}
    base = recommended(dataset)
    spec = RunSpec.from_json(base.to_json() | given)
    run = Run(store, start(InlineRunner(store), spec))
    if not run.is_finished:
        raise PlaygroundError(run.message or f"The run ended as {run.state}.")
    result = {
        "run": run.id,
        "folder": str(run.folder),
        "state": run.state,
        "message": run.message,
        "device": run.device,
        "epochs": len(run.history.epoch),
        "best_epoch": run.history.best_epoch,
        "seconds": run.history.seconds[-1] if run.history.seconds else 0.0,
        "test_error": {score.name: score.error for score in run.scores},
        "verdict": run.verdict,
        "val_error": run.history.val_error,
        "spec": run.spec.to_json(),
        "notes": list(dataset.notes),
    }
    return result, _report(run, dataset)


def _dataset(name: str, store: Store) -> Dataset:
    """The built-in of that name, or the file at that path, which the store then keeps."""
    if name in BUILTIN or re.fullmatch(r"file-[0-9a-f]{32}", name, re.ASCII):
        return store.dataset(name)
    path = Path(name)
    if not os.path.isfile(name):  # unlike Path.is_file, no error for a name that is too long
        known = ", ".join(BUILTIN)
        raise DataError(f"There is no data set or file '{name[:80]}': give a file's path or one of {known}.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path.name} cannot be opened: {error.strerror}.") from error
    dataset = read_csv(path.name, content)
    store.add_data(dataset)
    return dataset


def _report(run: Run, dataset: Dataset) -> list[str]:
    unit = next(iter(UNITS))
    rows = [
        f"  {score.name:<12} {score.error[unit]:10.4g}   [{score.low[unit]:.4g}, {score.high[unit]:.4g}]"
        for score in run.scores
    ]
    best = run.history.best_epoch
    return [
        *dataset.notes,
        f"Run {run.id}: {run.state}, {len(run.history.epoch)} epochs, best epoch {best}. {run.message}".rstrip(),
        f"Error on {len(run.split.test_rows)} test rows, {UNITS[unit]} (95 % interval):",
        *rows,
        run.verdict,
        f"Run folder: {run.folder}",
    ]


def _datasets(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    described = [
        {
            "name": name,
            "title": dataset.title,
            "n_samples": dataset.n_samples,
            "n_features": dataset.n_features,
            "kind": dataset.kind,
            "image_shape": list(dataset.image_shape) if dataset.image_shape else None,
            "labels": dataset.label_name if dataset.labels is not None else None,
            "intrinsic_dim": dataset.intrinsic_dim,
            "first_latent_dim": dataset.first_latent_dim,
            "lesson": dataset.lesson,
            "licence": dataset.licence,
        }
        for name in BUILTIN
        for dataset in [load(name)]
    ]
    lines = [f"{d['name']:<12} {d['n_samples']:>6} × {d['n_features']:<5} {d['lesson']}" for d in described]
    return {"datasets": described}, lines


if __name__ == "__main__":
    sys.exit(main())
