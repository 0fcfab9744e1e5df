"""The dense device: Brian2's cpp_standalone with other loops.

Registered as ``cpp_dense``. Everything but the code objects is Brian2's own; `models.devices.standalone`
builds with it.
"""

import re

from brian2 import prefs
from brian2.core.variables import VariableView
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices

from models.dense import fusion, sharing
from models.dense.codegen import DenseCodeObject
from models.dense.passes import active
from models.dense.projection import DenseSynapses
from models.errors import SuiteError
from models.dense.step_count import LAST_STEP


def _event_space(code):
    """Names of the lists of neurons that a threshold fills or a reset goes through."""
    return {name for name in code.variables if re.fullmatch(r"_\w+space", name)}


class DenseDevice(CPPStandaloneDevice):
    """C++ standalone device whose code objects are `DenseCodeObject`.

    Attributes
    ----------
    without : collection of str
        Passes to leave out (`models.dense.passes`).
    threads : int
        Threads that will share the loops (`models.dense.threads`).
    """

    dense_projections = True
    without = ()
    threads = 1

    def __init__(self):
        super().__init__()
        self._read, self._written, self._due, self._stateful = {}, {}, {}, set()

    def reinit(self):
        """Forget the network, as Brian2's device does, and how it was to be compiled."""
        super().reinit()
        self.without, self.threads = (), 1
        self._read, self._written, self._due, self._stateful = {}, {}, {}, set()

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        """The class of code objects unless another one is asked for."""
        return codeobj_class or DenseCodeObject

    def note(self, name, read, written, due, stateful):
        """Remember what a code object touches and which event times its threshold reads.

        Parameters
        ----------
        name : str
        read, written : dict
            ``{Variable: set of its indices}``
        due : Variable or None
        stateful : bool
            It draws random numbers, so its place in the order matters.
        """
        if stateful:
            self._stateful.add(name)
        self._read[name], self._written[name] = read, written
        if due is not None:
            self._due[name] = due

    def after(self, code):
        """C++ lines to run after a code object: tell thresholds whose event times it wrote.

        The reset of the neurons that fired is known to the threshold anyway.

        Parameters
        ----------
        code : CodeObject

        Returns
        -------
        list of str
        """
        lines = []
        for name, due in self._due.items():
            threshold = self.code_objects[name]
            # The reset of another event is executed for other neurons.
            own = (code.template_name == "reset" and code.owner.name == threshold.owner.name
                   and _event_space(code) == _event_space(threshold))
            # A sum over synapses is written by its template.
            written = (code.variables.values() if code.template_name == "summed_variable"
                       else self._written.get(code.name, ()))
            if due in written and not own:
                lines.append(f"_moved_{name}();")
        return lines

    def fused(self, codes):
        """Code objects of a step; a state update that its threshold can follow stands with it.

        Parameters
        ----------
        codes : list of (Clock, CodeObject)
            In the order of execution.

        Returns
        -------
        list of (Clock, tuple of CodeObject)
            One code object each, or a state update and its threshold.
        """
        pairs = {}
        if active("fusion"):
            pairs = fusion.fusable(codes, self._read, self._written,
                                   self._due.keys() | self._stateful)
        moved = {update.name for update in pairs.values()}
        return [(clock, (pairs[code.name], code) if code.name in pairs else (code,))
                for clock, code in codes if code.name not in moved]

    def task(self, together):
        """What threads can share of code objects that stand together (`models.dense.sharing`)."""
        return sharing.task_of(together, self._read, self._written,
                               self._due.keys() | self._stateful, _event_space)

    def event_variable(self, code):
        """The list of spikes that a code object fills or goes through, their number last.

        Returns
        -------
        Variable or None
        """
        return next((code.variables[name] for name in sorted(_event_space(code))), None)

    def event_space(self, code):
        """Its name in C++, or None."""
        variable = self.event_variable(code)
        return variable and self.get_array_name(variable)

    def lines(self, together):
        """C++ lines of code objects that stand together (`fused`)."""
        # What is to be told after the state update is told after both.
        after = [line for code in together for line in self.after(code)]
        lines = [f"_run_{together[-1].name}();"]
        if len(together) == 2:
            n, space = len(together[1].owner), self.event_space(together[1])
            lines = [f"{{ int32_t *_spikes = {space}, _count = 0;",
                     *fusion.lines(*together, 0, n), f"{space}[{n}] = _count; }}"]
        return lines + after

    def calls(self, codes):
        """C++ lines of a step.

        Parameters
        ----------
        codes : list of (Clock, CodeObject)
            In the order of execution.

        Returns
        -------
        list of (Clock, list of str)
        """
        return [(clock, self.lines(together)) for clock, together in self.fused(codes)]

    def network_run(self, net, duration, level=0, **keywords):
        """As in Brian2, with the calls of `after` in the network's loop.

        Raises
        ------
        SuiteError
            If the run would end after more time steps than 32 bits count, or Brian2 is to share
            its loops between OpenMP's threads.
        """
        if prefs.devices.cpp_standalone.openmp_threads:
            raise SuiteError("cpp_dense takes no threads from Brian2: set "
                             "prefs.devices.cpp_standalone.openmp_threads = 0; the threads of "
                             "models.devices.standalone.StandaloneNetwork are its own")
        build_on_run, self.build_on_run = self.build_on_run, False
        queued = len(self.main_queue)
        try:
            super().network_run(net, duration, level=level + 1, **keywords)
        finally:
            self.build_on_run = build_on_run
        self._order_clocks(queued)
        self._check_length(net)
        self._wake_thresholds(net)
        if build_on_run:
            if self.has_been_run:
                raise RuntimeError("the network has been built and run already: for several "
                                   "runs, set_device('cpp_dense', build_on_run=False) and "
                                   "device.build after the last one")
            self.build(direct_call=False, **self.build_options)

    def _order_clocks(self, start):
        """Sort the lines that set clocks: Brian2's are in the order of a set, another in each
        process, and so would be the source, by which compiled programs are found again."""
        end = start
        while end < len(self.main_queue) and self.main_queue[end][0] == "set_by_single_value":
            end += 1
        self.main_queue[start:end] = sorted(self.main_queue[start:end], key=lambda line: line[1][0])

    @staticmethod
    def _check_length(net):
        for clock in net._clocks:
            if float(net.t) / float(clock.dt) > LAST_STEP:
                raise SuiteError(f"a run until {net.t} has more than {LAST_STEP} steps of "
                                 f"{clock.dt}; the dense device counts them in 32 bits")

    def _wake_thresholds(self, net):
        """Put the calls of `after` into the loop of the run that was queued last."""
        codes = {f"_run_{code.name}": code for code in self.code_objects.values()}
        for at, (command, arguments) in reversed([*enumerate(self.main_queue)]):
            if command == "run_network" and arguments[0] is net:
                self._add_after(arguments[1], codes)
                # Between two runs a script may have set the times.
                calls = "".join(f"_moved_{name}();" for name in self._due)
                self.main_queue.insert(at, ("insert_code", calls))
                return

    def variableview_set_with_expression_conditional(self, view, condition, code, run_namespace,
                                                     check_units=True):
        """``synapses.w = text`` and ``synapses.w[condition] = text``, without index arrays."""
        if isinstance(view.group, DenseSynapses):
            if view.variable.scalar and condition != "True":
                raise SuiteError(f"{view.group.name}.{view.name} is one value, shared by all "
                                 "synapses, and has no condition")
            view.group.assign(view.name, code, condition, run_namespace, check_units)
        else:
            VariableView.set_with_expression_conditional.original_function(
                view, condition, code, run_namespace, check_units)

    def variableview_set_with_expression(self, view, item, code, run_namespace, check_units=True):
        """As in Brian2, but for dense projections.

        Raises
        ------
        SuiteError
            For ``synapses.w[0, :] = text``.
        """
        if isinstance(view.group, DenseSynapses):
            raise SuiteError(f"{view.group.name}.{view.name}[...] = {code!r}: text is assigned to "
                             "all synapses or by a condition such as ['i == 0 and j > 2']")
        VariableView.set_with_expression.original_function(
            view, item, code, run_namespace, check_units)

    def _add_after(self, lines, codes):
        for line in list(lines):
            found = re.fullmatch(r"(\w+\.add\(&\w+, )(_run_\w+)\);", line)
            calls = self.after(codes[found[2]]) if found else []
            added = [found[1] + call.replace("();", ");") for call in calls]
            at = lines.index(line) + 1
            if lines[at:at + len(added)] != added:
                lines[at:at] = added


all_devices["cpp_dense"] = DenseDevice()
