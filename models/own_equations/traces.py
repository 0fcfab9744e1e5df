"""The traces of learning rules as variables of neurons, and the names that a text may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from equations.forms import Rule
from models.errors import SuiteError
from models.own_equations.syntax import assigned, equations, identifiers, suffixed


@dataclass(frozen=True)
class Names:
    """Values by name, for Brian2's ``namespace``, and where they are from.

    Attributes
    ----------
    values : dict of str to object
    sources : dict of str to str
    owner : str
        Group or projection, for messages.
    """

    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    owner: str = ""

    def joined(self, other: Names) -> Names:
        """These and others.

        Raises
        ------
        SuiteError
            If a name has another value there: all text of a group shares its names.
        """
        for name, value in other.values.items():
            if name in self.values and not _alike(self.values[name], value):
                raise SuiteError(f"{self.owner} has one {name} for all of its text, but gets "
                                 f"{self.values[name]} and, by {other.owner}, {value}: give both "
                                 "the same value, or another name to one of them")
        return Names(self.values | other.values, self.sources | other.sources, self.owner)


def _alike(one, other):
    """Whether two values are the same number with the same unit."""
    return getattr(one, "dim", None) is getattr(other, "dim", None) and one == other


@dataclass(frozen=True)
class Traces:
    """What learning rules ask of the neurons of a group.

    Attributes
    ----------
    model : str
        Equations of the traces.
    reset : str
        What a spike does to them at once.
    names : Names
        That these texts use.
    """

    model: str = ""
    reset: str = ""
    names: Names = field(default_factory=Names)

    def joined(self, other: Traces) -> Traces:
        """These and those of another rule.

        Raises
        ------
        SuiteError
            If both have a trace of one name, or other values for one name.
        """
        mine = {each.name for each in equations(self.model)}
        twice = mine & {each.name for each in equations(other.model)}
        if twice:
            raise SuiteError(f"{self.names.owner} and {other.names.owner} bring two traces "
                             f"{', '.join(sorted(twice))} to the neurons between them: rename "
                             "them in one of the rules")
        return Traces(self.model + other.model, self.reset + other.reset,
                      self.names.joined(other.names))


def traces_of(rule: Rule, names: Names, presynaptic: bool) -> Traces:
    """Traces of the neurons of one side.

    Parameters
    ----------
    rule : Rule
    names : Names
        Of the projection.
    presynaptic : bool
    """
    model = rule.traces_pre if presynaptic else rule.traces_post
    spike = rule.spike_pre if presynaptic else rule.spike_post
    reset = spike if presynaptic and changed_in_reset(rule) else ""
    used = identifiers(model + reset)

    def of_use(table):
        return {name: value for name, value in table.items() if name in used}

    return Traces(model, reset, Names(of_use(names.values), of_use(names.sources), names.owner))


def changed_in_reset(rule: Rule) -> bool:
    """Whether a presynaptic spike may change its traces at once: `on_pre` does not read them."""
    read = identifiers(rule.on_pre)
    return not any(f"{each.name}_pre" in read for each in equations(rule.traces_pre))


def raised(spike: str, traces: str) -> str:
    """What a spike does to traces, as the text of synapses of each neuron onto itself."""
    names = {each.name for each in equations(traces)} | set(assigned(spike))
    return suffixed(spike.strip(), names, "_post")
