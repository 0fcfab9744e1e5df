"""What is shown when, and with which step of learning."""

import numpy as np

from equations.shrestha2019.settings import Rules
from models.errors import SuiteError

ORDER = 1
"""Of the generators of the order of samples: its seeds are (seed, ORDER, epoch)."""


class Course:
    """Epochs of samples drawn at random, section 4.2, and a step that falls linearly.

    Parameters
    ----------
    settings : protocols.emstdp.settings.EMSTDPSettings
    rules : equations.shrestha2019.settings.Rules
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

    def __init__(self, settings, rules: Rules, train: np.ndarray):
        self.seed = settings.seed
        self.rules = rules
        self.train = train
        self.epoch_samples = settings.epoch_samples or max(len(train), 1)
        if len(train) and self.epoch_samples > len(train):
            raise SuiteError(f"--epoch-samples {self.epoch_samples}: there are {len(train)} "
                             "training samples")
        self.total = round(settings.epochs * self.epoch_samples)
        if len(train) and not self.total:
            raise SuiteError(f"so few epochs show none of {len(train)} training samples; choose "
                             "more")
        self._order = (None, None)

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

    def rates(self, start: int, stop: int) -> np.ndarray:
        """Steps of learning of the samples from a position to another, shape (stop - start,).

        Where changes are summed over several windows, the rate of all but the last is 0.
        """
        position = np.arange(start, stop)
        rules = self.rules
        rates = rules.eta * (1 - (1 - rules.eta_end) * position / self.total)
        return np.where((position + 1) % rules.windows == 0, rates, 0.0)
