"""What a paper supplies to a run: a learner that advances and answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.devices import compile_network
from models.errors import SuiteError
from protocols.runs.checkpoint import Checkpoint
from protocols.runs.lesson import Lesson
from protocols.runs.settings import RunSettings
from protocols.runs.showing import Showing

if TYPE_CHECKING:
    from models.devices.network_description import NetworkDescription


@dataclass(frozen=True)
class Answers:
    """What a network answered to some samples.

    Attributes
    ----------
    predicted : dict of str to ndarray of int, shape (n,)
        Class by readout; a readout that has learned nothing yet is absent.
    votes : dict of str to ndarray, shape (n, n_classes)
        What the answers were chosen by, likewise.
    row : dict of str to float or None
        Columns of metrics.csv beside the accuracies.
    columns : dict of str to ndarray, shape (n,)
        Columns of predictions.csv beside the answers.
    details : object
        The learner's own, for its figures.
    """

    predicted: dict
    votes: dict = field(default_factory=dict)
    row: dict = field(default_factory=dict)
    columns: dict = field(default_factory=dict)
    details: object = None

    def accuracies(self, truth: np.ndarray) -> dict[str, float]:
        """Per cent correct by readout."""
        return {readout: 100 * float(np.mean(answer == truth))
                for readout, answer in self.predicted.items()}


class Learner(ABC):
    """Base of the learners.

    A position is a number of training samples shown. A learner's state is a function of settings,
    data and position alone: what it needs random numbers for derives them from (seed, position).

    Parameters
    ----------
    settings : RunSettings
        Of the learner's protocol.
    dataset : protocols.datasets.Dataset
    train : ndarray of int
        Indices of the training samples that it learns from; empty for prediction alone.
    say : callable
        ``say(line)`` tells the user something that takes a while.

    Attributes
    ----------
    readouts : tuple of str
        Names of the ways to read an answer. A single one has the columns ``accuracy`` and
        ``predicted``; of several the names are appended.
    words : dict of str to str
        What a reader calls the readouts.
    units : dict of str to str
        Of the votes, by readout.
    nir_lacks : str
        Why the network cannot be written as NIR (`nir_graph`): what that has not.
    compile_network : callable
        Compiles the networks that learn and are tested; `models.devices.compile_network` unless
        the run is one of several side by side (`protocols.runs.replicas`).

    Raises
    ------
    SuiteError
        If settings and data do not go together. Nothing has been written then.
    """

    readouts: tuple[str, ...] = ("output",)
    words: dict[str, str] = {"output": "output layer"}
    units: dict[str, str] = {"output": "votes"}
    nir_lacks = "primitive for the units of this network"
    compile_network = staticmethod(compile_network)

    def __init__(self, settings: RunSettings, dataset, train: np.ndarray,
                 say: Callable[[str], None] = print):
        self.settings = settings
        self.dataset = dataset
        self.train = train
        self.say = say

    # -- the course ---------------------------------------------------------------------

    @property
    @abstractmethod
    def total(self) -> int:
        """Samples of the whole run."""

    @abstractmethod
    def next_test(self, position: int) -> int:
        """The first position behind another one at which the network is tested."""

    def epoch(self, position: int) -> float:
        """Epochs shown at a position, for metrics.csv."""
        return round(position / max(len(self.train), 1), 4)

    def phase(self, position: int) -> str | None:
        """Name of the stretch of training that ends at or contains a position, if it has several.

        Accuracies of the last phase count."""
        return None

    @property
    def first(self) -> int:
        """Position at which the run begins."""
        return 0

    # -- learning -----------------------------------------------------------------------

    @abstractmethod
    def begin(self) -> None:
        """Take the state of an untrained network."""

    def prepare(self, position: int) -> None:
        """Build what learning from a position on and tests need, such as compiled networks."""

    @abstractmethod
    def advance(self, position: int, stop: int) -> int:
        """Learn some samples from a position on.

        Parameters
        ----------
        position : int
        stop : int
            Not to be passed, unless samples are learned in batches and it lies inside one.

        Returns
        -------
        int
            The new position.
        """

    def status(self) -> str:
        """A few words for the progress bar."""
        return ""

    # -- answers ------------------------------------------------------------------------

    @property
    def readout(self) -> str:
        """The readout that the run's accuracy is of."""
        return self.readouts[0]

    @abstractmethod
    def learned(self) -> dict[str, np.ndarray]:
        """Copies of what an answer depends on, such as weights; `test` takes them back."""

    @abstractmethod
    def test(self, split: str, index: np.ndarray, purpose: str,
             learned: dict[str, np.ndarray] | None = None) -> Answers:
        """Show samples without learning from them.

        Parameters
        ----------
        split : {'train', 'test'}
        index : ndarray of int
            Into the samples of the split.
        purpose : str
            Names the random numbers; the same name gives the same answers.
        learned : dict, optional
            Of an earlier moment; default: the present.
        """

    def prepare_classifying(self, device: str | None = None) -> str | None:
        """Build what `classify` needs, such as a compiled network; say what will compute."""
        return device or self.device

    def classify(self, index: np.ndarray, purpose: str,
                 learned: dict[str, np.ndarray] | None = None,
                 device: str | None = None) -> Answers:
        """As `test` of the split 'test', on a device that the user may name."""
        return self.test("test", index, purpose, learned)

    def begin_row(self) -> dict[str, float | None]:
        """Columns of metrics.csv from what has been learned since the last row; sums begin anew."""
        return {}

    def warnings(self, answers: Answers) -> list[str]:
        """What is wrong with a network that gave these answers, a line each."""
        return []

    # -- equations ----------------------------------------------------------------------

    def networks(self) -> dict[str, Callable[[], NetworkDescription]]:
        """What builds the Brian2 networks of the run, by what each is for."""
        return {}

    def parameters(self) -> dict[str, object]:
        """Parameter dataclasses of what is computed without Brian2, by what each is of."""
        return {}

    def showing(self, purpose: str, learned: dict[str, np.ndarray] | None = None,
                device: str | None = None) -> Showing:
        """The Brian2 network that shows test samples, one a call, without learning.

        Parameters
        ----------
        purpose, learned
            As `classify` takes them.
        device : str, optional
            That it is built for; default: the run's.

        Raises
        ------
        SuiteError
            If the run's network has no Brian2 form.
        """
        raise SuiteError("the units of this network do not spike: it has no Brian2 form; "
                         "use predict")

    def lesson(self) -> Lesson:
        """The whole run as data, for a program that learns without Python.

        Raises
        ------
        SuiteError
            If what learns is not one compiled network, or is shown what no table holds.
        """
        raise SuiteError("this protocol learns on arrays, not in one compiled network, and has no "
                         "page; diehl_cook_sl and emstdp have")

    def nir_graph(self, learned: dict[str, np.ndarray]) -> object:
        """The network as a graph of the neuromorphic intermediate representation (NIR).

        Parameters
        ----------
        learned : dict of str to ndarray
            Of `learned`.

        Returns
        -------
        nir.NIRGraph

        Raises
        ------
        SuiteError
            If NIR has no primitives that are equal to its parts, or the package nir is missing.
        """
        raise SuiteError(f"NIR has no {self.nir_lacks}: export to .npz instead")

    # -- checkpoints --------------------------------------------------------------------

    @abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """State of the learner for a checkpoint."""

    def facts(self) -> dict:
        """Likewise, what JSON holds."""
        return {}

    @abstractmethod
    def restore(self, checkpoint: Checkpoint) -> None:
        """Take the state of a checkpoint.

        Raises
        ------
        SuiteError
            If it is of another network. `protocols.runs.checkpoint.array` and `fact` help.
        """

    # -- the end ------------------------------------------------------------------------

    def exact(self) -> dict[str, np.ndarray]:
        """Weights and thresholds whose bits depend on settings, seed and data alone, by name; empty
        where they depend on the machine, too."""
        return {}

    def activity(self, answers: Answers, learned: dict[str, np.ndarray] | None) -> dict:
        """Arrays of ``activity.npz``, what figures need beside the tables.

        Parameters
        ----------
        answers : Answers
            Of the final test.
        learned : dict or None
            What was tested, as `test` takes it.
        """
        return {}

    @property
    def device(self) -> str | None:
        """What has computed, for summary.json."""
        return getattr(self.settings, "device", None)

    def conclude(self, answers: Answers, learned: dict[str, np.ndarray] | None) -> dict:
        """Facts of the paper's own for summary.json; parameters as for `activity`."""
        return {}

    @staticmethod
    def closing(facts: dict) -> list[tuple[str, str]]:
        """Labels and texts for the end of the command line, of what `conclude` returned."""
        return []
