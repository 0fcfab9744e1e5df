"""The protocol of GLSNN and of its baselines: training, resume, answers, presets, bad input."""

import json
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from equations.zhao2020.baselines import METHODS as BASELINES
from equations.zhao2020.settings import FORMS, walk
from models.baselines import EVERY_NETWORK
from protocols import datasets, predict, trials
from protocols.glsnn.learner import GLSNNLearner
from protocols.glsnn.lesions import LESIONS, lesioned
from protocols.glsnn.observe import chosen
from protocols.glsnn.protocol import PROTOCOL
from protocols.glsnn.settings import GLSNNSettings
from protocols.glsnn.updates import angle
from protocols.runs import presets, training
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import preset_settings
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
        assert activity["raster_hidden2"].shape == (3, 10, 20)
        # S of a hidden neuron is tau n/T.
        first = activity["raster_sample"]
        counts = activity["raster_hidden1"].sum(1)
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


def test_trials(tmp_path, capsys):
    """Two seeds in processes of their own."""
    trials.main(["glsnn", "--seeds", "0", "1", "--out", str(tmp_path), "--", "--epochs", "1",
                 "--no-figures", "--network", "20-classes"])
    said = capsys.readouterr().out
    values = [json.loads((tmp_path / f"seed{seed}" / "summary.json").read_text())
              ["accuracies"]["end"]["output"] for seed in (0, 1)]
    assert f"{np.mean(values):6.2f} +- {np.std(values, ddof=1):.2f} %" in said


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


@pytest.mark.parametrize("changes", [{}, {"form": "stepwise"}, {"form": "rate"}, {"method": "dtp"},
                                     {"method": "ep"}, {"method": "lra-e"}], ids=str)
def test_a_whole_run_keeps_to_the_shared_functions(monkeypatch, tmp_path, changes):
    """Training, tests, checkpoints, resume and what the figures need, on the stand-in of CuPy."""
    monkeypatch.setattr(strict_cupy.ndarray, "__module__", "strict_cupy")
    monkeypatch.setitem(sys.modules, "strict_cupy", strict_cupy)
    modules = {"numpy": np, "cupy": strict_cupy}
    monkeypatch.setattr("protocols.layered.learner.array_module", modules.get)
    states = []
    for name in modules:
        settings = replace(GLSNNSettings(network="12-10-classes", epochs=1, train_samples=60,
                                         kernels="numpy", array_module=name,
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


# ---- what settings mean -------------------------------------------------------------------


def test_numbers_change_the_form():
    settings = asked(PROTOCOL, "--form", "literal", "--parameter", "g_L=1", "--parameter",
                     "hidden_current=0", "--reading", "mean", "--gate", "band")
    form = settings.spiking_form()
    assert (form.g_L, form.hidden_current, form.reading, form.gate) == (1, False, "mean", "band")
    assert form.tau == FORMS["literal"].tau


def test_the_walk_can_be_asked_for():
    """Every step from the literal form to the conductance form by options."""
    named = ("passing", "reading", "gate", "optimiser")
    literal = FORMS["literal"]
    for _, goal in walk():
        words = ["--form", "literal"]
        for name, value in vars(goal).items():
            if name in named:
                words += [f"--{name}", value]
            elif name != "name" and value != getattr(literal, name):
                words += ["--parameter", f"{name}={float(value):g}"]
        assert asked(PROTOCOL, *words).spiking_form() == replace(goal, name="literal")


def test_numbers_change_the_method():
    settings = asked(PROTOCOL, "--method", "dtp", "--parameter", "sigma=0.1", "--network",
                     "20-20-20-classes")
    assert settings.numbers(3).sigma == 0.1 and not settings.spikes


@pytest.mark.parametrize("changes, batch", [
    ({}, 10), ({"form": "rate"}, 100), ({"method": "dtp"}, 50), ({"batch": 7}, 7)], ids=str)
def test_batch(digits, changes, batch):
    learner = GLSNNLearner(replace(SHORT, **changes), digits, np.arange(100))
    assert learner.batch == batch


def test_the_step_falls_by_epochs(digits):
    settings = replace(SHORT, parameters={"decay": 0.5, "decay_epochs": 2, "eta_w": 0.1})
    learner = GLSNNLearner(settings, digits, np.arange(100))
    assert [learner.rate(p) for p in (0, 199, 200, 399, 400)] == [0.1, 0.1, 0.05, 0.05, 0.025]


def test_presets_are_networks_of_the_paper():
    """Layers and method are those of the name, and each has a row of its own."""
    rows = set()
    for name in presets.names(PROTOCOL.name):
        settings = preset_settings(PROTOCOL, name)
        if not settings.published:
            assert name in ("digits", "own")
            continue
        dataset, network, *method = name.split("-", 2)
        assert settings.dataset == {"mnist": "mnist", "fashion": "fashion-mnist"}[dataset]
        size, _, count = network.partition("x")
        if name == "mnist-500-500":
            count = 2
            method = []
        assert settings.layers(10) == (int(size),) * int(count or 3) + (10,)
        assert settings.method == (method[0] if method else "glsnn")
        assert settings.published["row"] not in rows
        rows.add(settings.published["row"])


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


def test_samples_of_different_classes():
    labels = np.array([1] * 50 + [0, 2])
    assert sorted(labels[chosen(labels, 0)]) == [0, 1, 2]
    assert len(set(chosen(np.zeros(9, int), 0))) == 3


# ---- warnings and bad input ---------------------------------------------------------------


def test_no_neuron_fires(tmp_path, capsys):
    """The literal form: a warning says how far V gets."""
    summary = trained(tmp_path, GLSNNSettings(network="20-20-classes", epochs=0.2, form="literal"))
    line = next(line for line in summary["warnings"] if "no hidden neuron has fired" in line)
    fraction = float(line.split("largest V is ")[1].split()[0])
    assert 0 < fraction < 1 and line in capsys.readouterr().err
    row = pd.read_csv(tmp_path / "metrics.csv").iloc[-1]
    assert row["hidden1_rate"] == 0 and row["hidden2_dead"] == 1


def test_spare_outputs(tmp_path):
    summary = trained(tmp_path, GLSNNSettings(network="20-12", epochs=0.2))
    assert any("2 of 12 outputs belong to no class" in line for line in summary["warnings"])


@pytest.mark.parametrize("options, cause", [
    ("--method backprop", "choose from"),
    ("--form spiking", "choose from"),
    ("--feedback-layers 2", "a network of 2 hidden layers has 0 to 1 of them"),
    ("--feedback-layers two", "no number of layers: give 0, 1 and so on, or all"),
    ("--feedback-layers -1", "no number of layers"),
    ("--method bp --feedback-layers 1", "--feedback-layers does nothing to --method bp"),
    ("--method bp --feedback-from bottom", "--feedback-from does nothing to --method bp"),
    ("--method dtp --form conductance", "--method dtp has no spiking form"),
    ("--method ep --engine brian2", "the units of --method ep do not spike"),
    ("--method bp --engine brian2", "or choose a --form of neurons"),
    ("--method bp --gate band", "--gate does nothing to --method bp"),
    ("--gate surrogate", "--gate surrogate is one of the form rate"),
    ("--method bp --parameter sigma=2", "parameter sigma does nothing to --method bp"),
    ("--method bp --form rate --parameter eta=2", "parameter eta does nothing to --method bp"),
    ("--parameter eta=2", "parameter eta does nothing to --method glsnn"),
    ("--parameter theta=2", "unknown parameter 'theta'"),
    ("--parameter hidden_current=2", "no switch: give 0 or 1"),
    ("--parameter T=0.001", "less than a time step"),
    ("--parameter hidden_spikes=0", "pass on neither current nor spikes"),
    ("--parameter g_L=0", "parameter g_L must be positive"),
    ("--network 30x10", "no list of layers such as 500-500-10"),
    ("--network classes", "has no hidden layer"),
    ("--network 30-9", "9 outputs, the data set has 10 classes"),
    ("--network 999999999-10", "choose smaller layers"),
    ("--batch -1", "--batch must be 0 or more"),
    ("--epoch-samples 2000", "there are 1437 training samples"),
    ("--epochs 0.0001", "so few epochs show none"),
    ("--held-out 1437", "leaves nothing"),
    ("--preset mnist-256x5-dpt", "did you mean mnist-256x5-dtp?"),
    ("--dataset absent.npz", "absent.npz"),
    ("--form literal --parameter hidden_current=0", "spikes alone are passed on, but no hidden"),
])
def test_option(tmp_path, monkeypatch, capsys, options, cause):
    """One line, before anything is written."""
    monkeypatch.chdir(tmp_path)
    assert cause in refused(capsys, PROTOCOL, *options.split())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("options, cause", [
    (["--parameter", "eta_w=50"], "eta_w 2 |S|^2 < 2"),
    (["--form", "literal", "--parameter", "eta_w=5"], "lower --parameter eta_w=5 (below"),
    (["--form", "rate", "--parameter", "eta_w=1e38"], "lower"),
    (["--method", "bp", "--parameter", "eta=1e38"], "lower"),
])
def test_outputs_that_diverge(tmp_path, capsys, options, cause):
    """The bound on the step is told, and the checkpoint of before stays."""
    line = refused(capsys, PROTOCOL, "--network", "20-classes", "--epochs", "3", *options,
                   "--out", tmp_path / "run")
    assert cause in line and "samples" in line


def test_run_of_another_method(whole, capsys):
    """A run goes on as what it is."""
    for words in (["--method", "bp"], ["--form", "rate"], ["--feedback-layers", "0"]):
        line = refused(capsys, PROTOCOL, "--resume", "--out", whole[0], *words)
        assert words[0].removeprefix("--") in line
