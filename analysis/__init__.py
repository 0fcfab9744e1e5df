"""Figures and tables from run directories.

The package reads what the protocols wrote and never runs a model:
``python -m analysis RUN_DIR`` draws every figure whose data is there, of several runs also
their comparison; ``python -m analysis.tables`` prints the tables of the recorded runs. In a
notebook::

    from analysis.figures import convergence, raster
    from analysis.run import Run

    raster(Run("runs/mnist_100"))

Modules
-------
run, arrays, readouts, rules
    A run directory, read lazily and checked.
files, checks
    How its files are read, and what their fields must hold.
groups
    Which runs are repetitions of one experiment, and in what experiments differ.
described
    The networks of a run as its equations.txt describes them.
convergence, confusion, embedding, worst_images, network
    Figures of any protocol, each a function of a run that returns a matplotlib Figure.
plasticity, weights, spikes, homeostasis, trough
    Figures of networks that learn by STDP.
surrogates, rasters, events
    Figures of networks trained by STBP.
membrane, hidden_spikes, updates, separation
    Figures of one run of GLSNN, the last two of any network of layers.
layers, feedback
    Networks of several sizes, depths and feedback layers side by side.
pairing
    Two rules of plasticity on the spikes of the same pairs of neurons.
comparison, changes
    Several runs that differ in one setting, or each in one more than those before it.
figures
    All figures, and to which runs they belong.
curves, uncertainty, close_up, published, series
    What figures of accuracies share: lines and points, error bars, insets and axes of errors,
    published values, and which networks make a line over their size.
defaults
    Numbers of settings that a run leaves as they are.
style
    Colours and the common look.
tables, table_rows, overview
    Markdown tables of the recorded runs, and the picture of all papers.
page
    A run on one page for a browser.
report
    Mean, spread and a test against the published value, of any runs.
command_line
    One line for whatever goes wrong.
"""
