"""The lines of a time step: code objects in their order, and barriers between them."""

import itertools

from models.dense.touched import event_variable
from models.gpu.device import KernelDevice
from models.gpu.ownership import Task, listing, task_of

BARRIER = "BARRIER;"


class Schedule:
    """What the threads do in a step.

    Parameters
    ----------
    device : KernelDevice
        It knows what the code objects touch.
    codes : list of (Clock, KernelCodeObject)
        In the order of execution.
    slow : Clock
        Its objects are executed in the first step of a slot.

    Attributes
    ----------
    fired : dict of str to int
        Where in local memory the bits of each threshold stand, in words of 32.
    words : int
        Words of all of them.
    """

    def __init__(self, device: KernelDevice, codes: list, slow):
        self.fired = {}
        self.words = 0
        self._device = device
        self._items = []
        waiting = []
        in_slow = None
        for clock, code in codes:
            task = task_of(code, device.touched.reads.get(code.name, {}),
                           device.touched.writes.get(code.name, {}))
            lists = {event_variable(threshold) for threshold in waiting}
            if lists & task.touched.keys() or (clock is slow) != in_slow:
                self._write_lists(waiting, in_slow)
                waiting = []
            in_slow = clock is slow
            self._items.append((in_slow, task, self._call(code, task, in_slow)))
            if code.template_name == "threshold":
                self.fired[code.name] = self.words
                self.words += -(-len(code.owner) // 32)
                waiting.append(code)
        self._write_lists(waiting, in_slow)

    def lines(self) -> list[str]:
        """C lines of a step, up to the tick of its clock."""
        lines = []
        since = []
        for slow, items in itertools.groupby(self._items, key=_is_slow):
            # What is not executed in every step cannot save another step's waiting.
            done = [] if slow else since
            if slow:
                lines += ["if (_step == 0) {", BARRIER]
            for _, task, call in items:
                if any(task.conflicts(other) for other in done):
                    lines.append(BARRIER)
                    done.clear()
                done.append(task)
                lines.append(call)
            if slow:
                lines += [BARRIER, "}"]
        return lines

    def _call(self, code, task, slow):
        """A call by all threads, or by the first one."""
        row = "_slot" if slow else "_row"
        scope = f"_own, _fixed, _fired, &_now, {row}"
        if task.shared:
            return f"_run_{code.name}({scope}, _me, THREADS);"
        return f"if (_me == 0) _run_{code.name}({scope}, 0, 1);"

    def _write_lists(self, thresholds, slow):
        """Lists of spikes are written once another code object asks for one of them."""
        for code in thresholds:
            space = self._device.get_array_name(event_variable(code))
            self._items.append((slow, listing(code), (
                f"_list({space}, {len(code.owner)}, _fired + FIRED_{code.name}, _me, THREADS);")))


def _is_slow(item: tuple[bool, Task, str]) -> bool:
    return item[0]
