"""A network that is built to be looked at, and never compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brian2 import BrianLogger

import models.dense  # noqa: F401  registers the device
from models.devices.brian2_turns import brian2_turn
from models.devices.network_description import NetworkDescription


def inspected(build: Callable[[], NetworkDescription],
              function: Callable[[NetworkDescription], Any]) -> Any:
    """What a function returns of a network.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription; called on the dense device, which needs no compiler for this.
    function : callable
        Called while the network is there.

    Returns
    -------
    object
    """
    # Groups that are never simulated are what is wanted here.
    BrianLogger.suppress_name("unused_brian_object")
    options = {"build_on_run": False, "directory": None}
    with brian2_turn("cpp_dense", {}, **options) as device:
        device.reinit()
        device.activate(**options)
        try:
            return function(build())
        finally:
            device.reinit()
