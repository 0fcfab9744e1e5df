"""The runtime device: NumPy code, no compiler needed; slow, for checks and for looking."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
from brian2 import BrianLogger, BrianObject

from models.devices.arguments import Arguments, check_arguments
from models.devices.brian2_turns import brian2_turn
from models.devices.compiled_network import CompiledNetwork
from models.devices.exact_numpy import exact_numpy
from models.devices.network_description import NetworkDescription
from models.devices.precision import float_type

PREFERENCES = {
    "codegen.target": "numpy",
    # Brian2 would end the run early and return, as if it had been whole.
    "core.stop_on_keyboard_interrupt": False,
}


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """Brian2's globals, on the runtime device and with the functions of compiled code."""
    with brian2_turn("runtime", PREFERENCES), exact_numpy():
        yield


class RuntimeNetwork(CompiledNetwork):
    """A network on Brian2's runtime device with the NumPy target.

    There is one network in memory, which every call sets back and runs. So calls from several
    threads, of this network or of others, wait for each other (`models.devices.brian2_turns`).

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription; called while the device is active.
    label : str
        For messages.
    precision : {'float64', 'float32'}
        Of the network's variables.

    Raises
    ------
    SuiteError
        Unknown precision.
    """

    def __init__(self, build: Callable[[], NetworkDescription], label: str = "compiled",
                 precision: str = "float64"):
        self.precision = precision
        # Groups are simulated only later: a failure before that leaves them unused.
        BrianLogger.suppress_name("unused_brian_object")
        with _turn(), float_type(precision):
            super().__init__(build(), label)
            self.description.network.store("untouched")

    def add(self, *objects: BrianObject) -> None:
        """Add Brian2 objects of one's own, such as monitors, which calls run with the others.

        Parameters
        ----------
        *objects : brian2.BrianObject
            Each call begins with the values that they have now.
        """
        with _turn():
            self.description.network.restore("untouched")
            self.description.network.add(*objects)
            self.description.network.store("untouched")

    def prepare(self, state: dict, stimuli: dict) -> None:
        """Set the network to the beginning of a call, for runs of one's own.

        Parameters
        ----------
        state, stimuli : dict
            As for a call.

        Raises
        ------
        SuiteError
            As of a call.
        """
        with _turn(), float_type(self.precision):
            self._begin(check_arguments(self.description, state, stimuli))

    def _begin(self, arguments):
        self.description.network.restore("untouched")
        arguments.write_into(self.description)

    def _run(self, arguments: Arguments):
        # Brian2 compares potentials with 1e50, which is infinite in single precision.
        ignored = np.errstate(over="ignore")
        with _turn(), float_type(self.precision), ignored:
            self._begin(arguments)
            # Every sample left needs at least one more slot.
            while (left := self._samples_left(arguments.n_samples)) > 0:
                self.description.network.run(left * self.description.slot, namespace={})
            return *self._results(), 0.0

    def _samples_left(self, n_samples):
        """Samples of which no slot has begun, and the one on show if it is to be shown again."""
        follower = self.description.follower
        last_attempt = follower.attempt[0] + 1 >= self.description.max_attempts
        moves = follower.accepted[0] > 0 or last_attempt
        return n_samples - (follower.cursor[0] + moves)

    def _results(self):
        """State, slots, spikes and traces."""
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
        return state, slots, spikes, traces
