"""The network of Hao et al. (2020), Fig. 2: input, hidden layer(s), SL layer.

Input -> E all to all and plastic; E -> I one to one; I -> all other E; E -> SL all to all
and plastic. While the SL layer learns, its neurons are driven by the teacher: the
label's neuron fires at 200 Hz, the others rest. In testing they are LIF neurons.
"""

import numpy as np
from brian2 import (
    Clock, Network, NeuronGroup, SpikeMonitor, StateMonitor, TimedArray, defaultclock,
)

from equations.hao2020 import neurons, plasticity
from equations.hao2020 import presentation as show
from equations.parameters import namespace, sources
from models.dense import dense_synapses
from models.devices.network_description import NetworkDescription
from models.diehl_cook.architecture import Architecture, initial_state
from models.diehl_cook.synaptic_scaling import scale_synapses
from models.shared.counter_random import brian_function
from models.shared.euler_exact_decay import EulerExactDecay

# GeNN's order of a time step: a spike acts on its targets in the next step.
SCHEDULE = ["start", "synapses", "groups", "thresholds", "resets", "end"]

# Of the neurons of the first hidden layer, in a network that is looked at. Neurons of other
# equations need not have all of them.
OBSERVED = ("V", "theta", "g_E", "g_I")


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


class _Builder:
    """Fig. 2: first its groups, from the input to the SL layer, then its synapses."""

    def __init__(self, architecture):
        self.architecture = architecture
        self.settings = architecture.settings
        timing = self.settings.presentation
        self.slot = timing.slot
        # All objects share two clocks, the time step and the slot.
        if architecture.genn:
            # All groups of a GeNN model share Brian2's default clock.
            defaultclock.dt = timing.dt
            self.clock = defaultclock
        else:
            self.clock = Clock(timing.dt, name="step_clock")
        self.slot_clock = Clock(timing.slot, name="slot_clock")
        self.timing = {k: v for k, v in namespace(timing).items() if k != "dt"} | {
            "slot": timing.slot,
            "slot_steps": timing.slot_steps,
            "presentation_steps": timing.presentation_steps,
            "counter_uniform": brian_function(),
            # Without a hidden layer there are no hidden spikes to wait for.
            "accept_at_once": int(not architecture.hidden),
        }
        self.groups = {}
        self.objects = []
        self.scalars = {"stream": [], "first": []}
        self.arrays = {}
        self.sources = {}
        self._create_groups()
        self._connect_synapses()
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
        for name, (source, target, stdp, learns) in self.architecture.projections().items():
            if learns:
                self._plastic(name, self.groups[source], self.groups[target], stdp)
            else:
                self._fixed(name, self.groups[source], self.groups[target], stdp)
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
        cell = self.settings.excitatory
        threshold = self.settings.threshold
        trace, trace_spike, stdp = self._traces(name)
        learns = "hidden" in self.architecture.learn
        rise = neurons.THETA_INCREMENT if learns else ""
        decay = neurons.THETA_DECAYS[self.architecture.theta_decay] if learns else ""
        group = self._group(
            name, self.architecture.sizes[name], neurons.EXCITATORY + neurons.THETA + trace,
            [cell, threshold, *stdp],
            threshold=neurons.EXCITATORY_THRESHOLD,
            reset=neurons.EXCITATORY_RESET + rise + trace_spike,
            method=EulerExactDecay(neurons.EXCITATORY_BOUNDS))
        group.V = cell.E_rest
        group.theta = threshold.theta_init
        self._each_slot(group, neurons.COUNT_START + decay)

    def _inhibitory(self, layer):
        """I: as many neurons as a hidden layer has."""
        group = self._group(
            _inhibitory_of(layer), self.architecture.sizes[layer], neurons.INHIBITORY,
            [self.settings.inhibitory],
            threshold=neurons.INHIBITORY_THRESHOLD, reset=neurons.INHIBITORY_RESET,
            method=EulerExactDecay(neurons.INHIBITORY_BOUNDS))
        group.V = self.settings.inhibitory.E_rest

    def _teacher(self):
        """SL in training: the label's neuron is made to fire."""
        label = self._timed("label", (self.architecture.capacity,))
        self._poisson("readout", self.architecture.n_classes, show.TEACHER_PROBABILITY, label)

    def _readout(self):
        """SL in testing: neurons that E drives."""
        group = self._group(
            "readout", self.architecture.n_classes, neurons.READOUT, [self.settings.readout],
            threshold=neurons.READOUT_THRESHOLD, reset=neurons.READOUT_RESET,
            method=EulerExactDecay())
        group.V = self.settings.readout.E_rest
        self._each_slot(group, neurons.COUNT_START)

    def _gate(self):
        """The neuron that tells the input to move on once the hidden layer has fired."""
        gate = self._group("gate", 1, show.GATE, [], threshold=show.GATE_THRESHOLD,
                           reset=show.GATE_RESET)
        self._each_slot(gate, show.GATE_ADVANCE)

    def _poisson(self, name, n, probability, shown):
        """Neurons that fire at random with a probability that is read from a TimedArray."""
        trace, trace_spike, stdp = self._traces(name)
        group = self._group(
            name, n, show.POISSON + trace, stdp,
            threshold=show.POISSON_THRESHOLD, reset=show.NEXT_SPIKE + trace_spike,
            # The probability is of double precision in float32 networks too: the input spikes
            # are the same.
            method=EulerExactDecay(), extra={shown.name: shown}, dtype={"p": np.float64})
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
        """Equations, reset and parameters of the traces that plastic synapses read."""
        model = ""
        reset = ""
        parameters = []
        for source, target, stdp, learns in self.architecture.projections().values():
            if learns and layer == source:
                model += plasticity.TRACE_PRE
                reset += plasticity.TRACE_PRE_SPIKE
                parameters.append(stdp)
            if learns and layer == target:
                model += plasticity.TRACE_POST + plasticity.SCALING_FACTOR
                parameters.append(stdp)
        return model, reset, parameters

    # -- synapses -------------------------------------------------------------------------

    def _lateral_inhibition(self, layer):
        """E excites its own neuron of I, which inhibits all other neurons of E."""
        excitatory = self.groups[layer]
        inhibitory = self.groups[_inhibitory_of(layer)]
        self._connect(excitatory, inhibitory, f"{layer}_{inhibitory.name}", connect="i",
                      on_pre=neurons.EXCITE, parameters=[self.settings.lateral])
        # No synapse is stored: a spike costs a loop over the N neurons.
        self._connect(inhibitory, excitatory, f"lateral{_number(layer)}", condition="i != j",
                      on_pre=neurons.INHIBIT, parameters=[self.settings.lateral])

    def _fixed(self, name, source, target, stdp):
        """All to all, with weights that stay."""
        self._connect(source, target, name, model=plasticity.WEIGHT, on_pre=self._transmit(target),
                      parameters=[stdp])

    def _plastic(self, name, source, target, stdp):
        """All to all, with weights that learn and are scaled before every presentation."""
        hidden = target.name.startswith("hidden")
        rule = plasticity.RULES[self.architecture.rule if hidden else "symmetric"]
        synapses = self._connect(
            source, target, name, model=plasticity.WEIGHT,
            on_pre=self._transmit(target) + rule["pre"], on_post=rule["post"],
            parameters=[stdp])
        # y is raised only after the presynaptic spikes of this step have read it.
        trace = self._connect(target, target, f"{target.name}_trace", connect="i",
                              on_pre=plasticity.TRACE_POST_SPIKE, parameters=[stdp])
        for order, pathway in enumerate((synapses.pre, synapses.post, trace.pre)):
            pathway.order = order
        scale_synapses(synapses, stdp.beta * stdp.w_max * len(source), self.slot_clock,
                       genn=self.architecture.genn)

    def _transmit(self, target):
        """What a spike does to the target's conductance; the teacher's neurons have none."""
        forced = target.name == "readout" and self._taught()
        return "" if forced else plasticity.TRANSMIT

    def _connect_gate(self):
        """The last hidden layer's spikes to the gate, and the gate's to input and teacher."""
        gate = self.groups["gate"]
        last = self.groups[f"hidden{len(self.architecture.hidden)}"]
        self._connect(last, gate, "hidden_gate", on_pre=show.GATE_COUNT)
        for name in ("input", "readout"):
            group = self.groups.get(name)
            if group is not None and "cursor" in group.variables:
                self._connect(gate, group, f"gate_{name}", on_pre=show.GATE_SPIKE)

    # -- what all of them need ------------------------------------------------------------

    def _taught(self):
        """Whether the SL layer learns."""
        return "readout" in self.architecture.learn

    def _add(self, *objects):
        self.objects.extend(objects)
        return objects[0]

    def _code(self, text):
        """GeNN knows the time only, not Brian2's count of the steps."""
        if self.architecture.genn:
            return text.replace("t_in_timesteps", "timestep(t, dt)")
        return text

    def _group(self, name, n, model, parameters, threshold, reset, extra=(), **keywords):
        names = self.timing | namespace(*parameters) | dict(extra)
        self.sources[name] = sources(self.settings.presentation, *parameters)
        group = NeuronGroup(n, model, threshold=self._code(threshold), reset=self._code(reset),
                            namespace=names, name=name, clock=self.clock, **keywords)
        self.groups[name] = self._add(group)
        return group

    def _each_slot(self, group, code):
        group.run_regularly(self._code(code), clock=self.slot_clock, when="start")

    def _connect(self, source, target, name, parameters=(), **keywords):
        self.sources[name] = sources(*parameters)
        return self._add(dense_synapses(
            source, target, name=name, clock=self.clock,
            namespace=namespace(*parameters) if parameters else None, **keywords))

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
