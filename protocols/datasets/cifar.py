"""CIFAR-10, as published or in a smaller coding without pickles.

A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report,
University of Toronto (2009).
"""

import pathlib
import re

import numpy as np

from models.errors import SuiteError
from protocols.datasets.dataset import Dataset
from protocols.datasets.download import fetch
from protocols.datasets.files import members
from protocols.datasets.inert_pickle import read_inert, uint8_array
from protocols.files import reading
from protocols.npz import read_npz

ARCHIVE = "cifar-10-python.tar.gz"
FILES = f"{ARCHIVE}, or the folder cifar-10-batches-py unpacked from it"
ORIGIN = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}"

FIRST = "cifar-10-batches-py/data_batch_1"

BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6)) + ("test_batch",)

MEMBER = re.compile(rf"(?:^|/)({'|'.join(BATCHES)})$")

SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
"""Of the archive, as published."""

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

def decode_differences(coded: np.ndarray) -> np.ndarray:
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


def decode_pickle(content: bytes, source: str) -> tuple[np.ndarray, np.ndarray]:
    """Decode an official batch; nothing that it names is executed (`read_inert`).

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
    labels : ndarray of int64, shape (n,)

    Raises
    ------
    SuiteError
        If the pickle is damaged, or asks for anything but an array.
    """
    with reading(source):
        batch = read_inert(content)
        data = uint8_array(batch[b"data"])
        labels = batch[b"labels"]
    if data.ndim != 2 or data.shape[1] != 3072:
        raise SuiteError(f"{source} must hold uint8 data (n, 3072): fetch it again")
    if not isinstance(labels, list) or any(type(label) is not int for label in labels):
        raise SuiteError(f"{source} must hold a list of integers, labels: fetch it again")
    return data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), np.array(labels, np.int64)


def read_coded(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a difference-coded batch, ``coded`` and ``labels``, like `decode_pickle`."""
    arrays = read_npz(path, ("coded", "labels"))
    coded = arrays["coded"]
    labels = arrays["labels"]
    if coded.dtype != np.uint8 or coded.shape != (3, labels.size, 32, 32):
        raise SuiteError(
            f"{path} must hold uint8 coded (3, n, 32, 32) and n labels: fetch it again"
        )
    return decode_differences(coded), labels


def read_batches(folder: pathlib.Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
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


def read(folder: pathlib.Path) -> Dataset:
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


def download(folder: pathlib.Path) -> None:
    """Download the archive to ``folder`` unless a layout of the set is there.

    Raises
    ------
    SuiteError
        If it cannot be had, or its SHA-256 differs.
    """
    there = (ARCHIVE, FIRST, "data_batch_1", "data_batch_1.npz")
    if not any((folder / name).exists() for name in there):
        fetch([ORIGIN], folder / ARCHIVE, SHA256)
