"""The command line: the same way of the data as in the app. `python -m playground --help`."""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import json
import os
import re
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from playground.analysis.errors import UNITS, ScoredCodec
from playground.data import BUILTIN, Dataset
from playground.data.online import ONLINE, fetch, is_here
from playground.data.reading.apart import read_apart
from playground.data.reading.options import READ_FIELDS, ReadOptions
from playground.data.reading.read import paths_at
from playground.errors import DataError, PlaygroundError, SpecError
from playground.models.spec import FIELDS, MODELS, RunSpec
from playground.runs.run import Run
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.runs.sweep import LATENT_DIMS, default_latent_dims, start_sweep
from playground.training.recipe import recommended

if TYPE_CHECKING:
    from playground.data.reading.rows import RowsRead
    from playground.export.passed import Table
    from playground.runs.passing import Passed

SECONDS_TO_READ = 300.0  # one's own file on one's own machine


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
    _add_settings(train)
    train.set_defaults(command=_train)
    compared = commands.add_parser(
        "compare", help="train one autoencoder and tell the whole comparison: intervals, differences to PCA, angles"
    )
    _add_settings(compared)
    compared.set_defaults(command=_compare)
    sweep = commands.add_parser("sweep", help="train autoencoders of several m, and tell PCA's error for each m too")
    _add_settings(sweep, without=("latent_dim",))
    sweep.add_argument(
        "--latent-dims",
        metavar="NUMBERS",
        help=f"Values of m, with commas between them; {', '.join(map(str, LATENT_DIMS))} (those below the data's "
        "width) if left out.",
    )
    sweep.add_argument(
        "--seeds", metavar="NUMBERS", help="Seeds for every m, with commas between them, instead of the one of --seed."
    )
    sweep.set_defaults(command=_sweep)
    passed = commands.add_parser("reconstruct", help="run a file's rows through a trained model: reconstructions")
    passed.add_argument(
        "--errors", metavar="PATH", type=Path, help="also write the errors, by row and by column, there"
    )
    encode = commands.add_parser("encode", help="run a file's rows through a trained model: codes")
    for command, function in ((passed, _reconstruct), (encode, _encode)):
        _add_passing(command)
        command.set_defaults(command=function)
    datasets = commands.add_parser("datasets", help="list the data sets, or fetch one from the internet")
    datasets.add_argument("--fetch", metavar="NAME", choices=list(ONLINE), help=f"fetch one of {', '.join(ONLINE)}")
    datasets.set_defaults(command=_datasets)
    bench = commands.add_parser(
        "bench", help="measure speed, memory and error on this machine, against other libraries"
    )
    bench.add_argument("--only", metavar="NAME", action="append", default=[], help="one result; may be given again")
    bench.add_argument("--quick", action="store_true", help="leave out the long ones: under three minutes on two cores")
    bench.add_argument("--record", metavar="PATH", type=Path, help="write the table of convolutional models there")
    bench.set_defaults(command=_bench)
    for command in (train, compared, sweep, passed, encode, datasets, bench):
        command.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _add_settings(parser: argparse.ArgumentParser, without: Sequence[str] = ()) -> None:
    """Where runs go, every setting of a run, and how a file is read."""
    parser.add_argument("--store", type=Path, help="where run folders go")
    for field in FIELDS.values():
        if field.name in without:
            continue
        allowed = "A built-in's name, or the path of a file or a folder" if field.name == "data" else field.allowed()
        shown = f"{field.help} {allowed[0].upper()}{allowed[1:]}.".replace("%", "%%")
        parser.add_argument(f"--{field.name.replace('_', '-')}", metavar=field.kind.upper(), help=shown)
    _add_reading(parser)


def _add_passing(parser: argparse.ArgumentParser) -> None:
    """Which run, which file, and where to write."""
    parser.add_argument("run", metavar="RUN", help="a run's id, or the path of its folder")
    parser.add_argument("file", metavar="FILE", help="a table, pictures or arrays, or a folder of them")
    parser.add_argument("--out", metavar="PATH", type=Path, required=True, help="the CSV file to write")
    parser.add_argument("--store", type=Path, help="where run folders are")
    _add_reading(parser)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """How a file is read."""
    reading = parser.add_argument_group("how a file is read", "What is left out is decided from the file, and said.")
    for field in READ_FIELDS.values():
        shown = f"{field.help} {field.allowed()[0].upper()}{field.allowed()[1:]}.".replace("%", "%%")
        reading.add_argument(f"--{field.name.replace('_', '-')}", metavar=field.kind.upper(), help=shown)
    reading.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME:CHOICE=VALUE[,…]",
        help="What one column is, such as 'age:role=ignore' or 'height:type=number,scaling=log,weight=2'; may be given "
        "again for others.",
    )


def _train(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    run = _trained(options)
    result = {
        **_identity(run),
        "device": run.device,
        "epochs": len(run.history.epoch),
        "best_epoch": run.history.best_epoch,
        "seconds": run.history.seconds[-1] if run.history.seconds else 0.0,
        "test_error": {score.name: score.error for score in run.scores},
        "verdict": run.verdict,
        "val_error": run.history.val_error,
        "spec": run.spec.to_json(),
        "notes": list(run.dataset.notes),
        "reading": dict(run.dataset.source),
    }
    return result, _report(run)


def _identity(run: Run) -> dict[str, Any]:
    """Which run it is, and how it ended."""
    return {"run": run.id, "folder": str(run.folder), "state": run.state, "message": run.message}


def _trained(options: argparse.Namespace) -> Run:
    """A run of the settings that the command line asks for, trained to its end."""
    store = Store(options.store)
    run = Run(store, start(InlineRunner(store), _spec(options, store)))
    if not run.is_finished:
        raise PlaygroundError(run.message or f"The run ended as {run.state}.")
    return run


def _spec(options: argparse.Namespace, store: Store) -> RunSpec:
    """What suits the data, and on top of it what was asked for."""
    dataset = _dataset(options.data or "digits", store, _read_options(options))
    given = {name: text for name in FIELDS if name != "data" and (text := getattr(options, name, None)) is not None}
    base = recommended(dataset, given["model"] if given.get("model") in MODELS else "dense", given.get("network", ""))
    return RunSpec.from_json(base.to_json() | given)


def _compare(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    from playground.analysis.subspace import decoder_rows, principal_angles

    run = _trained(options)
    angles = [float(angle) for angle in principal_angles(decoder_rows(run.linear()), run.pca().components)]
    result = {
        **_identity(run),
        "latent_dim": run.spec.latent_dim,
        "codecs": {score.name: _told(score) for score in run.scores},
        "verdict": run.verdict,
        "principal_angles_degrees": angles,
        "spec": run.spec.to_json(),
    }
    return result, _comparison(run, angles)


def _told(score: ScoredCodec) -> dict[str, Any]:
    """One row of the comparison; its interval, and the difference to PCA, in sums of squared errors per sample."""
    difference, low, high = score.versus_pca
    return {
        "error": score.error,
        "low": score.low,
        "high": score.high,
        "versus_pca": {"difference": difference, "low": low, "high": high},
        "n_parameters": score.n_parameters,
    }


def _comparison(run: Run, angles: Sequence[float]) -> list[str]:
    lines = [f"Run {run.id}: {run.state}. {run.message}".rstrip()]
    for unit in UNITS:
        lines += _errors(run, unit)
    lines.append("Difference to PCA, sum of squared errors per sample (paired 95 % interval), and parameters:")
    for score in run.scores:
        difference, low, high = score.versus_pca
        lines.append(f"  {score.name:<12} {difference:+10.4g}   [{low:+.4g}, {high:+.4g}]   {score.n_parameters:,}")
    between = ", ".join(f"{angle:.3g}°" for angle in angles)
    lines.append(f"Principal angles between the linear autoencoder's subspace and PCA's: {between}.")
    return [*lines, *([run.verdict] if run.verdict else [])]


def _sweep(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    store = Store(options.store)
    base = _spec(options, store)
    width = store.dataset(base.data).width
    latent_dims = _numbers(options.latent_dims, "latent_dim") or default_latent_dims(width)
    seeds = _numbers(options.seeds, "seed") or [base.seed]
    clock = time.perf_counter()
    runs = [Run(store, each) for each in start_sweep(InlineRunner(store), base, latent_dims, seeds)]
    seconds = time.perf_counter() - clock
    if failed := next((run for run in runs if not run.is_finished), None):
        raise PlaygroundError(failed.message or f"The run of m = {failed.spec.latent_dim} ended as {failed.state}.")
    points = [_point([run for run in runs if run.spec.latent_dim == m]) for m in sorted(set(latent_dims))]
    result = {"points": points, "seconds": seconds, "seeds": sorted(set(seeds)), "spec": base.to_json()}
    return result, _curve(points, runs[0], seconds)


def _point(runs: Sequence[Run]) -> dict[str, Any]:
    """One m: PCA's errors, those of the autoencoders, averaged over their seeds, and each seed's run."""
    errors = [{score.name: score.error for score in run.scores} for run in runs]
    return {
        "latent_dim": runs[0].spec.latent_dim,
        "pca": errors[0]["pca"],
        "autoencoder": {unit: sum(each["autoencoder"][unit] for each in errors) / len(errors) for unit in UNITS},
        "runs": [
            {"seed": run.spec.seed, "run": run.id, "state": run.state, "autoencoder": each["autoencoder"]}
            for run, each in zip(runs, errors, strict=True)
        ],
    }


def _curve(points: Sequence[dict[str, Any]], run: Run, seconds: float) -> list[str]:
    unit = next(iter(UNITS))
    rows = [f"  {p['latent_dim']:>5} {p['pca'][unit]:12.4g} {p['autoencoder'][unit]:12.4g}" for p in points]
    return [
        f"Error on {len(run.split.test_rows)} test rows, {UNITS[unit]}:",
        f"  {'m':>5} {'pca':>12} {'autoencoder':>12}",
        *rows,
        f"In {seconds:.1f} seconds; points that were there already are not trained again.",
    ]


def _numbers(text: str | None, field: str) -> list[int]:
    """The numbers of a list with commas, each within the range of that setting; none where nothing is given."""
    option = f"--{field.replace('_', '-')}s"
    if text is None:
        return []
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"\d{1,12}", part, re.ASCII) for part in parts):
        raise SpecError(f"{option} {text[:60]} cannot be read: write whole numbers with commas, such as '1,2,4,8'.")
    return [int(str(FIELDS[field].parse(part))) for part in parts]


def _dataset(name: str, store: Store, options: ReadOptions) -> Dataset:
    """The data set of that name, or what is in the file or folder at that path, which the store then keeps."""
    if name in BUILTIN or name in ONLINE or re.fullmatch(r"file-[0-9a-f]{32}", name, re.ASCII):
        if options.to_json():
            raise SpecError(
                f"--{min(options.to_json()).replace('_', '-')} says how a file is read, and {name} is none."
            )
        return store.dataset(name)
    if not os.path.exists(name):  # unlike Path.exists, no error for a name that is too long
        near = difflib.get_close_matches(name, [*BUILTIN, *ONLINE], n=1)
        known = f"did you mean {near[0]}?" if near else f"give a file's path or one of {', '.join(BUILTIN)}."
        raise DataError(f"There is no data set or file '{name[:80]}': {known}")
    with tempfile.TemporaryDirectory(dir=store.folder, prefix=".reading-") as into:
        found = read_apart(paths_at(name), options, Path(into), seconds=SECONDS_TO_READ)
        if found.file is None:
            raise DataError(found.problem)
        store.adopt_data(found.name, found.file)
    return store.dataset(found.name)


def _read_options(options: argparse.Namespace) -> ReadOptions:
    """What the command line says about reading a file."""
    given: dict[str, Any] = {name: text for name in READ_FIELDS if (text := getattr(options, name)) is not None}
    columns: dict[str, dict[str, str]] = {}
    for text in options.column:
        name, mark, choices = text.rpartition(":")
        pairs = [pair.partition("=") for pair in choices.split(",")]
        if not mark or not all(equals for _, equals, _ in pairs):
            raise SpecError(f"--column {text[:60]} cannot be read: write NAME:CHOICE=VALUE, such as 'age:role=ignore'.")
        columns.setdefault(name, {}).update({choice.strip(): value.strip() for choice, _, value in pairs})
    return ReadOptions.from_json(given | ({"columns": columns} if columns else {}))


def _report(run: Run) -> list[str]:
    best = run.history.best_epoch
    trained = f"{len(run.history.epoch)} epochs, best epoch {best}" if best else "before the end of its first epoch"
    return [
        *run.dataset.notes,
        f"Run {run.id}: {run.state}, {trained}. {run.message}".rstrip(),
        *_errors(run, next(iter(UNITS))),
        *([run.verdict] if run.verdict else []),
        f"Run folder: {run.folder}",
    ]


def _errors(run: Run, unit: str) -> list[str]:
    return [
        f"Error on {len(run.split.test_rows)} test rows, {UNITS[unit]} (95 % interval):",
        *(
            f"  {score.name:<12} {score.error[unit]:10.4g}   [{score.low[unit]:.4g}, {score.high[unit]:.4g}]"
            for score in run.scores
        ),
    ]


def _reconstruct(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    from playground.export.passed import errors, reconstructions

    run, rows, made = _passed(options, *([options.errors] if options.errors else []))
    called = rows.row_numbers, rows.names
    _write(options.out, reconstructions(*called, run.dataset, made.own, made.errors))
    written = {"out": str(options.out)}
    if options.errors:
        _write(options.errors, errors(*called, run.dataset, made.errors, made.pca_errors, made.by_column))
        written["errors"] = str(options.errors)
    means = {"autoencoder": float(made.errors.mean()), "pca": float(made.pca_errors.mean())}
    n = len(rows.x)
    result = {"run": run.id, "rows": n, "error": means, "notes": list(rows.notes)} | written
    lines = [f"Error on {n} {'row' if n == 1 else 'rows'}, {next(iter(UNITS.values()))}:"]
    lines += [f"  {name:<12} {error:10.4g}" for name, error in means.items()]
    return result, [*rows.notes, *lines, f"Written: {', '.join(written.values())}"]


def _encode(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    from playground.export.passed import codes

    run, rows, made = _passed(options)
    _write(options.out, codes(rows.row_numbers, rows.names, made.z))
    n, m = made.z.shape
    result = {"run": run.id, "rows": n, "latent_dim": m, "out": str(options.out), "notes": list(rows.notes)}
    return result, [*rows.notes, f"Codes of {n} {'row' if n == 1 else 'rows'}, m = {m}, written: {options.out}"]


def _passed(options: argparse.Namespace, *more: Path) -> tuple[Run, RowsRead, Passed]:
    """The run, the file's rows in the form of its data, and what its model makes of them."""
    from playground.data.reading.apart import read_rows_apart
    from playground.data.reading.form import Form
    from playground.runs.passing import FILLED, passed, run_at

    outs = [options.out, *more]
    for place, out in enumerate(outs):
        _check_writable(out, [Path(options.file), *outs[:place]])
    store = Store(options.store)
    run = run_at(options.run, store)
    run.codec()  # says what is missing before a large file is read
    if not os.path.exists(options.file):
        raise DataError(f"There is no file '{options.file[:80]}': give the path of a table, pictures or arrays.")
    form = Form.of(run.dataset, run.split.train_rows)
    with tempfile.TemporaryDirectory(dir=store.folder, prefix=".reading-") as into:
        reading = _read_options(options)
        rows = read_rows_apart(paths_at(options.file), form, reading, Path(into), seconds=SECONDS_TO_READ)
    if rows.filled is not None:
        rows = dataclasses.replace(rows, notes=(*rows.notes, FILLED))
    return run, rows, passed(run, rows.x, filled=rows.filled)


def _check_writable(out: Path, others: Sequence[Path]) -> None:
    """Raises DataError where a result could not be written, or would take another file's place."""
    if os.path.isdir(out) or not os.path.isdir(out.absolute().parent):
        raise DataError(f"'{str(out)[:80]}' cannot be written: give the path of a file in a folder that is there.")
    if out.absolute() in [other.absolute() for other in others]:
        raise DataError(f"'{str(out)[:80]}' is named twice: the results need files of their own.")


def _write(out: Path, table: Table) -> None:
    """Replaces the file at `out` in one go."""
    temporary = out.absolute().with_name(f".tmp-{uuid.uuid4().hex}")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            table.write(stream)
        temporary.replace(out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise DataError(f"'{str(out)[:80]}' cannot be written: {error.strerror}.") from error


def _datasets(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    if options.fetch:
        fetch(options.fetch)
        return {"fetched": options.fetch}, [f"{ONLINE[options.fetch].title} is here now: --data {options.fetch}"]
    described = [
        {
            "name": entry.name,
            "title": entry.title,
            "n_samples": entry.n_samples,
            "n_features": entry.n_features,
            "kind": entry.kind,
            "image_shape": list(entry.image_shape) if entry.image_shape else None,
            "labels": entry.label_name,
            "intrinsic_dim": entry.intrinsic_dim,
            "first_latent_dim": entry.first_latent_dim,
            "lesson": entry.lesson,
            "licence": entry.licence,
        }
        for entry in BUILTIN.values()
    ]
    online = [
        {
            "name": entry.name,
            "title": entry.title,
            "n_samples": entry.n_samples,
            "n_features": entry.n_features,
            "bytes": entry.n_bytes,
            "source": entry.source,
            "licence": entry.licence,
            "here": is_here(entry.name),
        }
        for entry in ONLINE.values()
    ]
    lines = [f"{d['name']:<14} {d['n_samples']:>6} × {d['n_features']:<5} {d['lesson']}" for d in described]
    for entry in ONLINE.values():
        where = "here" if is_here(entry.name) else f"{entry.n_bytes / 1e6:.1f} MB, not fetched yet"
        lines.append(f"{entry.name:<14} {entry.n_samples:>6} × {entry.n_features:<5} from {entry.source} ({where})")
    return {"datasets": described, "online": online}, lines


def _bench(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    from playground.bench.command import run  # torch is imported here, for this command alone

    return run(options.only, quick=options.quick, record=options.record)


if __name__ == "__main__":
    sys.exit(main())
