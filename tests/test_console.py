"""What a run says, where, and what becomes of it if nobody can hear it."""

import io
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from models.devices import compile_network
from protocols.diehl_cook_sl import learner as diehl_cook_sl
from protocols.diehl_cook_sl.learner import DiehlCookLearner
from protocols.diehl_cook_sl.protocol import PROTOCOL as DIEHL_COOK
from protocols.runs import training
from protocols.runs.command import main
from protocols.runs.directory import read_json
from protocols.stbp import learner as stbp
from protocols.stbp.protocol import PROTOCOL as STBP
from tests.conftest import needs_compiler
from tests.test_stbp import whole  # noqa: F401  (a fixture)
from tests.tiny import write_data

SHORT = ["--network", "5-10", "--train-samples", "100", "--epochs", "2", "--steps", "3",
         "--kernels", "numpy", "--no-figures"]


@pytest.fixture(scope="module")
def easy(tmp_path_factory):
    """The same with a file of three classes: a process that shows digits imports scikit-learn."""
    data = write_data(tmp_path_factory.mktemp("data") / "easy.npz", n_train=40)
    return [*SHORT, "--network", "5-classes", "--dataset", str(data)]


def started(module, *words, **keywords):
    """A finished process of a command."""
    keywords = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | keywords
    return subprocess.run([sys.executable, "-m", module, *map(str, words)], timeout=300,
                          **keywords)


# ---- progress -----------------------------------------------------------------------------


def test_a_line_per_evaluation(tmp_path, capsys):
    """Where the output is no terminal: how far, how long, how well."""
    main(STBP, [*SHORT, "--epochs", "3", "--out", str(tmp_path / "run")])
    lines = capsys.readouterr().out.splitlines()
    for k in range(3):
        assert lines[k].startswith(f"{100 * (k + 1)} of 300 samples, ")
        assert "s: test " in lines[k] and "%, loss " in lines[k]
    assert [line.split("  ")[0] for line in lines[3:]] == [
        "end of the run", "last test before the end", "best of the tests",
        f"run directory: {tmp_path / 'run'}"]


class Terminal(io.StringIO):
    """Standard error as tqdm likes it."""

    def isatty(self):
        """It is."""
        return True


def test_a_bar_on_the_terminal_and_lines_in_a_file(tmp_path, monkeypatch, capsys):
    """``| tee log``: the log has its lines, the terminal its bar."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    main(STBP, [*SHORT, "--out", str(tmp_path / "run")])
    assert "digits, test " in sys.stderr.getvalue() and "| 200/200 [" in sys.stderr.getvalue()
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0].rpartition(",")[0] for line in lines[:2]] == [
        "100 of 200 samples", "200 of 200 samples"]


@needs_compiler
def test_compilations_are_announced(tmp_path, monkeypatch, capsys):
    """A line before each of the two, where no program is kept."""
    monkeypatch.setenv("SNN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(diehl_cook_sl, "compile_network", compile_network)
    monkeypatch.setattr(DiehlCookLearner, "activity", lambda *_: {})
    main(DIEHL_COOK, ["--dataset", str(write_data(tmp_path / "tiny.npz")), "--hidden",
                      "--workers", "1", "--no-figures", "--out", str(tmp_path / "run")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"compiling the {name} (Diehl & Cook) network (about 10 s)"
                         for name in ("simultaneous", "testing")]
    assert lines[2].startswith("90 of 90 samples, ")


def test_lines_come_while_it_runs_and_an_interrupt_ends_it_with_one(easy, tmp_path):
    """SIGINT after the first line: what to do next, and no traceback."""
    process = subprocess.Popen(
        [sys.executable, "-m", "protocols.stbp", *easy, "--epochs", "100000", "--out",
         str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().startswith("100 of 10,000,000 samples, ")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 2
    assert said.splitlines()[-1] == "stbp: stopped; continue with the same command and --resume"
    assert all(line.startswith("stbp: ") for line in said.splitlines())


# ---- warnings -----------------------------------------------------------------------------


def warned(capsys, protocol, out):
    """The warnings of a run on standard error; those of its summary are the same."""
    program = f"{protocol.name}: warning: "
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith(program)]
    lines = [line.removeprefix(program) for line in lines]
    assert read_json(out / "summary.json")["warnings"] == lines
    return lines


def test_outputs_of_no_class(tmp_path, capsys):
    """--network 30-5 for three classes has two dead outputs."""
    data = write_data(tmp_path / "tiny.npz")
    main(STBP, ["--dataset", str(data), "--network", "30-5", "--epochs", "2", "--steps", "5",
                "--kernels", "numpy", "--no-figures", "--out", str(tmp_path / "run")])
    found = warned(capsys, STBP, tmp_path / "run")
    assert found[0] == "2 of 5 outputs belong to no class: network 30-5 for 3 classes"


@pytest.mark.parametrize("rate, cause", [
    (0, "no output neuron has fired"), (1, "every output neuron fires in every step")])
def test_dead_outputs(tmp_path, monkeypatch, capsys, rate, cause):
    """Told once, at the first evaluation, and in the summary; guessing is told again."""
    evaluate = stbp.evaluate

    def dead(*arguments):
        shown = evaluate(*arguments)
        return replace(shown, rates=np.full_like(shown.rates, rate))

    monkeypatch.setattr(stbp, "evaluate", dead)
    main(STBP, [*SHORT, "--out", str(tmp_path / "run")])
    first, second, _ = warned(capsys, STBP, tmp_path / "run")
    assert cause in first and "threshold" in first
    assert "is that of guessing" in second and "every answer is the same" in second


@pytest.mark.parametrize("hidden, sl, cause", [
    ((slice(None), slice(None), 0), 1, "no hidden neuron has fired"),
    ((slice(None), slice(1, None), 0), 1, "a single hidden neuron answers every image"),
    ((slice(None), slice(None), 3), 1, "the hidden layer is saturated: 100 % of it"),
    ((0, 0, 1), 0, "the SL layer has not fired"),
])
@needs_compiler
def test_dead_layers(tiny_run, tmp_path, monkeypatch, capsys, hidden, sl, cause):
    """Told once, at the first of two evaluations, and in the summary."""
    evaluate = diehl_cook_sl.evaluate

    def dead(*arguments):
        shown = evaluate(*arguments)
        images, neurons, count = hidden
        counts = np.maximum(shown.hidden_counts, 0)
        counts[:, 0] = 1
        counts[images, neurons] = count
        return replace(shown, hidden_counts=counts, sl_counts=sl * shown.sl_counts)

    monkeypatch.setattr(diehl_cook_sl, "evaluate", dead)
    monkeypatch.setattr(DiehlCookLearner, "activity", lambda *_: {})
    main(DIEHL_COOK, [*tiny_run.options, "--out", str(tmp_path / "run")])
    found = warned(capsys, DIEHL_COOK, tmp_path / "run")
    assert sum(cause in line for line in found) == 1
    assert not [line for line in found if "guessing" not in line and cause not in line]


@needs_compiler
def test_healthy_runs_are_not_warned_of(tiny_run, whole, tmp_path, monkeypatch, capsys):
    """Neither of the two protocols; the tiny network is asked once it has learned something."""
    assert whole[1]["warnings"] == []
    monkeypatch.setattr(DiehlCookLearner, "activity", lambda *_: {})
    words = [*tiny_run.options, "--held-out", "0", "--test-every", "1000"]
    main(DIEHL_COOK, [*words, "--out", str(tmp_path / "run")])
    assert warned(capsys, DIEHL_COOK, tmp_path / "run") == []


# ---- output that cannot be written --------------------------------------------------------


def test_a_terminal_that_has_no_umlauts(easy, tmp_path):
    """The training ends as it should; what cannot be shown is escaped."""
    out = tmp_path / "läufe"
    done = started("protocols.stbp", *easy, "--out", out,
                   env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[-1].endswith(b"l\\xe4ufe")
    assert (out / "summary.json").exists()


@pytest.mark.parametrize("closed", [(1,), (0, 1, 2)], ids=["output", "all"])
def test_closed_streams(easy, tmp_path, closed):
    """No file takes the place of a stream that is closed: nothing is written into it."""
    def close():
        for number in closed:
            os.close(number)

    done = started("protocols.stbp", *easy, "--out", tmp_path / "run", preexec_fn=close)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    main(STBP, [*easy, "--out", str(tmp_path / "expected")])
    for name in ("config.toml", "predictions.csv"):
        found = (tmp_path / "run" / name).read_bytes()
        assert found == (tmp_path / "expected" / name).read_bytes()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("module, words", [
    ("protocols.stbp", ["--list"]), ("protocols.predict", ["--help"])])
def test_full_output(module, words):
    """One line, and no second word of Python's own at the end."""
    with open("/dev/full", "w") as full:
        done = started(module, *words, stdout=full)
    program = module.rpartition(".")[2]
    assert done.stderr.decode() == (f"{program}: No space left on device; check the path, its "
                                    "rights and the free space\n")
    assert done.returncode == 2


@pytest.mark.parametrize("output, cause", [
    pytest.param("full", "No space left on device", marks=pytest.mark.skipif(
        not os.path.exists("/dev/full"), reason="no /dev/full")),
    ("a pipe without a reader", "Broken pipe")])
def test_a_training_outlives_its_output(easy, tmp_path, output, cause):
    """What is learned is in files; a log that ends is no reason to end."""
    if output == "full":
        stdout = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, stdout = os.pipe()
        os.close(reader)
    try:
        done = started("protocols.stbp", *easy, "--out", tmp_path / "run", stdout=stdout)
    finally:
        os.close(stdout)
    assert done.stderr.decode() == (
        f"stbp: warning: standard output takes no more ({cause}); the run goes on without\n")
    assert done.returncode == 0
    assert read_json(tmp_path / "run" / "summary.json")["samples"] == 200


# ---- interrupted imports ------------------------------------------------------------------


INTERRUPTED = """
import runpy, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[2]:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("program, during", [
    ("diehl_cook_sl", "numpy"), ("stbp", "numpy"), ("predict", "numpy"),
    ("theta_trough", "numpy"), ("benchmark", "numpy"), ("emstdp_pairing", "numpy"),
    # Brian2 has put a handler of its own in place.
    ("diehl_cook_sl", "protocols.runs.command")])
def test_interrupted_while_it_imports(program, during):
    """SIGINT before anything could be done: one line, exit code 2."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, f"protocols.{program}", during],
                          capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{program}: stopped\n"


def test_a_network_that_goes_on_guessing(tmp_path, monkeypatch, capsys):
    """It is told again after two epochs and at the last test; not where it has learned."""
    monkeypatch.setattr(training, "chance_warnings", lambda *_: ["it guesses"])
    main(STBP, [*SHORT, "--epochs", "4", "--out", str(tmp_path / "run")])
    found = [line for line in warned(capsys, STBP, tmp_path / "run") if "guesses" in line]
    assert [line.partition(";")[0] for line in found] == [
        "it guesses", "after 2 epochs it guesses", "after 4 epochs it guesses"]
    assert "another step" in found[1]
