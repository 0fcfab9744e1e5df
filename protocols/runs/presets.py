"""Presets: published experiments as TOML files, a folder for each protocol."""

import difflib
import json
import re
import statistics
import tomllib
from pathlib import Path

from models.errors import SuiteError

FOLDER = Path(__file__).parents[1] / "presets"
RECORDED = Path(__file__).parents[2] / "analysis/recorded"
"""Recorded runs, which lie beside the packages in a checkout."""
FIRST = ("digits", "own")
"""Presets for a beginning, which head their list."""


def protocols():
    """Names of the protocols that have presets, sorted: those that train."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def names(protocol):
    """Names of all presets of a protocol: `FIRST`, then by name and size."""
    return sorted((path.stem for path in (FOLDER / protocol).glob("*.toml")), key=_by_size)


def _by_size(name):
    """For sorting: numbers in a name count as such, so that 400 comes before 1600."""
    words = re.split(r"(\d+(?:\.\d+)?)", name)
    numbers = [float(word) if k % 2 else word for k, word in enumerate(words)]
    return FIRST.index(name) if name in FIRST else len(FIRST), numbers


def read(protocol, name):
    """Tables of a preset.

    Parameters
    ----------
    protocol, name : str

    Returns
    -------
    dict

    Raises
    ------
    SuiteError
        If there is none of that name; the closest name is given.
    """
    known = names(protocol)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else "--list shows all"
        raise SuiteError(f"unknown preset {name!r}: {hint}")
    return tomllib.loads((FOLDER / protocol / f"{name}.toml").read_text())


def title(protocol, name):
    """What a preset is of: its row in a table, else the first line of its file."""
    row = read(protocol, name).get("published", {}).get("row")
    if row:
        return row
    first, *_ = (FOLDER / protocol / f"{name}.toml").read_text().splitlines()
    return first.removeprefix("#").strip()


def recorded_minutes(protocol):
    """What recorded runs of presets took of a processor.

    Runs that stand in a table count before others, and of these the ones that follow their preset.

    Parameters
    ----------
    protocol : str

    Returns
    -------
    dict of str to (float, str)
        By preset the median minutes, and in words how the runs were shorter, if they were.
    """
    found = {}
    for path in sorted(RECORDED.glob("*/summary.json")):
        summary = json.loads(path.read_text())
        if summary.get("protocol") == protocol and summary.get("cpu_seconds"):
            entry = next(iter(summary.get("table") or []), None)
            kind = (entry is None, *((entry or {}).get(word, "") for word in ("variant", "note")))
            minutes = summary["cpu_seconds"] / 60
            found.setdefault(summary["preset"], {}).setdefault(kind, []).append(minutes)
    times = {}
    for preset, kinds in found.items():
        kind = min(kinds)
        times[preset] = (statistics.median(kinds[kind]), ", ".join(filter(None, kind[1:])))
    return times


def show(protocol):
    """Print all presets of a protocol with published values and the times of recorded runs."""
    times = recorded_minutes(protocol)
    width = max(map(len, names(protocol)))
    print(f"{'preset':{width}s}  published  CPU minutes")
    for name in names(protocol):
        published = read(protocol, name).get("published", {})
        value = f"{published['mean']:.2f} %" if "mean" in published else ""
        minutes, how = times.get(name, (None, ""))
        took = "" if minutes is None else f"{minutes:.1f}" if minutes >= 1 else f"{minutes:.1g}"
        note = f" ({how})" if how else ""
        print(f"{name:{width}s}  {value:>9s}  {took:>11s}  {title(protocol, name)}{note}")
