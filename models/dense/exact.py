"""Brian2's own loops with the suite's own exp and log (`models.shared.elementary`).

The device ``cpp_plain`` is Brian2's cpp_standalone but for these two functions: programs with and
without dense projections compute the same bits. A power ``2**x`` is the C library's here, which is
exact where x is whole, as in the papers' text.
"""

from brian2.codegen.generators.cpp_generator import CPPCodeGenerator
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices

from models.shared import elementary


class ExactGenerator(CPPCodeGenerator):
    """C++ that holds the text of the functions which it calls."""

    def translate_statement_sequence(self, scalar_statements, vector_statements):
        """As in Brian2."""
        scalar, vector, keywords = super().translate_statement_sequence(
            scalar_statements, vector_statements)
        if self.calls_elementary(scalar, vector):
            keywords["support_code_lines"] += elementary.CPP.splitlines()
        return scalar, vector, keywords

    @staticmethod
    def calls_elementary(*blocks: dict) -> bool:
        """Whether generated code calls functions of `models.shared.elementary`.

        Parameters
        ----------
        *blocks : dict of object to list of str
            Lines by the name of their block.
        """
        return elementary.called("\n".join(
            line for block in blocks for part in block.values() for line in part))


class PlainCodeObject(CPPStandaloneCodeObject):
    """Brian2's code object for C++ with another generator."""

    generator_class = ExactGenerator


class PlainDevice(CPPStandaloneDevice):
    """C++ standalone device whose code objects are `PlainCodeObject`."""

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        """The class of code objects unless another one is asked for."""
        return codeobj_class or PlainCodeObject


elementary.use(PlainCodeObject)
all_devices["cpp_plain"] = PlainDevice()
