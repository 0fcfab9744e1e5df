"""Settings of error-modulated STDP, and the network that they mean."""

from dataclasses import dataclass, fields, replace

from equations.shrestha2019.presentation import CODINGS
from equations.shrestha2019.neurons import FORWARD_RESETS
from equations.shrestha2019.plasticity import PRESYNAPTIC
from equations.shrestha2019.settings import FORMS, Rules, rules
from models.devices import DEVICES
from models.devices.precision import PRECISIONS
from models.emstdp.architecture import Architecture
from protocols.emstdp.layered import LayeredSettings
from protocols.layered.settings import with_parameters
from protocols.runs.declaration import setting

OF_THE_FORM = "form"
"""A switch that stands as the form has it."""
NAMED = ("steps", "coding", "reset_forward", "reset_error", "presynaptic")
"""Rules with a setting of their own; all others are parameters, switches as 0 or 1."""
PARAMETERS = tuple(each.name for each in fields(Rules) if each.name not in NAMED)


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
    parameters: dict[str, float] = setting({}, "parameters", "change a number or a switch (0 or 1) "
                                           "of the form", role="procedure", keys=PARAMETERS,
                                           positive=("beta", "theta", "scale", "w_loss", "w_max",
                                                     "target", "windows"))

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
        return with_parameters(found, self.parameters)

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
        return Architecture(sizes=self.sizes(n_inputs, n_classes), rules=self.rules(),
                            feedback=self.feedback, **keywords)
