"""A learner of 60 lines has everything that the papers' protocols have (`tests.logistic`)."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from analysis.__main__ import main as draw
from protocols import datasets, predict
from protocols.runs import training
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import main
from protocols.runs.run import run
from tests.logistic import PROTOCOL, LogisticSettings

EPOCHS = 3


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Run directory of a finished run with held-out samples, and its summary."""
    out = tmp_path_factory.mktemp("logistic") / "run"
    settings = LogisticSettings(epochs=EPOCHS, held_out=137, keep=(400, 1000))
    return out, run(PROTOCOL, settings, out, "test", quiet=True)


def assert_same(one, other):
    """Two checkpoints hold the same, but for the times."""
    a, b = (read_checkpoint(path / "checkpoint.npz") for path in (one, other))
    assert a.arrays.keys() == b.arrays.keys()
    for name in a.arrays:
        np.testing.assert_array_equal(a.arrays[name], b.arrays[name], err_msg=name)
    assert a.progress.best == b.progress.best
    rows = [pd.DataFrame(each.progress.rows).drop(columns=["cpu_seconds", "wall_seconds"])
            for each in (a, b)]
    pd.testing.assert_frame_equal(*rows)


def test_files_and_summary(whole):
    """Every file; the four rules of which two apply; what is learned is chosen by held-out ones."""
    out, summary = whole
    assert {path.name for path in out.iterdir()} == {
        "config.toml", "equations.txt", "metrics.csv", "predictions.csv", "summary.json",
        "checkpoint.npz", "checkpoint.json", "checkpoint-400.npz", "checkpoint-400.json",
        "checkpoint-1000.npz", "checkpoint-1000.json"}
    assert summary["accuracies"].keys() == {"end", "held_out"}
    assert summary["rule"] == "held_out" and summary["accuracy"] > 85
    assert summary["samples"] == EPOCHS * 1300
    # pandas rounds the last digit otherwise.
    rows = pd.read_csv(out / "metrics.csv", float_precision="round_trip")
    assert (rows["split"] == "validation").all() and len(rows) == EPOCHS
    best = read_checkpoint(out / "checkpoint.npz").progress.best["output"]
    assert best["value"] == rows["accuracy"].max()
    answers = pd.read_csv(out / "predictions.csv")
    right = 100 * (answers["label"] == answers["predicted"]).mean()
    assert right == pytest.approx(summary["accuracy"])


def test_the_rules_that_look_at_tests(tmp_path):
    """Last and best of the tests are those of metrics.csv."""
    summary = run(PROTOCOL, LogisticSettings(epochs=EPOCHS), tmp_path, "test", quiet=True)
    tested = pd.read_csv(tmp_path / "metrics.csv")["accuracy"]
    found = {rule: values["output"] for rule, values in summary["accuracies"].items()}
    assert found == pytest.approx({"end": tested.iloc[-1], "last_test": tested.iloc[-2],
                                   "best_test": tested.max()})


@pytest.mark.parametrize("stop", [1, 3, 7])
def test_stopped_anywhere_and_resumed(whole, tmp_path, monkeypatch, stop):
    """A run that ends after some checkpoints and is resumed is the uninterrupted one."""
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", -1)
    saved = iter(range(stop))
    save = training.Training.save

    def save_or_stop(self, name="checkpoint"):
        if next(saved, None) is None:
            raise KeyboardInterrupt
        save(self, name)

    settings = LogisticSettings(epochs=EPOCHS, held_out=137, keep=(400, 1000))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Training, "save", save_or_stop)
        run(PROTOCOL, settings, tmp_path, "test", quiet=True)
    shown = read_checkpoint(tmp_path / "checkpoint.npz").progress.samples
    assert 0 < shown < EPOCHS * 1300
    run(PROTOCOL, settings, tmp_path, "test", resume=True, quiet=True)
    assert_same(whole[0], tmp_path)


def test_killed_at_any_moment(tmp_path):
    """kill -9 at a random moment, then the same command with --resume."""
    command = [sys.executable, "-m", "tests.logistic", "--epochs", "60", "--no-figures", "--out"]
    killed = tmp_path / "killed"
    process = subprocess.Popen([*command, str(killed)], stdout=subprocess.DEVNULL)
    while not (killed / "checkpoint.npz").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(np.random.default_rng().uniform(0, 0.2))
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the run ended before it could be killed"
    main(PROTOCOL, [*command[3:], str(killed), "--resume"])
    main(PROTOCOL, [*command[3:], str(tmp_path / "whole")])
    assert_same(tmp_path / "whole", killed)


def test_predictions(whole, tmp_path, capsys):
    """Single images by the chosen weights, as in predictions.csv."""
    digits = datasets.load("digits")
    files = [tmp_path / f"{k}.npy" for k in range(5)]
    for file, image in zip(files, digits.x_test):
        np.save(file, image)
    predict.main([str(whole[0]), *map(str, files), "--json"])
    found = json.loads(capsys.readouterr().out)["predictions"]
    answers = pd.read_csv(whole[0] / "predictions.csv")["predicted"][:5]
    assert [each["class"] for each in found] == answers.tolist()
    for each in found:
        assert each["label"] == max(each["votes"]["output"], key=each["votes"]["output"].get)


def test_figures(whole, capsys):
    """Those that need no more than the tables."""
    assert draw([str(whole[0]), "--formats", "png"]) == 0
    drawn = {path.stem for path in (whole[0] / "figures").iterdir()}
    assert {"convergence", "confusion_matrix"} <= drawn
    for path in (whole[0] / "figures").iterdir():
        path.unlink()
    (whole[0] / "figures").rmdir()


def test_its_command_line(tmp_path, capsys):
    """Preset of the digits, the run directory of its name, closing lines."""
    main(PROTOCOL, ["--epochs", "1", "--no-figures", "--out", str(tmp_path)])
    said = capsys.readouterr().out
    assert "1,437 of 1,437 samples" in said and "end of the run" in said
    with pytest.raises(SystemExit) as stopped:
        main(PROTOCOL, ["--epochs", "1", "--no-figures", "--out", str(tmp_path)])
    assert stopped.value.code == 2
    assert "add --resume" in capsys.readouterr().err
