"""Spikes that are given, one row per time step and one byte per neuron."""

import numpy as np
from brian2 import Quantity, TimedArray, second


class SpikeRows(TimedArray):
    """A TimedArray of truth values, an eighth of Brian2's; read as ``name(t, i)``.

    Parameters
    ----------
    shape : tuple of int
        (time steps, neurons)
    dt : Quantity
        Time step.
    name : str

    Attributes
    ----------
    values : ndarray of bool
        False at first.
    """

    def __init__(self, shape: tuple[int, int], dt: Quantity, name: str):
        # Brian2 makes doubles of its argument; this one takes no memory.
        super().__init__(np.broadcast_to(0.0, shape), dt, name)

    def _init_2d(self):
        values = np.zeros(self.values.shape, bool)
        self.values = values
        doubles = TimedArray.implementations
        super()._init_2d()
        dt = self.dt
        last = len(values) - 1

        def look_up(t, i):
            step = np.clip(np.int_(np.round(np.asarray(t) / dt)), 0, last)
            return values[step, i]

        def numpy_code(owner):
            return look_up

        def namespace(owner):
            return {f"{self.name}_values": values.ravel()}

        look_up._arg_units = [second, 1]
        look_up._return_unit = 1
        self.pyfunc = look_up
        self.implementations.add_dynamic_implementation("numpy", numpy_code)
        for target, (_, code) in doubles.items():
            self.implementations.add_dynamic_implementation(
                target, code(values, dt, self.name), name=self.name, namespace=namespace)
