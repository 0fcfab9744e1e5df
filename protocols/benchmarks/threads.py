"""What threads of one network are worth (`models.dense.threads`): wall time, not CPU time.

Threads wait for each other several times a step, so this needs as many processors with nothing
else to do. Every number of threads gives the same bits (tests/test_threads.py).
"""

import time

from models.shared.resources import processors
from protocols.benchmarks.cases import measured
from protocols.benchmarks.table import Table

SIZES = (1600, 6400, 10000)


def contenders(case, _):
    """Training with one thread, then with two, four ... as far as there are processors."""
    threads = 1
    while threads <= processors():
        for bits, precision in (("", "float64"), ("32", "float32")):
            yield case.compiled(f"{threads}-thread{bits}", "train", time.monotonic,
                                precision=precision, threads=threads)
        threads *= 2


def run(options, report):
    """Measure training with several threads.

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
        title=f"threads, {source}: wall ms per training presentation, median of "
              f"{options.repeats}", reference="1-thread", rows=rows, notes=notes)
