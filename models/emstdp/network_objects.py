"""What groups and projections of an EMSTDP network are made with: names, clocks, checks."""

import numpy as np
from brian2 import Clock, NeuronGroup, TimedArray, defaultclock, ms

from equations.parameters import sources
from models.dense import dense_synapses
from models.emstdp.architecture import Architecture
from models.own_equations.applied import bounds_of, new_values
from models.own_equations.check import check_groups, check_projections, made
from models.own_equations.owners import refuse_unknown
from models.own_equations.syntax import equations
from models.shared.euler_exact_decay import EulerExactDecay

DT = 1 * ms
"""Section 4.2."""
RENAMED = {"T": "steps", "w_L": "w_loss", "period": "target_period"}
"""Names in the equations, and the setting that each one is."""


class NetworkObjects:
    """Groups and projections by name, on two clocks, and where their numbers are from.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    """

    def __init__(self, architecture: Architecture):
        self.architecture = architecture
        self.own = architecture.own
        self.own_sources = {}
        self.rules = architecture.rules
        if architecture.genn:
            # All groups of a GeNN model share Brian2's default clock.
            defaultclock.dt = DT
            self.clock = defaultclock
        else:
            self.clock = Clock(DT, name="step_clock")
        steps = self.rules.steps
        self.slot_clock = Clock(steps * DT, name="slot_clock")
        self.window = {"T": steps, "half": steps // 2, "skip": self.rules.skip,
                       "wait": self.rules.wait}
        self.groups = {}
        self.objects = []
        self.arrays = {}


    def _timed(self, name, shape):
        """A stimulus: a row per sample, each of which is shown in one window."""
        if name not in self.arrays:
            self.arrays[name] = TimedArray(np.zeros(shape), dt=self.slot_clock.dt, name=name)
        return self.arrays[name]

    def _rate(self):
        return self._timed("rate", (self.architecture.capacity,))

    def _code(self, text):
        """GeNN knows the time only, not Brian2's count of the steps."""
        if self.architecture.genn:
            return text.replace("t_in_timesteps", "timestep(t, dt)")
        return text

    def _group(self, name, n, model, threshold, reset, method=None, **names):
        events = self._events(name)
        if "apply" in events:
            names = {"rate": self._rate()} | names
        names = self._with_own("groups", name, names)
        keywords = {} if method is None else {"method": method}
        group = made(self.own, f"groups.{name}", lambda: NeuronGroup(
            n, model, threshold=self._code(threshold), reset=self._code(reset),
            events={k: self._code(v) for k, v in events.items()}, namespace=self.window | names,
            name=name, clock=self.clock, **keywords))
        self.groups[name] = self._add(group)
        return group

    def _with_own(self, kind, owner, names):
        """Names of a text, with one's own values for some."""
        own = self.own.parameters(kind, owner)
        values, self.own_sources[owner] = new_values(self.own, kind, owner, own)
        return names | values

    def _each_window(self, group, code):
        group.run_regularly(self._code(code), clock=self.slot_clock, when="start")

    def _one_to_one(self, source, target, order, code, **names):
        self._connect(source, target, f"{source}_to_{target}", order, on_pre=code, connect="i",
                      namespace=names)

    def _connect(self, source, target, name, order, on_pre, namespace=None, **keywords):
        own = self.own.projection(name).on_pre
        on_pre = on_pre if own is None else own
        namespace = self._with_own("projections", name, namespace or {})
        synapses = dense_synapses(
            self.groups[source], self.groups[target], name=name, clock=self.clock,
            on_pre=self._code(on_pre), namespace=self.window | namespace, **keywords)
        synapses.pre.order = order
        return self._add(synapses)

    def _add(self, thing):
        self.objects.append(thing)
        return thing

    def _object(self, name):
        return next(each for each in self.objects if each.name == name)

    def _integrated(self, text):
        """The method of neurons that have differential equations; the paper's have none."""
        if not any(each.differential for each in equations(text.equations)):
            return {}
        return {"method": EulerExactDecay(bounds_of(text))}

    def _own_start(self, group):
        """What happens to variables of one's own at the beginning of a window."""
        values = self.architecture.initial_values(group)
        return "".join(f"{name} = {value}\n" for name, value in values.items())

    # -- equations of one's own -----------------------------------------------------------------

    def _own_projections(self, order):
        """New projections, where the network has both of their groups; names and units checked."""
        for name, each in self.own.new_projections.items():
            ends = [each.origin, each.target]
            if all(end in self.groups for end in ends):
                self._connect(*ends, name, order, on_pre=each.on_pre, **each.connection)
            elif self.architecture.learns:
                raise self.own.error(f"projections.{name}", f"{' or '.join(ends)} is no group: "
                                     f"choose of {', '.join(self.groups)}")
        if not self.own:
            return
        projections = {each.name: each for each in self.objects if hasattr(each, "target")}
        if self.architecture.learns:
            neurons_of_net = [name for name in self.groups if name not in ("input", "target")]
            paper = [name for name in projections if name not in self.own.new_projections]
            refuse_unknown(self.own, neurons_of_net, paper, [])
        check_groups(self.own, self.groups)
        check_projections(self.own, projections)

    def _sources(self):
        """Where the numbers are from, for every object."""
        found = sources(self.rules)
        found |= {name: found[setting] for name, setting in RENAMED.items()}
        return {each.name: found | self.own_sources.get(each.name, {}) for each in self.objects}
