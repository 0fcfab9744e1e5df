"""Which EMSTDP network to build, and the state of an untrained one."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from equations.forms import HOLD
from equations.shrestha2019.settings import FEEDBACKS, Rules, error_thresholds, forward_thresholds
from models.errors import SuiteError
from models.own_equations import OwnEquations
from models.own_equations.applied import in_si_units
from models.own_equations.syntax import NotUnderstood, equations
from models.own_equations.values import fitted
from models.shared.layered import layer_names
from models.shared.random_matrices import normal, uniform
from models.shared.resources import check_fits

SIGNS = ("plus", "minus")
"""Of the errors; each has neurons of its own."""
PLAIN = ("1", "integer", "boolean")
"""Units of variables without a dimension."""


@dataclass(frozen=True)
class Architecture:
    """Which network to build.

    Attributes
    ----------
    sizes : tuple of int
        Neurons of the input, of the hidden layers and of the output.
    rules : equations.shrestha2019.settings.Rules
    feedback : {'sw', 'fa', 'dfa'}
    learns : bool
        With the error network, which changes the weights; else forward alone, for testing.
    capacity : int
        Samples of one call.
    observe : bool
        Record the spikes of all groups.
    genn : bool
        Keep to what GeNN takes.
    own : models.own_equations.OwnEquations
        Equations in place of the paper's.

    Raises
    ------
    SuiteError
        If the phases have no step to count, the feedback is unknown, or the network is too large
        for this machine.
    """

    sizes: tuple[int, ...]
    rules: Rules
    feedback: str = "sw"
    learns: bool = True
    capacity: int = 250
    observe: bool = False
    genn: bool = False
    own: OwnEquations = OwnEquations()

    def __post_init__(self):
        steps = self.rules.steps
        if steps % 2:
            raise SuiteError(f"{steps} time steps have no two phases of equal length; choose an "
                             "even number (--steps)")
        if self.rules.skip >= steps // 2:
            raise SuiteError(f"a phase of {steps // 2} steps, of which the first {self.rules.skip} "
                             "are not counted, counts no spike; choose more steps (--steps) or a "
                             "smaller --skip")
        if self.rules.wait >= steps // 2:
            raise SuiteError(f"a loss circuit that waits {self.rules.wait} of the {steps // 2} "
                             "steps of a phase finds no error; choose more steps (--steps) or a "
                             "smaller wait")
        if self.feedback not in FEEDBACKS:
            raise SuiteError(f"unknown feedback {self.feedback!r}: choose one of "
                             f"{', '.join(FEEDBACKS)}")
        if self.genn and self.feedback == "sw":
            raise SuiteError("GeNN has no projection that reads another one's weights backwards; "
                             "choose --feedback fa or dfa")
        if self.genn and (self.rules.bounded or self.rules.reset_error == "zero"):
            raise SuiteError("in GeNN a spike adds to its target and sets nothing: choose "
                             "bounded=0 and --reset-error subtraction")
        if self.genn and (self.rules.bias or self.rules.windows > 1):
            raise SuiteError("GeNN has no events at which biases and sums over windows change: "
                             "choose bias=0 and windows=1")
        check_fits(sum(a * b for a, b in zip(self.sizes, self.sizes[1:])))

    @property
    def hidden(self) -> list[str]:
        """Names of the hidden layers."""
        return self.layers[1:-1]

    @property
    def layers(self) -> list[str]:
        """Names of all layers in order."""
        return layer_names(self.sizes)

    @cached_property
    def thresholds(self) -> dict[str, float]:
        """Thresholds of the forward neurons by layer."""
        found = dict(zip(self.layers[1:], forward_thresholds(self.sizes, self.rules)))
        return {layer: self._own_number(layer, "theta", value) for layer, value in found.items()}

    @cached_property
    def error_thresholds(self) -> dict[str, float]:
        """Thresholds of the error neurons by layer; those of the output are the loss neurons.

        Raises
        ------
        SuiteError
            If one's own values are not the same for both signs.
        """
        hidden = error_thresholds(self.sizes, self.rules, self.feedback)
        found = {}
        for layer, value in zip(self.layers[1:], [*hidden, self.rules.theta_loss]):
            plus, minus = (self._own_number(f"{layer}_{sign}", "theta_e", value) for sign in SIGNS)
            if plus != minus:
                raise self.own.error(f"groups.{layer}_minus.parameters", f"theta_e = {minus}, but "
                                     f"that of {layer}_plus is {plus}: both hold one error, so "
                                     "give both the same")
            found[layer] = plus
        return found

    def _own_number(self, group, name, value):
        """A number of a group, with one's own in place of the paper's."""
        given = self.own.parameters("groups", group).get(name)
        if given is None:
            return value
        try:
            return fitted(name, given.value, value)
        except NotUnderstood as error:
            raise self.own.error(f"groups.{group}.parameters", error) from None

    def initial_values(self, group: str) -> dict[str, str | float]:
        """What variables of one's own are at the beginning of a window: 0, or as is said.

        Raises
        ------
        SuiteError
            If a value is no number with a unit.
        """
        own = self.own.group(group)
        for name, value in own.initial.items():
            in_si_units(self.own, f"groups.{group}.initial", name, value)
        found = {each.name: 0 if each.unit in PLAIN else f"0*{each.unit}"
                 for each in equations(own.equations) if each.stored}
        if own.refractory is not None:
            found[HOLD] = "0*second"
        return {name: value for name, value in (found | own.initial).items()
                if name not in own.learned}

    def size(self, layer: str) -> int:
        """Neurons of a layer."""
        return self.sizes[self.layers.index(layer)]

    def projections(self) -> dict[str, tuple[str, str]]:
        """Names of the forward projections, and the layers that they connect."""
        pairs = zip(self.layers, self.layers[1:])
        return {f"{below}_{above}": (below, above) for below, above in pairs}

    def feedback_source(self, layer: str) -> str:
        """The layer whose error neurons drive those of a hidden layer."""
        return feedback_source(self.layers, layer, self.feedback)

    def feedback_names(self, layer: str) -> dict[tuple[str, str], str]:
        """Names of the projections that bring errors to a hidden layer.

        Returns
        -------
        dict of (str, str) to str
            By the sign of the spikes and that of the error neurons below. In FA and DFA the one of
            twice "minus", ``feedback_LAYER``, holds the weights B; in GeNN, which shares no matrix,
            each holds a copy.
        """
        source = self.feedback_source(layer)
        names = {(above, below): f"feedback_{source}_{above}_{layer}_{below}"
                 for above in SIGNS for below in SIGNS}
        if self.feedback == "sw":
            return names
        return names | {("minus", "minus"): f"feedback_{layer}"}

    def for_testing(self, capacity: int | None = None) -> "Architecture":
        """The same network without its error network."""
        return replace(self, learns=False, capacity=capacity or self.capacity)


def initial_state(architecture: Architecture, seed: int) -> dict[str, NDArray[np.float64]]:
    """State of an untrained network.

    Parameters
    ----------
    architecture : Architecture
    seed : int
        Of the weights; each projection draws its own.

    Returns
    -------
    dict of str to ndarray
        ``'projection.w'`` from N(0, scale/fan-in), section 4, cut as learning cuts them;
        ``'feedback_LAYER.B'`` for FA and DFA from U(-1, 1)/sqrt(fan-in) (author's code), of shape
        (source of the error, layer); biases and sums 0.
    """
    rules = architecture.rules
    state = {}
    for name, (below, above) in architecture.projections().items():
        shape = (architecture.size(below), architecture.size(above))
        drawn = forward_matrix(seed, name, shape, rules.scale)
        state[f"{name}.w"] = np.clip(drawn, -rules.w_max, rules.w_max)
        if rules.bias:
            state[f"{above}.b"] = np.zeros(shape[1])
        if not architecture.learns or rules.windows == 1:
            continue
        state[f"{name}.dw"] = np.zeros(shape)
        if rules.bias:
            state[f"{above}.db"] = np.zeros(shape[1])
    if architecture.learns and architecture.feedback != "sw":
        for layer in architecture.hidden:
            source = architecture.feedback_source(layer)
            shape = (architecture.size(source), architecture.size(layer))
            drawn = feedback_matrix(seed, layer, shape)
            copies = architecture.feedback_names(layer).values() if architecture.genn else ()
            for name in dict.fromkeys((f"feedback_{layer}", *copies)):
                state[f"{name}.B"] = drawn
    return state | _own_learned(architecture)


def _own_learned(architecture):
    """Variables of one's own that last from window to window and from training to testing."""
    found = {}
    for layer in architecture.layers[1:]:
        own = architecture.own.group(layer)
        for name in own.learned:
            value = in_si_units(architecture.own, f"groups.{layer}.initial", name,
                                own.initial.get(name, 0.0))
            found[f"{layer}.{name}"] = np.full(architecture.size(layer), value)
    return found


def feedback_source(layers: list[str], layer: str, feedback: str) -> str:
    """The layer whose errors a hidden layer gets: the output (DFA) or the next one (SW, FA)."""
    return "output" if feedback == "dfa" else layers[layers.index(layer) + 1]


def forward_matrix(seed: int, name: str, shape: tuple[int, int],
                   scale: float) -> NDArray[np.float64]:
    """Initial weights of a projection, N(0, scale/fan-in), section 4.

    Parameters
    ----------
    seed : int
    name : str
        Of the projection.
    shape : tuple of int
        (below, above).
    scale : float
    """
    return normal(seed, name, shape, np.sqrt(scale / shape[0]))


def feedback_matrix(seed: int, layer: str, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Fixed weights of the errors onto a hidden layer, U(-1, 1)/sqrt(fan-in) (author's code).

    Parameters
    ----------
    seed : int
    layer : str
    shape : tuple of int
        (source of the error, layer).
    """
    return uniform(seed, f"feedback_{layer}", shape, 1) / np.sqrt(shape[0])
