"""What each pass of `models.dense` is worth: the network without it, beside that with all.

One CPU core, float32, the paper's parameters (`protocols.benchmarks.cases`). In float64 none
changes a bit; in float32, where some round elsewhere, activity is in the notes.
"""

from models.dense.passes import PASSES
from protocols.benchmarks.cases import MODES, measured
from protocols.benchmarks.table import Table

SIZES = (400,)


def contenders(case, _):
    """The network with all passes, then without each of them."""
    for mode in MODES:
        yield case.compiled("all", mode, precision="float32")
        for name in PASSES:
            yield case.compiled(f"no-{name}", mode, precision="float32", without=(name,))


def run(options, report):
    """Measure the network without each of the passes.

    Parameters
    ----------
    options : protocols.benchmarks.Options
    report : callable
        Takes a line that says what is being done.

    Returns
    -------
    protocols.benchmarks.table.Table
    """
    rows, notes, source = measured(contenders, options, report, SIZES)
    return Table(
        title=f"passes, {source}: CPU ms per presentation on one core, float32, median of "
              f"{options.repeats}", reference="all", rows=rows, notes=notes)
