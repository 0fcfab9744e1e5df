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
# # Error-modulated STDP: the figures of Shrestha et al. (2019)
#
# A. Shrestha, H. Fang, Q. Wu, Q. Qiu, *Approximating back-propagation for a biologically plausible
# local learning rule in spiking neural networks*, ICONS 2019.
#
# This notebook trains the paper's kind of network. Each training writes a run directory. From these
# directories it draws Figs. 2, 3, 5 and 6, and it measures what the paper says in words. By default
# it learns scikit-learn's digits (8 x 8 pixels, two hidden layers). Most of its time is compiling:
# some 20 networks, ten seconds each, the first time. The same cells draw the paper's experiments
# from runs on MNIST.
#
# `pip install '.[notebooks]'` installs JupyterLab and jupytext. `jupyter lab` in the suite's folder
# opens this file by a right click, *Open With*, *Notebook*. The next command runs it, and keeps it
# with all figures as a notebook beside it:
#
#     jupytext --to ipynb --execute --run-path . analysis/notebooks/shrestha2019.py
#
# The cell below holds all that may be changed.

# %% tags=["parameters"]
preset = "digits"
directory = "runs/shrestha2019-digits"
# Settings that differ from the preset's: the names are those of the options, with underscores.
settings = {"network": "100-60-classes", "epochs": 4, "test_every": 200}
# Samples after which angles between updates are measured.
keep = [100, 200, 400, 800, 1600, 3200]
# Time steps T, and thresholds of the hidden layers.
windows = [26, 50, 100, 200, 400]
betas = [0.2, 0.4, 0.8, 1.6]

# %%
from analysis.active_neurons import active_neurons
from analysis.changes import single_changes
from analysis.figures import (
    ann_against_snn, compared, confusion_matrix, convergence, spikes_per_sample, staircases,
    stdp_correlation, tsne_layers, update_angles, window_raster,
)
from analysis.making import measure_angles, measure_pairing, train_once
from analysis.milestones import samples_needed
from analysis.rules import RULES
from analysis.run import Run

# %matplotlib inline

# %% [markdown]
# ## Training
#
# A finished run is taken as it is; one that was interrupted goes on from its checkpoint. Each
# sample is shown for T steps. In the first half the network answers. In the second half loss
# neurons compare the output with the label, and spiking error neurons drive every layer towards
# its target. The weights change by the difference between the spike counts of both halves.


# %%
def trained(name, **changes):
    """A run of the preset with changes; it is trained unless that is done."""
    return Run(train_once(f"{directory}{name}", "emstdp", preset, **settings | changes))


# %%
run = trained("", keep=keep)
for rule, accuracies in run.summary["accuracies"].items():
    print(f"{RULES[rule]:50s} {accuracies['output']:6.2f} %")

# %% [markdown]
# ## Figs. 2a and 3a: neurons as staircases
#
# A neuron without a leak adds its inputs and fires at its threshold. Its spike count is a staircase
# of the summed input. Forward, the dotted line is the rectifier that stands for it, shifted by one
# threshold. An error neuron for positive and one for negative errors make a line together.
#
# *What to look for:* each step begins at a whole number of thresholds. With a reset to 0 what
# exceeds the threshold is lost, and later steps begin later.

# %%
staircases(run)

# %% [markdown]
# ## Figs. 2b and 3b: the layers with and without spikes
#
# The same weights and the same sample, in a network of rectified units and in the spiking one.
# Above the activities of the forward pass, below the errors of the backward pass.
#
# *What to look for:* the ladder at small T comes from whole numbers of spikes. With larger T the
# correlation rises. Forward, active neurons lie above the diagonal: a reset to 0 loses input. In a
# trained network errors can be so small and sparse that the backward correlation is lower.

# %%
ann_against_snn(run)

# %% [markdown]
# ## Fig. 5: the rule of Eq. 12 against pair STDP
#
# One synapse, many times. The postsynaptic neuron fires by its own drive alone (h). Then a
# presynaptic one fires at random, too, through a weight of random strength (h_hat). Both rules
# read the same spikes.
#
# *What to look for:* the correlation is high where STDP counts all pairs within its window. Where
# it counts the nearest spike alone, it falls. A negative weight leaves few spikes to count.

# %%
pairing = measure_pairing(f"{directory}-pairing")

# %%
stdp_correlation(Run(pairing))

# %% [markdown]
# ## One sample through both phases
#
# A test sample that was answered wrongly. The dashed line is the beginning of phase 2.
#
# *What to look for:* loss neurons fire where output and target differ. Their spikes run down
# through the error neurons of the hidden layers, red for more and blue for less activity. The
# output's neuron of the label, shaded, fires more often in phase 2 than in phase 1.

# %%
window_raster(run)

# %% [markdown]
# ## Accuracy while learning, and the confusion matrix

# %%
convergence(run)

# %%
confusion_matrix(run)

# %% [markdown]
# ## Spikes per sample
#
# *What to look for:* error spikes fall as errors vanish; forward spikes do not.

# %%
spikes_per_sample(run)

# %% [markdown]
# ## From pixels to classes, layer by layer
#
# *What to look for:* clusters become purer from layer to layer. Distances between clusters, and
# their sizes, mean nothing in t-SNE.

# %%
tsne_layers(run)

# %% [markdown]
# ## Fig. 6: symmetric weights, direct feedback, and networks without spikes
#
# BP-MLP is a perceptron with backpropagation. EMSTDP-MLP has the update of EMSTDP and no spikes. SW
# sends errors back through the forward weights, FA and DFA through fixed random ones: from layer to
# layer, and from the output at once.
#
# *What to look for:* the paper finds BP before EMSTDP-MLP before the spiking network, and SW before
# DFA.

# %%
aligned = [trained(f"-{feedback}", feedback=feedback, keep=keep) for feedback in ("dfa", "fa")]
known = {**run.config["run"], **run.config["training"], **run.config["network"]}
shared = ("dataset", "network", "epochs", "epoch_samples", "test_every", "held_out")
same = {name: known[name] for name in shared}
perceptrons = [Run(train_once(f"{directory}-{method}-mlp", "emstdp_mlp", method=method, **same))
               for method in ("bp", "emstdp")]
ways = [run, *aligned, *perceptrons]

# %%
convergence(ways)

# %%
samples_needed(ways)

# %% [markdown]
# ## Feedback alignment
#
# The same samples are shown to networks of the same forward weights. Only the way of the errors
# differs. The angle is that between both updates for a sample, on average.
#
# *What to look for:* with random feedback the update begins far from that of SW. It comes nearer
# while the forward weights learn to fit the feedback; Lillicrap et al. (2016) saw about 45 degrees.

# %%
for way in aligned:
    measure_angles(way.directory, samples=500)

# %%
update_angles(Run(f"{directory}-dfa"))

# %%
update_angles(Run(f"{directory}-fa"))

# %% [markdown]
# ## Larger T
#
# The same number of samples, each shown for T steps.
#
# *What to look for:* the paper finds larger T to learn faster and better: Poisson spikes tell an
# intensity more exactly in more steps.

# %%
longer = [trained(f"-T{steps}", steps=steps) for steps in windows]

# %%
compared(longer, "rules.steps")

# %% [markdown]
# ## Thresholds
#
# *What to look for:* thresholds that are too high starve the layers behind.

# %%
higher = [trained(f"-beta{beta}", parameters={"beta_hidden": beta}) for beta in betas]

# %%
active_neurons(higher, "parameters.beta_hidden")

# %% [markdown]
# ## What each departure from the paper's text is worth
#
# The first run is the text's own form: reset to 0, every step counted, nothing cleared between the
# phases. In each other run one switch is that of the adapted form.
#
# *What to look for:* changes that differ by less than a per cent with one seed mean nothing.

# %%
changes = {
    "": {}, "-clear": {"parameters": {"clear": 1}}, "-skip": {"parameters": {"skip": 3}},
    "-subtraction": {"reset_error": "subtraction"}, "-phase-1": {"presynaptic": "phase-1"},
}
changed = [trained(f"-literal{name}", form="literal", **change)
           for name, change in changes.items()]

# %%
single_changes(changed)
