"""The figures of runs trained by EMSTDP, each against the numbers of its run directory."""

import numpy as np
import pandas as pd
import pytest

from analysis import figures
from analysis.__main__ import main
from analysis.active_neurons import active_neurons
from analysis.approximation import correlation
from analysis.changes import single_changes
from analysis.command_line import exit_code
from analysis.errors import MissingData
from analysis.milestones import reached, samples_needed, samples_to
from analysis.style import BLUE, VERMILION
from analysis.table_rows import collect
from tests.analysis_runs import drawn, make_plain_run, make_stbp_run, write_summary
from tests.emstdp_runs import EPOCH, LAYERS, ROWS, STEPS, WINDOWS, make_emstdp_run

OWN = ("staircases", "ann_against_snn", "window_raster", "update_angles", "spikes_per_sample")


@pytest.fixture
def run(tmp_path):
    return make_emstdp_run(tmp_path / "run")


def test_staircases_against_their_lines(run):
    activity = run.activity
    forward, backward = figures.staircases(run).axes
    lines = drawn(forward)
    np.testing.assert_array_equal(lines["spikes $h$"][1], activity["staircase_count"])
    drive, relu = lines["shifted ReLU"]
    np.testing.assert_allclose(relu, np.where(drive < 1, 0, drive - 1))
    np.testing.assert_array_equal(drawn(backward)["spikes $e^+ - e^-$"],
                                  [activity["staircase_error_drive"],
                                   activity["staircase_error_count"]])


def test_ann_against_snn_draws_each_neuron_and_its_coefficient(run):
    activity = run.activity
    for chosen, moment in enumerate(("untrained", "trained")):
        panels = np.reshape(figures.ann_against_snn(run, moment=moment).axes, (2, 3))
        for row, direction in zip(panels, ("forward", "backward")):
            for window, axes in enumerate(row[:-1]):
                assert axes.get_title() == f"{direction}, $T$ = {WINDOWS[window]}"
                for label, dots in drawn(axes).items():
                    layer = label.partition(",")[0]
                    spikes, units = (activity[f"{direction}_{what}_{layer}"][chosen, window]
                                     for what in ("spikes", "units"))
                    np.testing.assert_array_equal(dots, [spikes, units])
                    assert f"{np.corrcoef(spikes, units)[0, 1]:.3f}" in label
            coefficients = drawn(row[-1])
            assert set(coefficients) == {f"{layer}, {when}" for layer in ("hidden1", "hidden2")
                                         for when in ("untrained", "trained")}
            spikes, units = (activity[f"{direction}_{what}_hidden2"][1, 0]
                             for what in ("spikes", "units"))
            assert coefficients["hidden2, trained"][1][0] == correlation(spikes, units)


def test_a_silent_layer_has_no_coefficient(tmp_path):
    run = make_emstdp_run(tmp_path / "run", backward_spikes_hidden1=np.zeros((2, 2, 6)))
    labels = [label for axes in figures.ann_against_snn(run).axes[3:5] for label in drawn(axes)]
    assert labels.count("hidden1, silent") == 2 and not any("nan" in label for label in labels)


def test_window_raster_shows_every_spike_in_the_order_of_the_network(run):
    activity = run.activity
    axes = figures.window_raster(run).axes
    assert [each.get_ylabel() for each in axes] == [
        "input", "hidden1", "hidden2", "output", "target", "loss", "hidden2\nerrors",
        "hidden1\nerrors"]
    for group, colour, place in (("hidden1", "black", 1), ("output_plus", VERMILION, 5),
                                 ("hidden1_minus", BLUE, 7)):
        line, = (each for each in axes[place].lines if each.get_color() == colour)
        np.testing.assert_array_equal(line.get_data(), [activity[f"window_{group}_step"],
                                                        activity[f"window_{group}_i"]])
    assert "15 positive, 15 negative spikes of 3 neurons" in axes[5].get_title(loc="right")
    assert all(STEPS / 2 - 0.5 in each.lines[-1].get_xdata() for each in axes)
    title = axes[0].figure.get_suptitle()
    assert "label bag" in title and "answered coat" in title


def test_a_group_without_spikes_has_an_empty_panel(tmp_path):
    empty = {f"window_output_plus_{what}": np.zeros(0, int) for what in ("i", "step")}
    axes = figures.window_raster(make_emstdp_run(tmp_path / "run", **empty)).axes
    assert "0 positive, 15 negative" in axes[5].get_title(loc="right")


def test_update_angles_has_a_panel_per_pair_and_a_line_per_layer(tmp_path, run):
    axes = figures.update_angles(run).axes
    assert [each.get_title() for each in axes] == [
        "DFA against SW", "DFA against the gradient", "SW against the gradient"]
    lines = drawn(axes[0])
    assert list(lines) == ["hidden layer 1", "hidden layer 2", "output"]
    np.testing.assert_array_equal(lines["output"], [run.activity["angle_samples"],
                                                    run.activity["angle_own_symmetric"][:, 2]])
    symmetric = make_emstdp_run(tmp_path / "sw", angle_own_symmetric=None,
                                angle_own_gradient=None)
    assert [each.get_title() for each in figures.update_angles(symmetric).axes] == [
        "SW against the gradient"]


def test_spikes_per_sample_of_both_networks(run):
    forward, errors = figures.spikes_per_sample(run).axes
    row = np.arange(1, ROWS + 1)
    np.testing.assert_allclose(drawn(forward)["hidden2"], [EPOCH * row, 100 + row])
    np.testing.assert_allclose(drawn(errors)["hidden2"], [EPOCH * row, 50 / row + 1])


def test_tsne_has_a_panel_per_layer(run):
    titles = [axes.get_title(loc="left").partition(" (")[0]
              for axes in figures.tsne_layers(run, most=30).axes]
    assert titles == ["input images", "hidden1", "hidden2", "output"]


# -- several runs --------------------------------------------------------------------------


def test_samples_to_is_the_first_test_that_reaches_a_level():
    curve = pd.Series([80.0, 91.0, 89.0, 95.0], index=[10, 20, 30, 40])
    assert samples_to(curve, 90) == 20 and samples_to(curve, 95) == 40
    assert np.isnan(samples_to(curve, 96))


def test_samples_needed_has_a_dot_per_seed(tmp_path):
    runs = [make_emstdp_run(tmp_path / f"{steps}-{seed}", seed, rate=rate,
                            tables={"rules": {"steps": steps}})
            for steps, rate in ((20, 1.0), (40, 2.0)) for seed in (0, 1)]
    # 88 + 2 rate row + seed per cent in row 1 to 4.
    assert reached(runs) == {"easy, steps 20": {90.0: [1000, 1000], 95.0: [4000, 3000]},
                             "easy, steps 40": {90.0: [1000, 1000], 95.0: [2000, 2000]}}
    axes, = samples_needed(runs).axes
    np.testing.assert_array_equal(drawn(axes)["95 %"], [[4000, 3000, 2000, 2000], [0, 0, 1, 1]])
    assert [text.get_text() for text in axes.get_yticklabels()] == \
        ["easy, steps 20", "easy, steps 40"]
    with pytest.raises(MissingData, match="no run reached 99.9 %"):
        samples_needed(runs[:1], levels=(99.9,))


def test_single_changes_has_a_row_per_change(tmp_path, run):
    literal = make_emstdp_run(tmp_path / "a", rate=0.5, tables={"rules": {"form": "literal"}})
    hard = make_emstdp_run(tmp_path / "b", 1, rate=2.0, tables={"parameters": {"clear": 0.0}})
    both = make_emstdp_run(tmp_path / "c", tables={"parameters": {"clear": 0.0},
                                                   "rules": {"form": "literal"}})
    axes, = single_changes([run, literal, hard, both]).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "as the first", "form literal", "clear 0"]
    ends = [line.get_xdata() for line in axes.lines if line.get_marker() == "o"]
    assert [list(values) for values in ends] == [[96], [92], [100]]
    with pytest.raises(MissingData, match="differs from the first"):
        single_changes([run])


def test_active_neurons_over_a_threshold(tmp_path):
    runs = [make_emstdp_run(tmp_path / str(beta), rate=rate,
                            tables={"parameters": {"beta_hidden": beta}})
            for beta, rate in ((0.8, 0.5), (0.2, 2.0))]
    shares, accuracies = active_neurons(runs, "parameters.beta_hidden").axes
    assert list(drawn(shares)) == list(LAYERS)
    np.testing.assert_allclose(drawn(shares)["hidden2"][1], [24, 9])
    np.testing.assert_allclose(accuracies.lines[0].get_ydata(), [100, 92])
    assert [text.get_text() for text in shares.get_xticklabels()] == ["0.2", "0.8"]
    with pytest.raises(MissingData, match="rules.steps alone"):
        active_neurons(runs, "rules.steps")


# -- the command line ----------------------------------------------------------------------


def test_command_line_compares_runs(tmp_path, run, capsys):
    other = make_emstdp_run(tmp_path / "other", tables={"parameters": {"beta_hidden": 0.8}})
    wide = make_emstdp_run(tmp_path / "wide", tables={"rules": {"steps": 40}})
    directories = [str(each.directory) for each in (run, other, wide)]
    assert main([*directories, "--only", "compared", "convergence", "--formats", "png"]) == 0
    assert "skipped" not in capsys.readouterr().out
    made = {path.stem for path in (run.directory / "figures").iterdir()}
    assert made == {"convergence", "convergence_overlaid", "samples_needed",
                    "single_changes", "compared_beta_hidden", "active_beta_hidden",
                    "compared_steps", "active_steps"}


def test_runs_of_other_protocols_do_not_mention_them(tmp_path):
    for other in (make_stbp_run(tmp_path / "stbp"), make_plain_run(tmp_path / "plain")):
        assert not any(figures.belongs(figures.FIGURES[name], other) for name in OWN)
        for name in OWN:
            with pytest.raises(MissingData):
                figures.FIGURES[name](other)


def test_a_run_that_was_killed_has_the_figures_of_its_tables(run):
    (run.directory / "activity.npz").unlink()
    run = type(run)(run.directory)
    assert figures.belongs(figures.spikes_per_sample, run)
    assert not figures.belongs(figures.window_raster, run)
    (run.directory / "metrics.csv").write_text(
        "samples,split,accuracy,hidden1_spikes,hidden1_errors\n1,test,2,30,3\n")
    forward, errors = figures.spikes_per_sample(type(run)(run.directory)).axes
    assert [axes.texts[0].get_text() for axes in (forward, errors)] == ["30", "3"]


@pytest.mark.parametrize("changes, figure, cause", [
    ({"staircase_count": np.zeros(3)}, "staircases", "drives"),
    ({"forward_units_hidden1": np.zeros((2, 3, 6))}, "ann_against_snn", "windows"),
    ({"backward_units_hidden2": np.zeros((2, 2, 4))}, "ann_against_snn", "hidden2 neurons"),
    ({"compared_steps": np.array([0, 100])}, "ann_against_snn", "not a size"),
    ({"window_hidden1_i": np.zeros(3, int)}, "window_raster", "hidden1 spikes"),
    ({"window_label": -1}, "window_raster", "number of a class"),
    ({"window_input_i": np.full(15, 0.5)}, "window_raster", "fractions"),
    ({"angle_own_symmetric": np.full((3, 3), np.nan)}, "update_angles", "NaN"),
    ({"angle_own_gradient": np.zeros((2, 3))}, "update_angles", "moments of learning"),
])
def test_unusable_array(tmp_path, capsys, changes, figure, cause):
    run = make_emstdp_run(tmp_path / "run", **changes)
    assert exit_code(main, [str(run.directory), "--formats", "png", "--only", figure]) == 2
    line = capsys.readouterr().err
    assert line.startswith(f"analysis: {run.directory / 'activity.npz'}: ")
    assert line.count("\n") == 1 and cause in line


def test_table_2_quotes_other_methods_behind_the_recorded_runs(tmp_path):
    directory = tmp_path / "recorded" / "sw"
    directory.mkdir(parents=True)
    write_summary(directory, seed=0, cpu_seconds=60, command="x", table=[
        {"name": "shrestha2019", "row": "MNIST, 784-500-10, SW", "order": 1,
         "columns": {"end": 98.0}, "published": {"mean": 97.0}}])
    rows = collect(tmp_path / "recorded")["shrestha2019"]
    titles = [key.title for key in rows]
    assert titles[0] == "MNIST, 784-500-10, SW" and len(titles) == 10
    quoted = {key.title: row.published for key, row in rows.items() if not row.summaries}
    assert quoted["MNIST, 784-800-10, Jin 2019 (BP) (quoted)"] == (98.84, None)


def test_labels_of_two_protocols_name_what_each_has(tmp_path, run):
    """Settings that the other protocol does not have are no differences."""
    symmetric = make_emstdp_run(tmp_path / "sw", tables={"network": {"feedback": "sw"}})
    mlp = make_emstdp_run(tmp_path / "mlp", tables={"run": {"protocol": "emstdp_mlp"},
                                                    "network": {"method": "bp"}})
    assert list(reached([run, symmetric, mlp])) == [
        "easy, feedback dfa, protocol emstdp", "easy, feedback sw, protocol emstdp",
        "easy, protocol emstdp_mlp"]
