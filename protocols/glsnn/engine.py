"""The network as Brian2 groups, which tests it beside the arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from models.errors import SuiteError
from protocols.cli import import_brian2
from protocols.glsnn.methods import Method

if TYPE_CHECKING:
    from models.devices.network_description import NetworkDescription
    from models.glsnn.groups import BrianNetwork

CAPACITY = 100
"""Samples of one call of a compiled program."""


def groups(method: Method, device: str, capacity: int,
           say: Callable[[str], None]) -> BrianNetwork:
    """The groups of a method's network, compiled once and run with any weights.

    Parameters
    ----------
    method : protocols.glsnn.methods.Method
    device : str
        One of `models.devices.DEVICES`; GeNN takes no layered network.
    capacity : int
        Samples of one call.
    say : callable
        Takes a line before the network is compiled.

    Raises
    ------
    SuiteError
        If units do not spike, or the device cannot be used.
    """
    if method.form is None:
        raise SuiteError(f"the units of --method {method.settings.method} do not spike and have "
                         "no Brian2 form; leave out --device")
    import_brian2()
    from models.glsnn.groups import BrianNetwork

    return BrianNetwork(method.sizes, method.form, device=device, capacity=capacity,
                        precision=method.settings.precision, announce=say)


def described(method: Method) -> NetworkDescription:
    """The groups of a method's network for one sample, not compiled."""
    from models.glsnn.groups import glsnn_network

    return glsnn_network(method.sizes, method.form, 1)
