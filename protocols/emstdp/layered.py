"""Settings that the networks of Shrestha et al. (2019) share, with spikes or without."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from equations.shrestha2019.settings import FEEDBACKS
from models.errors import SuiteError
from protocols.emstdp.series_settings import SeriesSettings
from protocols.runs.declaration import setting


@dataclass(frozen=True)
class LayeredSettings(SeriesSettings, ABC):
    """Layers, feedback, and when samples are drawn and tests made."""

    network: str = setting("100-classes", "network", "layers after the input, such as 500-500-10; "
                           "'classes' stands for their number")
    feedback: str = setting("sw", "network", "of the errors: by the forward weights (sw), by fixed "
                            "ones from layer to layer (fa) or from the output (dfa)",
                            choices=FEEDBACKS)
    epoch_samples: int = setting(0, "training", "samples of an epoch, drawn anew in each (0: all)",
                                 role="procedure", at_least=0)
    test_every: int = setting(10000, "training", "samples between evaluations",
                              role="repetition", at_least=1, may_change=True)

    @abstractmethod
    def rules(self):
        """How the network learns, with an ``eta_end``."""

    @property
    def fixed(self) -> tuple[str, ...]:
        """Where the step falls over the run, the run's length decides on every step."""
        return ("epochs",) if self.rules().eta_end != 1 else ()

    def check(self) -> None:
        """Refuse rules and layers that make no sense."""
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

    def sizes(self, n_inputs: int, n_classes: int) -> tuple[int, ...]:
        """Neurons of the input, of the hidden layers and of the output.

        Raises
        ------
        SuiteError
            If the network has fewer outputs than there are classes.
        """
        layers = self.layers(n_classes)
        if layers[-1] < n_classes:
            raise SuiteError(f"network {self.network!r} has {layers[-1]} outputs, the data set "
                             f"has {n_classes} classes")
        return (n_inputs, *layers)


def with_parameters(rules, parameters: dict[str, float]):
    """Rules with some of their numbers and switches changed.

    Parameters
    ----------
    rules : dataclass
    parameters : dict of str to float
        Switches as 0 or 1.

    Raises
    ------
    SuiteError
        If a whole number or a switch is asked for and something else given.
    """
    return replace(rules, **{name: _as(type(getattr(rules, name)), name, value)
                             for name, value in parameters.items()})


def _as(kind, name, value):
    """A parameter as the kind of number that it is."""
    if kind is float:
        return float(value)
    if value != int(value) or value < 0 or kind is bool and value > 1:
        raise SuiteError(f"parameter {name} = {value:g} is no "
                         f"{'switch: give 0 or 1' if kind is bool else 'whole number'}")
    return kind(value)
