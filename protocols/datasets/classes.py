"""Sets of fewer classes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.errors import SuiteError
from protocols.datasets.dataset import Dataset

DRAW = 50
"""Of the generators of `drawn_classes`: its seeds are (DRAW, draw). Never change it, recorded
accuracies rest on it."""


def only_classes(dataset: Dataset, labels: Sequence[int]) -> Dataset:
    """A set with the samples of some classes alone.

    Parameters
    ----------
    dataset : Dataset
        Of any kind.
    labels : sequence of int
        The classes that stay, in ascending order; they are numbered anew from 0.

    Returns
    -------
    Dataset
        Its samples keep their order.
    """
    labels = np.asarray(labels)
    parts = {}
    for split in ("train", "test"):
        old = getattr(dataset, f"y_{split}")
        samples = getattr(dataset, f"x_{split}")
        index = np.flatnonzero(np.isin(old, labels))
        several = [samples[k] for k in index] if isinstance(samples, list) else samples[index]
        parts[f"x_{split}"] = several
        parts[f"y_{split}"] = np.searchsorted(labels, old[index])
    names = tuple(dataset.class_names[label] for label in labels)
    return replace(dataset, class_names=names, **parts)


def drawn_classes(dataset: Dataset, n: int, draw: int) -> Dataset:
    """A set with some of its classes, drawn at random.

    Parameters
    ----------
    dataset : Dataset
        Of any kind.
    n : int
        Classes that stay.
    draw : int
        Another number is another choice of classes.

    Returns
    -------
    Dataset

    Raises
    ------
    SuiteError
        If there are fewer classes, or one alone is to stay.
    """
    if not 2 <= n <= dataset.n_classes:
        raise SuiteError(f"{dataset.name} has {dataset.n_classes} classes, {n} of them cannot be "
                         f"drawn: choose 2 to {dataset.n_classes}")
    rng = np.random.default_rng([DRAW, draw])
    return only_classes(dataset, np.sort(rng.choice(dataset.n_classes, n, replace=False)))
