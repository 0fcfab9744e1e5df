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
# # Spatio-temporal backpropagation: the figures of Wu et al. (2018)
#
# Y. Wu, L. Deng, G. Li, J. Zhu, L. Shi, *Spatio-temporal backpropagation for training
# high-performance spiking neural networks*, Frontiers in Neuroscience 12:331 (2018).
#
# This notebook trains the paper's kind of network. Each training writes a run directory. From these
# directories it draws Figs. 3B, 4C-D, 5 and 6, with accuracy while learning, confusion matrix and
# t-SNE beside them. By default it learns scikit-learn's digits (8 x 8 pixels, 200 hidden neurons).
# Nine runs and one of N-MNIST take some three minutes. The same cells draw the paper's experiments
# from runs on MNIST.
#
# `pip install '.[notebooks]'` installs JupyterLab and jupytext. `jupyter lab` in the suite's folder
# opens this file by a right click, *Open With*, *Notebook*. The next command runs it, and keeps it
# with all figures as a notebook beside it:
#
#     jupytext --to ipynb --execute --run-path . analysis/notebooks/wu2018.py
#
# The cell below holds all that may be changed. For Fig. 6 as published: `preset = "mlp-mnist"`,
# `settings = {"network": "400-10", "epochs": 200}`.

# %% tags=["parameters"]
preset = "digits"
directory = "runs/wu2018-digits"
# Settings that differ from the preset's: the names are those of the options, with underscores.
settings = {"epochs": 15}
# Fig. 6: curves beside the rectangular one, and widths beside 1.
surrogates = ["polynomial", "sigmoid", "gaussian"]
widths = [0.1, 2.5, 5, 7.5, 10]
# Of the run on N-MNIST (Fig. 5).
event_settings = {"train_samples": 1000, "epochs": 3}

# %%
from analysis.errors import AnalysisError
from analysis.figures import (
    compared, confusion_matrix, convergence, input_and_output_rasters, saccades, surrogate_curves,
    tsne_layers,
)
from analysis.making import train_once
from analysis.rules import RULES
from analysis.run import Run

# %matplotlib inline

# %% [markdown]
# ## Training
#
# A finished run is taken as it is; one that was interrupted goes on from its checkpoint. The
# loss is the squared distance of the output's spike rates from the label, one spike per step
# for its class and none for the others; its gradient flows through layers and time.

# %%
run = Run(train_once(directory, "stbp", preset, **settings))
for rule, accuracies in run.summary["accuracies"].items():
    print(f"{RULES[rule]:50s} {accuracies['output']:6.2f} %")

# %% [markdown]
# ## Fig. 3B: curves in place of the derivative of a spike
#
# A spike is a step of the membrane potential u: its derivative is 0, or infinite at the
# threshold, and no error would pass. In the backward pass one of these curves stands for it.
#
# *What to look for:* all have the area 1. At the same a they are not equally wide: a is the
# width of the rectangle, but the variance of the Gaussian, and a larger a makes the polynomial
# *narrower*.

# %%
surrogate_curves(run)

# %% [markdown]
# ## Fig. 4C-D: what comes in, what goes out
#
# C: pixels become spikes, drawn anew in every time step with the pixel's brightness as their
# probability; rows are the central pixels. D: the output neurons for one test sample; the
# neuron of its class is marked.
#
# *What to look for:* before training the neurons fire for anything; after it the class's
# neuron fires in nearly every step, from the first on.

# %%
input_and_output_rasters(run)

# %% [markdown]
# ## Accuracy while learning
#
# Accuracy on the test set after each epoch, and in training, where it is the mean over the
# epoch: it counts samples that were shown to weights of earlier in the epoch.
#
# *What to look for:* training below test in the first epochs for this reason, above it later;
# the distance is what the network has learned by heart.

# %%
convergence(run)

# %% [markdown]
# ## Confusion matrix
#
# Desired against inferred class of the test images; colour is the share of the row. The
# inferred class is that of the output neuron with most spikes.

# %%
confusion_matrix(run)

# %% [markdown]
# ## From pixels to classes, layer by layer
#
# t-SNE of the same test samples as pixels and as spike rates of each layer; colours are the
# true classes.
#
# *What to look for:* clusters become purer and tighter from layer to layer; a sample among
# another colour in the last panel is an error. Distances between clusters, and their sizes,
# mean nothing in t-SNE.

# %%
tsne_layers(run)

# %% [markdown]
# ## Fig. 6: which curve, how wide?
#
# The same training with each of the four curves (A) and with rectangles of several widths (B). At
# right each at its last test.

# %%
changes = {name: {"surrogate": name} for name in surrogates}
changes |= {f"a{width}": {"width": width} for width in widths}
others = [Run(train_once(f"{directory}-{name}", "stbp", preset, **settings, **change))
          for name, change in changes.items()]

# %% [markdown]
# *What to look for in A:* the paper finds small differences only. With one seed, differences
# of a few samples mean nothing: give several runs of each, and a band shows their range.

# %%
compared([run, *others], "neurons.surrogate")

# %% [markdown]
# *What to look for in B:* with a = 0.1 few potentials lie near enough to the threshold for any
# gradient, and learning is slow. The paper finds 0.5 to 5 alike, and 10 worse.

# %%
compared([run, *others], "neurons.width")

# %% [markdown]
# ## Fig. 5: N-MNIST
#
# Digits seen by an event camera that makes three saccades of 100 ms. A pixel fires when it
# becomes brighter (on) or darker (off). The set is looked for in `$SNN_DATA/n-mnist`; without it
# there is no figure.
#
# *What to look for:* on and off events lie on opposite sides of a stroke, and change sides
# with the direction of the motion: that is why they are separate inputs.

# %%
try:
    events = Run(train_once(f"{directory}-events", "stbp", "n-mnist", **event_settings))
except AnalysisError as reason:
    events = None
    print(f"no Fig. 5: {reason}")

# %%
saccades(events) if events else None
