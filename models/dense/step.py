"""The code objects of a time step as lines of C++."""

from brian2.codegen.generators.cpp_generator import c_data_type

from models.dense import ahead, fusion, sharing, sleep
from models.dense.passes import active
from models.dense.touched import event_names, event_variable


class Step:
    """How the code objects of a network are called.

    Parameters
    ----------
    device : models.dense.device.DenseDevice
        It knows the code objects, what they touch, and the names of arrays.
    """

    def __init__(self, device):
        self._device = device
        self._touched = device.touched
        self._sleepers = {}
        self._ahead = {}

    def event_space(self, code) -> str | None:
        """Name in C++ of the list of spikes that a code object fills or goes through, if any."""
        variable = event_variable(code)
        return None if variable is None else self._device.get_array_name(variable)

    def after(self, code) -> list[str]:
        """Lines to run after a code object: they tell thresholds whose event times it wrote."""
        # Not a set: its order, and so the source, would be another one in each process.
        looking = [name for name in self._touched.due if name not in self._ahead]
        lines = [f"_moved_{name}();" for name in looking
                 if self._touched.moved(code, self._device.code_objects[name])]
        for sleeper in self._sleepers.values():
            lines += sleeper.woken(code, self.event_space(code))
        return lines

    def find_ahead(self, codes: list, length: int) -> None:
        """Find spikes of a slot at its beginning (`models.dense.ahead`).

        Parameters
        ----------
        codes : list of (Clock, CodeObject)
            In the order of execution.
        length : int
            Time steps of a slot.
        """
        for threshold, reset in ahead.found_ahead(codes, self._touched).items():
            owner = self._device.code_objects[threshold].owner
            now = self._device.get_array_name(owner.clock.variables["timestep"])
            self._ahead[threshold] = [
                f"if (_step == 0) _ahead_{reset}({now}[0], {length});", f"_due_{reset}(_step);"]
            self._ahead[reset] = [f"_rest_{reset}();"]

    def let_sleep(self, together: list) -> list[str]:
        """Leave out neurons whose update changes nothing (`models.dense.sleep`).

        Parameters
        ----------
        together : list of (Clock, tuple of CodeObject)
            From `together`.

        Returns
        -------
        list of str
            C++ lines that stand before those of a step.
        """
        if active("sleep"):
            self._sleepers = sleep.sleepers(together, self._touched.reads, self._touched.writes,
                                            self._touched.alone)
        return [sleeper.declaration() for sleeper in self._sleepers.values()]

    def together(self, codes) -> list[tuple]:
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
            pairs = fusion.fusable(codes, self._touched.reads, self._touched.writes,
                                   self._touched.alone)
        moved = {update.name for update in pairs.values()}
        return [(clock, (pairs[code.name], code) if code.name in pairs else (code,))
                for clock, code in codes if code.name not in moved]

    def task(self, together: tuple) -> sharing.Task:
        """What threads can share of code objects that stand together (`models.dense.sharing`)."""
        return sharing.task_of(together, self._touched.reads, self._touched.writes,
                               self._touched.alone, event_names)

    def lines(self, together: tuple) -> list[str]:
        """Lines that execute code objects that stand together."""
        # What is to be told after the state update is told after both.
        after = [line for code in together for line in self.after(code)]
        if together[0].name in self._ahead:
            return [*self._ahead[together[0].name], *after]
        sleeper = self._sleepers.get(together[0].name)
        if sleeper is not None:
            arrays = [(c_data_type(variable.dtype), self._device.get_array_name(variable))
                      for variable in sleeper.saved]
            return [*sleeper.lines(self.event_space(together[-1]), arrays), *after]
        if len(together) == 1:
            return [f"_run_{together[0].name}();", *after]
        update, threshold = together
        n = len(threshold.owner)
        space = self.event_space(threshold)
        return [f"{{ int32_t *_spikes = {space}, _count = 0;",
                *fusion.lines(update, threshold, 0, n), f"{space}[{n}] = _count; }}", *after]
