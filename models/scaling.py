"""Synaptic scaling (Hao et al. 2020, Eq. 7) before every presentation."""

from equations import plasticity


def scale_synapses(synapses, total, clock, genn=False):
    """Normalise the in-synaptic weights of every postsynaptic neuron at each slot start.

    Parameters
    ----------
    synapses : Synapses
        With the variable ``w``; the target group has ``w_total``.
    total : float
        Sum of each neuron's weights afterwards, beta*N_in.
    clock : Clock
        Ticks once per slot.
    genn : bool
        GeNN cannot write a postsynaptic variable from ``run_regularly`` on synapses; there
        the sums are kept by a function (`models.genn`).
    """
    synapses.namespace["scaled_total"] = total
    if genn:
        from models.genn import scale_on_host

        scale_on_host(synapses, clock)
        return
    keywords = {"clock": clock, "when": "start"}
    synapses.target.run_regularly(plasticity.SCALING_CLEAR, order=-5, **keywords)
    synapses.run_regularly(plasticity.SCALING_SUM, order=-4, **keywords)
    synapses.run_regularly(plasticity.SCALING_APPLY, order=-3, **keywords)
