"""Synaptic scaling (Hao et al. 2020, Eq. 7) before every presentation."""

from equations.hao2020 import plasticity


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
        the sums are kept by a function (`models.devices.genn`).

    Notes
    -----
    A matrix larger than the caches comes from memory twice, for the sum and for the product; at
    N = 10,000 (float32) that is a quarter of the time. All four steps for some columns at a time,
    64 to 512 KB of them, so that it comes once, was tried at N = 6400, beside other work: no gain
    in either precision (12.1 ms a presentation without, 13.4 to 13.9 with it; float64 26.8, and
    26.5 to 29.6). Short stretches of rows are presumably read more slowly than whole ones.
    """
    if genn:
        from models.devices.genn import scale_on_host

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
