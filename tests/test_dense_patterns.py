"""Patterns of connection beside those of `dense_synapses`: the bits of lists of synapses."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, ms
from brian2.core.base import BrianObjectException

from models.dense import Convolution, Pattern, dense_synapses
from models.errors import SuiteError
from tests.conftest import needs_compiler
from tests.dense_networks import (  # noqa: F401  (a fixture)
    assert_same_values, dense_device, neurons, run_on,
)

SHAPE = (5, 4, 3)


class Backwards(Pattern):
    """From the targets of a projection to its sources, by the same weights."""

    name = "the reverse of a projection"
    shares = True
    divisible = True

    def __init__(self, forward):
        super().__init__(forward.pattern.n_post, forward.pattern.n_pre)

    def neurons(self):
        return np.indices((self.n_pre, self.n_post)).reshape(2, -1)

    def elements(self):
        i, j = self.neurons()
        return j*self.n_pre + i

    def loop(self, inner, low, high, pragma):
        return [pragma, f"for (int32_t {inner} = {low}; {inner} < {high}; {inner}++) {{",
                f"    const int32_t _element = _j*{self.n_pre} + _i;"]


def learning_kernel():
    """A convolution whose kernel is learned by spikes of both sides, from parts of groups."""
    pattern = Convolution(SHAPE, size=2, maps=6)
    source = neurons(pattern.n_pre + 2, "image")
    target = neurons(pattern.n_post + 3, "maps", refractory=1)
    kernel = NeuronGroup(pattern.kernel_size, "w : 1", name="kernel")
    kernel.w = "0.01*(1 + i % 7)"
    synapses = dense_synapses(
        source[1:-1], target[2:-1], pattern=pattern, values={"w": kernel}, name="conv",
        on_pre="g_post += w*N_incoming/(1.0*N_outgoing)\nw = clip(w - 0.002*y_post, 0, 0.2)",
        on_post="w = clip(w + 0.003*x_pre, 0, 0.2)", delay=0.2 * ms)
    synapses.run_regularly("total_post += w", dt=10 * ms, name="conv_sum")
    return [source, target, kernel, synapses]


def both_directions():
    """Weights that a projection learns, and by which another one leads back."""
    below = neurons(30, "below")
    above = neurons(17, "above", refractory=1)
    forward = dense_synapses(below, above, "w : 1", name="forward",
                             on_pre="g_post += w\nw = clip(w + 0.02*y_post, 0, 0.2)",
                             on_post="w = clip(w + 0.02*x_pre, 0, 0.2)")
    forward.w = "0.001*(i + j)"
    back = dense_synapses(above, below, pattern=Backwards(forward), values={"w": forward},
                          on_pre="g_post += 0.3*w", name="back")
    return [below, above, forward, back]


PARTS = [(learning_kernel, 60), (both_directions, 60)]


def looked_at(objects):
    """Neurons, elements and shared values of the synapses."""
    named = {thing.name: thing for thing in objects}
    found = {}
    for name in ("conv", "back"):
        synapses = named[name]
        found |= {f"{name} i": np.array(synapses.i[:]), f"{name} j": np.array(synapses.j[:]),
                  f"{name} w": np.array(synapses.w[:]), f"{name} some": synapses.w[2:4, 1:7],
                  f"{name} in": np.array(synapses.N_incoming[:]),
                  f"{name} out": np.array(synapses.N_outgoing[:])}
    return found


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What the dense device and Brian2 computed."""
    return [run_on(device, PARTS, tmp_path_factory.mktemp(device), look=looked_at)
            for device in ("cpp_dense", "cpp_standalone")]


@needs_compiler
def test_convolution(results):
    """A kernel's weights exist once; spikes of both sides find them."""
    dense, plain = results
    assert_same_values(dense, plain)
    assert dense["kernel.w"].std() > 0.01
    assert dense["maps.seen"].sum() > dense["image.seen"].sum() / 4
    # Each neuron of a map sees 2 x 2 x 3 neurons; one in the middle of the image is seen by 4
    # neurons of each of 6 maps.
    assert set(dense["conv in"]) == {12}
    assert set(dense["conv out"]) == {6, 12, 24}


@needs_compiler
def test_a_pattern_from_outside(results):
    """Weights in both directions: the projection back reads what the other one learns."""
    dense, plain = results
    assert_same_values(dense, plain)
    assert dense["forward.w"].std() > 0.01
    assert np.array_equal(dense["back w"].reshape(17, 30), dense["forward.matrix"].T)


def test_what_has_no_place_in_a_pattern(dense_device):  # noqa: F811
    """Groups of other sizes, variables of single synapses, a kernel larger than the image."""
    pattern = Convolution(SHAPE, size=2, maps=6)
    image = neurons(pattern.n_pre, "image")
    maps = neurons(pattern.n_post, "maps")
    with pytest.raises(SuiteError, match="connects 60 to 72 neurons"):
        dense_synapses(maps, image, pattern=pattern)
    with pytest.raises(SuiteError, match="leave out connect"):
        dense_synapses(image, maps, pattern=pattern, connect="i")
    with pytest.raises(SuiteError, match="a convolution are not stored"):
        dense_synapses(image, maps, "w : 1", pattern=pattern)
    with pytest.raises(SuiteError, match="has no variable strength"):
        dense_synapses(image, maps, pattern=pattern, values={"strength": image})
    with pytest.raises(SuiteError, match="does not fit into an image"):
        Convolution(SHAPE, size=5, maps=2)


def test_single_synapses_of_a_kernel_are_not_recorded(dense_device):  # noqa: F811
    """They have no number in the loop."""
    pattern = Convolution(SHAPE, size=2, maps=6)
    image = neurons(pattern.n_pre, "image")
    maps = neurons(pattern.n_post, "maps")
    synapses = dense_synapses(image, maps, pattern=pattern, on_pre="g_post += 0.1")
    monitor = StateMonitor(synapses, "v_post", record=[0, 1])
    with pytest.raises(BrianObjectException) as caught:
        Network([image, maps, synapses, monitor]).run(1 * ms, namespace={})
    assert "a convolution cannot be recorded one by one" in str(caught.value.__cause__)
