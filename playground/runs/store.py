"""Where run folders and visitors' data live on disk, and the rules that keep them whole.

    STORE/runs/<id>/   run.json metrics.jsonl heartbeat control.json control.lock snapshots/ step.safetensors
                       pca.safetensors linear.safetensors model.safetensors checkpoint.safetensors
                       only.json: which runs were trained from this one on one class alone
                       only.json, by class: the run that was trained from this one on that class alone
    STORE/data/<name>.safetensors    what a visitor brought, as it was read, named by its content
    STORE/uploads/<sha256>           the files themselves, for a day, so that they can be read another way
    STORE/sweeps/<hash>/<m>-<seed>   the id of the run that is this point of a sweep
    STORE/welcome.json               which run the first page shows

Files are replaced whole (temporary file, fsync, rename), so that no crash leaves half a file; readers of
`metrics.jsonl` skip a torn last line.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from playground.data.builtin import BUILTIN, load
from playground.data.dataset import Dataset
from playground.data.kept import dataset_bytes, kept_dataset
from playground.data.online import ONLINE, load_online
from playground.errors import BusyError, DataError, RunError
from playground.models.spec import RunSpec

SCHEMA = 1
LEAST_FREE_BYTES = 200 * 2**20
UPLOAD_SECONDS = 86_400.0
MOST_UPLOAD_BYTES = 2 * 2**30
Tensors = Mapping[str, NDArray[Any]]


def default_folder() -> Path:
    """`PLAYGROUND_STORE`, or a folder in the visitor's home."""
    return Path(os.environ.get("PLAYGROUND_STORE") or Path.home() / ".autoencoder-playground")


class Store:
    """Run folders and data below one folder. Ids are made here, 128 bits, matched in full before a path is built."""

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder) if folder is not None else default_folder()
        try:
            (self.folder / "runs").mkdir(parents=True, exist_ok=True)
            (self.folder / "data").mkdir(exist_ok=True)
            (self.folder / "uploads").mkdir(exist_ok=True)
        except OSError as error:
            raise RunError(f"Runs cannot be kept in {self.folder}: {error.strerror}. Choose another folder.") from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Store) and other.folder == self.folder

    def __hash__(self) -> int:
        return hash(self.folder)

    def create(self, spec: RunSpec, **more: Any) -> str:
        """A new run folder for `spec`, not yet started; gives its id.

        Args:
            more: further entries of `run.json`.

        Raises:
            BusyError: the disk is nearly full.
        """
        self._refuse_full_disk()
        run_id = uuid.uuid4().hex
        self.path(run_id, exists=False).mkdir()
        (self.path(run_id) / "snapshots").mkdir()
        record = {"schema": SCHEMA, "id": run_id, "spec": spec.to_json(), "state": "new", "created": time.time()}
        self.write(run_id, record | more)
        return run_id

    def remove(self, run_id: str) -> None:
        """Deletes a run's folder."""
        folder = self.path(run_id)
        trash = folder.with_name(f".trash-{folder.name}")  # gone at once for every reader, then file by file
        folder.rename(trash)
        shutil.rmtree(trash)

    def path(self, run_id: str, *, exists: bool = True) -> Path:
        """The folder of a run.

        Raises:
            RunError: `run_id` is no run's id, or (unless `exists` is False) there is no such run.
        """
        if not re.fullmatch(r"[0-9a-f]{32}", run_id, re.ASCII):
            raise RunError(f"'{run_id[:40]}' is not the id of a run: open the link again, or train a new one.")
        folder = self.folder / "runs" / run_id
        if exists and not folder.is_dir():
            raise RunError(f"There is no run {run_id}: it may have been deleted. Train a new one.")
        return folder

    def read(self, run_id: str) -> dict[str, Any]:
        """The run's `run.json`.

        Raises:
            RunError: there is no such run, or its record cannot be read.
        """
        try:
            record = dict(json.loads((self.path(run_id) / "run.json").read_text()))
            newer, _, _ = record["schema"] > SCHEMA, dict(record["spec"]), str(record["state"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"The record of run {run_id} is damaged and cannot be opened: train a new one.") from error
        if newer:
            raise RunError(f"Run {run_id} was written by a newer version of the playground and cannot be opened here.")
        return record

    def write(self, run_id: str, record: Mapping[str, Any]) -> None:
        """Replaces the run's `run.json`."""
        write_json(self.path(run_id) / "run.json", record)

    def update(self, run_id: str, **changes: Any) -> dict[str, Any]:
        """Changes some entries of the run's `run.json`; gives the whole."""
        record = self.read(run_id) | changes
        self.write(run_id, record)
        return record

    def run_ids(self) -> list[str]:
        """All runs, the newest first; those whose record is damaged come last."""
        names = [path.name for path in (self.folder / "runs").iterdir() if re.fullmatch(r"[0-9a-f]{32}", path.name)]
        return sorted(names, key=self._created, reverse=True)

    def _created(self, run_id: str) -> float:
        try:
            return float(self.read(run_id)["created"])
        except (RunError, KeyError, TypeError, ValueError):
            return 0.0

    def add_data(self, dataset: Dataset) -> str:
        """Keeps a visitor's data set under its content's name, once; gives that name."""
        path = self._data_path(dataset.name)
        if not path.exists():
            write_bytes(path, dataset_bytes(dataset))
        return dataset.name

    def adopt_data(self, name: str, file: Path) -> None:
        """Keeps a file that `dataset_bytes` gave under the name of the data set in it; moves it there.

        Raises:
            DataError: `name` is no kept data set's.
        """
        path = self._data_path(name)
        if path.name == "none":
            raise DataError(f"'{name[:40]}' is not the name of a data set.")
        file.replace(path)

    def add_upload(self, content: bytes) -> str:
        """Keeps a visitor's file for a day under its hash; gives that, for `upload_path`.

        Raises:
            BusyError: the disk is nearly full.
        """
        self._refuse_full_disk()
        self._forget_uploads()
        digest = hashlib.sha256(content).hexdigest()
        path = self.upload_path(digest)
        if path.exists():
            path.touch()
        else:
            write_bytes(path, content, durable=False)
        return digest

    def upload_path(self, digest: str) -> Path:
        """Where the file of that hash lies, if it has not been forgotten."""
        if not re.fullmatch(r"[0-9a-f]{64}", digest, re.ASCII):
            raise RunError("This is not the name of a file: upload it again.")
        return self.folder / "uploads" / digest

    def _forget_uploads(self) -> None:
        """Deletes uploads that nobody has used for a day, and the oldest ones where they take too much room."""
        entries = []
        for path in (self.folder / "uploads").iterdir():
            with contextlib.suppress(OSError):  # somebody else may be deleting it
                entries.append((path.stat().st_mtime, path.stat().st_size, path))
        room = MOST_UPLOAD_BYTES
        for changed, size, path in sorted(entries, reverse=True):
            room -= size
            if room < 0 or time.time() - changed > UPLOAD_SECONDS:
                path.unlink(missing_ok=True)

    def _refuse_full_disk(self) -> None:
        if shutil.disk_usage(self.folder).free < LEAST_FREE_BYTES:
            raise BusyError("The disk is nearly full: delete old runs, or try again later.")

    def dataset(self, name: str) -> Dataset:
        """The built-in, downloaded or kept data set of that name.

        Raises:
            DataError: there is no such data set, or its file cannot be read.
        """
        if name in BUILTIN:
            return load(name)
        if name in ONLINE:
            return load_online(name)
        path = self._data_path(name)
        if not path.exists():
            raise DataError(
                f"There is no data set '{name[:40]}': choose one of {', '.join(BUILTIN)}, or load your own file."
            )
        return kept_dataset(path)

    def _data_path(self, name: str) -> Path:
        if not re.fullmatch(r"file-[0-9a-f]{32}", name, re.ASCII):
            return self.folder / "data" / "none"
        return self.folder / "data" / f"{name}.safetensors"


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replaces the file at `path` in one go: after a crash it is the old one or the new one, never a mixture.

    Args:
        durable: also survives a power failure, at the price of some milliseconds.
    """
    temporary = path.with_name(f".tmp-{uuid.uuid4().hex}")
    with temporary.open("wb") as stream:
        stream.write(content)
        if durable:
            stream.flush()
            os.fsync(stream.fileno())
    temporary.replace(path)


def write_json(path: Path, value: object) -> None:
    """Replaces the file at `path` by `value` as JSON."""
    write_bytes(path, json.dumps(value, allow_nan=False).encode())


def read_tensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The arrays and the metadata of a safetensors file.

    Raises:
        RunError: the file is missing, torn, or not what it claims to be.
    """
    try:
        with safe_open(path, "np") as stored:
            arrays = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118 (no mapping)
            return arrays, stored.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise RunError(f"The file {path.name} of run {path.parent.name} is missing or damaged.") from error


def write_tensors(
    path: Path, arrays: Tensors, metadata: Mapping[str, str] | None = None, *, durable: bool = True
) -> None:
    """Replaces the file at `path` by these arrays."""
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}  # keeps 0-d arrays 0-d
    write_bytes(path, save(contiguous, dict(metadata or {})), durable=durable)
