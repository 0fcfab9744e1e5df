"""Numbers with units as text, such as ``"20*ms"``: read without executing anything."""

from __future__ import annotations

import ast
import operator
from typing import Any

from models.own_equations.syntax import NotUnderstood, check_expression

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
             ast.Div: operator.truediv, ast.Pow: operator.pow}


def check_value(value: object) -> None:
    """Refuse what is neither a number nor the text of one.

    Parameters
    ----------
    value : object
        As TOML gives it.

    Raises
    ------
    NotUnderstood
    """
    if isinstance(value, str):
        check_expression(value)
        for node in ast.walk(ast.parse(value.strip(), mode="eval").body):
            if isinstance(node, (ast.Call, ast.BoolOp, ast.Compare)):
                raise NotUnderstood(f"{value!r} is no number with a unit such as 20*ms")
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotUnderstood(f"{value!r} is neither a number nor a text such as '20*ms'")


def quantity(value: str | float) -> Any:
    """The number that a value is.

    Parameters
    ----------
    value : str or float
        Text of numbers, Brian2's units and the operators + - * / **; or a number.

    Returns
    -------
    float or brian2.Quantity

    Raises
    ------
    NotUnderstood
        If a name is no unit, units do not go together, or the number is not finite.
    """
    if not isinstance(value, str):
        return value
    from brian2.core.namespace import DEFAULT_UNITS
    from brian2.units.fundamentalunits import DimensionMismatchError

    check_value(value)
    tree = ast.parse(value.strip(), mode="eval").body
    try:
        found = _evaluated(tree, DEFAULT_UNITS, value)
        finite = abs(float(found)) < float("inf")
    except (DimensionMismatchError, ArithmeticError, TypeError, ValueError):
        raise NotUnderstood(f"{value!r} is no number: its units do not go together, or it divides "
                            "by 0") from None
    if not finite:
        raise NotUnderstood(f"{value!r} is not finite")
    return found


def _evaluated(node: ast.AST, units: dict, text: str) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in units:
            raise NotUnderstood(f"{node.id} in {text!r} is no unit of Brian2 such as ms or mV")
        return units[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        inner = _evaluated(node.operand, units, text)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left = _evaluated(node.left, units, text)
        right = _evaluated(node.right, units, text)
        if isinstance(node.op, ast.Pow):
            right = _exponent(right, text)
        return OPERATORS[type(node.op)](left, right)
    raise NotUnderstood(f"{text!r} is no number with a unit such as 20*ms")


def _exponent(value: Any, text: str) -> int | float:
    """An exponent as a plain number: Brian2 calls itself without end for ``2**ms``."""
    if isinstance(value, (int, float)):
        return value
    if not value.is_dimensionless:
        raise NotUnderstood(f"{text!r} has an exponent with a unit: give it a plain number")
    return float(value)


def fitted(name: str, value: str | float, default: Any) -> Any:
    """A value in place of a default, with the same dimension and of the same kind.

    Raises
    ------
    NotUnderstood
        If it has another unit, or is a fraction where a whole number is meant.
    """
    from brian2 import have_same_dimensions
    from brian2.units.fundamentalunits import Quantity, get_unit

    if isinstance(default, str):
        raise NotUnderstood(f"{name} is no number but a choice, {default!r}")
    found = quantity(value)
    if not have_same_dimensions(found, default):
        dimensionless = not isinstance(default, Quantity) or default.is_dimensionless
        wanted = "1" if dimensionless else repr(get_unit(default.dim))
        hint = "give a plain number" if dimensionless else "give it one, such as " \
            f"{default.get_best_unit()!r}"
        raise NotUnderstood(f"{name} = {value} has another unit than {wanted}: {hint}")
    if isinstance(default, Quantity):
        return found
    if isinstance(default, (bool, int)):
        switch = isinstance(default, bool)
        if float(found) != int(found) or found < 0 or switch and found > 1:
            words = "switch: give 0 or 1" if switch else "whole number"
            raise NotUnderstood(f"{name} = {value} is no {words}")
        return type(default)(found)
    return float(found)
