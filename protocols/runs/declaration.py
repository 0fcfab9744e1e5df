"""The declaration of one setting: kind, default, help, bounds, choices, and what it is for."""

import math
import operator
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import SuiteError
from models.own_equations import OwnEquations
from models.own_equations.syntax import NotUnderstood
from models.own_equations.values import quantity
from protocols.runs.equations_file import read_equations

EXECUTION = "execution"
"""Table of config.toml with what cannot change results."""

ROLES = {
    "experiment": "identifies the experiment: the published value is of one value of it",
    "procedure": "another course or precision of training of the same experiment",
    "repetition": "runs that one line of a figure averages may differ in it",
    "execution": "says how to compute; the results are the same",
}


@dataclass(frozen=True)
class Declaration:
    """What is said once of a setting.

    Attributes
    ----------
    name, table : str
        Field of the settings, and table of config.toml.
    kind : type
        str, int, float, bool, ``tuple[int, ...]``; or a table of its own, with the same name:
        ``dict[str, float]``, ``dict[str, float | str]`` (numbers with units as text; names beyond
        `keys` are for the settings to check), or `models.own_equations.OwnEquations`.
    default : object
    help : str
        For ``--help``.
    role : str
        A key of `ROLES`.
    choices : tuple
        Empty: any.
    at_least, above, at_most, below : float or None
        Bounds, of each element where there are several.
    may_change : bool
        On resume. What says only how to compute may always change.
    metavar : str or None
    later : bool
        It was added when runs were recorded already. It stands in config.toml only where it differs
        from its default, so that runs of before are repetitions of runs of today.
    keys : tuple of str
        Of a ``dict``: the known names.
    positive : tuple of str
        Of a ``dict``: beginnings of the names whose values must be positive.
    """

    name: str
    table: str
    kind: object
    default: object
    help: str
    role: str
    choices: tuple
    at_least: float | None
    above: float | None
    at_most: float | None
    below: float | None
    may_change: bool
    metavar: str | None
    later: bool
    keys: tuple
    positive: tuple

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return "--parameter" if self.mapping else f"--{self.name.replace('_', '-')}"

    @property
    def mapping(self) -> bool:
        """Whether it is a table of named numbers."""
        return self.kind == dict[str, float] or self.quantities

    @property
    def quantities(self) -> bool:
        """Whether these may have units, and other names than `keys`."""
        return self.kind == dict[str, float | str]

    @property
    def document(self) -> bool:
        """Whether it is equations, which a file holds."""
        return self.kind is OwnEquations

    @property
    def own_table(self) -> bool:
        """Whether it is a whole table of config.toml."""
        return self.mapping or self.document

    @property
    def several(self) -> bool:
        """Whether it is a tuple."""
        return self.kind == tuple[int, ...]

    @property
    def element(self) -> type:
        """Kind of one value of it."""
        if self.mapping:
            return float
        return int if self.several else self.kind

    def check(self, value: object) -> object:
        """The value as the settings hold it.

        Raises
        ------
        SuiteError
            If it is of another kind, not among the choices or out of bounds.
        """
        if self.document:
            return _document(value)
        if self.mapping:
            return self._checked_mapping(value)
        if self.several:
            if not isinstance(value, (list, tuple)):
                raise self._wrong_kind(value)
            return tuple(self._checked_element(each, value) for each in value)
        return self._checked_element(value, value)

    def _checked_element(self, value: object, whole: object) -> object:
        if isinstance(value, bool) != (self.element is bool):
            raise self._wrong_kind(whole)
        whole_is_fine = (float, int) if self.element is float else self.element
        if not isinstance(value, whole_is_fine):
            raise self._wrong_kind(whole)
        if self.choices and value not in self.choices:
            raise SuiteError(f"unknown {self.option} {value!r}: one of {', '.join(self.choices)}")
        return self._checked_number(value) if self.element in (int, float) else value

    def _checked_number(self, value: float) -> float:
        if self.element is float and not is_finite(value):
            raise SuiteError(f"{self.option} must be finite, not {_brief(value)}")
        for bound, holds, words in (
                (self.at_least, operator.ge, "{} or more"),
                (self.above, operator.gt, "more than {}"),
                (self.at_most, operator.le, "{} at most"),
                (self.below, operator.lt, "less than {}")):
            if bound is not None and not holds(value, bound):
                raise SuiteError(f"{self.option} must be {words.format(bound)}, not "
                                 f"{_brief(value)}")
        return value

    def _checked_mapping(self, value: object) -> dict:
        if not isinstance(value, dict):
            raise self._wrong_kind(value)
        for name, number in value.items():
            if name not in self.keys and not self.quantities:
                raise SuiteError(f"unknown parameter {name!r}: known are {', '.join(self.keys)}")
            if self.quantities and isinstance(number, str) and name not in self.keys:
                self._check_quantity(name, number)
                continue
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise SuiteError(f"parameter {name} must be a number, not {number!r}")
            if not is_finite(number):
                raise SuiteError(f"parameter {name} must be a finite number, not "
                                 f"{_brief(number)}")
            if number <= 0 and name.rpartition(".")[2].startswith(self.positive):
                raise SuiteError(f"parameter {name} must be positive, not {number}")
        return dict(value)

    def _check_quantity(self, name: str, text: str) -> None:
        """Refuse a text that is no number with a unit."""
        try:
            value = quantity(text)
        except NotUnderstood as error:
            raise SuiteError(f"parameter {name}: {error}") from None
        if name.rpartition(".")[2].startswith(self.positive) and not float(value) > 0:
            raise SuiteError(f"parameter {name} must be positive, not {text}")

    def _wrong_kind(self, value: object) -> SuiteError:
        kinds = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        expected = kinds[self.element]
        if self.several:
            expected = "a list of whole numbers"
        if self.mapping:
            expected = "a table of numbers"
        return SuiteError(f"{self.name} = {value!r} in the configuration is not {expected}")


def _document(value: object) -> OwnEquations:
    """Equations as a script or a configuration gives them: tables, or the path of a file."""
    if isinstance(value, OwnEquations):
        return value
    if isinstance(value, (str, Path)):
        return read_equations(value)
    return OwnEquations.of(value)


def is_finite(number: float) -> bool:
    """Whether a number is a finite one in floating point; a whole number can be too large."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _brief(number: float) -> str:
    """A number in a message; one of hundreds of digits is cut."""
    text = str(number)
    return text if len(text) <= 30 else f"{text[:30]}..."


def setting(default, table, help, *, role="experiment", choices=(), at_least=None, above=None,
            at_most=None, below=None, may_change=False, metavar=None, later=False, keys=(),
            positive=()):
    """Field of a dataclass of settings, with its declaration; see `Declaration`.

    What only says how to compute stands in the table "execution", whatever `table` says.
    """
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role of a setting")
    computes = role == EXECUTION
    metadata = {
        "table": EXECUTION if computes else table, "help": help, "role": role,
        "choices": tuple(choices), "at_least": at_least, "above": above, "at_most": at_most,
        "below": below, "may_change": may_change or computes, "metavar": metavar,
        "later": later, "keys": tuple(keys), "positive": tuple(positive)}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)
