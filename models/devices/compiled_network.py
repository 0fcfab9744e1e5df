"""A compiled network as a pure function: (state, stimuli) -> (state, records).

`models.devices.compile_network` builds the network once; calling the result runs it on one
chunk of samples. Nothing is kept between calls: a checkpoint is the state, evaluation is
a call whose state is thrown away, and calls may run side by side.
"""

import operator
import time
from dataclasses import dataclass

import numpy as np

from models.errors import SuiteError

LARGEST = 2**31 - 1
"""Integers of compiled networks have 32 bits."""


@dataclass(frozen=True)
class Records:
    """What one call recorded.

    Attributes
    ----------
    slots : dict of str to ndarray
        One row per presentation (slot), failed attempts included; ``input.cursor`` is
        the sample shown (n_slots, 1), ``hidden1.count`` the spikes (n_slots, N) ...
    spikes : dict of str to (ndarray, ndarray)
        Neuron indices and times in seconds, per observed group.
    traces : dict of str to ndarray
        (n_steps, N), SI units.
    cpu_seconds : float
        Processor time of the call.
    """

    slots: dict
    spikes: dict
    traces: dict
    cpu_seconds: float

    def accepted(self):
        """Index of each sample's last slot, in order of samples, shape (n_samples,)."""
        cursor = self.slots["input.cursor"][:, 0]
        return np.flatnonzero(np.append(cursor[1:] != cursor[:-1], True))

    def per_sample(self, name):
        """Rows of a record for the accepted presentation of each sample."""
        return self.slots[name][self.accepted()]


class CompiledNetwork:
    """Base of the devices: checks the arguments and the result, times the call.

    Parameters
    ----------
    description : models.devices.network_description.NetworkDescription
    """

    def __init__(self, description):
        self.description = description
        self.shapes = description.shapes()

    def __call__(self, state, stimuli):
        """Show samples.

        Parameters
        ----------
        state : dict of str to ndarray
            Every variable in ``self.shapes``; others are ignored and returned as they
            are.
        stimuli : dict
            Arrays of n <= capacity samples named as ``description.arrays``, and the integers
            of ``description.scalars`` (``stream`` and ``first``, if the network draws numbers).

        Returns
        -------
        state : dict of str to ndarray
            New arrays; the argument is left untouched.
        records : Records

        Raises
        ------
        SuiteError
            On a missing or wrongly shaped array, NaN, other things than numbers, or a failure
            of the device.
        """
        values, arrays, scalars = self._checked(state, stimuli)
        start = time.process_time()
        new, slots, spikes, traces, cpu = self._run(values, arrays, scalars)
        cpu += time.process_time() - start
        return {**state, **new}, Records(slots, spikes, traces, cpu)

    def wait(self):
        """Wait until the network is ready to be called."""

    def _checked(self, state, stimuli):
        values = {}
        for name, shape in self.shapes.items():
            if name not in state:
                raise SuiteError(f"the state lacks {name}: it belongs to another network")
            value = _numbers(f"state {name}", state[name])
            if value.shape != shape:
                raise SuiteError(
                    f"state {name} has shape {value.shape}, this network needs {shape}: "
                    "it belongs to another network")
            if not np.isfinite(value).all():
                raise SuiteError(f"state {name} holds NaN or infinity")
            values[name] = value
        arrays, capacity, n_samples = {}, self.description.capacity, None
        for name, timed in self.description.arrays.items():
            value = _numbers(f"stimulus {name}", _given(stimuli, name))
            shape = self.description.sample_shape(name)
            if value.shape[1:] != shape or not 1 <= len(value) <= capacity:
                raise SuiteError(
                    f"stimulus {name} has shape {value.shape}; this network takes at most "
                    f"{capacity} rows of shape {shape}")
            if not np.isfinite(value).all():
                raise SuiteError(f"stimulus {name} holds NaN or infinity")
            if n_samples not in (None, len(value)):
                raise SuiteError(f"stimulus {name} has {len(value)} rows, others {n_samples}")
            n_samples = len(value)
            if timed.values.dtype.kind == "i" and (value != np.rint(value)).any():
                raise SuiteError(f"stimulus {name} holds fractions; it takes whole numbers")
            padded = np.zeros((capacity, *shape), timed.values.dtype)
            padded[:n_samples] = value
            arrays[name] = padded.reshape(timed.values.shape)
        scalars = {name: _whole(name, _given(stimuli, name)) for name in self.description.scalars
                   if name != "n_samples"}
        if scalars.get("first", 0) + n_samples > LARGEST:
            raise SuiteError(f"stimulus first = {scalars['first']}: samples are counted up to "
                             f"{LARGEST}")
        scalars["n_samples"] = n_samples
        return values, arrays, scalars

    def _run(self, values, arrays, scalars):
        raise AssertionError("devices define _run")


def _given(stimuli, name):
    if name not in stimuli:
        raise SuiteError(f"the stimuli lack {name}, which this network needs")
    return stimuli[name]


def _numbers(name, value):
    """As a real array; anything else is refused by name."""
    value = np.asarray(value)
    if value.dtype.kind not in "biuf":
        raise SuiteError(f"{name} holds {value.dtype}, expected real numbers")
    return value if name.startswith("stimulus") else value.astype(float)


def _whole(name, value):
    """As a number of a stream or of a sample."""
    try:
        value = operator.index(value)
    except TypeError:
        raise SuiteError(f"stimulus {name} = {value!r} is no whole number") from None
    if not 0 <= value <= LARGEST:
        raise SuiteError(f"stimulus {name} = {value} lies outside 0 .. {LARGEST}")
    return value
