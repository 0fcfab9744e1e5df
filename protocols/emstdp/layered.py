"""Settings that the networks of Shrestha et al. (2019) share, with spikes or without."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from equations.shrestha2019.settings import FEEDBACKS
from models.errors import SuiteError
from protocols.emstdp.series_settings import SeriesSettings
from protocols.layered.settings import NetworkSettings
from protocols.runs.declaration import setting
from protocols.runs.settings import RunSettings


@dataclass(frozen=True)
class LayeredSettings(NetworkSettings, SeriesSettings, ABC):
    """Feedback, beside the layers and the course of any layered network."""

    feedback: str = setting("sw", "network", "of the errors: by the forward weights (sw), by fixed "
                            "ones from layer to layer (fa) or from the output (dfa)",
                            choices=FEEDBACKS)

    hidden_alone: ClassVar[tuple[str, ...]]
    """Parameters of hidden layers and of their errors."""

    @abstractmethod
    def rules(self):
        """How the network learns, with an ``eta_end``."""

    @property
    def fixed(self) -> tuple[str, ...]:
        """Where the step falls over the run, the run's length decides on every step."""
        return ("epochs",) if self.rules().eta_end != 1 else ()

    def check(self) -> None:
        """Refuse rules and layers that make no sense, and feedback where nothing is fed back."""
        self.rules()
        if len(self.layers(2)) == 1 and self.feedback != "sw":
            raise SuiteError(f"network {self.network!r} has no hidden layer, so --feedback does "
                             "nothing: give --feedback sw, or leave it out")

    def refuse_given(self, base: RunSettings, given: dict) -> None:
        """Refuse parameters of hidden layers where there are none; those of a preset may be."""
        super().refuse_given(base, given)
        for name in self.hidden_alone:
            if len(self.layers(2)) == 1 and name in given.get("parameters", {}):
                raise SuiteError(f"network {self.network!r} has no hidden layer, so parameter "
                                 f"{name} does nothing; leave it out")
