"""Brian2's global state, lent to one network at a time.

Brian2 has one active device, one set of preferences and one default clock in a process. Building a
network reads and changes them, and so does running it on the runtime device. Threads that build
or run networks take turns here, and each leaves the globals as it found them. Programs of
cpp_standalone are processes of their own, which run beside each other and beside all of this.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from brian2 import defaultclock, get_device, prefs, set_device
from brian2.devices.device import Device, reset_device

from models.programs.compiler_options import kept_preferences

_TURN = threading.RLock()
"""Held by the thread whose network uses Brian2's globals."""


@contextlib.contextmanager
def brian2_turn(device: str, preferences: dict, **options) -> Iterator[Device]:
    """Use Brian2 alone, with a device and preferences that last as long as this block.

    Objects of Brian2 that are made or run elsewhere take no turn: do not do so in another thread
    meanwhile.

    Parameters
    ----------
    device : str
        As for ``brian2.set_device``.
    preferences : dict
        By their full names, such as ``'codegen.target'``.
    **options
        As for ``brian2.set_device``.

    Yields
    ------
    brian2.devices.device.Device
        The active device.
    """
    with _TURN, kept_preferences(preferences):
        dt = defaultclock.dt
        try:
            set_device(device, **options)
            prefs.update(preferences)
            yield get_device()
        finally:
            reset_device()
            defaultclock.dt = dt
