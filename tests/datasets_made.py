"""Small data sets that the tests write, in every layout that the suite reads."""

import gzip
import struct
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from models.errors import SuiteError
from protocols.datasets import cifar, mnist

RNG = np.random.default_rng(0)


# ---- writing small sets -------------------------------------------------------------------


def write_idx(path, array):
    header = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wb") as file:
        file.write(header + array.tobytes())


def write_mnist(folder, spelling="{}.gz", n=(20, 10)):
    folder.mkdir(parents=True, exist_ok=True)
    for file, count in zip(mnist.FILES, (n[0], n[0], n[1], n[1]), strict=True):
        images = RNG.integers(0, 256, (count, 4, 4), dtype=np.uint8)
        labels = np.arange(count, dtype=np.uint8) % 10
        write_idx(folder / spelling.format(file), images if "images" in file else labels)


def write_npz(path, **changes):
    arrays = {
        "x_train": RNG.integers(0, 256, (12, 3, 3), dtype=np.uint8),
        "y_train": np.arange(12) % 2,
        "x_test": RNG.integers(0, 256, (4, 3, 3), dtype=np.uint8),
        "y_test": np.arange(4) % 2,
    }
    arrays.update(changes)
    np.savez(path, **{key: array for key, array in arrays.items() if array is not None})
    return path


def write_images(folder, n=5, size=(3, 3)):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        pixels = RNG.integers(0, 256, size, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")


def write_auslan(folder, signs=("God", "I", "yes", "you"), sessions=2, shortest=9):
    """Write a small set of signs into a folder ``auslan``; each sign bends a hand in its own way.

    A session has two training samples and one test sample of each sign.
    """
    rng = np.random.default_rng(5)
    shapes = rng.uniform(0.1, 0.9, (len(signs), 22))
    shapes[:, :3] -= 0.5
    for session in range(1, sessions + 1):
        inside = folder / "auslan" / f"tctodd{session}"
        inside.mkdir(parents=True)
        for sign, shape in zip(signs, shapes):
            for sample in (1, 2, 3):
                frames = shortest + (session + sample) % 4
                course = np.linspace(0, 1, frames)[:, None]
                readings = shape * course + rng.normal(0, 0.02, (frames, 22))
                np.savetxt(inside / f"{sign}-{sample}.tsd", readings, "%.6f")


def pack(archive, folder):
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as file:
            for path in folder.rglob("*"):
                file.write(path, path.relative_to(folder.parent))
    else:
        with tarfile.open(archive, "w:gz") as file:
            file.add(folder, folder.name)


class BatchWriter:
    """Writes a batch of CIFAR-10 byte for byte as Python 2 pickled the published ones.

    The order of the instructions, which results are kept (q, r: a number of the memo) and lists
    in parts of 1000 are those of the official files.
    """

    def __init__(self):
        self.parts = []
        self.kept = 0

    def write(self, *parts):
        self.parts += parts

    def keep(self):
        self.kept += 1
        short = self.kept < 256
        self.write(b"q" + bytes([self.kept]) if short else b"r" + struct.pack("<I", self.kept))

    def integer(self, n):
        if 0 <= n < 1 << 8:
            self.write(b"K" + bytes([n]))
        elif 0 <= n < 1 << 16:
            self.write(b"M" + struct.pack("<H", n))
        else:
            self.write(b"J" + struct.pack("<i", n))

    def string(self, text, keep=True):
        self.write(b"U" + bytes([len(text)]) + text)
        if keep:
            self.keep()

    def name(self, module, name):
        self.write(b"c" + module + b"\n" + name + b"\n")
        self.keep()

    def listing(self, values, write_one):
        self.write(b"]")
        self.keep()
        for start in range(0, len(values), 1000):
            self.write(b"(")
            for value in values[start : start + 1000]:
                write_one(value)
            self.write(b"e")

    def array(self, data):
        self.name(b"numpy.core.multiarray", b"_reconstruct")
        self.name(b"numpy", b"ndarray")
        self.integer(0)
        self.write(b"\x85")
        self.string(b"b", keep=False)
        self.write(b"\x87R")
        self.keep()
        self.write(b"(")
        for n in (1, *data.shape):
            self.integer(n)
        self.write(b"\x86")
        self.name(b"numpy", b"dtype")
        self.string(b"u1", keep=False)
        self.write(b"K\x00K\x01\x87R")
        self.keep()
        self.write(b"(K\x03")
        self.string(b"|", keep=False)
        self.write(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89")
        self.write(b"T" + struct.pack("<I", data.nbytes), data.tobytes(), b"tb")


def official_batch(images, labels, files=(), title=b"training batch 1 of 5"):
    """The bytes of a batch: images (n, height, width, 3), integer labels, names of files."""
    data = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), -1)
    writer = BatchWriter()
    writer.write(b"\x80\x02}")
    writer.keep()
    writer.write(b"(")
    writer.string(b"batch_label")
    writer.string(title)
    writer.string(b"labels")
    writer.listing([int(label) for label in labels], writer.integer)
    writer.string(b"data")
    writer.array(data)
    writer.string(b"filenames")
    writer.listing([bytes(file) for file in files], writer.string)
    writer.write(b"u.")
    return b"".join(writer.parts)


def write_cifar_batches(folder, content=None):
    """Write six small official batches, packed; ``content`` replaces that of the first."""
    batches = folder / "cifar-10-batches-py"
    batches.mkdir(parents=True)
    for name in cifar.BATCHES:
        images = RNG.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
        (batches / name).write_bytes(official_batch(images, np.array([3, 8, 9])))
    if content is not None:
        (batches / "data_batch_1").write_bytes(content)
    archive = folder / "pack" / cifar.ARCHIVE
    archive.parent.mkdir()
    pack(archive, batches)
    return archive


def encode_differences(images):
    x = images.transpose(3, 0, 1, 2).copy()
    x[0] -= x[1]
    x[2] -= x[1]
    for axis in (2, 3):
        x = np.diff(x, axis=axis, prepend=np.uint8(0))
    return x


def complaint(action, *words):
    """Return the message of the SuiteError, one line which holds all ``words``."""
    with pytest.raises(SuiteError) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert str(word) in message
    return message


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty SNN_DATA folder and an empty cache."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("SNN_DATA", str(folder))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache" / name)
    return folder
