"""Brian2's NumPy code with the suite's own exp, log and ``2**x``: the bits of compiled code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from brian2.codegen.generators.numpy_generator import NumpyCodeGenerator
from brian2.codegen.runtime.numpy_rt.numpy_rt import NumpyCodeObject
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.parsing.rendering import NumpyNodeRenderer
from brian2.utils.stringtools import word_substitute

from models.shared import elementary

POWER = Function(elementary.power_of_two, arg_units=[1], return_unit=1)
POWER.implementations.add_implementation(NumpyCodeGenerator, code=elementary.power_of_two)


class ExactRenderer(NumpyNodeRenderer):
    """Powers of two by the suite's own function."""

    def render_BinOp(self, node):
        """As in Brian2 but for ``2**x``."""
        if elementary.is_power_of_two(node):
            return f"{elementary.POWER_OF_TWO}({self.render_node(node.right)})"
        return super().render_BinOp(node)


class ExactNumpyGenerator(NumpyCodeGenerator):
    """NumPy statements whose powers of two are the suite's own."""

    def translate_expression(self, expr):
        """`ExactRenderer` in place of Brian2's; the code finds the function among its variables."""
        renderer = ExactRenderer(auto_vectorise=self.auto_vectorise)
        found = renderer.render_expr(word_substitute(expr, self.func_name_replacements),
                                     self.variables).strip()
        if elementary.called(found):
            self.variables[elementary.POWER_OF_TWO] = POWER
        return found


@contextlib.contextmanager
def exact_numpy() -> Iterator[None]:
    """Let Brian2's NumPy code call these functions while this block lasts.

    Brian2 knows one class of NumPy code objects alone, so it is lent to others for a while:
    whoever calls this holds the turn (`models.devices.brian2_turns`).
    """
    before = {name: DEFAULT_FUNCTIONS[name].implementations[NumpyCodeObject].get_code(None)
              for name in elementary.FUNCTIONS}
    generator = NumpyCodeObject.generator_class
    NumpyCodeObject.generator_class = ExactNumpyGenerator
    try:
        _give(elementary.FUNCTIONS)
        yield
    finally:
        _give(before)
        NumpyCodeObject.generator_class = generator


def _give(functions):
    for name, function in functions.items():
        DEFAULT_FUNCTIONS[name].implementations.add_implementation(NumpyCodeGenerator,
                                                                   code=function)
