"""Several seeds of one experiment: run, continued, reported."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from protocols import trials
from protocols.diehl_cook_sl.protocol import PROTOCOL as DIEHL_COOK
from protocols.runs.command import main as train
from protocols.runs.console import Console
from tests.analysis_runs import write_summary
from tests.conftest import needs_compiler
from tests.logistic import PROTOCOL as LOGISTIC


def failure(capsys, *argv):
    """Run a command that must fail; returns its one line."""
    with pytest.raises(SystemExit) as stopped:
        trials.main(list(argv))
    assert stopped.value.code == 2
    line, = [text for text in capsys.readouterr().err.splitlines() if text.startswith("trials")]
    return line


@pytest.fixture
def in_this_process(monkeypatch):
    """Trials of `DIEHL_COOK` are trained here, where all trainings share compiled networks.

    `tests.test_learner.test_trials` has them in processes of their own.
    """
    def run(_, command):
        program, *words = command
        assert program == sys.executable and words[:2] == ["-m", DIEHL_COOK.module]
        with contextlib.redirect_stdout(io.StringIO()):
            train(DIEHL_COOK, words[2:])
        return 0, "no message"

    monkeypatch.setattr(trials.Processes, "run", run)


@needs_compiler
def test_two_seeds(tiny_run, in_this_process, without_figures, tmp_path, capsys):
    """Each is the run its seed gives; a second command finds them done and finishes others."""
    runs = tmp_path / "runs"
    options = ["diehl_cook_sl", "--seeds", "0", "7", "--out", str(runs), "--",
               *tiny_run.options]
    trials.main(["diehl_cook_sl", "--seeds", "0", *options[4:]])
    first = capsys.readouterr().out
    known = json.loads((tiny_run.path / "summary.json").read_text())
    assert json.loads((runs / "seed0/summary.json").read_text())["accuracies"] == \
        known["accuracies"]
    assert "end of the run, sl" in first and "held-out choice, tested once, labels" in first
    # Interrupted: the checkpoint is there, the end is not. Another one is whole.
    (runs / "seed0/summary.json").unlink()
    train(DIEHL_COOK, [*tiny_run.options, "--seed", "7", "--out", str(runs / "seed7")])
    before = (runs / "seed7/summary.json").stat().st_mtime_ns
    capsys.readouterr()
    trials.main(options)
    said = capsys.readouterr().out
    assert (runs / "seed7/summary.json").stat().st_mtime_ns == before
    summaries = [json.loads((runs / f"seed{seed}/summary.json").read_text()) for seed in (0, 7)]
    assert summaries[0]["accuracies"] == known["accuracies"] and summaries[1]["seed"] == 7
    a, b = (summary["accuracies"]["end"]["sl"] for summary in summaries)
    assert f"{(a + b) / 2:6.2f} +- {abs(a - b) / 2**0.5:.2f} %   ({a:.2f}, {b:.2f})" in said
    # Another experiment's results are not these.
    for words in ([*options, "--epochs", "3"], ["stbp", *options[1:]]):
        assert "holds the trials of diehl_cook_sl" in failure(capsys, *words)
    # A trial that was prolonged is not averaged with the others.
    path = runs / "seed7/summary.json"
    path.write_text(json.dumps(summaries[1] | {"samples": 96}))
    line = failure(capsys, *options)
    assert "48 (seed 0), 96 (seed 7)" in line and "--resume --epochs" in line


class Killed(BaseException):
    """Ends a run as abruptly as can be within a process."""


def test_a_prolonged_and_killed_trial_is_not_finished(tmp_path, monkeypatch, capsys):
    """It is continued, not counted with the summary of its first end."""
    words = ["--train-samples", "100", "--epochs", "1", "--no-figures"]
    options = ["logistic", "--seeds", "0", "--out", str(tmp_path), "--", *words]
    (tmp_path / "trials.json").write_text(json.dumps({"protocol": "logistic", "options": words}))
    train(LOGISTIC, [*words, "--out", str(tmp_path / "seed0")])
    trials.main(options)
    assert "run directories: " in capsys.readouterr().out

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Console, "advance", kill)
        train(LOGISTIC, ["--out", str(tmp_path / "seed0"), "--resume", "--epochs", "2"])
    begun = []

    def run(_, command):
        begun.append(command)
        return 2, "logistic: stopped"

    monkeypatch.setattr(trials.Processes, "run", run)
    assert "1 of 1 trials failed; seed 0: logistic: stopped" in failure(capsys, *options)
    command, = begun
    assert command[1:] == ["-m", "tests.logistic", *words, "--seed", "0", "--out",
                           str(tmp_path / "seed0"), "--resume"]


@pytest.fixture(params=[list, reversed], ids=["first ends first", "last ends first"])
def ending(request, monkeypatch):
    """Trials that end in the order of their seeds, and in the opposite one."""
    def ended(waiting):
        return request.param(list(waiting))

    monkeypatch.setattr(trials, "as_completed", ended)


def test_a_trial_that_fails(tmp_path, capsys):
    """How many failed, and what it said."""
    line = failure(capsys, "logistic", "--seeds", "3", "--out", str(tmp_path), "--",
                   "--preset", "mnist-99")
    assert "1 of 1 trials failed; seed 3: logistic: unknown preset 'mnist-99'" in line


def test_trials_that_fail(tmp_path, monkeypatch, capsys, ending):
    """The first of the seeds is told of, whichever ends first."""
    monkeypatch.setattr(trials.Processes, "run", lambda _, command: (
        2, f"stbp: {command[command.index('--seed') + 1]} is not liked"))
    line = failure(capsys, "stbp", "--seeds", "3", "1", "--out", str(tmp_path), "--", "--tua", "1")
    assert "2 of 2 trials failed; seed 3: stbp: 3 is not liked" in line
    # Nothing has begun: the directory is free for the command without the typing error.
    line = failure(capsys, "stbp", "--seeds", "3", "1", "--out", str(tmp_path), "--", "--tau", "1")
    assert "2 of 2 trials failed" in line


SUMMARY = {"format": 2, "samples": 3, "seed": 0, "accuracies": {"end": {"output": 50.0}}}


@pytest.mark.parametrize("summary", [
    {}, [], 3, SUMMARY | {"accuracies": {}}, SUMMARY | {"accuracies": {"end": {"output": "x"}}},
    SUMMARY | {"accuracies": {"end": 50.0}}, SUMMARY | {"accuracies": {"final": {"output": 5.0}}},
    SUMMARY | {"accuracies": {"end": {}}}, SUMMARY | {"accuracies": {"end": {"output": True}}},
    SUMMARY | {"accuracies": {"end": {"output": float("nan")}}},
    SUMMARY | {"samples": None}, SUMMARY | {"samples": True}, SUMMARY | {"seed": "x"},
    SUMMARY | {"format": 1}, SUMMARY | {"published": [1]}, SUMMARY | {"published": {"mean": "x"}},
    SUMMARY | {"published": {"mean": 50, "sd": None}},
])
def test_unusable_summary(tmp_path, capsys, summary):
    """Named, with what to do."""
    (tmp_path / "trials.json").write_text('{"protocol": "stbp", "options": []}')
    (tmp_path / "seed0").mkdir()
    (tmp_path / "seed0/summary.json").write_text(json.dumps(summary))
    line = failure(capsys, "stbp", "--seeds", "0", "--out", str(tmp_path))
    assert "seed0/summary.json holds no summary" in line and "delete it" in line


def test_other_accuracies(tmp_path, capsys, ending):
    """Of one trial than of the other, whichever ends first."""
    (tmp_path / "trials.json").write_text('{"protocol": "stbp", "options": []}')
    for seed, rule in enumerate(("end", "held_out")):
        (tmp_path / f"seed{seed}").mkdir()
        (tmp_path / f"seed{seed}/summary.json").write_text(
            json.dumps(SUMMARY | {"accuracies": {rule: {"output": 50.0}}}))
    line = failure(capsys, "stbp", "--seeds", "0", "1", "--out", str(tmp_path))
    assert "seed 1 has other accuracies than seed 0" in line


def test_a_second_command_for_the_same_trials(tmp_path, monkeypatch, capsys):
    """One line while the first one runs; that one goes on."""
    options = ["stbp", "--seeds", "0", "--out", str(tmp_path)]
    lines = []

    def run(*_):
        lines.append(failure(capsys, *options))
        return 2, "the first"

    monkeypatch.setattr(trials.Processes, "run", run)
    assert "the first" in failure(capsys, *options)
    assert "under way in another process" in lines[0]


@pytest.mark.parametrize("note", ["[]", '{"protocol": 1, "options": [1]}', '{"options": 3}', "{"])
def test_damaged_note(tmp_path, capsys, note):
    """Of a directory with trials in it."""
    (tmp_path / "seed0").mkdir()
    (tmp_path / "trials.json").write_text(note)
    assert "trials.json is damaged" in failure(capsys, "stbp", "--out", str(tmp_path))


def test_no_summary(tmp_path, capsys, monkeypatch):
    """A protocol that ends as if all were well."""
    monkeypatch.setattr(trials.Processes, "run", lambda *_: (0, "no message"))
    line = failure(capsys, "stbp", "--seeds", "0", "--out", str(tmp_path))
    assert "stbp ended without an error, but left no" in line


@pytest.mark.parametrize("argv, message", [
    (["abacus"], "unknown protocol 'abacus': choose diehl_cook_sl or "),
    (["foo.bar"], "unknown protocol 'foo.bar'"),
    (["."], "unknown protocol '.'"),
    (["diehl_cook_sl.plan.x"], "unknown protocol 'diehl_cook_sl.plan.x'"),
    (["rundir"], "unknown protocol 'rundir'"),
    (["diehl_cook_sl", "--jobs", "0"], "--jobs must be 1 or more"),
    (["diehl_cook_sl", "--seeds", "1", "1"], "every seed once"),
    (["diehl_cook_sl", "--", "--seed", "1"], "leave out --seed"),
    (["diehl_cook_sl", "--", "--out=x"], "leave out --out=x"),
    (["diehl_cook_sl", "--", "--resu"], "leave out --resu"),
    (["diehl_cook_sl", "--", "--list"], "leave out --list: it trains nothing"),
    (["diehl_cook_sl", "--", "--print-config"], "leave out --print-config: it trains nothing"),
    (["diehl_cook_sl", "--", "--help"], "leave out --help: it trains nothing"),
    (["diehl_cook_sl", "--", "-h"], "leave out -h: it trains nothing"),
])
def test_bad_input(capsys, argv, message):
    """Told before anything runs."""
    assert message in failure(capsys, *argv)


@pytest.mark.parametrize("group", [True, False])
def test_stopped(tmp_path, group):
    """Ctrl-C, or SIGTERM to the command alone: no trial goes on, none is begun any more."""
    # In place of the protocol: one that tells that it has begun.
    program = """
import sys, time
from pathlib import Path
if "child" in sys.argv:
    from protocols.cli import clear_errors
    with clear_errors("child"):
        Path(sys.argv[-1]).touch()
        time.sleep(60)
        Path(sys.argv[-1]).with_suffix(".end").touch()
from protocols import trials
popen = trials.subprocess.Popen
trials.subprocess.Popen = lambda command, **words: popen(
    [sys.executable, sys.argv[0], "child", command[-2] + ".begun"], **words)
trials.main(["stbp", "--jobs", "1", "--out", sys.argv[1]])
"""
    (tmp_path / "program.py").write_text(program)
    command = subprocess.Popen(
        [sys.executable, tmp_path / "program.py", tmp_path / "runs"], stderr=subprocess.PIPE,
        text=True, start_new_session=True)
    try:
        begun = tmp_path / "runs/seed0.begun"
        for _ in range(300):
            if begun.exists():
                break
            time.sleep(0.1)
        if group:
            os.killpg(command.pid, signal.SIGINT)
        else:
            command.terminate()
        _, said = command.communicate(timeout=20)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(command.pid, signal.SIGKILL)
            pytest.fail("a process was left")
    assert command.returncode == 2
    assert said == "trials: stopped; give the same command again to go on\n"
    assert [path.name for path in (tmp_path / "runs").glob("seed*")] == [begun.name]


def test_replicas_are_consecutive_seeds_that_are_not_finished(tmp_path, monkeypatch):
    """A process each, with the directories that single trials have."""
    commands = []

    def run(_, command):
        commands.append(command[3:])
        first = int(command[command.index("--seed") + 1])
        count = int(command[command.index("--replicas") + 1]) if "--replicas" in command else 1
        for seed in range(first, first + count):
            (tmp_path / f"seed{seed}").mkdir()
            write_summary(tmp_path / f"seed{seed}", seed=seed, samples=1,
                          accuracies={"end": {"output": 90.0 + seed}})
        return 0, ""

    monkeypatch.setattr(trials.Processes, "run", run)
    (tmp_path / "seed2").mkdir()
    write_summary(tmp_path / "seed2", seed=2, samples=1, accuracies={"end": {"output": 92.0}})
    (tmp_path / "trials.json").write_text('{"protocol": "stbp", "options": []}')
    trials.main(["stbp", "--seeds", "0", "1", "2", "3", "4", "5", "7", "--replicas", "2", "--jobs",
                 "1", "--out", str(tmp_path)])
    assert commands == [
        ["--seed", "0", "--replicas", "2", "--out", str(tmp_path), "--resume"],
        ["--seed", "3", "--replicas", "2", "--out", str(tmp_path), "--resume"],
        ["--seed", "5", "--out", str(tmp_path / "seed5"), "--resume"],
        ["--seed", "7", "--out", str(tmp_path / "seed7"), "--resume"]]
