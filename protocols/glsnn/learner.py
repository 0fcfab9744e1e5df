"""Learning by GLSNN, or by one of the methods that it is compared with."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from models.errors import Diverged, SuiteError
from models.glsnn.network import SpikingNetwork
from models.glsnn.nir_graph import nir_graph
from models.shared.array_module import to_numpy
from models.shared.layered import Arrays, LayeredNetwork, Lesson, Rule, one_hot
from protocols.glsnn.engine import CAPACITY, described, groups
from protocols.glsnn.methods import Method
from protocols.glsnn.observe import activity
from protocols.glsnn.settings import GLSNNSettings
from protocols.glsnn.spikes import Spikes
from protocols.glsnn.updates import updates
from protocols.layered.inputs import pixels
from protocols.layered.learner import LayeredLearner
from protocols.runs.engine import engine_facts, engine_lines
from protocols.runs.learner import Answers
from protocols.runs.showing import Showing

FIRST = 100
"""Training samples of which it is asked whether any neuron fires, and how the weights change."""


class GLSNNLearner(LayeredLearner):
    """Learner of `protocols.glsnn`; see `protocols.layered.learner.LayeredLearner`.

    Attributes
    ----------
    method : protocols.glsnn.methods.Method
    """

    nir_lacks = "units like those of the methods that GLSNN is compared with"

    def __init__(self, settings: GLSNNSettings, dataset, train: np.ndarray,
                 say: Callable[[str], None] = print):
        super().__init__(settings, dataset, train, say)
        self.method = Method(settings, self.sizes)
        self._groups = None
        if self.method.form is not None:
            self.units = {"output": "S"}
        elif settings.method == "ep":
            self.units = {"output": "state"}
        else:
            self.units = {"output": "probability"}

    # -- what learns --------------------------------------------------------------------

    def intensities(self, split: str) -> np.ndarray:
        """Pixels: analogue input, as the authors' published variant has it; the text is silent."""
        return pixels(self.dataset, split)

    def initial(self) -> Arrays:
        """Weights and biases of an untrained network."""
        return self.method.initial()

    def rule_of(self, arrays: Arrays) -> Rule:
        """A network with some weights and biases, and the rule by which it learns."""
        return self.method.rule(arrays)

    def rate(self, position: int) -> float:
        """The step, which may fall after an epoch."""
        return self.method.rate(position // self.course.epoch_samples)

    @property
    def optimiser_name(self) -> str:
        """That of the form."""
        return self.method.optimiser

    @property
    def batch(self) -> int:
        """Samples of a batch."""
        return self.method.batch

    def begin(self) -> None:
        """Initial weights.

        Raises
        ------
        SuiteError
            If spikes alone are passed on, and none is fired.
        """
        super().begin()
        form = self.method.form
        if form is None or form.hidden_current:
            return
        spikes = self._spikes_of(self.network, "train", self.train[:FIRST])
        if spikes.silent:
            raise SuiteError("spikes alone are passed on, but no hidden neuron fires: the largest "
                             f"V is {spikes.of_threshold():.2g} of V_th; choose --form "
                             "conductance, a smaller --parameter g_L, or --parameter "
                             "hidden_current=1")

    def check(self, lesson: Lesson, position: int) -> None:
        """Refuse to learn from outputs that are not finite.

        Raises
        ------
        Diverged
        """
        if math.isfinite(lesson.loss):
            return
        step = self.settings.step
        if self.method.optimiser == "adam":
            bound = f"lower --parameter {step}"
        elif self.method.form is None:
            bound = f"lower --parameter {step}={self.method.rate(0):g}"
        else:
            bound = ("it is stable while eta_w 2 |S|^2 < 2, with S of the last hidden layer: "
                     f"lower --parameter eta_w={self.method.rate(0):g}{self._bound()}")
        raise Diverged(f"the output has diverged after {position} samples: {bound}")

    def _bound(self) -> str:
        """What the bound is for the untrained network."""
        network = self._built(self.initial()).network
        index = self.train[:FIRST]
        largest = max(float((forward.activities[-2]**2).sum(1).max())
                      for forward in self.forwards(network, "train", index))
        return f" (below {1 / largest:.2g} for the untrained network)" if largest else ""

    # -- answers ------------------------------------------------------------------------

    def details(self, network: LayeredNetwork) -> Spikes | None:
        """Spikes of all layers, where neurons spike."""
        return Spikes(network) if isinstance(network, SpikingNetwork) else None

    def columns(self, network: LayeredNetwork, details: Spikes | None) -> dict:
        """By layer: rates and dead fractions, norms of the weights onto it and their updates."""
        found = details.columns() if details is not None else {}
        for k, layer in enumerate(network.layers[1:]):
            weights = network.weights(k)
            found[f"{layer}_norm"] = math.sqrt(float((weights * weights).sum()))
        # States that settle have no backward pass of the same network to be compared with.
        if network is self.network and len(self.train) and self.settings.method != "ep":
            found |= self._updates()
        return found

    def _updates(self) -> dict:
        """What the rule would change at the first training samples."""
        index = self.train[:FIRST]
        inputs = self.as_inputs(self.patterns["train"][index])
        targets = one_hot(self.dataset.y_train[index], self.sizes[-1], inputs)
        return updates(self.rule, inputs, targets, self.settings.seed)

    def _spikes_of(self, network: SpikingNetwork, split: str, index: np.ndarray) -> Spikes:
        """Spikes for some samples."""
        found = Spikes(network)
        for forward in self.forwards(network, split, index):
            found.add(forward)
        return found

    def warnings(self, answers: Answers) -> list[str]:
        """Outputs of no class, and layers that are silent."""
        found = []
        outputs = self.sizes[-1]
        spare = outputs - self.dataset.n_classes
        if spare:
            found.append(f"{spare} of {outputs} outputs belong to no class: network "
                         f"{self.settings.network} for {self.dataset.n_classes} classes")
        return found + (answers.details.warnings() if answers.details is not None else [])

    # -- Brian2 -------------------------------------------------------------------------

    def networks(self) -> dict:
        """The groups, which have the arrays' spikes; a method whose units do not spike has none."""
        if self.method.form is None:
            return {}
        return {"network": partial(described, self.method)}

    def showing(self, purpose: str, learned: Arrays | None = None,
                device: str | None = None) -> Showing:
        """The groups; nothing is random."""
        if self.method.form is None:
            return super().showing(purpose, learned, device)
        patterns = self.patterns["test"]

        def stimuli(k):
            return {"pattern": patterns[k:k + 1]}

        return Showing(partial(described, self.method), learned or self.learned(), stimuli)

    def nir_graph(self, learned: Arrays) -> object:
        """As `models.glsnn.nir_graph` has it; units that do not spike are refused."""
        if self.method.form is None:
            return super().nir_graph(learned)
        return nir_graph(self.sizes, learned, self.method.form)

    def parameters(self) -> dict:
        """Numbers of the form or of the method, which the rule reads, too."""
        return {f"method {self.settings.method}": self.method.form or self.method.numbers}

    def prepare(self, position: int) -> None:
        """Let the Brian2 groups be compiled while the arrays learn."""
        if self.settings.engine == "brian2" and self._groups is None:
            self._groups = groups(self.method, self.settings.device, CAPACITY, self.say)

    def prepare_classifying(self, device: str | None = None) -> str:
        """Compile the Brian2 groups, if they are asked for.

        Raises
        ------
        SuiteError
            If units do not spike.
        """
        if device is None:
            return self.device
        self._groups = groups(self.method, device, 1, self.say)
        return device

    def classify(self, index: np.ndarray, purpose: str, learned: dict | None = None,
                 device: str | None = None) -> Answers:
        """Answers of the arrays or, where a device is named, of the Brian2 groups on it."""
        if device is None:
            return self.test("test", index, purpose, learned)
        shown = self._groups(learned or self.learned(), self.patterns["test"][index])
        votes = self._votes(shown.activities[-1])
        return Answers({"output": votes.argmax(1)}, {"output": votes})

    def conclude(self, answers: Answers, learned: dict | None) -> dict:
        """What the Brian2 groups answer to the test set, and in how many samples they differ."""
        if self.settings.engine != "brian2":
            return {}
        labels = self.dataset.y_test
        shown = self._groups(learned or self.learned(), self.patterns["test"])
        network = self.tested(learned)
        own = [np.concatenate([to_numpy(counts) for counts in forward.details["counts"]], axis=1)
               for forward in self.forwards(network, "test", np.arange(len(labels)))]
        other = np.concatenate(own) != np.concatenate(shown.counts, axis=1)
        accuracy = 100 * float(np.mean(self._answer(shown.activities[-1]) == labels))
        return engine_facts(accuracy, other)

    @staticmethod
    def closing(facts: dict) -> list[tuple[str, str]]:
        """What the Brian2 groups answered."""
        return engine_lines(facts, "spikes")

    # -- the end ------------------------------------------------------------------------

    @property
    def device(self) -> str:
        """The array module and its kernels."""
        if self.settings.array_module != "numpy":
            return self.settings.array_module
        return f"numpy ({self.settings.kernels})"

    def activity(self, answers: Answers, learned: dict | None) -> dict:
        """Arrays of ``activity.npz``."""
        return super().activity(answers, learned) | activity(self, self.tested(learned))
