"""Values of parameters as lines of text: with units, and where they are from."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from brian2 import Quantity, TimedArray, second
from brian2.core.functions import Function
from brian2.groups.group import Group
from brian2.utils.stringtools import get_identifiers

from models.devices.network_description import NetworkDescription

SIDES = ("_pre", "_post")
DIGITS = 12
"""Of a hash."""


def parameters_text(values: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    """Parameters of what has no Brian2 equations, in the form of those that have.

    Parameters
    ----------
    values : mapping of str to object
        By name: numbers, quantities or words.
    sources : mapping of str to str
        Where values are from.

    Returns
    -------
    str
    """
    lines = [_with_source(f"{name} = {number(value)}", sources.get(name))
             for name, value in sorted(values.items())]
    return "\n".join(["parameters", *block("names", lines)]) + "\n"


def values_of(owner: Group, codes: Collection[str], description: NetworkDescription
              ) -> list[str]:
    """What the names that code uses stand for.

    Parameters
    ----------
    owner : brian2.groups.group.Group
        Of the code.
    codes : collection of str
    description : NetworkDescription
        Tells which TimedArrays are stimuli, and where values are from.

    Returns
    -------
    list of str
        Lines: numbers of the namespace, and variables that another object lends. Functions and the
        owner's own variables are left out.
    """
    sources = description.sources.get(owner.name, {})
    used = set().union(*map(get_identifiers, codes))
    lines = [_with_source(text, sources.get(name)) for name in sorted(used & set(owner.namespace))
             if (text := _value(name, owner.namespace[name], description)) is not None]
    for name in sorted(used & set(owner.variables)):
        other = getattr(owner.variables[name], "owner", None)
        lent = hasattr(other, "equations") and other.name != owner.name
        if lent and not name.endswith(SIDES):
            lines.append(f"{name} is that of {other.name}")
    return block("names", lines) if lines else []


def _value(name, value, description):
    """A name and what stands for it; None where it is a function."""
    if isinstance(value, TimedArray):
        return f"{name}: {_timed(value, description)}"
    if isinstance(value, Function) or callable(value):
        return None
    return f"{name} = {number(value)}"


def _timed(array, description):
    """A stimulus, which each call gives, or values that belong to the network."""
    for stimulus, own in description.arrays.items():
        if own is array:
            rows = description.rows.get(stimulus, 1)
            return f"a stimulus, {counted(rows, 'row')} a sample"
    digest = hashlib.sha256(np.ascontiguousarray(array.values).tobytes()).hexdigest()
    return (f"{number(array.values)}, one row in {number(array.dt*second)}, SHA-256 "
            f"{digest[:DIGITS]}")


def _with_source(text, source):
    """A line with its source, if there is one."""
    return f"{text}    # {source}" if source else text


def number(value: Any) -> str:
    """A number with its unit, to twelve places; words as they are; the shape of an array."""
    if isinstance(value, Quantity) and not value.is_dimensionless:
        unit = value.get_best_unit()
        return f"{float(value / unit):.12g} {unit!s}"
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    if array.ndim:
        return f"an array of {' x '.join(map(str, array.shape))}"
    return f"{array.item():.12g}" if array.dtype.kind == "f" else str(array.item())


def counted(n: int, what: str) -> str:
    """A number and a noun."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def block(head: str, lines: Collection[str]) -> list[str]:
    """Lines below their heading."""
    return [f"  {head}", *(f"    {line}" for line in lines)]
