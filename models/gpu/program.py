"""The text of a network's kernel, the same for CUDA and OpenCL, and the places of its arrays."""

from types import SimpleNamespace

import numpy as np
from brian2 import SpikeMonitor, StateMonitor
from brian2.core.clocks import Clock
from brian2.core.variables import ArrayVariable, DynamicArrayVariable

from models.dense.step_count import LAST_STEP
from models.devices.network_description import NetworkDescription
from models.devices.step_loop import two_clocks
from models.gpu.codegen import KernelCodeObject
from models.gpu.device import NUMBERS, KernelDevice
from models.gpu.initial import InitialValues
from models.gpu.layout import FIXED, OWN, Layout
from models.gpu.ownership import task_of
from models.gpu.schedule import Schedule
from models.gpu.timed_arrays import PLACE

FOLLOWED = ("cursor", "accepted", "attempt", "n_samples")
"""Variables of the follower that the loop reads."""

RECORDED_BYTES = 2**22
"""Room for the records of a launch: a replica shows as many slots in one launch as it holds."""


class Program:
    """A kernel and what must be known to call it.

    Parameters
    ----------
    description : NetworkDescription
        Its network has just been queued for a run on the device.
    device : KernelDevice

    Attributes
    ----------
    text : str
        CUDA and OpenCL.
    layout : Layout
    initial : InitialValues
    slots : int
        A launch shows no more: there is room for the records of so many.
    largest : int
        Neurons of the largest group.
    """

    def __init__(self, description: NetworkDescription, device: KernelDevice):
        self._description = description
        self._device = device
        self._codes = [
            (thing.clock, code) for thing in description.network.sorted_objects if thing.active
            for code in thing._code_objects]
        two_clocks(self._codes, description.clock, description.slot_clock)
        self._schedule = Schedule(device, self._codes, description.slot_clock)
        self.layout = Layout()
        self.slots = self._most_slots()
        self._place_arrays()
        self.initial = InitialValues(device, self.layout)
        self.largest = max(len(code.owner) for _, code in self._codes
                           if code.template_name in ("stateupdate", "threshold"))
        self.text = self._write()

    # -- arrays -----------------------------------------------------------------------------

    def _most_slots(self):
        """Slots whose records fit; one at least."""
        each = 1
        for monitor in self._monitors():
            each += monitor_rows(monitor, self._description) * _row_bytes(monitor)
        return int(np.clip(RECORDED_BYTES // each, 1, 2 * self._description.capacity + 1))

    def _monitors(self):
        return [thing for thing in self._description.network.sorted_objects
                if isinstance(thing, (StateMonitor, SpikeMonitor))]

    def _place_arrays(self):
        """The records first: they are read after every launch."""
        self.layout.add("_ticks", np.int64, 2)
        self.layout.add("_shown", np.int32, 1)
        self.layout.add("_left", np.int32, 1)
        for monitor in self._monitors():
            self._place_records(monitor)
        self.front = self.layout.sizes[OWN]
        self.layout.add("_marks_in_memory", np.uint32, 2 * self._words())
        own = self._changing()
        for timed in self._description.arrays.values():
            self.layout.add(PLACE.format(name=timed.name), timed.values.dtype, timed.values.size)
        for timed in self._device.timed_arrays:
            self.layout.add(PLACE.format(name=timed.name), timed.values.dtype, timed.values.size,
                            FIXED)
        for variable in self._variables():
            self.layout.add(self._device.get_array_name(variable), variable.dtype, variable.size,
                            OWN if variable in own else FIXED)

    def _place_records(self, monitor):
        """The lists of a SpikeMonitor, the rows of a StateMonitor; times of rows are not kept."""
        rows = self.slots * monitor_rows(monitor, self._description)
        if isinstance(monitor, SpikeMonitor):
            for name in ("N", "count"):
                variable = monitor.variables[name]
                self.layout.add(self._device.get_array_name(variable), variable.dtype,
                                variable.size)
        for variable in recorded(monitor):
            width = len(monitor.record) if isinstance(monitor, StateMonitor) else 1
            self.layout.add(self._device.get_array_name(variable, access_data=False),
                            variable.dtype, rows * width)

    def _changing(self):
        """Variables that code writes, or whose values are given with the samples of a call."""
        description = self._description
        found = {owner.variables[name] for at in description.scalars.values()
                 for owner, name in at}
        found |= {description.follower.variables[name] for name in FOLLOWED}
        for _, code in self._codes:
            task = task_of(code, self._device.touched.reads.get(code.name, {}),
                           self._device.touched.writes.get(code.name, {}))
            found |= {variable for variable in task.writes if not isinstance(variable, tuple)}
            found |= {code.variables[name] for name in code.variables if name.endswith("space")
                      and isinstance(code.variables[name], ArrayVariable)}
        return found

    def _variables(self):
        """Arrays that the code objects name, and those that a call gives or returns."""
        description = self._description
        codes = [code for _, code in self._codes] + self._assigned()
        named = [variable for code in codes for _, variable in sorted(code.variables.items())]
        named += [owner.variables[name] for owner, name in description.state.values()]
        named += [owner.variables[name] for at in description.scalars.values()
                  for owner, name in at]
        named += [description.follower.variables[name] for name in FOLLOWED]
        return [variable for variable in dict.fromkeys(named)
                if isinstance(variable, ArrayVariable)
                and not isinstance(variable, DynamicArrayVariable)
                and not isinstance(variable.owner, Clock)]

    def _assigned(self):
        return [arguments[0] for command, arguments in self._device.main_queue
                if command == "run_code_object"]

    # -- text -------------------------------------------------------------------------------

    def _write(self):
        description = self._description
        schedule = self._schedule
        template = KernelCodeObject.templater.env.get_template("kernel.c")
        codes = [code for _, code in self._codes] + self.initial.assignments
        bodies = [SimpleNamespace(name=code.name, text=_body(code)) for code in codes]
        # Only now all numbers are known.
        self.layout.add(NUMBERS, np.float64, len(self._device.numbers))
        self.initial.numbers = np.array(self._device.numbers)
        text = template.render(
            clocks=[self._clock(clock) for clock in (description.clock, description.slot_clock)],
            arrays=self.layout.places.values(), fired=schedule.fired,
            functions="\n".join(self._device.functions),
            codes=bodies,
            words=self._words(), counters=self._counters(),
            condition=self._to_show(), steps=description.slot_steps,
            lines=schedule.lines(),
            assignments=[code.name for code in self.initial.assignments])
        return _indented(text)

    def _words(self):
        """Words of the marks of a step."""
        return max(1, self._schedule.words)

    def _clock(self, clock):
        names = {part: self._device.get_array_name(clock.variables[part])
                 for part in ("timestep", "t", "dt")}
        return SimpleNamespace(name=clock.name, step=repr(float(clock.dt)), **names)

    def _counters(self):
        """Spikes of a launch are counted from 0."""
        return [self._device.get_array_name(monitor.variables["N"])
                for monitor in self._monitors() if isinstance(monitor, SpikeMonitor)]

    def _to_show(self):
        """C condition: there is a sample to be shown, and the steps can be counted."""
        array = {name: self._device.get_array_name(self._description.follower.variables[name])
                 for name in FOLLOWED}
        last = LAST_STEP - self._description.slot_steps
        return (f"{array['cursor']}[0] + ({array['accepted']}[0] > 0 || {array['attempt']}[0] + 1 "
                f">= {self._description.max_attempts}) < {array['n_samples']}[0] && "
                f"_first + _slot*{self._description.slot_steps} <= {last}")


def recorded(monitor: StateMonitor | SpikeMonitor) -> list:
    """The arrays that grow with what a monitor records."""
    if isinstance(monitor, StateMonitor):
        return [monitor.variables[name] for name in monitor.record_variables]
    return [monitor.variables[name] for name in sorted(monitor.record_variables)]


def monitor_rows(monitor: StateMonitor | SpikeMonitor, description: NetworkDescription) -> int:
    """Rows that a monitor records in a slot, at most."""
    steps = 1 if monitor.clock is description.slot_clock else description.slot_steps
    if isinstance(monitor, SpikeMonitor):
        return steps * len(monitor.source)
    return steps


def _row_bytes(monitor):
    width = len(monitor.record) if isinstance(monitor, StateMonitor) else 1
    return sum(np.dtype(variable.dtype).itemsize * width for variable in recorded(monitor))


def _body(code):
    lines = [*code.constants(), *code.code.splitlines()]
    return "\n".join(line for line in lines if line.strip())


def _indented(text):
    """Without empty lines inside, indented by braces."""
    depth = 0
    lines = []
    for line in text.splitlines():
        line = line.strip()
        if not line and (not lines or not lines[-1]):
            continue
        inner = depth - (1 if line.startswith("}") else 0)
        lines.append(line if line.startswith("#") else "    " * max(0, inner) + line)
        depth += line.count("{") - line.count("}")
    return "\n".join(lines) + "\n"
