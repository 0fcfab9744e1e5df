"""The loop over time steps for several threads, which live as long as the run.

A parallel region of OpenMP around every loop costs as much as a step of 1600 neurons (1.3 us on two
virtual cores; a step of N = 6400 takes 12). Here all threads go through the same steps, each
for its own neurons (`models.dense.sharing`), and wait for each other where one reads
what another has written: three times a step in the network of Hao et al. (2020), 0.25 us each.
"""

import itertools
from collections.abc import Sequence

from models.dense import fusion, sharing
from models.dense.step import Step
from models.dense.step_count import LENGTH_CHECK
from models.dense.touched import event_variable

HEADERS = tuple(f"#include <{name}>" for name in
                ("algorithm", "atomic", "condition_variable", "mutex", "thread", "vector"))
SPINS = 20000
"""Looks at the counter before a thread goes to sleep: longer than it usually waits."""

# A thread that waits for long sleeps: there may be more threads than free processors, and the
# kernel wakes a sleeper sooner than it comes back to one that has spun or yielded.
START = """
alignas(64) std::atomic<int> _arrived(0);
alignas(64) std::atomic<int> _turn(0);
alignas(64) std::atomic<int> _asleep(0);
std::mutex _mutex;
std::condition_variable _bell;
const auto _wait = [&]() {{
    const int _now = _turn.load();
    if (_arrived.fetch_add(1) == {threads} - 1) {{
        _arrived.store(0);
        _turn.store(_now + 1);
        if (_asleep.load()) {{
            std::lock_guard<std::mutex> _lock(_mutex);
            _bell.notify_all();
        }}
        return;
    }}
    for (int _spins = 0; _spins < {spins}; _spins++)
        if (_turn.load(std::memory_order_acquire) != _now) return;
    std::unique_lock<std::mutex> _lock(_mutex);
    _asleep++;
    while (_turn.load() == _now) _bell.wait(_lock);
    _asleep--;
}};
const auto _border = [](int _thread, int32_t _n) {{
    return _thread == {threads} ? _n : int32_t((int64_t)_n*_thread/{threads}/64*64);
}};
const auto _show = [&](int _thread) {{
"""

FINISH = """
}};
std::vector<std::thread> _others;
for (int _thread = 1; _thread < {threads}; _thread++) _others.emplace_back(_show, _thread);
_show(0);
for (auto &_other : _others) _other.join();
"""


def step_loop(device, codes, base, slow, n_steps: int, condition: str, threads: int,
              before: Sequence[str] = (), after: Sequence[str] = ()) -> list[str]:
    """C++ lines that show slots while a condition holds, in several threads.

    Parameters
    ----------
    device : DenseDevice
    codes : list of (Clock, CodeObject)
        In the order of execution.
    base, slow : Clock
    n_steps : int
    condition : str
    threads : int
    before, after : sequence of str
        Lines that each thread executes before the first slot and after the last one.

    Returns
    -------
    list of str
    """
    step = SharedStep(Step(device), codes, slow, threads)
    count = f"{base.name}.timestep[0]"
    return [
        *START.format(threads=threads, spins=SPINS).splitlines(),
        *before,
        *(f"const int32_t _low{n} = _border(_thread, {n}), _high{n} = _border(_thread + 1, {n});"
          for n in sorted(step.sizes)),
        *(f"static int32_t _found{k}[{16 * threads}];" for k in range(len(step.lists))),
        "for (;;) {",
        f"const bool _go = {condition};",
        "_wait();",
        "if (!_go) break;",
        f"if (_thread == 0) {{ {LENGTH_CHECK.format(count=count, steps=n_steps)} }}",
        f"for (int _step = 0; _step < {n_steps}; _step++) {{",
        *step.lines(),
        f"if (_thread == 0) {base.name}.tick();",
        "_wait();", "}",
        f"if (_thread == 0) {slow.name}.tick();",
        "_wait();", "}",
        *after,
        *FINISH.format(threads=threads).splitlines(),
    ]


class SharedStep:
    """The code of a step, shared by threads.

    Parameters
    ----------
    step : models.dense.step.Step
    codes : list of (Clock, CodeObject)
        In the order of execution.
    slow : Clock
        Its objects are executed in the first step of a slot.
    threads : int

    Attributes
    ----------
    sizes : set of int
        Of the groups that are divided.
    lists : list of str
        Names of the divided thresholds.
    """

    def __init__(self, step: Step, codes, slow, threads: int):
        self.sizes = set()
        self.lists = []
        self._step = step
        self._threads = threads
        self._slow = slow
        self._items = []
        apart = []
        for clock, together in step.together(codes):
            task = step.task(together)
            last = together[-1]
            if apart and (task.opaque or step.event_space(last) in
                          [step.event_space(code) for code in apart]):
                self._join(apart)
                apart = []
            self._items.append((clock is slow, task, self._lines(task, together)))
            if task.shared and last.template_name == "threshold":
                apart.append(last)
        if apart:
            self._join(apart)

    def lines(self) -> list[str]:
        """C++ lines of a step, up to the tick of its clock."""
        out = []
        since = []
        for slow, items in itertools.groupby(self._items, key=lambda item: item[0]):
            # What is not executed in every step cannot save another step's waiting.
            done = [] if slow else since
            if slow:
                out += ["if (_step == 0) {", "_wait();"]
            for _, task, lines in items:
                if any(task.conflicts(other) for other in done):
                    out.append("_wait();")
                    done.clear()
                done.append(task)
                out += lines
            if slow:
                out += ["_wait();", "}"]
        return out + (["_wait();"] if any(task.shared for task in since) else [])

    def _lines(self, task, together):
        """A code object's calls, by all threads or by the first."""
        if not task.shared:
            return ["if (_thread == 0) {", *self._step.lines(together), "}"]
        last = together[-1]
        n = getattr(last.owner, "n_post", None) or len(last.owner)
        self.sizes.add(n)
        low = f"_low{n}"
        high = f"_high{n}"
        if last.template_name == "threshold":
            lines = self._threshold_lines(together, low, high)
        else:
            lines = [f"_part_{last.name}({low}, {high});"]
        after = [line for code in together for line in self._step.after(code)]
        return lines + (["if (_thread == 0) {", *after, "}"] if after else [])

    def _threshold_lines(self, together, low, high):
        """A threshold, with its state update or without: each thread writes a list of its own."""
        last = together[-1]
        lines = (fusion.lines(*together, low, high) if len(together) == 2 else
                 [f"_part_{last.name}({low}, {high}, _spikes, _count);"])
        lines = [f"{{ int32_t *_spikes = {self._step.event_space(last)} + {low}, _count = 0;",
                 *lines, f"_found{len(self.lists)}[16*_thread] = _count; }}"]
        self.lists.append(last.name)
        return lines

    def _join(self, thresholds):
        """Each thread's spikes stand at the place of its first neuron; now they move up."""
        lines = ["if (_thread == 0) {"]
        for code in thresholds:
            n = len(code.owner)
            space = self._step.event_space(code)
            lines += [
                "{ int32_t _n = 0;",
                f"for (int _t = 0; _t < {self._threads}; _t++)",
                f"for (int _k = 0; _k < _found{self.lists.index(code.name)}[16*_t]; _k++)",
                f"{space}[_n++] = {space}[_border(_t, {n}) + _k];",
                f"{space}[{n}] = _n; }}",
            ]
        lists = [event_variable(code) for code in thresholds]
        self._items.append((False, sharing.collection(lists), [*lines, "}"]))
