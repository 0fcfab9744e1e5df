"""Checkpoints of STBP that are damaged, or are resumed as another run."""

import shutil
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from models.errors import SuiteError
from protocols.runs.checkpoint import read_checkpoint, write_checkpoint
from protocols.runs.command import main
from protocols.runs.directory import RunDirectory
from protocols.stbp.protocol import PROTOCOL
from tests.commands import asked, refused
from tests.test_stbp import TINY, made, run, whole  # noqa: F401  (whole: a fixture)


def write(folder, checkpoint, config):
    """Write a run directory with a checkpoint and the config.toml of another one."""
    with RunDirectory(folder) as directory:
        write_checkpoint(directory, checkpoint)
    shutil.copy(config / "config.toml", folder)


@pytest.mark.parametrize("words, cause", [
    (["--epochs", "1"], "choose more"), (["--tau", "0.3"], "another tau"),
    (["--preset", "mlp-mnist"], "another preset")])
def test_resume_as_another_run(whole, capsys, words, cause):
    before = {path.name: path.read_bytes() for path in whole[0].iterdir()}
    assert cause in refused(capsys, PROTOCOL, "--resume", "--out", whole[0], *words)
    assert {path.name: path.read_bytes() for path in whole[0].iterdir()} == before


def test_a_damaged_checkpoint_is_one_line(whole, tmp_path, capsys):
    shutil.copy(whole[0] / "config.toml", tmp_path)
    (tmp_path / "checkpoint.npz").write_bytes((whole[0] / "checkpoint.npz").read_bytes()[:500])
    line = refused(capsys, PROTOCOL, "--resume", "--out", tmp_path)
    assert "checkpoint.npz" in line and "damaged" in line


def test_weights_that_are_not_numbers(whole, tmp_path, capsys):
    checkpoint = read_checkpoint(whole[0] / "checkpoint.npz")
    checkpoint.arrays["weights:dense1.w"][0, 0] = np.nan
    path = tmp_path / "checkpoint.npz"
    shutil.copy(whole[0] / "config.toml", tmp_path)
    with zipfile.ZipFile(whole[0] / "checkpoint.npz") as file:
        facts = np.frombuffer(file.read("facts.npy")[128:], np.uint8)
    np.savez(path, facts=facts, **checkpoint.arrays)
    assert "NaN" in refused(capsys, PROTOCOL, "--resume", "--out", tmp_path)


@pytest.mark.parametrize("changes, cause", [
    ({"x_train": np.full((30, 6, 6), 9, np.uint8), "y_train": np.arange(30) % 2},
     "another contents, training samples"),
    ({"x_test": np.full((20, 6, 6), 200, np.uint8)}, "another contents"),
    ({"y_test": np.arange(20) % 2 + 1, "y_train": np.arange(40) % 2 + 1}, "another class names"),
])
def test_resume_on_other_data(tmp_path, changes, cause):
    data = made(tmp_path / "own.npz")
    out = tmp_path / "run"
    run(replace(TINY, dataset=data, network="5-2", train_samples=0), out)
    made(tmp_path / "own.npz", **changes)
    settings = asked(PROTOCOL, "--resume", "--out", out, "--epochs", 5)
    with pytest.raises(SuiteError, match=cause):
        run(settings, out, resume=True)


def test_resume_of_another_protocol(tmp_path, capsys):
    (tmp_path / "config.toml").write_text('[run]\nprotocol = "diehl_cook_sl"\n')
    line = refused(capsys, PROTOCOL, "--resume", "--out", tmp_path)
    assert "holds settings of protocols.diehl_cook_sl" in line


def test_resume_finds_the_default_directory(tmp_path, monkeypatch, capsys):
    """As its closing words say: the same command and --resume."""
    monkeypatch.chdir(tmp_path)
    words = ["--network", "5-10", "--train-samples", "50", "--epochs", "1", "--steps", "3",
             "--no-figures"]
    main(PROTOCOL, words)
    main(PROTOCOL, [*words, "--resume", "--epochs", "2"])
    assert "runs/stbp-digits-seed0" in capsys.readouterr().out
    assert len((tmp_path / "runs/stbp-digits-seed0/metrics.csv").read_text().splitlines()) == 3


def test_a_lost_configuration(whole, tmp_path, capsys):
    """The checkpoint holds the settings, too."""
    out = tmp_path / "run"
    shutil.copytree(whole[0], out)
    (out / "config.toml").write_text("[run")
    assert "delete it and use --resume" in refused(capsys, PROTOCOL, "--resume", "--out", out)
    (out / "config.toml").unlink()
    main(PROTOCOL, ["--resume", "--out", str(out), "--no-figures"])
    assert (out / "config.toml").read_bytes() == (whole[0] / "config.toml").read_bytes()
