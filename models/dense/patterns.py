"""Patterns of connection: which neurons a projection connects, and the loop over their synapses.

The templates of a projection go over the spikes of a step, or over all presynaptic neurons. The
loop inside, over the partners of one neuron, is the pattern's. Three patterns stand here, those
that `models.dense.dense_synapses` makes of its arguments ``connect`` and ``condition``. Another
one is a subclass of `Pattern`, given as ``pattern=``; `models.dense.convolution.Convolution` is
an example.
"""

from abc import ABC, abstractmethod

import numpy as np

from models.errors import SuiteError


class Pattern(ABC):
    """Which neurons are connected, and how generated code finds them.

    Parameters
    ----------
    n_pre, n_post : int
        Neurons of the two groups.

    Attributes
    ----------
    name : str
        What messages call it.
    stored : bool
        Synapses may have variables of their own, one value each in the order of `neurons`.
    shares : bool
        Synapses may read variables of another group; which element, tells `elements`.
    distinct : bool
        No two synapses read the same element.
    full : bool
        Every neuron is connected to every other, row by row: values are a matrix.
    one_to_one : bool
        The two neurons of a synapse have the same number.
    divisible : bool
        The loop keeps to the postsynaptic neurons from ``low`` to ``high``, or is one to one, so
        that threads can share it (`models.dense.sharing`).
    """

    name = "these connections"
    stored = False
    shares = False
    distinct = False
    full = False
    one_to_one = False
    divisible = False

    def __init__(self, n_pre: int, n_post: int):
        self.n_pre = n_pre
        self.n_post = n_post

    @property
    def words(self) -> str:
        """What the text of a network calls it; two patterns that differ have other words."""
        return self.name

    @abstractmethod
    def neurons(self) -> np.ndarray:
        """The two neurons of each synapse.

        Returns
        -------
        ndarray of int, shape (2, synapses)
            In the order of the presynaptic neurons.
        """

    @abstractmethod
    def loop(self, inner: str, low: str, high: str, pragma: str) -> list[str]:
        """C++ lines that begin the loop over the partners of one neuron.

        The code of a synapse follows, and then whatever these lines have opened is closed.

        Parameters
        ----------
        inner : {'_j', '_i'}
            The number that the loop sets: the postsynaptic neuron, or the presynaptic one. The
            other is set already.
        low, high : str
            From which number to which.
        pragma : str
            A line that stands before the innermost ``for``. It says that its iterations do not
            see each other, or is empty.

        Returns
        -------
        list of str
            They set ``_i`` and ``_j``, and ``_element`` if the pattern `shares`.
        """

    def elements(self) -> np.ndarray:
        """Which element of a shared variable each synapse reads, if the pattern `shares`.

        Returns
        -------
        ndarray of int, shape (synapses,)
        """
        raise SuiteError(f"{self.name} share no variable of another group")

    @property
    def n_elements(self) -> int:
        """Elements that a shared variable must have at least."""
        return int(self.elements().max()) + 1

    @property
    def count(self) -> int:
        """Number of synapses."""
        return self.neurons().shape[1]

    @property
    def number(self) -> str:
        """C++ text of a number that only one synapse has; where values are stored, their place."""
        return f"(size_t)_i*{self.n_post} + _j"

    def neurons_of(self, synapse: str) -> dict[str, str]:
        """C++ text of the two neurons of a synapse, for a StateMonitor.

        Parameters
        ----------
        synapse : str
            Its number.

        Returns
        -------
        dict of str to str
            For ``i`` and, in terms of it, ``j``.

        Raises
        ------
        SuiteError
            If the pattern offers none.
        """
        raise SuiteError(f"synapses of {self.name} cannot be recorded one by one; record the "
                         "neurons instead")

    def numbers(self, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
        """Numbers of the synapses from any of some neurons to any of others, in their order.

        Parameters
        ----------
        pre, post : ndarray of int
            In ascending order, each number once.
        """
        i, j = self.neurons()
        return np.flatnonzero(np.isin(i, pre) & np.isin(j, post))

    def degrees(self) -> dict[str, np.ndarray | int]:
        """Synapses of each neuron.

        Returns
        -------
        dict
            ``N_incoming`` of the postsynaptic neurons and ``N_outgoing`` of the presynaptic
            ones: an array, or one number if it is the same for all.
        """
        i, j = self.neurons()
        return {"N_incoming": np.bincount(j, minlength=self.n_post),
                "N_outgoing": np.bincount(i, minlength=self.n_pre)}

    def listed(self) -> dict:
        """The arguments of ``brian2.Synapses.connect`` that make the same synapses."""
        i, j = self.neurons()
        return {"i": i, "j": j}


class AllToAll(Pattern):
    """Every neuron with every other: a matrix, row by row."""

    name = "all to all"
    stored = True
    full = True
    divisible = True

    def neurons(self):
        return np.indices((self.n_pre, self.n_post)).reshape(2, -1)

    def loop(self, inner, low, high, pragma):
        return [pragma, f"for (int32_t {inner} = {low}; {inner} < {high}; {inner}++) {{"]

    @property
    def count(self):
        return self.n_pre * self.n_post

    def neurons_of(self, synapse):
        return {"i": f"{synapse}/{self.n_post}", "j": f"{synapse} % {self.n_post}"}

    def numbers(self, pre, post):
        return np.add.outer(pre * self.n_post, post).ravel()

    def degrees(self):
        return {"N_incoming": self.n_pre, "N_outgoing": self.n_post}

    def listed(self):
        return {}


class OneToOne(Pattern):
    """Each neuron with the one of the same number."""

    name = "j='i'"
    words = "one to one"
    stored = True
    one_to_one = True
    divisible = True

    def neurons(self):
        return np.tile(np.arange(self.n_pre), (2, 1))

    def loop(self, inner, low, high, pragma):
        outer = "_j" if inner == "_i" else "_i"
        return ["{", f"    const int32_t {inner} = {outer};"]

    @property
    def count(self):
        return self.n_pre

    @property
    def number(self):
        return "_i"

    def neurons_of(self, synapse):
        return {"i": synapse, "j": "i"}

    def degrees(self):
        return {"N_incoming": 1, "N_outgoing": 1}

    def listed(self):
        return {"j": "i"}


class AllOthers(Pattern):
    """Every neuron of a group with every other but itself; nothing is stored."""

    name = "'i != j'"
    words = "to all others"
    divisible = True

    def neurons(self):
        everyone = np.indices((self.n_pre, self.n_post)).reshape(2, -1)
        return everyone[:, everyone[0] != everyone[1]]

    def loop(self, inner, low, high, pragma):
        outer = "_j" if inner == "_i" else "_i"
        start = f"_side ? std::max({outer} + 1, {low}) : {low}"
        stop = f"_side ? {high} : std::min({outer}, {high})"
        return ["for (int _side = 0; _side < 2; _side++)", pragma,
                f"for (int32_t {inner} = {start}; {inner} < ({stop}); {inner}++) {{"]

    @property
    def count(self):
        return self.n_pre * (self.n_post - 1)

    def neurons_of(self, synapse):
        row = self.n_post - 1
        return {"i": f"{synapse}/{row}", "j": f"{synapse} % {row} + ({synapse} % {row} >= i)"}

    def degrees(self):
        return {"N_incoming": self.n_pre - 1, "N_outgoing": self.n_post - 1}

    def listed(self):
        return {"condition": "i != j"}
