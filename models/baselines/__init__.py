"""The methods that GLSNN is compared with, a rule a file; numbers: `equations.zhao2020`.

`RULES` maps the names of ``--method`` to rules; each is made of a network, its numbers and a seed.
BP, RFA and DFA take every layered network. `baseline` makes the network that a method's paper has.
"""

from types import ModuleType

import numpy as np
from numpy.typing import DTypeLike

from equations.zhao2020.baselines import Numbers
from models.baselines.bp import BP
from models.baselines.dfa import DFA
from models.baselines.dtp import DTP, DTPSigma
from models.baselines.equilibrium import EP, StatesNetwork, initial_states_network
from models.baselines.lra_e import LRAE
from models.baselines.mlp import TanhMLP, initial_mlp
from models.baselines.rfa import RFA
from models.shared.layered import Arrays, LayeredNetwork, Rule

RULES = {"bp": BP, "rfa": RFA, "dfa": DFA, "dtp": DTP, "dtp-sigma": DTPSigma, "lra-e": LRAE,
         "ep": EP}
EVERY_NETWORK = ("bp", "rfa", "dfa")
"""Methods that take any layered network, also one that spikes."""


def baseline_network(method: str, sizes: tuple[int, ...], arrays: Arrays,
                     numbers: Numbers) -> LayeredNetwork:
    """The network of a method's paper.

    Parameters
    ----------
    method : str
        Of `RULES`.
    sizes : tuple of int
    arrays : dict of str to ndarray
    numbers : dataclass
        Of the method.
    """
    if method == "ep":
        return StatesNetwork(sizes, arrays, numbers)
    return TanhMLP(sizes, arrays)


def baseline(method: str, sizes: tuple[int, ...], numbers: Numbers, seed: int,
             dtype: DTypeLike = np.float32, xp: ModuleType = np) -> Rule:
    """An untrained network and the rule by which it learns.

    Parameters
    ----------
    method : str
        Of `RULES`.
    sizes : tuple of int
        Units of the input, of the hidden layers and of the output.
    numbers : dataclass
        Of the method.
    seed : int
        Of the weights and of the rule's own matrices.
    dtype : numpy dtype
    xp : module
        NumPy or CuPy.
    """
    initial = initial_states_network if method == "ep" else initial_mlp
    network = baseline_network(method, sizes, initial(sizes, seed, dtype, xp), numbers)
    return RULES[method](network, numbers, seed)
