"""Figures fit for a paper: limits, single tests, close results, published values."""

import itertools

import numpy as np
import pytest
from PIL import Image
from matplotlib.colors import to_rgb

from analysis import figures, style
from analysis.__main__ import main
from analysis.changes import single_changes
from analysis.close_up import close_results, error_axis
from analysis.comparison import compared
from analysis.defaults import as_number
from analysis.groups import differing_settings
from analysis.style import CLASS_COLOURS, CLASS_MARKERS, new_axes
from analysis.uncertainty import binomial_interval
from analysis.weights import PIXELS, tile
from tests.analysis_runs import TESTED, change_config, make_run, make_stbp_run
from tests.glsnn_runs import make_glsnn_run
from tests.paper_runs import error_bars, made

# -- axes ----------------------------------------------------------------------------------


def test_no_axis_of_per_cent_goes_beyond_its_range(tmp_path):
    """Markers at 100 % are drawn whole."""
    run = made(tmp_path / "run", [0.0, 90.0, 100.0, 100.0])
    other = made(tmp_path / "other", [0.0, 90.0, 95.0, 100.0], neurons={"width": 5.0})
    glsnn = make_glsnn_run(tmp_path / "glsnn", lesion_accuracy=np.full(5, 100.0))
    course, last = compared([run, other]).axes
    for axes in (figures.convergence(run).axes[0], course, last,
                 figures.changed_spikes(glsnn).axes[0], figures.layer_rates(glsnn).axes[1],
                 figures.class_separation(glsnn).axes[1]):
        low, high = axes.get_ylim()
        assert low >= 0 and high <= 100
    line = course.lines[0]
    assert line.get_ydata().max() == course.get_ylim()[1] and not line.get_clip_on()
    left, right = single_changes([run, other]).axes[0].get_xlim()
    assert left >= 0 and right <= 100


def test_bars_begin_at_zero(tmp_path):
    bars = figures.theta_swap(make_run(tmp_path / "run")).axes[1]
    assert bars.get_xlim() == (0, 100)


def test_an_axis_of_errors_brings_close_results_apart():
    axes = new_axes(4, 3)
    axes.plot([10.0, 98.0, 98.3], [0, 1, 2])
    axes.autoscale_view()
    places = [axes.transData.transform((value, 0))[0] for value in (98.0, 98.3)]
    assert error_axis(axes, "x", [10.0, 98.0, 98.3])
    apart = [axes.transData.transform((value, 0))[0] for value in (98.0, 98.3)]
    assert apart[1] - apart[0] > 5 * (places[1] - places[0])
    assert {"90", "95", "98"} <= {text.get_text() for text in axes.get_xticklabels()}


def test_an_axis_of_errors_ends_near_the_data():
    axes = new_axes(4, 3)
    axes.plot([10.0, 98.0, 98.3], [0, 1, 2])
    axes.autoscale_view()
    axes.set_xlim(0, 100)
    assert error_axis(axes, "x", [10.0, 98.0, 98.3])
    ends = [axes.transAxes.inverted().transform(axes.transData.transform((value, 0)))[0]
            for value in (10.0, 98.3)]
    assert 0.01 < ends[0] < 0.06 and 0.94 < ends[1] < 0.99
    assert 0 <= axes.get_xlim()[0] and axes.get_xlim()[1] <= 100


def test_an_axis_whose_results_are_apart_stays_as_it_is():
    axes = new_axes(4, 3)
    axes.plot([10.0, 60.0, 98.3], [0, 1, 2])
    assert not error_axis(axes, "x", [10.0, 60.0, 98.3]) and axes.get_xscale() == "linear"


def test_close_results_are_the_largest_group_that_cannot_be_seen():
    assert close_results([97.9, 98.0, 98.2, 90.0, 90.1], length=50) == [97.9, 98.0, 98.2]
    assert close_results([97.9, 98.0], length=0.5) == []
    assert close_results([98.0, 98.0, 90.0], length=50) == []


# -- a single test -------------------------------------------------------------------------


def test_single_tests_are_labelled_points(tmp_path):
    """No axis of epochs: a row per result, with its value and its uncertainty."""
    axes, = figures.convergence(made(tmp_path / "run", [91.0], train_accuracy=88.0)).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "test", "training (mean over the epoch)"]
    dots = [line.get_data() for line in axes.lines if line.get_marker() == "o"]
    assert [(list(x), list(y)) for x, y in dots] == [([91], [0]), ([88], [1])]
    assert [text.get_text() for text in axes.texts] == ["91.00 %", "88.00 %"]
    (bar,) = error_bars(axes)
    np.testing.assert_allclose(bar[0], binomial_interval(91, TESTED))
    assert axes.get_xlabel().startswith("accuracy (%), bar: 95 % interval")


def test_a_single_test_on_an_axis_of_samples_has_its_value(tmp_path):
    run = made(tmp_path / "run", [91.0])
    axes, = figures.convergence(run, against="samples").axes
    assert axes.texts[0].get_text().strip() == "91.00 %" and axes.get_xlim()[0] == 0


def test_runs_of_a_single_test_have_no_course(tmp_path):
    runs = [made(tmp_path / str(width), [90.0 + width], neurons={"width": width})
            for width in (1.0, 5.0)]
    axes, = compared(runs).axes
    assert [list(line.get_ydata()) for line in axes.lines if len(line.get_xdata()) == 1] == [
        [91], [95]]


# -- close results and published values ----------------------------------------------------


def test_results_that_coincide_are_shown_again_in_an_inset(tmp_path):
    runs = [made(tmp_path / name, [10.0, 80.0, 97.0, end], neurons={"surrogate": name})
            for name, end in (("rectangular", 98.0), ("sigmoid", 98.2))]
    axes = figures.convergence(runs).axes[0]
    inset, = axes.child_axes
    low, high = inset.get_ylim()
    assert low < 98.0 and 98.2 < high < 100.01 and high - low < 20
    ends = {line.get_ydata()[-1] for line in inset.lines if len(line.get_xdata()) == 4}
    assert ends == {98.0, 98.2}
    far = made(tmp_path / "far", [10.0, 80.0, 85.0, 90.0])
    assert not figures.convergence(far).axes[0].child_axes


def test_an_inset_cuts_no_curve(tmp_path):
    """The test before the last lies above what both ends and their error bars take."""
    runs = [made(tmp_path / f"{name}{seed}", [70.0, 94.1, 94.3 + more, 94.0 + more + 0.1*seed],
                 seed=seed, neurons={"surrogate": name})
            for name, more in (("rectangular", 0.0), ("sigmoid", 0.2)) for seed in (0, 1)]
    inset, = figures.convergence(runs).axes[0].child_axes
    low, high = inset.get_ylim()
    assert low < 94.0 and 94.5 < high < 94.8


def test_published_values_of_experiments_that_differ_are_named(tmp_path):
    runs = [made(tmp_path / name, [90.0, 91.0], published=published,
                 neurons={"surrogate": name})
            for name, published in (("rectangular", 98.0), ("sigmoid", 97.0))]
    labels = figures.convergence(runs).axes[0].get_legend_handles_labels()[1]
    assert {"easy, surrogate rectangular: published: 98 %",
            "easy, surrogate sigmoid: published: 97 %"} < set(labels)


def test_single_changes_draws_what_was_published_of_the_first(tmp_path):
    runs = [made(tmp_path / str(width), [90.0 + width], neurons={"width": width})
            for width in (1.0, 5.0)]
    axes, = single_changes(runs).axes
    assert axes.get_legend_handles_labels()[1] == ["published: 98 %"]
    assert [text.get_text() for text in axes.texts] == ["91.00", "95.00"]


def test_a_published_value_has_the_colour_of_its_experiment(tmp_path):
    runs = [made(tmp_path / name, [90.0, 91.0], published=published,
                 neurons={"surrogate": name})
            for name, published in (("rectangular", 98.0), ("sigmoid", 97.0))]
    axes = figures.convergence(runs).axes[0]
    colours = {line.get_label(): line.get_color() for line in axes.lines}
    for name, published in (("rectangular", 98), ("sigmoid", 97)):
        label = f"easy, surrogate {name}"
        assert colours[f"{label}: published: {published} %"] == colours[f"{label}: test"]
    assert len(set(colours.values())) == 2


def test_curves_that_would_flash_through_an_inset_have_none(tmp_path):
    runs = [made(tmp_path / name, [10.0, 30.0, 50.0, 70.0, end], neurons={"surrogate": name})
            for name, end in (("rectangular", 90.0), ("sigmoid", 90.2))]
    assert not figures.convergence(runs).axes[0].child_axes


# -- classes and fields --------------------------------------------------------------------


def lab(colour):
    """A colour in CIELAB (D65)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055)**2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722],
                    [0.0193, 0.1192, 0.9505]]) @ linear / (0.9505, 1, 1.089)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_ten_classes_can_be_told_apart():
    """Twenty is some ten times a difference that is just seen."""
    distances = [np.linalg.norm(lab(one) - lab(other))
                 for one, other in itertools.combinations(CLASS_COLOURS, 2)]
    assert len(set(CLASS_COLOURS)) == len(set(CLASS_MARKERS)) == 10
    assert min(distances) > 20


@pytest.mark.parametrize("neurons", [100, 6400])
def test_a_weight_has_three_pixels(tmp_path, neurons):
    """Of a large layer a share of each class is shown, as large as fits."""
    rng = np.random.default_rng(0)
    side = 28
    run = make_run(tmp_path / "run", images=None, image_shape=np.array([side, side]),
                   weights_input=rng.random((side**2, neurons)), hidden_counts=None,
                   neuron_class=np.arange(neurons) % 10, weights_sl=None, theta_mV=None,
                   theta_start_mV=None, theta_end_mV=None)
    figures.save(figures.receptive_fields(run), tmp_path, "fields", ["png"])
    figure = figures.receptive_fields(run)
    figure.set_dpi(300)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    picture = axes.images[0].get_array()
    assert axes.get_window_extent().width >= PIXELS * picture.shape[1]
    assert max(Image.open(tmp_path / "fields.png").size) <= 11 * 300
    shown = tile(run.activity["weights_input"], (side, side), run.activity["neuron_class"])
    assert len(set(shown.neurons)) == len(shown.neurons)
    assert np.ptp(np.bincount(shown.neurons % 10)) == 0


# -- the command line ----------------------------------------------------------------------


@pytest.fixture
def fine_figures(monkeypatch):
    """Files as users get them."""
    monkeypatch.setitem(style.RC, "savefig.dpi", style.DPI)


def test_files_have_300_dots_per_inch_and_name_the_run(tmp_path, fine_figures):
    run = made(tmp_path / "run", [90.0, 91.0])
    arguments = [str(run.directory), "--only", "convergence", "--formats", "png", "pdf"]
    assert main(arguments) == 0
    with Image.open(run.directory / "figures" / "convergence.png") as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.info["Title"] == "convergence, easy, seed 0"
    pdf = (run.directory / "figures" / "convergence.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert main(arguments) == 0
    assert (run.directory / "figures" / "convergence.pdf").read_bytes() == pdf
    assert "easy" not in figures.convergence(run).axes[0].get_title()


def test_runs_that_stand_in_a_figure_over_depth_are_not_said_to_be_left_out(tmp_path, capsys):
    runs = [make_glsnn_run(tmp_path / str(number), tables={
        "network": {"network": network, "method": method}})
        for number, (network, method) in enumerate([
            ("5-10", "glsnn"), ("5-5-10", "glsnn"), ("5-10", "dfa"), ("5-5-10", "dfa")])]
    runs.append(make_glsnn_run(tmp_path / "last", tables={
        "network": {"network": "6-5-10", "method": "dtp"}}))
    assert main([*(str(run.directory) for run in runs), "--only", "compared", "--formats",
                 "svg"]) == 0
    left_out = [line for line in capsys.readouterr().out.splitlines() if "not compared" in line]
    assert len(left_out) == 1 and str(runs[-1].directory) in left_out[0]


def test_the_default_stands_at_the_place_of_its_number(tmp_path):
    """equations.txt tells it; otherwise the default comes first."""
    runs = [make_stbp_run(tmp_path / "default")]
    runs += [change_config(make_stbp_run(tmp_path / value).directory, "parameters", tau=value)
             for value in ("30*ms", "4*ms", "2*ms")]
    order = [list(values) for values in differing_settings(runs)[0].values()]
    assert order == [["default", "2*ms", "4*ms", "30*ms"]]
    (runs[0].directory / "equations.txt").write_text(
        "group hidden1: 2 neurons\n  names\n    tau = 10 ms    # section 2\n")
    for named in (runs, [runs[2], runs[0], runs[1], runs[3]]):
        first = named[0]
        others = [run for run in named[1:] if run is not first]
        order = [list(values) for values in differing_settings([first, *others])[0].values()]
        assert order == [["2*ms", "4*ms", "default", "30*ms"]]


@pytest.mark.parametrize("text, number", [
    ("0.5", 0.5), ("6 kV", 6000.0), ("1*ms", 0.001), ("1e-3", 0.001), ("-65 mV", -0.065),
    ("sigmoid", None), ("[1, 2]", None), ("default", None)])
def test_numbers_with_units(text, number):
    assert as_number(text) == (None if number is None else pytest.approx(number))
