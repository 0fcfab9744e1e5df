"""What the settings of GLSNN mean, and what of them makes no sense."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from equations.zhao2020.settings import FORMS, walk
from protocols import datasets
from protocols.glsnn.learner import GLSNNLearner
from protocols.glsnn.protocol import PROTOCOL
from protocols.glsnn.settings import GLSNNSettings
from protocols.runs import presets
from protocols.runs.asked import preset_settings
from protocols.runs.rows import table_entries
from protocols.runs.run import run
from tests.commands import asked, refused

SHORT = GLSNNSettings(network="30-20-classes")


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


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
        form = method.pop() if method == ["rate"] else "own"
        assert settings.form == form
        assert settings.method == (method[0] if method else "glsnn")
        assert settings.published["row"] not in rows
        rows.add(settings.published["row"])


@pytest.mark.parametrize("words, row, variant", [
    ("mnist-800 --epochs 9 --held-out 500", "MNIST, 784-800-800-800-10", "--held-out 500"),
    ("mnist-800-rate --seed 1", "BrainCog's variant, MNIST, 784-800-800-800-10", ""),
    ("mnist-800 --form rate", "BrainCog's variant, MNIST, 784-800-800-800-10", ""),
])
def test_a_run_is_a_row_of_the_preset_that_is_trained_most_like_it(words, row, variant):
    """The paper's network and that of the variant differ in their form alone."""
    settings = asked(PROTOCOL, "--preset", *words.split())
    entry, = table_entries(PROTOCOL, settings, {"end": {"output": 98.0}}, 60000)
    assert (entry["row"], entry["variant"]) == (row, variant)
    assert settings.published["row"] == row
    assert settings.published["mean"] == entry["published"]["mean"]


# ---- warnings and bad input ---------------------------------------------------------------


def test_no_neuron_fires(tmp_path, capsys):
    """The literal form: a warning says how far V gets."""
    summary = run(PROTOCOL, GLSNNSettings(network="20-20-classes", epochs=0.2, form="literal"),
                  tmp_path, quiet=True)
    line = next(line for line in summary["warnings"] if "no hidden neuron has fired" in line)
    fraction = float(line.split("largest V is ")[1].split()[0])
    assert 0 < fraction < 1 and line in capsys.readouterr().err
    row = pd.read_csv(tmp_path / "metrics.csv").iloc[-1]
    assert row["hidden1_rate"] == 0 and row["hidden2_dead"] == 1


def test_spare_outputs(tmp_path):
    summary = run(PROTOCOL, GLSNNSettings(network="20-12", epochs=0.2), tmp_path, quiet=True)
    assert any("2 of 12 outputs belong to no class" in line for line in summary["warnings"])


@pytest.mark.parametrize("options, cause", [
    ("--method backprop", "choose from"),
    ("--form spiking", "choose from"),
    ("--feedback-layers 2", "this network has 1 at most, since its last hidden layer needs"),
    ("--feedback-layers two", "no number of layers: give 0, 1 and so on, or all"),
    ("--feedback-from bottom", "--feedback-from does nothing to --feedback-layers all"),
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
    ("--method ep --parameter beta=0", "parameter beta must be positive"),
    ("--method ep --parameter nudged=0", "parameter nudged must be positive"),
    ("--form rate --parameter g_L=5", "parameter g_L does nothing to --method glsnn --form rate"),
    ("--form rate --parameter band=0.2", "parameter band does nothing"),
    ("--form stepwise --parameter band=0.2", "parameter band does nothing"),
    ("--form rate --parameter eta_t=4", "parameter eta_t does nothing under the optimiser adam"),
    ("--method dtp --optimiser adam --parameter eta_inverse=1", "divides the scale of a gradient"),
    ("--method bp --optimiser adam", "needs another step than sgd: give it too, such as "
                                     "--parameter eta=0.001"),
    ("--form rate --optimiser sgd", "such as --parameter eta_w=0.03"),
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
    """The bound on the step is told, and that nothing has been kept so far."""
    line = refused(capsys, PROTOCOL, "--network", "20-classes", "--epochs", "3", *options,
                   "--out", tmp_path / "run")
    assert cause in line and "samples" in line
    assert line.strip().endswith("no checkpoint had been written")
    assert not list(tmp_path.glob("run/*.npz"))


def test_the_checkpoint_before_outputs_diverge(tmp_path, capsys):
    """It stays, and the line says so."""
    line = refused(capsys, PROTOCOL, "--network", "20-classes", "--epochs", "3", "--parameter",
                   "eta_w=5", "--test-every", "10", "--out", tmp_path / "run")
    assert line.strip().endswith("an earlier checkpoint is kept")
    assert (tmp_path / "run" / "checkpoint.npz").exists()
