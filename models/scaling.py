"""Synaptic scaling (Hao et al. 2020, Eq. 7) before every presentation."""

from equations import plasticity


def scale_synapses(synapses, total, clock, genn=False):
    """Normalise the in-synaptic weights of every postsynaptic neuron at each slot start.

    Parameters
    ----------
    synapses : Synapses
        With the variable ``w``; the target group has ``w_scale``.
    total : float
        Sum of each neuron's weights afterwards, beta*N_in.
    clock : Clock
        Ticks once per slot.
    genn : bool
        GeNN cannot write a postsynaptic variable from ``run_regularly`` on synapses; there
        the sums are kept by a function (`models.genn`).
    """
    if genn:
        from models.genn import scale_on_host

        synapses.namespace["scaled_total"] = total
        scale_on_host(synapses, clock)
        return
    synapses.target.namespace["scaled_total"] = total
    for order, owner, code in (
        (-6, synapses.target, plasticity.SCALING_CLEAR),
        (-5, synapses, plasticity.SCALING_SUM),
        (-4, synapses.target, plasticity.SCALING_DIVIDE),
        (-3, synapses, plasticity.SCALING_APPLY),
    ):
        owner.run_regularly(code, clock=clock, when="start", order=order)
