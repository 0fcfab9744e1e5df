"""Numbers too small for the format become 0 where they are stored, by the text itself.

Traces and conductances decay into denormal numbers, with which processors are slow. A native
program is linked so that the processor takes them for 0 (`models.programs.compiler_options`), and
its text says nothing of it. WebAssembly has no such mode. Programs for it (`models.wasm`) have
their code objects from here: each real number that is stored passes through ``_flushed``.

The processor also flushes what an expression computes on its way to a result. That makes no
difference to a result of usual size: what is added to it is below its last bit. The tests compare
weights and thresholds bit for bit (tests/test_export.py).
"""

import numpy as np

from models.dense.codegen import DenseCodeObject, VectorGenerator

FLUSHED = """
static inline double _flushed(double x)
{
    return std::fabs(x) < 2.2250738585072014e-308 ? 0.0 : x;
}
static inline float _flushed(float x)
{
    return std::fabs(x) < 1.17549435e-38f ? 0.0f : x;
}
"""
"""The smallest normal numbers are the bounds. NaN stays NaN: it is smaller than nothing."""


class FlushingGenerator(VectorGenerator):
    """`VectorGenerator`, whose text stores no denormal number."""

    def translate_to_write_arrays(self, write):
        """As Brian2's, with ``_flushed`` around real numbers."""
        lines = []
        for name in sorted(write):
            variable = self.variables[name]
            real = np.issubdtype(variable.dtype, np.floating)
            value = f"_flushed({name})" if real else name
            lines.append(
                f"{self.get_array_name(variable)}[{self.variable_indices[name]}] = {value};")
        return lines

    def translate_statement_sequence(self, scalar_statements, vector_statements):
        """As `VectorGenerator`, with the function that is called."""
        scalar, vector, keywords = super().translate_statement_sequence(
            scalar_statements, vector_statements)
        keywords["support_code_lines"] += FLUSHED.splitlines()
        return scalar, vector, keywords


class FlushingCodeObject(DenseCodeObject):
    """A code object of the dense device whose text stores no denormal number."""

    generator_class = FlushingGenerator
