"""``train_once``: a script that is run again trains only what is not finished."""

import json

import pytest

from analysis import making
from analysis.errors import AnalysisError
from models.errors import SuiteError
from protocols.api import train_once
from protocols.api.__main__ import main
from protocols.cli import BAD_INPUT
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


def test_a_command_line_does_the_same(tmp_path, capsys):
    """What it cannot take is told in one line."""
    out = tmp_path / "run"
    main(["train_once", str(out), json.dumps({"protocol": PROTOCOL.name} | SMALL)])
    assert read_json(out / "summary.json")["samples"] == 100
    for words, said in (
            (["train_once", "{"], "is no JSON"), (["train_once", "[1]"], "is no JSON object"),
            (["train_once", "{}"], "missing a required argument: 'protocol'"),
            (["measure_angles", '{"sample": 1}'], "unexpected keyword argument 'sample'")):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([words[0], str(out), words[1]])
        told = capsys.readouterr().err
        assert ended.value.code == BAD_INPUT
        assert told.count("\n") == 1 and said in told


def test_notebooks_ask_in_a_process_of_its_own(tmp_path):
    """The line that it ends with is the exception's."""
    with pytest.raises(AnalysisError, match="^unknown preset 'digit': did you mean digits"):
        making.train_once(tmp_path / "run", "stbp", "digit")
    assert not (tmp_path / "run").exists()
