"""Means and accuracies are drawn with their uncertainty."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import silhouette_samples

from analysis import figures
from analysis.homeostasis import draw_running_mean
from analysis.layers import over_depth
from analysis.run import Run
from analysis.style import new_axes
from analysis.uncertainty import binomial_interval, samples_of, spread
from tests.analysis_runs import TESTED, change_config, make_stbp_run, write_summary
from tests.glsnn_runs import make_glsnn_run
from tests.paper_runs import error_bars, made


def test_interval_against_the_formula_of_wilson():
    z = norm.ppf(0.975)
    share = 0.983
    count = 10_000
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    np.testing.assert_allclose(binomial_interval(98.3, count),
                               [100 * (centre - half), 100 * (centre + half)])
    assert binomial_interval(100, 50)[1] == 100 and binomial_interval(0, 50)[0] == 0


def test_seeds_have_their_standard_deviation_and_one_seed_the_interval():
    assert spread([90.0, 92.0], 1000) == pytest.approx((91 - 2**0.5, 91 + 2**0.5))
    assert spread([90.0], 1000) == binomial_interval(90, 1000)
    assert spread([90.0], None) is None


def test_where_the_number_of_samples_comes_from(tmp_path):
    """predictions.csv, else summary.json, else the public set; of validation, config.toml."""
    run = make_stbp_run(tmp_path / "run")
    assert samples_of(run, "test") == TESTED and samples_of(run, "validation") is None
    (run.directory / "predictions.csv").unlink()
    assert samples_of(Run(run.directory), "test") is None
    change_config(run.directory, "run", dataset="mnist")
    run = change_config(run.directory, "training", held_out=5000)
    assert samples_of(run, "test") == 10_000 and samples_of(run, "validation") == 5000
    write_summary(run.directory, test_samples=77)
    assert samples_of(Run(run.directory), "test") == 77


def test_a_curve_has_a_band_of_its_interval_and_seeds_a_bar(tmp_path):
    run = made(tmp_path / "run", [90.0, 92.0, 94.0])
    axes, = figures.convergence(run).axes
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (binomial_interval(90, TESTED)[0],
                                        binomial_interval(94, TESTED)[1])
    other = made(tmp_path / "other", [90.0, 92.0, 96.0], seed=1)
    axes, = figures.convergence([run, other]).axes
    (bar,) = error_bars(axes)
    np.testing.assert_allclose(bar, [[3, 3], [95 - 2**0.5, 95 + 2**0.5]])


def test_over_depth_draws_an_error_bar_per_network(tmp_path):
    runs = [make_glsnn_run(tmp_path / str(depth), end=90.0 + depth, tables={
        "network": {"network": "5-" * depth + "10"}}) for depth in (1, 3)]
    axes, = over_depth(runs).axes
    found = sorted((bar[0][0], *bar[1]) for bar in error_bars(axes))
    np.testing.assert_allclose(found, [(depth, *binomial_interval(90 + depth, TESTED))
                                       for depth in (1, 3)])


def test_a_single_test_of_layers_is_a_labelled_point_for_each(tmp_path):
    run = make_glsnn_run(tmp_path / "run", rows=1)
    rates = figures.layer_rates(run).axes[0]
    assert [text.get_text() for text in rates.get_xticklabels()] == [
        "hidden1", "hidden2", "output"]
    assert [text.get_text() for text in rates.texts] == ["0.11", "0.21", "0.31"]
    assert rates.get_xlabel() == "layer, after 1,000 samples"
    updates = figures.layer_updates(run)
    assert [len(axes.texts) for axes in updates.axes] == [3, 3, 3] and not updates.legends
    assert figures.layer_updates(make_glsnn_run(tmp_path / "longer")).legends


def test_changed_spikes_have_the_interval_of_their_samples(tmp_path):
    """A run of earlier versions does not say how many samples there were."""
    axes, = figures.changed_spikes(make_glsnn_run(tmp_path / "run", lesion_samples=500)).axes
    np.testing.assert_allclose([bar[1] for bar in error_bars(axes)], [
        binomial_interval(accuracy, 500) for accuracy in (90, 33, 34, 35, 88)])
    assert "500 samples" in axes.get_title(loc="left")
    assert "published: 98 %" in axes.get_legend_handles_labels()[1]
    assert not error_bars(figures.changed_spikes(make_glsnn_run(tmp_path / "older")).axes[0])


def test_separation_has_the_intervals_of_its_samples(tmp_path):
    run = make_glsnn_run(tmp_path / "run")
    silhouettes, neighbours = figures.class_separation(run).axes
    activity = run.activity
    values = silhouette_samples(activity["rates_output"], activity["labels"])
    half = 1.959964 * values.std(ddof=1) / np.sqrt(len(values))
    np.testing.assert_allclose(error_bars(silhouettes)[-1][1],
                               [values.mean() - half, values.mean() + half])
    share = neighbours.patches[-1].get_height()
    np.testing.assert_allclose(error_bars(neighbours)[-1][1], binomial_interval(share, TESTED))


def test_a_running_mean_has_the_interval_of_its_window():
    axes = new_axes(4, 3)
    values = np.arange(200.0) % 7
    band = draw_running_mean(axes, values, 40, 1000, "black")
    window = values[80:120]
    half = 1.959964 * window.std(ddof=1) / np.sqrt(40)
    np.testing.assert_allclose(band.loc[1101 - 1001], [window.mean() - half,
                                                       window.mean() + half])
