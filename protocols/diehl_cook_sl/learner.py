"""Learning chunk after chunk of images with a compiled Diehl & Cook network."""

from collections.abc import Callable
from functools import partial

import numpy as np

from models.devices import compile_network
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.shared.counter_random import stream
from models.shared.resources import check_threads
from protocols.diehl_cook_sl import observe
from protocols.diehl_cook_sl.evaluation import Evaluation, evaluate, patterns, testing_state
from protocols.diehl_cook_sl.history import History
from protocols.diehl_cook_sl.lesson import lesson_of
from protocols.diehl_cook_sl.phases import Phase
from protocols.diehl_cook_sl.readout import LabelStatistics
from protocols.diehl_cook_sl.settings import DiehlCookSettings
from protocols.diehl_cook_sl.warnings import warnings
from protocols.runs.checkpoint import Checkpoint, array, fact, part, prefixed, read_checkpoint
from protocols.runs.learner import Answers, Learner
from protocols.runs.lesson import Lesson
from protocols.runs.showing import Showing

LABEL_WINDOW = 60000
"""Training samples whose responses label the neurons."""

FEW = 8
"""Images that are classified sooner on NumPy, one a second, than by a network that is compiled
for them in ten."""
TOLD = "cpp_standalone"
"""Device whose form of the networks stands in equations.txt."""


class DiehlCookLearner(Learner):
    """Learner of `protocols.diehl_cook_sl`; see `protocols.runs.learner.Learner`.

    Attributes
    ----------
    state : dict of str to ndarray
        Of the network that learns.
    capacity : int
        Samples of one call of a network.
    statistics : LabelStatistics
    history : History

    Raises
    ------
    SuiteError
        If the data set holds no images, the epochs show none of them, or there are not so many
        processors as threads.
    """

    readouts = ("sl", "labels")
    words = {"sl": "SL layer", "labels": "label statistics"}
    units = {"sl": "spikes", "labels": "mean spikes"}
    nir_lacks = "conductances and no adaptive thresholds"

    def __init__(self, settings: DiehlCookSettings, dataset, train: np.ndarray,
                 say: Callable[[str], None] = print):
        super().__init__(settings, dataset, train, say)
        if dataset.kind != "images":
            raise SuiteError(f"{dataset.name} holds {dataset.kind}; this protocol takes images")
        check_threads(settings.threads)
        self.course = settings.course(len(train)) if len(train) else None
        self.capacity = int(np.clip(len(train) // 10, 25, 500))
        parameters = settings.network_parameters(dataset)
        self.images = {"train": patterns(dataset.x_train, parameters.image_mean),
                       "test": patterns(dataset.x_test, parameters.image_mean)}
        self.labels = dataset.y_train
        self.test_architecture = settings.architecture(dataset, capacity=self.capacity)
        hidden = settings.hidden[-1] if settings.hidden else 0
        self.statistics = LabelStatistics(hidden, dataset.n_classes,
                                          min(LABEL_WINDOW, len(train)))
        self.state = {}
        self.history = History()
        self._networks = {}
        self._classifier = None

    # -- the course ---------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Samples of all phases."""
        return self.course.total

    def phase(self, position: int) -> str:
        """Name of the phase."""
        return self.course.ended_by(position).name

    def epoch(self, position: int) -> float:
        """Epochs of the phase."""
        return round((position - self.course.ended_by(position).first) / len(self.train), 4)

    def next_test(self, position: int) -> int:
        """Tests are counted from the beginning of a phase; one is at its end."""
        return self.course.next_test(position)

    # -- networks -----------------------------------------------------------------------

    def network(self, phase: Phase | None = None):
        """Compiled network of a phase, or of testing; compiled once."""
        key = phase.name if phase else "testing"
        if key not in self._networks:
            architecture = self.test_architecture
            if phase:
                architecture = self.settings.architecture(self.dataset, phase,
                                                          capacity=self.capacity)
            self._networks[key] = self.compile_network(
                partial(build, architecture), self.settings.device, f"{key} (Diehl & Cook)",
                self.settings.precision, self.settings.threads if phase else 1, self.say)
        return self._networks[key]

    def networks(self) -> dict:
        """Those of the phases of training, and that of testing.

        In one form for all devices: GeNN's own is the same network, and runs go from device to
        device.
        """
        phases = self.course.phases if self.course else ()
        return {title: partial(build, self.settings.architecture(
            self.dataset, phase, device=TOLD, capacity=self.capacity))
            for title, phase in [*((each.name, each) for each in phases), ("testing", None)]}

    def showing(self, purpose: str, learned: dict | None = None,
                device: str | None = None) -> Showing:
        """The network of testing, each image from its resting state."""
        architecture = self.settings.architecture(self.dataset, device=device, capacity=1)
        images = self.images["test"]
        number = stream(self.settings.seed, purpose)

        def stimuli(k):
            return {"pattern": images[k:k + 1], "stream": number, "first": 0}

        known = self.state if learned is None else learned
        return Showing(partial(build, architecture), testing_state(architecture, known), stimuli)

    def prepare(self, position: int) -> None:
        """Compile the networks of the phase and of testing, side by side."""
        networks = [self.network(self.course.begun_at(position)), self.network()]
        for network in networks:
            network.wait()

    # -- learning -----------------------------------------------------------------------

    def begin(self) -> None:
        """A fresh network; or fresh SL weights for the hidden layers of another run.

        Raises
        ------
        SuiteError
            If those are of another network.
        """
        learned = {}
        if self.settings.hidden_from:
            checkpoint = read_checkpoint(self.settings.hidden_from)
            self._refuse_leak(checkpoint)
            learned = self._checked(checkpoint, self.course.phases[0], self._is_hidden)
            self._restore_statistics(checkpoint)
        self._enter(self.course.phases[0], learned)

    def _refuse_leak(self, checkpoint: Checkpoint) -> None:
        """Refuse hidden layers that have learned from images that are held out here."""
        settings = self.settings
        if not settings.held_out:
            return
        other = {name: value for table in checkpoint.tables.values()
                 for name, value in table.items()}
        differing = [name.replace("_", "-") for name in ("held_out", "seed")
                     if other.get(name) != getattr(settings, name)]
        # By their number, since train_samples may say 0 for all.
        if fact(checkpoint, "training_samples", int) != len(self.train):
            differing.append("number of training images")
        if checkpoint.other_data(self.dataset.fingerprint()):
            differing.append("dataset")
        if differing:
            raise SuiteError(f"--hidden-from {settings.hidden_from}: its layers may have learned "
                             "from images that are held out here, since it has another "
                             f"{', '.join(differing)}; train them with the same, or leave out "
                             "--held-out")

    def _enter(self, phase: Phase, learned: dict) -> None:
        """Begin a phase: its own fresh state with everything learned before."""
        fresh = initial_state(self.settings.architecture(self.dataset, phase), self.settings.seed)
        self.state = {
            name: learned.get(name, value) if self.test_architecture.is_learned(name) else value
            for name, value in fresh.items()}

    def advance(self, position: int, stop: int) -> int:
        """Show one chunk of images."""
        phase = self.course.begun_at(position)
        if position == phase.first > 0:
            self._enter(phase, self.state)
        start = position - phase.first
        end = min(start + self.capacity, stop - phase.first)
        index, stimuli = self.shown(phase, start, end)
        self.state, records = self.network(phase)(self.state, stimuli)
        if self.settings.hidden:
            counts = records.per_sample(f"hidden{len(self.settings.hidden)}.count")
            self.statistics.add(self.labels[index], counts)
            self.history.add_hidden(counts.sum(1), phase.first + end,
                                    1e3 * self.state["hidden1.theta"].mean())
        self.history.add(index)
        return phase.first + end

    def shown(self, phase: Phase, start: int, stop: int) -> tuple[np.ndarray, dict]:
        """Training samples from one position of a phase to another, and the stimuli with them."""
        index = self.course.samples(self.train, phase, start, stop)
        purpose = "hidden" if "hidden" in phase.learn else "sl"
        return index, {
            "pattern": self.images["train"][index], "label": self.labels[index],
            "stream": stream(self.settings.seed, f"train-{purpose}"), "first": start,
        }

    def lesson(self) -> Lesson:
        """The run as data."""
        return lesson_of(self)

    def status(self) -> str:
        """Mean threshold of the first hidden layer."""
        theta = self.history.last_theta
        return "" if theta is None else f"theta {theta:.2f} mV"

    def _is_hidden(self, name: str) -> bool:
        """Whether a variable is what the hidden layers have learned."""
        return self.test_architecture.is_learned(name) and "readout" not in name

    # -- answers ------------------------------------------------------------------------

    @property
    def readout(self) -> str:
        """The SL layer, or label statistics."""
        return self.settings.readout

    def _classes(self) -> np.ndarray | None:
        """Classes of the hidden neurons by label statistics."""
        return self.statistics.classes() if self.settings.hidden else None

    def learned(self) -> dict[str, np.ndarray]:
        """Weights and thresholds in single precision, and ``classes`` of the hidden neurons."""
        found = {name: value.astype(np.float32) for name, value in self.state.items()
                 if self.test_architecture.is_learned(name)}
        if self.settings.hidden:
            found["classes"] = self._classes()
        return found

    def test(self, split: str, index: np.ndarray, purpose: str,
             learned: dict | None = None) -> Answers:
        """Show images with plasticity and theta frozen."""
        return self._answers(self.network(), self.test_architecture, split, index, purpose, learned)

    def prepare_classifying(self, device: str | None = None) -> str:
        """Build a network that shows one image at a time.

        For few images it is on the runtime device, which needs no compiling, unless one is named.
        The answers are the same.
        """
        device = device or ("runtime" if len(self.dataset.y_test) <= FEW else self.settings.device)
        architecture = self.settings.architecture(self.dataset, device=device, capacity=1)
        network = compile_network(partial(build, architecture), device, "testing (Diehl & Cook)",
                                  self.settings.precision, announce=self.say)
        network.wait()
        self._classifier = (network, architecture)
        return device

    def classify(self, index: np.ndarray, purpose: str, learned: dict | None = None,
                 device: str | None = None) -> Answers:
        """Each image alone, so that its answer does not depend on those beside it."""
        return self._answers(*self._classifier, "test", index, purpose, learned)

    def _answers(self, network, architecture, split, index, purpose, learned) -> Answers:
        learned = self.state | {"classes": self._classes()} if learned is None else learned
        shown = evaluate(network, architecture, learned, self.images[split][index],
                         self.settings.seed, purpose, learned.get("classes"),
                         self.settings.workers)
        predicted = {}
        votes = {}
        if shown.sl is not None and self._has_learned_readout(learned):
            predicted["sl"] = shown.sl
            votes["sl"] = shown.sl_counts
        if shown.labels is not None:
            predicted["labels"] = shown.labels
            votes["labels"] = shown.label_votes
        hidden = shown.hidden_counts
        columns = {"hidden_spikes": np.full(len(index), "") if hidden is None else hidden.sum(1),
                   "attempts": shown.attempts}
        return Answers(predicted, votes, self._row(shown), columns, shown)

    def _has_learned_readout(self, learned: dict) -> bool:
        """Whether the weights of the SL layer are there; before its phase they are not."""
        layers = self.test_architecture.layers
        return f"{layers[-2]}_{layers[-1]}.w" in learned

    def _row(self, shown: Evaluation) -> dict:
        hidden = shown.hidden_counts
        return {"hidden_spikes": None if hidden is None else float(hidden.sum(1).mean()),
                "attempts": float(shown.attempts.mean()),
                "theta_mV": self.history.last_theta}

    def warnings(self, answers: Answers) -> list[str]:
        """A hidden layer of which next to nothing or nearly all fires, a silent SL layer."""
        return warnings(answers.details)

    # -- checkpoints --------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        """State of the network, label statistics, and the course of spikes and thresholds."""
        return {
            **prefixed("state", self.state), **prefixed("statistics", self.statistics.arrays()),
            **self.history.arrays()}

    def facts(self) -> dict:
        """Training samples of an epoch, by which the phases are known."""
        return {"training_samples": len(self.train)}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take the state of a checkpoint."""
        if self.course is None:
            self.course = self.settings.course(fact(checkpoint, "training_samples", int))
        self.state = self._checked(checkpoint, self.course.ended_by(checkpoint.progress.samples))
        self._restore_statistics(checkpoint)
        self.history = History.of(checkpoint)

    def _checked(self, checkpoint: Checkpoint, phase: Phase,
                 wanted: Callable[[str], bool] | None = None) -> dict:
        """Variables of the phase's network in a checkpoint, if all are there and fit."""
        fresh = initial_state(self.settings.architecture(self.dataset, phase), 0)
        return {name: array(checkpoint, f"state:{name}", value.shape)
                for name, value in fresh.items() if wanted is None or wanted(name)}

    def _restore_statistics(self, checkpoint: Checkpoint) -> None:
        if not self.settings.hidden:
            return
        neurons = self.settings.hidden[-1]
        classes = self.dataset.n_classes
        array(checkpoint, "statistics:labels.sums", (None, classes, neurons))
        array(checkpoint, "statistics:labels.samples", (None, classes), "i")
        self.statistics.restore(part(checkpoint.arrays, "statistics"))

    # -- the end ------------------------------------------------------------------------

    def exact(self) -> dict[str, np.ndarray]:
        """Weights, thresholds, and what equations of one's own learn."""
        return {name: value for name, value in self.state.items()
                if self.test_architecture.is_learned(name)}

    def activity(self, answers: Answers, learned: dict | None) -> dict:
        """Arrays of ``activity.npz``."""
        learned = self.state | {"classes": self._classes()} if learned is None else learned
        arrays = observe.activity(self.settings, self.dataset, learned, answers.details,
                                  self.images["test"])
        return arrays | self.history.activity(self.dataset.x_train) | {
            "epoch_samples": len(self.train)}
