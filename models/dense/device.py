"""The dense device: Brian2's cpp_standalone with other loops.

Registered as ``cpp_dense``. Everything but the code objects and the compiler's call is Brian2's
own; `models.devices.standalone` builds with it.
"""

import re
import sys
from functools import partial
from pathlib import Path

from brian2 import prefs
from brian2.core.names import find_name
from brian2.core.variables import VariableView
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices

from models.dense.codegen import DenseCodeObject
from models.dense.projection import DenseSynapses
from models.dense.step import Step
from models.dense.step_count import LAST_STEP
from models.dense.touched import Touched
from models.errors import SuiteError
from models.programs import cache_lines
from models.programs.compilation import Compilation
from models.programs.compiler_options import EXACT, adapted, kept_preferences, preferences
from models.programs.working_folder import WorkingFolder
from models.shared.resources import check_compiler


class DenseDevice(CPPStandaloneDevice):
    """C++ standalone device whose code objects are `DenseCodeObject`.

    Attributes
    ----------
    without : collection of str
        Passes to leave out (`models.dense.passes`).
    threads : int
        Threads that will share the loops (`models.dense.threads`).
    touched : Touched
        What the network's code objects read and write.
    """

    dense_projections = True
    without = ()
    threads = 1
    _folder = None

    def __init__(self):
        super().__init__()
        self.touched = Touched()

    def reinit(self):
        """Forget the network, as Brian2's device does, and how it was to be compiled."""
        super().reinit()
        self.without = ()
        self.threads = 1
        self.touched = Touched()
        self._folder = None

    def build(self, directory=None, compile=True, **keywords):
        """As in Brian2, but compiled as one source, with the options of the suite's own networks,
        and only if the same network was not compiled before (`models.programs.program_cache`).

        Parameters
        ----------
        directory : path-like, optional
            Where the project is to lie. The default is a temporary folder, which is removed with
            the process.
        compile : bool
            Otherwise the project is written as Brian2's preferences say.
        **keywords
            As for ``CPPStandaloneDevice.build``.

        Raises
        ------
        SuiteError
            There is no C++ compiler, or compiling fails.
        """
        if directory is None:
            self._folder = WorkingFolder()
            directory = self._folder.path / "build"
        build = partial(super().build, directory=str(directory), compile=compile, **keywords)
        if not compile:
            build()
            return
        options = preferences(adapted(EXACT, check_compiler()))
        with kept_preferences(options):
            prefs.update(options)
            build()

    def compile_source(self, directory, compiler, debug, clean):  # noqa: ARG002  Brian2's call
        """Compile a project that is written, or take the program that was kept."""
        said = partial(print, file=sys.stderr, flush=True)
        Compilation(Path(directory).absolute(), self._folder, check_compiler(),
                    cache_lines.HEADERS, "dense", announce=said).wait()

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        """The class of code objects unless another one is asked for."""
        return codeobj_class or DenseCodeObject

    def code_object(self, owner, name, *arguments, **keywords):
        """As in Brian2, with a name that is new in this network. Brian2's is new in the process:
        a network that is built twice would have two sources, and the cache of programs none."""
        return super().code_object(owner, find_name(name, self.code_objects), *arguments,
                                   **keywords)

    def calls(self, codes: list, length: int) -> list:
        """C++ lines of a step.

        Parameters
        ----------
        codes : list of (Clock, CodeObject)
            In the order of execution.
        length : int
            Time steps of a slot. What is not of the fastest clock is executed in its first one.

        Returns
        -------
        list of (Clock, list of str)
        """
        step = Step(self)
        step.find_ahead(codes, length)
        parts = step.together(codes)
        fastest = min((clock for clock, _ in parts), key=_dt)
        return [(fastest, step.let_sleep(parts)),
                *((clock, step.lines(together)) for clock, together in parts)]

    def network_run(self, net, duration, level=0, **keywords):
        """As in Brian2, with the calls of `Step.after` in the network's loop.

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
        build_on_run = self.build_on_run
        self.build_on_run = False
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
        """Refuse a run of more time steps than the generated code counts."""
        for clock in net._clocks:
            if float(net.t) / float(clock.dt) > LAST_STEP:
                raise SuiteError(f"a run until {net.t} has more than {LAST_STEP} steps of "
                                 f"{clock.dt}; the dense device counts them in 32 bits")

    def _wake_thresholds(self, net):
        """Put the calls of `Step.after` into the loop of the run that was queued last."""
        codes = {f"_run_{code.name}": code for code in self.code_objects.values()}
        for at, (command, arguments) in reversed([*enumerate(self.main_queue)]):
            if command == "run_network" and arguments[0] is net:
                self._add_after(arguments[1], codes)
                # Between two runs a script may have set the times.
                calls = "".join(f"_moved_{name}();" for name in self.touched.due)
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
        """Insert the calls after each code object's in the lines of a run."""
        for line in list(lines):
            found = re.fullmatch(r"(\w+\.add\(&\w+, )(_run_\w+)\);", line)
            calls = Step(self).after(codes[found[2]]) if found else []
            added = [found[1] + call.replace("();", ");") for call in calls]
            at = lines.index(line) + 1
            if lines[at:at + len(added)] != added:
                lines[at:at] = added


def _dt(clock):
    return float(clock.dt)


all_devices["cpp_dense"] = DenseDevice()
