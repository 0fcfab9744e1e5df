"""The C++ project of a network for WebAssembly, and the table of its arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.devices.cpp_project import codes_of, to_show
from models.devices.network_description import NetworkDescription
from models.devices.step_loop import step_loop, two_clocks
from models.wasm.device import SHOW, WasmDevice


@dataclass
class Table:
    """Where the arrays of a program are, for who calls it.

    Attributes
    ----------
    pointers : list of str
        Expressions of C++, in the order of their numbers.
    entries : dict of str to dict
        Groups of entries, each ``{name: {"array": number, "type": NumPy's name, "size": n}}``:

        ============  =======================================================================
        ``state``     variables of a checkpoint (`NetworkDescription.state`)
        ``stimuli``   of one sample
        ``scalars``   whole numbers, each a list: several groups may have one of their own
        ``records``   values at the end of the sample, by the names of the records
        ``spikes``    by group ``i``, ``t`` (seconds), ``N``, their number, and ``neurons``
        ============  =======================================================================
    """

    pointers: list[str]
    entries: dict[str, dict[str, Any]]

    def add(self, expression: str, dtype: Any, size: int) -> dict[str, Any]:
        """An entry for an array, which gets the next number."""
        self.pointers.append(expression)
        return {"array": len(self.pointers) - 1, "type": np.dtype(dtype).name, "size": int(size)}


def write_project(description: NetworkDescription, device: WasmDevice, directory: Path) -> Table:
    """Write sources and makefile, and tell where the arrays are.

    Parameters
    ----------
    description : NetworkDescription
        Made while the device was active, as it still is.
    device : WasmDevice
    directory : Path
        Made if missing.

    Raises
    ------
    SuiteError
        If the network draws random numbers of Brian2's own generator.
    """
    condition = to_show(description, device)
    # What stands between these two is a function of its own, in place of a part of main().
    device.main_queue.append(("start_run_func", (SHOW, False)))
    description.network.run(description.slot, namespace={})
    device.main_queue.append(("end_run_func", (SHOW, False)))
    device.refuse_random()
    clocks = (description.clock, description.slot_clock)
    codes = codes_of(description)
    two_clocks(codes, *clocks)
    # One sample has far fewer time steps than 32 bits count.
    steps = description.slot_steps
    lines = step_loop(device.calls(codes, steps), *clocks, steps, condition, check="")
    at = [entry[0] for entry in device.main_queue].index("run_network")
    device.main_queue[at] = ("run_network", (device.main_queue[at][1][0], lines))
    table = _table(description, device)
    device.pointers = table.pointers
    device.build(directory=str(directory), compile=False, run=False)
    return table


def _table(description, device):
    """The table of a network's arrays."""
    table = Table([], {})

    def entry(owner, variable):
        var = owner.variables[variable]
        return table.add(device.get_array_name(var), var.dtype, var.size)

    table.entries["state"] = {name: entry(*at) for name, at in description.state.items()}
    table.entries["stimuli"] = {
        name: table.add(f"{each.name}_values", each.values.dtype, each.values.size)
        for name, each in description.arrays.items()}
    scalars = description.scalars | {"n_samples": [(description.follower, "n_samples")]}
    table.entries["scalars"] = {name: [entry(*at) for at in owners]
                                for name, owners in scalars.items()}
    table.entries["records"] = {
        name: entry(monitor.source, variable)
        for name, (monitor, variable) in description.records.items()}
    table.entries["spikes"] = {}
    for name, monitor in description.spikes.items():
        found = {"N": entry(monitor, "N"), "neurons": len(monitor.source)}
        for variable in ("i", "t"):
            var = monitor.variables[variable]
            vector = device.get_array_name(var, access_data=False)
            found[variable] = table.add(f"{vector}.data()", var.dtype, 0)
        table.entries["spikes"][name] = found
    return table
