"""Which runs are seeds of one experiment, and what tells experiments apart."""

import pandas as pd

from analysis.errors import MissingData

# What may differ between two runs that one line averages: who computes, when is tested, and in
# layer-by-layer training the checkpoint of each seed's own that it starts from.
NOT_A_SETTING = {"run.seed", "run.device", "run.engine", "run.array_module", "run.kernels",
                 "training.hidden_from", "training.test_every"}
# What a protocol notes about a run without using it.
NOTES = {"versions", "published"}
PRESET = "run.preset"


def settings_of(run):
    """All of config.toml that makes an experiment.

    Parameters
    ----------
    run : analysis.run.Run

    Returns
    -------
    dict of str to object
        The value of "table.name"; without config.toml the directory as a preset of its own.
    """
    try:
        config = run.config
    except MissingData:
        # Nothing tells whether it is a seed of another run: it stands alone.
        return {PRESET: str(run.directory)}
    return {name: value for table, entries in config.items() if table not in NOTES
            for entry, value in entries.items()
            if (name := f"{table}.{entry}") not in NOT_A_SETTING}


def _texts(settings):
    """Settings with their values as texts: lists and tables cannot be keys."""
    return {name: _text(value) for name, value in settings.items()}


def _text(value):
    """A value as a text: 3.0, as a command line gives it, is the 3 of a preset."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value)


def group_seeds(runs):
    """Runs that differ in nothing but their seed, under a label that tells the groups apart.

    Parameters
    ----------
    runs : sequence of analysis.run.Run

    Returns
    -------
    dict of str to list of analysis.run.Run
        The label is the preset, with the settings in which groups of that preset differ. A seed
        counts once.
    """
    groups = {}
    for run in runs:
        _add(groups.setdefault(tuple(sorted(_texts(settings_of(run)).items())), []), run)
    named = {}
    for key, members in groups.items():
        settings = dict(key)
        preset = settings.get(PRESET, members[0].title)
        others = [dict(other) for other in groups
                  if other != key and dict(other).get(PRESET, preset) == preset]
        differing = [f"{name.split('.')[1]} {value}" for name, value in settings.items()
                     if any(other.get(name) != value for other in others)]
        named[", ".join([preset, *differing])] = members
    return named


def differing_settings(runs):
    """The settings in which some of the runs differ from the first, all else alike.

    Parameters
    ----------
    runs : sequence of analysis.run.Run

    Returns
    -------
    found : dict of str to dict of str to list of analysis.run.Run
        Per setting ("table.name") its values, numbers by size, and their runs: the seeds of
        each. The preset, a name, is no setting here.
    left_out : dict of analysis.run.Run to list of str
        Runs that differ from the first in several settings, and these.
    """
    first, same, found, left_out = settings_of(runs[0]), [], {}, {}
    for run in runs:
        own = settings_of(run)
        other = [name for name in sorted({*first, *own} - {PRESET})
                 if first.get(name) != own.get(name)]
        if len(other) > 1:
            left_out[run] = other
        elif other:
            _add(found.setdefault(other[0], {}).setdefault(_text(own.get(*other)), []), run)
        else:
            _add(same, run)
    return {name: dict(sorted([(_text(first.get(name)), same), *values.items()], key=_by_number))
            for name, values in found.items()}, left_out


def _add(members, run):
    """Add a run to the seeds of an experiment, but no seed twice."""
    seed = _seed(run)
    if seed is None or all(_seed(other) != seed for other in members):
        members.append(run)


def _seed(run):
    """The seed that config.toml states, else None."""
    try:
        return run.config.get("run", {}).get("seed")
    except MissingData:
        return None


def _by_number(item):
    """Numbers by size, words as they come."""
    try:
        return (0, float(item[0]))
    except ValueError:
        return (1, 0.0)


def seed_table(members, split, column, against="samples"):
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
