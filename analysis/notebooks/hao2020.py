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
# # Supervised learning with symmetric STDP: the figures of Hao et al. (2020)
#
# Y. Hao, X. Huang, M. Dong, B. Xu, *A biologically plausible supervised learning method for
# spiking neural networks using the symmetric STDP rule*, Neural Networks 121:387-395 (2020).
#
# This notebook trains the paper's network once. The training writes a run directory, from which the
# notebook draws Figs. 1 and 3 to 6. By default it learns scikit-learn's digits (8 x 8 pixels, 225
# hidden neurons), which takes about two minutes. The same cells draw the paper's experiments from a
# run on MNIST.
#
# `pip install '.[notebooks]'` installs JupyterLab and jupytext. `jupyter lab` in the suite's folder
# opens this file by a right click, *Open With*, *Notebook*. The next command runs it, and keeps it
# with all figures as a notebook beside it:
#
#     jupytext --to ipynb --execute --run-path . analysis/notebooks/hao2020.py
#
# The cell below holds all that may be changed. The preset `mnist-100` gives the paper's figures.

# %% tags=["parameters"]
preset = "digits"
directory = "runs/hao2020-digits"
# Settings that differ from the preset's: the names are those of the options, with underscores.
settings = {"test_every": 479}

# %%
from analysis.figures import (
    confusion_matrix, convergence, receptive_fields, stdp_windows, tsne_activity, tsne_out_synapses,
)
from analysis.making import train_once
from analysis.readouts import WORDS
from analysis.rules import RULES
from analysis.run import Run

# %matplotlib inline

# %% [markdown]
# ## Training
#
# A finished run is taken as it is; one that was interrupted goes on from its checkpoint. The
# label's SL neuron fires at 200 Hz while its image is shown, which is all the supervision
# there is; every synapse learns by the local rule of Fig. 1.

# %%
run = Run(train_once(directory, "diehl_cook_sl", preset, **settings))
for rule, accuracies in run.summary["accuracies"].items():
    for readout, value in accuracies.items():
        print(f"{RULES[rule]:50s} {WORDS[readout]:16s} {value:6.2f} %")

# %% [markdown]
# ## Fig. 1: the symmetric STDP rule
#
# The weight change by one pair of spikes against their distance in time. Where the paper
# draws a schematic, these points are measured on the synapses of the model, at equal learning
# rates for both rules.
#
# *What to look for:* the symmetric rule (the paper's DA-STDP) strengthens whichever spike
# comes first, so that correlated firing is learned; the classic rule weakens where the
# presynaptic spike comes last. Both agree for t_post > t_pre.

# %%
stdp_windows(run)

# %% [markdown]
# ## Fig. 3: convergence
#
# Accuracy against the number of training samples, by the two readouts: the SL layer, and
# label statistics (Diehl & Cook 2015), which gives each hidden neuron the class it fired most
# for in training.
#
# *What to look for:* the SL layer starts behind, since it learns from hidden neurons that are
# still changing, and catches up: in the paper the two end less than a point apart. On MNIST
# in file order look for the troughs at every multiple of 60,000 samples.

# %%
convergence(run)

# %% [markdown]
# ## Fig. 4: confusion matrix
#
# Desired against inferred class of the test images; colour is the share of the row.
#
# *What to look for:* a dark diagonal, and the same confusions beside each other, since both
# readouts listen to the same hidden neurons. What is confused looks alike: 8 and 1 at 8 x 8
# pixels, 4 and 9 on MNIST.

# %%
confusion_matrix(run)

# %% [markdown]
# ## Fig. 5: from pixels to classes
#
# t-SNE embeddings of the same test samples as A pixels, B spike counts of the hidden layer, C
# spike counts of the SL layer; colours are the true classes.
#
# *What to look for:* one tight cluster per class in C, where A has several for one class (the
# ways to write a 1). A sample among another colour in C is an error. Distances between
# clusters, and their sizes, mean nothing in t-SNE.

# %%
tsne_activity(run)

# %% [markdown]
# ## Fig. 6: what the SL layer has learned
#
# A dot is a hidden neuron, placed by t-SNE of its weights to the SL layer, coloured by the
# class that label statistics gives it.
#
# *What to look for:* dots of one colour lie together: the SL layer, which learned by spikes
# alone, agrees with the statistics on what each hidden neuron stands for. Dots between the
# clusters are neurons that fire for several classes.

# %%
tsne_out_synapses(run)

# %% [markdown]
# ## Beside the paper's figures: receptive fields
#
# The weights from the pixels to each hidden neuron, as an image. With all-to-all inhibition
# neurons compete for samples and become prototypes; noise marks a neuron that has not won yet.

# %%
receptive_fields(run)
