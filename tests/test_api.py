"""The suite from Python: models of presets and runs, their networks, and the pages about them."""

import re
from pathlib import Path

import numpy as np
import pytest
from brian2 import NeuronGroup, Quantity, SpikeMonitor, StateMonitor, mV, ms, prefs, second, volt

from models.devices.runtime import PREFERENCES
from models.errors import SuiteError
from protocols.api import from_preset, load_run
from protocols.examples.probe_a_run import probe
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.prediction import predict
from tests.conftest import needs_compiler
from tests.tiny import CLASSES, SIDE, images

pytestmark = needs_compiler
IMAGES, LABELS = images(1, seed=2)


@pytest.fixture(scope="module")
def run(tiny_run):
    """The model of the tiny run."""
    return load_run(tiny_run.path)


@pytest.fixture(scope="module")
def live(run):
    """Its live network."""
    return run.network(spikes=["hidden1"], traces=["hidden1.V"])


# ---- what a model is ------------------------------------------------------------------------


def test_equations_are_those_of_the_run(run, tiny_run):
    assert run.describe() == (tiny_run.path / "equations.txt").read_text()


def test_arrays_have_units_and_are_copies(run, tiny_run):
    """Those that did best on held-out images, as the readout of the run has it."""
    kept = read_checkpoint(tiny_run.path / "checkpoint.npz").learned("sl")
    assert run.arrays.keys() == kept.keys()
    for name, value in run.arrays.items():
        assert np.array_equal(np.asarray(value), kept[name])
    assert run.arrays["hidden1.theta"].shape == (10,)
    assert run.arrays["hidden1.theta"].dim == volt.dim
    assert run.arrays["input_hidden1.w"].shape == (SIDE * SIDE, 10)
    assert not isinstance(run.arrays["input_hidden1.w"], Quantity)
    run.arrays["hidden1.theta"][:] = 0 * mV
    assert np.array_equal(np.asarray(run.arrays["hidden1.theta"]), kept["hidden1.theta"])


def test_readout_chooses_the_arrays(run, tiny_run):
    other = load_run(tiny_run.path, readout="labels")
    assert not np.array_equal(other.arrays["hidden1_readout.w"], run.arrays["hidden1_readout.w"])


def test_thresholds(run):
    """Constants of the conditions, as equations.txt has them."""
    text = run.describe().partition("group hidden1")[2]
    shown = float(re.search(r"V_const = (\S+) mV", text)[1]) * mV
    assert abs(run.thresholds["hidden1.V_const"] - shown) < 1e-12 * volt
    assert not any(name.startswith("input.") for name in run.thresholds)


def test_preset(tiny_run):
    """An untrained network, the same for the same seed."""
    model = from_preset("diehl_cook_sl", dataset=str(tiny_run.data), hidden=[10], seed=3)
    assert model.samples == 0 and model.data.class_names == CLASSES
    weights = model.arrays["input_hidden1.w"]
    assert weights.std() > 0
    for seed, same in ((3, True), (4, False)):
        again = from_preset("diehl_cook_sl", dataset=str(tiny_run.data), hidden=[10], seed=seed)
        assert np.array_equal(weights, again.arrays["input_hidden1.w"]) == same


# ---- what it does -----------------------------------------------------------------------------


def test_answers_are_those_of_predict(run, tiny_run, tmp_path):
    """`python -m protocols.predict` and the networks see the same spikes."""
    files = []
    for k, image in enumerate(IMAGES):
        np.save(tmp_path / f"{k}.npy", image)
        files.append(tmp_path / f"{k}.npy")
    found = predict(tiny_run.path, files, "cpp_standalone")["predictions"]
    assert run.predict(IMAGES, "cpp_standalone").tolist() == [each["class"] for each in found]
    shown = run.network("cpp_standalone").show(files)
    for one, told in zip(shown, found, strict=True):
        assert one.counts["hidden1.count"].sum() == told["hidden_spikes"]
        assert one.counts["readout.count"].tolist() == list(told["votes"]["sl"].values())
        assert one.attempts == told["attempts"]


def test_devices_agree(run, live):
    """Spikes and potentials of the compiled network and of the live groups."""
    compiled = run.network("cpp_standalone", spikes=["hidden1"], traces=["hidden1.V"])
    one, = compiled.show(IMAGES[0])
    other, = live.show(IMAGES[0])
    for mine, yours in zip(one.spikes["hidden1"], other.spikes["hidden1"]):
        assert len(mine) and np.array_equal(mine, yours)
    assert len(one.spikes["hidden1"][0]) == one.counts["hidden1.count"].sum()
    np.testing.assert_allclose(one.traces["hidden1.V"] / volt, other.traces["hidden1.V"] / volt,
                               rtol=0, atol=1e-12)
    assert one.traces["hidden1.V"].shape == (len(one.t), 10)
    assert one.t[1] == 0.5 * ms and one.spikes["hidden1"][1].dim == second.dim


def test_own_objects_and_own_runs(run):
    """Monitors and groups of one's own run with the network, in `show` and in `run` alike."""
    network = run.network(traces=["hidden1.V"])
    monitor = StateMonitor(network["hidden1"], "V", record=True, when="end")
    clock = NeuronGroup(1, "x : 1", threshold="timestep(t, dt) % period == 0", reset="x += 1",
                        namespace={"period": 20}, dt=0.5 * ms)
    ticks = SpikeMonitor(clock)
    network.add(monitor, clock, ticks)
    shown, = network.show(IMAGES[0])
    assert np.array_equal(monitor.V.T / volt, shown.traces["hidden1.V"] / volt)
    assert ticks.num_spikes == len(shown.t) // 20

    before = {name: prefs[name] for name in PREFERENCES}
    network.prepare(IMAGES[0])
    assert np.allclose(network["hidden1"].theta / mV, run.arrays["hidden1.theta"] / mV)
    network.brian2.run(50 * ms, namespace={})
    assert np.array_equal(monitor.V.T / volt, shown.traces["hidden1.V"][:100] / volt)
    assert before == {name: prefs[name] for name in PREFERENCES}


def test_replaced_arrays(run):
    """Thresholds out of reach silence the layer; the model keeps its own."""
    high = {"hidden1.theta": np.full(10, 200) * mV}
    shown, = run.network("cpp_standalone", arrays=high).show(IMAGES[0])
    assert not shown.counts["hidden1.count"].any()
    assert run.network("cpp_standalone").show(IMAGES[0])[0].counts["hidden1.count"].any()


def test_train(tiny_run, tmp_path, without_figures):
    """The same as the command line makes of the settings."""
    model = from_preset("diehl_cook_sl", "own", dataset=str(tiny_run.data), hidden=[10], epochs=2,
                        held_out=6, test_every=24, workers=1)
    trained = model.train(tmp_path / "run")
    assert trained.samples == 48
    for name, value in load_run(tiny_run.path).arrays.items():
        assert np.array_equal(np.asarray(value), np.asarray(trained.arrays[name])), name
    with pytest.raises(SuiteError, match="already holds a run"):
        model.train(tmp_path / "run")


@pytest.mark.parametrize("protocol, settings, trace", [
    ("stbp", {"network": "6-10", "steps": 5, "kernels": "numpy"}, "dense1.u"),
    ("emstdp", {"network": "6-10", "steps": 20}, "hidden1.U"),
    ("glsnn", {"network": "6-10", "kernels": "numpy"}, "hidden1.V"),
])
def test_other_papers(protocol, settings, trace, digits):
    """The groups answer as the learner does that trains."""
    model = from_preset(protocol, **settings)
    shown, = model.network(traces=[trace]).show(digits.x_test[0])
    assert shown.traces[trace].shape == (len(shown.t), 6)
    learner = model.learner_of(digits.x_test[0])
    if protocol == "emstdp":
        learner.prepare_classifying("runtime")
    votes = learner.classify(np.array([0]), "predict").votes["output"][0]
    name = {"stbp": "output.count", "emstdp": "output.h", "glsnn": "output.S_read"}[protocol]
    np.testing.assert_allclose(shown.counts[name], votes, rtol=1e-5)


def test_without_spikes(digits):
    """Described, exported and asked, but with no Brian2 network."""
    model = from_preset("emstdp_mlp", network="6-10", train_samples=50)
    assert "method" in model.describe() and model.thresholds == {}
    assert model.predict(digits.x_test[:2]).shape == (2,)
    with pytest.raises(SuiteError, match="no Brian2 form"):
        model.network()


# ---- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments, settings, cause", [
    (["none"], {}, "unknown protocol"),
    (["stbp", "mnst"], {}, "unknown preset"),
    (["stbp"], {"hiden": 3}, "no setting 'hiden'"),
    (["stbp"], {"step": 3}, "did you mean steps"),
    (["stbp"], {"steps": "3"}, "steps = '3'"),
    (["diehl_cook_sl"], {"hidden": 3}, "hidden = 3"),
    (["stbp"], {"units": "rectified", "steps": 5}, "steps"),
])
def test_impossible_presets(arguments, settings, cause):
    with pytest.raises(SuiteError, match=cause) as refused:
        from_preset(*arguments, **settings)
    assert "\n" not in str(refused.value)


def test_impossible_wishes(run, live, tiny_run, tmp_path):
    compiled = run.network("cpp_standalone")
    for wish, cause in (
            (lambda: load_run(tmp_path), "no checkpoint"),
            (lambda: load_run(tiny_run.path, "none"), "sl or labels"),
            (lambda: run.network("gpu"), "unknown device"),
            (lambda: run.network(spikes=["hidden9"]), "no 'hidden9': choose of .*hidden1"),
            (lambda: run.network(traces=["hidden1"]), "hidden1 has .*V"),
            (lambda: run.network(traces=["input_hidden1.w"]), "no variable of a group"),
            (lambda: run.network(arrays={"theta": np.zeros(10)}), "hidden1.theta"),
            (lambda: run.network(arrays={"hidden1.theta": np.zeros(9)}), r"shape \(9,\)"),
            (lambda: run.network(arrays={"hidden1.theta": np.zeros(10) * ms}), "in V, not in s"),
            (lambda: live.show(np.zeros((3, 3), np.uint8)), r"takes \(n, 8, 8\)"),
            (lambda: live.show(np.zeros((0, 8, 8), np.uint8)), r"takes \(n, 8, 8\)"),
            (lambda: live.show([np.zeros((8, 8)), np.zeros((9, 9))]), "different shapes"),
            (lambda: live.show([]), r"takes \(n, 8, 8\)"),
            (lambda: live.show(np.full((8, 8), np.nan)), "NaN"),
            (lambda: live.show(["absent.png"]), "absent.png"),
            (lambda: live["hidden9"], "no 'hidden9'"),
            (lambda: compiled["hidden1"], "device='runtime'"),
            (lambda: compiled.add(), "device='runtime'"),
            (lambda: compiled.prepare(IMAGES[0]), "device='runtime'"),
    ):
        with pytest.raises(SuiteError, match=cause) as refused:
            wish()
        assert "\n" not in str(refused.value)


# ---- pages ------------------------------------------------------------------------------------


def test_page(tmp_path, monkeypatch, capsys):
    """The lines of README.md do what their comments say."""
    page = (Path(__file__).parents[1] / "README.md").read_text()
    code, = re.findall(r"```python\n(.*?)```", page, re.S)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code, names)
    *text, accuracy = capsys.readouterr().out.splitlines()
    assert "group dense1: 50 neurons" in text and float(accuracy) > 0.7
    assert names["run"].samples == 3 * 1437
    assert names["weights"].shape == (64, 50) and names["potentials"].shape == (30, 50)
    assert names["times"].dim == second.dim and len(names["times"]) > 100
    assert (tmp_path / "fifty.npz").exists()


def test_example(tiny_run, tmp_path):
    """Without lateral inhibition the layer fires more."""
    spikes = probe(tiny_run.path, tmp_path / "probe.png")
    assert spikes["without lateral inhibition"] > spikes["intact"] > 0
    assert (tmp_path / "probe.png").stat().st_size > 10000
