"""The figures of runs trained by STBP, and the comparison of runs that differ in a setting."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from analysis import figures
from analysis.__main__ import main
from analysis.command_line import exit_code
from analysis.comparison import compared
from analysis.errors import AnalysisError, MissingData
from analysis.events import frame
from analysis.groups import differing_settings, value_words
from analysis.style import BLUE, VERMILION
from tests.analysis_runs import (
    EPOCH, EPOCHS, OUTPUTS, STEPS, TESTED, change_config, make_run, make_stbp_run,
)


@pytest.fixture
def run(tmp_path):
    return make_stbp_run(tmp_path / "run")


def lines(axes):
    """The lines of `axes` by label, as arrays (x, y)."""
    return {line.get_label(): np.array(line.get_data()) for line in axes.lines}


def drawn_spikes(axes, colour):
    """The set of (time step from 0, neuron) of one colour."""
    return {(round(t) - 1, round(i)) for line in axes.lines if line.get_color() == colour
            for t, i in zip(*line.get_data())}


def test_surrogate_curves_shows_all_four(run):
    axes, = figures.surrogate_curves(run).axes
    drawn = lines(axes)
    for number, name in enumerate(("rectangular", "polynomial", "sigmoid", "gaussian"), 1):
        np.testing.assert_array_equal(
            drawn[f"$h_{number}$ {name}"],
            [run.activity["surrogate_distance"], run.activity[f"surrogate_{name}"]])
    assert "$a$ = 1" in axes.get_title()


def test_convergence_of_one_readout_over_epochs(run):
    """Every test is the end of an epoch; accuracy in training is beside it, or not."""
    axes, = figures.convergence(run).axes
    drawn = lines(axes)
    epochs = np.arange(1, EPOCHS + 1)
    np.testing.assert_allclose(drawn["test"], [epochs, 90 + epochs])
    np.testing.assert_allclose(drawn["training (mean over the epoch)"], [epochs, 80 + 3 * epochs])
    assert "published: 98 %" in drawn and axes.get_xlabel() == "epoch"

    axes, = figures.convergence(run, against="samples", training=False).axes
    assert set(lines(axes)) == {"test", "published: 98 %"}
    np.testing.assert_allclose(lines(axes)["test"][0], EPOCH * epochs)


def test_runs_of_two_protocols_overlay(tmp_path, run):
    """Each brings its own readouts; their tests have samples in common, not epochs."""
    axes, = figures.convergence([run, make_run(tmp_path / "other")]).axes
    assert {"easy: test", "small: SL layer, test", "small: label statistics, test"} <= \
        set(lines(axes))
    assert axes.get_xlabel() == "training samples presented"


def test_confusion_matrix_of_one_readout(run):
    axes, _ = figures.confusion_matrix(run).axes
    np.testing.assert_allclose(axes.images[0].get_array(),
                               np.array([[20, 0, 0], [3, 17, 0], [3, 0, 17]]) * 5)
    assert axes.get_title() == ("90.00 % of 60 right\n"
                                "95 % interval 79.85 to 95.34 %, published: 98 %")


def test_rasters_show_every_spike_and_mark_the_class(run):
    activity = run.activity
    figure = figures.input_and_output_rasters(run)
    for axes, name in zip(figure.axes, ("centre", "before", "after"), strict=True):
        marked, others = (drawn_spikes(axes, colour) for colour in (VERMILION, BLUE))
        assert marked | others == set(zip(*np.nonzero(activity[f"raster_{name}"])))
        assert {neuron for _, neuron in marked} <= {2}
    assert drawn_spikes(figure.axes[2], VERMILION) == {(step, 2) for step in range(STEPS)}
    assert figure.axes[0].get_title(loc="left") == "input, central 3 x 3 pixels"
    assert figure.axes[2].get_title(loc="right") == f"{STEPS} of {STEPS} spikes"
    assert "class coat; inferred: coat" in figure.get_suptitle()
    names = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert names == ["boot", "bag", "coat", "3"]


def test_frame_has_the_colour_of_its_events():
    """A pixel of both polarities is mixed, one without events is white."""
    x = np.array([0, 0, 1, 1, 1])
    y = np.array([0, 0, 2, 0, 0])
    polarity = np.array([1, 1, 0, 1, 0])
    image = frame(x, y, polarity, (3, 2))
    on = np.array(to_rgb(VERMILION))
    off = np.array(to_rgb(BLUE))
    np.testing.assert_allclose(image[0, 0], on)
    np.testing.assert_allclose(image[2, 1], off)
    np.testing.assert_allclose(image[0, 1], (on + off) / 2)
    assert (image[1] == 1).all() and image.shape == (3, 2, 3)


def test_saccades_shows_frames_and_every_event_of_the_three(run):
    activity = run.activity
    figure = figures.saccades(run)
    frames, space = (part.axes for part in figure.subfigs)
    times = activity["events_t_ms"]
    assert len(frames) == 15 and frames[7].get_title() == "145 to 155 ms"
    for axes, begin in ((frames[7], 145), (frames[14], 285)):
        inside = (times >= begin) & (times < begin + 10)
        expected = np.zeros((4, 4), bool)
        expected[activity["events_y"][inside], activity["events_x"][inside]] = True
        np.testing.assert_array_equal((axes.images[0].get_array() < 1).any(axis=2), expected)
    for axes, polarity in zip(space, (1, 0), strict=True):
        chosen = (times < 300) & (activity["events_p"] == polarity)
        t, x, y = axes.collections[0]._offsets3d
        drawn = sorted(zip(*map(np.asarray, (t, x, y))))
        assert drawn == sorted(zip(times[chosen], activity["events_x"][chosen],
                                   activity["events_y"][chosen]))
    assert "class boot" in figure.get_suptitle()


def test_tsne_layers_has_a_panel_per_layer_in_their_order(tmp_path, run):
    figure = figures.tsne_layers(run, most=50)
    titles = [axes.get_title(loc="left").partition(" (")[0] for axes in figure.axes]
    assert titles == ["input images", "conv1", "output"]
    for axes in figure.axes:
        assert sum(len(dots.get_offsets()) for dots in axes.collections) == 50
    more = {f"rates_dense{k}": np.zeros((TESTED, 2)) for k in range(2)}
    figure = figures.tsne_layers(make_stbp_run(tmp_path / "events", images=None, **more,
                                               rates_extra=np.eye(TESTED)))
    titles = [axes.get_title(loc="left").partition(" (")[0] for axes in figure.axes]
    assert titles == ["conv1", "output", "dense0", "dense1", "extra", ""]
    assert "1 distinct rows" in figure.axes[2].texts[0].get_text()


def test_figures_of_other_protocols_are_skipped_with_a_reason(tmp_path, run):
    other = make_run(tmp_path / "other")
    for figure, missing in ((figures.surrogate_curves, "surrogate_distance"),
                            (figures.input_and_output_rasters, "raster_centre"),
                            (figures.saccades, "events_t_ms"),
                            (figures.tsne_layers, "rates_LAYER")):
        with pytest.raises(MissingData, match=missing):
            figure(other)
    for figure, missing in ((figures.raster, "raster_input_i"),
                            (figures.tsne_activity, "hidden_counts")):
        with pytest.raises(MissingData, match=missing):
            figure(run)


# -- runs that differ in a setting ---------------------------------------------------------


def runs_over(tmp_path, name, values, seeds=(0,)):
    """A run per value of a setting of the neurons and seed."""
    return [make_stbp_run(tmp_path / f"{value}-{seed}", seed, neurons={name: value})
            for value in values for seed in seeds]


def test_compared_averages_seeds_and_sorts_numbers(tmp_path):
    runs = runs_over(tmp_path, "width", (2.5, 10.0, 0.1), seeds=(0, 10))
    curves, last = compared(runs).axes
    drawn = lines(curves)
    assert list(drawn) == ["0.1", "2.5", "10", "published: 98 %"]
    for value in ("0.1", "2.5", "10"):
        np.testing.assert_allclose(drawn[value][1], 90.5 + np.arange(1, EPOCHS + 1))
    band = curves.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (91, 92 + EPOCHS - 1)
    np.testing.assert_allclose(last.lines[0].get_ydata(), [90 + EPOCHS, 91 + EPOCHS])
    assert [text.get_text() for text in last.get_xticklabels()] == ["0.1", "2.5", "10"]
    assert curves.get_legend().get_title().get_text() == "width"
    assert compared(runs).get_suptitle() == \
        "test accuracy, mean and range of 2 seeds\nbar: s.d. of 2 seeds"


def test_compared_says_how_many_seeds_each_value_has(tmp_path):
    runs = runs_over(tmp_path, "surrogate", ("rectangular", "sigmoid"))
    runs.append(make_stbp_run(tmp_path / "more", 1, neurons={"surrogate": "sigmoid"}))
    runs.append(make_stbp_run(tmp_path / "again", 1, neurons={"surrogate": "sigmoid"}))
    curves, _ = compared(runs, "neurons.surrogate").axes
    assert {"rectangular", "sigmoid (mean and range of 2 seeds)"} < set(lines(curves))


def test_compared_takes_validation_where_nothing_was_tested(tmp_path):
    runs = [make_stbp_run(tmp_path / name, split="validation", neurons={"surrogate": name})
            for name in ("rectangular", "gaussian")]
    assert compared(runs).get_suptitle() == "validation accuracy"
    with pytest.raises(MissingData, match="one readout and split"):
        compared([runs[0], make_stbp_run(tmp_path / "test", neurons={"surrogate": "sigmoid"})])


def test_compared_needs_one_setting(tmp_path, run):
    seed = make_stbp_run(tmp_path / "seed", 1)
    with pytest.raises(MissingData, match="a setting alone"):
        compared([run, seed])
    wide = make_stbp_run(tmp_path / "wide", neurons={"width": 5.0})
    sigmoid = make_stbp_run(tmp_path / "sigmoid", neurons={"surrogate": "sigmoid"})
    with pytest.raises(MissingData, match="neurons.width and in neurons.surrogate"):
        compared([run, wide, sigmoid])
    curves, _ = compared([run, wide, sigmoid], "neurons.width").axes
    assert set(lines(curves)) == {"1", "5", "published: 98 %"}
    with pytest.raises(MissingData, match="neurons.tau alone"):
        compared([run, wide], "neurons.tau")


@pytest.mark.parametrize("value, words", [
    ("200-200-200-10", "3 x 200-10"), ("15C5-P2-300-10", "15C5-P2-300-10"),
    ("50-50-10", "50-50-10"), ("500-20-20-20-200-10", "500-3 x 20-200-10"),
    ("10-10-100", "10-10-100"), ("0.1", "0.1")])
def test_many_layers_of_one_size_have_a_short_label(value, words):
    assert value_words(value) == words


def test_who_computed_and_what_was_published_are_no_settings(tmp_path, run):
    other = make_stbp_run(tmp_path / "other", published=50.0)
    change_config(other.directory, "run", kernels="numba")
    other = change_config(other.directory, "execution", engine="brian2")
    assert differing_settings([run, other]) == ({}, {})


def test_command_line_compares_in_every_setting(tmp_path, run, capsys):
    wide = make_stbp_run(tmp_path / "wide", neurons={"width": 5.0})
    sigmoid = make_stbp_run(tmp_path / "sigmoid", neurons={"surrogate": "sigmoid"})
    both = make_stbp_run(tmp_path / "both", neurons={"surrogate": "sigmoid", "width": 5.0})
    runs = [str(each.directory) for each in (run, wide, sigmoid, both)]
    assert main([*runs, "--only", "compared", "--formats", "png"]) == 0
    assert sorted(path.name for path in (run.directory / "figures").iterdir()) == \
        ["compared_surrogate.png", "compared_width.png", "single_changes.png"]
    assert not (wide.directory / "figures").exists()
    out = capsys.readouterr().out
    assert f"not compared: {both.directory}, which differs in several settings " \
        "(neurons.surrogate, neurons.width)" in out


# -- bad input -----------------------------------------------------------------------------


@pytest.mark.parametrize("changes, figure, cause", [
    ({"raster_label": OUTPUTS}, "input_and_output_rasters", "expected one of the 4 outputs"),
    ({"raster_after": np.zeros((STEPS - 1, OUTPUTS))}, "input_and_output_rasters", "time steps"),
    ({"raster_before": np.zeros(STEPS)}, "input_and_output_rasters", "time steps x outputs"),
    ({"surrogate_gaussian": np.zeros(3)}, "surrogate_curves", "distances"),
    ({"events_p": np.full(90, 2)}, "saccades", "0 (off) and 1 (on)"),
    ({"events_x": np.full(90, 4)}, "saccades", "outside the sensor"),
    ({"events_t_ms": np.full(90, -1.0)}, "saccades", "before 0 ms"),
    ({"events_y": np.zeros(89)}, "saccades", "89"),
    ({"rates_conv1": np.full((TESTED, 2), np.nan)}, "tsne_layers", "rates_conv1 holds NaN"),
    ({"rates_conv1": np.zeros((TESTED + 1, 2))}, "tsne_layers", "61"),
    ({"rates_output": np.zeros((TESTED, 2, 2))}, "tsne_layers", "samples x output neurons"),
])
def test_unusable_array(tmp_path, capsys, changes, figure, cause):
    run = make_stbp_run(tmp_path / "run", **changes)
    assert exit_code(main, [str(run.directory), "--formats", "svg", "--only", figure]) == 2
    line = capsys.readouterr().err
    assert line.startswith(f"analysis: {run.directory / 'activity.npz'}: ")
    assert line.count("\n") == 1 and cause in line


@pytest.mark.parametrize("name, content, cause", [
    ("metrics.csv", "samples,split,train_accuracy\n1,test,2\n", "no column accuracy"),
    ("metrics.csv", "samples,epoch,split,accuracy\n1,,test,2\n", "epoch holds NaN"),
    ("metrics.csv", "samples,split,accuracy,train_accuracy\n1,test,2,x\n", "other than numbers"),
    ("metrics.csv", "samples,split,accuracy,train_accuracy\n1,test,2,-3\n", "0 .. 100"),
    ("predictions.csv", "label,rate\n1,0.5\n", "no column predicted"),
    ("predictions.csv", "label,predicted\n1,3\n", "from 0 to 2"),
])
def test_damaged_table(run, capsys, name, content, cause):
    (run.directory / name).write_text(content)
    assert exit_code(main, [str(run.directory), "--formats", "svg", "--only", "convergence",
                            "confusion_matrix"]) == 2
    line = capsys.readouterr().err
    assert str(run.directory / name) in line and line.count("\n") == 1 and cause in line


def test_compared_of_a_single_run_is_refused(run):
    with pytest.raises(AnalysisError, match="several runs"):
        main([str(run.directory), "--only", "compared"])
    again = run.directory.parent / "." / run.directory.name / "figures" / ".."
    with pytest.raises(AnalysisError, match="several runs"):
        main([str(run.directory), str(again), "--only", "compared"])


def test_no_events_in_the_time_of_the_saccades(tmp_path):
    with pytest.raises(MissingData, match="no events before 300 ms"):
        figures.saccades(make_stbp_run(tmp_path / "run", events_t_ms=np.full(90, 310.0)))
