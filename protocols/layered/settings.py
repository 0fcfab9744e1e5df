"""Settings of layered networks: their layers, samples of an epoch, and when tests are made."""

from dataclasses import dataclass, replace

from models.errors import SuiteError
from protocols.runs.declaration import setting
from protocols.runs.settings import RunSettings


@dataclass(frozen=True)
class NetworkSettings(RunSettings):
    """Layers, and when samples are drawn and tests made."""

    network: str = setting("100-classes", "network", "layers after the input, such as 500-500-10; "
                           "'classes' stands for their number")
    epoch_samples: int = setting(0, "training", "samples of an epoch, drawn anew in each (0: all)",
                                 role="procedure", at_least=0)
    test_every: int = setting(10000, "training", "samples between evaluations",
                              role="repetition", at_least=1, may_change=True)

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
