"""Which samples are shown when, and when a network is tested."""

import numpy as np

from models.errors import SuiteError

ORDER = 1
"""Of the generators of the order of samples: its seeds are (seed, ORDER, epoch)."""


class Epochs:
    """Epochs of samples drawn at random.

    Parameters
    ----------
    settings : protocols.layered.settings.NetworkSettings
    train : ndarray of int
        Training samples; empty for prediction alone.

    Attributes
    ----------
    epoch_samples, total : int

    Raises
    ------
    SuiteError
        If an epoch is to have more samples than there are, or the run none.
    """

    def __init__(self, settings, train: np.ndarray):
        self.seed = settings.seed
        self.train = train
        self.epoch_samples = settings.epoch_samples or max(len(train), 1)
        self.test_every = settings.test_every or self.epoch_samples
        if len(train) and self.epoch_samples > len(train):
            raise SuiteError(f"--epoch-samples {self.epoch_samples}: there are {len(train)} "
                             "training samples")
        self.total = round(settings.epochs * self.epoch_samples)
        if len(train) and not self.total:
            raise SuiteError(f"so few epochs show none of {len(train)} training samples; choose "
                             "more")
        self._order = (None, None)

    def epoch(self, position: int) -> float:
        """Epochs of the run's own length."""
        return round(position / self.epoch_samples, 4)

    def next_test(self, position: int) -> int:
        """Every so many samples, and at the end."""
        return min((position // self.test_every + 1) * self.test_every, self.total)

    def samples(self, start: int, stop: int) -> np.ndarray:
        """Indices of the training samples from a position to another, shape (stop - start,)."""
        n = self.epoch_samples
        parts = []
        for epoch in range(start // n, (stop - 1) // n + 1):
            first = epoch * n
            parts.append(self._epoch(epoch)[max(start - first, 0):stop - first])
        return np.concatenate(parts)

    def _epoch(self, epoch: int) -> np.ndarray:
        """Training samples of an epoch in their order, none of them twice."""
        if self._order[0] != epoch:
            rng = np.random.default_rng([self.seed, ORDER, epoch])
            self._order = (epoch, rng.permutation(self.train)[:self.epoch_samples])
        return self._order[1]

    def falling(self, position, first: float, end: float):
        """A step of learning that falls linearly over the run.

        Parameters
        ----------
        position : int or ndarray of int
        first : float
            Step of the first sample.
        end : float
            Share of it that is left at the end.

        Returns
        -------
        float or ndarray of float
        """
        return first * (1 - (1 - end) * position / self.total)
