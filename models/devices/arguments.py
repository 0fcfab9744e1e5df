"""What a call gives a network: checked, and written into the network's variables."""

from __future__ import annotations

import operator
from dataclasses import dataclass

import numpy as np

from models.devices.network_description import NetworkDescription
from models.errors import SuiteError

LARGEST = 2**31 - 1
"""Integers of compiled networks have 32 bits."""


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call.

    Attributes
    ----------
    values : dict of str to ndarray of float
        State variables, in the shapes of `NetworkDescription.shapes`.
    arrays : dict of str to ndarray
        Stimuli in type and shape of their TimedArrays; rows without a sample are 0.
    scalars : dict of str to int
    n_samples : int
    """

    values: dict
    arrays: dict
    scalars: dict
    n_samples: int

    def write_into(self, description: NetworkDescription) -> None:
        """Set the variables of a live network, one whose device keeps them in memory."""
        for name, (owner, variable) in description.state.items():
            owner.variables[variable].set_value(self.values[name].ravel())
        for name, timed in description.arrays.items():
            timed.values[...] = self.arrays[name]
        for (owner, variable), value in self.shared(description):
            owner.variables[variable].set_value(value)

    def shared(self, description: NetworkDescription) -> list:
        """The shared variables to set, each ``((object, variable), whole number)``."""
        pairs = [(at, value) for name, value in self.scalars.items()
                 for at in description.scalars[name]]
        return [*pairs, ((description.follower, "n_samples"), self.n_samples)]


def check_arguments(description: NetworkDescription, state: dict, stimuli: dict) -> Arguments:
    """Take the arguments of a call, or say what is wrong with them.

    Parameters
    ----------
    description : NetworkDescription
    state, stimuli : dict
        As `models.devices.compiled_network.CompiledNetwork` takes them.

    Raises
    ------
    SuiteError
        On a missing or wrongly shaped array, NaN, other things than numbers, too many samples.
    """
    values = {name: _state_variable(name, shape, state)
              for name, shape in description.shapes().items()}
    given = {name: _stimulus(description, name, stimuli) for name in description.arrays}
    n_samples = _common_length(given)
    arrays = {name: _padded(description, name, value) for name, value in given.items()}
    scalars = {name: _whole(name, _given(stimuli, name)) for name in description.scalars}
    first = scalars.get(description.first_sample, 0)
    if first + n_samples > LARGEST:
        raise SuiteError(f"stimulus {description.first_sample} = {first}: samples are counted up "
                         f"to {LARGEST}; start again from a smaller number")
    return Arguments(values, arrays, scalars, n_samples)


def _state_variable(name, shape, state):
    if name not in state:
        raise SuiteError(f"the state lacks {name}: it belongs to another network")
    value = _numbers(f"state {name}", state[name]).astype(float)
    if value.shape != shape:
        raise SuiteError(f"state {name} has shape {value.shape}, this network needs {shape}: "
                         "it belongs to another network")
    if not np.isfinite(value).all():
        raise SuiteError(f"state {name} holds NaN or infinity")
    return value


def _stimulus(description, name, stimuli):
    value = _numbers(f"stimulus {name}", _given(stimuli, name))
    capacity = description.capacity
    shape = description.sample_shape(name)
    if value.shape[1:] != shape or not 1 <= len(value) <= capacity:
        raise SuiteError(f"stimulus {name} has shape {value.shape}; this network takes at most "
                         f"{capacity} rows of shape {shape}")
    if not np.isfinite(value).all():
        raise SuiteError(f"stimulus {name} holds NaN or infinity")
    whole = description.arrays[name].values.dtype.kind == "i"
    if whole and (value != np.rint(value)).any():
        raise SuiteError(f"stimulus {name} holds fractions; it takes whole numbers")
    return value


def _common_length(given):
    lengths = {name: len(value) for name, value in given.items()}
    n_samples = next(iter(lengths.values()))
    for name, length in lengths.items():
        if length != n_samples:
            raise SuiteError(f"stimulus {name} has {length} rows, others {n_samples}")
    return n_samples


def _padded(description, name, value):
    values = description.arrays[name].values
    padded = np.zeros((description.capacity, *description.sample_shape(name)), values.dtype)
    padded[:len(value)] = value
    return padded.reshape(values.shape)


def _given(stimuli, name):
    if name not in stimuli:
        raise SuiteError(f"the stimuli lack {name}, which this network needs")
    return stimuli[name]


def _numbers(name, value):
    """As a real array; anything else is refused by name."""
    value = np.asarray(value)
    if value.dtype.kind not in "biuf":
        raise SuiteError(f"{name} holds {value.dtype}, expected real numbers")
    return value


def _whole(name, value):
    """As a number that a compiled network can count."""
    try:
        value = operator.index(value)
    except TypeError:
        raise SuiteError(f"stimulus {name} = {value!r} is no whole number") from None
    if not 0 <= value <= LARGEST:
        raise SuiteError(f"stimulus {name} = {value} lies outside 0 .. {LARGEST}")
    return value
