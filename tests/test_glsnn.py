"""The protocol of GLSNN and of its baselines: training, resume, answers, what figures show."""

import json
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from equations.zhao2020.baselines import METHODS as BASELINES
from equations.zhao2020.settings import FORMS
from models.baselines import EVERY_NETWORK
from protocols import datasets, predict
from protocols.glsnn.learner import GLSNNLearner
from protocols.glsnn.lesions import LESIONS, lesioned
from protocols.glsnn.observe import chosen
from protocols.glsnn.protocol import PROTOCOL
from protocols.glsnn.settings import GLSNNSettings
from protocols.glsnn.updates import angle
from protocols.runs import training
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.run import run
from tests import strict_cupy
from tests.commands import asked, refused
from tests.datasets_made import write_npz
from tests.test_learner import assert_same

SHORT = GLSNNSettings(network="30-20-classes", epochs=1.5, held_out=137, test_every=500)


def trained(out, settings=SHORT, **keywords):
    """Summary of a run."""
    return run(PROTOCOL, settings, out, "test", quiet=True, **keywords)


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Run directory of a finished run, and its summary."""
    out = tmp_path_factory.mktemp("glsnn") / "run"
    return out, trained(out, replace(SHORT, keep=(400, 1000)))


# ---- learning -----------------------------------------------------------------------------


@pytest.mark.parametrize("changes, least", [
    *(({"form": form}, 80) for form in FORMS),
    *(({"method": method}, 75) for method in BASELINES),
    *(({"method": method, "form": "conductance"}, 80) for method in EVERY_NETWORK),
    ({"kernels": "numpy"}, 80), ({"precision": "float64"}, 80), ({"optimiser": "adam",
     "parameters": {"eta_w": 0.001}}, 80), ({"feedback_layers": "0"}, 70),
], ids=str)
def test_learns_the_digits(tmp_path, changes, least):
    """Every form, every method on units of its own, and those that take every network."""
    network = "60-classes" if changes.get("method") == "ep" else "60-60-classes"
    epochs = 12 if changes.get("form") == "rate" else 4
    summary = trained(tmp_path, replace(GLSNNSettings(network=network, epochs=epochs), **changes))
    assert summary["accuracy"] > least


@pytest.mark.parametrize("form", ["conductance", "stepwise"])
def test_hidden_spikes_carry_the_answer(tmp_path, form):
    """Without them, with those of other neurons or of other samples it is guessed."""
    trained(tmp_path, GLSNNSettings(network="60-60-classes", epochs=4, form=form))
    with np.load(tmp_path / "activity.npz") as activity:
        accuracy = dict(zip(activity["lesion_name"], activity["lesion_accuracy"]))
    assert accuracy["intact"] > 80
    assert max(accuracy[name] for name in ("removed", "permuted", "swapped")) < 30
    # It is a rate code: layer by layer, nothing but the rate is passed on.
    assert accuracy["intact"] - 15 < accuracy["shuffled"] <= accuracy["intact"] + 1
    if form == "conductance":
        assert accuracy["shuffled"] == accuracy["intact"]


def test_layers_without_feedback_do_not_learn(tmp_path, digits):
    """Counted from the top or from the bottom, the last two matrices always learn."""
    changed = {}
    for side in ("top", "bottom"):
        settings = GLSNNSettings(network="20-20-20-20-10", epochs=0.2, feedback_layers="1",
                                 feedback_from=side)
        trained(tmp_path / side, settings)
        arrays = read_checkpoint(tmp_path / side / "checkpoint.npz").arrays
        learner = GLSNNLearner(settings, digits, np.arange(len(digits.y_train)))
        initial = learner.initial()
        changed[side] = [not np.array_equal(arrays[f"state:{name}"], value)
                         for name, value in initial.items() if name.endswith(".w")]
    assert changed == {"top": [False, False, True, True, True],
                       "bottom": [True, False, False, True, True]}


# ---- runs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("changes, stop", [
    ({}, 1), ({}, 3), ({}, 5), ({"form": "rate"}, 3), ({"method": "dtp"}, 3)], ids=str)
def test_stopped_anywhere_and_resumed(whole, tmp_path, monkeypatch, changes, stop):
    """A run that ends after some checkpoints and is resumed is the uninterrupted one."""
    settings = replace(SHORT, keep=(400, 1000), **changes)
    uninterrupted = whole[0]
    if changes:
        uninterrupted = tmp_path / "whole"
        trained(uninterrupted, settings)
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", -1)
    saved = iter(range(stop))
    save = training.Training.save

    def save_or_stop(self, name="checkpoint"):
        if next(saved, None) is None:
            raise KeyboardInterrupt
        save(self, name)

    out = tmp_path / "stopped"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Training, "save", save_or_stop)
        trained(out, settings)
    assert 0 < read_checkpoint(out / "checkpoint.npz").progress.samples < 1950
    trained(out, settings, resume=True)
    assert_same(uninterrupted, out)


def test_files(whole):
    """Rates, dead fractions and norms by layer; arrays for the figures."""
    out, summary = whole
    rows = pd.read_csv(out / "metrics.csv")
    assert rows["samples"].tolist() == [500, 1000, 1500, 1950]
    assert (rows["split"] == "validation").all()
    for layer in ("hidden1", "hidden2", "output"):
        assert rows[f"{layer}_rate"].between(0, 1).all() and rows[f"{layer}_rate"].max() > 0.01
        assert rows[f"{layer}_dead"].between(0, 1).all() and (rows[f"{layer}_norm"] > 0.5).all()
    assert rows["loss"].is_monotonic_decreasing and rows["train_accuracy"].is_monotonic_increasing
    assert summary["rule"] == "held_out" and summary["samples"] == 1950
    with np.load(out / "activity.npz") as activity:
        assert activity["rates_hidden1"].shape == (360, 30)
        assert activity["shown_hidden2"].shape == (3, 10, 20)
        # S of a hidden neuron is tau n/T.
        first = activity["shown_sample"]
        counts = activity["shown_hidden1"].sum(1)
        np.testing.assert_allclose(activity["rates_hidden1"][first], 2 * counts / 10, rtol=1e-6)
        fired = activity["neuron_spikes"] == 1
        assert fired.any() and (activity["neuron_V"][fired] == 0).all()
        np.testing.assert_array_equal(activity["neuron_peak"] > activity["neuron_threshold"], fired)
        answers = activity["rates_output"].argmax(1)
    np.testing.assert_array_equal(answers, pd.read_csv(out / "predictions.csv")["predicted"])


def test_rates_are_those_of_the_spikes(digits):
    """Rates and dead fractions of a test, from the spikes of every step."""
    learner = GLSNNLearner(SHORT, digits, np.arange(len(digits.y_train)))
    learner.begin()
    index = np.arange(50)
    row = learner.test("test", index, "").row
    spikes = [layer.response.spikes for layer
              in learner.network.run(learner.patterns["test"][index], keep=True)]
    for name, own in zip(("hidden1", "hidden2", "output"), spikes):
        assert row[f"{name}_rate"] == pytest.approx(own.mean())
        assert row[f"{name}_dead"] == pytest.approx((own.sum((0, 1)) == 0).mean())


def test_a_test_changes_nothing(digits):
    """Means since the last row are those of the samples learned, tested or not in between."""
    learner = GLSNNLearner(SHORT, digits, np.arange(len(digits.y_train)))
    learner.begin()
    learner.advance(0, 100)
    before = learner.arrays() | learner.facts()
    learner.test("test", np.arange(20), "")
    for name, value in (learner.arrays() | learner.facts()).items():
        assert np.array_equal(value, before[name]), name
    row = learner.begin_row()
    assert row["loss"] > 0 and 0 < row["train_accuracy"] <= 100
    assert learner.begin_row() == {"train_accuracy": None, "loss": None}


@pytest.mark.parametrize("changes", [{}, {"method": "bp"}, {"feedback_layers": "0"}], ids=str)
def test_updates_beside_backpropagation(digits, changes):
    """Equal for backpropagation; where Eq. 5 is exact; none where nothing is learned."""
    settings = replace(SHORT, network="30-20-15-classes", **changes)
    learner = GLSNNLearner(settings, digits, np.arange(len(digits.y_train)))
    learner.begin()
    row = learner.test("test", np.arange(20), "").row
    angles = [row[f"{layer}_angle"] for layer in learner.network.layers[1:]]
    assert angles[-1] == pytest.approx(0, abs=0.1)
    if changes.get("method") == "bp":
        np.testing.assert_allclose(angles, 0, atol=0.1)
    elif changes:
        assert angles[:2] == [None, None] and row["hidden1_update"] is None
        # Eq. 5 is the gradient, but the gate h and what stands for a derivative differ by a factor.
        assert angles[2] == pytest.approx(0, abs=0.1)
    else:
        assert all(10 < angle < 170 for angle in angles[:2])
    assert row["hidden3_update"] > 0


def test_angle():
    assert angle(np.eye(2), np.ones((2, 2))) == pytest.approx(45)
    assert angle(np.eye(2), -3 * np.eye(2)) == pytest.approx(180)
    assert angle(np.eye(2), np.zeros((2, 2))) is None


def test_predictions(whole, tmp_path, capsys, digits):
    """Single images by the chosen weights, as in predictions.csv."""
    files = [tmp_path / f"{k}.npy" for k in range(5)]
    for file, image in zip(files, digits.x_test):
        np.save(file, image)
    predict.main([str(whole[0]), *map(str, files), "--json"])
    found = json.loads(capsys.readouterr().out)["predictions"]
    answers = pd.read_csv(whole[0] / "predictions.csv")["predicted"][:5]
    assert [each["class"] for each in found] == answers.tolist()


def test_predictions_of_a_method_without_spikes(tmp_path, capsys, digits):
    """Brian2 has no form of it."""
    trained(tmp_path / "run", GLSNNSettings(network="20-10-classes", epochs=0.1, method="dtp"))
    np.save(tmp_path / "a.npy", digits.x_test[0])
    words = [str(tmp_path / "run"), str(tmp_path / "a.npy")]
    predict.main(words)
    assert "probability" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        predict.main([*words, "--device", "runtime"])
    assert stopped.value.code == 2
    assert "leave out --device" in capsys.readouterr().err


def test_tested_and_predicted_by_brian2(tmp_path, capsys):
    """On own images, on the device that compiles nothing: the same spikes and answers."""
    dataset = write_npz(tmp_path / "own.npz")
    out = tmp_path / "run"
    settings = asked(PROTOCOL, "--dataset", dataset, "--network", "6-5-classes", "--engine",
                     "brian2", "--device", "runtime", "--epochs", "3")
    summary = trained(out, settings)
    assert summary["facts"]["engine"] == {"brian2": summary["accuracy"],
                                          "samples_with_other_counts": 0}
    assert ("Brian2 groups", f"{summary['accuracy']:.2f} % (spikes differ in 0 samples)"
            ) in GLSNNLearner.closing(summary["facts"])
    with np.load(dataset) as arrays:
        np.save(tmp_path / "a.npy", arrays["x_test"][0])
    found = []
    for device in ([], ["--device", "runtime"]):
        predict.main([str(out), str(tmp_path / "a.npy"), "--json", *device])
        found.append(json.loads(capsys.readouterr().out))
    assert found[1]["device"] == "runtime" and found[0]["device"].startswith("numpy")
    votes = [list(each["predictions"][0]["votes"]["output"].values()) for each in found]
    np.testing.assert_allclose(votes[0], votes[1], rtol=1e-5)


@pytest.mark.parametrize("changes", [{}, {"form": "rate"}, {"method": "dtp"}, {"method": "ep"},
                                     {"method": "lra-e"}], ids=str)
def test_a_whole_run_keeps_to_the_shared_functions(monkeypatch, tmp_path, changes):
    """Training, tests, checkpoints, resume and what the figures need, on the stand-in of CuPy."""
    monkeypatch.setattr(strict_cupy.ndarray, "__module__", "strict_cupy")
    monkeypatch.setitem(sys.modules, "strict_cupy", strict_cupy)
    modules = {"numpy": np, "cupy": strict_cupy}
    monkeypatch.setattr("protocols.layered.learner.array_module", modules.get)
    states = []
    for name in modules:
        settings = replace(GLSNNSettings(network="12-10-classes", epochs=1, train_samples=60,
                                         batch=20, kernels="numpy", array_module=name,
                                         precision="float64"), **changes)
        out = tmp_path / name
        trained(out, settings)
        trained(out, replace(settings, epochs=2), resume=True)
        arrays = read_checkpoint(out / "checkpoint.npz").arrays
        with np.load(out / "activity.npz") as activity:
            states.append(arrays | {key: activity[key] for key in activity
                                    if activity[key].dtype.kind in "fiu"})
    assert states[0].keys() == states[1].keys()
    for name, value in states[0].items():
        np.testing.assert_allclose(value, states[1][name], rtol=1e-9, atol=1e-12, err_msg=name)


def test_run_of_another_method(whole, capsys):
    """A run goes on as what it is."""
    for words in (["--method", "bp"], ["--form", "rate"], ["--feedback-layers", "0"]):
        line = refused(capsys, PROTOCOL, "--resume", "--out", whole[0], *words)
        assert words[0].removeprefix("--") in line


def test_a_run_that_ended_within_a_batch_is_not_prolonged(tmp_path, capsys):
    """A longer run has other batches; one that is ended by a batch goes on as that run."""
    tiny = GLSNNSettings(network="12-classes", train_samples=64)
    trained(tmp_path / "whole", replace(tiny, epochs=5))
    trained(tmp_path / "cut", replace(tiny, epochs=1))
    line = refused(capsys, PROTOCOL, "--resume", "--out", tmp_path / "cut", "--epochs", "5")
    assert "ended within a batch, after 64 samples in batches of 10" in line
    trained(tmp_path / "long", replace(tiny, epochs=10))
    trained(tmp_path / "whole", replace(tiny, epochs=10), resume=True)
    found = [read_checkpoint(tmp_path / name / "checkpoint.npz").arrays
             for name in ("long", "whole")]
    for name, value in found[0].items():
        np.testing.assert_array_equal(value, found[1][name], err_msg=name)


# ---- what the figures show ----------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in LESIONS if name != "intact"])
def test_lesions(name):
    """What each keeps of the spikes, and that it changes them."""
    rng = np.random.default_rng(0)
    spikes = (rng.random((10, 6, 8)) < 0.3).astype(np.float32)
    found = lesioned(name, rng)("hidden1", spikes)
    assert found.shape == spikes.shape and found.dtype == spikes.dtype
    assert not np.array_equal(found, spikes)
    if name == "removed":
        assert not found.any()
    elif name == "shuffled":
        np.testing.assert_array_equal(found.sum(0), spikes.sum(0))
    elif name == "permuted":
        np.testing.assert_array_equal(np.sort(found, 2), np.sort(spikes, 2))
    else:
        own = [int(np.abs(found[:, k] - spikes[:, k]).sum()) for k in range(6)]
        assert min(own) > 0
        assert sorted(found.sum((0, 2))) == sorted(spikes.sum((0, 2)))


def test_samples_that_are_swapped_do_not_come_back():
    """Two samples have one way to be swapped, so a second layer would undo it."""
    spikes = np.eye(2, dtype=np.float32)[None]
    change = lesioned("swapped", np.random.default_rng(0))
    np.testing.assert_array_equal(change("hidden1", spikes), spikes[:, ::-1])
    np.testing.assert_array_equal(change("hidden2", spikes), spikes)


def test_samples_of_different_classes():
    labels = np.array([1] * 50 + [0, 2])
    assert sorted(labels[chosen(labels, 0)]) == [0, 1, 2]
    assert len(set(chosen(np.zeros(9, int), 0))) == 3
