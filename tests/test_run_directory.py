"""A run directory belongs to one process, and a kill at any moment leaves nothing half done."""

import subprocess
import sys

import pytest

from models.errors import SuiteError
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import main
from protocols.runs.console import Console
from protocols.runs.directory import RunDirectory
from protocols.runs.training import Training
from tests.commands import refused
from tests.logistic import PROTOCOL

WORDS = ["--train-samples", "200", "--epochs", "2", "--no-figures", "--out"]


def files(folder):
    """Content of the files that do not tell of time, by name."""
    return {name: (folder / name).read_bytes()
            for name in ("config.toml", "predictions.csv")} | {
        "weights": read_checkpoint(folder / "checkpoint.npz").arrays["w"].tobytes()}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Files of an uninterrupted run."""
    out = tmp_path_factory.mktemp("reference") / "run"
    main(PROTOCOL, [*WORDS, str(out)])
    return files(out)


class Killed(BaseException):
    """Ends a run as abruptly as can be within a process."""


def kill(*_):
    """Stands for what is going on when the kill comes."""
    raise Killed


# ---- one process at a time ----------------------------------------------------------------


def test_a_second_run_is_refused_and_the_first_is_undisturbed(tmp_path, monkeypatch, capsys,
                                                              reference):
    """Begun or resumed beside the first one, after each of its chunks."""
    lines = []

    def advance(*_):
        for more in ([], ["--resume"]):
            lines.append(refused(capsys, PROTOCOL, *WORDS, tmp_path / "run", *more))

    with monkeypatch.context() as patch:
        patch.setattr(Console, "advance", advance)
        main(PROTOCOL, [*WORDS, str(tmp_path / "run")])
    assert len(lines) == 2 * 2 * 13
    assert all("belongs to a run that is under way in another process" in line for line in lines)
    assert files(tmp_path / "run") == reference


def test_a_killed_process_leaves_no_lock(tmp_path, capsys, reference):
    """While it lives the second command gets one line; after kill -9 the same command runs."""
    holder = """
import sys, time
from protocols.runs.directory import RunDirectory
with RunDirectory(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""
    out = tmp_path / "run"
    process = subprocess.Popen([sys.executable, "-c", holder, str(out)], stdout=subprocess.PIPE,
                               text=True)
    try:
        assert process.stdout.readline() == "held\n"
        line = refused(capsys, PROTOCOL, *WORDS, out)
        assert f"{out} belongs to a run that is under way in another process" in line
        assert "choose another --out" in line
    finally:
        process.kill()
        process.wait()
    main(PROTOCOL, [*WORDS, str(out)])
    assert files(out) == reference


def test_a_directory_that_vanishes_while_it_is_taken(tmp_path, monkeypatch):
    """The process that had it removes it, as it is empty: the lock is of what is there now."""
    out = tmp_path / "run"
    lock = RunDirectory._locked
    removed = []

    def locked(self):
        descriptor = lock(self)
        if not removed:
            removed.append(out.rmdir())
        return descriptor

    monkeypatch.setattr(RunDirectory, "_locked", locked)
    with RunDirectory(out), pytest.raises(SuiteError, match="in another process"):
        RunDirectory(out)
    assert not out.exists()


# ---- a kill before the first checkpoint ---------------------------------------------------


@pytest.mark.parametrize("left", [None, [], [".config.toml.x1.tmp"]],
                         ids=["no directory", "empty", "half a file"])
def test_killed_before_anything_was_written(tmp_path, capsys, reference, left):
    """The same command with --resume begins the run and says so."""
    out = tmp_path / "run"
    if left is not None:
        out.mkdir()
        for name in left:
            (out / name).touch()
    main(PROTOCOL, [*WORDS, str(out), "--resume"])
    assert capsys.readouterr().err.startswith(f"{out} holds no run yet: it begins\n")
    assert files(out) == reference
    assert not list(out.glob(".*"))


@pytest.mark.parametrize("resume", [[], ["--resume"]], ids=["again", "resumed"])
def test_killed_before_the_first_checkpoint(tmp_path, monkeypatch, reference, resume):
    """Settings and equations alone are no run that could be lost."""
    out = tmp_path / "run"
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Training, "fit", kill)
        main(PROTOCOL, [*WORDS, str(out)])
    assert {path.name for path in out.iterdir()} == {"config.toml", "equations.txt"}
    main(PROTOCOL, [*WORDS, str(out), *resume])
    assert files(out) == reference


def test_what_is_no_run_directory(tmp_path, capsys):
    """Files of something else are neither resumed nor touched."""
    (tmp_path / "letter.txt").touch()
    line = refused(capsys, PROTOCOL, *WORDS, tmp_path, "--resume")
    assert "is no run directory: it has no config.toml" in line
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    assert "Not a directory" in refused(
        capsys, PROTOCOL, *WORDS, tmp_path / "letter.txt", "--resume")


# ---- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize("words", [
    ["--keep", "401"], ["--dataset", "absent.npz"], ["--held-out", "200"], ["--epochs", "-1"],
    ["--dataset", "n-mnist"], ["--rate", "nan"]])
def test_a_refused_input_leaves_no_directory(tmp_path, monkeypatch, capsys, words):
    """Nor those above it; one that was there stays."""
    monkeypatch.setenv("SNN_DATA", str(tmp_path / "data"))
    (tmp_path / "mine").mkdir()
    refused(capsys, PROTOCOL, *WORDS, tmp_path / "new" / "run", *words)
    refused(capsys, PROTOCOL, *WORDS, tmp_path / "mine", *words)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


# ---- a run that is prolonged --------------------------------------------------------------


def test_a_prolonged_and_killed_run_has_no_summary(tmp_path, monkeypatch, capsys, reference):
    """It would tell of an end that lies before the checkpoint."""
    out = tmp_path / "run"
    main(PROTOCOL, [*WORDS, str(out), "--epochs", "1"])
    summary = (out / "summary.json").read_bytes()
    # What is refused changes nothing.
    refused(capsys, PROTOCOL, "--out", out, "--resume", "--epochs", "0.1")
    assert (out / "summary.json").read_bytes() == summary
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Console, "advance", kill)
        main(PROTOCOL, ["--out", str(out), "--resume", "--epochs", "2", "--no-figures"])
    assert (out / "checkpoint.npz").exists() and not (out / "summary.json").exists()
    main(PROTOCOL, [*WORDS, str(out), "--resume"])
    assert (out / "summary.json").exists()
    assert files(out) == reference
