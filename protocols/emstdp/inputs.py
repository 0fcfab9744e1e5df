"""Samples as intensities of the input neurons."""

import numpy as np

from protocols.datasets import Dataset
from protocols.emstdp.series import SeriesForm, series_intensities
from protocols.layered.inputs import pixels

NOISE = 2
"""Of the generators of the noise: its seeds are (seed, NOISE, position)."""


def intensities(dataset: Dataset, split: str, form: SeriesForm | None = None,
                train: np.ndarray | None = None) -> np.ndarray:
    """Intensities, which are probabilities of a spike per step (section 4.2).

    Parameters
    ----------
    dataset : protocols.datasets.Dataset
    split : {'train', 'test'}
    form : SeriesForm, optional
        Of series.
    train : ndarray of int, optional
        Training samples of which series take the range of each reading. Default: all.

    Returns
    -------
    ndarray of float32, shape (n, inputs), in [0, 1]
        Of a series: all readings of the first frame, then those of the second.

    Raises
    ------
    SuiteError
        If the set holds events; if series are too short or not alike.
    """
    if dataset.kind == "series":
        return series_intensities(dataset, split, form or SeriesForm(), train)
    return pixels(dataset, split, "images or series")


def with_noise(patterns: np.ndarray, noise: float, seed: int, first: int) -> np.ndarray:
    """Intensities as they are shown in training.

    Section 4.4, "we augmented the data by adding 10% noise", says neither of which distribution nor
    of what the ten per cent are. Here each intensity of each presentation gets a Gaussian number of
    its own, whose standard deviation is this share of the full intensity.

    Parameters
    ----------
    patterns : ndarray of float32, shape (n, inputs)
        In the order in which they are shown.
    noise : float
        Standard deviation; 0 leaves the intensities as they are.
    seed : int
        Of the run.
    first : int
        Position of the first of them: samples shown before. A position has its own random numbers,
        so a resumed run shows the same.

    Returns
    -------
    ndarray of float32, shape (n, inputs), in [0, 1]
    """
    if not noise:
        return patterns
    shown = np.empty_like(patterns)
    for k, pattern in enumerate(patterns):
        rng = np.random.default_rng([seed, NOISE, first + k])
        drawn = rng.standard_normal(len(pattern), dtype=np.float32)
        shown[k] = np.clip(pattern + np.float32(noise) * drawn, 0, 1)
    return shown
