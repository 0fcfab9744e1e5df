"""Expressions in the C that CUDA and OpenCL have in common, and numbers that the host computes."""

import ast
import operator

import numpy as np

from models.dense.expressions import BranchFreeRenderer
from models.shared import elementary

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
             ast.Div: operator.truediv, ast.Pow: operator.pow}

# In extended precision, then rounded: the compiler of the program for CPUs rounds rightly, too.
EXTENDED = {name: getattr(np, name) for name in
            ("log10", "sqrt", "expm1", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh")}

REAL = {"log10", "sqrt", "expm1", "log1p", "sin", "cos", "tan", "sinh", "cosh",
        "tanh", "asin", "acos", "atan", "floor", "ceil"}
"""Functions of the C library that both languages have, by their names there."""


def constant_value(expression: str, numbers: dict[str, float]) -> float | None:
    """The value of an expression of constants, such as the factor exp(-dt/tau).

    A GPU's exp may differ from a CPU's by a unit in the last place. So that results do not depend
    on where they are computed, kernels are given such factors as numbers.

    Parameters
    ----------
    expression : str
    numbers : dict of str to float
        What is known by name.

    Returns
    -------
    float or None
        None where something is not known.
    """
    def value(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        if isinstance(node, ast.Name):
            return numbers[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.BinOp) and elementary.is_power_of_two(node):
            return float(elementary.power_of_two(value(node.right)))
        if isinstance(node, ast.BinOp):
            return float(OPERATORS[type(node.op)](value(node.left), value(node.right)))
        if isinstance(node, ast.Call):
            argument, = node.args
            name = node.func.id
            if name in elementary.FUNCTIONS:
                return float(elementary.FUNCTIONS[name](value(argument)))
            return float(EXTENDED[name](np.longdouble(value(argument))))
        raise KeyError(type(node).__name__)

    try:
        found = value(ast.parse(expression.strip(), mode="eval").body)
    except (KeyError, ValueError, ArithmeticError):
        return None
    return found if np.isfinite(found) else None


class KernelRenderer(BranchFreeRenderer):
    """C without templates: each function is named by the type of its arguments."""

    @property
    def _type(self):
        """In which type a real function is computed."""
        return "float" if self.wide is not None else "double"

    def render_Call(self, node):
        """Functions by the type of their arguments."""
        name = self.render_func(node.func)
        arguments = [self.render_node(argument) for argument in node.args]
        whole = bool(node.args) and self.integral(node.args[0])
        if name in elementary.NAMES.values():
            return f"{name}_{self._type}(({self._type})({arguments[0]}))"
        if name in REAL:
            return f"{name}(({self._type})({arguments[0]}))"
        if name == "_brian_abs":
            return (f"_abs_integer({arguments[0]})" if whole else
                    f"fabs(({self._type})({arguments[0]}))")
        if name == "_clip" and whole:
            return f"_clip_integer({', '.join(arguments)})"
        if name == "_clip":
            real = self.real or self._type
            values = ", ".join(f"({real})({argument})" for argument in arguments)
            return f"_clip_{real}({values})"
        return super().render_Call(node)

    def render_BinOp(self, node):
        """Remainders, quotients and powers by the type of their operands."""
        kind = type(node.op).__name__
        if kind not in ("Mod", "FloorDiv", "Pow"):
            return super().render_BinOp(node)
        left = self.render_node(node.left)
        right = self.render_node(node.right)
        if self.power_of_two(node):
            return f"{elementary.POWER_OF_TWO}_{self._type}(({self._type})({right}))"
        whole = self.integral(node.left) and self.integral(node.right)
        if kind == "Pow":
            return self._power(node, left, right)
        name = "_mod" if kind == "Mod" else "_floordiv"
        if whole:
            return f"{name}_integer({left}, {right})"
        return f"(({self._type}){name}_real({left}, {right}))"

    def _power(self, node, left, right):
        """The compiler of the program for CPUs makes a product of a square."""
        if isinstance(node.right, ast.Constant) and node.right.value == 2:
            return f"(({self._type})({left})*({left}))"
        whole = self.integral(node.left) or self.integral(node.right)
        real = "double" if whole else self._type
        return f"pow(({real})({left}), ({real})({right}))"
