"""Learning batch after batch by any rule on any layered network (`models.shared.layered`)."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from models.errors import SuiteError
from models.shared.array_module import array_module, to_numpy
from models.shared.layered import (
    Arrays, Forward, LayeredNetwork, Lesson, Rule, layered_shapes, one_hot,
)
from models.shared.optimisers import SGD, Adam
from models.shared.resources import check_fits
from protocols.layered.course import Epochs
from protocols.layered.settings import NetworkSettings
from protocols.layered.state import optimiser_arrays, restored, take_optimiser
from protocols.runs.checkpoint import Checkpoint, fact, prefixed
from protocols.runs.learner import Answers, Learner

CHUNK = 500
"""Samples that are tested at a time, and about as many that are learned between two looks at the
clock. Fixed: the last bits of an output depend on it."""
SHOWN = 1000
"""Test samples whose activities are kept for figures."""
LESSON = 3
"""Of the generators that rules may draw from: their seeds are (seed, LESSON, position)."""


@dataclass
class Since:
    """Sums since the last row of metrics.csv.

    Attributes
    ----------
    samples, correct : int
        Samples learned, and how many of them were answered right before that.
    loss : float
    """

    samples: int = 0
    correct: int = 0
    loss: float = 0.0


class LayeredLearner(Learner):
    """What learners of layered networks share; see `protocols.runs.learner.Learner`.

    Attributes
    ----------
    xp : module
        NumPy or CuPy.
    patterns : dict of str to ndarray of float32, shape (n, inputs)
        Intensities by split.
    sizes : tuple of int
    course : protocols.layered.course.Epochs
    rule : models.shared.layered.Rule
        Its arrays are the state of what learns.
    optimiser : models.shared.optimisers.Adam or SGD
    since : Since

    Raises
    ------
    SuiteError
        If network and data set do not fit, the network is too large for this machine, or the array
        module is missing.
    """

    def __init__(self, settings: NetworkSettings, dataset, train: np.ndarray,
                 say: Callable[[str], None] = print):
        super().__init__(settings, dataset, train, say)
        self.xp = array_module(getattr(settings, "array_module", "numpy"))
        self.patterns = {split: self.intensities(split) for split in ("train", "test")}
        self.sizes = settings.sizes(self.patterns["train"].shape[1], dataset.n_classes)
        check_fits(sum(a * b for a, b in zip(self.sizes, self.sizes[1:])))
        self.course = Epochs(settings, train)
        self.since = Since()

    # -- what a paper supplies ----------------------------------------------------------

    @abstractmethod
    def intensities(self, split: str) -> np.ndarray:
        """Samples of a split, shape (n, inputs), float32 in [0, 1]."""

    @abstractmethod
    def initial(self) -> Arrays:
        """Weights and biases of an untrained network, of NumPy."""

    @abstractmethod
    def rule_of(self, arrays: Arrays) -> Rule:
        """A network with some weights and biases, and the rule by which it learns."""

    @abstractmethod
    def rate(self, position: int) -> float:
        """Step of learning at a position."""

    def shown(self, index: np.ndarray, position: int) -> np.ndarray:
        """What is shown of the training samples that are learned at a position."""
        return self.patterns["train"][index]

    @property
    def optimiser_name(self) -> str:
        """'adam' or 'sgd'."""
        return self.settings.optimiser

    @property
    def batch(self) -> int:
        """Samples of a batch."""
        return self.settings.batch

    @property
    def kernels(self) -> str:
        """What computes the optimiser's steps on the CPU: 'numba' or 'numpy'."""
        return self.settings.kernels if self.xp is np else "numpy"

    # -- the course ---------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Samples of all epochs."""
        return self.course.total

    def epoch(self, position: int) -> float:
        """Epochs of the run's own length."""
        return self.course.epoch(position)

    def next_test(self, position: int) -> int:
        """Every so many samples, at the end of a batch, and at the end."""
        return self.course.next_test(position)

    # -- learning -----------------------------------------------------------------------

    def begin(self) -> None:
        """Initial weights."""
        self._take(self.initial())

    def _take(self, arrays: Arrays) -> None:
        """Learn on from some weights and biases, with a fresh optimiser."""
        self.rule = self._built(arrays)
        kind = Adam if self.optimiser_name == "adam" else SGD
        self.optimiser = kind(kernels=self.kernels)

    def _built(self, arrays: Arrays) -> Rule:
        """A rule over arrays of its own, in the precision that is asked for."""
        return self.rule_of({name: self.xp.array(value, dtype=self.settings.precision)
                             for name, value in arrays.items()})

    @property
    def network(self) -> LayeredNetwork:
        """The one that learns."""
        return self.rule.network

    def as_inputs(self, patterns: np.ndarray) -> object:
        """Intensities as a network takes them."""
        return self.xp.asarray(patterns.astype(self.settings.precision, copy=False))

    def advance(self, position: int, stop: int) -> int:
        """Learn some batches; only the end of the run cuts one."""
        stop = min(stop, position + CHUNK)
        # Weights that have blown up are found later, with a clear word.
        with np.errstate(over="ignore", invalid="ignore"):
            while position < stop:
                end = min(position + self.batch, self.total)
                self._learn(self.course.samples(position, end), position)
                position = end
        return position

    def _learn(self, index: np.ndarray, position: int) -> None:
        """One batch."""
        inputs = self.as_inputs(self.shown(index, position))
        labels = self.dataset.y_train[index]
        rng = np.random.default_rng([self.settings.seed, LESSON, position])
        lesson = self.rule.lesson(inputs, one_hot(labels, self.sizes[-1], inputs), rng)
        self.check(lesson, position)
        self.optimiser.rate = self.rate(position)
        self.optimiser.step(self.rule.arrays, self.gradients(lesson))
        self.since.samples += len(index)
        self.since.correct += int((self._answer(lesson.forward.outputs) == labels).sum())
        self.since.loss += lesson.loss * len(index)

    def gradients(self, lesson: Lesson) -> dict:
        """What the optimiser takes of a lesson."""
        return lesson.gradients

    def check(self, lesson: Lesson, position: int) -> None:
        """Refuse to learn what makes no sense; the tests find weights that are not finite.

        Raises
        ------
        Diverged
        """

    def _votes(self, outputs: object) -> np.ndarray:
        """Outputs that have a class; others do not answer."""
        return to_numpy(outputs)[:, :self.dataset.n_classes]

    def _answer(self, outputs: object) -> np.ndarray:
        """Class of the largest output."""
        return self._votes(outputs).argmax(1)

    def status(self) -> str:
        """Means since the last test."""
        since = self.since
        if not since.samples:
            return ""
        return (f"loss {since.loss / since.samples:.4f}, training "
                f"{100 * since.correct / since.samples:.1f} %")

    # -- answers ------------------------------------------------------------------------

    def learned(self) -> dict[str, np.ndarray]:
        """Weights and biases."""
        return {name: to_numpy(value).copy() for name, value in self.network.arrays.items()}

    def test(self, split: str, index: np.ndarray, purpose: str,
             learned: dict | None = None) -> Answers:
        """Outputs for some samples."""
        network = self.tested(learned)
        votes = []
        details = self.details(network)
        # As in `advance`: finite weights may be too large already.
        with np.errstate(over="ignore", invalid="ignore"):
            for forward in self.forwards(network, split, index):
                votes.append(self._votes(forward.outputs))
                if details is not None:
                    details.add(forward)
            columns = self.columns(network, details)
        votes = np.concatenate(votes)
        return Answers({"output": votes.argmax(1)}, {"output": votes}, columns, details=details)

    def details(self, network: LayeredNetwork) -> object:
        """What sums up a test beside its outputs: it has ``add(forward)``. Default: nothing."""
        return None

    def columns(self, network: LayeredNetwork, details: object) -> dict:
        """Columns of metrics.csv from what has summed up a test."""
        return {}

    def forwards(self, network: LayeredNetwork, split: str, index: np.ndarray,
                 **keywords) -> Iterator[Forward]:
        """What a network does with some samples, chunk by chunk.

        Parameters
        ----------
        network : LayeredNetwork
        split : {'train', 'test'}
        index : ndarray of int
        **keywords
            Of its ``forward``.
        """
        for first in range(0, len(index), CHUNK):
            patterns = self.patterns[split][index[first:first + CHUNK]]
            yield network.forward(self.as_inputs(patterns), **keywords)

    def tested(self, learned: dict | None) -> LayeredNetwork:
        """The present network, or that of an earlier moment.

        Raises
        ------
        SuiteError
            If that was another one.
        """
        if learned is None:
            return self.network
        shapes = layered_shapes(self.sizes)
        for name, shape in shapes.items():
            if name not in learned or learned[name].shape != shape:
                raise SuiteError(f"the checkpoint belongs to another network: its {name} is "
                                 f"missing or not of shape {shape}")
        return self._built({name: learned[name] for name in shapes}).network

    def begin_row(self) -> dict:
        """Training accuracy and loss since the last row."""
        since = self.since
        n = since.samples
        self.since = Since()
        return {"train_accuracy": 100 * since.correct / n if n else None,
                "loss": since.loss / n if n else None}

    # -- checkpoints --------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        """What the rule learns, and the state of the optimiser."""
        state = {name: to_numpy(value) for name, value in self.rule.arrays.items()}
        optimiser = optimiser_arrays(self.optimiser, self.network.layers)
        return prefixed("state", state) | prefixed("optimiser", optimiser)

    def facts(self) -> dict:
        """Sums since the last row."""
        return vars(self.since).copy()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take arrays, optimiser and sums of a checkpoint.

        Raises
        ------
        SuiteError
            If they do not fit, or the run ended within a batch and is to be prolonged.
        """
        ended = checkpoint.progress.samples
        if ended < self.total and ended % self.batch:
            raise SuiteError(f"the run ended within a batch, after {ended} samples in batches of "
                             f"{self.batch}; a longer run has other batches from there on: begin "
                             "it anew with --epochs")
        self._take({name: np.zeros(shape) for name, shape in layered_shapes(self.sizes).items()})
        restored(checkpoint, self.rule.arrays)
        take_optimiser(checkpoint, self.optimiser, self.rule.arrays, self.network.layers)
        self.since = Since(fact(checkpoint, "samples", int), fact(checkpoint, "correct", int),
                           fact(checkpoint, "loss", float))

    # -- the end ------------------------------------------------------------------------

    def activity(self, answers: Answers, learned: dict | None) -> dict:
        """Arrays of ``activity.npz``: images, labels and activities of the first test samples."""
        dataset = self.dataset
        network = self.tested(learned)
        index = np.arange(min(SHOWN, len(dataset.y_test)))
        parts = [[to_numpy(activity) for activity in forward.activities[1:]]
                 for forward in self.forwards(network, "test", index)]
        found = {f"rates_{layer}": np.concatenate(chunks).astype(np.float32)
                 for layer, chunks in zip(network.layers[1:], zip(*parts))}
        found["labels"] = dataset.y_test[index]
        if dataset.kind == "images":
            found["images"] = dataset.x_test[index].reshape(len(index), -1)
            found["image_shape"] = np.array(dataset.image_shape[:2])
        return found
