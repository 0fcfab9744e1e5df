"""Names and units of one's own text, checked by Brian2 in the network that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brian2 import BrianObject
from brian2.codegen.translation import analyse_identifiers
from brian2.equations.unitcheck import check_units_statements
from brian2.parsing.expressions import is_boolean_expression, parse_expression_dimensions
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS, DimensionMismatchError, get_unit

from equations.forms import Rule
from models.errors import SuiteError
from models.own_equations.equations import OwnEquations
from models.own_equations.syntax import assigned, equations, exponents, identifiers

REASONS = (KeyError, ValueError, TypeError, SyntaxError, AssertionError, RuntimeError,
           DimensionMismatchError)
"""What Brian2 raises of text that it does not understand or cannot compute."""


def check_groups(own: OwnEquations, groups: Mapping[str, BrianObject]) -> None:
    """Refuse own text of neurons that names what is not there or mixes units.

    Parameters
    ----------
    own : OwnEquations
    groups : mapping of str to NeuronGroup
        Made of it, by name.

    Raises
    ------
    SuiteError
        With file and key.
    """
    for name, table in own.tables.get("groups", {}).items():
        group = groups.get(name)
        if group is None:
            continue
        place = _Place(own, f"groups.{name}", group)
        for each in equations(table.get("equations", "")):
            wanted = group.equations[each.name]
            if each.expression:
                unit = wanted.dim / second.dim if each.differential else wanted.dim
                place.expression("equations", str(wanted.expr), unit)
        if "threshold" in table:
            place.condition("threshold", table["threshold"])
        if "refractory" in table:
            place.expression("refractory", table["refractory"], second.dim)
        for key in ("reset", "adaptation"):
            if key in table:
                place.statements(key, table[key])
        for variable, pair in table.get("bounds", {}).items():
            place.bounds(variable, pair)
        for variable in table.get("learned", []):
            if variable not in group.variables:
                raise own.error(f"groups.{name}.learned", f"{variable} is no variable of {name}")


def made(own: OwnEquations, key: str, make: Callable[[], Any]) -> Any:
    """What a function makes of text; what Brian2 says of one's own in one line.

    Raises
    ------
    SuiteError
        With file and key.
    """
    try:
        return make()
    except REASONS as error:
        if not own:
            raise
        raise own.error(key, _first(error)) from None


def check_projections(own: OwnEquations, projections: Mapping[str, BrianObject]) -> None:
    """Likewise of what spikes do, apart from rules.

    Parameters
    ----------
    own : OwnEquations
    projections : mapping of str to projection
    """
    for name, table in own.tables.get("projections", {}).items():
        if name in projections and "on_pre" in table:
            _Place(own, f"projections.{name}", projections[name]).statements(
                "on_pre", table["on_pre"])


def check_rule(own: OwnEquations, name: str, rule: Rule, projection: BrianObject) -> None:
    """Likewise of a learning rule.

    Parameters
    ----------
    own : OwnEquations
    name : str
        Of the rule.
    rule : Rule
    projection : BrianObject
        Synapses that learn by it.
    """
    place = _Place(own, f"rules.{name}", projection)
    sides = {"pre": projection.source, "post": projection.target}
    for side, group in sides.items():
        traces = _Place(own, f"rules.{name}", group)
        for each in equations(getattr(rule, f"traces_{side}")):
            unit = group.equations[each.name].dim
            if each.expression:
                traces.expression(f"traces_{side}", each.expression,
                                  unit / second.dim if each.differential else unit)
        if getattr(rule, f"spike_{side}"):
            traces.statements(f"spike_{side}", getattr(rule, f"spike_{side}"))
        if getattr(rule, f"on_{side}"):
            place.statements(f"on_{side}", getattr(rule, f"on_{side}"))


class _Place:
    """A table, and the Brian2 object whose variables and names its text may use."""

    def __init__(self, own, key, owner):
        self.own = own
        self.key = key
        self.owner = owner

    def expression(self, key, text, unit):
        """Refuse an expression of another dimension than `unit`."""
        found = self._tried(key, text, lambda: parse_expression_dimensions(
            text, self._variables(key, text)))
        if found is not unit:
            self._refuse(key, f"{text!r} is in {_unit(found)}, expected {_unit(unit)}")

    def condition(self, key, text):
        """Refuse what is neither true nor false."""
        variables = self._variables(key, text)
        boolean = self._tried(key, text, lambda: (
            parse_expression_dimensions(text, variables), is_boolean_expression(text, variables)))
        if not boolean[1]:
            self._refuse(key, f"{text!r} is no condition such as V > V_threshold")

    def statements(self, key, text):
        """Refuse statements with unknown names, or whose sides differ in their units."""
        text = text.strip()
        variables = self._variables(key, text, statements=True)
        self._tried(key, text, lambda: check_units_statements(text, variables))
        for name in assigned(text):
            if name not in self.owner.variables and not _is_read(name, text):
                self._refuse(key, f"{name} is set, but it is no variable of {self.owner.name} and "
                             "nothing reads it")

    def bounds(self, variable, pair):
        """Refuse bounds of another dimension than their variable."""
        if variable not in self.owner.variables:
            self._refuse("bounds", f"{variable} is no variable of {self.owner.name}")
        for each in pair:
            self.expression("bounds", each, self.owner.variables[variable].dim)

    def _variables(self, key, text, statements=False):
        """What the names of a text stand for.

        Raises
        ------
        SuiteError
            If one stands for nothing.
        """
        code = text if statements else f"_value = {text}"
        _, used, unknown = self._tried(key, text, lambda: analyse_identifiers(
            code, self.owner.variables, recursive=True))
        found = {}
        for name in sorted(used | unknown):
            try:
                found |= self.owner.resolve_all({name}, run_namespace={}, user_identifiers=set())
            except KeyError:
                self._refuse(key, self._missing(name))
        self._tried(key, text, lambda: self._check_exponents(key, code, found))
        return found

    def _check_exponents(self, key, code, variables):
        """Refuse an exponent with a unit: Brian2 takes a constant of any unit for a number."""
        for exponent in exponents(code):
            # What statements set themselves has no unit of its own yet; Brian2 looks at it later.
            if identifiers(exponent) <= variables.keys():
                unit = parse_expression_dimensions(exponent, variables)
                if unit is not DIMENSIONLESS:
                    self._refuse(key, f"the exponent {exponent!r} is in {_unit(unit)}; an exponent "
                                 "has no unit")

    def _missing(self, name):
        """Words about a name that stands for nothing."""
        for suffix, side in (("_pre", "source"), ("_post", "target")):
            group = getattr(self.owner, side, None)
            if name.endswith(suffix) and group is not None:
                trace = name.removesuffix(suffix)
                return (f"{name} is read, but {group.name} has no variable {trace}: declare the "
                        f"trace in traces{suffix}, or the variable in groups.{group.name}")
        return (f"{name} is not known in {self.owner.name}: it is no variable and has no value; "
                "give it one under parameters")

    def _tried(self, key, text, check):
        """What a check of Brian2 returns."""
        try:
            return check()
        except SuiteError:
            raise
        except REASONS as error:
            self._refuse(key, _first(error))

    def _refuse(self, key, cause):
        raise self.own.error(f"{self.key}.{key}", cause)


def _is_read(name, text):
    """Whether statements read a name that they set."""
    return any(name in identifiers(line.partition("=")[2])
               for line in text.replace(";", "\n").splitlines())


def _unit(dimension):
    return repr(get_unit(dimension))


def _first(error: Exception) -> str:
    """What Brian2 says, in one line."""
    return " ".join(str(error.args[0] if error.args else error).split())[:300]
