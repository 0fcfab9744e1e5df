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
# This notebook trains the paper's kind of network, each time as a process of its own that
# writes a run directory, and draws Figs. 3B, 4C-D, 5 and 6 from these directories, with
# accuracy while learning, confusion matrix and t-SNE beside them. By default it learns
# scikit-learn's digits (8 x 8 pixels, 200 hidden neurons; nine runs and one of N-MNIST, under
# three minutes on two busy cores). The same cells draw the paper's experiments from runs on
# MNIST.
#
# Open it in Jupyter with jupytext installed (right click, *Open With*, *Notebook*), with the
# suite installed or Jupyter started in the suite's folder. Environment variables change it:
#
# | variable             | meaning                                    | default              |
# |----------------------|--------------------------------------------|----------------------|
# | `WU2018_PRESET`      | preset of `protocols.stbp`                 | `digits`             |
# | `WU2018_RUN`         | run directory, reused if it holds a run    | `runs/wu2018-PRESET` |
# | `WU2018_OPTIONS`     | further options of the command line        | `--epochs 15`        |
# | `WU2018_SURROGATES`  | curves of Fig. 6A beside the rectangular   | all three            |
# | `WU2018_WIDTHS`      | widths of Fig. 6B beside 1                 | those of the paper   |
# | `WU2018_EVENTS`      | options of the run on N-MNIST (Fig. 5)     | 1000 samples         |
#
# For Fig. 6 as published: `WU2018_PRESET=mlp-mnist`, `WU2018_OPTIONS="--network 400-10 --epochs
# 200"`.

# %%
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from analysis.figures import (
    compared, confusion_matrix, convergence, input_and_output_rasters, saccades, surrogate_curves,
    tsne_layers,
)
from analysis.rules import RULES
from analysis.run import Run

# %matplotlib inline

preset = os.environ.get("WU2018_PRESET", "digits")
directory = Path(os.environ.get("WU2018_RUN", f"runs/wu2018-{preset}"))
options = shlex.split(os.environ.get("WU2018_OPTIONS", "--epochs 15"))
surrogates = os.environ.get("WU2018_SURROGATES", "polynomial sigmoid gaussian").split()
widths = os.environ.get("WU2018_WIDTHS", "0.1 2.5 5 7.5 10").split()
event_options = shlex.split(os.environ.get("WU2018_EVENTS", "--train-samples 1000 --epochs 3"))

# %% [markdown]
# ## Training
#
# A finished run is taken as it is; one that was interrupted goes on from its checkpoint. The
# loss is the squared distance of the output's spike rates from the label, one spike per step
# for its class and none for the others; its gradient flows through layers and time.


# %%
def train(out, preset, *options):
    """Run the protocol, unless `out` holds a finished run; return the last line it said."""
    command = [sys.executable, "-m", "protocols.stbp", "--preset", preset, "--out", str(out),
               "--no-figures", *options]
    if (out / "checkpoint.npz").exists():
        command.append("--resume")
    if (out / "summary.json").exists():
        return f"{out} holds a finished run"
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


# %%
print(train(directory, preset, *options))

# %%
run = Run(directory)
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
# The same training with each of the four curves (A) and with rectangles of several widths (B),
# two runs at a time. At right each at its last test.

# %%
jobs = [(Path(f"{directory}-{name}"), "--surrogate", name) for name in surrogates]
jobs += [(Path(f"{directory}-a{width}"), "--width", width) for width in widths]
with ThreadPoolExecutor(2) as pool:
    trainings = [pool.submit(train, out, preset, *options, *setting) for out, *setting in jobs]
for training in trainings:
    training.result()
others = [Run(out) for out, *_ in jobs]

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
    train(Path(f"{directory}-events"), "n-mnist", *event_options)
    events = Run(f"{directory}-events")
except RuntimeError as reason:
    events = None
    print(f"no Fig. 5: {reason}")

# %%
saccades(events) if events else None
