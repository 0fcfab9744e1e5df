"""Sweeps: what a file asks for, and that Snakemake makes it, continues it and reports it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("yaml", reason="sweeps need: pip install 'brian2-learning-suite[sweeps]'")

from models.errors import SuiteError
from protocols.runs.command import main
from protocols.runs.directory import read_json
from protocols.stbp.protocol import PROTOCOL as STBP
from protocols.sweeps.checks import refuse_unusable
from protocols.sweeps.grid import FOLDER, read_sweep, sweeps
from tests.tiny import write_data

SNAKEFILE = FOLDER / "Snakefile"


def written(folder, text, name="mine.yaml"):
    """A file with a sweep of that text."""
    path = folder / name
    path.write_text(text)
    return path


def words(job):
    """A job's command line after the name of its protocol."""
    return " ".join(job.words)


def test_table_1():
    """Every cell of the paper's Table 1: each size, method and seed, by options that exist."""
    table1 = sweeps()["table1"]
    refuse_unusable(table1)
    assert len(table1.runs) == len(set(table1.runs)) == 50
    by_run = {str(job.runs[0]): job for job in table1.jobs}
    for size in (100, 400, 1600, 6400, 10000):
        for seed in range(5):
            first = by_run[f"runs/table1/mnist-{size}/seed{seed}"]
            second = by_run[f"runs/table1/mnist-{size}-layer-by-layer/seed{seed}"]
            assert f"--preset mnist-{size} --keep" in words(first)
            kept = words(first).split("--keep ")[1].split()[0]
            # Layer by layer takes the hidden layer of the same seed.
            assert f"--hidden-from {first.runs[0]}/checkpoint-{kept}.npz" in words(second)
            assert table1.needs(second) == first.summaries
            assert table1.needs(first) == []
            assert (words(first) + words(second)).count(f"--seed {seed}") == 2


def test_every_sweep_of_the_suite_can_be_run():
    for sweep in sweeps().values():
        refuse_unusable(sweep)


def test_grid(tmp_path):
    """Lists are axes; what varies is in the folder's name."""
    sweep = read_sweep(written(tmp_path, """
out: here
experiments:
  - protocol: diehl_cook_sl
    preset: [mnist-100, mnist-400]
    seed: [3, 4]
    shuffle: [true, false]
    parameter: {nu_input: [0.01, 0.02], nu_hidden: 1e-3}
    hidden: "30 40"
    resources: {runtime: 5}
"""))
    assert len(sweep.jobs) == 16 and sweep.name == "mine"
    last = sweep.jobs[-1]
    assert last.name == "mine/mnist-400-shuffle-False-nu_input-0.02/seed4"
    assert last.runs == (Path("here/mnist-400-shuffle-False-nu_input-0.02/seed4"),)
    assert words(last) == ("--preset mnist-400 --no-shuffle --parameter nu_input=0.02 "
                           "--parameter nu_hidden=1e-3 --hidden 30 40 --seed 4")
    assert last.resources == {"runtime": 5}
    refuse_unusable(sweep)


def test_replicas_are_consecutive_seeds(tmp_path):
    """A process each, with the directories that single runs have."""
    sweep = read_sweep(written(tmp_path, """
experiments:
  - {protocol: stbp, seed: [0, 1, 2, 5, 6], replicas: 2}
"""))
    assert [[run.name for run in job.runs] for job in sweep.jobs] == [
        ["seed0", "seed1"], ["seed2"], ["seed5", "seed6"]]
    assert sweep.jobs[0].where == ("--replicas", "2", "--out", "runs/mine/stbp")
    assert sweep.jobs[1].where == ("--out", "runs/mine/stbp/seed2")


ONE = "experiments: [{protocol: stbp, %s}]"


@pytest.mark.parametrize("text, message", [
    ("a: [", "mine.yaml"), ("3", "must hold experiments"), ("experiments: []", "at least one"),
    ("experiments: [{}]", "must name a protocol"), ("experiments: [3]", "must name a protocol"),
    ("experiments: [{protocol: abacus}]", "unknown protocol 'abacus'"),
    ("expriments: [{protocol: stbp}]", "must hold experiments"),
    ("{out: 3, experiments: [{protocol: stbp}]}", "out must be the name of a folder"),
    (ONE % "seed: x", "seed must be whole numbers"), (ONE % "seed: []", "seed must be whole"),
    (ONE % "seed: [1, 1]", "every seed once"), (ONE % "seed: true", "seed must be whole numbers"),
    (ONE % "replicas: 0", "replicas must be"), (ONE % "out: x", "leave out out"),
    (ONE % "resume: true", "leave out resume"), (ONE % "list: true", "it trains nothing"),
    (ONE % "--width: 3", "without --"), (ONE % "3: 3", "3 is no option"),
    (ONE % "width: []", "width must be a value or a list"),
    (ONE % "width: [[1]]", "width must be a value or a list"),
    (ONE % "width: null", "width must be a value or a list"),
    (ONE % "parameter: {a: {b: 1}}", "parameter must be a value or a list"),
    (ONE % "resources: 3", "resources must be"), (ONE % "name: 3", "name must be a word"),
    (ONE % "dataset: '{home}/x'", "dataset: {home} is none of {runs}, {seed}"),
    (ONE % "dataset: '{runs}/other/x.npz'", "no run of this sweep makes runs/mine/other/x.npz"),
    ("experiments: [{protocol: stbp}, {protocol: stbp}]", "two runs would be runs/mine/stbp/seed0"),
])
def test_bad_file(tmp_path, text, message):
    """One line that names the key."""
    with pytest.raises(SuiteError) as error:
        read_sweep(written(tmp_path, text))
    assert message in str(error.value) and "mine.yaml" in str(error.value)


def test_bad_value(tmp_path):
    """Found before anything runs, with the job's name."""
    with pytest.raises(SuiteError, match="mine/stbp-width-0/seed0: .*width"):
        refuse_unusable(read_sweep(written(tmp_path, ONE % "width: [1, 0]")))


def test_a_name_that_the_suite_has(tmp_path):
    with pytest.raises(SuiteError, match="has a sweep table1"):
        sweeps(str(written(tmp_path, ONE % "width: 1", "table1.yaml")))


def snakemake(folder, *options):
    """Call Snakemake in a folder; returns the process and all that was said."""
    environment = {**os.environ, "PYTHONPATH": str(SNAKEFILE.parents[2])}
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-s", str(SNAKEFILE), *options], cwd=folder,
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    return done.returncode, done.stdout


@pytest.fixture
def needs_snakemake():
    pytest.importorskip("snakemake",
                        reason="sweeps need: pip install 'brian2-learning-suite[sweeps]'")


class Killed(BaseException):
    """Ends a run as abruptly as can be within a process."""


def test_snakemake(tmp_path, monkeypatch, needs_snakemake):
    """A dry run lists what is missing; a killed run goes on; a finished one is left alone."""
    data = write_data(tmp_path / "tiny.npz")
    mine = written(tmp_path, f"""
experiments:
  - protocol: stbp
    dataset: {data}
    network: 10-classes
    kernels: numpy
    epochs: 2
    seed: [0, 1]
""")
    options = ["--dataset", str(data), "--network", "10-classes", "--kernels", "numpy", "--epochs",
               "2", "--no-figures"]
    runs = tmp_path / "runs/mine/stbp"
    main(STBP, [*options, "--out", str(runs / "seed0")])
    whole = (runs / "seed0/summary.json").read_bytes()

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("protocols.runs.run.finish", kill)
        main(STBP, [*options, "--seed", "1", "--out", str(runs / "seed1")])
    checkpoint = (runs / "seed1/checkpoint.npz").read_bytes()
    code, said = snakemake(tmp_path, "--config", f"sweep={mine}", "--cores", "1", "--dry-run")
    assert code == 0, said
    assert "rule mine/stbp/seed1" in said and "rule mine/stbp/seed0" not in said
    code, said = snakemake(tmp_path, "--config", f"sweep={mine}", "--cores", "1")
    assert code == 0, said
    assert (runs / "seed0/summary.json").read_bytes() == whole
    assert (runs / "seed1/checkpoint.npz").read_bytes() == checkpoint
    first, second = (read_json(runs / f"seed{seed}/summary.json")["accuracies"]["end"]["output"]
                     for seed in (0, 1))
    assert f"2 {(first + second) / 2:.2f} {abs(first - second) / 2**0.5:.2f}" in " ".join(
        said.split())
    rows = (tmp_path / "runs/mine/report.csv").read_text().splitlines()
    assert rows[0] == "experiment,readout,rule,n,mean,sd,published,difference,p"
    # What is not this sweep's is refused by the run itself, and nothing is lost.
    mine.write_text(mine.read_text().replace("10-classes", "20-classes"))
    code, said = snakemake(tmp_path, "--config", f"sweep={mine}", "--cores", "1")
    assert code and "was started with another network" in said
    assert json.loads((runs / "seed0/summary.json").read_bytes()) == json.loads(whole)
    assert (runs / "seed1/checkpoint.npz").read_bytes() == checkpoint


def test_snakemake_refuses_in_one_line(tmp_path, needs_snakemake):
    mine = written(tmp_path, ONE % "width: -1")
    code, said = snakemake(tmp_path, "--config", f"sweep={mine}", "--cores", "1")
    lines = [line for line in said.splitlines() if not line.startswith("Using workflow")]
    assert code == 2 and len(lines) == 1, said
    assert lines[0].startswith("sweeps: ") and "width" in lines[0]
