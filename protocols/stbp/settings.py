"""Settings of spatio-temporal backpropagation."""

from dataclasses import dataclass
from typing import ClassVar

from equations.wu2018 import IterativeLIF
from models.devices import DEVICES
from models.devices.precision import PRECISIONS
from models.errors import SuiteError
from models.stbp import GRADIENTS, SURROGATES
from models.stbp.neuron import GATES
from protocols.runs.declaration import setting
from protocols.runs.optimiser import refuse_step
from protocols.runs.settings import RunSettings

NEURONS = ("V_th", "tau", "gate", "surrogate", "width")
SPIKING = (*NEURONS, "gradient", "steps")
"""What does nothing in the non-spiking twin."""


@dataclass(frozen=True)
class STBPSettings(RunSettings):
    """Settings of `protocols.stbp`; each says itself what it is."""

    engine: str = setting("numpy", "execution", "what tests the trained network: the companion, or "
                          "the Brian2 groups too", role="execution", choices=("numpy", "brian2"))
    device: str = setting("cpp_standalone", "execution", "of the engine brian2", role="execution",
                          choices=DEVICES)
    array_module: str = setting("numpy", "run", "what training computes with; cupy needs a GPU",
                                role="repetition", choices=("numpy", "cupy"))
    kernels: str = setting("numba", "run", "on the CPU: compiled loops, or NumPy alone",
                           role="repetition", choices=("numba", "numpy"))
    precision: str = setting("float32", "run", "of weights and potentials", role="procedure",
                             choices=tuple(reversed(PRECISIONS)))
    network: str = setting("100-10", "network", "layers after the input, such as 800-10 or "
                           "15C5-P2-40C5-P2-300-10; 'classes' stands for their number")
    units: str = setting("spiking", "network", "rectified: the non-spiking twin, one step, pixels "
                         "as they are", choices=("spiking", "rectified"))
    initial: str = setting("balanced", "network", "weights by Eq. 29-30: scaled to the threshold, "
                           "or as they are", choices=("balanced", "normalised"))
    V_th: float = setting(0.5, "neurons", "threshold", above=0)
    tau: float = setting(0.1, "neurons", "forget gate: what is left of u after a step without "
                         "spike", above=0)
    gate: str = setting("linear", "neurons", "how a spike closes the forget gate",
                        choices=tuple(GATES))
    surrogate: str = setting("rectangular", "neurons", "stands for the derivative of a spike "
                             "(Eq. 23-26)", choices=tuple(SURROGATES))
    width: float = setting(1.0, "neurons", "of the surrogate, a", above=0)
    contrast: str = setting("set", "training", "pixels relative to the full range, or to that of "
                            "their image", choices=("set", "image"))
    gradient: str = setting("exact", "training", "exact, detached (reset), spatial (SDBP), or "
                            "literal (Eq. 15-20)", choices=tuple(GRADIENTS))
    steps: int = setting(30, "training", "time steps of a presentation, T", at_least=1,
                         at_most=10**6)
    epochs: int = setting(20, "training", "passes through the training samples", role="procedure",
                          at_least=1, at_most=10**6, may_change=True)
    batch: int = setting(100, "training", "samples per step of the optimiser", at_least=1)
    optimiser: str = setting("adam", "training", "rule of the steps", choices=("adam", "sgd"))
    rate: float = setting(1e-3, "training", "learning rate", above=0)
    rate_drop_every: int = setting(0, "training", "epochs after which the rate falls to a tenth "
                                   "(0: never)", role="procedure", at_least=0)
    distortion_sigma: float = setting(4.0, "training", "smoothness of the distortion, in pixels",
                                      above=0, at_most=1000)
    distortion_alpha: float = setting(0.0, "training", "elastic distortion of training images, in "
                                      "pixels (0: none)", at_least=0)

    number_options: ClassVar[str] = "each of --V-th, --tau, --gate, --surrogate, --width"

    @property
    def neurons(self) -> IterativeLIF | None:
        """Parameters of the neurons; None for the non-spiking twin."""
        if self.units == "rectified":
            return None
        return IterativeLIF(**{name: getattr(self, name) for name in NEURONS})

    def rate_in(self, epoch: int) -> float:
        """Learning rate of an epoch (the first is 0)."""
        drops = epoch // self.rate_drop_every if self.rate_drop_every else 0
        return self.rate * 0.1**drops

    def refuse_given(self, base: RunSettings, given: dict) -> None:
        """Refuse what does nothing alone, and an optimiser with the step of another one."""
        if "distortion_sigma" in given and not self.distortion_alpha:
            raise SuiteError("--distortion-sigma does nothing without --distortion-alpha; give it "
                             "too, or leave both out")
        if "device" in given and self.engine == "numpy":
            raise SuiteError("--device does nothing without --engine brian2; give it too, or leave "
                             "both out")
        if "rate" not in given:
            refuse_step(base.optimiser, self.optimiser, "--rate ")

    def named_beside(self, names: list[str]) -> list[str]:
        """The step of an optimiser."""
        return ["rate"] if "optimiser" in names else []

    def check(self) -> None:
        """Refuse settings that do not go together."""
        if self.units == "rectified" and self.engine != "numpy":
            raise SuiteError("rectified units do not spike: they have no Brian2 form (leave out "
                             "--engine)")
        if self.units == "rectified":
            self._check_rectified()

    def _check_rectified(self) -> None:
        """Refuse other values than the usual ones of what does nothing to rectified units."""
        for name in SPIKING:
            own = getattr(type(self), name)
            if getattr(self, name) != own:
                option = f"--{name.replace('_', '-')}"
                raise SuiteError(f"{option} does nothing to rectified units: give {option} {own}, "
                                 "or leave it out")
