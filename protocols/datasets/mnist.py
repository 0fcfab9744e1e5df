"""MNIST and Fashion-MNIST, four idx files each.

MNIST: Y. LeCun, C. Cortes, C. J. C. Burges (1998). Fashion-MNIST: H. Xiao, K. Rasul,
R. Vollgraf, arXiv:1708.07747 (2017).
"""

from dataclasses import dataclass

import numpy as np

from models.errors import SuiteError
from protocols.datasets.dataset import Dataset
from protocols.datasets.download import check_sha256, fetch
from protocols.datasets.files import find
from protocols.datasets.idx import read_idx, read_payload

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class IdxSet:
    """A set in the layout of MNIST.

    Attributes
    ----------
    name : str
    class_names : tuple of str
    mirrors : tuple of str
        Addresses which the file names (with ``.gz``) are appended to.
    sha256 : tuple of str
        SHA-256 of the uncompressed `FILES`, in that order.
    """

    name: str
    class_names: tuple
    mirrors: tuple
    sha256: tuple

    @property
    def files(self):
        """What a folder of this set holds, for error messages."""
        return ", ".join(f"{file}.gz" for file in FILES)

    @property
    def origin(self):
        """Where the files come from, for error messages."""
        return " or ".join(self.mirrors)

    def read(self, folder):
        """Read the set from a folder.

        Parameters
        ----------
        folder : pathlib.Path
            Holds `FILES`, with or without ``.gz``, spelt ``-idx3-ubyte`` or
            ``.idx3-ubyte``.

        Returns
        -------
        Dataset
            Images (n, 28, 28).

        Raises
        ------
        SuiteError
            If a file is missing or damaged, or images and labels do not agree.
        """
        paths = [find(folder, spellings(file), self.origin) for file in FILES]
        x_train, x_test = read_idx(paths[0], 3), read_idx(paths[2], 3)
        if x_train.shape[1:] != x_test.shape[1:]:
            raise SuiteError(
                f"{paths[2]} holds images of {x_test.shape[1:]}, {paths[0]} of "
                f"{x_train.shape[1:]}: fetch both again"
            )
        return Dataset(
            name=self.name,
            kind="images",
            x_train=x_train,
            y_train=self.read_labels(paths[1], len(x_train)),
            x_test=x_test,
            y_test=self.read_labels(paths[3], len(x_test)),
            class_names=self.class_names,
        )

    def read_labels(self, path, n):
        """Return the labels (int64, shape (n,)); SuiteError if they do not fit."""
        labels = read_idx(path, 1).astype(np.int64)
        if len(labels) != n:
            raise SuiteError(f"{path} holds {len(labels)} labels for {n} images: fetch both again")
        if labels.max() >= len(self.class_names):
            raise SuiteError(
                f"{path} must hold labels 0 .. {len(self.class_names) - 1}: fetch it again"
            )
        return labels

    def download(self, folder):
        """Download to ``folder`` what it lacks.

        Raises
        ------
        SuiteError
            If a file cannot be had, or its SHA-256 differs.
        """
        for file, sha256 in zip(FILES, self.sha256, strict=True):
            if any((folder / spelling).exists() for spelling in spellings(file)):
                continue
            fetch(
                [f"{mirror}{file}.gz" for mirror in self.mirrors],
                folder / f"{file}.gz",
                lambda path, sha256=sha256: check_sha256(read_payload(path), sha256, path),
            )


def spellings(file):
    """Return the names one idx file goes by."""
    dotted = file.replace("-idx", ".idx")
    return f"{file}.gz", file, f"{dotted}.gz", dotted


MNIST = IdxSet(
    name="mnist",
    class_names=tuple("0123456789"),
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    sha256=(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

FASHION_MNIST = IdxSet(
    name="fashion-mnist",
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    sha256=(
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)
