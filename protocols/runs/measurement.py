"""A measurement: what trains nothing, and writes a run directory in one go.

It needs settings, declared as those of a training are, and a function that measures. Command line,
checks, config.toml, summary.json and activity.npz follow from these.
"""

import argparse
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import tomli_w

from models.errors import SuiteError
from protocols.cli import Parser, clear_errors, draw
from protocols.runs.declaration import setting
from protocols.runs.directory import CHECKPOINT, SUMMARY, RunDirectory, versions
from protocols.runs.options import add_settings, given_settings, read_settings
from protocols.runs.settings import FORMAT, checked, to_tables


@dataclass(frozen=True)
class MeasurementSettings:
    """Settings that every measurement has.

    Attributes
    ----------
    published : dict
        Nothing; the format of config.toml has it.
    """

    seed: int = setting(0, "run", "of all random numbers", role="repetition", at_least=0,
                        at_most=2**32 - 1, metavar="N")
    published: dict = field(default_factory=dict)

    def check(self) -> None:
        """Refuse settings that do not go together; each alone has been checked.

        Raises
        ------
        SuiteError
        """


@dataclass(frozen=True)
class Measurement:
    """What stands behind ``python -m protocols.NAME``, where nothing is trained.

    Attributes
    ----------
    name : str
        As recorded in run directories, and of the module in `protocols`.
    settings : type
        A subclass of `MeasurementSettings`.
    measure : callable
        Of the settings: arrays of activity.npz, and the facts of summary.json.
    closing : callable
        Of the facts: pairs of label and text that end the command.
    description : str
        Head of ``--help``.
    """

    name: str
    settings: type[MeasurementSettings]
    measure: Callable[[MeasurementSettings], tuple[dict[str, np.ndarray], dict]]
    closing: Callable[[dict], list[tuple[str, str]]]
    description: str


def main(measurement: Measurement, argv: list[str] | None = None) -> None:
    """Do what a command line asks for."""
    words = sys.argv[1:] if argv is None else list(argv)
    with clear_errors(measurement.name):
        base = _base(measurement, words)
        options = _parser(measurement, base).parse_args(words)
        settings = checked(replace(base, **given_settings(measurement.settings, options)))
        if options.print_config:
            print(tomli_w.dumps(to_tables(settings, measurement.name)), end="")
            return
        out = options.out or Path("runs") / f"{measurement.name}-seed{settings.seed}"
        command = f"python -m protocols.{measurement.name} {shlex.join(words)}".strip()
        summary = run(measurement, settings, out, command)
        lines = measurement.closing(summary["facts"])
        width = max(len(label) for label, _ in lines)
        for label, text in lines:
            print(f"{label:{width}s}  {text}")
        print(f"run directory: {out}", flush=True)
        if not options.no_figures:
            draw(out)


def run(measurement: Measurement, settings: MeasurementSettings, out: Path, command: str = ""
        ) -> dict:
    """Measure, and write a run directory.

    Parameters
    ----------
    measurement : Measurement
    settings : MeasurementSettings
        Of the measurement.
    out : path-like
        Run directory; made if it does not exist.
    command : str
        Kept in summary.json.

    Returns
    -------
    dict
        The summary.

    Raises
    ------
    SuiteError
        If the directory holds a run or cannot be written to, or the measurement cannot be made.
        Nothing is written then.
    """
    checked(settings)
    with RunDirectory(Path(out)) as directory:
        if any((directory.path / name).exists() for name in (SUMMARY, CHECKPOINT)):
            raise SuiteError(f"{directory.path} already holds a run: choose another --out")
        wall = time.perf_counter()
        cpu = time.process_time()
        arrays, facts = measurement.measure(settings)
        summary = {
            "format": FORMAT, "protocol": measurement.name, "seed": settings.seed, "facts": facts,
            "cpu_seconds": round(time.process_time() - cpu, 1),
            "wall_seconds": round(time.perf_counter() - wall, 1),
            "command": command, "versions": versions(),
        }
        directory.write_config({**to_tables(settings, measurement.name), "versions": versions()})
        directory.write_arrays("activity.npz", arrays)
        directory.write_json(SUMMARY, summary)
        return summary


def _base(measurement: Measurement, words: list[str]) -> MeasurementSettings:
    """Settings that a command line starts from: the defaults, or those of its --config."""
    first = Parser(prog=f"python -m protocols.{measurement.name}", add_help=False)
    first.add_argument("--config")
    named, _ = first.parse_known_args(words)
    if named.config is None:
        return measurement.settings()
    return read_settings(measurement.settings, measurement.name, Path(named.config))


def _parser(measurement: Measurement, base: MeasurementSettings) -> Parser:
    """Parser of a measurement's options."""
    parser = Parser(prog=f"python -m protocols.{measurement.name}",
                    description=measurement.description,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--config", metavar="FILE", help="start from the settings in the config.toml of a run")
    add("--print-config", action="store_true", help="print the settings as config.toml and stop")
    add("--out", type=Path, metavar="DIR",
        help=f"run directory (runs/{measurement.name}-seedN)")
    add("--no-figures", action="store_true", help="do not draw figures")
    add_settings(parser, base)
    return parser
