"""The trained network as Brian2 groups: its answers, beside those of the arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.errors import SuiteError
from protocols.glsnn.methods import Method

CAPACITY = 100
"""Samples of one call of a compiled program."""


@dataclass(frozen=True)
class Shown:
    """What the groups answered to some samples.

    Attributes
    ----------
    outputs : ndarray, shape (n, outputs)
        S of the output layer.
    counts : dict of str to ndarray, shape (n, neurons)
        Spikes by layer behind the input.
    """

    outputs: np.ndarray
    counts: dict


def refuse_units(method: Method) -> None:
    """Refuse units that do not spike.

    Raises
    ------
    SuiteError
    """
    if method.form is None:
        raise SuiteError(f"the units of --method {method.settings.method} do not spike and have "
                         "no Brian2 form; leave out --device")


class Groups:
    """The groups of a method's network, compiled once and run with any weights.

    Parameters
    ----------
    method : protocols.glsnn.methods.Method
    device : {'cpp_standalone', 'runtime'}
    capacity : int
        Samples of one call.
    say : callable
        Takes a line before the network is compiled.

    Raises
    ------
    SuiteError
        If units do not spike, or the device cannot be used.
    """

    def __init__(self, method: Method, device: str, capacity: int, say: Callable[[str], None]):
        refuse_units(method)
        # Brian2 takes seconds to import.
        from models.glsnn.groups import BrianNetwork
        self._network = BrianNetwork(method.sizes, method.form, device=device, capacity=capacity,
                                     precision=method.settings.precision, announce=say)

    def show(self, arrays: dict[str, np.ndarray], inputs: np.ndarray) -> Shown:
        """Answers to some samples.

        Parameters
        ----------
        arrays : dict of str to ndarray
            Weights and biases.
        inputs : ndarray, shape (n, inputs), in [0, 1]
        """
        return Shown(*self._network.outputs(arrays, inputs))
