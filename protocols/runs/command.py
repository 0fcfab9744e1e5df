"""The command line of every training, made from the declarations of its protocol's settings."""

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import tomli_w

from models.errors import SuiteError
from protocols.cli import Parser, clear_errors, draw
from protocols.runs import presets
from protocols.runs.equations import equations_of
from protocols.runs.options import add_settings, given_settings, read_settings
from protocols.runs.protocol import OWN, Protocol
from protocols.runs.replicas import Replica, run_together
from protocols.runs.resume import refuse_changes, settings_to_resume
from protocols.runs.run import run
from protocols.runs.settings import (
    RunSettings, checked, declarations, from_tables, is_experiment, may_change, to_tables,
)
from protocols.runs.summary import RULES
from protocols.runs.training import choose_samples


def main(protocol: Protocol, argv: list[str] | None = None) -> None:
    """Do what a command line asks for."""
    words = sys.argv[1:] if argv is None else list(argv)
    with clear_errors(protocol.name, "continue with the same command and --resume"):
        base = chosen_base(protocol, words)
        options = parser_of(protocol, base).parse_args(words)
        if options.list:
            presets.show(protocol.name)
            return
        if options.replicas != 1:
            run_several(protocol, base, options, words)
            return
        settings, out = settings_of(protocol, base, options)
        if options.print_config:
            print(tomli_w.dumps(to_tables(settings, protocol.name)), end="")
            return
        if options.describe:
            print(described(protocol, settings), end="")
            return
        command = f"python -m {protocol.module} {shlex.join(words)}".strip()
        summary = run(protocol, settings, out, command, options.resume)
        for line in closing_lines(protocol, summary, out):
            print(line)
        if not options.no_figures:
            draw(out)


def run_several(protocol: Protocol, base: RunSettings, options: argparse.Namespace,
                words: list[str]) -> None:
    """Make the runs of ``--replicas``.

    Raises
    ------
    SuiteError
        If one cannot be made, or has failed once all others are done.
    """
    if options.replicas < 1:
        raise SuiteError(f"--replicas {options.replicas}: give 1 or more")
    if options.print_config or options.describe:
        raise SuiteError("--replicas is for training: leave it out to see settings or equations")
    replicas = [replica_of(protocol, base, options, place, words)
                for place in range(options.replicas)]
    summaries = run_together(protocol, replicas)
    for replica, summary in zip(replicas, summaries):
        for line in closing_lines(protocol, summary, replica.out):
            print(f"seed {replica.settings.seed}: {line}")
    if not options.no_figures:
        for replica in replicas:
            draw(replica.out)


def replica_of(protocol: Protocol, base: RunSettings, options: argparse.Namespace, place: int,
               words: list[str]) -> Replica:
    """The run of one of the seeds; its command makes it alone."""
    first = base.seed if options.seed is None else options.seed
    own = argparse.Namespace(**vars(options))
    own.seed = first + place
    own.out = None if options.out is None else options.out / f"seed{own.seed}"
    settings, out = settings_of(protocol, base, own)
    alone = without(words, ("--replicas", "--seed", "--out"))
    command = f"python -m {protocol.module} {shlex.join([*alone, '--seed', str(own.seed)])}"
    return Replica(settings, out, command, options.resume)


def without(words: list[str], names: tuple[str, ...]) -> list[str]:
    """A command line without some options and their values."""
    left = []
    skipped = False
    for word in words:
        name, _, value = word.partition("=")
        given = len(name) > 2 and any(each.startswith(name) for each in names)
        if not skipped and not given:
            left.append(word)
        skipped = given and not value
    return left


# -- what is asked for ----------------------------------------------------------------------


def chosen_base(protocol: Protocol, words: list[str]) -> RunSettings:
    """Settings that a command line starts from: those of its preset or of its --config.

    Raises
    ------
    SuiteError
        If there are none.
    """
    first = Parser(prog=f"python -m {protocol.module}", add_help=False)
    for name in ("--preset", "--config", "--dataset"):
        first.add_argument(name)
    named, _ = first.parse_known_args(words)
    if named.config is not None:
        if named.preset is not None:
            raise SuiteError("--preset and --config both say where to start from; leave one out")
        return read_settings(protocol.settings, protocol.name, Path(named.config))
    own = named.dataset is not None and named.dataset != "digits"
    return preset_settings(protocol, named.preset or (OWN if own else "digits"))


def preset_settings(protocol: Protocol, name: str) -> RunSettings:
    """Settings of a preset.

    Raises
    ------
    SuiteError
        If there is none of that name; the closest name is given.
    """
    if name in (OWN, "digits") and name not in presets.names(protocol.name):
        return replace(protocol.settings(), preset=name)
    tables = presets.read(protocol.name, name)
    return replace(from_tables(protocol.settings, tables, protocol.name), preset=name)


def parser_of(protocol: Protocol, base: RunSettings) -> Parser:
    """Parser of a protocol's options; the help shows the defaults of `base`."""
    parser = Parser(prog=f"python -m {protocol.module}", description=protocol.description,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--list", action="store_true", help="list the presets with published values, and times of "
        "recorded runs")
    add("--config", metavar="FILE", help="start from the settings in the config.toml of a run")
    add("--print-config", action="store_true", help="print the settings as config.toml and stop")
    add("--describe", action="store_true",
        help="print the equations of the networks, with all values, and stop")
    add("--out", type=Path, metavar="DIR",
        help=f"run directory (runs/{protocol.prefix}PRESET-seedN, or by the name of your data)")
    add("--resume", action="store_true", help="continue the run from its checkpoint")
    add("--replicas", type=int, default=1, metavar="R",
        help="make R runs side by side in one program, of --seed and the seeds behind it, each in "
        "a run directory of its own (in DIR/seedN where --out DIR is given)")
    add("--no-figures", action="store_true", help="do not draw figures")
    add_settings(parser, base)
    return parser


def settings_of(protocol: Protocol, base: RunSettings,
                options: argparse.Namespace) -> tuple[RunSettings, Path]:
    """Settings and run directory that the command line asks for.

    Raises
    ------
    SuiteError
        If a value makes no sense, or differs from those of the run to be resumed.
    """
    given = given_settings(protocol.settings, options)
    fresh = changed(base, given)
    out = options.out or Path("runs") / protocol.default_directory(fresh)
    if options.resume:
        own = settings_to_resume(protocol, out)
        if own is not None:
            return resumed(own, base, given, options, out), out
        print(f"{out} holds no run yet: it begins", file=sys.stderr)
    fresh.refuse_idle(set(given))
    return fresh, out


def changed(base: RunSettings, given: dict) -> RunSettings:
    """Settings with changes; without the published value where they are of another experiment."""
    values = {name: getattr(base, name) | value if isinstance(value, dict) else value
              for name, value in given.items()}
    settings = checked(replace(base, **values))
    if not is_experiment(settings, base):
        kept = {name: value for name, value in base.published.items() if name == "readout"}
        settings = replace(settings, published=kept)
    return settings


def resumed(own: RunSettings, base: RunSettings, given: dict, options: argparse.Namespace,
            out: Path) -> RunSettings:
    """Settings of the run in a directory, with the changes that are allowed.

    The options may say again what it is.
    """
    free = {name: value for name, value in given.items() if may_change(own, name)}
    asked = {name: value for name, value in given.items() if name not in free}
    if options.config is not None:
        every = [name for name in declarations(own) if not may_change(own, name)]
        asked = {name: getattr(base, name) for name in every} | asked
    refuse_changes(out, own, asked)
    return checked(replace(own, **free))


def described(protocol: Protocol, settings: RunSettings) -> str:
    """Text of the networks that settings ask for.

    Raises
    ------
    SuiteError
        If settings and data do not go together.
    """
    dataset = settings.load()
    train, _ = choose_samples(settings, dataset)
    return equations_of(protocol.learner(settings, dataset, train))


# -- what is told ---------------------------------------------------------------------------


def closing_lines(protocol: Protocol, summary: dict, out: Path) -> list[str]:
    """Accuracies by each rule, and where the files are."""
    words = protocol.learner.words
    lines = []
    for rule, values in summary["accuracies"].items():
        several = len(protocol.learner.readouts) > 1
        texts = [f"{words[readout]} {value:.2f} %" if several else f"{value:.2f} %"
                 for readout, value in values.items()]
        lines.append((RULES[rule], ", ".join(texts)))
    lines += protocol.learner.closing(summary["facts"])
    if "mean" in (summary["published"] or {}):
        lines.append(("published", f"{summary['published']['mean']:.2f} %"))
    width = max(len(label) for label, _ in lines)
    return [*(f"{label:{width}s}  {text}" for label, text in lines), f"run directory: {out}"]
