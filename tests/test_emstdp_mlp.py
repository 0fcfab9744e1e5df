"""The non-spiking networks of Shrestha et al. (2019): gradients, updates, and their protocol."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from equations.shrestha2019.mlp import BPRules, EMSTDPRules, mlp_rules
from equations.shrestha2019.settings import FEEDBACKS, Rules
from models.emstdp.architecture import Architecture, initial_state
from models.emstdp.mlp import build_mlp, feedback_matrices, initial_mlp
from models.shared.layered import Outer, one_hot
from protocols import datasets, predict
from protocols.emstdp_mlp.protocol import PROTOCOL
from protocols.emstdp_mlp.settings import MLPSettings
from protocols.runs import training
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.run import run
from tests.commands import asked, refused
from tests.test_learner import assert_same

SIZES = (12, 9, 7, 3)
SAMPLES = 5
SHORT = MLPSettings(network="30-classes", epochs=1.5, held_out=137, test_every=500, batch=16)


def case(method="emstdp", feedback="sw", **changes):
    """A rule on a small network in double precision, with its fixed matrices and a batch."""
    rules = replace(mlp_rules(method, feedback), **changes)
    arrays = initial_mlp(SIZES, 2.0, 0, float)
    rng = np.random.default_rng(1)
    for name, value in arrays.items():
        if name.endswith(".b"):
            value += rng.normal(0, 0.1, value.shape)
    matrices = feedback_matrices(SIZES, feedback, 1.0, 0, float)
    rule = build_mlp(SIZES, arrays, rules, feedback, matrices)
    return rule, matrices, rng.random((SAMPLES, SIZES[0])), rng.integers(0, 3, SAMPLES)


def lesson(rule, inputs, labels):
    """What a batch teaches: the loss, and whole matrices by name."""
    found = rule.lesson(inputs, one_hot(labels, 3, inputs), np.random.default_rng(0))
    gradients = {name: value.dense() if isinstance(value, Outer) else value
                 for name, value in found.gradients.items()}
    assert gradients.keys() == rule.arrays.keys()
    return found.loss, gradients


# ---- learning -----------------------------------------------------------------------------


def test_gradients_of_backpropagation():
    """Central differences of the loss, element by element."""
    rule, _, inputs, labels = case("bp")
    _, gradients = lesson(rule, inputs, labels)
    assert rule.network.forward(inputs).outputs.sum(1) == pytest.approx(1)
    step = 1e-6
    for name, value in rule.arrays.items():
        measured = np.zeros_like(value)
        for place in np.ndindex(value.shape):
            losses = []
            for sign in (1, -1):
                value[place] += sign * step
                losses.append(lesson(rule, inputs, labels)[0])
                value[place] -= sign * step
            measured[place] = (losses[0] - losses[1]) / (2 * step)
        np.testing.assert_allclose(gradients[name], measured, atol=1e-8)
        assert np.abs(gradients[name]).max() > 1e-3


def updates_by_hand(parameters, matrices, rules, feedback, inputs, labels):
    """Sums of Eq. 12 over a batch, unit by unit."""
    sums = [{name: np.zeros_like(value) for name, value in own.items()} for own in parameters]
    layers = len(parameters)
    for x, label in zip(inputs, labels):
        a = [x]
        u = [None]
        for own in parameters:
            u.append([sum(a[-1][j] * own["w"][j, i] for j in range(len(a[-1]))) + own["b"][i]
                      for i in range(len(own["b"]))])
            a.append([min(max(value, 0), 1) for value in u[-1]])
        e = [None] * (layers + 1)
        e[layers] = [rules.r * ((i == label) - value) for i, value in enumerate(a[layers])]
        for k in range(layers - 1, 0, -1):
            above = e[layers] if feedback == "dfa" else e[k + 1]
            e[k] = []
            for i in range(len(a[k])):
                if feedback == "sw":
                    back = parameters[k]["w"][i]
                else:
                    back = matrices[f"hidden{k}"][:, i]
                error = sum(back[j] * above[j] for j in range(len(above)))
                e[k].append(0.0 if rules.gated and a[k][i] == 0 else error)
        for k in range(1, layers + 1):
            for i in range(len(a[k])):
                a_hat = min(max(u[k][i] + rules.gamma * e[k][i], 0), 1)
                sums[k - 1]["b"][i] += a_hat - a[k][i]
                for j in range(len(a[k - 1])):
                    sums[k - 1]["w"][j, i] += (a_hat - a[k][i]) * a[k - 1][j]
    return sums


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_update_of_emstdp(feedback, gated):
    """The gradients are the negative means of Eq. 12, written out unit by unit."""
    rule, matrices, inputs, labels = case("emstdp", feedback, gamma=0.7, gated=gated)
    _, gradients = lesson(rule, inputs, labels)
    network = rule.network
    parameters = [{"w": network.weights(k), "b": network.bias(k)} for k in range(len(SIZES) - 1)]
    by_hand = updates_by_hand(parameters, matrices, rule.rules, feedback, inputs, labels)
    for below, above, sums in zip(network.layers, network.layers[1:], by_hand):
        for name, value in (f"{below}_{above}.w", sums["w"]), (f"{above}.b", sums["b"]):
            np.testing.assert_allclose(gradients[name], -value / SAMPLES, atol=1e-12)
            assert np.abs(value).max() > 1e-3


def test_no_error_no_update():
    """A network at its targets does not change."""
    rule, _, inputs, labels = case()
    rule.network.weights(2)[:] = 0
    rule.network.bias(2)[:] = np.arange(3) == 1
    loss, gradients = lesson(rule, inputs, np.full_like(labels, 1))
    assert loss == 0
    assert not any(value.any() for value in gradients.values())


@pytest.mark.parametrize("feedback", ["fa", "dfa"])
def test_the_same_draws_as_the_spiking_network(feedback):
    """Where the scale is the same, weights and fixed matrices are those of the spiking network."""
    state = initial_state(Architecture(SIZES, Rules(scale=1.0, w_max=np.inf), feedback), 3)
    arrays = initial_mlp(SIZES, 1.0, 3, float)
    matrices = feedback_matrices(SIZES, feedback, 1.0, 3, float)
    for name, value in state.items():
        owner = name.split(".")[0]
        own = matrices[owner.removeprefix("feedback_")] if name.endswith(".B") else arrays[name]
        np.testing.assert_array_equal(own, value)


# ---- the protocol -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Run directory of a finished run, and its summary."""
    out = tmp_path_factory.mktemp("mlp") / "run"
    return out, run(PROTOCOL, replace(SHORT, keep=(400, 1000)), out, "test", quiet=True)


@pytest.mark.parametrize("changes, least", [
    ({"method": "bp"}, 85), ({"feedback": "sw"}, 85), ({"feedback": "fa"}, 85),
    ({"feedback": "dfa"}, 85), ({"precision": "float64"}, 85), ({"kernels": "numpy"}, 85),
    ({"method": "bp", "optimiser": "sgd"}, 85), ({"optimiser": "sgd"}, 85),
    # Plain steps with fixed matrices must be small.
    ({"feedback": "fa", "optimiser": "sgd"}, 50), ({"feedback": "dfa", "optimiser": "sgd"}, 50),
], ids=str)
def test_learns_the_digits(tmp_path, changes, least):
    """Every method, feedback and optimiser; with one hidden layer FA would be DFA."""
    settings = replace(MLPSettings(network="100-100-classes", epochs=8), **changes)
    summary = run(PROTOCOL, settings, tmp_path, "test", quiet=True)
    assert summary["accuracy"] > least


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_stopped_anywhere_and_resumed(whole, tmp_path, monkeypatch, stop):
    """A run that ends after some checkpoints and is resumed is the uninterrupted one."""
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", -1)
    saved = iter(range(stop))
    save = training.Training.save

    def save_or_stop(self, name="checkpoint"):
        if next(saved, None) is None:
            raise KeyboardInterrupt
        save(self, name)

    settings = replace(SHORT, keep=(400, 1000))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Training, "save", save_or_stop)
        run(PROTOCOL, settings, tmp_path, "test", quiet=True)
    assert 0 < read_checkpoint(tmp_path / "checkpoint.npz").progress.samples < 1950
    run(PROTOCOL, settings, tmp_path, "test", resume=True, quiet=True)
    assert_same(whole[0], tmp_path)


def test_files(whole):
    """Rows by samples shown; the activities of all layers behind the input."""
    out, summary = whole
    rows = pd.read_csv(out / "metrics.csv")
    # Tests wait for the end of a batch.
    assert rows["samples"].tolist() == [512, 1008, 1504, 1950]
    assert (rows["split"] == "validation").all()
    assert rows["loss"].is_monotonic_decreasing and (rows["train_accuracy"] > 10).all()
    assert summary["rule"] == "held_out" and summary["samples"] == 1950
    with np.load(out / "activity.npz") as activity:
        assert activity["rates_hidden1"].shape == (360, 30)
        answers = activity["rates_output"].argmax(1)
    np.testing.assert_array_equal(answers, pd.read_csv(out / "predictions.csv")["predicted"])


def test_predictions(whole, tmp_path, capsys):
    """Single images by the chosen weights, as in predictions.csv."""
    files = [tmp_path / f"{k}.npy" for k in range(5)]
    for file, image in zip(files, datasets.load("digits").x_test):
        np.save(file, image)
    predict.main([str(whole[0]), *map(str, files), "--json"])
    found = json.loads(capsys.readouterr().out)["predictions"]
    answers = pd.read_csv(whole[0] / "predictions.csv")["predicted"][:5]
    assert [each["class"] for each in found] == answers.tolist()
    with pytest.raises(SystemExit) as stopped:
        predict.main([str(whole[0]), str(files[0]), "--device", "runtime"])
    assert stopped.value.code == 2
    assert "leave out --device" in capsys.readouterr().err


def test_rules_of_the_settings():
    """Parameters change the rules of the method that is asked for."""
    assert asked(PROTOCOL, "--method", "bp", "--parameter", "eta=0.5").rules() == BPRules(eta=0.5)
    rules = asked(PROTOCOL, "--feedback", "dfa", "--parameter", "gated=0").rules()
    assert rules == replace(mlp_rules("emstdp", "dfa"), gated=False)
    assert isinstance(rules, EMSTDPRules)


# ---- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize("options, cause", [
    ("--method backprop", "choose from"),
    ("--method bp --feedback dfa", "--feedback does nothing to --method bp"),
    ("--method bp --parameter gamma=2", "parameter gamma does nothing to --method bp"),
    ("--parameter width=2", "parameter width does nothing to --feedback sw"),
    ("--network classes --feedback dfa", "has no hidden layer, so --feedback does nothing"),
    ("--preset mnist-500-500-emstdp-dfa --method bp", "to --method bp: give --feedback sw"),
    ("--parameter eta=0", "parameter eta must be positive"),
    ("--parameter gamma=-1", "parameter gamma must be positive"),
    ("--parameter gated=2", "no switch: give 0 or 1"),
    ("--parameter theta=2", "unknown parameter 'theta'"),
    ("--parameter r=0", "parameter r must be positive"),
    ("--network 30x10", "no list of layers such as 500-500-10"),
    ("--network 30-9", "9 outputs, the data set has 10 classes"),
    ("--network 999999999-10", "choose smaller layers"),
    ("--optimiser sgd --kernels numpy", "--kernels does nothing to --optimiser sgd"),
    ("--batch 0", "--batch must be 1 or more"),
    ("--epoch-samples 2000", "there are 1437 training samples"),
    ("--epochs 0.0001", "so few epochs show none"),
    ("--preset mnist-500-500-emstpd-sw", "did you mean mnist-500-500-emstdp-sw?"),
    ("--dataset absent.npz", "absent.npz"),
    ("--resume --config absent.toml", "absent.toml"),
])
def test_option(tmp_path, monkeypatch, capsys, options, cause):
    """One line, before anything is written."""
    monkeypatch.chdir(tmp_path)
    assert cause in refused(capsys, PROTOCOL, *options.split())
    assert not list(tmp_path.iterdir())


def test_weights_that_blow_up(tmp_path, capsys):
    """A step that is too large is told by the next test."""
    line = refused(capsys, PROTOCOL, "--method", "bp", "--parameter", "eta=1e30", "--epochs", "1",
                   "--optimiser", "sgd",
                   "--out", tmp_path / "run")
    assert "is not finite after 1437 samples: lower the learning rate" in line


def test_run_of_another_method(whole, capsys):
    """A run goes on as what it is."""
    for words in (["--method", "bp"], ["--feedback", "dfa"], ["--epochs", "3"]):
        line = refused(capsys, PROTOCOL, "--resume", "--out", whole[0], *words)
        assert words[0].removeprefix("--") in line
