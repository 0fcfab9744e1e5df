"""Networks of one's own on the dense device: the example, and the page "from Synapses"."""

import re
from pathlib import Path

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, defaultclock, get_device, ms, second, set_device
from brian2.devices.device import reset_device

from models.dense import dense_synapses
from models.errors import SuiteError
from models.programs.compilation import Compilation
from protocols.examples.own_network import NAMES, learn
from tests.conftest import SOON_ELSEWHERE, needs_compiler

pytestmark = needs_compiler
PAGE = Path(__file__).parents[1] / "models/dense/FROM_SYNAPSES.md"


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A script's start, in an empty folder, with a compiler that is sooner; call it again for
    the next script."""
    monkeypatch.chdir(tmp_path)
    for name, value in SOON_ELSEWHERE.items():
        monkeypatch.setenv(name, value)

    def start():
        reset_device()
        set_device("cpp_dense")
        get_device().reinit()
        reset_device()
        defaultclock.dt = 0.1 * ms

    start()
    yield start
    start()


def test_the_example(fresh, tmp_path, monkeypatch, capsys):
    """It learns, leaves no folder, and the second script finds the program of the first."""
    monkeypatch.setenv("SNN_CACHE", str(tmp_path / "cache"))
    weights = learn(4 * second)
    assert "compiling the dense network" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    parted = weights / NAMES["w_max"]
    assert parted.min() == 0 and parted.max() <= 1
    # Half and a twentieth before learning.
    assert parted.mean() < 0.48 and (parted < 0.05).mean() > 0.06
    project = Path(get_device().project_dir)
    assert project.exists()
    fresh()
    assert not project.exists()

    def refuse(*_):
        raise AssertionError("it is compiled again")

    monkeypatch.setattr(Compilation, "_start", refuse)
    assert np.array_equal(learn(4 * second), weights)
    assert "compiling" not in capsys.readouterr().err


def blocks():
    """The page's code: what all examples use, and by section the blocks before and after."""
    text = PAGE.read_text()
    top, *sections = re.split(r"^## ", text, flags=re.M)
    found = {}
    for section in sections:
        pair = re.findall(r"^```python\n(.*?)^```", section, re.M | re.S)
        if pair:
            found[section.splitlines()[0]] = pair
    return re.findall(r"^```python\n(.*?)^```", top, re.M | re.S)[-1], found


COMMON, SECTIONS = blocks()


def executed(which):
    """Names of each section after its block before (0) or after (1) on the active device."""
    found = {}
    for section, pair in SECTIONS.items():
        found[section] = vars(brian2) | {"dense_synapses": dense_synapses, "np": np}
        exec(COMMON + pair[which], found[section])
    return found


def test_the_page_before_and_after(fresh):
    """Brian2 in Python and the dense device compute the same, section by section."""
    assert list(SECTIONS) == ["Event-driven traces", "Delays", "Connections", "Normalisation"]
    before = executed(0)
    # The sections share a program, which is compiled in the time of one.
    set_device("cpp_dense", build_on_run=False)
    after = executed(1)
    get_device().build()
    for section, names in before.items():
        values = {"target": np.array(names["target"].v), "source": np.array(names["source"].v)}
        assert np.ptp(values["target"]) > 0.1
        for name, expected in values.items():
            np.testing.assert_allclose(after[section][name].v[:], expected, rtol=1e-9,
                                       err_msg=f"{section}: {name}")
    for section in ("Event-driven traces", "Normalisation"):
        expected = np.array(before[section]["synapses"].w)
        assert np.ptp(expected) > 0.01
        np.testing.assert_allclose(after[section]["synapses"].w[:], expected, rtol=1e-9)


def test_a_folder_of_ones_own_is_kept(fresh, tmp_path):
    set_device("cpp_dense", directory="mine")
    group = NeuronGroup(2, "dv/dt = 1/(10*ms) : 1", method="euler", name="grows")
    brian2.Network(group).run(1 * ms)
    assert np.allclose(group.v, 0.1)
    assert (tmp_path / "mine" / "main").exists()


def test_a_compiler_that_fails_is_one_line(fresh, tmp_path, monkeypatch):
    """It is said which network, and what to do."""
    broken = tmp_path / "broken"
    broken.write_text('#!/bin/sh\ncase "$*" in *all.cpp*) echo "error: no" >&2; exit 1;; esac\n'
                      'exec g++ "$@"\n')
    broken.chmod(0o700)
    monkeypatch.setenv("CXX", str(broken))
    monkeypatch.setenv("SNN_CACHE", str(tmp_path / "cache"))
    set_device("cpp_dense")
    group = NeuronGroup(2, "dv/dt = 1/(20*ms) : 1", method="euler", name="grows")
    with pytest.raises(SuiteError, match="on the dense network.*error: no"):
        brian2.Network(group).run(1 * ms)
