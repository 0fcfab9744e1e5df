"""``train_once``: a script that is run again trains only what is not finished."""

import pytest

from models.errors import SuiteError
from protocols.api import train_once
from protocols.runs.directory import read_json
from tests.logistic import PROTOCOL

SMALL = {"train_samples": 100, "epochs": 1}


def test_finished_interrupted_and_other_runs(tmp_path):
    """The first stays as it is, the second goes on, the third is refused."""
    out = tmp_path / "run"
    assert train_once(out, PROTOCOL.name, **SMALL) == out
    known = read_json(out / "summary.json")
    before = (out / "summary.json").stat().st_mtime_ns
    train_once(out, PROTOCOL.name, **SMALL)
    assert (out / "summary.json").stat().st_mtime_ns == before
    (out / "summary.json").unlink()
    checkpoint = (out / "checkpoint.npz").read_bytes()
    train_once(out, PROTOCOL.name, **SMALL)
    assert read_json(out / "summary.json")["accuracies"] == known["accuracies"]
    assert (out / "checkpoint.npz").read_bytes() == checkpoint
    with pytest.raises(SuiteError, match="another seed"):
        train_once(out, PROTOCOL.name, seed=1, **SMALL)
    assert (out / "checkpoint.npz").read_bytes() == checkpoint
    with pytest.raises(SuiteError, match="has no setting 'epoch': did you mean epochs"):
        train_once(out, PROTOCOL.name, epoch=1)


def test_epochs_prolong(tmp_path):
    """More epochs are the rest of them."""
    out = tmp_path / "run"
    train_once(out, PROTOCOL.name, **SMALL)
    train_once(out, PROTOCOL.name, **SMALL | {"epochs": 2})
    assert read_json(out / "summary.json")["samples"] == 200
