"""Settings that the networks of Shrestha et al. (2019) share, with spikes or without."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from equations.shrestha2019.settings import FEEDBACKS
from protocols.emstdp.series_settings import SeriesSettings
from protocols.layered.settings import NetworkSettings
from protocols.runs.declaration import setting


@dataclass(frozen=True)
class LayeredSettings(NetworkSettings, SeriesSettings, ABC):
    """Feedback, beside the layers and the course of any layered network."""

    feedback: str = setting("sw", "network", "of the errors: by the forward weights (sw), by fixed "
                            "ones from layer to layer (fa) or from the output (dfa)",
                            choices=FEEDBACKS)

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
