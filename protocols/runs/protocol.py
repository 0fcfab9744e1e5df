"""A protocol: what stands behind ``python -m protocols.NAME``, and how it is found by its name."""

import importlib
import re
from dataclasses import dataclass
from pathlib import Path

from models.errors import SuiteError
from protocols.cli import restore_interrupts
from protocols.runs import presets
from protocols.runs.learner import Learner
from protocols.runs.settings import RunSettings

OWN = "own"
"""Preset of whoever brings data of their own."""


@dataclass(frozen=True)
class Protocol:
    """What a paper brings to the runs.

    Attributes
    ----------
    name : str
        As recorded in run directories.
    module : str
        ``python -m MODULE`` is its command line.
    settings : type
        A subclass of `RunSettings`.
    learner : type
        A subclass of `Learner`.
    description : str
        Head of ``--help``.
    table : str
        Of the README in which its presets' rows stand.
    prefix : str
        Of the default run directory, before ``PRESET-seedN``, or the name of one's own data.
    """

    name: str
    module: str
    settings: type[RunSettings]
    learner: type[Learner]
    description: str = ""
    table: str = ""
    prefix: str = ""

    def __post_init__(self):
        _KNOWN[self.name] = self

    def default_directory(self, settings: RunSettings) -> str:
        """Name of the run directory of settings, where none is given."""
        return f"{self.prefix}{name_of(settings)}-seed{settings.seed}"


def name_of(settings: RunSettings) -> str:
    """What a run is called: its preset, or the file or folder of one's own data."""
    if settings.preset != OWN:
        return settings.preset
    return re.sub(r"[^\w.-]", "_", Path(settings.dataset).stem) or OWN


_KNOWN: dict[str, Protocol] = {}


def names() -> list[str]:
    """Names of all protocols that train, sorted."""
    return sorted({*presets.protocols(), *_KNOWN})


def find(name: str) -> Protocol:
    """The protocol of a name: one that has been made in this process, or one of the suite's.

    Raises
    ------
    SuiteError
        If there is none. A name that was read from a file imports nothing but the suite.
    """
    if name not in _KNOWN and name in presets.protocols():
        importlib.import_module(f"protocols.{name}.protocol")
        restore_interrupts()
    if name not in _KNOWN:
        raise SuiteError(f"unknown protocol {name!r}: choose one of {', '.join(names())}")
    return _KNOWN[name]


def module_of(name: str) -> str:
    """What ``python -m`` runs for a protocol; nothing is imported.

    Raises
    ------
    SuiteError
        If there is no such protocol.
    """
    if name in _KNOWN:
        return _KNOWN[name].module
    if name not in presets.protocols():
        raise SuiteError(f"unknown protocol {name!r}: choose {' or '.join(names())}")
    return f"protocols.{name}"
