"""Synaptic scaling (Hao et al. 2020, Eq. 7) before every presentation."""

import numpy as np
from brian2 import Clock, Function, Synapses, get_device

from equations.hao2020 import plasticity


def scale_synapses(synapses: Synapses, total: float, clock: Clock, genn: bool = False) -> None:
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
        the sums are kept by a function (`column_total`).

    Notes
    -----
    A matrix larger than the caches comes from memory twice, for the sum and for the product; at
    N = 10,000 (float32) that is a quarter of the time. All four steps for some columns at a time,
    64 to 512 KB of them, so that it comes once, was tried at N = 6400, beside other work: no gain
    in either precision (12.1 ms a presentation without, 13.4 to 13.9 with it; float64 26.8, and
    26.5 to 29.6). Short stretches of rows are presumably read more slowly than whole ones.
    """
    if genn:
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


def scale_on_host(synapses: Synapses, clock: Clock) -> None:
    """Scale without a postsynaptic variable, as GeNN does it on the host.

    Parameters
    ----------
    synapses : Synapses
        All-to-all, with the variable ``w`` and ``scaled_total`` in its namespace.
    clock : Clock
        Ticks once per slot.
    """
    synapses.namespace["column_total"] = column_total(synapses)
    synapses.run_regularly(plasticity.SCALING_AT_ONCE, clock=clock, when="start", order=-3)


def column_total(synapses: Synapses) -> Function:
    """Sum of the weights onto neuron ``j``, as a function of every synapse's (i, j, w)."""
    n_pre = len(synapses.source)
    n_post = len(synapses.target)
    function = Function(
        lambda i, j, w: np.bincount(j, weights=w, minlength=n_post)[j],
        arg_units=[1, 1, 1], return_unit=1,
        arg_types=["integer", "integer", "float"], return_type="float")
    weights = get_device().get_array_name(synapses.variables["w"], access_data=False)
    # In C++ the function is called synapse after synapse, while the weights are rewritten;
    # the first call of a pass still finds all of them as they were.
    function.implementations.add_implementation("cpp", f"""
static double column_total(int i, int j, double)
{{
    static std::vector<double> total;
    if (i == 0 && j == 0)
    {{
        total.assign({n_post}, 0.0);
        size_t synapse = 0;
        for (int pre = 0; pre < {n_pre}; pre++)
            for (int post = 0; post < {n_post}; post++)
                total[post] += brian::{weights}[synapse++];
    }}
    return total[j];
}}
""")
    return function
