"""Learning batch after batch with a network that does not spike."""

from collections.abc import Callable

import numpy as np

from equations.shrestha2019.mlp import BPRules
from models.emstdp.mlp import build_mlp, feedback_matrices, initial_mlp
from models.errors import SuiteError
from models.shared.layered import Arrays, Lesson, Outer, Rule
from protocols.emstdp.inputs import intensities, with_noise
from protocols.emstdp_mlp.settings import MLPSettings
from protocols.layered.learner import LayeredLearner


class MLPLearner(LayeredLearner):
    """Learner of `protocols.emstdp_mlp`; see `protocols.layered.learner.LayeredLearner`.

    Attributes
    ----------
    rules : equations.shrestha2019.mlp.BPRules or EMSTDPRules
    matrices : dict of str to ndarray
        Fixed, of the errors; by hidden layer.
    """

    def __init__(self, settings: MLPSettings, dataset, train: np.ndarray,
                 say: Callable[[str], None] = print):
        super().__init__(settings, dataset, train, say)
        self.rules = settings.rules()
        self.units = {"output": "probability" if settings.method == "bp" else "activity"}
        self.matrices = {}
        if not isinstance(self.rules, BPRules):
            self.matrices = feedback_matrices(self.sizes, settings.feedback, self.rules.width,
                                              settings.seed, settings.precision)

    # -- what learns --------------------------------------------------------------------

    def intensities(self, split: str) -> np.ndarray:
        """Pixels, or frames of readings."""
        return intensities(self.dataset, split, self.settings.series_form, self.train)

    def shown(self, index: np.ndarray, position: int) -> np.ndarray:
        """With the noise of these presentations."""
        return with_noise(self.patterns["train"][index], self.settings.noise, self.settings.seed,
                          position)

    def initial(self) -> Arrays:
        """Initial weights."""
        settings = self.settings
        return initial_mlp(self.sizes, self.rules.scale, settings.seed, settings.precision)

    def rule_of(self, arrays: Arrays) -> Rule:
        """A network with some weights and biases, and how it learns."""
        return build_mlp(self.sizes, arrays, self.rules, self.settings.feedback, self.matrices)

    def parameters(self) -> dict:
        """Numbers of the method; it has no Brian2 form."""
        return {f"method {self.settings.method}": self.rules}

    @property
    def kernels(self) -> str:
        """Those of Adam; plain steps have none."""
        return self.settings.kernels if self.settings.optimiser == "adam" else "numpy"

    def rate(self, position: int) -> float:
        """Falls linearly over the run."""
        return self.course.falling(position, self.rules.eta, self.rules.eta_end)

    def gradients(self, lesson: Lesson) -> dict:
        """Whole matrices, of which an optimiser takes the bits that the recorded runs have."""
        return {name: gradient.dense() if isinstance(gradient, Outer) else gradient
                for name, gradient in lesson.gradients.items()}

    # -- the end ------------------------------------------------------------------------

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

    @property
    def device(self) -> str:
        """What has computed."""
        return f"numpy ({self.settings.kernels})" if self.settings.optimiser == "adam" else "numpy"
