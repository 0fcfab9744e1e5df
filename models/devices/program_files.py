"""How values enter a compiled program and come back: Brian2's run arguments and result files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from models.devices.arguments import Arguments
from models.devices.network_description import NetworkDescription
from models.errors import SuiteError


@dataclass(frozen=True)
class ResultFile:
    """A file of the program's results.

    Attributes
    ----------
    name : str
    dtype : numpy.dtype
    """

    name: str
    dtype: np.dtype

    def read(self, results: Path) -> np.ndarray:
        """Its values, flat; none where the program wrote no such file."""
        path = results / self.name
        if not path.exists():
            return np.empty(0, self.dtype)
        return np.fromfile(path, self.dtype)


class ProgramFiles:
    """Files of a network's compiled program.

    Parameters
    ----------
    description : NetworkDescription
        Made while the device was active, and its project written.
    device : brian2.devices.cpp_standalone.device.CPPStandaloneDevice
    """

    def __init__(self, description: NetworkDescription, device: CPPStandaloneDevice):
        def file_of(owner, variable):
            var = owner.variables[variable]
            return ResultFile(device.get_array_filename(var), np.dtype(var.dtype))

        self._description = description
        self._shapes = description.shapes()
        self._state = {name: file_of(*at) for name, at in description.state.items()}
        # Rows of the slots that have ended, and the values that the last one ended with.
        self._slots = {
            name: (file_of(monitor, variable), file_of(monitor.source, variable), monitor.record)
            for name, (monitor, variable) in description.records.items()
        }
        self._spikes = {name: (file_of(monitor, "i"), file_of(monitor, "t"))
                        for name, monitor in description.spikes.items()}
        self._traces = {name: (file_of(monitor, variable), len(monitor.record))
                        for name, (monitor, variable) in description.traces.items()}

    def write(self, arguments: Arguments, folder: Path) -> list[str]:
        """Write the values of a call into a folder.

        Parameters
        ----------
        arguments : Arguments
        folder : Path

        Returns
        -------
        list of str
            Arguments for the program.
        """
        given = {}
        for name, (owner, variable) in self._description.state.items():
            value = arguments.values[name].astype(self._state[name].dtype)
            given[f"{owner.name}.{variable}"] = value
        for name, timed in self._description.arrays.items():
            given[f"{timed.name}.values"] = arguments.arrays[name]
        words = []
        for k, (name, array) in enumerate(given.items()):
            path = folder / f"in{k}"
            array.tofile(path)
            words.append(f"{name}={path}")
        for (owner, variable), value in arguments.shared(self._description):
            words.append(f"{owner.name}.{variable}={value}")
        return words

    def read(self, results: Path) -> tuple[dict, dict, dict, dict]:
        """State, slots, spikes and traces after a call.

        Parameters
        ----------
        results : Path
            Folder in which the program has written them.

        Raises
        ------
        SuiteError
            If a state variable is not there as a whole.
        """
        state = {}
        for name, file in self._state.items():
            value = file.read(results).astype(float)
            shape = self._shapes[name]
            if value.size != np.prod(shape):
                raise SuiteError(f"the compiled network wrote no {name}: is the disk full?")
            state[name] = value.reshape(shape)
        slots = {}
        for name, (rows, last, recorded) in self._slots.items():
            ended = rows.read(results).reshape(-1, len(recorded))
            slots[name] = np.vstack([ended[1:], last.read(results)[recorded]])
        spikes = {name: (neurons.read(results), times.read(results))
                  for name, (neurons, times) in self._spikes.items()}
        traces = {name: file.read(results).reshape(-1, width)
                  for name, (file, width) in self._traces.items()}
        return state, slots, spikes, traces
