"""Learning batch after batch with a network that does not spike."""

from collections.abc import Callable

import numpy as np

from equations.shrestha2019.mlp import BPRules
from models.emstdp.mlp import build_mlp, feedback_matrices, initial_mlp
from models.errors import SuiteError
from models.shared.layered import (
    Arrays, LayeredNetwork, Outer, Rule, layered_shapes, one_hot,
)
from models.shared.optimisers import SGD, Adam
from models.shared.resources import check_fits
from protocols.emstdp.course import Epochs
from protocols.emstdp.inputs import intensities, with_noise
from protocols.emstdp_mlp.settings import MLPSettings
from protocols.runs.checkpoint import Checkpoint, array, fact, prefixed
from protocols.runs.learner import Answers, Learner

CHUNK = 500
"""Samples that are tested at a time, and about as many that are learned between two looks at the
clock. Fixed: the last bits of an output depend on it."""
SHOWN = 1000
"""Test samples whose activities are kept for figures."""


class MLPLearner(Learner):
    """Learner of `protocols.emstdp_mlp`; see `protocols.runs.learner.Learner`.

    Attributes
    ----------
    sizes : tuple of int
    state : dict of str to ndarray
        Weights and biases, those of the rule.
    rule : models.shared.layered.Rule
    optimiser : models.shared.optimisers.Adam or SGD
    samples, correct, loss : int, int, float
        Since the last row of metrics.csv: samples learned, how many of them were answered right
        before that, and the sum of their losses.

    Raises
    ------
    SuiteError
        If network and data set do not fit, or the network is too large for this machine.
    """

    def __init__(self, settings: MLPSettings, dataset, train: np.ndarray,
                 say: Callable[[str], None] = print):
        super().__init__(settings, dataset, train, say)
        self.patterns = {split: intensities(dataset, split, settings.series_form, train)
                         for split in ("train", "test")}
        self.labels = dataset.y_train
        self.sizes = settings.sizes(self.patterns["train"].shape[1], dataset.n_classes)
        check_fits(sum(a * b for a, b in zip(self.sizes, self.sizes[1:])))
        self.rules = settings.rules()
        self.units = {"output": "probability" if settings.method == "bp" else "activity"}
        self.course = Epochs(settings, train)
        self.matrices = {}
        if not isinstance(self.rules, BPRules):
            self.matrices = feedback_matrices(self.sizes, settings.feedback, self.rules.width,
                                              settings.seed, settings.precision)
        self._forget()

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
        settings = self.settings
        self._take(initial_mlp(self.sizes, self.rules.scale, settings.seed, settings.precision))

    def _take(self, state: dict) -> None:
        """Learn on from some weights and biases, with a fresh optimiser."""
        self.state = {name: self._precise(value) for name, value in state.items()}
        self.rule = self._built(self.state)
        adam = self.settings.optimiser == "adam"
        self.optimiser = Adam(kernels=self.settings.kernels) if adam else SGD()

    def _built(self, state: dict) -> Rule:
        """A network with some weights and biases, and how it learns."""
        return build_mlp(self.sizes, state, self.rules, self.settings.feedback, self.matrices)

    def _by_layer(self, arrays: dict) -> list[Arrays]:
        """Arrays or gradients as the optimisers take them."""
        found = []
        layers = self.rule.network.layers
        for below, above in zip(layers, layers[1:]):
            own = {"w": arrays[f"{below}_{above}.w"], "b": arrays[f"{above}.b"]}
            found.append({name: value.dense() if isinstance(value, Outer) else value
                          for name, value in own.items()})
        return found

    def _precise(self, values: np.ndarray) -> np.ndarray:
        """Numbers in the precision that is asked for."""
        return values.astype(self.settings.precision, copy=False)

    def advance(self, position: int, stop: int) -> int:
        """Learn some batches; only the end of the run cuts one."""
        stop = min(stop, position + CHUNK)
        # Weights that have blown up are found by the next test, with a clear word.
        with np.errstate(over="ignore", invalid="ignore"):
            while position < stop:
                end = min(position + self.settings.batch, self.total)
                self._learn(self.course.samples(position, end), position)
                position = end
        return position

    def _learn(self, index: np.ndarray, position: int) -> None:
        """One batch."""
        shown = with_noise(self.patterns["train"][index], self.settings.noise, self.settings.seed,
                           position)
        inputs = self._precise(shown)
        labels = self.labels[index]
        # Neither rule draws random numbers.
        lesson = self.rule.lesson(inputs, one_hot(labels, self.sizes[-1], inputs),
                                  np.random.default_rng(0))
        self.optimiser.rate = self.course.falling(position, self.rules.eta, self.rules.eta_end)
        self.optimiser.step(self._by_layer(self.state), self._by_layer(lesson.gradients))
        self.samples += len(index)
        self.correct += int((self._answer(lesson.forward.outputs) == labels).sum())
        self.loss += lesson.loss * len(index)

    def _answer(self, outputs: np.ndarray) -> np.ndarray:
        """Class of the largest output; outputs without a class do not answer."""
        return outputs[:, :self.dataset.n_classes].argmax(1)

    def status(self) -> str:
        """Means since the last test."""
        if not self.samples:
            return ""
        return (f"loss {self.loss / self.samples:.4f}, training "
                f"{100 * self.correct / self.samples:.1f} %")

    # -- answers ------------------------------------------------------------------------

    def learned(self) -> dict[str, np.ndarray]:
        """Weights and biases."""
        return {name: value.copy() for name, value in self.state.items()}

    def test(self, split: str, index: np.ndarray, purpose: str,
             learned: dict | None = None) -> Answers:
        """Outputs for some samples."""
        network = self._network_of(learned)
        outputs = np.concatenate([activities[-1] for activities in
                                  self._shown(network, split, index)])
        votes = outputs[:, :self.dataset.n_classes]
        return Answers({"output": self._answer(outputs)}, {"output": votes}, self._row())

    def _shown(self, network: LayeredNetwork, split: str, index: np.ndarray):
        """Activities of all layers, chunk by chunk."""
        for first in range(0, len(index), CHUNK):
            inputs = self.patterns[split][index[first:first + CHUNK]]
            yield network.forward(self._precise(inputs)).activities

    def prepare_classifying(self, device: str | None = None) -> str:
        """Nothing is compiled.

        Raises
        ------
        SuiteError
            If one is named.
        """
        if device is not None:
            raise SuiteError("a network without spikes has no Brian2 form; leave out --device")
        return self.device

    def _row(self) -> dict:
        """Means since the last row."""
        n = self.samples
        row = {"train_accuracy": 100 * self.correct / n if n else None,
               "loss": self.loss / n if n else None}
        self._forget()
        return row

    def _forget(self) -> None:
        """Begin a new row."""
        self.samples = 0
        self.correct = 0
        self.loss = 0.0

    # -- checkpoints --------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        """Weights, biases and the state of the optimiser."""
        optimiser = {name: np.asarray(value) for name, value in self.optimiser.state.items()}
        return prefixed("state", self.state) | prefixed("optimiser", optimiser)

    def facts(self) -> dict:
        """Sums since the last row."""
        return {"samples": self.samples, "correct": self.correct, "loss": self.loss}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take weights, optimiser and sums of a checkpoint."""
        self._take({name: array(checkpoint, f"state:{name}", shape)
                    for name, shape in layered_shapes(self.sizes).items()})
        if self.settings.optimiser == "adam":
            self._take_moments(checkpoint)
        self.samples = fact(checkpoint, "samples", int)
        self.correct = fact(checkpoint, "correct", int)
        self.loss = fact(checkpoint, "loss", float)

    def _take_moments(self, checkpoint: Checkpoint) -> None:
        """Take the state of Adam."""
        state = self.optimiser.state
        state["steps"] = int(array(checkpoint, "optimiser:steps", (), "i"))
        for layer, own in enumerate(self._by_layer(self.state)):
            for name, value in own.items():
                for moment in (f"{layer}.{name}.mean", f"{layer}.{name}.square"):
                    state[moment] = self._precise(
                        array(checkpoint, f"optimiser:{moment}", value.shape))

    def _network_of(self, learned: dict | None) -> LayeredNetwork:
        """The present network, or that of an earlier moment."""
        if learned is None:
            return self.rule.network
        for name, shape in layered_shapes(self.sizes).items():
            if name not in learned or learned[name].shape != shape:
                raise SuiteError(f"the checkpoint belongs to another network: its {name} is "
                                 f"missing or not of shape {shape}")
        return self._built({name: self._precise(learned[name])
                            for name in layered_shapes(self.sizes)}).network

    # -- the end ------------------------------------------------------------------------

    @property
    def device(self) -> str:
        """What has computed."""
        return f"numpy ({self.settings.kernels})" if self.settings.optimiser == "adam" else "numpy"

    def activity(self, answers: Answers, learned: dict | None) -> dict:
        """Arrays of ``activity.npz``: images, labels and activities of the first test samples."""
        dataset = self.dataset
        network = self._network_of(learned)
        index = np.arange(min(SHOWN, len(dataset.y_test)))
        parts = [activities[1:] for activities in self._shown(network, "test", index)]
        found = {f"rates_{layer}": np.concatenate(layers).astype(np.float32)
                 for layer, layers in zip(network.layers[1:], zip(*parts))}
        found["labels"] = dataset.y_test[index]
        if dataset.kind == "images":
            found["images"] = dataset.x_test[index].reshape(len(index), -1)
            found["image_shape"] = np.array(dataset.image_shape[:2])
        return found
