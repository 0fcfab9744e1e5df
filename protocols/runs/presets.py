"""Presets: published experiments as TOML files, a folder for each protocol."""

import difflib
import tomllib
from pathlib import Path

from models.errors import SuiteError

FOLDER = Path(__file__).parents[1] / "presets"


def protocols():
    """Names of the protocols that have presets, sorted: those that train."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def names(protocol):
    """Names of all presets of a protocol, sorted."""
    return sorted(path.stem for path in (FOLDER / protocol).glob("*.toml"))


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


def show(protocol):
    """Print all presets of a protocol with their published values."""
    for name in names(protocol):
        published = read(protocol, name).get("published", {})
        value = f"{published['mean']:.2f} %" if "mean" in published else ""
        print(f"{name:32s} {value:>9s}  {published.get('row', '')}")
