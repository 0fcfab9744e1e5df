"""Learning by STBP, batch after batch."""

from collections.abc import Callable
from functools import partial

import numpy as np

from models.errors import SuiteError
from models.shared.array_module import array_module, to_numpy
from models.stbp import SGD, Adam
from models.stbp.architecture import layers_of
from models.stbp.build import balance, build, check_weights, initial_weights
from models.stbp.nir_graph import nir_graph
from protocols.runs.checkpoint import Checkpoint, fact, part, prefixed
from protocols.runs.engine import engine_facts, engine_lines
from protocols.runs.learner import Answers, Learner
from protocols.runs.showing import Showing
from protocols.stbp.distortion import elastic
from protocols.stbp.engine import answered, described, groups, shown_by_groups
from protocols.stbp.evaluation import CHUNK, Evaluation, evaluate
from protocols.stbp.inputs import Events, inputs_of, one_hot
from protocols.stbp.observe import activity
from protocols.stbp.settings import STBPSettings

LEARNING = 100
"""Samples in a row (or an epoch, if that is less) whose all-zero gradients are an error."""
# What a random number is for; the seed of each generator is (seed, purpose, ...). The fifth was
# that of the held-out samples, which `protocols.datasets.hold_out` chooses for all protocols now.
WEIGHTS, ORDER, INPUT, TEST, BALANCE = range(5)


class STBPLearner(Learner):
    """Learner of `protocols.stbp`; see `protocols.runs.learner.Learner`.

    Attributes
    ----------
    layers : list of models.stbp.architecture.Layer
    network : models.stbp.Network
    weights : dict of str to array
        Of the array module `xp`; the network's own.
    loss : float
    correct, shown : int
        Sum of the losses, right answers and samples of the epoch so far.
    test_seed : list of int
        Of the input spikes in tests.

    Raises
    ------
    SuiteError
        If network and data set do not fit, or the array module is missing.
    """

    units = {"output": "spikes"}
    nir_lacks = "rectified units"

    def __init__(self, settings: STBPSettings, dataset, train: np.ndarray,
                 say: Callable[[str], None] = print):
        super().__init__(settings, dataset, train, say)
        self.xp = array_module(settings.array_module)
        self.test_seed = [settings.seed, TEST]
        self.inputs = {split: inputs_of(dataset, split, settings.steps, settings.units,
                                        settings.contrast) for split in ("train", "test")}
        self.input_shape = self.inputs["train"].shape
        text = settings.network.replace("classes", str(dataset.n_classes))
        self.layers = layers_of(text, self.input_shape)
        self.outputs = self.layers[-1].shape[0]
        if self.outputs < dataset.n_classes:
            raise SuiteError(f"network {settings.network!r} has {self.outputs} outputs, "
                             f"{dataset.name} has {dataset.n_classes} classes")
        if isinstance(self.inputs["train"], Events) and (
                settings.distortion_alpha or settings.contrast != "set"):
            raise SuiteError(f"{dataset.name} holds events; distortion and contrast are for "
                             "images, leave them out")
        if settings.units == "rectified":
            self.units = {"output": "activity"}
        self.targets = one_hot(dataset.y_train, self.outputs, settings.precision)
        self.loss = 0.0
        self.correct = 0
        self.shown = 0
        self._vanished = 0
        self._order = (None, None)
        self._groups = None

    def rng(self, *words: int) -> np.random.Generator:
        """Generator for a purpose and a position."""
        return np.random.default_rng([self.settings.seed, *words])

    # -- the course ---------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Samples of all epochs."""
        return self.settings.epochs * len(self.train)

    def epoch(self, position: int) -> float:
        """Epochs, a whole number at their ends."""
        whole, rest = divmod(position, len(self.train))
        return round(position / len(self.train), 4) if rest else whole

    def next_test(self, position: int) -> int:
        """The end of the epoch."""
        n = len(self.train)
        return (position // n + 1) * n

    # -- weights ------------------------------------------------------------------------

    def initial(self) -> dict[str, np.ndarray]:
        """Weights before training, ``{'dense1.w': ndarray, ...}``."""
        settings = self.settings
        dtype = np.dtype(settings.precision)
        weights = initial_weights(self.layers, self.rng(WEIGHTS), dtype)
        if settings.initial == "balanced":
            some = self.inputs["train"].show(self.train[:settings.batch], self.rng(BALANCE))
            balance(self.layers, weights, settings.neurons, some.astype(dtype))
        return weights

    def begin(self) -> None:
        """Initial weights and a fresh optimiser."""
        self._take(self.initial())

    def _take(self, weights: dict, optimiser_state: dict | None = None) -> None:
        """Build the network with weights, and its optimiser."""
        settings = self.settings
        self.weights = {name: self.xp.array(value) for name, value in weights.items()}
        self.network = self._built(self.weights)
        self.optimiser = (Adam(settings.rate, kernels=self._kernels)
                          if settings.optimiser == "adam" else SGD(settings.rate))
        for name, value in (optimiser_state or {}).items():
            self.optimiser.state[name] = self.xp.array(value) if value.ndim else int(value)

    @property
    def _kernels(self) -> str:
        on_cpu = self.settings.array_module == "numpy"
        return self.settings.kernels if on_cpu else "numpy"

    def _built(self, weights: dict):
        """The companion's network with some weights."""
        return build(self.layers, weights, self.settings.neurons, self.settings.gradient,
                     self._kernels)

    # -- learning -----------------------------------------------------------------------

    def prepare(self, position: int) -> None:
        """Let the Brian2 groups be compiled while the companion learns."""
        if self.settings.engine == "brian2" and self._groups is None:
            self._groups = groups(self, self.settings.device, CHUNK)

    def advance(self, position: int, stop: int) -> int:
        """Learn one batch; it is cut only by the end of the epoch."""
        # Weights that have blown up are found by their gradients, with a clear word.
        with np.errstate(over="ignore", invalid="ignore"):
            return self._advance(position)

    def _advance(self, position: int) -> int:
        settings = self.settings
        epoch, inside = divmod(position, len(self.train))
        if not inside:
            self.loss = 0.0
            self.correct = 0
            self.shown = 0
        index = self._epoch_order(epoch)[inside:inside + settings.batch]
        self.optimiser.rate = settings.rate_in(epoch)
        self._step(index, self.rng(INPUT, epoch, inside // settings.batch))
        return position + len(index)

    def _epoch_order(self, epoch: int) -> np.ndarray:
        """Training indices of an epoch in their order."""
        if self._order[0] != epoch:
            self._order = (epoch, self.rng(ORDER, epoch).permutation(self.train))
        return self._order[1]

    def _step(self, index: np.ndarray, rng: np.random.Generator) -> None:
        """One batch."""
        settings = self.settings
        xp = self.xp
        change = None
        if settings.distortion_alpha:
            change = partial(elastic, sigma=settings.distortion_sigma,
                             alpha=settings.distortion_alpha)
        shown = self.inputs["train"].show(index, rng, change)
        targets = xp.asarray(self.targets[index])
        enough = min(LEARNING, len(self.train))
        loss, gradients, outputs = self.network.gradients(
            xp.asarray(shown), targets, may_vanish=self._vanished + len(index) < enough)
        self._vanished = self._vanished + len(index) if self.network.vanished else 0
        self.optimiser.step(self.network.parameters, gradients)
        right = outputs.mean(0)[:, :self.dataset.n_classes].argmax(1) == targets.argmax(1)
        self.loss += float(loss) * len(index)
        self.correct += int(right.sum())
        self.shown += len(index)

    def status(self) -> str:
        """Means of the epoch so far."""
        if not self.shown:
            return ""
        return (f"loss {self.loss / self.shown:.4f}, training "
                f"{100 * self.correct / self.shown:.1f} %")

    # -- answers ------------------------------------------------------------------------

    def learned(self) -> dict[str, np.ndarray]:
        """The weights."""
        return {name: to_numpy(value).copy() for name, value in self.weights.items()}

    def test(self, split: str, index: np.ndarray, purpose: str,
             learned: dict | None = None) -> Answers:
        """Answers of the companion; the input spikes are the same in every test."""
        network = self.network
        if learned is not None:
            check_weights(self.layers, learned)
            network = self._built({name: self.xp.array(v) for name, v in learned.items()})
        return self._answers(evaluate(network, self.inputs[split], index,
                                      self.test_seed, self.dataset.n_classes, self.xp))

    def prepare_classifying(self, device: str | None = None) -> str:
        """Compile the Brian2 groups, if they are asked for."""
        if device is None:
            return self.device
        if self.settings.neurons is None:
            raise SuiteError("rectified units have no Brian2 form; leave out --device")
        self._groups = groups(self, device, 1)
        return device

    def classify(self, index: np.ndarray, purpose: str, learned: dict | None = None,
                 device: str | None = None) -> Answers:
        """Answers of the companion or, where a device is named, of the Brian2 groups on it."""
        if device is None:
            return self.test("test", index, purpose, learned)
        return self._answers(answered(self, self._groups, index, learned or self.learned()))

    def _answers(self, shown: Evaluation) -> Answers:
        row = {"train_accuracy": None, "train_loss": None,
               "output_rate": float(shown.rates.mean())}
        if self.shown:
            row["train_accuracy"] = 100 * self.correct / self.shown
            row["train_loss"] = self.loss / self.shown
        counts = shown.rates[:, :self.dataset.n_classes]
        if self.settings.neurons is not None:
            counts = np.round(counts * self.inputs["test"].steps)
        columns = {"rate": [round(float(rate), 6) for rate in shown.rates.max(1)]}
        return Answers({"output": shown.answers}, {"output": counts}, row, columns, shown)

    # -- Brian2 -------------------------------------------------------------------------

    def networks(self) -> dict:
        """The groups, which have the companion's spikes; rectified units have none."""
        if self.settings.neurons is None:
            return {}
        return {"network": partial(described, self)}

    def parameters(self) -> dict:
        """What the companion knows beside the equations."""
        if self.settings.neurons is None:
            return {}
        return {"neurons and their surrogate": self.settings.neurons}

    def showing(self, purpose: str, learned: dict | None = None,
                device: str | None = None) -> Showing:
        """The groups; the input spikes are the same for any purpose."""
        if self.settings.neurons is None:
            return super().showing(purpose, learned, device)
        return shown_by_groups(self, self.learned() if learned is None else learned)

    def nir_graph(self, learned: dict) -> object:
        """As `models.stbp.nir_graph` has it; rectified units are refused."""
        if self.settings.neurons is None:
            return super().nir_graph(learned)
        return nir_graph(self.layers, learned, self.settings.neurons, self.settings.steps)

    def warnings(self, answers: Answers) -> list[str]:
        """Outputs of no class, and an output layer that is silent or always on."""
        found = []
        spare = self.outputs - self.dataset.n_classes
        if spare:
            found.append(f"{spare} of {self.outputs} outputs belong to no class: network "
                         f"{self.settings.network} for {self.dataset.n_classes} classes")
        rates = answers.details.rates
        if not rates.any():
            found.append("no output neuron has fired: lower the threshold (--V-th) or choose "
                         "larger weights (--initial balanced)")
        elif self.settings.neurons is not None and (rates == 1).all():
            found.append("every output neuron fires in every step: raise the threshold (--V-th)")
        return found

    # -- checkpoints --------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        """Weights and the state of the optimiser."""
        state = {name: np.asarray(to_numpy(value))
                 for name, value in self.optimiser.state.items()}
        return prefixed("weights", self.learned()) | prefixed("optimiser", state)

    def facts(self) -> dict:
        """Sums of the epoch so far, and samples in a row of which nothing was learned."""
        return {"loss": float(self.loss), "correct": self.correct, "shown": self.shown,
                "vanished": self._vanished}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take weights, optimiser and sums of a checkpoint."""
        weights = part(checkpoint.arrays, "weights")
        check_weights(self.layers, weights)
        self.loss = fact(checkpoint, "loss", float)
        self.correct = fact(checkpoint, "correct", int)
        self.shown = fact(checkpoint, "shown", int)
        # Checkpoints of earlier versions do not have it.
        known = "vanished" in checkpoint.facts
        self._vanished = fact(checkpoint, "vanished", int) if known else 0
        self._take(weights, part(checkpoint.arrays, "optimiser"))

    # -- the end ------------------------------------------------------------------------

    def activity(self, answers: Answers, learned: dict | None) -> dict:
        """Arrays of ``activity.npz``."""
        if learned is not None:
            self._take(learned)
        return activity(self)

    @property
    def device(self) -> str:
        """The companion's array module and kernels."""
        if self.settings.array_module != "numpy":
            return self.settings.array_module
        return f"numpy ({self.settings.kernels})"

    def conclude(self, answers: Answers, learned: dict | None) -> dict:
        """What the Brian2 groups answer to the test set."""
        if self.settings.engine != "brian2":
            return {}
        index = np.arange(len(self.dataset.y_test))
        shown = answered(self, self._groups, index, learned or self.learned())
        steps = self.settings.steps
        other = np.round(steps * shown.rates) != np.round(steps * answers.details.rates)
        return engine_facts(shown.accuracy(self.dataset.y_test), other)

    @staticmethod
    def closing(facts: dict) -> list[tuple[str, str]]:
        """What the Brian2 groups answered."""
        return engine_lines(facts, "output spikes")
