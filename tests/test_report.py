"""``python -m analysis report``: what runs measured beside what was published."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.__main__ import main
from analysis.command_line import exit_code
from analysis.report import finished_runs, p_value, results
from tests.analysis_runs import make_plain_run, make_run, write_summary

MEASURED = {0: 82.0, 1: 83.5, 2: 84.0, 3: 82.5}


@pytest.fixture
def runs(tmp_path):
    """Four seeds of an experiment with two readouts, one of which was published in a table."""
    for seed, value in MEASURED.items():
        directory = tmp_path / "runs" / f"seed{seed}"
        make_run(directory, seed=seed)
        entries = [{"name": "hao2020", "row": "labels", "order": 1, "readout": "labels",
                    "note": "1 of 3 epochs", "columns": {"end": value - 10},
                    "published": {"mean": 70.0}}]
        write_summary(
            directory, protocol="diehl_cook_sl", preset="small", seed=seed, table=entries,
            command="python", cpu_seconds=1.0, published={"mean": 80.0, "readout": "sl"},
            accuracies={"end": {"labels": value - 10, "sl": value}, "best_test": {"sl": value + 1}})
    return tmp_path / "runs"


def test_results(runs):
    """Mean, spread, and the difference from what was published of that readout."""
    found = results(finished_runs([str(runs)])[0])
    values = np.array(list(MEASURED.values()))
    assert [(each.readout, each.rule) for each in found] == [
        ("SL layer", "end of the run"), ("SL layer", "best of the tests"),
        ("label statistics", "end of the run")]
    end, best, labels = found
    assert (end.n, end.published, labels.published) == (4, 80.0, 70.0)
    assert end.mean == values.mean() and end.sd == values.std(ddof=1)
    assert best.difference == values.mean() + 1 - 80
    assert labels.experiment == "small (1 of 3 epochs)" and end.experiment == "small"
    # t of a sample against a fixed value, by its definition.
    t = (values.mean() - 80) / (values.std(ddof=1) / np.sqrt(4))
    assert end.p == pytest.approx(2 * stats.t.sf(abs(t), 3))


def test_p_value():
    """Wilcoxon's p is that of the signs of all ranks; where nothing can be tested it is NaN."""
    assert p_value([1, 2, 3, 4, 5], 0, "wilcoxon") == pytest.approx(2 / 2**5)
    assert np.isnan(p_value([1.0], 0)) and np.isnan(p_value([1, 2], np.nan))
    assert np.isnan(p_value([2, 2, 2], 0))


def test_command(runs, tmp_path, capsys):
    """A table for the eye and one for programs; what is not counted is told."""
    (runs / "seed9").mkdir()
    (runs / "seed9" / "config.toml").write_text("")
    make_plain_run(tmp_path / "alone")
    write_summary(tmp_path / "alone", protocol="logistic", preset="plain", seed=0,
                  accuracies={"end": {"output": 50.0}})
    file = tmp_path / "new" / "rows.csv"
    assert main(["report", str(runs), str(runs / "seed0"), str(tmp_path / "alone"), "--csv",
                 str(file)]) == 0
    said = capsys.readouterr().out
    assert "one-sample t-test" in said and "published value taken as exact" in said
    assert f"not counted: {runs / 'seed9'}, which is not finished" in said
    single = said[said.index("plain"):].splitlines()
    assert single[2].split() == ["end", "of", "the", "run", "1", "50.00", *"––––"]
    rows = pd.read_csv(file)
    assert rows["n"].tolist() == [4, 4, 4, 1] and rows["p"].isna().tolist() == [False] * 3 + [True]


@pytest.mark.parametrize("words, message", [
    (["nowhere"], "nowhere: no such directory"), (["."], "no finished run"),
    (["--test", "z", "."], "invalid choice"),
])
def test_bad_input(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    try:
        code = exit_code(main, ["report", *words])
    except SystemExit as stopped:
        code = stopped.code
    said = capsys.readouterr().err
    assert code == 2 and message in said and said.count("\n") == 1
