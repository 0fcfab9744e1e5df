"""One inhibitory neuron per excitatory neuron, which inhibits all others of its layer."""

from brian2 import NeuronGroup, Synapses

POOL_ORDER = 2


def inhibit_all_others(inhibitory, excitatory, w, name, explicit=False):
    """Connect I -> E so that a spike of neuron k raises g_I of all E except k by ``w``.

    All I spikes of a step are counted by a pool of one neuron, which sends the count to
    every E neuron in the same step; each I neuron takes its own share back. That is
    exact and needs 3 N synapses instead of N (N - 1), a gigabyte at N = 6,400.

    Parameters
    ----------
    inhibitory, excitatory : NeuronGroup
        Groups of the same size; ``excitatory`` has the variable ``g_I``.
    w : float
        Weight (relative conductance).
    name : str
        Prefix of the objects' names.
    explicit : bool
        Make the N (N - 1) synapses. GeNN needs it: there ``on_pre`` cannot read a
        presynaptic variable and no threshold is tested among the synapses.

    Returns
    -------
    list of brian2 objects
    """
    namespace, clock = {"w_IE": w}, excitatory.clock
    if explicit:
        others = Synapses(inhibitory, excitatory, on_pre="g_I_post += w_IE",
                          namespace=namespace, name=f"{name}_others", clock=clock)
        others.connect(condition="i != j")
        return [others]
    pool = NeuronGroup(1, "total : integer", threshold="total > 0", reset="total = 0",
                       clock=clock, name=f"{name}_pool")
    collect = Synapses(inhibitory, pool, on_pre="total_post += 1", name=f"{name}_collect",
                       clock=clock)
    own = Synapses(inhibitory, excitatory, on_pre="g_I_post -= w_IE",
                   namespace=namespace, name=f"{name}_own", clock=clock)
    spread = Synapses(pool, excitatory, on_pre="g_I_post += w_IE*total_pre",
                      namespace=namespace, name=f"{name}_spread", clock=clock)
    collect.connect()
    own.connect(j="i")
    spread.connect()
    # The pool counts, fires, delivers and is cleared within the step's synaptic slot, so
    # that it adds no latency.
    pool.thresholder["spike"].when = "synapses"
    pool.thresholder["spike"].order = POOL_ORDER
    spread.pre.order = POOL_ORDER + 1
    pool.resetter["spike"].when = "synapses"
    pool.resetter["spike"].order = POOL_ORDER + 2
    return [pool, collect, own, spread]
