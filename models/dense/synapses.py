"""`DenseSynapses`: all-to-all projections whose code is a loop over rows of a matrix.

Brian2's ``Synapses`` finds the synapses of a spike in lists: two index arrays, a queue of
synapse numbers, a gather for every access. A projection that connects every neuron to every
other needs none of that: the presynaptic neuron k has the weights ``w[k, :]``, contiguous in
memory, and a spike is one loop over them. The equations stay text and go through Brian2's
code generation, units included; only the loop around them is another one
(``templates/dense_*.cpp``).
"""

from contextlib import suppress

import numpy as np
from brian2 import Subgroup, Synapses, get_device
from brian2.codegen.codeobject import create_runner_codeobj
from brian2.core.variables import Variables
from brian2.equations.equations import (
    DIFFERENTIAL_EQUATION, PARAMETER, SUBEXPRESSION, Equations, check_subexpressions,
)
from brian2.groups.group import CodeRunner, Group, get_dtype

from models.dense.matrix import Matrix, MatrixIndexing
from models.dense.pathway import Pathway
from models.errors import SuiteError

RESERVED = ("i", "j", "delay")


def dense_synapses(source, target, model="", *, connect=None, condition=None, **keywords):
    """Connect two groups, in the form that suits the active device.

    Parameters
    ----------
    source, target : NeuronGroup or Subgroup
    model : str
        Equations: parameters and subexpressions of the synapses.
    connect : {None, 'i'}
        ``'i'`` connects each neuron to the one of the same number; the default connects all
        to all.
    condition : {None, 'i != j'}
        Leave out the diagonal.
    on_pre, on_post : str, optional
        What a spike does to each synapse.
    delay : Quantity or dict, optional
        Of ``on_pre``, the same for all synapses; ``{'pre': ..., 'post': ...}`` for both sides.
    on_event : str or dict, optional
        Event that takes the place of a spike; ``{'pre': ..., 'post': ...}`` for both sides.
    namespace, dtype, dt, clock, order, name
        As for ``brian2.Synapses``.

    Returns
    -------
    DenseSynapses or ListedSynapses
        The latter, Brian2's own ``Synapses``, on all devices but the dense one.

    Raises
    ------
    SuiteError
        For what has no dense form; it says what to do instead.
    """
    pattern = _pattern(source, target, connect, condition)
    dense = getattr(get_device(), "dense_projections", False)
    form = DenseSynapses if dense else ListedSynapses
    return form(source, target, model, pattern=pattern, **keywords)


def _pattern(source, target, connect, condition):
    if connect is None and condition is None:
        return "all"
    if connect == "i" and condition is None:
        pattern = "own"
    elif connect is None and str(condition).replace(" ", "") == "i!=j":
        pattern = "others"
    else:
        raise SuiteError(f"no dense form of connect(j={connect!r}, condition={condition!r}): "
                         "all to all, j='i' or condition='i != j'; else use brian2.Synapses")
    if len(source) != len(target):
        raise SuiteError(f"{pattern}: groups of {len(source)} and {len(target)} neurons have no "
                         "one-to-one correspondence")
    return pattern


class ListedSynapses(Matrix, Synapses):
    """Brian2's ``Synapses`` behind the call of `dense_synapses`."""

    def __init__(self, source, target, model="", *, pattern="all", **keywords):
        self.pattern = pattern
        super().__init__(source, target, model, **keywords)
        self.connect(**{"all": {}, "own": {"j": "i"}, "others": {"condition": "i != j"}}[pattern])


class DenseSynapses(Matrix, Group):
    """A projection on the dense device; made by `dense_synapses`.

    Attributes
    ----------
    source, target : NeuronGroup or Subgroup
    pattern : {'all', 'own', 'others', 'kernel'}
        'kernel': `models.stbp.groups.convolution.KernelSynapses`.
    pre, post : Pathway
        Their ``order`` and ``delay`` may be changed.
    """

    add_to_magic_network = True

    def __init__(self, source, target, model="", *, pattern="all", on_pre=None, on_post=None,
                 on_event="spike", delay=None, namespace=None, dtype=None, dt=None, clock=None,
                 order=0, name="synapses*", method=None, **other):
        # The default name is that of Brian2, where names break ties in the order of execution.
        super().__init__(dt=dt, clock=clock, when="start", order=order, namespace=namespace,
                         name=name)
        if other:
            raise SuiteError(f"{self.name}: no dense form of {', '.join(sorted(other))}; use "
                             "brian2.Synapses")
        self.source, self.target, self.pattern = source, target, pattern
        self.n_pre, self.n_post = len(source), len(target)
        self.pre_start, self.post_start = (
            group.start if isinstance(group, Subgroup) else 0 for group in (source, target))
        self.codeobj_class = None
        self.add_dependency(source)
        self.add_dependency(target)
        equations = model if isinstance(model, Equations) else Equations(model)
        self._refuse(equations, on_pre, on_post)
        self.equations = equations
        self._declare(equations, dtype)
        delays = dict(delay if isinstance(delay, dict) else {"pre": delay} if delay is not None
                      else {})
        for side, code in (("pre", on_pre), ("post", on_post)):
            if code:
                event = on_event if isinstance(on_event, str) else on_event.get(side, "spike")
                pathway = Pathway(self, side, code, delays.pop(side, None), event)
                setattr(self, side, pathway)
                self.contained_objects.append(pathway)
        if delays:
            raise SuiteError(f"{self.name}: a delay without on_{next(iter(delays))}")
        self._indices = MatrixIndexing(self)
        # Brian2 takes the size of a variable from these.
        self.start, self.stop = 0, len(self)
        self._enable_group_attributes()

    def __len__(self):
        return self.variables["N"].value

    def __getitem__(self, item):
        """Numbers of the synapses, for the ``record`` of a StateMonitor: ``synapses[0, 3:5]``."""
        return self._indices(item)

    def _refuse(self, equations, on_pre, on_post):
        """Say what has no dense form."""
        for code in (on_pre, on_post):
            if not isinstance(code, str | None):
                raise SuiteError(f"{self.name}: one pathway per side (a string); make two "
                                 "projections or use brian2.Synapses")
        for equation in equations.values():
            if self.pattern == "others" and "shared" not in equation.flags:
                raise SuiteError(f"{self.name}: synapses of 'i != j' are not stored and cannot "
                                 f"have {equation.varname}; make it shared, a constant, or use "
                                 "brian2.Synapses")
            if equation.type == DIFFERENTIAL_EQUATION:
                raise SuiteError(
                    f"{self.name}: d{equation.varname}/dt has no dense form; make it a trace of "
                    "the neurons (a variable of the group) or use brian2.Synapses")
            if {"summed", "linked", "constant over dt"} & set(equation.flags):
                raise SuiteError(f"{self.name}: {equation.varname} ({', '.join(equation.flags)}) "
                                 "has no dense form; use brian2.Synapses")
            neurons = equation.varname.removesuffix("_pre").removesuffix("_post")
            if equation.varname in RESERVED or neurons != equation.varname:
                raise SuiteError(f"{self.name}: {equation.varname} is not free for a variable of "
                                 "synapses: i, j and delay are reserved, _pre and _post mark "
                                 "the neurons' variables")
            if any(neurons in getattr(group, "variables", ())
                   for group in (self.source, self.target)) and neurons != "lastupdate":
                raise SuiteError(f"{self.name}: {neurons} is a variable of the synapses and of the "
                                 f"neurons; rename one, for example to {neurons}_syn")
        equations.check_flags({SUBEXPRESSION: ["shared"], PARAMETER: ["constant", "shared"]})

    def before_run(self, run_namespace):
        """Brian2's check: no random numbers in subexpressions."""
        check_subexpressions(self, self.equations, run_namespace)
        super().before_run(run_namespace)

    def _count(self):
        """Number of synapses."""
        return {"own": self.n_pre, "all": self.n_pre * self.n_post,
                "others": self.n_pre * (self.n_post - 1)}[self.pattern]

    def _declare(self, equations, dtype):
        variables = self.variables = Variables(self)
        n = self._count()
        variables.add_constant("N", n)
        variables.add_constant("N_pre", self.n_pre)
        variables.add_constant("N_post", self.n_post)
        variables.create_clock_variables(self._clock)
        # Loop counters of the templates, not arrays.
        for counter in ("i", "j", "_presynaptic_idx", "_postsynaptic_idx"):
            variables.add_auxiliary_variable(counter, dtype=np.int32)
            variables[counter].unique = False
        for equation in equations.values():
            name, dimensions = equation.varname, equation.dim
            kind = get_dtype(equation, dtype)
            shared, constant = "shared" in equation.flags, "constant" in equation.flags
            if equation.type == PARAMETER:
                variables.add_array(name, size=1 if shared else n, dimensions=dimensions,
                                    dtype=kind, constant=constant, scalar=shared,
                                    index="0" if shared else None)
            elif equation.type == SUBEXPRESSION:
                variables.add_subexpression(name, dimensions=dimensions, expr=str(equation.expr),
                                            dtype=kind, scalar=shared,
                                            index="0" if shared else None)
        for group, suffix, index in ((self.target, "_post", "_postsynaptic_idx"),
                                     (self.source, "_pre", "_presynaptic_idx"),
                                     (self.target, "", "_postsynaptic_idx")):
            for name in getattr(group, "variables", {}):
                if (name.startswith("_") or name + suffix in variables or name == "N"
                        or name in ("i", "t", "dt", "t_in_timesteps")):
                    continue
                scalar = group.variables[name].scalar
                # A variable linked with indices of its own is out of reach, as in Brian2.
                with suppress(TypeError):
                    variables.add_reference(name + suffix, group, name,
                                            index="0" if scalar else index)

    @property
    def i(self):
        """Presynaptic neuron of each synapse: ndarray of int, shape (synapses,)."""
        return self._neurons()[0]

    @property
    def j(self):
        """Postsynaptic neuron of each synapse: ndarray of int, shape (synapses,)."""
        return self._neurons()[1]

    def _neurons(self):
        if self.pattern == "own":
            return np.tile(np.arange(self.n_pre), (2, 1))
        everyone = np.indices((self.n_pre, self.n_post)).reshape(2, -1)
        return everyone[:, everyone[0] != everyone[1]] if self.pattern == "others" else everyone

    def neurons_of(self, synapse):
        """C++ text of the two neurons of a synapse.

        Parameters
        ----------
        synapse : str
            Its number.

        Returns
        -------
        dict of str to str
            For ``i`` and, in terms of it, ``j``.
        """
        if self.pattern == "own":
            return {"i": synapse, "j": "i"}
        row = self.n_post - (self.pattern == "others")
        skipped = f" + ({synapse} % {row} >= i)" if self.pattern == "others" else ""
        return {"i": f"{synapse}/{row}", "j": f"{synapse} % {row}{skipped}"}

    def __setattr__(self, key, value, level=0):
        """A matrix is taken row by row."""
        if (isinstance(value, np.ndarray) and value.ndim == 2 and self.pattern == "all"
                and value.shape == (self.n_pre, self.n_post)):
            value = value.reshape(-1)
        super().__setattr__(key, value, level + 1)

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
        runner = CodeRunner(self, "dense_update", code=code, dt=dt, clock=clock, when=when,
                            order=order, name=name or f"{self.name}_run_regularly*",
                            codeobj_class=codeobj_class, template_kwds={"projection": self})
        self.contained_objects.append(runner)
        return runner

