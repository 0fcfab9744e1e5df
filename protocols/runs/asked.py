"""What a command line asks for: settings and a run directory.

The options are made from the declarations of the protocol's settings.
"""

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from models.errors import SuiteError
from protocols.cli import Parser
from protocols.runs import presets
from protocols.runs.options import add_settings, given_settings, read_settings
from protocols.runs.protocol import OWN, Protocol
from protocols.runs.resume import refuse_changes, settings_to_resume
from protocols.runs.rows import nearest_presets
from protocols.runs.settings import (
    RunSettings, checked, declarations, differing, from_tables, is_experiment, may_change,
    option_words,
)


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
    add("--vary", nargs="+", default=[], metavar=("OPTION", "VALUE"),
        help="make runs side by side for each of several values of an option, in "
        "DIR/VALUE/seedN, such as --vary parameter eta=0.1 eta=0.3")
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
    fresh = changed(protocol, base, given)
    out = options.out or Path("runs") / protocol.default_directory(fresh)
    if options.resume:
        own = settings_to_resume(protocol, out)
        if own is not None:
            return resumed(own, base, given, options, out), out
        print(f"{out} holds no run yet: it begins", file=sys.stderr)
    fresh.refuse_given(base, given)
    return fresh, out


def command_of(protocol: Protocol, settings: RunSettings) -> str:
    """The command line that makes a run of these settings.

    The line that continued a run need not say what run it is.
    """
    base = preset_settings(protocol, settings.preset)
    names = differing(settings, base, ("experiment", "procedure", "repetition"))
    names += [name for name in settings.named_beside(names) if name not in names]
    words = option_words(settings, [name for name in names if name not in ("preset", "seed")])
    if settings.preset in presets.names(protocol.name):
        words = ["--preset", settings.preset, *words]
    return shlex.join(["python", "-m", protocol.module, *words, "--seed", str(settings.seed)])


def changed(protocol: Protocol, base: RunSettings, given: dict) -> RunSettings:
    """Settings with changes, and with what was published of them.

    That is nothing where they are of another experiment. Where they are trained as another preset
    of the same experiment is, it is that preset's.
    """
    values = {name: getattr(base, name) | value if isinstance(value, dict) else value
              for name, value in given.items()}
    settings = checked(replace(base, **values))
    kept = {name: value for name, value in base.published.items() if name == "readout"}
    if not is_experiment(settings, base):
        return replace(settings, published=kept)
    if "row" in base.published:
        found = [preset.published for preset in nearest_presets(protocol, settings)]
        if found and base.published["row"] not in [published["row"] for published in found]:
            return replace(settings, published=found[0] | kept)
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
