"""The figures carry the data of the run directory."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import analysis
from analysis import figures
from analysis.embedding import embed
from analysis.errors import MissingData
from analysis.style import BLUE, GREEN, VERMILION
from tests.analysis_runs import (
    CLASSES, CLASS_NAMES, EPOCH, NEURONS, SIDE, TESTED, change_config, make_plain_run, make_run,
)


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "run")


def lines(axes):
    """The lines of `axes` by label, as arrays (x, y)."""
    return {line.get_label(): np.array(line.get_data()) for line in axes.lines}


def marked(axes):
    """Where vertical lines cross the whole of `axes`."""
    return sorted({line.get_xdata()[0] for line in axes.lines
                   if list(line.get_ydata()) == [0, 1]})


def test_stdp_windows_shows_both_rules(run):
    axes, = figures.stdp_windows(run).axes
    for colour, name in ((BLUE, "stdp_symmetric"), (VERMILION, "stdp_asymmetric")):
        drawn = np.hstack([line.get_data() for line in axes.lines if line.get_color() == colour])
        drawn = drawn[:, drawn[0].argsort()]
        np.testing.assert_array_equal(drawn, [run.activity["stdp_dt_ms"], run.activity[name]])


def test_stdp_windows_shows_the_rules_of_the_run(tmp_path):
    """Those of one's own take the place of the paper's two, as shares of the largest weight."""
    own = make_plain_run(tmp_path / "own", **{
        "stdp_of_input_hidden1:triplet": np.linspace(-0.1, 0.1, 3),
        "stdp_of_hidden1_readout:symmetric": np.full(3, 0.02),
        "stdp_dt_ms": np.array([-10, 0, 10])})
    axes, = figures.stdp_windows(own).axes
    assert {line.get_label() for line in axes.lines if line.get_label()[0] != "_"} == {
        "input → hidden1: triplet", "hidden1 → readout: symmetric"}
    heights = [y for line in axes.lines[:3] for y in line.get_ydata()]
    assert sorted(heights) == [2, 2, 2]


def test_convergence_draws_a_line_per_readout_and_split(run):
    axes, = figures.convergence(run).axes
    drawn = lines(axes)
    np.testing.assert_allclose(drawn["SL layer, test"][1], 80 + np.arange(1, 7))
    np.testing.assert_allclose(drawn["label statistics, test"][1], 70 + np.arange(1, 7))
    np.testing.assert_allclose(drawn["SL layer, validation"], [[EPOCH], [84.5]])
    assert "label statistics, validation" not in drawn  # it was not measured
    assert "published: 83.67 %" in drawn
    assert axes.get_ylabel() == "accuracy (%)"


def test_convergence_averages_seeds_and_overlays_presets(tmp_path):
    seeds = [make_run(tmp_path / f"seed{seed}", seed=seed) for seed in (0, 1, 5)]
    axes, = figures.convergence(seeds).axes
    name = "SL layer, test (mean and range of 3 seeds)"
    np.testing.assert_allclose(lines(axes)[name][1], 82 + np.arange(1, 7))
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (81, 91)

    axes, = figures.convergence([*seeds, make_run(tmp_path / "other", preset="large")]).axes
    assert {f"small: {name}", "large: SL layer, test"} < set(lines(axes))


def test_runs_of_one_preset_are_told_apart_by_what_differs(tmp_path):
    runs = [change_config(make_run(tmp_path / order).directory, "training", order=order)
            for order in ("file", "shuffled")]
    axes, = figures.convergence(runs).axes
    assert "small, order shuffled: SL layer, test" in lines(axes)


def test_confusion_matrix_counts_and_shares(run):
    figure = figures.confusion_matrix(run)
    left, right = figure.axes[:2]
    # Of the first nine samples, three of each class, all go to class 0.
    counts = [[20, 0, 0], [3, 17, 0], [3, 0, 17]]
    np.testing.assert_allclose(left.images[0].get_array(), np.array(counts) * 5)
    assert [text.get_text() for text in left.texts] == \
        [str(count or "") for count in np.ravel(counts)]
    assert left.get_title() == ("SL layer: 90.00 % of 60 right\n"
                                "95 % interval 79.85 to 95.34 %, published: 83.67 %")
    assert "100.00 %" in right.get_title()
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["boot", "bag", "coat"]


def test_tsne_activity_shows_every_sample_once_per_panel(run):
    figure = figures.tsne_activity(run, most=50)
    assert [axes.get_title(loc="left").partition(" (")[0] for axes in figure.axes] == [
        "input images", "hidden spike counts", "SL spike counts"]
    for axes in figure.axes:
        assert sum(len(dots.get_offsets()) for dots in axes.collections) == 50
        assert [dots.get_label() for dots in axes.collections] == ["boot", "bag", "coat"]
        # Each class is named inside the figure, too.
        assert [text.get_text() for text in axes.texts] == ["boot", "bag", "coat"]
    assert "50 of 60 samples (drawn with seed 0)" in figure.get_suptitle()


def test_tsne_activity_of_a_silent_layer_says_so(tmp_path):
    run = make_run(tmp_path / "run", sl_counts=np.zeros((TESTED, CLASSES)))
    last = figures.tsne_activity(run).axes[2]
    assert not last.collections and "1 distinct rows" in last.texts[0].get_text()


def test_embedding_is_reproducible_and_equal_rows_share_a_place():
    rows = np.random.default_rng(1).integers(0, 3, (80, 3))
    places, copies = embed(rows)
    np.testing.assert_array_equal(places, embed(rows)[0])
    for row in np.unique(rows, axis=0):
        same = (rows == row).all(axis=1)
        assert len(np.unique(places[same], axis=0)) == 1 and (copies[same] == same.sum()).all()


def test_tsne_out_synapses_colours_neurons_by_their_class(run):
    axes, = figures.tsne_out_synapses(run).axes
    assert {dots.get_label(): len(dots.get_offsets()) for dots in axes.collections} == \
        {"silent": 1, "boot": 2, "bag": 2, "coat": 2}


def fields(run, axes, places):
    """Check that the neurons of `places` have their weights at (row, column) of the mosaic."""
    mosaic = axes.images[0].get_array()
    for neuron, (row, column) in places.items():
        top = row * (SIDE + 1)
        left = column * (SIDE + 1)
        np.testing.assert_array_equal(
            mosaic[top:top + SIDE, left:left + SIDE],
            run.activity["weights_input"][:, neuron].reshape(SIDE, SIDE))


def test_receptive_fields_are_sorted_by_class(run):
    """Neurons of the classes 0, 1, 2, 0, 1, 2 and a silent one: each class begins a row."""
    axes, bar = figures.receptive_fields(run).axes
    fields(run, axes, {0: (0, 0), 3: (0, 1), 1: (1, 0), 4: (1, 1), 2: (2, 0), 5: (2, 1),
                       6: (3, 0)})
    assert [text.get_text() for text in axes.get_yticklabels()] == [*CLASS_NAMES, "silent"]
    assert axes.images[0].get_array().shape == (19, 14)
    assert bar.get_ylabel().startswith("weight")


def test_receptive_fields_without_classes_are_in_order_of_the_neurons(tmp_path):
    run = make_run(tmp_path / "run", neuron_class=None)
    axes, _ = figures.receptive_fields(run).axes
    fields(run, axes, {neuron: divmod(neuron, 3) for neuron in range(NEURONS)})
    assert axes.images[0].get_array().shape == (14, 14)


def test_receptive_fields_of_colour_images_are_left_out(tmp_path):
    run = make_run(tmp_path / "run", image_shape=np.array([2, 4]))
    with pytest.raises(MissingData, match="one image of shape"):
        figures.receptive_fields(run)


def test_raster_shows_the_groups_that_differ_and_the_answer(run):
    figure = figures.raster(run)
    for axes, group in zip(figure.axes, ("input", "hidden", "sl"), strict=True):
        times, neurons = axes.lines[0].get_data()
        np.testing.assert_array_equal(times, run.activity[f"raster_{group}_t_ms"])
        np.testing.assert_array_equal(neurons, run.activity[f"raster_{group}_i"])
        assert axes.get_xlim() == (0, 350)
    counts = np.bincount(run.activity["raster_sl_i"])
    assert figure.axes[-1].get_xlabel() == "time (ms)"
    assert f"label coat, inferred {CLASS_NAMES[counts.argmax()]}" in figure.get_suptitle()


def test_raster_leaves_out_the_rest_after_the_presentation(tmp_path):
    """Neither the spikes nor the answer take it into account."""
    run = make_run(tmp_path / "run", raster_sl_i=np.array([1, 0, 0]),
                   raster_sl_t_ms=np.array([100.0, 360.0, 370.0]))
    figure = figures.raster(run)
    assert list(figure.axes[-1].lines[0].get_xdata()) == [100]
    assert figure.axes[-1].get_title().startswith("1 spikes")
    assert "inferred bag" in figure.get_suptitle()


def test_voltage_shows_threshold_and_own_spikes(run):
    activity = run.activity
    figure = figures.voltage(run)
    for k, (axes, neuron) in enumerate(zip(figure.axes[::2], (5, 1), strict=True)):
        drawn = lines(axes)
        np.testing.assert_array_equal(drawn["membrane voltage"][1], activity["voltage_mV"][k])
        np.testing.assert_array_equal(drawn["threshold"][1], activity["voltage_threshold_mV"][k])
        own = activity["raster_hidden_t_ms"][activity["raster_hidden_i"] == neuron]
        spikes, = (each for each in axes.collections if each.get_label() == "spike")
        drawn = np.array(spikes.get_segments())
        np.testing.assert_array_equal(drawn[:, 0, 0], own)
        # From the threshold upwards.
        assert (drawn[:, 0, 1] == -50).all() and (drawn[:, 1, 1] > -50).all()
        assert axes.get_ylabel() == "voltage\n(mV)"


def test_voltage_shows_both_conductances_or_none(tmp_path, run):
    figure = figures.voltage(run)
    for k, axes in enumerate(figure.axes[1::2]):
        drawn = lines(axes)
        for kind in "EI":
            np.testing.assert_array_equal(drawn[f"$g_{kind}$"][1],
                                          run.activity[f"voltage_g_{kind}"][k])
    old = make_run(tmp_path / "old", voltage_g_E=None, voltage_g_I=None)
    assert [axes.get_ylabel() for axes in figures.voltage(old).axes] == ["voltage\n(mV)"] * 2


def test_theta_distribution_counts_every_neuron(run):
    left, right = figures.theta_distribution(run).axes
    assert sum(bar.get_height() for bar in left.containers[0]) == NEURONS
    np.testing.assert_array_equal(
        right.lines[0].get_data(),
        [run.activity["hidden_counts"].mean(axis=0), run.activity["theta_mV"]])


def test_theta_trough_aligns_four_courses_and_marks_epochs(run):
    activity = run.activity
    theta, spikes, ink, accuracy = figures.theta_trough(run).axes
    np.testing.assert_array_equal(theta.lines[0].get_data(),
                                  [activity["theta_samples"], activity["theta_mean_mV"]])
    window = 3 * EPOCH // 50
    for axes, name in ((spikes, "train_spikes"), (ink, "train_ink")):
        samples, means = axes.lines[0].get_data()
        at = list(samples).index(301)
        values = activity[name][300 - window // 2:300 + window // 2]
        assert means[at] == pytest.approx(values.mean())
    assert to_hex(spikes.lines[0].get_color()) == GREEN.lower()
    np.testing.assert_allclose(lines(accuracy)["SL layer, test"][1], 80 + np.arange(1, 7))
    for axes in (theta, spikes, ink, accuracy):
        assert marked(axes) == [EPOCH, 2 * EPOCH, 3 * EPOCH]
        assert axes.get_xlim() == theta.get_xlim()


def test_figures_draw_into_what_a_notebook_gives(run):
    figure = figures.stdp_windows(run)
    axes = figure.add_subplot()
    assert figures.convergence(run, axes=axes) is figure and "SL layer, test" in lines(axes)
    part = analysis.style.new_figure(8, 4).subfigures(1, 2)[0]
    assert figures.raster(run, figure=part) is part and len(part.axes) == 3
