"""Repeat an experiment with several seeds, some of them side by side.

    python -m protocols.trials diehl_cook_sl --seeds 0 1 2 3 4 --jobs 2 -- --preset mnist-100

What follows ``--`` goes to the protocol. Every trial is a process and a run directory of its
own; all share one compiled program. Given again, the command continues trials that were
interrupted and leaves finished ones alone.
"""

from protocols.cli import Parser, clear_errors, pin_threads

pin_threads()

import argparse
import json
import shlex
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.errors import SuiteError
from protocols import preset_files
from protocols.rundir import RunDirectory

PROGRAM = "trials"
OWN = ("--seed", "--out", "--resume")
"""Options of a protocol that are given to each trial by this command."""
NO_TRAINING = ("--list", "--help", "-h")
NOTE = "trials.json"
"""In the directory of the trials: protocol and options of all."""
GRACE = 2
"""Seconds in which an interrupted trial may end by itself."""


def arguments(argv=None):
    """Parse the command line."""
    words = list(sys.argv[1:] if argv is None else argv)
    at = words.index("--") if "--" in words else len(words)
    parser = Parser(
        prog=f"python -m protocols.{PROGRAM}", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("protocol", metavar="PROTOCOL", help="such as diehl_cook_sl")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], metavar="N",
        help="one trial each (0 1 2 3 4)")
    add("--jobs", type=int, default=2, metavar="K", help="trials at a time (2)")
    add("--out", type=Path, default=Path("runs") / "trials", metavar="DIR",
        help="holds a run directory seedN for each (runs/trials)")
    options = parser.parse_args(words[:at])
    options.rest = words[at + 1:]
    return options


def checked(options):
    """Refuse what cannot be run, by name."""
    known = preset_files.protocols()
    if options.protocol not in known:
        raise SuiteError(f"unknown protocol {options.protocol!r}: choose {' or '.join(known)}")
    if options.jobs < 1:
        raise SuiteError("--jobs must be 1 or more")
    if len(set(options.seeds)) < len(options.seeds):
        raise SuiteError("--seeds: every seed once")
    for word in options.rest:
        if _means(word, OWN):
            raise SuiteError(f"leave out {word}: every trial gets its own")
        if _means(word, NO_TRAINING):
            raise SuiteError(f"leave out {word}: it trains nothing; give it to python -m "
                             f"protocols.{options.protocol}")
    return options


def _means(word, names):
    """Whether a word is one of the options, perhaps shortened as argparse lets it be."""
    given = word.split("=")[0]
    return given in names or len(given) > 2 and any(name.startswith(given) for name in names)


class Processes:
    """The processes of the trials under way."""

    def __init__(self):
        self._lock, self._running, self._stopped = threading.Lock(), set(), False

    def run(self, command):
        """Run a command to its end.

        Returns
        -------
        code : int
        said : str
            Last line of its standard error.
        """
        with self._lock:
            if self._stopped:
                raise SuiteError("stopped")
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       errors="replace")
            self._running.add(process)
        _, said = process.communicate()
        with self._lock:
            self._running.remove(process)
        return process.returncode, (said.strip().splitlines() or ["no message"])[-1]

    def stop(self):
        """Terminate all, and start none any more."""
        with self._lock:
            self._stopped, running = True, list(self._running)
        # Ctrl-C has reached them too; a second signal would interrupt their cleaning up.
        until = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(until - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.terminate()


def trial(protocol, rest, seed, out, processes):
    """Run one trial, or what is left of it.

    Parameters
    ----------
    protocol : str
    rest : list of str
        Options for it.
    seed : int
    out : Path
        Run directory.
    processes : Processes

    Returns
    -------
    dict
        Its summary.

    Raises
    ------
    SuiteError
        If it failed, with what it said; or its summary cannot be used.
    """
    summary = out / "summary.json"
    if not summary.exists():
        resume = ["--resume"] if (out / "checkpoint.npz").exists() else []
        code, said = processes.run(
            [sys.executable, "-m", f"protocols.{protocol}", *rest, "--seed", str(seed),
             "--out", str(out), *resume])
        if code:
            raise SuiteError(f"seed {seed}: {said}")
        if not summary.exists():
            raise SuiteError(f"seed {seed}: {protocol} ended without an error, but left no "
                             f"{summary}; give the same command again")
    try:
        found = json.loads(summary.read_text())
    except (OSError, ValueError) as error:
        raise SuiteError(f"seed {seed}: {summary} cannot be read ({error}); delete it and give the "
                         "same command again") from None
    if not _usable(found):
        raise SuiteError(f"seed {seed}: {summary} holds no summary of a trial; delete it and give "
                         "the same command again")
    return found


def _usable(summary):
    """Whether a summary holds what `report` takes from it, in the right types."""
    if not isinstance(summary, dict) or not isinstance(summary.get("samples"), int):
        return False
    accuracies, published = summary.get("accuracies"), summary.get("published") or {}
    if not isinstance(accuracies, dict) or not accuracies or not isinstance(published, dict):
        return False
    values = [*accuracies.values(), *(published[k] for k in ("mean", "sd") if k in published)]
    return all(isinstance(value, (int, float)) for value in values)


def _note(options):
    """Remember what the directory holds, or refuse to mix it with something else."""
    note, asked = options.out / NOTE, {"protocol": options.protocol, "options": options.rest}
    directory = RunDirectory(options.out)
    if not any(options.out.glob("seed*")):
        # Whatever was asked for before, perhaps with a typing error, has not begun.
        directory.write_json(NOTE, asked)
    try:
        held = json.loads(note.read_text()) if note.exists() else {}
        words = [held.get("protocol", "something"), "--", *held.get("options", ["else"])]
        holds = shlex.join(words)
    except (OSError, ValueError, TypeError, AttributeError):
        raise SuiteError(f"{note} is damaged; choose another --out") from None
    if held != asked:
        raise SuiteError(f"{options.out} holds the trials of {holds}; choose another --out (a "
                         "single one is prolonged by its protocol's --resume --epochs)")


def refuse_unlike(summaries, protocol, out):
    """Refuse trials of several lengths: their mean is of no experiment.

    Parameters
    ----------
    summaries : dict
        ``{seed: summary}``.
    protocol : str
    out : Path
        Holds the run directories.

    Raises
    ------
    SuiteError
        If they differ in their samples or in what they have accuracies of.
    """
    seeds = {}
    for seed, summary in summaries.items():
        seeds.setdefault(summary["samples"], []).append(str(seed))
    if len(seeds) > 1:
        each = ", ".join(f"{n} (seed {', '.join(seeds[n])})" for n in sorted(seeds))
        first = seeds[min(seeds)][0]
        raise SuiteError(
            f"the trials have shown different numbers of samples: {each}; prolong the shorter ones "
            f"by python -m protocols.{protocol} --resume --epochs N --out {out}/seed{first}")
    first, *others = summaries
    for seed in others:
        if summaries[seed]["accuracies"].keys() != summaries[first]["accuracies"].keys():
            raise SuiteError(f"seed {seed} has other accuracies than seed {first}; delete "
                             f"{out}/seed{seed} and give the same command again")


def run(options):
    """Run all trials.

    Returns
    -------
    dict
        ``{seed: summary}``, in the order of the seeds.

    Raises
    ------
    SuiteError
        If some failed, once all others are done; tells how many. If the directory holds trials
        of another protocol, with other options or of several lengths.
    """
    _note(options)
    found, failed, processes = {}, {}, Processes()
    with ThreadPoolExecutor(options.jobs) as pool:
        try:
            waiting = {pool.submit(trial, options.protocol, options.rest, seed,
                                   options.out / f"seed{seed}", processes): seed
                       for seed in options.seeds}
            for future in tqdm(as_completed(waiting), total=len(waiting), disable=None,
                               unit=" trials", desc=options.protocol):
                seed = waiting[future]
                try:
                    found[seed] = future.result()
                except SuiteError as error:
                    failed[seed] = str(error)
        except BaseException:  # KeyboardInterrupt above all
            pool.shutdown(wait=False, cancel_futures=True)
            processes.stop()
            raise
    # By seed from here on: which trial happens to end first must not change what is said.
    if failed:
        first = next(seed for seed in options.seeds if seed in failed)
        raise SuiteError(f"{len(failed)} of {len(waiting)} trials failed; {failed[first]}")
    summaries = {seed: found[seed] for seed in options.seeds}
    refuse_unlike(summaries, options.protocol, options.out)
    return summaries


def report(summaries):
    """Lines with the accuracies of all trials, and their mean and standard deviation."""
    lines = []
    for name in next(iter(summaries.values()))["accuracies"]:
        values = [summary["accuracies"][name] for summary in summaries.values()]
        spread = f" +- {np.std(values, ddof=1):.2f}" if len(values) > 1 else ""
        each = ", ".join(f"{value:.2f}" for value in values)
        lines.append(f"{name.replace('_', ' '):22s} {np.mean(values):6.2f}{spread} %   ({each})")
    published = next(iter(summaries.values())).get("published") or {}
    if "mean" in published:
        spread = f" +- {published['sd']:.2f}" if "sd" in published else ""
        lines.append(f"{'published':22s} {published['mean']:6.2f}{spread} %")
    return lines


def main(argv=None):
    """Command line."""
    options = arguments(argv)
    with clear_errors(PROGRAM, "give the same command again to go on"):
        summaries = run(checked(options))
        print("\n".join(report(summaries)))
        print(f"run directories: {options.out}/seed*")


if __name__ == "__main__":
    main()
