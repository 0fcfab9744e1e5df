"""How the values of a call enter the blocks of its replicas, and how results come out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from brian2 import SpikeMonitor

from models.devices.arguments import Arguments
from models.devices.network_description import NetworkDescription
from models.gpu.device import KernelDevice
from models.gpu.layout import FIXED, OWN, Layout
from models.gpu.timed_arrays import PLACE


@dataclass(frozen=True)
class Rows:
    """Where a monitor's records of one variable lie.

    Attributes
    ----------
    array : str
        Name of their place.
    each : int
        Rows in a slot.
    width : int
        Numbers in a row.
    count : str, optional
        Name of the place that counts the rows, if their number is no fixed one.
    """

    array: str
    each: int
    width: int
    count: str | None = None

    def read(self, front: np.ndarray, layout: Layout, shown: int) -> np.ndarray:
        """The rows of a launch that has shown so many slots, shape (rows, width)."""
        rows = shown * self.each
        if self.count is not None:
            rows = int(layout[self.count].view(front)[0])
        return layout[self.array].view(front)[:rows * self.width].reshape(rows, self.width).copy()


class Transfer:
    """Names of the places of what goes in and comes out.

    Parameters
    ----------
    description : NetworkDescription
    device : KernelDevice
        For which the network was built.
    layout : Layout
    """

    def __init__(self, description: NetworkDescription, device: KernelDevice, layout: Layout):
        def name_of(variable):
            return device.get_array_name(variable, access_data=False)

        def rows_of(monitor, variable):
            spikes = isinstance(monitor, SpikeMonitor)
            steps = 1 if monitor.clock is description.slot_clock else description.slot_steps
            return Rows(name_of(monitor.variables[variable]), steps,
                        1 if spikes else len(monitor.record),
                        name_of(monitor.variables["N"]) if spikes else None)

        self._description = description
        self._layout = layout
        self._shapes = description.shapes()
        self._state = {name: name_of(owner.variables[variable])
                       for name, (owner, variable) in description.state.items()}
        self._arrays = {name: PLACE.format(name=timed.name)
                        for name, timed in description.arrays.items()}
        shared = [*(at for places in description.scalars.values() for at in places),
                  (description.follower, "n_samples")]
        self._shared = {(owner.name, variable): name_of(owner.variables[variable])
                        for owner, variable in shared}
        self._cursor = name_of(description.follower.variables["cursor"])
        self._slots = {name: (rows_of(monitor, variable),
                              name_of(monitor.source.variables[variable]), monitor.record)
                       for name, (monitor, variable) in description.records.items()}
        self._spikes = {name: (rows_of(monitor, "i"), rows_of(monitor, "t"))
                        for name, monitor in description.spikes.items()}
        self._traces = {name: rows_of(monitor, variable)
                        for name, (monitor, variable) in description.traces.items()}

    # -- in ---------------------------------------------------------------------------------

    def fill(self, untouched: Sequence[dict], arguments: Sequence[Arguments]
             ) -> dict[str, np.ndarray]:
        """Blocks of all replicas before a call.

        Parameters
        ----------
        untouched : sequence of dict of str to ndarray
            Blocks with the values of each replica's description.
        arguments : sequence of Arguments

        Returns
        -------
        dict of str to ndarray of uint8, shape (replicas, bytes)
            By region; one fixed block where the replicas agree in it.
        """
        first = untouched[0][FIXED]
        alike = (all(self._share(arguments[0], given) for given in arguments[1:])
                 and all(np.array_equal(first, each[FIXED]) for each in untouched[1:]))
        blocks = {OWN: np.stack([each[OWN] for each in untouched]),
                  FIXED: np.stack([each[FIXED] for each in untouched[:1 if alike else None]])}
        for replica, given in enumerate(arguments):
            for name, array in self._state.items():
                self._put(blocks, replica, array, given.values[name].ravel())
            for name, array in self._arrays.items():
                self._put(blocks, replica, array, given.arrays[name].ravel())
            for (owner, variable), value in given.shared(self._description):
                self._put(blocks, replica, self._shared[owner.name, variable], value)
        return blocks

    def key(self) -> tuple:
        """What two networks agree in whose replicas go in and out alike; for a dictionary."""
        parts = (self._state, self._arrays, self._shared, self._slots, self._spikes, self._traces)
        return tuple(str(part) for part in parts)

    def _put(self, blocks, replica, array, values):
        place = self._layout[array]
        block = blocks[place.region]
        if replica < len(block):
            place.view(block[replica])[:] = values

    def _share(self, one, other):
        """Whether two replicas agree in what nothing writes, such as the weights in testing."""
        return all(one.values[name] is other.values[name]
                   or np.array_equal(one.values[name], other.values[name])
                   for name, array in self._state.items() if self._layout[array].region == FIXED)

    # -- out --------------------------------------------------------------------------------

    def recorded(self, front: np.ndarray, shown: int) -> dict:
        """What a replica recorded in a launch.

        Parameters
        ----------
        front : ndarray of uint8
            The first bytes of its block.
        shown : int
            Slots.

        Returns
        -------
        dict of str to ndarray
            Rows by the name of their place.
        """
        every = [rows for rows, *_ in self._slots.values()] + [*self._traces.values()]
        every += [rows for pair in self._spikes.values() for rows in pair]
        return {rows.array: rows.read(front, self._layout, shown) for rows in every}

    def shown_samples(self, own: np.ndarray) -> np.ndarray:
        """Samples that each replica has shown, shape (replicas,)."""
        return self._layout[self._cursor].view(own)[:, 0] + 1

    def state(self, own: np.ndarray, fixed: np.ndarray) -> dict[str, np.ndarray]:
        """The state of a replica in its blocks, as float64 arrays."""
        blocks = {OWN: own, FIXED: fixed}
        found = {}
        for name, array in self._state.items():
            place = self._layout[array]
            values = place.view(blocks[place.region]).astype(float)
            found[name] = values.reshape(self._shapes[name])
        return found

    def result(self, own: np.ndarray, fixed: np.ndarray, parts: list[dict]) -> tuple:
        """State, slots, spikes and traces of a replica.

        Parameters
        ----------
        own, fixed : ndarray of uint8
            Its blocks after the call.
        parts : list of dict
            Of `recorded`, in the order of the launches.
        """
        def joined(rows):
            return np.concatenate([part[rows.array] for part in parts])

        slots = {}
        for name, (rows, last, record) in self._slots.items():
            # The row of a slot is the value at the start of the next one.
            final = self._layout[last].view(own)[record]
            slots[name] = np.vstack([joined(rows)[1:], final])
        spikes = {name: tuple(joined(rows)[:, 0] for rows in pair)
                  for name, pair in self._spikes.items()}
        traces = {name: joined(rows) for name, rows in self._traces.items()}
        return self.state(own, fixed), slots, spikes, traces
