"""The C++ project of a network: Brian2's, but for the loop over time steps.

The generated ``main`` is wrapped in a loop that shows one slot after the other until all
samples of the call have been shown (`models.devices.network_description`).
"""

from __future__ import annotations

from pathlib import Path

from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from models.dense import threads as thread_loop
from models.devices.network_description import NetworkDescription
from models.devices.step_loop import step_loop, two_clocks
from models.programs import not_a_number

FOLLOWED = ("cursor", "accepted", "attempt", "n_samples")
"""Variables of the follower that the loop reads."""


def write_project(description: NetworkDescription, device: CPPStandaloneDevice, directory: Path,
                  threads: int = 1) -> None:
    """Write sources and makefile.

    Parameters
    ----------
    description : NetworkDescription
        Made while the device was active, as it still is.
    device : brian2.devices.cpp_standalone.device.CPPStandaloneDevice
        Brian2's or `models.dense.device.DenseDevice`; the latter for more than one thread.
    directory : Path
        Made if missing.
    threads : int
    """
    # What the loop is to read, before Brian2 changes its list of arrays.
    condition = to_show(description, device)
    device.apply_run_args()
    description.network.run(description.slot, namespace={})
    lines = _loop(description, device, condition, threads)
    # Brian2 has queued its own loop over one slot; ours runs slot after slot.
    at = [entry[0] for entry in device.main_queue].index("run_network")
    network = device.main_queue[at][1][0]
    device.main_queue[at] = ("run_network", (network, lines))
    device.build(directory=str(directory), compile=False, run=False)


def to_show(description: NetworkDescription, device: CPPStandaloneDevice) -> str:
    """C++ condition: there is a sample to be shown.

    Parameters
    ----------
    description : NetworkDescription
    device : brian2.devices.cpp_standalone.device.CPPStandaloneDevice
        Active, and no network has run on it.
    """
    array = {name: device.get_array_name(description.follower.variables[name])
             for name in FOLLOWED}
    return (f"{array['cursor']}[0] + int({array['accepted']}[0] > 0 || "
            f"{array['attempt']}[0] + 1 >= {description.max_attempts}) < {array['n_samples']}[0]")


def codes_of(description: NetworkDescription) -> list[tuple]:
    """The code objects of a time step, each with its clock, in the order of execution."""
    return [(thing.clock, code) for thing in description.network.sorted_objects if thing.active
            for code in thing._code_objects]


def _loop(description, device, condition, threads):
    """C++ lines that show the samples."""
    codes = codes_of(description)
    clocks = (description.clock, description.slot_clock)
    two_clocks(codes, *clocks)
    steps = description.slot_steps
    if threads > 1:
        return thread_loop.step_loop(device, codes, *clocks, steps, condition, threads,
                                     not_a_number.BEFORE, not_a_number.AFTER)
    if hasattr(device, "calls"):
        calls = device.calls(codes, steps)
    else:
        calls = [(clock, [f"_run_{code.name}();"]) for clock, code in codes]
    return [*not_a_number.BEFORE, *step_loop(calls, *clocks, steps, condition),
            *not_a_number.AFTER]
