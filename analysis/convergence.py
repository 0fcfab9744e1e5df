"""Accuracy against training samples (Hao et al. 2020, Fig. 3)."""

import pandas as pd

from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import CYCLE, GREY, count_samples, new_axes, styled

METHODS = (("accuracy_sl", "SL layer", "o"), ("accuracy_labels", "label statistics", "s"))
SPLITS = {"test": "-", "validation": "--"}
# What may differ between two runs that one line averages; in layer-by-layer training each
# seed starts from a checkpoint of its own.
NOT_A_SETTING = {"run.seed", "run.device", "training.hidden_from"}


def _settings(run):
    """All of config.toml but `NOT_A_SETTING` and versions, as {"table.name": text}."""
    try:
        config = run.config
    except MissingData:
        # Nothing tells whether it is a seed of another run: it stands alone.
        return {"run.preset": str(run.directory)}
    settings = {f"{table}.{name}": str(value) for table, entries in config.items()
                if table != "versions" for name, value in entries.items()}
    return {name: value for name, value in settings.items() if name not in NOT_A_SETTING}


def group_seeds(runs):
    """Runs that differ in nothing but their seed, under a label that tells the groups apart.

    Parameters
    ----------
    runs : sequence of analysis.run.Run

    Returns
    -------
    dict of str to list of analysis.run.Run
        The label is the preset, with the settings in which groups of that preset differ.
    """
    groups = {}
    for run in runs:
        groups.setdefault(tuple(sorted(_settings(run).items())), []).append(run)
    named = {}
    for key, members in groups.items():
        settings = dict(key)
        preset = settings.get("run.preset", members[0].title)
        others = [dict(other) for other in groups
                  if other != key and dict(other).get("run.preset", preset) == preset]
        differing = [f"{name.split('.')[1]} {value}" for name, value in settings.items()
                     if any(other.get(name) != value for other in others)]
        named[", ".join([preset, *differing])] = members
    return named


def _seed_table(members, split, column):
    """Accuracy at the tests that all seeds have, shape (tests, seeds), indexed by samples."""
    curves = []
    for run in members:
        rows = run.metrics[run.metrics["split"] == split]
        # A resumed run may have measured one point twice; the later one counts.
        curve = rows.drop_duplicates("samples", keep="last").set_index("samples")[column]
        curve = curve.dropna()
        if not curve.empty:
            curves.append(curve)
    return pd.concat(curves, axis=1, join="inner").sort_index() if curves else pd.DataFrame()


def _published(runs):
    """The published accuracy in per cent if all runs name the same one, else None."""
    values = set()
    for run in runs:
        try:
            values.add((run.summary.get("published") or {}).get("mean"))
        except MissingData:
            values.add(None)
    return values.pop() if len(values) == 1 else None


@styled
def convergence(runs, axes=None):
    """Accuracy (per cent) against training samples, a line per readout and split.

    Several seeds of one configuration become their mean with a band from minimum to
    maximum, at the tests which all of them have; several configurations are overlaid.

    Parameters
    ----------
    runs : analysis.run.Run or sequence of analysis.run.Run
        Need metrics.csv; config.toml says which runs differ only in their seed.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No accuracy was measured, or the seeds of a configuration share no test.

    Notes
    -----
    Source: Hao et al. 2020, Fig. 3.
    """
    runs = [runs] if isinstance(runs, Run) else list(runs)
    groups = group_seeds(runs)
    lines = []
    for group, (name, members) in enumerate(groups.items()):
        for method, (column, readout, marker) in enumerate(METHODS):
            for split, dashes in SPLITS.items():
                table = _seed_table(members, split, column)
                if not table.empty:
                    label = f"{readout}, {split}" if len(groups) == 1 else \
                        f"{name}: {readout}, {split}"
                    colour = CYCLE[(len(METHODS) * group + method) % len(CYCLE)]
                    lines.append((table, label, colour, marker, dashes))
    if not lines:
        raise MissingData("metrics.csv has no accuracy that all seeds have at the same samples")

    # Labels that name the configuration are long: one per row.
    columns = 2 if len(groups) == 1 else 1
    axes = axes or new_axes(6.4, 3.8 + 0.2 * len(lines) / columns)
    for table, label, colour, marker, dashes in lines:
        if table.shape[1] > 1:
            label += f" (mean and range of {table.shape[1]} seeds)"
            axes.fill_between(table.index, table.min(axis=1), table.max(axis=1), color=colour,
                              alpha=0.2, linewidth=0)
        axes.plot(table.index, table.mean(axis=1), dashes, color=colour, marker=marker,
                  markersize=3.5, markerfacecolor=colour if dashes == "-" else "white",
                  label=label)
    published = _published(runs)
    if published is not None:
        axes.axhline(published, color=GREY, linestyle=":", label=f"published: {published:g} %")
    count_samples(axes)
    title = runs[0].title if len(runs) == 1 else " and ".join(groups)
    axes.set(ylabel="accuracy (%)",
             title=title if len(groups) < 3 else f"{len(groups)} configurations")
    axes.grid(axis="y", alpha=0.3)
    # A distance in font sizes, not in heights of the axes, clears the label of any axes.
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4.6, ncols=columns)
    return axes.figure
