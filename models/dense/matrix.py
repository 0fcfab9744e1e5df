"""Synapses by the numbers of their neurons: ``synapses.w[i, j]`` and ``synapses.matrix()``."""

import numpy as np
from brian2.core.variables import VariableView
from brian2.groups.group import Indexing

from models.errors import SuiteError


class Matrix:
    """What both forms offer on top of ``Synapses``."""

    def __setattr__(self, key, value, level=0):
        """As in Brian2; an array of shape (presynaptic, postsynaptic) is taken row by row."""
        if key in getattr(self, "variables", ()) and not self.variables[key].scalar:
            value = _one_each(self, key, value)
        super().__setattr__(key, value, level + 1)

    def state(self, name, use_units=True, level=0):
        """As in Brian2, a view of a variable; it takes arrays of the right size only."""
        view = super().state(name, use_units, level=level + 1)
        if type(view) is VariableView and not view.variable.scalar:
            view.__class__ = SizedView
        return view

    def connect(self, *arguments, **keywords):
        """Refused: there would be two synapses between the same neurons.

        Raises
        ------
        SuiteError
        """
        raise SuiteError(f"{self.name}: dense_synapses has connected these groups; say there which "
                         "neurons (connect='i', condition='i != j'), or use brian2.Synapses")

    def matrix(self, variable: str = "w") -> np.ndarray:
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


class NeuronNumbers(np.ndarray):
    """A neuron of each synapse, which takes ``[i, j]`` as Brian2's variables do."""

    def __new__(cls, projection, numbers: np.ndarray):
        made = numbers.view(cls)
        made.projection = projection
        return made

    def __getitem__(self, item):
        if isinstance(item, tuple):
            item = self.projection[item]
        return np.asarray(self)[item]


class SizedView(VariableView):
    """Brian2's view. Its cpp_standalone reads past the end of an array that is too short."""

    def set_item(self, item, value, level=0, namespace=None):
        if isinstance(item, slice) and item == slice(None):
            value = _one_each(self.group, self.name, value)
        super().set_item(item, value, level=level + 1, namespace=namespace)


def _one_each(projection, variable, value):
    """A value for each synapse, or one for all.

    Raises
    ------
    SuiteError
        For an array of another size.
    """
    pattern = projection.pattern
    shape = np.shape(value)
    if isinstance(value, str) or shape in ((), (1,), (pattern.count,)):
        return value
    matrix = (pattern.n_pre, pattern.n_post)
    if pattern.full and shape == matrix:
        return np.reshape(value, -1)
    raise SuiteError(f"{projection.name}.{variable} takes {pattern.count} values"
                     f"{f' or a matrix of shape {matrix}' if pattern.full else ''}, not an array "
                     f"of shape {shape}")
