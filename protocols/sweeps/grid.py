"""Sweeps: what a YAML file asks for, as jobs; `protocols/sweeps/README.md` describes the file."""

import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from models.errors import SuiteError
from protocols.files import reading, regular_file
from protocols.runs import protocol as protocols
from protocols.sweeps.jobs import Job, Sweep

FOLDER = Path(__file__).parent
KEYS = ("protocol", "name", "seed", "replicas", "resources")
"""Keys of an experiment that are no options of its protocol."""
GIVEN = ("out", "resume", "no-figures")
"""Options that every job has from here."""
NO_TRAINING = ("list", "print-config", "describe", "help")
SIMPLE = (str, int, float, bool)


def sweeps(file: str | None = None) -> dict[str, Sweep]:
    """The sweep of a file, which comes first, and those of the suite, by name.

    Parameters
    ----------
    file : str, optional
        A YAML file; its sweep is named after it.

    Raises
    ------
    SuiteError
        If a file cannot be used, or is named as a sweep of the suite is.
    """
    own = {path.stem: read_sweep(path) for path in sorted(FOLDER.glob("*.yaml"))}
    if file is None:
        return own
    path = regular_file(file)
    if path.stem in own:
        raise SuiteError(f"{path}: the suite has a sweep {path.stem}; rename the file")
    return {path.stem: read_sweep(path), **own}


def read_sweep(path: Path) -> Sweep:
    """The sweep of a YAML file.

    Raises
    ------
    SuiteError
        If it is none; names the key.
    """
    with reading(path, "see protocols/sweeps/README.md"):
        asked = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        return _sweep(path.stem, asked)
    except SuiteError as error:
        raise SuiteError(f"{path}: {error}") from None


def _sweep(name: str, asked: Any) -> Sweep:
    """A sweep from the content of its file."""
    if not isinstance(asked, dict) or set(asked) - {"out", "experiments"}:
        raise SuiteError("must hold experiments, a list, and may hold out, a folder")
    experiments = asked.get("experiments")
    if not isinstance(experiments, list) or not experiments:
        raise SuiteError("experiments must be a list of at least one")
    out = asked.get("out", f"runs/{name}")
    if not isinstance(out, str) or not out:
        raise SuiteError("out must be the name of a folder")
    folder = Path(out)
    jobs = tuple(job for experiment in experiments for job in _jobs(name, folder, experiment))
    runs = [run for job in jobs for run in job.runs]
    for run in runs:
        if runs.count(run) > 1:
            raise SuiteError(f"two runs would be {run}; give one of the experiments a name")
    for job in jobs:
        for file in job.files:
            if not set(runs) & set(file.parents):
                raise SuiteError(f"{job.name}: no run of this sweep makes {file}; add that run, or "
                                 "name a file without {runs}")
    return Sweep(name, folder, jobs)


def _jobs(sweep: str, folder: Path, experiment: Any) -> Iterator[Job]:
    """The jobs of one experiment."""
    _check(experiment)
    seeds = experiment.get("seed", 0)
    seeds = seeds if isinstance(seeds, list) else [seeds]
    if not seeds or any(type(seed) is not int or seed < 0 for seed in seeds):
        raise SuiteError("seed must be whole numbers of 0 or more")
    if len(set(seeds)) < len(seeds):
        raise SuiteError("seed: every seed once")
    for place, options in _places(experiment):
        for block in _blocks(seeds, experiment.get("replicas", 1)):
            yield _job(sweep, folder / place, experiment, options, block, folder)


def _check(experiment: Any) -> None:
    """Refuse an experiment that cannot be run."""
    if not isinstance(experiment, dict) or not isinstance(experiment.get("protocol"), str):
        raise SuiteError("each of experiments must name a protocol")
    protocols.module_of(experiment["protocol"])
    replicas = experiment.get("replicas", 1)
    if type(replicas) is not int or replicas < 1:
        raise SuiteError("replicas must be a whole number of 1 or more")
    resources = experiment.get("resources", {})
    if not isinstance(resources, dict) or not all(
            isinstance(value, (str, int)) for value in resources.values()):
        raise SuiteError("resources must be names with numbers or words")
    if not isinstance(experiment.get("name", ""), str):
        raise SuiteError("name must be a word")
    for key, value in experiment.items():
        if key in KEYS:
            continue
        if not isinstance(key, str) or not re.fullmatch(r"[a-z][\w-]*", key):
            raise SuiteError(f"{key} is no option; write it as on the command line, without --")
        if key in GIVEN:
            raise SuiteError(f"leave out {key}: every run gets its own")
        if key in NO_TRAINING:
            raise SuiteError(f"leave out {key}: it trains nothing")
        for entry in value.values() if isinstance(value, dict) else [value]:
            if not all(isinstance(each, SIMPLE) for each in _values(entry)):
                raise SuiteError(f"{key} must be a value or a list of values; quote several that "
                                 'belong together: "100 100"')


def _values(value: Any) -> list:
    """The values that an option takes in turn."""
    return value if isinstance(value, list) and value else [value]


def _places(experiment: dict) -> Iterator[tuple[str, dict[tuple[str, ...], Any]]]:
    """Every combination of values: the name of its folder, and the value of each option."""
    axes = {}
    for key, value in experiment.items():
        if key in KEYS:
            continue
        if isinstance(value, dict):
            axes |= {(key, inner): _values(entry) for inner, entry in value.items()}
        else:
            axes[key,] = _values(value)
    for combination in itertools.product(*axes.values()):
        options = dict(zip(axes, combination))
        words = [str(experiment.get("name", options.get(("preset",), experiment["protocol"])))]
        if "name" in experiment and len(axes.get(("preset",), [])) > 1:
            words.append(str(options["preset",]))
        words += [f"{option[-1]}-{value}" for option, value in options.items()
                  if len(axes[option]) > 1 and option != ("preset",)]
        yield re.sub(r"[^\w.+-]+", "_", "-".join(words)), options


def _blocks(seeds: list[int], replicas: int) -> Iterator[list[int]]:
    """Seeds of each job: consecutive ones, as many as are to run side by side."""
    block = []
    for seed in seeds:
        if block and (seed != block[-1] + 1 or len(block) == replicas):
            yield block
            block = []
        block.append(seed)
    yield block


def _job(sweep: str, place: Path, experiment: dict, options: dict, seeds: list[int],
         folder: Path) -> Job:
    """One process."""
    known = {"runs": str(folder)}
    if experiment.get("replicas", 1) == 1:
        known["seed"] = str(seeds[0])
    words = []
    files = []
    for option, value in options.items():
        dashed = f"--{option[0]}"
        if isinstance(value, bool):
            words.append(dashed if value else dashed.replace("--", "--no-", 1))
            continue
        text = _filled(str(value), option[0], known)
        if "{runs}" in str(value):
            files.append(Path(text))
        words += [dashed, *([f"{option[1]}={text}"] if option[1:] else shlex.split(text))]
    runs = tuple(place / f"seed{seed}" for seed in seeds)
    words += ["--seed", str(seeds[0])]
    where = ["--out", str(runs[0])]
    if len(seeds) > 1:
        where = ["--replicas", str(len(seeds)), "--out", str(place)]
    return Job(f"{sweep}/{place.name}/seed{seeds[0]}", experiment["protocol"], tuple(words),
               tuple(where), runs, tuple(files), experiment.get("resources", {}))


def _filled(text: str, option: str, known: dict[str, str]) -> str:
    """A value with the names in braces replaced."""
    def of(name: re.Match) -> str:
        if name[1] not in known:
            raise SuiteError(f"{option}: {name[0]} is none of "
                             f"{', '.join('{%s}' % each for each in known)}")
        return known[name[1]]

    return re.sub(r"\{(\w*)\}", of, text)
