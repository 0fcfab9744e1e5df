"""What may befall a run underway or its checkpoint: one line, and no checkpoint is lost."""

import errno
import os
import shutil
import subprocess
import tempfile
from types import SimpleNamespace

import numpy as np
import pytest

from protocols import files
from protocols.diehl_cook_sl.learner import DiehlCookLearner
from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import main
from tests.conftest import needs_compiler
from tests.test_bad_input import refuse
from tests.tiny import HALF, WHOLE, write_data

pytestmark = needs_compiler


@pytest.fixture
def options(tiny_run, without_figures):
    """Options of the tiny run; no figures' data are made."""
    return tiny_run.options


@pytest.fixture
def half(tiny_run, tmp_path):
    """A run directory as it is after half of the tiny run."""
    run = tmp_path / "half"
    run.mkdir()
    shutil.copy(tiny_run.path / "config.toml", run)
    shutil.copy(tiny_run.path / f"checkpoint-{HALF}.npz", run / "checkpoint.npz")
    return run


def state(run):
    """State arrays of a run's checkpoint, and the samples shown."""
    checkpoint = read_checkpoint(run / "checkpoint.npz")
    arrays = {k: v for k, v in checkpoint.arrays.items() if k.startswith("state:")}
    return arrays, checkpoint.progress.samples


def assert_goes_on(run, options, tiny_run):
    """The run stands at its first half and, resumed, ends as if nothing had happened."""
    assert state(run)[1] == HALF
    main(PROTOCOL, [*options, "--resume", "--out", str(run)])
    resumed, samples = state(run)
    expected, _ = state(tiny_run.path)
    assert samples == WHOLE and resumed.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(resumed[name], expected[name], err_msg=name)
    assert not list(run.glob(".*"))


# ---- disk, interruption -------------------------------------------------------------------


@pytest.mark.parametrize("failing", ["replace", "fsync"])
def test_full_disk(tiny_run, options, tmp_path, monkeypatch, capsys, failing):
    run = tmp_path / "run"
    real = getattr(os, failing)
    calls = []

    def full(*arguments):
        # Settings, equations, metrics.csv, checkpoint.npz and .json; metrics.csv of the second half.
        calls.append(arguments)
        if len(calls) > 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments)

    with monkeypatch.context() as patch:
        # Compiled programs are written to another disk.
        patch.setattr(files, "os", SimpleNamespace(**vars(os) | {failing: full}))
        line = refuse(capsys, *options, "--out", run)
    assert "checkpoint.npz: No space left" in line and "previous one is untouched" in line
    assert "--resume" in line
    assert_goes_on(run, options, tiny_run)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_full_device(tiny_run, options, half, monkeypatch, capsys):
    """The kernel's own error, on a file that stands for a full disk."""
    make = tempfile.mkstemp

    def full(dir=None, prefix=None, suffix=None):
        if prefix != ".checkpoint.npz.":
            return make(dir=dir, prefix=prefix, suffix=suffix)
        path = half / f"{prefix}full{suffix}"
        path.symlink_to("/dev/full")
        return os.open(path, os.O_WRONLY), str(path)

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", full)
        assert "No space left" in refuse(capsys, *options, "--resume", "--out", half)
    assert_goes_on(half, options, tiny_run)


def test_full_file_system(tiny_run, options, tmp_path, capsys):
    """A file system on which one checkpoint has room, but not the next one beside it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    # Memory is given in pages.
    equations = -(-(tiny_run.path / "equations.txt").stat().st_size // 4096) * 4096
    size = 2 * (tiny_run.path / "checkpoint.npz").stat().st_size + equations
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a file system")
    try:
        line = refuse(capsys, *options, "--out", disk / "run")
        assert "No space left" in line and "previous one is untouched" in line
        shutil.copytree(disk / "run", tmp_path / "saved")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert_goes_on(tmp_path / "saved", options, tiny_run)


def test_interrupted(tiny_run, options, half, monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DiehlCookLearner, "advance", stop)
        assert "--resume" in refuse(capsys, *options, "--resume", "--out", half)
    assert_goes_on(half, options, tiny_run)


# ---- which run is continued ---------------------------------------------------------------


def test_existing_run(tiny_run, options, capsys):
    before = (tiny_run.path / "checkpoint.npz").read_bytes()
    assert "--resume" in refuse(capsys, *options, "--out", tiny_run.path)
    assert (tiny_run.path / "checkpoint.npz").read_bytes() == before


@pytest.mark.parametrize("change, name", [
    (["--hidden", "12"], "hidden"), (["--seed", "7"], "seed"),
    (["--preset", "digits"], "preset"), (["--parameter", "nu_input=0.5"], "nu_input"),
])
def test_resume_as_another_run(half, capsys, change, name):
    before = (half / "checkpoint.npz").read_bytes()
    line = refuse(capsys, "--resume", "--out", half, *change)
    assert f"another {name}" in line
    assert (half / "checkpoint.npz").read_bytes() == before


def test_resume_with_fewer_epochs_than_shown(half, capsys):
    assert "choose more" in refuse(capsys, "--resume", "--out", half, "--epochs", "0.1")


def test_checkpoints_to_keep(tiny_run, options, half, capsys):
    """Where the run stands: kept at once. Before that: only if it has been kept."""
    before = (half / "checkpoint.npz").read_bytes()
    line = refuse(capsys, "--resume", "--out", half, "--keep", HALF - 1, HALF)
    assert f"--keep {HALF - 1}" in line and f"shown {HALF} samples" in line
    assert (half / "checkpoint.npz").read_bytes() == before
    assert not list(half.glob("checkpoint-*"))
    main(PROTOCOL, [*options, "--resume", "--out", str(half), "--keep", str(HALF)])
    kept = read_checkpoint(half / f"checkpoint-{HALF}.npz")
    expected = read_checkpoint(tiny_run.path / f"checkpoint-{HALF}.npz")
    assert kept.progress.samples == HALF and kept.arrays.keys() == expected.arrays.keys()
    for name, value in expected.arrays.items():
        np.testing.assert_array_equal(kept.arrays[name], value, err_msg=name)
    main(PROTOCOL, [*options, "--resume", "--out", str(half), "--keep", str(HALF)])


def test_checkpoint_of_another_network(half, capsys):
    config = (half / "config.toml").read_text()
    (half / "config.toml").write_text(config.replace("10,", "12,"))
    before = (half / "checkpoint.npz").read_bytes()
    assert "another hidden" in refuse(capsys, "--resume", "--out", half)
    assert (half / "checkpoint.npz").read_bytes() == before


def test_classes_have_changed(tiny_run, half, tmp_path, capsys):
    """Other classes than the checkpoint's."""
    two = write_data(tmp_path / "two.npz", y_train=np.arange(30) % 2, y_test=np.arange(12) % 2)
    config = (half / "config.toml").read_text()
    (half / "config.toml").write_text(config.replace(str(tiny_run.data), str(two)))
    assert "another class names, contents" in refuse(capsys, "--resume", "--out", half)


# ---- damaged checkpoints ------------------------------------------------------------------


def damage(content, how):
    """Bytes of a checkpoint, damaged."""
    if how == "empty":
        return b""
    if how == "truncated":
        return content[:len(content) // 2]
    content = bytearray(content)
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize("how", ["empty", "truncated", "one byte"])
def test_damaged_checkpoint(half, capsys, how):
    path = half / "checkpoint.npz"
    path.write_bytes(damage(path.read_bytes(), how))
    line = refuse(capsys, "--resume", "--out", half)
    assert "checkpoint.npz" in line and "damaged" in line
    assert "take another checkpoint or start the run anew" in line


def no_checkpoints():
    """Files of NumPy that are none of this suite, or of an older version of it."""
    foreign, no_table, old = (np.frombuffer(text, np.uint8) for text in (
        b'{"samples": 3}', b"[3]", b'{"plan": {}, "samples": 3}'))
    return {"other.npz": {"x": np.ones(3)}, "list.npz": {"facts": no_table},
            "facts.npz": {"facts": foreign}, "old.npz": {"facts": old}}


@pytest.mark.parametrize("name, cause", [
    ("other.npz", "is no checkpoint"), ("list.npz", "is no checkpoint"),
    ("facts.npz", "is no checkpoint"), ("old.npz", "was written by an older version")])
def test_another_file_for_a_checkpoint(half, capsys, name, cause):
    np.savez(half / "checkpoint.npz", **no_checkpoints()[name])
    line = refuse(capsys, "--resume", "--out", half)
    assert f"checkpoint.npz {cause}" in line and "start the run anew" in line


def test_hidden_layers_from_another_network(tiny_run, tmp_path, capsys):
    """--hidden-from takes a checkpoint with the same hidden layers, nothing else."""
    def refused(file, *hidden):
        line = refuse(capsys, "--dataset", tiny_run.data, "--method", "layer-by-layer",
                      "--hidden", *hidden, "--hidden-from", file, "--out", tmp_path / "run")
        assert not (tmp_path / "run").exists()
        return line

    checkpoint = tiny_run.path / "checkpoint.npz"
    assert "input_hidden1.w" in refused(checkpoint, 12)
    assert "hidden1_hidden2.w" in refused(checkpoint, 10, 10)
    np.save(tmp_path / "array.npy", np.ones(3))
    np.savez(tmp_path / "facts.npz", **no_checkpoints()["facts.npz"])
    assert "array.npy is a single array" in refused(tmp_path / "array.npy", 10)
    assert "facts.npz is no checkpoint" in refused(tmp_path / "facts.npz", 10)
    assert "is a folder" in refused(tiny_run.path, 10)
    assert "no checkpoint" in refused(tmp_path / "absent.npz", 10)
