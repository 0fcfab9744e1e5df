"""The network of Hao et al. (2020), Fig. 2: input, hidden layer(s), SL layer.

Input -> E all to all and plastic; E -> I one to one; I -> all other E; E -> SL all to all
and plastic. While the SL layer learns, its neurons are driven by the teacher: the
label's neuron fires at 200 Hz, the others rest. In testing they are LIF neurons.
"""

import numpy as np
from brian2 import Network, SpikeMonitor, StateMonitor, TimedArray

from equations.hao2020 import neurons, plasticity, presentation as show
from models.devices.network_description import NetworkDescription
from models.diehl_cook.architecture import Architecture, initial_state
from models.diehl_cook.network_objects import NetworkObjects
from models.diehl_cook.synaptic_scaling import scale_synapses
from models.own_equations.applied import bounds_of, new_values, reset_of, threshold_of
from models.own_equations.syntax import level_of
from models.own_equations.traces import Names, Traces, changed_in_reset, raised, traces_of
from models.shared.euler_exact_decay import EulerExactDecay

# GeNN's order of a time step: a spike acts on its targets in the next step.
SCHEDULE = ["start", "synapses", "groups", "thresholds", "resets", "end"]

# Of the neurons of the first hidden layer, in a network that is looked at. Neurons of other
# equations need not have all of them.
LEVEL = "V_level"
"""What V is compared with, in such a network."""
OBSERVED = ("V", LEVEL, "g_E", "g_I")


def build(architecture: Architecture) -> NetworkDescription:
    """Create the groups and connect the synapses.

    Parameters
    ----------
    architecture : models.diehl_cook.architecture.Architecture

    Returns
    -------
    NetworkDescription
    """
    return _Builder(architecture).description


def _number(layer):
    """Which hidden layer it is, as text: '1', '2' ..."""
    return layer.removeprefix("hidden")


def _inhibitory_of(layer):
    """Name of the group that inhibits a hidden layer."""
    return f"inhibitory{_number(layer)}"


class _Builder(NetworkObjects):
    """Fig. 2: first its groups, from the input to the SL layer, then its synapses."""

    def __init__(self, architecture):
        super().__init__(architecture)
        self.scalars = {"stream": [], "first": []}
        self.arrays = {}
        self._create_groups()
        self._connect_synapses()
        self._check()
        self.description = self._assemble()

    def _create_groups(self):
        for layer in self.architecture.layers:
            if layer == "input":
                self._input()
            elif layer.startswith("hidden"):
                self._excitatory(layer)
                self._inhibitory(layer)
            elif self._taught():
                self._teacher()
            else:
                self._readout()
        if self.architecture.hidden:
            self._gate()

    def _connect_synapses(self):
        for layer in self.architecture.layers:
            if layer.startswith("hidden"):
                self._lateral_inhibition(layer)
        for name, (source, target, stdp, rule, learns) in self.architecture.projections().items():
            if learns:
                self._plastic(name, self.groups[source], self.groups[target], stdp, rule)
            else:
                self._fixed(name, self.groups[source], self.groups[target], stdp)
        for name, projection in self.architecture.own.new_projections.items():
            self._new(name, projection)
        if self.architecture.hidden:
            self._connect_gate()

    # -- groups ---------------------------------------------------------------------------

    def _input(self):
        """A neuron per pixel, which fires in proportion to its intensity."""
        n = self.architecture.n_input
        pattern = self._timed("pattern", (self.architecture.capacity, n))
        self._poisson("input", n, show.PIXEL_PROBABILITY, pattern)

    def _excitatory(self, name):
        """E: a hidden layer's neurons with adaptive threshold."""
        cell, threshold = self.architecture.cell(name)
        learns = "hidden" in self.architecture.learn
        decay = neurons.THETA_DECAYS[self.architecture.theta_decay] if learns else ""
        group = self._neurons(name, self.architecture.sizes[name], [cell, threshold],
                              counted=True, learns=learns)
        group.V = cell.E_rest
        group.theta = threshold.theta_init
        self._each_slot(group, neurons.COUNT_START + decay)

    def _inhibitory(self, layer):
        """I: as many neurons as a hidden layer has."""
        name = _inhibitory_of(layer)
        cell, = self.architecture.cell(name)
        group = self._neurons(name, self.architecture.sizes[layer], [cell])
        group.V = cell.E_rest

    def _teacher(self):
        """SL in training: the label's neuron is made to fire."""
        label = self._timed("label", (self.architecture.capacity,))
        self._poisson("readout", self.architecture.n_classes, show.TEACHER_PROBABILITY, label)

    def _readout(self):
        """SL in testing: neurons that E drives."""
        cell, = self.architecture.cell("readout")
        group = self._neurons("readout", self.architecture.n_classes, [cell], counted=True)
        group.V = cell.E_rest
        self._each_slot(group, neurons.COUNT_START)

    def _neurons(self, name, n, cells, counted=False, learns=False):
        """A group by its text."""
        text = self.architecture.neuron(name)
        traces = self._traces(name)
        own = new_values(self.own, "groups", name, self.own.parameters("groups", name), *cells)
        model = text.equations + (neurons.COUNT if counted else "") + traces.model
        level = level_of(text.threshold, "V")
        if self.architecture.observe and level is not None:
            model += f"{LEVEL} = {level} : volt\n"
        return self._group(
            name, n, model, self._names(name, cells).joined(Names(*own)).joined(traces.names),
            threshold=threshold_of(text),
            reset=(reset_of(text) + (neurons.COUNT_SPIKE if counted else "")
                   + (text.adaptation if learns else "") + traces.reset),
            method=EulerExactDecay(bounds_of(text)))

    def _gate(self):
        """The neuron that tells the input to move on once the hidden layer has fired."""
        gate = self._group("gate", 1, show.GATE, self._names("gate"), threshold=show.GATE_THRESHOLD,
                           reset=show.GATE_RESET)
        self._each_slot(gate, show.GATE_ADVANCE)

    def _poisson(self, name, n, probability, shown):
        """Neurons that fire at random with a probability that is read from a TimedArray."""
        traces = self._traces(name)
        group = self._group(
            name, n, show.POISSON + traces.model, self._names(name).joined(traces.names),
            threshold=show.POISSON_THRESHOLD, reset=show.NEXT_SPIKE + traces.reset,
            # The probability is of double precision in float32 networks too: the input spikes
            # are the same.
            method=EulerExactDecay(), stimulus=shown, dtype={"p": np.float64})
        group.cursor = -1
        group.accepted = 1
        group.next_spike = -1
        self._each_slot(group, show.ADVANCE + probability + show.FIRST_SPIKE)
        for scalar, owners in self.scalars.items():
            owners.append((group, scalar))

    def _timed(self, name, shape):
        """A stimulus: a row per sample, float64 for `_poisson`."""
        self.arrays[name] = TimedArray(np.zeros(shape), dt=self.slot, name=name)
        return self.arrays[name]

    def _traces(self, layer):
        """The traces that plastic synapses read of a layer's neurons."""
        found = Traces()
        for name, each in self.architecture.projections().items():
            if not each.learns or layer not in (each.source, each.target):
                continue
            of_target = layer == each.target
            found = found.joined(traces_of(each.rule, self._synapse_names(name, each.stdp),
                                           presynaptic=not of_target))
            if of_target and each.rule.scaled:
                found = found.joined(Traces(plasticity.SCALING_FACTOR))
        return found

    # -- synapses -------------------------------------------------------------------------

    def _lateral_inhibition(self, layer):
        """E excites its own neuron of I, which inhibits all other neurons of E."""
        excitatory = self.groups[layer]
        inhibitory = self.groups[_inhibitory_of(layer)]
        self._unlearning(excitatory, inhibitory, f"{layer}_{inhibitory.name}", neurons.EXCITE,
                         connect="i")
        # No synapse is stored: a spike costs a loop over the N neurons.
        self._unlearning(inhibitory, excitatory, f"lateral{_number(layer)}", neurons.INHIBIT,
                         condition="i != j")

    def _unlearning(self, source, target, name, effect, **connection):
        """Synapses without weights of their own."""
        lateral, = self.architecture.synapse(name, self.settings.lateral)
        self._connect(source, target, name, self._synapse_names(name, lateral),
                      on_pre=self._effect(name, effect), **connection)

    def _new(self, name, projection):
        """A projection of one's own, where the network has both of its groups.

        The teacher's neurons are driven by the label alone.
        """
        ends = [self.groups.get(each) for each in (projection.origin, projection.target)]
        if None in ends or any(each.name == "readout" for each in ends) and self._taught():
            return
        self._connect(*ends, name, self._synapse_names(name), on_pre=projection.on_pre,
                      **projection.connection)

    def _fixed(self, name, source, target, stdp):
        """All to all, with weights that stay."""
        self._connect(source, target, name, self._synapse_names(name, stdp),
                      model=plasticity.WEIGHT, on_pre=self._transmit(target, name))

    def _plastic(self, name, source, target, stdp, rule):
        """All to all, with weights that learn and are scaled before every presentation."""
        names = self._synapse_names(name, stdp)
        synapses = self._connect(
            source, target, name, names, model=plasticity.WEIGHT,
            on_pre=self._transmit(target, name) + rule.on_pre or None,
            on_post=rule.on_post or None)
        order = 0
        if hasattr(synapses, "pre"):
            synapses.pre.order = order
        if not changed_in_reset(rule) and rule.spike_pre:
            own = self._connect(source, source, f"{name}_pre_trace", names, connect="i",
                                on_pre=raised(rule.spike_pre, rule.traces_pre))
            order += 1
            own.pre.order = order
        if rule.on_post:
            order += 1
            synapses.post.order = order
        # Traces are raised only after the presynaptic spikes of this step have read them.
        if rule.spike_post:
            own = self._connect(target, target, f"{target.name}_trace", names, connect="i",
                                on_pre=raised(rule.spike_post, rule.traces_post))
            own.pre.order = order + 1
        if rule.scaled:
            scale_synapses(synapses, stdp.beta * stdp.w_max * len(source), self.slot_clock,
                           genn=self.architecture.genn)

    def _transmit(self, target, name):
        """What a spike does to the target's conductance; the teacher's neurons have none."""
        forced = target.name == "readout" and self._taught()
        return "" if forced else self._effect(name, plasticity.TRANSMIT)

    def _effect(self, name, effect):
        """What a spike does, by the paper or by equations of one's own."""
        own = self.own.projection(name).on_pre
        return effect if own is None else f"{own.strip()}\n"

    def _connect_gate(self):
        """The last hidden layer's spikes to the gate, and the gate's to input and teacher."""
        gate = self.groups["gate"]
        last = self.groups[f"hidden{len(self.architecture.hidden)}"]
        self._connect(last, gate, "hidden_gate", Names(), on_pre=show.GATE_COUNT)
        for name in ("input", "readout"):
            group = self.groups.get(name)
            if group is not None and "cursor" in group.variables:
                self._connect(gate, group, f"gate_{name}", Names(), on_pre=show.GATE_SPIKE)

    # -- what the devices must know -------------------------------------------------------

    def _assemble(self):
        timing = self.settings.presentation
        follower = self.groups["input"]
        records = self._slot_records(follower)
        spikes, traces = self._observed()
        network = Network(self.objects, name="network")
        network.schedule = SCHEDULE
        return NetworkDescription(
            network=network, clock=follower.clock, slot_clock=self.slot_clock, follower=follower,
            sample_record="input.cursor", max_attempts=timing.max_attempts,
            capacity=self.architecture.capacity, state=self._state(), arrays=self.arrays,
            scalars=self.scalars, first_sample="first", records=records, spikes=spikes,
            traces=traces, sources=self.sources)

    def _state(self):
        """Where the variables of `initial_state` are: ``{name: (object, variable)}``."""
        objects = {each.name: each for each in self.objects}
        found = {}
        for key in initial_state(self.architecture, 0):
            owner, variable = key.split(".")
            found[key] = (objects[owner], variable)
        return found

    def _slot_records(self, follower):
        """What is recorded once per slot: ``{name: (monitor, variable)}``."""
        records = self._per_slot(follower, ["cursor", "attempt"], [0])
        for group in list(self.groups.values()):
            if "count" in group.variables:
                records |= self._per_slot(group, ["count"], True)
        return records

    def _per_slot(self, group, variables, record):
        monitor = self._add(StateMonitor(
            group, variables, record=record, clock=self.slot_clock, when="start", order=-10,
            name=f"slots_{group.name}"))
        return {f"{group.name}.{variable}": (monitor, variable) for variable in variables}

    def _observed(self):
        """Spikes of all groups and traces of the first hidden layer, if they are asked for."""
        if not self.architecture.observe:
            return {}, {}
        spikes = {name: self._add(SpikeMonitor(group)) for name, group in self.groups.items()
                  if name != "gate"}
        traces = {}
        hidden = self.groups.get("hidden1")
        for variable in OBSERVED if hidden is not None else ():
            if variable not in hidden.variables:
                continue
            monitor = StateMonitor(hidden, variable, record=True, clock=self.clock)
            traces[f"hidden1.{variable}"] = (self._add(monitor), variable)
        return spikes, traces
