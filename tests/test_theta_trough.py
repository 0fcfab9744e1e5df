"""Training that goes on from a kept checkpoint, in file order and with a block replaced."""

import json

import numpy as np
import pytest

from protocols import theta_trough
from protocols.diehl_cook_sl import __main__ as diehl_cook_sl, training
from protocols.rundir import RunDirectory, read_checkpoint
from tests.conftest import needs_compiler
from tests.tiny import HALF

EPOCH = 30  # training images of the tiny data


@pytest.fixture(scope="module")
def in_file_order(tiny_run, tmp_path_factory):
    """Run directory with checkpoints inside the first epoch and at its end."""
    out = tmp_path_factory.mktemp("order") / "run"
    options = [o for o in tiny_run.options if o not in ("--held-out", "6")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "compile_network", lambda build, device, label, *_:
                      tiny_run.networks[label])
        patch.setattr(theta_trough, "CHUNK", 25)
        diehl_cook_sl.main([*options, "--no-shuffle", "--keep", str(HALF), str(EPOCH),
                            "--out", str(out)])
        yield out


@needs_compiler
def test_both_variants(in_file_order, tmp_path, capsys):
    """File order is the run itself; another block of images gives another theta."""
    theta_trough.main([str(in_file_order / f"checkpoint-{HALF}.npz"), "--until", "40",
                       "--test-every", "8", "--test-images", "6", "--block", "26", "28",
                       "--out", str(tmp_path)])
    said = capsys.readouterr().out
    whole, _ = read_checkpoint(in_file_order / f"checkpoint-{EPOCH}.npz")
    found = {}
    for words in ("file order", "26-27 replaced"):
        assert f"{words:21s} lowest SL accuracy" in said
        name = words.replace(" ", "-")
        summary = json.loads((tmp_path / name / "summary.json").read_text())
        assert len(summary["theta_swap"]) == 4
        assert summary["samples"] == 40 - HALF
        with np.load(tmp_path / name / "activity.npz") as activity:
            found[name] = activity["theta_end_mV"]
            assert activity["theta_samples"].max() == 40
    np.testing.assert_array_equal(found["file-order"], 1e3 * whole["state:hidden1.theta"])
    assert not np.array_equal(*found.values())


@needs_compiler
def test_refused(in_file_order, tiny_run, tmp_path, capsys):
    """Before anything is trained."""
    RunDirectory(tmp_path).write_checkpoint({}, {"plan": {"run": {"protocol": "stbp"}}}, "stbp")
    kept = in_file_order / f"checkpoint-{HALF}.npz"
    for argv, message in (
            ([kept, "--test-every", "0"], "--test-every must be 1 or more"),
            ([kept, "--test-images", "0"], "--test-images must be 1 or more"),
            ([kept, "--until", "24"], "raise --until"),
            ([kept, "--until", "29"], "before the end of the epoch, 30"),
            ([kept, "--until", "40", "--block", "3", "31"], "does not lie inside 30"),
            ([in_file_order / "checkpoint.npz"], "not taken inside the training"),
            ([tiny_run.path / "checkpoint.npz"], "not of a run in file order"),
            ([tmp_path / "stbp.npz"], "of protocols.stbp"),
            ([tmp_path / "absent.npz"], "no checkpoint")):
        with pytest.raises(SystemExit) as stopped:
            theta_trough.main([*map(str, argv), "--out", str(tmp_path / "out")])
        assert stopped.value.code == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
