"""What groups and projections of a Diehl & Cook network are made with: names, clocks, checks."""

from brian2 import Clock, NeuronGroup, defaultclock

from equations.parameters import namespace, sources
from models.dense import dense_synapses
from models.diehl_cook.architecture import Architecture
from models.own_equations.applied import new_values
from models.own_equations.check import check_groups, check_projections, check_rule, made
from models.own_equations.traces import Names
from models.shared.counter_random import brian_function


class NetworkObjects:
    """Groups and projections by name, on two clocks, and where their numbers are from.

    Parameters
    ----------
    architecture : models.diehl_cook.architecture.Architecture
    """

    def __init__(self, architecture: Architecture):
        self.architecture = architecture
        self.settings = architecture.settings
        self.own = architecture.own
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
        self.sources = {}

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

    def _names(self, name, cells=()):
        """Names that the text of a group may use: timing, and parameters of its neurons."""
        groups = [self.settings.presentation, *cells]
        return Names(self.timing | namespace(*cells), sources(*groups), name)

    def _synapse_names(self, name, *groups):
        """Names that the text of a projection may use."""
        given = (self.architecture.own_parameters(name)
                 if name in self.architecture.projections()
                 else self.own.parameters("projections", name))
        own = new_values(self.own, "projections", name, given, *groups)
        return Names(namespace(*groups) | own[0], sources(*groups) | own[1], name)

    def _group(self, name, n, model, names, threshold, reset, stimulus=None, **keywords):
        self.sources[name] = names.sources
        values = names.values | ({} if stimulus is None else {stimulus.name: stimulus})
        group = made(self.own, f"groups.{name}", lambda: NeuronGroup(
            n, model, threshold=self._code(threshold), reset=self._code(reset), namespace=values,
            name=name, clock=self.clock, **keywords))
        self.groups[name] = self._add(group)
        return group

    def _each_slot(self, group, code):
        group.run_regularly(self._code(code), clock=self.slot_clock, when="start")

    def _connect(self, source, target, name, names, **keywords):
        self.sources[name] = names.sources
        return self._add(dense_synapses(source, target, name=name, clock=self.clock,
                                        namespace=names.values or None, **keywords))

    def _check(self):
        """Let Brian2 check what is one's own."""
        if not self.own:
            return
        projections = {each.name: each for each in self.objects if hasattr(each, "target")}
        check_groups(self.own, {name: group for name, group in self.groups.items()
                                if name != "readout" or not self._taught()})
        check_projections(self.own, projections)
        for name, each in self.architecture.projections().items():
            rule = self.architecture.rule_name(name)
            if each.learns and rule in self.own.rules:
                check_rule(self.own, rule, each.rule, projections[name])
