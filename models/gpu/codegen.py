"""Code generation: Brian2's statements as functions of a kernel."""

import re

import numpy as np
from brian2.codegen.generators.cpp_generator import c_data_type
from brian2.core.clocks import Clock
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import ArrayVariable, Constant, DynamicArrayVariable
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.device import get_device
from brian2.input.timedarray import TimedArray
from brian2.utils.stringtools import get_identifiers

from models.dense.codegen import DenseCodeObject, VectorGenerator
from models.dense.loops import independent_iterations
from models.dense.passes import active
from models.gpu.expressions import REAL, KernelRenderer, constant_value
from models.gpu.loops import division, spike
from models.gpu.refusals import KernelTemplater, refuse_function, refuse_random
from models.gpu.timed_arrays import timed_name, timed_text
from models.shared import elementary

TARGET = "kernel"
"""Name under which a function has its text for kernels (`Function.implementations`)."""

KNOWN = {*REAL, *elementary.NAMES.values(), "int_", "_brian_abs", "_clip", "_sign", "_timestep",
         "_exprel"}
"""Brian2's functions that templates/prelude.c or both languages have, by their names in C."""


class KernelGenerator(VectorGenerator):
    """C that is both CUDA and OpenCL."""

    class_name = TARGET
    renderer_class = KernelRenderer
    # Other threads write to the same arrays: the compiler may not keep values over a barrier.
    restrict = " "

    def determine_keywords(self):
        """As in Brian2, with the address space of each array."""
        keywords = super().determine_keywords()
        arrays = {self.get_array_name(variable): variable for variable in self.variables.values()
                  if isinstance(variable, ArrayVariable)}
        keywords["pointers_lines"] = [
            # Clocks are the thread's own. What monitors record is named by their templates.
            ("const" if isinstance(arrays[pointer].owner, Clock) else "GLOBAL")
            + f" {kind} *{pointer} = {array};"
            for kind, pointer, array in
            re.findall(r"^(\w+)\*\s+(_ptr\w+) = (\w+);$", "\n".join(keywords["pointers_lines"]),
                       re.M)
            if not isinstance(arrays[pointer], DynamicArrayVariable)]
        return keywords

    def _add_user_function(self, varname, variable, added):
        """Texts of functions, which the kernel holds once.

        Raises
        ------
        SuiteError
            If the function has no text for kernels.
        """
        if isinstance(variable, TimedArray):
            self.func_name_replacements[varname] = timed_name(variable, self.owner.clock)
            get_device().note_function(timed_text(variable, self.owner.clock))
            return None
        implementation = variable.implementations[self.codeobj_class]
        own = variable.implementations.get(TARGET) if TARGET in _targets(variable) else None
        if own is not None:
            get_device().note_function(own.get_code(self.owner))
            return None
        name = implementation.name or varname
        if variable in DEFAULT_FUNCTIONS.values() and name in KNOWN:
            return None
        if not variable.stateless:
            refuse_random(self.owner.name, varname)
        return refuse_function(self.owner.name, varname, TARGET)

    def translate_statement(self, statement):
        """Factors such as exp(-dt/tau) as numbers of the replica."""
        if statement.scalar and statement.op == ":=":
            value = constant_value(str(statement.expr), self._numbers())
            if value is not None and np.issubdtype(statement.dtype, np.floating):
                self._computed[statement.var] = value
                return f"const double {statement.var} = {get_device().note_number(value)};"
        return super().translate_statement(statement)

    def translate_statement_sequence(self, scalar_statements, vector_statements):
        """As on the dense device; the kernel holds the suite's own functions once."""
        self._computed = {}
        scalar, vector, keywords = super().translate_statement_sequence(
            scalar_statements, vector_statements)
        if self.calls_elementary(scalar, vector):
            get_device().note_function(elementary.c_text("DEVICE", "CONSTANT"))
        return scalar, vector, keywords

    def _numbers(self):
        """Constants by name, the time step among them."""
        known = {name: float(variable.value) for name, variable in self.variables.items()
                 if isinstance(variable, Constant) and not isinstance(variable, Function)}
        step = self.variables.get("dt")
        if step is not None and step.scalar and step.constant and active("known_step"):
            known["dt"] = float(step.get_value()[0])
        return known | self._computed

    def translate_to_write_arrays(self, write):
        """As in Brian2; denormal numbers become 0."""
        lines = []
        for line in super().translate_to_write_arrays(write):
            place, name = re.fullmatch(r"(.*) = (\w+);", line).groups()
            kind = self.c_data_type(self.variables[name].dtype)
            lines.append(f"{place} = _flush_{kind}({name});" if kind in ("double", "float")
                         else line)
        return lines


def _targets(function):
    """Names of the targets for which a function has a text."""
    return [key for key in function.implementations if isinstance(key, str)]


class KernelCodeObject(DenseCodeObject):
    """Code object whose text is the body of a function of the kernel."""

    templater = KernelTemplater("models.gpu", ".c", {
        **CPPStandaloneCodeObject.templater.env_globals,
        "independent": independent_iterations,
        "active": active,
        "division": division,
        "spike": spike,
    })
    generator_class = KernelGenerator

    def run_block(self, block):
        """What is executed before the first run is queued, as in Brian2."""
        if block == "run":
            super().run_block(block)

    def constants(self) -> list[str]:
        """C lines that declare the constants which the text names.

        Real ones are numbers of the replica. Others may be sizes, which the text follows.
        """
        used = get_identifiers(self.code)
        lines = []
        for name, variable in sorted(self.variables.items()):
            if isinstance(variable, Constant) and name in used:
                kind = c_data_type(variable.dtype)
                real = np.issubdtype(variable.dtype, np.floating)
                value = (get_device().note_number(variable.value) if real
                         else _literal(variable.value))
                lines.append(f"const {kind} {name} = {value};")
            elif isinstance(variable, ArrayVariable) and f"_num{name}" in used:
                lines.append(f"const int32_t _num{name} = {variable.size};")
        return lines


def _literal(value):
    value = np.asarray(value).item()
    return str(value).lower() if isinstance(value, bool) else repr(value)
