"""A compiled network as a pure function: (state, stimuli) -> (state, records).

`models.devices.compile_network` builds the network once; calling the result runs it on one
chunk of samples. Nothing is kept between calls: a checkpoint is the state, evaluation is
a call whose state is thrown away, and a network may be called from several threads at once.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from models.devices.arguments import Arguments, check_arguments
from models.devices.network_description import NetworkDescription
from models.errors import SuiteError


@dataclass(frozen=True)
class Records:
    """What one call recorded.

    Attributes
    ----------
    slots : dict of str to ndarray
        One row per slot, failed attempts included, by the names of
        `NetworkDescription.records`; shape (n_slots, recorded neurons).
    spikes : dict of str to (ndarray, ndarray)
        Neuron indices and times in seconds, per observed group.
    traces : dict of str to ndarray
        (n_steps, N), SI units.
    cpu_seconds : float
        Processor time of the call.
    samples : ndarray of int, shape (n_slots,)
        The sample shown in each slot.
    """

    slots: dict
    spikes: dict
    traces: dict
    cpu_seconds: float
    samples: np.ndarray

    def accepted(self) -> np.ndarray:
        """Index of each sample's last slot, in order of samples, shape (n_samples,)."""
        return np.flatnonzero(np.append(self.samples[1:] != self.samples[:-1], True))

    def per_sample(self, name: str) -> np.ndarray:
        """Rows of a record for the last slot of each sample."""
        return self.slots[name][self.accepted()]


class CompiledNetwork:
    """Base of the devices: checks the arguments and the result, times the call.

    Parameters
    ----------
    description : models.devices.network_description.NetworkDescription
    label : str
        For messages.

    Attributes
    ----------
    shapes : dict of str to tuple of int
        Of every state variable.
    side_by_side : bool
        Many replicas in one call are sooner than as many calls.
    """

    side_by_side = False

    @property
    def likeness(self) -> Hashable:
        """Networks equal in it can be shown together (``copies`` of `replicas`)."""
        return id(self)

    def __init__(self, description: NetworkDescription, label: str = "compiled"):
        self.description = description
        self.label = label
        self.shapes = description.shapes()

    def __call__(self, state: dict, stimuli: dict) -> tuple[dict, Records]:
        """Show samples.

        Parameters
        ----------
        state : dict of str to ndarray
            Every variable in `shapes`; others are ignored and returned as they are.
        stimuli : dict
            Arrays of n <= capacity samples named as ``description.arrays``, and the whole
            numbers of ``description.scalars``.

        Returns
        -------
        state : dict of str to ndarray
            New arrays; the argument is left untouched.
        records : Records

        Raises
        ------
        SuiteError
            On a missing or wrongly shaped array, NaN, other things than numbers, a network that
            diverges, memory that is exhausted, or a failure of the device.
        """
        return self.replicas([state], [stimuli])[0]

    def replicas(self, states: Sequence[dict], stimuli: Sequence[dict],
                 copies: Sequence[CompiledNetwork] | None = None) -> list[tuple[dict, Records]]:
        """Show samples to several copies of the network, each with a state of its own.

        Each gives the same bits as a call of its own. The copies may differ in everything that a
        call takes: numbers of samples, random streams, first samples, steps of learning. They do
        not wait for each other where samples are shown again. A GPU runs them side by side
        (`models.gpu`), cpp_standalone as many at a time as there are processors, and runtime one
        after the other.

        Parameters
        ----------
        states, stimuli : sequence of dict
            As for a call, one each for every copy.
        copies : sequence of CompiledNetwork, optional
            The network of each, of this one's `likeness`. By default all are this network.

        Returns
        -------
        list of (dict, Records)
            As of a call, in the same order. Where copies run side by side, ``cpu_seconds`` is an
            equal share for each.

        Raises
        ------
        SuiteError
            As of a call; there are as many states as stimuli, and one at least.
        """
        if not states or len(states) != len(stimuli):
            raise SuiteError(f"{len(states)} states and {len(stimuli)} sets of stimuli: replicas "
                             "need one of each, and there must be one replica at least")
        try:
            copies = copies or [self]*len(states)
            arguments = [check_arguments(copy.description, state, given)
                         for copy, state, given in zip(copies, states, stimuli)]
            results = self._run_replicas(arguments, copies)
        except MemoryError:
            raise SuiteError(f"no memory is left for a call of the {self.label} network; end other "
                             "programs, raise the limit (ulimit -v), or choose smaller layers"
                             ) from None
        found = []
        for copy, state, (new, slots, spikes, traces, cpu) in zip(copies, states, results):
            copy._check_finite(new)
            samples = slots[copy.description.sample_record][:, 0]
            found.append(({**state, **new}, Records(slots, spikes, traces, cpu, samples)))
        return found

    def _check_finite(self, state):
        """Refuse a state from which nobody could go on."""
        lost = [name for name, value in state.items() if not np.isfinite(value).all()]
        if lost:
            raise SuiteError(f"the {self.label} network has diverged: {', '.join(lost)} "
                             f"{'hold' if len(lost) > 1 else 'holds'} NaN or infinity; choose a "
                             "smaller step of learning, or look at what its equations divide by")

    def wait(self) -> None:
        """Wait until the network is ready to be called."""

    def _run_replicas(self, arguments: Sequence[Arguments], copies: Sequence[CompiledNetwork]
                      ) -> list[tuple]:
        """State, slots, spikes, traces and seconds of each replica."""
        return [copy._timed(given) for copy, given in zip(copies, arguments)]

    def _timed(self, arguments: Arguments) -> tuple:
        """As `_run`, with the seconds of this thread."""
        start = time.thread_time()
        *result, cpu = self._run(arguments)
        return *result, cpu + time.thread_time() - start

    def _run(self, arguments: Arguments):
        """State, slots, spikes and traces after a call, and the seconds of other processes."""
        raise AssertionError("devices define _run")
