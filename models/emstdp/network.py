"""The network of Shrestha et al. (2019), Fig. 4b and 4c.

Forward (Fig. 4b, left): input -> hidden layers -> output, all to all and plastic. Backward (right):
the target and the output drive the loss neurons. Their spikes go down through the error neurons of
the hidden layers, by the forward weights (SW), by fixed weights from layer to layer (FA), or by
fixed weights straight from the loss neurons (DFA, Fig. 4c). Loss neurons and error neurons correct
the forward neurons one to one. Each kind of error has two groups, for positive and for negative
errors.

Within a time step neurons fire, are set back, and then their spikes act. So a spike acts one layer
further in the next step. Brian2's own order sets neurons back after their inputs have come, and
erases these.
"""

from brian2 import Network, SpikeMonitor, StateMonitor

from equations.forms import Neuron
from equations.shrestha2019 import neurons, plasticity, presentation as show
from models.dense import MatrixOf
from models.devices.network_description import NetworkDescription
from models.emstdp.architecture import SIGNS, Architecture, initial_state
from models.emstdp.network_objects import NetworkObjects
from models.own_equations.applied import own_neuron, reset_of, threshold_of
from models.shared.counter_bits import brian_functions

SCHEDULE = ["start", "groups", "thresholds", "resets", "synapses", "end"]
# GeNN's order: a spike acts at the beginning of the next step. Only at the ends of the phases does
# that make a difference: the spikes of the last step then act in the next phase.
GENN_SCHEDULE = ["start", "synapses", "groups", "thresholds", "resets", "end"]
# In which order the spikes of a step act. A group that is set back by its partner is so before it
# gets anything; weights change when everything has acted.
PARTNERS, FORWARD, LOSS, FEEDBACK, CORRECTION, GATE, LEARNING, APPLYING = range(8)


def build(architecture: Architecture) -> NetworkDescription:
    """Create the groups and connect the synapses.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture

    Returns
    -------
    NetworkDescription
        Stimuli ``pattern`` (intensities from 0 to 1), ``label`` and ``rate`` (the step of
        learning), a row per sample, the latter two only for a network that learns; numbers
        ``stream`` and ``first``. Records ``LAYER.h`` and, of a network that learns,
        ``LAYER.h_hat`` and ``LAYER_plus.count``, ``LAYER_minus.count`` of the error neurons.
    """
    return _Builder(architecture).description


class _Builder(NetworkObjects):
    """Fig. 4: the forward network from the input on, then the error network from the loss on."""

    def __init__(self, architecture):
        super().__init__(architecture)
        self._forward_network()
        if architecture.learns:
            self._error_network()
            self._learning()
        self._own_projections(CORRECTION)
        self.description = self._assemble()

    # -- Fig. 4b, left: the forward network -------------------------------------------------

    def _forward_network(self):
        self._input()
        for layer in self.architecture.layers[1:]:
            self._forward(layer)
        for name, (below, above) in self.architecture.projections().items():
            model = plasticity.WEIGHT
            if self.architecture.learns and self.rules.windows > 1:
                model += plasticity.SUM
            self._connect(below, above, name, FORWARD, model=model, on_pre=plasticity.TRANSMIT)

    def _input(self):
        """A neuron per pixel, which fires in proportion to its intensity."""
        n = self.architecture.sizes[0]
        coding = show.CODINGS[self.rules.coding]
        pattern = self._timed("pattern", (self.architecture.capacity, n))
        group = self._group("input", n, show.INPUT + coding["model"], coding["threshold"],
                            self._count(), pattern=pattern, **brian_functions())
        group.cursor = -1
        group.accepted = 1
        self._each_window(group, show.INPUT_START + coding["start"])

    def _forward(self, layer):
        """A hidden layer, or the output."""
        rules = self.rules
        learns = self.architecture.learns
        text = own_neuron(
            Neuron(neurons.FORWARD, neurons.FORWARD_THRESHOLD,
                   neurons.FORWARD_RESETS[rules.reset_forward]), self.own, layer)
        model = text.equations
        each_step = neurons.CLEAR if rules.clear and learns else ""
        start = neurons.FORWARD_START
        names = {"theta": self.architecture.thresholds[layer]}
        if rules.bias:
            model += neurons.BIAS
            each_step += neurons.ADD_BIAS
        if learns:
            model += neurons.LEARNING_RATE
            if rules.bias and rules.windows > 1:
                model += plasticity.BIAS_SUM
            start += neurons.LEARNING_RATE_START
            if rules.bias:
                names["always"] = rules.always
            names |= {"rate": self._rate(), "windows": rules.windows, "w_max": rules.w_max,
                      "step_factor": rules.output_factor if layer == "output" else 1.0}
        group = self._group(
            layer, self.architecture.size(layer), model, threshold_of(text),
            reset_of(text) + (text.adaptation if learns else "") + self._count(),
            **self._integrated(text), **names)
        if each_step:
            group.run_regularly(self._code(each_step), clock=self.clock, when="start", order=1)
        self._each_window(group, start + self._own_start(layer))

    def _count(self):
        """What a forward spike is counted as."""
        return show.COUNT if self.architecture.learns else show.COUNT_ALL

    # -- Fig. 4b, right, and 4c: the error network ------------------------------------------

    def _error_network(self):
        self._target()
        for layer in self.architecture.layers[1:]:
            self._error_neurons(layer)
        self._loss()
        for layer in self.architecture.hidden:
            self._feedback(layer)

    def _target(self):
        """A neuron per class; that of the label fires in phase 2."""
        n = self.architecture.sizes[-1]
        label = self._timed("label", (self.architecture.capacity,))
        group = self._group("target", n, neurons.TARGET, neurons.TARGET_THRESHOLD, "",
                            label=label, period=self.rules.target_period)
        self._each_window(group, neurons.TARGET_START)

    def _error_neurons(self, layer):
        """The error neurons of a layer, whose spikes correct its forward neurons."""
        rules = self.rules
        gated = rules.gated and layer != "output"
        gate = neurons.GATE_IS_OPEN if gated else ""
        names = {"theta_e": self.architecture.error_thresholds[layer]}
        for sign in SIGNS:
            name = f"{layer}_{sign}"
            text = own_neuron(Neuron(neurons.ERROR, neurons.ERROR_THRESHOLD,
                                     neurons.ERROR_RESETS[rules.reset_error]), self.own, name)
            group = self._group(
                name, self.architecture.size(layer), text.equations,
                neurons.ERROR_RUNS + threshold_of(text) + gate,
                reset_of(text) + text.adaptation + neurons.ERROR_COUNT, **self._integrated(text),
                **names)
            self._each_window(group, neurons.ERROR_START + self._own_start(name))
        correct = plasticity.CORRECT_BOUNDED if rules.bounded else plasticity.CORRECT
        for sign, other in (SIGNS, SIGNS[::-1]):
            self._one_to_one(f"{layer}_{sign}", f"{layer}_{other}", PARTNERS,
                             neurons.ERROR_PARTNERS[rules.reset_error], **names)
            self._one_to_one(f"{layer}_{sign}", layer, CORRECTION, correct[sign],
                             gamma=rules.gamma, theta=self.architecture.thresholds[layer])
            if gated:
                self._one_to_one(layer, f"{layer}_{sign}", GATE, plasticity.OPEN_GATE)

    def _loss(self):
        """Section 3.4: the loss neurons are the error neurons of the output."""
        for sign in SIGNS:
            loss = f"output_{sign}"
            self._one_to_one("target", loss, LOSS, plasticity.ADD_TARGET[sign],
                             w_L=self.rules.w_loss)
            self._one_to_one("output", loss, LOSS, plasticity.SUBTRACT_OUTPUT[sign],
                             w_L=self.rules.w_loss)

    def _feedback(self, layer):
        """Eq. 8: what drives the error neurons of a hidden layer."""
        source = self.architecture.feedback_source(layer)
        symmetric = self.architecture.feedback == "sw"
        weight = "w" if symmetric else "B"
        holder = self._object(f"{layer}_{source}") if symmetric else None
        names = self.architecture.feedback_names(layer)
        for (above, below), code in plasticity.FEEDBACK.items():
            pair = (f"{source}_{above}", f"{layer}_{below}")
            name = names[above, below]
            code = code.format(weight=weight)
            if holder is None:
                # The first of the four holds the matrix; in GeNN each does.
                made = self._connect(*pair, name, FEEDBACK, on_pre=code,
                                     model=plasticity.FEEDBACK_WEIGHT)
                holder = None if self.architecture.genn else made
            else:
                self._connect(*pair, name, FEEDBACK, on_pre=code,
                              pattern=MatrixOf(holder, transposed=symmetric),
                              values={weight: holder})

    # -- Eq. 12 -----------------------------------------------------------------------------

    def _learning(self):
        """The update of the forward weights at the end of a window."""
        if self.architecture.genn:
            self._learning_of_genn()
            return
        names = {"w_max": self.rules.w_max, "windows": self.rules.windows}
        presynaptic = plasticity.PRESYNAPTIC[self.rules.presynaptic]
        summed = self.rules.windows > 1
        change = plasticity.ADD_UP if summed else plasticity.UPDATE
        for name, (below, above) in self.architecture.projections().items():
            forward = self._object(name)
            shared = {"w": forward, "dw": forward} if summed else {"w": forward}
            self._connect(below, above, f"learn_{name}", LEARNING, on_event="learn",
                          on_pre=change.format(presynaptic=presynaptic),
                          pattern=MatrixOf(forward), values=shared, namespace=names)
            if summed:
                self._connect(below, above, f"apply_{name}", APPLYING, on_event="apply",
                              on_pre=plasticity.APPLY_SUM, pattern=MatrixOf(forward),
                              values=shared, namespace=names)
        if self.rules.bias:
            change = plasticity.UPDATE_BIAS_SUM if summed else plasticity.UPDATE_BIAS
            for layer in self.architecture.layers[1:]:
                self.groups[layer].run_on_event("learn", change)

    def _learning_of_genn(self):
        """GeNN has no events but spikes: weights change at the beginning of the next window."""
        code = plasticity.UPDATE.format(
            presynaptic=plasticity.PRESYNAPTIC[self.rules.presynaptic])
        for name in self.architecture.projections():
            if self.own.projection(f"learn_{name}").on_pre is not None:
                raise self.own.error(f"projections.learn_{name}", "GeNN has no events at which "
                                     "weights change by equations of one's own; choose another "
                                     "device")
            forward = self._object(name)
            forward.namespace["w_max"] = self.rules.w_max
            forward.run_regularly(code, clock=self.slot_clock, when="start", order=-1)

    def _events(self, name):
        """The events of a group at which weights change."""
        rules = self.rules
        if not self.architecture.learns or self.architecture.genn:
            return {}
        if name not in self.architecture.layers:
            return {}
        if name == "output":
            return {"learn": show.LAST_STEP} if rules.bias else {}
        # The bias of a silent neuron changes, too.
        end = show.LAST_STEP if rules.bias and name != "input" else (
            plasticity.ENDS[rules.presynaptic])
        return {"learn": end} | ({"apply": plasticity.LAST_OF_SUM} if rules.windows > 1 else {})

    # -- what the devices must know -----------------------------------------------------------

    def _assemble(self):
        records = self._per_window("input", ["cursor"], [0])
        for layer in self.architecture.layers[1:]:
            counts = ["h", "h_hat"] if self.architecture.learns else ["h"]
            records |= self._per_window(layer, counts, True)
            for sign in SIGNS if self.architecture.learns else ():
                records |= self._per_window(f"{layer}_{sign}", ["count"], True)
        spikes = {}
        if self.architecture.observe:
            spikes = {name: self._add(SpikeMonitor(group)) for name, group in self.groups.items()}
        network = Network(self.objects, name="network")
        network.schedule = GENN_SCHEDULE if self.architecture.genn else SCHEDULE
        follower = self.groups["input"]
        scalars = {name: [(follower, name)] for name in ("stream", "first")}
        state = {}
        for name in initial_state(self.architecture, 0):
            owner, variable = name.split(".")
            state[name] = (self._object(owner), variable)
        return NetworkDescription(
            network=network, clock=self.clock, slot_clock=self.slot_clock, follower=follower,
            sample_record="input.cursor", max_attempts=1, capacity=self.architecture.capacity,
            state=state, arrays=self.arrays, scalars=scalars, first_sample="first",
            records=records, spikes=spikes, sources=self._sources())

    def _per_window(self, name, variables, record):
        monitor = self._add(StateMonitor(
            self.groups[name], variables, record=record, clock=self.slot_clock, when="start",
            order=-10, name=f"windows_{name}"))
        return {f"{name}.{variable}": (monitor, variable) for variable in variables}
