"""Training that goes on from a kept checkpoint, in file order and with a block replaced."""

import json
import shutil

import numpy as np
import pytest

from protocols.diehl_cook_sl.protocol import PROTOCOL as DIEHL_COOK
from protocols.runs import training
from protocols.runs.checkpoint import read_checkpoint, write_checkpoint
from protocols.runs.command import main
from protocols.runs.console import Console
from protocols.runs.directory import RunDirectory
from protocols.stbp.protocol import PROTOCOL as STBP
from protocols.theta_trough import __main__ as theta_trough, learner
from tests.commands import one_line
from tests.conftest import needs_compiler
from tests.tiny import HALF

pytestmark = needs_compiler

EPOCH = 30
"""Training images of the tiny data."""
VARIANTS = ("file-order", "26-27-replaced")


@pytest.fixture(scope="module")
def in_file_order(tiny_run, tmp_path_factory):
    """Run directory with checkpoints inside the first epoch and at its end."""
    out = tmp_path_factory.mktemp("order") / "run"
    options = [o for o in tiny_run.options if o not in ("--held-out", "6")]
    with pytest.MonkeyPatch.context() as patch:
        # The network of the tiny run.
        patch.setattr(learner, "CHUNK", 25)
        main(DIEHL_COOK, [*options, "--no-shuffle", "--keep", str(HALF), str(EPOCH),
                          "--out", str(out)])
        yield out


@pytest.fixture(scope="module")
def words(in_file_order):
    """A command with two variants, but for ``--out``."""
    return [str(in_file_order / f"checkpoint-{HALF}.npz"), "--until", "40", "--test-every", "4",
            "--test-images", "6", "--block", "26", "28", "--out"]


@pytest.fixture(scope="module")
def whole(words, tmp_path_factory):
    """Directory of the two variants."""
    out = tmp_path_factory.mktemp("trough")
    theta_trough.main([*words, str(out)])
    return out


def refused(capsys, *words):
    """The one line with which the command is refused."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        theta_trough.main([str(word) for word in words])
    assert stopped.value.code == 2
    return one_line(capsys.readouterr().err, "theta_trough")


def results(out):
    """What a variant found, but for times."""
    checkpoint = read_checkpoint(out / "checkpoint.npz")
    summary = json.loads((out / "summary.json").read_text())
    rows = [{name: value for name, value in row.items() if not name.endswith("seconds")}
            for row in checkpoint.progress.rows]
    with np.load(out / "activity.npz") as file:
        activity = {name: file[name].tobytes() for name in file.files}
    arrays = {name: value.tobytes() for name, value in checkpoint.arrays.items()}
    return summary["accuracies"], summary["facts"], rows, activity, arrays


def test_both_variants(in_file_order, words, tmp_path, capsys):
    """File order is the run itself; another block of images gives another theta."""
    theta_trough.main([*words, str(tmp_path)])
    said = capsys.readouterr().out
    run = read_checkpoint(in_file_order / f"checkpoint-{EPOCH}.npz")
    found = {}
    for variant in ("file order", "26-27 replaced"):
        assert f"{variant:21s} lowest SL accuracy" in said
        name = variant.replace(" ", "-")
        summary = json.loads((tmp_path / name / "summary.json").read_text())
        assert len(summary["facts"]["theta_swap"]) == 4
        assert summary["samples"] == 40
        with np.load(tmp_path / name / "activity.npz") as activity:
            found[name] = activity["theta_end_mV"]
            assert activity["theta_samples"].max() == 40
            assert len(activity["train_spikes"]) == 40 - HALF
    np.testing.assert_array_equal(found["file-order"], 1e3 * run.arrays["state:hidden1.theta"])
    assert not np.array_equal(*found.values())


class Killed(BaseException):
    """Ends a run as abruptly as can be within a process."""


@pytest.mark.parametrize("stop", [1, 3])
def test_killed_and_resumed(whole, words, tmp_path, monkeypatch, stop):
    """In the second variant, before and after the end of the epoch: the same bits."""
    advance = Console.advance
    # Tests at 28, 32, 36 and 40, the end of the epoch at 30.
    calls = iter(range(5 + stop))

    def kill(console, samples, status):
        if next(calls, None) is None:
            raise Killed
        advance(console, samples, status)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(training, "CHECKPOINT_SECONDS", -1)
        patch.setattr(Console, "advance", kill)
        theta_trough.main([*words, str(tmp_path)])
    theta_trough.main([*words, str(tmp_path), "--resume"])
    for name in VARIANTS:
        assert results(tmp_path / name) == results(whole / name)


def test_nothing_is_overwritten(in_file_order, whole, words, tmp_path, capsys):
    """Neither what the command has made before, nor another run."""
    def content(folder):
        return {path: path.read_bytes() for path in folder.rglob("*.*")}

    before = content(whole)
    assert "file-order already holds a run: add --resume" in refused(capsys, *words, whole)
    # With other images to test on it would be another experiment.
    line = refused(capsys, *words, whole, "--test-images", "7", "--resume")
    assert "another test-images; give it as it was" in line
    assert content(whole) == before
    (tmp_path / "file-order").mkdir()
    for name in ("checkpoint.npz", "config.toml"):
        shutil.copy(in_file_order / name, tmp_path / "file-order")
    before = content(tmp_path)
    assert "already holds a run" in refused(capsys, *words, tmp_path)
    assert "protocols.diehl_cook_sl" in refused(capsys, *words, tmp_path, "--resume")
    assert content(tmp_path) == before


def test_refused(in_file_order, tiny_run, tmp_path, capsys):
    """Before anything is trained."""
    whole = read_checkpoint(in_file_order / "checkpoint.npz")
    with RunDirectory(tmp_path / "made") as directory:
        write_checkpoint(directory, whole, "whole")
        whole.facts["training_samples"] = "many"
        write_checkpoint(directory, whole, "facts")
        tables = {"run": {"protocol": STBP.name}}
        write_checkpoint(directory, type(whole)(**vars(whole) | {
            "protocol": STBP.name, "tables": tables}), "stbp")
    kept = in_file_order / f"checkpoint-{HALF}.npz"
    sound = [kept, "--until", "40", "--block", "26", "28"]
    for argv, message in (
            ([*sound, "--test-every", "0"], "--test-every must be 1 or more"),
            ([*sound, "--test-images", "0"], "--test-images must be 1 or more"),
            ([kept, "--until", "24"], "raise --until"),
            ([kept, "--until", "29"], "before the end of the epoch, 30"),
            ([kept, "--until", "40", "--block", "3", "31"], "does not lie inside 30"),
            ([kept, "--until", "40", "--block", "9", "9"], "does not lie inside 30"),
            ([in_file_order / "checkpoint.npz"], "not taken inside the training"),
            ([tiny_run.path / "checkpoint.npz"], "not of a run in file order"),
            ([tmp_path / "made" / "stbp.npz"], "of protocols.stbp"),
            ([tmp_path / "made" / "facts.npz"], "its training_samples makes no sense"),
            ([tmp_path / "absent.npz"], "no checkpoint")):
        assert message in refused(capsys, *argv, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
