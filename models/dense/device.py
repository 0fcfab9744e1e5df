"""The dense device: Brian2's cpp_standalone with other loops.

Registered as ``cpp_dense``. Everything but the code objects is Brian2's own; `models.standalone`
builds with it.
"""

import re

from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices

from models.dense import fusion
from models.dense.codegen import DenseCodeObject
from models.dense.passes import active
from models.errors import SuiteError
from models.unity import LAST_STEP


class DenseDevice(CPPStandaloneDevice):
    """C++ standalone device whose code objects are `DenseCodeObject`.

    Attributes
    ----------
    without : collection of str
        Passes to leave out (`models.dense.passes`).
    """

    dense_projections = True
    without = ()

    def __init__(self):
        super().__init__()
        self._read, self._written, self._due = {}, {}, {}

    def reinit(self):
        """Forget the network, as Brian2's device does."""
        super().reinit()
        self._read, self._written, self._due = {}, {}, {}

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        """The class of code objects unless another one is asked for."""
        return codeobj_class or DenseCodeObject

    def note(self, name, read, written, due):
        """Remember what a code object touches and which event times its threshold reads.

        Parameters
        ----------
        name : str
        read, written : dict
            ``{Variable: set of its indices}``
        due : Variable or None
        """
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
            own = (code.template_name == "reset"
                   and code.owner.name == self.code_objects[name].owner.name)
            if due in self._written.get(code.name, ()) and not own:
                lines.append(f"_moved_{name}();")
        return lines

    def calls(self, codes):
        """C++ lines of each code object in a step.

        Parameters
        ----------
        codes : list of (Clock, CodeObject)
            In the order of execution.

        Returns
        -------
        list of list of str
        """
        pairs = {}
        if active("fusion"):
            pairs = fusion.fusable(codes, self._read, self._written, self._due)
        moved, out = {update.name for update in pairs.values()}, []
        for _, code in codes:
            if code.name in moved:
                out.append([])
            elif code.name in pairs:
                update = pairs[code.name]
                # What is to be told after the state update is told after both.
                out.append(fusion.lines(update, code, len(code.owner)) + self.after(update)
                           + self.after(code))
            else:
                out.append([f"_run_{code.name}();", *self.after(code)])
        return out

    def network_run(self, net, duration, level=0, **keywords):
        """As in Brian2, with the calls of `after` in the network's loop.

        Raises
        ------
        SuiteError
            If the run would end after more time steps than 32 bits count.
        """
        super().network_run(net, duration, level=level + 1, **keywords)
        for clock in net._clocks:
            if float(net.t) / float(clock.dt) > LAST_STEP:
                raise SuiteError(f"a run until {net.t} has more than {LAST_STEP} steps of "
                                 f"{clock.dt}; the dense device counts them in 32 bits")
        codes = {f"_run_{code.name}": code for code in self.code_objects.values()}
        for at, (command, arguments) in reversed([*enumerate(self.main_queue)]):
            if command == "run_network" and arguments[0] is net:
                self._add_after(arguments[1], codes)
                # Between two runs a script may have set the times.
                calls = "".join(f"_moved_{name}();" for name in self._due)
                self.main_queue.insert(at, ("insert_code", calls))
                return

    def _add_after(self, lines, codes):
        for line in list(lines):
            found = re.fullmatch(r"(\w+\.add\(&\w+, )(_run_\w+)\);", line)
            calls = self.after(codes[found[2]]) if found else []
            added = [found[1] + call.replace("();", ");") for call in calls]
            at = lines.index(line) + 1
            if lines[at:at + len(added)] != added:
                lines[at:at] = added


all_devices["cpp_dense"] = DenseDevice()
