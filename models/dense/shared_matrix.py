"""A projection on the matrix of another one, as it is or read in the other direction."""

import numpy as np

from models.dense.patterns import AllToAll
from models.errors import SuiteError


class MatrixOf(AllToAll):
    """All to all, with the weights of another all-to-all projection, which are not copied.

    The variables that are shared are named in ``values=``. They are read and written.
    Before a run, Brian2's cpp_standalone takes text for them anywhere, but arrays only in the
    projection that holds them.

    Parameters
    ----------
    projection : DenseSynapses or ListedSynapses
        Made by `models.dense.dense_synapses`, all to all, with a matrix of its own.
    transposed : bool
        Its postsynaptic neurons take the place of the presynaptic ones, and the reverse. So
        spikes go back through the weights by which others came.

    Raises
    ------
    SuiteError
        If the projection has no matrix of its own.

    Examples
    --------
    Errors go back through the weights by which spikes came::

        forward = dense_synapses(below, above, "w : 1", on_pre="U_post += w")
        dense_synapses(errors_above, errors_below, pattern=MatrixOf(forward, transposed=True),
                       values={"w": forward}, on_pre="E_post += w")
    """

    stored = False
    shares = True
    distinct = True

    def __init__(self, projection, transposed: bool = False):
        pattern = getattr(projection, "pattern", None)
        if pattern is None:
            raise SuiteError(f"{projection.name} has no matrix to share: connect its groups by "
                             "dense_synapses")
        if type(pattern) is not AllToAll:
            raise SuiteError(f"{projection.name} has no matrix of its own to share: it connects "
                             f"{pattern.name}")
        self.holder = projection
        self.name = f"the matrix of {projection.name}"
        self.transposed = transposed
        sizes = (pattern.n_pre, pattern.n_post)
        super().__init__(*(reversed(sizes) if transposed else sizes))

    @property
    def words(self) -> str:
        """In which direction the matrix is read."""
        return f"{self.name}, transposed" if self.transposed else self.name

    def elements(self) -> np.ndarray:
        """Where the weight of each synapse stands in the other projection's matrix."""
        numbers = np.arange(self.count)
        if self.transposed:
            return numbers.reshape(self.n_post, self.n_pre).T.ravel()
        return numbers

    @property
    def n_elements(self) -> int:
        """As many as synapses."""
        return self.count

    @property
    def element(self) -> str:
        """The same as C++ text, in terms of the synapse's neurons."""
        return f"(size_t)_j*{self.n_pre} + _i" if self.transposed else self.number
