"""The network of Zhao et al. (2020) as NeuronGroups and projections from text equations.

Within a step a layer takes what has come, is updated (Eq. 2 by forward Euler, hence Eq. 3), fires,
is set back and passes on its activity, and then the next layer does. So activities cross all layers
in one step, as the indices of Eq. 3 say. Each layer has slots of its own in the schedule for this.
"""

import numpy as np
from brian2 import Clock, Network, NeuronGroup, SpikeMonitor, StateMonitor, TimedArray, second

from equations.parameters import sources
from equations.zhao2020 import neurons as cell, presentation as show
from equations.zhao2020.settings import Form, Neurons, RateNeurons
from models.dense import dense_synapses
from models.devices.network_description import NetworkDescription
from models.shared.layered import layer_names


def glsnn_network(sizes: tuple[int, ...], form: Form, capacity: int,
                  observe: bool = False) -> NetworkDescription:
    """Create the groups and connect them; weights and biases are 0.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of the input, of the hidden layers and of the output.
    form : equations.zhao2020.settings.Form
    capacity : int
        Samples that fit into one call.
    observe : bool
        Record the spikes of the layers behind the input, and V of every step.

    Returns
    -------
    NetworkDescription
        Stimulus ``pattern`` (pixels from 0 to 1); records ``LAYER.n``, ``LAYER.V_end`` and
        ``LAYER.S_read``, the activity that is learned from; state as
        `models.shared.layered.layered_shapes`.
    """
    return _Builder(sizes, form, capacity, observe).description


def sample_steps(sizes: tuple[int, ...], form: Form) -> int:
    """Time steps for which the groups show a sample: T/dt, or that for each layer."""
    return form.steps * (1 if form.passing == "steps" else len(sizes) - 1)


class _Builder:
    """The input and then, layer after layer, the projection and the neurons that it drives."""

    def __init__(self, sizes, form, capacity, observe):
        self.form = form
        self.layers = layer_names(sizes)
        self.stepwise = form.passing == "steps"
        self.sample_steps = sample_steps(sizes, form)
        dt = Neurons.dt * second
        self.clock = Clock(dt, name="step_clock")
        self.slot_clock = Clock(self.sample_steps * dt, name="slot_clock")
        self.objects = []
        # Brian2's own slots hold what groups and projections do beside that which is set here.
        self.schedule = ["start", "groups", "thresholds", "synapses", "resets"]
        self.state = {}
        self.groups = {"input": self._input(sizes[0], capacity)}
        for k, name in enumerate(self.layers[1:]):
            self._layer(k, name, sizes[k + 1])
        self.description = self._assemble(capacity, observe)

    # -- the input ----------------------------------------------------------------------------

    def _input(self, n, capacity):
        self.pattern = TimedArray(np.zeros((capacity, n)), dt=self.slot_clock.dt, name="pattern")
        group = self._add(NeuronGroup(
            n, show.INPUT, events={"pass_on": show.INPUT_PASSES[self.form.passing]},
            namespace={"pattern": self.pattern, "sample_steps": self.sample_steps},
            name="input", clock=self.clock))
        group.cursor = -1
        group.accepted = 1
        self._each_sample(group, show.INPUT_START)
        group.thresholder["pass_on"].when = self._slot("input_passes")
        return group

    # -- a layer behind it ------------------------------------------------------------------

    def _layer(self, k, name, n):
        """The k-th layer behind the input, and the projection that drives it."""
        projection = self._project(self.layers[k], name, n, k)
        group = self.groups[name]
        projection.pre.when = self._slot(f"{name}_synapses")
        self._take_input(group)
        group.state_updater.when = self._slot(f"{name}_update")
        group.thresholder["spike"].when = self._slot(f"{name}_threshold")
        group.resetter["spike"].when = self._slot(f"{name}_reset")
        self._pass_on(group)
        self.state[f"{projection.name}.w"] = (projection, "w")
        self.state[f"{name}.b"] = (group, "b")

    def _project(self, below, name, n, k):
        self.groups[name] = self._neurons(name, n, k)
        return self._add(dense_synapses(
            self.groups[below], self.groups[name], show.WEIGHT, on_pre=show.TRANSMIT,
            on_event="pass_on", clock=self.clock, name=f"{below}_{name}"))

    def _neurons(self, name, n, k):
        form = self.form
        hidden = name != "output"
        events = {}
        if not self.stepwise:
            events |= {"begin": show.BEGINS, "finish": show.ENDS}
        if hidden:
            events["pass_on"] = show.PASSES[form.passing]
        parts = ((form.hidden_current, form.hidden_spikes) if hidden
                 else (form.output_current, form.output_spikes))
        namespace = dict(zip(("current", "spikes"), map(float, parts))) | self._numbers() | {
            "tau": form.tau, "steps": form.steps, "sample_steps": self.sample_steps,
            "first": k * form.steps, "last": (k + 1) * form.steps - 1}
        model = cell.MODELS[form.neuron] + cell.STATE
        group = self._add(NeuronGroup(
            n, model, method=cell.METHOD, threshold=cell.THRESHOLD, reset=cell.RESET,
            events=events, namespace=namespace, name=name, clock=self.clock))
        self._each_sample(group, cell.SAMPLE_START + cell.REST[form.neuron])
        return group

    def _numbers(self):
        """Parameters of the neurons."""
        if self.form.neuron == "current":
            own = RateNeurons()
            return {"V_th": own.V_th, "V_reset": own.V_reset, "tau_V": own.tau_V * second}
        own = Neurons()
        return {"V_L": own.V_L, "V_E": own.V_E, "V_th": own.V_th, "V_reset": own.V_reset,
                "g_L": self.form.g_L, "tau_m": own.tau_m * second, "tau_E": own.tau_E * second}

    def _take_input(self, group):
        """In each step, or at the first one of the layer."""
        if self.stepwise:
            group.run_regularly(cell.TAKE_INPUT, clock=self.clock,
                                when=self._slot(f"{group.name}_input"))
            return
        group.thresholder["begin"].when = self._slot(f"{group.name}_begin")
        group.run_on_event("begin", cell.TAKE_INPUT, when=self._slot(f"{group.name}_input"))

    def _pass_on(self, group):
        """In each step, or at the last one of the layer."""
        read = cell.READ[self.form.reading]
        code = cell.ACTIVITY + (show.PASS_STEP.format(read=read) if self.stepwise else "")
        group.run_regularly(code, clock=self.clock, when=self._slot(f"{group.name}_activity"))
        if not self.stepwise:
            code = show.PASS_END.format(read=read, rest=cell.REST[self.form.neuron])
            group.thresholder["finish"].when = self._slot(f"{group.name}_end")
            group.run_on_event("finish", code, when=self._slot(f"{group.name}_reading"))
        if "pass_on" in group.events:
            group.thresholder["pass_on"].when = self._slot(f"{group.name}_passes")

    # -- what all of them need ----------------------------------------------------------------

    def _add(self, thing):
        self.objects.append(thing)
        return thing

    def _slot(self, name):
        """Append a slot to the schedule of a step."""
        self.schedule.append(name)
        return name

    def _each_sample(self, group, code):
        group.run_regularly(code, clock=self.slot_clock, when="start")

    def _assemble(self, capacity, observe):
        records = self._per_sample("input", ["cursor"], [0])
        spikes = {}
        traces = {}
        for name in self.layers[1:]:
            records |= self._per_sample(name, ["n", "V_end", "S_read"], True)
            if observe:
                group = self.groups[name]
                spikes[name] = self._add(SpikeMonitor(group, when="end", name=f"{name}_spikes"))
                trace = StateMonitor(group, "V", record=True, clock=self.clock, when="end",
                                     name=f"{name}_trace")
                traces[f"{name}.V"] = (self._add(trace), "V")
        own = RateNeurons() if self.form.neuron == "current" else Neurons()
        known = sources(own, self.form)
        network = Network(self.objects)
        network.schedule = [*self.schedule, "end"]
        return NetworkDescription(
            network=network, clock=self.clock, slot_clock=self.slot_clock,
            follower=self.groups["input"], sample_record="input.cursor", max_attempts=1,
            capacity=capacity, state=self.state, arrays={"pattern": self.pattern},
            records=records, spikes=spikes, traces=traces,
            sources={each.name: known for each in self.objects})

    def _per_sample(self, name, variables, record):
        monitor = self._add(StateMonitor(
            self.groups[name], variables, record=record, clock=self.slot_clock, when="start",
            order=-10, name=f"samples_{name}"))
        return {f"{name}.{variable}": (monitor, variable) for variable in variables}
