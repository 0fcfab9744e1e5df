"""What templates say about a loop, so that the compiler makes vector instructions of it."""

import jinja2
import numpy as np
from brian2.core.variables import ArrayVariable

from models.dense.passes import active

INDEPENDENT = """#pragma clang loop vectorize(assume_safety)
#pragma GCC ivdep"""
"""What tells clang and g++ that iterations are independent; each leaves the other's line alone."""


def independent_iterations(variables: dict, indices: dict, written: set, counter) -> bool:
    """Whether iterations of the loop over synapses or neurons do not see each other.

    Parameters
    ----------
    variables : dict of str to Variable
    indices : dict of str to str
        Name of each variable's index.
    written : set of str
        Variables that the code writes.
    counter : collection of str
        Indices that differ between any two iterations.

    Returns
    -------
    bool
        False if two iterations may write one element, or one reads what another writes (or
        the pass is left out).
    """
    if not active("independent"):
        return False
    by_array = {}
    for name, variable in variables.items():
        if isinstance(variable, ArrayVariable):
            by_array.setdefault(variable, set()).add(indices[name])
    return all(by_array[variables[name]] <= set(counter) for name in written
               if isinstance(variables[name], ArrayVariable))


@jinja2.pass_context
def loop_pragma(context, kind):
    """Brian2's templates ask here for OpenMP's pragma; they get `INDEPENDENT` where it is right.

    Each iteration of a state update or reset touches one neuron, but with more than a few
    arrays gcc gives up its checks for overlap, and with them the vectorisation.
    """
    if kind == "with_openmp":
        return False
    if kind in ("get_num_threads", "get_thread_num"):
        return "1" if kind == "get_num_threads" else "0"
    if kind == "parallel-static" and "written_variables" in context:
        if independent_iterations(context["variables"], context["variable_indices"],
                                  context["written_variables"], {"_idx"}):
            return context["independent_pragma"]
    return ""


def scan_type(variables: dict) -> str:
    """Integer in which a block's conditions are collected: as wide as what they compare."""
    wide = any(isinstance(v, ArrayVariable) and not v.scalar and v.dtype == np.float64
               for v in variables.values())
    return "int64_t" if wide else "int32_t"
