"""The runs of which hashes are published, and the file that holds them."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from protocols.files import write_whole
from protocols.runs.asked import changed, command_of, preset_settings
from protocols.runs.checkpoint import part
from protocols.runs.protocol import Protocol, find
from protocols.runs.settings import RunSettings
from protocols.runs.training import choose_samples
from protocols.runs.weights_hash import weights_hash

FILE = Path(__file__).with_name("published.toml")
SEEDS = (0, 1, 2)
PRECISIONS = ("float64", "float32")

KINDS = (
    ("diehl_cook_sl", "digits", {"method": "simultaneous"}),
    ("diehl_cook_sl", "digits", {"method": "layer-by-layer"}),
    ("diehl_cook_sl", "digits", {"method": "unsupervised"}),
    ("emstdp", "digits", {"feedback": "sw"}),
    ("emstdp", "digits", {"feedback": "fa"}),
    ("emstdp", "digits", {"feedback": "dfa"}),
    ("diehl_cook_sl", "mnist-100", {}),
    ("diehl_cook_sl", "mnist-100-layer-by-layer", {}),
    ("diehl_cook_sl", "mnist-100-labels", {}),
    ("emstdp", "mnist-500-sw", {"network": "100-10", "epochs": 6.0}),
    ("emstdp", "mnist-500-fa", {"network": "100-10", "epochs": 6.0}),
    ("emstdp", "mnist-500-dfa", {"network": "100-10", "epochs": 6.0}),
)
"""Protocol, preset and what is another value than the preset's, of every method whose networks
learn as text. The MNIST networks of EMSTDP have 100 hidden neurons, too, and see the set once."""


@dataclass(frozen=True)
class PublishedRun:
    """A run whose hashes are published.

    Attributes
    ----------
    protocol : Protocol
    settings : RunSettings
    """

    protocol: Protocol
    settings: RunSettings

    @property
    def command(self) -> str:
        """The command that makes it; its place in the file."""
        return command_of(self.protocol, self.settings)

    def hashes(self) -> dict[str, str]:
        """Train, without tests, and hash what was there before and after.

        Returns
        -------
        dict of str to str
            ``initial``, of all weights and other variables that last, and ``weights``
            (`protocols.runs.summary`).

        Raises
        ------
        SuiteError
            If the data set or a compiler is missing.
        """
        learner = self._learner()
        learner.begin()
        found = {"initial": _initial(learner)}
        position = learner.first
        while position < learner.total:
            stop = min(learner.next_test(position), learner.total)
            position = learner.advance(position, stop)
        return found | {"weights": weights_hash(learner.exact())}

    def initial(self) -> str:
        """The first of `hashes`, which needs no compiler."""
        learner = self._learner()
        learner.begin()
        return _initial(learner)

    def _learner(self):
        dataset = self.settings.load()
        train, _ = choose_samples(self.settings, dataset)
        return self.protocol.learner(self.settings, dataset, train, _nothing)


def _initial(learner):
    return weights_hash(part(learner.arrays(), "state"))


def _nothing(line: str) -> None:
    """What is compiled is of no interest here."""


@functools.cache
def _all() -> tuple[tuple[PublishedRun, str], ...]:
    """All runs, each with its command."""
    found = []
    for name, preset, changes in KINDS:
        protocol = find(name)
        base = preset_settings(protocol, preset)
        for precision in PRECISIONS:
            for seed in SEEDS:
                run = PublishedRun(protocol, changed(
                    protocol, base, {**changes, "precision": precision, "seed": seed}))
                found.append((run, run.command))
    return tuple(found)


def runs(words: str = "") -> list[PublishedRun]:
    """The runs of the table, kind by kind.

    Parameters
    ----------
    words : str
        Words that their commands must hold, such as ``"digits float32"``.
    """
    found = []
    for run, command in _all():
        settings = run.settings
        told = f"{command} {run.protocol.name} {settings.precision} {settings.dataset}".split()
        if all(word in told for word in words.split()):
            found.append(run)
    return found


def read() -> dict[str, dict[str, str]]:
    """What is published: ``{command: {"initial": ..., "weights": ...}}``."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {entry.pop("command"): entry for entry in found["run"]}


def write(table: dict[str, dict[str, str]]) -> None:
    """Write the file, in the order of `runs`.

    Parameters
    ----------
    table : dict
        As `read` returns it.
    """
    entries = [{"command": command, **table[command]} for _, command in _all()
               if command in table]
    write_whole(FILE, tomli_w.dumps({"run": entries}).encode(), "choose another folder")
