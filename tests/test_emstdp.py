"""The protocol emstdp: it learns, goes on after any stop, and refuses what makes no sense."""

import json
from dataclasses import replace

import numpy as np
import pytest

from models.devices.genn.project import generate
from models.emstdp.architecture import Architecture, initial_state
from models.emstdp.network import build
from models.errors import SuiteError
from models.own_equations import OwnEquations
from protocols import datasets
from protocols.emstdp.course import Course
from protocols.emstdp.learner import EMSTDPLearner
from protocols.emstdp.protocol import PROTOCOL
from protocols.emstdp.settings import EMSTDPSettings
from protocols.predict import main as predict
from protocols.runs import presets
from protocols.runs.asked import preset_settings
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.run import run as run_protocol
from tests.commands import asked, refused
from tests.conftest import needs_compiler
from tests.emstdp_runs import OnReference
from tests.tiny import write_data

SHORT = EMSTDPSettings(network="30-classes", steps=40, train_samples=300, test_every=300, epochs=3,
                       parameters={"eta": 0.2})


def run(out, settings, resume=False):
    """Run quietly."""
    return run_protocol(PROTOCOL, settings, out, "test", resume=resume, quiet=True)


def state(directory):
    """State arrays of a run's checkpoint."""
    arrays = read_checkpoint(directory / "checkpoint.npz").arrays
    return {name: value for name, value in arrays.items() if name.startswith("state:")}


def assert_same(one, other):
    """Two runs ended alike: weights, rows of tests and answers."""
    a = state(one)
    b = state(other)
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    assert (one / "predictions.csv").read_bytes() == (other / "predictions.csv").read_bytes()
    rows = [[{k: v for k, v in row.items() if "seconds" not in k}
             for row in read_checkpoint(each / "checkpoint.npz").progress.rows]
            for each in (one, other)]
    assert rows[0] == rows[1]


@pytest.fixture
def without_figures(monkeypatch):
    """What only figures need is left out: it takes seconds."""
    monkeypatch.setattr(EMSTDPLearner, "activity", lambda *_: {})


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A short run of the digits with its activity."""
    out = tmp_path_factory.mktemp("emstdp") / "whole"
    return out, run(out, SHORT)


@needs_compiler
def test_learns(whole):
    """300 digits three times, at T = 40, are enough for much more than chance."""
    assert whole[1]["accuracy"] > 60


@needs_compiler
@pytest.mark.parametrize("changes", [
    {"feedback": "fa", "parameters": {"eta": 0.4, "windows": 5, "bias": 1}},
    # tests/test_emstdp_exact.py compares such networks step by step.
    pytest.param({"feedback": "dfa", "network": "20-20-classes", "parameters": {"eta": 0.4}},
                 marks=pytest.mark.slow),
    {"form": "literal", "steps": 100, "parameters": {}}])
def test_learns_in_every_form(changes, without_figures, tmp_path):
    """Each change of the network in one of three; each of them is compiled twice."""
    summary = run(tmp_path, replace(SHORT, test_every=900, **changes))
    assert summary["accuracy"] > 40


@needs_compiler
def test_stopped_and_resumed(whole, without_figures, tmp_path, monkeypatch):
    """Interrupted in the middle of an epoch, after a chunk that no test ends."""
    shown = []
    advance = EMSTDPLearner.advance

    def interrupted(self, position, stop):
        if len(shown) == 5:
            raise KeyboardInterrupt
        shown.append(position)
        return advance(self, position, stop)

    monkeypatch.setattr("protocols.runs.training.CHECKPOINT_SECONDS", -1)
    with monkeypatch.context() as patch:
        patch.setattr(EMSTDPLearner, "advance", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, SHORT)
    assert 0 < read_checkpoint(tmp_path / "checkpoint.npz").progress.samples < 900
    run(tmp_path, SHORT, resume=True)
    assert_same(whole[0], tmp_path)


@needs_compiler
def test_predict_answers_as_the_run(whole, capsys, tmp_path):
    """One of the test images, on the compiled device and on NumPy."""
    image = tmp_path / "digit.npy"
    np.save(image, datasets.load("digits").x_test[3])
    lines = []
    for device in ("cpp_standalone", "runtime"):
        predict([str(whole[0]), str(image), "--device", device])
        lines.append(capsys.readouterr().out.rpartition(",")[0])
    assert lines[0] == lines[1] and "spikes" in lines[0]


@needs_compiler
def test_figures_have_their_data(whole):
    with np.load(whole[0] / "activity.npz") as activity:
        assert activity["rates_hidden1"].shape == (360, 30)
        assert activity["window_input_step"].max() < 40
        assert {"window_hidden1_plus_i", "window_output_minus_i"} <= set(activity)


@needs_compiler
def test_another_feedback_on_resume(whole, capsys):
    """The weights of another way of feedback are those of another network."""
    line = refused(capsys, PROTOCOL, "--resume", "--out", whole[0], "--feedback", "dfa")
    assert "another feedback" in line


def test_a_silent_layer_is_told(tmp_path, without_figures, monkeypatch):
    """The message says which threshold to lower. The reference is trained: nothing is compiled."""
    monkeypatch.setattr("protocols.emstdp.learner.compile_network", OnReference)
    settings = replace(SHORT, dataset=str(write_data(tmp_path / "easy.npz")), train_samples=30,
                       test_every=30, epochs=1, parameters={"beta_hidden": 100.0})
    run(tmp_path / "run", settings)
    warnings = json.loads((tmp_path / "run" / "summary.json").read_text())["warnings"]
    assert any("hidden1 has fired" in line and "beta_hidden" in line for line in warnings)


@pytest.mark.parametrize("equations", [OwnEquations(), OwnEquations.of({
    "groups": {"hidden1": {"threshold": "U >= 3*theta"}}})], ids=["the paper's", "own"])
def test_figures_of_the_papers_equations(monkeypatch, tmp_path, equations):
    """What NumPy computes by them is left out where the network has others."""
    monkeypatch.setattr("protocols.emstdp.learner.compile_network", OnReference)
    settings = replace(SHORT, dataset=str(write_data(tmp_path / "easy.npz")), train_samples=30,
                       test_every=30, epochs=1, equations=equations)
    run(tmp_path / "run", settings)
    with np.load(tmp_path / "run" / "activity.npz") as activity:
        assert "rates_hidden1" in activity
        found = [name for name in activity if name.startswith(("window", "staircase", "forward"))]
    assert bool(found) != bool(equations)


@pytest.mark.parametrize("words, cause", [
    (["--steps", "25"], "even number"),
    (["--steps", "4"], "counts no spike"),
    (["--network", "100-5"], "5 outputs"),
    (["--network", "100-x"], "no list of layers"),
    (["--network", ""], "no list of layers"),
    (["--epoch-samples", "100000"], "training samples"),
    (["--epochs", "0.0001"], "so few epochs"),
    (["--parameter", "gated=0.5"], "no switch"),
    (["--parameter", "windows=2.5"], "no whole number"),
    (["--parameter", "theta_loss=0"], "must be positive"),
    (["--parameter", "w_L=0"], "must be positive"),
    (["--parameter", "period=0"], "must be positive"),
    (["--parameter", "w_L=2", "--parameter", "w_loss=3"], "w_loss and w_L are the same"),
    (["--parameter", "windows=1000000"], "the weights would never change"),
    (["--network", "classes", "--feedback", "fa"], "no hidden layer, so --feedback does nothing"),
    (["--network", "classes", "--parameter", "gated=0"], "so parameter gated does nothing"),
    (["--parameter", "beta=1"], "unknown parameter"),
])
def test_bad_input(words, cause, tmp_path, capsys):
    assert cause in refused(capsys, PROTOCOL, *words, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_presets_are_networks_of_the_paper():
    """Each has the feedback of its name and a row of its own."""
    rows = set()
    for name in presets.names(PROTOCOL.name):
        settings = preset_settings(PROTOCOL, name)
        if not settings.published:
            assert name in ("digits", "own")
            continue
        assert settings.feedback == name.split("-")[-1]
        assert settings.published["row"] not in rows
        rows.add(settings.published["row"])


def test_epochs_are_drawn_anew():
    """10,000 samples drawn at random, none twice in an epoch; the same in every division."""
    settings = replace(SHORT, epochs=3, epoch_samples=40)
    course = Course(settings, settings.rules(), np.arange(100))
    assert course.total == 120
    epochs = [course.samples(first, first + 40) for first in (0, 40, 80)]
    assert all(len(set(epoch)) == 40 for epoch in epochs)
    assert set(epochs[0]) != set(epochs[1])
    np.testing.assert_array_equal(course.samples(30, 90), np.concatenate(epochs)[30:90])


def test_the_step_falls_linearly():
    settings = replace(SHORT, epochs=1, parameters={"eta": 0.5, "eta_end": 0.1, "windows": 4})
    course = Course(settings, settings.rules(), np.arange(100))
    rates = course.rates(0, 100)
    assert (rates > 0).sum() == 25 and (rates[3::4] > 0).all()
    np.testing.assert_allclose(rates[3::4], 0.5*(1 - 0.9*np.arange(3, 100, 4)/100))
    np.testing.assert_array_equal(course.rates(17, 61), rates[17:61])


def test_length_is_fixed_where_the_step_falls():
    assert SHORT.fixed == ("epochs",)
    assert replace(SHORT, form="literal").fixed == ()


def test_switches_and_numbers_change_the_rules():
    rules = asked(PROTOCOL, "--reset-error", "zero", "--presynaptic", "all", "--parameter",
                  "theta_loss=5", "--parameter", "clear=0", "--feedback", "dfa").rules()
    assert (rules.reset_error, rules.presynaptic, rules.theta_loss) == ("zero", "all", 5)
    assert rules.clear is False and rules.bounded is True


@pytest.mark.parametrize("changes, feedback, cause", [
    ({}, "sw", "fa or dfa"), ({"bounded": True}, "fa", "bounded=0"),
    ({"reset_error": "zero"}, "dfa", "subtraction"), ({"bias": True}, "dfa", "bias=0"),
    ({"windows": 10}, "fa", "windows=1")])
def test_what_genn_has_no_form_for(changes, feedback, cause):
    rules = replace(SHORT.rules(), **changes)
    with pytest.raises(SuiteError, match=cause):
        Architecture((5, 4, 3), rules, feedback, genn=True)


@pytest.mark.parametrize("feedback", ["fa", "dfa"])
def test_genn_takes_the_network(feedback, tmp_path):
    """Separate error groups are all that GeNN needs; each projection has a copy of B."""
    pytest.importorskip("brian2genn")
    architecture = Architecture((5, 4, 4, 3), SHORT.rules(), feedback, genn=True, capacity=2)
    state = initial_state(architecture, 1)
    assert sum(name.endswith(".B") for name in state) == 8
    generate(lambda: build(architecture), tmp_path, use_gpu=False)
    model = (tmp_path / "magicnetwork_model.cpp").read_text()
    for group in ("input", "hidden1_plus", "hidden2_minus", "output_plus", "target"):
        assert f'addNeuronPopulation<{group}NEURON>("{group}"' in model


def test_own_colour_images(tmp_path, capsys):
    """Three channels are three inputs a pixel."""
    images = np.random.default_rng(0).integers(0, 255, (12, 6, 6, 3), np.uint8)
    path = write_data(tmp_path / "own.npz", x_train=images, y_train=np.arange(12) % 3,
                      x_test=images, y_test=np.arange(12) % 3)
    dataset = datasets.load(str(path))
    learner = EMSTDPLearner(replace(SHORT, train_samples=0), dataset, np.arange(12))
    assert learner.architecture.sizes == (108, 30, 3)
