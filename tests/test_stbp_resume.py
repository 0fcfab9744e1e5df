"""Checkpoints of STBP that are damaged, or are resumed as another run."""

import shutil
import zipfile

import numpy as np
import pytest

from models.errors import SuiteError
from protocols.rundir import RunDirectory, read_checkpoint
from protocols.stbp.__main__ import arguments, main, plan_of, run_plan
from protocols.stbp.plan import Plan
from tests.test_stbp import TINY, made, whole  # noqa: F401  (whole: a fixture)


@pytest.mark.parametrize("words, cause", [
    (["--epochs", "1"], "choose more"), (["--tau", "0.3"], "another tau"),
    (["--preset", "mlp-mnist"], "another preset")])
def test_resume_as_another_run(whole, capsys, words, cause):
    before = (whole[0] / "checkpoint.npz").read_bytes()
    with pytest.raises(SystemExit):
        main(["--resume", "--out", str(whole[0]), *words])
    assert cause in capsys.readouterr().err
    assert (whole[0] / "checkpoint.npz").read_bytes() == before


def test_a_damaged_checkpoint_is_one_line(whole, tmp_path, capsys):
    for name in ("config.toml", "checkpoint.npz"):
        (tmp_path / name).write_bytes((whole[0] / name).read_bytes()[:500])
    (tmp_path / "config.toml").write_bytes((whole[0] / "config.toml").read_bytes())
    with pytest.raises(SystemExit):
        main(["--resume", "--out", str(tmp_path)])
    assert "checkpoint.npz is damaged" in capsys.readouterr().err


def test_weights_that_are_not_numbers(whole, tmp_path, capsys):
    arrays, facts = read_checkpoint(whole[0] / "checkpoint.npz")
    arrays["weights:dense1.w"][0, 0] = np.nan
    RunDirectory(tmp_path).write_checkpoint(arrays, facts)
    (tmp_path / "config.toml").write_bytes((whole[0] / "config.toml").read_bytes())
    with pytest.raises(SystemExit):
        main(["--resume", "--out", str(tmp_path)])
    assert "NaN" in capsys.readouterr().err


@pytest.mark.parametrize("changes, cause", [
    ({"x_train": np.full((30, 6, 6), 9, np.uint8), "y_train": np.arange(30) % 2},
     "another contents, training samples"),
    ({"x_test": np.full((20, 6, 6), 200, np.uint8)}, "another contents"),
    ({"y_test": np.arange(20) % 2 + 1, "y_train": np.arange(40) % 2 + 1}, "another class names"),
])
def test_resume_on_other_data(tmp_path, changes, cause):
    data, out = made(tmp_path / "own.npz"), tmp_path / "run"
    run_plan(Plan(**TINY | {"dataset": data, "network": "5-2", "train_samples": 0}), out, "test",
             quiet=True)
    made(tmp_path / "own.npz", **changes)
    plan = plan_of(arguments(["--resume", "--out", str(out), "--epochs", "5"]))
    with pytest.raises(SuiteError, match=cause):
        run_plan(plan, out, "test", resume=True, quiet=True)


def test_resume_of_another_protocol(tmp_path, capsys):
    (tmp_path / "config.toml").write_text('[run]\nprotocol = "diehl_cook_sl"\n')
    with pytest.raises(SystemExit):
        main(["--resume", "--out", str(tmp_path)])
    assert "holds a run of protocols.diehl_cook_sl" in capsys.readouterr().err


def test_resume_finds_the_default_directory(tmp_path, monkeypatch, capsys):
    """As its closing words say: the same command and --resume."""
    monkeypatch.chdir(tmp_path)
    words = ["--network", "5-10", "--train-samples", "50", "--epochs", "1", "--steps", "3",
             "--no-figures"]
    main(words)
    main([*words, "--resume", "--epochs", "2"])
    assert "runs/stbp-digits-seed0" in capsys.readouterr().out
    assert len((tmp_path / "runs/stbp-digits-seed0/metrics.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize("name, value", [("rows", "none"), ("epoch", "1"), ("epoch", -1)])
def test_impossible_checkpoints(whole, tmp_path, name, value):
    arrays, facts = read_checkpoint(whole[0] / "checkpoint.npz")
    RunDirectory(tmp_path).write_checkpoint(arrays, facts | {name: value})
    (tmp_path / "config.toml").write_bytes((whole[0] / "config.toml").read_bytes())
    plan = plan_of(arguments(["--resume", "--out", str(tmp_path)]))
    with pytest.raises(SuiteError, match=f"damaged: {name}"):
        run_plan(plan, tmp_path, "test", resume=True, quiet=True)


def test_arrays_that_vanish_from_a_checkpoint(whole, tmp_path):
    """One damaged byte of a zip's directory hides what follows it."""
    arrays, facts = read_checkpoint(whole[0] / "checkpoint.npz")
    RunDirectory(tmp_path).write_checkpoint(arrays, facts)
    path = tmp_path / "checkpoint.npz"
    with zipfile.ZipFile(path) as file:
        kept = {n: file.read(n) for n in file.namelist() if not n.startswith("optimiser")}
    assert len(kept) < len(arrays) + 1
    with zipfile.ZipFile(path, "w") as file:
        for name, content in kept.items():
            file.writestr(name, content)
    with pytest.raises(SuiteError, match="damaged"):
        read_checkpoint(path)


def test_a_lost_configuration(whole, tmp_path, capsys):
    """The checkpoint holds the settings, too."""
    out = tmp_path / "run"
    shutil.copytree(whole[0], out)
    (out / "config.toml").write_text("[run")
    with pytest.raises(SystemExit):
        main(["--resume", "--out", str(out)])
    assert "delete it and use --resume" in capsys.readouterr().err
    (out / "config.toml").unlink()
    main(["--resume", "--out", str(out), "--no-figures"])
    assert (out / "config.toml").read_bytes() == (whole[0] / "config.toml").read_bytes()
