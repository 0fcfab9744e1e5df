"""Settings of error-modulated STDP, and the network that they mean."""

from dataclasses import fields, replace
from dataclasses import dataclass

from equations.shrestha2019.presentation import CODINGS
from equations.shrestha2019.neurons import FORWARD_RESETS
from equations.shrestha2019.plasticity import PRESYNAPTIC
from equations.shrestha2019.settings import FEEDBACKS, FORMS, Rules, rules
from models.devices import DEVICES
from models.devices.precision import PRECISIONS
from models.emstdp.architecture import Architecture
from models.errors import SuiteError
from protocols.emstdp.series_settings import SeriesSettings
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
class EMSTDPSettings(SeriesSettings):
    """Settings of `protocols.emstdp`; each says itself what it is.

    ``parameters`` are changes of `equations.shrestha2019.settings.Rules`.
    """

    device: str = setting("cpp_standalone", "execution", "what the network runs on; runtime needs "
                          "no compiler", role="execution", choices=DEVICES)
    workers: int = setting(2, "execution", "processes in an evaluation", role="execution",
                           at_least=1)
    precision: str = setting("float32", "run", "of the network's variables", role="procedure",
                             choices=tuple(reversed(PRECISIONS)))
    network: str = setting("100-classes", "network", "layers after the input, such as 500-500-10; "
                           "'classes' stands for their number")
    feedback: str = setting("sw", "network", "of the errors: by the forward weights (sw), by fixed "
                            "ones from layer to layer (fa) or from the output (dfa)",
                            choices=FEEDBACKS)
    form: str = setting("adapted", "rules", "literal: Algorithm 1 as it stands; adapted: what "
                        "learned best here", role="procedure", choices=FORMS)
    steps: int = setting(100, "rules", "time steps of a sample, T, half of them for each phase",
                         role="procedure", at_least=2, at_most=10**6)
    coding: str = _switch(CODINGS, "input spikes")
    reset_forward: str = _switch(FORWARD_RESETS, "what a spike leaves of a forward neuron's "
                                 "potential")
    reset_error: str = _switch(FORWARD_RESETS, "likewise of an error neuron's")
    presynaptic: str = _switch(PRESYNAPTIC, "presynaptic spikes that the update counts")
    epoch_samples: int = setting(0, "training", "samples of an epoch, drawn anew in each (0: all)",
                                 role="procedure", at_least=0)
    test_every: int = setting(10000, "training", "samples between evaluations",
                              role="repetition", at_least=1, may_change=True)
    parameters: dict[str, float] = setting({}, "parameters", "change a number or a switch (0 or 1) "
                                           "of the form", role="procedure", keys=PARAMETERS,
                                           positive=("beta", "theta", "scale", "w_loss", "w_max",
                                                     "target", "windows"))

    @property
    def fixed(self) -> tuple[str, ...]:
        """Where the step falls over the run, the run's length decides on every step."""
        return ("epochs",) if self.rules().eta_end != 1 else ()

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
        return replace(found, **{name: _as(type(getattr(found, name)), name, value)
                                 for name, value in self.parameters.items()})

    def check(self) -> None:
        """Refuse rules that make no sense."""
        self.rules()
        self.layers(2)

    def layers(self, n_classes: int) -> tuple[int, ...]:
        """Neurons of the hidden layers and of the output.

        Raises
        ------
        SuiteError
            If the text of the network is not understood.
        """
        words = self.network.replace("classes", str(n_classes)).split("-")
        if not all(word.isascii() and word.isdigit() and 0 < int(word) < 2**31 for word in words):
            raise SuiteError(f"network {self.network!r} is no list of layers such as 500-500-10")
        return tuple(int(word) for word in words)

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
        layers = self.layers(n_classes)
        if layers[-1] < n_classes:
            raise SuiteError(f"network {self.network!r} has {layers[-1]} outputs, the data set "
                             f"has {n_classes} classes")
        return Architecture(sizes=(n_inputs, *layers), rules=self.rules(), feedback=self.feedback,
                            **keywords)


def _as(kind, name, value):
    """A parameter as the kind of number that it is."""
    if kind is float:
        return float(value)
    if value != int(value) or value < 0 or kind is bool and value > 1:
        raise SuiteError(f"parameter {name} = {value:g} is no "
                         f"{'switch: give 0 or 1' if kind is bool else 'whole number'}")
    return kind(value)
