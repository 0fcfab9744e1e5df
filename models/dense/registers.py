"""What a loop over several spikes loads once for a neuron, and stores once.

Each spike adds to the same neurons. The compiler does not know that the weights which it reads in
between are not what it stores, so it would store the sum after every spike.
"""

from dataclasses import dataclass

from brian2.core.variables import ArrayVariable


@dataclass(frozen=True)
class Kept:
    """Lines of C++ around the statements of several spikes.

    Attributes
    ----------
    load, store : list of str
        Before the first spike's statements and after the last one's.
    """

    load: list
    store: list

    def each(self, lines: list[str]) -> list[str]:
        """The statements of one spike, from the lines that load, compute and store."""
        return [line for line in lines if line not in self.load and line not in self.store]


def kept_in_registers(generator, statements: list, index: str) -> Kept:
    """What can stay in registers while several spikes come to the same neuron.

    Parameters
    ----------
    generator : brian2.codegen.generators.CodeGenerator
    statements : list of Statement
        What one spike does.
    index : {'_postsynaptic_idx', '_presynaptic_idx'}
        The number of the neuron.

    Returns
    -------
    Kept
        Variables of that neuron, where no other name in the code stands for the same array.
    """
    read, write, indices, _ = generator.arrays_helper(statements)
    names = {name for name in read | write
             if isinstance(generator.variables[name], ArrayVariable)
             and not generator.variables[name].scalar}
    arrays = [generator.variables[name] for name in sorted(names)]
    kept = {name for name in names - set(indices)
            if generator.variable_indices[name] == index
            and arrays.count(generator.variables[name]) == 1}
    load = generator.translate_to_read_arrays(read & kept, write, ())
    load += generator.translate_to_declarations(read & kept, write & kept, ())
    return Kept(load, generator.translate_to_write_arrays(write & kept))
