"""Numbers and switches of Shrestha et al. (2019): thresholds, initial weights, and learning.

`rules` returns what one way of feedback learns with. Each switch has the form of the text, which
``form="literal"`` collects, and the form that learned best here (``form="adapted"``).
"""

import math
from dataclasses import dataclass, replace

from equations.parameters import parameter

FEEDBACKS = ("sw", "fa", "dfa")
"""Symmetric weights, feedback alignment, direct feedback alignment (section 3.5)."""

FORMS = ("adapted", "literal")


@dataclass(frozen=True)
class Rules:
    """How a network spikes and learns.

    Attributes
    ----------
    steps : int
        T, of which half are phase 1.
    skip : int
        First steps of each phase whose spikes are not counted.
    wait : int
        First steps of phase 2 in which neither target nor loss neurons run.
    coding : {'poisson', 'shared', 'regular'}
        `equations.shrestha2019.presentation.CODINGS`.
    clear : bool
        Forward potentials are set to 0 between the phases.
    reset_forward, reset_error : {'zero', 'subtraction'}
        What a spike leaves of the potential.
    bounded : bool
        A negative correction leaves a potential of minus the threshold at least, also where
        inhibition had taken it below.
    gated : bool
        Error neurons whose forward neuron was silent in phase 1 are silent, too (Eq. 5).
    presynaptic : {'phase-1', 'all'}
        Which presynaptic spikes the update counts.
    scale : float
        Initial weights are N(0, scale/fan-in).
    beta_hidden, beta_output, beta_error : float
        Shares of the input neurons that must spike for a neuron to spike, of hidden neurons, output
        and hidden error neurons; see `forward_thresholds` and `error_thresholds`.
    theta_loss, w_loss : float
        Threshold of the loss neurons and weight onto them, w_L.
    target_period : int
        The target fires in every so many-th step of phase 2.
    gamma : float
        Thresholds that an error spike is worth (Eq. 13).
    w_max : float
        Weights are cut to -w_max .. w_max; infinity does not cut.
    bias : bool
        Neurons learn a bias.
    eta : float
        Step of learning, for counts as shares of T/2.
    eta_end : float
        Share of it that is left at the end of a run; it falls linearly.
    output_factor : float
        How much larger the step of the output layer is.
    windows : int
        Windows whose changes are summed before the weights change.
    """

    steps: int = parameter(100, "author's code, main program; section 4.2 for MNIST: 200")
    skip: int = parameter(0, "Algorithm 1; author's code: 1")
    wait: int = parameter(0, "Algorithm 1")
    coding: str = parameter("poisson", "section 4.2")
    clear: bool = parameter(False, "Algorithm 1")
    reset_forward: str = parameter("zero", "section 3.1")
    reset_error: str = parameter("zero", "section 3.2")
    bounded: bool = parameter(False, "Algorithm 1")
    gated: bool = parameter(True, "Eq. 5; author's code: for SW and FA")
    presynaptic: str = parameter("all", "Algorithm 1; author's code: phase 1")
    scale: float = parameter(3.0, "author's code")
    beta_hidden: float = parameter(0.2, "author's code: 0.2 to 0.5")
    beta_output: float = parameter(0.3, "author's code: 0.1 to 1")
    beta_error: float = parameter(0.4, "author's code: beta_hidden")
    theta_loss: float = parameter(3.0, "author's code: 1, 3 or 5; section 3.4: 5 for a rate of 0.2")
    w_loss: float = parameter(1.0, "Fig. 4b")
    target_period: int = parameter(1, "author's code; section 3.4: for example a rate of 0.2")
    gamma: float = parameter(1.0, "author's code")
    w_max: float = parameter(1.0, "author's code; the text names no bound")
    bias: bool = parameter(False, "author's code; Eq. 1 has one and no rule for it")
    eta: float = parameter(0.03, "measured here; the text names none")
    eta_end: float = parameter(1.0, "the text names no course")
    output_factor: float = 1.0
    windows: int = parameter(1, "section 3.6; author's code: 10")

    @property
    def always(self) -> int:
        """Spikes that the update counts of a presynaptic neuron that fires in every step."""
        counted = self.steps // 2 - self.skip
        return counted if self.presynaptic == "phase-1" else 2 * counted


_LITERAL = Rules()
_ADAPTED = replace(_LITERAL, skip=3, wait=3, clear=True, reset_error="subtraction",
                   presynaptic="phase-1", eta=0.1, eta_end=0.02)
_RULES = {
    ("literal", "sw"): _LITERAL,
    ("literal", "fa"): replace(_LITERAL, beta_error=0.2, theta_loss=1.0),
    ("literal", "dfa"): replace(_LITERAL, gated=False, theta_loss=1.0),
    ("adapted", "sw"): _ADAPTED,
    ("adapted", "fa"): replace(_ADAPTED, beta_error=0.2, theta_loss=1.0, gated=False,
                               bounded=True),
    ("adapted", "dfa"): replace(_ADAPTED, theta_loss=1.0, gated=False, bounded=True),
}


def rules(form: str, feedback: str) -> Rules:
    """Numbers and switches of a form.

    Parameters
    ----------
    form : {'adapted', 'literal'}
        'literal': Algorithm 1, reset to 0 everywhere, constant step.
    feedback : {'sw', 'fa', 'dfa'}

    Raises
    ------
    KeyError
        If there is no such form.
    """
    return _RULES[form, feedback]


def forward_thresholds(sizes: tuple[int, ...], chosen: Rules) -> list[float]:
    """Thresholds of the hidden layers and of the output.

    Section 4: theta = n*sigma*beta, n the fan-in and sigma that of the initial weights. Beta falls
    with the depth of the network as in the author's code.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of all layers, from the input to the output.
    chosen : Rules

    Returns
    -------
    list of float
    """
    hidden = len(sizes) - 2
    thresholds = []
    for k, fan_in in enumerate(sizes[:-1], start=1):
        if k > hidden:
            beta = chosen.beta_output / 2
        elif k == 1:
            beta = chosen.beta_hidden / (2 * (hidden + 1))
        else:
            beta = chosen.beta_hidden / (2 * (hidden - k + 2))
        thresholds.append(fan_in * math.sqrt(chosen.scale / fan_in) * beta)
    return thresholds


def error_thresholds(sizes: tuple[int, ...], chosen: Rules, feedback: str) -> list[float]:
    """Thresholds of the error neurons of the hidden layers, as in the author's code.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of all layers, from the input to the output.
    chosen : Rules
    feedback : {'sw', 'fa', 'dfa'}

    Returns
    -------
    list of float
    """
    thresholds = []
    for k in range(1, len(sizes) - 1):
        fan_in = sizes[-1] if feedback == "dfa" else sizes[k + 1]
        # The forward weights have the variance scale/n of their own fan-in.
        n = sizes[k] if feedback == "sw" else fan_in
        sigma = math.sqrt(chosen.scale / n)
        thresholds.append(fan_in * sigma / 2 * chosen.beta_error / (k + 1))
    return thresholds
