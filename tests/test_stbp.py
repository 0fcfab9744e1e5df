"""The protocol of STBP: training, resume, presets, bad options."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from models.errors import SuiteError
from protocols import datasets
from protocols.datasets import hold_out
from protocols.predict import predict
from protocols.runs import presets, training
from protocols.runs.asked import preset_settings
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import main
from protocols.runs.console import Console
from protocols.runs.rows import table_entries
from protocols.runs.run import run as run_protocol
from protocols.stbp.evaluation import Evaluation
from protocols.stbp.protocol import PROTOCOL
from protocols.stbp.settings import STBPSettings
from tests.commands import asked, refused
from tests.conftest import needs_compiler

TINY = STBPSettings(network="20-10", epochs=3, steps=8, train_samples=300, batch=40, rate=0.01,
                    kernels="numpy")


def run(settings, out, resume=False):
    """Run quietly."""
    return run_protocol(PROTOCOL, settings, out, "test", resume=resume, quiet=True)


def content(directory):
    """Arrays of a checkpoint; facts and progress but for the times."""
    checkpoint = read_checkpoint(directory / "checkpoint.npz")
    facts = {**checkpoint.facts, **vars(checkpoint.progress)}
    for row in [facts, *facts["rows"]]:
        del row["cpu_seconds"], row["wall_seconds"]
    return checkpoint.arrays, facts


def assert_same(one, other):
    """The checkpoints of two runs hold the same."""
    a, facts_a = content(one)
    b, facts_b = content(other)
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    assert facts_a == facts_b


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished run."""
    out = tmp_path_factory.mktemp("stbp") / "whole"
    return out, run(TINY, out)


def test_a_run_learns_and_leaves_every_file(whole):
    out, summary = whole
    assert {p.name for p in out.iterdir()} == {
        "config.toml", "equations.txt", "metrics.csv", "predictions.csv", "summary.json",
        "checkpoint.npz", "checkpoint.json", "activity.npz"}
    assert summary["accuracy"] > 45
    rows = (out / "metrics.csv").read_text().splitlines()
    assert len(rows) == 1 + TINY.epochs
    predictions = np.genfromtxt(out / "predictions.csv", delimiter=",", names=True)
    right = 100 * np.mean(predictions["label"] == predictions["predicted"])
    assert abs(right - summary["accuracy"]) < 1e-9


def test_the_same_seed_gives_the_same_bits_another_seed_does_not(whole, tmp_path):
    out, _ = whole
    run(TINY, tmp_path / "again")
    assert_same(out, tmp_path / "again")
    run(replace(TINY, seed=1), tmp_path / "other")
    a, b = (content(each)[0]["weights:output.w"] for each in (out, tmp_path / "other"))
    assert not np.array_equal(a, b)


class Killed(Exception):
    """Ends a run as abruptly as can be within a process."""


@pytest.mark.parametrize("stop", [1, 8, 11])
def test_stopped_in_any_batch_and_resumed_is_uninterrupted(whole, tmp_path, monkeypatch, stop):
    """Checkpoints within an epoch, and at its end."""
    left = iter(range(stop))

    def advance(*_):
        if next(left, None) is None:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(training, "CHECKPOINT_SECONDS", -1)
        patch.setattr(Console, "advance", advance)
        run(TINY, tmp_path)
    shown = content(tmp_path)[1]["samples"]
    assert 0 < shown < 900
    resumed = asked(PROTOCOL, "--resume", "--out", tmp_path)
    assert resumed == TINY
    run(resumed, tmp_path, resume=True)
    assert_same(whole[0], tmp_path)


@pytest.mark.slow  # tests/test_learner.py kills what all protocols share.
def test_killed_and_resumed_by_the_command_line(tmp_path):
    """kill -9 at a random moment."""
    words = ["--network", "60-10", "--epochs", "20", "--kernels", "numpy", "--steps", "10",
             "--no-figures", "--out"]
    killed = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-m", "protocols.stbp", *words, str(killed)],
                               start_new_session=True, stderr=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)
    while not (killed / "checkpoint.npz").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(np.random.default_rng().uniform(0, 0.3))
    assert process.poll() is None, "the run ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    main(PROTOCOL, [*words, str(killed), "--resume"])
    main(PROTOCOL, [*words, str(tmp_path / "whole")])
    assert_same(tmp_path / "whole", killed)
    assert ((tmp_path / "whole" / "predictions.csv").read_bytes()
            == (killed / "predictions.csv").read_bytes())


def test_a_prolonged_run_is_the_longer_run(whole, tmp_path):
    run(replace(TINY, epochs=2), tmp_path)
    run(asked(PROTOCOL, "--resume", "--out", tmp_path, "--epochs", 3), tmp_path, resume=True)
    assert_same(whole[0], tmp_path)


def test_held_out_samples_choose_the_weights(tmp_path):
    """The test set is used once, at the end; the classes have their shares of both parts."""
    settings = replace(TINY, epochs=2, held_out=60)
    summary = run(settings, tmp_path)
    assert summary["accuracies"].keys() == {"end", "held_out"}
    assert summary["accuracy"] == summary["accuracies"]["held_out"]["output"]
    rows = (tmp_path / "metrics.csv").read_text()
    assert rows.count("validation") == 2 and ",test," not in rows
    digits = datasets.load("digits")
    train, validation = training.choose_samples(settings, digits)
    assert len(validation) == 60 and not set(train) & set(validation)
    assert sorted([*train, *validation]) == list(range(300))
    counts = np.bincount(digits.y_train[validation])
    whole = np.bincount(digits.y_train[:300])
    assert abs(counts - 0.2 * whole).max() <= 1
    np.testing.assert_array_equal(validation, hold_out(digits, 60, 0, range(300))[1])


@needs_compiler
def test_the_brian2_groups_give_the_same_answers(whole, tmp_path):
    """--engine brian2, resumed from a finished run: nothing is trained again."""
    for name in ("config.toml", "checkpoint.npz"):
        (tmp_path / name).write_bytes((whole[0] / name).read_bytes())
    settings = asked(PROTOCOL, "--resume", "--out", tmp_path, "--engine", "brian2")
    summary = run(settings, tmp_path, resume=True)
    engine = summary["facts"]["engine"]
    # In float32 sums in another order can carry a potential over the threshold by a hair.
    assert engine["samples_with_other_counts"] <= 2
    assert abs(engine["brian2"] - summary["accuracy"]) < 1
    assert summary["accuracy"] == whole[1]["accuracy"]


def test_single_images_are_classified(whole, tmp_path):
    """By the companion and by the Brian2 groups alike; the label where the network is right."""
    digits = datasets.load("digits")
    images = digits.x_test[:6]
    labels = digits.y_test[:6]
    files = [tmp_path / f"{k}.npy" for k in range(6)]
    for file, image in zip(files, images):
        np.save(file, image)
    found, groups = (predict(whole[0], files, device)["predictions"]
                     for device in (None, "runtime"))
    assert [f["votes"] for f in found] == [g["votes"] for g in groups]
    assert np.mean([f["class"] == label for f, label in zip(found, labels)]) > 0.3
    for f in found:
        assert f["label"] == max(f["votes"]["output"], key=f["votes"]["output"].get)


@pytest.mark.parametrize("changes", [
    {"units": "rectified", "steps": 30, "epochs": 10, "rate": 0.003},
    {"network": "4C3-P2-20-10"},
    {"optimiser": "sgd", "rate": 0.3},
    {"gradient": "spatial"}, {"gate": "exponential", "tau": 0.5}, {"precision": "float64"},
    {"distortion_alpha": 5.0}, {"contrast": "image"}])
def test_variants_learn(tmp_path, changes):
    assert run(replace(TINY, **changes), tmp_path)["accuracy"] > 40


def test_the_published_start_is_dead_at_the_published_threshold(tmp_path, capsys):
    """Eq. 29-30 with V_th = 1.5 (facts): no gradient, and the error says what to change."""
    line = refused(capsys, PROTOCOL, "--initial", "normalised", "--V-th", "3",
                   "--kernels", "numpy", "--out", tmp_path)
    assert "all gradients are exactly zero" in line and "widen the surrogate" in line


@pytest.mark.parametrize("name", presets.names(PROTOCOL.name))
def test_presets(name):
    found = preset_settings(PROTOCOL, name)
    assert found.preset == name
    if name not in ("digits", "own"):
        assert found.published["row"] and found.epochs >= 100


def test_one_run_stands_for_all_presets_of_its_experiment():
    """784-400-10 is in Table 7 and both parts of Fig. 6; a change takes it out."""
    accuracies = {"end": {"output": 98.0}}

    def entries(*words, samples=60000):
        return table_entries(PROTOCOL, asked(PROTOCOL, *words), accuracies, samples)

    rows = {e["row"]: e["published"].get("mean")
            for e in entries("--preset", "table7-mnist-stbp")}
    assert rows == {"MNIST, 784-400-10, STBP": 98.48, "Fig. 6A, h1 (rectangular)": None,
                    "Fig. 6B, a1 = 1": None}
    changed = ["--preset", "table7-mnist-stbp", "--tau", "0.3"]
    assert entries(*changed) == []
    assert asked(PROTOCOL, *changed).published == {}
    notes = [e["note"] for e in entries("--preset", "n-mnist", "--epochs", "3", samples=1000)]
    assert notes == ["1,000 of 60,000 training samples, 3 of 200 epochs"]


@pytest.mark.parametrize("words, cause", [
    (["--steps", "0"], "--steps must be 1 or more, not 0"),
    (["--surrogate", "tanh"], "rectangular"),
    (["--preset", "mlp-mnst"], "did you mean mlp-mnist"),
    (["--network", "100-5"], "5 outputs"),
    (["--network", "12C9-10"], "does not fit"),
    (["--network", "3C3-P4-10"], "do not fill"),
    (["--network", "10-3C3"], "must end"),
    (["--network", "10-x-10"], "'x'"),
    (["--network", "50-P2-10"], "needs an image"),
    (["--network", "0-10"], "'0'"),
    (["--network", "10000000000000000000-10"], "fully connected"),
    (["--network", "9999999-9999999-10"], "choose smaller layers"),
    (["--network", "１0-10"], "'１0'"),
    (["--steps", "1000000000000000000"], "--steps must be 1000000 at most"),
    (["--rate", "nan"], "--rate must be finite"),
    (["--epochs", "1.5"], "'1.5'"),
    (["--held-out", "2000"], "leaves nothing"),
    (["--units", "rectified", "--engine", "brian2"], "do not spike"),
    (["--units", "rectified", "--steps", "7"], "--steps does nothing"),
    (["--distortion-sigma", "3"], "--distortion-sigma does nothing without --distortion-alpha"),
    (["--optimiser", "sgd"], "another step than adam: give it too, such as --rate 0.03"),
    (["--device", "runtime"], "--device does nothing without --engine brian2"),
    (["--preset", "table7-mnist-sdbp", "--units", "rectified"],
     "--gradient does nothing to rectified units: give --gradient exact"),
])
def test_bad_options(tmp_path, capsys, words, cause):
    assert cause in refused(capsys, PROTOCOL, *words, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_batches_whose_gradient_vanishes(tmp_path, monkeypatch):
    """Of one sample they are nothing unusual; an error is what lasts."""
    settings = replace(TINY, width=0.1, batch=1, train_samples=60, epochs=1, rate=0.001)
    run(settings, tmp_path / "run")
    monkeypatch.setattr("protocols.stbp.learner.LEARNING", 1)
    with pytest.raises(SuiteError, match="comes near the threshold"):
        run(settings, tmp_path / "strict")


def made(path, **changes):
    """A set of two classes: left and right half lit."""
    labels = np.arange(60) % 2
    images = np.zeros((60, 6, 6), np.uint8)
    images[labels == 0, :, :3] = 200
    images[labels == 1, :, 3:] = 200
    arrays = {"x_train": images[:40], "y_train": labels[:40], "x_test": images[40:],
              "y_test": labels[40:]} | changes
    np.savez(path, **arrays)
    return str(path)


def test_more_outputs_than_classes(tmp_path):
    """Those of no class give no answer, however active; the figures can be drawn."""
    rates = np.array([[0.1, 0.2, 0.9], [0.3, 0.2, 0.9]])
    assert Evaluation(rates, 2).answers.tolist() == [1, 0]
    data = made(tmp_path / "two.npz")
    out = tmp_path / "run"
    run(replace(TINY, dataset=data, network="12-9", train_samples=0, epochs=1), out)
    predictions = np.genfromtxt(out / "predictions.csv", delimiter=",", names=True)
    assert set(predictions["predicted"]) <= {0, 1}


def test_dark_images(tmp_path):
    data = made(tmp_path / "dark.npz", x_train=np.zeros((40, 6, 6), np.uint8))
    with pytest.raises(SuiteError, match="the input is silent"):
        run(replace(TINY, dataset=data, network="5-2", train_samples=0, epochs=1),
            tmp_path / "run")


def test_weights_that_blow_up(tmp_path, recwarn):
    with pytest.raises(SuiteError, match="learning rate"):
        run(replace(TINY, units="rectified", steps=STBPSettings.steps, rate=1e30), tmp_path)
    assert not recwarn.list


def test_weights_that_blow_up_in_the_last_batch(tmp_path):
    """Nothing is tested or saved with them."""
    with pytest.raises(SuiteError, match="not finite.*learning rate"):
        run(replace(TINY, rate=1e39, batch=TINY.train_samples, epochs=1), tmp_path)
    assert not (tmp_path / "checkpoint.npz").exists()
