"""Speed and memory of the suite's networks beside other ways of writing the same network.

A benchmark is a module with a function ``run(options, report)``: it takes `Options` and
a callable for one line of progress, and returns a `protocols.benchmarks.table.Table`.
"""

import importlib
from dataclasses import dataclass

from models.errors import SuiteError

BENCHMARKS = {"diehl_cook": "protocols.benchmarks.diehl_cook",
              "emstdp": "protocols.benchmarks.emstdp",
              "glsnn": "protocols.benchmarks.glsnn",
              "gpu": "protocols.benchmarks.gpu",
              "passes": "protocols.benchmarks.passes",
              "stbp": "protocols.benchmarks.stbp",
              "threads": "protocols.benchmarks.threads"}
"""Modules by name; imported when asked for, since each needs packages of its own."""


@dataclass(frozen=True)
class Options:
    """What every benchmark is told.

    Attributes
    ----------
    sizes : tuple of int or None
        Numbers of neurons; None for those of the benchmark.
    samples : int
        Samples of one measurement.
    repeats : int
        Measurements of each row, of which the median is taken.
    naive_all : bool
        Measure slow forms at large sizes, too.
    device : str
        Of the benchmark 'gpu': 'cuda' or 'opencl'.
    replicas : tuple of int or None
        Of the benchmark 'gpu'; None for its own.
    """

    sizes: tuple | None = None
    samples: int = 500
    repeats: int = 5
    naive_all: bool = False
    device: str = "cuda"
    replicas: tuple | None = None

    def __post_init__(self):
        for name, value in (("--samples", self.samples), ("--repeats", self.repeats),
                            *(("--sizes", size) for size in self.sizes or ()),
                            *(("--replicas", count) for count in self.replicas or ())):
            if value < 1:
                raise SuiteError(f"{name} {value}: give a positive number")


def find(name):
    """The function of a benchmark.

    Raises
    ------
    SuiteError
        If there is none of that name.
    """
    if name not in BENCHMARKS:
        raise SuiteError(f"unknown benchmark {name!r}: choose one of {', '.join(BENCHMARKS)}")
    return importlib.import_module(BENCHMARKS[name]).run
