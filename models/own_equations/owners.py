"""Which group or projection a parameter belongs to that a command line or a script names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from models.errors import SuiteError
from models.own_equations import OwnEquations
from models.own_equations.syntax import NotUnderstood, identifiers
from models.own_equations.values import fitted, quantity

Owner = tuple[str, str]
"""``('groups', NAME)`` or ``('projections', NAME)``."""


def refuse_unknown(own: OwnEquations, groups: list[str], projections: list[str],
                   learning: list[str]) -> None:
    """Refuse own tables of groups and projections that the network has not.

    Parameters
    ----------
    own : OwnEquations
    groups, projections : list of str
        Those of the network that may have other equations.
    learning : list of str
        The projections that learn by a rule.

    Raises
    ------
    SuiteError
        With the key.
    """
    tables = own.tables
    for name in tables.get("groups", {}):
        if name not in groups:
            raise own.error(f"groups.{name}", f"there is no such group: choose of "
                            f"{', '.join(groups)}")
    for name, table in tables.get("projections", {}).items():
        new = "from" in table
        if new and name in projections:
            raise own.error(f"projections.{name}", "the network has one of this name: choose "
                            "another name, or leave out from, to and connect")
        if not new and name not in projections:
            raise own.error(f"projections.{name}", f"there is no such projection: choose of "
                            f"{', '.join(projections)}, or give from, to and on_pre of a new one")
        if "rule" in table and name not in learning:
            words = f"those that do are {', '.join(learning)}" if learning else \
                "nor does any other of this network"
            raise own.error(f"projections.{name}.rule", f"this projection does not learn by a "
                            f"rule; {words}")


def known_values(own: OwnEquations, owners: Mapping[Owner, Mapping[str, Any]],
                 rules: Mapping[str, str]) -> dict[Owner, dict[str, Any]]:
    """Parameters of all groups and projections, with those of one's own equations.

    Parameters
    ----------
    own : OwnEquations
    owners : mapping of Owner to dict
        The protocol's, with their values.
    rules : mapping of str to str
        Which rule each projection learns by.

    Raises
    ------
    SuiteError
        If a value of one's own is none, or has another unit than the protocol's.
    """
    known = {owner: dict(values) for owner, values in owners.items()}
    for kind in ("groups", "projections"):
        for name in own.tables.get(kind, {}):
            values = known.setdefault((kind, name), {})
            for each in own.parameters(kind, name).values():
                _put(own, f"{kind}.{name}.parameters", values, each)
    for projection, rule in rules.items():
        mine = own.tables.get("projections", {}).get(projection, {}).get("parameters", {})
        for each in own.rules[rule].parameters if rule in own.rules else ():
            if each.name not in mine:
                _put(own, f"rules.{rule}.parameters", known["projections", projection], each)
    return known


def _put(own, key, values, parameter):
    """Add or replace a value."""
    name = parameter.name
    # TOML's 1 is a number like any other: whether it counts something is not known.
    value = float(parameter.value) if isinstance(parameter.value, int) else parameter.value
    try:
        values[name] = fitted(name, value, values[name]) if name in values else quantity(value)
    except NotUnderstood as error:
        raise own.error(key, error if name in str(error) else f"{name}: {error}") from None


def named_values(named: Mapping[str, float | str], known: Mapping[Owner, Mapping[str, Any]],
                 others: Iterable[str] = ()) -> list[tuple[str, str, str, float | str]]:
    """Values by their owners, for `OwnEquations.with_values`.

    Parameters
    ----------
    named : mapping of str to (float or str)
        ``'tau_m'`` or ``'hidden1.tau_m'``, and the value.
    known : mapping
        Of `known_values`.
    others : iterable of str
        Names of parameters that are not of one group or projection, for messages.

    Raises
    ------
    SuiteError
        If a name is unknown, or stands for different values; if a value has another unit.
    """
    found = []
    for name, value in named.items():
        for (kind, owner), default in _owners(name, known, others).items():
            short = name.rpartition(".")[2]
            try:
                fitted(name, value, default)
            except NotUnderstood as error:
                raise SuiteError(f"parameter {error}") from None
            found.append((kind, owner, short, value))
    return found


def _owners(name, known, others):
    """Those whose parameter is meant, with its value."""
    place, _, short = name.rpartition(".")
    every = {owner: values[short] for owner, values in known.items() if short in values}
    found = {owner: value for owner, value in every.items() if place in ("", owner[1])}
    if not found:
        if every:
            words = f"of {', '.join(owner[1] for owner in every)}, not of {place}"
            raise SuiteError(f"parameter {name}: {short} is {words}")
        names = sorted({*others, *(each for values in known.values() for each in values)})
        near = difflib.get_close_matches(short, names, 1)
        hint = f"did you mean {near[0]}?" if near else "--describe shows all"
        raise SuiteError(f"unknown parameter {name!r}: {hint}")
    if len({repr(value) for value in found.values()}) > 1:
        words = ", ".join(f"{owner[1]}.{short} ({value})" for owner, value in found.items())
        raise SuiteError(f"parameter {name} has several values: say which of {words}")
    return found


def refuse_unused(own: OwnEquations, owners: Mapping[Owner, Mapping[str, Any]]) -> None:
    """Refuse values in one's own tables of names that nothing reads.

    Parameters
    ----------
    own : OwnEquations
    owners : mapping of Owner to dict
        The protocol's parameters.

    Raises
    ------
    SuiteError
        With the key.
    """
    tables = own.tables
    for kind in ("groups", "projections", "rules"):
        for name, table in tables.get(kind, {}).items():
            read = _read(table)
            if kind == "projections" and table.get("rule") in tables.get("rules", {}):
                read |= _read(tables["rules"][table["rule"]])
            for parameter in table.get("parameters", {}):
                if parameter not in read and parameter not in owners.get((kind, name), {}):
                    raise own.error(f"{kind}.{name}.parameters", f"{parameter}: nothing reads it")


def _read(table):
    """Names in the texts of a table."""
    texts = [text for key, text in table.items()
             if isinstance(text, str) and key not in ("source", "rule", "from", "to", "connect")]
    texts += [each for pair in table.get("bounds", {}).values() for each in pair]
    return set().union(*map(identifiers, texts))
