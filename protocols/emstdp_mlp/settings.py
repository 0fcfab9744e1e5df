"""Settings of the non-spiking networks."""

from dataclasses import dataclass, fields

from equations.shrestha2019.mlp import METHODS, OPTIMISERS, BPRules, EMSTDPRules, mlp_rules
from models.devices.precision import PRECISIONS
from models.errors import SuiteError
from protocols.emstdp.layered import LayeredSettings
from protocols.layered.settings import with_parameters
from protocols.runs.declaration import setting
from protocols.runs.optimiser import refuse_step

PARAMETERS = tuple(each.name for each in fields(EMSTDPRules))
"""BP-MLP has some of them."""


@dataclass(frozen=True)
class MLPSettings(LayeredSettings):
    """Settings of `protocols.emstdp_mlp`; each says itself what it is.

    ``parameters`` are changes of `equations.shrestha2019.mlp.EMSTDPRules` or ``BPRules``.
    """

    method: str = setting("emstdp", "network", "emstdp: activities with errors less those without; "
                          "bp: gradients of the cross-entropy", choices=METHODS)
    precision: str = setting("float32", "run", "of weights and activities", role="procedure",
                             choices=tuple(reversed(PRECISIONS)))
    kernels: str = setting("numba", "run", "of Adam: a compiled loop, or NumPy alone",
                           role="repetition", choices=("numba", "numpy"))
    epochs: float = setting(20, "training", "passes through the training samples, or through as "
                            "many as an epoch has", role="procedure", above=0, at_most=10**6,
                            may_change=True, metavar="X")
    optimiser: str = setting("adam", "training", "rule of the steps; sgd: Eq. 12 as it stands",
                             role="procedure", choices=OPTIMISERS)
    batch: int = setting(32, "training", "samples whose changes are averaged before the weights "
                         "change", role="procedure", at_least=1)
    parameters: dict[str, float] = setting({}, "parameters", "change a number or a switch (0 or 1) "
                                           "of the method", role="procedure", keys=PARAMETERS,
                                           positive=("scale", "r", "width", "gamma", "eta"))
    hidden_alone = ("gated",)

    def rules(self) -> BPRules | EMSTDPRules:
        """How the network learns.

        Raises
        ------
        SuiteError
            If a parameter does nothing to it or to its feedback, or a switch is neither 0 nor 1.
        """
        found = mlp_rules(self.method, self.feedback, self.optimiser)
        for name in self.parameters:
            if not hasattr(found, name):
                raise SuiteError(f"parameter {name} does nothing to --method {self.method}; leave "
                                 "it out")
            if name == "width" and self.feedback == "sw":
                raise SuiteError("parameter width does nothing to --feedback sw, which has no "
                                 "fixed matrices; leave it out")
        return with_parameters(found, self.parameters)

    def check(self) -> None:
        """Refuse feedback beside gradients."""
        super().check()
        if self.feedback != "sw" and self.method == "bp":
            raise SuiteError("--feedback does nothing to --method bp: give --feedback sw, or leave "
                             "it out")

    def refuse_given(self, base: LayeredSettings, given: dict) -> None:
        """Refuse kernels of Adam beside another optimiser, and a step that came with another."""
        super().refuse_given(base, given)
        if self.optimiser != "adam" and "kernels" in given:
            raise SuiteError(f"--kernels does nothing to --optimiser {self.optimiser}; leave it "
                             "out")
        if "eta" in self.parameters and "eta" not in given.get("parameters", {}):
            refuse_step(base.optimiser, self.optimiser, "--parameter eta=")
