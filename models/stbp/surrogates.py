"""Curves that stand for the derivative of a spike (Wu et al. 2018, Eq. 23-26, Fig. 3).

Each has the integral 1 over u. Its primitive, a smoothed step from 0 to 1, makes the network
differentiable for the tests of the gradients.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from numpy.typing import NDArray

from models.shared.array_module import module_of


@dataclass(frozen=True)
class Surrogate:
    """A curve and its primitive, as functions of u - V_th and the width a.

    Attributes
    ----------
    derivative, primitive : callable
        ``(distance, a) -> array`` of the distance's shape.
    """

    derivative: Callable[[NDArray, float], NDArray]
    primitive: Callable[[NDArray, float], NDArray]


def _rectangular(x, a):
    """h1 (Eq. 23): 1/a where abs(x) < a/2."""
    return (abs(x) < 0.5 * a) * (1 / a)


def _ramp(x, a):
    return module_of(x).clip(x / a + 0.5, 0, 1)


def _polynomial(x, a):
    """h2 (Eq. 24): a triangle. With the literal sign() it would grow again beyond 2/sqrt(a)."""
    return module_of(x).clip(0.5 * math.sqrt(a) - 0.25 * a * abs(x), 0, None)


def _parabolas(x, a):
    half = 2 / math.sqrt(a)
    y = module_of(x).clip(x, -half, half)
    return 0.5 + 0.5 * math.sqrt(a) * y - 0.125 * a * y * abs(y)


def _sigmoid(x, a):
    """h3 (Eq. 25)."""
    e = module_of(x).exp(-abs(x) / a)
    return e / (a * (1 + e) ** 2)


def _logistic(x, a):
    return 0.5 * (1 + module_of(x).tanh(0.5 * x / a))


def _gaussian(x, a):
    """h4 (Eq. 26): variance a."""
    return module_of(x).exp(-0.5 * x * x / a) / math.sqrt(2 * math.pi * a)


def _normal(x, a):
    xp = module_of(x)
    if xp.__name__ == "numpy":
        from scipy.special import erf
    else:
        from cupyx.scipy.special import erf
    return 0.5 * (1 + erf(x / math.sqrt(2 * a)))


SURROGATES = {
    "rectangular": Surrogate(_rectangular, _ramp),
    "polynomial": Surrogate(_polynomial, _parabolas),
    "sigmoid": Surrogate(_sigmoid, _logistic),
    "gaussian": Surrogate(_gaussian, _normal),
}
"""h1 to h4 by name."""
