"""Seeded splits which keep the share of each class."""

from collections.abc import Sequence

import numpy as np

from models.errors import SuiteError
from protocols.datasets.dataset import Dataset

SPLIT_SEED = 20230
"""Seed of the fixed splits (digits, folders without train/ and test/): never change it,
published accuracies on these sets rest on it."""


def stratified_split(
    labels: np.ndarray, n: int, seed: int, name: str, class_names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Split sample indices in two, the classes alike in both.

    Parameters
    ----------
    labels : ndarray of int, shape (n_samples,)
    n : int
        Size of the smaller part.
    seed : int
    name : str
        The set, for the error message.
    class_names : sequence of str
        By label, for the error message.

    Returns
    -------
    rest, held : ndarray of int64
        Ascending indices, ``n_samples - n`` and ``n`` of them.

    Raises
    ------
    SuiteError
        If there is no sample, a class has one only, or either part is too small to hold each
        class.
    """
    if not len(labels):
        raise SuiteError(f"{name}: cannot hold out {n} of no samples: take more of them")
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        raise SuiteError(
            f"{name}: class {class_names[classes[counts.argmin()]]} has one sample only, so none "
            f"can be held out: add samples of it"
        )
    most = len(labels) - len(classes)
    if not len(classes) <= n <= most:
        raise SuiteError(
            f"{name}: cannot hold out {n} of {len(labels)} samples with {len(classes)} classes "
            f"in both parts: choose {len(classes)} to {most}"
        )
    # scikit-learn takes seconds to import.
    from sklearn.model_selection import train_test_split

    rest, held = train_test_split(
        np.arange(len(labels)), test_size=n, stratify=labels, random_state=seed
    )
    return np.sort(rest), np.sort(held)


def hold_out(
    dataset: Dataset, n: int, seed: int, among: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Set some training samples apart to choose settings on.

    The test samples stay out of it, so that they are seen once, at the end.

    Parameters
    ----------
    dataset : Dataset
        Of any kind.
    n : int
        Number of validation samples, at least one a class.
    seed : int
        The same seed gives the same split.
    among : array_like of int, optional
        Indices of the training samples to split, in any order; without it, all of them. A
        protocol that trains on the first N samples gives ``np.arange(N)``.

    Returns
    -------
    train_idx, validation_idx : ndarray of int64
        Ascending indices into ``x_train`` and ``y_train``, disjoint, together all of them or
        all of ``among``; each class has the same share in both.

    Raises
    ------
    SuiteError
        If ``n`` leaves either part without room for each class.
    """
    chosen = np.arange(len(dataset.y_train)) if among is None else np.unique(among)
    rest, held = stratified_split(
        dataset.y_train[chosen], n, seed, dataset.name, dataset.class_names
    )
    return chosen[rest], chosen[held]
