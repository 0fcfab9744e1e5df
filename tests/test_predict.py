"""Single images classified with a trained run, and bad input to that command line."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from PIL import Image

from models.diehl_cook.architecture import initial_state
from protocols import datasets
from protocols.diehl_cook_sl import learner
from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.diehl_cook_sl.settings import DiehlCookSettings
from protocols.predict import main
from protocols.runs.checkpoint import (
    Checkpoint, Progress, prefixed, read_checkpoint, write_checkpoint,
)
from protocols.runs.directory import RunDirectory
from protocols.runs.prediction import predict
from protocols.runs.settings import to_tables
from tests.commands import one_line
from tests.conftest import needs_compiler
from tests.test_bad_input_training import no_checkpoints
from tests.tiny import CLASSES, SIDE, images, write_data

SMALL = DiehlCookSettings(hidden=(10,))
COMPILED = "cpp_standalone"
"""Sooner than the default for few images, as all tests share the network."""


@pytest.fixture
def files(tmp_path):
    """Three image files, one a class, as PNG and as array."""
    found = []
    for image, label in zip(*images(1, seed=2)):
        Image.fromarray(image).save(tmp_path / f"{label}.png")
        np.save(tmp_path / f"{label}.npy", image)
        found.append(tmp_path / (f"{label}.npy" if label == 8 else f"{label}.png"))
    return found


def write(folder, checkpoint, **changes):
    """Write a run directory with a checkpoint of which some things are changed."""
    with RunDirectory(folder) as directory:
        write_checkpoint(directory, replace(checkpoint, **changes))
    return folder


def untrained(folder, settings, image_shape, name="own", statistics=True):
    """A run directory with a network that has its initial weights."""
    data = datasets.Description(name, "images", image_shape, CLASSES, drive=5000.0)
    phase = settings.course(48).phases[0]
    arrays = prefixed("state", initial_state(settings.architecture(data, phase), 0))
    arrays |= {"spikes": np.zeros(0, np.int32), "order": np.zeros(0, np.int32),
               "theta": np.zeros((0, 2))}
    if statistics:
        classes = np.arange(settings.hidden[-1]) % len(CLASSES)
        sums = (classes == np.arange(len(CLASSES))[:, None])[None].astype(np.float32)
        arrays |= {"statistics:labels.sums": sums,
                   "statistics:labels.samples": np.ones((1, len(CLASSES)), int)}
    return write(folder, Checkpoint(
        folder, PROTOCOL.name, to_tables(settings, PROTOCOL.name), {}, asdict(data), Progress(),
        {"training_samples": 48}, arrays))


@needs_compiler
def test_answers(tiny_run, files, monkeypatch):
    """The class' name by both readouts, without the data set; each file stands alone."""
    monkeypatch.setattr(datasets, "load", None)
    result = predict(tiny_run.path, files, COMPILED)
    assert result["readout"] == "sl" and result["seed"] == 0
    assert result["protocol"] == "diehl_cook_sl"
    assert result["units"] == {"sl": "spikes", "labels": "mean spikes"}
    for found, file, name in zip(result["predictions"], files, CLASSES, strict=True):
        assert found["file"] == str(file)
        assert found["label"] == name == CLASSES[found["class"]]
        for votes in found["votes"].values():
            assert votes.keys() == set(CLASSES) and votes[name] == max(votes.values()) > 0
        assert found["hidden_spikes"] >= 5 and found["attempts"] == 1 and found["cpu_ms"] > 0

    alone = predict(tiny_run.path, files[-1:], COMPILED, "labels")["predictions"][0]
    assert alone["label"] == CLASSES[-1]
    assert alone["votes"]["labels"][CLASSES[-1]] == max(alone["votes"]["labels"].values()) > 0


@needs_compiler
def test_seed(tiny_run, files):
    """The same image always gets the same votes, with another seed others."""
    answers = []
    for seed in (0, 0, 1, 2, 3):
        result = predict(tiny_run.path, files[-1:], COMPILED, seed=seed)
        assert result["seed"] == seed
        answers.append(result["predictions"][0]["votes"]["sl"])
    assert answers[0] == answers[1]
    assert any(answer != answers[0] for answer in answers[2:])


@needs_compiler
def test_devices_agree(tiny_run, files, monkeypatch, capsys):
    """Compiled for many files, not compiled for few, and the same answers."""
    compile_network = learner.compile_network
    devices = []

    def noting(build, device, *more, **keywords):
        devices.append(device)
        return compile_network(build, device, *more, **keywords)

    monkeypatch.setattr(learner, "compile_network", noting)
    assert len(files) * 3 > learner.FEW
    main([str(tiny_run.path), *map(str, [*files, *files, *files]), "--json"])
    compiled = json.loads(capsys.readouterr().out)["predictions"]
    main([str(tiny_run.path), *map(str, files), "--json"])
    built = json.loads(capsys.readouterr().out)["predictions"]
    assert devices == ["cpp_standalone", "runtime"]
    for a, b in zip(compiled, built * 3, strict=True):
        assert a | {"cpu_ms": 0} == b | {"cpu_ms": 0}


@needs_compiler
def test_weights_chosen_by_held_out_images(tiny_run, files, tmp_path):
    """Those of the readout that names the label, else the latest."""
    checkpoint = read_checkpoint(tiny_run.path / "checkpoint.npz")
    chosen = {name for name in checkpoint.arrays if name.startswith("best:")}
    assert chosen == {f"best:{readout}:{name}" for readout in ("sl", "labels") for name in (
        "input_hidden1.w", "hidden1.theta", "hidden1_readout.w", "classes")}

    def votes(run, readout):
        found = predict(run, files, COMPILED, readout)["predictions"]
        return [tuple(each["votes"]["sl"].values()) for each in found]

    # The label statistics were best after the first half, the SL layer at the end.
    assert votes(tiny_run.path, "labels") != votes(tiny_run.path, "sl")
    swapped = checkpoint.arrays | prefixed("best:labels", checkpoint.learned("sl"))
    run = write(tmp_path / "swapped", checkpoint, arrays=swapped)
    assert votes(run, "labels") == votes(tiny_run.path, "sl")
    blank = np.zeros_like(checkpoint.arrays["best:sl:hidden1_readout.w"])
    blanked = checkpoint.arrays | {"best:sl:hidden1_readout.w": blank}
    assert not np.any(votes(write(tmp_path / "blank", checkpoint, arrays=blanked), "sl"))
    latest = {name: value for name, value in blanked.items() if name not in chosen}
    assert np.any(votes(write(tmp_path / "latest", checkpoint, arrays=latest), "sl"))


def test_text(tmp_path, files, capsys):
    """Label, votes of both readouts, hidden spikes, attempts and time."""
    run = untrained(tmp_path / "run", SMALL, (SIDE, SIDE))
    main([str(run), str(files[0])])
    first, sl, labels, cost = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{files[0]}: ") and first.split()[-1] in CLASSES
    assert sl.startswith("  SL layer (spikes)") and labels.startswith("  label statistics")
    assert all(f"{name}: " in line for name in CLASSES for line in (sl, labels))
    assert cost.startswith("  hidden spikes ") and ", attempts 1, " in cost
    assert cost.endswith(" ms CPU")


def test_black_image(tmp_path, capsys):
    """Nothing fires: the answer is marked as one without votes."""
    settings = replace(SMALL, hidden=(), dataset="own")
    run = untrained(tmp_path / "run", settings, (2, 2), statistics=False)
    np.save(tmp_path / "black.npy", np.zeros((2, 2), np.uint8))
    main([str(run), str(tmp_path / "black.npy")])
    assert "3  (no votes" in capsys.readouterr().out


def test_preprocessing_is_that_of_training(tmp_path):
    """Fashion-MNIST's images are brought to one mean: half the light, the same answer."""
    run = untrained(tmp_path / "run", SMALL, (28, 28), name="fashion-mnist")
    image = np.resize(images(1, seed=2)[0][0], (28, 28)) // 4 * 2
    files = [tmp_path / "dark.npy", tmp_path / "bright.npy"]
    np.save(files[0], image // 2)
    np.save(files[1], image)
    dark, bright = predict(run, files)["predictions"]
    assert dark["votes"] == bright["votes"] and dark["hidden_spikes"] == bright["hidden_spikes"]


def test_colours(tmp_path, files):
    """A network for colours reads grey files as RGB; one for grey images makes colours grey."""
    colour = untrained(tmp_path / "colour", SMALL, (SIDE, SIDE, 3))
    assert predict(colour, files[:1])["predictions"][0]["hidden_spikes"] >= 5
    grey = untrained(tmp_path / "grey", SMALL, (SIDE, SIDE))
    Image.open(files[0]).convert("RGB").save(tmp_path / "rgb.png")
    a, b = predict(grey, [files[0], tmp_path / "rgb.png"])["predictions"]
    assert a["votes"] == b["votes"]


# ---- bad input ----------------------------------------------------------------------------


def refuse(capsys, *arguments):
    """The one line with which the command line refuses the arguments."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    assert stop.value.code == 2
    return one_line(capsys.readouterr().err, "predict")


def test_wrong_images(tmp_path, files, capsys):
    """Both shapes are named, before anything is compiled."""
    run = untrained(tmp_path / "run", SMALL, (SIDE, SIDE))
    np.save(tmp_path / "rgb.npy", np.zeros((SIDE, SIDE, 3), np.uint8))
    Image.new("L", (28, 28)).save(tmp_path / "large.png")
    for name, shape in (("rgb.npy", "(8, 8, 3)"), ("large.png", "(28, 28)")):
        line = refuse(capsys, run, files[0], tmp_path / name)
        assert name in line and shape in line and "(8, 8)" in line
    np.save(tmp_path / "nan.npy", np.full((SIDE, SIDE), np.nan))
    (tmp_path / "cut.png").write_bytes(files[0].read_bytes()[:50])
    for name, cause in (("nan.npy", "NaN"), ("cut.png", "damaged"), ("absent.png", "no file"),
                        ("run", "folder")):
        line = refuse(capsys, run, tmp_path / name)
        assert name in line and cause in line


def test_wrong_options(tmp_path, files, capsys):
    run = untrained(tmp_path / "run", replace(SMALL, method="unsupervised"), (SIDE, SIDE))
    assert "FILE" in refuse(capsys, run)
    assert "--readout labels" in refuse(capsys, run, files[0], "--readout", "sl")
    assert "sl or labels" in refuse(capsys, run, files[0], "--readout", "output")
    assert "--seed" in refuse(capsys, run, files[0], "--seed", "-1")
    assert "choose from" in refuse(capsys, run, files[0], "--device", "gpu")


def test_wrong_run(tmp_path, files, capsys):
    assert "no checkpoint" in refuse(capsys, tmp_path / "absent", files[0])
    (tmp_path / "checkpoint.npz").write_bytes(b"PK")
    assert "damaged" in refuse(capsys, tmp_path, files[0])
    np.savez(tmp_path / "checkpoint.npz", **no_checkpoints()["facts.npz"])
    assert "no checkpoint of this suite" in refuse(capsys, tmp_path, files[0])
    np.savez(tmp_path / "checkpoint.npz", **no_checkpoints()["old.npz"])
    assert "older version of the suite" in refuse(capsys, tmp_path, files[0])
    data = write_data(tmp_path / "tiny.npz")
    assert "no checkpoint" in refuse(capsys, data, files[0])


@pytest.mark.parametrize("changes, cause", [
    ({"protocol": "none"}, "unknown protocol 'none'"),
    ({"protocol": "os"}, "unknown protocol 'os'"),
    ({"protocol": "stbp"}, "holds settings of protocols.diehl_cook_sl"),
    ({"tables": {"network": {"hidden": [True]}}}, "hidden = [True]"),
    ({"tables": {"network": {"hidden": [12]}}}, "belongs to another network"),
    ({"facts": {}}, "its training_samples makes no sense"),
    ({"facts": {"training_samples": "many"}}, "its training_samples makes no sense"),
    ({"arrays": {}}, "belongs to another network"),
])
def test_impossible_checkpoint(tmp_path, files, capsys, changes, cause):
    """Sound as a file, but of no network that could answer."""
    run = untrained(tmp_path / "run", SMALL, (SIDE, SIDE))
    checkpoint = read_checkpoint(run / "checkpoint.npz")
    assert cause in refuse(capsys, write(run, checkpoint, **changes), files[0])


@pytest.mark.parametrize("changes", [
    {"name": 3}, {"kind": None}, {"image_shape": 8}, {"image_shape": [8, "8"]},
    {"image_shape": [True, True]}, {"image_shape": [64]}, {"image_shape": [8, 0]},
    {"class_names": []}, {"class_names": [3, 5, 8]}, {"drive": "x"}, {"drive": True},
    {"drive": -1.0}, {"drive": float("nan")}, {"more": 1}])
def test_impossible_description(tmp_path, files, capsys, changes):
    """Of the data that the network was trained on."""
    run = untrained(tmp_path / "run", SMALL, (SIDE, SIDE))
    checkpoint = read_checkpoint(run / "checkpoint.npz")
    write(run, checkpoint, data=checkpoint.data | changes)
    assert "does not describe its data" in refuse(capsys, run, files[0])


def test_other_kinds_of_data(tmp_path, files, capsys):
    run = untrained(tmp_path / "run", SMALL, (SIDE, SIDE))
    checkpoint = read_checkpoint(run / "checkpoint.npz")
    write(run, checkpoint, data=checkpoint.data | {"kind": "events"})
    assert "single images cannot be shown to it" in refuse(capsys, run, files[0])
