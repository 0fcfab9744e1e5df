"""Phases of training, and which one a number of samples lies in."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Phase:
    """A stretch of training with one set of plastic projections.

    Attributes
    ----------
    name : str
    learn : frozenset of {'hidden', 'readout'}
    readout : bool
        Whether the network has an SL layer in this phase.
    first : int
        Samples of the phases before.
    samples : int
        Training samples to show.
    """

    name: str
    learn: frozenset
    readout: bool
    first: int
    samples: int

    @property
    def end(self) -> int:
        """Samples of all phases up to the end of this one."""
        return self.first + self.samples


@dataclass(frozen=True)
class Course:
    """The phases of a run, one after the other. Positions are samples shown in all of them.

    Attributes
    ----------
    phases : list of Phase
    seed : int
        Of the order of samples.
    shuffle : bool
        A new order in every epoch, else that of the files.
    test_every : int
        Samples between tests, counted from the beginning of a phase.
    """

    phases: list[Phase]
    seed: int
    shuffle: bool
    test_every: int

    @property
    def total(self) -> int:
        """Samples of all phases."""
        return self.phases[-1].end

    def ended_by(self, position: int) -> Phase:
        """The phase that a position lies in or, at its end, that it ends."""
        return next(phase for phase in self.phases if position <= phase.end)

    def begun_at(self, position: int) -> Phase:
        """The phase in which the next sample is shown; after the end, the last one."""
        return next((phase for phase in self.phases if position < phase.end), self.phases[-1])

    def next_test(self, position: int) -> int:
        """The next position at which the network is tested; one is at the end of each phase."""
        phase = self.begun_at(position)
        inside = position - phase.first
        return phase.first + min((inside // self.test_every + 1) * self.test_every, phase.samples)

    def samples(self, train: np.ndarray, phase: Phase, start: int, stop: int) -> np.ndarray:
        """Training indices of the samples start .. stop of a phase.

        Parameters
        ----------
        train : ndarray of int
            Training indices of one epoch, in the order of the files.
        phase : Phase
        start, stop : int
            Counted from the beginning of the phase.
        """
        n = len(train)
        out = []
        for epoch in range(start // n, (stop - 1) // n + 1):
            index = train
            if self.shuffle:
                words = [self.seed, self.phases.index(phase), epoch]
                index = np.random.default_rng(words).permutation(train)
            out.append(index[max(start - epoch * n, 0):stop - epoch * n])
        return np.concatenate(out)
