"""Repeat an experiment with several seeds, some of them side by side.

    python -m protocols.trials diehl_cook_sl --seeds 0 1 2 3 4 --jobs 2 -- --preset mnist-100

What follows ``--`` goes to the protocol. Every trial is a process and a run directory of its
own; all share one compiled program. Given again, the command continues trials that were
interrupted and leaves finished ones alone.
"""

from protocols.cli import Parser, clear_errors, pin_threads

pin_threads()

import argparse
import importlib.util
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
from protocols.rundir import RunDirectory

PROGRAM = "trials"
OWN = ("--seed", "--out", "--resume")
"""Options of a protocol that are given to each trial by this command."""
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
    if importlib.util.find_spec(f"protocols.{options.protocol}") is None:
        raise SuiteError(f"unknown protocol {options.protocol!r}: a module of protocols, such as "
                         "diehl_cook_sl")
    if options.jobs < 1:
        raise SuiteError("--jobs must be 1 or more")
    if len(set(options.seeds)) < len(options.seeds):
        raise SuiteError("--seeds: every seed once")
    for word in options.rest:
        if word.split("=")[0] in OWN:
            raise SuiteError(f"leave out {word}: every trial gets its own")
    return options


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
        If it failed; with what it said.
    """
    summary = out / "summary.json"
    if not summary.exists():
        resume = ["--resume"] if (out / "checkpoint.npz").exists() else []
        code, said = processes.run(
            [sys.executable, "-m", f"protocols.{protocol}", *rest, "--seed", str(seed),
             "--out", str(out), *resume])
        if code:
            raise SuiteError(f"seed {seed}: {said}")
    try:
        return json.loads(summary.read_text())
    except (OSError, ValueError) as error:
        raise SuiteError(f"seed {seed}: {summary} cannot be read ({error})") from None


def _note(options):
    """Remember what the directory holds, or refuse to mix it with something else."""
    note, asked = options.out / NOTE, {"protocol": options.protocol, "options": options.rest}
    directory = RunDirectory(options.out)
    if not note.exists() and not any(options.out.glob("seed*")):
        directory.write_json(NOTE, asked)
    try:
        held = json.loads(note.read_text()) if note.exists() else {}
    except (OSError, ValueError) as error:
        raise SuiteError(f"{note} cannot be read ({error}); choose another --out") from None
    if held != asked:
        words = [held.get("protocol", "something"), "--", *held.get("options", ["else"])]
        raise SuiteError(f"{options.out} holds the trials of {shlex.join(words)}; choose another "
                         "--out (a single one is prolonged by its protocol's --resume --epochs)")


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
        of another protocol or with other options.
    """
    _note(options)
    found, failed, processes = {}, [], Processes()
    with ThreadPoolExecutor(options.jobs) as pool:
        try:
            waiting = {pool.submit(trial, options.protocol, options.rest, seed,
                                   options.out / f"seed{seed}", processes): seed
                       for seed in options.seeds}
            for future in tqdm(as_completed(waiting), total=len(waiting), disable=None,
                               unit=" trials", desc=options.protocol):
                try:
                    found[waiting[future]] = future.result()
                except SuiteError as error:
                    failed.append(str(error))
        except BaseException:  # KeyboardInterrupt above all
            pool.shutdown(wait=False, cancel_futures=True)
            processes.stop()
            raise
    if failed:
        raise SuiteError(f"{len(failed)} of {len(waiting)} trials failed; {failed[0]}")
    return {seed: found[seed] for seed in options.seeds}


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
