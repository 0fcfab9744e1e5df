"""The dense device: Brian2's cpp_standalone with other loops.

Registered as ``cpp_dense``. Everything but the code objects is Brian2's own; `models.standalone`
builds with it.
"""

from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices

from models.dense.codegen import DenseCodeObject


class DenseDevice(CPPStandaloneDevice):
    """C++ standalone device whose code objects are `DenseCodeObject`."""

    dense_projections = True

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        """The class of code objects unless another one is asked for."""
        return codeobj_class or DenseCodeObject


all_devices["cpp_dense"] = DenseDevice()
