"""What a network computes by the C library, whose last bits differ from machine to machine.

Networks of the papers call nothing of the kind: `exp`, `log` and ``2**x`` are the suite's own
(`models.shared.elementary`), and what else they call IEEE 754 rounds in one way. Equations of one's
own may call more.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable

from brian2.core.functions import DEFAULT_FUNCTIONS

from models.devices.equations_text import codes_of
from models.devices.inspection import inspected
from models.devices.network_description import NetworkDescription
from models.shared import elementary

EXACT = {*elementary.NAMES, "sqrt", "floor", "ceil", "abs", "clip", "int", "sign", "timestep"}
"""Functions of Brian2 whose bits are the same everywhere."""


def outside(build: Callable[[], NetworkDescription]) -> list[str]:
    """Functions and powers of a network that are computed by the C library.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription.

    Returns
    -------
    list of str
        Names, sorted; ``'**'`` stands for powers. Squares are products.
    """
    codes = inspected(build, codes_of)
    return sorted(set().union(*map(_outside, codes)))


def _outside(code):
    try:
        tree = ast.parse(textwrap.dedent(code))
    except SyntaxError:
        # The name of a method of integration, in words.
        return set()
    return {name for node in ast.walk(tree) if (name := _name(node)) is not None}


def _name(node):
    """The name of an operation that the C library computes, else None."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        name = node.func.id
        return name if name in DEFAULT_FUNCTIONS and name not in EXACT else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        square = isinstance(node.right, ast.Constant) and node.right.value == 2
        return None if square or elementary.is_power_of_two(node) else "**"
    return None
