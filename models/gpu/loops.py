"""How the threads of a work-group divide the synapses of a neuron.

Element ``e`` of a group's arrays belongs to the thread ``e % threads``, in every loop. So what one
loop writes the next one may read without waiting, where both go by the same neurons
(`models.gpu.ownership`). A neuron's inputs are added by its own thread, in the order of the spikes:
the bits of a sum do not depend on the number of threads.
"""

from dataclasses import dataclass

from models.dense.pathway import Pathway
from models.dense.patterns import AllOthers


@dataclass(frozen=True)
class Division:
    """The loop over the partners of one neuron, each thread's own.

    Attributes
    ----------
    inner, outer : {'_j', '_i'}
        The number of the partner, and that of the neuron.
    n, start : int
        Partners, and the number of the first one in the group that it is a part of.
    index : str
        Name of the partner's number in that group.
    moving : list of str
        Indices that differ between any two iterations.
    simple : bool
        The loop goes over all partners, whatever the neuron.
    unlike : str
        C statement that leaves out a partner, or nothing.
    head, tail : str or list of str
        C lines around the code of a synapse.
    """

    inner: str
    outer: str
    n: int
    start: int
    index: str
    moving: list
    simple: bool
    unlike: str
    head: list
    tail: str

    @property
    def first(self) -> str:
        """C text of a thread's first partner."""
        return _first(self.start)


def division(projection, side: str) -> Division:
    """How threads divide what the spikes of one side reach.

    Parameters
    ----------
    projection : models.dense.projection.DenseSynapses
    side : {'pre', 'post'}
        Of the spikes; statements for all synapses count as 'pre'.

    Returns
    -------
    Division
    """
    pattern = projection.pattern
    forward = side == "pre"
    inner = "_j" if forward else "_i"
    outer = "_i" if forward else "_j"
    n = projection.n_post if forward else projection.n_pre
    start = projection.post_start if forward else projection.pre_start
    index = "_postsynaptic_idx" if forward else "_presynaptic_idx"
    others = isinstance(pattern, AllOthers)
    head = _head(pattern, inner, outer, n, start)
    text = "\n".join(head)
    return Division(
        inner, outer, n, start, index,
        moving=[index, "_idx"] + (["_element"] if pattern.distinct else []),
        simple=pattern.full or others, unlike="if (_i == _j) continue;" if others else "",
        head=head, tail="}" * (text.count("{") - text.count("}")))


def spike(pathway: Pathway, plan: Division) -> list[str]:
    """C lines that take a neuron from the list of spikes."""
    if not pathway.partial:
        return [f"const int32_t {plan.outer} = _spikes[_k];"]
    return [f"const int32_t {plan.outer} = _spikes[_k] - {pathway.start};",
            f"if ({plan.outer} < 0 || {plan.outer} >= {pathway.n_spiking}) continue;"]


def _head(pattern, inner, outer, n, start):
    """Lines that begin the loop."""
    if pattern.full or isinstance(pattern, AllOthers):
        return [f"for (int32_t {inner} = {_first(start)}; {inner} < {n}; {inner} += _threads) {{"]
    own = f"if (({inner} + {start}) % _threads == _tid) {{"
    if pattern.one_to_one:
        return ["{", f"const int32_t {inner} = {outer};", own]
    return [*pattern.loop(inner, "0", str(n), ""), own]


def _first(start):
    if start == 0:
        return "_tid"
    return f"(_tid + _threads - {start} % _threads) % _threads"
