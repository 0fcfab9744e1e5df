"""Finding a set by its name: where it lies, or where it is to be had."""

import difflib
import os
import pathlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pooch

from models.errors import SuiteError
from protocols.datasets import auslan, cifar, digits, mnist, nmnist, own, pedestrian
from protocols.datasets.dataset import Dataset
from protocols.datasets.images import resized

CACHE = "brian2-learning-suite"
"""Name of the folder for downloads in the user's cache folder (`pooch.os_cache`)."""


@dataclass(frozen=True)
class Source:
    """A set which lies in a folder.

    Attributes
    ----------
    read : callable
        Takes the folder (Path), returns a Dataset.
    files, origin : str
        What the folder holds and where that comes from, for error messages.
    download : callable, optional
        Takes a folder and puts there what it lacks. None where no checksum of the
        published files is known: such a set is fetched by hand.
    kind : {'images', 'events', 'series'}
    """

    read: Callable
    files: str
    origin: str
    download: Callable | None = None
    kind: str = "images"


SOURCES = {
    **{
        idx.name: Source(idx.read, idx.files, idx.origin, idx.download)
        for idx in (mnist.MNIST, mnist.FASHION_MNIST)
    },
    "n-mnist": Source(nmnist.read, nmnist.FILES, nmnist.ORIGIN, kind="events"),
    "auslan": Source(auslan.read, auslan.FILES, auslan.ORIGIN, kind="series"),
    "cifar-10": Source(cifar.read, cifar.FILES, cifar.ORIGIN, cifar.download),
    "pedestrian": Source(pedestrian.read, pedestrian.FILES, pedestrian.ORIGIN),
}

NAMES = ("digits", *SOURCES)
"""The sets `load` knows by name."""


def locate(name: str) -> pathlib.Path:
    """Return the folder of a set, downloading it where that can be done.

    Looks in ``$SNN_DATA/NAME``, then in the cache folder, then downloads to the latter.

    Parameters
    ----------
    name : str
        A key of `SOURCES`.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    SuiteError
        If SNN_DATA names no folder, or the set is nowhere and cannot be downloaded.
    """
    source = SOURCES[name]
    root = os.environ.get("SNN_DATA")
    if root:
        if not os.path.isdir(root):
            raise SuiteError(f"SNN_DATA names {root}, which is no folder: correct or unset it")
        if os.path.isdir(os.path.join(root, name)):
            return pathlib.Path(root, name)
    cached = pathlib.Path(pooch.os_cache(CACHE)) / name
    by_hand = (
        f"set SNN_DATA to a folder which holds {name}/ with {source.files}; it comes from "
        f"{source.origin}"
    )
    if source.download is not None:
        try:
            source.download(cached)
        except SuiteError as error:
            raise SuiteError(f"{error}: try again, or {by_hand}") from error
    elif not cached.is_dir():
        raise SuiteError(f"{name} is not here and must be fetched by hand: {by_hand}")
    return cached


def kind_of(name_or_path: str | os.PathLike) -> str:
    """What the samples of a set are, told by its name; the user's own are images."""
    source = SOURCES.get(os.fspath(name_or_path))
    return "images" if source is None else source.kind


def load(name_or_path: str | os.PathLike = "digits", resize: int = 0) -> Dataset:
    """Load a set of samples by its name or from the user's files.

    Parameters
    ----------
    name_or_path : str
        One of `NAMES`; or the path of an ``.npz`` file
        (`protocols.datasets.own.read_arrays`) or of a folder of class folders
        (`protocols.datasets.own.read_folder`). A folder which bears the name of a set is
        reached as ``./NAME``.
    resize : int
        Bring all images to so many pixels a side; 0 leaves them as they are.

    Returns
    -------
    Dataset

    Raises
    ------
    SuiteError
        If there is no such set or path, or what is there cannot be used.
    """
    path = os.path.expanduser(os.fspath(name_or_path))
    if os.fspath(name_or_path) not in NAMES and os.path.isdir(path):
        # Its images need not be of one size.
        return own.read_folder(pathlib.Path(path), resize)
    return _all_resized(_loaded(os.fspath(name_or_path)), resize)


def _all_resized(dataset: Dataset, resize: int) -> Dataset:
    """A set whose images are of one size, in another one."""
    if not resize:
        return dataset
    if dataset.kind != "images":
        raise SuiteError(f"--resize is for images; {dataset.name} holds {dataset.kind}")
    shape = (resize, resize)
    parts = {part: np.stack([resized(image, shape) for image in getattr(dataset, part)])
             for part in ("x_train", "x_test")}
    return replace(dataset, **parts)


def _loaded(name: str) -> Dataset:
    """A named set, or what an .npz file holds."""
    if name == "digits":
        return digits.read()
    if name in SOURCES:
        return SOURCES[name].read(locate(name))
    path = os.path.expanduser(name)
    # What is no regular file either is refused there, by its kind.
    if os.path.exists(path):
        return own.read_arrays(path, name)
    close = difflib.get_close_matches(name.lower(), NAMES, n=1)
    hint = f", did you mean {close[0]}?" if close else ":"
    raise SuiteError(
        f"there is no data set or path {name!r}{hint} known sets are {', '.join(NAMES)}; your "
        f"own can be an .npz file or a folder of class folders"
    )
