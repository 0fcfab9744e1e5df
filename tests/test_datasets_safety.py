"""What a hostile or odd file must not do: run code, start a program, wait for ever."""

import os
import pickle
import signal
import socket

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from models.errors import SuiteError
from protocols.datasets import cifar, image_file, load
from protocols.datasets.images import FORMATS, SUFFIXES
from protocols.datasets.inert_pickle import read_inert
from protocols.files import regular_file
from protocols.npz import read_npy, read_npz
from tests.datasets_made import (
    RNG, complaint, official_batch, write_cifar_batches, write_images, write_mnist, write_npz,
)

# ---- pickles ------------------------------------------------------------------------------


class Malicious:
    """Makes a folder where it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_pickle_is_executed(data, tmp_path, protocol):
    content = pickle.dumps({b"data": Malicious(tmp_path / "executed"), b"labels": [1]}, protocol)
    write_cifar_batches(data / "cifar-10", content)
    complaint(lambda: load("cifar-10"), "data_batch_1", "not allowed")
    assert not (tmp_path / "executed").exists()


BATCH = official_batch(np.zeros((2, 32, 32, 3), np.uint8), (1, 2))

OBJECTS = (
    b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x01\x85"
    b"cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    b"\x89U\x08AAAAAAAAtb"
)
"""An array of one object that lies at the address 'AAAAAAAA': only allowed names, and whoever
unpickles it as a label dies of a segmentation fault."""

SELF = b"\x80\x02}q\x01(U\x04datah\x01U\x06labelsh\x01u."
"""A dictionary that holds itself."""


@pytest.mark.parametrize(
    "content",
    [
        SELF,
        BATCH.replace(b"K\x02M\x00\x0c\x86", b"J\xff\xff\xff\xffJ\x00\xf4\xff\xff\x86"),
        BATCH.replace(b"K\x02M\x00\x0c\x86", b"M\xff\xffM\x00\x0c\x86"),
        BATCH.replace(b"U\x02u1", b"U\x02O8"),
        BATCH.replace(b"U\x02u1", b"U\x02f8"),
        BATCH.replace(b"numpy\ndtype", b"builtins\neval"),
        BATCH.replace(b"K\x00K\x01\x87R", b"K\x00K\x01\x87b"),
        BATCH.replace(b"T\x00\x18\x00\x00", b"T\xff\xff\xff\x7f"),
        b"\x80\x02" + b"(" * 100000 + b".",
        b"\x80\x02)" + b"\x85" * 100000 + b".",
        b"\x80\x02" + b"]q\x01h\x01e.",
        b"\x80\x02K\x01K\x01\x86\x87.",
        b"\x80\x02}K\x01K\x01s.",
        b"\x80\x02h\x07.",
        b"\x80\x02q\x07.",
        b"\x80\x02u.",
        b"\x80\x02R.",
        b"\x80\x02b.",
    ],
)
def test_crafted_batches(content):
    complaint(lambda: cifar.decode_pickle(content, "batch"), "batch", "cannot read")


def test_objects_for_labels():
    content = BATCH.replace(b"(K\x01K\x02e", b"(" + OBJECTS + b"e")
    assert content != BATCH
    complaint(lambda: cifar.decode_pickle(content, "batch"), "batch", "list of integers")


def test_damaged_batches_end_in_one_line():
    """Also where a length, a name or an instruction is hit, all of which lie outside the pixels."""
    pixels = BATCH.index(b"T\x00\x18\x00\x00") + 5
    for position in [*range(pixels), *range(pixels + 6144, len(BATCH))]:
        damaged = bytearray(BATCH)
        damaged[position] ^= 1 << position % 8
        try:
            images, labels = cifar.decode_pickle(bytes(damaged), "batch")
        except SuiteError as error:
            assert "\n" not in str(error)
        else:
            assert images.shape[1:] == (32, 32, 3) and labels.dtype == np.int64


def test_calls_are_kept_as_records():
    batch = read_inert(BATCH)
    assert set(batch) == {b"batch_label", b"labels", b"data", b"filenames"}
    assert batch[b"data"].function == "numpy.core.multiarray _reconstruct"


# ---- pictures -----------------------------------------------------------------------------


EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 4 4
%%EndComments
showpage
%%EOF
"""


@pytest.fixture
def ghostscript(monkeypatch):
    """What Pillow would start for an EPS."""
    calls = []

    def record(*args, **kwargs):
        calls.append(args)
        return Image.new("RGB", (4, 4))

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", record)
    return calls


@pytest.mark.parametrize("name", ["a.png", "a.eps"])
def test_ghostscript_is_not_started(tmp_path, ghostscript, name):
    path = tmp_path / name
    path.write_bytes(EPS)
    complaint(lambda: image_file(path, (4, 4)), path, "cannot identify", "save it as PNG, JPEG")
    write_images(tmp_path / "set" / "cat")
    write_images(tmp_path / "set" / "dog")
    (tmp_path / "set" / "dog" / "5.png").write_bytes(EPS)
    complaint(lambda: load(tmp_path / "set"), "5.png", "cannot identify")
    assert not ghostscript


def test_every_format_that_is_offered_is_read(tmp_path):
    Image.init()
    offered = {suffix: Image.EXTENSION[suffix] for suffix in SUFFIXES}
    assert set(offered.values()) == set(FORMATS)
    pixels = RNG.integers(0, 256, (5, 4), dtype=np.uint8)
    for suffix, name in offered.items():
        path = tmp_path / f"a{suffix}"
        lossless = {"lossless": True} if name == "WEBP" else {}
        picture = Image.fromarray(pixels).convert("RGB" if name == "WEBP" else "L")
        picture.save(path, **lossless)
        found = image_file(path, (5, 4))
        assert name == "JPEG" or np.array_equal(found, pixels)


# ---- files that are none ------------------------------------------------------------------


@pytest.fixture
def limit():
    """End a test that waits for ever."""
    def stop(*_):
        raise TimeoutError("it waits for the writer of a pipe")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def replace_by_pipe(path):
    path.unlink()
    os.mkfifo(path)
    return path


def test_regular_file(tmp_path, monkeypatch, limit):
    path = tmp_path / "a"
    path.write_text("text")
    link = tmp_path / "link"
    link.symlink_to(path)
    assert regular_file(path) == path and regular_file(str(link)) == link
    complaint(lambda: regular_file(replace_by_pipe(path)), path, "named pipe", "path of a file")
    complaint(lambda: regular_file(link), link, "named pipe")
    complaint(lambda: regular_file(tmp_path), tmp_path, "folder")
    complaint(lambda: regular_file("/dev/zero"), "/dev/zero", "device")
    complaint(lambda: regular_file(tmp_path / "none"), "none", "no file")
    complaint(lambda: regular_file(path / "inside"), "inside", "no file")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    complaint(lambda: regular_file(loop), loop, "check the path")
    with socket.socket(socket.AF_UNIX) as listener:
        # The name of a socket may have some 100 letters only.
        monkeypatch.chdir(tmp_path)
        listener.bind("s")
        complaint(lambda: regular_file("s"), "s is a socket")


@pytest.mark.parametrize("read", [read_npz, read_npy, load])
def test_pipe_as_array(tmp_path, limit, read):
    path = tmp_path / "a.npz"
    os.mkfifo(path)
    complaint(lambda: read(path), path, "named pipe")


def test_pipe_among_images(tmp_path, limit):
    write_images(tmp_path / "cat")
    write_images(tmp_path / "dog")
    path = replace_by_pipe(tmp_path / "dog" / "3.png")
    complaint(lambda: load(tmp_path), path, "named pipe")
    complaint(lambda: image_file(path, (3, 3)), path, "named pipe")


def test_pipes_in_sets(data, limit):
    """As a file of N-MNIST, as an archive, as an idx file, as a batch."""
    for part in ("Train", "Test"):
        (data / "n-mnist" / part / "1").mkdir(parents=True)
        (data / "n-mnist" / part / "1" / "00001.bin").write_bytes(bytes(range(5)))
    assert len(load("n-mnist").x_train) == 1
    path = replace_by_pipe(data / "n-mnist" / "Test" / "1" / "00001.bin")
    complaint(lambda: load("n-mnist"), path, "named pipe")
    (data / "n-mnist" / "Test").rename(data / "away")
    for name in ("Test.tar.gz", "Test.zip"):
        path = data / "n-mnist" / name
        os.mkfifo(path)
        complaint(lambda path=path: load("n-mnist"), path, "named pipe")
        path.unlink()
    write_mnist(data / "mnist")
    for name in ("train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        path = data / "mnist" / name
        content = path.read_bytes()
        replace_by_pipe(path)
        complaint(lambda path=path: load("mnist"), path, "named pipe")
        path.unlink()
        path.write_bytes(content)
    write_cifar_batches(data / "cifar-10")
    path = replace_by_pipe(data / "cifar-10" / "cifar-10-batches-py" / "test_batch")
    complaint(lambda: load("cifar-10"), path, "named pipe")
    (data / "pedestrian").mkdir()
    path = replace_by_pipe(write_npz(data / "pedestrian" / "pedestrian_28x28.npz"))
    complaint(lambda: load("pedestrian"), path, "named pipe")
