"""What shows samples to a trained network: its builder, its state, and the stimuli of a sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.devices.network_description import NetworkDescription


@dataclass(frozen=True)
class Showing:
    """A network without plasticity that shows one sample a call.

    Attributes
    ----------
    build : callable
        Returns a NetworkDescription of capacity 1.
    state : dict of str to ndarray
        Of the network before a sample, with what has been learned.
    stimuli : callable
        ``stimuli(k)``: those of the k-th test sample, alone. They are the ones of
        `protocols.runs.learner.Learner.classify`.
    """

    build: Callable[[], NetworkDescription]
    state: dict[str, np.ndarray]
    stimuli: Callable[[int], dict]
