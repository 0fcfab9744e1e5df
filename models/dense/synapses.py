"""`dense_synapses`: one call that connects two groups on every device."""

import numpy as np
from brian2 import Synapses, get_device

from models.dense.matrix import Matrix
from models.dense.patterns import AllOthers, AllToAll, OneToOne, Pattern
from models.dense.projection import DenseSynapses
from models.dense.refusals import refuse_values
from models.errors import SuiteError


def dense_synapses(source, target, model="", *, connect: str | None = None,
                   condition: str | None = None, pattern: Pattern | None = None,
                   **keywords) -> "DenseSynapses | ListedSynapses":
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
    pattern : models.dense.patterns.Pattern, optional
        Other connections, in place of ``connect`` and ``condition``.
    values : dict of str to Group, optional
        Variables of other groups that the synapses read and write: each the element that the
        pattern names, such as the weights of a convolution's kernel.
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
    if pattern is None:
        pattern = _pattern(source, target, connect, condition)
    elif connect is not None or condition is not None:
        raise SuiteError("a pattern says which neurons are connected: leave out connect and "
                         "condition")
    if (len(source), len(target)) != (pattern.n_pre, pattern.n_post):
        raise SuiteError(f"{pattern.name} connects {pattern.n_pre} to {pattern.n_post} neurons, "
                         f"but the groups have {len(source)} and {len(target)}")
    dense = getattr(get_device(), "dense_projections", False)
    form = DenseSynapses if dense else ListedSynapses
    return form(source, target, model, pattern=pattern, **keywords)


def _pattern(source, target, connect, condition):
    """The pattern that the arguments name in text."""
    n_pre = len(source)
    n_post = len(target)
    if connect is None and condition is None:
        return AllToAll(n_pre, n_post)
    if connect == "i" and condition is None:
        kind = OneToOne
    elif connect is None and str(condition).replace(" ", "") == "i!=j":
        kind = AllOthers
    else:
        raise SuiteError(f"no dense form of connect(j={connect!r}, condition={condition!r}): "
                         "all to all, j='i' or condition='i != j'; else use brian2.Synapses")
    if n_pre != n_post:
        raise SuiteError(f"{kind.name}: groups of {n_pre} and {n_post} neurons have no "
                         "one-to-one correspondence")
    return kind(n_pre, n_post)


class ListedSynapses(Matrix, Synapses):
    """Brian2's ``Synapses`` behind the call of `dense_synapses`.

    Attributes
    ----------
    pattern : models.dense.patterns.Pattern
    """

    def __init__(self, source, target, model="", *, pattern, values=None, **keywords):
        self.pattern = pattern
        super().__init__(source, target, model, **keywords)
        refuse_values(self, values or {})
        Synapses.connect(self, **pattern.listed())
        if values:
            elements = pattern.elements().astype(np.int32)
            self.variables.add_array("_element", size=pattern.count, dtype=np.int32,
                                     values=elements, constant=True, read_only=True,
                                     unique=pattern.distinct)
        for name, group in (values or {}).items():
            self.variables.add_reference(name, group, name, index="_element")
