"""Training: phases, label statistics, evaluation that disturbs nothing, resume after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from brian2.units import ms

from equations.hao2020.settings import settings
from models.errors import SuiteError
from protocols import datasets
from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.diehl_cook_sl.readout import LabelStatistics, label_answer, sl_answer
from protocols.diehl_cook_sl.settings import DiehlCookSettings
from protocols.runs import presets
from protocols.runs.asked import preset_settings
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import main
from protocols.runs.rows import table_entries
from protocols.runs.run import run as run_protocol
from tests.commands import asked
from tests.conftest import SOON_ELSEWHERE, needs_compiler
from tests.tiny import arrays, write_data

TRAINING = 240
"""Images of the few that are learned: networks take the smallest number of them a call."""
TESTS = 48
NAMES = presets.names(PROTOCOL.name)


def weights(directory, name="checkpoint"):
    """State arrays of a run's checkpoint, and its progress."""
    checkpoint = read_checkpoint(directory / f"{name}.npz")
    state = {k: v for k, v in checkpoint.arrays.items() if k.startswith("state:")}
    return state, checkpoint.progress


def assert_same_weights(one, other):
    """The checkpoints of two runs hold the same network after as many samples."""
    a, progress_a = weights(one)
    b, progress_b = weights(other)
    assert progress_a.samples == progress_b.samples
    assert a.keys() == b.keys()
    for name in a:
        assert np.array_equal(a[name], b[name]), name


def run(out, settings, resume=False):
    """Run quietly."""
    return run_protocol(PROTOCOL, settings, out, "test", resume=resume, quiet=True)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Settings of a small network for a few images.

    They are those of `tests.tiny` several times over. So they are as bright, and the network is
    that of the tiny run.
    """
    path = tmp_path_factory.mktemp("few") / "few.npz"
    once = arrays()
    times = {"train": TRAINING // len(once["y_train"]), "test": TESTS // len(once["y_test"])}
    np.savez(path, **{name: np.concatenate([array] * times[name.partition("_")[2]])
                      for name, array in once.items()})
    return DiehlCookSettings(dataset=str(path), preset="own", hidden=(10,), test_every=96)


@pytest.fixture(scope="module")
def uninterrupted(tiny, tmp_path_factory):
    """A short run, and its summary."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    return out, run(out, replace(tiny, seed=3))


@needs_compiler
def test_a_prolonged_run_is_the_longer_run(tiny, uninterrupted, without_figures, tmp_path):
    """Finished after fewer epochs and other tests, then resumed with more."""
    whole, _ = uninterrupted
    run(tmp_path, replace(tiny, epochs=0.5, test_every=40, seed=3))
    longer = asked(PROTOCOL, "--resume", "--out", tmp_path, "--epochs", 1, "--test-every", 96)
    assert longer.epochs == 1 and longer.test_every == 96 and longer.hidden == (10,)
    run(tmp_path, longer, resume=True)
    assert "epochs = 1" in (tmp_path / "config.toml").read_text()
    assert_same_weights(whole, tmp_path)


@needs_compiler
def test_resume_after_kill_9_is_exact(without_figures, tmp_path):
    """Killed at a random moment, resumed: the same weights, evaluations and answers."""
    out = tmp_path / "killed"
    # Twenty evaluations, two programs started for each: far from done when it is killed.
    words = ["--dataset", str(write_data(tmp_path / "tiny.npz")), "--hidden", "10", "--epochs",
             "20", "--test-every", "30", "--workers", "1", "--no-figures", "--out"]
    reference = tmp_path / "reference"
    main(PROTOCOL, [*words, str(reference)])
    process = subprocess.Popen(
        [sys.executable, "-m", "protocols.diehl_cook_sl", *words, str(out)],
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | SOON_ELSEWHERE)
    while not (out / "checkpoint.npz").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(np.random.default_rng().uniform(0, 0.3))
    assert process.poll() is None, "the run ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert 0 < weights(out)[1].samples < 600, "it was killed after its training"
    main(PROTOCOL, [*words, str(out), "--resume"])
    assert_same_weights(reference, out)
    seconds = ("cpu_seconds", "wall_seconds")
    rows = [[{k: v for k, v in row.items() if k not in seconds} for row in weights(d)[1].rows]
            for d in (reference, out)]
    assert rows[0] == rows[1]
    assert (reference / "predictions.csv").read_bytes() == (out / "predictions.csv").read_bytes()
    accuracies = [json.loads((d / "summary.json").read_text())["accuracies"]
                  for d in (reference, out)]
    assert accuracies[0] == accuracies[1]


@needs_compiler
def test_seeds(tiny, uninterrupted, without_figures, tmp_path):
    """The same seed gives the same bits, another seed another network."""
    out, _ = uninterrupted
    run(tmp_path / "same", replace(tiny, seed=3))
    run(tmp_path / "other", replace(tiny, seed=4))
    a, b, c = (weights(d)[0]["state:input_hidden1.w"]
               for d in (out, tmp_path / "same", tmp_path / "other"))
    assert np.array_equal(a, b) and not np.allclose(a, c)


@needs_compiler
def test_evaluation_leaves_training_untouched(tiny, uninterrupted, without_figures, tmp_path):
    """With and without evaluations on the way: the same weights and theta at the end."""
    out, _ = uninterrupted
    run(tmp_path / "rare", replace(tiny, test_every=10**6, seed=3))
    assert_same_weights(out, tmp_path / "rare")


@needs_compiler
def test_run_directory_has_every_file(uninterrupted):
    """config.toml, metrics.csv, predictions.csv, summary.json, checkpoint, activity.npz."""
    out, summary = uninterrupted
    for name in ("config.toml", "metrics.csv", "predictions.csv", "summary.json",
                 "checkpoint.npz", "checkpoint.json", "activity.npz"):
        assert (out / name).stat().st_size > 0, name
    lines = (out / "metrics.csv").read_text().splitlines()
    assert len(lines) == 1 + 3 and lines[1].startswith("96,")
    predictions = (out / "predictions.csv").read_text().splitlines()
    assert len(predictions) == 1 + TESTS
    assert summary["samples"] == TRAINING and summary["seed"] == 3
    assert summary["accuracies"].keys() == {"end", "last_test", "best_test"}


@needs_compiler
def test_layer_by_layer_trains_the_hidden_layer_first(tiny, without_figures, tmp_path):
    """The hidden layer equals that of an unsupervised run and is frozen in the second phase."""
    both = replace(tiny, method="layer-by-layer", readout_epochs=0.5)
    run(tmp_path / "hidden", replace(tiny, method="unsupervised"))
    run(tmp_path / "both", both)
    run(tmp_path / "taken", replace(
        both, hidden_from=str(tmp_path / "hidden" / "checkpoint.npz")))
    a, b, c = (weights(tmp_path / n)[0] for n in ("hidden", "both", "taken"))
    for name in ("state:input_hidden1.w", "state:hidden1.theta"):
        assert np.array_equal(a[name], b[name]) and np.array_equal(a[name], c[name])
    assert np.array_equal(b["state:hidden1_readout.w"], c["state:hidden1_readout.w"])
    assert "state:hidden1_readout.w" not in a
    leak = replace(both, hidden_from=str(tmp_path / "hidden" / "checkpoint.npz"), held_out=24)
    with pytest.raises(SuiteError, match="held out here, since it has another held-out, "):
        run(tmp_path / "leak", leak)
    run(tmp_path / "held", replace(tiny, method="unsupervised", held_out=24))
    run(tmp_path / "same", replace(leak, hidden_from=str(tmp_path / "held" / "checkpoint.npz")))


@needs_compiler
def test_simultaneous_training_does_not_change_the_hidden_layer(tiny, uninterrupted,
                                                                without_figures, tmp_path):
    """No feedback from the SL layer: the hidden layer is that of the unsupervised run."""
    out, _ = uninterrupted
    run(tmp_path / "hidden", replace(tiny, seed=3, method="unsupervised"))
    a, b = (weights(each)[0]["state:input_hidden1.w"] for each in (out, tmp_path / "hidden"))
    assert np.array_equal(a, b)


@needs_compiler
@pytest.mark.parametrize("hidden", [(), (10, 8)])
def test_depth(tiny, without_figures, tmp_path, hidden):
    """No hidden layer, and two: every plastic projection changes."""
    settings = replace(tiny, hidden=hidden, test_every=10**6)
    summary = run(tmp_path / "run", settings)
    state, _ = weights(tmp_path / "run")
    names = [n for n in state if n.endswith(".w")]
    assert len(names) == len(hidden) + 1
    for name in names:
        w = state[name]
        assert w.std() > 0 and w.min() >= 0
    assert ("labels" in summary["accuracies"]["end"]) == bool(hidden)


@needs_compiler
def test_held_out_images_choose_the_checkpoint(tiny, tmp_path):
    """Validation on training images; the test set is used at the end only.

    The figures are of what was chosen.
    """
    settings = replace(tiny, test_every=40, held_out=100, shuffle=True)
    summary = run(tmp_path / "run", settings)
    rows = (tmp_path / "run" / "metrics.csv").read_text().splitlines()[1:]
    assert len(rows) == 4 and all(",validation," in row for row in rows)
    accuracies = summary["accuracies"]
    assert accuracies.keys() == {"end", "held_out"}
    assert all(values.keys() == {"sl", "labels"} for values in accuracies.values())
    assert summary["rule"] == "held_out" and summary["readout"] == "sl"
    assert summary["accuracy"] == accuracies["held_out"]["sl"]
    chosen = read_checkpoint(tmp_path / "run" / "checkpoint.npz").learned("sl")
    with np.load(tmp_path / "run" / "activity.npz") as activity:
        assert np.array_equal(activity["weights_sl"], chosen["hidden1_readout.w"])
        assert np.array_equal(activity["neuron_class"], chosen["classes"])


def test_label_statistics_by_hand():
    """Mean count per class, silent neurons unlabelled, only the window counts."""
    statistics = LabelStatistics(n_neurons=3, n_classes=2, window=4, n_blocks=2)
    statistics.add(np.array([0, 0]), np.array([[9, 9, 0], [9, 9, 0]]))
    statistics.add(np.array([0, 1]), np.array([[4, 0, 0], [0, 2, 0]]))
    statistics.add(np.array([1, 1]), np.array([[1, 5, 0], [1, 1, 0]]))
    # The first block has left the window: class 0 saw one sample, class 1 three.
    assert statistics.classes().tolist() == [0, 1, -1]
    answer, votes = label_answer(np.array([[3, 1, 8], [0, 0, 0]]), np.array([0, 1, -1]), 3)
    assert answer.tolist() == [0, 0]
    np.testing.assert_allclose(votes[0], [3, 1, 0])


def test_a_larger_block_of_another_run_is_followed_by_own_ones():
    """As where --hidden-from takes the statistics of a run with more samples."""
    statistics = LabelStatistics(n_neurons=2, n_classes=2, window=8, n_blocks=4)
    statistics.restore({"labels.sums": np.zeros((1, 2, 2), np.float32),
                        "labels.samples": np.array([[9, 0]])})
    statistics.add(np.zeros(5, int), np.ones((5, 2)))
    assert statistics.samples.sum(1).tolist() == [9, 2, 2, 1]


def test_sl_answer_breaks_ties_by_the_lowest_class():
    """Silence and ties."""
    assert sl_answer(np.array([[0, 0, 0], [0, 2, 2], [1, 0, 3]])).tolist() == [0, 1, 2]


def test_order_of_samples():
    """File order repeats; a shuffled order is a new permutation in every epoch."""
    train = np.arange(1437)
    straight = DiehlCookSettings(epochs=2).course(1437)
    phase = straight.phases[0]
    order = straight.samples(train, phase, 1430, 1440)
    assert order.tolist() == [*range(1430, 1437), 0, 1, 2]
    mixed = DiehlCookSettings(epochs=2, shuffle=True).course(1437)
    phase = mixed.phases[0]
    first = mixed.samples(train, phase, 0, 1437)
    second = mixed.samples(train, phase, 1437, 2874)
    assert sorted(first) == sorted(second) == train.tolist()
    assert not np.array_equal(first, second)
    pieces = [mixed.samples(train, phase, a, a + 100) for a in range(1300, 1600, 100)]
    assert np.array_equal(np.concatenate(pieces), mixed.samples(train, phase, 1300, 1600))


@pytest.mark.parametrize("name", NAMES)
def test_presets_load(name):
    """Every preset is valid and, if of the paper, carries its published value."""
    found = preset_settings(PROTOCOL, name)
    assert found.dataset in datasets.NAMES
    if name.startswith(("mnist", "fashion")):
        assert 50 < found.published["mean"] < 100 and found.published["row"]


def test_every_published_cell_has_a_preset():
    """Table 1: 5 sizes x 3 methods; Table 3: 2 x 3; the depth study: 3."""
    assert sum(n.startswith("mnist-") and "depth" not in n for n in NAMES) == 15
    assert sum(n.startswith("fashion-") for n in NAMES) == 6
    assert sum("depth" in n for n in NAMES) == 3


@pytest.mark.parametrize("name", [n for n in NAMES if n.startswith("mnist-")])
def test_thresholds_that_float32_would_keep_do_not_decay(name):
    """Where a step's decay is lost in the authors' float32 theta, the preset loses it too."""
    found = preset_settings(PROTOCOL, name)
    size = found.hidden[-1] if found.hidden else 100
    tau = np.float32(settings("mnist", size).threshold.tau_theta / ms)
    theta = np.linspace(20, 60, 1000, dtype=np.float32)
    lost = (theta - theta / tau * np.float32(0.5) == theta).all()
    assert found.theta_decay == ("single-precision" if lost else "exact")
    assert lost == (size >= 6400)


@pytest.mark.parametrize("options, kept", [
    ("", True), ("--seed 3 --shuffle --held-out 5000", True), ("--hidden 50", False),
    ("--epochs 1", True), ("--parameter nu_input=0.01", False)])
def test_published_value_is_of_the_same_experiment(options, kept):
    """Another network has no published value; fewer epochs are noted in the table."""
    found = asked(PROTOCOL, "--preset", "mnist-100", *options.split())
    assert ("mean" in found.published) == kept
    accuracies = {"end": {"sl": 81.0}, "best_test": {"sl": 80.0, "labels": 79.0}}
    rows = table_entries(PROTOCOL, found, accuracies, 60000)
    assert [(row["row"], row["columns"]) for row in rows] == [
        ("MNIST, N = 100, simultaneous SL", {"end": 81.0, "best_test": 80.0}),
        ("MNIST, N = 100, label statistics", {"best_test": 79.0})] * kept
    notes = ["1 of 3 epochs" if "--epochs" in options else ""] * len(rows)
    assert [row["note"] for row in rows] == notes


def test_label_statistics_do_not_depend_on_the_calls():
    """Tests on the way divide the samples otherwise; the blocks stay the same."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 50)
    counts = rng.integers(0, 9, (50, 3))
    found = []
    for size in (50, 7, 1):
        statistics = LabelStatistics(n_neurons=3, n_classes=2, window=20, n_blocks=4)
        for k in range(0, 50, size):
            statistics.add(labels[k:k + size], counts[k:k + size])
        found.append(statistics.arrays())
    for other in found[1:]:
        for name, values in found[0].items():
            assert np.array_equal(other[name], values), name
    # The last 20 samples: three whole blocks and the one that has just been filled.
    assert found[0]["labels.samples"].sum() == 20


@needs_compiler
def test_kept_checkpoints_and_an_end_between_tests(tiny, without_figures, tmp_path):
    """A chunk ends where a checkpoint is to be kept, and a run ended there is evaluated."""
    run(tmp_path, replace(tiny, test_every=10**6, held_out=37, seed=3, keep=(101,)))
    kept = tmp_path / "checkpoint-101.npz"
    assert weights(tmp_path, "checkpoint-101")[1].samples == 101
    (tmp_path / "checkpoint.npz").write_bytes(kept.read_bytes())
    shorter = asked(PROTOCOL, "--resume", "--out", tmp_path, "--epochs", 101 / (TRAINING - 37))
    summary = run(tmp_path, shorter, resume=True)
    assert "sl" in summary["accuracies"]["held_out"] and summary["samples"] == 101
