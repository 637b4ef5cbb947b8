"""Data sets that are fetched from elsewhere, on a click only, and then work without a connection.

`ONLINE` says what there is; `fetch` brings one into the cache folder; `load_online` gives it. The settings
`PLAYGROUND_CACHE` (another folder) and `PLAYGROUND_MIRROR` (another server, such as a school's own) are told in
`playground.data.download`. To add one: a function of the files' paths, and an entry in `ONLINE`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.dataset import Dataset, Kind, pixel_names
from playground.data.download import Download, cache_folder, retrieve
from playground.errors import DataError

__all__ = ["ONLINE", "Download", "Online", "cache_folder", "fetch", "is_here", "load_online"]

Made = dict[str, Any]  # the arguments of `Dataset` that are not in `Online`
Progress = Callable[[float], None]

DIGITS = tuple("0123456789")
GARMENTS = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
CHARACTERS = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
FACES_PER_PERSON = 10
PROGRESS_STEP = 0.01  # told no more often than this


@dataclass(frozen=True)
class Online:
    """A data set that can be fetched.

    Attributes:
        name: in `ONLINE`, in addresses and on the command line.
        title: what a page calls it.
        downloads: its files.
        source: who hosts them, in words that follow "from".
        licence: the licence and credit line.
        lesson: one sentence on what it teaches.
        kind: see `Dataset`.
        n_samples, n_features: its size, known before it is fetched.
        first_latent_dim: the bottleneck to begin with.
        make: a function of the files' paths, in the order of `downloads`.
    """

    name: str
    title: str
    downloads: tuple[Download, ...]
    source: str
    licence: str
    lesson: str
    kind: Kind
    n_samples: int
    n_features: int
    first_latent_dim: int
    make: Callable[[Sequence[Path]], Made]

    @property
    def n_bytes(self) -> int:
        """The size of all files together."""
        return sum(download.n_bytes for download in self.downloads)

    @property
    def size(self) -> str:
        """`n_bytes` for a page: "4.4 MB"."""
        return f"{self.n_bytes / 1e6:.1f} MB"


def is_here(name: str) -> bool:
    """Whether all files have been fetched, told by their names and sizes.

    Raises:
        DataError: there is no such data set.
    """
    return all(download.is_here() for download in _entry(name).downloads)


def fetch(name: str, progress: Progress = lambda share: None) -> None:
    """Brings the files into the cache folder; asks no server for what is there already.

    Args:
        name: of the data set.
        progress: called with the share that is there, which grows from 0 to 1.

    Raises:
        DataError: no connection, the wrong file, or no place to put it. What arrived whole stays for another try.
    """
    entry = _entry(name)
    apology = f"Could not download {entry.title} ({entry.size})"
    told = _Told(entry.n_bytes, progress)
    for download in entry.downloads:
        retrieve(download, apology, told.received)
        told.finished(download.n_bytes)
    progress(1.0)


def load_online(name: str) -> Dataset:
    """The data set out of the cache folder, made once per process.

    Raises:
        DataError: there is no such data set, it has not been fetched, or a file has been damaged since.
    """
    entry = _entry(name)
    if not is_here(name):
        raise DataError(
            f"{entry.title} is not here yet: fetch it ({entry.size}) on the data page, "
            f"or with `python -m playground datasets --fetch {name}`."
        )
    return _load(entry, cache_folder())


def _entry(name: str) -> Online:
    if name not in ONLINE:
        raise DataError(f"There is no data set '{name[:40]}' to download: choose one of {', '.join(ONLINE)}.")
    return ONLINE[name]


@lru_cache(maxsize=2)  # MNIST takes 190 MB
def _load(entry: Online, folder: Path) -> Dataset:
    try:
        is_whole = all(download.is_whole() for download in entry.downloads)
        made = entry.make([folder / download.file for download in entry.downloads]) if is_whole else {}
    except OSError as error:
        raise DataError(f"The files of {entry.title} in {folder} cannot be read.") from error
    if not is_whole:
        raise DataError(f"A file of {entry.title} in {folder} is damaged: fetch {entry.title} again.")
    return Dataset(
        name=entry.name,
        title=entry.title,
        kind=entry.kind,
        first_latent_dim=entry.first_latent_dim,
        lesson=entry.lesson,
        licence=entry.licence,
        **made,
    )


class _Told:
    """Tells the share of all files that has arrived: from 0, never backwards, in steps that can be seen."""

    def __init__(self, n_bytes: int, progress: Progress) -> None:
        self.n_bytes, self.progress = n_bytes, progress
        self.before = self.current = 0  # bytes of finished files, and of this one
        self.last = 0.0
        progress(0.0)

    def received(self, n_bytes: int) -> None:
        self.current += n_bytes
        share = min((self.before + self.current) / self.n_bytes, 1.0)
        if share >= self.last + PROGRESS_STEP:
            self.last = share
            self.progress(share)

    def finished(self, n_bytes: int) -> None:
        """A file is there; it counts with its published size, also where it was there before."""
        self.before, self.current = self.before + n_bytes, 0


def _mnist(paths: Sequence[Path]) -> Made:
    with np.load(paths[0], allow_pickle=False) as stored:
        return _images(stored["x_train"], stored["y_train"], DIGITS, "digit")


def _fashion(paths: Sequence[Path]) -> Made:
    return _images(_idx(paths[0]), _idx(paths[1]), GARMENTS, "garment")


def _kmnist(paths: Sequence[Path]) -> Made:
    return _images(_idx(paths[0]), _idx(paths[1]), CHARACTERS, "character")


def _olivetti(paths: Sequence[Path]) -> Made:
    """The faces as scikit-learn's `fetch_olivetti_faces` gives them: darkest 0, brightest 1, ten of each person."""
    from scipy.io import loadmat

    columns = loadmat(paths[0], variable_names=["faces"])["faces"]  # (n_features, n_samples): one face per column
    faces = columns.T.astype(np.float32)
    faces = (faces - faces.min()) / np.ptp(faces)
    side = round(faces.shape[1] ** 0.5)
    upright = faces.reshape(-1, side, side).transpose(0, 2, 1)  # written column by column
    person = np.arange(len(upright)) // FACES_PER_PERSON
    names = [f"person {number}" for number in range(1, int(person[-1]) + 2)]
    return _images(upright, person, names, "person", value_range=(0.0, 1.0))


def _images(
    images: NDArray[Any],
    labels: NDArray[Any],
    names: Sequence[str],
    label_name: str,
    value_range: tuple[float, float] = (0.0, 255.0),
) -> Made:
    """Images (n, height, width) in a shuffled order, with the names that the labels (n,) count."""
    n_samples, height, width = images.shape
    order = np.random.default_rng(0).permutation(n_samples)
    return {
        "x": images[order].reshape(n_samples, height * width).astype(np.float32),
        "feature_names": pixel_names(height, width),
        "image_shape": (height, width),
        "value_range": value_range,
        "labels": np.array(names)[labels[order]],
        "label_name": label_name,
    }


def _idx(path: Path) -> NDArray[np.uint8]:
    """The array in a gzipped IDX file of bytes: 0, 0, 8, the number of dimensions, each as 4 bytes, then the values."""
    with gzip.open(path) as stream:
        content = stream.read()
    n_dims = content[3]
    shape = np.frombuffer(content, ">u4", count=n_dims, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * n_dims).reshape(shape.tolist())


FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
KMNIST = "http://codh.rois.ac.jp/kmnist/dataset/kmnist"
IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"

ONLINE: dict[str, Online] = {
    entry.name: entry
    for entry in (
        Online(
            name="mnist60k",
            title="MNIST 60,000",
            downloads=(
                Download(
                    "mnist.npz",
                    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
                    11_490_434,
                    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
                ),
            ),
            source="Google, as Keras fetches it (storage.googleapis.com)",
            licence="MNIST, Y. LeCun, C. Cortes and C. J. C. Burges; CC BY-SA 3.0.",
            lesson="All 60,000 training digits, on which most of the numbers printed for autoencoders were measured.",
            kind="images",
            n_samples=60_000,
            n_features=784,
            first_latent_dim=2,
            make=_mnist,
        ),
        Online(
            name="fashion_mnist",
            title="Fashion-MNIST 10,000",
            downloads=(
                Download(
                    f"fashion-{IMAGES}",
                    f"{FASHION}/{IMAGES}",
                    4_422_102,
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                ),
                Download(
                    f"fashion-{LABELS}",
                    f"{FASHION}/{LABELS}",
                    5_148,
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                ),
            ),
            source="Zalando Research (fashion-mnist.s3-website.eu-central-1.amazonaws.com)",
            licence="Fashion-MNIST, H. Xiao, K. Rasul and R. Vollgraf (2017), Zalando SE; MIT.",
            lesson="Garments in the format of MNIST: watch whether outlines and patterns pass the same bottleneck.",
            kind="images",
            n_samples=10_000,
            n_features=784,
            first_latent_dim=2,
            make=_fashion,
        ),
        Online(
            name="kmnist",
            title="Kuzushiji-MNIST 10,000",
            downloads=(
                Download(
                    f"kmnist-{IMAGES}",
                    f"{KMNIST}/{IMAGES}",
                    3_041_136,
                    "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                ),
                Download(
                    f"kmnist-{LABELS}",
                    f"{KMNIST}/{LABELS}",
                    5_120,
                    "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
                ),
            ),
            source="ROIS-DS Center for Open Data in the Humanities (codh.rois.ac.jp)",
            licence="KMNIST dataset, created by CODH, adapted from the Kuzushiji dataset of NIJL and others, "
            "doi:10.20676/00000341; CC BY-SA 4.0.",
            lesson="Ten characters of old cursive Japanese, some of them written in several quite different ways.",
            kind="images",
            n_samples=10_000,
            n_features=784,
            first_latent_dim=2,
            make=_kmnist,
        ),
        Online(
            name="olivetti",
            title="Olivetti faces",
            downloads=(
                Download(
                    "olivettifaces.mat",
                    "https://ndownloader.figshare.com/files/5976027",
                    4_260_000,
                    "b612fb967f2dc77c9c62d3e1266e0c73d5fca46a4b8906c18e454d41af987794",
                ),
            ),
            source="figshare, as scikit-learn fetches it (ndownloader.figshare.com)",
            licence="Olivetti faces, AT&T Laboratories Cambridge (1992 to 1994), by way of S. Roweis; "
            "no licence is stated, credit to AT&T Laboratories Cambridge is asked for.",
            lesson="Eigenfaces, with ten times as many pixels as faces: a network can learn all of them by heart.",
            kind="images",
            n_samples=400,
            n_features=4096,
            first_latent_dim=8,
            make=_olivetti,
        ),
    )
}
