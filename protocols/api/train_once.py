"""Training for scripts that are run again: what is finished stays, what was interrupted goes on."""

from pathlib import Path
from typing import Any

from protocols.api.preset import preset_with
from protocols.runs import protocol as protocols
from protocols.runs.asked import command_of
from protocols.runs.directory import SUMMARY
from protocols.runs.resume import settings_to_resume
from protocols.runs.run import run
from protocols.runs.settings import differing

TELLING = ("experiment", "procedure", "repetition")
"""Roles of settings that say what was run."""


def train_once(out: str | Path, protocol: str, preset: str = "digits", **settings: Any) -> Path:
    """Train a network into a run directory, unless that holds the finished run.

    Parameters
    ----------
    out : path-like
        Run directory. A run that was interrupted there goes on. One that differs in its epochs
        alone is prolonged.
    protocol, preset, **settings
        As of `protocols.api.from_preset`.

    Returns
    -------
    Path
        The run directory.

    Raises
    ------
    SuiteError
        If the run cannot be made, or the directory holds another one.
    """
    path = Path(out)
    found = protocols.find(protocol)
    chosen = preset_with(found, preset, settings)
    if (path / SUMMARY).exists():
        own = settings_to_resume(found, path)
        if own is not None and not differing(own, chosen, TELLING):
            return path
    run(found, chosen, path, command_of(found, chosen), resume=True, quiet=True)
    return path
