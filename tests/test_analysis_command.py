"""The command line of analysis: which figures it writes, which runs it takes together."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import analysis
from analysis import figures
from analysis.__main__ import main
from analysis.groups import group_seeds
from analysis.run import Run
from tests.analysis_runs import (
    EQUATIONS, TESTED, change_config, make_pairing_run, make_plain_run, make_run, make_stbp_run,
    write_config,
)
from tests.emstdp_runs import make_emstdp_run
from tests.glsnn_runs import make_glsnn_run


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "run")


def test_a_seed_counts_once(tmp_path, capsys):
    """A run named twice is one seed, and 8.0 epochs are 8."""
    runs = [change_config(make_run(tmp_path / f"run{k}", seed=k % 2).directory, "training",
                          epochs=epochs) for k, epochs in enumerate((8, 8.0, 8))]
    (members,) = group_seeds(runs).values()
    assert members == runs[:2]
    assert main([*(str(run.directory) for run in runs), "--formats", "svg", "--only",
                 "convergence"]) == 0
    assert "run2, whose seed is that of another run" in capsys.readouterr().out


def test_command_line_writes_every_figure(run, tmp_path, capsys):
    """Those of a protocol without asking; between them, the protocols have all figures.

    All runs but one are drawn in one format: drawing takes seconds, and the notebooks show their
    figures in the other one.
    """
    (run.directory / "equations.txt").write_text(EQUATIONS)
    written = set()
    for made, *words in ((run, "--formats", "svg"),
                         (make_stbp_run(tmp_path / "stbp"), "--formats", "svg"),
                         (make_emstdp_run(tmp_path / "emstdp"), "--formats", "svg"),
                         (make_pairing_run(tmp_path / "pairing"),),
                         (make_glsnn_run(tmp_path / "glsnn", images=None, rates_hidden1=None,
                                         rates_hidden2=None), "--formats", "svg")):
        assert main([str(made.directory), *words]) == 0
        for path in (made.directory / "figures").glob("*.svg"):
            assert "</svg>" in path.read_text()
            if words:
                assert not path.with_suffix(".png").exists()
            else:
                assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
            written.add(path.stem)
    assert written == set(figures.FIGURES)
    # Nothing is said of the figures of the other protocols, nor of learning where there is none.
    assert "skipped" not in capsys.readouterr().out


@pytest.mark.parametrize("arrays, drawn", [
    ({}, ""),
    ({"weights": np.ones((2, 2)), "labels": np.zeros(3)}, ""),
    ({"rates_output": np.eye(TESTED), "labels": np.arange(TESTED) % 3},
     ", tsne_layers, class_separation"),
])
def test_a_protocol_that_nobody_knows(tmp_path, capsys, arrays, drawn):
    """What every protocol writes is drawn, and figures whose arrays the learner gives."""
    run = make_plain_run(tmp_path / "run", **arrays)
    assert main([str(run.directory), "--formats", "svg"]) == 0
    assert capsys.readouterr().out == \
        f"{run.directory / 'figures'}: confusion_matrix, convergence{drawn}\n"


def test_several_runs_of_a_protocol_that_nobody_knows(tmp_path, capsys):
    runs = [make_plain_run(tmp_path / f"seed{seed}", seed) for seed in (0, 1)]
    runs.append(change_config(make_plain_run(tmp_path / "slow").directory, "learning", rate=0.01))
    assert main([*(str(run.directory) for run in runs), "--formats", "svg"]) == 0
    own = "confusion_matrix, convergence"
    first, second, third = (run.directory / "figures" for run in runs)
    assert capsys.readouterr().out.splitlines() == [
        f"{first}: {own}", f"{second}: {own}", f"{third}: {own}",
        f"{first}: convergence_overlaid", f"{first}: compared_rate"]


def test_a_figure_of_which_a_part_is_recorded_is_named(tmp_path, capsys):
    run = make_plain_run(tmp_path / "run", stdp_dt_ms=np.arange(3), stdp_symmetric=np.ones(3))
    assert main([str(run.directory), "--formats", "svg"]) == 0
    assert re.findall("skipped .*", capsys.readouterr().out) == \
        ["skipped stdp_windows: activity.npz has no stdp_asymmetric"]


def test_config_says_what_may_differ_between_repetitions(tmp_path):
    """The list "repetition" and the table [execution], nothing else."""
    def made(name, **test):
        run = make_run(tmp_path / name)
        write_config(run.directory, {
            "run": {"preset": "small", "seed": len(runs)}, "training": test,
            "execution": {"threads": len(runs)}}, ["run.seed", "training.test_every"])
        return Run(run.directory)

    runs = []
    runs.append(made("first", test_every=10))
    runs.append(made("second", test_every=20))
    assert list(group_seeds(runs)) == ["small"]
    runs.append(made("third", test_every=10, epochs=2))
    assert list(group_seeds(runs)) == ["small", "small, epochs 2"]


def test_command_line_skips_what_is_not_there(tmp_path, capsys):
    run = make_run(tmp_path / "run", stdp_dt_ms=None, weights_sl=None)
    (run.directory / "predictions.csv").unlink()
    assert main([str(run.directory), "--formats", "svg", "--only", "stdp_windows", "voltage",
                 "confusion_matrix", "tsne_out_synapses"]) == 0
    assert [path.name for path in (run.directory / "figures").iterdir()] == ["voltage.svg"]
    out = capsys.readouterr().out
    assert re.findall(r"skipped (.*)", out) == [
        "stdp_windows: activity.npz has no stdp_dt_ms", "confusion_matrix: predictions.csv is "
        "absent", "tsne_out_synapses: activity.npz has no weights_sl"]


def test_command_line_overlays_several_runs_and_repeats_itself(tmp_path):
    directories = [str(make_run(tmp_path / f"seed{seed}", seed=seed).directory)
                   for seed in (0, 1)]
    arguments = [*directories, "--only", "convergence", "--formats", "svg"]
    overlaid = tmp_path / "seed0" / "figures" / "convergence_overlaid.svg"
    assert main(arguments) == 0
    first = overlaid.read_bytes()
    assert main(arguments) == 0
    assert overlaid.read_bytes() == first


def test_analysis_reads_run_directories_only():
    for path in Path(analysis.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else \
                [node.module] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & {"equations", "models", "protocols"}
