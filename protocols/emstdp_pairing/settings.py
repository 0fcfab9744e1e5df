"""Settings of the experiment of section 4.1 (Shrestha et al. 2019).

The paper gives the window of STDP, 10 ms, and no other number.
"""

from dataclasses import dataclass

from equations.shrestha2019.neurons import FORWARD_RESETS
from equations.shrestha2019.stdp import DRIVES, RULES
from models.errors import SuiteError
from protocols.runs.declaration import setting
from protocols.runs.measurement import MeasurementSettings


@dataclass(frozen=True)
class PairingSettings(MeasurementSettings):
    """Settings of `protocols.emstdp_pairing`; each says itself what it is."""

    pairs: int = setting(1000, "pairs", "pairs of neurons of a draw", at_least=3, at_most=10**6)
    draws: int = setting(10, "pairs", "draws of pairs, each with a correlation of its own",
                         at_least=2, at_most=1000)
    steps: int = setting(200, "pairs", "time steps (ms) with the drive alone, and as many with "
                         "presynaptic spikes", at_least=2, at_most=10**5)
    strength: float = setting(1.0, "pairs", "weights are uniform from -X to X thresholds", above=0)
    rate: float = setting(0.2, "pairs", "probabilities of a presynaptic spike in a step are "
                          "uniform from 0 to X", above=0, at_most=1)
    drive: str = setting("bias", "pairs", "of the postsynaptic neuron: an intrinsic bias, or "
                         "external pulses of one threshold at random", choices=DRIVES)
    drives: tuple[int, ...] = setting(
        (20, 5, 10, 40), "pairs", "a pair's mean drive in a step is uniform from 0 to N per cent "
        "of the threshold; the first is the experiment's, the others are measured beside it",
        at_least=1, at_most=100)
    reset: str = setting("zero", "pairs", "what a spike leaves of the potential",
                         choices=FORWARD_RESETS)
    rule: str = setting("exponential-all", "stdp", "kernel, and which pairs of spikes count",
                        choices=RULES)
    windows: tuple[int, ...] = setting(
        (10, 5, 20, 40), "stdp", "windows in ms; the first is the experiment's, the others are "
        "measured beside it", at_least=1, at_most=1000)

    def check(self) -> None:
        """Refuse lists without a first value, or with one twice."""
        for name, unit in (("drives", "%"), ("windows", "ms")):
            values = getattr(self, name)
            if not values:
                raise SuiteError(f"--{name} names none: give one or more")
            twice = next((value for value in values if values.count(value) > 1), None)
            if twice is not None:
                raise SuiteError(f"--{name} names {twice} {unit} twice: leave one out")
