"""Figures and tables of several runs of GLSNN, against the numbers of their run directories."""

import numpy as np
import pandas as pd
import pytest

from analysis.__main__ import main
from analysis.changes import successive_changes
from analysis.errors import MissingData
from analysis.feedback import FALLS, RISES, STANDS, Step, as_claimed, over_feedback, steps
from analysis.layers import looks, over_depth, over_width, seconds_over_depth
from analysis.series import by_depth, by_width, seconds_per_epoch
from analysis.table_rows import collect
from analysis.walk import labelled
from tests.analysis_runs import drawn, write_summary
from tests.glsnn_runs import make_glsnn_run


def networks(folder, ends, **tables):
    """Runs by name, each with its network and its accuracy at the end."""
    return [make_glsnn_run(folder / f"{number}", end=end, tables={
        "network": {"network": network, **changes}, **tables})
        for number, (network, end, changes) in enumerate(ends)]


def test_over_width_has_a_line_per_method(tmp_path):
    runs = networks(tmp_path, [
        ("20-20-20-10", 97.0, {}), ("10-10-10-10", 95.0, {}), ("10-20-10-10", 1.0, {}),
        ("10-10-10-10", 91.0, {"method": "dfa"}), ("20-20-20-10", 93.0, {"method": "dfa"})])
    runs.append(make_glsnn_run(tmp_path / "seed", 1, end=96.0, tables={
        "network": {"network": "10-10-10-10"}}))
    axes, = over_width(runs).axes
    lines = drawn(axes)
    np.testing.assert_allclose(lines["glsnn, mean and range of 2 seeds"], [[10, 20], [95.5, 97]])
    np.testing.assert_allclose(lines["dfa"], [[10, 20], [91, 93]])
    with pytest.raises(MissingData, match="neurons of a hidden layer"):
        over_width(runs[:1])


def test_seeds_that_all_lines_have_are_said_once(tmp_path):
    runs = [run for seed in range(2) for run in (
        make_glsnn_run(tmp_path / f"{seed}-{method}-{size}", seed, end=90.0 + seed, tables={
            "network": {"network": f"{size}-{size}-10", "method": method}})
        for method in ("glsnn", "dfa") for size in (10, 20))]
    axes, = over_width(runs).axes
    assert {"glsnn", "dfa"} < set(drawn(axes))
    assert axes.get_title() == ("accuracy against hidden neurons\nmean and range of 2 seeds\n"
                                "bar: s.d. of 2 seeds")


def test_over_depth_draws_training_of_a_single_method(tmp_path):
    runs = networks(tmp_path, [("5-10", 90.0, {}), ("5-5-5-10", 94.0, {}),
                               ("5-10", 80.0, {"method": "dtp"}),
                               ("5-5-5-10", 70.0, {"method": "dtp"})])
    axes, = over_depth(runs).axes
    assert {label: list(y) for label, (_, y) in drawn(axes).items()} == {
        "glsnn": [90, 94], "dtp": [80, 70], "glsnn: published": [98, 98],
        "dtp: published": [98, 98]}
    axes, = over_depth(runs[:2]).axes
    lines = drawn(axes)
    np.testing.assert_array_equal(lines["test"], [[1, 3], [90, 94]])
    np.testing.assert_array_equal(lines["training (last epoch)"], [[1, 3], [91, 95]])


@pytest.mark.parametrize("count", [1, 7, 8, 10])
def test_lines_are_told_apart(count):
    """The seven methods with GLSNN are one more than the usual colours."""
    found = looks(count)
    assert len(found) == len({look["color"] for look in found}) == count
    assert count < 8 or len({look["marker"] for look in found}) == count


def test_depths_of_two_widths_are_two_series(tmp_path):
    runs = networks(tmp_path, [("5-10", 90.0, {}), ("5-5-10", 94.0, {}), ("7-10", 91.0, {}),
                               ("7-7-10", 92.0, {})])
    assert list(by_depth(runs)) == ["width 5", "width 7"]
    assert list(by_width(runs)) == ["depth 1", "depth 2"]


def test_networks_with_convolutions_have_no_depth_here(tmp_path):
    assert by_depth(networks(tmp_path, [("15C5-P2-300-10", 90.0, {}),
                                        ("15C5-P2-20C5-P2-10", 94.0, {})])) == {}


def test_seconds_per_epoch_are_not_those_before_the_first_test_nor_of_a_resumption(tmp_path):
    run = make_glsnn_run(tmp_path / "run", rows=6)
    path = run.directory / "metrics.csv"
    table = pd.read_csv(path)
    table["cpu_seconds"] = [30.0, 33.0, 36.0, 1.0, 4.0, 7.0]
    table.to_csv(path, index=False)
    assert seconds_per_epoch(type(run)(run.directory)) == 3
    assert seconds_per_epoch(make_glsnn_run(tmp_path / "one", rows=1)) is None


def test_seconds_over_depth(tmp_path):
    runs = [make_glsnn_run(tmp_path / str(layers), seconds=2.5 * layers, tables={
        "network": {"network": "5-" * layers + "10"}}) for layers in (3, 1)]
    axes, = seconds_over_depth(runs).axes
    np.testing.assert_allclose(axes.lines[0].get_data(), [[1, 3], [2.5, 7.5]])


def test_steps_follow_a_fixed_rule():
    # Mean changes of 2, so that less than 1 is none.
    claimed = steps([80, 83, 86, 86.5, 86, 90])
    assert claimed == [Step(RISES, 0, 2), Step(STANDS, 2, 4), Step(RISES, 4, 5)]
    assert as_claimed(claimed)
    for line in (np.linspace(60, 90, 3), np.linspace(60, 90, 12)):
        assert steps(line) == [Step(RISES, 0, len(line) - 1)]
        assert not as_claimed(steps(line))
    assert steps([80, 90, 90, 85]) == [Step(RISES, 0, 1), Step(STANDS, 1, 2), Step(FALLS, 2, 3)]
    assert steps([80, 80, 80]) == [Step(STANDS, 0, 2)]
    # The last rise takes two feedback layers.
    assert not as_claimed(steps([80, 83, 83, 86, 89]))


def test_over_feedback_has_a_panel_per_network_and_marks_the_steps(tmp_path):
    deep = "5-" * 6 + "10"
    ends = (80.0, 83.0, 86.0, 86.5, 86.0, 90.0)
    counts = ("0", "1", "2", "3", "4", "all")
    runs = networks(tmp_path, [(deep, end, {"feedback_layers": count})
                               for end, count in zip(ends, counts)])
    runs += networks(tmp_path / "bottom", [
        (deep, 80.0 + 2 * count, {"feedback_layers": str(count), "feedback_from": "bottom"})
        for count in range(3)])
    runs += networks(tmp_path / "shallow", [("5-5-5-10", 70.0, {"feedback_layers": "0"}),
                                            ("5-5-5-10", 75.0, {"feedback_layers": "1"})])
    shallow, panel = over_feedback(runs).axes
    assert shallow.get_title(loc="left") == "hidden layers: 3 x 5"
    lines = drawn(panel)
    np.testing.assert_array_equal(lines["feedback_from top: as claimed"], [range(6), ends])
    np.testing.assert_array_equal(lines["feedback_from bottom: rises"], [range(3), [80, 82, 84]])
    marked, = (line for line in panel.lines if line.get_linewidth() == 7)
    np.testing.assert_array_equal(marked.get_data(), [[2, 3, 4], [86, 86.5, 86]])
    with pytest.raises(MissingData, match="feedback_layers alone"):
        over_feedback(runs[:1])


def test_successive_changes_keeps_the_order_of_the_walk(tmp_path):
    changes = {}
    runs = []
    for number, change in enumerate(({}, {"g_L": 1.0}, {"eta_w": 0.03, "decay": 0.9})):
        changes |= change
        runs.append(make_glsnn_run(tmp_path / str(number), end=80.0 + number,
                                   tables={"parameters": dict(changes)}))
    accuracies, rates = successive_changes(runs).axes
    assert [text.get_text() for text in accuracies.get_yticklabels()] == [
        "the first run", "g_L 1", "decay 0.9, eta_w 0.03"]
    assert list(labelled(runs)) == ["easy", "+ g_L 1", "+ decay 0.9, eta_w 0.03"]
    ends = [line.get_xdata() for line in accuracies.lines if line.get_marker() == "o"]
    assert [list(values) for values in ends] == [[80], [81], [82]]
    np.testing.assert_allclose(drawn(rates)["hidden2"][0], [0.24] * 3)
    (runs[1].directory / "metrics.csv").unlink()
    accuracies, rates = successive_changes([type(run)(run.directory) for run in runs]).axes
    ends = [line.get_data() for line in accuracies.lines if line.get_marker() == "o"]
    assert [(list(x), list(y)) for x, y in ends] == [([80], [0]), ([82], [2])]
    assert [text.get_text() for text in accuracies.texts] == [
        "80.00", "82.00", "stopped before its first test"]
    assert accuracies.texts[-1].get_position()[1] == 1
    assert list(drawn(rates)["hidden2"][1]) == [0, 2]
    back = make_glsnn_run(tmp_path / "back", tables={"parameters": {"eta_w": 0.03}})
    names = labelled([*runs, back])
    assert all(len(line) <= 44 for name in names for line in name.splitlines())
    assert "easy, decay 0.9, eta_w 0.03, g_L 1" in names
    for no_walk in ([*runs, back], runs[:2]):
        with pytest.raises(MissingData, match="no walk"):
            successive_changes(no_walk)


def test_table_has_rows_of_other_tables_beside_the_recorded_runs(tmp_path):
    for name, table, row, value in (("own", "zhao2020", "MNIST, 784-800-800-800-10", 98.2),
                                    ("stbp", "wu2018", "MNIST, 784-800-10", 98.9),
                                    ("cnn", "wu2018", "MNIST, 15C5-10", 99.0)):
        directory = tmp_path / name
        directory.mkdir()
        write_summary(directory, seed=0, cpu_seconds=60, command="x", table=[
            {"name": table, "row": row, "order": 1, "columns": {"end": value}}])
    tables = collect(tmp_path)
    rows = {key.title: row for key, row in tables["zhao2020"].items()}
    assert list(rows) == ["MNIST, 784-800-800-800-10", "STBP: MNIST, 784-800-10"]
    assert rows["STBP: MNIST, 784-800-10"].values == {"end": {0: 98.9}}
    assert len(tables["wu2018"]) == 2


# -- the command line ----------------------------------------------------------------------


def test_command_line_compares_runs(tmp_path, capsys):
    runs = networks(tmp_path, [
        ("5-5-5-10", 90.0, {}), ("5-5-10", 91.0, {}), ("7-7-7-10", 92.0, {}),
        ("5-5-5-10", 85.0, {"feedback_layers": "1"})])
    directories = [str(each.directory) for each in runs]
    assert main([*directories, "--only", "compared", "--formats", "png"]) == 0
    assert "skipped" not in capsys.readouterr().out
    made = {path.stem for path in (runs[0].directory / "figures").iterdir()}
    assert made == {"single_changes", "compared_network", "compared_feedback_layers",
                    "over_width", "over_depth", "seconds_over_depth", "over_feedback"}


def test_command_line_draws_a_walk_with_a_form_that_diverged(tmp_path, capsys):
    runs = [make_glsnn_run(tmp_path / str(number), tables={
        "parameters": dict(list({"g_L": 1.0, "tau": 2.0}.items())[:number])})
        for number in range(3)]
    for path in runs[1].directory.iterdir():
        if path.name != "config.toml":
            path.unlink()
    directories = [str(each.directory) for each in runs]
    assert main([*directories, "--only", "compared", "--formats", "png"]) == 0
    assert "successive_changes" in capsys.readouterr().out
