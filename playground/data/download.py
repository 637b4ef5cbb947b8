"""Files from elsewhere: each one whole and with the SHA-256 that is known of it, or a sentence that says why not.

pooch keeps the folder: what arrives goes into a temporary file there, is hashed, and only then gets its name, so that a
failure leaves nothing behind and two downloads at once do not disturb each other. The transfer itself is here, since
pooch's own counts chunks instead of bytes, waits as long as one byte comes now and then, and has no upper limit.

Settings from the environment:

* `PLAYGROUND_CACHE`: the folder of the files; otherwise the system's folder for caches.
* `PLAYGROUND_MIRROR`: a web address below which the files are looked for by `Download.file` instead of at their own
  addresses, for a school without access to them. A web server over the cache folder of a computer that has fetched
  them is such a mirror.

Nothing is imported or opened before a file is asked for.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING

from playground.errors import DataError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0  # of silence, before the answer begins or within it
PATIENCE_SECONDS = 30.0  # before slowness counts
LEAST_BYTES_PER_SECOND = 10_000
SLACK = 1.25  # a file is given up when it is this much longer than said: a server that never ends fills no disk
CHUNK = 2**16

Received = Callable[[int], None]


@dataclass(frozen=True)
class Download:
    """A file that can be fetched.

    Attributes:
        file: its name in the cache folder and on a mirror; no two are alike.
        url: where it is.
        n_bytes: its size, as published (rounded for Olivetti); the hash decides whether it is the right file.
        sha256: its hash, as 64 hex digits.
    """

    file: str
    url: str
    n_bytes: int
    sha256: str

    @property
    def address(self) -> str:
        """Where it is looked for: `url`, or the same file on the mirror.

        Raises:
            DataError: `PLAYGROUND_MIRROR` is no web address.
        """
        mirror = os.environ.get("PLAYGROUND_MIRROR")
        if not mirror:
            return self.url
        if not mirror.lower().startswith(("http://", "https://")):
            raise DataError(f"PLAYGROUND_MIRROR={mirror} must be a web address that begins with http:// or https://.")
        return f"{mirror.rstrip('/')}/{self.file}"

    @property
    def path(self) -> Path:
        """Where it is once it has been fetched."""
        return cache_folder() / self.file

    def is_here(self) -> bool:
        """Whether it has been fetched, told by its name and its size; `is_whole` reads it."""
        try:
            return self.n_bytes / SLACK <= self.path.stat().st_size <= self.n_bytes * SLACK
        except OSError:
            return False

    def is_whole(self) -> bool:
        """Whether the fetched file has the known hash."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == self.sha256


def cache_folder() -> Path:
    """The folder of all fetched files; it need not exist."""
    if given := os.environ.get("PLAYGROUND_CACHE"):
        return Path(given).expanduser()
    import pooch  # type: ignore[import-untyped, unused-ignore]

    return Path(pooch.os_cache("autoencoder-playground"))


def retrieve(download: Download, apology: str, received: Received) -> None:
    """Fetches a file unless it is here already.

    Args:
        download: the file.
        apology: what the sentence begins with when it does not work: "Could not download MNIST (11.5 MB)".
        received: called with the number of bytes of every piece that has arrived.

    Raises:
        DataError: no connection, no such file, the wrong file, or no place to put it. Nothing of it is kept.
    """
    import pooch  # type: ignore[import-untyped, unused-ignore]
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    pooch.get_logger().setLevel(logging.CRITICAL)  # it would print
    address, folder = download.address, cache_folder()
    transfer = _Transfer(address, download.n_bytes, apology, received)
    try:
        pooch.retrieve(address, f"sha256:{download.sha256}", download.file, folder, downloader=transfer)
    except (RequestException, HTTPError) as error:
        raise DataError(f"{apology}: {_reason(error, transfer.host)}") from error
    except ValueError as error:
        raise DataError(transfer.unexpected("checksum differs")) from error
    except OSError as error:
        raise DataError(f"{apology}: {_disk(error, folder)}.") from error


@dataclass
class _Transfer:
    """Brings one answer of a server into one file; what pooch calls a downloader."""

    address: str
    n_bytes: int
    apology: str
    received: Received
    beginning: bytes = b""

    @property
    def host(self) -> str:
        return self.address.partition("://")[2].partition("/")[0].rpartition("@")[2]

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        import requests

        # The bytes as they are: a packed file that a server calls packed must not be unpacked on the way.
        wait, headers = (CONNECT_SECONDS, READ_SECONDS), {"Accept-Encoding": "identity"}
        with requests.get(url, stream=True, timeout=wait, headers=headers) as answer:
            answer.raise_for_status()
            with open(output_file, "wb") as stream:
                self._copy(answer.raw, stream)
        os.chmod(output_file, 0o644)  # a temporary file is for one user; the cache may be for a whole class

    def _copy(self, answer: BaseHTTPResponse, stream: IO[bytes]) -> None:
        started, n_bytes = time.monotonic(), 0
        while piece := answer.read1(CHUNK, decode_content=False):
            n_bytes += len(piece)
            self.beginning = self.beginning or piece[:64]
            if n_bytes > self.n_bytes * SLACK:
                raise DataError(self.unexpected(f"it is longer than {self.n_bytes:,} bytes"))
            if time.monotonic() - started > PATIENCE_SECONDS + n_bytes / LEAST_BYTES_PER_SECOND:
                slow = f"{self.host} sends less than {LEAST_BYTES_PER_SECOND / 1000:g} kB a second"
                raise DataError(f"{self.apology}: {slow}. Try again later.")
            stream.write(piece)
            self.received(len(piece))

    def unexpected(self, why: str) -> str:
        """The sentence on a file that is not the one that was asked for."""
        page = " It looks like a web page: does this network ask for a login first?"
        is_page = self.beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        told = f"The downloaded file is not the expected one ({why}). Nothing was kept."
        return f"{self.apology}. {told}{page if is_page else ''}"


def _reason(error: Exception, host: str) -> str:
    """Why the server gave no file, and what works all the same."""
    reason = _what_happened(error, host)
    one = "one" if reason.startswith("no connection") else "a connection"
    return f"{reason}. The built-in data sets work without {one}."


def _what_happened(error: Exception, host: str) -> str:
    from requests import exceptions
    from urllib3.exceptions import HTTPError as BodyError
    from urllib3.exceptions import ProtocolError, ReadTimeoutError

    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"{host} answered {_status(error.response.status_code)}"
    if isinstance(error, exceptions.ReadTimeout):
        return f"the server did not answer within {READ_SECONDS:g} s ({host})"
    if isinstance(error, ReadTimeoutError):
        return f"the server sent nothing more for {READ_SECONDS:g} s ({host})"
    if isinstance(error, exceptions.SSLError):
        return f"the certificate of {host} is not trusted; some networks look into every connection"
    if isinstance(error, exceptions.ProxyError):
        return f"the proxy on the way to {host} does not work"
    if isinstance(error, BodyError) or any(isinstance(cause, ProtocolError) for cause in error.args):
        return f"the connection to {host} broke off"
    if isinstance(error, exceptions.ConnectionError):
        return f"no connection to {host}"
    return f"{host} cannot be asked for it ({type(error).__name__})"


def _status(code: int) -> str:
    """The number with its words: "404 (Not Found)"."""
    return f"{code} ({HTTPStatus(code).phrase})" if code in set(HTTPStatus) else str(code)


def _disk(error: OSError, folder: Path) -> str:
    """Why nothing could be written, without a full stop."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"there is no room left on the disk of {folder}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) or isinstance(error, PermissionError):
        return f"{folder} cannot be written to; PLAYGROUND_CACHE can name another folder"
    return f"{folder} cannot be used as the folder for it ({error.strerror or type(error).__name__})"
