"""The two non-spiking networks of section 4.2, with which the spiking one is compared.

Both are fully connected, u_i = a_{i-1} w_{i-1,i} + b_i, and learn from small batches.

**BP-MLP**, "an MLP with vanilla back-prop". The text names neither activation nor loss.

    hidden    a_i = max(u_i, 0)
    output    a_l = exp(u_l) / sum(exp(u_l)), loss -log(a_l) of the label
    learning  gradient descent

**EMSTDP-MLP**, "an MLP with a network structure and weight update as given by EMSTDP", no more is
said. It is the network of section 3 in real numbers: activities are shares of the greatest spike
count of a phase, thresholds are 1.

    phase 1   a_i = f(u_i), f(u) = min(max(u, 0), 1)          Eq. 4, the line through the stairs
    loss      e_l = r (y - a_l)                               section 3.4, r = w_L/theta_l
    errors    e_i = e_{i+1} w_{i,i+1}^T                       Eq. 8, SW; FA: by a fixed matrix
              e_i = e_l B_i                                   section 3.5, DFA
              0 where a_i = 0                                 Eq. 5
    phase 2   a^_i = f(u_i + gamma e_i)                       before Eq. 13
    learning  dw_{i-1,i} = eta a_{i-1} (a^_i - a_i)           Eq. 12
              db_i = eta (a^_i - a_i)                         a weight from a unit that is always 1

The u_i of phase 2 is that of phase 1, as the text has it. Spiking neurons also feel what errors
change in the layer below. With plain steps and 10,000 samples of MNIST (784-500-500-10, r = 0.3)
SW learned as well with it (92.9 against 93.0 %), DFA worse (62.2 against 64.1 % at eta = 0.02, 18.5
against 71.0 % at 0.1).
"""

from dataclasses import dataclass, replace

from equations.parameters import parameter

METHODS = ("emstdp", "bp")
OPTIMISERS = ("adam", "sgd")
"""What makes steps of gradients or of Eq. 12. The author's code of the spiking network divides each
step by a running root mean square, as Adam does; the text has plain steps."""


@dataclass(frozen=True)
class BPRules:
    """How BP-MLP learns.

    Attributes
    ----------
    scale : float
        Initial weights are N(0, scale/fan-in).
    eta : float
        Step of the optimiser, for the mean over a batch.
    eta_end : float
        Share of it that is left at the end of a run; it falls linearly.
    """

    scale: float = parameter(2.0, "section 4: n Var(w)/2 = 1")
    eta: float = parameter(1e-3, "chosen on held-out images; the text names none")
    eta_end: float = parameter(0.02, "as in the spiking network; the text names no course")


@dataclass(frozen=True)
class EMSTDPRules:
    """How EMSTDP-MLP learns.

    Attributes
    ----------
    scale, eta, eta_end : float
        As in `BPRules`.
    r : float
        Error of an output for a deviation of 1, w_L/theta_l.
    gamma : float
        What an error adds to the input of its unit, Eq. 13.
    width : float
        The fixed matrices of FA and DFA are U(-width, width)/sqrt(fan-in).
    gated : bool
        Errors of units that are silent in phase 1 are 0, Eq. 5.
    """

    scale: float = parameter(1.0, "chosen on held-out images; the text names none")
    eta: float = parameter(1e-3, "chosen on held-out images; the text names none")
    eta_end: float = parameter(0.02, "as in the spiking network; the text names no course")
    r: float = parameter(0.3, "about 1/theta_l for the theta_l = 3 of the author's code")
    gamma: float = parameter(1.0, "author's code of the spiking network")
    width: float = parameter(1.0, "author's code of the spiking network")
    gated: bool = parameter(True, "Eq. 5; author's code: for SW and FA alone")


_EMSTDP = {
    "sw": EMSTDPRules(),
    # Errors from matrices as wide as the author's drive units out of the range of f for good. With
    # the r of SW outputs that are far below 0 do not come back. Chosen on held-out images.
    "fa": EMSTDPRules(scale=0.3, r=1.0, width=0.1),
    "dfa": EMSTDPRules(scale=0.3, r=1.0, width=0.1),
}
_PLAIN_STEPS = {"bp": 0.1, "sw": 0.5, "fa": 0.1, "dfa": 0.1}
"""Steps of plain descent. At the author's width, steps of 0.3 ended DFA on MNIST: its units left
the range of f."""


def mlp_rules(method: str, feedback: str = "sw",
              optimiser: str = "adam") -> BPRules | EMSTDPRules:
    """Numbers and switches of a method.

    Parameters
    ----------
    method : {'emstdp', 'bp'}
    feedback : {'sw', 'fa', 'dfa'}
        Of 'emstdp'.
    optimiser : {'adam', 'sgd'}
    """
    found = BPRules() if method == "bp" else _EMSTDP[feedback]
    if optimiser == "sgd":
        found = replace(found, eta=_PLAIN_STEPS["bp" if method == "bp" else feedback])
    return found
