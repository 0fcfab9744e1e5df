"""Figures and tables from run directories.

The package reads what the protocols wrote and never runs a model:
``python -m analysis RUN_DIR`` draws every figure whose data is there,
``python -m analysis.tables`` prints the tables of the recorded runs. In a notebook::

    from analysis.figures import convergence, raster
    from analysis.run import Run

    raster(Run("runs/mnist_100"))

Modules
-------
run, arrays
    A run directory, read lazily and checked.
plasticity, convergence, confusion, embedding, weights, spikes, homeostasis
    The figures, each a function of a run that returns a matplotlib Figure.
figures
    The list of all figures.
style
    Colours and the common look.
tables, table_rows
    Markdown tables of the recorded runs.
"""
