"""What the tests of kernels share: small networks in the form that devices call."""

from contextlib import contextmanager

import numpy as np
import pytest
from brian2 import (
    Clock, Network, NeuronGroup, StateMonitor, TimedArray, defaultclock, get_device, ms,
)
from brian2.core import clocks
from brian2.core.variables import ArrayVariable

from models.devices.network_description import NetworkDescription
from models.errors import SuiteError
from models.gpu.opencl import OpenCL
from tests.dense_networks import COMPARED, DT


def _has_pocl():
    """Whether pyopencl finds a platform that computes."""
    try:
        OpenCL()
    except SuiteError:
        return False
    return True


needs_pocl = pytest.mark.skipif(
    not _has_pocl(), reason="no OpenCL (pip install pyopencl pocl-binary-distribution)")

SLOT = 10
"""Milliseconds; networks of the dense tests have statements that are executed as often."""

FOLLOWER = """
cursor : integer
attempt : integer
accepted : integer
n_samples : integer (shared, constant)
first : integer (shared, constant)
"""


@contextmanager
def shared_clocks():
    """Objects made inside with ``dt=`` share two clocks, as a NetworkDescription asks for."""
    defaultclock.dt = DT * ms
    slow = Clock(SLOT * ms, name="slot_clock")
    # Not the name that stands for it: devices ask whether it is the same.
    fast = get_device().defaultclock
    made = clocks.Clock

    def clock_of(dt, name="clock*"):
        return fast if float(dt / ms) == DT else slow

    clocks.Clock = clock_of
    try:
        yield fast, slow
    finally:
        clocks.Clock = made


def described(make, slots=6, spikes=None, traces=None):
    """A NetworkDescription of objects that know nothing of samples.

    Parameters
    ----------
    make : callable
        Returns the objects.
    slots : int
        Each slot is a sample, of which a call shows so many at most.
    spikes, traces : callable, optional
        Called with the objects, they return ``{name: monitor}`` and
        ``{name: (monitor, variable)}``.

    Returns
    -------
    NetworkDescription
        Its state are the variables that the dense tests compare.
    """
    with shared_clocks() as (fast, slow):
        objects = make()
        nothing = TimedArray(np.zeros(slots), dt=SLOT * ms, name="nothing")
        follower = NeuronGroup(1, FOLLOWER, name="follower", namespace={"nothing": nothing})
        follower.cursor = -1
        follower.accepted = 1
        follower.run_regularly("cursor += 1 + int(nothing(t))", clock=slow, when="start",
                               order=-20)
        rows = StateMonitor(follower, "cursor", record=True, clock=slow, when="start", order=-30,
                            name="rows")
        spikes = spikes(objects) if spikes else {}
        traces = traces(objects) if traces else {}
        monitors = {id(monitor): monitor for monitor in
                    [*spikes.values(), *(monitor for monitor, _ in traces.values())]}
        network = Network([*objects, follower, rows, *monitors.values()], name="network")
    return NetworkDescription(
        network=network, clock=fast, slot_clock=slow, follower=follower,
        sample_record="follower.cursor", max_attempts=1, capacity=slots,
        state={f"{thing.name}.{name}": (thing, name) for thing in objects
               for name in _compared(thing)},
        arrays={"nothing": nothing}, scalars={"first": [(follower, "first")]},
        first_sample="first", records={"follower.cursor": (rows, "cursor")}, spikes=spikes,
        traces=traces)


def _compared(thing):
    """Variables of its own; those of projections only where they are a matrix."""
    if hasattr(thing, "pattern") and not thing.pattern.full:
        return []
    return [name for name, variable in thing.variables.items()
            if name in COMPARED and isinstance(variable, ArrayVariable) and not variable.scalar
            and variable.owner.name == thing.name]


def differences(found, expected):
    """Names of what is not the same in two results of a call."""
    state, records = found
    other, others = expected
    names = [name for name in other if not np.array_equal(state[name], other[name])]
    for kind in ("slots", "traces"):
        names += [name for name, values in getattr(others, kind).items()
                  if not np.array_equal(getattr(records, kind)[name], values)]
    names += [name for name, pair in others.spikes.items()
              if not all(np.array_equal(a, b) for a, b in zip(records.spikes[name], pair))]
    return names
