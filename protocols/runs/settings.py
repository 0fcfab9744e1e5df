"""Settings of a run, each declared once.

A paper's settings are a frozen dataclass that inherits from `RunSettings`; each field is made by
`protocols.runs.declaration.setting`. From these declarations follow the command line
(`protocols.runs.asked`), the checks of everything that is read, config.toml, what may change when
a run is resumed, whether a run is the published experiment, and which runs a figure averages.
"""

import math
from dataclasses import MISSING, dataclass, field, fields
from typing import ClassVar

from models.errors import SuiteError
from models.own_equations import OwnEquations
from protocols import datasets
from protocols.datasets import Dataset
from protocols.runs.declaration import Declaration, setting

FORMAT = 2
"""Of config.toml, checkpoint.npz and summary.json."""

NOTES = ("published", "versions", "settings")
"""Tables of config.toml that hold no settings."""


@dataclass(frozen=True)
class RunSettings:
    """Settings that every run has.

    Attributes
    ----------
    published : dict
        What a preset says of the published experiment: ``mean``, ``sd``, ``row``, ``order``,
        ``readout``, ``samples``. It is no setting.
    """

    preset: str = setting("digits", "run", "published experiment, or 'digits'; --list shows all",
                          role="procedure", metavar="NAME")
    dataset: str = setting("digits", "run", "a named set, an .npz file or a folder of class "
                           "folders of images", metavar="D")
    resize: int = setting(0, "run", "bring images of any sizes to N x N pixels (0: as they are)",
                          at_least=0, at_most=4096, metavar="N", later=True)
    # scikit-learn takes no larger number for the split into training and held-out samples.
    seed: int = setting(0, "run", "of weights, order and input spikes", role="repetition",
                        at_least=0, at_most=2**32 - 1, metavar="N")
    train_samples: int = setting(0, "training", "only the first N training samples (0: all)",
                                 at_least=0, metavar="N", later=True)
    epochs: float = setting(1, "training", "passes through the training samples",
                            role="procedure", above=0, at_most=10**6, may_change=True,
                            metavar="X")
    held_out: int = setting(0, "training", "training samples kept for choosing the state that is "
                            "tested; the test set is then used at the end only",
                            role="procedure", at_least=0, metavar="N")
    keep: tuple[int, ...] = setting((), "run", "keep the checkpoints after these numbers of "
                                    "samples", role="execution", at_least=1, metavar="N")
    equations: OwnEquations = setting(OwnEquations(), "equations", "replace or add equations, "
                                      "thresholds, resets and learning rules; protocols/README.md "
                                      "shows such files", metavar="FILE")
    published: dict = field(default_factory=dict)
    number_options: ClassVar[str] = "--parameter"
    """Options by which numbers of the equations are set."""

    def contained(self) -> list["RunSettings"]:
        """Settings of other experiments that a run of these contains, bit for bit."""
        return []

    @property
    def fixed(self) -> tuple[str, ...]:
        """Settings that may not change on resume of this very run, whatever is declared."""
        return ()

    def load(self) -> Dataset:
        """The data that the run is about.

        Raises
        ------
        SuiteError
            If they cannot be read, or the settings do not go with them.
        """
        return self.select(datasets.load(self.dataset, self.resize))

    def select(self, dataset: Dataset) -> Dataset:
        """The part of a data set that the run is about, such as some of its classes.

        Parameters
        ----------
        dataset : protocols.datasets.Dataset
            As it was loaded.

        Raises
        ------
        SuiteError
            If the settings do not go with the set.
        """
        return dataset

    def refuse_given(self, base: "RunSettings", given: dict) -> None:
        """Refuse what was given and does nothing beside the rest, or needs another beside it.

        Parameters
        ----------
        base : RunSettings
            What was changed: a preset, or the configuration of another run.
        given : dict
            The changes, by the names of settings.

        Raises
        ------
        SuiteError
        """

    def named_beside(self, names: list[str]) -> list[str]:
        """Settings that a command line must name beside others, whatever their values are."""
        return []

    def check_equations(self) -> None:
        """Refuse equations of one's own that the network has no place for.

        Raises
        ------
        SuiteError
        """
        raise SuiteError(f"{self.equations.origin}: this protocol learns on arrays, which follow "
                         "no equations, thresholds, resets or rules but their own; "
                         f"{self.number_options} sets its numbers, and --equations is for "
                         "protocols.diehl_cook_sl and protocols.emstdp")

    def check(self) -> None:
        """Refuse settings that do not go together; each alone has been checked.

        Raises
        ------
        SuiteError
        """


def declarations(settings) -> dict[str, Declaration]:
    """What is declared of the settings.

    Parameters
    ----------
    settings : RunSettings or its class

    Returns
    -------
    dict of str to Declaration
        By name, in the order in which they are declared.
    """
    found = {}
    for each in fields(settings):
        if "role" in each.metadata:
            default = each.default
            if default is MISSING:
                default = each.default_factory()
            found[each.name] = Declaration(each.name, kind=each.type, default=default,
                                           **each.metadata)
    return found


def may_change(settings: RunSettings, name: str) -> bool:
    """Whether a setting may be another one when a run is resumed."""
    return declarations(settings)[name].may_change and name not in settings.fixed


def to_tables(settings: RunSettings, protocol: str) -> dict[str, dict]:
    """Settings as the tables of config.toml.

    Returns
    -------
    dict of str to dict
        ``settings.repetition`` names those in which runs that one line averages may differ.
    """
    tables = {"run": {"protocol": protocol}}
    repetition = []
    for name, declared in declarations(settings).items():
        value = getattr(settings, name)
        if declared.later and value == declared.default:
            continue
        if declared.mapping:
            tables[name] = dict(value)
            continue
        if declared.document:
            if value:
                tables[name] = value.tables
            continue
        value = list(value) if declared.several else value
        tables.setdefault(declared.table, {})[name] = value
        if declared.role == "repetition":
            repetition.append(f"{declared.table}.{name}")
    tables["published"] = dict(settings.published)
    tables["settings"] = {"format": FORMAT, "repetition": repetition}
    return tables


def from_tables(kind, tables: object, protocol: str):
    """Settings of the tables of a config.toml or of a preset.

    Parameters
    ----------
    kind : type
        The protocol's settings, a subclass of `RunSettings`.
    tables : dict of str to dict
        What is not named keeps its default.
    protocol : str
        Whose settings they are to be.

    Returns
    -------
    RunSettings
        Of `kind`.

    Raises
    ------
    SuiteError
        If one is unknown, of the wrong kind or makes no sense; if they are of another protocol or
        of another format.
    """
    if not isinstance(tables, dict):
        raise SuiteError("the configuration is no table of settings")
    for table, values in tables.items():
        if not isinstance(values, dict):
            raise SuiteError(f"{table} is no table of settings in the configuration")
    known = declarations(kind)
    _refuse_foreign(tables, protocol)
    values = {}
    for table, entries in tables.items():
        if table in NOTES:
            continue
        if table in known and known[table].own_table:
            values[table] = known[table].check(entries)
            continue
        for name, value in entries.items():
            if (table, name) == ("run", "protocol"):
                continue
            declared = known.get(name)
            if declared is None or declared.own_table or declared.table != table:
                raise SuiteError(f"unknown settings {table}.{name} in the configuration")
            values[name] = declared.check(value)
    values["published"] = _checked_published(tables.get("published", {}))
    return checked(kind(**values))


def _refuse_foreign(tables, protocol):
    """Refuse tables of another protocol or of another format."""
    of = tables.get("run", {}).get("protocol", protocol)
    if of != protocol:
        raise SuiteError(f"it holds settings of protocols.{of}, not of protocols.{protocol}")
    form = tables.get("settings", {}).get("format", FORMAT)
    if form != FORMAT:
        raise SuiteError(f"the configuration is of format {form!r}, this version of the suite "
                         f"reads format {FORMAT}")
    if "settings" not in tables and "versions" in tables:
        raise SuiteError("the configuration was written by an older version of the suite (format "
                         "1): start the run anew, or continue it with that version")


def _checked_published(published):
    """What a preset says of the published experiment, if it is sound."""
    kinds = {"mean": (int, float), "sd": (int, float), "order": (int, float), "samples": int,
             "epochs": (int, float), "row": str, "readout": str}
    for name, value in published.items():
        sound = name in kinds and isinstance(value, kinds[name]) and not isinstance(value, bool)
        if not sound or isinstance(value, float) and not math.isfinite(value):
            raise SuiteError(f"published.{name} = {value!r} in the configuration is no entry of a "
                             "published experiment")
    return dict(published)


def checked(settings: RunSettings) -> RunSettings:
    """The settings, each checked by its declaration and all together.

    Raises
    ------
    SuiteError
        If a value makes no sense.
    """
    known = declarations(settings)
    for name, declared in known.items():
        declared.check(getattr(settings, name))
    settings.check()
    # What only measures has no such setting.
    if "equations" in known and settings.equations:
        settings.check_equations()
    return settings


def differing(one: RunSettings, other: RunSettings, roles: tuple[str, ...]) -> list[str]:
    """Names of the settings of some roles in which two runs differ."""
    return [name for name, declared in declarations(one).items()
            if declared.role in roles and getattr(one, name) != getattr(other, name)]


def is_experiment(settings: RunSettings, published: RunSettings) -> bool:
    """Whether a run is of the experiment of a preset."""
    return not differing(settings, published, ("experiment",))


def option_words(settings: RunSettings, names: list[str]) -> list[str]:
    """Words of a command line that give some settings their values."""
    known = declarations(settings)
    words = []
    for name in names:
        declared = known[name]
        value = getattr(settings, name)
        if declared.kind is bool:
            words.append(declared.option if value else declared.option.replace("--", "--no-", 1))
        elif declared.document:
            words += [declared.option, value.origin]
        elif declared.mapping:
            for key, number in value.items():
                shown = number if isinstance(number, str) else shortest(number)
                words += [declared.option, f"{key}={shown}"]
        elif declared.several:
            words += [declared.option, *map(str, value)]
        else:
            words += [declared.option, shortest(value) if declared.kind is float else str(value)]
    return words


def shortest(number: float) -> str:
    """The shortest text that stands for a number exactly."""
    text = f"{number:g}"
    return text if float(text) == number else repr(float(number))
