"""MNIST and Fashion-MNIST, four idx files each.

MNIST: Y. LeCun, C. Cortes, C. J. C. Burges (1998). Fashion-MNIST: H. Xiao, K. Rasul,
R. Vollgraf, arXiv:1708.07747 (2017).
"""

from dataclasses import dataclass

import numpy as np

from models.errors import SuiteError
from protocols.datasets.dataset import Dataset
from protocols.datasets.download import fetch
from protocols.datasets.files import find
from protocols.datasets.idx import read_idx

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
        SHA-256 of the files as the mirrors serve them (with ``.gz``), in the order of `FILES`.
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
        x_train = read_idx(paths[0], 3)
        x_test = read_idx(paths[2], 3)
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
            fetch([f"{mirror}{file}.gz" for mirror in self.mirrors], folder / f"{file}.gz", sha256)


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
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
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
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
)
