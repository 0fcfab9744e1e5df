"""Bad input to the main command line: one line that names the cause, exit code 2."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.emstdp.protocol import PROTOCOL as EMSTDP
from protocols.runs.command import main
from tests.commands import one_line, refused
from tests.tiny import SIDE, images, write_data


def refuse(capsys, *arguments):
    """The one line with which the command line refuses the arguments."""
    return refused(capsys, PROTOCOL, *arguments)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("data") / "tiny.npz")


# ---- options ------------------------------------------------------------------------------


@pytest.mark.parametrize("options, cause", [
    ("--preset mnits-400", "did you mean mnist-400?"),
    ("--preset zzz", "--list shows all"),
    ("--dataset mnits", "did you mean mnist?"),
    ("--dataset absent/tiny.npz", "absent/tiny.npz"),
    ("--nonsense", "--nonsense"),
    ("--preset", "expected one argument"),
    ("--device gpu", "choose from"),
    ("--keep some", "'some'"),
    ("--hidden 0", "--hidden must be 1 or more, not 0"),
    ("--hidden 10.5", "'10.5'"),
    ("--hidden 999999999", "choose smaller layers"),
    ("--hidden --method unsupervised", "needs a hidden layer"),
    ("--hidden 10 --method unsupervised --hidden-from absent.npz", "layer-by-layer"),
    ("--method layer-by-layer --hidden-from absent.npz", "no checkpoint absent.npz"),
    ("--epochs 0", "--epochs must be more than 0, not 0.0"),
    ("--epochs nan", "--epochs must be finite"),
    ("--epochs inf", "--epochs must be finite"),
    ("--epochs 1e-9", "1437 training images"),
    ("--epochs 1e308", "--epochs must be 1000000 at most"),
    ("--test-every 0", "--test-every"),
    ("--workers 0", "--workers"),
    ("--seed -1", "--seed"),
    ("--seed 4294967296", "--seed must be 4294967295 at most"),
    ("--held-out 1437", "1437"),
    ("--held-out 1436", "10 classes"),
    ("--held-out -1", "--held-out"),
    ("--parameter nu_input", "NAME=NUMBER"),
    ("--parameter nu_input=much", "nu_input must be a number"),
    ("--parameter nu_input=nan", "finite"),
    ("--parameter nu_inptu=1", "nu_input"),
    ("--parameter tau_theta_ms=0", "positive"),
    ("--keep 0", "--keep must be 1 or more"),
    ("--keep 99999999", "--keep 99999999"),
    ("--parameter theta_init_mV=0", "positive"),
])
def test_option(tmp_path, monkeypatch, capsys, options, cause):
    monkeypatch.chdir(tmp_path)
    assert cause in refuse(capsys, *options.split())
    assert not list(tmp_path.iterdir())


def test_line_break_in_a_name(tmp_path, capsys):
    folder = tmp_path / "a\nb"
    folder.mkdir()
    (folder / "letter.txt").touch()
    assert "a b is no run directory" in refuse(capsys, "--resume", "--out", folder)


# ---- data sets ----------------------------------------------------------------------------


def refused_data(capsys, tmp_path, path):
    """The line that refuses a data set; no run directory is left."""
    line = refuse(capsys, "--dataset", path, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()
    return line


@pytest.mark.parametrize("part", [0, 10, 2000, -1])
def test_truncated_data(tmp_path, capsys, data, part):
    path = tmp_path / "cut.npz"
    path.write_bytes(data.read_bytes()[:part])
    assert "cut.npz" in refused_data(capsys, tmp_path, path)


def test_corrupt_data(tmp_path, capsys, data):
    content = bytearray(data.read_bytes())
    middle = content.index(b"x_train.npy") + 500
    content[middle] ^= 0xFF
    (tmp_path / "corrupt.npz").write_bytes(content)
    assert "corrupt.npz" in refused_data(capsys, tmp_path, tmp_path / "corrupt.npz")


@pytest.mark.parametrize("changes, cause", [
    ({"y_train": np.ones(30, int)}, "one class only"),
    ({"x_train": np.full((30, SIDE, SIDE), np.nan)}, "NaN"),
    ({"x_train": np.zeros((30, SIDE, SIDE), np.uint8)}, "black"),
    ({"x_train": np.zeros((0, SIDE, SIDE), np.uint8)}, "empty"),
    ({"x_test": np.zeros((12, SIDE, SIDE + 1), np.uint8)}, "(8, 9)"),
    ({"y_test": np.full(12, 9)}, "9"),
    ({"y_train": np.zeros(7, int)}, "7 labels"),
])
def test_arrays_that_do_not_fit(tmp_path, capsys, changes, cause):
    path = write_data(tmp_path / "wrong.npz", **changes)
    line = refused_data(capsys, tmp_path, path)
    assert "wrong.npz" in line and cause in line


def test_class_folders(tmp_path, capsys):
    folder = tmp_path / "images"
    (folder / "cat").mkdir(parents=True)
    for k, image in enumerate(images(2, 0)[0]):
        Image.fromarray(image).save(folder / "cat" / f"{k}.png")
    assert "one class only" in refused_data(capsys, tmp_path, folder)
    (folder / "dog").mkdir()
    assert "dog holds no image" in refused_data(capsys, tmp_path, folder)
    (folder / "dog" / "0.png").write_bytes((folder / "cat" / "0.png").read_bytes()[:40])
    (folder / "dog" / "1.png").write_bytes((folder / "cat" / "0.png").read_bytes())
    assert "0.png" in refused_data(capsys, tmp_path, folder)


def test_events_are_no_images(tmp_path, monkeypatch, capsys):
    for part in ("Train", "Test"):
        for label in "01":
            (tmp_path / "n-mnist" / part / label).mkdir(parents=True)
            (tmp_path / "n-mnist" / part / label / f"0000{label}.bin").write_bytes(bytes(5))
    monkeypatch.setenv("SNN_DATA", str(tmp_path))
    assert "holds events" in refused_data(capsys, tmp_path, "n-mnist")


def test_folder_of_data_sets_is_absent(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SNN_DATA", str(tmp_path / "absent"))
    assert "SNN_DATA" in refused_data(capsys, tmp_path, "mnist")


# ---- run directories ----------------------------------------------------------------------


def test_unwritable_out(tmp_path, capsys, data):
    (tmp_path / "file").touch()
    places = [tmp_path / "file", tmp_path / "file" / "run", tmp_path / ("x" * 300)]
    if Path("/proc").is_dir():
        places.append("/proc/run")
    if os.geteuid():
        (tmp_path / "locked").mkdir(mode=0o500)
        places.append(tmp_path / "locked")
    for place in places:
        assert "--out" in refuse(capsys, "--dataset", data, "--out", place)


NESTED = b"x = " + 5000 * b"["


@pytest.mark.parametrize("content, cause", [
    (b"[run\n", "damaged"),
    (b"\xff\xfe", "damaged"),
    (NESTED, "damaged"),
    (b"run = 3\n", "run is no table"),
    (b"published = 3\n", "published is no table"),
    (b"settings = [1]\n", "settings is no table"),
    (b"[settings]\nformat = 'x'\n", "format 'x'"),
    (b"[versions]\npython = '3.11'\n", "older version of the suite"),
    (b"[run]\nseed = 'x'\n", "seed = 'x' in the configuration is not a whole number"),
    (b"[run]\nseed = true\n", "seed = True"),
    (b"[run]\nseed = 1.0\n", "seed = 1.0"),
    (b"[run]\ndataset = 3\n", "dataset = 3 in the configuration is not a text"),
    (b"[run]\ncolour = 3\n", "unknown settings run.colour"),
    (b"[network]\nseed = 3\n", "unknown settings network.seed"),
    (b"[run]\nprotocol = [1]\n", "protocols.[1]"),
    (b"[network]\nhidden = 10\n", "hidden = 10 in the configuration is not a list"),
    (b"[network]\nhidden = ['a']\n", "hidden = ['a'] in the configuration is not a list"),
    (b"[network]\nhidden = [true]\n", "hidden = [True] in the configuration is not a list"),
    (b"[network]\nhidden = [[1]]\n", "hidden = [[1]] in the configuration is not a list"),
    (b"[network]\nhidden = [1" + 400 * b"0" + b"]\n", "--hidden must be 2147483647 at most"),
    (b"[network]\nmethod = 'none'\n", "unknown --method 'none'"),
    (b"[training]\nepochs = -1\n", "--epochs must be more than 0, not -1"),
    (b"[training]\nepochs = 1979-05-27\n", "epochs = datetime.date"),
    (b"[training]\nepochs = 1" + 400 * b"0", "--epochs must be finite"),
    (b"[training]\nshuffle = 1\n", "shuffle = 1 in the configuration is not true or false"),
    (b"[parameters]\nnu_input = 'x'\n", "parameter nu_input must be a number"),
    (b"[parameters]\nnu_input = true\n", "parameter nu_input must be a number"),
    (b"[parameters]\nnu_input = 1" + 400 * b"0", "parameter nu_input must be a finite number"),
    (b"[published]\nmean = 'x'\n", "published.mean = 'x'"),
    (b"[published]\nmean = nan\n", "published.mean = nan"),
    (b"[published]\nrow = 3\n", "published.row = 3"),
])
@pytest.mark.parametrize("option", ["--resume", "--config"])
def test_damaged_config(tmp_path, monkeypatch, capsys, option, content, cause):
    """Refused before anything runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_bytes(content)
    words = ["--out", "run"] if option == "--resume" else ["run/config.toml"]
    assert cause in refuse(capsys, option, *words)
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "config.toml"]


def subprocess_line(*arguments):
    """The line with which the command line, in a process of its own, refuses."""
    done = subprocess.run([sys.executable, "-m", "protocols.diehl_cook_sl", *map(str, arguments)],
                          capture_output=True, text=True)
    assert done.returncode == 2 and not done.stdout
    return one_line(done.stderr, PROTOCOL.name)


def test_in_a_process_of_its_own(tmp_path, data):
    (tmp_path / "cut.npz").write_bytes(data.read_bytes()[:100])
    line = subprocess_line("--dataset", tmp_path / "cut.npz", "--out", tmp_path / "run")
    assert "cut.npz" in line


@pytest.mark.parametrize("program, words", [
    ("diehl_cook_sl", ["--dataset", b"nope\xff"]), ("predict", ["run", b"g\xff/1.png"]),
    ("stbp", ["--out", b"\xff"]),
])
def test_argument_that_is_not_utf8(program, words):
    """Brian2 could not write it to its log."""
    done = subprocess.run([sys.executable, "-m", f"protocols.{program}", *words],
                          capture_output=True, text=True)
    assert done.returncode == 2
    line = one_line(done.stderr, program)
    assert repr(words[-1]) in line and "not UTF-8" in line


def test_no_compiler(tmp_path, monkeypatch, capsys):
    """Without a compiler the line says what to do instead, and that leads to a result.

    It does so with the method whose samples are shortest.
    """
    data = write_data(tmp_path / "mini.npz", n_train=1, n_test=1)
    run = tmp_path / "run"
    options = ["--dataset", str(data), "--no-figures", "--out", str(run)]
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CXX", "")
    short = ["--network", "4-classes", "--steps", "12", "--epochs", "1"]
    for protocol, words in ((PROTOCOL, ["--hidden", "10"]), (EMSTDP, short)):
        line = refused(capsys, protocol, *options, *words)
        assert "g++ and make" in line and "--device runtime" in line
    main(EMSTDP, [*options, *short, "--device", "runtime"])
    assert "end of the run" in capsys.readouterr().out
    assert (run / "summary.json").exists()


def test_terminated_command_cleans_up(tmp_path):
    """SIGTERM: one line, exit code 2, no temporary folder left."""
    program = """
import tempfile, time
from protocols.cli import clear_errors
with clear_errors("job", "go on"):
    folder = tempfile.TemporaryDirectory(prefix="brian2-learning-")
    print("ready", flush=True)
    time.sleep(60)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert process.stdout.readline() == "ready\n" and list(tmp_path.iterdir())
    process.terminate()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert said.splitlines() == ["job: stopped; go on"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("ignored", [False, True])
def test_interrupted_command(ignored, late):
    """SIGINT: one line, exit code 2; none where it is ignored, as in a script's background jobs.

    Late: STBP's command imports Brian2 only when its groups are to test the network.
    """
    program = """
import signal, sys
from unittest import mock
handler = signal.SIG_IGN if "ignored" in sys.argv else signal.default_int_handler
signal.signal(signal.SIGINT, handler)
from protocols.cli import clear_errors
if "late" not in sys.argv:
    import brian2
with clear_errors("job", "go on"):
    if "late" in sys.argv:
        from protocols.stbp.engine import groups
        from protocols.stbp import learner
        assert "brian2" not in sys.modules
        import models.stbp.groups
        models.stbp.groups.BrianNetwork = mock.Mock()
        groups(mock.Mock(), "runtime", 1)
    sys.modules["brian2"].Network._globally_running = True
    signal.raise_signal(signal.SIGINT)
    print("went on")
"""
    words = ["ignored"] * ignored + ["late"] * late
    done = subprocess.run([sys.executable, "-c", program, *words],
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (
        (0, "went on\n", "") if ignored else (2, "", "job: stopped; go on\n"))
