"""Parameters of Hao et al. (2020) by data set and network size.

Where the text is silent the values are those of the authors' public code, as marked.
`settings` returns the complete set for one network; nothing else in the suite holds a
number of this paper.
"""

from dataclasses import dataclass, field, replace

from brian2.units import mV, ms

from equations.hao2020.neurons import (
    AdaptiveThreshold, Excitatory, Inhibitory, LateralInhibition, Readout,
)
from equations.hao2020.plasticity import STDP
from equations.hao2020.presentation import Presentation

DT_MS = 0.5

# n_hidden: (tau_theta in ms, p in mV, nu input->hidden, nu hidden->SL).
# tau_theta: Table 1; p = alpha*dt/tau_theta with alpha of Table 1; nu: authors' code.
_MNIST = {
    100: (6e6, 0.07, 0.005, 0.04),
    400: (6e6, 0.07, 0.005, 0.04),
    1600: (8e6, 0.07, 0.02, 0.08),
    6400: (2e7, 0.05, 0.01, 0.04),
    10000: (2e7, 0.05, 0.0075, 0.04),
}
# Table 3 and authors' code: the same, then V_const (mV), beta of the input, w_max and
# beta of the SL layer. For N = 400 the text gives beta = 0.05, the code 0.025 for the input
# (and 0.05 for the SL layer). With the code's 0.025 images need two presentations each and
# accuracy jumps between 55 and 76.5 % from test to test, label statistics stay at 71 %
# (seed 0, 3 epochs); with the text's 0.05 it is steady, and both readouts agree as published.
# tau_theta = 5e7 ms would never decay in the authors' float32 either (neurons.THETA_DECAYS):
# with --theta-decay single-precision and beta = 0.05, 77.6 % at 30,000 samples and 77.5 at
# 50,000 (stopped there), where images need 2.6 presentations each (exact decay: 1.2); with
# 0.025, 60 % and 3.3 presentations at 30,000 (seed 0, float32).
_FASHION = {
    400: (5e7, 0.05, 0.02, 0.32, -80.0, 0.05, 40.0, 0.05),
    6400: (2e7, 0.05, 0.0005, 0.08, -72.0, 0.025, 8.0, 0.1),
}
MNIST_DRIVE = 26127.0
"""Mean sum of the pixels of an MNIST training image (28 x 28 x 33.318, computed)."""

# Weights between two hidden layers are not published. An MNIST image makes 2,286 input
# spikes (26127/255 * 63.75 Hz * 350 ms), a trained layer of 100 makes 19 (measured): with
# 120 times the range its spikes drive the next layer as the input drives the first. With
# the range of the SL layer, 8, the second layer seldom reaches five spikes and samples are
# shown 3.5 times on average.
HIDDEN_W_MAX = 120.0


def _between_hidden(nu_in):
    return STDP(nu=nu_in * HIDDEN_W_MAX, w_max=HIDDEN_W_MAX)


@dataclass(frozen=True)
class Settings:
    """All parameters of one network of Hao et al. (2020)."""

    presentation: Presentation = field(default_factory=Presentation)
    excitatory: Excitatory = field(default_factory=Excitatory)
    inhibitory: Inhibitory = field(default_factory=Inhibitory)
    lateral: LateralInhibition = field(default_factory=LateralInhibition)
    readout: Readout = field(default_factory=Readout)
    threshold: AdaptiveThreshold = field(default_factory=AdaptiveThreshold)
    input_stdp: STDP = field(default_factory=lambda: STDP(nu=0.005))
    hidden_stdp: STDP = field(default_factory=lambda: _between_hidden(0.005))
    readout_stdp: STDP = field(default_factory=lambda: STDP(nu=0.04, w_max=8.0))
    image_mean: float | None = None
    """Each image is scaled to this mean and cut at 255 (Fashion-MNIST: 30)."""


def _threshold(tau_theta, p):
    return AdaptiveThreshold(tau_theta=tau_theta * ms, alpha=p * tau_theta / DT_MS * mV)


def settings(family, n_hidden, drive=None):
    """Parameters of a network.

    Parameters
    ----------
    family : {'mnist', 'fashion-mnist', 'general'}
        Table 1, Table 3, or any other set of images.
    n_hidden : int
        Neurons of a hidden layer. A size that the paper does not use takes the values of
        the next smaller size (or of the smallest).
    drive : float, optional
        For 'general': mean sum of the pixels (0 to 255) of an image. The input weights'
        range is scaled so that the mean excitatory drive is that of MNIST.

    Returns
    -------
    Settings

    Raises
    ------
    KeyError
        If the family is unknown.
    """
    if family == "fashion-mnist":
        size = max((n for n in _FASHION if n <= n_hidden), default=min(_FASHION))
        tau, p, nu_in, nu_sl, v_const, beta_in, w_max, beta_sl = _FASHION[size]
        return Settings(
            excitatory=Excitatory(V_const=v_const * mV),
            threshold=_threshold(tau, p),
            input_stdp=STDP(nu=nu_in, beta=beta_in),
            hidden_stdp=_between_hidden(nu_in),
            readout_stdp=STDP(nu=nu_sl, w_max=w_max, beta=beta_sl),
            image_mean=30.0,
        )
    if family not in ("mnist", "general"):
        raise KeyError(family)
    size = max((n for n in _MNIST if n <= n_hidden), default=min(_MNIST))
    tau, p, nu_in, nu_sl = _MNIST[size]
    base = Settings(
        threshold=_threshold(tau, p),
        input_stdp=STDP(nu=nu_in),
        hidden_stdp=_between_hidden(nu_in),
        readout_stdp=STDP(nu=nu_sl, w_max=8.0),
    )
    if family == "mnist":
        return base
    # Fewer pixels or darker images: the same beta, a wider range of the weights, the
    # learning rate in proportion.
    w_max = MNIST_DRIVE / drive
    return replace(base, input_stdp=STDP(nu=nu_in * w_max, w_max=w_max))
