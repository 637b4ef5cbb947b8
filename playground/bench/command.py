"""The command `bench`: which results, in which order, and how they are told."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

# Imported to register; their order is that of the table.
# isort: off
from playground.bench import rates, sweep, goals, convolution, memory, viewer, gpu, pca  # noqa: F401

# isort: on
from playground.bench.measure import machine
from playground.bench.peers import PEERS
from playground.bench.registry import RESULTS, Bench, Figure, Result, Skip
from playground.errors import SpecError

RECORDED = "conv_vs_dense_"  # what `--record` writes down for the page


def run(only: Sequence[str], *, quick: bool, record: Path | None = None) -> tuple[dict[str, Any], list[str]]:
    """Measures; gives the JSON object, and the lines of the table.

    Args:
        only: names of results; all where it is empty.
        quick: leave out the long ones, and take fewer rounds; those in `only` are measured all the same.
        record: where the comparison of convolutional and dense models goes, for the page.

    Raises:
        SpecError: a name is unknown, or the record cannot be written.
    """
    chosen = choose(only, quick=quick)
    kept = {} if record is None else read_record(record)
    started = time.perf_counter()
    told = []
    for place, entry in enumerate(chosen, start=1):
        _say(f"[{place}/{len(chosen)}] {entry.name}: {entry.what}")
        told.append(measured(entry, Bench(quick, lambda line: _say(f"    {line}"))))
        _say(f"    {_line(told[-1])} ({told[-1]['took_seconds']:.0f} s)")
    found = {"machine": machine(), "results": told, "seconds": round(time.perf_counter() - started, 1), "quick": quick}
    if record is not None:
        write_record(record, found, kept)
    return found, table(found)


def choose(only: Sequence[str], *, quick: bool) -> list[Result]:
    """The results to measure, in the order of the registry.

    Raises:
        SpecError: a name is unknown.
    """
    unknown = [name for name in only if name not in RESULTS]
    if unknown:
        raise SpecError(f"There is no result '{unknown[0][:60]}': choose from {', '.join(RESULTS)}.")
    return [entry for entry in RESULTS.values() if (entry.name in only if only else not (quick and entry.long))]


def measured(entry: Result, bench: Bench) -> dict[str, Any]:
    """One result as a JSON object; with `skipped`, the reason, where it cannot be measured here."""
    started = time.perf_counter()
    head: dict[str, Any] = {
        "name": entry.name,
        "value": None,
        "unit": entry.unit,
        "spread": None,
        "peers": {},
        "target": entry.target,
        "better": entry.better,
        "met": None,
        "what": entry.what,
    }
    reason = entry.reason_to_skip()
    if not reason:
        try:
            with redirect_stdout(sys.stderr):  # a peer that prints must not spoil the JSON
                figure = entry.measure(bench)
        except Skip as skip:
            reason = str(skip)
    if reason:
        peers = {name: {"skipped": PEERS[name].reason_to_skip() or reason} for name in entry.peers}
        return head | {"skipped": reason, "peers": peers, "took_seconds": _since(started)}
    return head | _filled(entry, figure) | {"took_seconds": _since(started)}


def _filled(entry: Result, figure: Figure) -> dict[str, Any]:
    spread = list(figure.spread) if figure.spread else None
    told = {"value": figure.value, "spread": spread, "peers": figure.peers, "met": entry.is_met(figure)}
    return told | figure.more


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 1)


def table(found: dict[str, Any]) -> list[str]:
    """The results as lines, under what they were measured on."""
    about = found["machine"]
    where = (
        f"{about['cores']} cores, {about['cpu']}, {about['memory_gb']} GB, bf16 {'yes' if about['bfloat16'] else 'no'}"
    )
    versions = f"Python {about['python']}, torch {about['torch']}, numpy {about['numpy']}"
    head = f"{'result':<28} {'value':>10}  {'spread':<19} {'unit':<26} {'target':<13} met"
    return [f"{where}; GPU: {about['gpu'] or 'none'}; {versions}", "", head, *map(_row, found["results"])]


def _row(told: dict[str, Any]) -> str:
    if "skipped" in told:
        return f"{told['name']:<28} {'skipped':>10}  {told['skipped']}"
    spread = f"{_number(told['spread'][0])} to {_number(told['spread'][1])}" if told["spread"] else ""
    sign = "at least" if told["better"] == "higher" else "at most"
    target = "" if told["target"] is None else f"{sign} {told['target']:g}"
    met = {True: "yes", False: "no", None: ""}[told["met"]]
    warned = [
        f"{name} does not learn alike" for name, peer in told["peers"].items() if peer.get("learns_alike") is False
    ]
    row = f"{told['name']:<28} {_number(told['value']):>10}  {spread:<19} {told['unit']:<26} {target:<13} {met:<4}"
    return f"{row}{'; '.join(warned)}".rstrip()


def _line(told: dict[str, Any]) -> str:
    return " ".join(_row(told).split()[1:])


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3g}"


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def read_record(path: Path) -> dict[str, Any]:
    """What an earlier record says of convolutional against dense models, by data set; nothing where there is none.

    Raises:
        SpecError: there is no such folder, or the file is no record.
    """
    if not path.parent.is_dir():
        raise SpecError(f"--record: there is no folder {path.parent}.")
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["conv_vs_dense"]) if path.exists() else {}
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise SpecError(f"--record: {path} is there already and is no record of this benchmark.") from error


def write_record(path: Path, found: dict[str, Any], kept: dict[str, Any]) -> None:
    """Writes what was measured of convolutional against dense models; earlier entries of other data sets stay."""
    fresh = {told["name"].removeprefix(RECORDED): _recorded(told) for told in _comparisons(found["results"])}
    record = {"machine": f"a {found['machine']['cores']}-core CPU", "conv_vs_dense": kept | fresh}
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _comparisons(told: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in told if each["name"].startswith(RECORDED) and "skipped" not in each]


def _recorded(told: dict[str, Any]) -> dict[str, Any]:
    """What `playground.training.measured` reads, and what else one may want to know of it."""
    errors = {kind: round(error, 4) for kind, error in told["test_errors"].items()}
    seconds = {"seconds": round(told["cpu_seconds"]["dense"], 2), "latent_dim": told["latent_dim"]}
    more = {"spread_of_ratio": told["spread"], "epochs": told["epochs"], "longer": told["longer"]["value"]}
    return errors | seconds | more
