"""`OwnEquations`: what one's own tables say of groups, projections and rules."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from equations.forms import Parameter, Rule
from models.errors import SuiteError
from models.own_equations.syntax import equations
from models.own_equations.tables import CONNECTIONS, check_tables


@dataclass(frozen=True)
class OwnGroup:
    """Changes of a group of neurons; what is None or empty stays as it is.

    Attributes
    ----------
    equations : str
        Each replaces the equation of the same variable or is added.
    threshold, reset, refractory, adaptation : str or None
        As of `equations.forms.Neuron`.
    bounds : dict of str to (str, str)
    initial : dict of str to (str or float)
        Values of variables at the beginning.
    learned : tuple of str
        Variables that testing takes from training, as it takes weights.
    """

    equations: str = ""
    threshold: str | None = None
    reset: str | None = None
    refractory: str | None = None
    adaptation: str | None = None
    bounds: dict[str, tuple[str, str]] = field(default_factory=dict)
    initial: dict[str, str | float] = field(default_factory=dict)
    learned: tuple[str, ...] = ()

    @property
    def variables(self) -> list[str]:
        """Variables of the equations that keep a value."""
        return [each.name for each in equations(self.equations) if each.stored]


@dataclass(frozen=True)
class OwnProjection:
    """Changes of a projection, or a new one.

    Attributes
    ----------
    on_pre : str or None
        What a spike does to the target, beside any rule.
    rule : str or None
        Name of the learning rule.
    origin, target : str or None
        Groups of a new projection.
    connect : str
        A key of `models.own_equations.tables.CONNECTIONS`.
    """

    on_pre: str | None = None
    rule: str | None = None
    origin: str | None = None
    target: str | None = None
    connect: str = "all"

    @property
    def connection(self) -> dict[str, str]:
        """Keywords of `models.dense.dense_synapses`."""
        return CONNECTIONS[self.connect]


@dataclass(frozen=True)
class OwnEquations:
    """Changes of a network's equations.

    Attributes
    ----------
    text : str
        The tables as JSON, in their order.
    origin : str
        The file, for messages.
    """

    text: str = "{}"
    origin: str = field(default="equations", compare=False)

    @classmethod
    def of(cls, tables: object, origin: str = "equations") -> OwnEquations:
        """Tables, checked as far as no network is needed for it.

        Parameters
        ----------
        tables : dict
        origin : str
            For messages.

        Raises
        ------
        SuiteError
            With the key that is wrong.
        """
        check_tables(tables, origin)
        return cls(json.dumps({name: table for name, table in tables.items() if table}), origin)

    def __bool__(self):
        return self.text != "{}"

    @property
    def tables(self) -> dict:
        """A copy of the tables."""
        return json.loads(self.text)

    def error(self, key: str, cause: object) -> SuiteError:
        """The error for a key, such as ``'groups.hidden1.threshold'``."""
        return SuiteError(f"{self.origin}: {key}: {' '.join(str(cause).split())}")

    def joined(self, other: OwnEquations) -> OwnEquations:
        """These and others.

        Raises
        ------
        SuiteError
            If both say something of one group, projection or rule.
        """
        tables = self.tables
        for kind, entries in other.tables.items():
            for name, table in entries.items():
                if name in tables.setdefault(kind, {}):
                    raise other.error(f"{kind}.{name}", f"{self.origin} has one too; keep one")
                tables[kind][name] = table
        return OwnEquations(json.dumps(tables), f"{self.origin}, {other.origin}")

    def with_values(self, values: Iterable[tuple[str, str, str, str | float]]) -> OwnEquations:
        """These with other values of some parameters.

        Parameters
        ----------
        values : iterable of (str, str, str, str or float)
            ``'groups'`` or ``'projections'``, name in it, parameter, value.
        """
        tables = self.tables
        for kind, owner, name, value in values:
            own = tables.setdefault(kind, {}).setdefault(owner, {})
            own.setdefault("parameters", {})[name] = value
        return OwnEquations(json.dumps(tables), self.origin)

    # -- what they say -------------------------------------------------------------------------

    def group(self, name: str) -> OwnGroup:
        """Changes of a group; without any if nothing is said of it."""
        table = self._tables.get("groups", {}).get(name, {})
        own = {key: table[key] for key in OwnGroup.__dataclass_fields__ if key in table}
        if "learned" in own:
            own["learned"] = tuple(own["learned"])
        return OwnGroup(**own)

    def projection(self, name: str) -> OwnProjection:
        """Changes of a projection, likewise."""
        table = self._tables.get("projections", {}).get(name, {})
        own = {key: table[key] for key in ("on_pre", "rule", "connect") if key in table}
        return OwnProjection(**own, origin=table.get("from"), target=table.get("to"))

    @cached_property
    def new_projections(self) -> dict[str, OwnProjection]:
        """Projections that the network has not by itself."""
        return {name: self.projection(name)
                for name, table in self._tables.get("projections", {}).items() if "from" in table}

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """Learning rules by name."""
        return {name: self._rule(name, table)
                for name, table in self._tables.get("rules", {}).items()}

    def _rule(self, name, table):
        texts = {key: f"{table[key].strip()}\n" for key in (
            "on_pre", "on_post", "traces_pre", "traces_post", "spike_pre", "spike_post")
            if key in table}
        return Rule(**texts, scaled=table.get("scaled", True),
                    initial=tuple(table.get("initial", {}).items()),
                    parameters=tuple(self._parameters("rules", name).values()))

    def parameters(self, kind: str, owner: str) -> dict[str, Parameter]:
        """Values of parameters that are given for a group or projection.

        Parameters
        ----------
        kind : {'groups', 'projections'}
        owner : str
            Name of the group or projection.
        """
        return self._parameters(kind, owner)

    def _parameters(self, kind, owner):
        table = self._tables.get(kind, {}).get(owner, {})
        found = {}
        for name, given in table.get("parameters", {}).items():
            value = given["value"] if isinstance(given, dict) else given
            own = given.get("source", "") if isinstance(given, dict) else ""
            found[name] = Parameter(name, value, own or table.get("source", "own value"))
        return found

    @cached_property
    def _tables(self):
        """The tables, to be read only."""
        return self.tables
