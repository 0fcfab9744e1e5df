"""Which tables and keys equations of one's own have, and what each holds."""

import difflib
from collections.abc import Callable

from models.errors import SuiteError
from models.own_equations.syntax import (
    NotUnderstood, assigned, check_expression, check_statements, equations,
)
from models.own_equations.values import check_value

CONNECTIONS = {"all": {}, "i": {"connect": "i"}, "i != j": {"condition": "i != j"}}
"""All to all, one to one, all but oneself."""


def check_tables(tables: object, origin: str) -> None:
    """Refuse tables that no network could have.

    Parameters
    ----------
    tables : dict of str to dict
    origin : str
        The file, for messages.

    Raises
    ------
    SuiteError
        With the key that is wrong.
    """
    def refuse(key, cause):
        raise SuiteError(f"{origin}: {key}: {cause}" if key else f"{origin}: {cause}")

    if not isinstance(tables, dict):
        refuse("", "it is no table of groups, projections and rules")
    for kind, entries in tables.items():
        if kind not in KEYS:
            refuse(kind, _unknown(kind, KEYS))
        if not isinstance(entries, dict):
            refuse(kind, f"write [{kind}.NAME]")
        for name, table in entries.items():
            if not isinstance(table, dict):
                refuse(f"{kind}.{name}", f"write [{kind}.{name}] and its keys below")
            for key, value in table.items():
                place = f"{kind}.{name}.{key}"
                if key not in KEYS[kind]:
                    refuse(place, _unknown(key, KEYS[kind]))
                try:
                    KEYS[kind][key](value)
                except NotUnderstood as error:
                    refuse(place, error)
            try:
                WHOLE[kind](table)
            except NotUnderstood as error:
                refuse(f"{kind}.{name}", error)


def _unknown(key, known):
    """Words about a key that is none, with the nearest one."""
    near = difflib.get_close_matches(key, known, 1)
    return (f"there is no such key; did you mean {near[0]}?" if near else
            f"there is no such key: choose of {', '.join(known)}")


# -- what the keys hold ---------------------------------------------------------------------------


def _text(value):
    if not isinstance(value, str) or not value.strip():
        raise NotUnderstood("write a text")


def _texts(check: Callable[[str], object]) -> Callable[[object], None]:
    """A check of a text by its own check."""
    def check_text(value):
        _text(value)
        check(value)
    return check_text


def _switch(value):
    if not isinstance(value, bool):
        raise NotUnderstood("write true or false")


def _names(value):
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise NotUnderstood('write a list of names, such as ["theta"]')


def _connection(value):
    if value not in CONNECTIONS:
        raise NotUnderstood(f"choose of {', '.join(map(repr, CONNECTIONS))}")


def _values(value):
    """A table of names and numbers."""
    _table(value)
    for name, number in value.items():
        try:
            check_value(number)
        except NotUnderstood as error:
            raise NotUnderstood(f"{name}: {error}") from None


def _parameters(value):
    """A table of names and numbers, which may have sources."""
    _table(value)
    for name, given in value.items():
        if not isinstance(given, dict):
            _values({name: given})
        elif not {"value"} <= given.keys() <= {"value", "source"}:
            raise NotUnderstood(f'{name}: write {{value = "20*ms", source = "where it is from"}}')
        else:
            _values({name: given["value"]})
            _text(given.get("source", "none"))


def _table(value):
    if not isinstance(value, dict):
        raise NotUnderstood("write a table of names and values")
    for name in value:
        if not (name.isidentifier() and name[0].isalpha()):
            raise NotUnderstood(f"{name!r} is no name of a variable")


def _bounds(value):
    _table(value)
    for name, pair in value.items():
        if not isinstance(pair, list) or len(pair) != 2:
            raise NotUnderstood(f'{name}: write two texts, such as ["-100*mV", "0*mV"]')
        for each in pair:
            _texts(check_expression)(each)


def _anything(_):
    """Nothing is wrong with a whole table."""


def _whole_projection(table):
    """A new projection needs both ends and an effect."""
    new = [key for key in ("from", "to", "connect") if key in table]
    if new and not {"from", "to", "on_pre"} <= table.keys():
        raise NotUnderstood("a new projection needs from, to and on_pre; one that the network has "
                            "needs neither from, to nor connect")
    if new and "rule" in table:
        raise NotUnderstood("a new projection has no weights that could learn; leave out rule")


def _whole_rule(table):
    """A spike changes the traces of its own side, and a trace is changed by spikes."""
    if not {"on_pre", "on_post"} & table.keys():
        raise NotUnderstood("a rule needs on_pre or on_post, which change the weight")
    declared = {side: [each.name for each in equations(table.get(f"traces_{side}", ""))]
                for side in ("pre", "post")}
    for side, names in declared.items():
        for name in assigned(table.get(f"spike_{side}", "")):
            if name not in names:
                raise NotUnderstood(f"spike_{side} changes {name}, which is no trace: declare it "
                                    f"in traces_{side}")
    twice = set(declared["pre"]) & set(declared["post"])
    if twice:
        raise NotUnderstood(f"{', '.join(sorted(twice))} in traces_pre and in traces_post: a "
                            "neuron between two layers has both; give them different names")
    for name in table.get("initial", {}):
        if name not in declared["pre"] + declared["post"]:
            raise NotUnderstood(f"initial: {name} is no trace of the rule")


_EQUATIONS = _texts(equations)
_STATEMENTS = _texts(check_statements)
_EXPRESSION = _texts(check_expression)
KEYS = {
    "groups": {
        "equations": _EQUATIONS, "threshold": _EXPRESSION, "reset": _STATEMENTS,
        "refractory": _EXPRESSION, "adaptation": _STATEMENTS, "bounds": _bounds,
        "initial": _values, "learned": _names, "parameters": _parameters, "source": _text},
    "projections": {
        "on_pre": _STATEMENTS, "rule": _text, "parameters": _parameters, "from": _text,
        "to": _text, "connect": _connection, "source": _text},
    "rules": {
        "on_pre": _STATEMENTS, "on_post": _STATEMENTS, "traces_pre": _EQUATIONS,
        "traces_post": _EQUATIONS, "spike_pre": _STATEMENTS, "spike_post": _STATEMENTS,
        "scaled": _switch, "initial": _values, "parameters": _parameters, "source": _text},
}
"""By table: the keys, and the check of each."""
WHOLE = {"groups": _anything, "projections": _whole_projection, "rules": _whole_rule}
