"""Small data sets that the tests write, in every layout that the suite reads."""

import gzip
import io
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from models.errors import SuiteError
from protocols.datasets import (
    cifar,
    mnist,
)


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


def pack(archive, folder):
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as file:
            for path in folder.rglob("*"):
                file.write(path, path.relative_to(folder.parent))
    else:
        with tarfile.open(archive, "w:gz") as file:
            file.add(folder, folder.name)


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote str, as in the official CIFAR-10 batches."""

    def save_bytes(self, obj):
        self.write(b"T" + len(obj).to_bytes(4, "little") + obj)
        self.memoize(obj)

    dispatch = {**pickle._Pickler.dispatch, bytes: save_bytes}


def python2_pickle(images, labels):
    data = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2).dump({b"data": data, b"labels": labels.tolist()})
    return stream.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def write_cifar_batches(folder, content=None):
    """Write six small official batches, packed; ``content`` replaces that of the first."""
    batches = folder / "cifar-10-batches-py"
    batches.mkdir(parents=True)
    for name in cifar.BATCHES:
        images = RNG.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
        (batches / name).write_bytes(python2_pickle(images, np.array([3, 8, 9])))
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
