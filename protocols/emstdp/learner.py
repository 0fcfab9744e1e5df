"""Learning chunk after chunk of samples with a compiled EMSTDP network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from models.devices import compile_network
from models.emstdp.architecture import initial_state
from models.emstdp.network import build
from models.shared.counter_random import stream
from protocols.emstdp.course import Course
from protocols.emstdp.inputs import intensities, with_noise
from protocols.emstdp.lesson import lesson_of
from protocols.emstdp.observe import activity
from protocols.emstdp.settings import EMSTDPSettings
from protocols.emstdp.warnings import warnings
from protocols.runs.checkpoint import Checkpoint, array, fact, prefixed
from protocols.runs.chunks import show_chunks
from protocols.runs.learner import Answers, Learner
from protocols.runs.lesson import Lesson
from protocols.runs.showing import Showing

FEW = 2
"""Samples that are classified sooner on NumPy, some seconds each, than by a network that is
compiled for them in ten."""


@dataclass
class Since:
    """Means over the training samples since the last row of metrics.csv.

    Attributes
    ----------
    samples, correct : int
        Answers are those of phase 1, before the sample has been learned.
    sums : dict of str to float
        Sums of what `EMSTDPLearner._measure` measures, by column.
    """

    samples: int = 0
    correct: int = 0
    sums: dict = field(default_factory=dict)


class EMSTDPLearner(Learner):
    """Learner of `protocols.emstdp`; see `protocols.runs.learner.Learner`.

    Attributes
    ----------
    state : dict of str to ndarray
        Of the network that learns.
    capacity : int
        Samples of one call of a network.
    since : Since

    Raises
    ------
    SuiteError
        If network and data set do not fit.
    """

    units = {"output": "spikes"}
    nir_lacks = "neurons that a spike sets back by their threshold"

    def __init__(self, settings: EMSTDPSettings, dataset, train: np.ndarray,
                 say: Callable[[str], None] = print):
        super().__init__(settings, dataset, train, say)
        self.patterns = {split: intensities(dataset, split, settings.series_form, train)
                         for split in ("train", "test")}
        self.labels = dataset.y_train
        self.capacity = int(np.clip(len(train) // 4, 25, 500))
        self.architecture = settings.architecture(
            self.patterns["train"].shape[1], dataset.n_classes, capacity=self.capacity)
        self.course = Course(settings, self.architecture.rules, train)
        self.state = {}
        self.since = Since()
        self._networks = {}
        self._classifier = None

    # -- the course ---------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Samples of all epochs."""
        return self.course.total

    def epoch(self, position: int) -> float:
        """Epochs of the run's own length."""
        return self.course.epoch(position)

    def next_test(self, position: int) -> int:
        """Every so many samples, and at the end."""
        return self.course.next_test(position)

    # -- networks -----------------------------------------------------------------------

    def network(self, learns: bool):
        """Compiled network of training or of testing; compiled once."""
        if learns not in self._networks:
            architecture = self.architecture if learns else self.architecture.for_testing()
            self._networks[learns] = self.compile_network(
                partial(build, architecture), self.settings.device,
                f"{'training' if learns else 'testing'} (EMSTDP)", self.settings.precision,
                announce=self.say)
        return self._networks[learns]

    def networks(self) -> dict:
        """Those of training and of testing."""
        return {"training": partial(build, self.architecture),
                "testing": partial(build, self.architecture.for_testing())}

    def showing(self, purpose: str, learned: dict | None = None,
                device: str | None = None) -> Showing:
        """The network of testing, without the error network."""
        patterns = self.patterns["test"]
        number = stream(self.settings.seed, purpose)

        def stimuli(k):
            return {"pattern": patterns[k:k + 1], "stream": number, "first": 0}

        state = self.learned() if learned is None else learned
        return Showing(partial(build, self.architecture.for_testing(capacity=1)), state, stimuli)

    def prepare(self, position: int) -> None:
        """Compile both networks side by side."""
        for network in [self.network(True), self.network(False)]:
            network.wait()

    # -- learning -----------------------------------------------------------------------

    def begin(self) -> None:
        """Initial weights."""
        self.state = initial_state(self.architecture, self.settings.seed)

    def advance(self, position: int, stop: int) -> int:
        """Show one chunk of samples."""
        end = min(position + self.capacity, stop)
        index, stimuli = self.shown(position, end)
        self.state, records = self.network(True)(self.state, stimuli)
        self._measure(records, self.labels[index])
        return end

    def shown(self, start: int, stop: int) -> tuple[np.ndarray, dict]:
        """Training samples from one position to another, and the stimuli with them."""
        index = self.course.samples(start, stop)
        noisy = with_noise(self.patterns["train"][index], self.settings.noise, self.settings.seed,
                           start)
        return index, {
            "pattern": noisy, "label": self.labels[index],
            "rate": self.course.rates(start, stop), "first": start,
            "stream": stream(self.settings.seed, "train")}

    def lesson(self) -> Lesson:
        """The run as data."""
        return lesson_of(self)

    def _measure(self, records, labels) -> None:
        """Add a chunk to the means."""
        counts = {name: records.per_sample(name) for name in records.slots if "cursor" not in name}
        answers = counts["output.h"][:, :self.dataset.n_classes].argmax(1)
        self.since.samples += len(labels)
        self.since.correct += int((answers == labels).sum())
        for layer in self.architecture.layers[1:]:
            spikes = counts[f"{layer}.h"] + counts[f"{layer}.h_hat"]
            errors = counts[f"{layer}_plus.count"] + counts[f"{layer}_minus.count"]
            self._add(f"{layer}_active", (counts[f"{layer}.h"] > 0).mean(1))
            self._add(f"{layer}_spikes", spikes.sum(1))
            self._add(f"{layer}_errors", errors.sum(1))

    def _add(self, column, values) -> None:
        self.since.sums[column] = self.since.sums.get(column, 0.0) + float(values.sum())

    def status(self) -> str:
        """Right answers since the last test."""
        if not self.since.samples:
            return ""
        return f"training {100 * self.since.correct / self.since.samples:.1f} %"

    # -- answers ------------------------------------------------------------------------

    def learned(self) -> dict[str, np.ndarray]:
        """Weights and biases, in single precision."""
        return {name: self.state[name].astype(np.float32) for name in self._kept()}

    def _kept(self):
        """Names of what testing takes from training."""
        return list(initial_state(self.architecture.for_testing(), 0))

    def test(self, split: str, index: np.ndarray, purpose: str,
             learned: dict | None = None) -> Answers:
        """Show samples without the error network."""
        return self._answers(self.network(False), self.capacity, split, index, purpose, learned)

    def prepare_classifying(self, device: str | None = None) -> str:
        """Build a network that shows one sample at a time.

        For few samples it is on the runtime device, which needs no compiling, unless one is named.
        The answers are the same.
        """
        device = device or ("runtime" if len(self.dataset.y_test) <= FEW else self.settings.device)
        architecture = self.architecture.for_testing(capacity=1)
        self._classifier = compile_network(
            partial(build, architecture), device, "testing (EMSTDP)", self.settings.precision,
            announce=self.say)
        self._classifier.wait()
        return device

    def classify(self, index: np.ndarray, purpose: str, learned: dict | None = None,
                 device: str | None = None) -> Answers:
        """Each sample alone, so that its answer does not depend on those beside it."""
        return self._answers(self._classifier, 1, "test", index, purpose, learned)

    def _answers(self, network, capacity, split, index, purpose, learned) -> Answers:
        state = self.learned() if learned is None else learned
        number = stream(self.settings.seed, purpose)

        parts = show_chunks(network, state, [
            {"pattern": self.patterns[split][index[first:first + capacity]], "stream": number,
             "first": first} for first in range(0, len(index), capacity)], self.settings.workers)
        counts = {layer: np.concatenate([part.per_sample(f"{layer}.h") for part in parts])
                  for layer in self.architecture.layers[1:]}
        # Outputs without a class do not answer.
        votes = counts["output"][:, :self.dataset.n_classes]
        columns = {"output_spikes": votes.max(1).astype(int)}
        return Answers({"output": votes.argmax(1)}, {"output": votes}, columns=columns,
                       details=counts)

    def begin_row(self) -> dict:
        """Means over the training samples since the last row."""
        n = self.since.samples
        row = {"train_accuracy": 100 * self.since.correct / n if n else None}
        for layer in self.architecture.layers[1:]:
            for quantity in ("active", "spikes", "errors"):
                total = self.since.sums.get(f"{layer}_{quantity}")
                row[f"{layer}_{quantity}"] = total / n if n else None
        self.since = Since()
        return row

    def warnings(self, answers: Answers) -> list[str]:
        """Layers of which nothing or nearly all fires."""
        return warnings(self.architecture, answers.details)

    # -- checkpoints --------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        """State of the network."""
        return prefixed("state", self.state)

    def facts(self) -> dict:
        """Sums since the last row."""
        return {"samples": self.since.samples, "correct": self.since.correct,
                "sums": self.since.sums}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take the state of a checkpoint."""
        fresh = initial_state(self.architecture, 0)
        self.state = {name: array(checkpoint, f"state:{name}", value.shape)
                      for name, value in fresh.items()}
        self.since = Since(fact(checkpoint, "samples", int), fact(checkpoint, "correct", int),
                           fact(checkpoint, "sums", dict))

    # -- the end ------------------------------------------------------------------------

    def exact(self) -> dict[str, np.ndarray]:
        """Weights, biases, and what equations of one's own learn."""
        return {name: self.state[name] for name in self._kept()}

    def activity(self, answers: Answers, learned: dict | None) -> dict:
        """Arrays of ``activity.npz``."""
        state = self.state | (learned or {})
        return activity(self, answers, state)
