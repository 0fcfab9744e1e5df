"""`DenseSynapses`: projections whose code is a loop over rows of a matrix.

Brian2's ``Synapses`` finds the synapses of a spike in lists: two index arrays, a queue of
synapse numbers, a gather for every access. A projection that connects every neuron to every
other needs none of that: the presynaptic neuron k has the weights ``w[k, :]``, contiguous in
memory, and a spike is one loop over them. The same holds for other connections that can be
counted (`models.dense.patterns`). The equations stay text and go through Brian2's
code generation, units included; only the loop around them is another one
(``templates/dense_*.cpp``).
"""

from contextlib import suppress

import numpy as np
from brian2 import Quantity, Subgroup, Synapses
from brian2.codegen.codeobject import create_runner_codeobj
from brian2.core.names import find_name
from brian2.core.variables import Variables
from brian2.equations.equations import PARAMETER, SUBEXPRESSION, Equations, check_subexpressions
from brian2.groups.group import CodeRunner, Group, get_dtype

from models.dense.matrix import Matrix, MatrixIndexing, NeuronNumbers
from models.dense.pathway import Pathway
from models.dense.refusals import refuse_model, refuse_values
from models.errors import SuiteError


class DenseSynapses(Matrix, Group):
    """A projection on the dense device; made by `models.dense.dense_synapses`.

    Attributes
    ----------
    source, target : NeuronGroup or Subgroup
    pattern : models.dense.patterns.Pattern
    pre, post : Pathway
        Their ``order`` and ``delay`` may be changed.
    """

    add_to_magic_network = True

    def __init__(self, source, target, model="", *, pattern, values=None, on_pre=None,
                 on_post=None, on_event="spike", delay=None, namespace=None, dtype=None, dt=None,
                 clock=None, order=0, name="synapses*", method=None, **other):
        # The default name is that of Brian2, where names break ties in the order of execution.
        super().__init__(dt=dt, clock=clock, when="start", order=order, namespace=namespace,
                         name=name)
        if other:
            raise SuiteError(f"{self.name}: no dense form of {', '.join(sorted(other))}; use "
                             "brian2.Synapses")
        self.source = source
        self.target = target
        self.pattern = pattern
        self.n_pre = pattern.n_pre
        self.n_post = pattern.n_post
        self.pre_start = _first(source)
        self.post_start = _first(target)
        self.codeobj_class = None
        self.add_dependency(source)
        self.add_dependency(target)
        self.equations = model if isinstance(model, Equations) else Equations(model)
        refuse_model(self, self.equations, on_pre, on_post)
        refuse_values(self, values or {})
        self._declare(dtype, values or {})
        self._connect({"pre": on_pre, "post": on_post}, on_event, delay)
        self._indices = MatrixIndexing(self)
        # Brian2 takes the size of a variable from these.
        self.start = 0
        self.stop = len(self)
        self._enable_group_attributes()

    def _connect(self, codes, on_event, delay):
        """Make the pathways of those sides that have code."""
        delays = delay if isinstance(delay, dict) else {"pre": delay}
        delays = {side: time for side, time in delays.items() if time is not None}
        for side, code in codes.items():
            if code:
                event = on_event if isinstance(on_event, str) else on_event.get(side, "spike")
                pathway = Pathway(self, side, code, delays.pop(side, None), event)
                setattr(self, side, pathway)
                self.contained_objects.append(pathway)
        if delays:
            raise SuiteError(f"{self.name}: a delay without on_{next(iter(delays))}")

    def __len__(self):
        return self.variables["N"].value

    def __getitem__(self, item):
        """Numbers of the synapses, for the ``record`` of a StateMonitor: ``synapses[0, 3:5]``."""
        return self._indices(item)

    def before_run(self, run_namespace):
        """Brian2's check: no random numbers in subexpressions."""
        check_subexpressions(self, self.equations, run_namespace)
        super().before_run(run_namespace)

    def _declare(self, dtype, values):
        """Declare the variables that text can name."""
        self.variables = Variables(self)
        self.variables.add_constant("N", self.pattern.count)
        self.variables.add_constant("N_pre", self.n_pre)
        self.variables.add_constant("N_post", self.n_post)
        self.variables.create_clock_variables(self._clock)
        # Loop counters of the templates, not arrays.
        for counter in ("i", "j", "_presynaptic_idx", "_postsynaptic_idx", "_element"):
            self.variables.add_auxiliary_variable(counter, dtype=np.int32)
            self.variables[counter].unique = False
        self.variables["_element"].unique = self.pattern.distinct
        for equation in self.equations.values():
            self._declare_own(equation, get_dtype(equation, dtype))
        for name, group in values.items():
            self.variables.add_reference(name, group, name, index="_element")
        self._declare_degrees()
        self._refer_to(self.target, "_post", "_postsynaptic_idx")
        self._refer_to(self.source, "_pre", "_presynaptic_idx")
        self._refer_to(self.target, "", "_postsynaptic_idx")

    def _declare_own(self, equation, dtype):
        """A variable of the synapses."""
        scalar = "shared" in equation.flags
        common = {"dimensions": equation.dim, "dtype": dtype, "scalar": scalar,
                  "index": "0" if scalar else None}
        if equation.type == PARAMETER:
            self.variables.add_array(equation.varname, size=1 if scalar else self.pattern.count,
                                     constant="constant" in equation.flags, **common)
        elif equation.type == SUBEXPRESSION:
            self.variables.add_subexpression(equation.varname, expr=str(equation.expr), **common)

    def _declare_degrees(self):
        """``N_incoming`` and ``N_outgoing``: constants, unless neurons differ in them."""
        degrees = self.pattern.degrees()
        for name, start, index in (("N_incoming", self.post_start, "_postsynaptic_idx"),
                                   ("N_outgoing", self.pre_start, "_presynaptic_idx")):
            numbers = degrees[name]
            if np.ndim(numbers) == 0:
                self.variables.add_constant(name, numbers)
            else:
                numbers = np.concatenate([np.zeros(start), numbers]).astype(np.int32)
                self.variables.add_array(name, size=len(numbers), dtype=np.int32, values=numbers,
                                         constant=True, read_only=True, index=index)

    def _refer_to(self, group, suffix, index):
        """Variables of the neurons, with ``_pre`` and ``_post``."""
        for name in getattr(group, "variables", {}):
            if (name.startswith("_") or name + suffix in self.variables
                    or name in ("N", "i", "t", "dt", "t_in_timesteps")):
                continue
            scalar = group.variables[name].scalar
            # A variable linked with indices of its own is out of reach, as in Brian2.
            with suppress(TypeError):
                self.variables.add_reference(name + suffix, group, name,
                                             index="0" if scalar else index)

    @property
    def i(self) -> NeuronNumbers:
        """Presynaptic neuron of each synapse: array of int, shape (synapses,)."""
        return NeuronNumbers(self, self.pattern.neurons()[0])

    @property
    def j(self) -> NeuronNumbers:
        """Postsynaptic neuron of each synapse: array of int, shape (synapses,)."""
        return NeuronNumbers(self, self.pattern.neurons()[1])

    def __getattr__(self, name):
        """Variables; of the other attributes of ``Synapses``, a dense projection has no more."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            if "_group_attribute_access_active" in self.__dict__ and hasattr(Synapses, name):
                raise AttributeError(f"{self.name}: a dense projection has no {name}; use "
                                     "brian2.Synapses") from None
            raise

    @property
    def N_incoming(self):
        """Synapses onto the postsynaptic neuron of each synapse: ndarray, shape (synapses,)."""
        return self.N_incoming_post[self.post_start + self.j]

    @property
    def N_outgoing(self):
        """Synapses from the presynaptic neuron of each synapse: ndarray, shape (synapses,)."""
        return self.N_outgoing_pre[self.pre_start + self.i]

    @property
    def N_incoming_post(self):
        """Synapses onto each postsynaptic neuron; of a Subgroup's group, up to its last neuron."""
        return self._degrees("N_incoming", self.post_start, self.n_post)

    @property
    def N_outgoing_pre(self):
        """Synapses from each presynaptic neuron; of a Subgroup's group, up to its last neuron."""
        return self._degrees("N_outgoing", self.pre_start, self.n_pre)

    def _degrees(self, name, start, n):
        return np.repeat([0, 1], [start, n]) * self.variables[name].get_value()

    @property
    def delay(self) -> Quantity:
        """Time from a presynaptic spike to ``on_pre``, the same for all synapses.

        Raises
        ------
        SuiteError
            If there is no ``on_pre``, or as for `Pathway.delay`.
        """
        return self._delayed().delay

    @delay.setter
    def delay(self, delay: Quantity):
        self._delayed().delay = delay

    def _delayed(self):
        if not hasattr(self, "pre"):
            raise SuiteError(f"{self.name}: a delay without on_pre")
        return self.pre

    def assign(self, variable, expression, condition, namespace, check_units=True):
        """Execute ``variable[condition] = expression``; `DenseDevice` calls it for text.

        Parameters
        ----------
        variable, expression, condition : str
            ``'True'`` is every synapse.
        namespace : dict
            Where names that are not variables are looked up.
        check_units : bool
        """
        auxiliary = Variables(None)
        auxiliary.add_auxiliary_variable("_cond", dtype=bool)
        create_runner_codeobj(
            self, {"condition": f"_cond = {condition}", "statement": f"{variable} = {expression}"},
            "dense_assignment", namespace, additional_variables=auxiliary, check_units=check_units,
            name=f"{self.name}_set_{variable}*", template_kwds={"projection": self}).run()

    def run_regularly(self, code, dt=None, clock=None, when="start", order=0, name=None,
                      codeobj_class=None):
        """As in Brian2: statements that are executed at every tick of a clock."""
        clock = clock if dt is not None or clock is not None else self._clock
        if name is None:
            taken = [thing.name for thing in self.contained_objects]
            name = find_name(f"{self.name}_run_regularly*", taken)
        runner = CodeRunner(self, "dense_update", code=code, dt=dt, clock=clock, when=when,
                            order=order, name=name,
                            codeobj_class=codeobj_class, template_kwds={"projection": self})
        self.contained_objects.append(runner)
        return runner


def _first(group):
    """Number of a group's first neuron in the group that it is a part of."""
    return group.start if isinstance(group, Subgroup) else 0
