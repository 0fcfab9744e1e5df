"""One's own text and values in place of a paper's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equations.forms import HOLD, HOLD_EQUATION, OFF_HOLD, Neuron, Parameter
from models.own_equations.equations import OwnEquations, OwnGroup
from models.own_equations.syntax import NotUnderstood, equations as equations_of
from models.own_equations.values import fitted, quantity

UNLESS = "unless refractory"


def own_neuron(neuron: Neuron, equations: OwnEquations, name: str) -> Neuron:
    """A neuron with changes.

    Parameters
    ----------
    neuron : equations.forms.Neuron
    equations : OwnEquations
    name : str
        Of the group.

    Returns
    -------
    Neuron
        Equations with the flag ``(unless refractory)`` stand still while the neuron is on hold.

    Raises
    ------
    SuiteError
        If an equation has that flag and the neuron no refractory period.
    """
    own = equations.group(name)
    if own == OwnGroup():
        return neuron
    texts = {key: getattr(own, key) for key in ("threshold", "reset", "refractory", "adaptation")}
    changed = {key: text for key, text in texts.items() if text is not None}
    for key in ("reset", "adaptation"):
        if key in changed:
            changed[key] = f"{changed[key].strip()}\n"
    if " or " in changed.get("threshold", ""):
        changed["threshold"] = f"({changed['threshold']})"
    bounds = {name: (low, high) for name, low, high in neuron.bounds}
    bounds |= {name: tuple(pair) for name, pair in own.bounds.items()}
    changed["bounds"] = tuple((name, *pair) for name, pair in bounds.items())
    found = replace(neuron, **changed)
    if UNLESS in own.equations and not found.refractory:
        raise equations.error(f"groups.{name}.equations", f"({UNLESS}) needs a refractory period: "
                              'give refractory = "2*ms", for example')
    merged = _merged(neuron.equations, own.equations, found.refractory)
    solved = [each.name for each in equations_of(merged) if each.differential]
    for variable in own.bounds:
        if variable not in solved:
            raise equations.error(f"groups.{name}.bounds", f"{variable} is not integrated; cut are "
                                  f"{', '.join(solved) or 'variables with an equation d/dt'}")
    return replace(found, equations=merged)


def _merged(base: str, own: str, refractory: str) -> str:
    """Model equations of which some are replaced or added."""
    mine = {each.name: each for each in equations_of(own)}
    kept = [each for each in equations_of(base) if each.name not in mine]
    known = {*mine, *(each.name for each in kept)}
    lines = [str(each) for each in kept]
    for each in mine.values():
        if UNLESS in each.flags:
            flags = tuple(flag for flag in each.flags if flag != UNLESS)
            held = f"int({OFF_HOLD})*({each.expression})"
            each = replace(each, expression=held, flags=flags)
        lines.append(str(each))
    if refractory and HOLD not in known:
        lines.append(HOLD_EQUATION.strip())
    return "\n".join(lines) + "\n"


def threshold_of(neuron: Neuron) -> str:
    """Condition of a spike; a neuron on hold does not fire."""
    return f"{neuron.threshold} and {OFF_HOLD}" if neuron.refractory else neuron.threshold


def reset_of(neuron: Neuron) -> str:
    """What a spike does, with the beginning of the refractory period."""
    return neuron.reset + (f"{HOLD} = {neuron.refractory}\n" if neuron.refractory else "")


def bounds_of(neuron: Neuron) -> dict[str, tuple[str, str]]:
    """Where variables are cut, for `models.shared.euler_exact_decay.EulerExactDecay`."""
    bounds = {name: (low, high) for name, low, high in neuron.bounds}
    return bounds | ({HOLD: ("0*ms", neuron.refractory)} if neuron.refractory else {})


# -- values ---------------------------------------------------------------------------------------


def with_own_values(own: OwnEquations, kind: str, owner: str, given: Mapping[str, Parameter],
                    *groups: Any) -> list:
    """Parameter dataclasses with one's own values for some of their fields.

    Parameters
    ----------
    own : OwnEquations
        For messages.
    kind, owner : str
        Of the group or projection.
    given : mapping of str to Parameter
    *groups : dataclass
        Of parameters.

    Raises
    ------
    SuiteError
        If a value has another unit than the one in its place.
    """
    found = []
    for group in groups:
        changes = {}
        for each in fields(group):
            if each.name in given:
                changes[each.name] = _fitted(own, kind, owner, given[each.name],
                                             getattr(group, each.name))
        found.append(replace(group, **changes) if changes else group)
    return found


def _fitted(own, kind, owner, parameter, default):
    try:
        return fitted(parameter.name, parameter.value, default)
    except NotUnderstood as error:
        raise own.error(f"{kind}.{owner}.parameters", error) from None


def new_values(own: OwnEquations, kind: str, owner: str, given: Mapping[str, Parameter],
               *groups: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Values of the names that no parameter dataclass has, and where they are from.

    Parameters
    ----------
    own, kind, owner, given, *groups
        As of `with_own_values`.

    Returns
    -------
    values, sources : dict

    Raises
    ------
    SuiteError
        If a value is no number with a unit.
    """
    known = {each.name for group in groups for each in fields(group)}
    values = {}
    sources = {}
    for name, parameter in given.items():
        if name in known:
            continue
        try:
            values[name] = quantity(parameter.value)
        except NotUnderstood as error:
            raise own.error(f"{kind}.{owner}.parameters", f"{name}: {error}") from None
        sources[name] = parameter.source
    return values, sources


def own_state(own: OwnEquations, name: str, n: int, state: Mapping[str, NDArray]
              ) -> dict[str, NDArray]:
    """Initial values of a group with equations of one's own.

    Parameters
    ----------
    own : OwnEquations
    name : str
        Of the group.
    n : int
        Its neurons.
    state : mapping of str to ndarray
        ``'group.variable'`` to the values without changes, in SI units.

    Returns
    -------
    dict of str to ndarray
        Those that are new or other ones: 0 where nothing is said.

    Raises
    ------
    SuiteError
        If a value is no number with a unit, or is for a variable that the group has not.
    """
    group = own.group(name)
    added = {f"{name}.{each}" for each in group.variables} - state.keys()
    if group.refractory is not None and f"{name}.{HOLD}" not in state:
        added.add(f"{name}.{HOLD}")
    found = {key: np.zeros(n) for key in sorted(added)}
    for variable, value in group.initial.items():
        key = f"{name}.{variable}"
        if key not in {*added, *state}:
            raise own.error(f"groups.{name}.initial", f"{variable} is no variable of {name} that "
                            "lasts from one presentation to the next")
        found[key] = np.full(n, in_si_units(own, f"groups.{name}.initial", variable, value))
    return found


def in_si_units(own: OwnEquations, key: str, name: str, value: str | float) -> float:
    """A value as a number in SI units.

    Raises
    ------
    SuiteError
        If it is no number with a unit.
    """
    try:
        return float(quantity(value))
    except NotUnderstood as error:
        raise own.error(key, f"{name}: {error}") from None
