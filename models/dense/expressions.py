"""Expressions as C++ without branches, and what may be said of them beforehand."""

import ast
import copy

import numpy as np
from brian2.codegen.statements import Statement
from brian2.parsing.rendering import CPPNodeRenderer
from brian2.utils.stringtools import get_identifiers

from models.shared.elementary import POWER_OF_TWO, is_power_of_two

FINITE = ("int", "int_", "clip", "abs", "sign", "floor", "ceil")

# Brian2's own returns early and compares in double.
CLIP = """
template <typename T> static inline T _clip_branch_free(const T value, const T low, const T high)
{
    const T raised = low > value ? low : value;
    return high < raised ? high : raised;
}
"""


def fits(statement: Statement, name: str) -> bool:
    """Whether a statement gives the same whether an integer it reads has 32 bits or 64.

    It does where the number, or its remainder, is compared or assigned. Where it is part of a sum,
    product or quotient, that may leave the 32 bits, except a sum that is assigned to an integer
    of 32 bits.

    Parameters
    ----------
    statement : Statement
        From Brian2's code generation.
    name : str

    Returns
    -------
    bool
    """
    def absent(node):
        return name not in get_identifiers(ast.unparse(node))

    def itself(node):
        remainder = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
        return (remainder and itself(node.left) and absent(node.right)
                or isinstance(node, ast.Name) and node.id == name)

    def compared(node):
        if isinstance(node, ast.Compare):
            return all(itself(side) or compared(side) for side in (node.left, *node.comparators))
        return absent(node) or not isinstance(node, ast.Name) and all(
            compared(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))

    def added(node):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            return added(node.left) and added(node.right)
        return itself(node) or compared(node)

    root = ast.parse(str(statement.expr).strip(), mode="eval").body
    if statement.op not in ("=", ":=", "+=", "-="):
        return compared(root)
    return added(root) if statement.dtype == np.int32 else itself(root) or compared(root)


def always_finite(expression: str) -> bool:
    """Whether an expression of finite numbers is finite, overflow apart.

    Only then may it be computed and multiplied by 0 where Brian2 does not compute it.

    Parameters
    ----------
    expression : str

    Returns
    -------
    bool
    """
    return not any(
        isinstance(node, ast.Div | ast.Mod | ast.FloorDiv | ast.Pow)
        or isinstance(node, ast.Call) and ast.unparse(node.func) not in FINITE
        for node in ast.walk(ast.parse(expression, mode="eval")))


class BranchFreeRenderer(CPPNodeRenderer):
    """Conditions become values instead of calls and branches.

    Attributes
    ----------
    real : str or None
        C++ type of the statement, if it is a floating-point one.
    wide : collection of str
        Names of double precision in an expression of single precision. They are rounded
        before they are used, as are numbers: one double makes the whole loop double.
    integers : collection of str
        Names of integers and conditions.
    """

    real = None
    wide = None
    integers = ()

    def render_Name(self, node):
        """Round what is wider than the statement."""
        name = super().render_Name(node)
        return f"(float){name}" if self.wide is not None and node.id in self.wide else name

    def render_Constant(self, node):
        """Numbers in the statement's precision."""
        text = super().render_Constant(node)
        number = isinstance(node.value, (float, np.floating)) and np.isfinite(node.value)
        return f"(float){text}" if self.wide is not None and number else text

    def render_Call(self, node):
        """``int(condition)`` as a choice between two numbers, ``clip`` without return."""
        name = self.render_func(node.func)
        arguments = [self.render_node(argument) for argument in node.args]
        boolean = node.args and type(node.args[0]).__name__ in ("Compare", "BoolOp")
        if self.plain:
            return super().render_Call(node)
        if name == "int_" and boolean and self.real:
            return f"(({arguments[0]}) ? ({self.real})1 : ({self.real})0)"
        if name == "_clip" and self.real and not self.integral(node.args[0]):
            value, low, high = (f"({self.real})({argument})" for argument in arguments)
            return f"_clip_branch_free({value}, {low}, {high})"
        return super().render_Call(node)

    def render_BinOp(self, node):
        """Quotients of integers stay such: Brian2 computes them in single precision. A power of
        two is one of the suite's own functions."""
        if self.power_of_two(node):
            return f"{POWER_OF_TWO}({self.render_node(node.right)})"
        if type(node.op).__name__ != "Div" or not self.integral(node.left):
            return super().render_BinOp(node)
        rounded = copy.copy(self)
        rounded.real = None
        right = rounded if self.integral(node.right) else self
        return (f"1.0f*{rounded.render_element_parentheses(node.left)}"
                f"/{right.render_element_parentheses(node.right)}")

    def power_of_two(self, node):
        """Whether an operation is ``2**x`` of a real number x."""
        return is_power_of_two(node) and not self.integral(node.right)

    def integral(self, node):
        """Whether an expression is one of integers and conditions."""
        kind = type(node).__name__
        if kind == "Name":
            return node.id in self.integers
        if kind == "Constant":
            return not isinstance(node.value, (float, np.floating))
        if kind == "Call":
            function = node.func.id
            return function in ("int_", "_sign", "_timestep") or (
                function in ("_clip", "_brian_abs") and self.integral(node.args[0]))
        if kind == "BinOp":
            return type(node.op).__name__ not in ("Div", "Pow") and self.integral(
                node.left) and self.integral(node.right)
        if kind == "UnaryOp":
            return type(node.op).__name__ == "Not" or self.integral(node.operand)
        return kind in ("Compare", "BoolOp")

    def render_BoolOp(self, node):
        """Both sides of ``and`` and ``or`` are computed: no branch between them.

        Unless the left side may be what keeps an integer from being divided by 0.
        """
        divides = any(type(n).__name__ in ("Mod", "FloorDiv")
                      for value in node.values[1:] for n in ast.walk(value))
        if self.plain or divides:
            return super().render_BoolOp(node)
        operator = " & " if type(node.op).__name__ == "And" else " | "
        return operator.join(f"({self.render_node(value)})" for value in node.values)
