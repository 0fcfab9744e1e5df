"""Series of readings as input of EMSTDP: sign language (Shrestha et al. 2019, section 4.4)."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from protocols import datasets, predict
from protocols.datasets import Dataset
from protocols.emstdp.inputs import intensities, with_noise
from protocols.emstdp.learner import EMSTDPLearner
from protocols.emstdp.protocol import PROTOCOL
from protocols.emstdp.series import SeriesForm, resampled
from protocols.emstdp.settings import EMSTDPSettings
from protocols.emstdp_angles.measure import measure
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import main
from tests.commands import asked, one_line, refused
from tests.datasets_made import complaint, data, write_auslan, write_npz  # noqa: F401

SIGNS = ("God", "I", "yes", "you")
READINGS = 22
HALF = 12
"""Samples of the first of two epochs of three signs."""
TINY = ["--dataset", "auslan", "--signs", "3", "--frames", "4", "--network", "8-classes", "--noise",
        "0.1", "--steps", "12", "--epochs", "2", "--test-every", str(HALF), "--device", "runtime",
        "--workers", "1", "--no-figures"]


def series(lengths=(5, 7, 9, 6), readings=3, seed=0):
    """A set of a few random series; the test samples go far beyond the training samples."""
    rng = np.random.default_rng(seed)
    train = [rng.uniform(-1, 1, (n, readings)) for n in lengths]
    test = [10 * rng.uniform(-1, 1, (n, readings)) for n in lengths]
    labels = np.arange(len(lengths)) % 2
    return Dataset("made", "series", train, labels, test, labels, ("a", "b"))


@pytest.fixture
def auslan(data):  # noqa: F811
    """Four signs where the suite looks for the published ones."""
    write_auslan(data, SIGNS)
    return datasets.load("auslan")


# ---- intensities --------------------------------------------------------------------------


@pytest.mark.parametrize("framing", ["resampled", "first"])
@pytest.mark.parametrize("scaling", ["range", "percentiles"])
def test_intensities(framing, scaling):
    """One row a sample, in [0, 1], frame after frame."""
    form = SeriesForm(5, framing, scaling)
    for split in ("train", "test"):
        found = intensities(series(), split, form)
        assert found.shape == (4, 5 * 3) and found.dtype == np.float32
        assert found.min() >= 0 and found.max() <= 1


def test_each_reading_has_its_own_scale():
    """Reading 1 is the first one times 5, plus 3; both look alike. Reading 2 never changes."""
    d = series()
    x = [np.column_stack([s[:, 0], 5 * s[:, 0] + 3, np.full(len(s), 7.0)]) for s in d.x_train]
    form = SeriesForm(5, "first", "range")
    found = intensities(replace(d, x_train=x), "train", form).reshape(4, 5, 3)
    np.testing.assert_allclose(found[..., 0], found[..., 1], atol=1e-6)
    assert not found[..., 2].any()
    lowest = min(s[:, 0].min() for s in x)
    highest = max(s[:, 0].max() for s in x)
    np.testing.assert_allclose(found[0, :, 0], (x[0][:5, 0] - lowest) / (highest - lowest),
                               atol=1e-6)


@pytest.mark.parametrize("scaling", ["range", "percentiles"])
def test_the_scale_is_that_of_the_training_samples(scaling):
    """Neither test samples nor samples held out have a part in it; they are cut to it."""
    d = series()
    form = SeriesForm(5, "first", scaling)
    train = np.array([0, 1])
    before = intensities(d, "train", form, train)
    other = replace(d, x_test=[9 * s for s in d.x_test],
                    x_train=[*d.x_train[:2], *(9 * s for s in d.x_train[2:])])
    np.testing.assert_array_equal(intensities(other, "train", form, train)[:2], before[:2])
    assert not np.array_equal(intensities(other, "train", form)[:2], before[:2])
    cut = intensities(d, "test", form, train)
    assert (cut == 0).any() and (cut == 1).any()


def test_percentiles_give_the_common_values_more_room():
    """One outlier takes most of a range, and little of the percentiles' one."""
    x = np.linspace(0, 1, 500)[:, None]
    x[-1] = 10
    d = Dataset("made", "series", [x, x], np.array([0, 1]), [x, x], np.array([0, 1]), ("a", "b"))
    middle = {scaling: intensities(d, "train", SeriesForm(500, "first", scaling))[0, 400]
              for scaling in ("range", "percentiles")}
    assert middle["range"] < 0.1 and middle["percentiles"] > 0.7


def test_resampled():
    """Equidistant times from the first frame to the last one, interpolated linearly."""
    sample = np.column_stack([np.arange(9.0), 2 * np.arange(9.0)])
    np.testing.assert_array_equal(resampled(sample, 5), sample[::2])
    np.testing.assert_allclose(resampled(sample, 17)[:, 0], np.arange(0, 8.5, 0.5))
    np.testing.assert_array_equal(resampled(sample[:1], 3), np.repeat(sample[:1], 3, 0))


def test_framings_differ_in_what_they_see():
    """The first frames do not depend on what follows; the resampled ones end with the last one."""
    d = series(lengths=(9, 9, 9, 9))
    # The last frame of the first sample becomes an extreme that no other frame reaches.
    ends = [s.copy() for s in d.x_train]
    ends[0][-1] = 2.0
    d = replace(d, x_train=ends)
    first = intensities(d, "train", SeriesForm(5, "first", "range")).reshape(4, 5, 3)
    whole = intensities(d, "train", SeriesForm(5, "resampled", "range")).reshape(4, 5, 3)
    assert (whole[0, -1] == 1).all() and (first < 1).all()
    np.testing.assert_array_equal(first[:, 0], whole[:, 0])
    np.testing.assert_array_equal(first[:, 2], whole[:, 1])


def test_what_cannot_be_intensities():
    """Too short samples, samples that differ in their readings, events."""
    d = series()
    complaint(lambda: intensities(d, "train", SeriesForm(6, "first")), "5 frames", "--frames 5",
              "--framing resampled")
    unequal = replace(d, x_train=[*d.x_train[:3], np.zeros((6, 4))])
    complaint(lambda: intensities(unequal, "test"), "3", "4", "readings")
    unequal = replace(d, x_test=[np.zeros((6, 4))] * 4)
    complaint(lambda: intensities(unequal, "test"), "3", "4", "readings")
    events = replace(d, kind="events")
    complaint(lambda: intensities(events, "train"), "events", "images or series")


# ---- noise --------------------------------------------------------------------------------


def test_noise_is_of_its_position():
    """Another chunk of the course shows the same samples with the same noise."""
    patterns = np.full((6, 1000), 0.5, np.float32)
    whole = with_noise(patterns, 0.1, seed=3, first=10)
    np.testing.assert_array_equal(with_noise(patterns[:2], 0.1, 3, 14), whole[4:])
    assert abs((whole - 0.5).std() - 0.1) < 0.005 and abs(whole.mean() - 0.5) < 0.005
    assert len(np.unique(whole, axis=0)) == 6
    assert not np.array_equal(with_noise(patterns, 0.1, 4, 10), whole)
    cut = with_noise(patterns, 2.0, 3, 10)
    assert cut.min() == 0 and cut.max() == 1 and (patterns == 0.5).all()
    assert with_noise(patterns, 0.0, 3, 10) is patterns


def test_noise_in_training_alone(auslan, monkeypatch):
    """What the network is shown while it learns and while it is tested."""
    settings = EMSTDPSettings(dataset="auslan", frames=4, noise=0.1)
    learner = EMSTDPLearner(settings, auslan, np.arange(len(auslan.y_train)))
    shown = {}

    class Stopped(Exception):
        pass

    def network(learns):
        def call(state, stimuli):
            shown[learns] = stimuli["pattern"]
            raise Stopped
        call.side_by_side = False
        return call

    monkeypatch.setattr(learner, "network", network)
    with pytest.raises(Stopped):
        learner.advance(0, 4)
    with pytest.raises(Stopped):
        learner.test("test", np.arange(4), "x", {})
    clean = learner.patterns["train"][learner.course.samples(0, 4)]
    assert 0.05 < np.abs(shown[True] - clean).mean() < 0.1
    np.testing.assert_array_equal(shown[False], learner.patterns["test"][:4])


# ---- which signs --------------------------------------------------------------------------


def test_only_classes(auslan):
    """The samples of two signs, numbered anew."""
    chosen = datasets.only_classes(auslan, [1, 3])
    assert chosen.class_names == ("I", "you") and chosen.name == "auslan"
    for split, n in (("train", 4), ("test", 2)):
        old = getattr(auslan, f"y_{split}")
        samples = getattr(chosen, f"x_{split}")
        assert np.bincount(getattr(chosen, f"y_{split}")).tolist() == [n, n]
        expected = [s for s, label in zip(getattr(auslan, f"x_{split}"), old) if label in (1, 3)]
        assert all(a is b for a, b in zip(samples, expected, strict=True))
        assert getattr(chosen, f"y_{split}").tolist() == [int(k == 3) for k in old if k in (1, 3)]


def test_only_classes_of_images():
    """Arrays stay arrays."""
    d = datasets.load("digits")
    chosen = datasets.only_classes(d, [4, 7])
    assert chosen.x_train.shape[1:] == (8, 8) and chosen.class_names == ("4", "7")
    np.testing.assert_array_equal(chosen.x_test, d.x_test[np.isin(d.y_test, [4, 7])])
    assert set(chosen.y_train) == {0, 1}


def test_drawn_classes(auslan):
    """A draw is one choice of so many signs; draws differ."""
    d = datasets.load("digits")
    draws = [datasets.drawn_classes(d, 5, draw).class_names for draw in range(6)]
    assert all(len(set(names)) == 5 and list(names) == sorted(names) for names in draws)
    assert len(set(draws)) > 3
    assert datasets.drawn_classes(d, 5, 2).class_names == draws[2]
    # Recorded trainings rest on this choice.
    assert draws[0] == ("4", "5", "7", "8", "9")
    assert datasets.drawn_classes(auslan, 4, 7).class_names == SIGNS
    for n in (5, 1):
        complaint(lambda n=n: datasets.drawn_classes(auslan, n, 0), "auslan", "4 classes", str(n))


# ---- runs ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run on three of four signs, with the checkpoint after one epoch."""
    folder = tmp_path_factory.mktemp("signs")
    write_auslan(folder, SIGNS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNN_DATA", str(folder))
        main(PROTOCOL, [*TINY, "--keep", str(HALF), "--out", str(folder / "run")])
    return folder


def test_a_run_says_which_signs(whole):
    """The summary names them."""
    summary = json.loads((whole / "run" / "summary.json").read_text())
    assert len(summary["class_names"]) == 3 and set(summary["class_names"]) < set(SIGNS)


def test_angles_between_updates(whole, tmp_path, monkeypatch):
    """They are measured on the signs of the run alone."""
    monkeypatch.setenv("SNN_DATA", str(whole))
    run = tmp_path / "run"
    shutil.copytree(whole / "run", run)
    measure(run, 12)
    with np.load(run / "activity.npz") as activity:
        assert activity["angle_samples"].max() == 2 * HALF


def test_resume_shows_the_same_noise(whole, tmp_path, monkeypatch):
    """A run that was interrupted after its first epoch ends with the same weights."""
    monkeypatch.setenv("SNN_DATA", str(whole))
    half = tmp_path / "half"
    half.mkdir()
    shutil.copy(whole / "run" / "config.toml", half)
    shutil.copy(whole / "run" / f"checkpoint-{HALF}.npz", half / "checkpoint.npz")
    main(PROTOCOL, [*TINY, "--resume", "--out", str(half)])
    expected = read_checkpoint(whole / "run" / "checkpoint.npz")
    resumed = read_checkpoint(half / "checkpoint.npz")
    assert resumed.progress.samples == expected.progress.samples == 2 * HALF
    for name, array in expected.arrays.items():
        np.testing.assert_array_equal(resumed.arrays[name], array, err_msg=name)


def test_resume_with_other_signs(whole, monkeypatch, capsys):
    """Another draw is another run."""
    monkeypatch.setenv("SNN_DATA", str(whole))
    line = refused(capsys, PROTOCOL, *TINY, "--signs-draw", "1", "--resume", "--out",
                   whole / "run")
    assert "another signs-draw" in line


def test_a_file_cannot_be_shown_to_it(whole, tmp_path, capsys):
    """Predicting is of images."""
    np.save(tmp_path / "x.npy", np.zeros((4, READINGS), np.uint8))
    with pytest.raises(SystemExit) as stopped:
        predict.main([str(whole / "run"), str(tmp_path / "x.npy")])
    assert stopped.value.code == 2
    assert "trained on series" in one_line(capsys.readouterr().err, "predict")


# ---- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize("words, causes", [
    (["--signs", "5"], ["4 classes", "5 of them"]),
    (["--signs", "1"], ["4 classes", "1 of them"]),
    (["--signs", "-1"], ["0 or more"]),
    (["--frames", "0"], ["1 or more"]),
    (["--frames", "10", "--framing", "first"], ["9 frames", "--frames 9"]),
    (["--noise", "-0.1"], ["0 or more"]),
    (["--signs-draw", "1"], ["--signs-draw", "--signs too"]),
    (["--network", "8-3"], ["3 outputs", "4 classes"]),
])
def test_bad_settings(auslan, tmp_path, capsys, words, causes):
    """Each is refused in one line, and no run directory is left."""
    line = refused(capsys, PROTOCOL, "--dataset", "auslan", *words, "--out", tmp_path / "run")
    assert all(cause in line for cause in causes)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("words", [
    ["--signs", "5"], ["--signs-draw", "0"], ["--frames", "45"], ["--framing", "first"],
    ["--scaling", "percentiles"], ["--preset", "auslan-sw", "--dataset", "digits"],
    ["--preset", "auslan-dfa", "--dataset", "OWN"]])
def test_settings_of_series_beside_images(tmp_path, capsys, words):
    """They would do nothing, even where they have their default's value."""
    own = write_npz(tmp_path / "own.npz")
    line = refused(capsys, PROTOCOL, *[own if word == "OWN" else word for word in words],
                   "--out", tmp_path / "run")
    assert "series" in line and "holds images" in line
    assert not (tmp_path / "run").exists()


def test_settings_of_images_beside_series(auslan, tmp_path, capsys):
    """A preset for images has too few outputs for all signs."""
    line = refused(capsys, PROTOCOL, "--preset", "mnist-500-sw", "--network", "8-3", "--dataset",
                   "auslan", "--out", tmp_path / "run")
    assert "3 outputs" in line


def test_the_draw_may_differ_between_repetitions():
    """A run of other signs is still of the published experiment; one of fewer signs is not."""
    assert "mean" in asked(PROTOCOL, "--preset", "auslan-sw", "--signs-draw", "2").published
    assert "mean" in asked(PROTOCOL, "--preset", "auslan-sw", "--framing", "first").published
    assert "mean" not in asked(PROTOCOL, "--preset", "auslan-sw", "--signs", "95").published
