"""Which run is meant: a run directory, or a preset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from models.errors import SuiteError
from protocols.runs import presets
from protocols.runs.asked import preset_settings
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.directory import CHECKPOINT, CONFIG, read_config
from protocols.runs.protocol import Protocol, find
from protocols.runs.settings import RunSettings, from_tables


def chosen(name: str, precision: str | None = None) -> tuple[Protocol, RunSettings, Path | None]:
    """Protocol and settings, and the run directory if it is one.

    Parameters
    ----------
    name : str
        A directory, ``PROTOCOL/PRESET``, or a preset that one protocol alone has.
    precision : str, optional
        Of a preset's network, in place of the preset's own.

    Raises
    ------
    SuiteError
        If there is no such run or preset, several protocols have the preset, or the run has
        another precision.
    """
    protocol, settings, directory = _found(name)
    own = getattr(settings, "precision", None)
    if precision in (None, own) or own is None:
        return protocol, settings, directory
    if directory is not None:
        raise SuiteError(f"{directory} is a run in {own}: leave --precision out, or name a preset")
    return protocol, replace(settings, precision=precision), None


def _found(name):
    """`chosen` without a wish for a precision."""
    path = Path(name)
    protocol, _, preset = name.rpartition("/")
    if protocol in presets.protocols():
        found = find(protocol)
        return found, preset_settings(found, preset), None
    if path.is_dir():
        return _of_run(path)
    having = [each for each in presets.protocols() if name in presets.names(each)]
    if len(having) > 1:
        raise SuiteError(f"several protocols have a preset {name}: choose "
                         f"{' or '.join(f'{each}/{name}' for each in having)}")
    if not having:
        raise SuiteError(f"{name} is neither a run directory nor a preset; presets are named "
                         "PROTOCOL/PRESET, such as diehl_cook_sl/digits")
    found = find(having[0])
    return found, preset_settings(found, name), None


def _of_run(directory):
    """Protocol and settings of a run directory."""
    if (directory / CHECKPOINT).exists():
        tables = read_checkpoint(directory / CHECKPOINT).tables
    elif (directory / CONFIG).exists():
        tables = read_config(directory / CONFIG)
    else:
        raise SuiteError(f"{directory} is no run directory: it has neither {CHECKPOINT} nor "
                         f"{CONFIG}")
    run = tables.get("run")
    name = run.get("protocol") if isinstance(run, dict) else None
    if not isinstance(name, str):
        raise SuiteError(f"{directory / CONFIG} names no protocol; start the run anew")
    found = find(name)
    return found, from_tables(found.settings, tables, found.name), directory
