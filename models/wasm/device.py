"""The dense device for WebAssembly: registered as ``cpp_wasm``."""

from brian2 import get_device
from brian2.codegen.generators.cpp_generator import c_data_type
from brian2.devices.device import all_devices

from models.dense.device import DenseDevice
from models.dense.flushing import FlushingCodeObject, FlushingGenerator
from models.errors import SuiteError

SHOW = "_show_samples"
"""Function of C++ that shows the samples of a call."""


CLIP = """
template <typename T> static inline T _clip_branch_free(const T value, const T low, const T high)
{
    const T raised = value > low ? value : low;
    return raised < high ? raised : high;
}
"""
"""As `models.dense.expressions.CLIP` where there is no NaN. In this form each line is one vector
instruction; the form that keeps NaN is a dozen on x86 and took 14 % of a sample. No page meets NaN:
before it is written, the native program shows the same samples, and tells of NaN."""


class WasmGenerator(FlushingGenerator):
    """Text for WebAssembly."""

    clip = CLIP


class WasmCodeObject(FlushingCodeObject):
    """Code object whose project has the entry points of this package's template ``main.cpp``."""

    generator_class = WasmGenerator
    templater = FlushingCodeObject.templater.derive("models.wasm", env_globals={
        "clocks": lambda: get_device().clock_arrays(),
        "static_values": lambda: get_device().static_values(),
        "pointers": lambda: get_device().pointers,
        "show": SHOW,
    })


class WasmDevice(DenseDevice):
    """The dense device with entry points in place of main().

    Attributes
    ----------
    pointers : list of str
        Expressions of C++: the arrays that ``pointer(0)``, ``pointer(1)`` ... return.
    """

    def __init__(self):
        super().__init__()
        self.pointers = []

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        """The class of code objects unless another one is asked for."""
        return codeobj_class or WasmCodeObject

    def clock_arrays(self) -> list[tuple[str, str, str, str]]:
        """Name in C++ of each clock, and of the arrays that it links to."""
        return [(clock.name, *(self.get_array_name(clock.variables[name])
                               for name in ("timestep", "dt", "t")))
                for clock in sorted(self.clocks, key=_name)]

    def static_values(self) -> list[tuple[str, str, str]]:
        """Name, type and numbers, as text of C++, of what Brian2 writes into files."""
        return [(name, c_data_type(array.dtype), ", ".join(map(repr, array.ravel().tolist())))
                for name, array in sorted(self.static_arrays.items())]

    def refuse_random(self) -> None:
        """Refuse a network that draws from a generator of Brian2's, with another stream each time.

        Raises
        ------
        SuiteError
        """
        for name in sorted(self.touched.stateful):
            raise SuiteError(f"{self.code_objects[name].owner.name} draws random numbers of "
                             "Brian2's own generator, which are others in every program: use "
                             "counter_uniform (models.shared.counter_random)")


def _name(clock):
    return clock.name


all_devices["cpp_wasm"] = WasmDevice()
