"""Bad input to the analysis: one line that names the cause, exit code 2, no traceback."""

import json
import os

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.command_line import exit_code
from analysis.errors import AnalysisError, MissingData
from analysis.run import Run
from tests.analysis_runs import (
    NEURONS, SIDE, TESTED, change_config, make_run, write_config, write_summary,
)

FORMAT = b"[settings]\nformat = 2\n"
DEEP = 5000


def refuse(capsys, *arguments):
    """The one line with which the command line refuses `arguments`."""
    assert exit_code(main, [str(argument) for argument in arguments]) == 2
    line = capsys.readouterr().err
    assert line.startswith("analysis: ") and line.count("\n") == 1
    return line


def test_no_run_directory(tmp_path, capsys):
    assert "no such directory" in refuse(capsys, tmp_path / "absent")
    (tmp_path / "file").touch()
    assert "no such directory" in refuse(capsys, tmp_path / "file")
    assert "not a run directory" in refuse(capsys, tmp_path)


def test_no_figure_can_be_made(tmp_path, capsys):
    write_config(tmp_path, {"run": {"preset": "small"}})
    line = refuse(capsys, tmp_path)
    assert "no figure can be made" in line and "activity.npz is absent" in line


@pytest.mark.parametrize("name, content, cause", [
    ("config.toml", b"[run\n", "not TOML"),
    ("config.toml", b"preset = 1\n" + FORMAT, "preset is not a table"),
    ("config.toml", b"[run]\nseed = 'x'\n" + FORMAT, "run.seed is not a whole number"),
    ("config.toml", b"[run]\nseed = " + b"9" * 5000, "not TOML"),
    ("config.toml", b"[run]\nseed = " + b"[" * DEEP + b"]" * DEEP, "not TOML"),
    ("config.toml", b"[network]\nN = [[[[[1]]]]]\n" + FORMAT, "network.N is nested too deeply"),
    ("config.toml", FORMAT + b"repetition = [1]\n", "settings.repetition[0] is not a text"),
    ("config.toml", b"[run]\npreset = 'small'\nseed = 0\n", "is of an older format"),
    ("config.toml", b"[settings]\nformat = 3\n", "is of another format"),
    ("config.toml", b"[settings]\nformat = 'x'\n", "is of another format"),
    ("config.toml", b"\xff\xfe", "utf-8"),
    ("metrics.csv", b"samples,split,accuracy_sl\n1,test,2,3\n4,test,5,6\n", "more fields"),
    ("metrics.csv", b"samples,split,accuracy_sl\n-1,test,2\n", "samples is negative"),
    ("metrics.csv", b"\x00\xff\xfe", "decode"),
    ("metrics.csv", b"samples,split\n1,test\n", "no column accuracy"),
    ("metrics.csv", b"samples,accuracy_sl,accuracy_labels\n1,2,3\n", "no column split"),
    ("metrics.csv", b"samples,split,accuracy_sl,accuracy_labels\n,test,1,2\n", "NaN"),
    ("metrics.csv", b"samples,split,accuracy_sl,accuracy_labels\n1,test,inf,2\n", "infinity"),
    ("metrics.csv", b"samples,split,accuracy_sl,accuracy_labels\n1,test,no,2\n", "other than"),
    ("metrics.csv", b"samples,split,accuracy_sl,accuracy_labels\n1,test,101,2\n", "0 .. 100"),
    ("predictions.csv", b"label,predicted_sl,predicted_labels\n,1,1\n", "NaN"),
    ("predictions.csv", b"label,predicted_sl,predicted_labels\n1,1,\n1,,\n", "holds nan"),
    ("predictions.csv", b"label,predicted_sl,predicted_labels\n1,1,3\n", "from 0 to 2"),
    ("predictions.csv", b"label,predicted_sl,predicted_labels\n-1,1,\n", "label holds -1"),
    ("summary.json", b"{", "not JSON"),
    ("summary.json", b"[" * 100_000, "not JSON"),
    ("summary.json", b'{"accuracy": NaN}', "holds NaN"),
    ("summary.json", b"[]", "no table of values"),
    ("summary.json", b'{"class_names": []}', "is of an older format"),
    ("summary.json", b'{"format": true}', "is of another format"),
    ("activity.npz", b"", "not a readable NPZ"),
    ("activity.npz", b"PK\x03\x04 and no more", "not a readable NPZ"),
])
def test_damaged_file(tmp_path, capsys, name, content, cause):
    run = make_run(tmp_path / "run")
    (run.directory / name).write_bytes(content)
    line = refuse(capsys, run.directory, "--formats", "svg", "--only", "convergence",
                  "confusion_matrix", "raster")
    assert str(run.directory / name) in line and cause in line


@pytest.mark.parametrize("fields, cause", [
    ({"class_names": 3}, "class_names is not a list"),
    ({"class_names": [1]}, "class_names[0] is not a text"),
    ({"published": [1]}, "published is not a table"),
    ({"published": {"mean": "x"}}, "published.mean is not a finite number"),
    ({"published": {"mean": True}}, "published.mean is not a finite number"),
    ({"published": {"sd": 10**400}}, "published.sd is not a finite number"),
    ({"seed": 1.5}, "seed is not a whole number"),
    ({"accuracies": {"final": {}}}, "accuracies.final is none of the rules end, last_test"),
    ({"accuracies": {"end": {"sl": "x"}}}, "accuracies.end.sl is not a finite number"),
    ({"facts": {"theta_swap": {"a": 1}}}, "facts.theta_swap.a is not a table"),
    ({"facts": {"theta_swap": {"a": {"sl": 1}}}}, "facts.theta_swap.a has no labels"),
    ({"facts": [1]}, "facts is not a table"),
    ({"table": [1]}, "table[0] is not a table"),
    ({"table": [{"name": "a", "row": [1], "columns": {}}]}, "table[0].row is not a text"),
    ({"warnings": "x"}, "warnings is not a list"),
])
def test_value_of_the_wrong_kind(tmp_path, capsys, fields, cause):
    run = make_run(tmp_path / "run")
    write_summary(run.directory, **fields)
    line = refuse(capsys, run.directory, "--formats", "svg", "--only", "convergence")
    assert str(run.directory / "summary.json") in line and cause in line


@pytest.mark.parametrize("name", ["config.toml", "summary.json", "metrics.csv", "predictions.csv",
                                  "activity.npz"])
def test_a_pipe_is_not_read(tmp_path, capsys, name):
    """Its reader would wait for ever."""
    run = make_run(tmp_path / "run")
    (run.directory / name).unlink()
    os.mkfifo(run.directory / name)
    line = refuse(capsys, run.directory, "--formats", "svg", "--only", "convergence",
                  "confusion_matrix", "raster")
    assert f"{run.directory / name}: is no regular file" in line


def test_names_that_are_formulas_or_no_text(tmp_path):
    """Drawn as they are."""
    run = make_run(tmp_path / "run", preset="a$\\frac$")
    change_config(run.directory, "network", rule="$x^$")
    other = make_run(tmp_path / "other", preset="a$\\frac$")
    (run.directory / "summary.json").write_text(json.dumps(
        {"format": 2, "class_names": ["$_$", "\udc80", "coat"]}))
    assert exit_code(main, [str(run.directory), str(other.directory), "--formats", "svg", "--only",
                            "confusion_matrix", "convergence"]) == 0
    assert "a$\\frac$, seed 0" in Run(run.directory).title.replace("\\$", "$")


def test_a_setting_cannot_name_a_file_elsewhere(tmp_path):
    runs = [change_config(make_run(tmp_path / value).directory, "network", **{"/../x": value})
            for value in ("a", "b")]
    assert main([*(str(run.directory) for run in runs), "--only", "compared", "--formats",
                 "svg"]) == 0
    assert [path.name for path in (runs[0].directory / "figures").iterdir()] == \
        ["compared__.._x.svg"]


def test_truncated_archive(tmp_path, capsys):
    path = make_run(tmp_path / "run").directory / "activity.npz"
    path.write_bytes(path.read_bytes()[:2000])
    assert "not a readable NPZ" in refuse(capsys, path.parent, "--only", "raster")


@pytest.mark.parametrize("changes, figure, cause", [
    ({"theta_mV": np.full(NEURONS, np.nan)}, "theta_distribution", "theta_mV holds NaN"),
    ({"theta_mV": np.array(["a"] * NEURONS)}, "theta_distribution", "other than numbers"),
    ({"theta_mV": np.zeros((NEURONS, 1))}, "theta_distribution", "expected hidden neurons"),
    ({"theta_mV": np.zeros(NEURONS + 1)}, "theta_distribution", "theta_mV has 8"),
    ({"labels": np.zeros(TESTED - 1)}, "tsne_activity", "59 samples"),
    ({"labels": np.full(TESTED, 0.5)}, "tsne_activity", "fractions"),
    ({"presentation_ms": np.array([350.0])}, "raster", "expected one number"),
    ({"raster_label": -1}, "raster", "raster_label holds -1"),
    ({"raster_label": 10**12}, "raster", "raster_label holds 1000000000000"),
    ({"image_shape": np.array([-4, -4])}, "receptive_fields", "image_shape holds -4"),
])
def test_unusable_array(tmp_path, capsys, changes, figure, cause):
    run = make_run(tmp_path / "run", **changes)
    line = refuse(capsys, run.directory, "--formats", "svg", "--only", figure)
    assert str(run.directory / "activity.npz") in line and cause in line


def test_figures_that_cannot_be_written(tmp_path, capsys):
    run = make_run(tmp_path / "run")
    (run.directory / "figures").touch()
    line = refuse(capsys, run.directory, "--only", "voltage")
    assert str(run.directory / "figures") in line and "permissions" in line


@pytest.mark.parametrize("arguments, cause", [
    ([], "RUN_DIR"), (["run", "--only", "nothing"], "nothing")])
def test_wrong_argument_is_one_line_too(capsys, arguments, cause):
    with pytest.raises(SystemExit) as left:
        exit_code(main, arguments)
    line = capsys.readouterr().err
    assert left.value.code == 2 and line.count("\n") == 1
    assert line.startswith("analysis: ") and cause in line


def test_absent_and_empty_data_is_missing_not_damaged(tmp_path):
    run = make_run(tmp_path / "run", train_ink=np.empty(0), raster_sl_i=np.empty(0))
    with pytest.raises(MissingData, match="train_ink"):
        run.activity["train_ink"]
    assert run.activity["raster_sl_i"].size == 0  # silence is an observation
    with pytest.raises(MissingData, match="checkpoint.npz is absent"):
        run.checkpoint
    (run.directory / "metrics.csv").write_text("samples,split,accuracy_sl,accuracy_labels\n")
    with pytest.raises(MissingData, match="no rows yet"):
        run.metrics


def test_nothing_is_read_before_it_is_asked_for(tmp_path):
    run = make_run(tmp_path / "run")
    (run.directory / "activity.npz").write_bytes(b"damaged")
    assert run.title == "small, seed 0"
    with pytest.raises(AnalysisError):
        Run(run.directory).activity.names


@pytest.mark.parametrize("content", [b"", b"samples,split,accuracy_sl\n"])
def test_run_stopped_before_its_first_test(tmp_path, capsys, content):
    """Its other figures are drawn."""
    run = make_run(tmp_path / "run")
    (run.directory / "metrics.csv").write_bytes(content)
    assert exit_code(main, [str(run.directory), "--formats", "svg", "--only", "convergence",
                            "receptive_fields"]) == 0
    assert "convergence: metrics.csv has no rows yet" in capsys.readouterr().out


def test_one_class_and_boolean_weights(tmp_path, recwarn):
    """Drawn without warnings."""
    run = make_run(tmp_path / "run", weights_input=np.eye(SIDE**2, NEURONS, dtype=bool))
    (run.directory / "summary.json").unlink()
    (run.directory / "predictions.csv").write_text("label,predicted_sl\n0,0\n0,0\n")
    assert exit_code(main, [str(run.directory), "--formats", "svg", "--only", "confusion_matrix",
                            "receptive_fields"]) == 0
    assert not [w for w in recwarn if issubclass(w.category, UserWarning)]


def test_too_many_classes(tmp_path, capsys):
    run = make_run(tmp_path / "run")
    (run.directory / "summary.json").unlink()
    (run.directory / "predictions.csv").write_text("label,predicted_sl\n200000,0\n")
    assert "less than 10,000" in refuse(capsys, run.directory, "--only", "confusion_matrix")
