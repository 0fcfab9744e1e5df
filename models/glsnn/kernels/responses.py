"""`models.glsnn.neurons.respond` in compiled loops."""

import numpy as np
from numpy.typing import NDArray

from equations.zhao2020.settings import Form
from models.glsnn.constants import ConductanceConstants, CurrentConstants
from models.glsnn.kernels.neuron_loops import conductance_steps, current_steps
from models.glsnn.neurons import Response


def respond(drive: NDArray[np.floating], form: Form,
            constants: ConductanceConstants | CurrentConstants, keep: bool) -> Response:
    """As `models.glsnn.neurons.respond`, the same bits.

    Parameters
    ----------
    drive : ndarray, shape (samples, neurons) or (T, samples, neurons)
    form, constants, keep
        As there.

    Returns
    -------
    Response
    """
    moves = drive.ndim == 3
    shape = drive.shape[-2:]
    size = shape[0] * shape[1]
    flat = np.ascontiguousarray(drive).reshape(form.steps if moves else 1, size)
    conductance = isinstance(constants, ConductanceConstants)
    counts, last, potentials, largest, slopes = np.empty((5, size), drive.dtype)
    spikes = np.empty((form.steps if keep else 0, size), drive.dtype)
    if conductance:
        conductance_steps(flat, int(moves), constants, form.steps, counts, last, potentials,
                          largest, spikes, keep)
    else:
        current_steps(flat, int(moves), constants, form.steps, counts, last, potentials, largest,
                      slopes, spikes, keep)
    return Response(
        counts.reshape(shape), last.reshape(shape), potentials.reshape(shape),
        largest.reshape(shape), None if conductance else slopes.reshape(shape),
        spikes.reshape(form.steps, *shape) if keep else None)
