"""Which runs are seeds of one experiment, and what tells experiments apart."""

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from analysis.defaults import as_number, default_number
from analysis.errors import MissingData
from analysis.run import Run, plain

# Tables of config.toml that make no experiment: how a run is executed, what a protocol notes
# beside its settings, and the notes on this file itself.
NO_SETTINGS = {"execution", "published", "settings", "versions"}
PRESET = "run.preset"
PROTOCOL = "run.protocol"
# Rows of metrics.csv, tests before held-out samples.
SPLITS = ("test", "validation")
# Settings whose values need no name beside them.
SPEAKING = ("run.dataset", "network.method")
# The value of a setting that a run does not name, such as a parameter left as it is.
ABSENT = "default"
# Three layers or more of one size, in the value of a network.
EQUAL_LAYERS = re.compile(r"(?<![\w.])(\d+)(?:-\1){2,}(?!\w)")
# Of a hash, as many as a reader can compare.
DIGITS = 8


def settings_of(run: Run) -> dict[str, str]:
    """All of config.toml that makes an experiment, as texts.

    What may differ between the runs that one line averages, such as the seed, is left out:
    config.toml names it in the list "repetition" of its table [settings].

    Parameters
    ----------
    run : analysis.run.Run

    Returns
    -------
    dict of str to str
        The value of "table.name"; without config.toml the directory as a preset of its own.
    """
    try:
        config = run.config
    except MissingData:
        # Nothing tells whether it is a seed of another run: it stands alone.
        return {PRESET: str(run.directory)}
    repetition = config["settings"].get("repetition", [])
    return {name: _text(value) for table, entries in config.items() if table not in NO_SETTINGS
            for entry, value in entries.items()
            if (name := f"{table}.{entry}") not in repetition}


def _text(value: Any) -> str:
    """A value as a text: 3.0, as a command line gives it, is the 3 of a preset.

    Of a table, such as one of equations, it is the names in it and the beginning of a hash.
    """
    if isinstance(value, dict):
        digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
        return plain(f"{', '.join(value)} ({digest[:DIGITS]})")
    whole = isinstance(value, float) and value.is_integer()
    return plain(str(int(value) if whole else value))


def value_words(value: str) -> str:
    """The value of a setting as a label: "200-200-200-10" is "3 x 200-10"."""
    return EQUAL_LAYERS.sub(
        lambda found: f"{found[0].count('-') + 1} x {found[1]}", value)


def group_seeds(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Repetitions of one experiment together, under a label that tells the groups apart.

    Parameters
    ----------
    runs : sequence of analysis.run.Run

    Returns
    -------
    dict of str to list of analysis.run.Run
        The label is the preset, with the settings in which groups of that preset and protocol
        differ; with the protocol where a preset of that name has several. A seed counts once.
        Runs whose equations differ are not repetitions of each other.
    """
    groups = {}
    for run in runs:
        _add(groups.setdefault(tuple(sorted(settings_of(run).items())), []), run)
    groups = {(*key, *more): members for key, alike in groups.items()
              for more, members in _by_equations(alike).items()}
    named = {}
    for key, members in groups.items():
        settings = dict(key)
        preset = settings.get(PRESET, members[0].title)
        others = [dict(other) for other in groups
                  if other != key and dict(other).get(PRESET, preset) == preset]
        # Settings of another protocol are no other values of these.
        same = [other for other in others if other.get(PROTOCOL) == settings.get(PROTOCOL)]
        differing = [f"{name.partition('.')[2]} {value_words(value)}"
                     for name, value in settings.items()
                     if any(other.get(name) != value
                            for other in (others if name == PROTOCOL else same))]
        named[", ".join([preset, *differing])] = members
    return named


def _by_equations(runs: Sequence[Run]) -> dict[tuple, list[Run]]:
    """Runs of the same settings by a further setting, which there is if their equations differ.

    A run that says nothing of its equations is alike to others while these agree.
    """
    found = {}
    for run in runs:
        found.setdefault(equations_of(run), []).append(run)
    if len(set(found) - {None}) < 2:
        return {(): list(runs)}
    return {(("run.equations", (name or "unknown")[:DIGITS]),): members
            for name, members in found.items()}


def equations_of(run: Run) -> str | None:
    """Hash of a run's equations; None where it has none, or is not finished."""
    try:
        return run.summary.get("equations")
    except MissingData:
        return None


def differing_settings(runs: Sequence[Run]
                       ) -> tuple[dict[str, dict[str, list[Run]]], dict[Run, list[str]]]:
    """The settings in which some of the runs differ from the first, all else alike.

    Parameters
    ----------
    runs : sequence of analysis.run.Run

    Returns
    -------
    found : dict of str to dict of str to list of analysis.run.Run
        Per setting ("table.name") its values, numbers by size, and their runs: the seeds of
        each. The default is placed by its number if equations.txt tells it, else it is first.
        The preset, a name, is no setting here.
    left_out : dict of analysis.run.Run to list of str
        Runs that differ from the first in several settings, and these.
    """
    first = settings_of(runs[0])
    same = []
    found = {}
    left_out = {}
    for run in runs:
        own = settings_of(run)
        other = [name for name in sorted({*first, *own} - {PRESET})
                 if first.get(name) != own.get(name)]
        if len(other) > 1:
            left_out[run] = other
        elif other:
            name, = other
            _add(found.setdefault(name, {}).setdefault(own.get(name, ABSENT), []), run)
        else:
            _add(same, run)
    return {name: _in_order(name, {first.get(name, ABSENT): same, **values})
            for name, values in found.items()}, left_out


def setting_words(setting: str) -> str:
    """A setting ("table.name") in words for an axis; a parameter, a symbol, stays as it is."""
    table, _, name = setting.partition(".")
    return plain(name if table == "parameters" else name.replace("_", " "))


def _in_order(name: str, values: dict[str, list[Run]]) -> dict[str, list[Run]]:
    """Values of a setting: numbers by size, words as they come.

    The default stands at the place of its number, or before all others where nothing tells it.
    """
    def place(value: str) -> tuple[int, float]:
        number = default_number(values[value], name) if value == ABSENT else as_number(value)
        if number is not None:
            return 1, number
        return (0, 0.0) if value == ABSENT else (2, 0.0)

    return {value: values[value] for value in sorted(values, key=place)}


def apart(runs: Sequence[Run], ignored: Collection[str]) -> dict[str, list[Run]]:
    """Runs by what tells them apart beside some settings.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
    ignored : collection of str
        Settings ("table.name") that make no difference here; nor does the preset, a name.

    Returns
    -------
    dict of str to list of analysis.run.Run
        By the settings that differ, with their values; a seed counts once. Values of `SPEAKING`
        stand without the setting's name. Where nothing differs it is "".
    """
    groups = {}
    once = [run for members in group_seeds(runs).values() for run in members]
    for run in once:
        key = {name: value for name, value in settings_of(run).items()
               if name not in {PRESET, *ignored}}
        groups.setdefault(tuple(sorted(key.items())), []).append(run)
    keys = [dict(key) for key in groups]
    names = sorted({name for key in keys for name in key}, key=_by_place)
    differing = [name for name in names if len({key.get(name, ABSENT) for key in keys}) > 1]
    return {", ".join(_words(name, key.get(name, ABSENT)) for name in differing): members
            for key, members in zip(keys, groups.values())}


def _words(name: str, value: str) -> str:
    """A setting and its value."""
    return value if name in SPEAKING else f"{name.partition('.')[2]} {value}"


def _by_place(name: str) -> tuple[bool, str]:
    """What speaks for itself first."""
    return (name not in SPEAKING, name)


def _add(members: list[Run], run: Run) -> None:
    """Add a run to the seeds of an experiment, but no seed twice."""
    seed = _seed(run)
    if seed is None or all(_seed(other) != seed for other in members):
        members.append(run)


def _seed(run: Run) -> int | None:
    """The seed that config.toml states, else None."""
    try:
        return run.config.get("run", {}).get("seed")
    except MissingData:
        return None


def seed_table(members: Sequence[Run], split: str, column: str, against: str = "samples"
               ) -> pd.DataFrame:
    """A measured quantity at the tests that all seeds have.

    Parameters
    ----------
    members : sequence of analysis.run.Run
        Seeds of one experiment.
    split, column : str
        Rows and column of metrics.csv.
    against : {'samples', 'epoch'}

    Returns
    -------
    pandas.DataFrame
        Shape (tests, seeds), indexed by `against`; empty where there is nothing in common.
    """
    curves = []
    for run in members:
        rows = run.metrics[run.metrics["split"] == split]
        if column not in rows:
            continue
        # A resumed run may have measured one point twice; the later one counts.
        curve = rows.drop_duplicates(against, keep="last").set_index(against)[column]
        curve = curve.dropna()
        if not curve.empty:
            curves.append(curve)
    return pd.concat(curves, axis=1, join="inner").sort_index() if curves else pd.DataFrame()


def last_in_common(experiments: Sequence[Sequence[Run]], column: str
                   ) -> tuple[str, int, list[pd.Series]]:
    """A measured quantity at the last test that several experiments have.

    Parameters
    ----------
    experiments : sequence of sequence of analysis.run.Run
        Seeds of each.
    column : str
        Of metrics.csv.

    Returns
    -------
    split : str
    samples : int
        Training samples presented until then.
    values : list of pandas.Series
        Of the seeds of each experiment.

    Raises
    ------
    analysis.errors.MissingData
        They have no test of one split in common.
    """
    for split in SPLITS:
        tables = [seed_table(members, split, column) for members in experiments]
        shared = [set(table.index) for table in tables]
        if samples := set.intersection(*shared):
            return split, int(max(samples)), [table.loc[max(samples)] for table in tables]
    raise MissingData(f"the runs have no test of {column} after the same samples")
