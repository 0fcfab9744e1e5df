"""The network of Wu et al. (2018) as NeuronGroups and Synapses from text equations.

Within one time step the input fires, its synapses act, layer 1 is updated, fires and is reset,
its synapses act, layer 2 is updated, and so on. Spikes reach the output in the step of the
input, as in the paper (Eq. 3-5, where o(t, n-1) acts on u(t, n)).

Brian2's default schedule does each of these for all groups at once, which costs a step per
layer. With ``u_post += w`` it leads to no spikes at all at the paper's tau of 0.1: the input is
decayed by tau before the threshold sees it, and a reset after the synapses wipes out what has
just come in. So spikes are summed in I, and each layer has slots of its own in the network's
schedule.
"""

import math

import numpy as np
from brian2 import Clock, Network, NeuronGroup, SpikeMonitor, StateMonitor, Synapses, linked_var, ms
from numpy.typing import NDArray

from equations.parameters import sources
from equations.wu2018 import (
    IterativeLIF, neurons as cell, presentation as show, synapses as projection,
)
from models.dense import Convolution, dense_synapses
from models.devices.network_description import NetworkDescription
from models.stbp.architecture import Layer
from models.stbp.groups.spike_rows import SpikeRows
from models.stbp.neuron import Neurons

DT = 1 * ms


def stbp_network(layers: list[Layer], neurons: IterativeLIF, steps: int, capacity: int,
                 observe: bool = False) -> NetworkDescription:
    """Create the groups and connect them; weights and biases are 0.

    Parameters
    ----------
    layers : list of models.stbp.architecture.Layer
    neurons : equations.wu2018.IterativeLIF
    steps : int
        Time steps T of a sample.
    capacity : int
        Samples that fit into one call.
    observe : bool
        Record the spikes of the input and of every layer. A pooling layer "fires" where its
        value is not 0.

    Returns
    -------
    NetworkDescription
        Stimulus ``spikes`` of shape (samples, T, inputs), images flattened in the order (height,
        width, channels); record ``output.count``; state as `models.stbp.groups.state_of`.

    Raises
    ------
    SuiteError
        If a parameter of the neurons makes no sense.
    """
    return _Builder(layers, neurons, steps, capacity, observe).description


class _Builder:
    """The input and then, layer after layer, the synapses and the neurons they drive."""

    def __init__(self, layers, neurons, steps, capacity, observe):
        Neurons(neurons)  # refuses what makes no sense
        self.neurons = neurons
        self.clock = Clock(DT, name="step_clock")
        self.slot_clock = Clock(steps * DT, name="slot_clock")
        self.objects = []
        self.state = {}
        # Brian2's own slots hold what groups and synapses do beside that which is set here.
        self.schedule = ["start", "groups", "synapses"]
        n_inputs = math.prod(layers[0].source)
        spikes = SpikeRows((capacity * steps, n_inputs), DT, "spikes")
        follower = self._input(n_inputs, spikes)
        groups = {"input": follower}
        below = follower
        for layer in layers:
            below = self._layer(layer, below)
            groups[layer.name] = below
        monitors = {name: self._add(SpikeMonitor(group, when="end", name=f"{name}_spikes"))
                    for name, group in groups.items() if observe}
        records = {}
        for group, variable, which in ((follower, "cursor", [0]), (below, "count", True)):
            monitor = StateMonitor(group, variable, record=which, clock=self.slot_clock,
                                   when="start", order=-10, name=f"slots_{group.name}")
            records[f"{group.name}.{variable}"] = (self._add(monitor), variable)
        network = Network(self.objects, name="network")
        network.schedule = [*self.schedule, "end"]
        self.description = NetworkDescription(
            network=network, clock=self.clock, slot_clock=self.slot_clock, follower=follower,
            sample_record="input.cursor", max_attempts=1, capacity=capacity, state=self.state,
            arrays={"spikes": spikes}, rows={"spikes": steps}, records=records, spikes=monitors,
            sources={each.name: sources(neurons) for each in self.objects})

    # -- groups ---------------------------------------------------------------------------

    def _input(self, n, spikes):
        group = self._group("input", n, show.INPUT, None, show.INPUT_THRESHOLD, spikes=spikes)
        group.cursor = -1
        group.accepted = 1
        self._each_sample(group, show.INPUT_ADVANCE)
        return group

    def _layer(self, layer, below):
        """The group of a layer, and the synapses that drive it."""
        # The order of these slots is that of the actions within a time step.
        synapses_act = self._slot(f"{layer.name}_synapses")
        make_group, connect = {
            "dense": (self._spiking, self._dense),
            "convolution": (self._convolved, self._convolution),
            "pool": (self._pooled, self._pool),
        }[layer.kind]
        group = make_group(layer)
        graded = "p" in below.variables
        transmit = projection.TRANSMIT[graded, layer.kind != "pool"]
        synapses = connect(layer, below, group, transmit)
        synapses.pre.when = synapses_act
        return group

    def _spiking(self, layer, bias=cell.BIAS):
        last = layer.name == "output"
        group = self._group(
            layer.name, math.prod(layer.shape),
            cell.NEURON + bias + (cell.SPIKE_COUNT if last else ""),
            cell.UPDATE, cell.THRESHOLD,
            cell.RESETS[self.neurons.gate] + (cell.COUNT_SPIKE if last else ""),
            tau=self.neurons.tau, V_th=self.neurons.V_th)
        self._each_sample(group, cell.SAMPLE_START + (cell.COUNT_START if last else ""))
        self.state[f"{layer.name}.b"] = (group, "b")
        return group

    def _convolved(self, layer):
        """Spiking neurons that share a bias with all others of their map."""
        group = self._spiking(layer, cell.MAP_BIAS)
        maps = layer.shape[-1]
        biases = self._add(NeuronGroup(maps, cell.BIAS, clock=self.clock,
                                       name=f"{layer.name}_maps"))
        group.b = linked_var(biases, "b", index=np.arange(len(group)) % maps)
        self.state[f"{layer.name}.b"] = (biases, "b")
        return group

    def _pooled(self, layer):
        return self._group(layer.name, math.prod(layer.shape), cell.POOL, cell.POOL_UPDATE,
                           cell.POOL_THRESHOLD, square=layer.size**2)

    # -- synapses -------------------------------------------------------------------------

    def _dense(self, layer, below, group, transmit):
        synapses = self._add(dense_synapses(below, group, projection.WEIGHT, on_pre=transmit,
                                            clock=self.clock, name=f"{layer.name}_synapses"))
        self.state[f"{layer.name}.w"] = (synapses, "w")
        return synapses

    def _convolution(self, layer, below, group, transmit):
        pattern = Convolution(layer.source, layer.size, maps=layer.shape[-1])
        kernel = self._add(NeuronGroup(pattern.kernel_size, projection.WEIGHT, clock=self.clock,
                                       name=f"{layer.name}_kernel"))
        synapses = self._add(dense_synapses(
            below, group, pattern=pattern, values={"w": kernel}, on_pre=transmit, delay=0*ms,
            clock=self.clock, name=f"{layer.name}_synapses"))
        self.state[f"{layer.name}.w"] = (kernel, "w")
        return synapses

    def _pool(self, layer, below, group, transmit):
        synapses = self._add(Synapses(below, group, on_pre=transmit, delay=0*ms, clock=self.clock,
                                      name=f"{layer.name}_synapses"))
        synapses.connect(i=np.arange(len(below)), j=pool_connections(layer))
        return synapses

    # -- objects and their slots in a time step -------------------------------------------

    def _add(self, thing):
        self.objects.append(thing)
        return thing

    def _slot(self, name):
        """Append a slot to the schedule of a time step."""
        self.schedule.append(name)
        return name

    def _group(self, name, n, model, update, threshold, reset="", **namespace):
        """A group whose update, threshold and reset have slots of their own."""
        group = NeuronGroup(n, model, threshold=threshold, reset=reset, namespace=namespace,
                            name=name, clock=self.clock)
        if update:
            group.run_regularly(update, clock=self.clock, when=self._slot(f"{name}_update"))
        group.thresholder["spike"].when = self._slot(f"{name}_threshold")
        if "spike" in group.resetter:
            group.resetter["spike"].when = self._slot(f"{name}_reset")
        return self._add(group)

    def _each_sample(self, group, code):
        group.run_regularly(code, clock=self.slot_clock, when="start")


def pool_connections(layer: Layer) -> NDArray[np.int_]:
    """Postsynaptic neuron of each presynaptic one.

    Parameters
    ----------
    layer : models.stbp.architecture.Layer

    Returns
    -------
    ndarray of int, shape (height*width*channels,)
    """
    height, width, channels = layer.source
    y, x, channel = np.ogrid[:height, :width, :channels]
    square = (y // layer.size)*layer.shape[1] + x // layer.size
    return (square*channels + channel).ravel()
