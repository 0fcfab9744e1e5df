"""float32 networks: the same input, no double in the loops, nothing lost."""

import re
import shutil
import subprocess
import sysconfig

import numpy as np
import pytest
from brian2 import prefs

from models.devices import compile_network
from models.devices.standalone import FLAGS
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.programs import not_a_number
from models.programs.single_source import join_sources
from tests.conftest import BOTH, needs_compiler, small_architecture


@pytest.fixture(scope="module")
def narrow(digits):
    """``narrow(device, **architecture changes)``: the small network in float32."""
    made = {}

    def get(device="cpp_standalone", **changes):
        key = (device, repr(sorted(changes.items())))
        if key not in made:
            architecture = small_architecture(digits, **changes)
            made[key] = architecture, compile_network(lambda: build(architecture), device,
                                                precision="float32")
        return made[key]

    return get


@needs_compiler
def test_same_input_and_nearly_the_same_weights(narrow, compiled, stimuli):
    """The input's spikes are those of float64, bit for bit; the first samples agree closely."""
    architecture, wide = compiled(observe=True)
    _, network = narrow(observe=True)
    state = initial_state(architecture, 1)
    a, spikes = wide(state, stimuli(2))
    b, narrow_spikes = network(state, stimuli(2))
    for group in ("input", "readout"):
        (neurons, times), (others, narrow_times) = (
            r.spikes[group] for r in (spikes, narrow_spikes))
        assert len(neurons) > 50 and np.array_equal(neurons, others)
        np.testing.assert_allclose(times, narrow_times, rtol=1e-6)
    for name in ("input_hidden1.w", "hidden1_readout.w", "hidden1.theta"):
        np.testing.assert_allclose(a[name], b[name], rtol=1e-4)
        assert np.array_equal(b[name], b[name].astype(np.float32)), "more than float32"
        assert not np.array_equal(a[name], b[name])


@pytest.mark.slow  # tests/test_dense*.py compare the devices in both precisions.
@needs_compiler
def test_devices_agree_in_float32(narrow, stimuli):
    """NumPy's float32 and the compiled one, on a sample's spikes and weights."""
    results = []
    for device in ("cpp_standalone", "runtime"):
        architecture, network = narrow(device)
        results.append(network(initial_state(architecture, 1), stimuli(1)))
    (a, records), (b, records_r) = results
    assert np.array_equal(records.slots["hidden1.count"], records_r.slots["hidden1.count"])
    np.testing.assert_allclose(a["input_hidden1.w"], b["input_hidden1.w"], atol=1e-5)
    assert prefs.core.default_float_dtype is np.float64, "the preference is left as it was"


@needs_compiler
def test_theta_decays(narrow):
    """By exp(-T/tau) over 310 presentations; a step's factor would be lost in float32."""
    architecture, network = narrow()
    state = initial_state(architecture, 1)
    blank = {"pattern": np.zeros((10, 64)), "label": np.zeros(10), "stream": 1, "first": 0}
    after, records = network(state, blank)
    slots = len(records.slots["input.cursor"])
    assert slots == 310 and not records.slots["hidden1.count"].any()
    expected = 20e-3 * np.exp(-slots * 0.5 / float(architecture.settings.threshold.tau_theta))
    lost = state["hidden1.theta"] - after["hidden1.theta"]
    np.testing.assert_allclose(lost, 20e-3 - expected, rtol=2e-3)


@needs_compiler
def test_no_double_in_the_loops(narrow, tmp_path):
    """The compiler finds no float widened to double but in the input's probabilities."""
    architecture, network = narrow()
    assert architecture.learn == BOTH
    folder = tmp_path / "build"
    shutil.copytree(network.directory, folder)
    source = join_sources(folder, not_a_number.HEADERS)
    done = subprocess.run(
        ["g++", "-fsyntax-only", *(f for f in FLAGS if f != "-w"), "-Wdouble-promotion",
         "-Wfloat-conversion", "-I.", f"-I{sysconfig.get_path('include')}", source],
        cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0
    lines = re.findall(r"-W(?:double-prom|float-conv).*\]\n *\d+ \| +(.*)", done.stderr)
    # What is the same in all iterations, and the values at the start.
    outside = re.compile(r"const double _lio|_array_\w+\[i\] = -? ?[\d.e-]+;")
    inside = [line for line in lines if not outside.match(line)]
    assert lines and not [line for line in inside if "counter_uniform" not in line], inside


def test_unknown_precision(digits):
    """The message names the choices."""
    with pytest.raises(SuiteError, match="float64, float32"):
        compile_network(lambda: build(small_architecture(digits)), "runtime", precision="float16")
