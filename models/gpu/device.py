"""The device of Brian2 for which networks are built that become kernels.

Registered as ``kernel``. It generates code and keeps values; `models.gpu.program` makes one program
of both, `models.gpu.network` calls it.
"""

from brian2.devices.device import all_devices

from models.dense.device import DenseDevice
from models.errors import SuiteError
from models.gpu.codegen import KernelCodeObject

LEFT_OUT = ("block_scan", "calendar", "four_spikes", "fusion", "sleep")
"""Passes of the dense device that are made for the caches and vectors of a CPU."""

TEMPLATES = ("stateupdate", "threshold", "reset", "dense_pathway", "dense_update", "statemonitor",
             "spikemonitor", "dense_assignment", "group_variable_set",
             "group_variable_set_conditional")

INSTEAD = {
    "spikegenerator": "SpikeGeneratorGroup has no form in a kernel; give the spikes by a "
                      "TimedArray and a threshold that reads it",
    "ratemonitor": "PopulationRateMonitor has no form in a kernel; use a SpikeMonitor",
}
"""What to use in place of objects that have no template."""

SYNAPSES = ("Synapses has no form in a kernel: its lists of synapses do not fit the threads; use "
            "models.dense.dense_synapses")


class KernelDevice(DenseDevice):
    """Dense device whose code objects are functions of a kernel.

    Attributes
    ----------
    functions : list of str
        Texts of the functions that code objects call, each once.
    """

    def __init__(self):
        super().__init__()
        self.functions = []
        self.without = LEFT_OUT

    def reinit(self):
        """Forget the network."""
        super().reinit()
        self.functions = []
        self.without = LEFT_OUT

    def note_function(self, text: str) -> None:
        """Remember the text of a function."""
        if text not in self.functions:
            self.functions.append(text)

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        """The class of code objects unless another one is asked for."""
        return codeobj_class or KernelCodeObject

    def code_object(self, owner, name, abstract_code, variables, template_name, *arguments,
                    **keywords):
        """As on the dense device.

        Raises
        ------
        SuiteError
            For what has no form in a kernel.
        """
        if template_name not in TEMPLATES:
            instead = INSTEAD.get(template_name, SYNAPSES if "syn" in template_name or
                                  template_name == "summed_variable" else
                                  f"{template_name} has no form in a kernel")
            raise SuiteError(f"{owner.name}: {instead}, or --device cpp_standalone")
        return super().code_object(owner, name, abstract_code, variables, template_name,
                                   *arguments, **keywords)


all_devices["kernel"] = KernelDevice()
