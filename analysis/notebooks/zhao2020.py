# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # GLSNN: the figures of Zhao et al. (2020)
#
# D. Zhao, Y. Zeng, T. Zhang, M. Shi, F. Zhao, *GLSNN: a multi-layer spiking neural network based on
# global feedback alignment and local STDP plasticity*, Frontiers in Computational Neuroscience 14,
# 576841, 2020.
#
# This notebook trains the paper's kind of network. Each training writes a run directory. From these
# directories it draws Figs. 2 and 4-9 and asks the question of Table 2. Then it walks from the
# printed numbers, with which no neuron fires at first, to the form that learns by its spikes. By
# default it learns scikit-learn's digits (8 x 8 pixels). Some 50 short runs take a quarter of an
# hour. The same cells draw the paper's experiments from runs on MNIST.
#
# `pip install '.[notebooks]'` installs JupyterLab and jupytext. `jupyter lab` in the suite's folder
# opens this file by a right click, *Open With*, *Notebook*. The next command runs it, and keeps it
# with all figures as a notebook beside it:
#
#     jupytext --to ipynb --execute --run-path . analysis/notebooks/zhao2020.py
#
# The cell below holds all that may be changed.

# %% tags=["parameters"]
preset = "digits"
directory = "runs/zhao2020-digits"
# Settings that differ from the preset's: the names are those of the options, with underscores.
settings = {"epochs": 8}
# Neurons of each of three hidden layers (Fig. 4A).
widths = [25, 50, 100, 200]
# Hidden layers, and neurons of each (Figs. 6 and 8, Table 2).
depths = [1, 3, 5]
size = 50
# Methods beside GLSNN (Fig. 6, Table 3): all but equilibrium propagation, "ep".
methods = ["bp", "rfa", "dfa", "dtp", "dtp-sigma", "lra-e"]
# Hidden layers of Fig. 9.
feedback = 5

# %%
from analysis.changes import successive_changes
from analysis.errors import AnalysisError
from analysis.feedback import over_feedback
from analysis.figures import (
    changed_spikes, class_separation, confusion_matrix, convergence, layer_rates, layer_updates,
    membrane, spikes_in_time, tsne_layers,
)
from analysis.layers import over_depth, over_width, seconds_over_depth
from analysis.making import train_once
from analysis.rules import RULES
from analysis.run import Run

# %matplotlib inline

# %% [markdown]
# ## Training
#
# A finished run is taken as it is; one that was interrupted goes on from its checkpoint.


# %%
def trained(name, **changes):
    """A run of the preset with changes; it is trained unless that is done."""
    return Run(train_once(f"{directory}{name}", "glsnn", preset, **settings | changes))


def attempted(name, **changes):
    """The same; that a form diverges is a result, too."""
    try:
        return trained(name, **changes)
    except AnalysisError as error:
        print(f"{name}: {error}")
        return Run(f"{directory}{name}")


def layers(count, neurons=size):
    """The network of equal hidden layers."""
    return "-".join([str(neurons)] * count + ["classes"])


# %%
run = trained("")
for rule, accuracies in run.summary["accuracies"].items():
    print(f"{RULES[rule]:50s} {accuracies['output']:6.2f} %")

# %% [markdown]
# ## Fig. 2: one neuron
#
# The input charges the conductance, and the conductance drives the potential. Above the threshold
# the neuron fires and begins anew.
#
# *What to look for:* the conductance grows through the sample, so spikes come late and then ever
# faster.

# %%
membrane(run)

# %% [markdown]
# ## Fig. 5: hidden spikes
#
# *What to look for:* samples of other classes make other neurons fire. A neuron that fires for no
# test sample is dead: it neither passes anything on nor learns.

# %%
spikes_in_time(run)

# %%
layer_rates(run)

# %% [markdown]
# ## Do the spikes carry the result?
#
# The trained network answers with its hidden spikes removed, those of one neuron given to another,
# those of one sample given to another, or each neuron's spikes moved to other steps.
#
# *What to look for:* the first three leave chance. Shuffled in time, the result stays: it is a rate
# code.

# %%
changed_spikes(run)

# %% [markdown]
# ## Fig. 4B: accuracy while learning, and the confusion matrix

# %%
convergence(run)

# %%
confusion_matrix(run)

# %% [markdown]
# ## Updates of the layers
#
# Each layer's update beside that of backpropagation on the same network.
#
# *What to look for:* for the output and the last hidden layer they point the same way (Eq. 5). For
# the layers below, the angle falls under 90 degrees while the forward weights learn to fit the
# random feedback.

# %%
layer_updates(run)

# %% [markdown]
# ## Fig. 7: from pixels to classes, layer by layer
#
# The paper claims that clusters separate better from layer to layer. The silhouette is 1 where each
# sample lies far nearer to its own class than to any other, and 0 where classes overlap.
#
# *What to look for:* distances between clusters, and their sizes, mean nothing in t-SNE. So the
# numbers are those of the activities themselves.

# %%
tsne_layers(run)

# %%
class_separation(run)

# %% [markdown]
# ## Fig. 4A: accuracy against hidden neurons

# %%
wider = [trained(f"-3x{neurons}", network=layers(3, neurons)) for neurons in widths]

# %%
over_width(wider)

# %% [markdown]
# ## Figs. 6 and 8, Table 2: accuracy and time against depth
#
# *What to look for:* the paper finds GLSNN to be stable with depth, DTP to fall, and equilibrium
# propagation to collapse. Table 2 asks what a layer costs: it gives the time on a graphics card,
# here it is that of a processor.

# %%
deeper = {}
for method in ("glsnn", *methods):
    for count in depths:
        one = trained(f"-{method}-{count}x{size}", network=layers(count), method=method)
        deeper.setdefault(method, []).append(one)
every = [each for members in deeper.values() for each in members]

# %%
over_depth(every)

# %%
over_depth(deeper["glsnn"])

# %%
seconds_over_depth(every)

# %% [markdown]
# ## Fig. 9: feedback layers
#
# K hidden layers have feedback, counted from the top or, as a control, from the bottom. At K = 0
# the output and the last hidden layer learn alone.
#
# *What to look for:* the paper sees a rise from the top, no gain in the middle, and a prominent
# rise with the lowest layer. A fixed rule marks where a curve stands still: a change under half of
# the mean change is none. `as claimed` in the legend means that it finds just these three steps.

# %%
ablated = []
for side in ("top", "bottom"):
    for count in range(feedback):
        ablated.append(trained(f"-{feedback}x{size}-K{count}-{side}", network=layers(feedback),
                               feedback_layers=str(count), feedback_from=side))

# %%
over_feedback(ablated)

# %% [markdown]
# ## From the printed numbers to the form that spikes
#
# Each row keeps the changes above it. The first is the paper's network with its numbers.
#
# *What to look for:* spikes alone do not make a network learn by spikes. It fires with the second
# row, and the current still carries the result.

# %%
walk = {
    "literal": {}, "g_L": {"parameters": {"g_L": 1}},
    "output": {"parameters": {"output_spikes": 0}},
    "tau": {"parameters": {"tau": 2, "hidden_current": 0}},
    "reading": {"reading": "mean"}, "passing": {"passing": "layers"}, "gate": {"gate": "band"},
    "eta_t": {"parameters": {"eta_t": 0.1}}, "eta_w": {"parameters": {"eta_w": 0.03, "decay": 0.9}},
}
so_far = {"form": "literal", "epochs": 1, "parameters": {}}
walked = []
for name, change in walk.items():
    numbers = so_far["parameters"] | change.get("parameters", {})
    so_far |= {**change, "parameters": numbers}
    walked.append(attempted(f"-walk-{name}", **so_far))

# %%
successive_changes(walked)

# %% [markdown]
# ## Spikes alone, current alone, or both
#
# Section 3.2 passes the current on beside the spikes, since spikes alone would take long to reach
# deep layers. The runs of GLSNN above pass on spikes alone. Where both are passed on, a spike is
# worth less, for the sum would be too large for the step.

# %%
passed = {"current": {"hidden_spikes": 0, "hidden_current": 1},
          "both": {"hidden_current": 1, "tau": 0.5}}
beside = [*deeper["glsnn"], *(
    attempted(f"-{name}-{count}x{size}", network=layers(count), parameters=numbers)
    for name, numbers in passed.items() for count in depths)]

# %%
over_depth(beside)
