"""Several seeds of one experiment: run, continued, reported."""

import json
import shutil

import pytest

from protocols import trials
from tests.conftest import needs_compiler


def failure(capsys, *argv):
    """Run a command that must fail; returns its one line."""
    with pytest.raises(SystemExit) as stopped:
        trials.main(list(argv))
    assert stopped.value.code == 2
    line, = [text for text in capsys.readouterr().err.splitlines() if text.startswith("trials")]
    return line


@needs_compiler
def test_two_seeds(tiny_run, tmp_path, capsys):
    """Each is the run its seed gives; a second command finds them done and finishes others."""
    options = ["diehl_cook_sl", "--seeds", "0", "7", "--out", str(tmp_path / "runs"), "--",
               *tiny_run.options]
    trials.main(options)
    said = capsys.readouterr().out
    summaries = [json.loads((tmp_path / f"runs/seed{seed}/summary.json").read_text())
                 for seed in (0, 7)]
    known = json.loads((tiny_run.path / "summary.json").read_text())
    assert summaries[0]["accuracies"] == known["accuracies"]
    assert summaries[1]["seed"] == 7
    a, b = (summary["accuracies"]["final_sl"] for summary in summaries)
    assert f"{(a + b) / 2:6.2f} +- {abs(a - b) / 2**0.5:.2f} %   ({a:.2f}, {b:.2f})" in said
    # Interrupted: the checkpoint is there, the end is not.
    (tmp_path / "runs/seed7/summary.json").unlink()
    before = (tmp_path / "runs/seed0/summary.json").stat().st_mtime_ns
    trials.main(options)
    assert capsys.readouterr().out == said
    assert (tmp_path / "runs/seed0/summary.json").stat().st_mtime_ns == before
    # Another experiment's results are not these.
    for words in ([*options, "--epochs", "3"], ["stbp", *options[1:]]):
        assert "holds the trials of diehl_cook_sl" in failure(capsys, *words)
    shutil.rmtree(tmp_path / "runs")


def test_a_trial_that_fails(tmp_path, capsys):
    """How many failed, and what the first of them said."""
    line = failure(capsys, "diehl_cook_sl", "--seeds", "3", "--out", str(tmp_path), "--",
                   "--preset", "mnist-99")
    assert "1 of 1 trials failed; seed 3: diehl_cook_sl: unknown preset 'mnist-99'" in line


@pytest.mark.parametrize("argv, message", [
    (["abacus"], "unknown protocol 'abacus'"),
    (["diehl_cook_sl", "--jobs", "0"], "--jobs must be 1 or more"),
    (["diehl_cook_sl", "--seeds", "1", "1"], "every seed once"),
    (["diehl_cook_sl", "--", "--seed", "1"], "leave out --seed"),
    (["diehl_cook_sl", "--", "--out=x"], "leave out --out=x"),
])
def test_bad_input(capsys, argv, message):
    """Told before anything runs."""
    assert message in failure(capsys, *argv)
