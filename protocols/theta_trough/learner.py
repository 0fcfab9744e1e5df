"""Learning that goes on from a checkpoint, with a block of training images replaced."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.errors import SuiteError
from protocols.diehl_cook_sl.history import History
from protocols.diehl_cook_sl.learner import DiehlCookLearner
from protocols.diehl_cook_sl.phases import Course, Phase
from protocols.diehl_cook_sl.settings import DiehlCookSettings
from protocols.runs.checkpoint import Checkpoint, part, prefixed, read_checkpoint
from protocols.runs.declaration import setting
from protocols.runs.learner import Answers

CHUNK = 100
"""Samples of a call: short ones resolve the course of theta. They change nothing else."""


@dataclass(frozen=True)
class TroughSettings(DiehlCookSettings):
    """Settings of one variant; each says itself what it is."""

    checkpoint: str = setting("", "trough", "checkpoint to go on from")
    until: int = setting(184000, "trough", "train up to this number of samples", at_least=1,
                         may_change=True)
    test_images: int = setting(2500, "trough", "evenly spaced images of the test set", at_least=1)
    block: tuple[int, ...] = setting((), "trough", "training images to replace by those before "
                                     "them; none: file order")


class TroughLearner(DiehlCookLearner):
    """Learner of `protocols.theta_trough`.

    Attributes
    ----------
    moments : dict of str to dict of str to ndarray
        What had been learned, with ``classes``, at the "checkpoint" and at the "epoch end".

    Raises
    ------
    SuiteError
        If the block lies outside the training images, or training would end before the epoch.
    """

    def __init__(self, settings: TroughSettings, dataset, train: np.ndarray,
                 say: Callable[[str], None] = print):
        size = min(settings.test_images, len(dataset.x_test))
        some = np.linspace(0, len(dataset.x_test) - 1, size).astype(int)
        dataset = replace(dataset, x_test=dataset.x_test[some], y_test=dataset.y_test[some])
        super().__init__(settings, dataset, with_block_replaced(train, settings.block), say)
        self.capacity = CHUNK
        self.source = read_checkpoint(settings.checkpoint)
        phase = self.course.phases[0]
        self.course = Course([Phase(phase.name, phase.learn, phase.readout, 0, settings.until)],
                             settings.seed, settings.shuffle, settings.test_every)
        self.epoch_end = refuse_short(settings.until, self.first, len(train))
        self.moments = {}

    @property
    def first(self) -> int:
        """Samples that the checkpoint has seen."""
        return self.source.progress.samples

    def begin(self) -> None:
        """Take the state of the checkpoint; the course of spikes and thresholds begins anew."""
        super().restore(self.source)
        self.history = History()
        self._remember("checkpoint")

    def _remember(self, moment: str) -> None:
        learned = {name: value for name, value in self.state.items()
                   if self.test_architecture.is_learned(name)}
        self.moments[moment] = learned | {"classes": self.statistics.classes()}

    def advance(self, position: int, stop: int) -> int:
        """A chunk ends at the end of the epoch, where the state is remembered."""
        if position < self.epoch_end:
            stop = min(stop, self.epoch_end)
        reached = super().advance(position, stop)
        if reached == self.epoch_end:
            self._remember("epoch end")
        return reached

    def arrays(self) -> dict[str, np.ndarray]:
        """With both moments."""
        arrays = super().arrays()
        for moment, learned in self.moments.items():
            arrays |= prefixed(f"moment {moment}", learned)
        return arrays

    def restore(self, checkpoint: Checkpoint) -> None:
        """With both moments."""
        super().restore(checkpoint)
        for moment in ("checkpoint", "epoch end"):
            if learned := part(checkpoint.arrays, f"moment {moment}"):
                self.moments[moment] = learned
        if "checkpoint" not in self.moments:
            raise SuiteError(f"{checkpoint.path} is no checkpoint of this protocol; choose another "
                             "--out")

    def activity(self, answers: Answers, learned: dict | None) -> dict:
        """Course of ink, spikes and thresholds, and the thresholds of both moments."""
        before = self.moments["checkpoint"]
        return self.history.activity(self.dataset.x_train) | {
            "train_first": self.first, "epoch_samples": len(self.train),
            "neuron_class": before["classes"],
            "theta_start_mV": 1e3 * before["hidden1.theta"],
            "theta_end_mV": 1e3 * self.moments["epoch end"]["hidden1.theta"]}

    def conclude(self, answers: Answers, learned: dict | None) -> dict:
        """Accuracies with the weights of one moment and the thresholds of another."""
        index = np.arange(len(self.dataset.y_test))
        found = {}
        for weights, own in self.moments.items():
            for theta, other in self.moments.items():
                mixed = own | {"hidden1.theta": other["hidden1.theta"]}
                shown = self.test("test", index, "theta-swap", mixed)
                found[f"weights: {weights}, theta: {theta}"] = shown.accuracies(
                    self.dataset.y_test)
        return {"theta_swap": found}


def refuse_short(until: int, first: int, size: int) -> int:
    """Samples at the end of the epoch of `size` images in which training goes on.

    Raises
    ------
    SuiteError
        If training would end before.
    """
    end = (first // size + 1) * size
    if until < end:
        raise SuiteError(f"--until {until} lies before the end of the epoch, {end}; raise it")
    return end


def with_block_replaced(index: np.ndarray, block: tuple[int, ...]) -> np.ndarray:
    """Training order in which a block of images is replaced by those before it.

    Parameters
    ----------
    index : ndarray of int
    block : tuple of int
        First image and the one behind the last; empty: nothing is replaced.

    Raises
    ------
    SuiteError
        If the block or the one before it does not lie inside.
    """
    if not block:
        return index
    if len(block) != 2:
        raise SuiteError(f"--block {' '.join(map(str, block))}: give the first image and the one "
                         "behind the last")
    start, stop = block
    size = stop - start
    if not 0 < size <= start < stop <= len(index):
        raise SuiteError(f"--block {start} {stop} does not lie inside {len(index)} training images")
    changed = index.copy()
    changed[start:stop] = index[start - size:start]
    return changed
