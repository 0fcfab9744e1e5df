"""Time step of the conductance LIF: forward Euler for V, exact decay for the rest.

The published networks integrate the membrane potential by forward Euler and multiply
conductances and traces by exp(-dt/tau). Brian2 applies one method to a whole group, so this
method decides for each equation. A homogeneous linear one with constant coefficients gets its
exact factor. The others get a forward Euler step, which reads the values from before the step.
(Euler for the conductances too would change the charge of a spike: the sum of exp(-dt/tau)**k
is 2.54 steps, by Euler 2.0.)
"""

from typing import Any

import sympy
from brian2.equations.equations import Equations
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from brian2.stateupdaters.base import StateUpdateMethod


class EulerExactDecay(StateUpdateMethod):
    """Brian2 state update method.

    Parameters
    ----------
    bounds : dict, optional
        ``{variable: (lowest, highest)}``, names or expressions; the variable is cut there
        after each step, since forward Euler overshoots equilibrium potentials.
    """

    def __init__(self, bounds: dict[str, tuple[str, str]] | None = None):
        self.bounds = bounds or {}

    def __str__(self):
        cuts = [f"{name} is cut to {low} .. {high}" for name, (low, high) in self.bounds.items()]
        return "\n".join(["forward Euler, x*exp(c*dt) where dx/dt = c*x", *cuts])

    def __call__(self, equations: Equations, variables: dict[str, Any] | None = None,
                 method_options: dict[str, Any] | None = None) -> str:
        """Abstract code of one step.

        Returns
        -------
        str
            Brian2 abstract code.
        """
        variables = variables or {}
        updates = []
        assignments = []
        for name, expression in equations.get_substituted_expressions(variables):
            update = self._decay(name, expression, equations, variables)
            if update is None:
                update = f"{name} + dt*({expression.code})"
            updates.append(f"_new_{name} = {update}")
            value = f"_new_{name}"
            if name in self.bounds:
                low, high = self.bounds[name]
                value = f"clip({value}, {low}, {high})"
            assignments.append(f"{name} = {value}")
        return "\n".join(updates + assignments)

    @staticmethod
    def _decay(name, expression, equations, variables):
        """`x*exp(c*dt)` if dx/dt = c*x with a constant c, else None."""
        code = str_to_sympy(expression.code, variables)
        symbol = sympy.Symbol(name, real=True)
        rate = sympy.simplify(code / symbol)
        varying = {
            other for other in equations.names
            if other in equations.diff_eq_names or "constant" not in equations[other].flags
        }
        free = {str(s) for s in rate.free_symbols}
        if free & (varying | {"not_refractory", "t"}):
            return None
        return f"{name}*exp(({sympy_to_str(rate)})*dt)"
