"""Runs of given accuracies, for the tests of figures for a paper."""

import numpy as np
import pandas as pd
from matplotlib.container import ErrorbarContainer

from analysis.run import Run
from tests.analysis_runs import make_stbp_run


def with_tests(run, accuracies, **columns):
    """The run with these accuracies at the ends of its epochs, opened anew."""
    epoch = np.arange(1, len(accuracies) + 1)
    pd.DataFrame({"samples": 100 * epoch, "epoch": epoch, "split": "test",
                  "accuracy": accuracies, **columns}).to_csv(
        run.directory / "metrics.csv", index=False)
    return Run(run.directory)


def made(folder, accuracies, seed=0, neurons=None, published=98.0, **columns):
    """A run of STBP with these accuracies."""
    return with_tests(make_stbp_run(folder, seed, neurons=neurons, published=published),
                      accuracies, **columns)


def error_bars(axes):
    """Ends of all error bars: ((x, x), (y, y)) of each."""
    return [np.array(segment).T for bars in axes.containers if isinstance(bars, ErrorbarContainer)
            for collection in bars.lines[2] for segment in collection.get_segments()]
