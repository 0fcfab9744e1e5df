"""Several runs by one command line: seeds, and values of an option, side by side."""

import argparse
import shlex

from models.errors import SuiteError
from protocols.runs.asked import chosen_base, parser_of, settings_of
from protocols.runs.protocol import Protocol
from protocols.runs.replicas import Replica, run_together

OWN_OPTIONS = ("--replicas", "--seed", "--out", "--vary")
"""Options whose place in the command of a single run others take."""


def are_several(options: argparse.Namespace) -> bool:
    """Whether a command line asks for several runs."""
    return options.replicas != 1 or bool(options.vary)


def run_several(protocol: Protocol, options: argparse.Namespace, words: list[str]
                ) -> list[tuple[Replica, dict]]:
    """Make the runs of ``--replicas`` and ``--vary``.

    Parameters
    ----------
    protocol : Protocol
    options : argparse.Namespace
    words : list of str
        The command line.

    Returns
    -------
    list of (Replica, dict)
        With their summaries.

    Raises
    ------
    SuiteError
        If one cannot be made, or has failed once all others are done.
    """
    if options.replicas < 1:
        raise SuiteError(f"--replicas {options.replicas}: give 1 or more")
    if options.print_config or options.describe:
        name = "--vary" if options.vary else "--replicas"
        raise SuiteError(f"{name} is for training: leave it out to see settings or equations")
    replicas = [replica_of(protocol, options, words, variant, place)
                for variant in variants(options) for place in range(options.replicas)]
    return list(zip(replicas, run_together(protocol, replicas)))


def variants(options: argparse.Namespace) -> list[tuple[str, ...]]:
    """Words that each value of ``--vary`` adds to the command line.

    Raises
    ------
    SuiteError
        If there is no value, or one twice, or no folder for the runs.
    """
    if not options.vary:
        return [()]
    name, *values = options.vary
    if not values:
        raise SuiteError(f"--vary {name}: give the values of the option behind its name")
    if len(set(values)) < len(values):
        raise SuiteError(f"--vary {name} {' '.join(values)}: a value stands there twice")
    if options.out is None:
        raise SuiteError("--vary makes several runs: --out DIR says where their folders are to be")
    return [(f"--{name.removeprefix('--')}", value) for value in values]


def replica_of(protocol: Protocol, options: argparse.Namespace, words: list[str],
               variant: tuple[str, ...], place: int) -> Replica:
    """The run of one of the values and seeds; its command makes it alone."""
    alone = [*without(words, OWN_OPTIONS), *variant]
    base = chosen_base(protocol, alone)
    seed = (base.seed if options.seed is None else options.seed) + place
    alone += ["--seed", str(seed)]
    own = parser_of(protocol, base).parse_args(alone)
    name = f"seed {seed}"
    out = options.out
    if variant:
        value = variant[-1]
        name = f"{value}, {name}"
        out = out / value.replace("/", "_")
    own.out = None if out is None else out / f"seed{seed}"
    settings, out = settings_of(protocol, base, own)
    command = f"python -m {protocol.module} {shlex.join(alone)}"
    return Replica(settings, out, command, options.resume, name)


def without(words: list[str], names: tuple[str, ...]) -> list[str]:
    """A command line without some options and their values."""
    left = []
    skipped = False
    for word in words:
        if word.startswith("--"):
            name = word.partition("=")[0]
            skipped = len(name) > 2 and any(each.startswith(name) for each in names)
        if not skipped:
            left.append(word)
    return left
