"""Runs side by side: each gives what it gives alone, whatever the others do."""

import json
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from models.errors import SuiteError
from protocols.emstdp.protocol import PROTOCOL
from protocols.emstdp.settings import EMSTDPSettings
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import main
from protocols.runs.replicas import Member, Replica, Together, run_together
from protocols.runs.run import run
from protocols.runs.several import without
from tests.commands import refused
from tests.conftest import needs_compiler
from tests.datasets_made import write_npz

WORDS = ("--network", "8-classes", "--steps", "12", "--test-every", "4", "--no-figures")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A network that learns 6 samples in two epochs."""
    few = write_npz(tmp_path_factory.mktemp("data") / "few.npz")
    return EMSTDPSettings(dataset=str(few), preset="own", network="8-classes", steps=12, epochs=2,
                          test_every=4, train_samples=6)


def arrays(out):
    """What a run has learned."""
    return read_checkpoint(out / "checkpoint.npz").arrays


@needs_compiler
def test_each_is_as_alone(tmp_path, settings):
    """Other seeds, another step of learning, another length; one program for all."""
    each = [settings, replace(settings, seed=2, epochs=1),
            replace(settings, seed=1, parameters={"eta": 0.3})]
    together = run_together(PROTOCOL, [Replica(own, tmp_path / f"run{k}")
                                       for k, own in enumerate(each)], quiet=True)
    for k, own in enumerate(each):
        alone = run(PROTOCOL, own, tmp_path / f"alone{k}", quiet=True)
        assert together[k]["accuracies"] == alone["accuracies"]
        assert together[k]["seed"] == own.seed
        ours = arrays(tmp_path / f"run{k}")
        theirs = arrays(tmp_path / f"alone{k}")
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


@needs_compiler
def test_command_line(tmp_path, settings, capsys):
    """Directories and commands of the runs; each is continued and repeated alone."""
    out = tmp_path / "runs"
    words = [*WORDS, "--dataset", settings.dataset, "--train-samples", "6", "--epochs", "1"]
    main(PROTOCOL, [*words, "--replicas", "2", "--seed", "3", "--out", str(out)])
    said = capsys.readouterr().out
    assert "seed 3: end of the run" in said and "seed 4: end of the run" in said
    for seed in (3, 4):
        summary = json.loads((out / f"seed{seed}" / "summary.json").read_text())
        assert summary["seed"] == seed
        assert summary["command"].endswith(f"--epochs 1 --seed {seed}")
        assert "--replicas" not in summary["command"]
    for seed in (3, 4):
        (out / f"seed{seed}" / "checkpoint.npz").unlink()
    main(PROTOCOL, [*words, "--replicas", "2", "--seed", "3", "--out", str(out), "--resume"])
    main(PROTOCOL, [*words, "--seed", "4", "--out", str(tmp_path / "alone")])
    ours = arrays(out / "seed4")
    theirs = arrays(tmp_path / "alone")
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours | theirs)


@needs_compiler
def test_values_of_an_option(tmp_path, settings, capsys):
    """Two steps of learning, two seeds each; a run alone by its recorded command is the same."""
    out = tmp_path / "runs"
    words = [*WORDS, "--dataset", settings.dataset, "--train-samples", "6", "--epochs", "1"]
    main(PROTOCOL, [*words, "--vary", "parameter", "eta=0.1", "eta=0.3", "--replicas", "2", "--out",
                    str(out)])
    assert "eta=0.3, seed 1: end of the run" in capsys.readouterr().out
    found = {where.relative_to(out).as_posix() for where in out.glob("*/*")}
    assert found == {f"eta={eta}/seed{seed}" for eta in ("0.1", "0.3") for seed in (0, 1)}
    summary = json.loads((out / "eta=0.3" / "seed1" / "summary.json").read_text())
    assert summary["command"].endswith("--epochs 1 --parameter eta=0.3 --seed 1")
    main(PROTOCOL, [*words, "--parameter", "eta=0.3", "--seed", "1", "--out",
                    str(tmp_path / "alone")])
    ours = arrays(out / "eta=0.3" / "seed1")
    theirs = arrays(tmp_path / "alone")
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours | theirs)
    other = arrays(out / "eta=0.1" / "seed1")
    assert any(not np.array_equal(ours[name], other[name]) for name in ours)


@needs_compiler
def test_one_that_fails_leaves_the_others_alone(tmp_path, settings):
    """Here two runs want one directory."""
    out = tmp_path / "run"
    with pytest.raises(SuiteError, match="1 of 2 runs failed; seed [01]: .*(another process|already"
                                         " holds)"):
        run_together(PROTOCOL, [Replica(settings, out), Replica(replace(settings, seed=1), out)],
                     quiet=True)
    assert (out / "summary.json").exists()


def test_methods_on_arrays(tmp_path):
    """Their command lines import Brian2 late: in a new process the runs' threads would be first."""
    data = write_npz(tmp_path / "few.npz")
    words = ["--network", "4-classes", "--epochs", "1", "--no-figures"]
    done = subprocess.run([sys.executable, "-m", "protocols.emstdp_mlp", "--dataset", data, *words,
                           "--replicas", "3", "--out", tmp_path / "runs"], text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    for seed in range(3):
        assert (tmp_path / "runs" / f"seed{seed}" / "summary.json").exists()


def test_brian2_in_another_thread():
    """It says what to do; Brian2's own error names a signal."""
    program = ("import threading\n"
               "from models.errors import SuiteError\n"
               "from protocols.cli import import_brian2\n"
               "def work():\n"
               "    try:\n"
               "        import_brian2()\n"
               "    except SuiteError as error:\n"
               "        print(error)\n"
               "thread = threading.Thread(target=work)\n"
               "thread.start()\n"
               "thread.join()\n"
               "import_brian2()\n"
               "thread = threading.Thread(target=work)\n"
               "thread.start()\n")
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True,
                          check=True)
    assert done.stdout.count("write import brian2 before") == 1


def test_words_that_make_no_sense(capsys):
    assert "--replicas 0: give 1 or more" in refused(capsys, PROTOCOL, "--replicas", 0)
    assert "--replicas is for training" in refused(capsys, PROTOCOL, "--replicas", 2,
                                                   "--print-config")
    assert "give the values" in refused(capsys, PROTOCOL, "--vary", "steps")
    assert "stands there twice" in refused(capsys, PROTOCOL, "--vary", "steps", 12, 12)
    assert "--out DIR says where" in refused(capsys, PROTOCOL, "--vary", "steps", 12, 24)
    assert "--vary is for training" in refused(capsys, PROTOCOL, "--vary", "steps", 12,
                                               "--describe")
    assert without(["--seed", "3", "--out=x", "--epochs", "2", "--se=1", "--replic", "2"],
                   ("--replicas", "--seed", "--out")) == ["--epochs", "2"]


class Slow:
    """Stands for a compiled network; counts the calls that came together."""

    likeness = "slow"

    def __init__(self):
        self.met = []

    def replicas(self, states, stimuli, copies=None):
        self.met.append(len(states))
        if any(state == "bad" for state in states):
            raise SuiteError("diverged")
        return [(state, given) for state, given in zip(states, stimuli)]

    def __call__(self, state, stimuli):
        return self.replicas([state], [stimuli])[0]


def calls(together, network, states):
    """What members get that call a network one after the other; errors by their text."""
    found = [[] for _ in states]

    def member(place):
        own = Member(together)
        for state in states[place]:
            try:
                found[place].append(together.show(own, network, [state], [place])[0][0])
            except (SuiteError, KeyboardInterrupt) as error:
                found[place].append(str(error) or "stopped")
        together.leave(own)

    threads = [threading.Thread(target=member, args=(place,)) for place in range(len(states))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return found


def test_calls_meet_until_a_run_ends():
    """Three runs of one, two and three calls; the error of one is its own."""
    network = Slow()
    states = [["a"], ["b", "bad"], ["c", "d", "e"]]
    found = calls(Together(3), network, states)
    assert found == [["a"], ["b", "diverged"], ["c", "d", "e"]]
    # Three at once, then two of which one fails and both are repeated alone, then the last.
    assert network.met == [3, 2, 1, 1, 1]


def test_stopped_runs_end_at_their_next_call():
    together = Together(2)
    together.stop()
    assert calls(together, Slow(), [["a"], ["b"]]) == [["stopped"], ["stopped"]]
