"""Of two hidden layers each figure draws, and each array holds, the layer that it says."""

from types import SimpleNamespace

import numpy as np

from analysis import figures
from protocols.diehl_cook_sl import observe
from tests.analysis_runs import NEURONS, SIDE, make_run

FIRST = NEURONS + 2


def test_activity_saves_theta_of_the_layer_it_counts(monkeypatch):
    """Counts, classes, theta and the weights to the SL layer are those of the last layer."""
    monkeypatch.setattr(observe, "presentation", lambda *arguments: {})
    monkeypatch.setattr(observe, "windows", lambda *arguments: {})
    learned = {"input_hidden1.w": np.ones((4, 3)), "hidden1_hidden2.w": np.ones((3, 2)),
               "hidden2_readout.w": np.ones((2, 5)), "hidden1.theta": np.full(3, 0.021),
               "hidden2.theta": np.full(2, 0.022), "classes": np.zeros(2)}
    dataset = SimpleNamespace(image_shape=(2, 2), x_test=np.zeros((1, 2, 2)), y_test=np.zeros(1))
    evaluation = SimpleNamespace(hidden_counts=np.zeros((1, 2)), sl_counts=np.zeros((1, 5)))
    settings = SimpleNamespace(hidden=(3, 2))
    arrays = observe.activity(settings, dataset, learned, evaluation, dataset.x_test)
    np.testing.assert_allclose(arrays["theta_mV"], [22, 22])
    assert arrays["weights_input"].shape == (4, 3) and arrays["weights_sl"].shape == (2, 5)


def test_figures_of_a_larger_first_layer(tmp_path):
    """The raster is as high as the first layer; theta stands against the last one's spikes."""
    run = make_run(tmp_path / "run", weights_input=np.ones((SIDE**2, FIRST)))
    assert [axes.get_title().partition(" of ")[2] for axes in figures.raster(run).axes] == \
        ["16 neurons", f"{FIRST} neurons", "3 neurons"]
    assert f"{NEURONS} hidden neurons" in figures.theta_distribution(run).get_suptitle()
    fields = figures.receptive_fields(run).axes[0]
    assert f"{FIRST} first-layer" in fields.get_title()
    # The classes are those of the last layer's neurons.
    assert not fields.get_yticklabels()
    # Counts of both layers would be taken for those of two runs if their axes had one name.
    run.activity.take("weights_input", "hidden_counts")
