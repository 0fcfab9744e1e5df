"""The figures of a run of GLSNN, each against the numbers of its run directory."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier

from analysis import figures
from analysis.__main__ import main
from analysis.command_line import exit_code
from analysis.errors import MissingData
from analysis.separation import separation
from tests.analysis_runs import drawn, make_plain_run, make_run, make_stbp_run
from tests.glsnn_runs import EPOCH, LABELS, LAYERS, LESIONS, ROWS, STEPS, make_glsnn_run

OWN = ("membrane", "spikes_in_time", "layer_rates", "changed_spikes", "layer_updates")


@pytest.fixture
def run(tmp_path):
    return make_glsnn_run(tmp_path / "run")


def test_membrane_falls_from_the_peak_to_the_reset_where_it_fires(run):
    activity = run.activity
    upper, lower = figures.membrane(run).axes
    lines = drawn(upper)
    fired = np.flatnonzero(activity["neuron_spikes"])
    np.testing.assert_array_equal(lines["spike"], [fired + 1, activity["neuron_peak"][fired]])
    assert (lines["spike"][1] > 0.0009).all()
    times, course = lines["$V$"]
    assert course[0] == 0 and times[-1] == STEPS
    for step in range(STEPS):
        np.testing.assert_array_equal(course[times == step + 1], [
            activity["neuron_peak"][step], activity["neuron_V"][step]])
    np.testing.assert_array_equal(drawn(lower)["$g_E$"][1][1:], activity["neuron_g_E"])
    assert "neuron 4" in upper.figure.get_suptitle() and "5 spikes" in upper.figure.get_suptitle()


def test_a_silent_neuron_has_no_spike(tmp_path):
    run = make_glsnn_run(tmp_path / "run", neuron_spikes=np.zeros(STEPS))
    axes = figures.membrane(run).axes
    assert drawn(axes[0])["spike"].shape == (2, 0)
    assert "0 spikes" in axes[0].figure.get_suptitle()


def test_spikes_in_time_has_a_row_per_hidden_layer_and_a_column_per_sample(run):
    axes = np.reshape(figures.spikes_in_time(run).axes, (2, 3))
    assert [each.get_ylabel() for each in axes[:, 0]] == ["hidden1 neuron", "hidden2 neuron"]
    assert [each.get_title(loc="left") for each in axes[0]] == ["coat", "boot", "bag"]
    for row, layer in zip(axes, LAYERS):
        for sample, each in enumerate(row):
            spikes = run.activity[f"shown_{layer}"][sample]
            picture = np.zeros_like(spikes)
            x, y = np.array(each.lines[0].get_data(), dtype=int)
            picture[x - 1, y] = 1
            np.testing.assert_array_equal(picture, spikes)
            assert each.get_title(loc="right").startswith(f"{spikes.sum()} spikes")


def test_layer_rates_and_dead_neurons_while_learning(run):
    rates, dead = figures.layer_rates(run).axes
    row = np.arange(1, ROWS + 1)
    np.testing.assert_allclose(drawn(rates)["hidden2"], [EPOCH * row, 0.2 + 0.01 * row])
    np.testing.assert_allclose(drawn(dead)["hidden2"], [EPOCH * row, 10 / row])
    assert list(drawn(rates)) == list(LAYERS)


def test_changed_spikes_has_a_bar_per_change(run):
    axes, = figures.changed_spikes(run).axes
    assert [bar.get_height() for bar in axes.patches] == list(LESIONS.values())
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 100 / 3)


def test_layer_updates_draws_angles_and_norms(run):
    angles, updates, norms = figures.layer_updates(run).axes
    row = np.arange(1, ROWS + 1)
    np.testing.assert_allclose(drawn(angles)["hidden1"], [EPOCH * row, 80 / row])
    np.testing.assert_allclose(drawn(updates)["output"], [EPOCH * row, 0.01 / row])
    np.testing.assert_allclose(drawn(norms)["hidden2"], [EPOCH * row, 5 + row])
    assert updates.get_yscale() == "log"


def test_layers_that_do_not_learn_have_no_line(run):
    path = run.directory / "metrics.csv"
    table = pd.read_csv(path).assign(hidden1_update=None, hidden1_angle=None)
    table.to_csv(path, index=False)
    angles, updates, _ = figures.layer_updates(type(run)(run.directory)).axes
    assert list(drawn(angles)) == list(drawn(updates)) == ["hidden2", "output"]


def test_separation_against_scikit_learn():
    rng = np.random.default_rng(0)
    classes = np.arange(90) % 3
    rows = rng.normal(size=(90, 4)) + 1.5 * classes[:, np.newaxis]
    found = separation(rows, classes)
    assert found.silhouette == pytest.approx(silhouette_score(rows, classes))
    # The nearest but one, for each is nearest to itself.
    nearest = KNeighborsClassifier(2).fit(rows, classes).kneighbors(rows)[1][:, 1]
    assert found.neighbours == pytest.approx(100 * np.mean(classes[nearest] == classes))
    assert separation(rows + 50 * classes[:, np.newaxis], classes).neighbours == 100
    with pytest.raises(MissingData, match="1 classes"):
        separation(rows, np.zeros(90))


def test_class_separation_has_a_bar_per_layer(tmp_path):
    labels = np.arange(60) % 3
    apart = np.eye(3)[labels]
    run = make_glsnn_run(tmp_path / "run", rates_output=apart)
    silhouettes, neighbours = figures.class_separation(run).axes
    assert [text.get_text() for text in silhouettes.get_xticklabels()] == [
        "input images", "hidden1", "hidden2", "output"]
    assert [bar.get_height() for bar in silhouettes.patches][-1] == pytest.approx(1)
    assert [bar.get_height() for bar in neighbours.patches][-1] == 100
    images = run.activity["images"]
    assert silhouettes.patches[0].get_height() == pytest.approx(
        silhouette_score(images.astype(float), labels))


def test_figures_of_other_protocols_do_not_mention_these(tmp_path):
    others = (make_stbp_run(tmp_path / "stbp"), make_plain_run(tmp_path / "plain"),
              make_run(tmp_path / "stdp"))
    for other in others:
        assert not any(figures.belongs(figures.FIGURES[name], other) for name in OWN)
        for name in OWN:
            with pytest.raises(MissingData):
                figures.FIGURES[name](other)


@pytest.mark.parametrize("changes, figure, cause", [
    ({"neuron_peak": np.zeros(3)}, "membrane", "steps of a neuron"),
    ({"neuron_V": np.full(STEPS, np.nan)}, "membrane", "NaN"),
    ({"neuron_index": 0.5}, "membrane", "fractions"),
    ({"shown_hidden1": np.zeros((2, STEPS, 6))}, "spikes_in_time", "shown samples"),
    ({"shown_hidden2": np.zeros((3, 4, 5))}, "spikes_in_time", "steps of a sample"),
    ({"shown_label": -LABELS}, "spikes_in_time", "number of a class"),
    ({"lesion_accuracy": np.zeros(2)}, "changed_spikes", "changes of spikes"),
    ({"rates_hidden1": np.zeros((4, 6))}, "class_separation", "samples"),
])
def test_unusable_array(tmp_path, capsys, changes, figure, cause):
    run = make_glsnn_run(tmp_path / "run", **changes)
    assert exit_code(main, [str(run.directory), "--formats", "png", "--only", figure]) == 2
    line = capsys.readouterr().err
    assert line.startswith(f"analysis: {run.directory / 'activity.npz'}: ")
    assert line.count("\n") == 1 and cause in line
