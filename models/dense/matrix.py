"""Synapses by the numbers of their neurons: ``synapses.w[i, j]`` and ``synapses.matrix()``."""

import numpy as np
from brian2.groups.group import Indexing

from models.errors import SuiteError


class Matrix:
    """What both forms offer on top of ``Synapses``."""

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
        if self.pattern != "all":
            raise SuiteError(f"{self.name} is not all to all and has no matrix")
        values = np.array(self.state(variable, use_units=False)[:])
        return values.reshape(len(self.source), len(self.target))


class MatrixIndexing(Indexing):
    """Numbers of the synapses in ``[i, j]`` (neurons, slices or lists of both sides)."""

    def __call__(self, item=slice(None), index_var=None):
        if isinstance(item, str) and item != "True":
            raise SuiteError(f"{self.group.name}[{item!r}]: synapses of a dense projection are not "
                             "chosen by text; use numbers, [i, j], or brian2.Synapses")
        if isinstance(item, tuple) and len(item) == 2 and self.group.pattern in ("all", "own"):
            # As in Brian2, in the order of the synapses, whatever the order of the indices.
            i, j = (np.unique(np.arange(n)[part])
                    for n, part in zip((self.group.n_pre, self.group.n_post), item))
            item = (np.add.outer(i * self.group.n_post, j).ravel() if self.group.pattern == "all"
                    else np.intersect1d(i, j))
        # A variable of the neurons, reached through the synapses.
        for side, start, neurons in (("_presynaptic_idx", self.group.pre_start, "i"),
                                     ("_postsynaptic_idx", self.group.post_start, "j")):
            if index_var is self.group.variables[side]:
                return start + getattr(self.group, neurons)[super().__call__(item)]
        return super().__call__(item, index_var)
