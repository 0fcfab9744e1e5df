"""Settings of error-modulated STDP, and the network that they mean."""

from dataclasses import dataclass, fields, replace

from equations.shrestha2019.neurons import FORWARD_RESETS
from equations.shrestha2019.plasticity import PRESYNAPTIC
from equations.shrestha2019.presentation import CODINGS
from equations.shrestha2019.settings import FORMS, Rules, rules
from models.devices import DEVICES
from models.devices.precision import PRECISIONS
from models.emstdp.architecture import SIGNS, Architecture
from models.errors import SuiteError
from models.own_equations.owners import known_values, named_values, refuse_unused
from protocols.emstdp.layered import LayeredSettings
from protocols.layered.settings import with_parameters
from protocols.runs.declaration import setting

OF_THE_FORM = "form"
"""A switch that stands as the form has it."""
NAMED = ("steps", "coding", "reset_forward", "reset_error", "presynaptic")
"""Rules with a setting of their own; all others are parameters, switches as 0 or 1."""
PARAMETERS = tuple(each.name for each in fields(Rules) if each.name not in NAMED)
IN_EQUATIONS = {"w_L": "w_loss", "period": "target_period", "step_factor": "output_factor"}
"""Names in the equations of what is a parameter of another name."""
FOLLOWING = {"T": "--steps", "half": "--steps", "rate": "--parameter eta=..."}
"""Names in the equations of what follows from something else."""


def _switch(choices, words):
    return setting(OF_THE_FORM, "rules", words, role="procedure",
                   choices=(OF_THE_FORM, *choices))


@dataclass(frozen=True)
class EMSTDPSettings(LayeredSettings):
    """Settings of `protocols.emstdp`; each says itself what it is.

    ``parameters`` are changes of `equations.shrestha2019.settings.Rules`.
    """

    device: str = setting("cpp_standalone", "execution", "what the network runs on; runtime needs "
                          "no compiler", role="execution", choices=DEVICES)
    workers: int = setting(2, "execution", "processes in an evaluation", role="execution",
                           at_least=1)
    precision: str = setting("float32", "run", "of the network's variables", role="procedure",
                             choices=tuple(reversed(PRECISIONS)))
    form: str = setting("adapted", "rules", "literal: Algorithm 1 as it stands; adapted: what "
                        "learned best here", role="procedure", choices=FORMS)
    steps: int = setting(100, "rules", "time steps of a sample, T, half of them for each phase",
                         role="procedure", at_least=2, at_most=10**6)
    coding: str = _switch(CODINGS, "input spikes")
    reset_forward: str = _switch(FORWARD_RESETS, "what a spike leaves of a forward neuron's "
                                 "potential")
    reset_error: str = _switch(FORWARD_RESETS, "likewise of an error neuron's")
    presynaptic: str = _switch(PRESYNAPTIC, "presynaptic spikes that the update counts")
    parameters: dict[str, float | str] = setting(
        {}, "parameters", "change a number or a switch (0 or 1) of the form, or a number of any "
        "equation that --describe shows, such as hidden1.theta=2", role="procedure",
        keys=(*PARAMETERS, *IN_EQUATIONS),
        positive=("beta", "theta", "scale", "w_L", "w_loss", "w_max", "period", "target",
                  "windows"))
    hidden_alone = ("beta_hidden", "beta_error", "gated")

    def rules(self) -> Rules:
        """How the network spikes and learns.

        Raises
        ------
        SuiteError
            If a whole number is asked for and something else given.
        """
        found = replace(rules(self.form, self.feedback), steps=self.steps)
        switches = {name: getattr(self, name) for name in NAMED if name != "steps"}
        found = replace(found, **{name: value for name, value in switches.items()
                                  if value != OF_THE_FORM})
        return with_parameters(found, self._of_the_form())

    def _of_the_form(self) -> dict[str, float]:
        """Those of the parameters that `Rules` has, by its names.

        Raises
        ------
        SuiteError
            If one is given by two names.
        """
        found = {}
        for name, value in self.parameters.items():
            own = IN_EQUATIONS.get(name, name)
            if own in found:
                alias = next(alias for alias, its in IN_EQUATIONS.items() if its == own)
                raise SuiteError(f"parameters {own} and {alias} are the same; give one of them")
            if own in PARAMETERS:
                found[own] = value
        return found

    def check(self) -> None:
        """Refuse rules, layers and parameters that make no sense."""
        super().check()
        # Names are the same for every number of inputs and classes.
        self._changed(Architecture(sizes=(2, *self.layers(2)), rules=self.rules(),
                                   feedback=self.feedback, own=self.equations))

    def check_equations(self) -> None:
        """Refuse learning rules; groups and projections are known with the network."""
        for name in self.equations.rules:
            raise self.equations.error(
                f"rules.{name}", "weights change at the end of a window here (Eq. 12), not at "
                "spikes: give on_pre in [projections.learn_BELOW_LAYER] instead")

    def _changed(self, network: Architecture) -> Architecture:
        """A network with the values of equations that the run names."""
        own = network.own
        owners = {("groups", layer): {"theta": value}
                  for layer, value in network.thresholds.items()}
        for layer, value in network.error_thresholds.items():
            for sign in SIGNS:
                owners["groups", f"{layer}_{sign}"] = {"theta_e": value}
        refuse_unused(own, owners)
        others = {name: value for name, value in self.parameters.items()
                  if name not in (*PARAMETERS, *IN_EQUATIONS)}
        known = known_values(own, owners, {})
        for name in others:
            if name in FOLLOWING and not any(name in values for values in known.values()):
                raise SuiteError(f"parameter {name} follows from others: give {FOLLOWING[name]}")
        values = named_values(others, known, (*PARAMETERS, *IN_EQUATIONS))
        return replace(network, own=own.with_values(values)) if values else network

    def architecture(self, n_inputs: int, n_classes: int, **keywords) -> Architecture:
        """The network for samples of so many inputs and classes.

        Parameters
        ----------
        n_inputs, n_classes : int
        **keywords
            Of `models.emstdp.architecture.Architecture`.

        Raises
        ------
        SuiteError
            If it has fewer outputs than there are classes.
        """
        return self._changed(Architecture(
            sizes=self.sizes(n_inputs, n_classes), rules=self.rules(), feedback=self.feedback,
            own=self.equations, **keywords))
