"""What has no dense form is refused in words, on every device where it would do harm."""

import numpy as np
import pytest
from brian2 import ms

from models.dense import dense_synapses
from models.errors import SuiteError
from tests.dense_networks import dense_device, each_device, neurons  # noqa: F401  (fixtures)


@pytest.mark.parametrize("keywords, message", [
    ({"model": "dw/dt = -w/(10*ms) : 1"}, "trace of the neurons"),
    ({"model": "dw/dt = -w/(10*ms) : 1 (event-driven)"}, "trace of the neurons"),
    ({"model": "w : 1\ntotal_post = w : 1 (summed)"}, "summed"),
    ({"on_pre": {"one": "g_post += 1", "two": "g_post += 2"}}, "one pathway per side"),
    ({"condition": "i < j"}, "brian2.Synapses"),
    ({"connect": "i + 1"}, "brian2.Synapses"),
    ({"on_pre": "g_post += 1", "delay": np.arange(12) * ms}, "one time for all"),
    ({"delay": 1 * ms}, "without on_pre"),
    ({"connect": "i"}, "no one-to-one"),
    ({"condition": "i != j"}, "no one-to-one"),
    ({"multisynaptic_index": "k"}, "no dense form of multisynaptic_index"),
    ({"on_pre": "g_post += 1", "on_event": "wake"}, "no event 'wake'"),
    ({"model": "drive : 1"}, "drive_syn"),
])
def test_what_has_no_dense_form_is_refused(dense_device, keywords, message):  # noqa: F811
    """By name; the message says what to do instead."""
    with pytest.raises(SuiteError, match=message):
        dense_synapses(neurons(3, "a"), neurons(4, "b"), **keywords)


@pytest.mark.parametrize("shape", [(5,), (4, 3), (3, 5), (13,), (12, 1)])
def test_arrays_of_another_size_are_refused(each_device, shape):  # noqa: F811
    """Brian2's cpp_standalone would read past the end of a short one."""
    synapses = dense_synapses(neurons(3, "a"), neurons(4, "b"), "w : 1", name="s")
    with pytest.raises(SuiteError, match=r"s.w takes 12 values or a matrix of shape \(3, 4\)"):
        synapses.w = np.ones(shape)
    with pytest.raises(SuiteError, match="s.w takes 12 values"):
        synapses.w[:] = np.ones(shape)


def test_a_second_connect_is_refused(each_device):  # noqa: F811
    """On Brian2's devices it would double all synapses."""
    synapses = dense_synapses(neurons(3, "a"), neurons(4, "b"), "w : 1")
    with pytest.raises(SuiteError, match="has connected these groups"):
        synapses.connect()


def test_what_the_dense_device_refuses_later(dense_device):  # noqa: F811
    """Attributes that Synapses have; one line says what to do instead."""
    a = neurons(3, "a")
    b = neurons(4, "b")
    synapses = dense_synapses(a, b, "w : 1", on_pre="g_post += w")
    with pytest.raises(SuiteError, match="has connected these groups"):
        synapses.connect(i=0, j=0)
    with pytest.raises(SuiteError, match="one time for all synapses"):
        synapses.delay = "rand()*ms"
    with pytest.raises(SuiteError, match="one time for all synapses"):
        synapses.pre.delay = np.arange(12) * ms
    with pytest.raises(SuiteError, match="without on_pre"):
        dense_synapses(a, b, on_post="g_pre += 1").delay = 1 * ms
    with pytest.raises(SuiteError, match="N_incoming is not free"):
        dense_synapses(a, b, "N_incoming : 1")
    with pytest.raises(SuiteError, match="share no values"):
        dense_synapses(a, b, on_pre="g_post += w", values={"w": b})


def test_unstored_synapses_have_no_variables(dense_device):  # noqa: F811
    """'i != j' keeps no matrix."""
    a = neurons(3, "a")
    with pytest.raises(SuiteError, match="not stored"):
        dense_synapses(a, a, "w : 1", condition="i != j")
    with pytest.raises(SuiteError, match="not all to all"):
        dense_synapses(a, a, condition="i != j", on_pre="g_post += 1").matrix()
