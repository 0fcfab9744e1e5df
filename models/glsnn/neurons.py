"""A layer's neurons through all steps of a sample: Eq. 3, on arrays of NumPy or CuPy."""

import math
from dataclasses import dataclass

from equations.zhao2020.settings import Form
from models.glsnn.constants import ConductanceConstants, CurrentConstants
from models.shared.array_module import module_of
from models.shared.layered import Array


@dataclass
class Response:
    """What the neurons of a layer did.

    Attributes
    ----------
    counts : ndarray, shape (samples, neurons)
        Spikes n.
    last : ndarray, shape (samples, neurons)
        1 where the last step has a spike, else 0.
    potentials : ndarray, shape (samples, neurons)
        V after the last step.
    largest : ndarray, shape (samples, neurons)
        Largest V of all steps, before a reset.
    slopes : ndarray, shape (samples, neurons), or None
        Derivative of n by a constant current, of neurons that have a surrogate.
    spikes : ndarray, shape (T, samples, neurons), or None
        0 or 1, where they are asked for.
    """

    counts: Array
    last: Array
    potentials: Array
    largest: Array
    slopes: Array = None
    spikes: Array = None


def respond(drive: Array, form: Form, constants: ConductanceConstants | CurrentConstants,
            keep: bool) -> Response:
    """Let neurons run from rest.

    Parameters
    ----------
    drive : ndarray, shape (samples, neurons) or (T, samples, neurons)
        Current I, the same in all steps or one for each.
    form : equations.zhao2020.settings.Form
    constants : ConductanceConstants or CurrentConstants
        Of `models.glsnn.constants.constants`.
    keep : bool
        Whether to return the spikes of all steps.

    Returns
    -------
    Response
    """
    make = _conductance_step if form.neuron == "conductance" else _current_step
    xp = module_of(drive)
    current = drive[0] if drive.ndim == 3 else drive
    state = _State(xp, current, constants)
    counts = xp.zeros_like(current)
    largest = xp.full_like(current, -math.inf)
    kept = xp.zeros((form.steps, *current.shape), current.dtype) if keep else None
    fired = None
    for t in range(form.steps):
        potential = make(state, drive[t] if drive.ndim == 3 else drive, constants)
        largest = xp.maximum(largest, potential)
        fired = (potential > constants.V_th).astype(current.dtype)
        state.V = xp.where(fired > 0, constants.V_reset, potential)
        state.fired = fired
        counts += fired
        if keep:
            kept[t] = fired
    return Response(counts, fired, state.V, largest, state.slopes, kept)


def trace(drive: Array, form: Form, constants: ConductanceConstants | CurrentConstants
          ) -> dict[str, Array]:
    """Neurons from rest, seen after every step.

    Parameters
    ----------
    drive, form, constants
        Of `respond`.

    Returns
    -------
    dict of str to ndarray, shape (T, samples, neurons)
        ``V``, which a spike has reset; ``peak``, the potential before that; ``g_E``, 0 where
        neurons have none; ``spikes``, 0 or 1.
    """
    make = _conductance_step if form.neuron == "conductance" else _current_step
    xp = module_of(drive)
    state = _State(xp, drive[0] if drive.ndim == 3 else drive, constants)
    found = {"V": [], "peak": [], "g_E": [], "spikes": []}
    for t in range(form.steps):
        potential = make(state, drive[t] if drive.ndim == 3 else drive, constants)
        state.fired = (potential > constants.V_th).astype(potential.dtype)
        state.V = xp.where(state.fired > 0, constants.V_reset, potential)
        for name, value in (("V", state.V), ("peak", potential), ("g_E", state.g),
                            ("spikes", state.fired)):
            found[name].append(value)
    return {name: xp.stack(values) for name, values in found.items()}


class _State:
    """V, g_E, and what a surrogate's derivative needs."""

    def __init__(self, xp, like, constants):
        self.V = xp.full_like(like, constants.V_reset)
        self.g = xp.zeros_like(like)
        self.fired = xp.zeros_like(like)
        surrogate = isinstance(constants, CurrentConstants)
        self.by_drive = xp.zeros_like(like) if surrogate else None
        self.slopes = xp.zeros_like(like) if surrogate else None


def _conductance_step(state, drive, c):
    """V of Eq. 3 before a reset."""
    V = state.V
    potential = V - c.step_V * ((V - c.V_L) + (c.share * state.g) * (V - c.V_E))
    state.g = state.g + c.step_g * (drive - state.g)
    return potential


def _current_step(state, drive, c):
    """V of the variant before a reset, and the derivative of the spikes so far by the current."""
    xp = module_of(drive)
    potential = state.V + c.step_V * (drive - state.V)
    # The reset is no part of the derivative: V begins anew after a spike.
    state.by_drive = c.step_V + c.kept * ((1 - state.fired) * state.by_drive)
    distance = xp.abs(potential - c.V_th)
    state.slopes = state.slopes + xp.maximum(c.peak - c.slope * distance, 0) * state.by_drive
    return potential


def gain(form: Form, constants: ConductanceConstants | CurrentConstants, like: Array) -> float:
    """How many spikes a unit of constant current adds, between silence and a spike in each step.

    The slope of the line from the current at which a neuron begins to fire to that at which it
    fires in `Form.band` of the steps. It stands for the derivative of the staircase of counts.

    Parameters
    ----------
    form, constants
        Of `respond`.
    like : ndarray
        Of the array module and type to compute with.

    Returns
    -------
    float
        0 where no current up to 100 makes a neuron fire.
    """
    xp = module_of(like)
    currents = xp.asarray([[0.01 * k for k in range(10001)]], dtype=like.dtype)
    counts = respond(currents, form, constants, False).counts[0]
    fires = counts > 0
    if not bool(fires.any()):
        return 0.0
    first = int(fires.argmax())
    goal = min(float(counts.max()), form.band * form.steps)
    stop = int((counts >= goal).argmax())
    if stop == first:
        return float(counts[first]) / float(currents[0, first])
    rise = float(counts[stop] - counts[first])
    return rise / float(currents[0, stop] - currents[0, first])
