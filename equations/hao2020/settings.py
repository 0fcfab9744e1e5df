"""Parameters of Hao et al. (2020) by data set and network size.

`settings` returns the complete set for one network; nothing else in the suite holds a number of
this paper.
"""

from dataclasses import dataclass, field, replace

from brian2.units import mV, ms

from equations.hao2020.neurons import (
    AdaptiveThreshold, Excitatory, Inhibitory, LateralInhibition, Readout,
)
from equations.hao2020.plasticity import STDP
from equations.hao2020.presentation import Presentation

DT_MS = 0.5
"""Time step in ms (section 3), of which the jumps of theta are made."""


@dataclass(frozen=True)
class SizeRow:
    """What depends on the number of hidden neurons, with MNIST's values where they are the same.

    Attributes
    ----------
    tau_theta_ms : float
        Time constant of theta in ms.
    theta_jump_mV : float
        alpha*dt/tau_theta in mV, with the paper's alpha.
    nu_input, nu_readout : float
        Learning rates of input -> hidden and hidden -> SL.
    V_const_mV : float
        Constant part of the threshold in mV.
    beta_input, beta_readout : float
        Scaling factors of the two projections.
    w_max_readout : float
        Largest weight of hidden -> SL.
    """

    tau_theta_ms: float          # Table 1, Table 3
    theta_jump_mV: float         # from alpha of Table 1, Table 3
    nu_input: float              # authors' code
    nu_readout: float            # authors' code
    V_const_mV: float = -72.0    # section 2; Fashion-MNIST: authors' code
    beta_input: float = 0.1      # section 3; Fashion-MNIST: Table 3
    w_max_readout: float = 8.0   # section 3; Fashion-MNIST: authors' code
    beta_readout: float = 0.1    # section 3; Fashion-MNIST: authors' code


_MNIST = {
    100: SizeRow(tau_theta_ms=6e6, theta_jump_mV=0.07, nu_input=0.005, nu_readout=0.04),
    400: SizeRow(tau_theta_ms=6e6, theta_jump_mV=0.07, nu_input=0.005, nu_readout=0.04),
    1600: SizeRow(tau_theta_ms=8e6, theta_jump_mV=0.07, nu_input=0.02, nu_readout=0.08),
    6400: SizeRow(tau_theta_ms=2e7, theta_jump_mV=0.05, nu_input=0.01, nu_readout=0.04),
    10000: SizeRow(tau_theta_ms=2e7, theta_jump_mV=0.05, nu_input=0.0075, nu_readout=0.04),
}
# N = 400. Table 3 gives beta = 0.05, the authors' code 0.025 for the input and 0.05 for the SL
# layer. With the code's 0.025 images need two presentations each, accuracy jumps between 55 and
# 76.5 % from test to test, and label statistics stay at 71 % (seed 0, 3 epochs). With Table 3's
# 0.05 accuracy is steady, and both readouts agree as published.
# A tau_theta of 5e7 ms would never decay in the authors' float32 (neurons.THETA_DECAYS). With
# --theta-decay single-precision and beta = 0.05, accuracy was 77.6 % at 30,000 samples and
# 77.5 % at 50,000, where that run was stopped; images need 2.6 presentations each (exact decay:
# 1.2). With 0.025 it was 60 % at 30,000 samples, with 3.3 presentations (seed 0, float32).
_FASHION = {
    400: SizeRow(tau_theta_ms=5e7, theta_jump_mV=0.05, nu_input=0.02, nu_readout=0.32,
                 V_const_mV=-80.0, beta_input=0.05, w_max_readout=40.0, beta_readout=0.05),
    6400: SizeRow(tau_theta_ms=2e7, theta_jump_mV=0.05, nu_input=0.0005, nu_readout=0.08,
                  beta_input=0.025),
}
FASHION_MEAN = 30.0
"""Mean pixel to which each image of Fashion-MNIST is scaled (authors' code)."""

MNIST_DRIVE = 26127.0
"""Mean sum of the pixels of an MNIST training image (28 x 28 x 33.318, computed)."""

# Weights between two hidden layers are not published. An MNIST image makes 2,286 input spikes
# (26127/255 * 63.75 Hz * 350 ms), a trained layer of 100 makes 19 (measured). With 120 times the
# range its spikes drive the next layer as the input drives the first. With the range of the SL
# layer, 8, the second layer seldom reaches five spikes, and samples are shown 3.5 times on
# average.
HIDDEN_W_MAX = 120.0


@dataclass(frozen=True)
class Settings:
    """All parameters of one network.

    Attributes
    ----------
    threshold : AdaptiveThreshold
    input_stdp, hidden_stdp, readout_stdp : STDP
        Of the projections from the input, between two hidden layers, and to the SL layer.
    excitatory : Excitatory
    inhibitory : Inhibitory
    lateral : LateralInhibition
    readout : Readout
    presentation : Presentation
    image_mean : float or None
        Each image is scaled to this mean pixel and cut at 255; None: as it is.
    """

    threshold: AdaptiveThreshold
    input_stdp: STDP
    hidden_stdp: STDP
    readout_stdp: STDP
    excitatory: Excitatory = field(default_factory=Excitatory)
    inhibitory: Inhibitory = field(default_factory=Inhibitory)
    lateral: LateralInhibition = field(default_factory=LateralInhibition)
    readout: Readout = field(default_factory=Readout)
    presentation: Presentation = field(default_factory=Presentation)
    image_mean: float | None = None


def settings(family: str, n_hidden: int, drive: float | None = None) -> Settings:
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
    if family == "mnist":
        return _published(_row(_MNIST, n_hidden))
    if family == "fashion-mnist":
        return replace(_published(_row(_FASHION, n_hidden)), image_mean=FASHION_MEAN)
    if family == "general":
        return _for_drive(_published(_row(_MNIST, n_hidden)), drive)
    raise KeyError(family)


def _row(table: dict[int, SizeRow], n_hidden: int) -> SizeRow:
    """The row of a size, or of the next smaller one."""
    not_larger = [size for size in table if size <= n_hidden]
    return table[max(not_larger, default=min(table))]


def _published(row: SizeRow) -> Settings:
    return Settings(
        threshold=AdaptiveThreshold(
            tau_theta=row.tau_theta_ms * ms,
            alpha=row.theta_jump_mV * row.tau_theta_ms / DT_MS * mV),
        input_stdp=STDP(nu=row.nu_input, beta=row.beta_input),
        hidden_stdp=STDP(nu=row.nu_input * HIDDEN_W_MAX, w_max=HIDDEN_W_MAX),
        readout_stdp=STDP(nu=row.nu_readout, w_max=row.w_max_readout, beta=row.beta_readout),
        excitatory=Excitatory(V_const=row.V_const_mV * mV),
    )


def _for_drive(base: Settings, drive: float) -> Settings:
    """With a range of the input weights for fewer pixels or darker images.

    Beta stays the same; the learning rate is in proportion to the range.
    """
    w_max = MNIST_DRIVE / drive
    return replace(base, input_stdp=STDP(nu=base.input_stdp.nu * w_max, w_max=w_max))
