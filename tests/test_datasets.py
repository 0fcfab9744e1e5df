"""The real sets, and where they are looked for."""

import functools
import gzip
import hashlib
import os
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from protocols.datasets import NAMES, auslan, catalogue, cifar, load, mnist, nmnist
from protocols.npz import read_npz
from tests.datasets_made import (
    complaint, official_batch, write_cifar_batches, write_idx, write_mnist,
)

# ---- the real sets ------------------------------------------------------------------------


def real(name):
    root = os.environ.get("SNN_DATA")
    if not root or not os.path.isdir(os.path.join(root, name)):
        pytest.skip(f"SNN_DATA names no folder with {name}")
    return load(name)


def md5(array):
    return hashlib.md5(array.astype(np.uint8).tobytes()).hexdigest()


def test_digits_has_the_documented_fixed_split():
    a = load()
    b = load("digits")
    assert a.x_train.shape == (1437, 8, 8) and a.x_test.shape == (360, 8, 8)
    assert a.image_shape == (8, 8) and a.n_classes == 10 and a.kind == "images"
    assert a.x_train.dtype == np.uint8 and a.y_train.dtype == np.int64
    assert a.x_train.max() == 255 and a.x_train.min() == 0
    assert np.array_equal(a.x_test, b.x_test)
    assert set(np.bincount(a.y_test)) <= {35, 36, 37}
    # Of this library version; an upgrade which moves the split must be noticed.
    assert md5(a.x_test) == "adb90ef5c9dfdae5a69b9cb376154251"


@pytest.mark.parametrize(
    "name, first, pixels, labels",
    [
        (
            "mnist",
            [5, 0, 4, 1, 9],
            "2646ac647ad5339dbf082846283269ea",
            "a25bea736e30d166cdddb491f175f624",
        ),
        (
            "fashion-mnist",
            [9, 0, 0, 3, 0],
            "8181f5470baa50b63fa0f6fddb340f0a",
            "9018921c3c673c538a1fc5bad174d6f9",
        ),
    ],
)
def test_idx_sets_are_the_published_ones(name, first, pixels, labels):
    d = real(name)
    assert d.x_train.shape == (60000, 28, 28) and d.x_test.shape == (10000, 28, 28)
    assert d.y_train[:5].tolist() == first and d.n_classes == 10
    header = bytes((0, 0, 8, 3)) + np.array(d.x_test.shape, ">u4").tobytes()
    assert hashlib.md5(header + d.x_test.tobytes()).hexdigest() == pixels
    header = bytes((0, 0, 8, 1)) + np.array([60000], ">u4").tobytes()
    content = header + d.y_train.astype(np.uint8).tobytes()
    assert hashlib.md5(content).hexdigest() == labels


def test_cifar_10():
    d = real("cifar-10")
    assert d.x_train.shape == (50000, 32, 32, 3) and d.x_test.shape == (10000, 32, 32, 3)
    assert d.y_train[:5].tolist() == [6, 9, 9, 4, 1] and d.class_names[6] == "frog"
    path = Path(os.environ["SNN_DATA"], "cifar-10", "test_batch.npz")
    if not path.exists():
        pytest.skip("the set lies there in another layout")
    # The published batch, written anew from what is here, and read back.
    files = read_npz(path, ("filenames",))["filenames"]
    content = official_batch(d.x_test, d.y_test, files, b"testing batch 1 of 1")
    assert hashlib.md5(content).hexdigest() == "40351d587109b95175f43aff81a1287e"
    images, labels = cifar.decode_pickle(content, "test_batch")
    assert np.array_equal(images, d.x_test) and np.array_equal(labels, d.y_test)


def test_n_mnist():
    d = real("n-mnist")
    assert d.kind == "events" and d.image_shape == (34, 34) and d.n_classes == 10
    assert d.y_train[:5].tolist() == [5, 0, 4, 1, 9] and len(d.x_train) == len(d.y_train)
    assert len(d.x_train[1]) == 5028 and d.x_train[1][0].tolist() == (937, 10, 30, 1)
    assert all((np.diff(events["t"]) >= 0).all() for events in d.x_test)


def test_auslan():
    d = real("auslan")
    assert d.kind == "series" and d.n_classes == 95 and "his_hers" in d.class_names
    assert set(np.bincount(d.y_train)) == {18} and set(np.bincount(d.y_test)) == {9}
    frames = [len(series) for series in d.x_train + d.x_test]
    assert max(frames) == 136 and round(np.mean(frames), 2) == 57.29
    assert {series.shape[1] for series in d.x_train} == {22}
    complaint(lambda: d.image_shape, "series")


def test_pedestrian():
    d = real("pedestrian")
    assert d.x_train.shape == (1509, 28, 28) and d.x_test.shape == (631, 28, 28)
    assert np.bincount(d.y_train).tolist() == [754, 755] and d.class_names[1] == "pedestrian"


# ---- where sets are looked for ------------------------------------------------------------


def test_unknown_names_get_a_suggestion():
    complaint(lambda: load("fashion_mnist"), "did you mean fashion-mnist?", *NAMES)
    complaint(lambda: load("MNIST"), "did you mean mnist?")
    complaint(lambda: load("no/such/folder"), "no/such/folder")
    complaint(lambda: load(""), "digits")


def test_missing_sets_tell_what_to_do(data, monkeypatch):
    for name, source in (("n-mnist", nmnist), ("auslan", auslan)):
        complaint(lambda name=name: load(name), "SNN_DATA", f"{name}/", source.ORIGIN)
    complaint(lambda: load("pedestrian"), "pedestrian_28x28.npz", "Daimler")
    (data / "mnist").mkdir()
    complaint(lambda: load("mnist"), data / "mnist", "train-images-idx3-ubyte.gz", "https://")
    monkeypatch.setenv("SNN_DATA", str(data / "gone"))
    complaint(lambda: load("mnist"), data / "gone", "SNN_DATA")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder and the address that serves it on this machine."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def mirror(server, data, monkeypatch):
    """A mirror of MNIST, the second of two; the first serves nothing."""
    folder, address = server
    write_mnist(folder)
    sha256 = tuple(
        hashlib.sha256((folder / f"{file}.gz").read_bytes()).hexdigest() for file in mnist.FILES
    )
    small = mnist.IdxSet("mnist", tuple("0123456789"), (f"{address}none/", address), sha256)
    source = catalogue.Source(small.read, small.files, small.origin, small.download)
    monkeypatch.setitem(catalogue.SOURCES, "mnist", source)
    return folder


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_downloads_are_checked_and_kept(mirror, tmp_path):
    assert load("mnist").y_train[:3].tolist() == [0, 1, 2]
    for path in mirror.iterdir():
        path.unlink()
    assert load("mnist").x_test.shape == (10, 4, 4)


def forbid_decoders(monkeypatch):
    """Let nothing unpack or read a file, as where one comes that is not the published one."""
    def refuse(*args, **kwargs):
        raise AssertionError("a download was unpacked before its hash was checked")

    for decoder in ("gzip.open", "gzip.decompress", "tarfile.open", "zipfile.ZipFile",
                    "pickle.loads", "pickle.Unpickler"):
        monkeypatch.setattr(decoder, refuse)


@pytest.mark.parametrize("damage", ["other", "truncated", "packed anew"])
def test_bad_downloads_are_deleted_unread(mirror, tmp_path, monkeypatch, damage):
    path = mirror / "t10k-labels-idx1-ubyte.gz"
    if damage == "other":
        write_idx(path, np.zeros(10, np.uint8))
    elif damage == "packed anew":
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
    else:
        path.write_bytes(path.read_bytes()[:-9])
    forbid_decoders(monkeypatch)
    complaint(lambda: load("mnist"), path.name, "404", "not the published file", "SNN_DATA")
    kept = sorted(file.name for file in (tmp_path / "cache").rglob("*") if file.is_file())
    assert len(kept) == 3 and path.name not in kept


def test_cifar_downloads_are_checked_unread(server, data, tmp_path, monkeypatch):
    folder, address = server
    archive = write_cifar_batches(tmp_path / "made")
    archive.rename(folder / cifar.ARCHIVE)
    monkeypatch.setattr(cifar, "ORIGIN", f"{address}{cifar.ARCHIVE}")
    with monkeypatch.context() as patch:
        forbid_decoders(patch)
        complaint(lambda: load("cifar-10"), cifar.ARCHIVE, "not the published file", "SNN_DATA")
    assert not list((tmp_path / "cache").rglob("*.gz"))
    content = (folder / cifar.ARCHIVE).read_bytes()
    monkeypatch.setattr(cifar, "SHA256", hashlib.sha256(content).hexdigest())
    assert load("cifar-10").x_train.shape == (15, 32, 32, 3)
