"""The runtime device: NumPy code, no compiler needed; slow, for checks and for looking."""

import numpy as np
from brian2 import BrianLogger, get_device, prefs
from brian2.devices.device import reset_device

from models.devices.compiled_network import CompiledNetwork
from models.devices.precision import float_type


class RuntimeNetwork(CompiledNetwork):
    """A network on Brian2's runtime device with the NumPy target."""

    def __init__(self, build, precision="float64"):
        if type(get_device()).__name__ != "RuntimeDevice":
            reset_device()
        prefs.codegen.target = "numpy"
        # Brian2 would end the run early and return, as if it had been whole.
        prefs.core.stop_on_keyboard_interrupt = False
        # Groups are simulated only later: a failure before that leaves them unused.
        BrianLogger.suppress_name("unused_brian_object")
        with float_type(precision):
            super().__init__(build())
        self.precision = precision
        self.description.network.store("untouched")

    def _run(self, values, arrays, scalars):
        description = self.description
        network, follower = description.network, description.follower
        network.restore("untouched")
        for name, (owner, variable) in description.state.items():
            owner.variables[variable].set_value(values[name].ravel())
        for name, value in arrays.items():
            description.arrays[name].values[...] = value
        for name, value in scalars.items():
            for owner, variable in description.scalars[name]:
                owner.variables[variable].set_value(value)

        def to_show():
            moves = follower.accepted[0] > 0 or follower.attempt[0] + 1 >= description.max_attempts
            return scalars["n_samples"] - 1 - (follower.cursor[0] + moves) + 1

        # Every sample left needs at least one more slot.
        while (left := to_show()) > 0:
            with float_type(self.precision):
                network.run(left * description.slot, namespace={})
        return self._results()

    def _results(self):
        description = self.description
        state = {}
        for name, (owner, variable) in description.state.items():
            value = np.array(owner.variables[variable].get_value(), dtype=float)
            state[name] = value.reshape(self.shapes[name])
        slots = {}
        for name, (monitor, variable) in description.records.items():
            source = monitor.source.variables[variable].get_value()
            rows = np.asarray(monitor.variables[variable].get_value())
            final = np.asarray(source)[monitor.record]
            slots[name] = np.vstack([rows[1:], final])
        spikes = {n: (np.array(m.i), np.array(m.t_)) for n, m in description.spikes.items()}
        traces = {
            n: np.array(m.variables[v].get_value()) for n, (m, v) in description.traces.items()
        }
        return state, slots, spikes, traces, 0.0
