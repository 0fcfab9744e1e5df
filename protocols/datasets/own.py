"""The user's own images: an ``.npz`` file or a folder of class folders."""

import os
import pathlib

import numpy as np
from tqdm import tqdm

from models.errors import SuiteError
from protocols.datasets.arrays import as_images, as_uint8, check_labels
from protocols.datasets.dataset import Dataset
from protocols.datasets.images import SUFFIXES, has_colours, read_image, resized
from protocols.datasets.splits import SPLIT_SEED, stratified_split
from protocols.files import reading
from protocols.npz import read_npz

KEYS = ("x_train", "y_train", "x_test", "y_test")


def read_arrays(
    path: str | os.PathLike, name: str, class_names: tuple[str, ...] | None = None
) -> Dataset:
    """Read a set of images from an ``.npz`` file.

    Parameters
    ----------
    path : path-like
        Holds ``x_train``, ``y_train``, ``x_test`` and ``y_test``. Images are
        (n, height, width), (n, height, width, 3) or (n, pixels) with a square number of
        pixels, values as told in `protocols.datasets.arrays.as_uint8`, training and test
        images on the same scale; integers that are all 0 or 1 are black and white.
        Labels are integers, any: the classes are numbered from 0 in ascending order.
    name : str
        Name of the set.
    class_names : tuple of str, optional
        In ascending order of the labels; without it the labels themselves.

    Returns
    -------
    Dataset

    Raises
    ------
    SuiteError
        If the file is damaged, or what it holds does not fit together.
    """
    arrays = read_npz(path, KEYS, f"save {', '.join(KEYS)} with numpy.savez")
    x_train = as_images(arrays["x_train"], f"{path}: x_train")
    x_test = as_images(arrays["x_test"], f"{path}: x_test")
    y_train = arrays["y_train"]
    y_test = arrays["y_test"]
    if x_train.shape[1:] != x_test.shape[1:]:
        raise SuiteError(
            f"{path}: x_train holds images of {x_train.shape[1:]}, x_test of "
            f"{x_test.shape[1:]}: make them alike"
        )
    check_labels(y_train, len(x_train), f"{path}: y_train")
    check_labels(y_test, len(x_test), f"{path}: y_test")
    classes, y_train = np.unique(y_train, return_inverse=True)
    check_class_count(classes, path)
    unknown = np.setdiff1d(y_test, classes)
    if unknown.size:
        raise SuiteError(
            f"{path}: y_test holds the label {unknown[0]}, which y_train lacks: add such samples"
        )
    if class_names is not None and len(class_names) != len(classes):
        raise SuiteError(
            f"{path}: y_train has {len(classes)} classes, it should have {len(class_names)}: "
            f"fetch the file again"
        )
    train, test = on_one_scale(x_train, x_test, path)
    return Dataset(
        name=name,
        kind="images",
        x_train=train,
        y_train=y_train.astype(np.int64),
        x_test=test,
        y_test=np.searchsorted(classes, y_test).astype(np.int64),
        class_names=class_names or tuple(str(label) for label in classes),
    )


def read_folder(root: pathlib.Path, resize: int = 0) -> Dataset:
    """Read a folder with one folder of images a class, as grey values.

    Either ``root/train/CLASS/*.png`` and ``root/test/CLASS/*.png`` (or Train and Test), or
    ``root/CLASS/*.png``, of which a fixed fifth (`protocols.datasets.splits.SPLIT_SEED`), each
    class with its share, becomes the test set. Classes are numbered in the order of their names,
    training images come in a fixed random order. Hidden files and files which are no images by
    their name are left out; images in folders inside a class folder are not, they are refused.

    Parameters
    ----------
    root : pathlib.Path
    resize : int
        Bring all images to so many pixels a side; 0 leaves them as they are.

    Returns
    -------
    Dataset

    Raises
    ------
    SuiteError
        If a class is empty or alone or its name is not UTF-8, or an image cannot be read, has
        another shape or lies in a folder inside a class folder.
    """
    parts = {name.lower(): root / name for name in subfolders(root)
             if name.lower() in ("train", "test")}
    # A class may be called train: only folders inside make it a part of the set.
    if len(parts) == 1 and subfolders(*parts.values()):
        name, = parts
        raise SuiteError(f"{root} has {name}/ alone: put train/ and test/ there, or neither")
    if len(parts) == 2:
        names = class_folders(parts["train"])
        for name in class_folders(parts["test"]):
            if name not in names:
                raise SuiteError(
                    f"{parts['test'] / name} has no counterpart in {parts['train']}: "
                    f"add training images of that class"
                )
        train, y_train = list_images(parts["train"], names)
        test, y_test = list_images(parts["test"], names)
    else:
        names = class_folders(root)
        files, labels = list_images(root, names)
        n_test = max(len(names), round(len(files) / 5))
        rest, held = stratified_split(labels, n_test, SPLIT_SEED, str(root), names)
        train = [files[i] for i in rest]
        test = [files[i] for i in held]
        y_train = labels[rest]
        y_test = labels[held]
    # One class after the other is no order to learn in, nor are the first N samples a choice.
    order = np.random.default_rng(SPLIT_SEED).permutation(len(train))
    images = stack(train + test, resize)
    coloured = any(has_colours(path) for path in train + test)
    return Dataset(
        name=str(root),
        kind="images",
        x_train=images[: len(train)][order],
        y_train=y_train[order],
        x_test=images[len(train) :],
        y_test=y_test,
        class_names=tuple(names),
        remarks=(f"{root} holds images with colours: they become grey",) if coloured else (),
    )


def on_one_scale(
    x_train: np.ndarray, x_test: np.ndarray, path: str | os.PathLike
) -> tuple[np.ndarray, np.ndarray]:
    """Bring training and test images to uint8; SuiteError if they come on different scales."""
    if all(x.dtype.kind in "iu" and x.max() == 1 for x in (x_train, x_test)):
        # Black and white, whatever their type.
        x_train = x_train != 0
        x_test = x_test != 0
    train = as_uint8(x_train, f"{path}: x_train")
    test = as_uint8(x_test, f"{path}: x_test")
    if x_train.dtype.kind == x_test.dtype.kind == "f":
        on_two_scales = (x_train.max() <= 1) != (x_test.max() <= 1)
    else:
        # Of integers, 1 is nearly black.
        on_two_scales = 1 in (train.max(), test.max()) and train.max() != test.max()
    if on_two_scales:
        raise SuiteError(
            f"{path}: x_train goes up to {x_train.max()}, x_test to {x_test.max()}: bring both "
            f"to 0 .. 1 or both to 0 .. 255"
        )
    return train, test


def check_class_count(classes, source):
    """Raise SuiteError unless there are two classes or more."""
    if len(classes) < 2:
        raise SuiteError(
            f"{source} has one class only ({classes[0]}): at least two are needed to tell apart"
        )


def subfolders(folder):
    """Return the names of the folders in ``folder``, sorted, without hidden ones."""
    with reading(folder):
        return sorted(
            entry.name
            for entry in os.scandir(folder)
            if entry.is_dir() and not entry.name.startswith((".", "__"))
        )


def class_folders(folder):
    """Return the class names; SuiteError unless there are two or more, all of them UTF-8."""
    names = subfolders(folder)
    if not names:
        raise SuiteError(f"{folder} holds no class folders: put the images in a folder a class")
    check_class_count(names, folder)
    for name in names:
        # Python holds other bytes as surrogates, which no figure or file can be written with.
        if any("\ud800" <= letter <= "\udfff" for letter in name):
            raise SuiteError(f"{folder} has a class folder {os.fsencode(name)} whose name is not "
                             "UTF-8: rename it")
    return names


def list_images(folder, names):
    """Return the image files (list of Path) and their labels (int64) of all classes.

    Raises
    ------
    SuiteError
        If a class folder is missing, holds no image, or a folder with images.
    """
    files = []
    labels = []
    for label, name in enumerate(names):
        with reading(folder / name):
            found = sorted(
                path
                for path in (folder / name).iterdir()
                if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
            )
        for inner in subfolders(folder / name):
            with reading(folder / name / inner):
                deep = any(path.suffix.lower() in SUFFIXES
                           for path in (folder / name / inner).rglob("*"))
            if deep:
                raise SuiteError(f"class folder {folder / name} holds images in a folder of its "
                                 f"own, {inner}: move them up or away")
        if not found:
            raise SuiteError(f"class folder {folder / name} holds no image: fill it or remove it")
        files += found
        labels += [label] * len(found)
    return files, np.array(labels, dtype=np.int64)


def stack(files, resize=0):
    """Read images of one shape into a uint8 array (n, height, width).

    Images of any shapes are brought to `resize` x `resize` pixels, unless it is 0.

    Raises
    ------
    SuiteError
        If one cannot be read or differs in shape from the first.
    """
    def read(path):
        image = read_image(path)
        return resized(image, (resize, resize)) if resize else image

    first = read(files[0])
    images = np.empty((len(files), *first.shape), dtype=np.uint8)
    # disable=None: no bar where the output is not a terminal.
    for i, path in enumerate(tqdm(files, desc="images", disable=None, leave=False)):
        image = read(path)
        if image.shape != first.shape:
            raise SuiteError(
                f"{path} has the shape {image.shape}, {files[0]} has {first.shape}: "
                f"bring all images to one size, for example with --resize 28"
            )
        images[i] = image
    return images
