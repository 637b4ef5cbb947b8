"""Data sets from elsewhere, fetched from a server on this machine that behaves well and in every bad way."""

import dataclasses
import errno
import gzip
import hashlib
import io
import logging
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from playground.analysis.errors import sample_errors
from playground.data import Dataset, download, online
from playground.data.download import Download
from playground.data.online import ONLINE, cache_folder, fetch, is_here, load_online
from playground.errors import DataError
from playground.models.mean import Mean

ROOT = Path(__file__).resolve().parents[2]
MNIST = ROOT.parent / "shared" / "data" / "mnist.npz"
NAMES = ("mnist60k", "fashion_mnist", "kmnist", "olivetti")
N_SMALL = 40
LOGIN_PAGE = b"\n<!DOCTYPE html><title>Welcome to our Wi-Fi</title><form>Your room number</form>"
SHORTENED = {  # waits, in the tests of a server that lets one wait
    "hangs half way": {"READ_SECONDS": 0.3},
    "nothing": {"READ_SECONDS": 0.3},
    "drips": {"PATIENCE_SECONDS": 0.2},
}
GOOD = ("plain", "chunked", "moved", "called packed")


class Server(ThreadingHTTPServer):
    """Serves `files` by their paths, in the manner that `manner` names, and counts what it is asked for."""

    daemon_threads = False  # closing it waits for every answer

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.manner, self.asked, self.n_sent = {}, "plain", [], 0
        self.over = threading.Event()  # what an answer that hangs waits for
        self.meeting = threading.Barrier(2, timeout=20)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that has hung up is what several tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Tests print nothing."""

    def do_GET(self):
        self.close_connection = True
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path.removeprefix("/elsewhere"), b"")
        getattr(self, "answer_" + self.server.manner.replace(" ", "_"))(content)

    def begin(self, status=200, length=None, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def send(self, content):
        self.wfile.write(content)
        self.server.n_sent += len(content)

    def answer_plain(self, content):
        self.begin(length=len(content))
        self.send(content)

    def answer_both_at_once(self, content):
        self.server.meeting.wait()
        self.answer_plain(content)

    def answer_chunked(self, content):
        """In many small pieces, and the length is not said."""
        self.begin(Transfer_Encoding="chunked")
        for start in range(0, len(content), 100):
            piece = content[start : start + 100]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def answer_moved(self, content):
        if self.path.startswith("/elsewhere"):
            self.answer_plain(content)
        else:
            self.begin(302, length=0, Location="/elsewhere" + self.path)

    def answer_called_packed(self, content):
        """As Apache says of every .gz: to be unpacked on arrival."""
        self.begin(length=len(content), Content_Encoding="gzip")
        self.send(content)

    def answer_404(self, content):
        self.begin(404, length=9)
        self.send(b"not found")

    def answer_500(self, content):
        self.begin(500, length=0)

    def answer_599(self, content):
        self.begin(599, length=0)

    def answer_short(self, content):
        self.begin(length=len(content))
        self.send(content[: len(content) // 2])

    def answer_short_without_a_length(self, content):
        self.begin()
        self.send(content[: len(content) // 2])

    def answer_login_page(self, content):
        self.begin(length=len(LOGIN_PAGE), Content_Type="text/html")
        self.send(LOGIN_PAGE)

    def answer_long_login_page(self, content):
        self.begin(length=20 * len(content), Content_Type="text/html")
        self.send(LOGIN_PAGE.ljust(20 * len(content)))

    def answer_another_file(self, content):
        self.answer_plain(content[:-1] + bytes([content[-1] ^ 1]))

    def answer_for_ever(self, content):
        self.begin()
        for _ in range(100_000):  # 6 GB, if nobody hangs up
            self.send(bytes(2**16))

    def answer_hangs_half_way(self, content):
        self.begin(length=len(content))
        self.send(content[: len(content) // 2])
        self.server.over.wait(20)

    def answer_drips(self, content):
        self.begin(length=len(content))
        for byte in content:
            self.send(bytes([byte]))
            if self.server.over.wait(0.02):
                return

    def answer_hangs_up(self, content):
        """Closes the connection without a word."""

    def answer_nothing(self, content):
        self.server.over.wait(20)

    def answer_round_and_round(self, content):
        self.begin(302, length=0, Location=self.path)


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty folder that does not exist yet; no proxy and no mirror from the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "PLAYGROUND_MIRROR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    folder = tmp_path / "cache"
    monkeypatch.setenv("PLAYGROUND_CACHE", str(folder))
    yield folder
    online._load.cache_clear()


def idx(array):
    """A gzipped IDX file of bytes."""
    head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(head + array.tobytes(), mtime=0)


def npz(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def mat(**arrays):
    stream = io.BytesIO()
    savemat(stream, arrays)
    return stream.getvalue()


def raw_images(side=28, n_samples=N_SMALL):
    """Noise, and in the first pixels of sample i the number i, which tells where a sample has come to stand."""
    images = np.random.default_rng(7).integers(1, 255, (n_samples, side, side), np.uint8)
    images[:, 0, 0] = np.arange(n_samples)
    images[0, 1, 1], images[1, 1, 1] = 0, 255
    return images


def raw_labels():
    return (np.arange(N_SMALL) % 10).astype(np.uint8)


def contents(name):
    """The files of a small data set in the shape of the real one, in the order of its downloads."""
    images, labels = raw_images(), raw_labels()
    if name == "mnist60k":
        return [npz(x_train=images, y_train=labels, x_test=images[:5], y_test=labels[:5])]
    if name == "olivetti":
        faces = raw_images(side=64).transpose(0, 2, 1).reshape(N_SMALL, -1).T  # one face per column, written downwards
        return [mat(faces=faces, p=np.full((1, 40), 0.25))]
    return [idx(images), idx(labels)]


def small(name, address):
    """The registry's entry with other files: small ones below this address, with their sizes and hashes."""
    downloads = tuple(
        Download(real.file, f"{address}/{real.file}", len(content), hashlib.sha256(content).hexdigest())
        for real, content in zip(ONLINE[name].downloads, contents(name), strict=True)
    )
    return dataclasses.replace(ONLINE[name], downloads=downloads, n_samples=N_SMALL)


@pytest.fixture
def served(server, monkeypatch):
    """The server, with the files of small data sets that have taken the real ones' places in the registry."""
    for name in NAMES:
        entry = small(name, server.address)
        monkeypatch.setitem(ONLINE, name, entry)
        for real, content in zip(entry.downloads, contents(name), strict=True):
            server.files[f"/{real.file}"] = content
    return server


def left_in(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def told(name):
    """What `fetch` tells of its progress."""
    shares = []
    fetch(name, shares.append)
    return shares


# What there is


def test_the_registry_holds_the_four_and_names_them():
    assert tuple(ONLINE) == NAMES
    assert [entry.name for entry in ONLINE.values()] == list(NAMES)
    assert [entry.n_samples for entry in ONLINE.values()] == [60_000, 10_000, 10_000, 400]


@pytest.mark.parametrize("entry", ONLINE.values(), ids=list(ONLINE))
def test_every_entry_says_what_a_visitor_wants_to_know_before_a_click(entry):
    assert entry.lesson.endswith(".")
    assert len(entry.lesson.split()) >= 6
    assert entry.licence.endswith(".")
    assert not entry.source.endswith(".")
    hosts = {item.url.split("/")[2] for item in entry.downloads}
    assert all(host in entry.source for host in hosts)
    assert 1 <= entry.first_latent_dim < entry.n_features
    assert entry.n_bytes == sum(item.n_bytes for item in entry.downloads)
    assert entry.size == f"{entry.n_bytes / 1e6:.1f} MB"


def test_addresses_sizes_and_hashes_are_those_of_the_published_registries():
    """TensorFlow Datasets' checksums, Keras' and scikit-learn's, as they stand in the project's notes on data."""
    aws = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
    rois = "http://codh.rois.ac.jp/kmnist/dataset/kmnist"
    expected = {
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz": (
            11_490_434,
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        ),
        f"{aws}/t10k-images-idx3-ubyte.gz": (
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        f"{aws}/t10k-labels-idx1-ubyte.gz": (
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
        f"{rois}/t10k-images-idx3-ubyte.gz": (
            3_041_136,
            "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        ),
        f"{rois}/t10k-labels-idx1-ubyte.gz": (
            5_120,
            "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        ),
        "https://ndownloader.figshare.com/files/5976027": (
            4_260_000,
            "b612fb967f2dc77c9c62d3e1266e0c73d5fca46a4b8906c18e454d41af987794",
        ),
    }
    listed = [item for entry in ONLINE.values() for item in entry.downloads]
    assert {item.url: (item.n_bytes, item.sha256) for item in listed} == expected
    assert len({item.file for item in listed}) == len(listed)  # they share a folder


def test_the_hash_of_the_faces_is_the_one_that_scikit_learn_expects():
    from sklearn.datasets import _olivetti_faces

    (faces,) = ONLINE["olivetti"].downloads
    assert (faces.url, faces.sha256) == (_olivetti_faces.FACES.url, _olivetti_faces.FACES.checksum)


def test_importing_it_and_asking_what_is_here_needs_neither_pooch_nor_a_network(cache):
    code = (
        "import sys\n"
        "sys.modules['pooch'] = sys.modules['requests'] = None\n"
        "sys.addaudithook(lambda event, _: sys.exit(event) if event.startswith('socket.') else None)\n"
        "from playground.data.online import ONLINE, is_here\n"
        "assert not any(is_here(name) for name in ONLINE)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)
    assert not cache.exists()


def test_without_a_setting_files_go_where_the_system_keeps_caches(monkeypatch, tmp_path):
    monkeypatch.delenv("PLAYGROUND_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder().name == "autoencoder-playground"
    assert not cache_folder().exists()
    monkeypatch.setenv("PLAYGROUND_CACHE", "~/somewhere")
    assert cache_folder() == Path.home() / "somewhere"


# A server that answers well


@pytest.mark.parametrize("name", NAMES)
def test_what_was_fetched_is_here_and_makes_a_data_set(served, cache, name):
    assert not is_here(name)
    fetch(name)
    assert is_here(name)
    assert left_in(cache) == sorted(item.file for item in ONLINE[name].downloads)
    dataset, entry = load_online(name), ONLINE[name]
    assert isinstance(dataset, Dataset)
    assert dataset.x.dtype == np.float32
    assert dataset.x.shape == (entry.n_samples, entry.n_features)
    assert (float(dataset.x.min()), float(dataset.x.max())) == dataset.value_range
    assert (dataset.name, dataset.title, dataset.kind) == (entry.name, entry.title, "images")
    assert (dataset.lesson, dataset.licence) == (entry.lesson, entry.licence)
    assert dataset.first_latent_dim == entry.first_latent_dim
    height, width = dataset.image_shape
    assert dataset.feature_names[0] == "pixel 0,0"
    assert dataset.feature_names[width] == "pixel 1,0"
    assert dataset.feature_names[-1] == f"pixel {height - 1},{width - 1}"
    assert load_online(name) is dataset  # made once


@pytest.mark.parametrize(
    ("name", "label_name", "of_zero", "of_nine"),
    [
        ("mnist60k", "digit", "0", "9"),
        ("fashion_mnist", "garment", "T-shirt/top", "ankle boot"),
        ("kmnist", "character", "o", "wo"),
        ("olivetti", "person", "person 1", "person 1"),
    ],
)
def test_samples_are_shuffled_and_keep_their_pixels_and_labels(served, name, label_name, of_zero, of_nine):
    fetch(name)
    dataset = load_online(name)
    order = np.random.default_rng(0).permutation(N_SMALL)
    side = dataset.image_shape[0]
    expected = raw_images(side)[order]
    low, high = dataset.value_range
    np.testing.assert_allclose(dataset.as_images(dataset.x), low + (high - low) * expected / 255.0, rtol=1e-6)
    assert dataset.label_name == label_name
    place = order.tolist().index
    assert dataset.labels[place(0)] == of_zero
    assert dataset.labels[place(9)] == of_nine
    assert len(set(dataset.labels.tolist())) == (N_SMALL // 10 if name == "olivetti" else 10)


def test_faces_are_those_that_scikit_learn_gives(served, cache, tmp_path, monkeypatch):
    """Its loader is pointed at our small file; it hangs everything on 400 faces, so ours are repeated."""
    import scipy.io
    from sklearn.datasets import _olivetti_faces

    fetch("olivetti")
    path = cache / "olivettifaces.mat"
    faces = np.tile(scipy.io.loadmat(path)["faces"], 10)
    many = tmp_path / "many.mat"
    scipy.io.savemat(many, {"faces": faces})
    monkeypatch.setattr(_olivetti_faces, "_fetch_remote", lambda *args, **kwargs: str(many))
    theirs = _olivetti_faces.fetch_olivetti_faces(data_home=str(tmp_path / "theirs"))
    savemat(path, {"faces": faces})
    made = ONLINE["olivetti"].make([path])
    order = np.random.default_rng(0).permutation(400)
    np.testing.assert_array_equal(made["x"], theirs.data[order])
    assert made["labels"].tolist() == [f"person {number + 1}" for number in theirs.target[order]]


@pytest.mark.parametrize("manner", GOOD)
@pytest.mark.parametrize("name", ["fashion_mnist", "mnist60k"])
def test_a_file_arrives_in_whatever_way_a_server_sends_it(served, cache, name, manner):
    served.manner = manner
    fetch(name)
    for item, content in zip(ONLINE[name].downloads, contents(name), strict=True):
        assert (cache / item.file).read_bytes() == content


def test_what_is_here_is_not_asked_for_again(served):
    fetch("kmnist")
    n_asked = len(served.asked)
    assert n_asked == 2
    assert told("kmnist") == [0.0, 1.0]
    load_online("kmnist")
    assert len(served.asked) == n_asked


@pytest.mark.parametrize("name", NAMES)
def test_progress_grows_from_nothing_to_everything_over_all_files(served, name):
    shares = told(name)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_progress_is_told_in_steps_that_can_be_seen(served):
    """Hundreds of small pieces arrive; a progress bar is not drawn for each."""
    served.manner = "chunked"
    shares = told("olivetti")
    assert len(served.files["/olivettifaces.mat"]) > 100_000
    assert 10 < len(shares) <= 103


def test_two_at_once_both_succeed_and_leave_one_whole_file(served, cache):
    served.manner = "both at once"
    problems = []

    def one():
        try:
            fetch("mnist60k")
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert served.asked == ["/mnist.npz", "/mnist.npz"]
    assert left_in(cache) == ["mnist.npz"]
    assert load_online("mnist60k").n_samples == N_SMALL


def test_a_mirror_is_asked_instead_and_by_the_names_in_the_cache_folder(served, monkeypatch):
    for name in NAMES:
        moved = [dataclasses.replace(item, url="http://127.0.0.1:1/no/server") for item in ONLINE[name].downloads]
        monkeypatch.setitem(ONLINE, name, dataclasses.replace(ONLINE[name], downloads=tuple(moved)))
    served.files = {f"/lessons{path}": content for path, content in served.files.items()}
    monkeypatch.setenv("PLAYGROUND_MIRROR", f"{served.address}/lessons/")
    for name in NAMES:
        fetch(name)
        assert load_online(name).n_samples == N_SMALL
    assert sorted(served.asked) == sorted(served.files)


def test_pooch_prints_nothing(served, capsys, caplog):
    with caplog.at_level(logging.DEBUG):
        fetch("kmnist")
    assert capsys.readouterr() == ("", "")


# A server that does not


@pytest.mark.parametrize(
    ("manner", "sentence"),
    [
        ("404", r"answered 404 \(Not Found\)\. The built-in data sets work without a connection\."),
        ("500", r"answered 500 \(Internal Server Error\)\. The built-in"),
        ("599", r"answered 599\. The built-in"),
        ("short", r"the connection to 127\.0\.0\.1:\d+ broke off\. The built-in"),
        ("short without a length", r"The downloaded file is not the expected one \(checksum differs\)\. Nothing was"),
        ("another file", r"The downloaded file is not the expected one \(checksum differs\)\. Nothing was kept\.$"),
        ("login page", r"\(checksum differs\)\. Nothing was kept\. It looks like a web page: does this network ask"),
        ("long login page", r"\(it is longer than [\d,]+ bytes\)\. Nothing was kept\. It looks like a web page"),
        ("for ever", r"not the expected one \(it is longer than [\d,]+ bytes\)\. Nothing was kept\.$"),
        ("hangs half way", r"the server sent nothing more for 0\.3 s"),
        ("drips", r"sends less than 10 kB a second\. Try again later\."),
        ("hangs up", r"the connection to 127\.0\.0\.1:\d+ broke off"),
        ("nothing", r"the server did not answer within 0\.3 s"),
        ("round and round", r"cannot be asked for it \(TooManyRedirects\)"),
    ],
)
def test_a_failure_says_what_happened_and_leaves_nothing(served, cache, monkeypatch, manner, sentence):
    served.manner = manner
    with monkeypatch.context() as shortened:
        for setting, seconds in SHORTENED.get(manner, {}).items():
            shortened.setattr(download, setting, seconds)
        with pytest.raises(DataError, match=sentence) as caught:
            fetch("mnist60k")
    assert str(caught.value).startswith("Could not download MNIST 60,000 (0.0 MB)")
    assert left_in(cache) == []
    assert not is_here("mnist60k")
    served.manner = "plain"
    fetch("mnist60k")  # and the next try works
    assert is_here("mnist60k")


def test_a_server_that_never_ends_is_left_early(served, cache):
    served.manner = "for ever"
    with pytest.raises(DataError):
        fetch("mnist60k")
    served.over.set()
    assert served.n_sent < 50 * 2**20  # what the system's buffers hold, and not 6 GB


def test_the_waits_are_bounded_and_the_sentence_names_them():
    assert (download.CONNECT_SECONDS, download.READ_SECONDS) == (5, 15)


def test_no_connection_says_so_and_what_works_without_one(served, cache, monkeypatch):
    with socket.socket() as taken:  # bound but not listening: refused
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("PLAYGROUND_MIRROR", f"http://{address}")
        with pytest.raises(DataError) as caught:
            fetch("fashion_mnist")
    size = ONLINE["fashion_mnist"].size
    assert str(caught.value) == (
        f"Could not download Fashion-MNIST 10,000 ({size}): no connection to {address}. "
        "The built-in data sets work without one."
    )
    assert left_in(cache) == []


def test_a_server_that_accepts_and_is_never_there_is_given_up(served, cache, monkeypatch):
    monkeypatch.setattr(download, "READ_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("PLAYGROUND_MIRROR", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(DataError, match=r"the server did not answer within 0\.3 s \(127\.0\.0\.1:\d+\)"):
            fetch("olivetti")
    assert left_in(cache) == []


def test_a_network_that_is_cut_off_is_no_connection(cache, monkeypatch):
    """Names cannot be looked up: what the real addresses give on a computer without a network."""

    def cut_off(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", cut_off)
    with pytest.raises(DataError) as caught:
        fetch("fashion_mnist")
    assert str(caught.value) == (
        "Could not download Fashion-MNIST 10,000 (4.4 MB): no connection to "
        "fashion-mnist.s3-website.eu-central-1.amazonaws.com. The built-in data sets work without one."
    )
    assert left_in(cache) == []


def test_a_server_without_a_trusted_certificate_is_named_as_that(served, cache, monkeypatch):
    """Plain words where TLS is expected."""
    monkeypatch.setenv("PLAYGROUND_MIRROR", served.address.replace("http:", "https:"))
    with pytest.raises(DataError, match=r"the certificate of 127\.0\.0\.1:\d+ is not trusted"):
        fetch("kmnist")
    assert left_in(cache) == []


def test_a_proxy_that_is_not_there_is_named_as_that(served, cache, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(DataError, match="the proxy on the way to 127"):
        fetch("kmnist")
    assert left_in(cache) == []


@pytest.mark.parametrize("mirror", ["files.example.org", "file:///etc", "ftp://example.org"])
def test_a_mirror_that_is_no_web_address_is_refused(cache, monkeypatch, mirror):
    monkeypatch.setenv("PLAYGROUND_MIRROR", mirror)
    with pytest.raises(DataError, match=f"PLAYGROUND_MIRROR={mirror} must be a web address that begins with http"):
        fetch("kmnist")


@pytest.mark.parametrize("mirror", ["http://", "http://[", "http://127.0.0.1:port"])
def test_a_mirror_that_cannot_be_an_address_is_refused(cache, monkeypatch, mirror):
    monkeypatch.setenv("PLAYGROUND_MIRROR", mirror)
    with pytest.raises(DataError, match=r"cannot be asked for it \(InvalidURL\)"):
        fetch("kmnist")


def test_a_password_of_the_mirror_is_not_shown(served, monkeypatch):
    served.manner = "404"
    monkeypatch.setenv("PLAYGROUND_MIRROR", served.address.replace("://", "://school:secret@"))
    with pytest.raises(DataError) as caught:
        fetch("kmnist")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "there is no room left on the disk of "),
        (errno.EACCES, "cannot be written to; PLAYGROUND_CACHE can name another folder"),
        (errno.EROFS, "cannot be written to; PLAYGROUND_CACHE can name another folder"),
        (errno.EIO, "cannot be used as the folder for it"),
    ],
)
def test_a_disk_that_takes_nothing_says_why_and_keeps_nothing(served, cache, monkeypatch, number, sentence):
    class FullDisk(io.BytesIO):
        def write(self, content):
            raise OSError(number, "the system's words")

    monkeypatch.setattr(download, "open", lambda *args: FullDisk(), raising=False)
    with pytest.raises(DataError, match=sentence):
        fetch("mnist60k")
    assert left_in(cache) == []


def test_a_cache_folder_that_is_a_file_says_so(served, cache):
    cache.write_text("in the way")
    with pytest.raises(DataError, match="cannot be used as the folder for it"):
        fetch("mnist60k")
    assert not is_here("mnist60k")
    assert cache.read_text() == "in the way"


def test_a_visitor_who_leaves_half_way_leaves_nothing(served, cache):
    """A page that is closed is stopped from within `progress`."""

    class PageIsClosed(BaseException):
        pass

    def progress(share):
        if share > 0:
            raise PageIsClosed

    with pytest.raises(PageIsClosed):
        fetch("mnist60k", progress)
    assert left_in(cache) == []


def test_a_file_that_arrived_whole_is_not_fetched_again_after_the_next_one_failed(served, cache):
    images, labels = (item.file for item in ONLINE["kmnist"].downloads)
    kept = served.files.pop(f"/{labels}")
    with pytest.raises(DataError, match="checksum differs"):
        fetch("kmnist")
    assert left_in(cache) == [images]
    assert not is_here("kmnist")
    served.files[f"/{labels}"] = kept
    served.asked.clear()
    fetch("kmnist")
    assert served.asked == [f"/{labels}"]
    assert load_online("kmnist").n_samples == N_SMALL


# The files afterwards


@pytest.mark.parametrize("name", NAMES)
def test_what_has_not_been_fetched_says_how_to_get_it(name):
    entry = ONLINE[name]
    sentence = (
        rf"{entry.title} is not here yet: fetch it \({entry.size}\) on the data page, or with `python -m play.*{name}`"
    )
    with pytest.raises(DataError, match=sentence):
        load_online(name)


@pytest.mark.parametrize("ask", [is_here, fetch, load_online])
def test_an_unknown_name_is_answered_with_the_known_ones(ask):
    with pytest.raises(DataError, match="There is no data set 'cifar' to download: choose one of mnist60k, fashion"):
        ask("cifar")


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_not_read_and_fetching_again_mends_it(served, cache, name):
    fetch(name)
    path = cache / ONLINE[name].downloads[0].file
    whole = path.read_bytes()
    path.write_bytes(whole[:-20] + bytes(byte ^ 1 for byte in whole[-20:]))
    with pytest.raises(DataError, match=f"A file of {ONLINE[name].title} in .* is damaged: fetch .* again"):
        load_online(name)
    fetch(name)
    assert path.read_bytes() == whole
    assert load_online(name).n_samples == N_SMALL


def test_a_file_that_was_cut_short_is_not_here(served, cache):
    fetch("mnist60k")
    path = cache / "mnist.npz"
    path.write_bytes(path.read_bytes()[:1000])
    assert not is_here("mnist60k")


def test_what_is_here_may_be_read_by_every_user_of_the_machine(served, cache):
    fetch("mnist60k")
    assert (cache / "mnist.npz").stat().st_mode & 0o444 == 0o444


def test_an_array_of_python_objects_is_never_unpickled(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=np.array([{"runs": "code"}], dtype=object), y_train=raw_labels())
    with pytest.raises(ValueError, match="allow_pickle=False"):
        ONLINE["mnist60k"].make([path])


@pytest.mark.skipif(not MNIST.exists(), reason="the real MNIST is not here")
def test_the_real_mnist_is_read_and_its_mean_image_has_the_error_that_is_printed_for_it():
    """52.90 per image of the 10,000 test images, fitted on the 60,000 of our reader; pixels divided by 255."""
    made = ONLINE["mnist60k"].make([MNIST])
    assert made["x"].shape == (60_000, 784)
    assert made["image_shape"] == (28, 28)
    digits, counts = np.unique(made["labels"], return_counts=True)
    assert dict(zip(digits.tolist(), counts.tolist(), strict=True)) == dict(
        zip("0123456789", (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949), strict=True)
    )
    with np.load(MNIST, allow_pickle=False) as stored:
        x_test = stored["x_test"].reshape(-1, 784).astype(np.float32) / 255
    mean = Mean.fit(made["x"] / 255)
    assert f"{sample_errors(x_test, mean.reconstruct(x_test)).mean():.2f}" == "52.90"
