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
from equations.parameters import namespace
from models.devices.network_description import NetworkDescription
from models.shared.counter_random import brian_function
from models.dense import dense_synapses
from models.diehl_cook.architecture import initial_state
from models.shared.euler_exact_decay import EulerExactDecay
from models.diehl_cook.synaptic_scaling import scale_synapses

# GeNN's order of a time step: a spike acts on its targets in the next step.
SCHEDULE = ["start", "synapses", "groups", "thresholds", "resets", "end"]


def build(architecture):
    """Create the groups and connect the synapses.

    Parameters
    ----------
    architecture : models.diehl_cook.architecture.Architecture

    Returns
    -------
    NetworkDescription
    """
    return _Builder(architecture).description


class _Builder:
    def __init__(self, architecture):
        self.architecture, self.settings = architecture, architecture.settings
        timing = self.settings.presentation
        self.slot = timing.slot
        # Two clocks for all objects: the time step and the slot.
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
        self.groups, self.objects = {}, []
        self.scalars = {"stream": [], "first": []}
        shape = (architecture.capacity, architecture.n_input)
        self.arrays = {"pattern": self._timed("pattern", shape)}
        for layer in architecture.layers:
            self._layer(layer)
        for name, (source, target, stdp, learns) in architecture.projections().items():
            self._project(name, self.groups[source], self.groups[target], stdp, learns)
        if architecture.hidden:
            self._gate()
        self.description = self._assemble()

    def _timed(self, name, shape):
        return TimedArray(np.zeros(shape), dt=self.slot, name=name)  # float64, see _poisson

    def _add(self, *objects):
        self.objects.extend(objects)
        return objects[0]

    def _code(self, text):
        """GeNN knows the time only, not Brian2's count of the steps."""
        return text.replace("t_in_timesteps", "timestep(t, dt)") if self.architecture.genn else text

    def _group(self, name, n, model, parameters, threshold, reset, extra=(), **keywords):
        names = self.timing | namespace(*parameters) | dict(extra)
        group = NeuronGroup(n, model, threshold=self._code(threshold), reset=self._code(reset),
                            namespace=names, name=name, clock=self.clock, **keywords)
        self.groups[name] = self._add(group)
        return group

    def _traces(self, layer):
        """Equations, reset and parameters of the traces that plastic synapses read."""
        model, reset, parameters = "", "", []
        for source, target, stdp, learns in self.architecture.projections().values():
            if learns and layer == source:
                model += plasticity.TRACE_PRE
                reset += plasticity.TRACE_PRE_SPIKE
                parameters.append(stdp)
            if learns and layer == target:
                model += plasticity.TRACE_POST + plasticity.SCALING_FACTOR
                parameters.append(stdp)
        return model, reset, parameters

    def _layer(self, layer):
        n = self.architecture.sizes[layer]
        trace, spike, stdp = self._traces(layer)
        if layer == "input":
            self._poisson(layer, n, show.PIXEL_PROBABILITY, trace, spike, stdp,
                          {"pattern": self.arrays["pattern"]})
        elif layer.startswith("hidden"):
            self._hidden(layer, n, trace, spike, stdp)
        elif "readout" in self.architecture.learn:
            self.arrays["label"] = self._timed("label", (self.architecture.capacity,))
            self._poisson(layer, n, show.TEACHER_PROBABILITY, trace, spike, stdp,
                          {"label": self.arrays["label"]})
        else:
            group = self._group(
                layer, n, neurons.READOUT, [self.settings.readout],
                threshold=neurons.READOUT_THRESHOLD, reset=neurons.READOUT_RESET,
                method=EulerExactDecay())
            group.V = self.settings.readout.E_rest
            self._each_slot(group, neurons.COUNT_START)

    def _each_slot(self, group, code, order=0):
        group.run_regularly(self._code(code), clock=self.slot_clock, when="start", order=order)

    def _poisson(self, name, n, probability, trace, spike, stdp, arrays):
        group = self._group(
            name, n, show.POISSON + trace, stdp,
            threshold=show.POISSON_THRESHOLD, reset=show.NEXT_SPIKE + spike,
            # In float32 networks too: the input spikes are the same.
            method=EulerExactDecay(), extra=arrays, dtype={"p": np.float64})
        group.cursor, group.accepted, group.next_spike = -1, 1, -1
        self._each_slot(group, show.ADVANCE + probability + show.FIRST_SPIKE)
        for scalar, owners in self.scalars.items():
            owners.append((group, scalar))

    def _hidden(self, name, n, trace, spike, stdp):
        adaptive = "hidden" in self.architecture.learn
        cell, settings = self.settings.excitatory, self.settings
        rise = neurons.THETA_INCREMENT if adaptive else ""
        excitatory = self._group(
            name, n, neurons.EXCITATORY + neurons.THETA + trace, [cell, settings.threshold, *stdp],
            threshold=neurons.EXCITATORY_THRESHOLD,
            reset=neurons.EXCITATORY_RESET + rise + spike,
            method=EulerExactDecay({"V": ("E_floor", "E_exc"), "hold": ("0*ms", "refractory")}))
        excitatory.V, excitatory.theta = cell.E_rest, settings.threshold.theta_init
        decay = neurons.THETA_DECAYS[self.architecture.theta_decay] if adaptive else ""
        self._each_slot(excitatory, neurons.COUNT_START + decay)
        k = name.removeprefix("hidden")
        inhibitory = self._group(
            f"inhibitory{k}", n, neurons.INHIBITORY, [settings.inhibitory],
            threshold=neurons.INHIBITORY_THRESHOLD, reset=neurons.INHIBITORY_RESET,
            method=EulerExactDecay({"hold": ("0*ms", "refractory")}))
        inhibitory.V = settings.inhibitory.E_rest
        lateral = namespace(settings.lateral)
        self._connect(excitatory, inhibitory, f"{name}_inhibitory{k}", connect="i",
                      on_pre=neurons.EXCITE, namespace=lateral)
        # A spike inhibits all other neurons. No synapse is stored: O(N).
        self._connect(inhibitory, excitatory, f"lateral{k}", condition="i != j",
                      on_pre=neurons.INHIBIT, namespace=lateral)

    def _connect(self, source, target, name, **keywords):
        return self._add(dense_synapses(source, target, name=name, clock=self.clock, **keywords))

    def _project(self, name, source, target, stdp, learns):
        forced = target.name == "readout" and "readout" in self.architecture.learn
        transmit = "" if forced else plasticity.TRANSMIT
        names = namespace(stdp)
        if not learns:
            self._connect(source, target, name, model=plasticity.WEIGHT, on_pre=transmit,
                          namespace=names)
            return
        hidden = target.name.startswith("hidden")
        rule = plasticity.RULES[self.architecture.rule if hidden else "symmetric"]
        synapses = self._connect(
            source, target, name, model=plasticity.WEIGHT, on_pre=transmit + rule["pre"],
            on_post=rule["post"], namespace=names)
        # y is raised only after the presynaptic spikes of this step have read it.
        trace = self._connect(target, target, f"{target.name}_trace", connect="i",
                              on_pre=plasticity.TRACE_POST_SPIKE, namespace=names)
        for order, pathway in enumerate((synapses.pre, synapses.post, trace.pre)):
            pathway.order = order
        scale_synapses(synapses, stdp.beta * stdp.w_max * len(source), self.slot_clock,
                       genn=self.architecture.genn)

    def _gate(self):
        """The neuron that tells the input to move on once the hidden layer has fired."""
        gate = self._group("gate", 1, show.GATE, [], threshold=show.GATE_THRESHOLD,
                           reset=show.GATE_RESET)
        self._each_slot(gate, show.GATE_ADVANCE)
        last = self.groups[f"hidden{len(self.architecture.hidden)}"]
        self._connect(last, gate, "hidden_gate", on_pre=show.GATE_COUNT)
        for name in ("input", "readout"):
            group = self.groups.get(name)
            if group is not None and "cursor" in group.variables:
                self._connect(gate, group, f"gate_{name}", on_pre=show.GATE_SPIKE)

    def _assemble(self):
        architecture, timing = self.architecture, self.settings.presentation
        follower, records = self.groups["input"], {}

        def per_slot(group, variables, record):
            monitor = StateMonitor(group, variables, record=record, clock=self.slot_clock,
                                   when="start", order=-10, name=f"slots_{group.name}")
            self._add(monitor)
            for variable in variables:
                records[f"{group.name}.{variable}"] = (monitor, variable)

        per_slot(follower, ["cursor", "attempt"], [0])
        for name, group in self.groups.items():
            if "count" in group.variables:
                per_slot(group, ["count"], True)
        spikes, traces = {}, {}
        if architecture.observe:
            for name in self.groups:
                if name != "gate":
                    spikes[name] = self._add(SpikeMonitor(self.groups[name]))
            for name in ("V", "theta") if architecture.hidden else ():
                monitor = StateMonitor(
                    self.groups["hidden1"], name, record=True, clock=self.clock)
                traces[f"hidden1.{name}"] = (self._add(monitor), name)
        objects = {o.name: o for o in self.objects}
        state = {}
        for key in initial_state(architecture, 0):
            owner, variable = key.split(".")
            state[key] = (objects[owner], variable)
        network = Network(self.objects)
        network.schedule = SCHEDULE
        return NetworkDescription(
            network=network, clock=follower.clock, slot_clock=self.slot_clock, follower=follower,
            sample_record="input.cursor", max_attempts=timing.max_attempts,
            capacity=architecture.capacity, state=state, arrays=self.arrays, scalars=self.scalars,
            first_sample="first", records=records, spikes=spikes, traces=traces)
