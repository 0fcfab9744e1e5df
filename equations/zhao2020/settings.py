"""Numbers of Zhao et al. (2020), section 4, and forms of the network that depart from them.

With the printed numbers no neuron fires before the network has learned: untrained (784-256x3-10,
all 10,000 test images of MNIST) V reaches 0.78 of V_th at most. What is passed on is then the
current alone, and the network is linear. A few neurons fire later, because the weights have grown:
after 0.9 of an epoch 30 of 768 hidden neurons have fired, once in 50,000 steps on average over all.
In the second epoch the output diverges. The other forms are named changes of it; the printed value
stands beside each.
"""

from dataclasses import dataclass, fields, replace

from equations.parameters import parameter

NEURONS = ("conductance", "current")
PASSING = ("steps", "layers")
READINGS = ("last", "mean")
GATES = ("none", "active", "band", "surrogate")


@dataclass(frozen=True)
class Neurons:
    """Numbers of section 4 that no form changes."""

    V_E: float = parameter(0.2, "section 4")
    V_I: float = parameter(0.0, "printed, and in no equation")
    V_L: float = parameter(0.0, "section 4")
    V_th: float = parameter(0.0009, "section 4")
    V_reset: float = parameter(0.0, "section 4")
    tau_m: float = parameter(0.5, "section 4")
    tau_E: float = parameter(0.2, "section 4")
    dt: float = parameter(0.01, "section 4")


@dataclass(frozen=True)
class RateNeurons:
    """Numbers of the neurons of the authors' published variant (BrainCog)."""

    V_th: float = parameter(0.5, "BrainCog, the authors' published variant")
    V_reset: float = parameter(0.0, "BrainCog, the authors' published variant")
    tau_V: float = parameter(0.02, "BrainCog: V += (I - V)/2 in a step of 0.01")
    peak: float = parameter(2.0, "BrainCog: height of the surrogate of a spike's derivative")
    slope: float = parameter(4.0, "BrainCog: how it falls with the distance from the threshold")


@dataclass(frozen=True)
class Form:
    """Which network, and how it learns. The defaults are the printed numbers.

    Attributes
    ----------
    name : str
    neuron : {'conductance', 'current'}
        Eq. 2-3, or the authors' published variant without conductance.
    g_L : float
        Leak conductance. At the printed value no neuron of an untrained network fires.
    tau : float
        What a spike adds to S (Eq. 3).
    T : float
        Duration of a sample.
    hidden_current, hidden_spikes : bool
        Whether S of hidden neurons holds the current, and tau at a spike; Eq. 3: both.
    output_current, output_spikes : bool
        The same of output neurons.
    passing : {'steps', 'layers'}
        'steps': S of every step is passed on in this step, Eq. 3. 'layers': a layer runs for all
        steps, and then the next one runs on what `reading` makes of S, as a constant current.
    reading : {'last', 'mean'}
        What of S is learned from: that of the last step ("only at the end of the simulation",
        section 3.2), or its mean over the steps.
    gate : {'none', 'active', 'band', 'surrogate'}
        h, by which S - target of hidden neurons is multiplied in Eq. 7. 'none': 1. 'active': 1 if
        the neuron has fired. 'band': 1 if it has fired in less than `band` of the steps.
        'surrogate': the derivative of S, through a curve that stands for that of a spike; of output
        neurons, too.
    band : float
    eta_t, eta_w : float
        Learning rates of the target (Eq. 5) and of the weights (Eq. 8).
    decay, decay_epochs : float, int
        eta_w is multiplied by `decay` after so many epochs.
    optimiser : {'sgd', 'adam'}
    batch : int
        Its mean is learned from; the text says neither sum nor mean.
    epochs : int
        Of MNIST.
    output_bias : float
        Initial bias of output neurons; the text does not say.
    """

    name: str = "literal"
    neuron: str = "conductance"
    g_L: float = 20.0
    tau: float = 0.01
    T: float = 0.1
    hidden_current: bool = True
    hidden_spikes: bool = True
    output_current: bool = True
    output_spikes: bool = True
    passing: str = "steps"
    reading: str = "last"
    gate: str = "none"
    band: float = parameter(0.7, "not in the paper")
    eta_t: float = 0.5
    eta_w: float = 0.015
    decay: float = 1.0
    decay_epochs: int = 1
    optimiser: str = "sgd"
    batch: int = 10
    epochs: int = 100
    output_bias: float = 0.0

    @property
    def steps(self) -> int:
        """Time steps of a sample, T/dt."""
        return round(self.T / Neurons.dt)

    def rate(self, epoch: int) -> float:
        """eta_w in an epoch; the first one is 0."""
        return self.eta_w * self.decay ** (epoch // self.decay_epochs)


_LITERAL = Form()

# Neurons fire and their spikes carry the result: a rate code, layer by layer.
_CONDUCTANCE = replace(
    _LITERAL,
    name="conductance",
    g_L=1.0,                   # printed: 20
    tau=2.0,                   # printed: 0.01
    hidden_current=False,      # printed: with the current, which keeps the network linear
    output_spikes=False,       # printed: with spikes
    reading="mean",            # printed: last step; of single spikes that is too little
    passing="layers",          # printed: step by step
    gate="band",               # printed: none; neurons that fire always or never do not learn
    eta_t=0.1,                 # printed: 0.5, which does nearly as well
    eta_w=0.03,                # printed: 0.015, which does nearly as well
    decay=0.9,                 # printed: none
)
# The same with spikes that are passed on step by step, as printed.
_STEPWISE = replace(
    _CONDUCTANCE,
    name="stepwise",
    passing="steps",
    gate="active",
)
# The authors' published variant (BrainCog, glsnn).
_RATE = replace(
    _LITERAL,
    name="rate",
    neuron="current",          # printed: conductance
    tau=1.0,                   # printed: 0.01; S is the mean rate
    hidden_current=False,      # printed: with the current
    output_current=False,      # printed: with the current
    reading="mean",            # printed: last step
    passing="layers",          # printed: step by step
    gate="surrogate",          # printed: none
    eta_t=0.4,                 # printed: 0.5
    eta_w=0.001,               # printed: 0.015, of plain steps
    decay=0.1,                 # printed: none
    decay_epochs=40,
    optimiser="adam",          # printed: stochastic gradient descent
    batch=100,                 # printed: 10
    output_bias=0.5,           # variant: 0, with which the output of a class may die for ever
)
FORMS = {form.name: form for form in (_LITERAL, _CONDUCTANCE, _STEPWISE, _RATE)}

WALK = (("g_L",), ("output_spikes",), ("tau", "hidden_current"), ("reading",), ("passing",),
        ("gate",), ("eta_t",), ("eta_w", "decay"))
"""Changes from 'literal' to 'conductance', one after the other, such that every stage learns.

What a hidden neuron passes on changes at once: tau = 2 with the current diverges within 100
samples, also at a step of 0.002, and tau = 0.01 without the current leaves all layers but the first
silent. The first three stages are linear or nearly so. They learn at the printed step for some
thousand images of MNIST (784-256x3-10); 784-200x5-10 diverges on Fashion-MNIST after 4,000 to 5,000
samples and learns at eta_w = 0.002."""


def form(name: str) -> Form:
    """A form by its name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return FORMS[name]


def walk() -> list[tuple[str, Form]]:
    """The literal form, and what each change makes of it, up to the form 'conductance'.

    Returns
    -------
    list of (str, Form)
        The change in words, such as ``'g_L 20.0 -> 1.0'``, and the form after it.
    """
    goal = FORMS["conductance"]
    now = FORMS["literal"]
    found = [("as printed", now)]
    for names in WALK:
        words = ", ".join(f"{name} {getattr(now, name)} -> {getattr(goal, name)}"
                          for name in names)
        now = replace(now, **{name: getattr(goal, name) for name in names})
        found.append((words, now))
    missed = [f.name for f in fields(Form)
              if f.name != "name" and getattr(now, f.name) != getattr(goal, f.name)]
    if missed:
        raise AssertionError(f"the walk leaves out {', '.join(missed)}")
    return found
