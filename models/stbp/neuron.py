"""Iterative LIF neurons through time, forward and backward (Wu et al. 2018, section 2).

Forward (Eq. 3-5) u[t] = u[t-1]*f(o[t-1]) + x[t] and o[t] = (u[t] >= V_th); u before the first step
is 0. Backward, exactly, with h the surrogate's value at u[t] and s[t] the loss's derivative
by o[t] along the spatial paths alone:

    dL/do[t] = s[t] + dL/du[t+1] * u[t] * f'(o[t])
    dL/du[t] = dL/do[t] * h[t] + dL/du[t+1] * f(o[t])

The text's Eq. 15-20 put dL/do[t+1]*h[t+1] in the place of dL/du[t+1], which leaves out paths
longer than a step, and drop the first term of dL/du in the output layer (Eq. 16).
"""

import math

from numpy.typing import NDArray

from equations.wu2018 import IterativeLIF
from models.errors import SuiteError
from models.shared.array_module import module_of
from models.stbp.surrogates import SURROGATES

GRADIENTS = {
    "exact": "backpropagation through time along all paths (what automatic differentiation gives)",
    "detached": "without the path through the reset, f'(o) = 0",
    "spatial": "without temporal paths at all (the text's SDBP)",
    "literal": "Eq. 15-20 as printed, with g' in Eq. 18 at t+1 as in Eq. 17",
}


def _linear_gate(tau):
    """f(o) = tau*(1 - o), Eq. 8."""
    return (tau, 0.0), (-tau, -tau)


def _exponential_gate(tau):
    """f(o) = tau*exp(-o/tau), Eq. 6."""
    kept = math.exp(-1 / tau)
    return (tau, tau * kept), (-1.0, -kept)


GATES = {"linear": _linear_gate, "exponential": _exponential_gate}
"""By name, a function of tau: f(o) for o = 0 and 1, and f'(o) for o = 0 and 1."""


class Neurons:
    """The neurons of a layer.

    Parameters
    ----------
    parameters : equations.wu2018.IterativeLIF
    gradient : str
        A key of `GRADIENTS`.
    output : bool
        Whether they are the network's last, for 'literal'.
    smooth : bool
        Replace the step by the surrogate's primitive, and the gate by its continuation in o.
        The loss is then differentiable and 'exact' is its gradient: a check of backward.

    Raises
    ------
    SuiteError
        If a name is unknown, or a parameter makes no sense.
    """

    def __init__(self, parameters: IterativeLIF | None = None, gradient: str = "exact",
                 output: bool = False, smooth: bool = False):
        p = parameters or IterativeLIF()
        for value, known, what in ((p.surrogate, SURROGATES, "surrogate"), (p.gate, GATES, "gate"),
                                   (gradient, GRADIENTS, "gradient")):
            if value not in known:
                raise SuiteError(f"unknown {what} {value!r}: choose one of {', '.join(known)}")
        for value, what in ((p.tau, "tau"), (p.width, "the surrogate's width"), (p.V_th, "V_th")):
            if not value > 0 or not math.isfinite(value):
                raise SuiteError(f"{what} must be positive and finite, not {value}")
        self.parameters = p
        self.gradient = gradient
        self.output = output
        self.smooth = smooth
        self.surrogate = SURROGATES[p.surrogate]

    def _gate(self, o):
        """f(o) and f'(o)."""
        tau = self.parameters.tau
        if self.smooth:
            xp = module_of(o)
            if self.parameters.gate == "linear":
                return tau * (1 - o), xp.full_like(o, -tau)
            kept = xp.exp(-o / tau)
            return tau * kept, -kept
        (silent, fired), (slope, slope_fired) = GATES[self.parameters.gate](tau)
        return silent + (fired - silent) * o, slope + (slope_fired - slope) * o

    def forward(self, x: NDArray) -> tuple[NDArray, NDArray]:
        """Spikes for the weighted inputs of all time steps.

        Parameters
        ----------
        x : ndarray, shape (T, samples, ...)
            Eq. 3 with the bias. Overwritten by the membrane potential.

        Returns
        -------
        o : ndarray, shape of x
            0 or 1.
        u : ndarray
            The same array as x.

        Raises
        ------
        SuiteError
            If there is no time step.
        """
        if len(x) < 1:
            raise SuiteError("a presentation needs at least one time step")
        xp = module_of(x)
        o = xp.empty_like(x)
        threshold = self.parameters.V_th
        for t in range(len(x)):
            if t:
                x[t] += x[t - 1] * self._gate(o[t - 1])[0]
            if self.smooth:
                o[t] = self.surrogate.primitive(x[t] - threshold, self.parameters.width)
            else:
                xp.greater_equal(x[t], threshold, out=o[t])
        return o, x

    def backward(self, spatial: NDArray, o: NDArray, u: NDArray) -> tuple[NDArray, NDArray]:
        """Derivatives of the loss by the weighted inputs.

        Parameters
        ----------
        spatial : ndarray, shape (T, samples, ...)
            By the spikes, along the spatial paths.
        o, u : ndarray
            From `forward`.

        Returns
        -------
        du : ndarray, shape of u
            For the weights (Eq. 21-22).
        passed : ndarray
            For the layer below; the same array but for 'literal' (Eq. 13, 17).
        """
        h = self.surrogate.derivative(u - self.parameters.V_th, self.parameters.width)
        du = h.astype(u.dtype, copy=False)
        if self.gradient == "spatial":
            du *= spatial
            return du, du
        if self.gradient == "literal":
            return self._literal(spatial, o, u, du)
        for t in range(len(u) - 1, -1, -1):
            if t == len(u) - 1:
                du[t] *= spatial[t]
                continue
            kept, slope = self._gate(o[t])
            total = spatial[t]
            if self.gradient == "exact":
                total = total + du[t + 1] * u[t] * slope
            du[t] *= total
            du[t] += du[t + 1] * kept
        return du, du

    def _literal(self, spatial, o, u, h):
        """Eq. 11-20: delta is dL/do, and delta*h stands for dL/du of the next step."""
        xp = module_of(u)
        du = xp.empty_like(u)
        passed = h
        for t in range(len(u) - 1, -1, -1):
            if t == len(u) - 1:
                passed[t] *= spatial[t]
                du[t] = passed[t]
                continue
            kept, slope = self._gate(o[t])
            passed[t] *= spatial[t] + passed[t + 1] * u[t] * slope
            du[t] = passed[t + 1] * kept
            if not self.output:
                du[t] += passed[t]
        return du, passed
