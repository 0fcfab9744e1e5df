"""The numbers of a form's neurons for one step, all of the type of the weights."""

from typing import NamedTuple

import numpy as np

from equations.zhao2020.settings import Form, Neurons, RateNeurons


class ConductanceConstants(NamedTuple):
    """Of Eq. 3.

    Attributes
    ----------
    step_V, step_g
        dt/tau_m and dt/tau_E.
    share
        1/g_L.
    V_L, V_E, V_th, V_reset
        Of the paper.
    """

    step_V: np.floating
    step_g: np.floating
    share: np.floating
    V_L: np.floating
    V_E: np.floating
    V_th: np.floating
    V_reset: np.floating


class CurrentConstants(NamedTuple):
    """Of the authors' published variant.

    Attributes
    ----------
    step_V
        dt/tau_V.
    kept
        1 - dt/tau_V.
    V_th, V_reset
        Of the variant.
    peak, slope
        The derivative of a spike by V is taken for max(0, peak - slope*abs(V - V_th)).
    """

    step_V: np.floating
    kept: np.floating
    V_th: np.floating
    V_reset: np.floating
    peak: np.floating
    slope: np.floating


def constants(form: Form, real: type) -> ConductanceConstants | CurrentConstants:
    """Numbers of a form.

    Parameters
    ----------
    form : equations.zhao2020.settings.Form
    real : type
        numpy.float32 or numpy.float64.
    """
    own = Neurons()
    if form.neuron == "current":
        rate = RateNeurons()
        step = own.dt / rate.tau_V
        return CurrentConstants(*map(real, (step, 1 - step, rate.V_th, rate.V_reset, rate.peak,
                                            rate.slope)))
    return ConductanceConstants(*map(real, (own.dt / own.tau_m, own.dt / own.tau_E, 1 / form.g_L,
                                            own.V_L, own.V_E, own.V_th, own.V_reset)))
