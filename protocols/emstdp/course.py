"""What is shown when, and with which step of learning."""

import numpy as np

from equations.shrestha2019.settings import Rules
from models.errors import SuiteError
from protocols.layered.course import Epochs


class Course(Epochs):
    """Epochs (section 4.2) of a spiking network that changes its weights at the end of a window.

    Parameters
    ----------
    settings : protocols.emstdp.settings.EMSTDPSettings
    rules : equations.shrestha2019.settings.Rules
    train : ndarray of int
        Of `Epochs`.
    """

    def __init__(self, settings, rules: Rules, train: np.ndarray):
        super().__init__(settings, train)
        self.rules = rules
        if len(train) and rules.windows > self.total:
            raise SuiteError(f"parameter windows = {rules.windows}: the run shows {self.total} "
                             "samples, so the weights would never change; choose fewer")

    def rates(self, start: int, stop: int) -> np.ndarray:
        """Steps of learning of the samples from a position to another, shape (stop - start,).

        Where changes are summed over several windows, the rate of all but the last is 0. A sum that
        the end of the run cuts short is not learned from.
        """
        position = np.arange(start, stop)
        rules = self.rules
        rates = self.falling(position, rules.eta, rules.eta_end)
        return np.where((position + 1) % rules.windows == 0, rates, 0.0)
