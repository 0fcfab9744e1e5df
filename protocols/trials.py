"""Repeat an experiment with several seeds, some of them side by side.

    python -m protocols.trials diehl_cook_sl --seeds 0 1 2 3 4 --jobs 2 -- --preset mnist-100

What follows ``--`` goes to the protocol. Every trial has a run directory of its own and, without
--replicas, a process of its own; all share one compiled program. Given again, the command continues trials that were
interrupted and leaves finished ones alone.
"""

from protocols.cli import Parser, clear_errors, imports, prepare_process

prepare_process()

import argparse
import shlex
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

with imports():
    import numpy as np
    from tqdm import tqdm

    from models.errors import SuiteError
    from protocols.runs import protocol as protocols
    from protocols.runs.directory import SUMMARY, RunDirectory, read_json
    from protocols.runs.summary import RULES, read_summary

PROGRAM = "trials"
OWN = ("--seed", "--out", "--resume", "--replicas")
"""Options of a protocol that are given to each trial by this command."""
NO_TRAINING = ("--list", "--print-config", "--help", "-h")
NOTE = "trials.json"
"""In the directory of the trials: protocol and options of all."""
GRACE = 2
"""Seconds in which an interrupted trial may end by itself."""


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
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
    add("--jobs", type=int, default=2, metavar="K", help="processes at a time (2)")
    add("--replicas", type=int, default=1, metavar="R",
        help="trials of each process, side by side in one program, as a GPU wants it (1); "
        "consecutive seeds")
    add("--out", type=Path, default=Path("runs") / "trials", metavar="DIR",
        help="holds a run directory seedN for each (runs/trials)")
    options = parser.parse_args(words[:at])
    options.rest = words[at + 1:]
    return options


def checked(options: argparse.Namespace) -> argparse.Namespace:
    """Refuse what cannot be run, by name."""
    options.module = protocols.module_of(options.protocol)
    for name in ("jobs", "replicas"):
        if getattr(options, name) < 1:
            raise SuiteError(f"--{name} must be 1 or more")
    if len(set(options.seeds)) < len(options.seeds):
        raise SuiteError("--seeds: every seed once")
    for word in options.rest:
        if _means(word, OWN):
            raise SuiteError(f"leave out {word}: every trial gets its own")
        if _means(word, NO_TRAINING):
            raise SuiteError(f"leave out {word}: it trains nothing; give it to python -m "
                             f"{options.module}")
    return options


def _means(word: str, names: tuple[str, ...]) -> bool:
    """Whether a word is one of the options, perhaps shortened as argparse lets it be."""
    given = word.split("=")[0]
    return given in names or len(given) > 2 and any(name.startswith(given) for name in names)


class Processes:
    """The processes of the trials under way."""

    def __init__(self):
        self._lock = threading.Lock()
        self._running = set()
        self._stopped = False

    def run(self, command: list[str]) -> tuple[int, str]:
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

    def stop(self) -> None:
        """Terminate all, and start none any more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        # Ctrl-C has reached them too; a second signal would interrupt their cleaning up.
        until = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(until - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.terminate()


def blocks(options: argparse.Namespace) -> list[list[int]]:
    """Seeds of each process: consecutive ones whose trials are not finished, as many as asked for.

    A finished trial stands alone.
    """
    found = []
    for seed in options.seeds:
        last = found[-1] if found else []
        joins = last and seed == last[-1] + 1 and len(last) < options.replicas
        if joins and not any(finished(options, each) for each in (seed, *last)):
            last.append(seed)
        else:
            found.append([seed])
    return found


def finished(options: argparse.Namespace, seed: int) -> bool:
    """Whether a trial has its summary."""
    return (directory_of(options, seed) / SUMMARY).exists()


def trials(options: argparse.Namespace, seeds: list[int], processes: Processes) -> dict[int, dict]:
    """Run the trials of one process, or what is left of them.

    Returns
    -------
    dict
        Their summaries, by seed.

    Raises
    ------
    SuiteError
        If it failed, with what it said; or a summary cannot be used.
    """
    if not all(finished(options, seed) for seed in seeds):
        where = ["--out", str(directory_of(options, seeds[0]))]
        if len(seeds) > 1:
            where = ["--replicas", str(len(seeds)), "--out", str(options.out)]
        code, said = processes.run([
            sys.executable, "-m", options.module, *options.rest, "--seed", str(seeds[0]), *where,
            "--resume"])
        if code:
            raise SuiteError(f"{_named(seeds)}: {said}")
    return {seed: _summary(options, seed) for seed in seeds}


def _named(seeds: list[int]) -> str:
    """What an error calls the trials of a process."""
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"


def _summary(options: argparse.Namespace, seed: int) -> dict:
    """Summary of a trial that has ended."""
    path = directory_of(options, seed) / SUMMARY
    if not path.exists():
        raise SuiteError(f"seed {seed}: {options.protocol} ended without an error, but left no "
                         f"{path}; give the same command again")
    try:
        return read_summary(path)
    except SuiteError as error:
        raise SuiteError(f"seed {seed}: {error}") from None


def directory_of(options: argparse.Namespace, seed: int) -> Path:
    """Run directory of a trial."""
    return options.out / f"seed{seed}"


def take_directory(options: argparse.Namespace, directory: RunDirectory) -> None:
    """Remember what the directory holds, or refuse to mix it with something else."""
    asked = {"protocol": options.protocol, "options": options.rest}
    note = options.out / NOTE
    if not any(options.out.glob("seed*")):
        # Whatever was asked for before, perhaps with a typing error, has not begun.
        directory.write_json(NOTE, asked)
        return
    held = read_json(note) if note.exists() else {}
    sound = (isinstance(held, dict) and isinstance(held.get("protocol", ""), str)
             and isinstance(held.get("options", []), list)
             and all(isinstance(word, str) for word in held.get("options", [])))
    if not sound:
        raise SuiteError(f"{note} is damaged; choose another --out")
    if held != asked:
        holds = shlex.join([held.get("protocol", "something"), "--",
                            *held.get("options", ["else"])])
        raise SuiteError(f"{options.out} holds the trials of {holds}; choose another --out (a "
                         "single one is prolonged by its protocol's --resume --epochs)")


def refuse_unlike(summaries: dict[int, dict], options: argparse.Namespace) -> None:
    """Refuse trials of several lengths: their mean is of no experiment.

    Parameters
    ----------
    summaries : dict
        ``{seed: summary}``.
    options : argparse.Namespace

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
        shortest = directory_of(options, int(seeds[min(seeds)][0]))
        raise SuiteError(
            f"the trials have shown different numbers of samples: {each}; prolong the shorter ones "
            f"by python -m {options.module} --resume --epochs N --out {shortest}")
    first, *others = summaries
    for seed in others:
        if _names(summaries[seed]) != _names(summaries[first]):
            raise SuiteError(f"seed {seed} has other accuracies than seed {first}; delete "
                             f"{directory_of(options, seed)} and give the same command again")


def _names(summary: dict) -> list[tuple[str, str]]:
    """Rules and readouts of a summary's accuracies."""
    return [(rule, readout) for rule, values in summary["accuracies"].items()
            for readout in values]


def run(options: argparse.Namespace) -> dict[int, dict]:
    """Run all trials.

    Returns
    -------
    dict
        ``{seed: summary}``, in the order of the seeds.

    Raises
    ------
    SuiteError
        If some failed, once all others are done; tells how many. If the directory holds trials
        of another protocol, with other options or of several lengths, or another process runs
        trials there.
    """
    with RunDirectory(options.out) as directory:
        take_directory(options, directory)
        found, failed = _run_all(options)
    # By seed from here on: which trial happens to end first must not change what is said.
    if failed:
        first = next(seed for seed in options.seeds if seed in failed)
        raise SuiteError(f"{len(failed)} of {len(options.seeds)} trials failed; {failed[first]}")
    summaries = {seed: found[seed] for seed in options.seeds}
    refuse_unlike(summaries, options)
    return summaries


def _run_all(options: argparse.Namespace) -> tuple[dict, dict]:
    """Summaries of the trials that ended, and the lines of those that failed, by seed."""
    found = {}
    failed = {}
    processes = Processes()
    with ThreadPoolExecutor(options.jobs) as pool:
        try:
            waiting = {pool.submit(trials, options, seeds, processes): seeds
                       for seeds in blocks(options)}
            for future in tqdm(as_completed(waiting), total=len(waiting), disable=None,
                               unit=" processes", desc=options.protocol):
                try:
                    found |= future.result()
                except SuiteError as error:
                    failed |= dict.fromkeys(waiting[future], str(error))
        except BaseException:  # KeyboardInterrupt above all
            pool.shutdown(wait=False, cancel_futures=True)
            processes.stop()
            raise
    return found, failed


def report(summaries: dict[int, dict]) -> list[str]:
    """Lines with the accuracies of all trials, and their mean and standard deviation."""
    lines = []
    first = next(iter(summaries.values()))
    several = len({readout for _, readout in _names(first)}) > 1
    for rule, readout in _names(first):
        values = [summary["accuracies"][rule][readout] for summary in summaries.values()]
        spread = f" +- {np.std(values, ddof=1):.2f}" if len(values) > 1 else ""
        each = ", ".join(f"{value:.2f}" for value in values)
        label = f"{RULES[rule]}, {readout}" if several else RULES[rule]
        lines.append(f"{label:36s} {np.mean(values):6.2f}{spread} %   ({each})")
    published = first.get("published") or {}
    if "mean" in published:
        spread = f" +- {published['sd']:.2f}" if "sd" in published else ""
        lines.append(f"{'published':36s} {published['mean']:6.2f}{spread} %")
    return lines


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    with clear_errors(PROGRAM, "give the same command again to go on"):
        options = arguments(argv)
        summaries = run(checked(options))
        print("\n".join(report(summaries)))
        print(f"run directories: {options.out}/seed*")


if __name__ == "__main__":
    main()
