"""NaN stays NaN on every device, a network that diverges is told, and no other one pays for it."""

import os

import numpy as np
import pytest
from brian2 import NeuronGroup

from models.dense import sharing
from models.devices import compile_network
from models.devices.standalone import FLAGS, StandaloneNetwork
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.programs import not_a_number
from tests.conftest import needs_compiler
from tests.short_slots import STIMULI, architecture

two_processors = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="needs two processors")

ODD = """
u : 1
over : 1
low : 1
high : 1
w : 1
under : 1
"""

# NaN that leaves no trace: as long as it is NaN, it is neither above nor below anything. And NaN
# in a weight, which a clip must not make a number of.
TEXT = """
u = clip(u/over, 0, 2)
low = int(u > 0.5)
high = int(u < 1.5)
u = 0
w = clip(w + u/under, 0, 1)
"""

N = 150
OURS = slice(140, N)
"""Neurons that may divide by 0; where two threads share them, the second one's."""


def with_odd_numbers():
    """A network, and neurons that divide by what the state says."""
    description = build(architecture(learn=frozenset()))
    odd = NeuronGroup(N, ODD, name="odd", clock=description.clock)
    odd.run_regularly(TEXT, clock=description.clock)
    description.network.add(odd)
    for name in ("u", "over", "low", "high", "w", "under"):
        description.state[f"odd.{name}"] = (odd, name)
    return description


def state(over, under):
    """Where the calls begin; what is divided is 0."""
    odd = {"odd.u": 0, "odd.over": 1, "odd.low": 1, "odd.high": 1, "odd.w": 0.5, "odd.under": 1}
    odd = {name: np.full(N, float(value)) for name, value in odd.items()}
    odd["odd.over"][OURS] = over
    odd["odd.under"][OURS] = under
    return initial_state(architecture(learn=frozenset()), 1) | odd


@pytest.mark.parametrize("compiled", [
    pytest.param(lambda make: StandaloneNetwork(make, "odd"), id="cpp_dense", marks=needs_compiler),
    pytest.param(lambda make: StandaloneNetwork(make, "odd", threads=2), id="two threads",
                 marks=[needs_compiler, two_processors, pytest.mark.slow]),
    pytest.param(lambda make: StandaloneNetwork(make, "odd", plain=True), id="cpp_standalone",
                 marks=needs_compiler),
    pytest.param(lambda make: compile_network(make, "runtime", "odd"), id="runtime"),
])
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_nan_is_noticed(compiled, monkeypatch):
    """A healthy network pays nothing; results are exact where there is NaN; a lost one is told."""
    monkeypatch.setattr(sharing, "SMALLEST", 100)
    network = compiled(with_odd_numbers)
    programs = isinstance(network, StandaloneNetwork)

    healthy, records = network(state(over=1, under=1), STIMULI)
    assert set(healthy["odd.w"]) == {0.5}
    assert set(healthy["odd.low"] + healthy["odd.high"]) == {1}
    assert records.slots["hidden1.count"].sum() > 0
    if programs:
        assert network._compilation.program.parent == network.directory
        assert not network.directory.with_name("exact").exists()

    for _ in range(2):
        found, again = network(state(over=0, under=1), STIMULI)
        assert set((found["odd.low"] + found["odd.high"])[OURS]) == {0}
        assert np.array_equal(again.slots["hidden1.count"], records.slots["hidden1.count"])
        for name, values in healthy.items():
            if name not in ("odd.low", "odd.high", "odd.over"):
                assert np.array_equal(found[name], values), name
    if programs:
        assert network._compilation.program.parent.name == "exact"
        flags = (network.directory.with_name("exact") / "makefile").read_text()
        assert not_a_number.ASSUMPTION not in flags
        assert FLAGS[-1] in flags

    with pytest.raises(SuiteError, match=r"the odd network has diverged: odd\.w holds NaN"):
        network(state(over=1, under=0), STIMULI)
