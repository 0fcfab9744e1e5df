"""Numbers of the methods that GLSNN is compared with, each with its source.

The paper quotes accuracies of Ororbia & Mali (2019) and ran none of these methods itself. Their
equations stand beside their code, in `models.baselines`.

- Rumelhart, Hinton & Williams (1986), Nature 323, 533: backpropagation
- Lillicrap, Cownden, Tweed & Akerman (2016), Nature Communications 7, 13276: feedback alignment
- Nokland (2016), NeurIPS 29, 1037: direct feedback alignment
- Lee, Zhang, Fischer & Bengio (2015), ECML PKDD, 498: difference target propagation. "Their code"
  is github.com/donghyunlee/dtp, conti_dtp.py
- Ororbia & Mali (2019), AAAI 33, 4651: LRA-E and DTP-sigma. "Their code" is
  github.com/AnkurMali/LRA-E, folder mnist; it has LRA-E alone. DTP-sigma is our reading
- Scellier & Bengio (2017), Frontiers in Computational Neuroscience 11, 24: equilibrium propagation.
  "Their code" is github.com/bscellier/Towards-a-Biologically-Plausible-Backprop, train_model.py

A step (eta) is one of plain descent, for the mean over a batch. What is "tuned" was chosen on 2,000
held-out training images of MNIST, mostly at 784-256-256-256-10 after 10,000 other images shown
twice, one seed:

- eta of BP, RFA and DFA from 0.1, 0.2, 0.5; BP ended at chance at 0.5
- eta of DTP from 0.1, 0.2, 0.5, eta_target from 0.5, 1, 3; at eta = 0.5 DTP ended at chance. 3 was
  best by half a per cent with three hidden layers, 0.5 better than 1 with eight
- eta of LRA-E from 0.05, 0.1, 0.2, which were alike; with eight hidden layers 0.05 gave 85.5 %, 0.1
  gave 73.6 %
"""

from dataclasses import dataclass

from equations.parameters import parameter

METHODS = ("bp", "rfa", "dfa", "dtp", "dtp-sigma", "lra-e", "ep")


@dataclass(frozen=True)
class BPNumbers:
    """Backpropagation.

    Attributes
    ----------
    eta : float
        Step of all arrays.
    batch : int
        Samples of a batch.
    """

    eta: float = parameter(0.1, "tuned")
    batch: int = parameter(50, "Ororbia & Mali, their code")


@dataclass(frozen=True)
class FeedbackNumbers:
    """Feedback alignment, random (RFA) or direct (DFA).

    Attributes
    ----------
    eta, batch
        As in `BPNumbers`.
    width : float
        Fixed matrices are U(-width, width)/sqrt(n), of n units that the error comes from.
    """

    eta: float = parameter(0.1, "tuned")
    batch: int = parameter(50, "Ororbia & Mali, their code")
    width: float = parameter(
        3**0.5, "an error keeps its length on average; the sources tune it by hand")


@dataclass(frozen=True)
class DTPNumbers:
    """Difference target propagation.

    Attributes
    ----------
    eta, batch
        As in `BPNumbers`.
    eta_target : float
        Step of the last hidden layer's activity to its target, for each sample by itself.
    eta_inverse : float
        Step of the inverses as a share of eta.
    sigma : float
        Standard deviation of the noise at which inverses learn.
    """

    eta: float = parameter(0.1, "tuned")
    batch: int = parameter(50, "Ororbia & Mali, their code; Lee et al.: 100")
    eta_target: float = parameter(0.5, "tuned; so updates are about as large as backpropagation's")
    eta_inverse: float = parameter(0.337, "Lee et al., their code: 0.00501/0.01489")
    sigma: float = parameter(0.36, "Lee et al., their code")


@dataclass(frozen=True)
class LRANumbers:
    """Error-driven local representation alignment, LRA-E.

    Attributes
    ----------
    eta, batch
        As in `BPNumbers`.
    beta : float
        What an error takes from the drive of the layer below.
    gamma : float
        Step of the error weights as a share of eta.
    spread : float
        Initial error weights are N(0, spread^2).
    """

    eta: float = parameter(0.05, "Ororbia & Mali, their code: 0.001 for the sum over a batch of 50")
    batch: int = parameter(50, "Ororbia & Mali, their code")
    beta: float = parameter(0.1, "Ororbia & Mali")
    gamma: float = parameter(1.0, "Ororbia & Mali, their code")
    spread: float = parameter(1.0, "Ororbia & Mali, their code: E ~ N(0, 1)")


@dataclass(frozen=True)
class EPNumbers:
    """Equilibrium propagation; the defaults are for one hidden layer.

    Attributes
    ----------
    eta : float
        Step of the lowest arrays.
    batch : int
    fall : float
        Each layer's step is the one below it divided by this.
    beta : float
        Strength of the nudge; its sign is drawn for each batch.
    epsilon : float
        Length of a step of the relaxation.
    free, nudged : int
        Steps of the two phases.
    """

    eta: float = parameter(0.1, "Scellier & Bengio, their code")
    batch: int = parameter(20, "Scellier & Bengio, their code")
    fall: float = parameter(2.0, "Scellier & Bengio, their code: 0.1/0.05")
    beta: float = parameter(0.5, "Scellier & Bengio, their code")
    epsilon: float = parameter(0.5, "Scellier & Bengio, their code")
    free: int = parameter(20, "Scellier & Bengio, their code")
    nudged: int = parameter(4, "Scellier & Bengio, their code")


Numbers = BPNumbers | FeedbackNumbers | DTPNumbers | LRANumbers | EPNumbers

_NUMBERS = {
    "bp": BPNumbers(),
    "rfa": FeedbackNumbers(),
    "dfa": FeedbackNumbers(),
    "dtp": DTPNumbers(),
    # This inverse has no bound. A step below 1/(eta units) keeps it stable when all units of 256
    # are at their bounds; with the other one's it ended in NaN at eta = 0.2.
    "dtp-sigma": DTPNumbers(eta_inverse=0.03),
    "lra-e": LRANumbers(),
}
_FREE = 20
"""Steps of the free phase a hidden layer. Their code takes 20, 150 and 500 for one, two and three
hidden layers, with states that go on from epoch to epoch. After 3,000 samples 784-256-256-10
answered 69.9 % of held-out images right with 40 steps, in a third of the time of 150 (66.5 %)."""


def baseline_numbers(method: str, hidden: int) -> Numbers:
    """Numbers of a method.

    Parameters
    ----------
    method : str
        Of `METHODS`.
    hidden : int
        Hidden layers. Those of equilibrium propagation depend on them; the source has up to 3.
    """
    if method != "ep":
        return _NUMBERS[method]
    if hidden <= 1:
        return EPNumbers()
    # Their code: eta 0.4 and 0.128, steps that fall by 4 and 10 or by 4, beta 1, and two more
    # nudged steps a layer. At 0.4 two layers answered one class to all after 3,000 samples.
    return EPNumbers(eta=0.1 if hidden == 2 else 0.128, fall=4.0, beta=1.0, free=_FREE * hidden,
                     nudged=2 + 2 * hidden)
