"""Synapses by the numbers of their neurons: ``synapses.w[i, j]`` and ``synapses.matrix()``."""

import numpy as np
from brian2.groups.group import Indexing

from models.errors import SuiteError


class Matrix:
    """What both forms offer on top of ``Synapses``."""

    def connect(self, *arguments, **keywords):
        """Refused: there would be two synapses between the same neurons.

        Raises
        ------
        SuiteError
        """
        raise SuiteError(f"{self.name}: dense_synapses has connected these groups; say there which "
                         "neurons (connect='i', condition='i != j'), or use brian2.Synapses")

    def matrix(self, variable="w"):
        """Values of a variable.

        Parameters
        ----------
        variable : str

        Returns
        -------
        ndarray, shape (presynaptic, postsynaptic)
            A copy: Brian2 2.10 frees the array of synapses together with them.

        Raises
        ------
        SuiteError
            If not all neurons are connected to all.
        """
        if not self.pattern.full:
            raise SuiteError(f"{self.name} is not all to all and has no matrix")
        values = np.array(self.state(variable, use_units=False)[:])
        return values.reshape(len(self.source), len(self.target))


class MatrixIndexing(Indexing):
    """Numbers of the synapses in ``[i, j]`` (neurons, slices or lists of both sides)."""

    def __call__(self, item=slice(None), index_var=None):
        if isinstance(item, str) and item != "True":
            raise SuiteError(f"{self.group.name}[{item!r}]: synapses of a dense projection are not "
                             "chosen by text; use numbers, [i, j], or brian2.Synapses")
        pattern = self.group.pattern
        if isinstance(item, tuple) and len(item) == 2:
            # As in Brian2, in the order of the synapses, whatever the order of the indices.
            pre, post = (np.unique(np.arange(n)[part])
                         for n, part in zip((pattern.n_pre, pattern.n_post), item))
            item = pattern.numbers(pre, post)
        # A variable of the neurons or of another group, reached through the synapses.
        reached = self._reached(index_var)
        if reached is not None:
            return reached[super().__call__(item)]
        return super().__call__(item, index_var)

    def _reached(self, index_var):
        """Numbers that a loop counter has at each synapse; None if it is no loop counter."""
        group = self.group
        if index_var is group.variables["_presynaptic_idx"]:
            return group.pre_start + group.i
        if index_var is group.variables["_postsynaptic_idx"]:
            return group.post_start + group.j
        if index_var is group.variables["_element"]:
            return group.pattern.elements()
        return None
