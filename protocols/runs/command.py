"""The command line of every training."""

import shlex
import sys
from pathlib import Path

import tomli_w

from protocols.cli import clear_errors, draw
from protocols.runs import presets
from protocols.runs.asked import chosen_base, command_of, parser_of, settings_of
from protocols.runs.equations import equations_of
from protocols.runs.protocol import Protocol
from protocols.runs.run import run
from protocols.runs.settings import RunSettings, to_tables
from protocols.runs.several import are_several, run_several
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
        if are_several(options):
            made = run_several(protocol, options, words)
            for replica, summary in made:
                for line in closing_lines(protocol, summary, replica.out):
                    print(f"{replica.name}: {line}")
            outs = [replica.out for replica, _ in made]
        else:
            settings, out = settings_of(protocol, base, options)
            if options.print_config:
                print(tomli_w.dumps(to_tables(settings, protocol.name)), end="")
                return
            if options.describe:
                print(described(protocol, settings), end="")
                return
            command = (command_of(protocol, settings) if options.resume else
                       shlex.join(["python", "-m", protocol.module, *words]))
            summary = run(protocol, settings, out, command, options.resume)
            for line in closing_lines(protocol, summary, out):
                print(line)
            outs = [out]
        if not options.no_figures:
            for out in outs:
                draw(out)


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
    return [*(f"{label:{width}s}  {text}" for label, text in lines),
            *hash_lines(summary["weights"]), f"run directory: {out}"]


def hash_lines(weights: dict | None) -> list[str]:
    """The hash of weights and thresholds, and what it is not promised for.

    Parameters
    ----------
    weights : dict or None
        Of the summary.
    """
    if weights is None:
        return []
    lines = [f"SHA-256 of weights and thresholds: {weights['sha256']}"]
    if weights["outside"]:
        lines.append("other machines may give another one: these equations call the C library "
                     f"({', '.join(weights['outside'])})")
    return lines
