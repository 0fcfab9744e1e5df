"""Networks called, and built, in several threads at once: results are those of one thread."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from brian2 import defaultclock, get_device, prefs

from models.devices import compile_network
from models.devices.brian2_turns import brian2_turn
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from tests.conftest import BOTH, assert_same_state, needs_compiler
from tests.short_slots import STIMULI, architecture

CALLS = range(3)
GLOBALS = ("core.default_float_dtype", "codegen.target", "core.stop_on_keyboard_interrupt",
           "codegen.cpp.extra_link_args", "codegen.cpp.extra_compile_args_gcc")


def made(device="runtime", precision="float64"):
    """The small network that learns."""
    return compile_network(lambda: build(architecture(BOTH)), device, precision=precision)


def call(network, k):
    """Call number ``k``, with a state and random numbers of its own."""
    return network(initial_state(architecture(BOTH), k), {**STIMULI, "stream": k})


def assert_same(results, others):
    """States and records of two lists of results, to the bit."""
    for (state, records), (other, other_records) in zip(results, others, strict=True):
        assert_same_state(state, other)
        for name, rows in records.slots.items():
            assert np.array_equal(rows, other_records.slots[name]), name


@pytest.fixture(scope="module")
def expected():
    """``expected[precision]``: the runtime network and its results, one call after the other."""
    found = {}
    for precision in ("float64", "float32"):
        network = made(precision=precision)
        found[precision] = network, [call(network, k) for k in CALLS]
    weights = [state["input_hidden1.w"] for _, results in found.values() for state, _ in results]
    assert len({array.tobytes() for array in weights}) == len(weights)
    return found


def test_one_network_in_several_threads(expected):
    network, results = expected["float64"]
    with ThreadPoolExecutor(len(CALLS)) as pool:
        assert_same(pool.map(lambda k: call(network, k), CALLS), results)


def test_two_networks_at_once_while_others_are_built(expected):
    """In either precision; the globals are as before."""
    before = [prefs[name] for name in GLOBALS]
    dt = defaultclock.dt
    with ThreadPoolExecutor(4) as pool:
        calls = {precision: [pool.submit(call, network, k) for k in CALLS[:2]]
                 for precision, (network, _) in expected.items()}
        built = [pool.submit(made, precision=precision) for precision in expected]
        for (precision, (_, results)), network in zip(expected.items(), built):
            assert_same([each.result() for each in calls[precision]], results[:2])
            assert_same([call(network.result(), 0)], results[:1])
    assert [prefs[name] for name in GLOBALS] == before
    assert defaultclock.dt == dt
    assert type(get_device()).__name__ == "RuntimeDevice"


@needs_compiler
def test_compiled_and_built_while_another_runs(expected):
    """The other device is active while its network is built, and not for those that run."""
    runtime, results = expected["float64"]
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(call, runtime, k) for k in CALLS[:2]]
        compiled = pool.submit(made, "cpp_standalone").result()
        others = list(pool.map(lambda k: call(compiled, k), CALLS))
        assert_same([each.result() for each in calls], results[:2])
    for (state, records), (other, other_records) in zip(others, results, strict=True):
        assert_same_state(state, other, exact=False)
        for name, rows in records.slots.items():
            assert np.array_equal(rows, other_records.slots[name]), name


def test_a_failure_ends_the_turn():
    """Another thread can go on, and finds the globals as they were."""
    target = prefs.codegen.target
    with pytest.raises(ZeroDivisionError), brian2_turn("runtime", {"codegen.target": "cython"}):
        raise ZeroDivisionError
    found = []

    def look():
        with brian2_turn("runtime", {}):
            found.append(prefs.codegen.target)

    other = threading.Thread(target=look)
    other.start()
    other.join(60)
    assert found == [target]
