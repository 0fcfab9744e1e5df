"""CIFAR-10, as published or in a smaller coding without pickles.

A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report,
University of Toronto (2009).
"""

import io
import pickle
import re

import numpy as np

from models.errors import SuiteError
from protocols.datasets.dataset import Dataset
from protocols.datasets.download import check_sha256, fetch
from protocols.datasets.files import members, read_npz, reading

ARCHIVE = "cifar-10-python.tar.gz"
FILES = f"{ARCHIVE}, or the folder cifar-10-batches-py unpacked from it"
ORIGIN = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}"

FIRST = "cifar-10-batches-py/data_batch_1"

BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6)) + ("test_batch",)

MEMBER = re.compile(rf"(?:^|/)({'|'.join(BATCHES)})$")

SHA256 = {
    "data_batch_1": "8350d89ba6404c270d263d84bf037e74b0158eecac79f27405efcf23445a6997",
    "data_batch_2": "28d2d506ff2e052a3c902ac74931514d4c22d54b3f23622088bee441ab096cf0",
    "data_batch_3": "e56532de152c7a77fc2a722499682f2699ce5177bbfac2ed2e415096184fa1d9",
    "data_batch_4": "bb996a8ffff861dd5cca88c397fdfb884f0c482c5588bd32cea3dc7b648709bb",
    "data_batch_5": "efb6334c7c1f88ac69032959408d9eeccb983002e83119b66de7309d3d2c7915",
    "test_batch": "8193b3fbce55bec361cd1b8fd4880cb1649832dc4d6de6da1e7a21847a4843aa",
}
"""SHA-256 of the decoded images (n, 32, 32, 3), then the labels, both uint8."""

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}


class ArrayUnpickler(pickle.Unpickler):
    """Unpickles NumPy arrays and built-in types; anything else could run code."""

    def find_class(self, module, name):
        """Return what ``module.name`` stands for, if it is allowed."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is not allowed")
        return super().find_class(module, name)


def decode_differences(coded):
    """Undo the difference coding of the ``.npz`` batches.

    Parameters
    ----------
    coded : ndarray of uint8, shape (3, n, 32, 32)
        Red minus green, green, blue minus green; each row as the difference to the row above
        and each value as that to its left neighbour, modulo 256.

    Returns
    -------
    ndarray of uint8, shape (n, 32, 32, 3)
    """
    x = np.cumsum(np.cumsum(coded, axis=2, dtype=np.uint8), axis=3, dtype=np.uint8)
    x[0] += x[1]
    x[2] += x[1]
    return x.transpose(1, 2, 3, 0)


def decode_pickle(content, source):
    """Decode an official batch.

    Parameters
    ----------
    content : bytes
        A Python 2 pickle of a dictionary with ``data``, uint8 (n, 3072), red, green, then
        blue, and ``labels``.
    source : str
        File name, for the error message.

    Returns
    -------
    images : ndarray of uint8, shape (n, 32, 32, 3)
    labels : ndarray, shape (n,)

    Raises
    ------
    SuiteError
        If the pickle is damaged or asks for anything but arrays.
    """
    with reading(source):
        batch = ArrayUnpickler(io.BytesIO(content), encoding="bytes").load()
        data, labels = np.asarray(batch[b"data"]), np.asarray(batch[b"labels"])
    if data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != 3072:
        raise SuiteError(f"{source} must hold uint8 data (n, 3072): fetch it again")
    return data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels


def read_coded(path):
    """Read a difference-coded batch, ``coded`` and ``labels``, like `decode_pickle`."""
    coded, labels = read_npz(path, ("coded", "labels"))
    if coded.dtype != np.uint8 or coded.shape != (3, labels.size, 32, 32):
        raise SuiteError(
            f"{path} must hold uint8 coded (3, n, 32, 32) and n labels: fetch it again"
        )
    return decode_differences(coded), labels


def read_batches(folder):
    """Read the six batches from whichever layout the folder has.

    Returns
    -------
    dict
        Batch name -> (images, labels), see `decode_pickle`.

    Raises
    ------
    SuiteError
        If a batch is missing or damaged.
    """
    if (folder / "data_batch_1.npz").exists():
        batches = {name: read_coded(folder / f"{name}.npz") for name in BATCHES}
    else:
        # An empty folder, as an interrupted unpacking leaves it, must not hide the archive.
        if (folder / FIRST).exists():
            root = (folder / FIRST).parent
        else:
            root = folder / ARCHIVE if (folder / ARCHIVE).exists() else folder
        batches = {}
        for match, content in members(root, MEMBER):
            batches[match[1]] = decode_pickle(content, f"{root}/{match.string}")
    for name in BATCHES:
        if name not in batches:
            raise SuiteError(f"{folder} holds no {name}: put {FILES} there, from {ORIGIN}")
        images, labels = batches[name]
        if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
            raise SuiteError(f"{folder}: {name} must hold one integer label an image")
        if not len(labels) or labels.min() < 0 or labels.max() >= len(CLASS_NAMES):
            raise SuiteError(f"{folder}: {name} must hold labels 0 .. 9: fetch it again")
    return batches


def read(folder):
    """Read the set from a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Holds `FILES`, or the six batches themselves, or each as an ``.npz`` with ``coded``
        (`decode_differences`) and ``labels``.

    Returns
    -------
    Dataset
        Images (n, 32, 32, 3), RGB.

    Raises
    ------
    SuiteError
        If a batch is missing or damaged.
    """
    batches = read_batches(folder)
    images, labels = zip(*(batches[name] for name in BATCHES), strict=True)
    return Dataset(
        name="cifar-10",
        kind="images",
        x_train=np.concatenate(images[:-1]),
        y_train=np.concatenate(labels[:-1]).astype(np.int64),
        x_test=np.ascontiguousarray(images[-1]),
        y_test=labels[-1].astype(np.int64),
        class_names=CLASS_NAMES,
    )


def verify(archive):
    """Raise SuiteError unless each batch of a downloaded archive has its `SHA256`."""
    for name, (images, labels) in read_batches(archive.parent).items():
        content = images.tobytes() + labels.astype(np.uint8).tobytes()
        check_sha256(content, SHA256[name], f"{archive}: {name}")


def download(folder):
    """Download the archive to ``folder`` unless a layout of the set is there.

    Raises
    ------
    SuiteError
        If it cannot be had, or the SHA-256 of a decoded batch differs.
    """
    there = (ARCHIVE, FIRST, "data_batch_1", "data_batch_1.npz")
    if not any((folder / name).exists() for name in there):
        fetch([ORIGIN], folder / ARCHIVE, verify)
