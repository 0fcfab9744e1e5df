"""The device of Brian2 for which networks are built that become kernels.

Registered as ``kernel``. It generates code and keeps values; `models.gpu.program` makes one program
of both, `models.gpu.network` calls it.
"""

from brian2.devices.device import all_devices

from models.dense.device import DenseDevice
from models.gpu.codegen import KernelCodeObject

NUMBERS = "_numbers"
"""The array of a replica that holds them."""

LEFT_OUT = ("block_scan", "calendar", "four_spikes", "fusion", "sleep")
"""Passes of the dense device that are made for the caches and vectors of a CPU."""


class KernelDevice(DenseDevice):
    """Dense device whose code objects are functions of a kernel.

    Attributes
    ----------
    functions : list of str
        Texts of the functions that code objects call, each once.
    numbers : list of float
        Constants of the equations, and factors of them. The text names their places alone, so
        networks that differ in them have one kernel.
    """

    def __init__(self):
        super().__init__()
        self.functions = []
        self.numbers = []
        self.without = LEFT_OUT

    def reinit(self):
        """Forget the network."""
        super().reinit()
        self.functions = []
        self.numbers = []
        self.without = LEFT_OUT

    def note_function(self, text: str) -> None:
        """Remember the text of a function."""
        if text not in self.functions:
            self.functions.append(text)

    def note_number(self, value: float) -> str:
        """Remember a number; the C expression for it."""
        self.numbers.append(float(value))
        return f"{NUMBERS}[{len(self.numbers) - 1}]"

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        """The class of code objects unless another one is asked for."""
        return codeobj_class or KernelCodeObject


all_devices["kernel"] = KernelDevice()
